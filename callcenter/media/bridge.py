"""Pass what one leg says straight on to another: no buffer, no decoding, only a new header.

A packet keeps its place in time: its sequence number and timestamp are shifted by offsets taken at the first packet, so
loss, reordering, pauses and any packet time pass through and the far end's jitter buffer deals with them once. The
payload is touched only when the legs speak different laws.
"""

from __future__ import annotations

from collections.abc import Callable

from callcenter.media.codecs.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from callcenter.media.engine import Engine
from callcenter.media.outgoing import OutgoingStream
from callcenter.media.plane import Codec
from callcenter.rtp.packet import HEADER, SEQUENCE_MASK, TIMESTAMP_MASK, VERSION_BITS
from callcenter.rtp.statistics import Arrival

_LATE = int(Arrival.LATE)
MARKED = 16
"Added to the arrival of a packet that carried the marker bit."

Route = Callable[[int, int, int, int], None]
"Take the packet in the engine's receive buffer: sequence number, timestamp, size, arrival (:data:`MARKED` added)."

_pack_into = HEADER.pack_into


class Forwarder:
    """One direction of a bridge. Made anew whenever source or target stream change, which starts new offsets.

    :param codec: what the packets given are in.
    :param out: the stream of the leg that hears them.
    :param synced: called with the route for every packet after the first.
    """

    __slots__ = (
        "_clock",
        "_data",
        "_out",
        "_payloads",
        "_sequence_offset",
        "_started",
        "_synced",
        "_table",
        "_timestamp_offset",
        "_views",
    )

    def __init__(self, engine: Engine, codec: Codec, out: OutgoingStream, synced: Callable[[Route], None]) -> None:
        self._clock = engine.clock
        self._data = engine.in_data
        self._views = engine.in_views
        self._payloads = engine.in_payloads
        self._out = out
        self._synced = synced
        self._started = False
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._table: bytes | None = None
        if codec is not out.codec:
            self._table = ALAW_TO_ULAW if codec is Codec.PCMA else ULAW_TO_ALAW

    def first(self, sequence: int, timestamp: int, size: int, arrival: int) -> None:
        """Pass on the first packet, marked as the start of a new stretch of speech (RFC 3551 §4.1)."""
        self._start(sequence, timestamp)
        self.forward(sequence, timestamp, size, arrival | MARKED)
        self._synced(self.forward)

    def forward(self, sequence: int, timestamp: int, size: int, arrival: int) -> None:
        """Pass on a packet of audio."""
        out = self._out
        sequence = (sequence + self._sequence_offset) & SEQUENCE_MASK
        timestamp = (timestamp + self._timestamp_offset) & TIMESTAMP_MASK
        second = out.payload_type
        data = self._data
        table = self._table
        if table is not None:
            data[12:size] = data[12:size].translate(table)
        late = False
        if arrival:
            late = arrival & 15 == _LATE
            if arrival & MARKED:
                second |= 0x80
        _pack_into(data, 0, VERSION_BITS, second, sequence, timestamp, out.ssrc)
        if not late:
            out.next_sequence = sequence + 1
            out.next_timestamp = timestamp + size - 12
            out.sent_at = self._clock.now
        out.packets += 1
        out.octets += size - 12
        tap = out.tap
        if tap is not None:
            tap(timestamp, self._payloads[size])
        send = out.send
        try:
            send(self._views[size])
        except OSError:  # queue full or port unreachable: to a receiver both are loss
            return

    def forward_event(self, sequence: int, timestamp: int, size: int, second: int) -> None:
        """Pass on a packet of a telephone event under the second header octet ``second``."""
        if not self._started:
            self._start(sequence, timestamp)
        out = self._out
        sequence = (sequence + self._sequence_offset) & SEQUENCE_MASK
        timestamp = (timestamp + self._timestamp_offset) & TIMESTAMP_MASK
        _pack_into(self._data, 0, VERSION_BITS, second, sequence, timestamp, out.ssrc)
        out.next_sequence = sequence + 1
        out.packets += 1
        out.octets += size - 12
        out.sent_at = self._clock.now
        try:
            out.send(self._views[size])
        except OSError:
            return

    def _start(self, sequence: int, timestamp: int) -> None:
        if self._started:
            return
        self._started = True
        out = self._out
        out.resume()
        self._sequence_offset = out.next_sequence - sequence
        self._timestamp_offset = out.next_timestamp - timestamp
