"""An agent's day, rule by rule, on a clock of seconds."""

from __future__ import annotations

import pytest

from callcenter.acd.agent import Agent
from callcenter.acd.agent_facts import Choice, Healed, QueueWork, StateLeft, WrapUpLeft
from callcenter.acd.agent_state import AgentState
from callcenter.acd.errors import (
    AgentNotReachable,
    AlreadyExtended,
    NoWrapUp,
    StateNotChosen,
    WrapUpGoesOn,
)
from callcenter.acd.queue import AgentProfile, WrapUpMode, WrapUpSettings
from callcenter.acd.records import WrapUpEnd
from callcenter.base.errors import IllegalTransition

AVAILABLE, BREAK, OFFLINE = AgentState.AVAILABLE, AgentState.BREAK, AgentState.OFFLINE


def an_agent(*, plain: bool = False, available: bool = True) -> Agent:
    agent = Agent(AgentProfile(id="an", name="An", extension="201", plain=plain), 0.0)
    agent.connected(0.0)
    if available and not plain:
        agent.choose(AVAILABLE, None, 0.0)
    agent.take_facts()
    return agent


def work(**settings: object) -> QueueWork:
    return QueueWork("q", "Sales", WrapUpSettings(**settings))  # type: ignore[arg-type] # Names are the test's.


def state_of(agent: Agent) -> AgentState:
    """Return the state as it is now, whatever the type checker concluded from an earlier look."""
    return agent.state


def in_wrap_up(**settings: object) -> Agent:
    """Return an agent whose call ``c`` ended at 100."""
    agent = an_agent()
    agent.offer("e", 10.0)
    agent.call_began("c", 20.0, work(**settings))
    agent.call_ended("c", 100.0)
    return agent


# Choices


def test_only_available_break_and_offline_can_be_chosen() -> None:
    agent = an_agent()
    for state in set(AgentState) - {AVAILABLE, BREAK, OFFLINE}:
        with pytest.raises(StateNotChosen):
            agent.choose(state, None, 1.0)
    assert state_of(agent) is AVAILABLE


def test_nobody_is_available_without_a_phone() -> None:
    agent = Agent(AgentProfile(id="an", name="An", extension="201"), 0.0)
    with pytest.raises(AgentNotReachable):
        agent.choose(AVAILABLE, None, 1.0)
    assert state_of(agent) is OFFLINE


def test_a_break_has_its_reason_and_another_reason_is_another_stretch() -> None:
    agent = an_agent()
    agent.choose(BREAK, "lunch", 5.0)
    agent.choose(BREAK, "training", 65.0)
    assert (agent.state, agent.reason, agent.since) == (BREAK, "training", 65.0)
    assert agent.take_facts() == [StateLeft(AVAILABLE, None, 0.0, 5.0), StateLeft(BREAK, "lunch", 5.0, 65.0)]


def test_a_choice_during_a_call_comes_after_the_wrap_up() -> None:
    agent = an_agent()
    agent.call_began("c", 1.0, work(seconds=15.0))
    agent.choose(BREAK, "lunch", 2.0)
    assert (agent.state, agent.next) == (AgentState.ON_CALL, Choice(BREAK, "lunch"))
    agent.call_ended("c", 10.0)
    assert state_of(agent) is AgentState.WRAP_UP
    agent.tick(25.0)
    assert (agent.state, agent.reason, agent.next) == (BREAK, "lunch", None)


def test_a_private_call_on_a_break_leads_back_to_the_break() -> None:
    agent = an_agent()
    agent.choose(BREAK, "lunch", 1.0)
    agent.call_began("own", 2.0)
    agent.call_ended("own", 3.0)
    assert (agent.state, agent.reason) == (BREAK, "lunch")


# Offers


def test_one_miss_is_too_many_by_default_and_a_click_brings_back() -> None:
    agent = an_agent()
    agent.offer("e", 1.0)
    agent.offer_missed("e", 16.0, allowed=1)
    assert (agent.state, agent.missed_in_row) == (AgentState.NOT_RESPONDING, 1)
    agent.choose(AVAILABLE, None, 20.0)
    assert (agent.state, agent.missed_in_row) == (AVAILABLE, 0)


def test_misses_count_in_a_row_and_an_answer_ends_the_row() -> None:
    agent = an_agent()
    for at in (1.0, 20.0):
        agent.offer("e", at)
        agent.offer_missed("e", at + 15, allowed=3)
    assert (agent.state, agent.missed_in_row) == (AVAILABLE, 2)
    agent.offer("e", 50.0)
    agent.call_began("c", 55.0)
    assert agent.missed_in_row == 0


def test_an_offer_that_came_to_nothing_keeps_the_rank() -> None:
    agent = an_agent()
    idle_since = agent.idle_since
    agent.offer("e", 100.0)
    agent.offer_over("e", 105.0)
    assert (agent.state, agent.idle_since) == (AVAILABLE, idle_since)


def test_nobody_is_offered_two_callers() -> None:
    agent = an_agent()
    agent.offer("one", 1.0)
    with pytest.raises(IllegalTransition):
        agent.offer("two", 2.0)
    assert agent.offered_entries == ("one",)


def test_a_phone_that_rings_for_another_call_is_not_offered() -> None:
    agent = an_agent()
    agent.ringing.add("leg")
    assert not agent.may_be_offered(1.0)


def test_force_ends_an_offer_and_a_wrap_up_but_not_a_call() -> None:
    agent = an_agent()
    agent.offer("e", 1.0)
    agent.force(OFFLINE, None, 2.0, by="chi")
    assert (agent.state, agent.offered_entries) == (OFFLINE, ())
    assert agent.take_facts()[-1] == StateLeft(AgentState.OFFERED, None, 1.0, 2.0, "chi")

    agent = in_wrap_up()
    agent.force(BREAK, "training", 101.0, by="chi")
    assert state_of(agent) is BREAK
    (left,) = [fact for fact in agent.take_facts() if isinstance(fact, WrapUpLeft)]
    assert left.by is WrapUpEnd.SUPERVISOR

    agent = an_agent()
    agent.call_began("c", 1.0)
    agent.force(OFFLINE, None, 2.0, by="chi")
    assert (agent.state, agent.next) == (AgentState.ON_CALL, Choice(OFFLINE))


# Wrap-up


def test_timed_wrap_up_ends_by_itself_with_the_code_of_the_queue() -> None:
    agent = in_wrap_up(seconds=15.0)
    assert (agent.state, agent.deadline()) == (AgentState.WRAP_UP, 115.0)
    agent.tick(114.9)
    assert state_of(agent) is AgentState.WRAP_UP
    agent.tick(115.0)
    assert (agent.state, agent.idle_since) == (AVAILABLE, 115.0)
    (left,) = [fact for fact in agent.take_facts() if isinstance(fact, WrapUpLeft)]
    assert (left.by, left.wrap_up.disposition) == (WrapUpEnd.TIMEOUT, "wrap-up-timeout")


@pytest.mark.parametrize("mode", [WrapUpMode.OPTIONAL, WrapUpMode.TIMED])
def test_an_agent_ends_the_work_early(mode: WrapUpMode) -> None:
    agent = in_wrap_up(mode=mode)
    assert agent.disposition_chosen("c", None, 103.0)
    assert state_of(agent) is AVAILABLE
    agent = in_wrap_up(mode=mode, require_disposition=True)
    with pytest.raises(WrapUpGoesOn):
        agent.disposition_chosen("c", None, 103.0)
    assert agent.disposition_chosen("c", "sold", 104.0)


def test_until_coded_waits_as_long_as_it_takes() -> None:
    agent = in_wrap_up(mode=WrapUpMode.UNTIL_CODED)
    agent.tick(100_000.0)
    assert (agent.state, agent.deadline()) == (AgentState.WRAP_UP, None)
    with pytest.raises(WrapUpGoesOn):
        agent.disposition_chosen("c", None, 100_001.0)
    assert agent.disposition_chosen("c", "sold", 100_002.0)
    assert state_of(agent) is AVAILABLE


def test_a_code_chosen_during_the_call_spares_the_wrap_up_that_waits_for_it() -> None:
    agent = an_agent()
    agent.call_began("c", 1.0, work(mode=WrapUpMode.UNTIL_CODED))
    assert not agent.disposition_chosen("c", "sold", 2.0)
    agent.call_ended("c", 3.0)
    assert state_of(agent) is AVAILABLE


def test_fixed_time_cannot_be_cut_short_and_keeps_the_code() -> None:
    agent = in_wrap_up(mode=WrapUpMode.TIMED_FIXED, seconds=15.0)
    with pytest.raises(WrapUpGoesOn):
        agent.disposition_chosen("c", None, 101.0)
    assert not agent.disposition_chosen("c", "sold", 102.0)
    assert state_of(agent) is AgentState.WRAP_UP
    agent.tick(115.0)
    (left,) = [fact for fact in agent.take_facts() if isinstance(fact, WrapUpLeft)]
    assert (left.by, left.wrap_up.disposition) == (WrapUpEnd.TIMEOUT, "sold")


def test_wrap_up_is_extended_once() -> None:
    agent = in_wrap_up(seconds=15.0, extend_s=30.0)
    agent.extend_wrap_up()
    assert agent.deadline() == 145.0
    with pytest.raises(AlreadyExtended):
        agent.extend_wrap_up()
    with pytest.raises(NoWrapUp):
        an_agent().extend_wrap_up()


@pytest.mark.parametrize("settings", [{"mode": WrapUpMode.OFF}, {"seconds": 0.0}])
def test_wrap_up_switched_off(settings: dict[str, object]) -> None:
    assert in_wrap_up(**settings).state is AVAILABLE


def test_a_call_in_between_does_not_take_the_rest_of_the_wrap_up_away() -> None:
    agent = in_wrap_up(seconds=60.0)
    agent.call_began("own", 110.0)
    agent.call_ended("own", 120.0)
    assert (agent.state, agent.deadline()) == (AgentState.WRAP_UP, 160.0)
    agent.call_began("own", 130.0)
    agent.tick(160.0)
    assert state_of(agent) is AgentState.ON_CALL
    agent.call_ended("own", 170.0)
    assert state_of(agent) is AVAILABLE


# Reachability


@pytest.mark.parametrize(("gone_s", "after"), [(60.0, AVAILABLE), (60.1, OFFLINE)])
def test_who_comes_back_soon_goes_on(gone_s: float, after: AgentState) -> None:
    agent = an_agent()
    agent.disconnected(10.0)
    assert state_of(agent) is AgentState.UNREACHABLE
    assert not agent.may_be_offered(10.0)
    agent.connected(10.0 + gone_s)
    assert state_of(agent) is after


def test_a_silent_browser_is_gone_after_fifteen_seconds() -> None:
    agent = an_agent()
    agent.heartbeat(10.0)
    assert agent.deadline() == 25.0
    agent.tick(25.0)
    assert state_of(agent) is AgentState.UNREACHABLE
    agent.heartbeat(30.0)
    assert state_of(agent) is AVAILABLE


def test_a_browser_that_says_good_bye_leaves_the_desk_phone_in_charge() -> None:
    agent = an_agent()
    agent.heartbeat(10.0)
    agent.heartbeat_ended(12.0)
    assert agent.deadline() is None
    agent.tick(100.0)
    assert state_of(agent) is AVAILABLE


def test_wrap_up_ends_on_time_without_the_browser_and_then_the_agent_is_unreachable() -> None:
    agent = in_wrap_up(seconds=15.0)
    agent.disconnected(105.0)
    assert state_of(agent) is AgentState.WRAP_UP
    agent.tick(115.0)
    assert state_of(agent) is AgentState.UNREACHABLE
    agent.connected(150.0)
    assert state_of(agent) is AVAILABLE


def test_a_lost_phone_in_a_call_changes_nothing_until_it_is_over() -> None:
    agent = an_agent()
    agent.call_began("c", 1.0)
    agent.disconnected(5.0)
    assert state_of(agent) is AgentState.ON_CALL
    agent.connected(7.0)
    agent.call_ended("c", 50.0)
    assert state_of(agent) is AVAILABLE


# Plain phones, healing, restart


def test_a_plain_phone_is_free_when_registered_and_not_busy() -> None:
    phone = an_agent(plain=True)
    assert phone.state is AVAILABLE
    phone.offer("e", 1.0)
    phone.offer_missed("e", 16.0, allowed=1)
    assert phone.state is AVAILABLE
    phone.call_began("c", 20.0, work())
    phone.call_ended("c", 30.0)
    assert phone.state is AVAILABLE
    phone.disconnected(40.0)
    assert phone.state is OFFLINE


def test_nobody_stays_busy_without_a_call_for_more_than_five_seconds() -> None:
    agent = an_agent()
    agent.call_began("c", 1.0)
    assert not agent.heal({"c"}, (), 2.0)
    assert not agent.heal((), (), 10.0)
    assert not agent.heal((), (), 14.9)
    assert agent.heal((), (), 15.0)
    assert state_of(agent) is AVAILABLE
    assert Healed(AgentState.ON_CALL, "c") in agent.take_facts()

    agent.offer("e", 20.0)
    assert not agent.heal((), {"e"}, 40.0)
    assert agent.heal((), (), 41.0)
    assert state_of(agent) is AVAILABLE


@pytest.mark.parametrize("busy", [AgentState.ON_CALL, AgentState.OFFERED, AgentState.UNREACHABLE])
def test_after_a_restart_who_was_busy_becomes_what_was_next(busy: AgentState) -> None:
    agent = Agent(AgentProfile(id="an", name="An", extension="201"), 0.0)
    agent.restore(Choice(busy), 0.0, next=Choice(BREAK, "lunch"))
    assert state_of(agent) is AgentState.UNREACHABLE
    agent.connected(9.0)
    assert (agent.state, agent.reason) == (BREAK, "lunch")


def test_after_a_restart_an_open_call_is_found_again() -> None:
    agent = an_agent(available=False)
    agent.restore(Choice(AgentState.ON_CALL), 0.0)
    agent.call_began("c", 1.0, work())
    assert state_of(agent) is AgentState.ON_CALL
    agent.call_ended("c", 2.0)
    assert state_of(agent) is AgentState.WRAP_UP


def test_a_call_of_somebody_who_did_not_respond_and_was_lost_leads_back_to_work() -> None:
    agent = an_agent()
    agent.heartbeat(0.0)
    agent.offer("e", 1.0)
    agent.offer_missed("e", 14.0, allowed=1)
    agent.tick(15.0)
    assert agent.state is AgentState.UNREACHABLE
    agent.call_began("c", 20.0)  # By the desk phone; the browser sleeps.
    agent.heartbeat(30.0)
    agent.call_ended("c", 40.0)
    assert state_of(agent) is AVAILABLE
    assert agent.missed_in_row == 0


def test_a_break_before_the_phone_was_lost_is_forgotten_once_the_agent_is_back_at_work() -> None:
    agent = an_agent()
    agent.choose(BREAK, "lunch", 5.0)
    agent.disconnected(10.0)
    agent.choose(OFFLINE, None, 11.0)
    agent.connected(20.0)
    agent.choose(AVAILABLE, None, 21.0)
    agent.offer("e", 30.0)
    agent.call_began("c", 31.0, work(seconds=15.0))
    agent.call_ended("c", 40.0)
    agent.tick(55.0)
    assert state_of(agent) is AVAILABLE
