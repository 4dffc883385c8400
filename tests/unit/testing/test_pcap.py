"""Captures are what their readers expect."""

from __future__ import annotations

import struct
from pathlib import Path

from callcenter.testing.pcap import RtpScript, TimedPacket, write_pcap
from callcenter.testing.phone_media import parse_rtp


def test_file_layout(tmp_path: Path) -> None:
    data = write_pcap(tmp_path / "a.pcap", [TimedPacket(1.25, b"payload")]).read_bytes()
    assert struct.unpack_from("<IHH", data) == (0xA1B2C3D4, 2, 4)
    seconds, fraction, captured, original = struct.unpack_from("<IIII", data, 24)
    assert (seconds, fraction, captured, original) == (1, 250_000, 14 + 20 + 8 + 7, 14 + 20 + 8 + 7)
    header = data[40 + 14 : 40 + 34]
    total = sum(struct.unpack("!10H", header))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert data.endswith(b"payload")


def test_ptime_and_times() -> None:
    packets = RtpScript(ptime_ms=40).tone(440, 0.2).packets
    assert [round(packet.at, 3) for packet in packets] == [0.0, 0.04, 0.08, 0.12, 0.16]
    assert [len(packet.data) for packet in packets] == 5 * [12 + 320]


def test_lost_event_packets_leave_a_hole_in_the_sequence() -> None:
    packets = [parse_rtp(packet.data, packet.at) for packet in RtpScript().keys("3", lose=(0,)).packets]
    assert [packet.sequence for packet in packets if packet is not None][:3] == [2, 3, 4]
