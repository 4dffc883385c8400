from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from callcenter.accounts.extension import Extension, SipCredentials, compute_credentials
from callcenter.accounts.softphone import LIFETIME, NoExtension, SoftphoneAccounts

REGISTRATION = timedelta(minutes=30)
OWN = compute_credentials("2001", "callcenter", "a-secret-of-the-phone")


class Accounts:
    """One extension."""

    def __init__(self) -> None:
        self.enabled = True
        self.agent_id: str | None = "an"

    def extension(self, number: str) -> Extension | None:
        return Extension(number="2001", agent_id=self.agent_id) if number == "2001" and self.enabled else None

    def extension_of_agent(self, agent_id: str) -> Extension | None:
        return self.extension("2001") if agent_id == "an" else None

    def credentials(self, number: str) -> SipCredentials | None:
        return OWN if number == "2001" and self.enabled else None


class Scene:
    """Softphone accounts with a clock and a source of bytes that can be told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, tzinfo=UTC)
        self.accounts = Accounts()
        numbers = count(1)
        self.softphones = SoftphoneAccounts(
            self.accounts,
            "callcenter",
            utcnow=lambda: self.now,
            random_bytes=lambda length: next(numbers).to_bytes(length, "big"),
            registration=REGISTRATION,
        )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_browser_speaks_for_the_extension_with_a_secret_of_its_own(scene: Scene) -> None:
    issued = scene.softphones.issue("2001", "laptop")
    assert issued.extension == "2001"
    assert issued.username != "2001"
    account = scene.softphones.extension(issued.username)
    assert account is not None
    assert account.number == "2001"
    assert scene.softphones.credentials(issued.username) == compute_credentials(
        issued.username, "callcenter", issued.password
    )


def test_the_phone_on_the_desk_keeps_its_own_secret(scene: Scene) -> None:
    scene.softphones.issue("2001", "laptop")
    assert scene.softphones.credentials("2001") == OWN


def test_credentials_end(scene: Scene) -> None:
    issued = scene.softphones.issue("2001", "laptop")
    scene.now += LIFETIME - timedelta(seconds=1)
    assert scene.softphones.credentials(issued.username) is not None
    scene.now += timedelta(seconds=1)
    assert scene.softphones.credentials(issued.username) is None
    assert scene.softphones.extension(issued.username) is None


def test_the_same_device_may_renew_while_the_old_one_is_still_in_use(scene: Scene) -> None:
    first = scene.softphones.issue("2001", "laptop")
    second = scene.softphones.issue("2001", "laptop")
    assert second.taken_over_from is None
    assert scene.softphones.credentials(first.username) is not None
    assert scene.softphones.credentials(second.username) is not None


def test_another_device_takes_over_at_once(scene: Scene) -> None:
    first = scene.softphones.issue("2001", "laptop")
    second = scene.softphones.issue("2001", "desktop")
    assert second.taken_over_from == "laptop"
    assert scene.softphones.credentials(first.username) is None
    assert scene.softphones.device_of("2001") == "desktop"


def test_signing_out_voids_what_the_session_was_given(scene: Scene) -> None:
    issued = scene.softphones.issue("2001", "laptop", "session-1")
    assert scene.softphones.revoke_sessions(("session-2",)) == frozenset()
    assert scene.softphones.credentials(issued.username) is not None
    assert scene.softphones.revoke_sessions(("session-1",)) == {"2001"}
    assert scene.softphones.credentials(issued.username) is None
    assert scene.softphones.device_of("2001") is None


def test_a_registration_that_outlives_its_credential_ends_with_the_session_all_the_same(scene: Scene) -> None:
    scene.softphones.issue("2001", "laptop", "session-1")
    scene.now += LIFETIME + REGISTRATION - timedelta(seconds=1)
    scene.softphones.issue("2001", "laptop", "session-2")
    assert scene.softphones.revoke_sessions(("session-1",)) == {"2001"}


def test_credentials_of_long_ago_are_forgotten(scene: Scene) -> None:
    scene.softphones.issue("2001", "laptop", "session-1")
    scene.now += LIFETIME + REGISTRATION
    scene.softphones.issue("2001", "laptop", "session-2")
    assert scene.softphones.revoke_sessions(("session-1",)) == frozenset()


@pytest.mark.parametrize("successor", ["binh", None])
def test_who_sits_elsewhere_by_now_speaks_for_the_extension_no_longer(scene: Scene, successor: str | None) -> None:
    issued = scene.softphones.issue("2001", "laptop", "session-1")
    assert scene.softphones.revoke_unseated() == frozenset()
    scene.accounts.agent_id = successor
    assert scene.softphones.credentials(issued.username) is None
    assert scene.softphones.extension(issued.username) is None
    assert scene.softphones.revoke_unseated() == {"2001"}
    assert scene.softphones.device_of("2001") is None


def test_nobody_without_an_extension_gets_any(scene: Scene) -> None:
    with pytest.raises(NoExtension):
        scene.softphones.issue("2999", "laptop")


def test_a_disabled_extension_opens_nothing(scene: Scene) -> None:
    issued = scene.softphones.issue("2001", "laptop")
    scene.accounts.enabled = False
    assert scene.softphones.credentials(issued.username) is None
