"""The hotline over every transport and both address families, between phones that share none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.testing import baresip, sipp
from callcenter.testing.baresip import Baresip, BaresipAccount
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.server import RunningServer
from callcenter.testing.sip_peer import SipPeer, Transport
from callcenter.testing.sipp import SippOptions, run_sipp
from tests.e2e.town import CARRIER, CONFIG, GREETING_HZ, HOTLINE, QUICK, SECRET, Town, check_books, talks, town_options

pytestmark = pytest.mark.peer

SCENARIOS = Path(__file__).parent / "scenarios"
CUSTOMER_HZ, STORE_HZ = 1150.0, 1400.0


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A server on UDP, TCP and TLS, IPv4 and IPv6, whose RTP goes wherever the signalling came from."""
    config = {**CONFIG, "media": {"host": None}}
    options = town_options(config=config, tls=True, ipv6=True)
    with RunningServer(tmp_path_factory.mktemp("everywhere"), options) as server:
        yield Town(server)


def address(town: Town, host: str, transport: Transport) -> tuple[str, int]:
    return host, town.server.tls_port if transport == "tls" else town.server.sip_port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_customer_and_a_store_by_the_same_way(everywhere: Town, transport: Transport, host: str) -> None:
    server = address(everywhere, host, transport)
    customer_host = CARRIER if host == "127.0.0.1" else None
    number = everywhere.number("DN-01")
    with (
        RawPhone(server, "401", SECRET, transport=transport, media=RawMedia(tone_hz=STORE_HZ), answers=True) as store,
        RawPhone(
            server, number, transport=transport, local_host=customer_host, media=RawMedia(tone_hz=CUSTOMER_HZ)
        ) as customer,
    ):
        assert store.register() == 200
        call = customer.dial(QUICK)
        call.wait_tone(STORE_HZ)
        ringing = store.wait_call()
        ringing.wait_tone(CUSTOMER_HZ)
        assert ringing.invite is not None
        assert ringing.invite.get("Via").startswith(f"SIP/2.0/{transport.upper()} ")
        call.hang_up()
        assert ringing.over.wait(3)
    story = everywhere.server.story_of(call.call_id)
    check_books(story)
    assert [talk.extension for talk in talks(story)] == ["401"]


def test_a_customer_on_ipv6_and_a_store_on_ipv4(everywhere: Town) -> None:
    customer_address, store_address = address(everywhere, "::1", "udp"), address(everywhere, "127.0.0.1", "tls")
    with (
        RawPhone(
            store_address,
            "401",
            SECRET,
            transport="tls",
            media=RawMedia(tone_hz=STORE_HZ, payload_type=0),
            answers=True,
        ) as store,
        RawPhone(customer_address, everywhere.number("DN-01"), media=RawMedia(tone_hz=CUSTOMER_HZ)) as customer,
    ):
        assert store.register() == 200
        call = customer.dial(QUICK)
        call.wait_tone(STORE_HZ)
        ringing = store.wait_call()
        ringing.wait_tone(CUSTOMER_HZ)
        ringing.hang_up()
        assert call.over.wait(3)
    story = everywhere.server.story_of(call.call_id)
    check_books(story)
    assert {leg.codec for leg in story.legs} == {"PCMA", "PCMU"}


def test_a_late_offer(everywhere: Town) -> None:
    """INVITE without SDP: our offer goes out in the 200, the answer comes in the ACK."""
    with RawPhone(everywhere.server.sip, "0912000590", local_host=CARRIER, media=RawMedia(late_offer=True)) as customer:
        call = customer.dial(HOTLINE)
        call.wait_tone(GREETING_HZ, width=0.15)
        call.hang_up()
    check_books(everywhere.server.story_of(call.call_id))


@pytest.mark.skipif(not sipp.is_installed(), reason="SIPp is not installed")
@pytest.mark.parametrize("transport", ["u1", "t1", "tn"])
def test_sipp_calls_over_udp_and_tcp(everywhere: Town, tmp_path: Path, transport: str) -> None:
    options = SippOptions(
        SCENARIOS / "uac_call.xml",
        everywhere.server.sip,
        service=HOTLINE,
        transport=transport,
        calls=5,
        rate=20,
        duration_ms=300,
        host=CARRIER,
        timeout=20,
        extra=("-max_socket", "1000"),
    )
    result = run_sipp(options, tmp_path).check()
    assert result.successful == 5
    for call_id in set(re.findall(r"^Call-ID: (\S+)", result.messages, re.M)):
        check_books(everywhere.server.story_of(call_id))


@pytest.mark.skipif(not baresip.is_installed(), reason="baresip is not installed")
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_is_a_store_phone(everywhere: Town, tmp_path: Path, transport: Transport) -> None:
    account = BaresipAccount(
        "401", address(everywhere, "127.0.0.1", transport), SECRET, transport=transport, auto_answer=True
    )
    with (
        Baresip(account, tmp_path / "store", tone_hz=STORE_HZ) as store,
        everywhere.customer(everywhere.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
    ):
        customer.dial()
        customer.wait_tone(STORE_HZ, timeout=6)
        customer.hang_up()
        store.wait_for("CALL_CLOSED")
        report = customer.report()
    story = everywhere.server.story_of(report.call_id)
    check_books(story)
    assert [talk.extension for talk in talks(story)] == ["401"]


def test_a_message_in_pieces_and_keep_alives_over_tcp(everywhere: Town) -> None:
    with SipPeer("tcp", everywhere.server.sip) as peer:
        peer.send(b"\r\n\r\n")
        peer.expect_bytes(b"\r\n")
        peer.send_in_pieces(peer.request("OPTIONS", "sip:127.0.0.1"), size=7)
        assert peer.expect(status=200).method == "OPTIONS"
        peer.send(peer.request("OPTIONS", "sip:127.0.0.1") + peer.request("OPTIONS", "sip:127.0.0.1"))
        assert [peer.expect(status=200).status for _ in range(2)] == [200, 200]
