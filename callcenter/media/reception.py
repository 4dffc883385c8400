"""What arrives on a leg: the fast path for the next packet of the expected stream, the slow one for everything else.

:meth:`Reception.on_packet` runs fifty times per leg-second and decides with four comparisons whether a packet is
ordinary: version 2 without extras and the payload type in use, the next in order, as long as the one before, the source
in use. It then does inline what :meth:`ReceiveStatistics.receive` does for such a packet. Loss, RTCP, digits, markers,
comfort noise, header extensions, a new source, junk and in-band tone detection are :meth:`Reception._take_other`'s.
"""

from __future__ import annotations

import audioop
from collections.abc import Callable, Mapping
from typing import Protocol

from callcenter.media.bridge import MARKED, Route
from callcenter.media.dtmf_detector import DtmfDetector
from callcenter.media.engine import Engine, Tap
from callcenter.media.plane import Codec
from callcenter.media.source_lock import Address, SourceLock, Verdict
from callcenter.rtp.dtmf import DigitReceiver, TelephoneEvent
from callcenter.rtp.packet import (
    HEADER,
    HEADER_SIZE,
    SHORT_HEADER,
    VERSION_BITS,
    RtpParseError,
    is_rtcp,
    payload_bounds,
)
from callcenter.rtp.statistics import DISCONTINUITY, Arrival, ReceiveStatistics

_unpack_from = HEADER.unpack_from
_unpack_short = SHORT_HEADER.unpack_from
_NONE = -1
"No packet is that long: the next one takes the slow path, which finds out what to expect."

EventRoute = Callable[[int, int, int, bool], None]
"Pass on the telephone-event packet in the receive buffer: sequence number, timestamp, size, marker."


class ReceptionOwner(Protocol):
    """The leg a reception belongs to."""

    def heard_digit(self, digit: str, duration_ms: int, source: str) -> None:
        """A key was pressed."""
        ...

    def stream_changed(self) -> None:
        """The next packet is from another source or in another codec than the last."""
        ...

    def source_found(self, source: Address, *, send_there: bool) -> None:
        """Only this source is to be heard from now on."""
        ...

    def take_rtcp(self, data: bytes, source: Address | None) -> None:
        """An RTCP packet came on the RTP port; ``source`` is unknown when only one can send there."""
        ...


class Reception:
    """The receiving half of a leg."""

    __slots__ = (
        "_accepted",
        "_clock",
        "_comfort_noise",
        "_data",
        "_detector",
        "_digits",
        "_event",
        "_expected",
        "_owner",
        "_payloads",
        "_size",
        "_source",
        "_views",
        "codec",
        "digits",
        "dropped",
        "event_route",
        "first_at",
        "heard_at",
        "lock",
        "mux",
        "recv_into",
        "recvfrom_into",
        "route",
        "statistics",
        "tap",
    )

    def __init__(self, engine: Engine, owner: ReceptionOwner) -> None:
        self._clock = engine.clock
        self._data = engine.in_data
        self._views = engine.in_views
        self._payloads = engine.in_payloads
        self._owner = owner
        self._accepted: Mapping[int, str] = {}
        self._event: int | None = None
        self._comfort_noise: int | None = None
        self._expected = 0  # the first two octets of an ordinary packet
        self._size = _NONE  # its length
        self._detector: DtmfDetector | None = None
        self._digits = DigitReceiver()
        self.lock: SourceLock | None = None
        "Judges sources until one is found."
        self._source: Address | None = None
        self.codec = Codec.PCMA
        "What arrives now."
        self.statistics = ReceiveStatistics()
        self.dropped = 0
        self.digits = 0
        self.first_at: float | None = None
        self.heard_at = engine.clock.now
        "When the last usable packet came; before that, when the leg was opened."
        self.mux = False
        "RTCP comes on the RTP port."
        self.route: Route | None = None
        "Who gets the audio."
        self.event_route: EventRoute | None = None
        self.tap: Tap | None = None
        "Where a recording hears it."
        self.recv_into: Callable[[bytearray], int] = _nothing
        self.recvfrom_into: Callable[[bytearray], tuple[int, Address]] = _nobody

    def expect(
        self,
        accepted: Mapping[int, str],
        *,
        event: int | None,
        comfort_noise: int | None,
        mux: bool,
        lock: SourceLock | None,
    ) -> None:
        """Take these payload types from now on; judge sources by ``lock``, or none any more when it is ``None``."""
        self._accepted = accepted
        self._event = event
        self._comfort_noise = comfort_noise
        self.mux = mux
        self._size = _NONE
        self.lock = lock
        if event is not None:
            self._detector = None
        elif self._detector is None:
            self._detector = DtmfDetector()

    def listen_only_to(self, source: Address | None) -> None:
        """Compare every packet's source with this one: for sockets the kernel does not filter."""
        self._source = source

    def detach(self) -> None:
        """Take nothing more; lets go of the socket."""
        self.recv_into = _nothing
        self.recvfrom_into = _nobody

    # The fast path.

    def on_packet(self) -> None:
        """Take one packet from a connected socket."""
        recv_into = self.recv_into  # a call through the attribute itself would miss the interpreter's fast path
        data = self._data
        try:
            size = recv_into(data)
        except OSError:  # nothing after all, or an ICMP error for something we sent
            return
        kind, sequence, timestamp, ssrc = _unpack_short(data)
        statistics = self.statistics
        highest = statistics.highest + 1
        if kind != self._expected or sequence != highest & 0xFFFF or size != self._size or ssrc != statistics.ssrc:
            self._take_other(size)
            return
        statistics.highest = highest
        clock = self._clock
        self.heard_at = clock.now
        transit = clock.samples - timestamp
        moved = transit - statistics.transit
        statistics.transit = transit
        if moved < 0:
            moved = -moved
        if moved < DISCONTINUITY:
            jitter = statistics.scaled_jitter
            statistics.scaled_jitter = jitter + moved - ((jitter + 8) >> 4)
        tap = self.tap
        if tap is not None:
            tap(timestamp, self._payloads[size])
        route = self.route
        if route is not None:
            route(sequence, timestamp, size, 0)

    # Everything else.

    def on_packet_from(self) -> None:
        """Take one packet from a socket anybody can send to."""
        try:
            size, address = self.recvfrom_into(self._data)
        except OSError:
            return
        source = (address[0], address[1])
        if self._source is not None:
            if source == self._source:
                self._take_other(size)
            else:
                self.dropped += 1
            return
        lock = self.lock
        if lock is None or not self._is_usable(size):
            if self.mux and size >= HEADER_SIZE and is_rtcp(self._data[1]):
                self._owner.take_rtcp(bytes(self._views[size]), source)
            else:
                self.dropped += 1
            return
        verdict = lock.judge(source, self._clock.now)
        if verdict is Verdict.WAIT or verdict is Verdict.REJECT:
            self.dropped += 1
            return
        self.lock = None
        self._take_other(size)
        self._owner.source_found(source, send_there=verdict is Verdict.LOCK)

    def _is_usable(self, size: int) -> bool:
        if size <= HEADER_SIZE or self._data[0] >> 6 != 2:
            return False
        payload_type = self._data[1] & 0x7F
        return payload_type in self._accepted or payload_type in (self._event, self._comfort_noise)

    def _take_other(self, size: int) -> None:
        data = self._data
        if size >= HEADER_SIZE and data[0] >> 6 == 2 and is_rtcp(data[1]):
            if self.mux:
                self._owner.take_rtcp(bytes(self._views[size]), None)
            else:
                self.dropped += 1
            return
        if not self._is_usable(size):
            self.dropped += 1
            return
        if data[0] != VERSION_BITS:
            try:
                start, end = payload_bounds(data, size)
            except RtpParseError:
                self.dropped += 1
                return
            data[HEADER_SIZE : HEADER_SIZE + end - start] = data[start:end]
            size = HEADER_SIZE + end - start
            if size == HEADER_SIZE:
                return
        self._take_normal(size)

    def _take_normal(self, size: int) -> None:
        """Take a usable packet whose payload follows the fixed header."""
        _, second, sequence, timestamp, ssrc = _unpack_from(self._data)
        payload_type = second & 0x7F
        self._size = _NONE
        statistics = self.statistics
        now = self._clock.now
        self.heard_at = now
        if ssrc != statistics.ssrc:
            if self.first_at is None:
                self.first_at = now
            statistics.start(ssrc, sequence)
            self._owner.stream_changed()
        if payload_type == self._event:
            arrival = statistics.receive_event(sequence, size - HEADER_SIZE)
            self._take_event(sequence, timestamp, size, ssrc, bool(second & 0x80), arrival)
            return
        arrival = statistics.receive(sequence, timestamp, self._clock.samples, size - HEADER_SIZE)
        if arrival > 2 or payload_type == self._comfort_noise:
            return
        self._take_audio(payload_type, sequence, timestamp, size, arrival | MARKED if second & 0x80 else arrival)

    def _take_audio(self, payload_type: int, sequence: int, timestamp: int, size: int, arrival: int) -> None:
        codec = Codec(self._accepted[payload_type])
        if codec is not self.codec:
            self.codec = codec
            self._owner.stream_changed()
        if self._detector is None:
            self._expected = VERSION_BITS << 8 | payload_type
            self._size = size
        else:
            self._detect(bytes(self._payloads[size]))
        if self.tap is not None:
            self.tap(timestamp, self._payloads[size])
        if self.route is not None:
            self.route(sequence, timestamp, size, arrival)

    def _take_event(self, sequence: int, timestamp: int, size: int, ssrc: int, marker: bool, arrival: int) -> None:
        if size < HEADER_SIZE + 4:
            return
        event = TelephoneEvent.parse(bytes(self._payloads[size]))
        # Passed on before it is reported: what the report sets off may use the buffer's stream for something else.
        if self.event_route is not None and arrival not in (Arrival.DUPLICATE, Arrival.SUSPECT):
            self.event_route(sequence, timestamp, size, marker)
        digit = self._digits.receive(ssrc, timestamp, event)
        if digit is not None:
            self.digits += 1
            self._owner.heard_digit(digit, event.duration // 8, "rfc4733")

    def _detect(self, payload: bytes) -> None:
        assert self._detector is not None
        samples = audioop.alaw2lin(payload, 2) if self.codec is Codec.PCMA else audioop.ulaw2lin(payload, 2)
        for digit in self._detector.feed(samples):
            self.digits += 1
            self._owner.heard_digit(digit, 50, "inband")


def _nothing(buffer: bytearray) -> int:
    raise BlockingIOError


def _nobody(buffer: bytearray) -> tuple[int, Address]:
    raise BlockingIOError
