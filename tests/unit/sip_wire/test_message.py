"""Messages: reading, typed access, answers, writing."""

from __future__ import annotations

import pytest

from callcenter.base.errors import LocalError
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import CSeq, MediaType
from callcenter.sip.message import REASON_PHRASES, Headers, Request, Response, parse_message, response_for
from callcenter.sip.uri import SipUri

INVITE = (
    b"INVITE sip:1900@10.0.0.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.2:5080;branch=z9hG4bK1;rport, SIP/2.0/TCP 10.0.0.3;branch=z9hG4bK0\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "A" <sip:a@10.0.0.2>;tag=1\r\n'
    b"To: <sip:1900@10.0.0.1>\r\n"
    b"Call-ID: x@10.0.0.2\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Contact: <sip:a@10.0.0.2:5080>\r\n"
    b"Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\n"
    b"Route: <sip:10.0.0.1;lr>\r\n"
    b"Supported: 100rel, timer\r\n"
    b"Expires: 120\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: 5\r\n"
    b"\r\n"
    b"v=0\r\n"
)


def request() -> Request:
    message = parse_message(INVITE)
    assert isinstance(message, Request)
    return message


def response(data: bytes) -> Response:
    message = parse_message(data)
    assert isinstance(message, Response)
    return message


def refused(data: bytes) -> SipParseError:
    with pytest.raises(SipParseError) as caught:
        parse_message(data)
    return caught.value


def test_request_with_every_typed_header() -> None:
    message = request()
    assert (message.method, message.uri, message.version, message.body) == (
        "INVITE",
        "sip:1900@10.0.0.1",
        "SIP/2.0",
        b"v=0\r\n",
    )
    assert message.request_uri == SipUri("sip", "1900", host="10.0.0.1")
    assert [via.transport for via in message.via] == ["UDP", "TCP"]
    assert message.top_via.branch == "z9hG4bK1"
    assert (message.from_.display_name, message.from_.tag, message.to.tag) == ("A", "1", None)
    assert (message.call_id, message.cseq) == ("x@10.0.0.2", CSeq(1, "INVITE"))
    assert [str(contact) for contact in message.contacts] == ["<sip:a@10.0.0.2:5080>"]
    assert [route.uri.host for route in message.record_routes] == ["p2", "p1"]
    assert [route.uri.host for route in message.routes] == ["10.0.0.1"]
    assert message.tokens("Supported") == ["100rel", "timer"]
    assert (message.max_forwards, message.expires, message.content_length) == (70, 120, 5)
    assert message.content_type == MediaType("application/sdp", {})
    assert repr(message) == "<Request INVITE sip:1900@10.0.0.1>"


def test_absent_headers() -> None:
    message = parse_message(b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n")
    assert (message.max_forwards, message.expires, message.content_length, message.content_type) == (None,) * 4
    assert message.contacts == message.routes == message.record_routes == []
    assert message.via == []
    for name in ("call_id", "cseq", "from_", "to", "top_via"):
        with pytest.raises(SipParseError, match="Missing"):
            getattr(message, name)


def test_typed_values_are_kept_until_the_raw_text_changes() -> None:
    message = request()
    assert message.from_ is message.from_
    assert message.via is message.via
    assert message.request_uri is message.request_uri
    message.headers.set("From", "<sip:b@c>")
    message.headers.set("Via", "SIP/2.0/TLS z")
    message.uri = "sip:other"
    assert (message.from_.uri.user, message.top_via.transport, message.request_uri.host) == ("b", "TLS", "other")
    message.headers.add("From", "<sip:c@d>")
    with pytest.raises(SipParseError, match="Repeated From"):
        _ = message.from_


def test_number_of_values_in_a_list_is_bounded() -> None:
    message = request()
    message.headers.set("Record-Route", ", ".join(["<sip:p;lr>"] * 256))
    assert len(message.record_routes) == 256
    message.headers.set("Record-Route", ", ".join(["<sip:p;lr>"] * 257))
    with pytest.raises(SipParseError, match="Too many values in Record-Route"):
        _ = message.record_routes


def test_wildcard_contact() -> None:
    message = parse_message(b"REGISTER sip:a SIP/2.0\r\nContact: *\r\n\r\n")
    assert message.has_wildcard_contact
    assert message.contacts == []


def test_malformed_expires_counts_as_an_hour() -> None:
    assert parse_message(b"REGISTER sip:a SIP/2.0\r\nExpires: soon\r\n\r\n").expires == 3600


def test_response_line() -> None:
    message = response(b"sip/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP a\r\n\r\n")
    assert (message.status, message.reason, repr(message)) == (486, "Busy Here", "<Response 486 Busy Here>")
    assert response(b"SIP/2.0 200\r\nA: b\r\n\r\n").reason == ""


def test_leading_line_breaks_are_skipped() -> None:
    assert parse_message(b"\r\n\r\n\r\n" + INVITE) == request()


def test_without_content_length_the_body_is_the_rest() -> None:
    assert parse_message(INVITE.replace(b"Content-Length: 5\r\n", b"") + b"o=-").body == b"v=0\r\no=-"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"hello",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\nbroken\r\n\r\n",
        b"SIP/2.0 99 Low\r\n\r\n",
        b"SIP/2.0 700 High\r\n\r\n",
        b"SIP/2.0 2000 Long\r\n\r\n",
        b"SIP/2.0 abc\r\n\r\n",
        b"SIP/2.0 \xc2\xb2\xc2\xb2\xc2\xb2 OK\r\n\r\n",
        b"SIP/7.0 200 OK\r\n\r\n",
        b"SIP/2.0 200 O\nK\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        b"SIP/2.0 200 O\0K\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\nContent-Length: 9\r\n\r\n",
        INVITE.replace(b"INVITE", b"ACK").replace(b"Content-Length: 5", b"Content-Length: 9"),
        b"INVITE sip:a SIP/2.0\r\nbroken\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nFrom: x\r\nbroken\r\n\r\n",
    ],
)
def test_dropped_without_an_answer(data: bytes) -> None:
    assert refused(data).status is None


@pytest.mark.parametrize(
    ("find", "replace", "reason"),
    [
        (b"Max-Forwards: 70", b"Max-Forwards 70", "Malformed header line"),
        (b"Max-Forwards: 70", b"Max Forwards: 70", "Malformed header line"),
        (b"Max-Forwards: 70", b": 70", "Malformed header line"),
        (b"Max-Forwards: 70", b"Max-Forwards: 70\nX-Evil: 1", "CR or LF inside a header"),
        (b"Max-Forwards: 70", b"Max-Forwards: 70\rX-Evil: 1", "CR or LF inside a header"),
        (b"Max-Forwards: 70", b"Subject: a\0b", "NUL inside a header"),
        (b"Max-Forwards: 70", b"Subject: " + b"a" * 8200, "Header is too long"),
        (b"Max-Forwards: 70", b"\r\n".join([b"A: b"] * 300), "Too many headers"),
        (b"Content-Length: 5", b"Content-Length: 6", "Content-Length is larger than the body"),
        (b"Content-Length: 5", b"Content-Length: -5", "Content-Length is not a number"),
        (b"Content-Length: 5", b"Content-Length: 5\r\nl: 5", "Repeated Content-Length"),
        (b"Content-Length: 5", b"Content-Length:", "Content-Length is not a number"),
        (b"INVITE sip:1900@10.0.0.1 ", b"INVITE sip:1900@10.0.0.1  ", "Malformed Request-Line"),
        (b"INVITE sip:1900@10.0.0.1 ", b"INV@ITE sip:1900@10.0.0.1 ", "Malformed Request-Line"),
        (b"INVITE sip:1900@10.0.0.1 ", b"INV@ITE sip:1900@10.0.0.1  ", "Malformed Request-Line"),
        (b"INVITE sip:1900@10.0.0.1 ", b"INVITE sip:1900\n@10.0.0.1 ", "Malformed Request-Line"),
    ],
)
def test_refused_with_400_and_answerable(find: bytes, replace: bytes, reason: str) -> None:
    error = refused(INVITE.replace(find, replace))
    assert (error.status, error.reason) == (400, reason)
    assert error.partial is not None
    answer = response(response_for(error.partial, 400, error.reason, to_tag="t").encode())
    if reason != "Too many headers":
        assert answer.call_id == "x@10.0.0.2"
        assert "X-Evil" not in answer.headers


def test_header_at_its_limits_is_read() -> None:
    lines = b"".join(b"A: b\r\n" for _ in range(256 - 13))
    assert len(parse_message(INVITE.replace(b"Max-Forwards: 70\r\n", b"Max-Forwards: 70\r\n" + lines)).body) == 5
    long = b"Subject: " + b"a" * 8183
    assert len(long) == 8192
    parse_message(INVITE.replace(b"Max-Forwards: 70", long))


def test_bare_line_break_in_a_copied_header_is_not_echoed() -> None:
    error = refused(INVITE.replace(b"To: <sip:1900@10.0.0.1>", b"To: <sip:1900@10.0.0.1>\nX-Evil: 1"))
    assert error.partial is not None
    answer = response_for(error.partial, 400, to_tag="t").encode()
    assert b"X-Evil" not in answer
    assert b"\r\nTo:" not in answer


def test_unfinished_header_is_answered_when_there_is_a_via() -> None:
    error = refused(INVITE[:200])
    assert (error.status, error.reason) == (400, "Incomplete header")
    assert error.partial is not None
    assert error.partial.top_via.branch == "z9hG4bK1"
    assert refused(INVITE.split(b"\r\n")[0]).status is None


def test_too_large_is_513() -> None:
    error = refused(INVITE + b"x" * 65_536)
    assert error.status == 513
    assert error.partial is not None
    assert error.partial.call_id == "x@10.0.0.2"


def test_version_is_kept_for_validation() -> None:
    message = parse_message(INVITE.replace(b"1 SIP/2.0\r\nVia", b"1 sip/3.0\r\nVia"))
    assert message.version == "SIP/3.0"


def test_encode_fixes_the_length_and_keeps_values_raw() -> None:
    message = Request(
        "MESSAGE", "sip:a@b", Headers([("Content-Length", "99"), ("X-Caf\u00e9".replace("\u00e9", "e"), "é")])
    )
    message.body = b"\0\xff"
    assert message.encode() == b"MESSAGE sip:a@b SIP/2.0\r\nX-Cafe: \xc3\xa9\r\nContent-Length: 2\r\n\r\n\0\xff"


def test_octets_that_are_not_utf8_pass_through() -> None:
    data = INVITE.replace(b'"A"', b'"\xff\xfe"')
    assert b'"\xff\xfe"' in parse_message(data).encode()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", '"a\\\0b"'])
def test_request_refuses_values_that_break_out(value: str) -> None:
    message = request()
    message.headers.set("Subject", value)
    with pytest.raises(LocalError):
        message.encode()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", '"a\0b"'])
def test_response_refuses_values_that_break_out(value: str) -> None:
    message = response_for(request(), 200)
    message.headers.set("Subject", value)
    with pytest.raises(LocalError):
        message.encode()


@pytest.mark.parametrize("reason", ["OK\r\nX-Evil: 1", "O\nK", "O\0K"])
def test_reason_phrase_cannot_break_out(reason: str) -> None:
    with pytest.raises(LocalError):
        response_for(request(), 200, reason).encode()


@pytest.mark.parametrize(
    ("method", "uri"), [("IN VITE", "sip:a"), ("INVITE", ""), ("INVITE", "sip:a b"), ("INVITE", "sip:a\r\n")]
)
def test_request_line_cannot_break_out(method: str, uri: str) -> None:
    with pytest.raises(LocalError):
        Request(method, uri).encode()


@pytest.mark.parametrize("status", [99, 700])
def test_status_range(status: int) -> None:
    with pytest.raises(LocalError):
        Response(status).encode()


def test_reason_defaults() -> None:
    assert Response(486).reason == REASON_PHRASES[486] == "Busy Here"
    assert Response(499).reason == ""
    assert Response(200, "Fine").reason == "Fine"


def test_response_copies_raw_headers_and_adds_a_tag() -> None:
    answer = response_for(request(), 200, to_tag="local")
    assert list(answer.headers.items()) == [
        ("Via", "SIP/2.0/UDP 10.0.0.2:5080;branch=z9hG4bK1;rport, SIP/2.0/TCP 10.0.0.3;branch=z9hG4bK0"),
        ("From", '"A" <sip:a@10.0.0.2>;tag=1'),
        ("To", "<sip:1900@10.0.0.1>;tag=local"),
        ("Call-ID", "x@10.0.0.2"),
        ("CSeq", "1 INVITE"),
        ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"),
    ]


def test_response_keeps_an_existing_tag() -> None:
    message = request()
    message.headers.set("To", "<sip:1900@10.0.0.1>;tag=theirs")
    assert response_for(message, 200, to_tag="local").to.tag == "theirs"


def test_response_leaves_an_unreadable_to_alone() -> None:
    message = request()
    message.headers.set("To", '"A <sip:x>')
    assert response_for(message, 400, to_tag="local").headers.get("To") == '"A <sip:x>'


def test_trying_copies_timestamp_and_no_record_route() -> None:
    message = request()
    message.headers.set("Timestamp", "54")
    trying = response_for(message, 100)
    assert trying.headers.get("Timestamp") == "54"
    assert "Record-Route" not in trying.headers
    assert "Timestamp" not in response_for(message, 180).headers
    assert "Record-Route" in response_for(message, 180).headers
    assert "Record-Route" not in response_for(message, 486).headers
    message.method = "OPTIONS"
    assert "Record-Route" not in response_for(message, 200).headers
    assert "Timestamp" not in response_for(request(), 100).headers


def test_stamp_source_fills_rport_and_received() -> None:
    message = request()
    message.stamp_source("192.0.2.9", 40000)
    assert message.headers.get_all("Via") == [
        "SIP/2.0/UDP 10.0.0.2:5080;branch=z9hG4bK1;rport=40000;received=192.0.2.9",
        "SIP/2.0/TCP 10.0.0.3;branch=z9hG4bK0",
    ]
    assert (message.top_via.rport, message.top_via.received, message.via[1].host) == (40000, "192.0.2.9", "10.0.0.3")


@pytest.mark.parametrize(
    ("via", "stamped"),
    [
        ("SIP/2.0/UDP 10.0.0.2", "SIP/2.0/UDP 10.0.0.2"),
        ("SIP/2.0/UDP host", "SIP/2.0/UDP host;received=10.0.0.2"),
        ("SIP/2.0/UDP host;received=6.6.6.6", "SIP/2.0/UDP host;received=10.0.0.2"),
        ("SIP/2.0/UDP 10.0.0.2;received=6.6.6.6", "SIP/2.0/UDP 10.0.0.2"),
        ("SIP/2.0/UDP 10.0.0.2;rport", "SIP/2.0/UDP 10.0.0.2;rport=5060;received=10.0.0.2"),
        ("broken;;", "broken;;"),
    ],
)
def test_stamp_source(via: str, stamped: str) -> None:
    message = request()
    message.headers.set("Via", via)
    message.stamp_source("10.0.0.2", 5060)
    assert message.headers.get_all("Via") == [stamped]


def test_stamp_source_ipv6() -> None:
    message = request()
    message.headers.set("Via", "SIP/2.0/UDP [2001:db8::1]")
    message.stamp_source("2001:db8::1", 5060)
    assert message.headers.get("Via") == "SIP/2.0/UDP [2001:db8::1]"
    message.stamp_source("2001:db8::2", 5060)
    assert message.top_via.received == "2001:db8::2"


def test_equality() -> None:
    assert request() == request()
    assert request() != "INVITE"
    assert request() != response_for(request(), 200)
    assert response_for(request(), 200) == response_for(request(), 200)
    assert response_for(request(), 200) != response_for(request(), 202)
    assert response_for(request(), 200) != request()
