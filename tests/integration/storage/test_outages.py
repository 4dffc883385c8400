"""Locked, full, restarting: nothing is lost, nothing is overtaken, nobody waits."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text

from callcenter.calls.cdr import EventLine
from callcenter.storage.call_log import StoredCallLog
from callcenter.storage.database import Database
from callcenter.storage.models.calls import call_events
from callcenter.storage.sinks import PostgresSink, SqliteSink
from callcenter.storage.statements import ADD_EVENT
from callcenter.storage.writer import GroupCommitWriter, WriterSettings
from callcenter.testing.postgresql import Cluster
from tests.integration.storage.samples import started

QUICK = WriterSettings(max_delay_s=0.005, first_pause_s=0.01, longest_pause_s=0.05)


@pytest.fixture
async def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "callcenter.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.upgrade()
    await database.close()
    return path


async def _until_failed(writer: GroupCommitWriter, times: int) -> None:
    async with asyncio.timeout(20):
        while writer.statistics.failed_attempts < times:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.01)


def _positions(path: Path) -> list[tuple[int, int]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT rowid, position FROM call_events ORDER BY rowid").fetchall()
    connection.close()
    return [(int(rowid), int(position)) for rowid, position in rows]


async def test_a_locked_sqlite_file_delays_and_keeps_the_order(sqlite_file: Path, tmp_path: Path) -> None:
    sink = SqliteSink(str(sqlite_file), busy_timeout_ms=20)
    writer = GroupCommitWriter(sink, tmp_path / "spool", QUICK)
    await writer.start()
    log = StoredCallLog(writer)
    log.open_call(started())
    await log.flush()

    blocker = sqlite3.connect(sqlite_file, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    longest = 0.0
    for position in range(60):
        before = loop.time()
        log.append_event("call-1", EventLine(position, "note", {}))
        longest = max(longest, loop.time() - before)
        await asyncio.sleep(0.05)
    assert loop.time() - begun >= 3.0
    assert writer.statistics.failed_attempts > 0
    assert writer.statistics.units_waiting == 60
    blocker.execute("ROLLBACK")
    blocker.close()
    await log.flush()

    assert [position for _, position in _positions(sqlite_file)] == list(range(60))
    assert longest < 0.05
    await writer.close()


async def test_a_full_disk_delays_and_loses_nothing(sqlite_file: Path, tmp_path: Path) -> None:
    with sqlite3.connect(sqlite_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    limits: dict[str, str | int] = {"max_page_count": pages + 3}
    writer = GroupCommitWriter(SqliteSink(str(sqlite_file), pragmas=limits), tmp_path / "spool", QUICK)
    await writer.start()
    log = StoredCallLog(writer)
    log.open_call(started())
    for position in range(200):
        log.append_event("call-1", EventLine(position, "note", {"text": "x" * 500}))
    await _until_failed(writer, 2)
    limits["max_page_count"] = 1_000_000
    await log.flush()

    assert [position for _, position in _positions(sqlite_file)] == list(range(200))
    assert writer.statistics.units_rejected == 0
    await writer.close()


async def test_a_row_the_database_refuses_is_put_aside(
    database: Database, writer: GroupCommitWriter, tmp_path: Path
) -> None:
    log = StoredCallLog(writer)
    log.append_event("no-such-call", EventLine(0, "note", {}))
    writer.submit(ADD_EVENT, {"call_id": "call-1", "position": "not a number", "at_ms": 0, "kind": "x"})
    log.open_call(started())
    log.append_event("call-1", EventLine(0, "note", {}))
    await log.flush()

    async with database.connect() as connection:
        found = (await connection.execute(select(call_events.c.call_id))).scalars().all()
    assert found == ["call-1"]
    assert writer.statistics.units_rejected == 2
    assert len((tmp_path / "spool" / "rejected.jsonl").read_text().splitlines()) == 2


@pytest.mark.postgres
async def test_a_postgresql_restart_loses_nothing_and_doubles_nothing(cluster: Cluster, tmp_path: Path) -> None:
    database = Database(cluster.create_database())
    await database.upgrade()
    writer = GroupCommitWriter(PostgresSink(database), tmp_path / "spool", QUICK)
    await writer.start()
    log = StoredCallLog(writer)
    log.open_call(started())
    for position in range(20):
        log.append_event("call-1", EventLine(position, "note", {}))
        await asyncio.sleep(0.002)
    restarting = asyncio.get_running_loop().run_in_executor(None, cluster.restart)
    position = 20
    while not restarting.done():
        log.append_event("call-1", EventLine(position, "note", {}))
        position += 1
        await asyncio.sleep(0.005)
    await restarting
    await log.flush()

    async with database.connect() as connection:
        found = (await connection.execute(select(call_events.c.position))).scalars().all()
    assert sorted(found) == list(range(position))
    await writer.close()
    await database.close()


@pytest.mark.postgres
async def test_a_cut_connection_is_made_again(cluster: Cluster, tmp_path: Path) -> None:
    database = Database(cluster.create_database())
    await database.upgrade()
    writer = GroupCommitWriter(PostgresSink(database), tmp_path / "spool", QUICK)
    await writer.start()
    log = StoredCallLog(writer)
    log.open_call(started())
    await log.flush()
    async with database.begin() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        await connection.execute(text(cut + "pg_backend_pid()"))
    log.append_event("call-1", EventLine(0, "note", {}))
    await log.flush()

    async with database.connect() as connection:
        assert (await connection.execute(select(call_events.c.position))).scalars().all() == [0]
    await writer.close()
    await database.close()
