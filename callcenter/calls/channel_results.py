"""What a channel is asked and what it answers: small values shared by a call's voice channel and the flows above it.

They live here, below ``ivr``, so that the channel needs to know nothing about flows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from callcenter.base.errors import CallcenterError


class CallEnded(CallcenterError):
    """The caller is gone; whatever was asked of the channel did not finish."""

    error_id: ClassVar[str] = "call-ended"


# Prompts


class PromptKind(StrEnum):
    """Where the sound of a prompt comes from."""

    TEXT = "text"
    FILE = "file"
    TONE = "tone"


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One thing to be heard, with every variable already filled in."""

    kind: PromptKind
    value: str
    "The text to speak, the audio file's path inside the prompt directory, or the tone's name (``beep``, …)."
    language: str
    "Language of the text: ``vi`` or ``en``."


@dataclass(frozen=True, slots=True)
class PlayResult:
    """How playing a sequence of prompts ended."""

    interrupted: bool = False
    "A key stopped it. The key itself is waiting in the channel's digits."
    failed: tuple[str, ...] = ()
    "What could not be played (missing file, speech failure), one reason each; the rest was played all the same."
    duration_ms: int = 0


# Keys


@dataclass(frozen=True, slots=True)
class Digit:
    """One key the caller pressed, reported exactly once."""

    key: str
    "One of ``0123456789*#ABCD``."
    at: float
    "When it was recognised, monotonic seconds."


# Reaching somebody


class TargetKind(StrEnum):
    """What a dial target names."""

    STORE = "store"
    EXTENSION = "extension"
    NUMBER = "number"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class DialRequest:
    """Ring a target and, when it answers, talk until one side ends it."""

    kind: TargetKind
    target: str
    "Store code (``central`` is the central group), extension, E.164 or local number, or routing plan name."
    ring_timeout_s: float = 20.0
    announce: tuple[PromptPart, ...] = ()
    "Heard by the caller from the moment the target rings; not played when nothing could be rung."
    waiting: str = "ringback"
    "``ringback``, ``music``, or an audio file's path, looped after the announcement until somebody answers."
    leave_key: str | None = "0"
    "A key that stops ringing at once with the outcome ``left``; it is consumed. Other keys stay waiting."
    language: str = "vi"
    explanation: Mapping[str, Any] = field(default_factory=dict)
    "The routing decision that chose the target, to be kept with the call."


class DialOutcome(StrEnum):
    """Why a dial is over."""

    ANSWERED = "answered"
    "Somebody answered and the conversation is over; the caller is still there."
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNAVAILABLE = "unavailable"
    "Nothing registered or reachable; nobody was rung."
    CLOSED = "closed"
    "The store is outside its hours; nobody was rung."
    FAILED = "failed"
    LEFT = "left"
    "The caller pressed the leave key."


@dataclass(frozen=True, slots=True)
class DialResult:
    """What became of a :class:`DialRequest`."""

    outcome: DialOutcome
    answered_by: str | None = None
    "Extension or number that answered."
    store: str | None = None
    "Store code that answered, when one did."
    ring_ms: int = 0
    talk_ms: int = 0
    explanation: Mapping[str, Any] = field(default_factory=dict)


# Waiting in a queue


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequest:
    """Wait in a queue until an agent answers, talk until one side ends it, or leave with a reason."""

    queue: str
    "Id or code of the queue."
    priority: int = 0
    "Points; each counts as one minute of waiting."
    skills: Mapping[str, int] = field(default_factory=dict)
    "Skill name to the level asked for, besides what the queue itself asks."
    waiting_since_ms: int | None = None
    "Offset in the call from which the caller counts as waiting; None: from now."
    exit_keys: str = ""
    "Keys that leave the queue with the outcome ``key``."
    preferred_agents: tuple[str, ...] = ()
    "Agents to be offered the call first when they are free, best first."
    callback_id: str | None = None
    "The call-back that this call was made for: it has the place of the caller who asked for it."
    language: str = "vi"


class QueueOutcome(StrEnum):
    """Why a caller is no longer in the queue."""

    ANSWERED = "answered"
    "An agent answered and the conversation is over; the caller is still there."
    FULL = "full"
    JOIN_EMPTY = "join_empty"
    "No agent is logged in; the caller was not let in."
    LEAVE_EMPTY = "leave_empty"
    "The last agent left while the caller waited."
    CLOSED = "closed"
    "Outside the queue's hours; those who wait already are served."
    MAX_WAIT = "max_wait"
    KEY = "key"
    "The caller pressed one of the exit keys."
    CALLBACK = "callback"
    "The caller asked to be called back and keeps the place."
    FAILED = "failed"
    "No such queue."


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueResult:
    """What became of a :class:`QueueRequest`."""

    outcome: QueueOutcome
    queue: str = ""
    "Code of the queue the caller was in last."
    waited_ms: int = 0
    talk_ms: int = 0
    answered_by: str | None = None
    "Extension of the agent who answered."
    agent_id: str | None = None
    key: str | None = None
    "The exit key pressed."
    callback_id: str | None = None


# Voicemail

VOICEMAIL_EVENT = "voicemail"
"The kind of event line that lists a message a caller left (``recording_id``, ``box``, ``duration_ms``)."


@dataclass(frozen=True, slots=True)
class VoicemailRequest:
    """Record a message after a beep. The greeting has been played already."""

    box: str
    "Mailbox name or store code the message belongs to."
    max_seconds: float = 120.0
    silence_seconds: float = 5.0
    "Silence that ends the message; 0 = never."
    end_keys: str = "#"
    beep: bool = True
    notify: bool = True
    "Tell those who listen to the box at once."


class VoicemailOutcome(StrEnum):
    """Why recording a message is over."""

    RECORDED = "recorded"
    EMPTY = "empty"
    "Nothing but silence; nothing was kept."
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class VoicemailResult:
    """What became of a :class:`VoicemailRequest`. A caller who hangs up leaves the message and :class:`CallEnded`."""

    outcome: VoicemailOutcome
    recording_id: str | None = None
    duration_ms: int = 0


# The call's story, node by node


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered:
    """The call came to a node."""

    at: datetime
    flow_id: str
    flow_version: int
    node_id: str
    node_name: str
    node_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLeft:
    """The call left a node, or ended in it."""

    at: datetime
    flow_id: str
    flow_version: int
    node_id: str
    node_name: str
    node_type: str
    port: str | None
    "The exit taken; ``None`` when the call ended here."
    duration_ms: int
    keys: str
    "Keys the node consumed, in order, each shown as ``•`` when they are secret."
    prompts: tuple[str, ...] = ()
    "What was played, in order: texts, file paths and tones."
    warnings: tuple[str, ...] = ()
    "What did not go as drawn (a missing prompt, an unset variable)."
    detail: Mapping[str, Any] = field(default_factory=dict)
    "Facts of this visit: look-up outcomes, who answered, the routing explanation. Never secret."


FlowRecord = NodeEntered | NodeLeft
