from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.rtp.statistics import Arrival, ReceiveStatistics, mean_opinion_score


def started(sequence: int = 100) -> ReceiveStatistics:
    statistics = ReceiveStatistics()
    statistics.start(7, sequence)
    return statistics


def feed(statistics: ReceiveStatistics, *sequences: int) -> list[Arrival]:
    return [Arrival(statistics.receive(sequence, 160 * sequence, 160 * sequence, 160)) for sequence in sequences]


def test_in_order_across_the_wrap() -> None:
    statistics = started(65535)
    assert feed(statistics, 65535, 0, 1) == [Arrival.IN_ORDER] * 3
    assert (statistics.packets, statistics.bytes, statistics.expected, statistics.lost) == (3, 480, 3, 0)
    assert statistics.highest_sequence == 0x10001


def test_loss_reordering_and_duplicates() -> None:
    statistics = started()
    assert feed(statistics, 100, 103, 101, 101, 104) == [
        Arrival.IN_ORDER,
        Arrival.AFTER_GAP,
        Arrival.LATE,
        Arrival.DUPLICATE,
        Arrival.IN_ORDER,
    ]
    assert (statistics.expected, statistics.lost, statistics.reordered, statistics.duplicated) == (5, 1, 1, 1)
    assert statistics.packets == 5
    assert statistics.fraction_lost() == 256 // 5
    assert statistics.fraction_lost() == 0


def test_one_stray_number_is_suspect_two_are_a_restart() -> None:
    statistics = started()
    assert feed(statistics, 100, 30000, 101) == [Arrival.IN_ORDER, Arrival.SUSPECT, Arrival.IN_ORDER]
    assert feed(statistics, 20000, 20001, 20002) == [Arrival.SUSPECT, Arrival.AFTER_GAP, Arrival.IN_ORDER]
    assert (statistics.expected, statistics.lost) == (4, 0)


def test_new_source_continues_the_sums() -> None:
    statistics = started()
    feed(statistics, 100, 102)
    statistics.start(8, 5)
    feed(statistics, 5, 6)
    assert (statistics.ssrc, statistics.expected, statistics.lost, statistics.packets) == (8, 5, 1, 4)


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 1, 1, 1, 2, 5, 0, -1, -3, 2000, 30_000]), st.sampled_from([4, 80, 160])),
        max_size=80,
    )
)
def test_packets_and_octets_are_those_that_were_taken(moves: list[tuple[int, int]]) -> None:
    statistics = started(5)
    sequence, packets, octets = 4, 0, 0
    for step, size in moves:
        sequence = (sequence + step) & 0xFFFF
        arrival = statistics.receive(sequence, 160 * sequence, 0, size)
        packets += arrival != Arrival.SUSPECT
        octets += size if arrival < Arrival.DUPLICATE else 0
        assert (statistics.packets, statistics.bytes) == (packets, octets)


def test_nothing_received() -> None:
    statistics = ReceiveStatistics()
    assert (statistics.expected, statistics.lost, statistics.jitter, statistics.jitter_mean) == (0, 0, 0, 0.0)


def test_jitter_follows_the_rfc_filter() -> None:
    statistics = started(0)
    reference = 0
    transit = None
    for index in range(200):
        arrival = 160 * index + (80 if index % 2 else 0)
        statistics.receive(index, 160 * index, arrival, 160)
        new = arrival - 160 * index
        if transit is not None:
            reference += abs(new - transit) - ((reference + 8) >> 4)
        transit = new
    assert statistics.jitter == reference >> 4
    assert 75 <= statistics.jitter <= 80
    statistics.sample_jitter()
    assert (statistics.jitter_max, statistics.jitter_mean) == (statistics.jitter, float(statistics.jitter))


def test_jump_of_the_timeline_is_no_jitter() -> None:
    statistics = started(0)
    statistics.receive(0, 0, 0, 160)
    statistics.receive(1, 0xF0000000, 160, 160)
    assert statistics.jitter == 0


def test_events_leave_jitter_alone() -> None:
    statistics = started(0)
    statistics.receive(0, 0, 0, 160)
    assert [statistics.receive_event(sequence, 4) for sequence in (1, 2, 2, 4)] == [0, 0, Arrival.DUPLICATE, 1]
    statistics.receive(5, 800, 800, 160)
    assert (statistics.jitter, statistics.lost, statistics.packets) == (0, 1, 6)


@pytest.mark.parametrize(
    ("loss", "jitter_ms", "rtt_ms", "expected"),
    [
        (0.0, 0.0, None, 4.40),
        (0.05, 0.0, None, 3.90),
        (0.0, 40.0, 100.0, 4.33),
        (0.0, 0.0, 600.0, 3.59),
        (1.0, 0.0, 0.0, 1.16),
    ],
)
def test_mean_opinion_score(loss: float, jitter_ms: float, rtt_ms: float | None, expected: float) -> None:
    assert round(mean_opinion_score(loss=loss, jitter_ms=jitter_ms, rtt_ms=rtt_ms), 2) == expected


def test_worst_score_is_one() -> None:
    assert mean_opinion_score(loss=1.0, jitter_ms=500.0, rtt_ms=2000.0) == 1.0
