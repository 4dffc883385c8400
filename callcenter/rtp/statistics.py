"""What a receiver knows about a stream: loss, order, jitter (RFC 3550 A.1, A.3, A.8), and how it sounds (ITU-T G.107).

Counting runs once per packet, so a packet in order changes three integers only: highest sequence number, transit time
and jitter. How many packets and octets that makes follows from them, and is put right when a number is out of turn or
the size changes.
"""

from __future__ import annotations

from enum import IntEnum

from callcenter.rtp.packet import sequence_delta

MAX_DROPOUT = 3000
"A jump forward beyond this is a restart (A.1)."
MAX_MISORDER = 100
"A step back beyond this is a restart (A.1)."
_MISSING_KEPT = 512
DISCONTINUITY = 80_000
"A transit time that moves ten seconds at once is a new timeline, not jitter."
_NO_TRANSIT = -(1 << 48)
"A discontinuity away from any."


class Arrival(IntEnum):
    """How a packet fits into its stream. Only ``IN_ORDER`` is false."""

    IN_ORDER = 0
    AFTER_GAP = 1
    LATE = 2
    "It fills a gap."
    DUPLICATE = 3
    SUSPECT = 4
    "Far from its neighbours: unusable until a second packet confirms the jump."


class ReceiveStatistics:
    """Statistics of everything received on one leg; a new SSRC continues the sums."""

    __slots__ = (
        "_bad",
        "_base",
        "_bytes",
        "_counted",
        "_expected_before",
        "_expected_reported",
        "_jitter_samples",
        "_jitter_sum",
        "_missing",
        "_received_reported",
        "_size",
        "_surplus",
        "duplicated",
        "highest",
        "jitter_max",
        "reordered",
        "scaled_jitter",
        "ssrc",
        "transit",
    )

    def __init__(self) -> None:
        self.ssrc = -1
        "The source being received, -1 before the first packet."
        self.highest = 0
        "Extended highest sequence number of the current source."
        self.transit = _NO_TRANSIT
        "Arrival less timestamp of the packet before."
        self.scaled_jitter = 0
        "Interarrival jitter times 16, as in A.8."
        self.duplicated = 0
        self.reordered = 0
        self.jitter_max = 0
        "In timestamp units."
        self._surplus = 0  # packets received less the highest sequence number
        self._size = 0  # payload octets of every packet since the first self._counted ones, which had self._bytes
        self._counted = 0
        self._bytes = 0
        self._base = 0
        self._bad = -1
        self._missing: set[int] = set()
        self._jitter_sum = 0
        self._jitter_samples = 0
        self._expected_before = 0
        self._expected_reported = 0
        self._received_reported = 0

    def start(self, ssrc: int, sequence: int) -> None:
        """Begin with a new source (or a restarted one) whose first packet is ``sequence``."""
        self._expected_before = self.expected
        self.ssrc = ssrc
        self._base = sequence
        self._surplus += self.highest - (sequence - 1)
        self.highest = sequence - 1
        self._bad = -1
        self._missing.clear()
        self.transit = _NO_TRANSIT

    def receive(self, sequence: int, timestamp: int, arrival: int, size: int) -> int:
        """Count one packet of the current source and return its :class:`Arrival`.

        :param arrival: arrival time in timestamp units of any epoch.
        :param size: payload octets.
        """
        order = self.receive_event(sequence, size)
        if order <= 2:
            transit = arrival - timestamp
            moved = abs(transit - self.transit)
            self.transit = transit
            if moved < DISCONTINUITY:
                self.scaled_jitter += moved - ((self.scaled_jitter + 8) >> 4)
        return order

    def receive_event(self, sequence: int, size: int) -> int:
        """Count a packet whose timestamp is not its time (RFC 4733 §2.2.1); jitter is left alone."""
        if size != self._size:
            self._bytes = self.bytes
            self._counted = self.packets
            self._size = size
        highest = self.highest + 1
        if sequence != highest & 0xFFFF or self.ssrc < 0:
            return int(self._out_of_turn(sequence))
        self.highest = highest
        return 0

    def _out_of_turn(self, sequence: int) -> Arrival:
        first = self.highest + 1
        ahead = sequence_delta(sequence, first)
        if 0 < ahead < MAX_DROPOUT:
            if len(self._missing) < _MISSING_KEPT:
                self._missing.update((first + step) & 0xFFFF for step in range(min(ahead, _MISSING_KEPT)))
            else:
                self._missing.clear()
            self.highest += ahead + 1
            self._surplus -= ahead
            self._bad = -1
            return Arrival.AFTER_GAP
        if -MAX_MISORDER <= ahead < 0:
            if sequence in self._missing:
                self._missing.discard(sequence)
                self.reordered += 1
                self._surplus += 1
                return Arrival.LATE
            self._surplus += 1
            self._counted += 1
            self.duplicated += 1
            return Arrival.DUPLICATE
        if sequence == self._bad:
            self.start(self.ssrc, sequence)
            self.highest += 1
            return Arrival.AFTER_GAP
        self._bad = (sequence + 1) & 0xFFFF
        return Arrival.SUSPECT

    def sample_jitter(self) -> None:
        """Take the present jitter into the mean and maximum; call about once per second."""
        jitter = self.scaled_jitter >> 4
        self._jitter_sum += jitter
        self._jitter_samples += 1
        if jitter > self.jitter_max:
            self.jitter_max = jitter

    @property
    def packets(self) -> int:
        """How many came, duplicates included."""
        return self.highest + self._surplus

    @property
    def bytes(self) -> int:
        """Payload octets received, duplicates not counted."""
        return self._bytes + (self.packets - self._counted) * self._size

    @property
    def jitter(self) -> int:
        """The present interarrival jitter in timestamp units."""
        return self.scaled_jitter >> 4

    @property
    def jitter_mean(self) -> float:
        """Mean of the samples taken, in timestamp units; the present value before any."""
        return self._jitter_sum / self._jitter_samples if self._jitter_samples else self.scaled_jitter / 16

    @property
    def highest_sequence(self) -> int:
        """Extended highest sequence number received of the current source, 32 bits."""
        return self.highest & 0xFFFFFFFF

    @property
    def expected(self) -> int:
        """How many packets should have come, over all sources."""
        if self.ssrc < 0:
            return 0
        return self._expected_before + self.highest - self._base + 1

    @property
    def lost(self) -> int:
        """Expected minus received, duplicates not counted, never negative."""
        return max(self.expected - (self.packets - self.duplicated), 0)

    def fraction_lost(self) -> int:
        """Return the share lost since the last call in 1/256 (A.3); each call starts a new interval."""
        expected, received = self.expected, self.packets - self.duplicated
        interval = expected - self._expected_reported
        lost = interval - (received - self._received_reported)
        self._expected_reported, self._received_reported = expected, received
        return min(lost * 256 // interval, 255) if interval > 0 and lost > 0 else 0


def mean_opinion_score(*, loss: float, jitter_ms: float, rtt_ms: float | None, ptime_ms: float = 20.0) -> float:
    """Return the MOS (1..4.5) the E-model gives a G.711 stream (ITU-T G.107 with default values, G.113 Appendix I).

    R = 93.2 - Id - Ie,eff. The one-way delay is half the round trip, one packet time and a playout buffer of twice the
    jitter; Ie,eff uses Ie = 0 and Bpl = 25.1, G.711 with packet loss concealment.

    :param loss: share of packets lost, 0..1.
    """
    delay = (rtt_ms or 0.0) / 2 + ptime_ms + 2 * jitter_ms
    delay_impairment = 0.024 * delay + (0.11 * (delay - 177.3) if delay > 177.3 else 0.0)
    percent = 100 * min(max(loss, 0.0), 1.0)
    equipment_impairment = 95 * percent / (percent + 25.1)
    rating = 93.2 - delay_impairment - equipment_impairment
    if rating <= 0:
        return 1.0
    return 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
