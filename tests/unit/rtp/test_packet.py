from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.rtp.packet import (
    RtpPacket,
    RtpParseError,
    is_rtcp,
    payload_bounds,
    sequence_delta,
    timestamp_delta,
)

PLAIN = bytes.fromhex("80081234 00000140 deadbeef d5d5d5d5")
RICH = bytes.fromhex("b2880001 00000002 00000003 0000000a 0000000b bede0001 01020304 ffee 0002")


def test_plain_packet() -> None:
    packet = RtpPacket.parse(PLAIN)
    assert packet == RtpPacket(
        payload_type=8, sequence_number=0x1234, timestamp=320, ssrc=0xDEADBEEF, payload=b"\xd5" * 4
    )
    assert bytes(packet) == PLAIN


def test_packet_with_everything() -> None:
    packet = RtpPacket.parse(RICH)
    assert packet == RtpPacket(
        payload_type=8,
        marker=True,
        sequence_number=1,
        timestamp=2,
        ssrc=3,
        csrcs=(10, 11),
        extension=(0xBEDE, b"\x01\x02\x03\x04"),
        payload=b"\xff\xee",
        padding=2,
    )
    assert bytes(packet) == RICH
    assert payload_bounds(RICH, len(RICH)) == (28, 30)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PLAIN[:11], "shorter than a header"),
        (b"\x40" + PLAIN[1:], "not version 2"),
        (b"\x90" + PLAIN[1:12], "header extension cut off"),
        (b"\x8f" + PLAIN[1:], "header longer than the packet"),
        (b"\xa0" + PLAIN[1:12] + b"\x00", "empty padding"),
        (b"\xa0" + PLAIN[1:12] + b"\x09", "header longer than the packet"),
        (b"\x90" + PLAIN[1:12] + b"\xbe\xde\x00\x09", "header longer than the packet"),
    ],
)
def test_junk_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RtpParseError, match=reason):
        RtpPacket.parse(data)


@given(st.binary(max_size=80))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        packet = RtpPacket.parse(data)
    except RtpParseError:
        return
    assert len(bytes(packet)) == len(data)


def test_counters_wrap() -> None:
    assert sequence_delta(2, 65534) == 4
    assert sequence_delta(65534, 2) == -4
    assert timestamp_delta(160, 0xFFFFFF60) == 320
    assert timestamp_delta(0xFFFFFF60, 160) == -320


def test_rtcp_on_the_same_port() -> None:
    assert [octet for octet in (8, 136, 191, 192, 200, 223, 224) if is_rtcp(octet)] == [192, 200, 223]
