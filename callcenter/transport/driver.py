"""The asyncio shell around the SIP core: sockets in, sockets out, one timer, events to one handler.

What arrives goes through :class:`~callcenter.transport.ingress.Ingress` (guard, overload gate, parser) to the
endpoint. After each batch :meth:`SipDriver.flush` drains what the endpoint wants sent and what it wants known until
both are empty, then arms the timer. Nothing here knows what a transaction is, and the core never sees a socket.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from typing import Any

import structlog

from callcenter.base.errors import LocalError
from callcenter.runtime.clock import Clock
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import SipEvent
from callcenter.sip.flow import Flow, Outgoing, SentBy, Target
from callcenter.sip.stream import FramingError
from callcenter.transport import stateless
from callcenter.transport.connections import ConnectionTable, ForeignConnection
from callcenter.transport.counters import TransportCounters
from callcenter.transport.delivery import Delivery
from callcenter.transport.ingress import Ingress
from callcenter.transport.log_limit import LogLimit
from callcenter.transport.overload import OverloadGate
from callcenter.transport.resolver import Resolver
from callcenter.transport.settings import ListenAddress, TlsFiles, TransportSettings
from callcenter.transport.sockets import family_of, source_host
from callcenter.transport.source_guard import SourceGuard
from callcenter.transport.tcp import StreamConnection, StreamListener
from callcenter.transport.tls import ClientContexts, limit_read_buffers, server_context
from callcenter.transport.udp import UdpSocket

log = structlog.get_logger(__name__)

SWEEP_INTERVAL_S = 1.0
"How often connections are looked over for idleness and half messages."
ROUTE_MEMORY_S = 10.0
"How long the kernel's choice of our address for a peer is remembered."
MAX_ROUTES = 4096
MAX_FLUSH_ROUNDS = 10_000
"A handler and a core that feed each other without end are stopped here."


class SipDriver:
    """Own every SIP socket of this node and move messages between them and one :class:`Endpoint`.

    :param endpoint: the sans-I/O core. After calling any command on it, call :meth:`flush`.
    :param handler: gets every event of the core, in order. It may call commands; it need not flush. What it raises is
        logged and does not reach anybody else.
    :param clock: the monotonic clock whose seconds the endpoint, guard, gate and resolver are given.
    :param random: source for SRV weights and Retry-After; not for secrets.
    :param guard: who may speak to us at all.
    :param gate: when new calls are refused. None refuses none.
    :param resolver: RFC 3263 look-ups.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        handler: Callable[[SipEvent], None],
        *,
        clock: Clock,
        random: Random,
        guard: SourceGuard | None = None,
        gate: OverloadGate | None = None,
        resolver: Resolver | None = None,
        settings: TransportSettings | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.settings = settings or TransportSettings()
        self.counters = TransportCounters()
        self.guard = guard or SourceGuard()
        self.gate = gate
        self.listening: list[ListenAddress] = []
        "What is listened on, with the ports the kernel chose; filled by :meth:`start`."
        self.connection_lost: Callable[[Flow], None] = lambda _flow: None
        "Told of each connection that has ended, after the endpoint; set it before :meth:`start`."
        self._handler = handler
        self._clock = clock
        self.monotonic = clock.monotonic
        log_limit = LogLimit(log, clock)
        self._client_contexts = ClientContexts(None)
        self._ingress = Ingress(endpoint, self, self.guard, gate, random, self.counters, log_limit)
        self._connections = ConnectionTable(self, self.settings.stream, self.guard, self.counters, self._client_context)
        self._delivery = Delivery(self, resolver or Resolver(clock, random), self._connections, log_limit)
        self._flow_ids = count(1)
        self._udp: list[UdpSocket] = []
        self._udp_by_local: dict[tuple[str, int], UdpSocket] = {}
        self._routes: dict[str, tuple[str | None, float]] = {}
        self._listeners: list[StreamListener] = []
        self._flushing = False
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._sweep_timer: asyncio.TimerHandle | None = None

    # Public methods for the life of the server

    async def start(self, listen: Sequence[ListenAddress], tls: TlsFiles | None = None) -> None:
        """Open every address of ``listen``; either all are open afterwards or none.

        :raises AddressInUse: another program listens there; the message names transport, port and host.
        :raises ListenFailed: the address cannot be listened on for another reason.
        :raises LocalError: TLS is listened on without ``tls``.
        """
        self._client_contexts = ClientContexts(tls)
        limit_read_buffers()
        sent_by: list[SentBy] = []
        try:
            for address in listen:
                port = self._open(address, tls)
                self.listening.append(
                    ListenAddress(
                        address.transport, address.host, port, address.advertised_host, address.advertised_port
                    )
                )
                if address.advertised_host is not None:
                    sent_by.append(SentBy(address.transport, address.advertised_host, address.advertised_port or port))
        except BaseException:
            self._close_sockets()
            raise
        self.endpoint.set_sent_by(sent_by)
        for udp in self._udp:
            udp.start()
        for listener in self._listeners:
            listener.start()
        self._sweep_timer = asyncio.get_running_loop().call_later(SWEEP_INTERVAL_S, self._sweep)

    async def stop(self) -> None:
        """Send what is queued, close every socket and connection, forget timers."""
        if self._stopped:
            return
        self.flush()
        self._stopped = True
        for timer in (self._timer, self._sweep_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._sweep_timer = None
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        await self._connections.close()
        self._close_sockets()

    # Public methods for commands

    def flush(self) -> None:
        """Send what the endpoint has queued, deliver its events, arm the timer. Call after every batch of commands.

        Calling it from within the event handler is allowed and does nothing: the flush under way goes on until both
        queues are empty.
        """
        if self._flushing or self._stopped:
            return
        self._flushing = True
        endpoint, send, handle = self.endpoint, self._send, self._handle
        try:
            for _ in range(MAX_FLUSH_ROUNDS):
                outgoing = endpoint.outgoing()
                for message in outgoing:
                    send(message)
                events = endpoint.events()
                for event in events:
                    handle(event)
                if not outgoing and not events:
                    break
            else:
                log.error("endpoint and handler feed each other without end")
        finally:
            self._flushing = False
        if self.gate is not None:
            self.gate.batch_done()
        self._arm()

    async def flow_to(self, target: Target) -> Flow:
        """Return a flow that leads to ``target``, looking it up and connecting when needed, without sending anything.

        Commands given this flow write the right address of ours into Via and Contact from the start.

        :raises Unresolvable: no candidate can be reached.
        """
        return await self._delivery.flow_to(target)

    def udp_flow_to(self, host: str, port: int) -> Flow | None:
        """Return a UDP flow to a numeric address, or None when there is no socket or no route for it."""
        family = family_of(host)
        sockets = [udp for udp in self._udp if udp.family == family]
        if not sockets:
            return None
        local = self.source_host(host)
        chosen = next((udp for udp in sockets if udp.wildcard or udp.host == local), sockets[0])
        if not chosen.wildcard:
            local = chosen.host
        elif local is None:
            return None
        self._udp_by_local[local, chosen.port] = chosen
        return Flow("udp", (local, chosen.port), (host, port))

    def source_host(self, remote_host: str) -> str | None:
        """Return the local address that packets to the numeric ``remote_host`` leave from; None without a route."""
        now = self.monotonic()
        known = self._routes.get(remote_host)
        if known is not None and known[1] > now:
            return known[0]
        if len(self._routes) >= MAX_ROUTES:
            self._routes.clear()
        local = source_host(remote_host)
        self._routes[remote_host] = (local, now + ROUTE_MEMORY_S)
        return local

    # Public methods for connections that somebody else accepts (SIP over WebSocket, RFC 7118)

    def new_flow(self, transport: str, local: tuple[str, int], remote: tuple[str, int]) -> Flow:
        """Return a flow with a connection id of its own, for :meth:`attach_connection`."""
        return Flow(transport, local, remote, next(self._flow_ids))

    def attach_connection(self, flow: Flow, send: Callable[[bytes], None]) -> None:
        """Register a connection accepted elsewhere; ``send`` gets whole messages and may raise ``OSError``.

        The owner must report what arrives by :meth:`connection_received` and the end by :meth:`connection_closed`.

        :raises LocalError: the flow has no connection id; make it with :meth:`new_flow`.
        """
        if flow.id == 0:
            raise LocalError("a connection needs a flow with an id of its own")
        self._connections.attach(ForeignConnection(flow, send))

    def connection_received(self, flow: Flow, data: bytes) -> None:
        """Take one whole SIP message (or a CRLF keep-alive, answered in kind) from an attached connection."""
        connection = self._connections.by_flow(flow)
        if connection is None:
            return
        if data == b"\r\n\r\n":
            self.counters.keep_alives += 1
            connection.send(b"\r\n")
            return
        self._admit_message(data, flow)
        self.flush()

    def connection_closed(self, flow: Flow) -> None:
        """Say that an attached connection has ended. Unknown flows are ignored."""
        if self._connections.detach(flow):
            self._tell(self.endpoint.connection_lost, flow)
            self.connection_lost(flow)

    # For delivery

    def send_on_flow(self, data: bytes, flow: Flow) -> bool:
        """Send raw bytes on a UDP flow or an open connection; False when that is impossible."""
        if flow.transport == "udp":
            udp = self._udp_by_local.get(flow.local) or self._adopt(flow)
            sent = udp is not None and udp.send(data, flow)
        else:
            connection = self._connections.by_flow(flow)
            sent = connection is not None and connection.send(data)
        if sent:
            self.counters.sent += 1
        return sent

    def flow_resolved(self, outgoing: Outgoing, flow: Flow) -> None:
        """Tell the endpoint which way its message goes."""
        self.endpoint.flow_resolved(outgoing, flow)

    def undeliverable(self, outgoing: Outgoing) -> None:
        """Tell the endpoint that its message goes nowhere."""
        self._tell(self.endpoint.send_failed, outgoing)

    # For the sockets

    def datagram_received(self, udp: UdpSocket, data: bytes, address: tuple[str, int], note: bytes) -> None:
        """Take one datagram; ``note`` is the kernel's, of which of our addresses it came to."""
        self.counters.received += 1
        now = self.monotonic()
        if not self.guard.admit(address[0], now):
            self.counters.dropped_by_guard += 1
            return
        flow = udp.flow(address, note)
        if flow.local not in self._udp_by_local:
            self._udp_by_local[flow.local] = udp
        self._ingress.take(data, flow, now)

    def stream_opened(self, connection: StreamConnection) -> None:
        """Take note of a connection that can be written to."""
        self._connections.opened(connection)

    def stream_received(self, connection: StreamConnection, message: bytes) -> None:
        """Take one whole message from a connection."""
        self._connections.proven(connection)
        source = connection.flow.remote[0]
        if not self._admit_message(message, connection.flow) and not self.guard.admits_connection(
            source, self.monotonic()
        ):
            connection.abort()

    def stream_broken(self, connection: StreamConnection, error: FramingError) -> None:
        """Answer a message whose end cannot be found."""
        self._ingress.broken_stream(error.head, error.status, connection.flow, self.monotonic())

    def batch_done(self) -> None:
        """Take note that everything read so far was handed over."""
        self.flush()

    def stream_closed(self, connection: StreamConnection) -> None:
        """Take note of the end of a connection."""
        self._connections.closed(connection)
        if self._stopped:
            return
        self._tell(self.endpoint.connection_lost, connection.flow)
        self.connection_lost(connection.flow)

    # Inside

    def _admit_message(self, data: bytes, flow: Flow) -> bool:
        self.counters.received += 1
        now = self.monotonic()
        if not self.guard.admit(flow.remote[0], now):
            self.counters.dropped_by_guard += 1
            return False
        self._ingress.take(data, flow, now)
        return True

    def _open(self, address: ListenAddress, tls: TlsFiles | None) -> int:
        if address.transport == "udp":
            udp = UdpSocket(address, self.settings.udp, self.counters, self.datagram_received, self.flush)
            self._udp.append(udp)
            if not udp.wildcard:
                self._udp_by_local[udp.host, udp.port] = udp
            return udp.port
        context: ssl.SSLContext | None = None
        if address.transport == "tls":
            if tls is None:
                raise LocalError("listening on TLS needs a certificate, or at least the place to keep one")
            context = server_context(tls, self._clock.utcnow())
        listener = StreamListener(
            address,
            self.settings.stream,
            context,
            admit=self._connections.admit,
            released=self._connections.released,
            make=lambda port: StreamConnection(self, address.transport, self.settings.stream, incoming=True),
        )
        self._listeners.append(listener)
        self._connections.listening_ports.setdefault(address.transport, listener.port)
        return listener.port

    def _adopt(self, flow: Flow) -> UdpSocket | None:
        """Find the socket for a UDP flow that was not received on: one of this family and port."""
        family = family_of(flow.local[0])
        for udp in self._udp:
            if udp.family == family and udp.port == flow.local[1] and (udp.wildcard or udp.host == flow.local[0]):
                self._udp_by_local[flow.local] = udp
                return udp
        return None

    def _client_context(self, server_name: str) -> ssl.SSLContext:
        return self._client_contexts.for_host(server_name)

    def _send(self, outgoing: Outgoing) -> None:
        try:
            self._delivery.send(outgoing)
        except Exception:  # A supervised edge: the other messages must still go.
            log.exception("message could not be sent", call_id=stateless.call_id(outgoing.data))

    def _tell(self, tell: Callable[[Any, float], None], what: object) -> None:
        """Report a failure of the network to the endpoint."""
        try:
            tell(what, self.monotonic())
        except Exception:  # A supervised edge: the connection is gone whatever the endpoint makes of it.
            log.exception("endpoint failed on a lost path")
        self.flush()

    def _handle(self, event: SipEvent) -> None:
        try:
            self._handler(event)
        except Exception:  # A supervised edge: one call's fault must not reach the others.
            self.counters.handler_failures += 1
            session = getattr(event, "session", None)
            log.exception(
                "event handler failed", fact=type(event).__name__, call_id=str(getattr(session, "call_id", ""))[:128]
            )

    def _arm(self) -> None:
        """Keep one loop timer at or before the endpoint's next deadline.

        A timer that fires early just asks again, which is cheaper than moving it for every message.
        """
        deadline = self.endpoint.next_timer()
        if deadline is None or self._stopped:
            return
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        delay = max(0.0, deadline - self.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now = self.monotonic()
        deadline = self.endpoint.next_timer()
        if deadline is not None and deadline <= now:
            try:
                self.endpoint.handle_timer(now)
            except Exception:  # A supervised edge: the other deadlines must still be kept.
                log.exception("endpoint failed on a timer")
        self.flush()

    def _sweep(self) -> None:
        self._sweep_timer = asyncio.get_running_loop().call_later(SWEEP_INTERVAL_S, self._sweep)
        self._connections.sweep(self.monotonic())

    def _close_sockets(self) -> None:
        for udp in self._udp:
            udp.close()
        for listener in self._listeners:
            listener.close()
        self._udp.clear()
        self._listeners.clear()
        self._udp_by_local.clear()
