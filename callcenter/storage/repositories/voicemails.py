"""Messages that callers left, for those who listen to their boxes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, true, tuple_, update

from callcenter.accounts.scope import Scope
from callcenter.base.cursor import cursor_time, decode_cursor, encode_cursor
from callcenter.recordings.voicemail import Voicemail
from callcenter.storage.database import Database
from callcenter.storage.models.acd import voicemails
from callcenter.storage.models.calls import calls, recordings
from callcenter.storage.models.crm import stores
from callcenter.storage.writer import GroupCommitWriter


def _open_to(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that holds for the messages open to somebody: those in the boxes of the stores."""
    if scope.everything:
        return true()
    return stores.c.id.in_(sorted(scope.store_ids))


def _query(scope: Scope) -> Select[Any]:
    joined = (
        voicemails.outerjoin(stores, stores.c.code == voicemails.c.box)
        .outerjoin(calls, calls.c.id == voicemails.c.call_id)
        .outerjoin(recordings, recordings.c.id == voicemails.c.id)
    )
    columns = (
        *voicemails.c,
        calls.c.from_number.label("number"),
        calls.c.customer_id.label("customer_id"),
        stores.c.id.label("store_id"),
        recordings.c.path.label("path"),
    )
    return select(*columns).select_from(joined).where(_open_to(scope))


class VoicemailTable:
    """The messages, read by somebody who may hear a part of them. They are written with the call's log."""

    def __init__(self, database: Database, writer: GroupCommitWriter) -> None:
        self._database = database
        self._writer = writer

    async def page(
        self,
        scope: Scope,
        *,
        heard: bool | None = None,
        box: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Voicemail, ...], str | None]:
        """Return messages, newest first, and the cursor of the following page.

        :raises callcenter.base.cursor.InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        await self._writer.flush()
        query = _query(scope)
        if heard is not None:
            query = query.where(voicemails.c.heard_at.is_not(None) if heard else voicemails.c.heard_at.is_(None))
        if box is not None:
            query = query.where(voicemails.c.box == box)
        if cursor is not None:
            at, last = decode_cursor(cursor, 2)
            keys = tuple_(literal(cursor_time(at), voicemails.c.left_at.type), literal(last))
            query = query.where(tuple_(voicemails.c.left_at, voicemails.c.id) < keys)
        query = query.order_by(voicemails.c.left_at.desc(), voicemails.c.id.desc()).limit(limit + 1)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        found = tuple(Voicemail(**row) for row in rows[:limit])
        more = len(rows) > limit
        return found, encode_cursor(found[-1].left_at.isoformat(), found[-1].id) if more else None

    async def get(self, voicemail_id: str, scope: Scope) -> Voicemail | None:
        """Return one message, None when it is not open to whoever asks."""
        await self._writer.flush()
        async with self._database.connect() as connection:
            query = _query(scope).where(voicemails.c.id == voicemail_id)
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else Voicemail(**row)

    async def mark(self, voicemail_id: str, *, heard_by: str | None, at: datetime | None) -> None:
        """Say who heard it first and when; two times None: nobody did."""
        await self._writer.flush()
        statement = update(voicemails).where(voicemails.c.id == voicemail_id)
        async with self._database.begin() as connection:
            await connection.execute(statement.values(heard_by=heard_by, heard_at=at))
