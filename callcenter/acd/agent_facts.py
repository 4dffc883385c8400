"""The values an agent is made of, and what it has to say about itself. Times are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.acd.agent_state import AgentState
from callcenter.acd.queue import WrapUpMode, WrapUpSettings
from callcenter.acd.records import WrapUpEnd


@dataclass(frozen=True, slots=True)
class Choice:
    """A state to be in, with the reason of a break."""

    state: AgentState
    reason: str | None = None


AVAILABLE = Choice(AgentState.AVAILABLE)
OFFLINE = Choice(AgentState.OFFLINE)


@dataclass(frozen=True, slots=True)
class QueueWork:
    """The queue a call belongs to, and the work it asks for afterwards."""

    queue_id: str
    queue_name: str
    wrap_up: WrapUpSettings


@dataclass(slots=True)
class WrapUp:
    """Work after a call, under way."""

    call_id: str
    work: QueueWork
    call_began: float
    "When the agent took the call."
    began: float
    ends: float | None
    "None: only a disposition code ends it."
    extended: bool = False
    disposition: str | None = None

    @property
    def can_extend(self) -> bool:
        """Tell whether more time may be asked for."""
        return self.ends is not None and not self.extended and self.work.wrap_up.extend_s > 0

    @property
    def can_finish(self) -> bool:
        """Tell whether the agent may end it now."""
        settings = self.work.wrap_up
        return settings.mode is not WrapUpMode.TIMED_FIXED and (
            self.disposition is not None or not settings.disposition_required
        )


@dataclass(slots=True)
class OpenCall:
    """A call the agent is in."""

    began: float
    work: QueueWork | None = None
    missing_since: float | None = None
    "Since when no leg of the agent could be found in it."


@dataclass(frozen=True, slots=True)
class HandledCall:
    """A queue call that is over and may be worked on."""

    call_id: str
    work: QueueWork
    began: float


@dataclass(frozen=True, slots=True)
class StateLeft:
    """The agent was in a state, and is not any more."""

    state: AgentState
    reason: str | None
    began: float
    ended: float
    forced_by: str | None = None


@dataclass(frozen=True, slots=True)
class WrapUpLeft:
    """The work after a call is over."""

    wrap_up: WrapUp
    ended: float
    by: WrapUpEnd


@dataclass(frozen=True, slots=True)
class CallHandled:
    """A queue call is over for the agent, wrap-up included."""

    call_id: str
    queue_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Healed:
    """The agent was busy without a call for too long and was set free."""

    state: AgentState
    call_id: str | None


AgentFact = StateLeft | WrapUpLeft | CallHandled | Healed
