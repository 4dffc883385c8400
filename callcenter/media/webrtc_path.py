"""The way between a leg and a browser: ICE finds it, DTLS agrees on keys, SRTP carries the audio (RFC 8827).

One unconnected socket: a browser whose network changes comes back from another address, and a connected socket would
not hear it. That costs 0.05 ms per call-second and buys a leg that moves by itself. What arrives is told apart by its
first octet (RFC 7983): checks go to :class:`IceLite`, handshakes to :class:`DtlsAssociation`, but only from addresses
that ICE has validated, and media is unprotected before the reception sees it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from callcenter.media.dtls import DtlsAssociation, DtlsState
from callcenter.media.engine import Engine
from callcenter.media.ice import IceLite
from callcenter.media.plain_path import PathOwner
from callcenter.media.plane import (
    Direction,
    MediaBack,
    MediaEvent,
    MediaRefused,
    MediaSilent,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.media.ports import PortPairs
from callcenter.media.reception import Reception
from callcenter.media.source_lock import Address, SourceLock
from callcenter.media.srtp_guard import SrtpGuard
from callcenter.rtp.packet import HEADER_SIZE
from callcenter.sdp.ice import IceCredentials

_EARLY_HANDSHAKES = 4
"Datagrams of a handshake kept while the peer's answer, which names its fingerprint, is still on its way."


ReceiveFrom = Callable[[bytearray], tuple[int, Address]]


class WebRtcPath:
    """A leg's socket towards a browser.

    :param ice: credentials that our first description names.
    :raises MediaCapacityExceeded: when no port pair is free.
    """

    def __init__(
        self,
        engine: Engine,
        pairs: PortPairs,
        host: str,
        reception: Reception,
        owner: PathOwner,
        ice: IceCredentials,
        reserved: int | None = None,
    ) -> None:
        self.address: Address | None = None
        "Where media goes."
        self.reachable = True
        self._engine = engine
        self._pairs = pairs
        self._reception = reception
        self._owner = owner
        self._socket, unused = pairs.open(host, reserved)
        unused.close()  # RTCP shares the port
        self.port: int = self._socket.getsockname()[1]
        self._recvfrom_into: ReceiveFrom = self._socket.recvfrom_into
        if self._socket.family == socket.AF_INET6:
            self._recvfrom_into = _without_scope(self._socket.recvfrom_into)
        self._ice = IceLite(ice)
        self._association: DtlsAssociation | None = None
        self._early: list[bytes] = []
        self._due: float | None = None
        self._guard: SrtpGuard | None = None
        self._watchdog = _Watchdog(engine, reception, self._ice, owner.id)
        reception.recv_into = self._receive
        engine.watch(self._socket.fileno(), reception.on_packet)
        engine.ticker.look_after_often(self.visit)

    def follow(self, remote: RemoteMedia) -> SourceLock | None:
        """Expect this peer; one with another certificate is another peer and makes a handshake of its own."""
        self._watchdog.expects(remote.direction in (Direction.SENDRECV, Direction.RECVONLY))
        current = self._association
        if remote.fingerprints and (current is None or current.fingerprints != remote.fingerprints):
            self._association = DtlsAssociation(self._engine.identity, remote.fingerprints)
            early, self._early = self._early, []
            for datagram in early:
                self._take_handshake(datagram)
        return None

    # Receiving.

    def _receive(self, data: bytearray) -> int:
        """Take the next datagram; return the size of the packet that is then in ``data``.

        :raises BlockingIOError: when it was not media.
        """
        return self._take(*self._recvfrom_into(data))

    def _take(self, size: int, source: Address) -> int:
        """Take the datagram in the receive buffer, as :meth:`_receive` does."""
        data = self._engine.in_data
        if size > HEADER_SIZE and 127 < data[0] < 192:
            guard = self._guard
            if guard is not None and source in self._ice.validated:
                return guard.open(size)
            self._reception.dropped += 1
        elif size and data[0] < 4:
            self._take_check(bytes(self._engine.in_views[size]), source)
        elif size and 19 < data[0] < 64 and source in self._ice.validated:
            self._take_handshake(bytes(self._engine.in_views[size]))
        else:
            self._reception.dropped += 1
        raise BlockingIOError

    def _take_check(self, data: bytes, source: Address) -> None:
        ice = self._ice
        rejected = ice.rejected
        answer = ice.receive(data, source, self._engine.clock.now)
        self._reception.dropped += ice.rejected - rejected
        if answer is not None:
            self._send_to(answer, source)
        if ice.selected != self.address:
            self.address = ice.selected
            if self._guard is not None:
                self._lead_to_selected(self._guard)

    def _take_handshake(self, datagram: bytes) -> None:
        association = self._association
        if association is None:
            if len(self._early) < _EARLY_HANDSHAKES:
                self._early.append(datagram)
            return
        before = association.state
        association.receive(datagram)
        self._after_handshake(association, before)

    def _after_handshake(self, association: DtlsAssociation, before: DtlsState) -> None:
        """Send what it has to say and do what its new state asks for."""
        for datagram in association.datagrams_to_send():
            if self.address is not None:
                self._send_to(datagram, self.address)
        self._due = association.deadline(self._engine.clock.now)
        if association.state is before:
            return
        if association.state is DtlsState.CONNECTED and association.keys is not None:
            self._guard = SrtpGuard(self._engine, self._reception, association.keys)
            self._watchdog.secured()
            self._lead_to_selected(self._guard)
        elif association.state is DtlsState.FAILED:
            self._engine.emit(MediaRefused(self._owner.id, association.failure))
        elif association.state is DtlsState.CLOSED:
            self._watchdog.left()

    # Sending.

    def _lead_to_selected(self, guard: SrtpGuard) -> None:
        address = self._ice.selected
        if address is None:
            return
        self._reception.recv_into = guard.receiving_only_from(self._recvfrom_into, address, self._take)
        self._owner.use(guard.sending_to(self._socket.sendto, address))
        self._engine.emit(RemoteLocked(self._owner.id, address[0], address[1]))

    def send_rtcp(self, data: bytes) -> None:
        """Send a compound packet on the one port."""
        packet = None if self._guard is None else self._guard.seal_rtcp(data)
        if packet is not None and self.address is not None:
            self._send_to(packet, self.address)

    def _send_to(self, data: bytes | memoryview, address: Address) -> None:
        try:
            self._socket.sendto(data, address)
        except OSError:  # a full queue or no route: both are loss to whoever waits for it
            return

    # For the leg.

    def accepts_rtcp_from(self, source: Address | None) -> bool:
        """Tell whether a report is the peer's: all of them, or they could not have been unprotected."""
        return True

    def source_found(self, source: Address, *, send_there: bool) -> None:
        """Nothing is learned from media here."""

    def relearn_if(self, silent: float, after: float) -> None:
        """Nothing is learned from media here."""

    def take(self) -> None:
        """Take one packet, if there is one."""
        self._reception.on_packet()

    def visit(self) -> None:
        """Mind the handshake's timer, and whether the browser is still there."""
        association = self._association
        if association is not None and self._due is not None and self._engine.clock.now >= self._due:
            before = association.state
            association.handle_timer()
            self._after_handshake(association, before)
        self._watchdog.look()

    def close(self) -> None:
        """Say goodbye and free the port."""
        if self._association is not None:
            self._association.close()
            for datagram in self._association.datagrams_to_send():
                if self.address is not None:
                    self._send_to(datagram, self.address)
        self._engine.ticker.slow.remove(self.visit)
        self._engine.watch(self._socket.fileno(), None)
        self._socket.close()
        self._pairs.release(self.port)
        self._reception.detach()


def _without_scope(recvfrom_into: Callable[[bytearray], tuple[int, tuple[str, int, int, int]]]) -> ReceiveFrom:
    """Return ``recvfrom_into`` of an IPv6 socket with sources as host and port."""

    def receive(data: bytearray) -> tuple[int, Address]:
        size, source = recvfrom_into(data)
        return size, (source[0], source[1])

    return receive


class _Watchdog:
    """Tells early that a browser went away: no media for a while, no checks when none is due, or a goodbye."""

    def __init__(self, engine: Engine, reception: Reception, ice: IceLite, leg: str) -> None:
        self._engine = engine
        self._reception = reception
        self._ice = ice
        self._leg = leg
        self._media_due = True
        self._since: float | None = None  # when media began to be due; None before there were keys
        self._left_at: float | None = None
        self._reported = False

    def secured(self) -> None:
        """There are keys: from now on the browser can be heard."""
        self._since = self._engine.clock.now
        self._left_at = None

    def expects(self, media: bool) -> None:
        """The browser is, or is not, to send media from now on."""
        if media is not self._media_due:
            self._media_due = media
            if self._since is not None:
                self._since = self._engine.clock.now

    def left(self) -> None:
        """The browser said goodbye."""
        self._left_at = self._engine.clock.now
        self.look()

    def look(self) -> None:
        """Report a change between silent and not."""
        if self._since is None:
            return
        now, settings = self._engine.clock.now, self._engine.settings
        heard = self._reception.heard_at
        if self._media_due:
            last, limit = max(heard, self._since), settings.silent_after_s
        else:
            last, limit = max(heard, self._since, self._ice.consented_at or 0.0), settings.consent_after_s
        gone = self._left_at is not None and heard <= self._left_at
        silent = gone or now - last >= limit
        if silent is self._reported:
            return
        self._reported = silent
        event: MediaEvent = MediaSilent(self._leg, round(now - last, 3)) if silent else MediaBack(self._leg)
        self._engine.emit(event)
