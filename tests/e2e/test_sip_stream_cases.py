"""Telling case 30: what streams can do to messages."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.testing.sip_peer import SipPeer
from tests.e2e.proving import ANNOUNCEMENT, Line, Proving

pytestmark = pytest.mark.peer


@pytest.fixture
def stream(proving: Proving) -> Iterator[SipPeer]:
    """A TCP connection to the server."""
    with SipPeer("tcp", proving.server.sip) as peer:
        yield peer


def options(peer: SipPeer) -> bytes:
    """Return an OPTIONS request."""
    return peer.request("OPTIONS", "sip:127.0.0.1")


def test_case30_two_messages_in_one_segment(stream: SipPeer) -> None:
    stream.send(options(stream) + options(stream))
    assert stream.expect(status=200).get("Call-ID") != stream.expect(status=200).get("Call-ID")


def test_case30_a_message_in_pieces_of_one_byte(stream: SipPeer) -> None:
    stream.send_in_pieces(options(stream))
    assert stream.expect(status=200, timeout=4).status == 200


def test_case30_ping_and_pong(stream: SipPeer) -> None:
    stream.send(b"\r\n\r\n")
    stream.expect_bytes(b"\r\n")
    stream.send(b"\r\n\r\n" + options(stream))
    stream.expect_bytes(b"\r\n")
    assert stream.expect(status=200).status == 200


def test_case30_a_message_of_more_than_64_kb_is_refused_and_ends_the_connection(stream: SipPeer) -> None:
    stream.send(stream.request("MESSAGE", "sip:127.0.0.1", headers={"Content-Length": "70000"}))
    answer = stream.receive(2)
    assert answer is not None and answer.status in (400, 413, 513)
    assert stream.is_closed()


def test_case30_a_header_without_end_is_cut_off(stream: SipPeer) -> None:
    stream.send(b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nX-Long: ")
    with contextlib.suppress(OSError):  # It closes before all is sent.
        for _ in range(20):
            stream.send(b"y" * 8000)
    assert stream.is_closed()


def test_case30_garbage_ends_the_connection(stream: SipPeer) -> None:
    with contextlib.suppress(OSError):
        stream.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert stream.is_closed(6)


def test_case30_a_call_over_tcp_and_its_connection_lost(proving: Proving) -> None:
    with proving.one_call(Outcome.MEDIA_FAILURE, HangupCause.MEDIA_TIMEOUT, HangupSide.NETWORK):
        line = Line(SipPeer("tcp", proving.server.sip), user="0912345678")
        line.call(ANNOUNCEMENT)
        line.close()  # Answered calls outlive their connection; silence ends this one.
        time.sleep(4)


def test_case30_half_open_connections_do_not_stop_it(proving: Proving) -> None:
    crowd = []
    for number in range(300):
        idle = socket.create_connection(proving.server.sip, timeout=2)
        if number % 2:
            idle.sendall(b"INVITE sip:1900@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP x")
        crowd.append(idle)
    with SipPeer("tcp", proving.server.sip) as peer:
        peer.send(options(peer))
        assert peer.expect(status=200).status == 200
    for idle in crowd:
        idle.close()
    assert proving.server.answers_options()
