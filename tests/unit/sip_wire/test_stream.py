"""Framing of TCP and TLS streams."""

from __future__ import annotations

import pytest

from callcenter.sip.stream import FramingError, Ping, Pong, StreamFramer

ONE = b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nContent-Length: 4\r\n\r\nbody"
TWO = b"SIP/2.0 200 OK\r\nl : 0\r\n\r\n"


def test_one_message() -> None:
    assert StreamFramer().feed(ONE) == [ONE]


def test_two_messages_in_one_segment() -> None:
    assert StreamFramer().feed(ONE + TWO + ONE) == [ONE, TWO, ONE]


def test_one_byte_pieces() -> None:
    framer = StreamFramer()
    frames = [frame for octet in ONE + TWO for frame in framer.feed(bytes([octet]))]
    assert frames == [ONE, TWO]
    assert framer.buffered == 0


def test_unfinished_message_waits() -> None:
    framer = StreamFramer()
    assert framer.feed(ONE[:-1]) == []
    assert framer.buffered == len(ONE) - 1
    assert framer.feed(ONE[-1:]) == [ONE]


def test_ping_between_messages() -> None:
    assert StreamFramer().feed(b"\r\n\r\n" + ONE + b"\r\n\r\n\r\n\r\n" + TWO) == [Ping(), ONE, Ping(), Ping(), TWO]


def test_lone_line_break_before_a_message_is_skipped() -> None:
    framer = StreamFramer()
    assert framer.feed(b"\r\n" + ONE + b"\r\n\r") == [ONE]
    assert framer.feed(b"\n") == [Ping()]


def test_pong_answers_our_ping() -> None:
    framer = StreamFramer()
    framer.expect_pong()
    assert framer.feed(b"\r\n") == [Pong()]
    assert framer.feed(b"\r\n") == []
    assert framer.feed(b"\r\n") == [Ping()]


@pytest.mark.parametrize(
    "head",
    [
        b"OPTIONS sip:a SIP/2.0\r\nCONTENT-LENGTH:4\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nL \t: \t4 \r\nLonger: x\r\nContent-Length-X: 9\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nContent-Length:\r\n 4\r\nVia: x\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nSubject: x\r\n\tl: 9\r\nl: 0004\r\n\r\n",
    ],
)
def test_spellings_of_content_length(head: bytes) -> None:
    assert StreamFramer().feed(head + b"body" + TWO) == [head + b"body", TWO]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"Via: x", "Missing Content-Length"),
        (b"l: 1\r\nContent-Length: 1", "Repeated Content-Length"),
        (b"l: -1", "Content-Length is not a number"),
        (b"l: 1\nl: 2", "Content-Length is not a number"),
        (b"l: \xb2", "Content-Length is not a number"),
        (b"l: 99999999999", "Content-Length is too large"),
    ],
)
def test_lost_framing_ends_the_stream(line: bytes, reason: str) -> None:
    framer = StreamFramer()
    head = b"OPTIONS sip:a SIP/2.0\r\n" + line + b"\r\n\r\n"
    assert framer.feed(ONE + head + TWO) == [ONE, FramingError(400, reason, head)]
    assert framer.feed(TWO) == []
    assert framer.buffered == 0


def test_announced_size_is_refused_before_it_arrives() -> None:
    head = b"OPTIONS sip:a SIP/2.0\r\nl: 65536\r\n\r\n"
    assert StreamFramer().feed(head) == [FramingError(513, "Message is too large", head)]


def test_largest_message() -> None:
    head = b"OPTIONS sip:a SIP/2.0\r\nl: 65501\r\n\r\n"
    assert len(head) == 35
    assert StreamFramer().feed(head + b"x" * 65_501) == [head + b"x" * 65_501]


def test_endless_header_is_refused() -> None:
    framer = StreamFramer()
    assert framer.feed(b"x" * 65_536) == []
    error = framer.feed(b"x")[0]
    assert isinstance(error, FramingError)
    assert (error.status, error.reason, len(error.head)) == (513, "Message is too large", 65_536)


@pytest.mark.parametrize("data", [b"\n", b"\rx", b"\r\r"])
def test_stray_line_break(data: bytes) -> None:
    assert StreamFramer().feed(data) == [FramingError(400, "Stray CR or LF", b"")]
