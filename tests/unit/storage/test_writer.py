"""The group-commit writer against a database that comes and goes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from callcenter.storage.spool import SpoolFile
from callcenter.storage.statements import ADD_EVENT
from callcenter.storage.writer import GroupCommitWriter, WriterSettings
from tests.unit.storage.fakes import FakeSink

QUICK = WriterSettings(
    max_delay_s=0.001, max_rows=5, batch_units=4, memory_units=6, first_pause_s=0.001, longest_pause_s=0.002
)


def _row(number: int) -> dict[str, Any]:
    return {"call_id": str(number), "position": 0, "at_ms": 0, "kind": "note", "data": {}}


def _ids(*numbers: int) -> list[str]:
    return [str(number) for number in numbers]


async def _until_attempted(sink: FakeSink, times: int = 1) -> None:
    goal = sink.attempts + times
    while sink.attempts < goal:
        sink.attempted.clear()
        await asyncio.wait_for(sink.attempted.wait(), 5)


async def test_rows_submitted_together_share_a_transaction(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = GroupCommitWriter(sink, tmp_path, WriterSettings())
    await writer.start()
    for number in range(10):
        writer.submit(ADD_EVENT, _row(number))
    await writer.flush()

    assert sink.batches == [_ids(*range(10))]
    assert writer.statistics.transactions == 1
    assert writer.statistics.rows_written == 10
    assert writer.statistics.units_waiting == 0
    await writer.close()


async def test_a_lonely_row_is_written_without_a_flush(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    writer.submit(ADD_EVENT, _row(1))
    await asyncio.wait_for(sink.attempted.wait(), 5)
    await writer.flush()
    assert sink.written == ["1"]
    await writer.close()


async def test_flush_of_nothing_returns_at_once(tmp_path: Path) -> None:
    writer = GroupCommitWriter(FakeSink(), tmp_path, QUICK)
    await writer.flush()


async def test_a_unit_is_never_split(tmp_path: Path) -> None:
    sink = FakeSink()
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    for number in range(6):
        writer.submit_unit([(ADD_EVENT, _row(10 * number)), (ADD_EVENT, _row(10 * number + 1))])
    await writer.flush()
    assert sink.batches == [_ids(0, 1, 10, 11, 20, 21, 30, 31), _ids(40, 41, 50, 51)]
    await writer.close()


async def test_an_outage_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    for number in range(3):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 2)
    writer.submit(ADD_EVENT, _row(3))
    assert writer.statistics.failed_attempts >= 1
    sink.away = False
    await writer.flush()

    assert sink.written == _ids(0, 1, 2, 3)
    assert writer.statistics.unavailable_for_s == 0.0
    await writer.close()


async def test_a_long_outage_fills_the_spool_file_and_drains_it_in_order(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    for number in range(20):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 3)
    assert writer.statistics.units_spooled == 17
    assert writer.statistics.units_waiting == 3
    for number in range(20, 40):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 3)
    assert writer.statistics.units_spooled == 37
    for number in range(40, 43):
        writer.submit(ADD_EVENT, _row(number))
    sink.away = False
    await writer.flush()

    assert sink.written == _ids(*range(43))
    assert writer.statistics.units_spooled == 0
    assert writer.statistics.units_waiting == 0
    assert not (tmp_path / "spool.jsonl").exists()
    writer.submit(ADD_EVENT, _row(43))
    await writer.flush()
    assert sink.written[-1] == "43"
    await writer.close()


async def test_rows_submitted_while_the_spool_drains_come_last(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    for number in range(30):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 3)
    sink.away = False
    for number in range(30, 60):
        writer.submit(ADD_EVENT, _row(number))
        await asyncio.sleep(0)
    await writer.flush()
    assert sink.written == _ids(*range(60))
    await writer.close()


async def test_a_spool_that_cannot_be_written_keeps_everything_in_memory(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    (tmp_path / "spool").write_text("a file where the directory should be")
    writer = GroupCommitWriter(sink, tmp_path / "spool", QUICK)
    await writer.start()
    for number in range(20):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 3)
    for number in range(20, 30):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 2)
    assert writer.statistics.units_waiting == 30
    sink.away = False
    await writer.flush()
    assert sink.written == _ids(*range(30))
    await writer.close()


async def test_what_cannot_be_written_at_shutdown_is_written_at_the_next_start(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.away = True
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    for number in range(20):
        writer.submit(ADD_EVENT, _row(number))
    await _until_attempted(sink, 3)
    await writer.close(timeout_s=0.01)
    assert sink.written == []

    sink.away = False
    following = GroupCommitWriter(sink, tmp_path, QUICK)
    following.submit(ADD_EVENT, _row(20))
    await following.start()
    following.submit(ADD_EVENT, _row(21))
    await following.flush()

    assert sink.written == _ids(*range(22))
    await following.close()


async def test_a_rejected_unit_is_put_aside_and_the_others_are_written(tmp_path: Path) -> None:
    sink = FakeSink()
    sink.poison = {"2"}
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    for number in range(4):
        writer.submit(ADD_EVENT, _row(number))
    await writer.flush()

    assert sink.written == _ids(0, 1, 3)
    assert writer.statistics.units_rejected == 1
    put_aside = SpoolFile(tmp_path / "rejected.jsonl").read(10)
    assert [[row["call_id"] for _, row in unit] for unit in put_aside] == [["2"]]
    await writer.close()


async def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    spool = SpoolFile(tmp_path / "spool.jsonl")
    spool.append([[(ADD_EVENT, _row(0))], [(ADD_EVENT, _row(1))]])
    text = spool.path.read_text()
    spool.path.write_text(text[:-20])
    spool.append([[(ADD_EVENT, _row(2))]])
    sink = FakeSink()
    writer = GroupCommitWriter(sink, tmp_path, QUICK)
    await writer.start()
    await asyncio.wait_for(writer.flush(), 5)

    assert sink.written == _ids(0, 2)
    assert not spool.path.exists()
    await writer.close()
