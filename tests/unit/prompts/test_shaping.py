from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from callcenter.media import shaping
from callcenter.testing.audio import Samples, join, rms_dbfs, silence, sine


def raw(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.int16)


def test_silence_at_both_ends_is_cut_and_pauses_inside_stay() -> None:
    tone = sine(440, 0.5)
    pcm = raw(join(silence(1.0), tone, silence(0.7), tone, silence(2.0)))
    assert len(shaping.trim(pcm, -50)) / 16_000 == pytest.approx(0.02 + 0.5 + 0.7 + 0.5 + 0.08, abs=0.011)


def test_audio_without_silence_or_without_sound_is_left_alone() -> None:
    assert shaping.trim(raw(sine(440, 0.5)), -50) == raw(sine(440, 0.5))
    assert shaping.trim(raw(silence(0.5)), -50) == raw(silence(0.5))
    assert shaping.normalise(raw(silence(0.5)), -20, -1) == raw(silence(0.5))


@pytest.mark.parametrize("level", [-3.0, -17.0, -45.0])
def test_soft_and_loud_sounds_reach_one_level(level: float) -> None:
    # A sine of -17 dB as measured here has an RMS 20 dB below full scale.
    assert rms_dbfs(samples(shaping.normalise(raw(sine(440, 1.0, level_dbfs=level)), -20, -1))) == pytest.approx(
        -17, abs=0.1
    )


def test_peaks_limit_the_gain_so_that_nothing_clips() -> None:
    spiky = join(sine(440, 0.01, level_dbfs=-6), sine(440, 2.0, level_dbfs=-50))
    result = samples(shaping.normalise(raw(spiky), -20, -1))
    assert np.abs(result.astype(int)).max() == pytest.approx(32_768 * 10 ** (-1 / 20), rel=0.01)


def test_sounds_are_joined_with_gaps() -> None:
    tone = raw(sine(440, 0.2))
    assert shaping.join([tone, tone, tone], 100) == tone + bytes(1600) + tone + bytes(1600) + tone
    assert shaping.join([]) == b""


def test_pydub_is_imported_without_its_warning() -> None:
    subprocess.run([sys.executable, "-W", "error::RuntimeWarning", "-c", "import callcenter.media.shaping"], check=True)
