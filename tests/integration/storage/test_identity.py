"""Users, sessions, API tokens and the audit log on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.audit import AuditEntry, AuditFilter, AuditOutcome
from callcenter.accounts.extension import Extension
from callcenter.accounts.people import ExtensionTaken
from callcenter.accounts.secret_box import SecretBox
from callcenter.accounts.session import ApiToken, Session, SessionRules
from callcenter.accounts.user import LoginTaken, Role, StoreScope, User, UserFilter
from callcenter.base.cursor import InvalidCursor
from callcenter.storage.database import Database
from callcenter.storage.repositories.accounts import ExtensionTable, UserTable
from callcenter.storage.repositories.audit import AuditTable
from callcenter.storage.repositories.sessions import ApiTokenTable, SessionTable
from callcenter.storage.writer import GroupCommitWriter

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
LAN = User(
    id="u-lan",
    login="lan",
    name="Lan Anh",
    role=Role.SUPERVISOR,
    scope=StoreScope(store_ids=frozenset({"a"}), regions=frozenset({"north"})),
    created_at=NOW,
)
TU = User(id="u-tu", login="tu.50%", name="Tú_1", role=Role.AGENT, created_at=NOW, must_change_password=True)


@pytest.fixture
async def users(database: Database) -> UserTable:
    table = UserTable(database)
    await table.save(LAN, "hash of lan")
    await table.save(TU, "hash of tu")
    return table


async def test_a_user_is_kept_with_everything_and_found_by_login_while_active(users: UserTable) -> None:
    assert await users.any()
    assert await users.by_login(" LAN ") == (LAN, "hash of lan")
    left = replace(LAN, active=False, name="Lan")
    await users.save(left)
    assert await users.by_login("lan") is None
    assert await users.get("u-lan") == left
    assert await users.all() == (left, TU)


async def test_a_login_belongs_to_one_user(users: UserTable) -> None:
    with pytest.raises(LoginTaken):
        await users.save(replace(TU, login="lan"))
    with pytest.raises(LoginTaken):
        await users.save(replace(TU, id="new", login="lan"), "hash")


async def test_passwords_and_sign_ins_leave_the_rest_alone(users: UserTable) -> None:
    await users.set_password("u-tu", "second", must_change=False)
    await users.note_sign_in("u-tu", NOW)
    assert await users.by_login(TU.login) == (replace(TU, must_change_password=False, last_sign_in_at=NOW), "second")
    await users.note_sign_in("u-tu", NOW, "third")
    found = await users.by_login(TU.login)
    assert found is not None and found[1] == "third"


async def test_users_are_searched_and_paged(users: UserTable) -> None:
    first, cursor = await users.page(UserFilter(), limit=1)
    assert (first, cursor is not None) == ((LAN,), True)
    assert await users.page(UserFilter(), cursor=cursor, limit=1) == ((TU,), None)
    assert await users.page(UserFilter(text="AN A")) == ((LAN,), None)
    assert await users.page(UserFilter(text="%")) == ((TU,), None)
    assert await users.page(UserFilter(text="_")) == ((TU,), None)
    assert await users.page(UserFilter(role=Role.AGENT, active=True)) == ((TU,), None)
    assert await users.page(UserFilter(active=False)) == ((), None)
    with pytest.raises(InvalidCursor):
        await users.page(UserFilter(), cursor="nonsense")


def _session(number: int, user: User = LAN) -> Session:
    return Session(
        id=f"s{number}",
        secret_hash=f"{number:064}",
        user_id=user.id,
        created_at=NOW,
        seen_at=NOW + timedelta(minutes=number),
        expires_at=NOW + timedelta(hours=24),
        source="192.0.2.1",
        user_agent="Browser",
    )


async def test_sessions_are_found_touched_and_ended(database: Database, users: UserTable) -> None:
    table = SessionTable(database)
    one, two, other = _session(1), _session(2), _session(3, TU)
    for session in (one, two, other):
        await table.add(session)
    assert await table.find(one.secret_hash) == (one, LAN)
    assert await table.find("unknown") is None
    assert await table.of_user(LAN.id) == (two, one)

    later = NOW + timedelta(hours=1)
    await table.touch("s1", later, "192.0.2.9")
    assert await table.of_user(LAN.id) == (replace(one, seen_at=later, source="192.0.2.9"), two)
    await table.remove("s1")
    assert await table.remove_of_user(LAN.id) == ("s2",)
    assert await table.remove_of_user(LAN.id) == ()
    assert await table.find(other.secret_hash) == (other, TU)


async def test_sessions_that_are_over_are_forgotten(database: Database, users: UserTable) -> None:
    table, rules = SessionTable(database), SessionRules(idle=timedelta(minutes=10), absolute=timedelta(hours=24))
    for session in (_session(1), _session(20), replace(_session(30), expires_at=NOW)):
        await table.add(session)
    assert await table.remove_over(NOW + timedelta(minutes=15), rules) == 2
    assert [session.id for session in await table.of_user(LAN.id)] == ["s20"]


async def test_tokens_are_found_listed_and_revoked(database: Database, users: UserTable) -> None:
    table = ApiTokenTable(database)
    wide = ApiToken(id="t1", secret_hash="1" * 64, user_id=LAN.id, name="CRM", role=Role.AGENT, created_at=NOW)
    narrow = replace(
        wide,
        id="t2",
        secret_hash="2" * 64,
        store_ids=frozenset({"b", "a"}),
        created_at=NOW + timedelta(seconds=1),
        expires_at=NOW + timedelta(days=1),
    )
    await table.add(wide)
    await table.add(narrow)
    assert await table.find("2" * 64) == (narrow, LAN)
    assert await table.all() == ((narrow, LAN), (wide, LAN))
    await table.touch("t1", NOW)
    assert await table.remove("t1") == replace(wide, used_at=NOW)
    assert await table.remove("t1") is None
    assert await table.find("1" * 64) is None


async def test_a_user_sits_at_one_extension(database: Database, users: UserTable, tmp_path: Path) -> None:
    table = ExtensionTable(database, SecretBox.from_file(tmp_path / "key"))
    await table.save(Extension(number="101", name="Desk", store_id="b"))
    await table.assign(LAN, "101")
    await table.assign(TU, "2001")
    assert await table.of_users() == {"u-lan": "101", "u-tu": "2001"}
    with pytest.raises(ExtensionTaken):
        await table.assign(TU, "101")
    assert await table.of_users() == {"u-lan": "101", "u-tu": "2001"}

    await table.assign(LAN, "2002")
    await table.assign(TU, None)
    assert await table.of_users() == {"u-lan": "2002"}
    accounts = {account.number: account for account, _ in await table.all()}
    assert accounts["2002"] == Extension(number="2002", name="Lan Anh", store_id="a", agent_id="u-lan")
    assert (accounts["101"].agent_id, accounts["101"].store_id) == (None, "b")


def _entry(number: int, **others: object) -> AuditEntry:
    entry = AuditEntry(id=f"e{number}", at=NOW + timedelta(seconds=number), action="user.changed", source="192.0.2.1")
    return replace(entry, **others)  # type: ignore[arg-type]


async def test_audit_lines_are_read_newest_first(database: Database, writer: GroupCommitWriter) -> None:
    table = AuditTable(database, writer)
    entries = (
        _entry(1, user_id="u-lan", login="lan", target="user:u-tu", before={"name": "Tu"}, after={"name": "Tú"}),
        _entry(2, action="session.refused", outcome=AuditOutcome.REFUSED, login="nobody"),
        _entry(3, action="session.opened", user_id="u-tu", session_id="s", token_id="t"),
    )
    for entry in entries:
        table.append(entry)
    newest, cursor = await table.page(AuditFilter(), limit=2)
    assert newest == (entries[2], entries[1])
    assert await table.page(AuditFilter(), cursor=cursor) == ((entries[0],), None)
    for which, found in (
        (AuditFilter(user_id="u-lan"), entries[:1]),
        (AuditFilter(target="user:u-tu"), entries[:1]),
        (AuditFilter(action="session."), (entries[2], entries[1])),
        (AuditFilter(action="session.opened"), entries[2:]),
        (AuditFilter(outcome=AuditOutcome.REFUSED), entries[1:2]),
        (AuditFilter(since=entries[1].at, until=entries[2].at), entries[1:2]),
    ):
        assert await table.page(which) == (found, None)


@pytest.mark.parametrize("statement", ["UPDATE audit SET action = 'nothing'", "DELETE FROM audit"])
async def test_nobody_changes_the_audit_log(database: Database, writer: GroupCommitWriter, statement: str) -> None:
    table = AuditTable(database, writer)
    table.append(_entry(1))
    await table.page(AuditFilter())
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as connection:
            await connection.execute(text(statement))
    assert (await table.page(AuditFilter()))[0] == (_entry(1),)
