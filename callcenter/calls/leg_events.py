"""What happens to a leg, as told to whoever holds it. Listeners note and wake; they never wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcenter.calls.cdr import HangupCause, HangupSide
from callcenter.sip.refer import IncomingRefer

if TYPE_CHECKING:
    from callcenter.calls.leg import Leg


@dataclass(frozen=True, slots=True)
class LegEvent:
    """Something happened to a leg."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class LegRang(LegEvent):
    """The device rings."""

    status: int
    has_media: bool
    "Early media is connected: the far end's own announcement or ringback can be heard."


@dataclass(frozen=True, slots=True)
class LegAnswered(LegEvent):
    """The device answered; connect its media with :meth:`~callcenter.calls.leg.Leg.connect`."""

    sdp: str | None


@dataclass(frozen=True, slots=True)
class LegHeld(LegEvent):
    """The participant put the other side on hold."""


@dataclass(frozen=True, slots=True)
class LegResumed(LegEvent):
    """The participant took the other side back."""


@dataclass(frozen=True, slots=True)
class LegSilent(LegEvent):
    """The participant's browser stopped sending: it is being reloaded or lost its network. Others should hear music."""


@dataclass(frozen=True, slots=True)
class LegHeard(LegEvent):
    """The participant's browser sends again."""


@dataclass(frozen=True, slots=True)
class LegDigit(LegEvent):
    """A key is waiting in the leg's digits."""


@dataclass(frozen=True, slots=True)
class LegRefers(LegEvent):
    """The participant asks for a transfer."""

    refer: IncomingRefer


@dataclass(frozen=True, slots=True)
class LegReplaced(LegEvent):
    """Another, authenticated dialog takes this participant's place (RFC 3891)."""

    successor: Leg


@dataclass(frozen=True, slots=True)
class LegEnded(LegEvent):
    """The participant is gone. The last event of a leg."""

    cause: HangupCause
    side: HangupSide
    status: int | None
    contacts: tuple[str, ...] = ()
    "Where a 3xx pointed."
    q850: int | None = None
    retry_after: int | None = None
    "Seconds the peer asked us to wait."


LegListener = Callable[[LegEvent], None]
