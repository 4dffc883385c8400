"""What the test phone sends is RFC 3550 and RFC 4733; what it hears is placed where it was."""

from __future__ import annotations

import pytest

from callcenter.testing.audio import silence, sine, to_alaw, tone_intervals
from callcenter.testing.pcap import RtpScript
from callcenter.testing.phone_media import Listener, ReceivedPacket, Talker, build_rtp, parse_rtp


def parsed(packets: list[bytes]) -> list[ReceivedPacket]:
    found = [parse_rtp(packet, 0.0) for packet in packets]
    assert None not in found
    return [packet for packet in found if packet is not None]


def test_a_packet_survives_the_round_trip() -> None:
    packet = parse_rtp(build_rtp(8, 65536 + 7, 2**32 + 9, 0xABCD, b"audio", marker=True), 1.5)
    assert packet == ReceivedPacket(1.5, 8, 7, 9, 0xABCD, True, b"audio")


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x08", b"\x00" * 20, bytes([0x80, 200]) + bytes(20), bytes([0x90, 8]) + bytes(10)]
)
def test_what_is_no_rtp_is_ignored(data: bytes) -> None:
    assert parse_rtp(data, 0.0) is None


def test_extension_csrc_and_padding_are_cut() -> None:
    extension = b"\xbe\xde\x00\x01" + bytes(4)
    data = bytes([0xB1]) + build_rtp(8, 1, 2, 3, b"")[1:] + bytes(4) + extension + b"audio" + b"\x00\x00\x03"
    packet = parse_rtp(data, 0.0)
    assert packet is not None
    assert packet.payload == b"audio"


def test_talker_sends_a_continuous_tone() -> None:
    talker = Talker(8, 101, ssrc=1)
    talker.set_tone(440)
    packets = parsed([packet for _ in range(60) for packet in talker.next_packets()])
    assert [packet.sequence for packet in packets] == list(range(60))
    assert [packet.timestamp for packet in packets] == [160 * index for index in range(60)]
    assert b"".join(packet.payload for packet in packets) == to_alaw(sine(440, 1.2)[: 60 * 160])
    assert [packet.marker for packet in packets] == [True] + 59 * [False]


def test_a_key_is_one_event_with_three_ends() -> None:
    talker = Talker(8, 101, ssrc=1)
    talker.press("5", duration_ms=100)
    packets = parsed([packet for _ in range(6) for packet in talker.next_packets()])
    events = [packet for packet in packets if packet.payload_type == 101]
    assert len(events) == 7
    assert {packet.timestamp for packet in events} == {0}
    assert [packet.payload[0] for packet in events] == 7 * [5]
    assert [packet.payload[1] >> 7 for packet in events] == [0, 0, 0, 0, 1, 1, 1]
    assert [int.from_bytes(packet.payload[2:4], "big") for packet in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [packet.marker for packet in events] == [True] + 6 * [False]
    assert (packets[-1].payload_type, packets[-1].timestamp, packets[-1].marker) == (8, 800, True)


def test_keys_need_telephone_event_and_must_exist() -> None:
    with pytest.raises(ValueError, match="telephone-event"):
        Talker(8, None, ssrc=1).press("1")
    with pytest.raises(ValueError, match="'X'"):
        Talker(8, 101, ssrc=1).press("1X")


def test_two_equal_keys_are_two_events() -> None:
    talker, listener = Talker(0, 101, ssrc=1), Listener(101)
    talker.press("11#")
    for step in range(40):
        for packet in talker.next_packets():
            listener.receive(packet, step * 0.02)
    assert listener.digits == ["1", "1", "#"]


def test_listener_places_audio_by_timestamp_and_gaps_as_silence() -> None:
    listener = Listener(None)
    for packet in RtpScript().tone(440, 0.5).pause(1.0).tone(440, 0.5).packets:
        listener.receive(packet.data, 10.0 + packet.at)
    spans = tone_intervals(listener.render(10.0, 12.0), 440)
    assert [(round(span.start, 2), round(span.end, 2)) for span in spans] == [(0.0, 0.5), (1.5, 2.0)]


def test_listener_follows_a_changed_source() -> None:
    listener = Listener(None)
    for packet in RtpScript().tone(440, 0.5).change_source(99).tone(660, 0.5).packets:
        listener.receive(packet.data, packet.at)
    heard = listener.render(0.0, 1.0)
    assert [round(span.duration, 2) for span in tone_intervals(heard, 440)] == [0.5]
    assert [round(span.start, 2) for span in tone_intervals(heard, 660)] == [0.5]


def test_prompts_end_after_a_gap_of_silence_or_of_packets() -> None:
    listener = Listener(None)
    script = (
        RtpScript().tone(440, 1.0).silence(0.3).tone(440, 1.0).silence(1.0).tone(440, 0.1).silence(1.0).tone(440, 1.0)
    )
    for packet in script.packets:
        listener.receive(packet.data, packet.at)
    assert listener.prompts_ended(5.4) == 1  # A pause does not end a prompt, a beep is none.
    assert listener.prompts_ended(6.3) == 2


def test_lost_and_repeated_event_packets_stay_one_key() -> None:
    listener = Listener(101)
    for packet in RtpScript().keys("7", lose=(0, 2)).keys("7", ends=1).audio(silence(0.1)).packets:
        listener.receive(packet.data, packet.at)
        listener.receive(packet.data, packet.at)
    assert listener.digits == ["7", "7"]
