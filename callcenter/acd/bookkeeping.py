"""Writes down what the floor has to say: finished waits, offers, stretches of agents' days, wrap-ups and states."""

from __future__ import annotations

import structlog

from callcenter.acd.agent import Agent
from callcenter.acd.agent_facts import AgentFact, Healed, StateLeft, WrapUpLeft
from callcenter.acd.agent_state import AgentState
from callcenter.acd.floor_facts import FloorFact, OfferEnded, VisitEnded
from callcenter.acd.moments import Moments
from callcenter.acd.offer import Offer
from callcenter.acd.ports import AgentStateStore, QueueHistory
from callcenter.acd.records import (
    AgentStateSpan,
    OfferOutcome,
    OfferRecord,
    QueueVisit,
    StoredAgentState,
    StoredWrapUp,
    WrapUpRecord,
)

log = structlog.get_logger(__name__)


class Bookkeeping:
    """Turns facts in monotonic seconds into records in UTC."""

    def __init__(self, states: AgentStateStore, history: QueueHistory) -> None:
        self._states = states
        self._history = history

    def write(self, fact: FloorFact, moments: Moments) -> None:
        """Write one fact down."""
        match fact:
            case VisitEnded():
                self._history.add_visit(_visit(fact, moments))
            case OfferEnded(offer=offer, call_id=call_id, visit_id=visit_id):
                self._history.add_offer(_offer(offer, call_id, visit_id, moments))
            case (agent_id, agent_fact):
                self._agent_fact(agent_id, agent_fact, moments)

    def _agent_fact(self, agent_id: str, fact: AgentFact, moments: Moments) -> None:
        match fact:
            case StateLeft():
                self._states.add_span(
                    AgentStateSpan(
                        agent_id=agent_id,
                        state=fact.state,
                        reason=fact.reason,
                        started_at=moments.to_utc(fact.began),
                        ended_at=moments.to_utc(fact.ended),
                        forced_by=fact.forced_by,
                    )
                )
            case WrapUpLeft(wrap_up=wrap_up):
                self._history.add_wrap_up(
                    WrapUpRecord(
                        agent_id=agent_id,
                        call_id=wrap_up.call_id,
                        queue_id=wrap_up.work.queue_id,
                        started_at=moments.to_utc(wrap_up.began),
                        ended_at=moments.to_utc(fact.ended),
                        ended_by=fact.by,
                        disposition=wrap_up.disposition,
                    )
                )
            case Healed():
                log.warning(
                    "agent was busy without a call", agent_id=agent_id, state=fact.state.value, call_id=fact.call_id
                )

    def keep_state(self, agent: Agent, moments: Moments) -> None:
        """Keep what an agent is now, to go on with after a restart."""
        wrap_up = agent.wrap_up
        self._states.save(
            StoredAgentState(
                agent_id=agent.id,
                state=agent.state,
                reason=agent.reason,
                since=moments.to_utc(agent.since),
                next_state=agent.next.state if agent.next is not None else None,
                next_reason=agent.next.reason if agent.next is not None else None,
                missed_in_row=agent.missed_in_row,
                wrap_up=None
                if wrap_up is None or agent.state is not AgentState.WRAP_UP
                else StoredWrapUp(
                    call_id=wrap_up.call_id,
                    queue_id=wrap_up.work.queue_id,
                    started_at=moments.to_utc(wrap_up.began),
                    ends_at=None if wrap_up.ends is None else moments.to_utc(wrap_up.ends),
                    extended=wrap_up.extended,
                ),
                idle_since=moments.to_utc(agent.idle_since),
            )
        )


def _visit(fact: VisitEnded, moments: Moments) -> QueueVisit:
    return QueueVisit(
        id=fact.visit_id,
        queue_id=fact.queue_id,
        call_id=fact.call_id,
        callback_id=fact.callback_id,
        number=fact.number,
        arrived_at=moments.to_utc(fact.arrived),
        entered_at=moments.to_utc(fact.entered),
        left_at=moments.to_utc(fact.ended),
        waited_ms=round((fact.ended - fact.entered) * 1000),
        outcome=fact.outcome,
        agent_id=fact.agent_id,
        position_at_entry=fact.position_at_entry,
        offers=fact.offers,
        estimated_wait_s=fact.first_estimate,
        within_target=fact.within_target,
        short_abandon=fact.short_abandon,
    )


def _offer(offer: Offer, call_id: str | None, visit_id: str, moments: Moments) -> OfferRecord:
    ended = offer.ended if offer.ended is not None else moments.monotonic
    return OfferRecord(
        visit_id=visit_id,
        queue_id=offer.queue_id,
        agent_id=offer.agent_id,
        call_id=call_id,
        offered_at=moments.to_utc(offer.began),
        ring_ms=round((ended - offer.began) * 1000),
        outcome=offer.outcome or OfferOutcome.WITHDRAWN,
    )
