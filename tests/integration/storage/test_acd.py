"""Queues, agents at work, call-backs, and what is said after a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from callcenter.accounts.extension import Extension
from callcenter.accounts.scope import Scope
from callcenter.accounts.secret_box import SecretBox
from callcenter.accounts.user import Role, User
from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import Callback, CallbackState
from callcenter.acd.disposition import BreakReason, CallDisposition, CallNote, Disposition
from callcenter.acd.queue import CallbackMode, QueueMember
from callcenter.acd.records import (
    AgentStateSpan,
    OfferOutcome,
    OfferRecord,
    QueueVisit,
    StoredAgentState,
    StoredWrapUp,
    VisitOutcome,
    WrapUpEnd,
    WrapUpRecord,
)
from callcenter.base.cursor import InvalidCursor
from callcenter.calls.cdr import EventLine
from callcenter.calls.channel_results import VOICEMAIL_EVENT
from callcenter.crm.store import Store
from callcenter.routing.queue_book import QueueSetup
from callcenter.routing.queue_form import read_settings
from callcenter.storage.call_log import StoredCallLog
from callcenter.storage.database import Database
from callcenter.storage.first_queues import seed_queues
from callcenter.storage.models.acd import agent_state_spans, queue_offers, wrap_ups
from callcenter.storage.models.calls import calls
from callcenter.storage.models.crm import interactions
from callcenter.storage.repositories.accounts import ExtensionTable, UserTable
from callcenter.storage.repositories.after_call import BreakReasonTable, CallRemarks, CodeTaken, DispositionTable
from callcenter.storage.repositories.agents_at_work import AgentStateTable, CallbackTable, QueueHistoryTable
from callcenter.storage.repositories.queues import QueueCodeTaken, QueueTable, StoredQueueBook
from callcenter.storage.repositories.stores import StoreTable
from callcenter.storage.repositories.voicemails import VoicemailTable
from callcenter.storage.writer import GroupCommitWriter
from tests.integration.storage.samples import started, story

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
EVERYTHING = Scope(True, frozenset(), "admin")
SALES = QueueSetup(id="q1", code="sales", name="Bán hàng", name_en="Sales", settings={"ring_s": 20})


# Queues


async def test_a_queue_is_kept_with_its_settings_and_members(database: Database) -> None:
    table = QueueTable(database)
    await table.save(SALES)
    members = (QueueMember(agent_id="b", order=0, weight=2), QueueMember(agent_id="a", order=1, active=False))
    await table.set_members("q1", members)
    assert await table.all() == (replace(SALES, members=members),)
    changed = replace(SALES, name="Kinh doanh", enabled=False, settings={})
    await table.save(changed)
    assert await table.all() == (replace(changed, members=members),), "members stay when settings change"
    await table.set_members("q1", members[:1])
    assert (await table.all())[0].members == members[:1]
    await table.remove("q1")
    assert await table.all() == ()


async def test_codes_of_queues_are_unique(database: Database) -> None:
    table = QueueTable(database)
    await table.save(SALES)
    with pytest.raises(QueueCodeTaken):
        await table.save(replace(SALES, id="q2"))


async def test_an_agents_skills_are_replaced_as_a_whole(database: Database) -> None:
    table = QueueTable(database)
    await table.set_skills("a", {"billing": 3, "vi": 1})
    await table.set_skills("b", {"vi": 2})
    await table.set_skills("a", {"billing": 4})
    assert await table.skills() == {"a": {"billing": 4}, "b": {"vi": 2}}


async def test_the_book_follows_every_change_and_says_so(database: Database, tmp_path: Path) -> None:
    told: list[set[str]] = []
    refresh: list[Callable[[], Awaitable[None]]] = []

    async def changed() -> None:
        await refresh[0]()

    queues, users = QueueTable(database, changed), UserTable(database)
    extensions = ExtensionTable(database, SecretBox.from_file(tmp_path / "key"), changed)
    stores = StoreTable(database, changed)
    book = StoredQueueBook(queues, users, extensions, stores, {"ring_s": 25})
    refresh.append(book.refresh)

    async def tell() -> None:
        told.append(set(book.codes()))

    book.on_changed = tell
    await stores.save(Store(id="s1", code="HN-01", name="Cầu Giấy"))
    await users.save(User(id="a", login="a", name="Agent", role=Role.AGENT, created_at=NOW), "hash")
    await extensions.save(Extension(number="101", store_id="s1", agent_id="a"))
    await queues.save(replace(SALES, settings={}))
    await queues.save(replace(SALES, settings={}))
    assert told == [{"store:HN-01"}, {"store:HN-01"}, {"store:HN-01", "sales"}]
    found = book.find("sales")
    assert found is not None and found == book.find("q1") and found.settings.ring_s == 25
    await queues.set_members("q1", [QueueMember(agent_id="a")])
    contents = await book.load()
    assert {queue.code: [member.agent_id for member in queue.members] for queue in contents.queues} == {
        "sales": ["a"],
        "store:HN-01": ["a"],
    }
    await queues.save(replace(SALES, enabled=False))
    assert told[-1] == {"store:HN-01"}


async def test_the_demos_central_desk_is_set_up_once(database: Database) -> None:
    table = QueueTable(database)
    first = await seed_queues(table, members=("a", "phone:100"), store_id="s0")
    assert await table.all() == (first,)
    assert [member.agent_id for member in first.members] == ["a", "phone:100"]
    assert read_settings(first.settings).to_settings().greeting
    assert await seed_queues(table, members=("b",)) == first


# Agents at work

BUSY = StoredAgentState(
    agent_id="a",
    state=AgentState.WRAP_UP,
    reason=None,
    since=NOW,
    next_state=AgentState.BREAK,
    next_reason="lunch",
    missed_in_row=2,
    wrap_up=StoredWrapUp(call_id="c", queue_id="q1", started_at=NOW, ends_at=NOW + timedelta(seconds=15)),
    idle_since=NOW - timedelta(minutes=1),
)


async def test_agents_states_survive(database: Database, writer: GroupCommitWriter) -> None:
    table = AgentStateTable(database, writer)
    other = StoredAgentState(agent_id="b", state=AgentState.BREAK, reason="lunch", since=NOW)
    endless = StoredWrapUp(call_id="c", queue_id="q1", started_at=NOW, ends_at=None, extended=True)
    table.save(BUSY)
    table.save(other)
    assert await table.all() == [BUSY, other]
    table.save(replace(BUSY, state=AgentState.AVAILABLE, next_state=None, wrap_up=None))
    table.save(replace(other, wrap_up=endless))
    assert await table.all() == [
        replace(BUSY, state=AgentState.AVAILABLE, next_state=None, wrap_up=None),
        replace(other, wrap_up=endless),
    ]


async def test_stretches_of_a_day_are_added_once(database: Database, writer: GroupCommitWriter) -> None:
    span = AgentStateSpan(
        agent_id="a", state=AgentState.BREAK, reason="lunch", started_at=NOW, ended_at=NOW + timedelta(minutes=30)
    )
    table = AgentStateTable(database, writer)
    table.add_span(span)
    table.add_span(replace(span, forced_by="boss"))
    table.add_span(replace(span, state=AgentState.OFFLINE))
    await writer.flush()
    async with database.connect() as connection:
        rows = (await connection.execute(select(agent_state_spans).order_by(agent_state_spans.c.state))).mappings()
        assert [(row["state"], row["forced_by"]) for row in rows] == [("break", None), ("offline", None)]


def visit(visit_id: str, minutes: int, **others: Any) -> QueueVisit:
    left_at = NOW + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "id": visit_id,
        "queue_id": "q1",
        "call_id": "c",
        "callback_id": None,
        "number": "+84912345678",
        "arrived_at": left_at - timedelta(seconds=50),
        "entered_at": left_at - timedelta(seconds=40),
        "left_at": left_at,
        "waited_ms": 40_000,
        "outcome": VisitOutcome.ANSWERED,
        "agent_id": "a",
        "estimated_wait_s": 30.0,
        "within_target": True,
    }
    return QueueVisit(**{**values, **others})


async def test_waits_of_the_day_are_read_in_order(database: Database, writer: GroupCommitWriter) -> None:
    table = QueueHistoryTable(database, writer)
    late, early = visit("1", 9), visit("2", 5, outcome=VisitOutcome.ABANDONED, agent_id=None, short_abandon=True)
    for each in (late, early, visit("3", -5)):
        table.add_visit(each)
    table.add_visit(replace(late, offers=9))
    assert await table.visits_since(NOW) == [early, late]


async def test_every_agent_rung_for_a_caller_is_kept(database: Database, writer: GroupCommitWriter) -> None:
    table = QueueHistoryTable(database, writer)
    offer = OfferRecord(
        visit_id="1", queue_id="q1", agent_id="a", call_id="c", offered_at=NOW, ring_ms=15_000,
        outcome=OfferOutcome.NO_ANSWER,
    )  # fmt: skip
    table.add_offer(offer)
    table.add_offer(replace(offer, agent_id="b", outcome=OfferOutcome.ANSWERED))
    await writer.flush()
    async with database.connect() as connection:
        rows = (await connection.execute(select(queue_offers).order_by(queue_offers.c.agent_id))).mappings()
        assert [(row["agent_id"], row["outcome"], row["offered_at"]) for row in rows] == [
            ("a", "no_answer", NOW),
            ("b", "answered", NOW),
        ]


# Call-backs

WANTED = Callback(
    id="cb1",
    queue_id="q1",
    number="+84912345678",
    arrived_at=NOW - timedelta(minutes=3),
    requested_at=NOW,
    expires_at=NOW + timedelta(days=7),
    mode=CallbackMode.CUSTOMER_FIRST,
    skills={"vi": 2},
    preferred_agents=("a", "b"),
    call_id="c",
    customer_name="Lan",
)


async def test_open_call_backs_survive_in_the_order_of_their_places(
    database: Database, writer: GroupCommitWriter
) -> None:
    table = CallbackTable(database, writer)
    earlier = replace(WANTED, id="cb2", arrived_at=NOW - timedelta(minutes=9))
    closed = replace(WANTED, id="cb3", state=CallbackState.DONE, agent_id="a", closed_at=NOW)
    for each in (WANTED, earlier, closed):
        table.save(each)
    assert await table.open() == [earlier, WANTED]
    tried = replace(WANTED, attempts=1, not_before=NOW + timedelta(minutes=10), last_call_id="c2")
    table.save(tried)
    assert await table.open() == [earlier, tried]


async def test_call_backs_are_listed_newest_first_for_the_queues_asked_for(
    database: Database, writer: GroupCommitWriter
) -> None:
    table = CallbackTable(database, writer)
    listed = [replace(WANTED, id=f"cb{index}", requested_at=NOW + timedelta(minutes=index // 2)) for index in range(5)]
    foreign = replace(WANTED, id="cb9", queue_id="q9")
    closed = replace(WANTED, id="cb8", requested_at=NOW - timedelta(days=1), closed_at=NOW)
    for each in (*listed, foreign, closed):
        table.save(each)
    found: list[str] = []
    cursor = None
    while True:
        items, cursor = await table.page(["q1"], cursor=cursor, limit=2)
        found += [item.id for item in items]
        if cursor is None:
            break
    assert found == ["cb4", "cb3", "cb2", "cb1", "cb0", "cb8"]
    assert [item.id for item in (await table.page(["q1", "q9"], is_open=False))[0]] == ["cb8"]
    assert await table.page([]) == ((), None)
    with pytest.raises(InvalidCursor):
        await table.page(["q1"], cursor="nonsense")


# Dispositions, break reasons, notes


async def test_the_codes_the_product_relies_on_are_there_from_the_start(database: Database) -> None:
    table = DispositionTable(database)
    there = {found.code: found.system for found in await table.all()}
    assert there["wrap-up-timeout"] and there["wrong_number"] and there["spam"]
    reasons = await BreakReasonTable(database).all()
    assert {"lunch", "meeting"} <= {reason.code for reason in reasons}
    assert all(found.label and found.label_en for found in await table.all())
    assert all(reason.label and reason.label_en for reason in reasons)


async def test_dispositions_and_break_reasons_are_kept(database: Database) -> None:
    table, reasons = DispositionTable(database), BreakReasonTable(database)
    sold = Disposition(id="d", code="sold", label="Đã bán", label_en="Sold", queue_ids=("q1",), position=-1)
    await table.save(sold)
    assert (await table.all())[0] == sold
    assert await table.get("d") == sold and await table.get("x") is None
    assert sold.fits("q1") and not sold.fits("q2") and not replace(sold, active=False).fits("q1")
    with pytest.raises(CodeTaken):
        await table.save(replace(sold, id="e"))
    await table.remove("d")
    assert await table.get("d") is None
    tea = BreakReason(id="t", code="tea", label="Uống trà", label_en="Tea", position=-1)
    await reasons.save(tea)
    assert (await reasons.all())[0] == tea
    with pytest.raises(CodeTaken):
        await reasons.save(replace(tea, id="u"))
    await reasons.remove("t")
    assert tea not in await reasons.all()


async def dispositions_of(database: Database, call_id: str) -> list[str | None]:
    """Return what the call's row and the contact's row say."""
    async with database.connect() as connection:
        of_call = (await connection.execute(select(calls.c.disposition).where(calls.c.id == call_id))).scalar()
        of_contact = select(interactions.c.disposition).where(interactions.c.call_id == call_id)
        return [of_call, (await connection.execute(of_contact)).scalar()]


async def test_a_code_chosen_after_the_call_is_the_calls_and_the_contacts(
    database: Database, writer: GroupCommitWriter
) -> None:
    log = StoredCallLog(writer)
    remarks = CallRemarks(database, writer, log)
    log.open_call(started())
    log.close_call(story()[1])
    chosen = CallDisposition(call_id="call-1", agent_id="agent-1", code="resolved", at=NOW)
    remarks.choose(chosen)
    remarks.choose(replace(chosen, code="spam"))
    note = CallNote(id="n", call_id="call-1", agent_id="agent-1", text="Khách hẹn mai", at=NOW)
    remarks.note(note)
    remarks.note(replace(note, id="m", at=NOW - timedelta(seconds=5)))
    codes, notes = await remarks.of_call("call-1")
    assert codes == (replace(chosen, code="spam"),)
    assert [each.id for each in notes] == ["m", "n"]
    assert await dispositions_of(database, "call-1") == ["spam", "spam"]


async def test_a_code_chosen_while_the_call_goes_on_is_kept_when_it_ends(
    database: Database, writer: GroupCommitWriter
) -> None:
    log = StoredCallLog(writer)
    log.open_call(started())
    remarks = CallRemarks(database, writer, log)
    remarks.choose(CallDisposition(call_id="call-1", agent_id="agent-1", code="wrong_number", at=NOW))
    log.close_call(story()[1])
    await writer.flush()
    assert await dispositions_of(database, "call-1") == ["wrong_number", "wrong_number"]


async def test_a_wrap_up_that_ran_out_of_time_writes_its_code_but_never_over_the_agents(
    database: Database, writer: GroupCommitWriter
) -> None:
    log = StoredCallLog(writer)
    remarks, history = CallRemarks(database, writer, log), QueueHistoryTable(database, writer)
    log.open_call(started())
    log.close_call(story()[1])
    over = WrapUpRecord(
        agent_id="agent-1",
        call_id="call-1",
        queue_id="q1",
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=15),
        ended_by=WrapUpEnd.TIMEOUT,
        disposition="wrap-up-timeout",
    )
    history.add_wrap_up(over)
    history.add_wrap_up(replace(over, agent_id="agent-2", disposition=None, ended_by=WrapUpEnd.AGENT))
    assert [code.code for code in (await remarks.of_call("call-1"))[0]] == ["wrap-up-timeout"]
    assert await dispositions_of(database, "call-1") == ["wrap-up-timeout", "wrap-up-timeout"]
    async with database.connect() as connection:
        rows = (await connection.execute(select(wrap_ups).order_by(wrap_ups.c.agent_id))).mappings()
        assert [(row["agent_id"], row["ended_by"]) for row in rows] == [("agent-1", "timeout"), ("agent-2", "agent")]


# Voicemails


async def leave_messages(database: Database, writer: GroupCommitWriter) -> VoicemailTable:
    await StoreTable(database).save_all(
        (Store(id="store-1", code="HN-01", name="Cầu Giấy"), Store(id="store-2", code="SG-01", name="Quận 1"))
    )
    log = StoredCallLog(writer)
    for minutes, (call_id, box) in enumerate((("call-1", "HN-01"), ("call-2", "SG-01"), ("call-3", "billing"))):
        log.open_call(started(call_id, minutes=minutes))
        data = {"recording_id": f"{call_id}-r", "box": box, "duration_ms": 12_000}
        log.append_event(call_id, EventLine(30_000, VOICEMAIL_EVENT, data))
    log.close_call(story("call-1")[1])
    return VoicemailTable(database, writer)


async def test_a_message_is_listed_with_who_left_it_and_its_recording(
    database: Database, writer: GroupCommitWriter
) -> None:
    table = await leave_messages(database, writer)
    found, cursor = await table.page(EVERYTHING)
    assert ([item.box for item in found], cursor) == (["billing", "SG-01", "HN-01"], None)
    message = found[-1]
    assert (message.id, message.number, message.store_id, message.path) == (
        "call-1-r", "+84912345678", "store-1", "call-1.wav",
    )  # fmt: skip
    assert message.left_at == started().started_at + timedelta(seconds=30)
    assert (found[0].path, found[0].store_id) == (None, None), "the call is not over, the box belongs to no store"


async def test_messages_are_heard_by_those_of_the_store_only(database: Database, writer: GroupCommitWriter) -> None:
    table = await leave_messages(database, writer)
    north = Scope(False, frozenset({"store-1"}), "boss")
    assert [item.box for item in (await table.page(north))[0]] == ["HN-01"]
    assert await table.get("call-1-r", north) is not None
    assert await table.get("call-2-r", north) is None
    assert await table.get("call-3-r", north) is None
    assert await table.page(Scope(False, frozenset(), "agent-1")) == ((), None)


async def test_messages_that_were_heard_are_told_apart(database: Database, writer: GroupCommitWriter) -> None:
    table = await leave_messages(database, writer)
    await table.mark("call-2-r", heard_by="boss", at=NOW)
    assert [item.id for item in (await table.page(EVERYTHING, heard=True))[0]] == ["call-2-r"]
    first, cursor = await table.page(EVERYTHING, heard=False, limit=1)
    rest, end = await table.page(EVERYTHING, heard=False, limit=1, cursor=cursor)
    assert ([item.id for item in (*first, *rest)], end) == (["call-3-r", "call-1-r"], None)
    assert [item.id for item in (await table.page(EVERYTHING, box="SG-01"))[0]] == ["call-2-r"]
    found = await table.get("call-2-r", EVERYTHING)
    assert found is not None and (found.heard_by, found.heard_at) == ("boss", NOW)
    await table.mark("call-2-r", heard_by=None, at=None)
    assert (await table.page(EVERYTHING, heard=True))[0] == ()
