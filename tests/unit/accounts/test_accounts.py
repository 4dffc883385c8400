"""SIP accounts, users and secrets."""

from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from callcenter.accounts.extension import WeakSecret, check_secret, compute_credentials, generate_secret
from callcenter.accounts.passwords import Passwords, WeakPassword
from callcenter.accounts.secret_box import SecretBox, WrongKey
from callcenter.accounts.user import Role, StoreScope, User


def test_digest_hashes() -> None:
    # The example of RFC 7616 §3.9.1.
    found = compute_credentials("Mufasa", "http-auth@example.org", "Circle of Life")
    assert found.ha1_md5 == "3d78807defe7de2157e2b0b6573a855f"
    assert found.ha1_sha256 == hashlib.sha256(b"Mufasa:http-auth@example.org:Circle of Life").hexdigest()


def test_generated_secrets_hold_160_bits() -> None:
    assert generate_secret(lambda size: bytes(size)) == "a" * 32
    assert generate_secret(lambda size: b"\xff" * size) == "9" * 32
    assert generate_secret(lambda size: b"\x00" * (size - 1) + b"\x01")[0] == "b"


@pytest.mark.parametrize("secret", ["", "1234", "101", "1010101010"])
def test_secrets_a_scanner_tries_are_refused(secret: str) -> None:
    with pytest.raises(WeakSecret):
        check_secret("101", secret)


def test_a_good_secret_passes() -> None:
    check_secret("101", "correct horse")


def test_the_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret.key"
    sealed = SecretBox.from_file(path).seal("bí mật")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "bí" not in sealed
    assert SecretBox.from_file(path).open(sealed) == "bí mật"


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    sealed = SecretBox.from_file(tmp_path / "a").seal("x")
    with pytest.raises(WrongKey):
        SecretBox.from_file(tmp_path / "b").open(sealed)


def test_passwords() -> None:
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    stored = quick.hash("a long password")
    assert stored.startswith("$argon2id$")
    assert quick.verify("a long password", stored)
    assert not quick.verify("another password", stored)
    assert not quick.verify("a long password", None)
    assert not quick.verify("nobody has this password", None)
    assert not quick.verify("a long password", "damaged")
    assert not quick.is_outdated(stored)
    with pytest.raises(WeakPassword):
        quick.hash("short")


def test_roles_and_scope() -> None:
    def user(role: Role, **scope: frozenset[str]) -> User:
        return User(
            id="1",
            login="an",
            name="An",
            role=role,
            scope=StoreScope(**scope),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    assert Role.ADMIN.includes(Role.AGENT) and not Role.AGENT.includes(Role.SUPERVISOR)
    assert user(Role.ADMIN).may_see("store-1")
    assert not user(Role.SUPERVISOR).may_see("store-1", "north")
    assert user(Role.SUPERVISOR, regions=frozenset({"north"})).may_see("store-1", "north")
    assert user(Role.AGENT, store_ids=frozenset({"store-1"})).may_see("store-1")
    assert not user(Role.AGENT, store_ids=frozenset({"store-1"})).may_see("store-2", "north")
