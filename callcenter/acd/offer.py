"""An offer: one agent rung for one caller. This module owns its state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from callcenter.acd.records import OfferOutcome
from callcenter.base.fsm import TransitionTable


class OfferState(Enum):
    """How far an offer has come."""

    RINGING = auto()
    ACCEPTED = auto()
    "The agent answered and has the caller."
    MISSED = auto()
    "The ring time ran out."
    DECLINED = auto()
    "Rejected, or the phone was busy."
    VOID = auto()
    "Over by nobody's choice: another agent was faster, the caller left, the phone could not be reached."


class OfferInput(Enum):
    """What ends an offer."""

    ANSWER = auto()
    LAPSE = auto()
    REJECT = auto()
    BUSY = auto()
    FAIL = auto()
    "The phone could not be reached."
    LOSE_RACE = auto()
    CALLER_LEFT = auto()
    WITHDRAW = auto()


OFFER_TABLE = TransitionTable(
    "queue offer",
    OfferState.RINGING,
    {
        (OfferState.RINGING, OfferInput.ANSWER): OfferState.ACCEPTED,
        (OfferState.RINGING, OfferInput.LAPSE): OfferState.MISSED,
        (OfferState.RINGING, OfferInput.REJECT): OfferState.DECLINED,
        (OfferState.RINGING, OfferInput.BUSY): OfferState.DECLINED,
        (OfferState.RINGING, OfferInput.FAIL): OfferState.VOID,
        (OfferState.RINGING, OfferInput.LOSE_RACE): OfferState.VOID,
        (OfferState.RINGING, OfferInput.CALLER_LEFT): OfferState.VOID,
        (OfferState.RINGING, OfferInput.WITHDRAW): OfferState.VOID,
    },
)

_INPUTS = {
    OfferOutcome.ANSWERED: OfferInput.ANSWER,
    OfferOutcome.NO_ANSWER: OfferInput.LAPSE,
    OfferOutcome.REJECTED: OfferInput.REJECT,
    OfferOutcome.BUSY: OfferInput.BUSY,
    OfferOutcome.UNREACHABLE: OfferInput.FAIL,
    OfferOutcome.LOST_RACE: OfferInput.LOSE_RACE,
    OfferOutcome.CALLER_LEFT: OfferInput.CALLER_LEFT,
    OfferOutcome.WITHDRAWN: OfferInput.WITHDRAW,
}


@dataclass(slots=True, eq=False)
class Offer:
    """One agent rung for one caller."""

    entry_id: str
    queue_id: str
    agent_id: str
    extension: str
    began: float
    ring_s: float
    outcome: OfferOutcome | None = None
    ended: float | None = None
    _state: OfferState = OFFER_TABLE.initial

    @property
    def state(self) -> OfferState:
        """Return how far it has come."""
        return self._state

    @property
    def rings(self) -> bool:
        """Tell whether it is still open."""
        return self._state is OfferState.RINGING

    def end(self, outcome: OfferOutcome, now: float) -> None:
        """Close it.

        :raises IllegalTransition: when it is closed already.
        """
        self._state = OFFER_TABLE.next(self._state, _INPUTS[outcome])
        self.outcome = outcome
        self.ended = now
