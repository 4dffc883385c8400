"""A WebRTC leg with time set by hand: who may speak before what, and when silence is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from callcenter.media.dtls import DtlsIdentity
from callcenter.media.leg import Leg
from callcenter.media.plane import Codec, Direction, MediaBack, MediaRefused, MediaSilent, RemoteLocked, RemoteMedia
from callcenter.rtp.packet import RtpPacket
from callcenter.sdp.ice import IceCredentials
from callcenter.testing.webrtc_core import BrowserMedia
from tests.unit.media.rig import FRAME, Rig

IDENTITY = DtlsIdentity(datetime(2026, 1, 1, tzinfo=UTC))
ICE = IceCredentials.of(b"sixteen octets or more")


class Scene:
    """A leg, and a browser that does only what it is told."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.leg = Leg(rig.engine, rig.pairs, "web", host="127.0.0.1", cname="c", stream=(0xBEEF, 100, 5000), ice=ICE)
        rig.legs.append(self.leg)
        self.browser = BrowserMedia(IDENTITY)
        self.browser.offer()
        self.browser.take_answer(self.description())
        self.socket = self.open()
        self.number = 0

    def description(self) -> str:
        return (
            f"m=audio {self.leg.path.port} UDP/TLS/RTP/SAVPF 8 126\r\na=rtpmap:126 telephone-event/8000\r\n"
            f"a=ice-ufrag:{ICE.ufrag}\r\na=ice-pwd:{ICE.pwd}\r\na=mid:0\r\n"
            f"a=fingerprint:{self.rig.engine.identity.fingerprint}\r\n"
            f"a=candidate:1 1 udp 1 127.0.0.1 {self.leg.path.port} typ host\r\n"
        )

    def open(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        return sock

    def agree(self, direction: Direction = Direction.SENDRECV, fingerprint: str = IDENTITY.fingerprint) -> None:
        """Tell the leg what the browser's description says."""
        self.leg.set_remote(
            RemoteMedia(
                host="0.0.0.0",
                port=9,
                codec=Codec.PCMA,
                payload_type=8,
                accepted={8: Codec.PCMA, 0: Codec.PCMU},
                telephone_event_pt=126,
                rtcp_mux=True,
                direction=direction,
                fingerprints=(fingerprint,),
            )
        )

    def exchange(self) -> None:
        """Let both sides speak until they have nothing more to say."""
        for _ in range(8):
            self.browser.tick(self.rig.now)
            for datagram in self.browser.datagrams():
                self.send(datagram)
            self.rig.receive()
            for datagram in self.received():
                self.browser.receive(datagram, self.rig.now)

    def send(self, data: bytes, sock: socket.socket | None = None) -> None:
        (sock or self.socket).sendto(data, ("127.0.0.1", self.leg.path.port))

    def received(self, sock: socket.socket | None = None) -> list[bytes]:
        found = []
        while True:
            try:
                found.append((sock or self.socket).recv(2048))
            except BlockingIOError:
                return found

    def speak(self, seconds: float) -> None:
        """Send audio for so long."""
        for _ in range(round(seconds / 0.02)):
            self.number += 1
            packet = RtpPacket(
                payload_type=8, sequence_number=self.number, timestamp=160 * self.number, ssrc=5, payload=bytes(FRAME)
            )
            self.send(self.browser.protect(bytes(packet)))
            self.rig.receive()
            self.rig.advance(0.02)

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def scene(rig: Rig) -> Iterator[Scene]:
    scene = Scene(rig)
    yield scene
    scene.close()


def hello(browser: BrowserMedia) -> list[bytes]:
    """Return the browser's first handshake datagrams, whatever checks it has made."""
    assert browser._association is not None
    browser._association.start()
    return browser._association.datagrams_to_send()


def test_checks_then_handshake_then_media(scene: Scene) -> None:
    scene.agree()
    scene.exchange()
    assert scene.browser.secured
    assert scene.rig.events == [RemoteLocked("web", "127.0.0.1", scene.socket.getsockname()[1])]
    scene.speak(0.2)
    assert scene.leg.statistics().packets_in == 10
    assert scene.leg.statistics().packets_dropped == 0


def test_a_handshake_from_where_no_check_came_from_is_not_answered(scene: Scene) -> None:
    scene.agree()
    first = hello(scene.browser)
    for datagram in first:
        scene.send(datagram)
    scene.rig.receive()
    assert scene.received() == []
    scene.send(scene.browser.check())
    scene.rig.receive()
    (answer,) = scene.received()
    assert answer[:2] == b"\x01\x01"
    with scene.open() as other:
        for datagram in first:
            scene.send(datagram, other)
        scene.rig.receive()
        assert scene.received(other) == [] and scene.received() == []


def test_a_handshake_that_overtakes_the_answer_waits_for_its_fingerprint(scene: Scene) -> None:
    scene.exchange()
    assert not scene.browser.secured
    scene.agree()
    scene.exchange()
    assert scene.browser.secured


def test_media_from_another_address_needs_the_browsers_word_for_it(scene: Scene) -> None:
    scene.agree()
    scene.exchange()
    scene.speak(0.1)
    with scene.open() as other:
        packet = RtpPacket(payload_type=8, sequence_number=900, timestamp=9, ssrc=5, payload=bytes(FRAME))
        sealed = scene.browser.protect(bytes(packet))
        scene.send(sealed, other)
        scene.rig.receive()
        assert scene.leg.statistics().packets_in == 5
        scene.send(scene.browser.check(), other)
        scene.send(sealed, other)
        scene.rig.receive()
        assert scene.leg.statistics().packets_in == 6
        assert scene.leg.statistics().remote_port == other.getsockname()[1]


def test_the_wrong_certificate_is_told_and_hears_nothing(scene: Scene) -> None:
    scene.agree(fingerprint="sha-256 " + ":".join(["00"] * 32))
    scene.exchange()
    assert [type(event) for event in scene.rig.events] == [MediaRefused]
    scene.leg.send_dtmf("1", duration_ms=100, gap_ms=50)
    scene.rig.advance(1.0)
    assert [data for data in scene.received() if 127 < data[0] < 192] == []


def test_silence_and_its_end_are_told_once_each(scene: Scene) -> None:
    scene.agree()
    scene.exchange()
    scene.speak(1.0)
    scene.rig.events.clear()
    scene.rig.advance(1.9)
    assert scene.rig.events == []
    scene.rig.advance(0.4)
    assert [type(event) for event in scene.rig.events] == [MediaSilent]
    scene.rig.advance(5.0)
    assert len(scene.rig.events) == 1
    scene.speak(0.4)
    assert scene.rig.events[1:] == [MediaBack("web")]


def test_on_hold_only_lost_checks_count(scene: Scene) -> None:
    scene.agree()
    scene.exchange()
    scene.speak(0.2)
    scene.agree(Direction.SENDONLY)
    scene.rig.events.clear()
    for _ in range(4):
        scene.rig.advance(3.0)
        scene.send(scene.browser.check())
        scene.rig.receive()
    assert scene.rig.events == []
    scene.rig.advance(6.8)
    assert scene.rig.events == []
    scene.rig.advance(0.5)
    assert [type(event) for event in scene.rig.events] == [MediaSilent]
    scene.send(scene.browser.check())
    scene.rig.receive()
    scene.rig.advance(0.3)
    assert scene.rig.events[1:] == [MediaBack("web")]


def test_nothing_is_told_before_there_are_keys(scene: Scene) -> None:
    scene.agree()
    scene.rig.advance(20.0)
    assert scene.rig.events == []


def test_a_reloaded_page_makes_a_handshake_of_its_own(scene: Scene) -> None:
    scene.agree()
    scene.exchange()
    fresh = DtlsIdentity(datetime(2026, 1, 1, tzinfo=UTC))
    scene.browser = BrowserMedia(fresh)
    scene.browser.take_answer(scene.description())
    scene.agree(fingerprint=fresh.fingerprint)
    scene.exchange()
    assert scene.browser.secured
    scene.speak(0.2)
    assert scene.leg.statistics().packets_in == 10


def test_closing_says_goodbye_to_the_browser(scene: Scene) -> None:
    scene.agree()
    scene.exchange()
    scene.leg.close()
    for datagram in scene.received():
        scene.browser.receive(datagram, scene.rig.now)
    assert scene.browser.server_left
