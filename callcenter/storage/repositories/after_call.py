"""What agents write down after a call and choose from: dispositions, notes, reasons for breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import Table, delete, select
from sqlalchemy.exc import IntegrityError

from callcenter.acd.disposition import BreakReason, CallDisposition, CallNote, Disposition
from callcenter.base.errors import CallcenterError
from callcenter.storage import statements
from callcenter.storage.call_log import StoredCallLog
from callcenter.storage.database import Database
from callcenter.storage.models.acd import break_reasons, call_dispositions, call_notes, dispositions
from callcenter.storage.repositories.agents_at_work import disposition_of_call
from callcenter.storage.writer import GroupCommitWriter


class CodeTaken(CallcenterError):
    """This code is used already."""

    error_id: ClassVar[str] = "code-taken"


async def _save(database: Database, table: Table, row: Mapping[str, Any]) -> None:
    statement = database.insert(table).values(row)
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=row)
    try:
        async with database.begin() as connection:
            await connection.execute(statement)
    except IntegrityError:
        raise CodeTaken(f"the code {row['code']} is used already") from None


class DispositionTable:
    """The codes agents choose from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[Disposition, ...]:
        """Return every code in its order."""
        query = select(dispositions).order_by(dispositions.c.position, dispositions.c.code)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return tuple(Disposition(**{**row, "queue_ids": tuple(row["queue_ids"])}) for row in rows)

    async def get(self, disposition_id: str) -> Disposition | None:
        """Return one."""
        return next((found for found in await self.all() if found.id == disposition_id), None)

    async def save(self, disposition: Disposition) -> None:
        """Insert or replace one.

        :raises CodeTaken: when another has the code.
        """
        row = {
            "id": disposition.id,
            "code": disposition.code,
            "label": disposition.label,
            "label_en": disposition.label_en,
            "queue_ids": list(disposition.queue_ids),
            "position": disposition.position,
            "active": disposition.active,
            "system": disposition.system,
        }
        await _save(self._database, dispositions, row)

    async def remove(self, disposition_id: str) -> None:
        """Forget one; calls that have its code keep it."""
        async with self._database.begin() as connection:
            await connection.execute(delete(dispositions).where(dispositions.c.id == disposition_id))


class BreakReasonTable:
    """Why agents may take a break."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[BreakReason, ...]:
        """Return every reason in its order."""
        query = select(break_reasons).order_by(break_reasons.c.position, break_reasons.c.code)
        async with self._database.connect() as connection:
            return tuple(BreakReason(**row) for row in (await connection.execute(query)).mappings())

    async def save(self, reason: BreakReason) -> None:
        """Insert or replace one.

        :raises CodeTaken: when another has the code.
        """
        row = {
            "id": reason.id,
            "code": reason.code,
            "label": reason.label,
            "label_en": reason.label_en,
            "position": reason.position,
        }
        await _save(self._database, break_reasons, row)

    async def remove(self, reason_id: str) -> None:
        """Forget one; breaks that had it keep it."""
        async with self._database.begin() as connection:
            await connection.execute(delete(break_reasons).where(break_reasons.c.id == reason_id))


class CallRemarks:
    """Dispositions and notes of calls. Writing never blocks; a call may still be going on."""

    def __init__(self, database: Database, writer: GroupCommitWriter, call_log: StoredCallLog) -> None:
        self._database = database
        self._writer = writer
        self._call_log = call_log

    def choose(self, chosen: CallDisposition) -> None:
        """Write the code an agent chose; it replaces an earlier one of the same agent, and is the call's from now."""
        self._call_log.set_disposition(chosen.call_id, chosen.code)
        row = {"call_id": chosen.call_id, "agent_id": chosen.agent_id, "code": chosen.code, "at": chosen.at}
        unit = [(statements.SAVE_CALL_DISPOSITION, row), *disposition_of_call(chosen.call_id, chosen.code)]
        self._writer.submit_unit(unit)

    def note(self, note: CallNote) -> None:
        """Write a remark; one with the same id is replaced."""
        row = {"id": note.id, "call_id": note.call_id, "agent_id": note.agent_id, "text": note.text, "at": note.at}
        self._writer.submit(statements.SAVE_CALL_NOTE, row)

    async def of_call(self, call_id: str) -> tuple[tuple[CallDisposition, ...], tuple[CallNote, ...]]:
        """Return what agents wrote about a call, oldest first."""
        await self._writer.flush()
        chosen = select(call_dispositions).where(call_dispositions.c.call_id == call_id)
        noted = select(call_notes).where(call_notes.c.call_id == call_id)
        async with self._database.connect() as connection:
            codes = (await connection.execute(chosen.order_by(call_dispositions.c.at))).mappings().all()
            notes = (await connection.execute(noted.order_by(call_notes.c.at, call_notes.c.id))).mappings().all()
        return tuple(CallDisposition(**row) for row in codes), tuple(CallNote(**row) for row in notes)
