from __future__ import annotations

import pytest

from callcenter.rtp.dtmf import DigitReceiver, DigitSender, TelephoneEvent, TelephoneEventParseError


def press(event: int, *, end: bool = False, duration: int = 160) -> TelephoneEvent:
    return TelephoneEvent(event, end, 10, duration)


def test_payload_bytes() -> None:
    event = TelephoneEvent.parse(b"\x0b\x8a\x03\x20")
    assert event == TelephoneEvent(11, True, 10, 800)
    assert bytes(event) == b"\x0b\x8a\x03\x20"
    with pytest.raises(TelephoneEventParseError):
        TelephoneEvent.parse(b"\x0b\x8a\x03")


def test_one_event_is_one_digit() -> None:
    receiver = DigitReceiver()
    packets = [press(5, duration=160 * n) for n in range(1, 5)] + [press(5, end=True, duration=800)] * 3
    assert [receiver.receive(1, 1000, packet) for packet in packets] == ["5"] + [None] * 6


def test_lost_start_and_lost_end() -> None:
    receiver = DigitReceiver()
    assert receiver.receive(1, 1000, press(11, end=True, duration=800)) == "#"
    assert receiver.receive(1, 3000, press(11, duration=160)) == "#"
    assert receiver.receive(1, 5000, press(11, duration=160)) == "#"


def test_same_key_twice_is_two_digits() -> None:
    receiver = DigitReceiver()
    assert receiver.receive(1, 1000, press(1, end=True, duration=800)) == "1"
    assert receiver.receive(1, 2000, press(1)) == "1"


def test_late_packets_of_an_older_event_are_ignored() -> None:
    receiver = DigitReceiver()
    assert receiver.receive(1, 2000, press(2)) == "2"
    assert receiver.receive(1, 1000, press(1, end=True, duration=800)) is None
    assert receiver.receive(1, 2000, press(2, duration=320)) is None


def test_timestamp_that_moves_within_one_event() -> None:
    receiver = DigitReceiver()
    digits = [receiver.receive(1, 1000 + 160 * n, press(7, duration=160 * (n + 1))) for n in range(5)]
    assert digits == ["7", None, None, None, None]


def test_long_event_in_segments() -> None:
    receiver = DigitReceiver()
    assert receiver.receive(1, 0, press(9, duration=0xFFFF)) == "9"
    assert receiver.receive(1, 0xFFFF, press(9, duration=160)) is None


def test_new_source_is_a_new_event_and_other_events_are_no_digits() -> None:
    receiver = DigitReceiver()
    assert receiver.receive(1, 1000, press(3)) == "3"
    assert receiver.receive(2, 1000, press(3)) == "3"
    assert receiver.receive(2, 9000, press(16)) is None


def test_sender_schedule() -> None:
    sender = DigitSender("1x#", duration=480, gap=320)
    packets = [sender.next() for _ in range(5)]
    assert [packet and (packet.payload.hex(), packet.first) for packet in packets] == [
        ("010a00a0", True),
        ("010a0140", False),
        ("018a01e0", False),
        ("018a01e0", False),
        ("018a01e0", False),
    ]
    assert not sender.done
    packet = sender.next()
    assert packet is not None and packet.payload.hex() == "0b0a00a0" and packet.first
    for _ in range(4):
        sender.next()
    assert sender.done
    assert sender.next() is None


def test_long_gap_is_silent() -> None:
    sender = DigitSender("5", duration=320, gap=800)
    assert [sender.next() is not None for _ in range(7)] == [True, True, True, True, False, False, False]
    assert sender.done
