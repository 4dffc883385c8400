"""Write RTP captures that SIPp can replay: tones, keys, lost packets, changed sources, other packet times.

SIPp's ``play_pcap_audio`` sends the payload of each UDP packet at the captured spacing and puts in its own addresses
and ports, so only the RTP inside and the times matter.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.testing.audio import SAMPLE_RATE, Samples, silence, sine, to_alaw, to_ulaw
from callcenter.testing.phone_media import EVENT_CODES, PCMA, PCMU, build_rtp

_GLOBAL_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_ETHERNET = bytes(12) + b"\x08\x00"
_ADDRESS = bytes((127, 0, 0, 1))


@dataclass(frozen=True)
class TimedPacket:
    """One UDP payload and when it is sent."""

    at: float
    "Seconds from the start of the capture."
    data: bytes
    "The UDP payload."


def write_pcap(path: Path, packets: Iterable[TimedPacket]) -> Path:
    """Write ``packets`` as a pcap of Ethernet, IPv4 and UDP between loopback addresses, and return ``path``."""
    with path.open("wb") as out:
        out.write(_GLOBAL_HEADER)
        for packet in packets:
            udp = struct.pack("!HHHH", 6000, 6000, 8 + len(packet.data), 0) + packet.data
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + _ADDRESS + _ADDRESS
            checksum = _checksum(head)
            frame = _ETHERNET + head[:10] + struct.pack("!H", checksum) + head[12:] + udp
            seconds, fraction = divmod(round(packet.at * 1_000_000), 1_000_000)
            out.write(struct.pack("<IIII", seconds, fraction, len(frame), len(frame)) + frame)
    return path


class RtpScript:
    """Compose a one-way RTP stream, piece by piece; each method appends and returns the script.

    Options of the pieces make the stream misbehave the ways real ones do.
    """

    def __init__(
        self, *, payload_type: int = PCMA, event_type: int = 101, ssrc: int = 0x1234, ptime_ms: int = 20
    ) -> None:
        if payload_type not in (PCMA, PCMU):
            raise ValueError(f"payload type {payload_type}: PCMA (8) and PCMU (0) are known")
        self.packets: list[TimedPacket] = []
        "What was composed so far."
        self._payload_type = payload_type
        self._event_type = event_type
        self._ssrc = ssrc
        self._ptime = ptime_ms
        self._sequence = 1
        self._timestamp = 160
        self._at = 0.0
        self._marker = True

    def audio(self, samples: Samples) -> RtpScript:
        """Send ``samples``."""
        data = to_alaw(samples) if self._payload_type == PCMA else to_ulaw(samples)
        step = SAMPLE_RATE * self._ptime // 1000
        for start in range(0, len(data) - step + 1, step):
            self._emit(self._payload_type, self._timestamp, data[start : start + step], self._marker)
            self._marker = False
            self._advance(self._ptime)
        return self

    def tone(self, frequency: float, seconds: float, *, level_dbfs: float = -12.0) -> RtpScript:
        """Send a sine."""
        return self.audio(sine(frequency, seconds, level_dbfs=level_dbfs))

    def silence(self, seconds: float) -> RtpScript:
        """Send digital silence."""
        return self.audio(silence(seconds))

    def pause(self, seconds: float) -> RtpScript:
        """Send nothing: timestamps go on, sequence numbers do not (RFC 3551 §4.1)."""
        self._advance(round(seconds * 1000))
        self._marker = True
        return self

    def change_source(self, ssrc: int) -> RtpScript:
        """Go on under another SSRC with fresh sequence and timestamp, as a far end that restarts its stream."""
        self._ssrc = ssrc
        self._sequence, self._timestamp, self._marker = 40_000, 4_000_000, True
        return self

    def keys(
        self, digits: str, *, duration_ms: int = 100, gap_ms: int = 100, lose: Sequence[int] = (), ends: int = 3
    ) -> RtpScript:
        """Press keys as RFC 4733 events.

        ``lose`` names packets of each event that are lost on the way (0 = the first), ``ends`` is how many end packets
        are sent. The same event repeated under one timestamp stays one key press.
        """
        steps = max(1, duration_ms // 20)
        for digit in digits.upper():
            start = self._timestamp
            for step in range(1, steps + ends):
                is_end = step >= steps
                duration = min(step, steps) * 160
                payload = struct.pack("!BBH", EVENT_CODES[digit], 0x8A if is_end else 0x0A, duration)
                if step - 1 in lose:
                    self._sequence += 1
                else:
                    self._emit(self._event_type, start, payload, step == 1)
                if step < steps:
                    self._advance(20)
            self._advance(20)
            self._marker = True
            self.silence(gap_ms / 1000)
        return self

    def write(self, path: Path) -> Path:
        """Write the capture and return ``path``."""
        return write_pcap(path, self.packets)

    def _emit(self, payload_type: int, timestamp: int, payload: bytes, marker: bool) -> None:
        data = build_rtp(payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        self.packets.append(TimedPacket(self._at, data))
        self._sequence += 1

    def _advance(self, milliseconds: int) -> None:
        self._at += milliseconds / 1000
        self._timestamp += SAMPLE_RATE * milliseconds // 1000


def _checksum(header: bytes) -> int:
    total: int = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
