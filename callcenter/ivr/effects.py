"""What a node may ask for. Flow logic yields these and is sent the answers; whoever drives it does the work.

===================== =====================================================
effect                answer sent back
===================== =====================================================
PlayPrompts           PlayResult
WaitDigit             Digit | None
TakeDigits            Sequence[Digit]
FlushDigits           None
LookUpCustomer        CustomerLookup
FindLastStore         StoreLookup
CheckStoreHours       HoursState
HttpCall              HttpResult
Dial                  DialResult
Enqueue               QueueResult
RequestCallback       CallbackResult
RecordVoicemail       VoicemailResult
SetLanguage, LogTag   None
Hangup, Note          None
===================== =====================================================
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

from callcenter.calls.channel_results import DialRequest, FlowRecord, PromptPart, QueueRequest, VoicemailRequest
from callcenter.ivr.ports import CallbackRequest, HttpRequest, StoreQuery


@dataclass(frozen=True, slots=True)
class PlayPrompts:
    """Play a sequence of prompts to the caller."""

    prompts: tuple[PromptPart, ...]
    language: str
    barge_in: bool


@dataclass(frozen=True, slots=True)
class WaitDigit:
    """Wait for one key."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class TakeDigits:
    """Hand over every key pressed so far, without waiting."""


@dataclass(frozen=True, slots=True)
class FlushDigits:
    """Forget every key pressed so far."""


@dataclass(frozen=True, slots=True)
class LookUpCustomer:
    """Ask who has a number."""

    number: str


@dataclass(frozen=True, slots=True)
class FindLastStore:
    """Ask which store the caller last dealt with."""

    query: StoreQuery


@dataclass(frozen=True, slots=True)
class CheckStoreHours:
    """Ask whether a store is open by its own hours."""

    store: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HttpCall:
    """Make a web request."""

    request: HttpRequest


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Let the caller wait in a queue, and talk to the agent who answers."""

    request: QueueRequest


@dataclass(frozen=True, slots=True)
class RequestCallback:
    """Have the caller called back by a queue."""

    request: CallbackRequest


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring somebody and talk."""

    request: DialRequest


@dataclass(frozen=True, slots=True)
class RecordVoicemail:
    """Record a message."""

    request: VoicemailRequest


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Serve the caller in this language from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class LogTag:
    """Attach a tag to the call."""

    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""

    cause: str


@dataclass(frozen=True, slots=True)
class Note:
    """Keep a record of the call's way through the flow."""

    record: FlowRecord


Effect: TypeAlias = (
    PlayPrompts
    | WaitDigit
    | TakeDigits
    | FlushDigits
    | LookUpCustomer
    | FindLastStore
    | CheckStoreHours
    | HttpCall
    | Dial
    | Enqueue
    | RequestCallback
    | RecordVoicemail
    | SetLanguage
    | LogTag
    | Hangup
    | Note
)

R = TypeVar("R")
Steps: TypeAlias = Generator[Effect, object, R]
"Logic that yields effects, is sent their answers, and returns an ``R``."
