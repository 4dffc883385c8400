from __future__ import annotations

import array
import audioop
import math
import random

import pytest

from callcenter.media.dtmf_detector import KEYPAD, DtmfDetector
from callcenter.media.dtmf_sender import tone_frames


def listen(frames: list[bytes]) -> str:
    detector = DtmfDetector()
    return "".join(digit for frame in frames for digit in detector.feed(audioop.alaw2lin(frame, 2)))


@pytest.mark.parametrize("digit", KEYPAD)
def test_every_key(digit: str) -> None:
    assert listen(list(tone_frames(digit, duration_ms=80, gap_ms=60))) == digit


def test_same_key_again_and_long_key() -> None:
    assert listen(list(tone_frames("55", duration_ms=100, gap_ms=80))) == "55"
    assert listen(list(tone_frames("8", duration_ms=2000, gap_ms=60))) == "8"


def test_quiet_key_with_noise() -> None:
    noise = random.Random(1)
    frames = []
    for frame in tone_frames("3", duration_ms=120, gap_ms=60):
        samples = array.array("h", audioop.mul(audioop.alaw2lin(frame, 2), 2, 0.1))
        noisy = array.array("h", (sample + noise.randint(-60, 60) for sample in samples))
        frames.append(audioop.lin2alaw(noisy.tobytes(), 2))
    assert listen(frames) == "3"


def test_speech_like_sound_noise_and_single_tones_are_no_keys() -> None:
    noise = random.Random(2)

    def sound(*partials: tuple[float, float], hiss: int = 0) -> list[bytes]:
        samples = array.array(
            "h",
            (
                int(sum(level * math.sin(2 * math.pi * tone * at / 8000) for tone, level in partials))
                + noise.randint(-hiss, hiss)
                for at in range(8000)
            ),
        )
        data = audioop.lin2alaw(samples.tobytes(), 2)
        return [data[at : at + 160] for at in range(0, 8000, 160)]

    assert listen(sound((697, 8000))) == ""
    assert listen(sound((425, 8000))) == ""
    assert listen(sound((697, 4000), (1209, 4000), (350, 6000), (2400, 5000))) == ""
    assert listen(sound(hiss=8000)) == ""
    assert listen(sound((730, 4000), (1270, 4000))) == ""
