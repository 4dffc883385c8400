"""RTP/RTCP port pairs of one worker."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from itertools import chain

from callcenter.media.plane import MediaCapacityExceeded

_BUSY = frozenset((errno.EADDRINUSE, errno.EACCES))


def split_range(first: int, last: int, parts: int) -> list[tuple[int, int]]:
    """Split ports ``first..last`` into ``parts`` ranges that start even, hold whole pairs and do not overlap."""
    first += first % 2
    pairs = max((last - first + 1) // 2, 0)
    ranges = []
    for part in range(parts):
        begin = first + 2 * (pairs * part // parts)
        end = first + 2 * (pairs * (part + 1) // parts) - 1
        ranges.append((begin, end))
    return ranges


def udp_socket(host: str, port: int) -> socket.socket:
    """Return a non-blocking UDP socket bound to ``host`` and ``port``.

    :raises OSError: when it cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        sock.bind((host, port))
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock


class PortPairs:
    """Hand out pairs round robin, so that a freed port rests before it is used again and late packets find nobody.

    :param first: even.
    """

    def __init__(self, first: int, last: int) -> None:
        self._first = first
        self._last = last
        self._next = first
        self._used: set[int] = set()
        self._reserved: dict[int, tuple[socket.socket, socket.socket]] = {}

    def reserve(self, host: str) -> int:
        """Open a pair for :meth:`open` to hand out later, and return its RTP port.

        :raises MediaCapacityExceeded: as :meth:`open` does.
        """
        pair = self._open(host)
        port: int = pair[0].getsockname()[1]
        self._reserved[port] = pair
        return port

    def open(self, host: str, reserved: int | None = None) -> tuple[socket.socket, socket.socket]:
        """Return bound RTP (even port) and RTCP (next port) sockets; ports somebody else holds are skipped.

        :param reserved: a port that :meth:`reserve` returned: that very pair.
        :raises MediaCapacityExceeded: when every pair is taken, or no more files may be opened.
        """
        if reserved is not None and (pair := self._reserved.pop(reserved, None)) is not None:
            return pair
        return self._open(host)

    def _open(self, host: str) -> tuple[socket.socket, socket.socket]:
        for port in self._candidates():
            try:
                rtp = udp_socket(host, port)
            except OSError as error:
                if error.errno in _BUSY:
                    continue
                raise MediaCapacityExceeded(f"cannot open an RTP socket: {error.strerror}") from None
            try:
                rtcp = udp_socket(host, port + 1)
            except OSError as error:
                rtp.close()
                if error.errno in _BUSY:
                    continue
                raise MediaCapacityExceeded(f"cannot open an RTCP socket: {error.strerror}") from None
            self._used.add(port)
            self._next = port + 2
            return rtp, rtcp
        raise MediaCapacityExceeded("every RTP port is in use")

    def release(self, port: int) -> None:
        """Take back the pair whose RTP port is ``port``."""
        self._used.discard(port)

    def _candidates(self) -> Iterator[int]:
        for port in chain(range(self._next, self._last, 2), range(self._first, min(self._next, self._last), 2)):
            if port not in self._used:
                yield port
