"""Finding the session description in a body."""

from __future__ import annotations

import pytest

from callcenter.sip.body import BodyPart, find_part, parse_multipart
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import MediaType
from callcenter.sip.message import Headers, Request

MIXED = (
    b"preamble\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    b"--b \t\r\nc: application/sdp;x=y\r\nContent-Disposition :\r\n session\r\n\r\nv=0\r\n\0--b\r\n\r\n"
    b"--b\r\n\r\nbare\r\n"
    b"--b--\r\nepilogue"
)


def message(content_type: str | None, body: bytes) -> Request:
    headers = Headers([] if content_type is None else [("Content-Type", content_type)])
    return Request("INVITE", "sip:a", headers, body)


def test_parts() -> None:
    assert parse_multipart(MIXED, "b") == [
        BodyPart(MediaType("text/plain", {}), b"hello"),
        BodyPart(MediaType("application/sdp", {"x": "y"}), b"v=0\r\n\0--b\r\n", "session"),
        BodyPart(MediaType("text/plain", {}), b"bare"),
    ]


def test_find_in_plain_and_multipart_bodies() -> None:
    assert find_part(message("application/SDP", b"v=0\r\n")) == b"v=0\r\n"
    assert find_part(message('multipart/mixed;boundary="b"', MIXED)) == b"v=0\r\n\0--b\r\n"
    assert find_part(message("multipart/mixed;boundary=b", MIXED), "text/plain") == b"hello"
    assert find_part(message("multipart/mixed;boundary=b", MIXED), "image/png") is None


def test_nothing_to_find() -> None:
    assert find_part(message("application/sdp", b"")) is None
    assert find_part(message(None, b"v=0")) is None
    assert find_part(message("text/plain", b"v=0")) is None


def test_nested() -> None:
    inner = b"--i\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--i--"
    outer = b"--o\r\nContent-Type: multipart/alternative;boundary=i\r\n\r\n" + inner + b"\r\n--o--"
    assert find_part(message("multipart/mixed;boundary=o", outer)) == b"v=0"


def test_nesting_is_bounded() -> None:
    body = b"v=0"
    kind = b"application/sdp"
    for level in range(5):
        boundary = b"b%d" % level
        body = b"--" + boundary + b"\r\nContent-Type: " + kind + b"\r\n\r\n" + body + b"\r\n--" + boundary + b"--"
        kind = b"multipart/mixed;boundary=" + boundary
    assert find_part(message(kind.decode(), body)) is None


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (b"--b\r\n\r\nx\r\n--b--", ""),
        (b"--b\r\n\r\nx\r\n--b--", "b" * 71),
        (b"--b\r\n\r\nx\r\n", "b"),
        (b"--b\r\nContent-Type: text/plain\r\n--b--", "b"),
        (b"--bx\r\n\r\nx\r\n--b--", "b"),
        (b"--b", "b"),
        (b"--b\r\nContent-Type: plain\r\n\r\nx\r\n--b--", "b"),
        (b"--b\r\n\r\nx\r\n" * 17 + b"--b--", "b"),
        (b"", "b"),
    ],
)
def test_malformed(body: bytes, boundary: str) -> None:
    with pytest.raises(SipParseError):
        parse_multipart(body, boundary)
