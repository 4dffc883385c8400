"""From the floor to what is shown of it."""

from __future__ import annotations

from collections import Counter

from callcenter.acd.agent import Agent
from callcenter.acd.agent_state import AgentState
from callcenter.acd.floor import Floor
from callcenter.acd.live_queue import LiveQueue
from callcenter.acd.moments import Moments
from callcenter.acd.view import AgentView, LiveQueueView, NextState, WaitingView, WrapUpView


def agent_view(floor: Floor, agent: Agent, moments: Moments) -> AgentView:
    """Return an agent as shown."""
    wrap_up = agent.wrap_up if agent.state is AgentState.WRAP_UP else None
    return AgentView(
        id=agent.id,
        name=agent.profile.name,
        extension=agent.profile.extension,
        store_ids=agent.profile.store_ids,
        state=agent.state,
        reason=agent.reason,
        since=moments.to_utc(agent.since),
        next=None if agent.next is None else NextState(agent.next.state, agent.next.reason),
        registered=agent.registered,
        call_ids=agent.call_ids,
        queue_ids=floor.queues_of(agent.id),
        wrap_up=None
        if wrap_up is None
        else WrapUpView(
            call_id=wrap_up.call_id,
            queue_id=wrap_up.work.queue_id,
            queue_name=wrap_up.work.queue_name,
            ends_at=None if wrap_up.ends is None else moments.to_utc(wrap_up.ends),
            disposition_required=wrap_up.work.wrap_up.disposition_required,
            can_extend=wrap_up.can_extend,
            can_finish=wrap_up.can_finish,
        ),
        missed_in_row=agent.missed_in_row,
    )


def queue_view(floor: Floor, live: LiveQueue, moments: Moments) -> LiveQueueView:
    """Return a queue as shown."""
    now = moments.monotonic
    queue = live.queue
    waiting = tuple(
        WaitingView(
            call_id=entry.call_id,
            callback_id=entry.callback_id,
            number=entry.number,
            customer_name=entry.customer_name,
            position=place,
            waiting_since=moments.to_utc(entry.arrived),
            priority=entry.priority,
            offered_to=tuple(sorted(entry.offered_to)),
        )
        for place, entry in enumerate(floor.ordered(queue.id, now), start=1)
    )
    states = Counter(agent.state for _, agent in live.team.members)
    return LiveQueueView(
        id=queue.id,
        code=queue.code,
        name=queue.name,
        store_id=queue.store_id,
        waiting=waiting,
        agents={state: states[state] for state in AgentState},
        longest_waiting_since=min((place.waiting_since for place in waiting), default=None),
        estimated_wait_s=live.estimate.honest(
            position=len(waiting) + 1, waited_s=0.0, agents=live.agents_on_queue, now=now
        ),
        today=live.counters.view,
    )
