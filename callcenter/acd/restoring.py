"""Agents go on where the last run of the server left them."""

from __future__ import annotations

from callcenter.acd.agent_facts import Choice, WrapUp
from callcenter.acd.floor import Floor
from callcenter.acd.moments import Moments
from callcenter.acd.records import StoredAgentState, StoredWrapUp


def restore_agent(floor: Floor, stored: StoredAgentState, moments: Moments) -> None:
    """Put an agent into the state that was kept, as far as it still holds; who is gone or no user is left out."""
    agent = floor.agents.get(stored.agent_id)
    if agent is None or agent.profile.plain:
        return
    agent.restore(
        Choice(stored.state, stored.reason),
        moments.monotonic,
        next=Choice(stored.next_state, stored.next_reason) if stored.next_state is not None else None,
        wrap_up=_wrap_up(floor, stored.wrap_up, moments) if stored.wrap_up is not None else None,
        missed_in_row=stored.missed_in_row,
    )
    if stored.idle_since is not None:
        agent.idle_since = moments.to_monotonic(stored.idle_since)
    floor.touch(agent, moments.monotonic)


def _wrap_up(floor: Floor, stored: StoredWrapUp, moments: Moments) -> WrapUp | None:
    """Return the wrap-up under way, None when its queue is gone."""
    work = floor.work_of(stored.queue_id)
    if work is None:
        return None
    began = moments.to_monotonic(stored.started_at)
    ends = moments.to_monotonic(stored.ends_at) if stored.ends_at is not None else None
    return WrapUp(stored.call_id, work, call_began=began, began=began, ends=ends, extended=stored.extended)
