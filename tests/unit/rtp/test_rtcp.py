from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpParseError,
    SenderReport,
    SourceDescription,
    encode,
    ntp_middle,
    ntp_time,
    parse,
    round_trip_s,
)

BLOCK = ReportBlock(
    ssrc=0x11223344,
    fraction_lost=64,
    packets_lost=-2,
    highest_sequence=0x10005,
    jitter=24,
    last_sr=0xAABBCCDD,
    delay_since_last_sr=0x10000,
)
BLOCK_BYTES = bytes.fromhex("11223344 40fffffe 00010005 00000018 aabbccdd 00010000")


def test_sender_report_bytes() -> None:
    report = SenderReport(
        ssrc=1, ntp_time=0x0102030405060708, rtp_timestamp=160, packets=2, octets=320, reports=(BLOCK,)
    )
    data = bytes.fromhex("81c8000c 00000001 0102030405060708 000000a0 00000002 00000140") + BLOCK_BYTES
    assert encode([report]) == data
    assert parse(data) == [report]


def test_compound_of_receiver_report_description_and_goodbye() -> None:
    packets: list[SenderReport | ReceiverReport | SourceDescription | Goodbye] = [
        ReceiverReport(ssrc=1),
        SourceDescription(ssrc=1, cname="abc"),
        Goodbye(ssrcs=(1,)),
    ]
    data = bytes.fromhex("80c90001 00000001 81ca0003 00000001 0103616263 000000 81cb0001 00000001")
    assert encode(packets) == data
    assert parse(data) == packets


def test_unknown_packet_types_are_skipped() -> None:
    assert parse(bytes.fromhex("81cc0001 00000001 80c90001 00000002")) == [ReceiverReport(ssrc=2)]


def test_description_without_a_name_is_skipped() -> None:
    assert parse(bytes.fromhex("81ca0003 00000001 0203616263 000000")) == []


@pytest.mark.parametrize("data", ["", "80", "40c90001 00000001", "80c90002 00000001", "81c90001 00000001"])
def test_junk_is_refused(data: str) -> None:
    with pytest.raises(RtcpParseError):
        parse(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        parse(data)
    except RtcpParseError:
        return


def test_round_trip() -> None:
    sent = ntp_time(1000.0)
    assert ntp_middle(sent) == ((1000 + 2_208_988_800) & 0xFFFF) << 16

    def report(last_sr: int, delay: int) -> ReportBlock:
        return ReportBlock(
            ssrc=1,
            fraction_lost=0,
            packets_lost=0,
            highest_sequence=0,
            jitter=0,
            last_sr=last_sr,
            delay_since_last_sr=delay,
        )

    assert round_trip_s(report(ntp_middle(sent), 65536), ntp_time(1001.25)) == 0.25
    assert round_trip_s(report(0, 0), sent) is None
    assert round_trip_s(report(ntp_middle(sent), 16), sent) == 0.0
    assert round_trip_s(report(ntp_middle(sent), 0), ntp_time(1031.0)) is None
