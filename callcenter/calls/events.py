"""Facts about calls for the bus: frozen, past tense, stated once. Nothing on the call path waits for who hears them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """Something happened in a call."""

    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallActionTaken(CallFact):
    """Somebody asked for something to be done with a call, and it was done."""

    action: str
    "``hold``, ``transfer``, ``consult_complete`` …: the word of the API path with underscores."
    user_id: str
    "Who asked."
    detail: Mapping[str, Any] = field(default_factory=dict)
    "The target, the participant … as JSON; never the digits that were sent."


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailLeft(CallFact):
    """A caller left a message; its recording is complete."""

    recording_id: str
    box: str
    "Mailbox name or store code."
    number: str | None
    "Who left it, normalised; None when it was withheld."
    duration_ms: int
    notify: bool
    "Those who listen to the box shall be told at once."


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequested(CallFact):
    """An agent asked from elsewhere that the softphone which rings shall answer."""

    user_id: str
