"""A small jitter buffer for mixing: packets of any size in, frames of the mixer's size out, at the mixer's pace."""

from __future__ import annotations

from callcenter.rtp.packet import TIMESTAMP_MASK, timestamp_delta


class JitterBuffer:
    """Hold audio by timestamp, one octet per sample (G.711), and play it out behind a fixed delay.

    Playing starts ``delay`` samples behind the first packet. When the buffer runs dry it waits for that delay again;
    when more than ``limit`` samples pile up (a burst, or a sender with a fast clock) it skips ahead to ``delay``.

    :param delay: samples held back.
    :param limit: the most it may hold.
    :param silence: the octet gaps are filled with.
    """

    __slots__ = ("_cursor", "_delay", "_limit", "_packets", "_silence", "late")

    def __init__(self, *, delay: int = 320, limit: int = 1600, silence: int = 0xD5) -> None:
        self._delay = delay
        self._limit = limit
        self._silence = silence
        self._packets: dict[int, bytes] = {}
        self._cursor: int | None = None
        self.late = 0
        "Packets that came after their time."

    def put(self, timestamp: int, payload: bytes) -> None:
        """Take one packet; late ones and duplicates are dropped."""
        cursor = self._cursor
        if cursor is None:
            self._cursor = (timestamp - self._delay) & TIMESTAMP_MASK
            self._packets[timestamp] = payload
            return
        ahead = timestamp_delta(timestamp, cursor)
        if ahead + len(payload) <= 0:
            if ahead < -8000:  # the sender restarted its timestamps
                self._restart(timestamp)
                self._packets[timestamp] = payload
            else:
                self.late += 1
            return
        if ahead > self._limit:
            self._cursor = cursor = (timestamp - self._delay) & TIMESTAMP_MASK
            self._packets = {
                key: value for key, value in self._packets.items() if timestamp_delta(key, cursor) + len(value) > 0
            }
        self._packets.setdefault(timestamp, payload)

    def pop(self, samples: int) -> bytes | None:
        """Return the next ``samples`` octets, gaps filled with silence, or ``None`` when there is nothing to play."""
        cursor = self._cursor
        if cursor is None:
            return None
        if not self._packets:
            self._cursor = None
            return None
        self._cursor = (cursor + samples) & TIMESTAMP_MASK
        exact = self._packets.get(cursor)
        if exact is not None and len(exact) == samples:  # the common case: packet time equals frame time
            del self._packets[cursor]
            return exact
        return self._assemble(cursor, samples)

    def _assemble(self, cursor: int, samples: int) -> bytes:
        frame = bytearray((self._silence,)) * samples
        for timestamp, payload in list(self._packets.items()):
            offset = timestamp_delta(timestamp, cursor)
            if offset >= samples:
                continue
            end = offset + len(payload)
            if end > 0:
                start = max(offset, 0)
                stop = min(end, samples)
                frame[start:stop] = payload[start - offset : stop - offset]
            if end <= samples:
                del self._packets[timestamp]
        return bytes(frame)

    def _restart(self, timestamp: int) -> None:
        self._packets.clear()
        self._cursor = (timestamp - self._delay) & TIMESTAMP_MASK
