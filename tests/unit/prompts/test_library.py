"""From a prompt to a prepared file: cache, languages, sharing and faults."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from callcenter.base.errors import LocalError
from callcenter.media import prompts as prompts_module
from callcenter.media.audio_file import SUFFIXES
from callcenter.media.prompt_names import read
from callcenter.media.prompts import Prompt, PromptLibrary, PromptSettings, PromptUnavailable
from callcenter.media.speech import EspeakSpeech
from callcenter.media.tones import TONES, tone
from callcenter.testing.audio import Samples, dominant_tone, from_alaw, join, rms_dbfs, silence, sine, write_wav
from tests.unit.prompts.fakes import ToneSpeech


def heard(path: Path) -> Samples:
    assert path.suffix == ".al"
    data = path.read_bytes()
    assert len(data) % 160 == 0
    return from_alaw(data)


def pitch(path: Path) -> int:
    strongest = dominant_tone(heard(path))
    assert strongest is not None
    return round(strongest.frequency / 10) * 10


async def test_a_text_becomes_trimmed_normalised_alaw(library: PromptLibrary, speech: ToneSpeech) -> None:
    path = await library.prepare(Prompt(text="chào", speed=170))
    samples = heard(path)
    assert speech.spoken == [("chào", "viet", 170)]
    assert len(samples) / 8000 == pytest.approx(0.6, abs=0.03)
    assert pitch(path) == 500
    assert rms_dbfs(samples[400:4000]) == pytest.approx(-16.5, abs=0.7)
    assert np.abs(samples.astype(int)).max() < 32_000


async def test_texts_are_spoken_at_the_usual_speed_unless_they_name_one(
    speech: ToneSpeech, tmp_path: Path, prompt_dir: Path
) -> None:
    library = PromptLibrary(tmp_path / "cache", prompt_dir, speech, PromptSettings(words_per_minute=130))
    await library.prepare(Prompt(text="chào"))
    await library.prepare(Prompt(text="chào", speed=170))
    library.close()
    assert speech.spoken == [("chào", "viet", 130), ("chào", "viet", 170)]


async def test_a_prepared_prompt_is_never_made_again(
    library: PromptLibrary, speech: ToneSpeech, tmp_path: Path, prompt_dir: Path
) -> None:
    prompt = Prompt(text="chào")
    path = await library.prepare(prompt)
    assert library.prepared(prompt) == await library.prepare(prompt) == library.prepare_sync(prompt) == path
    other = PromptLibrary(tmp_path / "cache", prompt_dir, speech)
    assert other.prepared(prompt) is None
    assert other.prepare_sync(prompt) == path
    other.close()
    assert len(speech.spoken) == 1


async def test_everything_that_shapes_a_prompt_names_it(
    library: PromptLibrary, speech: ToneSpeech, tmp_path: Path, prompt_dir: Path
) -> None:
    paths = [
        await library.prepare(prompt)
        for prompt in (
            Prompt(text="chào"),
            Prompt(text="chào!"),
            Prompt(text="chào", language="en"),
            Prompt(text="chào", speed=120),
        )
    ]
    assert await library.prepare(Prompt(text="chào", voice="eng")) == paths[2]
    speech.version = "tone 2"
    newer = PromptLibrary(tmp_path / "cache", prompt_dir, speech)
    louder = PromptLibrary(tmp_path / "cache", prompt_dir, speech, PromptSettings(target_dbfs=-15))
    paths += [newer.prepare_sync(Prompt(text="chào")), louder.prepare_sync(Prompt(text="chào"))]
    newer.close()
    louder.close()
    assert len(set(paths)) == 6


async def test_simultaneous_callers_share_one_synthesis(library: PromptLibrary, speech: ToneSpeech) -> None:
    speech.gate.clear()
    callers = [asyncio.create_task(library.prepare(Prompt(text="chào"))) for _ in range(5)]
    await asyncio.to_thread(speech.begun.wait, 5)
    callers[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await callers[0]
    speech.gate.set()
    paths = await asyncio.gather(*callers[1:])
    assert len(set(paths)) == 1
    assert len(speech.spoken) == 1


async def test_a_failure_is_told_to_everyone_and_tried_again_next_time(
    library: PromptLibrary, speech: ToneSpeech
) -> None:
    results = await asyncio.gather(
        *(library.prepare(Prompt(text="impossible")) for _ in range(3)), return_exceptions=True
    )
    assert [str(result) for result in results] == ["cannot say that"] * 3
    before = len(speech.spoken)
    with pytest.raises(PromptUnavailable, match="cannot say that"):
        library.prepare_sync(Prompt(text="impossible"))
    assert len(speech.spoken) == before + 1


async def test_only_so_many_prompts_are_remembered(library: PromptLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts_module, "_MAX_REMEMBERED", 2)
    said = [Prompt(text=text) for text in ("một", "hai", "ba")]
    for prompt in said:
        await library.prepare(prompt)
    assert [library.prepared(prompt) is None for prompt in said] == [True, False, False]


async def test_a_closed_library_still_knows_what_it_made(library: PromptLibrary) -> None:
    path = await library.prepare(Prompt(text="một"))
    library.close()
    assert await library.prepare(Prompt(text="một")) == path
    with pytest.raises(PromptUnavailable, match="closed"):
        await library.prepare(Prompt(text="hai"))


async def test_deleted_cache_files_are_made_again(library: PromptLibrary, speech: ToneSpeech) -> None:
    path = await library.prepare(Prompt(text="chào"))
    path.unlink()
    assert library.prepared(Prompt(text="chào")) is None
    assert await library.prepare(Prompt(text="chào")) == path
    path.write_bytes(b"")
    assert await library.prepare(Prompt(text="chào")) == path
    assert path.stat().st_size > 0
    assert len(speech.spoken) == 3


async def test_files_have_a_variant_per_language(library: PromptLibrary, prompt_dir: Path) -> None:
    write_wav(prompt_dir / "vi" / "welcome.wav", sine(600, 0.5))
    write_wav(prompt_dir / "en" / "welcome.wav", sine(900, 0.5))
    write_wav(prompt_dir / "hold.wav", sine(1200, 0.5))
    write_wav(prompt_dir / "vi" / "only_vi.wav", sine(1500, 0.5))
    for prompt, expected in (
        (Prompt(file="welcome"), 600),
        (Prompt(file="welcome.wav", language="en"), 900),
        (Prompt(file="welcome", language="vi-south"), 600),
        (Prompt(file="hold", language="en"), 1200),
        (Prompt(file="only_vi", language="en"), 1500),
    ):
        assert pitch(await library.prepare(prompt)) == expected


def test_fallbacks_are_reported(library: PromptLibrary, prompt_dir: Path) -> None:
    write_wav(prompt_dir / "vi" / "welcome.wav", sine(600, 0.5))
    write_wav(prompt_dir / "hold.wav", sine(600, 0.5))
    assert (library.find_file("welcome", "vi").language, library.find_file("welcome", "vi").is_fallback) == (
        "vi",
        False,
    )
    assert library.find_file("welcome", "vi-south").is_fallback is False
    assert (library.find_file("welcome", "en").language, library.find_file("welcome", "en").is_fallback) == ("vi", True)
    assert (library.find_file("hold", "en").language, library.find_file("hold", "en").is_fallback) == (None, False)
    assert library.missing_languages("welcome", ["vi", "en"]) == ["en"]
    assert library.missing_languages("nothing", ["vi", "en"]) == ["vi", "en"]


async def test_a_missing_variant_that_is_added_later_is_used(library: PromptLibrary, prompt_dir: Path) -> None:
    write_wav(prompt_dir / "vi" / "welcome.wav", sine(600, 0.5))
    with capture_logs() as logs:
        for _ in range(2):
            assert pitch(await library.prepare(Prompt(file="welcome", language="en"))) == 600
    assert [(entry["event"], entry["asked"], entry["used"]) for entry in logs] == [
        ("prompt file falls back", "en", "vi")
    ]
    write_wav(prompt_dir / "en" / "welcome.wav", sine(900, 0.5))
    assert pitch(await library.prepare(Prompt(file="welcome", language="en"))) == 900


async def test_a_replaced_or_deleted_file_is_noticed(library: PromptLibrary, prompt_dir: Path) -> None:
    path = write_wav(prompt_dir / "vi" / "welcome.wav", sine(600, 0.5))
    assert pitch(await library.prepare(Prompt(file="welcome"))) == 600
    write_wav(path, sine(900, 0.5))
    assert pitch(await library.prepare(Prompt(file="welcome"))) == 900
    path.unlink()
    with pytest.raises(PromptUnavailable, match="no prompt file called 'welcome'"):
        await library.prepare(Prompt(file="welcome"))


async def test_equal_files_share_one_prepared_file(library: PromptLibrary, prompt_dir: Path) -> None:
    write_wav(prompt_dir / "vi" / "one.wav", sine(600, 0.5))
    write_wav(prompt_dir / "vi" / "two.wav", sine(600, 0.5))
    assert await library.prepare(Prompt(file="one")) == await library.prepare(Prompt(file="two"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret", "may not leave"),
        ("vi/../../secret", "may not leave"),
        ("/etc/passwd", "may not leave"),
        (".hidden", "may not leave"),
        ("a//b", "may not leave"),
        ("welcome\0.wav", "control characters"),
        ("a\\b", "backslashes"),
        ("a\nb", "control characters"),
        ("x" * 256, "1 to 255 bytes"),
        ("ế" * 100, "1 to 255 bytes"),
        ("x" * 255, "no prompt file"),
        ("", "1 to 255 bytes"),
        ("CON", "no prompt file"),
        ("link", "leads outside"),
        ("linked/secret", "leads outside"),
        ("folder", "no prompt file"),
        ("pipe.wav", "no prompt file"),
        ("fake", "not a known kind"),
    ],
)
async def test_names_stay_inside_the_prompt_directory(
    library: PromptLibrary, prompt_dir: Path, tmp_path: Path, name: str, reason: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    write_wav(outside / "secret.wav", sine(600, 0.2))
    write_wav(tmp_path / "secret.wav", sine(600, 0.2))
    (prompt_dir / "vi" / "link.wav").symlink_to(outside / "secret.wav")
    (prompt_dir / "linked").symlink_to(outside)
    (prompt_dir / "vi" / "folder").mkdir()
    (prompt_dir / "vi" / "fake.wav").write_text("not audio")
    os.mkfifo(prompt_dir / "vi" / "pipe.wav")
    with pytest.raises(PromptUnavailable, match=reason):
        await library.prepare(Prompt(file=name))


async def test_a_link_that_stays_inside_is_followed(library: PromptLibrary, prompt_dir: Path) -> None:
    write_wav(prompt_dir / "vi" / "real.wav", sine(600, 0.2))
    (prompt_dir / "vi" / "alias.wav").symlink_to(prompt_dir / "vi" / "real.wav")
    assert await library.prepare(Prompt(file="alias")) == await library.prepare(Prompt(file="real"))


@pytest.mark.parametrize("language", ["..", "", "vi/..", "v" * 21, "việt"])
async def test_languages_are_no_paths(library: PromptLibrary, language: str) -> None:
    with pytest.raises(PromptUnavailable, match="is not a language"):
        await library.prepare(Prompt(file="welcome", language=language))


async def test_size_and_length_are_limited(tmp_path: Path, prompt_dir: Path, speech: ToneSpeech) -> None:
    limited = PromptLibrary(
        tmp_path / "cache", prompt_dir, speech, PromptSettings(max_file_bytes=20_000, max_seconds=1.0)
    )
    write_wav(prompt_dir / "large.wav", sine(600, 2.0))
    write_wav(prompt_dir / "long.wav", sine(600, 1.2))
    with pytest.raises(PromptUnavailable, match="larger than 20000 bytes"):
        await limited.prepare(Prompt(file="large"))
    with pytest.raises(PromptUnavailable, match="longer than 1 seconds"):
        await limited.prepare(Prompt(file="long"))
    limited.close()


def test_a_file_that_goes_or_turns_into_something_else_is_reported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for name, reason in (("gone.wav", "gone.wav cannot be read: No such file"), ("pipe.wav", "pipe.wav is not a file")):
        with pytest.raises(PromptUnavailable, match=reason):
            read(tmp_path / name, 1000)


@pytest.mark.parametrize("name", TONES)
async def test_tones_are_prepared_as_they_are(library: PromptLibrary, name: str) -> None:
    assert (await library.prepare(Prompt(tone=name))).read_bytes() == tone(name)


async def test_silence_and_what_is_no_tone(library: PromptLibrary) -> None:
    assert len(heard(await library.prepare(Prompt(silence_ms=250)))) == 2080
    for prompt in (Prompt(tone="fanfare"), Prompt(silence_ms=0), Prompt(silence_ms=600_001)):
        with pytest.raises(PromptUnavailable):
            await library.prepare(prompt)


async def test_prompts_are_joined_with_gaps(library: PromptLibrary) -> None:
    parts = [Prompt(tone="beep"), Prompt(text="chào"), Prompt(tone="beep")]
    path = await library.join(parts, gap_ms=200)
    assert await library.join(parts, gap_ms=200) == path
    assert path != await library.join(parts)
    assert len(heard(path)) / 8000 == pytest.approx(0.4 + 0.2 + 0.6 + 0.2 + 0.4, abs=0.05)


async def test_warming_reports_progress_and_failures(library: PromptLibrary, speech: ToneSpeech) -> None:
    seen: list[tuple[int, int]] = []
    prompts = [Prompt(text="một"), Prompt(text="impossible"), Prompt(text="hai"), Prompt(text="một")]
    report = await library.warm(prompts, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert report.prepared == 2
    assert report.failed == ((Prompt(text="impossible"), "cannot say that"),)
    assert (await library.warm(prompts[:1])).prepared == 1
    assert len(speech.spoken) == 3


async def test_nothing_half_written_is_left_behind(
    library: PromptLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(PromptUnavailable, match="cannot be stored: No space left on device"):
        await library.prepare(Prompt(text="chào"))
    assert list((tmp_path / "cache").iterdir()) == []
    monkeypatch.undo()
    assert pitch(await library.prepare(Prompt(text="chào"))) == 500


def test_leftovers_of_dead_processes_are_removed(tmp_path: Path, prompt_dir: Path, speech: ToneSpeech) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    dead, alive, odd = (cache / f".abc.{owner}.0.tmp" for owner in (2**22 + 5, os.getpid(), "x"))
    for path in (dead, alive, odd):
        path.write_bytes(b"half")
    PromptLibrary(cache, prompt_dir, speech).close()
    assert list(cache.iterdir()) == [alive]


async def test_old_files_are_pruned_but_not_those_in_use(
    library: PromptLibrary, tmp_path: Path, prompt_dir: Path, speech: ToneSpeech
) -> None:
    old = [await library.prepare(Prompt(text=text)) for text in ("một", "hai", "ba")]
    for age, path in enumerate(old):
        os.utime(path, (1000 + age, 1000 + age))
    other = PromptLibrary(tmp_path / "cache", prompt_dir, speech)
    used = other.prepare_sync(Prompt(text="một"))
    assert other.prune(2 * old[0].stat().st_size) == 1
    assert [path.exists() for path in old] == [True, False, True]
    assert other.prune(0) == 1
    assert used.exists()
    other.close()


def test_a_prompt_says_exactly_one_thing() -> None:
    for parts in ({}, {"text": "x", "file": "y"}, {"tone": "busy", "silence_ms": 100}):
        with pytest.raises(LocalError):
            Prompt(**parts)


def test_every_suffix_is_tried_for_a_bare_name(library: PromptLibrary, prompt_dir: Path) -> None:
    for suffix in SUFFIXES:
        path = prompt_dir / "vi" / f"any{suffix}"
        path.write_bytes(b"x")
        assert library.find_file("any", "vi").path == path
        path.unlink()


async def test_real_speech_reaches_the_target_level(tmp_path: Path, prompt_dir: Path) -> None:
    real = PromptLibrary(tmp_path / "cache", prompt_dir, EspeakSpeech())
    vietnamese = heard(await real.prepare(Prompt(text="Xin chào quý khách.")))
    english = heard(await real.prepare(Prompt(text="Xin chào quý khách.", language="en")))
    for samples in (vietnamese, english):
        assert 0.8 < len(samples) / 8000 < 4
        assert rms_dbfs(samples) == pytest.approx(-17, abs=1.0)
        assert np.count_nonzero(np.abs(samples.astype(int)) > 32_000) == 0
    assert len(vietnamese) != len(english) or not np.array_equal(vietnamese, english)
    mixed = join(vietnamese, silence(0.1))
    assert len(mixed) > len(vietnamese)
    real.close()
