"""The one RTP stream a leg sends, whoever feeds it: prompts, a bridge, a room or digits.

Sequence numbers and timestamps run on over every change of source, so the receiver sees one sender (RFC 3550 §5.1).
"""

from __future__ import annotations

from callcenter.media.codecs.g711 import ALAW_SILENCE, ALAW_TO_ULAW, ULAW_SILENCE
from callcenter.media.engine import Engine, Send, Tap
from callcenter.media.plane import Codec
from callcenter.rtp.packet import HEADER, SEQUENCE_MASK, TIMESTAMP_MASK, VERSION_BITS

_pack_into = HEADER.pack_into
_PAUSE = 400
"Samples: being 50 ms late is unpunctual, not silent."


class OutgoingStream:
    """Sequence, timestamp and SSRC of a leg's packets, and where they go.

    The counters may run past their width between uses; whoever writes them into a header masks them.
    """

    __slots__ = (
        "_clock",
        "_data",
        "_payloads",
        "_views",
        "codec",
        "enabled",
        "next_sequence",
        "next_timestamp",
        "octets",
        "packets",
        "payload_type",
        "send",
        "sent_at",
        "ssrc",
        "tap",
    )

    def __init__(self, engine: Engine, *, ssrc: int, sequence: int, timestamp: int) -> None:
        self._clock = engine.clock
        self._data = engine.out_data
        self._views = engine.out_views
        self._payloads = engine.out_payloads
        self.ssrc = ssrc
        self.next_sequence = sequence
        self.next_timestamp = timestamp
        self.sent_at = engine.clock.now
        self.codec = Codec.PCMA
        self.payload_type = 8
        self.packets = 0
        self.octets = 0
        self.enabled = False
        "The remote end takes audio now."
        self.send: Send = self.discard
        "Hand a finished packet to the kernel, or :meth:`discard`."
        self.tap: Tap | None = None
        "Where a recording hears what is sent."

    def discard(self, packet: memoryview) -> None:
        """Stand in for ``send`` while the remote end takes nothing: time passes, nothing leaves, nothing is counted."""
        self.packets -= 1
        self.octets -= len(packet) - 12

    @property
    def silence(self) -> int:
        """The octet of silence in the present codec."""
        return ALAW_SILENCE if self.codec is Codec.PCMA else ULAW_SILENCE

    def from_alaw(self, payload: bytes) -> bytes:
        """Return A-law ``payload`` in the present codec."""
        return payload if self.codec is Codec.PCMA else payload.translate(ALAW_TO_ULAW)

    def resume(self) -> None:
        """Move the timestamp over the time nothing was sent; call before the first packet of another source."""
        idle = int((self._clock.now - self.sent_at) * 8000) - 160
        if idle > _PAUSE:
            self.next_timestamp = (self.next_timestamp + idle) & TIMESTAMP_MASK

    def send_audio(self, payload: bytes, *, marker: bool = False) -> None:
        """Send one packet of audio in the present codec, next in sequence and time."""
        size = 12 + len(payload)
        data = self._data
        data[12:size] = payload
        timestamp = self.next_timestamp & TIMESTAMP_MASK
        self._emit(self.payload_type | 0x80 if marker else self.payload_type, timestamp, size)
        self.next_timestamp = timestamp + size - 12
        tap = self.tap
        if tap is not None:
            tap(timestamp, self._payloads[size])

    def send_event(self, payload_type: int, timestamp: int, payload: bytes, *, marker: bool) -> None:
        """Send one packet of a telephone event that began at ``timestamp``; the stream's own timestamp stays."""
        size = 12 + len(payload)
        self._data[12:size] = payload
        self._emit(payload_type | 0x80 if marker else payload_type, timestamp & TIMESTAMP_MASK, size)

    def _emit(self, second: int, timestamp: int, size: int) -> None:
        sequence = self.next_sequence & SEQUENCE_MASK
        _pack_into(self._data, 0, VERSION_BITS, second, sequence, timestamp, self.ssrc)
        self.next_sequence = sequence + 1
        self.packets += 1
        self.octets += size - 12
        self.sent_at = self._clock.now
        try:
            self.send(self._views[size])
        except OSError:  # queue full or port unreachable: to a receiver both are loss
            return
