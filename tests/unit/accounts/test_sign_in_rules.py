"""The rules behind signing in: throttle, scope, passwords, secrets and what the audit log leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callcenter.accounts.audit import HIDDEN, redact
from callcenter.accounts.passwords import WeakPassword, check_password, generate_password
from callcenter.accounts.permissions import permissions_of
from callcenter.accounts.scope import EVERYTHING, Scope, scope_of, stores_of
from callcenter.accounts.session import csrf_token_of, generate_token_secret, hash_secret
from callcenter.accounts.sign_in import throttled_source
from callcenter.accounts.throttle import MAX_KEYS, BackOff, Throttle, TooManyAttempts
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.base.cursor import InvalidCursor, cursor_time, decode_cursor, encode_cursor
from callcenter.crm.store import Store

RULE = BackOff(free=2, first_s=1.0, longest_s=5.0, forget_s=60.0)


def _wait(throttle: Throttle, key: str, now: float) -> float:
    try:
        throttle.check(key, now)
    except TooManyAttempts as error:
        return error.retry_after_s
    return 0.0


def test_waits_double_after_the_free_failures_up_to_the_longest() -> None:
    throttle, now, waits = Throttle(RULE), 0.0, []
    for _ in range(7):
        throttle.note_failure("lan", now)
        waits.append(_wait(throttle, "lan", now))
        now += waits[-1]
    assert waits == [0.0, 0.0, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert _wait(throttle, "tu", now) == 0.0


def test_a_wait_runs_out_and_failures_are_forgotten() -> None:
    throttle = Throttle(RULE)
    for _ in range(3):
        throttle.note_failure("lan", 0.0)
    assert (_wait(throttle, "lan", 0.4), _wait(throttle, "lan", 1.0)) == (0.6, 0.0)
    throttle.note_failure("lan", 60.9)
    assert _wait(throttle, "lan", 60.9) == 0.0  # The first one again.


def test_whoever_proves_themselves_starts_again() -> None:
    throttle = Throttle(RULE)
    for _ in range(5):
        throttle.note_failure("lan", 0.0)
    throttle.forget("lan")
    throttle.forget("nobody")
    assert _wait(throttle, "lan", 0.0) == 0.0


def test_the_memory_of_failures_is_bounded() -> None:
    throttle = Throttle(replace(RULE, free=0))
    for number in range(MAX_KEYS + 1):
        throttle.note_failure(str(number), 0.0)
    assert (_wait(throttle, "0", 0.0), _wait(throttle, "1", 0.0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("local", "local"),
    ],
)
def test_an_ipv6_host_is_its_network(source: str, key: str) -> None:
    assert throttled_source(source) == key


# Scope

STORES = (
    Store(id="a", code="A", name="A", region="north"),
    Store(id="b", code="B", name="B", region="south"),
    Store(id="c", code="C", name="C"),
)
LAN = User(
    id="lan",
    login="lan",
    name="Lan",
    role=Role.SUPERVISOR,
    scope=StoreScope(store_ids=frozenset({"c", "gone"}), regions=frozenset({"north"})),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_a_scope_is_resolved_from_stores_and_regions() -> None:
    assert stores_of(LAN, STORES) == {"a", "c"}
    assert scope_of(LAN, STORES) == Scope(False, frozenset({"a", "c"}), "lan")
    assert scope_of(replace(LAN, role=Role.AGENT), STORES) == Scope(False, frozenset(), "lan")
    assert scope_of(replace(LAN, role=Role.ADMIN), STORES) == Scope(True, frozenset(), "lan")
    assert scope_of(replace(LAN, role=Role.ADMIN, active=False), STORES) == Scope(False, frozenset(), "lan")


def test_a_token_reaches_no_further_than_its_owner() -> None:
    agent, admin = replace(LAN, role=Role.AGENT), replace(LAN, role=Role.ADMIN)
    assert scope_of(agent, STORES, role=Role.ADMIN).store_ids == frozenset()
    assert scope_of(LAN, STORES, role=Role.SUPERVISOR, only={"a", "b"}).store_ids == {"a"}
    assert scope_of(admin, STORES, role=Role.SUPERVISOR, only={"b"}) == Scope(False, frozenset({"b"}), "lan")


def test_what_belongs_to_nobody_is_open_only_to_those_who_see_everything() -> None:
    scope = Scope(False, frozenset({"a"}), "lan")
    assert (scope.covers("a"), scope.covers("b"), scope.covers(None)) == (True, False, False)
    assert EVERYTHING.covers(None)
    assert scope.covers_any([None, "b"], ["tu", "lan"])
    assert not scope.covers_any([None, "b"], ["tu", None])


def test_each_role_may_what_the_one_before_may() -> None:
    agent, supervisor, admin = (set(permissions_of(role)) for role in Role)
    assert agent < supervisor < admin


# Passwords and secrets


@pytest.mark.parametrize("password", ["correct horse battery", "Tôi thích phở bò", "xK9#mQ2$vL"])
def test_long_and_odd_passwords_pass(password: str) -> None:
    check_password(password, "lan")


@pytest.mark.parametrize(
    "password", ["too short", "x" * 201, "ababababab", "abcdefghijklm", "9876543210", "Password123!", "nguyenlan1", ""]
)
def test_passwords_guessed_early_do_not(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, "nguyenlan")


def test_generated_passwords_are_readable_and_strong() -> None:
    assert generate_password(lambda size: bytes(size)) == "aaaa-aaaa-aaaa-aaaa-aaaa"
    assert generate_password(lambda size: b"\xff" * size) == "9999-9999-9999-9999-9999"


def test_secrets_are_stored_as_hashes_and_csrf_tokens_tell_nothing_of_them() -> None:
    secret = generate_token_secret(lambda size: b"\x01" * size)
    assert secret.startswith("cct_") and len(secret) == 47
    assert len(hash_secret(secret)) == 64 and hash_secret(secret) != hash_secret(secret + "x")
    assert csrf_token_of(secret) not in (secret, hash_secret(secret))
    assert len(hash_secret("\udc80")) == 64  # Whatever bytes a header held.


# The audit log


def test_secrets_and_personal_words_do_not_reach_the_audit_log() -> None:
    asked = {"login": "lan", "new_password": "x", "items": [{"secret": 1, "n": 2.5}], "note": "…", "keys": "1234"}
    assert redact(asked) == {
        "login": "lan",
        "new_password": HIDDEN,
        "items": [{"secret": HIDDEN, "n": 2.5}],
        "note": HIDDEN,
        "keys": HIDDEN,
    }


def test_what_reaches_the_audit_log_is_bounded() -> None:
    deep: object = 1
    for _ in range(20):
        deep = {"in": deep}
    assert len(repr(redact(deep))) < 100
    assert len(redact(list(range(1000)))) == 50
    assert len(redact("x" * 10_000)) == 501


# Cursors


def test_a_cursor_gives_back_its_keys() -> None:
    assert decode_cursor(encode_cursor("Đỗ", "01"), 2) == ["Đỗ", "01"]


@pytest.mark.parametrize("cursor", ["", "x", "é", "bnVsbA", encode_cursor("1"), encode_cursor("1", "\0"), "W1sxXSwyXQ"])
def test_other_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, 2)


@pytest.mark.parametrize("key", ["yesterday", "2026-01-01T00:00:00"])
def test_a_time_in_a_cursor_has_a_zone(key: str) -> None:
    with pytest.raises(InvalidCursor):
        cursor_time(key)
