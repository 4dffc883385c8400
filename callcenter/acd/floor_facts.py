"""What the floor has to say: signals to carry out, and facts to keep. Times are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.acd.agent_facts import AgentFact
from callcenter.acd.offer import Offer
from callcenter.acd.records import VisitOutcome


@dataclass(frozen=True, slots=True)
class LetGo:
    """A caller may not wait any longer and no other queue took over."""

    entry_id: str
    outcome: VisitOutcome


@dataclass(frozen=True, slots=True)
class Moved:
    """A caller waits in another queue now."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class StopRinging:
    """An agent is taken away while being rung: by a supervisor, or because the phone is gone."""

    entry_id: str
    agent_id: str


Signal = LetGo | Moved | StopRinging


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnded:
    """Somebody's wait in one queue is over."""

    queue_id: str
    call_id: str | None
    callback_id: str | None
    number: str | None
    arrived: float
    entered: float
    ended: float
    outcome: VisitOutcome
    agent_id: str | None
    position_at_entry: int
    offers: int
    first_estimate: float | None
    within_target: bool
    short_abandon: bool
    visit_id: str
    "The same for every offer of the visit."


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer is over."""

    offer: Offer
    call_id: str | None
    visit_id: str


FloorFact = VisitEnded | OfferEnded | tuple[str, AgentFact]
"What has to be kept; an agent's fact comes with the agent's id."
