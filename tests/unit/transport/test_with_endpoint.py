"""Two real endpoints, each behind its own driver, call each other over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

from callcenter.runtime.clock import SystemClock
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import (
    EndCause,
    IncomingInvite,
    IncomingRequest,
    RequestCompleted,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SipEvent,
)
from callcenter.sip.flow import Target
from callcenter.sip.settings import EndpointSettings
from callcenter.transport.driver import SipDriver
from callcenter.transport.overload import OverloadGate
from callcenter.transport.resolver import Resolver
from callcenter.transport.settings import ListenAddress, TlsFiles
from tests.unit.transport.fakes import FakeDns

E = TypeVar("E", bound=SipEvent)
HOST = "127.0.0.1"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"


class Node:
    """An endpoint, its driver and what it reported."""

    def __init__(self, seed: int, gate: OverloadGate | None = None) -> None:
        tokens = count(seed)
        self.clock = SystemClock()
        self.endpoint = Endpoint(EndpointSettings(), lambda: f"{next(tokens):032x}")
        self.events: list[SipEvent] = []
        self.happened = asyncio.Event()
        self.dns = FakeDns()
        self.driver = SipDriver(
            self.endpoint,
            self.handle,
            clock=self.clock,
            random=Random(seed),
            gate=gate,
            resolver=Resolver(self.clock, Random(seed), self.dns),
        )

    def handle(self, event: SipEvent) -> None:
        self.events.append(event)
        self.happened.set()
        match event:
            case IncomingInvite(session=session):
                session.progress(180, now=self.now)
                session.accept(SDP, self.now)
            case IncomingRequest(transaction=transaction):
                self.endpoint.respond(transaction, 200, self.now)

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    async def listen(self, transport: str, directory: Path) -> None:
        files = TlsFiles(
            directory / "cert.pem", directory / "key.pem", unverified_hosts=frozenset({HOST, "hotline.example"})
        )
        listen = [ListenAddress("udp", "0.0.0.0", 0), ListenAddress("tcp", HOST, 0), ListenAddress("tls", HOST, 0)]
        await self.driver.start(listen, files)
        self.port = next(address.port for address in self.driver.listening if address.transport == transport)

    async def saw(self, kind: type[E], accept: Callable[[E], bool] = lambda event: True) -> E:
        async with asyncio.timeout(5):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and accept(event):
                        return event
                self.happened.clear()
                await self.happened.wait()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("by_name", [False, True])
async def test_a_call_from_invite_to_bye(transport: str, by_name: bool, tmp_path: Path) -> None:
    caller, callee = Node(1), Node(1 << 64)
    await caller.listen(transport, tmp_path)
    await callee.listen(transport, tmp_path)
    host = "hotline.example" if by_name else HOST
    caller.dns.a["hotline.example"] = [HOST]
    target = Target(host, callee.port, transport)
    flow = await caller.driver.flow_to(target) if by_name else None
    session = caller.endpoint.invite(
        uri=f"sip:1900@{host}:{callee.port};transport={transport}",
        from_="<sip:0912345678@caller.example>",
        to="<sip:1900@hotline.example>",
        sdp=SDP,
        flow=flow,
        target=None if by_name else target,
        now=caller.now,
    )
    caller.driver.flush()
    answered = await caller.saw(SessionAnswered)
    assert answered.session is session
    assert answered.sdp == SDP
    incoming = await callee.saw(IncomingInvite)
    await callee.saw(SessionConfirmed)
    flow_in = incoming.session.flow
    assert flow_in is not None
    assert flow_in.transport == transport
    assert flow_in.local == (HOST, callee.port)
    assert incoming.session.request is not None
    contact = incoming.session.request.contacts[0].uri
    assert (contact.host, contact.port) == (HOST, caller.port)
    incoming.session.bye(now=callee.now)
    callee.driver.flush()
    assert (await caller.saw(SessionEnded)).cause is EndCause.REMOTE_BYE
    assert (await callee.saw(SessionEnded)).cause is EndCause.LOCAL_BYE
    await caller.driver.stop()
    await callee.driver.stop()
    assert [type(event).__name__ for event in callee.events] == ["IncomingInvite", "SessionConfirmed", "SessionEnded"]


async def test_a_refused_connection_ends_the_call(tmp_path: Path) -> None:
    caller = Node(1)
    await caller.listen("tcp", tmp_path)
    caller.endpoint.invite(
        uri="sip:1900@127.0.0.1:9;transport=tcp",
        from_="<sip:a@caller.example>",
        to="<sip:1900@hotline.example>",
        sdp=SDP,
        now=caller.now,
    )
    caller.driver.flush()
    assert (await caller.saw(SessionEnded)).cause is EndCause.TRANSPORT
    await caller.driver.stop()


async def test_a_draining_node_says_503_to_new_calls_and_ends_those_it_has(tmp_path: Path) -> None:
    gate = OverloadGate()
    caller, callee = Node(1), Node(1 << 64, gate)
    await caller.listen("udp", tmp_path)
    await callee.listen("udp", tmp_path)
    target = Target(HOST, callee.port, "udp")

    def call() -> None:
        caller.endpoint.invite(
            uri=f"sip:1900@{HOST}:{callee.port}",
            from_="<sip:a@b>",
            to="<sip:c@d>",
            sdp=SDP,
            target=target,
            now=caller.now,
        )
        caller.driver.flush()

    call()
    first = (await caller.saw(SessionAnswered)).session
    await callee.saw(SessionConfirmed)
    gate.draining = True
    call()
    refused = await caller.saw(SessionEnded)
    assert (refused.cause, refused.status) == (EndCause.REJECTED, 503)
    assert refused.retry_after is not None
    caller.endpoint.request("OPTIONS", f"sip:{HOST}", from_="<sip:a@b>", to="<sip:c@d>", target=target, now=caller.now)
    caller.driver.flush()
    assert (await caller.saw(RequestCompleted)).status == 503
    first.bye(now=caller.now)
    caller.driver.flush()
    await caller.saw(SessionEnded, lambda event: event.session is first)
    assert (await callee.saw(SessionEnded)).cause is EndCause.REMOTE_BYE
    await caller.driver.stop()
    await callee.driver.stop()
