"""Typed header values."""

from __future__ import annotations

import pytest

from callcenter.base.errors import LocalError
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import (
    AuthParams,
    CSeq,
    MediaType,
    NameAddr,
    RAck,
    Reason,
    Replaces,
    SessionExpires,
    Via,
    parse_call_id,
    parse_rseq,
    parse_seconds,
)
from callcenter.sip.uri import SipUri


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ("<sip:a@b>", "", "sip:a@b", {}),
        (' "A \\"B\\"" <sip:a@b>;tag=x', 'A "B"', "sip:a@b", {"tag": "x"}),
        ("Alice B. <sip:a@b;lr> ; tag = x ", "Alice B.", "sip:a@b;lr", {"tag": "x"}),
        ("Nguyễn Văn A <sip:a@b>;tag=", "", "", {}),
        ("Nguyễn Văn A <sip:a@b>", "Nguyễn Văn A", "sip:a@b", {}),
        ("sip:a@b;tag=x;y", "", "sip:a@b", {"tag": "x", "y": None}),
        ("sip:a@b", "", "sip:a@b", {}),
        ("tel:+84901 ;tag=x", "", "tel:+84901", {"tag": "x"}),
        ('"," <sip:a@b>;+sip.instance="<urn:uuid:1>"', ",", "sip:a@b", {"+sip.instance": '"<urn:uuid:1>"'}),
        ('""<sip:a@b>', "", "sip:a@b", {}),
    ],
)
def test_name_addr(text: str, display: str, uri: str, params: dict[str, str | None]) -> None:
    if not uri:
        with pytest.raises(SipParseError):
            NameAddr.parse(text)
        return
    value = NameAddr.parse(text)
    assert value == NameAddr(display, SipUri.parse(uri), params)
    assert NameAddr.parse(str(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<sip:a@b",
        '"A" sip:a@b',
        '"A <sip:a@b>',
        "A, B <sip:a@b>",
        "Nguyễn, A <sip:a@b>",
        "< sip:a@b>",
        "<sip:a@b>x",
        "<sip:a@b>;",
        "sip:a@b?x=y",
        "sip:a,b@c",
        "<sip:a@b>;tag=a b",
        "*",
    ],
)
def test_malformed_name_addr(text: str) -> None:
    with pytest.raises(SipParseError):
        NameAddr.parse(text)


def test_display_name_cannot_smuggle_a_line() -> None:
    with pytest.raises(LocalError):
        str(NameAddr("a\r\nX-Evil: 1", SipUri.parse("sip:a@b")))


@pytest.mark.parametrize(
    ("text", "expires"), [("", None), (";expires=60", 60), (";expires=x", 3600), (";expires", None)]
)
def test_contact_expires(text: str, expires: int | None) -> None:
    assert NameAddr.parse(f"<sip:a@b>{text}").expires == expires


@pytest.mark.parametrize(
    ("text", "q"), [("", 1.0), (";q=0.5", 0.5), (";q=0", 0.0), (";q=7", 1.0), (";q=high", 1.0), (";q=nan", 1.0)]
)
def test_contact_preference(text: str, q: float) -> None:
    assert NameAddr.parse(f"<sip:a@b>{text}").q == q


def test_via() -> None:
    via = Via.parse("SIP/2.0/udp Host.example.com:5070;branch=z9hG4bK1;received=192.0.2.1;rport=40000")
    assert (via.transport, via.host, via.port, via.version) == ("UDP", "host.example.com", 5070, "2.0")
    assert (via.sent_by, via.branch, via.received, via.rport) == (
        "host.example.com:5070",
        "z9hG4bK1",
        "192.0.2.1",
        40000,
    )
    assert via.has_magic_branch
    assert str(via) == "SIP/2.0/UDP host.example.com:5070;branch=z9hG4bK1;received=192.0.2.1;rport=40000"


@pytest.mark.parametrize(
    ("text", "sent_by"),
    [
        ("SIP/2.0/UDP a", "a"),
        ("sip / 2.0 /  TLS  a : 5061 ;branch=x", "a:5061"),
        ("SIP/2.0/TCP\ta", "a"),
        ("SIP/2.0/UDP [::1] : 5060", "[::1]:5060"),
        ("SIP/2.0/UDP [::1] ", "[::1]"),
        ("SIP/2.0/UDP  a ", "a"),
    ],
)
def test_via_white_space(text: str, sent_by: str) -> None:
    assert Via.parse(text).sent_by == sent_by


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0 UDP a",
        "HTTP/1.1/UDP a",
        "SIP//UDP a",
        "SIP/2.0/U@P a",
        "SIP/2.0/UDP a b",
        "SIP/2.0/UDP a:b",
        "SIP/2.0/UDP ;branch=x",
        "SIP/2.0/UDP a;",
        "SIP/2.0/UDP a;received=1:2",
        "SIP/2.0/UDP a;rport=x",
        "SIP/2.0/UDP a;rport=65536",
        "SIP/2.0/UDP [::1]x",
    ],
)
def test_malformed_via(text: str) -> None:
    with pytest.raises(SipParseError):
        Via.parse(text)


def test_via_without_parameters() -> None:
    via = Via.parse("SIP/2.0/UDP a;rport")
    assert (via.branch, via.received, via.rport, via.has_magic_branch) == (None, None, None, False)


@pytest.mark.parametrize(("text", "value"), [("1 INVITE", (1, "INVITE")), ("0009 \t  BYE", (9, "BYE"))])
def test_cseq(text: str, value: tuple[int, str]) -> None:
    assert CSeq.parse(text) == value


@pytest.mark.parametrize("text", ["", "1", "INVITE 1", "1 INVITE x", "2147483648 INVITE", "-1 INVITE", "1 IN@VITE"])
def test_malformed_cseq(text: str) -> None:
    with pytest.raises(SipParseError):
        CSeq.parse(text)


def test_cseq_and_rack_are_written() -> None:
    assert str(CSeq(7, "BYE")) == "7 BYE"
    assert str(RAck.parse("1  7 INVITE")) == "1 7 INVITE"


@pytest.mark.parametrize("text", ["", "1 7", "1 x INVITE", "1 7 INVITE x", "1 7 IN@VITE"])
def test_malformed_rack(text: str) -> None:
    with pytest.raises(SipParseError):
        RAck.parse(text)


def test_replaces() -> None:
    value = Replaces.parse("98732@sip.example.com ;from-tag=r33th4x0r;to-tag=ff87ff;early-only")
    assert value == Replaces("98732@sip.example.com", "ff87ff", "r33th4x0r", True)
    assert str(value) == "98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r;early-only"
    assert str(Replaces("a", "b", "c")) == "a;to-tag=b;from-tag=c"


@pytest.mark.parametrize("text", ["", "a", "a;to-tag=x", "a;from-tag=x", ";to-tag=x;from-tag=y", "a;to-tag;from-tag=y"])
def test_malformed_replaces(text: str) -> None:
    with pytest.raises(SipParseError):
        Replaces.parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1800", (1800, None)), ("90;refresher=UAS", (90, "uas")), ("90 ; x=y ; refresher=uac", (90, "uac"))],
)
def test_session_expires(text: str, value: tuple[int, str | None]) -> None:
    parsed = SessionExpires.parse(text)
    assert parsed == value
    assert SessionExpires.parse(str(parsed)) == parsed


@pytest.mark.parametrize("text", ["", "x", "90;refresher=me", "-1"])
def test_malformed_session_expires(text: str) -> None:
    with pytest.raises(SipParseError):
        SessionExpires.parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SIP", ("SIP", None, "")),
        ('Q.850;cause=16;text="Normal \\"clearing\\""', ("Q.850", 16, 'Normal "clearing"')),
        ("SIP ; cause=200", ("SIP", 200, "")),
    ],
)
def test_reason(text: str, value: tuple[str, int | None, str]) -> None:
    parsed = Reason.parse(text)
    assert parsed == value
    assert Reason.parse(str(parsed)) == parsed


@pytest.mark.parametrize("text", ["", "a b", "SIP;cause=x", "SIP;cause=1000"])
def test_malformed_reason(text: str) -> None:
    with pytest.raises(SipParseError):
        Reason.parse(text)


def test_media_type() -> None:
    value = MediaType.parse('Multipart / Mixed;boundary="a b"')
    assert value == ("multipart/mixed", {"boundary": '"a b"'})
    assert str(value) == 'multipart/mixed;boundary="a b"'


@pytest.mark.parametrize("text", ["", "text", "text/", "/plain", "te xt/plain", "text/plain;"])
def test_malformed_media_type(text: str) -> None:
    with pytest.raises(SipParseError):
        MediaType.parse(text)


def test_auth_params() -> None:
    value = AuthParams.parse('Digest  realm="a, \\"b\\"", nonce=xyz ,qop="auth,auth-int"')
    assert value.scheme == "digest"
    assert value.params == {"realm": 'a, "b"', "nonce": "xyz", "qop": "auth,auth-int"}
    assert value.get("opaque") is None


@pytest.mark.parametrize(
    "text", ["", "Digest", "Digest x", 'Digest a="b', 'Digest a="b"c', "Digest a=1, a=2", "Dig<st a=1", "Digest =1"]
)
def test_malformed_auth_params(text: str) -> None:
    with pytest.raises(SipParseError):
        AuthParams.parse(text)


@pytest.mark.parametrize("text", ["a", "a@b", "x{y}?@[::1]"])
def test_call_id(text: str) -> None:
    assert parse_call_id(text) == text


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "a b", "a@b@c", "a,b", "\u00e9"])
def test_malformed_call_id(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_call_id(text)


def test_rseq() -> None:
    assert parse_rseq("1") == 1
    with pytest.raises(SipParseError):
        parse_rseq("0")


@pytest.mark.parametrize("text", ["120", "120 (I'm in a meeting)", "120;duration=3600", " 120 ;x"])
def test_seconds_with_comment_or_parameters(text: str) -> None:
    assert parse_seconds(text) == 120
