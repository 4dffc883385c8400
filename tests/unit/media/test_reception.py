"""The inline path of the reception against the plain statistics it stands for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callcenter.media.engine import Engine
from callcenter.media.reception import Reception
from callcenter.media.settings import MediaSettings
from callcenter.media.source_lock import Address
from callcenter.rtp.packet import RtpPacket
from callcenter.rtp.statistics import Arrival, ReceiveStatistics

EVENT = 101


class Owner:
    """Needs to know nothing."""

    def heard_digit(self, digit: str, duration_ms: int, source: str) -> None:
        """Ignore it."""

    def stream_changed(self) -> None:
        """Ignore it."""

    def source_found(self, source: Address, *, send_there: bool) -> None:
        """Ignore it."""

    def take_rtcp(self, data: bytes, source: Address | None) -> None:
        """Ignore it."""


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 1, 1, 1, 0, -1, -2, 2, 3, 40_000]),  # to the next sequence number
        st.sampled_from([160, 160, 160, 80, 240]),  # payload octets
        st.sampled_from([8, 8, 8, 8, 0, EVENT]),  # payload type
        st.sampled_from([7, 7, 7, 7, 7, 7, 7, 9]),  # source
        st.floats(0.0, 0.08),  # seconds since the packet before
    ),
    max_size=60,
)


@given(steps, st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF))
def test_inline_path_counts_like_the_statistics(
    moves: list[tuple[int, int, int, int, float]], sequence: int, timestamp: int
) -> None:
    now = 100.0
    engine = Engine(
        MediaSettings(), now=now, unix_now=0.0, emit=lambda event: None, watch=lambda descriptor, handler: None
    )
    reception = Reception(engine, Owner())
    reception.expect({8: "PCMA", 0: "PCMU"}, event=EVENT, comfort_noise=None, mux=False, lock=None)
    reference = ReceiveStatistics()
    routed, expected = [], []
    reception.route = lambda sequence, timestamp, size, arrival: routed.append((sequence, timestamp, size, arrival))
    packet = b""

    def receive(buffer: bytearray) -> int:
        buffer[: len(packet)] = packet
        return len(packet)

    reception.recv_into = receive
    for step, size, payload_type, ssrc, gap in moves:
        now += gap
        engine.clock.set(now)
        sequence = (sequence + step) & 0xFFFF
        timestamp = (timestamp + size * step) & 0xFFFFFFFF
        packet = bytes(
            RtpPacket(
                payload_type=payload_type,
                sequence_number=sequence,
                timestamp=timestamp,
                ssrc=ssrc,
                payload=b"\x14" * size,
            )
        )
        reception.on_packet()
        if ssrc != reference.ssrc:
            reference.start(ssrc, sequence)
        if payload_type == EVENT:
            reference.receive_event(sequence, size)
        else:
            arrival = reference.receive(sequence, timestamp, engine.clock.samples, size)
            if arrival < Arrival.DUPLICATE:
                expected.append((sequence, timestamp, size + 12, arrival))
        ours = reception.statistics
        assert (ours.packets, ours.bytes, ours.expected, ours.lost, ours.duplicated, ours.reordered, ours.jitter) == (
            reference.packets,
            reference.bytes,
            reference.expected,
            reference.lost,
            reference.duplicated,
            reference.reordered,
            reference.jitter,
        )
    assert routed == expected
