"""SIP and tel URIs: parsing, canonical form, comparison."""

from __future__ import annotations

import dataclasses

import pytest

from callcenter.sip.grammar import SipParseError
from callcenter.sip.uri import SipUri, escape_user, parse_hostport, unescape


def test_every_part() -> None:
    uri = SipUri.parse("SIPS:Alice:se%20cret@Example.COM:5061;Transport=TCP;lr?Subject=hi%20there&Priority=urgent")
    assert uri == SipUri(
        "sips",
        "Alice",
        "se%20cret",
        "example.com",
        5061,
        {"transport": "TCP", "lr": None},
        {"subject": "hi%20there", "priority": "urgent"},
    )
    assert str(uri) == "sips:Alice:se%20cret@example.com:5061;transport=TCP;lr?subject=hi%20there&priority=urgent"
    assert uri.transport == "tcp"
    assert uri.is_sip


def test_host_alone() -> None:
    uri = SipUri.parse("sip:example.com")
    assert (uri.user, uri.password, uri.port, uri.transport) == ("", None, None, None)
    assert str(uri) == "sip:example.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        ":a@b",
        "1sip:a@b",
        "s<ip:a@b",
        "sip:@b",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@c",
        "sip:a@b c",
        "sip:a@b:port",
        "sip:a@b:65536",
        "sip:a@b:",
        "sip:a:p\0@b",
        "sip:a%4@b",
        "sip:a%zz@b",
        "sip:a@b;",
        "sip:a@b;;lr",
        "sip:a@b;x=",
        "sip:a@b;lr;LR",
        "sip:a@b;x=%g1",
        "sip:a@b?",
        "sip:a@b?x",
        "sip:a@b?=y",
        "sip:a@b?x=<y>",
        "sip:a@[::1",
        "sip:a@[::1]5060",
        "sip:a@[:::]",
        "sip:a@[::1]:x",
        "sip:a@2001:db8::1",
        "sip:\r\nEvil@b",
        "sip:a\r\nb@c",
        "tel:",
        "tel:hello",
        "tel:+84901234567;",
        "http:",
        "http:a b",
        "sip:a@b;x=\u00e9",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        SipUri.parse(text)
    assert caught.value.status == 400


def test_too_long_has_its_own_status() -> None:
    assert SipUri.parse(f"sip:{'a' * 1013}@b.vn").host == "b.vn"
    with pytest.raises(SipParseError) as caught:
        SipUri.parse(f"sip:{'a' * 1020}@b.vn")
    assert caught.value.status == 414


def test_user_is_canonically_escaped() -> None:
    uri = SipUri.parse("sip:%61%6c%69ce%40%2f%c3%A9:%70@b")
    assert (uri.user, uri.password) == ("alice%40%2F%C3%A9", "p")
    assert uri.username == "alice@/é"


def test_empty_password_is_kept() -> None:
    assert str(SipUri.parse("sip:a:@b")) == "sip:a:@b"


def test_escape_user_is_the_inverse() -> None:
    text = "a b@c:d%é\r\n;x"
    assert SipUri.parse(f"sip:{escape_user(text)}@h").username == text
    assert unescape(escape_user(text)) == text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[::1]", "sip:a@[0:0::1]"),
        ("tel:+84-90(1)23", "tel:+8490123"),
        ("urn:service:sos", "urn:service:sos"),
    ],
)
def test_equivalent(first: str, second: str) -> None:
    assert SipUri.parse(first).equivalent(SipUri.parse(second))
    assert SipUri.parse(second).equivalent(SipUri.parse(first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:a@b;x=1", "sip:a@b;x=2"),
        ("sip:a%3Bb@c", "sip:a;b@c"),
        ("sip:a@b", "sips:a@b"),
        ("tel:123;phone-context=+84", "tel:123;phone-context=+85"),
        ("urn:service:sos", "urn:service:fire"),
    ],
)
def test_not_equivalent(first: str, second: str) -> None:
    assert not SipUri.parse(first).equivalent(SipUri.parse(second))
    assert not SipUri.parse(second).equivalent(SipUri.parse(first))


@pytest.mark.parametrize(
    ("text", "aor"),
    [
        ("sip:%61lice@Example.com;transport=tcp?x=y", "sip:alice@example.com"),
        ("sip:alice:secret@example.com:5070", "sip:alice@example.com:5070"),
        ("sips:example.com", "sips:example.com"),
        ("tel:+84-90-1234567;ext=1", "tel:+84901234567"),
        ("tel:abc", "tel:abc"),
        ("urn:service:sos", "urn:service:sos"),
    ],
)
def test_address_of_record(text: str, aor: str) -> None:
    assert SipUri.parse(text).aor() == aor


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("sip:+84-90.123(45)67@host;user=phone", "+84901234567"),
        ("sip:1900;phone-context=+84@host", "1900"),
        ("sip:*98#@host", None),
        ("sip:*98%23@host", None),
        ("sip:alice@host", None),
        ("sip:host", None),
        ("sip:+@host", None),
        ("tel:+84(0)901", "+840901"),
    ],
)
def test_telephone_number(text: str, number: str | None) -> None:
    try:
        uri = SipUri.parse(text)
    except SipParseError:
        assert number is None
    else:
        assert uri.number == number


def test_tel_uri() -> None:
    uri = SipUri.parse("tel:7042;phone-context=example.com")
    assert (uri.scheme, uri.user, uri.host, uri.is_sip) == ("tel", "7042", "", False)
    assert str(uri) == "tel:7042;phone-context=example.com"
    assert str(SipUri.parse("tel:7042")) == "tel:7042"


def test_opaque_uri() -> None:
    uri = SipUri.parse("urn:service:sos")
    assert (uri.scheme, uri.opaque, str(uri)) == ("urn", "service:sos", "urn:service:sos")


def test_is_immutable_and_hashable() -> None:
    uri = SipUri.parse("sip:a@b;lr")
    assert len({uri, SipUri.parse("sip:a@b")}) == 2
    assert dataclasses.replace(uri, port=5060) == SipUri("sip", "a", host="b", port=5060, params={"lr": None})
    with pytest.raises(dataclasses.FrozenInstanceError):
        uri.port = 1  # type: ignore[misc]


def test_hostport_of_a_hand_made_reference_compares_as_text() -> None:
    odd = SipUri("sip", host="[odd]")
    assert odd.equivalent(odd)
    assert odd.address == "odd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A.b", ("a.b", None)),
        ("10.0.0.1:5060", ("10.0.0.1", 5060)),
        ("[::A]:7", ("[::a]", 7)),
        ("under_score", ("under_score", None)),
    ],
)
def test_hostport(text: str, expected: tuple[str, int | None]) -> None:
    assert parse_hostport(text) == expected
