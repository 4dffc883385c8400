"""RFC 3263 look-ups: order, fail-over lists, cache and failures."""

from __future__ import annotations

import asyncio
import socket
from random import Random

import pytest

from callcenter.transport.dns import Naptr, Srv
from callcenter.transport.resolver import Candidate, Resolver, Unresolvable
from tests.unit.transport.fakes import FakeDns, HandClock, target


def resolver(dns: FakeDns, clock: HandClock | None = None, random: Random | None = None) -> Resolver:
    return Resolver(clock or HandClock(), random or Random(1), dns, timeout_s=0.05)


@pytest.mark.parametrize(
    ("host", "port", "transport", "secure", "expected"),
    [
        ("192.0.2.1", None, None, False, Candidate("udp", "192.0.2.1", 5060)),
        ("192.0.2.1", 5080, "tcp", False, Candidate("tcp", "192.0.2.1", 5080)),
        ("192.0.2.1", None, None, True, Candidate("tls", "192.0.2.1", 5061)),
        ("192.0.2.1", None, "tcp", True, Candidate("tls", "192.0.2.1", 5061)),
        ("2001:db8::1", None, "TLS", False, Candidate("tls", "2001:db8::1", 5061)),
    ],
)
async def test_numeric_hosts_never_touch_dns(
    host: str, port: int | None, transport: str | None, secure: bool, expected: Candidate
) -> None:
    dns = FakeDns()
    assert await resolver(dns).resolve(target(host, port, transport, secure=secure)) == [expected]
    assert dns.asked == []


async def test_a_port_means_addresses_only() -> None:
    dns = FakeDns()
    dns.a["trunk.example"] = ["192.0.2.1", "192.0.2.2"]
    dns.aaaa["trunk.example"] = ["2001:db8::1"]
    assert await resolver(dns).resolve(target("Trunk.Example.", 5070)) == [
        Candidate("udp", "192.0.2.1", 5070),
        Candidate("udp", "192.0.2.2", 5070),
        Candidate("udp", "2001:db8::1", 5070),
    ]
    assert dns.asked == [("a", "trunk.example"), ("aaaa", "trunk.example")]


async def test_naptr_chooses_the_transport_by_order_and_preference() -> None:
    dns = FakeDns()
    dns.naptrs["example.com"] = [
        Naptr(20, 10, "s", "SIP+D2U", "_sip._udp.example.com"),
        Naptr(10, 20, "S", "SIP+D2T", "_sip._tcp.example.com"),
        Naptr(10, 10, "s", "SIPS+D2T", "_sips._tcp.example.com"),
        Naptr(1, 1, "s", "SIP+D2S", "_sip._sctp.example.com"),
        Naptr(1, 1, "a", "SIP+D2T", "example.com"),
    ]
    for label, port in (("_sip._udp", 1), ("_sip._tcp", 2), ("_sips._tcp", 3)):
        dns.srvs[f"{label}.example.com"] = [Srv(0, 0, port, "h.example.com")]
    dns.a["h.example.com"] = ["192.0.2.1"]
    subject = resolver(dns)
    assert await subject.resolve(target("example.com")) == [
        Candidate("tls", "192.0.2.1", 3),
        Candidate("tcp", "192.0.2.1", 2),
        Candidate("udp", "192.0.2.1", 1),
    ]
    assert await subject.resolve(target("example.com", secure=True)) == [Candidate("tls", "192.0.2.1", 3)]


async def test_without_naptr_srv_of_udp_then_tcp_is_used() -> None:
    dns = FakeDns()
    dns.srvs["_sip._tcp.example.com"] = [Srv(0, 0, 5062, "h.example.com")]
    dns.a["h.example.com"] = ["192.0.2.1"]
    assert await resolver(dns).resolve(target("example.com")) == [Candidate("tcp", "192.0.2.1", 5062)]


async def test_a_given_transport_asks_only_its_srv_and_then_the_address() -> None:
    dns = FakeDns()
    dns.a["example.com"] = ["192.0.2.1"]
    assert await resolver(dns).resolve(target("example.com", transport="tls")) == [Candidate("tls", "192.0.2.1", 5061)]
    assert dns.asked == [("srv", "_sips._tcp.example.com"), ("a", "example.com"), ("aaaa", "example.com")]


async def test_srv_is_ordered_by_priority_and_drawn_by_weight() -> None:
    dns = FakeDns()
    dns.srvs["_sip._udp.example.com"] = [
        Srv(20, 0, 1, "192.0.2.9"),
        Srv(10, 90, 2, "192.0.2.1"),
        Srv(10, 10, 3, "192.0.2.2"),
        Srv(10, 0, 4, ""),
    ]
    firsts = {2: 0, 3: 0}
    random = Random(7)
    for _ in range(400):
        found = await resolver(dns, random=random).resolve(target("example.com", transport="udp"))
        assert [candidate.port for candidate in found] in ([2, 3, 1], [3, 2, 1])
        firsts[found[0].port] += 1
    assert 330 <= firsts[2] <= 385


async def test_answers_are_kept_for_their_ttl_and_absence_too() -> None:
    dns, clock = FakeDns(), HandClock()
    dns.a["example.com"] = ["192.0.2.1"]
    subject = resolver(dns, clock)
    await subject.resolve(target("example.com", 5060))
    clock.now = 29.0
    await subject.resolve(target("example.com", 5060))
    assert dns.asked == [("a", "example.com"), ("aaaa", "example.com")]
    clock.now = 31.0  # The absence of AAAA was good for 30 s, the A record for 60 s.
    await subject.resolve(target("example.com", 5060))
    assert dns.asked[2:] == [("aaaa", "example.com")]
    clock.now = 60.0
    dns.a["example.com"] = ["192.0.2.2"]
    assert await subject.resolve(target("example.com", 5060)) == [Candidate("udp", "192.0.2.2", 5060)]


async def test_an_old_answer_is_better_than_a_failure_but_not_for_ever() -> None:
    dns, clock = FakeDns(), HandClock()
    dns.a["example.com"] = ["192.0.2.1"]
    subject = resolver(dns, clock)
    await subject.resolve(target("example.com", 5060))
    dns.failing.add("example.com")
    clock.now = 3000.0
    assert await subject.resolve(target("example.com", 5060)) == [Candidate("udp", "192.0.2.1", 5060)]
    clock.now = 4000.0
    with pytest.raises(Unresolvable):
        await subject.resolve(target("example.com", 5060))


async def test_a_failure_is_not_repeated_at_once() -> None:
    dns, clock = FakeDns(), HandClock()
    dns.failing.add("example.com")
    subject = resolver(dns, clock)
    for _ in range(3):
        with pytest.raises(Unresolvable):
            await subject.resolve(target("example.com", 5060))
    assert dns.asked == [("a", "example.com"), ("aaaa", "example.com")]
    dns.failing.clear()
    dns.a["example.com"] = ["192.0.2.1"]
    clock.now = 5.0
    assert await subject.resolve(target("example.com", 5060)) == [Candidate("udp", "192.0.2.1", 5060)]


async def test_a_failing_srv_is_an_error_and_not_an_address_look_up() -> None:
    dns = FakeDns()
    dns.failing.add("_sip._udp.example.com")
    dns.a["example.com"] = ["192.0.2.1"]
    with pytest.raises(Unresolvable):
        await resolver(dns).resolve(target("example.com", transport="udp"))


async def test_dns_that_hangs_is_given_up() -> None:
    dns = FakeDns()
    dns.hanging.add("example.com")
    with pytest.raises(Unresolvable):
        await resolver(dns).resolve(target("example.com", 5060))


async def test_a_name_without_records_is_unresolvable() -> None:
    with pytest.raises(Unresolvable, match=r"nowhere\.example has no SIP address"):
        await resolver(FakeDns()).resolve(target("nowhere.example"))


async def test_many_who_ask_at_once_make_one_query() -> None:
    dns = FakeDns()
    dns.a["example.com"] = ["192.0.2.1"]
    subject = resolver(dns)
    await asyncio.gather(*(subject.resolve(target("example.com", 5060)) for _ in range(20)))
    assert dns.asked == [("a", "example.com"), ("aaaa", "example.com")]


async def test_preferred_family_comes_first() -> None:
    dns = FakeDns()
    dns.a["example.com"] = ["192.0.2.1"]
    dns.aaaa["example.com"] = ["2001:db8::1"]
    subject = Resolver(HandClock(), Random(1), dns, families=(socket.AF_INET6, socket.AF_INET))
    assert [candidate.host for candidate in await subject.resolve(target("example.com", 5060))] == [
        "2001:db8::1",
        "192.0.2.1",
    ]
