"""One side of a recording between two flushes: packets in, an unbroken line of A-law samples out."""

from __future__ import annotations

from callcenter.media.codecs.g711 import ALAW_SILENCE, ULAW_TO_ALAW
from callcenter.media.ticker import MediaClock
from callcenter.rtp.packet import TIMESTAMP_MASK, timestamp_delta

HOLD_BACK = 1600
"Samples kept open for late packets: 200 ms."
_AHEAD_LIMIT = 2400
"A sender whose timestamps run this far ahead of the clock is set back."
_SILENCE = bytes((ALAW_SILENCE,))


class Track:
    """Audio by position, in samples since the recording began.

    A stretch of packets is placed by its first packet's arrival and then by RTP timestamps, so network jitter does not
    move it; loss and pauses are silence. It is placed anew when timestamps and clock disagree: a new source, a sender
    that stops its timestamps while silent, a clock that runs fast.

    :param origin: the clock's samples at position 0.
    """

    __slots__ = ("_audio", "_clock", "_next_timestamp", "_origin", "written")

    def __init__(self, clock: MediaClock, origin: int) -> None:
        self._clock = clock
        self._origin = origin
        self._audio = bytearray()
        self._next_timestamp = -1
        self.written = 0
        "Position up to which audio was taken."

    def put(self, timestamp: int, payload: memoryview | bytes) -> None:
        """Place an A-law payload."""
        if timestamp == self._next_timestamp:
            self._audio += payload
            self._next_timestamp = (timestamp + len(payload)) & TIMESTAMP_MASK
        else:
            self._place(timestamp, bytes(payload))

    def put_ulaw(self, timestamp: int, payload: memoryview | bytes) -> None:
        """Place a µ-law payload."""
        self.put(timestamp, bytes(payload).translate(ULAW_TO_ALAW))

    def restart(self) -> None:
        """Place the next packet by its arrival: it comes from another stream."""
        self._next_timestamp = -1

    def take(self, position: int) -> bytes:
        """Return everything from :attr:`written` up to ``position``, gaps filled with silence."""
        wanted = position - self.written
        if wanted <= 0:
            return b""
        audio = bytes(self._audio[:wanted])
        del self._audio[:wanted]
        self.written = position
        if len(audio) < wanted:
            self._next_timestamp = -1
            audio += _SILENCE * (wanted - len(audio))
        excess = self.written + len(self._audio) - (self._clock.samples - self._origin) - _AHEAD_LIMIT
        if excess > 0:
            del self._audio[-excess:]
        return audio

    def _place(self, timestamp: int, payload: bytes) -> None:
        now = self._clock.samples - self._origin
        end = self.written + len(self._audio)
        if self._next_timestamp < 0:
            self._append_at(max(now - len(payload), end), payload)
        else:
            offset = timestamp_delta(timestamp, self._next_timestamp)
            position = end + offset
            if offset < 0 and position >= self.written - 8000:
                self._patch(position, payload)  # a late packet: it fills the silence put in its place
                return
            if offset < 0 or position > now + _AHEAD_LIMIT:
                position = max(now - len(payload), end)
            self._append_at(position, payload)
        self._next_timestamp = (timestamp + len(payload)) & TIMESTAMP_MASK

    def _append_at(self, position: int, payload: bytes) -> None:
        gap = position - self.written - len(self._audio)
        if gap > 0:
            self._audio += _SILENCE * gap
        self._audio += payload

    def _patch(self, position: int, payload: bytes) -> None:
        start = position - self.written
        if start < 0:
            payload = payload[-start:]
            start = 0
        room = len(self._audio) - start
        self._audio[start : start + min(len(payload), room)] = payload[: max(room, 0)]
