"""Turn any common audio file into 8 kHz mono samples, and refuse what only pretends to be one.

The format is told by the first bytes and the matching demuxer is named explicitly. FFmpeg's own probing would also
accept playlists and scripts, with which a file could make the server read other files or connect to other hosts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO

import av
import av.error

from callcenter.media.codecs.g711 import SAMPLE_RATE, alaw_to_pcm16, ulaw_to_pcm16
from callcenter.media.prompt import PromptUnavailable

MAX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 900
_RATES = range(1_000, 384_001)
_MAX_CHANNELS = 32

RAW_SUFFIXES = {".al": alaw_to_pcm16, ".alaw": alaw_to_pcm16, ".ul": ulaw_to_pcm16, ".ulaw": ulaw_to_pcm16}
"Headerless 8 kHz mono files, told by their name only."
SUFFIXES = (
    ".wav", ".mp3", ".ogg", ".opus", ".oga", ".flac", ".m4a", ".aac", ".aiff", ".aif", ".au", ".webm", ".amr", ".caf",
    *RAW_SUFFIXES,
)  # fmt: skip
"Suffixes tried, in this order, for a name without one."


def decode(data: bytes, suffix: str = "", max_seconds: float = MAX_SECONDS) -> bytes:
    """Decode the contents of an audio file to 16-bit 8 kHz mono samples.

    ``suffix`` (with its dot) only matters for headerless G.711. Raises :class:`PromptUnavailable` with the reason.
    """
    if not data:
        raise PromptUnavailable("The audio file is empty")
    if (raw := RAW_SUFFIXES.get(suffix.lower())) is not None:
        if len(data) > max_seconds * SAMPLE_RATE:
            raise _too_long(max_seconds)
        return raw(data)
    demuxer = _demuxer(data)
    if demuxer == "wav":
        _check_wav(data)
    try:
        pcm = _decode(data, demuxer, max_seconds)
    except (av.error.FFmpegError, ValueError, OverflowError, IndexError, MemoryError) as error:
        raise PromptUnavailable(f"The audio file is damaged or of an unknown kind: {error}") from error
    if not pcm:
        raise PromptUnavailable("The audio file holds no sound")
    return pcm


def resample(pcm: bytes, sample_rate: int) -> bytes:
    """Bring 16-bit mono samples from ``sample_rate`` to 8 kHz, low-pass filtered."""
    if sample_rate == SAMPLE_RATE:
        return pcm
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.planes[0].update(pcm)
    frame.sample_rate = sample_rate
    resampler = _resampler()
    return b"".join(_samples(part) for given in (frame, None) for part in resampler.resample(given))


def _decode(data: bytes, demuxer: str, max_seconds: float) -> bytes:
    limit = int(max_seconds * SAMPLE_RATE) * 2
    parts: list[bytes] = []
    size = 0
    with av.open(BytesIO(data), format=demuxer, options={"protocol_whitelist": ""}) as container:
        for part in _resampled(container):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise _too_long(max_seconds)
    return b"".join(parts)


def _resampled(container: av.container.InputContainer) -> Iterator[bytes]:
    if not container.streams.audio:
        raise PromptUnavailable("The file has no audio in it")
    stream = container.streams.audio[0]
    if stream.sample_rate not in _RATES or not 1 <= stream.channels <= _MAX_CHANNELS:
        raise PromptUnavailable(
            f"The audio file claims {stream.sample_rate} samples per second and {stream.channels} channels"
        )
    resampler = _resampler()
    for frame in container.decode(stream):
        for part in resampler.resample(frame):
            yield _samples(part)
    for part in resampler.resample(None):
        yield _samples(part)


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)


def _samples(frame: av.AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * 2]


def _too_long(max_seconds: float) -> PromptUnavailable:
    return PromptUnavailable(f"The audio is longer than {max_seconds:g} seconds")


def _demuxer(data: bytes) -> str:
    """Name FFmpeg's demuxer for the kind of file that ``data`` begins like."""
    head = data[:12]
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mov"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0x06 == 0 else "mp3"
    raise PromptUnavailable(
        "The file is not a known kind of audio (WAV, MP3, Ogg, FLAC, M4A, AIFF, AU, WebM, AMR or CAF)"
    )


_MAGIC = (
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b".snd", "au"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"#!AMR", "amr"),
    (b"caff", "caf"),
)


def _check_wav(data: bytes) -> None:
    """Refuse a WAV header that lies about rate or size, before a decoder believes it."""
    position, rate_seen = 12, False
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"fmt " and position + 16 <= len(data):
            channels, rate = struct.unpack_from("<2xHI", data, position)
            if rate not in _RATES or not 1 <= channels <= _MAX_CHANNELS:
                raise PromptUnavailable(f"The WAV header claims {rate} samples per second and {channels} channels")
            rate_seen = True
        elif name == b"data":
            if size > len(data) - position and data[:4] != b"RF64":
                raise PromptUnavailable(
                    f"The WAV header promises {size} bytes of sound, the file has {len(data) - position}"
                )
            break
        position += size + (size & 1)
    if not rate_seen:
        raise PromptUnavailable("The WAV file has no format header")
