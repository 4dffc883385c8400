"""A leg's two sockets: who may send to them and where they send.

Once the source is known the RTP socket is connected to it: the kernel then drops everybody else's packets before they
cost anything, and both directions save the address handling.
"""

from __future__ import annotations

import socket

from callcenter.media.engine import Engine, Send
from callcenter.media.ports import PortPairs, udp_socket
from callcenter.media.reception import Reception
from callcenter.media.source_lock import Address

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
        self._listen()

    def aim(self, address: Address) -> Send:
        """Return the way to send RTP to ``address`` whoever is being heard."""
        sendto = self.rtp.sendto

        def send(packet: memoryview) -> int:
            return sendto(packet, address)

        return send

    def connect(self, address: Address) -> Send:
        """Hear and send to ``address`` only; return the way to send.

        What others sent before that is thrown away with everything else in the queue.
        """
        for _ in range(_STALE):
            try:
                self._reception.recvfrom_into(self._engine.in_data)
            except OSError:
                break
        try:
            self.rtp.connect(address)
        except OSError:  # no route now: stay with filtering here
            self._reception.listen_only_to(address)
            return self.aim(address)
        self.connected = True
        self._engine.watch(self.rtp.fileno(), self._reception.on_packet)
        return self.rtp.send

    def reopen(self) -> None:
        """Hear everybody again, on the same port."""
        self._reception.listen_only_to(None)
        if not self.connected:
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
        try:
            self.rtcp.sendto(data, address)
        except OSError:
            return

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
        self._engine.watch(self.rtp.fileno(), self._reception.on_packet_from)
