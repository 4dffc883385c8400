"""Thousands of random callers: order, fairness and honesty hold whatever happens."""

from __future__ import annotations

import pytest

from callcenter.acd.agent_state import AgentState
from callcenter.acd.records import VisitOutcome
from tests.unit.acd.simulation import Load, Simulation


@pytest.mark.parametrize("seed", range(6))
def test_every_decision_of_a_busy_day_is_fair(seed: int) -> None:
    day = Simulation(seed)
    day.run()

    assert not day.floor.entries
    assert sum(day.outcomes.values()) == day.load.callers + day.callbacks
    assert day.outcomes[VisitOutcome.ANSWERED] == len(day.answered) > day.load.callers / 2
    assert day.callbacks > 10
    for entry_id, arrived, _ in day.answered:
        assert arrived == day.arrivals[entry_id], "the place was not kept"
    for agent in day.floor.agents.values():
        assert not agent.offered_entries
        assert not agent.call_ids
        assert agent.state in (AgentState.AVAILABLE, AgentState.WRAP_UP, AgentState.NOT_RESPONDING)


@pytest.mark.parametrize("seed", range(3))
def test_announcements_never_promise_no_wait(seed: int) -> None:
    day = Simulation(seed, Load(callers=800, seconds_between_callers=9.0))
    day.run()

    waits = [told.what.wait_s for told in day.told if told.what.wait_s is not None]
    assert len(waits) > 50, "too few estimates to say anything"
    assert min(waits) >= 30
    assert all(wait % 30 == 0 for wait in waits)
    last: dict[str, float] = {}
    for told in day.told:
        if told.entry_id in last:
            assert told.at - last[told.entry_id] >= 15
        last[told.entry_id] = told.at


@pytest.mark.parametrize("strategy", ["longest_idle", "round_robin", "fewest_calls", "ring_all", "random", "linear"])
def test_nobody_starves_behind_more_important_callers(strategy: str) -> None:
    """A caller is overtaken only by those who came soon after: five points of priority outweigh five minutes."""
    patient = Load(
        callers=500, agents=6, seconds_between_callers=21.0, patience_s=1e9, callback=0.0, miss=0.02, reject=0.0
    )
    day = Simulation(11, patient, (strategy,))
    settings = day.floor.queues["q0"].queue.settings
    day.run()

    assert len(day.answered) == patient.callers
    rings = 3 * (settings.ring_s + settings.retry_s)  # One who is being rung for is not overtaken, nor overtakes.
    for entry_id, arrived, moment in day.answered:
        overtaking = [
            later
            for later, came, answered in day.answered
            if answered < moment and came > arrived + 5 * settings.priority_point_s + rings
        ]
        assert not overtaking, f"{entry_id} was left behind"
    assert max(moment - arrived for _, arrived, moment in day.answered) > 120, "nobody had to wait: proves nothing"
