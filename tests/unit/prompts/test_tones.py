"""The generated sounds, by measurement."""

from __future__ import annotations

import numpy as np
import pytest

from callcenter.media.codecs.g711 import FRAME_BYTES
from callcenter.media.tones import TONES, silence, tone
from callcenter.testing.audio import Samples, dominant_tone, from_alaw, is_silent, rms_dbfs, tone_intervals


def heard(name: str) -> Samples:
    return from_alaw(tone(name))


@pytest.mark.parametrize("name", TONES)
def test_every_sound_is_whole_frames_without_clipping(name: str) -> None:
    assert len(tone(name)) % FRAME_BYTES == 0
    assert np.abs(heard(name).astype(int)).max() < 29_000


@pytest.mark.parametrize(
    ("name", "frequency", "period", "spans"),
    [
        ("ringback", 425, 5.0, [(0.0, 1.0)]),
        ("busy", 425, 1.0, [(0.0, 0.5)]),
        ("congestion", 425, 0.5, [(0.0, 0.25)]),
        ("call_waiting", 425, 4.0, [(0.0, 0.2), (0.8, 1.0)]),
        ("beep", 1000, 0.4, [(0.0, 0.4)]),
    ],
)
def test_cadence_and_frequency(name: str, frequency: float, period: float, spans: list[tuple[float, float]]) -> None:
    samples = heard(name)
    assert len(samples) == period * 8000
    intervals = tone_intervals(samples, frequency)
    assert [interval.start for interval in intervals] == pytest.approx([start for start, _ in spans], abs=0.021)
    assert [interval.end for interval in intervals] == pytest.approx([end for _, end in spans], abs=0.021)
    strongest = dominant_tone(samples[: round(spans[0][1] * 8000)])
    assert strongest is not None
    assert strongest.frequency == pytest.approx(frequency, abs=3)


def test_level_of_the_ringback_is_that_of_a_network_tone() -> None:
    # The measure calls a full-scale sine 0 dB, which is 3 dB above the RMS of the sine.
    assert rms_dbfs(heard("ringback")[800:7200]) == pytest.approx(-13.0, abs=0.3)
    assert is_silent(heard("ringback")[8160:])


def test_the_music_is_moderate_steady_and_a_few_seconds_long() -> None:
    samples = heard("music")
    assert 5 <= len(samples) / 8000 <= 15
    assert rms_dbfs(samples) == pytest.approx(-21.0, abs=0.5)
    for second in range(len(samples) // 8000):
        assert -30 < rms_dbfs(samples[second * 8000 : (second + 1) * 8000]) < -14


def test_the_music_repeats_without_a_click() -> None:
    samples = heard("music").astype(int)
    steps = np.abs(np.diff(samples))
    seam = abs(int(samples[0]) - int(samples[-1]))
    assert seam <= np.percentile(steps, 99.5)
    # The loop's end rings on: it does not fade to silence before it starts again.
    assert rms_dbfs(samples[-400:].astype(np.int16)) > -35


def test_silence_has_the_length_asked_for() -> None:
    assert len(silence(500)) == 4000
    assert is_silent(from_alaw(silence(500)))
