"""RTP data packets (RFC 3550 §5.1) and the arithmetic of their wrapping counters.

The media worker reads the fixed header in place with :data:`HEADER` because it does so a hundred times per call-second;
:class:`RtpPacket` is the readable form for everything that is not on that path, and the reference for it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from callcenter.base.errors import RemoteProtocolError

HEADER = struct.Struct("!BBHII")
"First two octets, sequence number, timestamp, SSRC."
SHORT_HEADER = struct.Struct("!HHII")
"The same with the first two octets as one number: one comparison less per packet."
HEADER_SIZE = 12
VERSION_BITS = 0x80
"First octet of a version 2 packet without padding, extension or CSRCs."
SEQUENCE_MASK = 0xFFFF
TIMESTAMP_MASK = 0xFFFFFFFF


class RtpParseError(RemoteProtocolError):
    """This datagram is not an RTP packet."""

    error_id = "rtp-parse-error"


def sequence_delta(new: int, old: int) -> int:
    """Return how far sequence number ``new`` is ahead of ``old``, -32768..32767, across the wrap."""
    return ((new - old + 0x8000) & 0xFFFF) - 0x8000


def timestamp_delta(new: int, old: int) -> int:
    """Return how far timestamp ``new`` is ahead of ``old`` in ticks, across the wrap."""
    return ((new - old + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def is_rtcp(second_octet: int) -> bool:
    """Tell RTCP from RTP on a shared port by the second octet (RFC 5761 §4)."""
    return 192 <= second_octet <= 223


def payload_bounds(data: bytes | bytearray | memoryview, size: int) -> tuple[int, int]:
    """Return where the payload of the packet in ``data[:size]`` starts and ends.

    Steps over CSRCs, one header extension (§5.3.1) and padding.

    :raises RtpParseError: when the packet is too short for what its header announces, or is not version 2.
    """
    if size < HEADER_SIZE:
        raise RtpParseError("shorter than a header")
    first = data[0]
    if first >> 6 != 2:
        raise RtpParseError("not version 2")
    start = HEADER_SIZE + 4 * (first & 0x0F)
    if first & 0x10:
        if start + 4 > size:
            raise RtpParseError("header extension cut off")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = size
    if first & 0x20:
        padding = data[size - 1]
        if not padding:
            raise RtpParseError("empty padding")
        end -= padding
    if start > end:
        raise RtpParseError("header longer than the packet")
    return start, end


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpPacket:
    """One RTP packet."""

    payload_type: int
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes = b""
    marker: bool = False
    csrcs: tuple[int, ...] = ()
    extension: tuple[int, bytes] | None = None
    "Profile-defined number and content of the header extension, a multiple of four octets."
    padding: int = 0
    "Octets of padding after the payload, the count octet included."

    @classmethod
    def parse(cls, data: bytes) -> RtpPacket:
        """Read one datagram.

        :raises RtpParseError: when it is not a whole version 2 packet.
        """
        start, end = payload_bounds(data, len(data))
        first, second, sequence_number, timestamp, ssrc = HEADER.unpack_from(data)
        csrc_end = HEADER_SIZE + 4 * (first & 0x0F)
        extension = None
        if first & 0x10:
            extension = (int.from_bytes(data[csrc_end : csrc_end + 2], "big"), data[csrc_end + 4 : start])
        return cls(
            payload_type=second & 0x7F,
            marker=bool(second & 0x80),
            sequence_number=sequence_number,
            timestamp=timestamp,
            ssrc=ssrc,
            csrcs=tuple(int.from_bytes(data[at : at + 4], "big") for at in range(HEADER_SIZE, csrc_end, 4)),
            extension=extension,
            payload=data[start:end],
            padding=len(data) - end,
        )

    def __bytes__(self) -> bytes:
        first = VERSION_BITS | len(self.csrcs)
        if self.padding:
            first |= 0x20
        if self.extension is not None:
            first |= 0x10
        second = self.payload_type | (0x80 if self.marker else 0)
        parts = [HEADER.pack(first, second, self.sequence_number, self.timestamp, self.ssrc)]
        parts += [csrc.to_bytes(4, "big") for csrc in self.csrcs]
        if self.extension is not None:
            profile, content = self.extension
            parts.append(struct.pack("!HH", profile, len(content) // 4) + content)
        parts.append(self.payload)
        if self.padding:
            parts.append(bytes(self.padding - 1) + bytes((self.padding,)))
        return b"".join(parts)
