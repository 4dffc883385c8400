"""The call detail record: what is known about a call when it is over, as plain values.

A call has one :class:`CallRecord`, a gap-free list of :class:`Segment`, one line per thing that happened
(:class:`EventLine`), one :class:`LegRecord` per participant and the recordings made. Nothing here does I/O: the call
keeps a :class:`SegmentLedger`, tells a :class:`CallLog` what happens, and the storage package writes it down.

Offsets named ``…_ms`` are whole milliseconds of monotonic time since the call started, so they add up whatever the
wall clock does meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from callcenter.base.errors import LocalError

Json = Mapping[str, Any]


class LedgerClosed(LocalError):
    """The call's segments are complete; nothing can be added."""

    error_id = "ledger-closed"


class Direction(Enum):
    """Who called whom, seen from the call center."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(Enum):
    """How a call went, in the words of call-center reports. Exactly one per finished call."""

    ANSWERED = "answered"
    "A person talked to the caller."
    IVR_COMPLETED = "ivr_completed"
    "The flow ended the call by itself; nobody was asked for."
    ABANDONED = "abandoned"
    "The caller hung up before a person answered, in the flow, the queue or while it rang."
    VOICEMAIL = "voicemail"
    "The caller left a message."
    NO_ANSWER = "no_answer"
    "Nobody answered in time."
    BUSY = "busy"
    REJECTED = "rejected"
    "Refused before the call started: blocked number, unknown DID, overload."
    FAILED = "failed"
    "Could not be set up: no codec in common, trunk down, wrong number."
    MEDIA_FAILURE = "media_failure"
    "The audio died: RTP timeout or a lost media worker."
    SYSTEM_FAILURE = "system_failure"
    "The server stopped in the middle of the call; closed at the next start."


class HangupCause(Enum):
    """Why a call or leg ended. The value's number is the ITU-T Q.850 cause sent in Reason headers (RFC 3326)."""

    NORMAL_CLEARING = ("normal_clearing", 16)
    ORIGINATOR_CANCEL = ("originator_cancel", 16)
    LOSE_RACE = ("lose_race", 26)
    "Another device of the same target answered."
    USER_BUSY = ("user_busy", 17)
    NO_USER_RESPONSE = ("no_user_response", 18)
    NO_ANSWER = ("no_answer", 19)
    SUBSCRIBER_ABSENT = ("subscriber_absent", 20)
    CALL_REJECTED = ("call_rejected", 21)
    UNALLOCATED_NUMBER = ("unallocated_number", 1)
    INVALID_NUMBER_FORMAT = ("invalid_number_format", 28)
    DESTINATION_OUT_OF_ORDER = ("destination_out_of_order", 27)
    NETWORK_OUT_OF_ORDER = ("network_out_of_order", 38)
    NORMAL_TEMPORARY_FAILURE = ("normal_temporary_failure", 41)
    SWITCH_CONGESTION = ("switch_congestion", 42)
    BEARER_CAPABILITY_NOT_AVAILABLE = ("bearer_capability_not_available", 58)
    INCOMPATIBLE_DESTINATION = ("incompatible_destination", 88)
    RECOVERY_ON_TIMER_EXPIRE = ("recovery_on_timer_expire", 102)
    "Session timer, missing ACK or a transaction timeout."
    PROTOCOL_ERROR = ("protocol_error", 111)
    MEDIA_TIMEOUT = ("media_timeout", 31)
    MEDIA_FAILURE = ("media_failure", 41)
    SYSTEM_SHUTDOWN = ("system_shutdown", 41)
    SYSTEM_FAILURE = ("system_failure", 41)

    @property
    def code(self) -> str:
        """Return the stable word stored in the log."""
        return self.value[0]

    @property
    def q850(self) -> int:
        """Return the Q.850 cause number."""
        return self.value[1]

    @classmethod
    def from_code(cls, code: str) -> HangupCause:
        """Return the cause stored as ``code``.

        :raises ValueError: when no cause has that word.
        """
        try:
            return _CAUSES_BY_CODE[code]
        except KeyError:
            raise ValueError(f"unknown hangup cause {code!r}") from None


_CAUSES_BY_CODE = {cause.code: cause for cause in HangupCause}


class HangupSide(Enum):
    """Who ended it."""

    CALLER = "caller"
    CALLEE = "callee"
    SYSTEM = "system"
    "The flow, a limit or an operator of this server."
    NETWORK = "network"
    "Carrier, transport or a timeout nobody chose."


class SegmentKind(Enum):
    """What the caller was going through. Every millisecond of a call has exactly one."""

    SETUP = "setup"
    "Offered, not answered yet, nothing played and nobody rung."
    IVR = "ivr"
    QUEUE = "queue"
    RING = "ring"
    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    "The agent talks to a third party while the caller waits."
    CONFERENCE = "conference"
    VOICEMAIL = "voicemail"
    WRAP_UP = "wrap_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch of a call: ``[start_ms, end_ms)``."""

    kind: SegmentKind
    start_ms: int
    end_ms: int
    leg_id: str | None = None
    agent_id: str | None = None
    store_id: str | None = None
    extension: str | None = None
    node: str | None = None
    "Id of the flow node, for IVR and voicemail segments."

    @property
    def duration_ms(self) -> int:
        """Return how long it lasted."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class EventLine:
    """One thing that happened in a call, for telling its story. ``data`` is JSON and holds no secret digits."""

    at_ms: int
    kind: str
    "Snake-case word: ``answered``, ``node_entered``, ``digit``, ``dial``, ``segment``, ``recording_started`` …"
    data: Json = field(default_factory=dict)


SEGMENT_EVENT = "segment"
"The kind of event line that opens a segment; a crashed call's segments are rebuilt from these."
ANSWERED_EVENT = "answered"
"The kind of event line that says the server answered the caller."
CONNECTED_EVENT = "connected"
"The kind of event line that says a person first talked to the caller."
RECORDING_EVENT = "recording_started"
"The kind of event line that names a recording (``recording_id``, ``path``), so that a crashed call keeps it."


@dataclass(slots=True)
class _Opened:
    kind: SegmentKind
    start_ms: int
    leg_id: str | None
    agent_id: str | None
    store_id: str | None
    extension: str | None
    node: str | None

    def same_as(self, other: Segment) -> bool:
        return (self.kind, self.leg_id, self.agent_id, self.store_id, self.extension, self.node) == (
            other.kind,
            other.leg_id,
            other.agent_id,
            other.store_id,
            other.extension,
            other.node,
        )

    def until(self, end_ms: int) -> Segment:
        return Segment(
            kind=self.kind,
            start_ms=self.start_ms,
            end_ms=end_ms,
            leg_id=self.leg_id,
            agent_id=self.agent_id,
            store_id=self.store_id,
            extension=self.extension,
            node=self.node,
        )


class SegmentLedger:
    """Keeps the books of one call: contiguous segments that cover exactly ``[0, duration]``.

    The first segment starts at 0 whatever the offset of the first :meth:`switch`. An offset before the last one counts
    as the last one, so the books balance under any order of events. Segments of no length are dropped and equal
    neighbours become one.
    """

    def __init__(self) -> None:
        self._done: list[Segment] = []
        self._current: _Opened | None = None
        self._now_ms = 0
        self._closed = False

    @property
    def kind(self) -> SegmentKind | None:
        """Return the kind of the running segment, ``None`` before the first and after the last."""
        return self._current.kind if self._current is not None else None

    @property
    def since_ms(self) -> int:
        """Return the offset at which the running segment began; the end of the books before and after."""
        return self._current.start_ms if self._current is not None else self._now_ms

    def switch(
        self,
        kind: SegmentKind,
        at_ms: int,
        *,
        leg_id: str | None = None,
        agent_id: str | None = None,
        store_id: str | None = None,
        extension: str | None = None,
        node: str | None = None,
    ) -> EventLine:
        """End the running segment and start one of ``kind``.

        :returns: the line to append to the call's events, from which :func:`rebuild_segments` can redo the books.
        :raises LedgerClosed: after :meth:`close`.
        """
        if self._closed:
            raise LedgerClosed
        at_ms = max(at_ms, self._now_ms) if self._current is not None else 0
        self._finish(at_ms)
        self._now_ms = at_ms
        self._current = _Opened(kind, at_ms, leg_id, agent_id, store_id, extension, node)
        data: dict[str, Any] = {"segment": kind.value}
        for name, value in (
            ("leg_id", leg_id),
            ("agent_id", agent_id),
            ("store_id", store_id),
            ("extension", extension),
            ("node", node),
        ):
            if value is not None:
                data[name] = value
        return EventLine(at_ms, SEGMENT_EVENT, data)

    def close(self, at_ms: int) -> tuple[Segment, ...]:
        """End the running segment at ``at_ms`` and return all of them; a second close changes nothing."""
        if not self._closed:
            if self._current is None and at_ms > 0:
                self.switch(SegmentKind.SETUP, 0)
            self._now_ms = max(at_ms, self._now_ms)
            self._finish(self._now_ms)
            self._current = None
            self._closed = True
        return tuple(self._done)

    @property
    def duration_ms(self) -> int:
        """Return the offset the books have reached: the call's duration once closed."""
        return self._now_ms

    def total_ms(self, *kinds: SegmentKind) -> int:
        """Return the milliseconds spent so far in finished segments of ``kinds``."""
        return total_ms(self._done, *kinds)

    def _finish(self, end_ms: int) -> None:
        opened = self._current
        if opened is None or end_ms <= opened.start_ms:
            return
        if self._done and opened.same_as(self._done[-1]):
            opened.start_ms = self._done.pop().start_ms
        self._done.append(opened.until(end_ms))


def total_ms(segments: Iterable[Segment], *kinds: SegmentKind) -> int:
    """Return the milliseconds spent in segments of ``kinds``, of any kind when none is given."""
    return sum(segment.duration_ms for segment in segments if not kinds or segment.kind in kinds)


def rebuild_segments(events: Iterable[EventLine], duration_ms: int) -> tuple[Segment, ...]:
    """Redo the books of a call whose ledger was lost with its process, from its event lines in order.

    The result covers exactly ``[0, duration_ms]``.
    """
    ledger = SegmentLedger()
    for line in events:
        if line.kind == SEGMENT_EVENT:
            details = {name: value for name, value in line.data.items() if name != "segment"}
            ledger.switch(SegmentKind(line.data["segment"]), min(line.at_ms, duration_ms), **details)
    return ledger.close(duration_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call. Written when it starts with what is known, and again when it ends, complete."""

    id: str
    "ULID."
    direction: Direction
    started_at: datetime
    "UTC."
    from_number: str | None = None
    "Caller, E.164 or short form; ``None`` when withheld."
    to_number: str | None = None
    from_raw: str = ""
    "As it came in the From (or P-Asserted-Identity) header."
    to_raw: str = ""
    did: str | None = None
    "The hotline number dialled."
    trunk: str | None = None
    node_id: str = "local"
    "Which server took the call."
    sip_call_id: str | None = None
    flow_id: str | None = None
    flow_version: int | None = None
    customer_id: str | None = None
    agent_id: str | None = None
    "Who talked last."
    chosen_store_id: str | None = None
    "The store routing chose first."
    first_answered_store_id: str | None = None
    answered_store_id: str | None = None
    "The store that served the caller last."
    answered_at: datetime | None = None
    "When the server answered the caller, UTC."
    connected_at: datetime | None = None
    "When a person first talked to the caller, UTC."
    ended_at: datetime | None = None
    "``None`` while the call runs."
    duration_ms: int | None = None
    outcome: Outcome | None = None
    hangup_cause: HangupCause | None = None
    hangup_side: HangupSide | None = None
    q850: int | None = None
    "The Q.850 cause as received or sent; the cause's own when none came."
    sip_status: int | None = None
    "The final SIP status of the caller's leg, 200 for an answered call."
    last_node: str | None = None
    "The flow node the caller was in at the end of the flow."
    keys_pressed: str = ""
    "In order, secure entries as stars. See :func:`masked_keys`."
    disposition: str | None = None
    "The code the agent chose, e.g. ``wrong_number``."
    explanation: Json | None = None
    "Why the call was routed the way it was."


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuality:
    """What one leg's RTP was like, as seen by us."""

    packets_sent: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    mos: float | None = None
    "E-model estimate, 1.0 to 4.5."


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """One participant of a call."""

    id: str
    direction: Direction
    "INBOUND: they called us; OUTBOUND: we called them."
    peer: str
    "Extension, number or trunk, for people to read."
    sip_call_id: str
    started_ms: int
    agent_id: str | None = None
    store_id: str | None = None
    codec: str | None = None
    ringing_ms: int | None = None
    answered_ms: int | None = None
    ended_ms: int | None = None
    cause: HangupCause | None = None
    sip_status: int | None = None
    quality: LegQuality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRecord:
    """One audio file of a call."""

    id: str
    path: str
    "Relative to the recordings directory when inside it."
    started_ms: int
    duration_ms: int
    channels: int = 2
    truncated: bool = False
    "The disk was full or the process died: shorter than the call."


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCall:
    """Everything written in the one transaction that closes a call."""

    record: CallRecord
    segments: tuple[Segment, ...]
    legs: tuple[LegRecord, ...] = ()
    recordings: tuple[RecordingRecord, ...] = ()


class CallLog(Protocol):
    """Where calls are written down. No method blocks or fails: a call never waits for the log."""

    def open_call(self, record: CallRecord) -> None:
        """Write that a call started."""
        ...

    def append_event(self, call_id: str, line: EventLine) -> None:
        """Write one line of the call's story."""
        ...

    def close_call(self, finished: FinishedCall) -> None:
        """Write everything about the finished call at once, with the fact that it ended for whoever reacts to it."""
        ...

    async def flush(self) -> None:
        """Return when all that was handed over before is on disk."""
        ...


def masked_keys(entries: Iterable[tuple[str, bool]]) -> str:
    """Join the caller's entries ``(keys, secure)`` for the log, secure ones as stars: ``"1 **** 0"``."""
    return " ".join("*" * len(keys) if secure else keys for keys, secure in entries)
