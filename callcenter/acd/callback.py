"""Call-backs: a customer hangs up and keeps the place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum, auto

from callcenter.acd.queue import CallbackMode
from callcenter.base.fsm import TransitionTable


class CallbackState(StrEnum):
    """How far a call-back has come."""

    PENDING = "pending"
    "Waiting for its turn, or for the next attempt."
    DIALLING = "dialling"
    DONE = "done"
    "The customer and an agent talked."
    FAILED = "failed"
    "Not reached after the last attempt."
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    "By a user."
    RESUMED = "resumed"
    "The customer rang in and took the place."


class CallbackInput(Enum):
    """What moves a call-back on."""

    DIAL = auto()
    REACH = auto()
    MISS = auto()
    "Not reached; another attempt is left."
    GIVE_UP = auto()
    EXPIRE = auto()
    CANCEL = auto()
    RING_IN = auto()


_S, _I = CallbackState, CallbackInput

CALLBACK_TABLE = TransitionTable(
    "call-back",
    CallbackState.PENDING,
    {
        (_S.PENDING, _I.DIAL): _S.DIALLING,
        (_S.PENDING, _I.EXPIRE): _S.EXPIRED,
        (_S.PENDING, _I.CANCEL): _S.CANCELLED,
        (_S.PENDING, _I.RING_IN): _S.RESUMED,
        (_S.DIALLING, _I.REACH): _S.DONE,
        (_S.DIALLING, _I.MISS): _S.PENDING,
        (_S.DIALLING, _I.GIVE_UP): _S.FAILED,
        (_S.DIALLING, _I.CANCEL): _S.CANCELLED,
        (_S.DIALLING, _I.RING_IN): _S.RESUMED,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPlace:
    """Where in a queue a call-back belongs that somebody asked for outside the queue."""

    arrived_at: datetime
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One customer who wants to be called back. There is at most one open per number and queue."""

    id: str
    queue_id: str
    number: str
    arrived_at: datetime
    "The place in the queue, kept from the caller who asked."
    requested_at: datetime
    expires_at: datetime
    state: CallbackState = CallbackState.PENDING
    mode: CallbackMode = CallbackMode.AGENT_FIRST
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    preferred_agents: tuple[str, ...] = ()
    attempts: int = 0
    not_before: datetime | None = None
    "No attempt before this moment."
    call_id: str | None = None
    "The call in which it was asked for."
    last_call_id: str | None = None
    "The last call made for it."
    agent_id: str | None = None
    "Who talked to the customer."
    customer_name: str = ""
    note: str = ""
    language: str = "vi"
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits to be done."""
        return self.state in (CallbackState.PENDING, CallbackState.DIALLING)
