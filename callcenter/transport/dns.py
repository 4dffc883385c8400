"""What the resolver asks of DNS, and the answer by dnspython."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import dns.asyncresolver
import dns.exception
import dns.resolver

from callcenter.base.errors import CallcenterError

T = TypeVar("T")
DEFAULT_NEGATIVE_TTL_S = 30.0
SYSTEM_TTL_S = 60.0
"How long an address from the system's own look-up (hosts file) is believed; it has no TTL of its own."


class DnsFailure(CallcenterError):
    """DNS gave no answer in time or refused one; a later try may succeed."""

    error_id = "dns-failure"


@dataclass(frozen=True, slots=True)
class Naptr:
    """A NAPTR record (RFC 3403)."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """An SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The records of one name and type; none when there are none."""

    records: tuple[T, ...]
    ttl_s: float
    "How long this may be believed; for an empty answer, how long the absence may be."


class DnsBackend(Protocol):
    """The port that names are looked up through. Every method raises :class:`DnsFailure` when DNS does not answer."""

    async def naptr(self, name: str) -> Answer[Naptr]:
        """Look up NAPTR records."""
        ...

    async def srv(self, name: str) -> Answer[Srv]:
        """Look up SRV records."""
        ...

    async def addresses(self, name: str, family: socket.AddressFamily) -> Answer[str]:
        """Look up A or AAAA records."""
        ...


class DnspythonBackend:
    """Look-ups by dnspython with the system's name servers; names only the system knows (hosts file) by the system.

    :param timeout_s: of one look-up with all its retries.
    """

    def __init__(self, timeout_s: float = 2.0) -> None:
        self._timeout_s = timeout_s
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def naptr(self, name: str) -> Answer[Naptr]:
        """Look up NAPTR records."""
        records, ttl_s = await self._query(name, "NAPTR")
        return Answer(
            tuple(
                Naptr(
                    record.order,
                    record.preference,
                    _text(record.flags),
                    _text(record.service),
                    _host(record.replacement),
                )
                for record in records
            ),
            ttl_s,
        )

    async def srv(self, name: str) -> Answer[Srv]:
        """Look up SRV records."""
        records, ttl_s = await self._query(name, "SRV")
        return Answer(
            tuple(Srv(record.priority, record.weight, record.port, _host(record.target)) for record in records),
            ttl_s,
        )

    async def addresses(self, name: str, family: socket.AddressFamily) -> Answer[str]:
        """Look up A or AAAA records, then the hosts file."""
        try:
            records, ttl_s = await self._query(name, "AAAA" if family == socket.AF_INET6 else "A")
        except DnsFailure:
            system = await self._system_addresses(name, family)
            if not system:
                raise
            return Answer(system, SYSTEM_TTL_S)
        if records:
            return Answer(tuple(str(record.address) for record in records), ttl_s)
        system = await self._system_addresses(name, family)
        return Answer(system, SYSTEM_TTL_S if system else ttl_s)

    async def _query(self, name: str, kind: str) -> tuple[list[Any], float]:
        """Return records and TTL; no records when the name or the type does not exist."""
        try:
            if self._resolver is None:
                self._resolver = dns.asyncresolver.Resolver()
            answer = await self._resolver.resolve(
                name, kind, lifetime=self._timeout_s, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return [], DEFAULT_NEGATIVE_TTL_S
        except (dns.exception.DNSException, OSError) as error:
            raise DnsFailure(f"{kind} {name}: {type(error).__name__}") from error
        if answer.rrset is None:
            return [], DEFAULT_NEGATIVE_TTL_S
        return list(answer.rrset), float(answer.rrset.ttl)

    async def _system_addresses(self, name: str, family: socket.AddressFamily) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await asyncio.get_running_loop().getaddrinfo(name, None, family=family, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _host(name: object) -> str:
    return str(name).rstrip(".").lower()


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace")
