"""The audit log: written behind by the group-commit writer, read in pages."""

from __future__ import annotations

from sqlalchemy import RowMapping, literal, select, tuple_

from callcenter.accounts.audit import AuditEntry, AuditFilter, AuditOutcome
from callcenter.base.cursor import cursor_time, decode_cursor, encode_cursor
from callcenter.storage.database import Database
from callcenter.storage.models.accounts import audit
from callcenter.storage.statements import ADD_AUDIT
from callcenter.storage.writer import GroupCommitWriter

_FIELDS = tuple(column.name for column in audit.c if column.name != "outcome")


class AuditTable:
    """An :class:`~callcenter.accounts.audit.AuditLog` and its reader."""

    def __init__(self, database: Database, writer: GroupCommitWriter) -> None:
        self._database = database
        self._writer = writer

    def append(self, entry: AuditEntry) -> None:
        """Write one line; never blocks, and survives a database that is away."""
        row = {name: getattr(entry, name) for name in _FIELDS}
        for name in ("before", "after"):
            row[name] = None if row[name] is None else dict(row[name])
        self._writer.submit(ADD_AUDIT, {**row, "outcome": entry.outcome.value})

    async def page(
        self, which: AuditFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[AuditEntry, ...], str | None]:
        """Return lines, newest first, and the cursor of the following page; what was appended before is in.

        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        await self._writer.flush()
        query = select(audit)
        for column, value in ((audit.c.user_id, which.user_id), (audit.c.target, which.target)):
            if value is not None:
                query = query.where(column == value)
        if which.action is not None:
            prefix = which.action.endswith(".")
            wanted = audit.c.action.startswith(which.action, autoescape=True) if prefix else None
            query = query.where(audit.c.action == which.action if wanted is None else wanted)
        if which.outcome is not None:
            query = query.where(audit.c.outcome == which.outcome.value)
        if which.since is not None:
            query = query.where(audit.c.at >= which.since)
        if which.until is not None:
            query = query.where(audit.c.at < which.until)
        if cursor is not None:
            at, entry_id = decode_cursor(cursor, 2)
            query = query.where(
                tuple_(audit.c.at, audit.c.id) < tuple_(literal(cursor_time(at), audit.c.at.type), literal(entry_id))
            )
        query = query.order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit + 1)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        found = tuple(_entry(row) for row in rows[:limit])
        return found, encode_cursor(found[-1].at.isoformat(), found[-1].id) if len(rows) > limit else None


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(**{name: row[name] for name in _FIELDS}, outcome=AuditOutcome(row["outcome"]))
