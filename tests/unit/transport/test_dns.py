"""The dnspython backend against a name server on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from callcenter.transport.dns import Answer, DnsFailure, DnspythonBackend, Naptr, Srv

ZONE = {
    ("example.test.", "NAPTR"): '300 IN NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.Example.test.',
    ("_sip._udp.example.test.", "SRV"): "120 IN SRV 1 2 5070 sip.example.test.",
    ("sip.example.test.", "A"): "60 IN A 192.0.2.1",
    ("sip.example.test.", "AAAA"): "60 IN AAAA 2001:db8::1",
}


class NameServer(asyncio.DatagramProtocol):
    """Answers from ZONE; unknown names do not exist, ``broken.test.`` fails, ``silent.test.`` is not answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text().lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        if name == "silent.test.":
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name == "broken.test.":
            response.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in ZONE:
            ttl, _, _, rest = ZONE[name, kind].split(" ", 3)
            response.answer.append(dns.rrset.from_text(question.name, int(ttl), "IN", kind, rest))
        elif all(known != name for known, _ in ZONE):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(response.to_wire(), addr)


@pytest.fixture
async def backend() -> AsyncIterator[DnspythonBackend]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    subject = DnspythonBackend(timeout_s=0.2)
    subject._resolver = dns.asyncresolver.Resolver(configure=False)
    subject._resolver.nameservers = ["127.0.0.1"]
    subject._resolver.port = transport.get_extra_info("sockname")[1]
    yield subject
    transport.close()


async def test_records_come_with_their_ttl(backend: DnspythonBackend) -> None:
    assert await backend.naptr("example.test") == Answer(
        (Naptr(10, 20, "s", "SIP+D2U", "_sip._udp.example.test"),), 300.0
    )
    assert await backend.srv("_sip._udp.example.test") == Answer((Srv(1, 2, 5070, "sip.example.test"),), 120.0)
    assert await backend.addresses("sip.example.test", socket.AF_INET) == Answer(("192.0.2.1",), 60.0)
    assert await backend.addresses("sip.example.test", socket.AF_INET6) == Answer(("2001:db8::1",), 60.0)


async def test_absence_is_an_empty_answer(backend: DnspythonBackend) -> None:
    assert await backend.srv("_sip._tcp.nowhere.test") == Answer((), 30.0)
    assert await backend.naptr("sip.example.test") == Answer((), 30.0)


@pytest.mark.parametrize("name", ["broken.test", "silent.test", "a" * 70 + ".test"])
async def test_no_answer_is_a_failure(backend: DnspythonBackend, name: str) -> None:
    with pytest.raises(DnsFailure):
        await backend.srv(name)


async def test_names_that_only_the_system_knows_are_found(backend: DnspythonBackend) -> None:
    found = await backend.addresses("localhost", socket.AF_INET)
    assert found == Answer(("127.0.0.1",), 60.0)
