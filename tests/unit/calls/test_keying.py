"""Which protection of media goes with which signalling."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.calls.call import Call
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.calls.location import Binding
from callcenter.calls.media_leg import keying_to_answer, keying_to_offer
from callcenter.calls.settings import SrtpUse
from callcenter.sdp.keying import Keying
from callcenter.sip.flow import Flow
from callcenter.testing.memory_sip import MemoryPhone, request_of
from callcenter.testing.switchboard import SERVER, Switchboard, ringing

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
PLAIN = HEAD + "m=audio 4000 RTP/AVP 8\r\n"
SDES = HEAD + "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"
BOTH = SDES + "m=audio 4002 RTP/AVP 8\r\n"
DTLS = HEAD + "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=fingerprint:sha-256 00\r\n"
OFF, ACCEPT, REQUIRE = SrtpUse.OFF, SrtpUse.ACCEPT, SrtpUse.REQUIRE


@pytest.mark.parametrize("srtp", list(SrtpUse))
def test_what_is_offered(srtp: SrtpUse) -> None:
    over_tls = Keying.SDES if srtp is REQUIRE else Keying.PLAIN
    expected = {"ws": Keying.DTLS, "wss": Keying.DTLS, "tls": over_tls, "udp": Keying.PLAIN, "tcp": Keying.PLAIN}
    assert {transport: keying_to_offer(transport, srtp) for transport in expected} == expected


@pytest.mark.parametrize(
    ("offer", "transport", "srtp", "keying"),
    [
        (PLAIN, "udp", REQUIRE, Keying.PLAIN),
        (SDES, "udp", ACCEPT, Keying.PLAIN),  # refused: its keys have been read by everybody
        (BOTH, "tcp", ACCEPT, Keying.PLAIN),
        (DTLS, "udp", OFF, Keying.DTLS),
        (SDES, "tls", ACCEPT, Keying.SDES),
        (BOTH, "tls", ACCEPT, Keying.SDES),
        (PLAIN, "tls", ACCEPT, Keying.PLAIN),
        (SDES, "tls", OFF, Keying.PLAIN),  # refused
        (BOTH, "tls", OFF, Keying.PLAIN),
        (PLAIN, "tls", REQUIRE, Keying.SDES),  # refused
        (SDES, "tls", REQUIRE, Keying.SDES),
        (None, "tls", REQUIRE, Keying.SDES),
        (None, "udp", REQUIRE, Keying.PLAIN),
        (None, "wss", OFF, Keying.DTLS),
        (DTLS, "wss", OFF, Keying.DTLS),
        (PLAIN, "ws", ACCEPT, Keying.DTLS),  # refused
        ("nonsense", "udp", ACCEPT, Keying.PLAIN),
    ],
)
def test_what_is_answered(offer: str | None, transport: str, srtp: SrtpUse, keying: Keying) -> None:
    assert keying_to_answer(offer, transport, srtp) is keying


async def browser(desk: Switchboard, number: str, host: str) -> MemoryPhone:
    """Return a phone that is registered over a WebSocket."""
    desk.accounts.add(number)
    phone = desk.peer(number, host)
    binding = Binding(
        aor=number,
        contact=f"sip:{number}@{host}:5060",
        call_id="r",
        cseq=1,
        expires_at=desk.exchange.clock.utcnow() + timedelta(seconds=300),
        transport="ws",
        remote_host=host,
        remote_port=5060,
    )
    desk.location.put(binding, Flow("ws", (SERVER, 5060), (host, 5060), 7), 300, desk.exchange.now())
    return phone


async def test_a_browser_and_a_desk_phone_that_ring_together_are_offered_a_leg_each(desk: Switchboard) -> None:
    alice, bob = await desk.phone("101"), await desk.phone("102")
    carol, dave = await browser(desk, "103", "192.0.2.33"), await browser(desk, "104", "192.0.2.34")

    async def flow(_call: Call, channel: Channel) -> None:
        await channel.dial(DialRequest(TargetKind.PLAN, "all"))

    desk.flows.scripts["1900"] = flow
    desk.plans["all"] = (ringing("102", "103", "104"),)
    await alice.answered_call("1900")
    plain, first, second = [request_of(await phone.incoming()).body.decode() for phone in (bob, carol, dave)]
    assert "RTP/AVP 8 0 101" in plain and "fingerprint" not in plain
    assert "UDP/TLS/RTP/SAVPF 8 0 101" in first and "a=setup:actpass" in first
    assert first.partition("m=")[2] == second.partition("m=")[2]
    assert len(desk.media.legs) == 3  # the caller's and one of each kind
