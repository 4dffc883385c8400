"""A leg's two sockets: who may send to them and where they send.

Once the source is known the RTP socket is connected to it: the kernel then drops everybody else's packets before they
cost anything, and both directions save the address handling.
"""

from __future__ import annotations

import socket

from callcenter.media.engine import PACKET_SIZE, Engine, Send
from callcenter.media.ports import PortPairs, udp_socket
from callcenter.media.reception import Reception
from callcenter.media.source_lock import Address
from callcenter.media.srtp_guard import SrtpGuard
from callcenter.rtp.srtp_keys import SrtpKeys

_STALE = 256
"More than a receive queue holds of packets."


class LegSockets:
    """The RTP and RTCP sockets of one leg.

    :raises MediaCapacityExceeded: when no port pair is free.
    """

    def __init__(
        self, engine: Engine, pairs: PortPairs, host: str, reception: Reception, reserved: int | None = None
    ) -> None:
        self._engine = engine
        self._pairs = pairs
        self._reception = reception
        self.rtp, self.rtcp = pairs.open(host, reserved)
        self.host = host
        self.port: int = self.rtp.getsockname()[1]
        self.connected = False
        self._guard: SrtpGuard | None = None
        self._listen()

    def protect(self, keys: SrtpKeys | None) -> None:
        """Use these keys, or none any more, from the next :meth:`reopen` and :meth:`aim` on."""
        if keys is None:
            self._guard = None
        elif self._guard is None:
            self._guard = SrtpGuard(self._engine, self._reception, keys)
        elif keys != self._guard.keys:
            self._guard = self._guard.changed_to(keys)

    def aim(self, address: Address) -> Send:
        """Return the way to send RTP to ``address`` whoever is being heard."""
        sendto = self.rtp.sendto

        def send(packet: memoryview) -> int:
            return sendto(packet, address)

        return send if self._guard is None else self._guard.sending(send)

    def connect(self, address: Address) -> Send:
        """Hear and send to ``address`` only; return the way to send.

        What others sent before that is thrown away with everything else in the queue.
        """
        for _ in range(_STALE):
            try:
                self.rtp.recv_into(self._engine.in_data)
            except OSError:
                break
        try:
            self.rtp.connect(address)
        except OSError:  # no route now: stay with filtering here
            self._reception.listen_only_to(address)
            return self.aim(address)
        self.connected = True
        self._engine.watch(self.rtp.fileno(), self._reception.on_packet)
        return self.rtp.send if self._guard is None else self._guard.sending(self.rtp.send)

    def reopen(self) -> None:
        """Hear everybody again, on the same port."""
        self._reception.listen_only_to(None)
        if not self.connected:
            self._listen()
            return
        self.connected = False
        self._engine.watch(self.rtp.fileno(), None)
        self.rtp.close()
        try:
            self.rtp = udp_socket(self.host, self.port)
        except OSError:  # taken by somebody within these microseconds: silent until the media timeout says so
            self.rtp = socket.socket(self.rtp.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._listen()

    def send_rtcp(self, data: bytes, address: Address) -> None:
        """Send an RTCP packet from the RTCP port."""
        self._send_report(self.rtcp, data, address)

    def send_rtcp_muxed(self, data: bytes, address: Address) -> None:
        """Send an RTCP packet from the RTP port (RFC 5761)."""
        self._send_report(self.rtp, data, address)

    def _send_report(self, sock: socket.socket, data: bytes, address: Address) -> None:
        packet = memoryview(data) if self._guard is None else self._guard.seal_rtcp(data)
        if packet is None:
            return
        try:
            sock.sendto(packet, address)
        except OSError:
            return

    def receive_rtcp(self) -> tuple[bytes, Address] | None:
        """Return a packet from the RTCP port and its source; ``None`` when there is none, or not one by our keys."""
        try:
            data, source = self.rtcp.recvfrom(PACKET_SIZE)
        except OSError:
            return None
        opened = data if self._guard is None else self._guard.open_rtcp(data)
        return None if opened is None else (opened, (source[0], source[1]))

    def close(self) -> None:
        """Free the ports."""
        for sock in (self.rtp, self.rtcp):
            self._engine.watch(sock.fileno(), None)
            sock.close()
        self._pairs.release(self.port)
        # The reception keeps bound methods of the socket, and they it.
        self._reception.detach()

    def _listen(self) -> None:
        self._reception.recv_into = self.rtp.recv_into
        self._reception.recvfrom_into = self.rtp.recvfrom_into
        if self._guard is not None:
            self._reception.recv_into = self._guard.receiving(self.rtp.recv_into)
            self._reception.recvfrom_into = self._guard.receiving_from(self.rtp.recvfrom_into)
        self._engine.watch(self.rtp.fileno(), self._reception.on_packet_from)
