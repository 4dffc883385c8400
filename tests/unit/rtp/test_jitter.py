from __future__ import annotations

from callcenter.rtp.jitter import JitterBuffer


def frame(value: int, size: int = 160) -> bytes:
    return bytes((value,)) * size


SILENCE = frame(0xD5)


def test_plays_behind_a_fixed_delay() -> None:
    buffer = JitterBuffer(delay=160)
    assert buffer.pop(160) is None
    buffer.put(1000, frame(1))
    buffer.put(1160, frame(2))
    assert [buffer.pop(160) for _ in range(4)] == [SILENCE, frame(1), frame(2), None]


def test_reordered_packets_are_put_right_and_duplicates_dropped() -> None:
    buffer = JitterBuffer(delay=160)
    for timestamp, value in ((0, 1), (320, 3), (160, 2), (160, 9)):
        buffer.put(timestamp, frame(value))
    assert [buffer.pop(160) for _ in range(4)] == [SILENCE, frame(1), frame(2), frame(3)]


def test_loss_is_silence_and_late_packets_are_counted() -> None:
    buffer = JitterBuffer(delay=0)
    buffer.put(0, frame(1))
    buffer.put(320, frame(3))
    assert [buffer.pop(160), buffer.pop(160)] == [frame(1), SILENCE]
    buffer.put(160, frame(2))
    assert buffer.late == 1
    assert buffer.pop(160) == frame(3)


def test_other_packet_times() -> None:
    buffer = JitterBuffer(delay=0)
    buffer.put(0, frame(1, 240))
    buffer.put(240, frame(2, 240))
    assert [buffer.pop(160) for _ in range(3)] == [frame(1), frame(1, 80) + frame(2, 80), frame(2)]


def test_timestamps_wrap() -> None:
    buffer = JitterBuffer(delay=0)
    buffer.put(0xFFFFFF60, frame(1))
    buffer.put(0, frame(2))
    assert [buffer.pop(160), buffer.pop(160)] == [frame(1), frame(2)]


def test_skips_ahead_when_too_much_piles_up() -> None:
    buffer = JitterBuffer(delay=160, limit=480)
    for index in range(6):
        buffer.put(160 * index, frame(index))
    assert buffer.pop(160) == frame(2)


def test_sender_that_restarts_its_timestamps() -> None:
    buffer = JitterBuffer(delay=0)
    buffer.put(1_000_000, frame(1))
    assert buffer.pop(160) == frame(1)
    buffer.put(5, frame(2))
    assert buffer.pop(160) == frame(2)
