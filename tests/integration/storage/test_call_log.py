"""The call log on real databases."""

from __future__ import annotations

import wave
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from callcenter.accounts.scope import EVERYTHING, Scope
from callcenter.calls.cdr import (
    CallRecord,
    Direction,
    EventLine,
    FinishedCall,
    HangupCause,
    HangupSide,
    Outcome,
    SegmentKind,
    SegmentLedger,
    total_ms,
)
from callcenter.crm.customer import Customer
from callcenter.crm.interaction import InteractionKind
from callcenter.storage.call_log import StoredCallLog, close_open_calls
from callcenter.storage.database import Database
from callcenter.storage.models.calls import calls, outbox
from callcenter.storage.repositories.calls import CallFilter, CallRepository, InvalidCursor
from callcenter.storage.repositories.customers import CustomerTable, InteractionTable
from callcenter.storage.writer import GroupCommitWriter
from tests.integration.storage.samples import START, started, story


async def test_a_finished_call_is_read_back_whole(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    lines, finished = story()
    log.open_call(started())
    for line in lines:
        log.append_event("call-1", line)
    log.close_call(finished)
    await log.flush()

    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert found is not None
    assert found.record == replace(finished.record, q850=16)
    assert found.segments == finished.segments
    assert [segment.kind for segment in found.segments] == [SegmentKind.IVR, SegmentKind.RING, SegmentKind.TALK]
    assert found.events == tuple(lines)
    assert found.legs == finished.legs
    assert found.recordings == finished.recordings


async def test_closing_writes_the_contact_and_the_outbox_row_once(
    database: Database, writer: GroupCommitWriter
) -> None:
    log = StoredCallLog(writer)
    _, finished = story()
    log.open_call(started())
    log.close_call(finished)
    log.close_call(finished)
    await log.flush()

    history = await InteractionTable(database).history("+84912345678", (), START)
    async with database.connect() as connection:
        rows = (await connection.execute(select(outbox))).mappings().all()

    assert [(contact.kind, contact.store_id, contact.talk_s) for contact in history] == [
        (InteractionKind.CALL_IN_ANSWERED, "store-1", 47.5)
    ]
    assert [(row["id"], row["payload"]["outcome"], row["done_at"]) for row in rows] == [
        ("call_ended:call-1", "answered", None)
    ]


async def test_a_running_call_is_visible_with_its_events(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    log.open_call(started())
    log.append_event("call-1", EventLine(20, "digit", {"key": "1"}))
    await log.flush()

    page = await CallRepository(database).page(CallFilter(running=True), scope=EVERYTHING)
    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert page.calls == (started(),)
    assert found is not None and found.events == (EventLine(20, "digit", {"key": "1"}),)


async def test_hostile_text_is_stored_without_harm(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    log.open_call(replace(started(), from_raw="\x00evil\udcff'; DROP TABLE calls; --"))
    log.append_event("call-1", EventLine(0, "note", {"text": "\x00a\udcffb"}))
    await log.flush()

    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert found is not None
    assert found.record.from_raw == "\ufffdevil?'; DROP TABLE calls; --"
    assert found.events == (EventLine(0, "note", {"text": "a?b"}),)
    assert writer.statistics.units_rejected == 0


async def test_pages_follow_each_other_without_gaps(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    for minute in range(7):
        log.open_call(started(f"call-{minute}", minutes=minute // 2))
    await log.flush()
    repository = CallRepository(database)

    ids, cursor = [], None
    while True:
        page = await repository.page(scope=EVERYTHING, cursor=cursor, limit=3)
        ids += [record.id for record in page.calls]
        if (cursor := page.next_cursor) is None:
            break

    assert ids == [f"call-{minute}" for minute in (6, 5, 4, 3, 2, 1, 0)]
    with pytest.raises(InvalidCursor):
        await repository.page(scope=EVERYTHING, cursor="yesterday|call-1")


async def test_filters(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    _, answered = story("call-1")
    log.open_call(started("call-1"))
    log.close_call(answered)
    log.open_call(started("call-2", minutes=60 * 24, number="+84987654321"))
    await log.flush()
    repository = CallRepository(database)

    async def ids(which: CallFilter) -> list[str]:
        return [record.id for record in (await repository.page(which, scope=EVERYTHING)).calls]

    assert await ids(CallFilter(number="+84987654321")) == ["call-2"]
    assert await ids(CallFilter(number="19001234")) == ["call-2", "call-1"]
    assert await ids(CallFilter(store_id="store-1")) == ["call-1"]
    assert await ids(CallFilter(outcome=Outcome.ANSWERED)) == ["call-1"]
    assert await ids(CallFilter(outcome=Outcome.ABANDONED)) == []
    assert await ids(CallFilter(direction=Direction.OUTBOUND)) == []
    assert await ids(CallFilter.of_day(date(2026, 3, 2))) == ["call-1"]
    assert await ids(CallFilter.of_day(date(2026, 3, 3))) == ["call-2"]
    assert await ids(CallFilter(customer_id="customer-1")) == ["call-1"]
    assert await repository.explanations(START, START + timedelta(days=1)) == (answered.record.explanation,)


def _write_wav(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(4 * 8000 * seconds))


async def test_an_interrupted_call_ends_with_its_last_sound(
    database: Database, writer: GroupCommitWriter, tmp_path: Path
) -> None:
    log = StoredCallLog(writer)
    lines, _ = story()
    log.open_call(started())
    for line in lines:
        log.append_event("call-1", line)
    _write_wav(tmp_path / "call-1.wav", 30)

    closed = await close_open_calls(database, writer, tmp_path)
    again = await close_open_calls(database, writer, tmp_path)
    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert closed == ("call-1",)
    assert again == ()
    assert found is not None
    record = found.record
    assert record.outcome is Outcome.SYSTEM_FAILURE
    assert record.hangup_cause is HangupCause.SYSTEM_FAILURE
    assert record.hangup_side is HangupSide.SYSTEM
    assert record.duration_ms == 42_500
    assert record.ended_at == START + timedelta(milliseconds=42_500)
    assert record.answered_at == START
    assert record.answered_store_id == "store-1"
    assert total_ms(found.segments) == 42_500
    assert [(segment.kind, segment.start_ms, segment.end_ms) for segment in found.segments] == [
        (SegmentKind.IVR, 0, 8_000),
        (SegmentKind.RING, 8_000, 12_500),
        (SegmentKind.TALK, 12_500, 42_500),
    ]
    assert [(file.path, file.duration_ms, file.truncated) for file in found.recordings] == [
        ("call-1.wav", 30_000, True)
    ]
    history = await InteractionTable(database).history("+84912345678", (), START)
    assert [contact.talk_s for contact in history] == [30.0]


async def test_an_interrupted_call_lived_until_its_nodes_last_heartbeat(
    database: Database, writer: GroupCommitWriter, tmp_path: Path
) -> None:
    log = StoredCallLog(writer)
    log.open_call(started())
    log.append_event("call-1", EventLine(0, "segment", {"segment": "ivr"}))
    log.note_alive("local", START + timedelta(seconds=8))
    log.note_alive("local", START + timedelta(seconds=9))
    log.note_alive("other", START + timedelta(seconds=99))

    await close_open_calls(database, writer, tmp_path)
    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert found is not None
    assert found.record.duration_ms == 9_000
    assert [(segment.kind, segment.duration_ms) for segment in found.segments] == [(SegmentKind.IVR, 9_000)]


async def test_a_call_without_events_or_recording_ends_where_it_started(
    database: Database, writer: GroupCommitWriter, tmp_path: Path
) -> None:
    StoredCallLog(writer).open_call(started())

    await close_open_calls(database, writer, tmp_path)
    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert found is not None
    assert (found.record.duration_ms, found.segments) == (0, ())
    assert found.record.ended_at == START


async def test_calls_of_other_nodes_are_left_alone(
    database: Database, writer: GroupCommitWriter, tmp_path: Path
) -> None:
    StoredCallLog(writer).open_call(replace(started(), node_id="north"))

    assert await close_open_calls(database, writer, tmp_path, "south") == ()
    assert await close_open_calls(database, writer, tmp_path, "north") == ("call-1",)


async def test_closing_without_opening_keeps_the_call(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    log.close_call(story()[1])
    await log.flush()
    async with database.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(calls))).scalar() == 1


async def test_wrap_up_after_the_end_is_kept(database: Database, writer: GroupCommitWriter) -> None:
    log = StoredCallLog(writer)
    lines, finished = story()
    log.open_call(started())
    log.append_event("call-1", lines[0])
    log.close_call(finished)
    log.append_event("call-1", EventLine(75_000, "disposition", {"code": "solved"}))
    await log.flush()

    found = await CallRepository(database).story("call-1", scope=EVERYTHING)

    assert found is not None
    assert [line.kind for line in found.events] == ["segment", "disposition"]


def test_closing_a_running_call_is_refused() -> None:
    ledger = SegmentLedger()
    record: CallRecord = started()
    finished = FinishedCall(record=record, segments=ledger.close(0))
    from callcenter.storage.call_log import closing_unit

    with pytest.raises(ValueError, match="has not ended"):
        closing_unit(finished)


async def test_people_see_the_calls_of_their_stores_and_their_own(
    database: Database, writer: GroupCommitWriter
) -> None:
    log = StoredCallLog(writer)
    for number, store_id in ((1, "store-1"), (2, "store-2")):
        _, finished = story(f"call-{number}", minutes=number, store_id=store_id)
        log.open_call(started(f"call-{number}", minutes=number))
        log.close_call(finished)
    log.open_call(started("call-3", minutes=3))
    await log.flush()
    repository = CallRepository(database)

    async def seen_by(scope: Scope) -> list[str]:
        page = await repository.page(scope=scope)
        ids = [record.id for record in page.calls]
        for call_id in ("call-1", "call-2", "call-3"):
            assert (await repository.story(call_id, scope=scope) is not None) == (call_id in ids)
        return ids

    assert await seen_by(EVERYTHING) == ["call-3", "call-2", "call-1"]
    assert await seen_by(Scope(False, frozenset({"store-1"}), "nobody")) == ["call-1"]
    assert await seen_by(Scope(False, frozenset(), "agent-1")) == ["call-2", "call-1"]
    assert await seen_by(Scope(False, frozenset(), "nobody")) == []


async def test_who_was_only_rung_sees_the_call_but_does_not_hear_the_others(
    database: Database, writer: GroupCommitWriter
) -> None:
    log = StoredCallLog(writer)
    _, finished = story()
    rung = replace(finished.legs[0], id="rung", agent_id="agent-9", store_id=None, answered_ms=None)
    log.open_call(started())
    log.close_call(replace(finished, legs=(*finished.legs, rung)))
    await log.flush()

    async def hears(user_id: str, *stores: str) -> bool:
        found = await CallRepository(database).story("call-1", scope=Scope(False, frozenset(stores), user_id))
        assert found is not None
        return found.recordings == finished.recordings

    assert await hears("agent-1")
    assert await hears("supervisor", "store-1")
    assert not await hears("agent-9")


async def test_a_page_tells_how_the_time_was_spent_and_what_was_recorded(
    database: Database, writer: GroupCommitWriter
) -> None:
    _, finished = story()
    log = StoredCallLog(writer)
    log.open_call(started())
    log.close_call(finished)
    log.open_call(started("call-2", minutes=1))
    await log.flush()
    page = await CallRepository(database).page(scope=EVERYTHING)
    assert page.time_ms == {"call-1": {"ivr": 8_000, "ring": 4_500, "talk": 47_500}}
    assert page.recorded == {"call-1"}


async def test_calls_are_searched_by_number_customer_and_agent(database: Database, writer: GroupCommitWriter) -> None:
    await CustomerTable(database).save(Customer(id="customer-1", name="Nguyễn Thị 100%"))
    log = StoredCallLog(writer)
    _, finished = story()
    log.open_call(started())
    log.close_call(finished)
    log.open_call(started("call-2", minutes=1, number="+84987654321"))
    await log.flush()

    async def ids(**which: str) -> list[str]:
        page = await CallRepository(database).page(CallFilter(**which), scope=EVERYTHING)  # type: ignore[arg-type]
        return [record.id for record in page.calls]

    assert await ids(text="765432") == ["call-2"]
    assert await ids(text="thị 100%") == ["call-1"]
    assert await ids(text="%") == ["call-1"]
    assert await ids(text="call-2") == ["call-2"]
    assert await ids(agent_id="agent-1") == ["call-1"]
    assert await ids(queue_id="none") == []
