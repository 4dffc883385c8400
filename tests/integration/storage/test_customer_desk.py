"""Customers as people may see them: search, history and who is calling, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.accounts.scope import EVERYTHING, Scope
from callcenter.base.cursor import InvalidCursor
from callcenter.crm.customer import Customer
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.storage.call_log import StoredCallLog
from callcenter.storage.database import Database
from callcenter.storage.repositories.customer_desk import CustomerDesk, NameTable
from callcenter.storage.repositories.customers import CustomerTable, InteractionTable
from callcenter.storage.writer import GroupCommitWriter
from tests.integration.storage.samples import START, started, story

AN = Customer(
    id="customer-1", code="KH-1", name="Nguyễn Văn An", phones=("+84912345678",), email="an@example.org", vip_level=1
)
BINH = Customer(id="customer-2", name="Bình 5%", phones=("+84987654321", "+84912345678"), owner_store_id="store-9")
CHI = Customer(id="customer-3", name="Chi", phones=("+84900000000",))

SUPERVISOR = Scope(False, frozenset({"store-1"}), "supervisor")
OTHER = Scope(False, frozenset({"store-9"}), "other")
AGENT = Scope(False, frozenset(), "agent-1")
STRANGER = Scope(False, frozenset(), "stranger")


@pytest.fixture
async def desk(database: Database, writer: GroupCommitWriter) -> CustomerDesk:
    """Return a desk: An had a call with agent 1 of store 1, Binh belongs to store 9 and bought there, Chi is new."""
    table = CustomerTable(database)
    await table.save_all((AN, BINH, CHI))
    log = StoredCallLog(writer)
    _, finished = story()
    log.open_call(started())
    log.close_call(finished)
    log.open_call(started("call-2", minutes=5))
    await log.flush()
    await InteractionTable(database).add(
        Interaction(
            id="purchase-1",
            kind=InteractionKind.PURCHASE,
            at=START,
            store_id="store-9",
            customer_id="customer-2",
            reference="HD-7",
        )
    )
    return CustomerDesk(database, table)


async def _found(desk: CustomerDesk, text: str | None, scope: Scope = EVERYTHING) -> list[str]:
    return [customer.id for customer in (await desk.search(text, scope=scope))[0]]


async def test_customers_are_found_by_whatever_people_type(desk: CustomerDesk) -> None:
    assert await _found(desk, None) == ["customer-2", "customer-3", "customer-1"]
    assert await _found(desk, "văn") == ["customer-1"]
    assert await _found(desk, "kh-1") == ["customer-1"]
    assert await _found(desk, "AN@example") == ["customer-1"]
    assert await _found(desk, "0987 654 321") == ["customer-2"]
    assert await _found(desk, "5678") == ["customer-2", "customer-1"]
    assert await _found(desk, "%") == ["customer-2"]
    assert await _found(desk, "\0") == await _found(desk, None)


async def test_a_search_is_read_page_by_page(desk: CustomerDesk) -> None:
    first, cursor = await desk.search(None, scope=EVERYTHING, limit=2)
    assert first == (BINH, CHI)
    assert await desk.search(None, scope=EVERYTHING, cursor=cursor, limit=2) == ((AN,), None)
    with pytest.raises(InvalidCursor):
        await desk.search(None, scope=EVERYTHING, cursor="x")


@pytest.mark.parametrize(
    ("scope", "seen"),
    [(SUPERVISOR, {"customer-1"}), (OTHER, {"customer-2"}), (AGENT, {"customer-1"}), (STRANGER, set())],
)
async def test_people_see_the_customers_they_have_to_do_with(desk: CustomerDesk, scope: Scope, seen: set[str]) -> None:
    assert set(await _found(desk, None, scope)) == seen
    for customer in (AN, BINH, CHI):
        found = await desk.history(customer.id, scope=scope)
        assert (found is not None) == (customer.id in seen)


async def test_whoever_has_the_call_sees_the_customer(desk: CustomerDesk) -> None:
    assert await desk.history("customer-3", scope=STRANGER, at_hand=["customer-3"]) is not None
    assert await desk.by_number("+84900000000", scope=STRANGER) is None
    assert await desk.by_number("+84911111111", scope=EVERYTHING) is None
    found = await desk.by_number("+84900000000", scope=STRANGER, numbers_at_hand=["+84900000000"])
    assert found is not None and found.customers == (CHI,)
    unknown = await desk.by_number("+84911111111", scope=STRANGER, numbers_at_hand=["+84911111111"])
    assert unknown is not None and (unknown.customers, unknown.timeline) == ((), ())


async def test_a_number_shows_those_of_its_customers_that_are_open(desk: CustomerDesk) -> None:
    everybody = await desk.by_number("+84912345678", scope=EVERYTHING)
    mine = await desk.by_number("+84912345678", scope=AGENT)
    assert everybody is not None and set(everybody.customers) == {AN, BINH}
    assert mine is not None and mine.customers == (AN,)


async def test_the_timeline_joins_calls_and_contacts_without_doubles(desk: CustomerDesk) -> None:
    found = await desk.by_number("+84912345678", scope=EVERYTHING)
    assert found is not None
    assert [(entry.kind, entry.id) for entry in found.timeline] == [
        ("call", "call-2"),
        ("call_in_answered", "call-1"),
        ("purchase", "purchase-1"),
    ]
    answered = found.timeline[1]
    assert (answered.store_id, answered.agent_id, answered.talk_s, answered.call_id) == (
        "store-1", "agent-1", 47.5, "call-1",
    )  # fmt: skip
    assert found.timeline[2].reference == "HD-7"
    assert found.last_contact == answered


async def test_names_for_ids(desk: CustomerDesk, database: Database) -> None:
    names = NameTable(database)
    assert await names.customers(["customer-1", "nobody"]) == {"customer-1": replace(AN, phones=())}
    assert await names.agents(["nobody"]) == {}
