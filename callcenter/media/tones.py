"""Generated sounds: call progress tones as heard in Viet Nam (ITU-T E.180), a beep, and the default music on hold.

Each is one period that can be repeated without a click: tones have soft edges and whole frames of 20 ms, and the music
wraps around, the end of its last notes ringing into its beginning. The music is computed here, so it needs no licence.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from callcenter.media.codecs.g711 import ALAW_SILENCE, SAMPLE_RATE, pcm16_to_alaw

Samples: TypeAlias = npt.NDArray[np.float64]
"From -1 to 1, at 8000 Hz."

PROGRESS_FREQUENCY = 425.0
TONE_LEVEL = -16.0
"RMS level of a sounding tone in dB below full scale."
MUSIC_LEVEL = -24.0
_EDGE_SECONDS = 0.006


def sine(frequency: float, seconds: float, level: float = TONE_LEVEL) -> Samples:
    """Return a sine of ``frequency`` Hz with soft edges; ``level`` is its RMS in dBFS."""
    count = round(seconds * SAMPLE_RATE)
    wave: Samples = _amplitude(level) * np.sin(2 * np.pi * frequency * np.arange(count) / SAMPLE_RATE)
    edge = round(_EDGE_SECONDS * SAMPLE_RATE)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    wave[:edge] *= ramp
    wave[count - edge :] *= ramp[::-1]
    return wave


def silence(milliseconds: int) -> bytes:
    """Return silence as A-law."""
    return bytes([ALAW_SILENCE]) * (milliseconds * SAMPLE_RATE // 1000)


def _cadence(on: float, off: float, frequency: float = PROGRESS_FREQUENCY) -> Samples:
    return np.concatenate([sine(frequency, on), np.zeros(round(off * SAMPLE_RATE))])


def _ringback() -> Samples:
    return _cadence(1.0, 4.0)


def _busy() -> Samples:
    return _cadence(0.5, 0.5)


def _congestion() -> Samples:
    return _cadence(0.25, 0.25)


def _call_waiting() -> Samples:
    return np.concatenate([_cadence(0.2, 0.6), _cadence(0.2, 3.0)])


def _beep() -> Samples:
    return sine(1000.0, 0.4)


def _confirmation() -> Samples:
    return np.concatenate([sine(660.0, 0.12), np.zeros(320), sine(880.0, 0.16)])


_BEAT = 0.4
_CHORDS = ((48, 60, 64, 67, 71), (45, 57, 60, 64, 67), (41, 57, 60, 65, 69), (43, 59, 62, 65, 67))
"Bass and four voices as MIDI notes: Cmaj7, Am7, Fmaj, G7."
_PATTERN = (1, 2, 3, 4, 3, 2)
_MELODY = ((2, 76), (4, 74), (8, 72), (11, 71), (14, 69), (16, 72), (20, 74), (22, 71))
"Beat and MIDI note."


def _music() -> Samples:
    beats = len(_CHORDS) * len(_PATTERN)
    loop: Samples = np.zeros(round(beats * _BEAT * SAMPLE_RATE))
    for index, (bass, *voices) in enumerate(_CHORDS):
        start = index * len(_PATTERN)
        _add(loop, start, bass + 12, 0.5, seconds=2.6, attack=0.05)
        for voice in voices:
            _add(loop, start, voice, 0.16, seconds=3.2, attack=0.5)
        for step, position in enumerate(_PATTERN):
            _add(loop, start + step, voices[position - 1] + 12, 0.3, seconds=1.2, attack=0.012)
    for beat, note in _MELODY:
        _add(loop, beat, note, 0.45, seconds=2.0, attack=0.03)
    loop *= 10 ** (MUSIC_LEVEL / 20) / np.sqrt(np.mean(loop**2))
    return loop


def _add(loop: Samples, beat: int, note: int, gain: float, *, seconds: float, attack: float) -> None:
    """Add a decaying note to ``loop``, wrapping what rings past its end around to its beginning."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    frequency = 440.0 * 2 ** ((note - 69) / 12)
    wave = np.zeros(len(time))
    for harmonic, strength in ((1, 1.0), (2, 0.32), (3, 0.12), (4, 0.05)):
        if frequency * harmonic < 3400:
            wave += strength * np.exp(-time * harmonic * 1.1) * np.sin(2 * np.pi * frequency * harmonic * time)
    wave *= np.minimum(time / attack, 1.0) * np.minimum((seconds - time) / 0.2, 1.0)
    place = (round(beat * _BEAT * SAMPLE_RATE) + np.arange(len(time))) % len(loop)
    np.add.at(loop, place, gain * wave)


def _amplitude(level: float) -> float:
    """Return the peak of a sine whose RMS is ``level`` dBFS."""
    return float(np.sqrt(2.0) * 10 ** (level / 20))


TONES: Mapping[str, Callable[[], Samples]] = {
    "ringback": _ringback,
    "busy": _busy,
    "congestion": _congestion,
    "call_waiting": _call_waiting,
    "beep": _beep,
    "confirmation": _confirmation,
    "music": _music,
}
"Name and generator of every sound. ``music`` and the cadences are made to be played in a loop."


@functools.cache
def tone(name: str) -> bytes:
    """Return the sound called ``name`` (a key of :data:`TONES`) as 8 kHz A-law, a whole number of 20 ms frames."""
    samples = np.clip(np.round(TONES[name]() * 32767), -32768, 32767).astype("<i2")
    return pcm16_to_alaw(samples.tobytes())
