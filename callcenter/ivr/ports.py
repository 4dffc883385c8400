"""What a flow needs from the rest of the server, as interfaces. The composition root supplies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from callcenter.calls.channel_results import (
    DialRequest,
    DialResult,
    Digit,
    FlowRecord,
    PlayResult,
    PromptPart,
    QueueRequest,
    QueueResult,
    VoicemailRequest,
    VoicemailResult,
)


class VoiceChannel(Protocol):
    """What a flow may do to the caller's leg.

    Every coroutine raises :class:`~callcenter.calls.channel_results.CallEnded` once the caller is gone. The channel
    keeps pressed keys in order until they are taken; the flow decides how old is too old.
    """

    async def play(self, prompts: Sequence[PromptPart], *, language: str, barge_in: bool) -> PlayResult:
        """Play ``prompts`` one after the other and return when the last has ended.

        With ``barge_in`` a key stops it within 200 ms; when a key is already waiting it returns at once, interrupted.
        A part that cannot be prepared is left out and named in ``failed``; it is never an exception.
        """
        ...

    async def next_digit(self, timeout_s: float) -> Digit | None:
        """Take the oldest waiting key, waiting up to ``timeout_s`` for one; ``None`` when none came."""
        ...

    def take_digits(self) -> Sequence[Digit]:
        """Take every waiting key at once, oldest first."""
        ...

    def flush_digits(self) -> None:
        """Forget every waiting key."""
        ...

    async def dial(self, request: DialRequest) -> DialResult:
        """Ring the target, connect, and return when the conversation or the attempt is over."""
        ...

    async def wait_in_queue(self, request: QueueRequest) -> QueueResult:
        """Wait in a queue and talk to the agent who answers; return when that or the waiting is over."""
        ...

    async def record_voicemail(self, request: VoicemailRequest) -> VoicemailResult:
        """Record a message from the caller."""
        ...

    async def hangup(self, cause: str) -> None:
        """End the call: ``normal``, ``busy``, ``rejected``, ``unavailable`` or ``error``."""
        ...

    def note(self, record: FlowRecord) -> None:
        """Keep a record for the call log. Never blocks, never fails; also used while the call is being cancelled."""
        ...

    def set_language(self, language: str) -> None:
        """Learn the language the caller is now served in."""
        ...

    def add_tag(self, tag: str, value: str) -> None:
        """Attach a searchable tag to the call."""
        ...


# Customers


class CustomerOutcome(StrEnum):
    """How many customers a number belongs to."""

    FOUND = "found"
    NONE = "none"
    MULTIPLE = "multiple"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CustomerLookup:
    """Answer to "who is this?"."""

    outcome: CustomerOutcome
    customers: tuple[Mapping[str, Any], ...] = ()
    "Public fields (``id``, ``name``, ``title``, ``language``, ``labels``, …), the most recently active customer first."


class CustomerDirectory(Protocol):
    """Looks customers up by phone number."""

    async def look_up(self, number: str) -> CustomerLookup:
        """Return who has ``number``, as presented by the caller or typed by them."""
        ...


# The last-contacted store


class StoreOutcome(StrEnum):
    """What is known about the caller's store."""

    FOUND = "found"
    NONE = "none"
    MULTIPLE = "multiple"
    CLOSED = "closed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class StoreQuery:
    """Which store did this caller last deal with?"""

    number: str
    customer_id: str | None = None
    mode: str | None = None
    "``last``: the very last store; ``score``: the best of weighted, ageing contacts; ``None``: as configured."
    window_days: int | None = None
    "``None``: as configured."
    budget_ms: int | None = None
    "How long the answer may take, later is ``error``; ``None``: as configured."


@dataclass(frozen=True, slots=True)
class StoreLookup:
    """Answer to a :class:`StoreQuery`."""

    outcome: StoreOutcome
    stores: tuple[Mapping[str, Any], ...] = ()
    "Public fields (``code``, ``name``, ``region``, …), best first."
    explanation: Mapping[str, Any] = field(default_factory=dict)
    "Why: candidates, scores, what was skipped and the time used. Stored with the call."


class StoreFinder(Protocol):
    """Finds the store a caller last dealt with."""

    async def find(self, query: StoreQuery) -> StoreLookup:
        """Answer ``query``."""
        ...


class HoursState(StrEnum):
    """Whether somewhere is open."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    UNKNOWN = "unknown"
    "No such store, or no hours on record."


class StoreHours(Protocol):
    """Knows each store's own opening hours. Answers from memory."""

    def state(self, store: str, at: datetime) -> HoursState:
        """Tell whether the store with code ``store`` is open at ``at`` (aware)."""
        ...


# Call-backs


class CallbackOutcome(StrEnum):
    """What became of a caller's wish to be called back."""

    REQUESTED = "requested"
    EXISTS = "exists"
    "The queue was to call this number back already; that one keeps its place."
    FAILED = "failed"
    "There is no such queue, or the number cannot be called."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """Call somebody back when an agent of a queue is free for them."""

    queue: str
    "Id or code of the queue."
    number: str
    "Normalised."
    call_id: str
    customer_id: str | None = None
    customer_name: str = ""
    waiting_since: datetime
    "Aware; the place in the queue follows from it."
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class CallbackResult:
    """Answer to a :class:`CallbackRequest`."""

    outcome: CallbackOutcome
    callback_id: str | None = None


class CallbackDesk(Protocol):
    """Keeps call-backs."""

    async def request(self, request: CallbackRequest) -> CallbackResult:
        """Keep a call-back, or find the open one of that number and queue."""
        ...


class NoCallbacks:
    """A :class:`CallbackDesk` where nobody is called back: there are no queues."""

    async def request(self, request: CallbackRequest) -> CallbackResult:
        """Refuse."""
        return CallbackResult(CallbackOutcome.FAILED)


# HTTP


class HttpOutcome(StrEnum):
    """How a web request went, as a flow cares."""

    SUCCESS = "success"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    "Status 5xx, or nobody could be reached."
    TIMEOUT = "timeout"
    BLOCKED = "blocked"
    "The address is not allowed."
    INVALID = "invalid"
    "A malformed request, or an answer that is too long or not what was asked for."


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A web request with every variable already filled in."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)
    timeout_s: float = 3.0
    "For the whole exchange, retries and redirects included."
    retries: int = 0
    expect_json: bool = True


@dataclass(frozen=True, slots=True)
class HttpResult:
    """What became of an :class:`HttpRequest`."""

    outcome: HttpOutcome
    status: int | None = None
    json: Any = field(default=None, repr=False)
    text: str = field(default="", repr=False)
    reason: str = ""
    "For the log: what exactly went wrong. Holds no request data beyond the host."
    elapsed_ms: int = 0
    attempts: int = 0


class HttpClient(Protocol):
    """Makes web requests that can only reach what a flow may reach."""

    async def send(self, request: HttpRequest) -> HttpResult:
        """Make the request. Every failure is an outcome, never an exception."""
        ...


@dataclass(frozen=True, slots=True)
class FlowServices:
    """Everything outside the call that flows may ask."""

    customers: CustomerDirectory
    stores: StoreFinder
    hours: StoreHours
    http: HttpClient
    callbacks: CallbackDesk = field(default_factory=NoCallbacks)
    lookup_budget_ms: int = 300
    "How long looking up the store may take when the flow does not say."
