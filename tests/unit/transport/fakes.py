"""Stand-ins for what the transports talk to: a clock set by hand, an endpoint that records, a DNS that is a table."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random
from typing import TypeVar, cast

from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import SipEvent
from callcenter.sip.flow import Flow, Outgoing, SentBy, Target
from callcenter.sip.message import Request, Response, response_for
from callcenter.transport.dns import Answer, DnsFailure, Naptr, Srv
from callcenter.transport.driver import SipDriver
from callcenter.transport.overload import OverloadGate
from callcenter.transport.resolver import Resolver
from callcenter.transport.settings import ListenAddress, SocketTransport, TransportSettings
from callcenter.transport.source_guard import GuardSettings, SourceGuard

T = TypeVar("T")
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class HandClock:
    """A clock that moves when told to."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def utcnow(self) -> datetime:
        return NOON


class LoopClock(HandClock):
    """The running loop's clock, with an offset that tests may add to."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self.now


class FakeEndpoint:
    """Records what it is given; answers requests with 200 when told to."""

    def __init__(self) -> None:
        self.received: list[tuple[Request | Response, Flow]] = []
        self.lost: list[Flow] = []
        self.failed: list[Outgoing] = []
        self.resolved: list[tuple[Outgoing, Flow]] = []
        self.sent_by: list[SentBy] = []
        self.answers = False
        self.problem: str | None = None
        self.outbox: list[Outgoing] = []
        self.facts: list[SipEvent] = []
        self.deadline: float | None = None
        self.timer_calls: list[float] = []
        self.raises: Exception | None = None
        self.arrived = asyncio.Event()

    def set_sent_by(self, sent_by: Iterable[SentBy]) -> None:
        self.sent_by = list(sent_by)

    def receive(self, message: Request | Response, flow: Flow, now: float) -> str | None:
        if self.raises is not None:
            raise self.raises
        self.received.append((message, flow))
        self.arrived.set()
        if self.answers and isinstance(message, Request) and message.method != "ACK":
            self.outbox.append(Outgoing(response_for(message, 200, to_tag="t").encode(), flow))
        return self.problem

    def connection_lost(self, flow: Flow, now: float) -> None:
        self.lost.append(flow)
        self.arrived.set()

    def send_failed(self, outgoing: Outgoing, now: float) -> None:
        self.failed.append(outgoing)
        self.arrived.set()

    def flow_resolved(self, outgoing: Outgoing, flow: Flow) -> None:
        self.resolved.append((outgoing, flow))

    def next_timer(self) -> float | None:
        return self.deadline

    def handle_timer(self, now: float) -> None:
        self.timer_calls.append(now)
        self.deadline = None
        self.arrived.set()

    def outgoing(self) -> list[Outgoing]:
        sent, self.outbox = self.outbox, []
        return sent

    def events(self) -> list[SipEvent]:
        told, self.facts = self.facts, []
        return told

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Return when ``condition`` holds; it is asked again whenever something happens here."""
        async with asyncio.timeout(5):
            while not condition():
                self.arrived.clear()
                await self.arrived.wait()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until ``condition`` holds, for what nobody reports."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - counters are plain integers, which nobody can wait for
            await asyncio.sleep(0.001)


class FakeDns:
    """A DNS backend: records by (type, name), a log of what was asked, and names that fail."""

    def __init__(self) -> None:
        self.naptrs: dict[str, list[Naptr]] = {}
        self.srvs: dict[str, list[Srv]] = {}
        self.a: dict[str, list[str]] = {}
        self.aaaa: dict[str, list[str]] = {}
        self.ttl_s = 60.0
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    async def naptr(self, name: str) -> Answer[Naptr]:
        return await self._answer("naptr", name, self.naptrs.get(name, []))

    async def srv(self, name: str) -> Answer[Srv]:
        return await self._answer("srv", name, self.srvs.get(name, []))

    async def addresses(self, name: str, family: socket.AddressFamily) -> Answer[str]:
        if family == socket.AF_INET6:
            return await self._answer("aaaa", name, self.aaaa.get(name, []))
        return await self._answer("a", name, self.a.get(name, []))

    async def _answer(self, kind: str, name: str, records: list[T]) -> Answer[T]:
        self.asked.append((kind, name))
        if name in self.hanging:
            await asyncio.Event().wait()
        if name in self.failing:
            raise DnsFailure(f"{kind} {name}")
        return Answer(tuple(records), self.ttl_s if records else 30.0)


def make_driver(
    endpoint: FakeEndpoint,
    *,
    handler: Callable[[SipEvent], None] = lambda event: None,
    clock: HandClock | None = None,
    guard: SourceGuard | None = None,
    gate: OverloadGate | None = None,
    dns: FakeDns | None = None,
    settings: TransportSettings | None = None,
) -> SipDriver:
    """Build a driver around a fake endpoint; nobody is limited unless ``guard`` says so."""
    clock = clock or LoopClock()
    return SipDriver(
        cast(Endpoint, endpoint),
        handler,
        clock=clock,
        random=Random(1),
        guard=guard or SourceGuard(GuardSettings(rate=1e6, burst=1e6, malformed=10**6)),
        gate=gate,
        resolver=Resolver(clock, Random(1), dns or FakeDns()),
        settings=settings,
    )


async def serve(driver: SipDriver, *transports: str, host: str = "127.0.0.1") -> list[int]:
    """Listen on free ports and return them."""
    await driver.start([ListenAddress(cast(SocketTransport, transport), host, 0) for transport in transports])
    return [address.port for address in driver.listening]


def request(
    method: str = "OPTIONS",
    *,
    branch: str = "z9hG4bK-1",
    transport: str = "UDP",
    sent_by: str = "127.0.0.1:5999",
    to_tag: str = "",
    extra: str = "",
    via_params: str = ";rport",
    body: str = "",
) -> bytes:
    """Write a request as a phone would."""
    tag = f";tag={to_tag}" if to_tag else ""
    return (
        f"{method} sip:1900@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport} {sent_by};branch={branch}{via_params}\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:100@127.0.0.1>;tag=a\r\n"
        f"To: <sip:1900@127.0.0.1>{tag}\r\n"
        "Call-ID: c1@127.0.0.1\r\n"
        f"CSeq: 1 {method}\r\n"
        f"{extra}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class UdpPeer:
    """A phone's UDP socket."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.address: tuple[str, int] = self.socket.getsockname()[:2]

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        self.socket.sendto(data, to)

    async def receive(self) -> tuple[bytes, tuple[str, int]]:
        async with asyncio.timeout(5):
            data, address = await asyncio.get_running_loop().sock_recvfrom(self.socket, 65536)
        return data, address[:2]

    def close(self) -> None:
        self.socket.close()


def target(host: str, port: int | None = None, transport: str | None = None, *, secure: bool = False) -> Target:
    return Target(host, port, transport, secure)
