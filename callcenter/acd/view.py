"""What the desk shows of agents and queues: plain values, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.acd.agent_state import AgentState


@dataclass(frozen=True, slots=True)
class NextState:
    """What an agent will be when the call, or the work after it, is over."""

    state: AgentState
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpView:
    """Work after a call, under way."""

    call_id: str
    queue_id: str
    queue_name: str
    ends_at: datetime | None
    "None: when a disposition code is chosen."
    disposition_required: bool
    can_extend: bool
    can_finish: bool
    "The agent may end it now: it is not bound to its time, nor to a code that is missing."


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """An agent at this moment."""

    id: str
    name: str
    extension: str | None
    store_ids: tuple[str, ...]
    state: AgentState
    reason: str | None
    since: datetime
    next: NextState | None
    registered: bool
    call_ids: tuple[str, ...]
    queue_ids: tuple[str, ...]
    wrap_up: WrapUpView | None
    missed_in_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """Somebody who waits: a caller, or a call-back in a caller's place."""

    call_id: str | None
    callback_id: str | None
    number: str | None
    customer_name: str | None
    position: int
    waiting_since: datetime
    priority: int
    offered_to: tuple[str, ...]
    "Ids of the agents being rung."


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayView:
    """The day's counters of a queue."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    "Without short abandons."
    called_back: int = 0
    "Left for a call-back."
    within_target: int = 0
    "Answered within the target."
    target_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveQueueView:
    """A queue at this moment."""

    id: str
    code: str
    name: str
    store_id: str | None
    waiting: tuple[WaitingView, ...]
    agents: Mapping[AgentState, int] = field(default_factory=dict)
    "How many members are in each state; every state is present."
    longest_waiting_since: datetime | None = None
    estimated_wait_s: float | None = None
    "For somebody who joined now; None while the data are too thin to say."
    today: TodayView = TodayView()


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """Something about an agent is different now."""

    agent: AgentView


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """Something about a queue is different now."""

    queue: LiveQueueView
