"""G.711 A-law and µ-law: tables between the two, and conversion to and from 16-bit linear samples.

A frame of 20 ms is 160 bytes in either law, so bridging unlike legs costs one ``bytes.translate``.
"""

from __future__ import annotations

import audioop

SAMPLE_RATE = 8000
"Samples, and therefore bytes, per second."
FRAME_BYTES = 160
"Bytes in 20 ms."

ALAW_SILENCE = 0xD5
"The A-law code of the smallest positive sample."
ULAW_SILENCE = 0xFF
"The µ-law code of zero."

_EVERY_CODE = bytes(range(256))

ALAW_TO_ULAW = audioop.lin2ulaw(audioop.alaw2lin(_EVERY_CODE, 2), 2)
"256-byte table for ``payload.translate``: A-law code to the nearest µ-law code."
ULAW_TO_ALAW = audioop.lin2alaw(audioop.ulaw2lin(_EVERY_CODE, 2), 2)
"256-byte table for ``payload.translate``: µ-law code to the nearest A-law code."


def alaw_to_ulaw(payload: bytes) -> bytes:
    """Return ``payload`` in µ-law."""
    return payload.translate(ALAW_TO_ULAW)


def ulaw_to_alaw(payload: bytes) -> bytes:
    """Return ``payload`` in A-law."""
    return payload.translate(ULAW_TO_ALAW)


def pcm16_to_alaw(pcm: bytes) -> bytes:
    """Encode 16-bit native-endian samples as A-law."""
    return audioop.lin2alaw(pcm, 2)


def alaw_to_pcm16(payload: bytes) -> bytes:
    """Decode A-law to 16-bit native-endian samples."""
    return audioop.alaw2lin(payload, 2)


def pcm16_to_ulaw(pcm: bytes) -> bytes:
    """Encode 16-bit native-endian samples as µ-law."""
    return audioop.lin2ulaw(pcm, 2)


def ulaw_to_pcm16(payload: bytes) -> bytes:
    """Decode µ-law to 16-bit native-endian samples."""
    return audioop.ulaw2lin(payload, 2)
