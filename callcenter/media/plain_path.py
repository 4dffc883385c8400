"""The way between a leg and a SIP peer: the address of its description, or the one learned from its packets.

With keys from the description (RFC 4568) the same way carries SRTP: packets are unprotected before anybody looks at
where they came from, so a stranger's are dropped before they could be learned from.
"""

from __future__ import annotations

from typing import Protocol

from callcenter.media.engine import Engine, Send
from callcenter.media.leg_sockets import LegSockets
from callcenter.media.plane import RemoteMedia
from callcenter.media.ports import PortPairs
from callcenter.media.reception import Reception
from callcenter.media.source_lock import Address, SourceLock

_NOWHERE = frozenset(("0.0.0.0", "::"))
_HIGHEST_PORT = 65535


class PathOwner(Protocol):
    """The leg a path belongs to."""

    id: str

    def use(self, transmit: Send) -> None:
        """Send RTP this way from now on."""
        ...

    def take_rtcp(self, data: bytes, source: Address | None) -> None:
        """Take an unprotected RTCP packet."""
        ...


class PlainPath:
    """A leg's address keeping over two sockets.

    :raises MediaCapacityExceeded: when no port pair is free.
    """

    def __init__(
        self,
        engine: Engine,
        pairs: PortPairs,
        host: str,
        reception: Reception,
        owner: PathOwner,
        reserved: int | None = None,
    ) -> None:
        self.sockets = LegSockets(engine, pairs, host, reception, reserved)
        self.address: Address | None = None
        "Where RTP goes and comes from, as far as known."
        self.reachable = False
        "There is somewhere to send to."
        self._engine = engine
        self._reception = reception
        self._owner = owner
        self._remote: RemoteMedia | None = None
        self._rtcp_address: Address | None = None
        self._locked = False
        engine.watch(self.sockets.rtcp.fileno(), self._on_rtcp)

    @property
    def port(self) -> int:
        """Return the RTP port."""
        return self.sockets.port

    def follow(self, remote: RemoteMedia) -> SourceLock | None:
        """Lead to ``remote`` from now on; return what judges sources until one is found."""
        previous, self._remote = self._remote, remote
        self.reachable = bool(remote.port) and remote.host not in _NOWHERE
        if not self.reachable:
            return None if self._locked else self._reception.lock
        lock = None
        if previous is None or _place(previous) != _place(remote):
            self.sockets.protect(remote.keys)
            lock = self._start_learning(remote)
        self._rtcp_address = _rtcp_place(remote)
        return lock if lock is not None or self._locked else self._reception.lock

    def _start_learning(self, remote: RemoteMedia) -> SourceLock:
        self.sockets.reopen()
        self._locked = False
        self.address = (remote.host, remote.port)
        self._owner.use(self.sockets.aim(self.address))
        return SourceLock(self.address, learn=remote.behind_nat, now=self._engine.clock.now)

    def source_found(self, source: Address, *, send_there: bool) -> None:
        """Keep to this source."""
        self._locked = True
        if send_there:
            self.address = source
            self._owner.use(self.sockets.connect(source))
        else:
            self._reception.listen_only_to(source)

    def relearn_if(self, silent: float, after: float) -> None:
        """Hear everybody again when a party behind NAT has been silent for longer than ``after`` seconds."""
        remote = self._remote
        if remote is None or not remote.behind_nat or not self._locked or silent <= after or self.address is None:
            return
        self.sockets.reopen()
        self._locked = False
        self._owner.use(self.sockets.aim(self.address))
        self._reception.lock = SourceLock(self.address, learn=True, now=self._engine.clock.now)

    def take(self) -> None:
        """Take one packet, if there is one."""
        if self.sockets.connected:
            self._reception.on_packet()
        else:
            self._reception.on_packet_from()

    def accepts_rtcp_from(self, source: Address | None) -> bool:
        """Tell whether a report from there is the peer's; ``None`` is a source the kernel has checked."""
        remote = self._remote
        if remote is None or self.address is None:
            return False
        if source is not None:
            if source[0] not in (self.address[0], remote.rtcp_host):
                return False
            if not remote.rtcp_mux and remote.behind_nat and self._rtcp_address is not None:
                self._rtcp_address = source
        return True

    def send_rtcp(self, data: bytes) -> None:
        """Send a compound packet to where the peer wants reports."""
        remote = self._remote
        if remote is not None and remote.rtcp_mux:
            if self.address is not None and self.reachable:
                self.sockets.send_rtcp_muxed(data, self.address)
        elif self._rtcp_address is not None:
            self.sockets.send_rtcp(data, self._rtcp_address)

    def close(self) -> None:
        """Free the ports."""
        self.sockets.close()

    def _on_rtcp(self) -> None:
        found = self.sockets.receive_rtcp()
        if found is not None:
            self._owner.take_rtcp(*found)


def _place(remote: RemoteMedia) -> tuple[object, ...]:
    return remote.host, remote.port, remote.behind_nat, remote.keys


def _rtcp_place(remote: RemoteMedia) -> Address | None:
    """Return where reports go: the port after RTP's when nothing else was said (RFC 3605), nowhere when it is 0."""
    port = remote.port + 1 if remote.rtcp_port is None else remote.rtcp_port
    return (remote.rtcp_host or remote.host, port) if 0 < port <= _HIGHEST_PORT else None
