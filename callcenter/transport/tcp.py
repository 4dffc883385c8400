"""TCP and TLS connections: framing, keep-alives and every way a peer may waste our time.

A :class:`StreamConnection` only frames and writes. What idles, dribbles half a message or never says anything is
found by
:meth:`~callcenter.transport.connections.ConnectionTable.sweep`, one walk a second instead of a timer per connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from callcenter.runtime.tasks import create_task
from callcenter.sip.flow import Flow
from callcenter.sip.stream import FramingError, Ping, Pong, StreamFramer
from callcenter.transport.settings import ListenAddress, StreamSettings
from callcenter.transport.sockets import bind_socket

ACCEPTS_PER_WAKE = 64
ACCEPT_RETRY_S = 0.5
SHUTDOWN_TIMEOUT_S = 2.0
"How long the peer may take to agree that a TLS connection ends."
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_CRLF = b"\r\n"


class ConnectionOwner(Protocol):
    """Who is told what happens on a connection."""

    def monotonic(self) -> float:
        """Return the time all deadlines are measured by."""
        ...

    def new_flow(self, transport: str, local: tuple[str, int], remote: tuple[str, int]) -> Flow:
        """Return a flow with an id of its own."""
        ...

    def stream_opened(self, connection: StreamConnection) -> None:
        """Take note of a connection that can be written to."""
        ...

    def stream_received(self, connection: StreamConnection, message: bytes) -> None:
        """Take one whole message."""
        ...

    def stream_broken(self, connection: StreamConnection, error: FramingError) -> None:
        """Take note that framing is lost; the connection closes itself afterwards."""
        ...

    def batch_done(self) -> None:
        """Take note that everything read so far was handed over."""
        ...

    def stream_closed(self, connection: StreamConnection) -> None:
        """Take note of the end, exactly once per connection that was opened."""
        ...


class StreamConnection(asyncio.Protocol):
    """One TCP or TLS connection, ours or the peer's.

    :param incoming: the peer opened it.
    :param local_port: the port that peers reach this transport at; none means the connection's own.
    """

    flow: Flow

    def __init__(
        self,
        owner: ConnectionOwner,
        transport: str,
        settings: StreamSettings,
        *,
        incoming: bool,
        local_port: int | None = None,
    ) -> None:
        self.incoming = incoming
        self.transport_name = transport
        self.open = False
        self.proven = not incoming
        "It has sent at least one whole message or keep-alive."
        self.opened_at = owner.monotonic()
        self.heard_at = self.opened_at
        self.active_at = self.opened_at
        "When anything last went in either direction."
        self.message_since: float | None = None
        "When the message that is now incomplete began."
        self._owner = owner
        self._settings = settings
        self._local_port = local_port
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None

    # Called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the connection its flow."""
        self._transport = cast(asyncio.Transport, transport)
        local, remote = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        if not local or not remote:  # The peer was gone before we could look.
            self._transport.abort()
            return
        self.flow = self._owner.new_flow(
            self.transport_name, (local[0], self._local_port or local[1]), (remote[0], remote[1])
        )
        self._transport.set_write_buffer_limits(high=self._settings.max_write_buffer_bytes)
        self.open = True
        self._owner.stream_opened(self)

    def data_received(self, data: bytes) -> None:
        """Frame and hand over what arrived."""
        if not self.open:
            return
        now = self.heard_at = self.active_at = self._owner.monotonic()
        framer = self._framer
        began = self.message_since
        for frame in framer.feed(data):
            began = None
            if type(frame) is bytes:
                self.proven = True
                self._owner.stream_received(self, frame)
            elif isinstance(frame, Ping):
                self.proven = True
                self.send(_CRLF)
            elif isinstance(frame, FramingError):
                self._owner.stream_broken(self, frame)
                self.close()
                break
            else:
                assert isinstance(frame, Pong)
            if not self.open:
                break
        self.message_since = (now if began is None else began) if framer.buffered else None
        self._owner.batch_done()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end once."""
        was_opened = hasattr(self, "flow")
        self.open = False
        self._transport = None
        if was_opened:
            self._owner.stream_closed(self)

    # Called by the driver

    @property
    def buffered_out(self) -> int:
        """Bytes that wait for the peer to read."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> bool:
        """Write ``data``; False when the connection is closed, or closed now because the peer does not read."""
        transport = self._transport
        if not self.open or transport is None or transport.is_closing():
            return False
        transport.write(data)
        self.active_at = self._owner.monotonic()
        if transport.get_write_buffer_size() > self._settings.max_write_buffer_bytes:
            self.abort()
            return False
        return True

    def ping(self) -> None:
        """Send a keep-alive (RFC 5626 §3.5.1)."""
        self._framer.expect_pong()
        self.send(_CRLF + _CRLF)

    def close(self) -> None:
        """Close after what is written has gone."""
        self.open = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()


class StreamListener:
    """A listening socket that asks before it accepts and survives a full table of file descriptors.

    :param admit: tells whether a connection from this address may be opened; when it says yes it has counted it.
    :param released: called when a connection that was admitted failed before it was opened.
    :param make: builds the protocol of one incoming connection.
    """

    def __init__(
        self,
        address: ListenAddress,
        settings: StreamSettings,
        context: ssl.SSLContext | None,
        *,
        admit: Callable[[str], bool],
        released: Callable[[str], None],
        make: Callable[[int], StreamConnection],
    ) -> None:
        self.address = address
        self._settings = settings
        self._context = context
        self._admit = admit
        self._released = released
        self._make = make
        self._socket, self.host, self.port = bind_socket(address, socket.SOCK_STREAM)
        self.family = self._socket.family
        self._spare: int | None = _spare_descriptor()
        self._retry: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to accept on the running loop."""
        self._socket.listen(self._settings.backlog)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting."""
        if self._retry is not None:
            self._retry.cancel()
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_WAKE):
            try:
                accepted, address = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _OUT_OF_RESOURCES:
                    self._turn_away()
                    return
                continue  # The peer gave up while it waited.
            if self._admit(address[0]):
                accepted.setblocking(False)
                create_task(self._open(accepted, address[0]), name=f"sip-accept:{address[0]}")
            else:
                accepted.close()

    def _turn_away(self) -> None:
        """Out of descriptors: use the spare one to take a connection off the queue and close it, then pause."""
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
            with contextlib.suppress(OSError):  # Nobody waits any more, or the system itself is out of descriptors.
                self._socket.accept()[0].close()
            self._spare = _spare_descriptor()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        self._retry = loop.call_later(ACCEPT_RETRY_S, self._resume)

    def _resume(self) -> None:
        self._retry = None
        if self._spare is None:
            self._spare = _spare_descriptor()
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._accept)

    async def _open(self, accepted: socket.socket, source: str) -> None:
        connection = self._make(self.port)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=self._context,
                ssl_handshake_timeout=self._settings.handshake_timeout_s if self._context else None,
                ssl_shutdown_timeout=SHUTDOWN_TIMEOUT_S if self._context else None,
            )
        except (OSError, TimeoutError):  # ssl.SSLError is an OSError: a peer that cannot shake hands is no event.
            accepted.close()
        finally:
            if not hasattr(connection, "flow"):
                self._released(source)


def _spare_descriptor() -> int | None:
    try:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
