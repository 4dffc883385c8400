"""Tones are found where they are, at the level they have, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callcenter.testing.audio import (
    SILENCE_DBFS,
    dominant_tone,
    from_alaw,
    from_ulaw,
    heard_tones,
    is_silent,
    join,
    level_dbfs,
    mix,
    read_wav,
    rms_dbfs,
    silence,
    sine,
    sound_intervals,
    to_alaw,
    to_ulaw,
    tone_intervals,
    write_alaw,
    write_wav,
)


def test_level_is_that_of_the_sine_whatever_its_length() -> None:
    for seconds in (0.1, 1.0):
        tone = sine(440, seconds, level_dbfs=-12)
        assert level_dbfs(tone, 440) == pytest.approx(-12, abs=0.1)
        assert rms_dbfs(tone) == pytest.approx(-12, abs=0.1)
        assert level_dbfs(tone, 640) < -60


def test_silence_has_the_lowest_level() -> None:
    assert rms_dbfs(silence(0.1)) == SILENCE_DBFS
    assert rms_dbfs(silence(0)) == SILENCE_DBFS
    assert level_dbfs(silence(0.1), 440) == SILENCE_DBFS
    assert is_silent(silence(1))
    assert not is_silent(join(silence(1), sine(440, 0.04)))


@pytest.mark.parametrize("frequency", [300.0, 440.0, 1004.5, 2600.0])
def test_dominant_tone_is_found_to_a_hertz(frequency: float) -> None:
    tone = dominant_tone(sine(frequency, 0.2))
    assert tone is not None
    assert tone.frequency == pytest.approx(frequency, abs=1)
    assert tone.level_dbfs == pytest.approx(-12, abs=0.5)


def test_no_dominant_tone_in_silence_nor_in_too_little() -> None:
    assert dominant_tone(silence(1)) is None
    assert dominant_tone(sine(440, 0.005)) is None


def test_tone_intervals_tell_speakers_apart() -> None:
    heard = join(silence(0.5), sine(440, 1.0), silence(0.2), sine(660, 0.4), silence(0.3))
    (first,) = tone_intervals(heard, 440)
    (second,) = tone_intervals(heard, 660)
    assert (first.start, first.end) == pytest.approx((0.5, 1.5), abs=0.02)
    assert (second.start, second.end) == pytest.approx((1.7, 2.1), abs=0.02)
    assert heard_tones(heard, [880]) == {880: 0}


def test_a_lost_packet_does_not_cut_a_tone_in_two() -> None:
    heard = sine(440, 1.0)
    heard[4000:4160] = 0
    assert len(tone_intervals(heard, 440)) == 1


def test_a_tone_under_louder_noise_does_not_count() -> None:
    noise = np.random.default_rng(1).normal(0, 8000, 8000).astype(np.int16)
    assert tone_intervals(mix(noise, sine(440, 1.0, level_dbfs=-25)), 440) == []


def test_sound_intervals_keep_the_pauses_of_speech() -> None:
    heard = join(sine(300, 0.5), silence(0.2), sine(500, 0.5), silence(1.0), sine(300, 0.5))
    spans = [(round(span.start, 2), round(span.end, 2)) for span in sound_intervals(heard)]
    assert spans == [(0.0, 1.2), (2.2, 2.7)]


def test_codecs_keep_tone_and_level() -> None:
    tone = sine(440, 0.2)
    assert level_dbfs(from_alaw(to_alaw(tone)), 440) == pytest.approx(-12, abs=0.2)
    assert level_dbfs(from_ulaw(to_ulaw(tone)), 440) == pytest.approx(-12, abs=0.2)


def test_wav_round_trip_splits_the_channels(tmp_path: Path) -> None:
    left, right = sine(440, 0.1), sine(660, 0.1)
    recording = read_wav(write_wav(tmp_path / "call.wav", left, right))
    assert recording.rate == 8000
    assert np.array_equal(recording.left, left)
    assert np.array_equal(recording.right, right)
    assert recording.duration == 0.1
    assert [path.name for path in tmp_path.iterdir()] == ["call.wav"]


def test_unequal_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same length"):
        write_wav(tmp_path / "call.wav", sine(440, 0.1), sine(440, 0.2))


def test_alaw_file_is_one_byte_a_sample(tmp_path: Path) -> None:
    assert write_alaw(tmp_path / "prompt.al", sine(440, 0.1)).stat().st_size == 800
