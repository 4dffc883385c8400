"""SRTP with keys from the session description: baresip over TLS, both ways, where the server requires it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.testing import baresip
from callcenter.testing.audio import heard_tones
from callcenter.testing.baresip import Baresip, BaresipAccount
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.server import RunningServer
from tests.e2e.town import CONFIG, HOTLINE, QUICK, SECRET, Town, check_books, talks, town_options

pytestmark = pytest.mark.peer

CUSTOMER_HZ, STORE_HZ = 1150.0, 1400.0


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A server that lets nobody on TLS speak in the clear."""
    config = {**CONFIG, "media": {"host": None, "srtp": "require"}}
    with RunningServer(tmp_path_factory.mktemp("strict"), town_options(config=config, tls=True)) as server:
        yield Town(server)


@pytest.mark.skipif(not baresip.is_installed(), reason="baresip is not installed")
def test_a_phone_on_tls_is_offered_keys_and_both_sides_hear_each_other(strict: Town, tmp_path: Path) -> None:
    account = BaresipAccount(
        "401",
        ("127.0.0.1", strict.server.tls_port),
        SECRET,
        transport="tls",
        auto_answer=True,
        parameters=";mediaenc=srtp-mand",
    )
    with (
        Baresip(account, tmp_path / "store", tone_hz=STORE_HZ) as store,
        strict.customer(strict.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
    ):
        customer.dial()
        customer.wait_tone(STORE_HZ, timeout=6)
        store.wait(1.0)
        customer.hang_up()
        store.wait_for("CALL_CLOSED")
        report = customer.report()
        heard = store.heard()
    story = strict.server.story_of(report.call_id)
    check_books(story)
    assert [talk.extension for talk in talks(story)] == ["401"]
    assert heard_tones(heard[-1].left, [CUSTOMER_HZ])[CUSTOMER_HZ] > 0.5


@pytest.mark.skipif(not baresip.is_installed(), reason="baresip is not installed")
def test_a_phone_that_offers_keys_is_answered_with_ours(strict: Town, tmp_path: Path) -> None:
    server = ("127.0.0.1", strict.server.tls_port)
    account = BaresipAccount("401", server, SECRET, transport="tls", parameters=";mediaenc=srtp-mand")
    with (
        RawPhone(strict.server.sip, "402", SECRET, media=RawMedia(tone_hz=CUSTOMER_HZ), answers=True) as colleague,
        Baresip(account, tmp_path / "store", tone_hz=STORE_HZ) as store,
    ):
        assert colleague.register() == 200
        store.dial("402")
        call = colleague.wait_call()
        call.wait_tone(STORE_HZ)
        store.hang_up()
        assert call.over.wait(3)


def test_a_phone_on_tls_without_keys_is_refused(strict: Town) -> None:
    server = ("127.0.0.1", strict.server.tls_port)
    with RawPhone(server, "401", SECRET, transport="tls", media=RawMedia()) as phone:
        assert phone.register() == 200
        call = phone.dial(HOTLINE, wait=None)
        assert call.over.wait(5)
        assert call.status == 488
