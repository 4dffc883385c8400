"""The writes of the call path: named, compiled once, safe to repeat.

Every statement names its rows by key and says what happens when they exist, so writing the same thing twice changes
nothing: after a lost connection nobody knows whether the last transaction was committed, and the spool is replayed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql_asyncpg

from callcenter.storage.models.accounts import audit, bindings
from callcenter.storage.models.acd import (
    agent_state_spans,
    agent_states,
    call_dispositions,
    call_notes,
    callbacks,
    queue_calls,
    queue_offers,
    voicemails,
    wrap_ups,
)
from callcenter.storage.models.calls import call_events, call_legs, call_segments, calls, nodes, outbox, recordings
from callcenter.storage.models.crm import interactions

Insert = Callable[..., Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One write with a name that survives in the spool file."""

    name: str
    build: Callable[[Insert], Any]


def _insert_once(table: Table) -> Callable[[Insert], Any]:
    return lambda insert: insert(table).on_conflict_do_nothing()


def _insert_or_replace(table: Table) -> Callable[[Insert], Any]:
    keys = [column.name for column in table.primary_key]

    def build(insert: Insert) -> Any:
        statement = insert(table)
        changes = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=changes)

    return build


def _delete_binding(_insert: Insert) -> Any:
    return delete(bindings).where(bindings.c.aor == bindparam("aor"), bindings.c.contact == bindparam("contact"))


def _set_disposition(table: Table, key: str) -> Callable[[Insert], Any]:
    """Write an agent's code into what is kept of a call; nothing happens while there is no such row."""
    return lambda _insert: (
        update(table).where(table.c[key] == bindparam("of_call")).values(disposition=bindparam("code"))
    )


OPEN_CALL = Statement("open_call", _insert_once(calls))
CLOSE_CALL = Statement("close_call", _insert_or_replace(calls))
ADD_EVENT = Statement("add_event", _insert_once(call_events))
SAVE_SEGMENT = Statement("save_segment", _insert_or_replace(call_segments))
SAVE_LEG = Statement("save_leg", _insert_or_replace(call_legs))
SAVE_RECORDING = Statement("save_recording", _insert_or_replace(recordings))
ADD_INTERACTION = Statement("add_interaction", _insert_once(interactions))
ADD_OUTBOX = Statement("add_outbox", _insert_once(outbox))
SAVE_HEARTBEAT = Statement("save_heartbeat", _insert_or_replace(nodes))
SAVE_BINDING = Statement("save_binding", _insert_or_replace(bindings))
DELETE_BINDING = Statement("delete_binding", _delete_binding)
ADD_AUDIT = Statement("add_audit", _insert_once(audit))
SAVE_AGENT_STATE = Statement("save_agent_state", _insert_or_replace(agent_states))
ADD_AGENT_SPAN = Statement("add_agent_span", _insert_once(agent_state_spans))
ADD_QUEUE_CALL = Statement("add_queue_call", _insert_once(queue_calls))
ADD_QUEUE_OFFER = Statement("add_queue_offer", _insert_once(queue_offers))
ADD_WRAP_UP = Statement("add_wrap_up", _insert_once(wrap_ups))
SAVE_CALLBACK = Statement("save_callback", _insert_or_replace(callbacks))
SAVE_CALL_DISPOSITION = Statement("save_call_disposition", _insert_or_replace(call_dispositions))
ADD_CALL_DISPOSITION = Statement("add_call_disposition", _insert_once(call_dispositions))
SET_DISPOSITION_OF_CALL = Statement("set_disposition_of_call", _set_disposition(calls, "id"))
SET_DISPOSITION_OF_CONTACT = Statement("set_disposition_of_contact", _set_disposition(interactions, "call_id"))
SAVE_CALL_NOTE = Statement("save_call_note", _insert_or_replace(call_notes))
ADD_VOICEMAIL = Statement("add_voicemail", _insert_once(voicemails))

STATEMENTS = {
    statement.name: statement
    for statement in (
        OPEN_CALL,
        CLOSE_CALL,
        ADD_EVENT,
        SAVE_SEGMENT,
        SAVE_LEG,
        SAVE_RECORDING,
        ADD_INTERACTION,
        ADD_OUTBOX,
        SAVE_HEARTBEAT,
        SAVE_BINDING,
        DELETE_BINDING,
        ADD_AUDIT,
        SAVE_AGENT_STATE,
        ADD_AGENT_SPAN,
        ADD_QUEUE_CALL,
        ADD_QUEUE_OFFER,
        ADD_WRAP_UP,
        SAVE_CALLBACK,
        SAVE_CALL_DISPOSITION,
        ADD_CALL_DISPOSITION,
        SET_DISPOSITION_OF_CALL,
        SET_DISPOSITION_OF_CONTACT,
        SAVE_CALL_NOTE,
        ADD_VOICEMAIL,
    )
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as its driver takes it."""

    sql: str
    values: Callable[[Row], tuple[Any, ...]]
    "Turns a row into positional parameters the driver understands."


def compile_statement(statement: Statement, *, is_sqlite: bool) -> Compiled:
    """Compile once for one kind of database."""
    dialects: dict[bool, Any] = {True: sqlite.dialect, False: postgresql_asyncpg.dialect}
    compiled = statement.build(sqlite.insert if is_sqlite else postgresql.insert).compile(dialect=dialects[is_sqlite]())
    pick = itemgetter(*(compiled.positiontup or ()))
    converters = _SQLITE if is_sqlite else _POSTGRESQL

    def values(row: Row) -> tuple[Any, ...]:
        return tuple(
            [converters[value.__class__](value) if value.__class__ in converters else value for value in pick(row)]
        )

    return Compiled(str(compiled), values)


def _text(value: str) -> str:
    """Drop what no database stores: NUL and halves of surrogate pairs, which hostile SIP headers may hold."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _json(value: Any) -> str:
    return _text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)).replace("\\u0000", "")


def _sqlite_time(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


_POSTGRESQL: dict[type, Callable[[Any], Any]] = {str: _text, dict: _json, list: _json, tuple: _json}
_SQLITE: dict[type, Callable[[Any], Any]] = {**_POSTGRESQL, datetime: _sqlite_time}
