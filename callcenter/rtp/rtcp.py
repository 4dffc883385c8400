"""RTCP (RFC 3550 §6): sender and receiver reports, source description, goodbye, and round-trip time from them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from callcenter.base.errors import RemoteProtocolError

_SR, _RR, _SDES, _BYE = 200, 201, 202, 203
_NTP_EPOCH_OFFSET = 2_208_988_800
"Seconds from 1900 (NTP) to 1970 (Unix)."
_REPORT = struct.Struct("!IIIIII")


class RtcpParseError(RemoteProtocolError):
    """This datagram is not a valid RTCP compound packet."""

    error_id = "rtcp-parse-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """What a receiver says about one source (§6.4.1)."""

    ssrc: int
    fraction_lost: int
    "Share lost since the last report, in 1/256."
    packets_lost: int
    "Cumulative, signed 24 bits."
    highest_sequence: int
    "Extended highest sequence number received."
    jitter: int
    "Interarrival jitter in timestamp units."
    last_sr: int = 0
    "Middle 32 bits of the NTP time of the last sender report received, 0 for none."
    delay_since_last_sr: int = 0
    "In 1/65536 s."


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """SR: what an active sender sent, and what it received."""

    ssrc: int
    ntp_time: int
    "64-bit NTP timestamp."
    rtp_timestamp: int
    packets: int
    octets: int
    reports: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """RR: what a party that sends nothing received."""

    ssrc: int
    reports: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDescription:
    """SDES with the one item every compound packet must have (§6.5.1)."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """BYE: these sources stop."""

    ssrcs: tuple[int, ...]


RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye


def ntp_time(unix_s: float) -> int:
    """Return the 64-bit NTP timestamp of ``unix_s`` seconds since 1970."""
    return int((unix_s + _NTP_EPOCH_OFFSET) * 4_294_967_296) & 0xFFFFFFFFFFFFFFFF


def ntp_middle(ntp: int) -> int:
    """Return the middle 32 bits of a 64-bit NTP timestamp: 1/65536 s, wrapping every 18 hours."""
    return (ntp >> 16) & 0xFFFFFFFF


def round_trip_s(report: ReportBlock, arrival_ntp: int) -> float | None:
    """Return the round trip this report proves, in seconds, or ``None`` when it refers to no report of ours.

    Answers outside 0..30 s are nonsense (clocks stepped, peer miscounts) and give ``None``.
    """
    if not report.last_sr:
        return None
    ticks = (ntp_middle(arrival_ntp) - report.last_sr - report.delay_since_last_sr) & 0xFFFFFFFF
    if ticks > 0xFFFFFF00:  # a hair negative: the peer's clock ticks differently
        return 0.0
    seconds = ticks / 65536
    return seconds if seconds <= 30 else None


def encode(packets: list[RtcpPacket]) -> bytes:
    """Return the compound packet made of ``packets`` in order."""
    return b"".join(_encode_one(packet) for packet in packets)


def _encode_one(packet: RtcpPacket) -> bytes:
    match packet:
        case SenderReport():
            body = struct.pack(
                "!IQIII", packet.ssrc, packet.ntp_time, packet.rtp_timestamp, packet.packets, packet.octets & 0xFFFFFFFF
            )
            return _header(_SR, len(packet.reports), body + _encode_reports(packet.reports))
        case ReceiverReport():
            body = struct.pack("!I", packet.ssrc) + _encode_reports(packet.reports)
            return _header(_RR, len(packet.reports), body)
        case SourceDescription():
            name = packet.cname.encode()[:255]
            chunk = struct.pack("!IBB", packet.ssrc, 1, len(name)) + name + b"\x00"
            return _header(_SDES, 1, chunk + bytes(-len(chunk) % 4))
        case Goodbye():
            return _header(_BYE, len(packet.ssrcs), struct.pack(f"!{len(packet.ssrcs)}I", *packet.ssrcs))


def _header(packet_type: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, packet_type, len(body) // 4) + body


def _encode_reports(reports: tuple[ReportBlock, ...]) -> bytes:
    return b"".join(
        _REPORT.pack(
            report.ssrc,
            report.fraction_lost << 24 | report.packets_lost & 0xFFFFFF,
            report.highest_sequence,
            report.jitter,
            report.last_sr,
            report.delay_since_last_sr,
        )
        for report in reports
    )


def parse(data: bytes) -> list[RtcpPacket]:
    """Read a compound packet; types other than SR, RR, SDES and BYE are skipped.

    :raises RtcpParseError: when lengths do not add up or a part is not version 2 (§A.2).
    """
    packets: list[RtcpPacket] = []
    at = 0
    while at < len(data):
        if len(data) - at < 4 or data[at] >> 6 != 2:
            raise RtcpParseError("not a version 2 RTCP packet")
        count, packet_type = data[at] & 0x1F, data[at + 1]
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            raise RtcpParseError("packet cut off")
        body = data[at + 4 : end]
        try:
            packet = _parse_one(packet_type, count, body)
        except struct.error:
            raise RtcpParseError("packet shorter than its content") from None
        if packet is not None:
            packets.append(packet)
        at = end
    if not packets and not data:
        raise RtcpParseError("empty")
    return packets


def _parse_one(packet_type: int, count: int, body: bytes) -> RtcpPacket | None:
    if packet_type == _SR:
        ssrc, ntp, rtp_timestamp, sent, octets = struct.unpack_from("!IQIII", body)
        return SenderReport(
            ssrc=ssrc,
            ntp_time=ntp,
            rtp_timestamp=rtp_timestamp,
            packets=sent,
            octets=octets,
            reports=_parse_reports(body, 24, count),
        )
    if packet_type == _RR:
        (ssrc,) = struct.unpack_from("!I", body)
        return ReceiverReport(ssrc=ssrc, reports=_parse_reports(body, 4, count))
    if packet_type == _SDES and count:
        return _parse_description(body)
    if packet_type == _BYE:
        return Goodbye(ssrcs=struct.unpack_from(f"!{count}I", body))
    return None


def _parse_reports(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...]:
    reports = []
    for index in range(count):
        ssrc, lost, highest, jitter, last_sr, delay = _REPORT.unpack_from(body, at + 24 * index)
        cumulative = lost & 0xFFFFFF
        if cumulative & 0x800000:
            cumulative -= 0x1000000
        reports.append(
            ReportBlock(
                ssrc=ssrc,
                fraction_lost=lost >> 24,
                packets_lost=cumulative,
                highest_sequence=highest,
                jitter=jitter,
                last_sr=last_sr,
                delay_since_last_sr=delay,
            )
        )
    return tuple(reports)


def _parse_description(body: bytes) -> SourceDescription | None:
    (ssrc,) = struct.unpack_from("!I", body)
    at = 4
    while at + 2 <= len(body) and body[at]:
        item, size = body[at], body[at + 1]
        if item == 1:
            return SourceDescription(ssrc=ssrc, cname=body[at + 2 : at + 2 + size].decode(errors="replace"))
        at += 2 + size
    return None
