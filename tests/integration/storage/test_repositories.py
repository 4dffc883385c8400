"""Customers, stores, contacts, accounts and the directory in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from callcenter.accounts.extension import Binding, Extension, compute_credentials
from callcenter.accounts.secret_box import SecretBox, WrongKey
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.crm.customer import Customer, MatchOutcome, plan_merge
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.store import OpeningHours, Shift, Store
from callcenter.routing.inbound import Did
from callcenter.storage.assembly import StorageSettings, open_storage
from callcenter.storage.database import Database, UnsupportedDatabase
from callcenter.storage.models.accounts import extensions
from callcenter.storage.repositories.accounts import BindingTable, ExtensionTable, UserTable
from callcenter.storage.repositories.customers import CustomerTable, InteractionTable
from callcenter.storage.repositories.stores import StoreTable
from callcenter.storage.writer import GroupCommitWriter

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
AN = Customer(id="1", code="KH-1", name="Nguyễn Văn An", phones=("+84912345678", "+84987654321"), created_at=NOW)
BINH = Customer(id="2", code="KH-2", name="Bình", phones=("+84912345678",), email="binh@example.org")


def _contact(event_id: str, days_ago: int, **others: Any) -> Interaction:
    return Interaction(
        id=event_id, kind=InteractionKind.PURCHASE, at=NOW - timedelta(days=days_ago), store_id="a", **others
    )


async def test_a_customer_is_found_by_any_number(database: Database) -> None:
    table = CustomerTable(database)
    await table.save(AN)
    for number in AN.phones:
        match = await table.match(number)
        assert (match.outcome, match.customer) == (MatchOutcome.FOUND, AN)
    assert (await table.match("+84900000000")).outcome is MatchOutcome.NONE
    moved = replace(AN, phones=("+84900000000",), name="An")
    await table.save(moved)
    assert (await table.match("+84912345678")).outcome is MatchOutcome.NONE
    assert await table.get("1") == moved


async def test_of_several_customers_the_last_in_contact_comes_first(database: Database) -> None:
    table, contacts = CustomerTable(database), InteractionTable(database)
    await table.save_all((AN, BINH))
    await contacts.add_all((_contact("x", 5, customer_id="1"), _contact("y", 1, customer_id="2")))
    match = await table.match("+84912345678")
    assert (match.outcome, match.candidates) == (MatchOutcome.MULTIPLE, (BINH, AN))


async def test_merging_moves_history_and_numbers(database: Database) -> None:
    table, contacts = CustomerTable(database), InteractionTable(database)
    await table.save_all((AN, BINH))
    await contacts.add(_contact("y", 1, customer_id="2"))
    await table.merge(plan_merge(AN, [BINH]))

    survivor = replace(AN, email="binh@example.org")
    assert (await table.match("+84912345678")).candidates == (survivor,)
    assert await table.get("2") == survivor
    assert [event.id for event in await contacts.history(None, ("1",), NOW - timedelta(days=9))] == ["y"]


async def test_history_is_of_the_number_and_its_customers_newest_first(database: Database) -> None:
    contacts = InteractionTable(database)
    events = (
        _contact("1", 3, number="+84912345678"),
        _contact("2", 1, customer_id="c"),
        _contact("3", 2, number="+84900000000"),
        _contact("4", 50, number="+84912345678"),
    )
    await contacts.add_all(events)
    await contacts.add_all(events)
    since = NOW - timedelta(days=10)
    assert await contacts.history("+84912345678", ("c",), since) == (events[1], events[0])
    assert await contacts.history("+84912345678", ("c",), since, limit=1) == (events[1],)
    assert await contacts.history(None, (), since) == ()


async def test_stores_keep_their_hours_and_get_their_extensions(database: Database, tmp_path: Path) -> None:
    hours = OpeningHours(
        weekdays={0: (Shift(time(8), time(12)), Shift(time(13, 30), time(21)))},
        exceptions={date(2026, 12, 24): ()},
        closed_on_holidays=True,
    )
    store = Store(id="a", code="HN-01", name="Hà Nội 1", hours=hours, phones=("+842438221234",), region="north")
    stores = StoreTable(database)
    accounts = ExtensionTable(database, SecretBox.from_file(tmp_path / "key"))
    await stores.save(store)
    await accounts.save(Extension(number="102", store_id="a"))
    await accounts.save(Extension(number="101", store_id="a"))
    await accounts.save(Extension(number="103", store_id="a", enabled=False))

    assert await stores.get("a") == replace(store, extensions=("101", "102"))
    assert [found.code for found in await stores.all()] == ["HN-01"]
    with pytest.raises(IntegrityError):
        await stores.save(replace(store, id="b"))


async def test_credentials_are_sealed_at_rest(database: Database, tmp_path: Path) -> None:
    table = ExtensionTable(database, SecretBox.from_file(tmp_path / "key"))
    credentials = compute_credentials("101", "callcenter", "a very long secret")
    account = Extension(number="101", name="Quầy 1", store_id="a", agent_id="u")
    await table.save(account, credentials)
    await table.save(replace(account, name="Quầy 2"))

    assert await table.all() == ((replace(account, name="Quầy 2"), credentials),)
    async with database.connect() as connection:
        stored = (await connection.execute(select(extensions.c.credentials))).scalar()
    assert stored is not None and credentials.ha1_md5 not in stored
    with pytest.raises(WrongKey):
        await ExtensionTable(database, SecretBox.from_file(tmp_path / "other")).all()


async def test_bindings_survive_until_they_expire(database: Database, writer: GroupCommitWriter) -> None:
    table = BindingTable(database, writer)
    binding = Binding(
        aor="101",
        contact="sip:101@192.0.2.1:5060;transport=tcp",
        call_id="abc",
        cseq=7,
        expires_at=NOW + timedelta(seconds=60),
        transport="tcp",
        remote_host="192.0.2.1",
        remote_port=40000,
        user_agent="phone",
        instance_id="<urn:uuid:1>",
        path=("<sip:edge.example;lr>",),
    )
    gone = replace(binding, contact="sip:101@192.0.2.9")
    table.save(replace(binding, cseq=6))
    table.save(binding)
    table.save(gone)
    table.remove("101", gone.contact)
    table.save(replace(binding, aor="102", expires_at=NOW))

    assert await table.all(NOW) == (binding,)
    assert await table.all(NOW + timedelta(seconds=60)) == ()


async def test_users(database: Database) -> None:
    table = UserTable(database)
    scope = StoreScope(store_ids=frozenset({"a"}), regions=frozenset({"north"}))
    user = User(id="u", login="an", name="An", role=Role.SUPERVISOR, scope=scope, created_at=NOW)
    await table.save(replace(user, login="An"), "hash")
    assert await table.by_login(" AN ") == (user, "hash")
    assert await table.all() == (user,)
    await table.save(replace(user, active=False), "hash")
    assert await table.by_login("an") is None
    assert await table.get("u") == replace(user, active=False)


async def test_the_directory_follows_every_change(url: str, tmp_path: Path) -> None:
    settings = StorageSettings(url=url, var_dir=tmp_path, recordings_dir=tmp_path)
    storage = await open_storage(settings)
    try:
        directory = storage.directory
        before = directory.snapshot
        await storage.stores.save(Store(id="a", code="HN-01", name="Hà Nội 1"))
        credentials = compute_credentials("101", "callcenter", "a very long secret")
        account = Extension(number="101", store_id="a")
        await storage.extensions.save(account, credentials)
        await storage.dids.save(Did(number="19001234", flow_id="hotline"))

        assert before.stores == {}
        assert directory.store("a") == Store(id="a", code="HN-01", name="Hà Nội 1", extensions=("101",))
        assert directory.snapshot.stores_by_code["HN-01"].id == "a"
        assert directory.extension("101") == account
        assert directory.credentials("101") == credentials
        assert directory.extensions_of_store("a") == (account,)
        assert directory.snapshot.dids == (Did(number="19001234", flow_id="hotline"),)
        await storage.extensions.save(replace(account, enabled=False))
        assert directory.extension("101") is None
        assert directory.credentials("101") is None
        await storage.extensions.remove("101")
        await storage.dids.remove("19001234")
        assert not directory.snapshot.dids
    finally:
        await storage.close()


@pytest.mark.parametrize("url_", ["mysql://x/y", "sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "sqlite:///x"])
def test_other_databases_are_refused(url_: str) -> None:
    with pytest.raises(UnsupportedDatabase):
        Database(url_)
