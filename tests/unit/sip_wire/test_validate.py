"""Which status a readable message deserves."""

from __future__ import annotations

import pytest

from callcenter.sip.message import Headers, Request, Response, response_for
from callcenter.sip.validate import DEFAULT_RULES, Refusal, ValidationRules, validate

SDP = [("Content-Type", "application/sdp")]


def request(method: str = "INVITE", uri: str = "sip:1900@host", *extra: tuple[str, str], body: bytes = b"") -> Request:
    headers = Headers(
        [
            ("Via", "SIP/2.0/UDP a;branch=z9hG4bK1"),
            ("From", "<sip:a@b>;tag=1"),
            ("To", "<sip:1900@host>"),
            ("Call-ID", "x"),
            ("CSeq", f"1 {method}"),
            *extra,
        ]
    )
    return Request(method, uri, headers, body)


def with_header(message: Request, name: str, value: str) -> Request:
    message.headers.set(name, value)
    return message


def status(message: Request | Response, rules: ValidationRules = DEFAULT_RULES) -> int | None:
    refusal = validate(message, rules)
    return 200 if refusal is None else refusal.status


@pytest.mark.parametrize("method", DEFAULT_RULES.methods)
def test_plain_request_of_every_method_is_accepted(method: str) -> None:
    assert validate(request(method)) is None


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_mandatory_header_is_missed(name: str) -> None:
    message = request()
    message.headers.remove(name)
    assert validate(message) == Refusal(400, f"Missing {name}")


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type"])
def test_single_header_comes_twice(name: str) -> None:
    message = request("INVITE", "sip:a@b", ("Max-Forwards", "70"), *SDP, body=b"v=0")
    message.headers.add(name, message.headers.get(name) or "")
    assert validate(message) == Refusal(400, f"Repeated {name}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Max-Forwards", "256"),
        ("Route", "sip:a?b=c"),
        ("Record-Route", "<sip:a"),
        ("Contact", "a@b"),
        ("Contact", "tel:123"),
        ("Contact", "*, <sip:a>"),
        ("Via", "SIP/2.0/UDP a, SIP/2.0/UDP"),
        ("CSeq", "1 BYE"),
        ("Accept", "nonsense"),
    ],
)
def test_malformed_header(name: str, value: str) -> None:
    assert status(with_header(request(), name, value)) == 400


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:a@b", 200),
        ("SIPS:a@b", 200),
        ("tel:+84901234567", 200),
        ("http://a", 416),
        ("soap.beep://a:1", 416),
        ("urn:service:sos", 416),
        ("no-scheme", 400),
        ("<sip:a@b>", 400),
        ("1x:y", 400),
        ("sip:a@b?x=y", 400),
        ("sip:" + "a" * 1030, 414),
    ],
)
def test_request_uri(uri: str, expected: int) -> None:
    assert status(request("INVITE", uri)) == expected


def test_version_comes_before_everything() -> None:
    message = request("NEW", "what:ever")
    message.version = "SIP/3.0"
    assert validate(message) == Refusal(505, "Version Not Supported")


def test_unknown_method_comes_before_its_cseq() -> None:
    refusal = validate(with_header(request("NEW"), "CSeq", "1 OLD"))
    assert refusal == Refusal(501, "Not Implemented", (("Allow", ", ".join(DEFAULT_RULES.methods)),))


def test_number_of_vias() -> None:
    via = "SIP/2.0/UDP a;branch=z9hG4bK1"
    assert status(with_header(request(), "Via", ", ".join([via] * 70))) == 200
    assert validate(with_header(request(), "Via", ", ".join([via] * 71))) == Refusal(400, "Too many Vias")


def test_number_of_contacts() -> None:
    ten = ", ".join(["<sip:a@b>"] * 10)
    assert status(with_header(request("REGISTER"), "Contact", ten)) == 200
    assert validate(with_header(request("REGISTER"), "Contact", ten + ",<sip:c@d>")) == Refusal(
        403, "Too Many Contacts"
    )
    assert status(with_header(request("INVITE"), "Contact", ten + ",<sip:c@d>")) == 400


@pytest.mark.parametrize("name", ["From", "To"])
def test_address_of_record_is_a_sip_uri(name: str) -> None:
    assert status(with_header(request("REGISTER"), name, "<tel:123>;tag=1")) == 400
    assert status(with_header(request("INVITE"), name, "<tel:123>;tag=1")) == 200


def test_require() -> None:
    assert status(with_header(request(), "Require", "100rel, TIMER")) == 200
    assert validate(with_header(request(), "Require", "100rel, foo, Bar")) == Refusal(
        420, "Bad Extension", (("Unsupported", "foo, Bar"),)
    )
    assert status(with_header(request(), "Require", "100rel"), ValidationRules(extensions=frozenset())) == 420
    assert status(with_header(request("CANCEL"), "Require", "foo")) == 200
    assert status(with_header(request("ACK"), "Require", "foo")) == 200


def test_proxy_require_is_for_proxies() -> None:
    assert status(with_header(request(), "Proxy-Require", "foo")) == 200


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "PRACK"])
def test_session_body(method: str) -> None:
    assert status(request(method, "sip:a", *SDP, body=b"v=0")) == 200
    assert validate(request(method, "sip:a", ("Content-Type", "text/html"), body=b"v=0")) == Refusal(
        415, "Unsupported Media Type", (("Accept", "application/sdp"),)
    )
    assert validate(request(method, "sip:a", body=b"v=0")) == Refusal(400, "Missing Content-Type")


def test_body_of_other_methods_is_for_their_handlers() -> None:
    assert status(request("MESSAGE", "sip:a", ("Content-Type", "text/html"), body=b"v=0")) == 200


def test_multipart_must_have_a_session_description() -> None:
    kind = ("Content-Type", "multipart/mixed;boundary=b")
    good = b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--"
    assert status(request("INVITE", "sip:a", kind, body=good)) == 200
    assert status(request("INVITE", "sip:a", kind, body=good.replace(b"sdp", b"xml"))) == 415
    assert status(request("INVITE", "sip:a", kind, body=b"--b\r\n")) == 400


def test_optional_body_is_ignored() -> None:
    optional = ("Content-Disposition", "render; Handling = optional")
    assert status(request("INVITE", "sip:a", ("Content-Type", "text/html"), optional, body=b"x")) == 200
    required = ("Content-Disposition", "render")
    assert status(request("INVITE", "sip:a", ("Content-Type", "text/html"), required, body=b"x")) == 415


def test_content_encoding() -> None:
    assert status(request("INVITE", "sip:a", *SDP, ("Content-Encoding", "Identity"), body=b"v=0")) == 200
    assert validate(request("INVITE", "sip:a", *SDP, ("Content-Encoding", "gzip"), body=b"v=0")) == Refusal(
        415, "Unsupported Media Type", (("Accept-Encoding", "identity"),)
    )


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/sdp", 200),
        ("text/plain, application/SDP;level=1", 200),
        ("application/*", 200),
        ("*/*", 200),
        ("application/sdp;q=0.5", 200),
        ("application/sdp;q=0", 406),
        ("application/sdp;q=0.000", 406),
        ("text/plain", 406),
        ("", 406),
    ],
)
def test_accept(accept: str, expected: int) -> None:
    assert status(with_header(request(), "Accept", accept)) == expected
    assert status(with_header(request("OPTIONS"), "Accept", accept)) == 200


def test_ack_is_never_answered() -> None:
    assert validate(with_header(request("ACK"), "CSeq", "x")) == Refusal(None, "Malformed CSeq")
    assert validate(request("ACK", "what:ever")) == Refusal(None, "Unsupported URI Scheme")


def test_response_must_be_ours() -> None:
    assert validate(response_for(request(), 200)) is None
    for name, value in [("Via", "SIP/2.0/UDP a, SIP/2.0/UDP b"), ("CSeq", "x"), ("Via", "x"), ("To", '"')]:
        answer = response_for(request(), 200)
        answer.headers.set(name, value)
        refusal = validate(answer)
        assert refusal is not None
        assert refusal.status is None
    answer = response_for(request(), 200)
    answer.headers.remove("Via")
    assert validate(answer) == Refusal(None, "Response is not for us")
