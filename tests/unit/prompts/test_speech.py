"""The built-in speech, by measurement."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from callcenter.media import speech
from callcenter.media.prompt import PromptUnavailable
from callcenter.media.speech import EspeakSpeech, Speech
from callcenter.testing.audio import rms_dbfs

GREETING = "Xin chào quý khách. Nhấn phím một để gặp bộ phận bán hàng."


@pytest.fixture(scope="module")
def espeak() -> EspeakSpeech:
    return EspeakSpeech()


def say(espeak: EspeakSpeech, text: str, language: str, speed: int = 150) -> Speech:
    return espeak.synthesise(text, voice=espeak.voice_for(language), speed=speed)


def test_vietnamese_and_english_are_spoken(espeak: EspeakSpeech) -> None:
    assert espeak.version.startswith("espeak-ng 1.")
    for language, text in (("vi", GREETING), ("en", "Thank you for calling. Press one for sales.")):
        said = say(espeak, text, language)
        assert said.sample_rate == 22_050
        samples = np.frombuffer(said.pcm, "<i2").astype(np.int16)
        assert 1.5 < len(samples) / said.sample_rate < 8
        assert rms_dbfs(samples) > -35


def test_each_voice_says_the_same_words_differently(espeak: EspeakSpeech) -> None:
    said = {language: say(espeak, GREETING, language).pcm for language in ("vi", "vi-south", "en")}
    assert len(set(said.values())) == 3


def test_speed_changes_the_length(espeak: EspeakSpeech) -> None:
    slow, fast = (len(say(espeak, GREETING, "vi", speed).pcm) for speed in (100, 300))
    assert slow > 1.6 * fast


def test_languages_and_regions_have_voices(espeak: EspeakSpeech) -> None:
    assert [espeak.voice_for(language) for language in ("vi", "VI_south", "vi-hue", "en", "en-GB")] == [
        "vi",
        "vi-vn-x-south",
        "vi",
        "en-us",
        "en-gb",
    ]
    assert EspeakSpeech({"vi": "vi-vn-x-south"}).voice_for("vi") == "vi-vn-x-south"
    with pytest.raises(PromptUnavailable, match="no voice for the language 'tlh'"):
        espeak.voice_for("tlh")


@pytest.mark.parametrize(
    ("text", "voice", "reason"),
    [
        ("", "vi", "text is empty"),
        (" \n\x01 ", "vi", "text is empty"),
        ("x" * 5001, "vi", "longer than 5000"),
        ("hello", "no-such-voice", "no voice called"),
        ("hello", "../../etc/passwd", "not the name of a voice"),
        ("hello", "", "not the name of a voice"),
        ("hello", "a" * 61, "not the name of a voice"),
    ],
)
def test_what_cannot_be_said_is_refused(espeak: EspeakSpeech, text: str, voice: str, reason: str) -> None:
    with pytest.raises(PromptUnavailable, match=reason):
        espeak.synthesise(text, voice=voice, speed=150)


def test_control_characters_are_no_commands(espeak: EspeakSpeech) -> None:
    # To espeak "\x01400s" would set the speed; the digits must be spoken instead. Its breath noise varies a little.
    plain = say(espeak, "one two  400s three", "en")
    commanded = say(espeak, "one two \x01400s three", "en")
    assert len(commanded.pcm) == pytest.approx(len(plain.pcm), rel=0.02)


def test_many_threads_get_their_own_words(espeak: EspeakSpeech) -> None:
    words = ["một", "hai mươi hai", "ba trăm ba mươi ba nghìn"]
    expected = [len(say(espeak, word, "vi").pcm) for word in words]
    got = [0] * 12

    def speak(index: int) -> None:
        got[index] = len(say(EspeakSpeech(), words[index % 3], "vi").pcm)

    threads = [threading.Thread(target=speak, args=(index,)) for index in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == pytest.approx(expected * 4, rel=0.02)


def test_a_missing_library_is_a_reason_not_a_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("espeakng_loader.get_library_path", lambda: str(tmp_path / "libespeak-ng.so"))
    speech._load_espeak.cache_clear()
    try:
        with pytest.raises(PromptUnavailable, match="cannot be loaded"):
            EspeakSpeech().synthesise("xin chào", voice="vi", speed=150)
    finally:
        speech._load_espeak.cache_clear()


def test_endless_speech_is_cut_off(espeak: EspeakSpeech, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "MAX_SPEECH_SECONDS", 1)
    with pytest.raises(PromptUnavailable, match="longer than 1 seconds"):
        say(espeak, GREETING, "vi")
    assert say(espeak, "một", "vi").pcm
