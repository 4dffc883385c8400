"""Reading the call log: lists with filters, and one call with everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, literal, or_, select, tuple_

from callcenter.calls.cdr import CallRecord, Direction, EventLine, LegRecord, Outcome, RecordingRecord, Segment
from callcenter.storage.call_rows import (
    call_from_row,
    event_from_row,
    leg_from_row,
    recording_from_row,
    segment_from_row,
)
from callcenter.storage.database import Database
from callcenter.storage.models.calls import call_events, call_legs, call_segments, calls, recordings


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls; everything given must hold."""

    number: str | None = None
    "Normalised; either side."
    store_id: str | None = None
    "Chosen or answering."
    outcome: Outcome | None = None
    direction: Direction | None = None
    customer_id: str | None = None
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


@dataclass(frozen=True, slots=True)
class CallStory:
    """One call with everything that is known."""

    record: CallRecord
    segments: tuple[Segment, ...]
    events: tuple[EventLine, ...]
    legs: tuple[LegRecord, ...]
    recordings: tuple[RecordingRecord, ...]


class InvalidCursor(ValueError):
    """The cursor is not one this server gave out."""


class CallRepository:
    """The call log, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, which: CallFilter | None = None, *, cursor: str | None = None, limit: int = 50) -> CallPage:
        """Return calls, newest first.

        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        query = _filtered(which or CallFilter())
        if cursor is not None:
            query = query.where(tuple_(calls.c.started_at, calls.c.id) < tuple_(*_decode_cursor(cursor)))
        query = query.order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit + 1)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        found = tuple(call_from_row(row) for row in rows[:limit])
        more = len(rows) > limit
        return CallPage(found, f"{found[-1].started_at.isoformat()}|{found[-1].id}" if more else None)

    async def story(self, call_id: str) -> CallStory | None:
        """Return one call with its segments, events, legs and recordings."""
        async with self._database.connect() as connection:
            row = (await connection.execute(select(calls).where(calls.c.id == call_id))).mappings().first()
            if row is None:
                return None

            async def rows_of(table: Any, *order: Any) -> Any:
                query = select(table).where(table.c.call_id == call_id).order_by(*order)
                return (await connection.execute(query)).mappings()

            segments = await rows_of(call_segments, call_segments.c.position)
            events = await rows_of(call_events, call_events.c.position)
            legs = await rows_of(call_legs, call_legs.c.started_ms, call_legs.c.id)
            files = await rows_of(recordings, recordings.c.started_ms, recordings.c.id)
            return CallStory(
                call_from_row(row),
                tuple(segment_from_row(line) for line in segments),
                tuple(event_from_row(line) for line in events),
                tuple(leg_from_row(line) for line in legs),
                tuple(recording_from_row(line) for line in files),
            )

    async def by_sip_call_id(self, sip_call_id: str) -> str | None:
        """Return the id of the newest call whose caller's leg has this SIP Call-ID."""
        query = select(calls.c.id).where(calls.c.sip_call_id == sip_call_id).order_by(calls.c.id.desc()).limit(1)
        async with self._database.connect() as connection:
            found: str | None = (await connection.execute(query)).scalar()
            return found

    async def explanations(self, since: datetime, until: datetime) -> tuple[dict[str, Any], ...]:
        """Return the routing explanations of finished calls, for :func:`~callcenter.routing.hit_rate.hit_rate`."""
        query = select(calls.c.explanation).where(
            calls.c.started_at >= since,
            calls.c.started_at < until,
            calls.c.ended_at.is_not(None),
            calls.c.explanation.is_not(None),
        )
        async with self._database.connect() as connection:
            return tuple((await connection.execute(query)).scalars())


def _filtered(which: CallFilter) -> Select[Any]:
    query = select(calls)
    if which.number is not None:
        query = query.where(or_(calls.c.from_number == which.number, calls.c.to_number == which.number))
    if which.store_id is not None:
        query = query.where(or_(calls.c.chosen_store_id == which.store_id, calls.c.answered_store_id == which.store_id))
    if which.outcome is not None:
        query = query.where(calls.c.outcome == which.outcome.value)
    if which.direction is not None:
        query = query.where(calls.c.direction == which.direction.value)
    if which.customer_id is not None:
        query = query.where(calls.c.customer_id == which.customer_id)
    if which.since is not None:
        query = query.where(calls.c.started_at >= which.since)
    if which.until is not None:
        query = query.where(calls.c.started_at < which.until)
    if which.running is not None:
        query = query.where(calls.c.ended_at.is_(None) if which.running else calls.c.ended_at.is_not(None))
    return query


def _decode_cursor(cursor: str) -> tuple[Any, Any]:
    started_at, _, call_id = cursor.partition("|")
    try:
        return literal(datetime.fromisoformat(started_at), calls.c.started_at.type), literal(call_id)
    except ValueError:
        raise InvalidCursor(cursor) from None
