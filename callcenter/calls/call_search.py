"""Reading the call log: which calls are wanted, and what comes back. Plain values; storage answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.calls.cdr import CallRecord, Direction, EventLine, LegRecord, Outcome, RecordingRecord, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls; everything given must hold."""

    number: str | None = None
    "Normalised; either side."
    store_id: str | None = None
    "Chosen or answering."
    agent_id: str | None = None
    "Rung or talking."
    queue_id: str | None = None
    "Waited in."
    outcome: Outcome | None = None
    direction: Direction | None = None
    customer_id: str | None = None
    text: str | None = None
    "Part of a number as it is stored, of the customer's name, or the id of the call."
    since: datetime | None = None
    until: datetime | None = None
    "Exclusive."
    running: bool | None = None

    @classmethod
    def of_day(cls, day: date, timezone: str = "Asia/Ho_Chi_Minh", **others: Any) -> CallFilter:
        """Return the filter for calls started on a local day."""
        zone = ZoneInfo(timezone)
        start = datetime.combine(day, time(), zone)
        return cls(since=start, until=datetime.combine(day + timedelta(days=1), time(), zone), **others)


@dataclass(frozen=True, slots=True)
class CallPage:
    """Some calls, newest first."""

    calls: tuple[CallRecord, ...]
    next_cursor: str | None
    "Give it back to get the following page; ``None`` at the end."
    time_ms: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    "By call id: milliseconds per kind of segment."
    recorded: frozenset[str] = frozenset()
    "Ids of the calls that have a recording."


@dataclass(frozen=True, slots=True)
class CallNote:
    """What an agent wrote about a call."""

    id: str
    agent_id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class CallDisposition:
    """How an agent classified a call."""

    agent_id: str
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class CallStory:
    """One call with everything that is known."""

    record: CallRecord
    segments: tuple[Segment, ...]
    events: tuple[EventLine, ...]
    legs: tuple[LegRecord, ...]
    recordings: tuple[RecordingRecord, ...]
    notes: tuple[CallNote, ...] = ()
    dispositions: tuple[CallDisposition, ...] = ()
