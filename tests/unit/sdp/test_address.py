from __future__ import annotations

import pytest

from callcenter.sdp.address import Address, AddressPolicy, Reach, classify


@pytest.mark.parametrize(
    ("text", "family", "reach"),
    [
        ("203.0.113.7", "IP4", Reach.GLOBAL),
        ("10.1.2.3", "IP4", Reach.PRIVATE),
        ("172.16.0.1", "IP4", Reach.PRIVATE),
        ("172.31.255.255", "IP4", Reach.PRIVATE),
        ("172.32.0.1", "IP4", Reach.GLOBAL),
        ("192.168.1.1", "IP4", Reach.PRIVATE),
        ("100.64.0.1", "IP4", Reach.PRIVATE),
        ("100.128.0.1", "IP4", Reach.GLOBAL),
        ("127.0.0.1", "IP4", Reach.LOOPBACK),
        ("127.9.9.9", "IP4", Reach.LOOPBACK),
        ("0.0.0.0", "IP4", Reach.UNSPECIFIED),
        ("0.1.2.3", "IP4", Reach.FORBIDDEN),
        ("169.254.169.254", "IP4", Reach.FORBIDDEN),
        ("224.0.0.1", "IP4", Reach.MULTICAST),
        ("239.255.255.255", "IP4", Reach.MULTICAST),
        ("240.0.0.1", "IP4", Reach.FORBIDDEN),
        ("255.255.255.255", "IP4", Reach.FORBIDDEN),
        ("256.0.0.1", "IP4", Reach.INVALID),
        ("1.2.3", "IP4", Reach.INVALID),
        ("1.2.3.4.5", "IP4", Reach.INVALID),
        ("0x7f.0.0.1", "IP4", Reach.INVALID),
        ("010.0.0.1", "IP4", Reach.INVALID),
        ("1.2.3.", "IP4", Reach.INVALID),
        ("1.2.3.٤", "IP4", Reach.INVALID),
        ("2130706433", "IP4", Reach.INVALID),
        ("localhost", "IP4", Reach.INVALID),
        ("::1", "IP4", Reach.INVALID),
        ("2001:db8::1", "IP6", Reach.GLOBAL),
        ("fd00::1", "IP6", Reach.PRIVATE),
        ("::1", "IP6", Reach.LOOPBACK),
        ("::", "IP6", Reach.UNSPECIFIED),
        ("fe80::1", "IP6", Reach.FORBIDDEN),
        ("fe80::1%eth0", "IP6", Reach.INVALID),
        ("fec0::1", "IP6", Reach.FORBIDDEN),
        ("ff02::1", "IP6", Reach.MULTICAST),
        ("::ffff:203.0.113.7", "IP6", Reach.GLOBAL),
        ("::ffff:169.254.169.254", "IP6", Reach.FORBIDDEN),
        ("::ffff:0.0.0.0", "IP6", Reach.FORBIDDEN),
        ("::ffff:127.0.0.1", "IP6", Reach.LOOPBACK),
        ("::ffff:224.0.0.1", "IP6", Reach.MULTICAST),
        ("::192.0.2.1", "IP6", Reach.FORBIDDEN),
        ("64:ff9b::a9fe:a9fe", "IP6", Reach.FORBIDDEN),
        ("64:ff9b::cb00:7107", "IP6", Reach.GLOBAL),
        ("2002:7f00:1::1", "IP6", Reach.FORBIDDEN),
        ("2002:cb00:7107::1", "IP6", Reach.GLOBAL),
        ("192.0.2.1", "IP6", Reach.INVALID),
        ("host.example.com", "IP6", Reach.INVALID),
    ],
)
def test_addresses_are_told_apart(text: str, family: str, reach: Reach) -> None:
    assert classify(text, family).reach is reach


def test_one_node_has_one_name_however_it_is_spelled() -> None:
    assert classify("2001:DB8:0::1", "IP6") == Address(Reach.GLOBAL, "2001:db8::1", "2001:db8::1")
    assert classify("::FFFF:10.0.0.5", "IP6").node == classify("10.0.0.5", "IP4").node == "10.0.0.5"


def test_own_signalling_sockets_are_never_media_targets() -> None:
    policy = AddressPolicy(own_hosts={"203.0.113.1", "10.0.0.5"}, signalling_ports={5060, 5061})
    assert policy.allows(classify("203.0.113.1", "IP4"), 5062)
    assert not policy.allows(classify("203.0.113.1", "IP4"), 5060)
    assert not policy.allows(classify("::ffff:10.0.0.5", "IP6"), 5061)
    assert policy.allows(classify("203.0.113.2", "IP4"), 5060)
    assert not policy.allows(classify("127.0.0.2", "IP4"), 5060)
    assert policy.allows(classify("127.0.0.2", "IP4"), 5070)


def test_loopback_can_be_refused_and_unsendable_addresses_always_are() -> None:
    assert not AddressPolicy(allow_loopback=False).allows(classify("127.0.0.1", "IP4"), 4000)
    assert AddressPolicy().allows(classify("127.0.0.1", "IP4"), 4000)
    for text in ("0.0.0.0", "224.0.0.1", "169.254.1.1", "name"):
        assert not AddressPolicy().allows(classify(text, "IP4"), 4000)
