"""SIP over WebSocket (RFC 7118): each WebSocket message is one SIP message, in both directions.

The web server accepts the WebSocket, on the port of the pages and after checking who is there; what is left is to give
the connection a flow and to move messages between it and the :class:`~callcenter.transport.driver.SipDriver`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sip.flow import Flow
from callcenter.transport.settings import MAX_MESSAGE_BYTES

SUBPROTOCOL = "sip"
"What both sides must name in the handshake (RFC 7118 §4)."

NORMAL_CLOSURE, POLICY_VIOLATION, MESSAGE_TOO_BIG = 1000, 1008, 1009
"Close codes (RFC 6455 §7.4.1)."


class MessageSocket(Protocol):
    """An accepted WebSocket."""

    async def receive(self) -> bytes | None:
        """Return the next whole message, or None when the peer has closed."""
        ...

    async def send(self, message: bytes) -> None:
        """Send one whole message.

        :raises OSError: when the peer is gone.
        """
        ...

    async def close(self, code: int) -> None:
        """Close with a code of RFC 6455 §7.4.1; a second time nothing happens."""
        ...


class ConnectionHost(Protocol):
    """The part of the driver that connections accepted elsewhere need."""

    def new_flow(self, transport: str, local: tuple[str, int], remote: tuple[str, int]) -> Flow:
        """Return a flow with an id of its own."""
        ...

    def attach_connection(self, flow: Flow, send: Callable[[bytes], None]) -> None:
        """Register the connection."""
        ...

    def connection_received(self, flow: Flow, data: bytes) -> None:
        """Take one message that arrived."""
        ...

    def connection_closed(self, flow: Flow) -> None:
        """Take note of the end."""
        ...

    def source_host(self, remote_host: str) -> str | None:
        """Return the address that packets to a numeric host leave from; None without a route."""
        ...


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """Limits of SIP over WebSocket."""

    max_connections: int = 4096
    max_unsent_messages: int = 256
    "A peer that reads so slowly that more messages wait is disconnected."


class SipWebSockets:
    """Every open SIP WebSocket."""

    def __init__(self, host: ConnectionHost, settings: WebSocketSettings | None = None) -> None:
        self._host = host
        self._settings = settings or WebSocketSettings()
        self._open: dict[int, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    @property
    def full(self) -> bool:
        """Tell whether no further connection may be accepted."""
        return len(self._open) >= self._settings.max_connections

    async def serve(
        self, connection: MessageSocket, local: tuple[str, int], remote: tuple[str, int], *, secure: bool
    ) -> None:
        """Move messages until one side closes.

        :param remote: the browser's address, also when a proxy is in between.
        :param secure: the WebSocket runs over TLS, here or at a proxy before us.
        """
        if _is_loopback(local[0]) and not _is_loopback(remote[0]):
            # A proxy on this machine passed it on. The browser's media will come past it, to our address towards it.
            local = (self._host.source_host(remote[0]) or local[0], local[1])
        flow = self._host.new_flow("wss" if secure else "ws", local, remote)
        unsent: asyncio.Queue[bytes] = asyncio.Queue(self._settings.max_unsent_messages)

        def send(message: bytes) -> None:
            try:
                unsent.put_nowait(message)
            except asyncio.QueueFull:
                reader.cancel()
                raise OSError("the peer does not read") from None

        reader = create_task(self._read(connection, flow), name=f"sip-websocket:{remote[0]}")
        writer = create_task(_write(connection, unsent), name=f"sip-websocket-out:{remote[0]}")
        self._host.attach_connection(flow, send)
        self._open[flow.id] = reader
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._open[flow.id]
            self._host.connection_closed(flow)
            await cancel_and_wait(reader, writer)
            await connection.close(NORMAL_CLOSURE)

    def disconnect(self, flow: Flow) -> None:
        """Close one connection; nothing happens when it is gone already."""
        reader = self._open.get(flow.id)
        if reader is not None:
            reader.cancel()

    async def close(self) -> None:
        """Close every connection."""
        await cancel_and_wait(*self._open.values())

    async def _read(self, connection: MessageSocket, flow: Flow) -> None:
        while (message := await connection.receive()) is not None:
            if len(message) > MAX_MESSAGE_BYTES:
                await connection.close(MESSAGE_TOO_BIG)
                return
            self._host.connection_received(flow, message)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _write(connection: MessageSocket, unsent: asyncio.Queue[bytes]) -> None:
    while True:
        try:
            await connection.send(await unsent.get())
        except OSError:
            return
