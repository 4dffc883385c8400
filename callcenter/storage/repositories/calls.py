"""Reading the call log: lists with filters, and one call with everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.accounts.scope import Scope
from callcenter.base.cursor import InvalidCursor as InvalidCursor
from callcenter.base.cursor import cursor_time, decode_cursor, encode_cursor
from callcenter.calls.call_search import CallDisposition, CallNote
from callcenter.calls.call_search import CallFilter as CallFilter
from callcenter.calls.call_search import CallPage as CallPage
from callcenter.calls.call_search import CallStory as CallStory
from callcenter.calls.cdr import CallRecord, LegRecord
from callcenter.storage.call_rows import (
    call_from_row,
    event_from_row,
    leg_from_row,
    recording_from_row,
    segment_from_row,
)
from callcenter.storage.database import Database, containing
from callcenter.storage.models.acd import call_dispositions, call_notes, queue_calls
from callcenter.storage.models.calls import call_events, call_legs, call_segments, calls, recordings
from callcenter.storage.models.crm import customers


def calls_open_to(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on ``calls`` that holds for those open to somebody: own ones, and those of the stores."""
    if scope.everything:
        return true()
    whose = [
        calls.c.agent_id == scope.user_id,
        calls.c.id.in_(select(call_legs.c.call_id).where(call_legs.c.agent_id == scope.user_id)),
    ]
    if scope.store_ids:
        stores = sorted(scope.store_ids)
        whose += [
            calls.c.chosen_store_id.in_(stores),
            calls.c.answered_store_id.in_(stores),
            calls.c.first_answered_store_id.in_(stores),
            calls.c.id.in_(select(call_legs.c.call_id).where(call_legs.c.store_id.in_(stores))),
        ]
    return or_(*whose)


class CallRepository:
    """The call log, read by somebody who may see a part of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, which: CallFilter | None = None, *, scope: Scope, cursor: str | None = None, limit: int = 50
    ) -> CallPage:
        """Return calls, newest first.

        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        query = _filtered(which or CallFilter()).where(calls_open_to(scope))
        if cursor is not None:
            at, call_id = decode_cursor(cursor, 2)
            position = literal(cursor_time(at), calls.c.started_at.type), literal(call_id)
            query = query.where(tuple_(calls.c.started_at, calls.c.id) < tuple_(*position))
        query = query.order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit + 1)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
            found = tuple(call_from_row(row) for row in rows[:limit])
            ids = [record.id for record in found]
            times = await _times(connection, ids)
            files = select(recordings.c.call_id).where(recordings.c.call_id.in_(ids))
            recorded = frozenset((await connection.execute(files)).scalars())
        more = len(rows) > limit
        return CallPage(
            found, encode_cursor(found[-1].started_at.isoformat(), found[-1].id) if more else None, times, recorded
        )

    async def story(self, call_id: str, *, scope: Scope) -> CallStory | None:
        """Return one call with everything; ``None`` when there is none or it is not open to the asker.

        Somebody who was only rung sees that they were, but what others then said is none of theirs: no recordings.
        """
        async with self._database.connect() as connection:
            query = select(calls).where(calls.c.id == call_id, calls_open_to(scope))
            row = (await connection.execute(query)).mappings().first()
            if row is None:
                return None

            async def rows_of(table: Any, *order: Any) -> Any:
                query = select(table).where(table.c.call_id == call_id).order_by(*order)
                return (await connection.execute(query)).mappings()

            segments = await rows_of(call_segments, call_segments.c.position)
            events = await rows_of(call_events, call_events.c.position)
            legs = await rows_of(call_legs, call_legs.c.started_ms, call_legs.c.id)
            files = await rows_of(recordings, recordings.c.started_ms, recordings.c.id)
            notes = await rows_of(call_notes, call_notes.c.at, call_notes.c.id)
            codes = await rows_of(call_dispositions, call_dispositions.c.at, call_dispositions.c.agent_id)
            record, joined = call_from_row(row), tuple(leg_from_row(line) for line in legs)
            heard = tuple(recording_from_row(line) for line in files) if _may_hear(scope, record, joined) else ()
            return CallStory(
                record,
                tuple(segment_from_row(line) for line in segments),
                tuple(event_from_row(line) for line in events),
                joined,
                heard,
                tuple(CallNote(line["id"], line["agent_id"], line["at"], line["text"]) for line in notes),
                tuple(CallDisposition(line["agent_id"], line["at"], line["code"]) for line in codes),
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


def _may_hear(scope: Scope, record: CallRecord, legs: Sequence[LegRecord]) -> bool:
    talked = {leg.agent_id for leg in legs if leg.answered_ms is not None} | {record.agent_id}
    stores = {record.chosen_store_id, record.answered_store_id, record.first_answered_store_id}
    return scope.covers_any(stores | {leg.store_id for leg in legs}, talked)


def _filtered(which: CallFilter) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    if which.number is not None:
        conditions.append(or_(calls.c.from_number == which.number, calls.c.to_number == which.number))
    if which.store_id is not None:
        conditions.append(or_(*(calls.c[name] == which.store_id for name in ("chosen_store_id", "answered_store_id"))))
    if which.agent_id is not None:
        legs = select(call_legs.c.call_id).where(call_legs.c.agent_id == which.agent_id)
        conditions.append(or_(calls.c.agent_id == which.agent_id, calls.c.id.in_(legs)))
    if which.queue_id is not None:
        waits = select(queue_calls.c.call_id).where(
            queue_calls.c.queue_id == which.queue_id, queue_calls.c.call_id.is_not(None)
        )
        conditions.append(calls.c.id.in_(waits))
    if which.outcome is not None:
        conditions.append(calls.c.outcome == which.outcome.value)
    if which.direction is not None:
        conditions.append(calls.c.direction == which.direction.value)
    if which.customer_id is not None:
        conditions.append(calls.c.customer_id == which.customer_id)
    if which.text is not None:
        conditions.append(_mentions(which.text))
    if which.since is not None:
        conditions.append(calls.c.started_at >= which.since)
    if which.until is not None:
        conditions.append(calls.c.started_at < which.until)
    if which.running is not None:
        conditions.append(calls.c.ended_at.is_(None) if which.running else calls.c.ended_at.is_not(None))
    return select(calls).where(*conditions)


def _mentions(text: str) -> ColumnElement[bool]:
    pattern = containing(text)
    named = select(customers.c.id).where(customers.c.name.ilike(pattern, escape="!"))
    return or_(
        calls.c.id == text.replace("\0", ""),
        calls.c.from_number.like(pattern, escape="!"),
        calls.c.to_number.like(pattern, escape="!"),
        calls.c.customer_id.in_(named),
    )


async def _times(connection: AsyncConnection, call_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the milliseconds of each call per kind of segment."""
    spent = func.sum(call_segments.c.end_ms - call_segments.c.start_ms)
    query = select(call_segments.c.call_id, call_segments.c.kind, spent).where(call_segments.c.call_id.in_(call_ids))
    times: dict[str, dict[str, int]] = defaultdict(dict)
    for call_id, kind, total in await connection.execute(query.group_by(call_segments.c.call_id, call_segments.c.kind)):
        times[call_id][kind] = int(total)
    return times
