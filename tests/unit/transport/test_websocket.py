from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from callcenter.sip.flow import Flow
from callcenter.transport.settings import MAX_MESSAGE_BYTES
from callcenter.transport.websocket import MESSAGE_TOO_BIG, NORMAL_CLOSURE, SipWebSockets, WebSocketSettings

LOCAL, REMOTE = ("192.0.2.1", 8080), ("198.51.100.7", 50000)


class Host:
    """A driver that writes down what it is told."""

    def __init__(self) -> None:
        self.sends: dict[int, Callable[[bytes], None]] = {}
        self.received: list[tuple[Flow, bytes]] = []
        self.closed: list[Flow] = []

    def new_flow(self, transport: str, local: tuple[str, int], remote: tuple[str, int]) -> Flow:
        return Flow(transport, local, remote, len(self.sends) + 1)

    def attach_connection(self, flow: Flow, send: Callable[[bytes], None]) -> None:
        self.sends[flow.id] = send

    def connection_received(self, flow: Flow, data: bytes) -> None:
        self.received.append((flow, data))

    def connection_closed(self, flow: Flow) -> None:
        self.closed.append(flow)

    def source_host(self, remote_host: str) -> str | None:
        return "192.0.2.99" if remote_host == "198.51.100.7" else None


class Browser:
    """The far end of a WebSocket."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.inbox: list[bytes] = []
        self.codes: list[int] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.gone = False

    async def receive(self) -> bytes | None:
        return await self.outbox.get()

    async def send(self, message: bytes) -> None:
        await self.reads.wait()
        if self.gone:
            raise ConnectionResetError
        self.inbox.append(message)

    async def close(self, code: int) -> None:
        if not self.codes:
            self.codes.append(code)


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


async def test_messages_go_both_ways_until_the_browser_leaves() -> None:
    host, browser = Host(), Browser()
    sockets = SipWebSockets(host)
    serving = asyncio.ensure_future(sockets.serve(browser, LOCAL, REMOTE, secure=True))
    await settle()
    flow = Flow("wss", LOCAL, REMOTE, 1)
    browser.outbox.put_nowait(b"REGISTER")
    host.sends[1](b"SIP/2.0 401")
    await settle()
    assert host.received == [(flow, b"REGISTER")]
    assert browser.inbox == [b"SIP/2.0 401"]
    assert len(sockets) == 1
    browser.outbox.put_nowait(None)
    await serving
    assert host.closed == [flow]
    assert len(sockets) == 0


async def test_a_plain_websocket_is_not_called_secure() -> None:
    host, browser = Host(), Browser()
    serving = asyncio.ensure_future(SipWebSockets(host).serve(browser, LOCAL, REMOTE, secure=False))
    await settle()
    browser.outbox.put_nowait(None)
    await serving
    assert host.closed == [Flow("ws", LOCAL, REMOTE, 1)]


@pytest.mark.parametrize(
    ("local", "remote", "expected"),
    [
        ("127.0.0.1", "198.51.100.7", "192.0.2.99"),  # Through a proxy on this machine.
        ("::1", "198.51.100.7", "192.0.2.99"),
        ("127.0.0.1", "203.0.113.4", "127.0.0.1"),  # No route there.
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
    ],
)
async def test_media_of_a_browser_behind_a_proxy_comes_to_our_address_towards_it(
    local: str, remote: str, expected: str
) -> None:
    host, browser = Host(), Browser()
    serving = asyncio.ensure_future(SipWebSockets(host).serve(browser, (local, 8080), (remote, 4711), secure=True))
    await settle()
    browser.outbox.put_nowait(None)
    await serving
    assert host.closed == [Flow("wss", (expected, 8080), (remote, 4711), 1)]


async def test_a_message_that_is_too_long_closes_the_connection() -> None:
    host, browser = Host(), Browser()
    serving = asyncio.ensure_future(SipWebSockets(host).serve(browser, LOCAL, REMOTE, secure=True))
    browser.outbox.put_nowait(b"x" * (MAX_MESSAGE_BYTES + 1))
    await serving
    assert host.received == []
    assert browser.codes == [MESSAGE_TOO_BIG]


async def test_a_browser_that_does_not_read_is_disconnected() -> None:
    host, browser = Host(), Browser()
    sockets = SipWebSockets(host, WebSocketSettings(max_unsent_messages=2))
    browser.reads.clear()
    serving = asyncio.ensure_future(sockets.serve(browser, LOCAL, REMOTE, secure=True))
    await settle()
    for _ in range(3):
        host.sends[1](b"OPTIONS")
        await settle()
    failed = False
    try:
        host.sends[1](b"OPTIONS")
    except OSError:
        failed = True
    await serving
    assert failed
    assert len(host.closed) == 1


async def test_a_browser_that_is_gone_ends_the_connection() -> None:
    host, browser = Host(), Browser()
    serving = asyncio.ensure_future(SipWebSockets(host).serve(browser, LOCAL, REMOTE, secure=True))
    await settle()
    browser.gone = True
    host.sends[1](b"OPTIONS")
    await serving
    assert len(host.closed) == 1


async def test_closing_ends_every_connection() -> None:
    host, browsers = Host(), [Browser(), Browser()]
    sockets = SipWebSockets(host, WebSocketSettings(max_connections=2))
    serving = [asyncio.ensure_future(sockets.serve(browser, LOCAL, REMOTE, secure=True)) for browser in browsers]
    await settle()
    assert sockets.full
    await sockets.close()
    await asyncio.gather(*serving)
    assert [browser.codes for browser in browsers] == [[NORMAL_CLOSURE], [NORMAL_CLOSURE]]
    assert not sockets.full
