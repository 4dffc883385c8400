"""Every open connection by its flow and by its remote end, how many each address has, and which have outstayed."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sip.flow import Flow
from callcenter.transport.counters import TransportCounters
from callcenter.transport.settings import StreamSettings
from callcenter.transport.source_guard import SourceGuard
from callcenter.transport.tcp import SHUTDOWN_TIMEOUT_S, ConnectionOwner, StreamConnection

CLOSE_TIMEOUT_S = 1.0
"How long connections may take to send what is written when the server stops."


class Connection(Protocol):
    """What can be written to, whoever accepted it."""

    flow: Flow

    def send(self, data: bytes) -> bool:
        """Write one message; False when that is impossible."""
        ...


class ForeignConnection:
    """A connection that somebody else accepted and reads (SIP over WebSocket)."""

    def __init__(self, flow: Flow, write: Callable[[bytes], None]) -> None:
        self.flow = flow
        self._write = write

    def send(self, data: bytes) -> bool:
        """Hand one message to the owner."""
        try:
            self._write(data)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class RemoteEnd:
    """What an outgoing connection is reused by."""

    transport: str
    host: str
    port: int
    server_name: str = ""
    "The domain that was verified; connections to one address for two domains are two (RFC 5922 §4)."


class ConnectionTable:
    """Connections, incoming and outgoing.

    :param contexts: returns the TLS context for a server name.
    """

    def __init__(
        self,
        owner: ConnectionOwner,
        settings: StreamSettings,
        guard: SourceGuard,
        counters: TransportCounters,
        contexts: Callable[[str], ssl.SSLContext],
    ) -> None:
        self._owner = owner
        self._settings = settings
        self._guard = guard
        self._counters = counters
        self._contexts = contexts
        self._by_id: dict[int, Connection] = {}
        self._by_end: dict[RemoteEnd, StreamConnection] = {}
        self._end_of: dict[int, RemoteEnd] = {}
        self._connecting: dict[RemoteEnd, asyncio.Task[StreamConnection | None]] = {}
        self._streams: dict[int, StreamConnection] = {}
        self._unproven: dict[int, StreamConnection] = {}
        self._per_source: dict[str, int] = {}
        self._incoming = 0
        self._drained: asyncio.Event | None = None
        "Set when the last connection has closed; exists only while the table closes."
        self.listening_ports: dict[str, int] = {}
        "Where peers reach us, by transport."

    def __len__(self) -> int:
        return len(self._by_id)

    # Public methods for looking up

    def by_flow(self, flow: Flow) -> Connection | None:
        """Return the open connection of ``flow``."""
        return self._by_id.get(flow.id)

    def to_end(self, end: RemoteEnd) -> StreamConnection | None:
        """Return an open connection that leads to ``end``, ours or (without TLS) the peer's (RFC 5923)."""
        connection = self._by_end.get(end)
        return connection if connection is not None and connection.open else None

    # Public methods for opening

    async def connect(self, end: RemoteEnd, timeout_s: float) -> StreamConnection | None:
        """Return an open connection to ``end``, shared with everybody who asks at the same time; None when it fails."""
        existing = self.to_end(end)
        if existing is not None:
            return existing
        task = self._connecting.get(end)
        if task is None:
            task = self._connecting[end] = create_task(self._connect(end), name=f"sip-connect:{end.host}:{end.port}")
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(task)
        except TimeoutError:
            return None

    async def _connect(self, end: RemoteEnd) -> StreamConnection | None:
        connection = StreamConnection(
            self._owner,
            end.transport,
            self._settings,
            incoming=False,
            local_port=self.listening_ports.get(end.transport),
        )
        secure = end.transport == "tls"
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection,
                    end.host,
                    end.port,
                    ssl=self._contexts(end.server_name) if secure else None,
                    server_hostname=end.server_name if secure else None,
                    ssl_shutdown_timeout=SHUTDOWN_TIMEOUT_S if secure else None,
                )
        except (OSError, TimeoutError, OverflowError, ValueError):  # The last two: no such port, no such server name.
            return None
        finally:
            self._connecting.pop(end, None)
        if not connection.open:
            return None
        self._lead_to(end, connection)
        return connection

    def attach(self, connection: ForeignConnection) -> None:
        """Add a connection accepted elsewhere."""
        self._by_id[connection.flow.id] = connection

    def detach(self, flow: Flow) -> bool:
        """Forget a connection accepted elsewhere; False when it is unknown."""
        return self._by_id.pop(flow.id, None) is not None

    # Public methods for incoming connections

    def admit(self, source: str) -> bool:
        """Tell whether ``source`` may open one more connection, and count it.

        When every place is taken, the oldest connection that never said anything makes room.
        """
        settings = self._settings
        count = self._per_source.get(source, 0)
        allowed = self._guard.admits_connection(source, self._owner.monotonic()) and (
            count < settings.max_connections_per_source or self._guard.is_trusted(source)
        )
        if allowed and self._incoming >= settings.max_connections:
            allowed = bool(self._unproven)
            if allowed:
                self._unproven.pop(next(iter(self._unproven))).abort()
        if not allowed:
            self._counters.connections_refused += 1
            return False
        self._per_source[source] = count + 1
        self._incoming += 1
        self._counters.connections_accepted += 1
        return True

    def released(self, source: str) -> None:
        """Take back what :meth:`admit` counted."""
        self._incoming -= 1
        left = self._per_source[source] - 1
        if left:
            self._per_source[source] = left
        else:
            del self._per_source[source]

    # Public methods for what the connections report

    def opened(self, connection: StreamConnection) -> None:
        """Add an open connection."""
        flow = connection.flow
        self._by_id[flow.id] = self._streams[flow.id] = connection
        if connection.incoming:
            self._unproven[flow.id] = connection
            if flow.transport == "tcp":
                self._lead_to(RemoteEnd("tcp", *flow.remote), connection)
        else:
            self._counters.connections_opened += 1

    def proven(self, connection: StreamConnection) -> None:
        """Take note that the peer has said something."""
        self._unproven.pop(connection.flow.id, None)

    def closed(self, connection: StreamConnection) -> None:
        """Forget a connection."""
        flow = connection.flow
        self._by_id.pop(flow.id, None)
        self._streams.pop(flow.id, None)
        self._unproven.pop(flow.id, None)
        end = self._end_of.pop(flow.id, None)
        if end is not None and self._by_end.get(end) is connection:
            del self._by_end[end]
        self._counters.connections_lost += 1
        if connection.incoming:
            self.released(flow.remote[0])
        if self._drained is not None and not self._streams:
            self._drained.set()

    def _lead_to(self, end: RemoteEnd, connection: StreamConnection) -> None:
        self._by_end[end] = connection
        self._end_of[connection.flow.id] = end

    # Public methods for time and the end

    def sweep(self, now: float) -> None:
        """Close what idles or dribbles, ping what we opened and has gone quiet."""
        settings = self._settings
        for connection in list(self._streams.values()):
            began = connection.message_since
            if (
                not connection.open  # It was told to close, but the peer does not take what is still to be written.
                or now - connection.heard_at >= settings.idle_timeout_s
                or (not connection.proven and now - connection.opened_at >= settings.first_message_timeout_s)
                or (began is not None and now - began >= settings.message_timeout_s)
            ):
                connection.abort()
            elif (
                settings.keep_alive_s is not None
                and not connection.incoming
                and now - connection.active_at >= settings.keep_alive_s
            ):
                connection.ping()

    async def close(self) -> None:
        """Close every connection and stop connecting."""
        await cancel_and_wait(*self._connecting.values())
        self._connecting.clear()
        for connection in list(self._streams.values()):
            connection.close()
        if self._streams:
            self._drained = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._drained.wait()
        for connection in list(self._streams.values()):
            connection.abort()
        self._by_id.clear()
