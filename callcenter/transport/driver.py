"""The asyncio shell around the SIP core: sockets in, sockets out, one timer, events to one handler.

The whole life of a message is in two methods. :meth:`SipDriver.datagrams_received` and its stream sibling hand what arrived to
:class:`~callcenter.transport.ingress.Ingress` (guard, overload gate, parser) and so to the endpoint; :meth:`SipDriver.flush`
drains what the endpoint wants sent and what it wants known until both are empty, then arms the timer. Nothing here knows
what a transaction is, and the core never sees a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from random import Random

import structlog

from callcenter.base.errors import LocalError
from callcenter.runtime.clock import Clock
from callcenter.sip.endpoint import Endpoint, Flow, Outgoing
from callcenter.sip.events import SipEvent
from callcenter.transport.counters import TransportCounters
from callcenter.transport.delivery import Delivery
from callcenter.transport.ingress import Ingress
from callcenter.transport.log_limit import LogLimit
from callcenter.transport.overload import OverloadGate
from callcenter.transport.resolver import Resolver
from callcenter.transport.settings import ListenAddress, TlsFiles, TransportSettings
from callcenter.transport.source_guard import SourceGuard
from callcenter.transport.tcp import ConnectionTable, StreamConnection, StreamListener
from callcenter.transport.tls import ClientContexts, server_context
from callcenter.transport.udp import UdpSocket

log = structlog.get_logger(__name__)

SWEEP_INTERVAL_S = 1.0
"How often connections are looked over for idleness and half messages."


class SipDriver:
    """Own every SIP socket of this node and move messages between them and one :class:`Endpoint`.

    :param endpoint: the sans-I/O core. After calling any command on it, call :meth:`flush`.
    :param handler: gets every event of the core, in order. It may call commands; it need not flush. What it raises is logged
        and does not reach anybody else.
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
        self._handler = handler
        self._clock = clock
        self._log_limit = LogLimit(log, clock)
        self._flow_ids = count(1)
        self._resolver = resolver or Resolver(clock, random)
        self._ingress = Ingress(endpoint, self.guard, gate, random, self.counters, self._log_limit)
        self._connections = ConnectionTable(self.settings.stream, self.guard, self.counters)
        self._delivery = Delivery(self, self._resolver, self._connections)
        self._udp: list[UdpSocket] = []
        self._listeners: list[StreamListener] = []
        self._flushing = False
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
        ...

    async def stop(self) -> None:
        """Send what is queued, close every socket and connection, forget timers."""
        ...

    # Public methods for commands

    def flush(self) -> None:
        """Send what the endpoint has queued, deliver its events, arm the timer. Call after every batch of commands.

        Calling it from within the event handler is allowed and does nothing: the flush under way goes on until both
        queues are empty.
        """
        ...

    def source_host(self, remote_host: str) -> str:
        """Return the numeric local address that packets to the numeric ``remote_host`` leave from (for Contact and SDP).

        The advertised host of a matching listen address wins.
        """
        ...

    # Public methods for connections that somebody else accepts (SIP over WebSocket, RFC 7118)

    def new_flow(self, transport: str, local: tuple[str, int], remote: tuple[str, int]) -> Flow:
        """Return a flow with a connection id of its own, for :meth:`attach_connection`."""
        ...

    def attach_connection(self, flow: Flow, send: Callable[[bytes], None]) -> None:
        """Register a connection accepted elsewhere; ``send`` gets whole messages and may raise ``OSError``.

        The owner must report what arrives by :meth:`connection_received` and the end by :meth:`connection_closed`.
        """
        ...

    def connection_received(self, flow: Flow, data: bytes) -> None:
        """Take one whole SIP message (or a CRLF keep-alive, answered in kind) from an attached connection."""
        ...

    def connection_closed(self, flow: Flow) -> None:
        """Say that an attached connection has ended. Unknown flows are ignored."""
        ...
