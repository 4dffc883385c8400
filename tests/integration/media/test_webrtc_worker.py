"""WebRTC and SDES legs on a real worker process, against a browser's protocols and a phone's keys."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pylibsrtp import Policy, Session

from callcenter.media.client import WorkerPool
from callcenter.media.plane import (
    DigitPressed,
    Direction,
    LocalMedia,
    MediaBack,
    MediaEvent,
    MediaRefused,
    MediaSilent,
    RecordingClosed,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.media.settings import MediaSettings
from callcenter.rtp import rtcp
from callcenter.rtp.packet import RtpPacket
from callcenter.rtp.srtp_keys import SrtpKeys, SrtpSuite
from callcenter.sdp.audio import AudioCapabilities, LocalAudio, RemoteAudio
from callcenter.sdp.audio import Direction as SdpDirection
from callcenter.sdp.ice import LocalDtls
from callcenter.sdp.keying import PROFILES, Keying
from callcenter.sdp.session import SdpSession
from callcenter.testing.audio import dominant_tone, read_wav
from callcenter.testing.rtp_end import RtpEnd
from callcenter.testing.webrtc_peer import WebRtcPeer

HOST = "127.0.0.1"


class Desk:
    """A started pool with one worker, what it reported, and how legs are agreed on."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool
        self.events: list[MediaEvent] = []
        pool.subscribe(self.events.append)

    async def session(self, leg: str, *, host: str = HOST) -> SdpSession:
        """Open a WebRTC leg and return its negotiation."""
        local: LocalMedia = await self.pool.open_leg(call="call", leg=leg, host=host, webrtc=True)
        assert local.ice is not None and local.fingerprint is not None
        audio = LocalAudio(host, local.port, dtls=LocalDtls(local.ice, local.fingerprint, local.ssrc, local.cname))
        return SdpSession(audio, 7, AudioCapabilities(profiles=PROFILES[Keying.DTLS]))

    def connect(self, leg: str, remote: RemoteAudio) -> None:
        """Tell the leg what was agreed."""
        self.pool.set_remote(
            leg,
            RemoteMedia(
                host=remote.host,
                port=remote.port,
                codec=remote.codec,
                payload_type=remote.payload_type,
                accepted=dict(remote.accepted),
                telephone_event_pt=remote.telephone_event_pt,
                rtcp_mux=remote.rtcp_mux,
                direction=Direction(remote.direction.value),
                fingerprints=remote.dtls.fingerprints if remote.dtls is not None else (),
            ),
        )

    async def browser(self, leg: str, peer: WebRtcPeer) -> SdpSession:
        """Have ``peer`` call in, and wait until its media is secured."""
        session = await self.session(leg)
        agreed = session.answer(peer.offer())
        self.connect(leg, agreed.remote)
        peer.take_answer(agreed.answer_sdp)
        await asyncio.to_thread(peer.wait_secured)
        return session

    async def phone(self, leg: str) -> RtpEnd:
        """Open a plain leg with a phone at its other end."""
        local = await self.pool.open_leg(call="call", leg=leg)
        end = RtpEnd(HOST, 8, 101)
        remote = RemoteMedia(
            host=HOST, port=end.port, codec="PCMA", payload_type=8, accepted={8: "PCMA"}, telephone_event_pt=101
        )
        self.pool.set_remote(leg, remote)
        end.connect(HOST, local.port)
        return end

    async def until(self, condition: Callable[[], bool], seconds: float = 6.0) -> None:
        """Wait for something to be true."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - the events come from another process
                await asyncio.sleep(0.01)

    def seen(self, kind: type[MediaEvent]) -> list[MediaEvent]:
        """Events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    pool = WorkerPool(
        MediaSettings(workers=1, host=HOST, port_min=48300, port_max=48399, rtcp_interval_s=0.5, consent_after_s=1.5)
    )
    desk = Desk(pool)
    await pool.start()
    yield desk
    await pool.close()


@pytest.fixture
def peer() -> WebRtcPeer:
    return WebRtcPeer()


def hears(end: RtpEnd | WebRtcPeer, seconds: float = 0.4) -> float:
    """Return the strongest frequency that was heard lately, 0 for silence."""
    tone = dominant_tone(end.heard(seconds))
    return tone.frequency if tone is not None and tone.level_dbfs > -40 else 0.0


async def test_a_browser_talks_with_a_phone_presses_a_key_once_and_is_recorded(
    desk: Desk, peer: WebRtcPeer, tmp_path: Path
) -> None:
    phone = await desk.phone("phone")
    session = await desk.browser("browser", peer)
    try:
        peer.speak(700.0)
        phone.talker.set_tone(440.0)
        desk.pool.bridge("browser", "phone")
        desk.pool.record("rec", tmp_path / "rec.wav", "phone")
        await asyncio.sleep(1.2)
        assert hears(phone) == pytest.approx(700, abs=5)
        assert hears(peer) == pytest.approx(440, abs=5)
        peer.press("5")
        await desk.until(lambda: bool(desk.seen(DigitPressed)))
        await asyncio.sleep(0.3)
        assert [event.digit for event in desk.events if isinstance(event, DigitPressed)] == ["5"]
        assert phone.listener.digits == ["5"]
        desk.pool.send_dtmf("browser", "42")
        await desk.until(lambda: peer.listener.digits == ["4", "2"])
        kinds = [type(one) for report in peer.reports for one in rtcp.parse(report)]
        assert rtcp.SenderReport in kinds and rtcp.SourceDescription in kinds

        # The browser holds, then resumes, with its codec list changed.
        held = session.answer(peer.offer("sendonly", (111, 9, 13, 8, 0, 126)))
        peer.take_answer(held.answer_sdp)
        desk.connect("browser", held.remote)
        assert held.remote.direction is SdpDirection.RECVONLY and "a=recvonly" in held.answer_sdp
        await asyncio.sleep(0.6)
        assert hears(peer) == 0.0
        resumed = session.answer(peer.offer("sendrecv"))
        desk.connect("browser", resumed.remote)
        peer.take_answer(resumed.answer_sdp)
        await asyncio.sleep(0.6)
        assert hears(peer) == pytest.approx(440, abs=5)
        # And so do we, by an offer of ours.
        ours = session.offer(SdpDirection.SENDONLY)
        desk.connect("browser", session.apply_answer(peer.answer(ours, "recvonly")).remote)
        await asyncio.sleep(0.6)
        assert hears(phone) == 0.0
        assert hears(peer) == pytest.approx(440, abs=5)

        statistics = await desk.pool.close_leg("browser")
        assert statistics.packets_lost == 0 and statistics.packets_in > 100 and statistics.packets_out > 100
        assert statistics.remote_port == peer.port
        await desk.until(lambda: peer.media.server_left)
        assert peer.media.rejected == 0
        await desk.pool.close_leg("phone")
        await desk.until(lambda: bool(desk.seen(RecordingClosed)))
        recording = read_wav(tmp_path / "rec.wav")
        left, right = dominant_tone(recording.left[4000:8000]), dominant_tone(recording.right[4000:8000])
        assert left is not None and left.frequency == pytest.approx(440, abs=5)
        assert right is not None and right.frequency == pytest.approx(700, abs=5)
    finally:
        peer.close()
        phone.close()


async def test_a_browser_that_is_called_answers_and_hears_a_prompt(
    desk: Desk, peer: WebRtcPeer, tmp_path: Path
) -> None:
    session = await desk.session("browser")
    try:
        answer = peer.answer(session.offer())
        await asyncio.sleep(0.15)  # its handshake arrives before its answer
        desk.connect("browser", session.apply_answer(answer).remote)
        await asyncio.to_thread(peer.wait_secured)
        prompt = tmp_path / "prompt.al"
        prompt.write_bytes(bytes((0x34, 0x34, 0xB4, 0xB4)) * 4000)  # 2 kHz
        desk.pool.play("browser", "prompt", [prompt])
        await asyncio.sleep(0.8)
        assert hears(peer) == pytest.approx(2000, abs=5)
    finally:
        peer.close()


async def test_the_leg_follows_the_browser_to_another_network(desk: Desk, peer: WebRtcPeer) -> None:
    phone = await desk.phone("phone")
    await desk.browser("browser", peer)
    try:
        desk.pool.bridge("browser", "phone")
        phone.talker.set_tone(440.0)
        peer.speak(700.0)
        await asyncio.sleep(0.3)
        before = peer.port
        peer.move()
        moved = RemoteLocked("browser", HOST, peer.port)
        assert peer.port != before
        await desk.until(lambda: desk.events[-1:] == [moved])
        await asyncio.sleep(0.7)
        assert hears(phone) == pytest.approx(700, abs=5)
        assert hears(peer) == pytest.approx(440, abs=5)
        assert not desk.seen(MediaSilent)
    finally:
        peer.close()
        phone.close()


async def test_silence_is_told_in_two_seconds_and_its_end_at_once(desk: Desk, peer: WebRtcPeer) -> None:
    await desk.browser("browser", peer)
    try:
        await asyncio.sleep(0.3)
        peer.sending = peer.checking = False
        began = time.monotonic()
        await desk.until(lambda: bool(desk.seen(MediaSilent)))
        assert 1.5 < time.monotonic() - began < 2.8
        peer.sending = True
        began = time.monotonic()
        await desk.until(lambda: bool(desk.seen(MediaBack)))
        assert time.monotonic() - began < 0.8
    finally:
        peer.close()


async def test_a_goodbye_is_told_at_once_and_a_lost_consent_on_hold_too(desk: Desk) -> None:
    leaving, held = WebRtcPeer(), WebRtcPeer()
    try:
        await desk.browser("leaving", leaving)
        session = await desk.browser("held", held)
        await asyncio.sleep(0.2)
        leaving.close()
        began = time.monotonic()
        await desk.until(lambda: bool(desk.seen(MediaSilent)))
        assert time.monotonic() - began < 1.0
        answer = held.answer(session.offer(SdpDirection.SENDONLY), "recvonly")
        desk.connect("held", session.apply_answer(answer).remote)
        held.sending = held.checking = False
        await desk.until(lambda: len(desk.seen(MediaSilent)) == 2)
        assert {getattr(event, "leg", "") for event in desk.seen(MediaSilent)} == {"leaving", "held"}
    finally:
        held.close()


async def test_a_browser_with_another_certificate_than_it_says_gets_nothing(desk: Desk) -> None:
    impostor = WebRtcPeer(fingerprint="sha-256 " + ":".join(["0A"] * 32))
    session = await desk.session("browser")
    try:
        agreed = session.answer(impostor.offer())
        desk.connect("browser", agreed.remote)
        impostor.take_answer(agreed.answer_sdp)
        await desk.until(lambda: bool(desk.seen(MediaRefused)))
        await asyncio.sleep(0.2)
        statistics = await desk.pool.close_leg("browser")
        assert (statistics.packets_in, statistics.packets_out) == (0, 0)
        assert not desk.seen(RemoteLocked)
    finally:
        impostor.close()


async def test_strangers_on_a_browsers_port_change_nothing(desk: Desk, peer: WebRtcPeer) -> None:
    await desk.browser("browser", peer)
    remote = peer.media.remote
    assert remote is not None
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((HOST, 0))
            plain = bytes(RtpPacket(payload_type=8, sequence_number=1, timestamp=1, ssrc=1, payload=bytes(160)))
            hello = bytes.fromhex("16fefd0000000000000000") + bytes(40)
            for data in (plain, hello, b"", b"\0", bytes(2000), secrets.token_bytes(200), peer.media.check()[:-4]):
                for _ in range(50):
                    stranger.sendto(data, remote)
            await asyncio.sleep(0.3)  # the queue is full of junk
            stranger.sendto(peer.media.check(password="not the password at all"), remote)
            stranger.settimeout(5.0)
            answer = await asyncio.to_thread(stranger.recv, 2048)
            assert answer[:2] == b"\x01\x11"  # an error and nothing more
        peer.media.check_again()
        peer.send_raw(peer.media.check(controlled=True))
        await asyncio.sleep(0.3)
        assert peer.media.errors == [487]
        statistics = await desk.pool.leg_statistics("browser")
        assert statistics.remote_port == peer.port
        assert statistics.packets_in > 5 and statistics.packets_dropped > 100
    finally:
        peer.close()


async def test_a_browser_over_ipv6(desk: Desk) -> None:
    try:
        peer = WebRtcPeer("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        session = await desk.session("six", host="::1")
        agreed = session.answer(peer.offer())
        desk.connect("six", agreed.remote)
        peer.take_answer(agreed.answer_sdp)
        await asyncio.to_thread(peer.wait_secured)
        await desk.until(lambda: desk.events == [RemoteLocked("six", "::1", peer.port)])
        await asyncio.sleep(0.2)
        assert (await desk.pool.leg_statistics("six")).packets_in > 3
    finally:
        peer.close()


async def test_two_workers_have_two_certificates_and_a_leg_keeps_to_one() -> None:
    pool = WorkerPool(MediaSettings(workers=2, worker_fill=1, host=HOST, port_min=48400, port_max=48463))
    await pool.start()
    try:
        legs = [
            await pool.open_leg(call=call, leg=leg, webrtc=True) for call, leg in (("a", "1"), ("b", "2"), ("a", "3"))
        ]
        assert legs[0].fingerprint == legs[2].fingerprint != legs[1].fingerprint
        assert len({leg.ice for leg in legs}) == 3
        plain = await pool.open_leg(call="a", leg="4")
        assert plain.ice is None and plain.fingerprint is None
    finally:
        await pool.close()


@pytest.mark.parametrize("suite", list(SrtpSuite))
async def test_a_phone_with_keys_from_its_description(desk: Desk, suite: SrtpSuite) -> None:
    profile = {
        SrtpSuite.AES_CM_128_HMAC_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
        SrtpSuite.AES_CM_128_HMAC_SHA1_32: Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
        SrtpSuite.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
        SrtpSuite.AEAD_AES_256_GCM: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    }[suite]
    length = suite.key_length + suite.salt_length
    ours, theirs = secrets.token_bytes(length), secrets.token_bytes(length)
    sender = Session(Policy(theirs, Policy.SSRC_ANY_OUTBOUND, 0, profile))
    receiver = Session(Policy(ours, Policy.SSRC_ANY_INBOUND, 0, profile))
    local = await desk.pool.open_leg(call="call", leg="phone")
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        for sock in (phone, reports, stranger):
            sock.bind((HOST, 0))
            sock.settimeout(3.0)

        def remote(key: bytes) -> RemoteMedia:
            return RemoteMedia(
                host=HOST,
                port=phone.getsockname()[1],
                rtcp_port=reports.getsockname()[1],
                codec="PCMA",
                payload_type=8,
                accepted={8: "PCMA"},
                telephone_event_pt=101,
                behind_nat=True,
                keys=SrtpKeys(suite, ours, key),
            )

        desk.pool.set_remote("phone", remote(theirs))
        await desk.pool.leg_statistics("phone")

        def packet(number: int) -> bytes:
            return bytes(
                RtpPacket(payload_type=8, sequence_number=number, timestamp=160 * number, ssrc=9, payload=bytes(160))
            )

        for number in range(20):
            stranger.sendto(packet(number), (HOST, local.port))
        phone.sendto(sender.protect(packet(1)), (HOST, local.port))
        await desk.until(lambda: desk.seen(RemoteLocked) == [RemoteLocked("phone", HOST, phone.getsockname()[1])])
        replayed = sender.protect(packet(2))
        phone.sendto(replayed, (HOST, local.port))
        phone.sendto(replayed, (HOST, local.port))
        desk.pool.send_dtmf("phone", "1")
        first = RtpPacket.parse(receiver.unprotect(await asyncio.to_thread(phone.recv, 2048)))
        assert (first.payload_type, first.payload[0]) == (101, 1)
        report = receiver.unprotect_rtcp(await asyncio.to_thread(reports.recv, 2048))
        assert isinstance(rtcp.parse(report)[0], rtcp.SenderReport)
        statistics = await desk.pool.leg_statistics("phone")
        assert (statistics.packets_in, statistics.packets_out > 0) == (2, True)
        assert statistics.packets_dropped == 21  # the stranger's and the replayed one

        # The phone changes its key in a re-INVITE; ours and its packet count stay.
        other = secrets.token_bytes(length)
        desk.pool.set_remote("phone", remote(other))
        await desk.pool.leg_statistics("phone")
        changed = Session(Policy(other, Policy.SSRC_ANY_OUTBOUND, 0, profile))
        phone.sendto(sender.protect(packet(3)), (HOST, local.port))
        phone.sendto(changed.protect(packet(4)), (HOST, local.port))
        await desk.until(lambda: len(desk.seen(RemoteLocked)) == 2)
        assert (await desk.pool.leg_statistics("phone")).packets_in == 3
