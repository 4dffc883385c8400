"""Make and recognise audio: tones to send, and proof of what was heard.

Everything is 16-bit linear mono in NumPy arrays. Levels are dBFS where a full-scale sine is 0 dBFS, so a tone's level
does not depend on its length. End-to-end tests identify speakers by tone: a phone that hears 440 Hz at -12 dBFS hears
the one peer that sends 440 Hz, and nobody else. Give peers tones at least 150 Hz apart: intervals are found in steps of
20 ms.
"""

from __future__ import annotations

import audioop
import math
import os
import tempfile
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]
"16-bit linear samples of one channel."

SAMPLE_RATE = 8000
"Samples per second of telephone audio."

SILENCE_DBFS = -120.0
"The level reported for digital silence."

_FULL_SCALE = 32767.0


@dataclass(frozen=True)
class Tone:
    """The strongest sine in a stretch of audio."""

    frequency: float
    "Hertz, interpolated between FFT bins."
    level_dbfs: float
    "Level of that sine."


@dataclass(frozen=True)
class Interval:
    """A stretch of audio, in seconds from its start."""

    start: float
    "Seconds, inclusive."
    end: float
    "Seconds, exclusive."

    @property
    def duration(self) -> float:
        """Return the length in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Recording:
    """A WAV file in memory."""

    rate: int
    "Samples per second."
    channels: tuple[Samples, ...]
    "One array per channel, all of the same length."

    @property
    def left(self) -> Samples:
        """Return the first channel (the caller, in a call recording)."""
        return self.channels[0]

    @property
    def right(self) -> Samples:
        """Return the second channel (the agent, in a call recording)."""
        return self.channels[1]

    @property
    def duration(self) -> float:
        """Return the length in seconds."""
        return len(self.channels[0]) / self.rate


# Making audio


def sine(frequency: float, seconds: float, *, level_dbfs: float = -12.0, rate: int = SAMPLE_RATE) -> Samples:
    """Return a sine of ``frequency`` hertz that starts at phase zero."""
    time_axis = np.arange(round(seconds * rate)) / rate
    wave_form = np.sin(2 * np.pi * frequency * time_axis) * _FULL_SCALE * 10 ** (level_dbfs / 20)
    return np.rint(wave_form).astype(np.int16)


def silence(seconds: float, *, rate: int = SAMPLE_RATE) -> Samples:
    """Return digital silence."""
    return np.zeros(round(seconds * rate), dtype=np.int16)


def join(*parts: Samples) -> Samples:
    """Return ``parts`` one after the other."""
    return np.concatenate(parts) if parts else silence(0)


def mix(*parts: Samples) -> Samples:
    """Return the sum of ``parts``, clipped; shorter ones end in silence."""
    total = np.zeros(max((len(part) for part in parts), default=0), dtype=np.int32)
    for part in parts:
        total[: len(part)] += part
    return np.clip(total, -32768, 32767).astype(np.int16)


# Files and codecs


def to_alaw(samples: Samples) -> bytes:
    """Encode as G.711 A-law, one byte a sample."""
    return audioop.lin2alaw(samples.astype("<i2").tobytes(), 2)


def to_ulaw(samples: Samples) -> bytes:
    """Encode as G.711 µ-law, one byte a sample."""
    return audioop.lin2ulaw(samples.astype("<i2").tobytes(), 2)


def from_alaw(data: bytes) -> Samples:
    """Decode G.711 A-law."""
    return np.frombuffer(audioop.alaw2lin(data, 2), dtype="<i2").astype(np.int16)


def from_ulaw(data: bytes) -> Samples:
    """Decode G.711 µ-law."""
    return np.frombuffer(audioop.ulaw2lin(data, 2), dtype="<i2").astype(np.int16)


def write_alaw(path: Path, samples: Samples) -> Path:
    """Write headerless A-law, the form of a prepared prompt, and return ``path``."""
    path.write_bytes(to_alaw(samples))
    return path


def write_wav(path: Path, *channels: Samples, rate: int = SAMPLE_RATE) -> Path:
    """Write a 16-bit PCM WAV of one or more equally long channels, whole or not at all, and return ``path``.

    A reader never sees a half-written file: the data goes to a temporary name first.
    """
    if not channels or len({len(channel) for channel in channels}) != 1:
        raise ValueError("a WAV file needs one or more channels of the same length")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as raw, wave.open(raw, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())
    Path(temporary).replace(path)
    return path


def read_wav(path: Path) -> Recording:
    """Read a 16-bit PCM WAV of any number of channels, split by channel.

    Raises :class:`ValueError` for another sample width and :class:`wave.Error` for a file that is not a WAV.
    """
    with wave.open(str(path), "rb") as source:
        if source.getsampwidth() != 2:
            raise ValueError(f"{path}: {8 * source.getsampwidth()}-bit samples, 16 expected")
        count = source.getnchannels()
        data = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2").astype(np.int16)
        data = data[: len(data) - len(data) % count].reshape(-1, count)
        return Recording(source.getframerate(), tuple(np.ascontiguousarray(data[:, index]) for index in range(count)))


# Recognising audio


def rms_dbfs(samples: Samples) -> float:
    """Return the power of ``samples`` in dBFS (a full-scale sine is 0)."""
    if not len(samples):
        return SILENCE_DBFS
    return _decibels(math.sqrt(2 * float(np.mean(np.square(samples.astype(np.float64))))))


def level_dbfs(samples: Samples, frequency: float, *, rate: int = SAMPLE_RATE) -> float:
    """Return the level of the sine at ``frequency`` in ``samples`` (one Goertzel bin, Hann window).

    The window keeps a strong tone from leaking into its neighbours: with 100 ms or more, tones 40 Hz apart are told
    apart by more than 40 dB.
    """
    count = len(samples)
    if count < 2:
        return SILENCE_DBFS
    window = np.hanning(count)
    phase = np.exp(-2j * np.pi * frequency / rate * np.arange(count))
    return _decibels(2 * abs(complex(np.dot(samples * window, phase))) / float(window.sum()))


def dominant_tone(
    samples: Samples, *, rate: int = SAMPLE_RATE, floor_dbfs: float = -50.0, minimum_hz: float = 60.0
) -> Tone | None:
    """Return the strongest sine, or ``None`` when nothing reaches ``floor_dbfs``.

    ``minimum_hz`` ignores a DC offset. 20 ms give ±10 Hz, 200 ms give ±1 Hz.
    """
    if len(samples) < 64:
        return None
    window = np.hanning(len(samples))
    size = max(4096, 1 << (len(samples) - 1).bit_length())
    spectrum = np.abs(np.fft.rfft(samples * window, size))
    spectrum[: math.ceil(minimum_hz * size / rate)] = 0
    peak = int(np.argmax(spectrum))
    offset = 0.0
    if 0 < peak < len(spectrum) - 1:
        before, at, after = (float(value) for value in spectrum[peak - 1 : peak + 2])
        curvature = before - 2 * at + after
        offset = 0.5 * (before - after) / curvature if curvature else 0.0
    frequency = (peak + offset) * rate / size
    level = level_dbfs(samples, frequency, rate=rate)
    return Tone(frequency, level) if level >= floor_dbfs else None


def is_silent(samples: Samples, *, threshold_dbfs: float = -50.0) -> bool:
    """Tell whether no 20 ms of ``samples`` is louder than ``threshold_dbfs``; nothing at all is silent."""
    return not sound_intervals(samples, threshold_dbfs=threshold_dbfs, minimum=0.0)


def tone_intervals(
    samples: Samples,
    frequency: float,
    *,
    threshold_dbfs: float = -30.0,
    purity_db: float = 6.0,
    minimum: float = 0.06,
    bridge: float = 0.06,
    rate: int = SAMPLE_RATE,
) -> list[Interval]:
    """Return where the tone at ``frequency`` sounds, to ±20 ms.

    A 20 ms step counts when the tone reaches ``threshold_dbfs`` and is within ``purity_db`` of the whole signal there,
    so speech that touches the frequency does not count. Gaps up to ``bridge`` seconds are closed (a lost packet), then
    stretches under ``minimum`` seconds are dropped.
    """

    def sounds(block: Samples) -> bool:
        level = level_dbfs(block, frequency, rate=rate)
        return level >= threshold_dbfs and level >= rms_dbfs(block) - purity_db

    return _intervals(samples, sounds, minimum, bridge, rate)


def sound_intervals(
    samples: Samples,
    *,
    threshold_dbfs: float = -50.0,
    minimum: float = 0.1,
    bridge: float = 0.4,
    rate: int = SAMPLE_RATE,
) -> list[Interval]:
    """Return where anything sounds, to ±20 ms; pauses up to ``bridge`` seconds belong to the sound around them."""
    return _intervals(samples, lambda block: rms_dbfs(block) >= threshold_dbfs, minimum, bridge, rate)


def heard_tones(
    samples: Samples, frequencies: Sequence[float], *, threshold_dbfs: float = -30.0, rate: int = SAMPLE_RATE
) -> dict[float, float]:
    """Return the seconds each of ``frequencies`` was heard, zero included: the leak test of a bridge in one line."""
    return {
        frequency: sum(
            span.duration for span in tone_intervals(samples, frequency, threshold_dbfs=threshold_dbfs, rate=rate)
        )
        for frequency in frequencies
    }


def _intervals(
    samples: Samples, sounds: Callable[[Samples], bool], minimum: float, bridge: float, rate: int
) -> list[Interval]:
    step = rate // 50
    found: list[Interval] = []
    for index in range(0, len(samples) - step // 2, step):
        block = samples[index : index + step]
        if not sounds(block):
            continue
        start, end = index / rate, min(index + step, len(samples)) / rate
        if found and start - found[-1].end <= bridge + 1e-9:
            found[-1] = Interval(found[-1].start, end)
        else:
            found.append(Interval(start, end))
    return [interval for interval in found if interval.duration >= minimum]


def _decibels(amplitude: float) -> float:
    return max(SILENCE_DBFS, 20 * math.log10(amplitude / _FULL_SCALE)) if amplitude > 0 else SILENCE_DBFS
