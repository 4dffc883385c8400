"""Finding where a SIP URI leads: RFC 3263's NAPTR, SRV and address look-ups, as a list to be tried in order."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from callcenter.base.errors import CallcenterError
from callcenter.runtime.clock import Clock
from callcenter.runtime.tasks import create_task
from callcenter.sip.flow import Target
from callcenter.transport.dns import Answer, DnsBackend, DnsFailure, DnspythonBackend, Naptr, Srv
from callcenter.transport.sockets import is_numeric

DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
MAX_CANDIDATES = 16
MAX_CACHED_NAMES = 2048
MAX_TTL_S = 3600.0
FAILURE_TTL_S = 5.0
"How long a DNS failure is not tried again."
STALE_S = 3600.0
"How long past its TTL an answer is still used when DNS fails."
_SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_SRV_LABELS = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


class Unresolvable(CallcenterError):
    """No address can be found for this SIP target."""

    error_id = "sip-target-unresolvable"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place a target may be reached at."""

    transport: str
    host: str
    "Numeric."
    port: int


@dataclass(slots=True)
class _Entry:
    answer: Answer[Any] | None
    "None: DNS failed."
    expires: float


class Resolver:
    """RFC 3263 for the transports this node speaks, with a cache that honours TTLs.

    :param random: draws among SRV records of equal priority by their weight.
    :param families: address families that can be sent to, the preferred first.
    :param timeout_s: of one look-up.
    """

    def __init__(
        self,
        clock: Clock,
        random: Random,
        backend: DnsBackend | None = None,
        *,
        families: Sequence[socket.AddressFamily] = (socket.AF_INET, socket.AF_INET6),
        timeout_s: float = 2.0,
    ) -> None:
        self.families = tuple(families)
        self._clock = clock
        self._random = random
        self._backend: DnsBackend = backend or DnspythonBackend(timeout_s)
        self._timeout_s = timeout_s
        self._cache: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[Answer[Any]]] = {}

    def at_once(self, target: Target) -> list[Candidate] | None:
        """Return the candidates of a numeric target, which needs no look-up (RFC 3263 §4.1, §4.2); None for a name."""
        host = target.host
        if not is_numeric(host):
            return None
        transport = _transport(target) or ("tls" if target.secure else "udp")
        return [Candidate(transport, host, target.port or DEFAULT_PORTS.get(transport, 5060))]

    async def resolve(self, target: Target) -> list[Candidate]:
        """Return at least one candidate, the first to be tried first.

        :raises Unresolvable: there is none, or DNS does not answer.
        """
        numeric = self.at_once(target)
        if numeric is not None:
            return numeric
        name = target.host.rstrip(".").lower()
        try:
            candidates = await self._look_up(name, target)
        except DnsFailure as error:
            raise Unresolvable(f"{name}: {error}") from error
        if not candidates:
            raise Unresolvable(f"{name} has no SIP address")
        return list(dict.fromkeys(candidates))[:MAX_CANDIDATES]

    async def _look_up(self, name: str, target: Target) -> list[Candidate]:
        transport = _transport(target)
        if target.port is not None:
            transport = transport or ("tls" if target.secure else "udp")
            return await self._addresses(transport, name, target.port)
        if transport is not None:
            services = [(transport, f"{_SRV_LABELS[transport]}.{name}")] if transport in _SRV_LABELS else []
        else:
            services = await self._services(name, secure=target.secure)
        found = await self._servers(services)
        if found:
            return found
        transport = transport or ("tls" if target.secure else "udp")
        return await self._addresses(transport, name, DEFAULT_PORTS.get(transport, 5060))

    async def _services(self, name: str, *, secure: bool) -> list[tuple[str, str]]:
        """Return transports and SRV names by NAPTR, else every SRV name there may be (RFC 3263 §4.1)."""
        try:
            records = (await self._ask("naptr", name)).records
        except DnsFailure:
            records = ()
        usable = [
            (record, transport)
            for record in cast(tuple[Naptr, ...], records)
            if record.flags.lower() == "s"
            and (transport := _SERVICES.get(record.service.upper())) is not None
            and (transport == "tls" or not secure)
        ]
        if usable:
            usable.sort(key=lambda item: (item[0].order, item[0].preference))
            return [(transport, record.replacement) for record, transport in usable]
        return [
            (transport, f"{_SRV_LABELS[transport]}.{name}") for transport in (("tls",) if secure else ("udp", "tcp"))
        ]

    async def _servers(self, services: list[tuple[str, str]]) -> list[Candidate]:
        """Return the addresses behind SRV names: all of the first service, then of the next."""
        answers = await asyncio.gather(*(self._ask("srv", name) for _, name in services), return_exceptions=True)
        candidates: list[Candidate] = []
        failure: DnsFailure | None = None
        for (transport, _), answer in zip(services, answers, strict=True):
            if isinstance(answer, DnsFailure):
                failure = answer
                continue
            if isinstance(answer, BaseException):
                raise answer
            for record in self._in_order(cast(tuple[Srv, ...], answer.records)):
                if len(candidates) >= MAX_CANDIDATES:
                    return candidates
                try:
                    candidates += await self._addresses(transport, record.host, record.port)
                except DnsFailure as error:
                    failure = error
        if not candidates and failure is not None:
            raise failure
        return candidates

    def _in_order(self, records: tuple[Srv, ...]) -> list[Srv]:
        """Order SRV records by priority, and within one by weighted draw (RFC 2782)."""
        ordered: list[Srv] = []
        usable = [record for record in records if record.host]
        for priority in sorted({record.priority for record in usable}):
            left = sorted(
                (record for record in usable if record.priority == priority), key=lambda record: record.weight
            )
            while left:
                draw = self._random.randint(0, sum(record.weight for record in left))
                running = 0
                for record in left:
                    running += record.weight
                    if running >= draw:
                        break
                left.remove(record)
                ordered.append(record)
        return ordered

    async def _addresses(self, transport: str, name: str, port: int) -> list[Candidate]:
        if is_numeric(name):
            return [Candidate(transport, name, port)]
        kinds = ["AAAA" if family == socket.AF_INET6 else "A" for family in self.families]
        answers = await asyncio.gather(*(self._ask(kind, name) for kind in kinds), return_exceptions=True)
        candidates: list[Candidate] = []
        failure: BaseException | None = None
        for answer in answers:
            if isinstance(answer, BaseException):
                failure = answer
            else:
                candidates += [Candidate(transport, str(host), port) for host in answer.records]
        if not candidates and failure is not None:
            raise failure
        return candidates

    async def _ask(self, kind: str, name: str) -> Answer[Any]:
        """Answer from the cache, or ask DNS once for everybody who wants to know now."""
        key = (kind, name)
        entry = self._cache.get(key)
        if entry is not None and entry.expires > self._clock.monotonic():
            if entry.answer is None:
                raise DnsFailure(f"{kind} {name} failed recently")
            return entry.answer
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = create_task(self._ask_backend(kind, name), name=f"dns:{kind}:{name}")
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        answer = await asyncio.shield(task)
        if answer is _FAILED:
            raise DnsFailure(f"{kind} {name}: no answer")
        return answer

    async def _ask_backend(self, kind: str, name: str) -> Answer[Any]:
        key = (kind, name)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._query(kind)(name)
        except (DnsFailure, TimeoutError):
            return self._fall_back(key)
        self._keep(key, _Entry(answer, self._clock.monotonic() + min(answer.ttl_s, MAX_TTL_S)))
        return answer

    def _query(self, kind: str) -> Callable[[str], Awaitable[Answer[Any]]]:
        backend = self._backend
        if kind == "naptr":
            return backend.naptr
        if kind == "srv":
            return backend.srv
        family = socket.AF_INET6 if kind == "AAAA" else socket.AF_INET
        return lambda name: backend.addresses(name, family)

    def _fall_back(self, key: tuple[str, str]) -> Answer[Any]:
        """Use what was known before, if that is not too long ago; either way leave DNS alone for a moment."""
        now = self._clock.monotonic()
        known = self._cache.get(key)
        if known is not None and known.answer is not None and now < known.expires + STALE_S:
            return known.answer
        self._keep(key, _Entry(None, now + FAILURE_TTL_S))
        return _FAILED

    def _keep(self, key: tuple[str, str], entry: _Entry) -> None:
        self._cache[key] = entry
        self._cache.move_to_end(key)
        while len(self._cache) > MAX_CACHED_NAMES:
            self._cache.popitem(last=False)


_FAILED: Answer[Any] = Answer((), 0.0)
"Stands for a failure inside a shared task, whose exception nobody might be left to fetch."


def _transport(target: Target) -> str | None:
    """Return the transport the URI asked for; ``sips:`` turns TCP into TLS (RFC 3261 §26.2.2)."""
    if target.transport is None:
        return None
    transport = target.transport.lower()
    return "tls" if target.secure and transport in ("tcp", "udp") else transport
