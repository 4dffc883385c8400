from __future__ import annotations

import numpy as np

from callcenter.media.codecs import g711
from callcenter.testing.audio import rms_dbfs, sine

PCM = sine(440, 0.5, level_dbfs=-10)


def decoded(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.frombuffer(pcm, "<i2").astype(np.int16)


def test_both_laws_carry_a_tone_with_little_noise() -> None:
    raw = PCM.astype("<i2").tobytes()
    for there, back in ((g711.pcm16_to_alaw, g711.alaw_to_pcm16), (g711.pcm16_to_ulaw, g711.ulaw_to_pcm16)):
        assert len(there(raw)) == 4000
        noise = decoded(back(there(raw))) - PCM
        assert rms_dbfs(noise) < -45


def test_the_tables_equal_going_through_linear_samples() -> None:
    for code in range(256):
        byte = bytes([code])
        assert g711.alaw_to_ulaw(byte) == g711.pcm16_to_ulaw(g711.alaw_to_pcm16(byte))
        assert g711.ulaw_to_alaw(byte) == g711.pcm16_to_alaw(g711.ulaw_to_pcm16(byte))


def test_crossing_over_and_back_loses_almost_nothing() -> None:
    alaw = g711.pcm16_to_alaw(PCM.astype("<i2").tobytes())
    again = g711.ulaw_to_alaw(g711.alaw_to_ulaw(alaw))
    error = decoded(g711.alaw_to_pcm16(again)) - decoded(g711.alaw_to_pcm16(alaw))
    assert rms_dbfs(error.astype(np.int16)) < -45


def test_silence_is_silent_in_both_laws() -> None:
    assert g711.pcm16_to_alaw(b"\0\0") == bytes([g711.ALAW_SILENCE])
    assert g711.pcm16_to_ulaw(b"\0\0") == bytes([g711.ULAW_SILENCE])
    assert abs(int(decoded(g711.ulaw_to_pcm16(g711.alaw_to_ulaw(bytes([g711.ALAW_SILENCE]))))[0])) <= 8
