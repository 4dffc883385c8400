"""Where the writer's batches go: one transaction per batch, on one connection kept open for it.

SQLite is written by the standard library's driver in a thread of its own: one hop per batch instead of one per
statement, which is what makes a row cheap. PostgreSQL is written through asyncpg.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import asyncpg

from callcenter.base.errors import CallcenterError
from callcenter.storage import statements
from callcenter.storage.database import Database
from callcenter.storage.statements import STATEMENTS, Compiled, Row, Statement, compile_statement

Unit = Sequence[tuple[Statement, Row]]
"Writes that belong together: all of them or none."


class Unavailable(CallcenterError):
    """The database cannot be written now; the same batch may succeed later."""

    error_id = "database-unavailable"


class Rejected(CallcenterError):
    """The database will never take this batch as it is."""

    error_id = "write-rejected"


class Sink(Protocol):
    """Writes batches."""

    async def write(self, units: Sequence[Unit]) -> None:
        """Write all units in order in one transaction.

        :raises Unavailable: nothing was written, or it is unknown; try again later.
        :raises Rejected: nothing was written; some unit breaks a rule of the database.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


_CALL_ORDER = tuple(
    statement.name
    for statement in (
        statements.OPEN_CALL,
        statements.ADD_EVENT,
        statements.CLOSE_CALL,
        statements.SAVE_SEGMENT,
        statements.SAVE_LEG,
        statements.SAVE_RECORDING,
        statements.ADD_INTERACTION,
        statements.ADD_OUTBOX,
    )
)
"""Writes about calls in the order one call makes them. Different calls' writes commute, so a batch may be sorted by
this: a handful of long runs instead of many short ones."""


def _grouped(units: Sequence[Unit], compiled: Mapping[str, Compiled]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Join writes of the same statement: those about calls as :data:`_CALL_ORDER` says, others in runs as they came."""
    of_calls: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _CALL_ORDER}
    others: list[tuple[str, list[tuple[Any, ...]]]] = []
    last_name = ""
    for unit in units:
        for statement, row in unit:
            name = statement.name
            form = compiled[name]
            if (rows := of_calls.get(name)) is not None:
                rows.append(form.values(row))
                continue
            if name != last_name:
                last_name = name
                others.append((form.sql, []))
            others[-1][1].append(form.values(row))
    return [(compiled[name].sql, rows) for name, rows in of_calls.items() if rows] + others


class SqliteSink:
    """Writes to a SQLite file."""

    _RETRYABLE = frozenset(
        {"BUSY", "LOCKED", "FULL", "IOERR", "CANTOPEN", "READONLY", "NOMEM", "PROTOCOL", "INTERRUPT"}
    )

    def __init__(
        self, path: str, *, pragmas: Mapping[str, str | int] | None = None, busy_timeout_ms: int = 1000
    ) -> None:
        """Prepare for the file ``path``.

        :param pragmas: set on each new connection, on top of our own.
        :param busy_timeout_ms: how long one attempt waits for the write lock, in its thread.
        """
        self._path = path
        self._pragmas = pragmas if pragmas is not None else {}
        self._busy_timeout_ms = busy_timeout_ms
        self._compiled = {name: compile_statement(item, is_sqlite=True) for name, item in STATEMENTS.items()}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._connection: sqlite3.Connection | None = None

    async def write(self, units: Sequence[Unit]) -> None:
        """See :class:`Sink`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, units)

    async def close(self) -> None:
        """See :class:`Sink`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _write(self, units: Sequence[Unit]) -> None:
        try:
            groups = _grouped(units, self._compiled)
        except (KeyError, TypeError, ValueError) as error:
            raise Rejected(f"{type(error).__name__}: {error}") from error
        try:
            connection = self._connection or self._connect()
            connection.execute("BEGIN IMMEDIATE")
            for sql, rows in groups:
                connection.executemany(sql, rows)
            connection.execute("COMMIT")
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            # A connection that failed is not used again: its file may be gone or its limits changed.
            self._disconnect()
            name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").partition("_")[0]
            failure = Unavailable if name in self._RETRYABLE else Rejected
            raise failure(str(error)) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection = connection
        connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        for name, value in self._pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class PostgresSink:
    """Writes to PostgreSQL."""

    _RETRYABLE_CLASSES = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})
    "Connection, transaction state, deadlock, resources, locks, operator intervention, system, internal."

    def __init__(self, database: Database, *, timeout_s: float = 10.0) -> None:
        """Prepare for ``database``; one attempt takes at most ``timeout_s``."""
        url = database.url
        self._options: dict[str, Any] = {
            "user": url.username,
            "password": url.password,
            "database": url.database,
            "host": url.host or url.query.get("host"),
            "port": url.port or url.query.get("port"),
        }
        self._timeout_s = timeout_s
        self._compiled = {name: compile_statement(item, is_sqlite=False) for name, item in STATEMENTS.items()}
        self._connection: Any = None

    async def write(self, units: Sequence[Unit]) -> None:
        """See :class:`Sink`."""
        try:
            groups = _grouped(units, self._compiled)
        except (KeyError, TypeError, ValueError) as error:
            raise Rejected(f"{type(error).__name__}: {error}") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._transact(groups)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            retry = self._is_retryable(error)
            await self._disconnect()
            failure = Unavailable if retry else Rejected
            raise failure(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """See :class:`Sink`."""
        await self._disconnect()

    async def _transact(self, groups: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        if self._connection is None or self._connection.is_closed():
            options = {name: value for name, value in self._options.items() if value is not None}
            self._connection = await asyncpg.connect(**options, timeout=self._timeout_s)
        # No rollback on failure: the connection is dropped instead, which cannot hang on a server that went away.
        await self._connection.execute("BEGIN")
        for sql, rows in groups:
            await self._connection.executemany(sql, rows)
        await self._connection.execute("COMMIT")

    def _is_retryable(self, error: BaseException) -> bool:
        if isinstance(error, asyncpg.exceptions.DataError):
            return False
        if isinstance(error, asyncpg.PostgresError):
            return (error.sqlstate or "08")[:2] in self._RETRYABLE_CLASSES
        return True

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def create_sink(database: Database) -> Sink:
    """Return the sink for a database."""
    return SqliteSink(database.url.database or "") if database.is_sqlite else PostgresSink(database)
