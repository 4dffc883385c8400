"""RFC 5118, SIP torture test messages for IPv6: one case per message, named as the RFC names it."""

from __future__ import annotations

import pytest

from callcenter.sip.body import find_part
from callcenter.sip.message import parse_message
from callcenter.sip.uri import SipUri
from tests.protocol.torture.corpus import ACCEPTED, accepted_request, load, outcome

CASES = [
    ("ipv6-good", ACCEPTED),
    ("ipv6-bad", 400),
    ("port-ambiguous", ACCEPTED),
    ("port-unambiguous", ACCEPTED),
    ("via-received-param-with-delim", ACCEPTED),
    ("via-received-param-no-delim", ACCEPTED),
    ("ipv6-in-sdp", ACCEPTED),
    ("mult-ip-in-header", ACCEPTED),
    ("mult-ip-in-sdp", ACCEPTED),
    ("ipv4-mapped-ipv6", ACCEPTED),
    ("ipv6-bug-abnf-3-colons", ACCEPTED),
    ("ipv6-correct-abnf-2-colons", ACCEPTED),
]


@pytest.mark.parametrize(("name", "status"), CASES)
def test_outcome(name: str, status: int | None) -> None:
    assert outcome(load(name)).status == status


@pytest.mark.parametrize("name", [name for name, status in CASES if status == ACCEPTED])
def test_accepted_message_survives_encoding(name: str) -> None:
    message = parse_message(load(name))
    assert parse_message(message.encode()) == message


def test_ipv6_good_reference() -> None:
    request = accepted_request("ipv6-good")
    assert request.request_uri.host == "[2001:db8::10]"
    assert request.request_uri.address == "2001:db8::10"
    assert request.top_via.sent_by == "[2001:db8::9:1]"
    assert request.contacts[0].uri.address == "2001:db8::1"


def test_port_inside_the_brackets_is_part_of_the_address() -> None:
    uri = accepted_request("port-ambiguous").request_uri
    assert (uri.address, uri.port) == ("2001:db8::10:5070", None)


def test_port_outside_the_brackets_is_the_port() -> None:
    uri = accepted_request("port-unambiguous").request_uri
    assert (uri.address, uri.port) == ("2001:db8::10", 5070)


@pytest.mark.parametrize("name", ["via-received-param-with-delim", "via-received-param-no-delim"])
def test_received_with_and_without_brackets(name: str) -> None:
    assert accepted_request(name).top_via.received == "2001:db8::9:255"


def test_both_families_in_the_vias() -> None:
    vias = accepted_request("mult-ip-in-header").via
    assert [(via.host, via.port) for via in vias] == [
        ("[2001:db8::9:1]", 6050),
        ("192.0.2.1", None),
        ("[2001:db8::9:255]", None),
    ]
    assert vias[2].received == "192.0.2.200"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ipv6-in-sdp", b"c=IN IP6 2001:db8::20\r\n"),
        ("mult-ip-in-sdp", b"c=IN IP6 2001:db8::1\r\n"),
        ("ipv4-mapped-ipv6", b"c=IN IP6 ::ffff:192.0.2.2\r\n"),
    ],
)
def test_sdp_is_handed_on_untouched(name: str, line: bytes) -> None:
    sdp = find_part(accepted_request(name))
    assert sdp is not None
    assert line in sdp


def test_ipv4_mapped_address_with_a_port() -> None:
    via = accepted_request("ipv4-mapped-ipv6").top_via
    assert (via.host, via.port) == ("[::ffff:192.0.2.10]", 19823)


def test_third_colon_is_tolerated_before_an_embedded_ipv4_address() -> None:
    tolerated = accepted_request("ipv6-bug-abnf-3-colons").request_uri
    correct = accepted_request("ipv6-correct-abnf-2-colons").request_uri
    assert tolerated.equivalent(correct)


@pytest.mark.parametrize("host", ["[2001:db8:::1]", "[:::1]", "[1:::2:192.0.2.1]", "[1:::2:::192.0.2.1]"])
def test_third_colon_is_refused_elsewhere(host: str) -> None:
    data = load("ipv6-good").replace(b"[2001:db8::10]", host.encode())
    assert outcome(data).status == 400


def test_the_scope_of_an_address_is_nobody_elses() -> None:
    data = load("ipv6-good").replace(b"[2001:db8::10]", b"[fe80::1%eth0]")
    assert outcome(data).status == 400


def test_equivalent_spellings_of_one_address() -> None:
    assert SipUri.parse("sip:a@[2001:DB8:0::10]").equivalent(SipUri.parse("sip:a@[2001:db8::10]"))
