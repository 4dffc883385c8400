"""One UDP socket, read with ``loop.add_reader`` and written directly.

asyncio's datagram transport gives the loop back after every packet; here one wake-up drains a batch. A socket bound
to a wildcard address asks the kernel which of our addresses each datagram came to (IP_PKTINFO), so that the answer
leaves from there and a
:class:`Flow` never names a wildcard.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable

from callcenter.sip.flow import Flow
from callcenter.transport.counters import TransportCounters
from callcenter.transport.settings import ListenAddress, UdpSettings
from callcenter.transport.sockets import bind_socket

MAX_CACHED_FLOWS = 8192
_ANCILLARY_BYTES = 128
_IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)
_IPV6_PKTINFO = getattr(socket, "IPV6_PKTINFO", 50)
_SO_RCVBUFFORCE = 33

DatagramHandler = Callable[["UdpSocket", bytes, tuple[str, int], bytes], None]
"Called with the socket, the datagram, the address it came from and the kernel's note of where it came to."


class UdpSocket:
    """A bound UDP socket.

    :param received: called for each datagram; it asks :meth:`flow` for the flow once the source is admitted.
    :param batch_done: called after each wake-up.
    """

    def __init__(
        self,
        address: ListenAddress,
        settings: UdpSettings,
        counters: TransportCounters,
        received: DatagramHandler,
        batch_done: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._counters = counters
        self._received = received
        self._batch_done = batch_done
        self._socket, host, self.port = bind_socket(address, socket.SOCK_DGRAM)
        self.family = self._socket.family
        self.wildcard = host in ("0.0.0.0", "::")
        self.host = host
        self._limit = settings.max_datagram_bytes
        self._flows: dict[tuple[tuple[str, int], bytes], Flow] = {}
        self._hosts: dict[bytes, str] = {}
        self._notes: dict[str, list[tuple[int, int, bytes]]] = {}
        self._waiting: deque[tuple[bytes, Flow]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._prepare()

    # Public methods

    def start(self) -> None:
        """Begin to read on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._drain_wildcard if self.wildcard else self._drain)

    def close(self) -> None:
        """Stop and close; what waits for the kernel's buffer is given one last try."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
        while self._waiting and self._transmit(*self._waiting[0]) is not None:
            self._waiting.popleft()
        self._waiting.clear()
        self._socket.close()

    def flow(self, remote: tuple[str, int], note: bytes) -> Flow:
        """Return the flow of a datagram just received."""
        key = (remote, note)
        flow = self._flows.get(key)
        if flow is None:
            if len(self._flows) >= MAX_CACHED_FLOWS:
                self._flows.clear()
            flow = self._flows[key] = Flow("udp", (self._local_host(note), self.port), (remote[0], remote[1]))
        return flow

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one datagram, or keep it while the kernel's buffer is full; False when it cannot go there."""
        if not self._waiting:
            sent = self._transmit(data, flow)
            if sent is not None:
                return sent
            if self._loop is not None:
                self._loop.add_writer(self._socket.fileno(), self._drain_waiting)
        if len(self._waiting) >= self._settings.send_queue_datagrams:
            self._counters.send_queue_drops += 1
        else:
            self._waiting.append((data, flow))
        return True

    def _prepare(self) -> None:
        for option in (
            _SO_RCVBUFFORCE,
            socket.SO_RCVBUF,
        ):  # The first lifts the system's ceiling, with the privilege for it.
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, self._settings.receive_buffer_bytes)
                break
        if self.wildcard:
            if self.family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            else:
                self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def _drain(self) -> None:
        receive, received, limit = self._socket.recvfrom, self._received, self._limit
        for _ in range(self._settings.drain_per_wake):
            try:
                data, address = receive(limit + 1)
            except BlockingIOError:
                break
            except OSError:  # An ICMP error about something sent earlier; SIP's timers deal with the loss.
                continue
            if len(data) > limit:
                self._counters.oversized += 1
            else:
                received(self, data, address, b"")
        self._batch_done()

    def _drain_wildcard(self) -> None:
        receive, received, limit = self._socket.recvmsg, self._received, self._limit
        for _ in range(self._settings.drain_per_wake):
            try:
                data, ancillary, _, address = receive(limit + 1, _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except OSError:
                continue
            if len(data) > limit:
                self._counters.oversized += 1
            else:
                received(self, data, address, ancillary[0][2] if ancillary else b"")
        self._batch_done()

    def _local_host(self, note: bytes) -> str:
        """Return our address from the kernel's ``in_pktinfo`` or ``in6_pktinfo``."""
        if not note:
            return self.host
        host = self._hosts.get(note)
        if host is None:
            if self.family == socket.AF_INET6:
                host = socket.inet_ntop(socket.AF_INET6, note[:16])
                if host.startswith("fe80:"):
                    host += f"%{socket.if_indextoname(struct.unpack_from('=I', note, 16)[0])}"
            else:
                host = socket.inet_ntop(socket.AF_INET, note[4:8])
            self._hosts[note] = host
        return host

    def _note_for(self, host: str) -> list[tuple[int, int, bytes]]:
        """Return the ancillary data that makes a datagram leave from our address ``host``."""
        note = self._notes.get(host)
        if note is None:
            if self.family == socket.AF_INET6:
                address, _, zone = host.partition("%")
                index = socket.if_nametoindex(zone) if zone else 0
                packed = struct.pack("=16sI", socket.inet_pton(socket.AF_INET6, address), index)
                note = [(socket.IPPROTO_IPV6, _IPV6_PKTINFO, packed)]
            else:
                packed = struct.pack("=I4s4s", 0, socket.inet_pton(socket.AF_INET, host), b"")
                note = [(socket.IPPROTO_IP, _IP_PKTINFO, packed)]
            self._notes[host] = note
        return note

    def _transmit(self, data: bytes, flow: Flow) -> bool | None:
        """Send now: True when sent, False when that is impossible, None when the buffer is full."""
        try:
            if self.wildcard:
                self._socket.sendmsg((data,), self._note_for(flow.local[0]), 0, flow.remote)
            else:
                self._socket.sendto(data, flow.remote)
        except BlockingIOError:
            return None
        except (OSError, OverflowError):  # The latter: a port beyond 65535.
            return False
        return True

    def _drain_waiting(self) -> None:
        while self._waiting:
            if self._transmit(*self._waiting[0]) is None:
                return
            self._waiting.popleft()
        if self._loop is not None:
            self._loop.remove_writer(self._socket.fileno())
