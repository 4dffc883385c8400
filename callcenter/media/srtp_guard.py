"""A leg's SRTP at work: ways to receive and to send, with unprotecting and protecting put into them.

The reception and the outgoing stream need not know: they are given other functions to call, and a plain leg's packets
take not one instruction more.
"""

from __future__ import annotations

from collections.abc import Callable

from callcenter.media.engine import PACKET_SIZE, Engine, Send
from callcenter.media.reception import Reception
from callcenter.media.source_lock import Address
from callcenter.rtp.packet import is_rtcp
from callcenter.rtp.srtp import TRAILER, SrtpReceiver, SrtpSender
from callcenter.rtp.srtp_keys import SrtpKeys

_LONGEST = PACKET_SIZE - TRAILER


class SrtpGuard:
    """Works on the engine's receive buffer and on its buffer for protected packets."""

    def __init__(self, engine: Engine, reception: Reception, keys: SrtpKeys) -> None:
        self.keys = keys
        self._engine = engine
        self._reception = reception
        self._receiver = SrtpReceiver(keys.suite, keys.remote, engine.in_data)
        self._sender = SrtpSender(keys.suite, keys.local, engine.sealed_data)

    def changed_to(self, keys: SrtpKeys) -> SrtpGuard:
        """Return a guard with other keys; a direction whose key stays keeps its packet count (RFC 3711 §3.3.1)."""
        changed = SrtpGuard(self._engine, self._reception, keys)
        if keys.suite is self.keys.suite:
            if keys.remote == self.keys.remote:
                changed._receiver = self._receiver
            if keys.local == self.keys.local:
                changed._sender = self._sender
        return changed

    def open(self, size: int) -> int:
        """Unprotect the packet of ``size`` octets in the receive buffer and return its new size.

        :raises BlockingIOError: when it was forged, damaged or replayed: it is counted, and as if nothing had come.
        """
        data = self._engine.in_data
        size = self._receiver.unprotect_rtcp(size) if is_rtcp(data[1]) else self._receiver.unprotect(size)
        if size < 0:
            self._reception.dropped += 1
            raise BlockingIOError
        return size

    def receiving(self, recv_into: Callable[[bytearray], int]) -> Callable[[bytearray], int]:
        """Return ``recv_into`` with unprotecting."""

        def receive(data: bytearray) -> int:
            return self.open(recv_into(data))

        return receive

    def receiving_from(
        self, recvfrom_into: Callable[[bytearray], tuple[int, Address]]
    ) -> Callable[[bytearray], tuple[int, Address]]:
        """Return ``recvfrom_into`` with unprotecting: nobody without the key is ever taken for the peer."""

        def receive(data: bytearray) -> tuple[int, Address]:
            size, source = recvfrom_into(data)
            return self.open(size), source

        return receive

    def receiving_only_from(
        self,
        recvfrom_into: Callable[[bytearray], tuple[int, Address]],
        address: Address,
        other: Callable[[int, Address], int],
    ) -> Callable[[bytearray], int]:
        """Return a way to receive the media of ``address``; everything else goes to ``other``.

        Fifty packets a second come this way, so it decides in one place and calls nothing it need not.
        """
        unprotect = self._receiver.unprotect

        def receive(data: bytearray) -> int:
            size, source = recvfrom_into(data)
            if source != address or not 127 < data[0] < 192 or 191 < data[1] < 224:
                return other(size, source)
            opened = unprotect(size)
            if opened < 0:
                return other(0, source)
            return opened

        return receive

    def sending_to(self, sendto: Callable[[memoryview, Address], object], address: Address) -> Send:
        """Return a way to send RTP packets protected to ``address``."""
        data, views = self._engine.sealed_data, self._engine.sealed_views
        protect = self._sender.protect

        def seal(packet: memoryview) -> object:
            size = len(packet)
            data[:size] = packet
            size = protect(size)
            return sendto(views[size], address) if size > 0 else None

        return seal

    def sending(self, send: Send) -> Send:
        """Return ``send`` with protecting, for RTP packets."""
        data, views = self._engine.sealed_data, self._engine.sealed_views
        protect = self._sender.protect

        def seal(packet: memoryview) -> object:
            size = len(packet)
            data[:size] = packet
            size = protect(size)
            return send(views[size]) if size > 0 else None

        return seal

    def seal_rtcp(self, packet: bytes) -> memoryview | None:
        """Return a compound packet protected, in a buffer that the next packet reuses; ``None`` when it may not go."""
        size = len(packet)
        if size > _LONGEST:
            return None
        self._engine.sealed_data[:size] = packet
        size = self._sender.protect_rtcp(size)
        return self._engine.sealed_views[size] if size > 0 else None

    def open_rtcp(self, packet: bytes) -> bytes | None:
        """Return a compound packet from a port of its own unprotected; ``None`` when it is not the peer's."""
        size = len(packet)
        self._engine.in_data[:size] = packet
        size = self._receiver.unprotect_rtcp(size)
        if size < 0:
            self._reception.dropped += 1
            return None
        return bytes(self._engine.in_views[size])
