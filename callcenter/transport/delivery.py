"""Bringing a message to its flow or target: look-up, connection, next candidate when one fails (RFC 3263 §4.3).

What can go at once goes at once, without a task: every message on a flow, and those to numeric UDP targets or over
connections that are open. The rest waits in one queue per target, so that messages to one place keep their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import structlog

from callcenter.runtime.tasks import create_task
from callcenter.sip.flow import Flow, Outgoing, Target
from callcenter.transport import stateless
from callcenter.transport.connections import ConnectionTable, RemoteEnd
from callcenter.transport.counters import TransportCounters
from callcenter.transport.log_limit import LogLimit
from callcenter.transport.resolver import DEFAULT_PORTS, Candidate, Resolver, Unresolvable
from callcenter.transport.settings import TransportSettings

log = structlog.get_logger(__name__)

MAX_STREAM_REFUSALS = 1024
MAX_RECONNECTING = 256


class DeliveryPort(Protocol):
    """What delivery needs from the driver."""

    settings: TransportSettings
    counters: TransportCounters

    def monotonic(self) -> float:
        """Return the time."""
        ...

    def send_on_flow(self, data: bytes, flow: Flow) -> bool:
        """Send on a UDP flow or an open connection; False when that is impossible."""
        ...

    def udp_flow_to(self, host: str, port: int) -> Flow | None:
        """Return a UDP flow to a numeric address, or None when no socket can send there."""
        ...

    def flow_resolved(self, outgoing: Outgoing, flow: Flow) -> None:
        """Tell the endpoint which way its message goes."""
        ...

    def undeliverable(self, outgoing: Outgoing) -> None:
        """Tell the endpoint that its message goes nowhere."""
        ...


class Delivery:
    """Send what the endpoint wants sent."""

    def __init__(
        self, port: DeliveryPort, resolver: Resolver, connections: ConnectionTable, log_limit: LogLimit
    ) -> None:
        self._port = port
        self._resolver = resolver
        self._connections = connections
        self._log_limit = log_limit
        self._queues: dict[Target, deque[Outgoing]] = {}
        self._stream_refused: dict[tuple[str, int], float] = {}
        "Peers that took no stream connection for a large request, and until when that is believed."

    # Public methods

    def send(self, outgoing: Outgoing) -> None:
        """Send now, or queue."""
        flow = outgoing.flow
        if flow is not None:
            if self._port.send_on_flow(outgoing.data, flow):
                return
            target = outgoing.target or self._way_back(outgoing, flow)
        else:
            target = outgoing.target
        if target is None:
            self._fail(outgoing)
        elif target in self._queues or not self._send_at_once(outgoing, target):
            self._enqueue(outgoing, target)

    async def flow_to(self, target: Target) -> Flow:
        """Return a flow that leads to ``target``, connecting when needed, without sending anything.

        :raises Unresolvable: no candidate can be reached.
        """
        known = target.flow
        if known is not None and (known.transport == "udp" or self._connections.by_flow(known) is not None):
            return known
        for candidate in await self._resolver.resolve(target):
            flow = await self._reach(candidate, target)
            if flow is not None:
                return flow
        raise Unresolvable(f"{target.host} cannot be reached")

    # Without waiting

    def _send_at_once(self, outgoing: Outgoing, target: Target) -> bool:
        """Send when no look-up and no new connection is needed; False when one is, or when sending failed."""
        known = target.flow
        if known is not None and (known.transport == "udp" or self._connections.by_flow(known) is not None):
            return self._send_resolved(outgoing, known)
        candidates = self._resolver.at_once(target)
        if candidates is None:
            return False
        candidate = candidates[0]
        if candidate.transport != "udp":
            connection = self._connections.to_end(_end(candidate, target))
            return connection is not None and self._send_resolved(outgoing, connection.flow)
        if self._prefers_stream(outgoing, candidate):
            return False
        flow = self._port.udp_flow_to(candidate.host, candidate.port)
        return flow is not None and self._send_resolved(outgoing, flow)

    def _send_resolved(self, outgoing: Outgoing, flow: Flow) -> bool:
        """Let the endpoint put the way into the message, then send it."""
        if outgoing.data.startswith(b"SIP/"):
            return self._port.send_on_flow(outgoing.data, flow)
        before = stateless.top_sent_by(outgoing.data)
        self._port.flow_resolved(outgoing, flow)
        data = stateless.with_contact_moved(outgoing.data, before, stateless.top_sent_by(outgoing.data))
        return self._port.send_on_flow(data, flow)

    # With waiting

    def _enqueue(self, outgoing: Outgoing, target: Target) -> None:
        queue = self._queues.get(target)
        if queue is None:
            self._queues[target] = deque((outgoing,))
            create_task(self._work_off(target), name=f"sip-deliver:{target.host}")
        elif any(waiting.data is outgoing.data for waiting in queue):
            pass  # A retransmission of what has not been sent once.
        elif len(queue) >= self._port.settings.stream.max_pending_messages:
            self._fail(outgoing)
        else:
            queue.append(outgoing)

    async def _work_off(self, target: Target) -> None:
        queue = self._queues[target]
        try:
            while queue:
                outgoing = queue[0]
                try:
                    delivered = await self._deliver(outgoing, target)
                except Exception:  # A supervised edge: the messages behind this one must still go.
                    log.exception("delivery failed", call_id=stateless.call_id(outgoing.data))
                    delivered = False
                queue.popleft()
                if not delivered:
                    self._fail(outgoing)
        finally:
            del self._queues[target]

    async def _deliver(self, outgoing: Outgoing, target: Target) -> bool:
        try:
            candidates: Sequence[Candidate] = await self._resolver.resolve(target)
        except Unresolvable as error:
            self._log_limit.warning("target cannot be resolved", problem=str(error))
            return False
        for candidate in candidates:
            flow = await self._large_request_flow(outgoing, candidate) or await self._reach(candidate, target)
            if flow is not None and self._send_resolved(outgoing, flow):
                return True
        return False

    async def _reach(self, candidate: Candidate, target: Target) -> Flow | None:
        if candidate.transport == "udp":
            return self._port.udp_flow_to(candidate.host, candidate.port)
        if candidate.transport not in DEFAULT_PORTS:  # WebSocket peers connect to us, never we to them.
            return None
        connection = await self._connections.connect(
            _end(candidate, target), self._port.settings.stream.connect_timeout_s
        )
        return None if connection is None else connection.flow

    def _prefers_stream(self, outgoing: Outgoing, candidate: Candidate) -> bool:
        """Tell whether this request is too large for UDP (RFC 3261 §18.1.1) and its peer not known to refuse TCP."""
        if len(outgoing.data) <= self._port.settings.udp.stream_switch_bytes or outgoing.data.startswith(b"SIP/"):
            return False
        return self._stream_refused.get((candidate.host, candidate.port), 0.0) <= self._port.monotonic()

    async def _large_request_flow(self, outgoing: Outgoing, candidate: Candidate) -> Flow | None:
        """Return a TCP flow for a request that is too large for UDP, or None when it must go by UDP after all."""
        if candidate.transport != "udp" or not self._prefers_stream(outgoing, candidate):
            return None
        settings = self._port.settings.udp
        end = RemoteEnd("tcp", candidate.host, candidate.port)
        connection = await self._connections.connect(end, settings.stream_switch_timeout_s)
        if connection is not None:
            return connection.flow
        if len(self._stream_refused) >= MAX_STREAM_REFUSALS:
            self._stream_refused.clear()
        until = self._port.monotonic() + settings.stream_switch_memory_s
        self._stream_refused[candidate.host, candidate.port] = until
        return None

    def _way_back(self, outgoing: Outgoing, flow: Flow) -> Target | None:
        """Return where a response goes whose connection is gone (RFC 3261 §18.2.2); None for what can go nowhere."""
        if flow.transport not in ("tcp", "tls") or not outgoing.data.startswith(b"SIP/"):
            return None
        if len(self._queues) >= MAX_RECONNECTING:  # Many callers who hang up at once must not make us dial them all.
            return None
        address = stateless.reply_address(outgoing.data)
        return (
            None if address is None else Target(address[0], address[1] or DEFAULT_PORTS[flow.transport], flow.transport)
        )

    def _fail(self, outgoing: Outgoing) -> None:
        self._port.counters.send_failures += 1
        self._log_limit.warning("message could not be sent", call_id=stateless.call_id(outgoing.data))
        self._port.undeliverable(outgoing)


def _end(candidate: Candidate, target: Target) -> RemoteEnd:
    name = target.host if candidate.transport == "tls" else ""
    return RemoteEnd(candidate.transport, candidate.host, candidate.port, name)
