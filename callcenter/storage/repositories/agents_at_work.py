"""Agents' states, what happened in the queues, and call-backs: read at start, written behind the calls.

Writing never blocks: everything goes through the group-commit writer, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, literal, select, tuple_

from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import Callback, CallbackState
from callcenter.acd.queue import CallbackMode
from callcenter.acd.records import (
    AgentStateSpan,
    OfferRecord,
    QueueVisit,
    StoredAgentState,
    StoredWrapUp,
    VisitOutcome,
    WrapUpRecord,
)
from callcenter.base.cursor import cursor_time, decode_cursor, encode_cursor
from callcenter.storage import statements
from callcenter.storage.database import Database
from callcenter.storage.models.acd import agent_states, callbacks, queue_calls
from callcenter.storage.writer import GroupCommitWriter


class AgentStateTable:
    """A :class:`~callcenter.acd.ports.AgentStateStore`."""

    def __init__(self, database: Database, writer: GroupCommitWriter) -> None:
        self._database = database
        self._writer = writer

    async def all(self) -> Sequence[StoredAgentState]:
        """Return the last state of every agent."""
        await self._writer.flush()
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(agent_states).order_by(agent_states.c.agent_id))).mappings()
            return [_state(row) for row in rows]

    def save(self, state: StoredAgentState) -> None:
        """Replace an agent's row."""
        row = _plain(state)
        row["wrap_up"] = None if state.wrap_up is None else _wrap_up_json(state.wrap_up)
        self._writer.submit(statements.SAVE_AGENT_STATE, row)

    def add_span(self, span: AgentStateSpan) -> None:
        """Add a finished stretch to the agent's day."""
        self._writer.submit(statements.ADD_AGENT_SPAN, _plain(span))


class QueueHistoryTable:
    """A :class:`~callcenter.acd.ports.QueueHistory`."""

    def __init__(self, database: Database, writer: GroupCommitWriter) -> None:
        self._database = database
        self._writer = writer

    async def visits_since(self, moment: datetime) -> Sequence[QueueVisit]:
        """Return the waits that ended at or after ``moment``, oldest first."""
        await self._writer.flush()
        query = select(queue_calls).where(queue_calls.c.left_at >= moment).order_by(queue_calls.c.left_at)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query.order_by(queue_calls.c.id))).mappings()
            return [QueueVisit(**{**row, "outcome": VisitOutcome(row["outcome"])}) for row in rows]

    def add_visit(self, visit: QueueVisit) -> None:
        """Add a wait that is over."""
        self._writer.submit(statements.ADD_QUEUE_CALL, _plain(visit))

    def add_offer(self, offer: OfferRecord) -> None:
        """Add an agent rung for a caller."""
        self._writer.submit(statements.ADD_QUEUE_OFFER, _plain(offer))

    def add_wrap_up(self, wrap_up: WrapUpRecord) -> None:
        """Add work after a call that is over; its code becomes the call's unless the agent chose one before."""
        unit: list[tuple[statements.Statement, Mapping[str, Any]]] = [(statements.ADD_WRAP_UP, _plain(wrap_up))]
        if wrap_up.disposition is not None:
            chosen = {
                "call_id": wrap_up.call_id,
                "agent_id": wrap_up.agent_id,
                "code": wrap_up.disposition,
                "at": wrap_up.ended_at,
            }
            unit.append((statements.ADD_CALL_DISPOSITION, chosen))
            unit += disposition_of_call(wrap_up.call_id, wrap_up.disposition)
        self._writer.submit_unit(unit)


def disposition_of_call(call_id: str, code: str) -> list[tuple[statements.Statement, Mapping[str, Any]]]:
    """Return the writes that make ``code`` the disposition of a call and of the contact it was."""
    row = {"of_call": call_id, "code": code}
    return [(statements.SET_DISPOSITION_OF_CALL, row), (statements.SET_DISPOSITION_OF_CONTACT, row)]


class CallbackTable:
    """A :class:`~callcenter.acd.ports.CallbackStore`, and the list of those that are closed."""

    def __init__(self, database: Database, writer: GroupCommitWriter) -> None:
        self._database = database
        self._writer = writer

    async def open(self) -> Sequence[Callback]:
        """Return those that still wait, oldest place first."""
        await self._writer.flush()
        query = select(callbacks).where(callbacks.c.closed_at.is_(None))
        async with self._database.connect() as connection:
            rows = (await connection.execute(query.order_by(callbacks.c.arrived_at, callbacks.c.id))).mappings()
            return [_callback(row) for row in rows]

    def save(self, callback: Callback) -> None:
        """Insert or replace one by its id."""
        row = _plain(callback)
        row["skills"], row["preferred_agents"] = dict(callback.skills), list(callback.preferred_agents)
        self._writer.submit(statements.SAVE_CALLBACK, row)

    async def page(
        self, queue_ids: Sequence[str], *, is_open: bool | None = None, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[Callback, ...], str | None]:
        """Return call-backs of these queues, the newest request first, and the cursor of the following page.

        :param queue_ids: the queues open to whoever asks.
        :raises callcenter.base.cursor.InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        await self._writer.flush()
        query = select(callbacks).where(callbacks.c.queue_id.in_(queue_ids))
        if is_open is not None:
            query = query.where(callbacks.c.closed_at.is_(None) if is_open else callbacks.c.closed_at.is_not(None))
        if cursor is not None:
            at, last = decode_cursor(cursor, 2)
            keys = tuple_(literal(cursor_time(at), callbacks.c.requested_at.type), literal(last))
            query = query.where(tuple_(callbacks.c.requested_at, callbacks.c.id) < keys)
        query = query.order_by(callbacks.c.requested_at.desc(), callbacks.c.id.desc()).limit(limit + 1)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        found = tuple(_callback(row) for row in rows[:limit])
        more = len(rows) > limit
        return found, encode_cursor(found[-1].requested_at.isoformat(), found[-1].id) if more else None


def _plain(value: Any) -> dict[str, Any]:
    """Return the fields of a flat dataclass as a row; names of states as text."""
    row = {}
    for each in fields(value):
        item = getattr(value, each.name)
        row[each.name] = str(item) if isinstance(item, str) else item
    return row


def _wrap_up_json(wrap_up: StoredWrapUp) -> dict[str, Any]:
    ends_at = wrap_up.ends_at
    return {
        **_plain(wrap_up),
        "started_at": wrap_up.started_at.isoformat(),
        "ends_at": None if ends_at is None else ends_at.isoformat(),
    }


def _state(row: RowMapping) -> StoredAgentState:
    wrap_up = row["wrap_up"]
    if wrap_up is not None:
        ends_at = wrap_up["ends_at"]
        wrap_up = StoredWrapUp(
            **{
                **wrap_up,
                "started_at": datetime.fromisoformat(wrap_up["started_at"]),
                "ends_at": None if ends_at is None else datetime.fromisoformat(ends_at),
            }
        )
    next_state = row["next_state"]
    return StoredAgentState(
        **{
            **row,
            "state": AgentState(row["state"]),
            "next_state": None if next_state is None else AgentState(next_state),
            "wrap_up": wrap_up,
        }
    )


def _callback(row: RowMapping) -> Callback:
    return Callback(
        **{
            **row,
            "state": CallbackState(row["state"]),
            "mode": CallbackMode(row["mode"]),
            "preferred_agents": tuple(row["preferred_agents"]),
        }
    )
