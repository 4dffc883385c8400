"""Decoding common audio files and refusing hostile ones."""

from __future__ import annotations

import io
import struct
import wave
import zipfile

import numpy as np
import pytest

from callcenter.media.audio_file import decode, resample
from callcenter.media.prompt import PromptUnavailable
from callcenter.testing.audio import Samples, dominant_tone, rms_dbfs, sine, to_alaw, to_ulaw
from tests.unit.prompts.fakes import encoded


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.int16)


def wav(rate: int = 8000, channels: int = 1, data: bytes = b"\1\2" * 800, claimed: int | None = None) -> bytes:
    size = len(data) if claimed is None else claimed
    fmt = struct.pack("<HHIIHH", 1, channels, rate, min(rate * 2, 0xFFFF_FFFF), 2, 16)
    return (
        b"RIFF" + struct.pack("<I", (36 + size) & 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 16) + fmt
        + b"data" + struct.pack("<I", size) + data
    )  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "container", "rate", "channels"),
    [
        ("pcm_s16le", "wav", 44_100, 2),
        ("pcm_s24le", "wav", 96_000, 2),
        ("pcm_f32le", "wav", 48_000, 2),
        ("pcm_mulaw", "wav", 8_000, 1),
        ("pcm_alaw", "wav", 8_000, 1),
        ("libmp3lame", "mp3", 44_100, 2),
        ("libopus", "ogg", 48_000, 2),
        ("libopus", "webm", 48_000, 2),
        ("flac", "flac", 44_100, 2),
        ("aac", "mp4", 44_100, 2),
        ("aac", "adts", 44_100, 2),
        ("pcm_s16be", "aiff", 22_050, 2),
        ("pcm_s16be", "au", 16_000, 1),
        ("pcm_s16le", "caf", 44_100, 2),
    ],
)
def test_common_formats_keep_length_pitch_and_level(codec: str, container: str, rate: int, channels: int) -> None:
    pcm = samples(decode(encoded(sine(440, 1.0, level_dbfs=-10, rate=rate), codec, container, rate, channels)))
    assert len(pcm) / 8000 == pytest.approx(1.0, abs=0.06)
    strongest = dominant_tone(pcm[800:7200])
    assert strongest is not None
    assert strongest.frequency == pytest.approx(440, abs=1)
    assert strongest.level_dbfs == pytest.approx(-10, abs=0.5)


def test_headerless_g711_is_told_by_its_suffix() -> None:
    tone = sine(440, 0.5)
    assert dominant_tone(samples(decode(to_alaw(tone), ".AL"))) is not None
    assert rms_dbfs(samples(decode(to_ulaw(tone), ".ulaw"))) == pytest.approx(rms_dbfs(tone), abs=0.2)


def test_tones_above_the_telephone_band_are_filtered_not_folded() -> None:
    high = sine(6000, 0.5, level_dbfs=-6, rate=22_050)
    assert rms_dbfs(samples(resample(high.astype("<i2").tobytes(), 22_050))[400:3600]) < -50


@pytest.mark.parametrize("count", [1, 3, 159, 11_025])
def test_resampling_keeps_the_length_of_any_count(count: int) -> None:
    pcm = np.zeros(count, "<i2").tobytes()
    assert len(resample(pcm, 22_050)) // 2 == pytest.approx(count * 8000 / 22_050, abs=2)
    assert resample(pcm, 8000) is pcm


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("welcome.wav", wav())
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"R", "not a known kind"),
        (b"Hello, this is text.", "not a known kind"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "not a known kind"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a known kind"),
        (b"<?xml version='1.0'?><MPD/>", "not a known kind"),
        (zipped(), "not a known kind"),
        (wav(rate=0), "claims 0 samples per second"),
        (wav(rate=4_000_000_000), "claims 4000000000 samples"),
        (wav(channels=0), "0 channels"),
        (wav(channels=65_535), "65535 channels"),
        (wav(claimed=0xFFFF_FFFF), "promises 4294967295 bytes"),
        (wav(claimed=4_000_000_000), "promises 4000000000 bytes"),
        (wav(data=b""), "no sound|damaged"),
        (wav()[:20], "no format header"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "no format header"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\xff\xff\xff\xff", "no format header"),
        (b"OggS" + b"\0" * 400, "damaged"),
        (b".snd" + struct.pack(">5I", 24, 800, 3, 0, 1) + b"\0" * 800, "damaged|claims"),
        (b".snd" + struct.pack(">5I", 24, 800, 3, 500_000, 1) + b"\0" * 800, "claims 500000"),
        (b"fLaC" + b"\xff" * 400, "damaged|claims"),
        (b"ID3\4" + b"\0" * 400, "damaged"),
        (b"\0\0\0\x1cftypisom" + b"\0" * 100, "damaged|no audio"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 100, "damaged"),
        (b"\xff\xfb" + b"\0" * 400, "damaged|no sound|claims"),
    ],
)
def test_hostile_and_damaged_files_are_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PromptUnavailable, match=reason):
        decode(data)


def test_a_file_without_audio_is_refused() -> None:
    import av

    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame(32, 32, "yuv420p")
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(PromptUnavailable, match="no audio"):
        decode(target.getvalue())


def test_sound_longer_than_allowed_is_refused_while_decoding() -> None:
    flac = encoded(np.zeros(30 * 8000, np.int16), "flac", "flac", 8000, 1)
    assert len(flac) < 30_000
    assert len(decode(flac, max_seconds=30)) == 480_000
    with pytest.raises(PromptUnavailable, match="longer than 29 seconds"):
        decode(flac, max_seconds=29)
    with pytest.raises(PromptUnavailable, match="longer than 1 seconds"):
        decode(b"\xd5" * 8001, ".al", max_seconds=1)


def test_other_chunks_in_a_wav_are_passed_over() -> None:
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\1" * 800)
    plain = target.getvalue()
    chunk = b"LIST" + struct.pack("<I", 5) + b"abcde\0"
    assert decode(plain[:12] + chunk + plain[12:]) == decode(plain)
