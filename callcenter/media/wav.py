"""The header of a WAV file of 16-bit samples."""

from __future__ import annotations

import struct

HEADER_SIZE = 44


def wav_header(data_octets: int, *, channels: int, rate: int = 8000) -> bytes:
    """Return the 44 octets before ``data_octets`` octets of 16-bit samples."""
    frame = channels * 2
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + data_octets,
        b"WAVE",
        b"fmt ",
        16,
        1,
        channels,
        rate,
        rate * frame,
        frame,
        16,
        b"data",
        data_octets,
    )
