"""Hear keys in the audio itself (ITU-T Q.23, Q.24), for parties that negotiated no telephone events.

For each block the energy at the eight tones is the projection of the block on a sine and a cosine of that frequency:
what a Goertzel filter computes. ``audioop.findfactor`` is exactly such a projection and runs in C, so a block costs
sixteen calls instead of a loop over samples, and needs no other library.
"""

from __future__ import annotations

import array
import audioop
import math
from typing import Final

LOW_TONES: Final = (697, 770, 852, 941)
HIGH_TONES: Final = (1209, 1336, 1477, 1633)
KEYPAD: Final = "123A456B789C*0#D"
"Digits row by row: four columns per low tone."

BLOCK: Final = 205
"Samples per block at 8 kHz, 25.6 ms: the eight tones fall close to the bins."
_BLOCK_OCTETS: Final = BLOCK * 2
_AMPLITUDE: Final = 16000
_MIN_RMS: Final = 130
"About -48 dBm0: weaker is silence."
_TONE_SHARE: Final = 0.8
"The two tones must hold this share of all energy, or it is speech."
_TWIST: Final = 10 ** (8 / 10)
"A tone may be up to 8 dB stronger than the other."
_RIVAL: Final = 4.0
"Each tone stands out over its neighbours by at least 6 dB."


def _reference(frequency: int, phase: float) -> bytes:
    return array.array(
        "h", (round(_AMPLITUDE * math.sin(2 * math.pi * frequency * at / 8000 + phase)) for at in range(BLOCK))
    ).tobytes()


_REFERENCES: Final = [
    [(_reference(frequency, 0.0), _reference(frequency, math.pi / 2)) for frequency in tones]
    for tones in (LOW_TONES, HIGH_TONES)
]


def detect(block: bytes) -> str | None:
    """Return the key sounding in a block of :data:`BLOCK` 16-bit samples, if exactly one is."""
    rms = audioop.rms(block, 2)
    if rms < _MIN_RMS:
        return None
    powers = [
        [audioop.findfactor(block, sine) ** 2 + audioop.findfactor(block, cosine) ** 2 for sine, cosine in group]
        for group in _REFERENCES
    ]
    peaks = [max(range(4), key=group.__getitem__) for group in powers]
    low, high = powers[0][peaks[0]], powers[1][peaks[1]]
    if low > high * _TWIST or high > low * _TWIST:
        return None
    for group, peak in zip(powers, peaks, strict=True):
        if any(power * _RIVAL > group[peak] for index, power in enumerate(group) if index != peak):
            return None
    if (low + high) * _AMPLITUDE * _AMPLITUDE / 2 < _TONE_SHARE * rms * rms:
        return None
    return KEYPAD[peaks[0] * 4 + peaks[1]]


class DtmfDetector:
    """Turn a stream of samples into digits: a key counts once two blocks in a row agree, again only after a pause."""

    __slots__ = ("_candidate", "_pending", "_quiet", "_sounding")

    def __init__(self) -> None:
        self._pending = b""
        self._candidate: str | None = None
        self._sounding: str | None = None
        self._quiet = 0

    def feed(self, samples: bytes) -> list[str]:
        """Take 16-bit samples and return the digits that were recognised in them."""
        data = self._pending + samples
        at = 0
        digits = []
        while len(data) - at >= _BLOCK_OCTETS:
            digit = self._step(detect(data[at : at + _BLOCK_OCTETS]))
            if digit is not None:
                digits.append(digit)
            at += _BLOCK_OCTETS
        self._pending = data[at:]
        return digits

    def _step(self, heard: str | None) -> str | None:
        if heard == self._sounding:
            self._quiet = 0
            self._candidate = None
            return None
        if heard is not None and heard == self._candidate:
            self._sounding = heard
            self._quiet = 0
            self._candidate = None
            return heard
        self._candidate = heard
        self._quiet += 1
        if self._quiet >= 2:
            self._sounding = None
        return None
