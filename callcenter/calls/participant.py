"""Who takes part in a conversation, and what each goes through. This module owns a participant's state."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING

from callcenter.base.fsm import TransitionTable
from callcenter.calls.leg import Leg, LegState

if TYPE_CHECKING:
    from callcenter.calls.away import Away


class ParticipantRole(StrEnum):
    """What somebody is in a call."""

    CUSTOMER = "customer"
    AGENT = "agent"
    "Sits at one of our extensions."
    EXTERNAL = "external"
    "A third party outside the house."
    SUPERVISOR = "supervisor"
    "Listens, whispers or barges in; does not count as company."


class ParticipantState(StrEnum):
    """What somebody goes through."""

    RINGING = "ringing"
    "Being rung, not a part of the conversation yet."
    TALKING = "talking"
    HELD = "held"
    "Waits: hears music or ringback."
    CONSULTING = "consulting"
    "Talks beside those who wait."
    AWAY = "away"
    "The device is gone; its owner is expected back."
    GONE = "gone"


class ParticipantInput(Enum):
    """What moves a participant on."""

    TALK = auto()
    WAIT = auto()
    CONSULT = auto()
    LOSE = auto()
    "The device sends nothing any more, and its connection is gone."
    LEAVE = auto()


_S, _I = ParticipantState, ParticipantInput
_MOVES = {_I.TALK: _S.TALKING, _I.WAIT: _S.HELD, _I.CONSULT: _S.CONSULTING, _I.LOSE: _S.AWAY, _I.LEAVE: _S.GONE}

PARTICIPANT_TABLE = TransitionTable(
    "participant",
    _S.RINGING,
    {
        (state, event): target
        for state in (_S.RINGING, _S.TALKING, _S.HELD, _S.CONSULTING, _S.AWAY)
        for event, target in _MOVES.items()
        if not (state is _S.RINGING and event is _I.LOSE)
    },
)


class Participant:
    """One member of a conversation, or the one who is consulted beside it."""

    __slots__ = ("away", "leg", "on_hold", "role", "since", "state")

    def __init__(self, leg: Leg, role: ParticipantRole, now: datetime) -> None:
        self.leg = leg
        self.role = role
        self.on_hold = False
        "Asked the server to put the others on hold."
        self.away: Away | None = None
        self.state = PARTICIPANT_TABLE.initial
        self.since = now

    @property
    def holds(self) -> bool:
        """Tell whether this one keeps the others waiting, by the server or by the phone."""
        return self.on_hold or self.leg.state is LegState.HELD

    @property
    def is_agent(self) -> bool:
        """Tell whether this one sits at one of our extensions."""
        return self.role is ParticipantRole.AGENT

    def move(self, event: ParticipantInput, now: datetime) -> None:
        """Take note of what this one goes through from now on."""
        state = PARTICIPANT_TABLE.next(self.state, event)
        if state is not self.state:
            self.state, self.since = state, now


def role_of(leg: Leg, others: Iterable[Participant]) -> ParticipantRole:
    """Return what ``leg`` is beside ``others``: the first one from outside is the customer."""
    if leg.extension is not None:
        return ParticipantRole.AGENT
    taken = any(other.role is ParticipantRole.CUSTOMER for other in others)
    return ParticipantRole.EXTERNAL if taken else ParticipantRole.CUSTOMER
