"""A leg's RTCP: reports out at randomised intervals, round trip and remote loss from reports in (RFC 3550 §6)."""

from __future__ import annotations

import random

from callcenter.media.outgoing import OutgoingStream
from callcenter.rtp import rtcp
from callcenter.rtp.packet import TIMESTAMP_MASK
from callcenter.rtp.statistics import ReceiveStatistics

_COMPENSATION = 1.21828
"e - 1.5: keeps the mean interval despite timer reconsideration (§6.3.1)."


class RtcpSession:
    """Reports of one leg.

    :param interval: mean seconds between reports.
    :param now: monotonic seconds.
    """

    def __init__(
        self, out: OutgoingStream, received: ReceiveStatistics, *, cname: str, interval: float, now: float
    ) -> None:
        self._out = out
        self._received = received
        self._cname = cname
        self._interval = interval
        self._due = now + self._spread(interval / 2)
        self._reported = False
        self._last_sr = 0
        self._last_sr_at = 0.0
        self._packets_reported = 0
        self._rtt_sum = 0.0
        self._rtt_count = 0
        self.remote_loss: float | None = None
        "Share of our packets the peer says were lost, over the whole stream."

    @property
    def rtt_s(self) -> float | None:
        """Mean round trip, ``None`` before the first usable report."""
        return self._rtt_sum / self._rtt_count if self._rtt_count else None

    def report_if_due(self, now: float, unix_now: float) -> bytes | None:
        """Return a compound packet when it is time for one."""
        if now < self._due:
            return None
        self._due = now + self._spread(self._interval)
        self._reported = True
        return rtcp.encode([self._report(now, unix_now), self._description()])

    def goodbye(self, now: float, unix_now: float) -> bytes | None:
        """Return the last compound packet (§6.6); a party that never sent anything sends none (§6.3.7)."""
        if not self._reported and not self._out.packets:
            return None
        bye = rtcp.Goodbye(ssrcs=(self._out.ssrc,))
        return rtcp.encode([self._report(now, unix_now), self._description(), bye])

    def receive(self, data: bytes, now: float, unix_now: float) -> None:
        """Take a compound packet from the peer.

        :raises RtcpParseError: when it is none.
        """
        for packet in rtcp.parse(data):
            match packet:
                case rtcp.SenderReport():
                    self._last_sr = rtcp.ntp_middle(packet.ntp_time)
                    self._last_sr_at = now
                    self._take_reports(packet.reports, unix_now)
                case rtcp.ReceiverReport():
                    self._take_reports(packet.reports, unix_now)
                case _:
                    pass

    def _spread(self, interval: float) -> float:
        return interval * random.uniform(0.5, 1.5) / _COMPENSATION

    def _take_reports(self, reports: tuple[rtcp.ReportBlock, ...], unix_now: float) -> None:
        for report in reports:
            if report.ssrc != self._out.ssrc:
                continue
            if self._out.packets > 0:
                self.remote_loss = min(max(report.packets_lost / self._out.packets, 0.0), 1.0)
            rtt = rtcp.round_trip_s(report, rtcp.ntp_time(unix_now))
            if rtt is not None:
                self._rtt_sum += rtt
                self._rtt_count += 1

    def _description(self) -> rtcp.SourceDescription:
        return rtcp.SourceDescription(ssrc=self._out.ssrc, cname=self._cname)

    def _report(self, now: float, unix_now: float) -> rtcp.SenderReport | rtcp.ReceiverReport:
        out = self._out
        reports = self._blocks(now)
        if out.packets == self._packets_reported:
            return rtcp.ReceiverReport(ssrc=out.ssrc, reports=reports)
        self._packets_reported = out.packets
        return rtcp.SenderReport(
            ssrc=out.ssrc,
            ntp_time=rtcp.ntp_time(unix_now),
            rtp_timestamp=(out.next_timestamp + int((now - out.sent_at) * 8000) - 160) & TIMESTAMP_MASK,
            packets=out.packets & 0xFFFFFFFF,
            octets=out.octets & 0xFFFFFFFF,
            reports=reports,
        )

    def _blocks(self, now: float) -> tuple[rtcp.ReportBlock, ...]:
        received = self._received
        if received.ssrc < 0:
            return ()
        delay = int((now - self._last_sr_at) * 65536) & 0xFFFFFFFF if self._last_sr else 0
        return (
            rtcp.ReportBlock(
                ssrc=received.ssrc,
                fraction_lost=received.fraction_lost(),
                packets_lost=min(received.lost, 0x7FFFFF),
                highest_sequence=received.highest_sequence,
                jitter=received.jitter,
                last_sr=self._last_sr,
                delay_since_last_sr=delay,
            ),
        )
