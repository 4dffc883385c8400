"""What is kept of agents, waits and call-backs beyond this run. Storage writes these down; nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.acd.agent_state import AgentState


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWrapUp:
    """Work after a call that was under way."""

    call_id: str
    queue_id: str
    started_at: datetime
    ends_at: datetime | None
    extended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAgentState:
    """An agent's state, to go on with after a restart. One row per agent, replaced at each change."""

    agent_id: str
    state: AgentState
    reason: str | None
    since: datetime
    next_state: AgentState | None = None
    next_reason: str | None = None
    missed_in_row: int = 0
    wrap_up: StoredWrapUp | None = None
    idle_since: datetime | None = None
    "Since when the agent has waited for a call, for the longest-idle order."


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateSpan:
    """A stretch of an agent's day in one state, written when it is over."""

    agent_id: str
    state: AgentState
    reason: str | None
    started_at: datetime
    ended_at: datetime
    forced_by: str | None = None
    "The supervisor who ended it."


class VisitOutcome(StrEnum):
    """How a wait in one queue ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    "The caller hung up."
    FULL = "full"
    JOIN_EMPTY = "join_empty"
    LEAVE_EMPTY = "leave_empty"
    CLOSED = "closed"
    MAX_WAIT = "max_wait"
    KEY = "key"
    CALLBACK = "callback"
    OVERFLOWED = "overflowed"
    "Went on to another queue."
    EXPIRED = "expired"
    "A call-back nobody could be reached for in time."
    CANCELLED = "cancelled"
    "A call-back that was called off, or a caller whose queue was removed."


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueVisit:
    """One wait in one queue, written when it is over."""

    id: str
    queue_id: str
    call_id: str | None
    callback_id: str | None
    number: str | None
    arrived_at: datetime
    "From when the caller counts as waiting; may be before ``entered_at``."
    entered_at: datetime
    left_at: datetime
    waited_ms: int
    "In this queue."
    outcome: VisitOutcome
    agent_id: str | None = None
    position_at_entry: int = 1
    offers: int = 0
    estimated_wait_s: float | None = None
    "What the caller was first told, to measure how honest it was."
    within_target: bool = False
    short_abandon: bool = False


class OfferOutcome(StrEnum):
    """What came of ringing one agent for one caller."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    LOST_RACE = "lost_race"
    "Another agent answered first."
    CALLER_LEFT = "caller_left"
    WITHDRAWN = "withdrawn"
    "A supervisor or a lost phone took the agent away."


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRecord:
    """One agent rung for one caller."""

    visit_id: str
    queue_id: str
    agent_id: str
    call_id: str | None
    offered_at: datetime
    ring_ms: int
    outcome: OfferOutcome


class WrapUpEnd(StrEnum):
    """What ended the work after a call."""

    AGENT = "agent"
    TIMEOUT = "timeout"
    SUPERVISOR = "supervisor"
    NEXT_CALL = "next_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpRecord:
    """Work after a call, written when it is over."""

    agent_id: str
    call_id: str
    queue_id: str
    started_at: datetime
    ended_at: datetime
    ended_by: WrapUpEnd
    disposition: str | None
    "The code the agent chose, else the queue's code for running out of time when it did."
