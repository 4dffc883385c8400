"""Give prompts one loudness and no dead air, with pydub on raw samples (no external program is ever run)."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from callcenter.media.codecs.g711 import SAMPLE_RATE

with warnings.catch_warnings():
    # pydub warns when no ffmpeg program is installed; it is not used here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

_LEAD_MS = 20
_TAIL_MS = 80
"Silence kept, so that soft first and last sounds survive."
_STEP_MS = 10


def trim(pcm: bytes, threshold: float) -> bytes:
    """Cut silence (below ``threshold`` dBFS) from both ends of 8 kHz mono samples; all-silent audio is left alone."""
    segment = _segment(pcm)
    lead = detect_leading_silence(segment, silence_threshold=threshold, chunk_size=_STEP_MS)
    if lead >= len(segment):
        return pcm
    tail = detect_leading_silence(segment.reverse(), silence_threshold=threshold, chunk_size=_STEP_MS)
    return _raw(segment[max(lead - _LEAD_MS, 0) : len(segment) - max(tail - _TAIL_MS, 0)])


def normalise(pcm: bytes, target: float, peak: float) -> bytes:
    """Bring the RMS level to ``target`` dBFS, or as near as keeps every sample below ``peak`` dBFS."""
    segment = _segment(pcm)
    if segment.rms == 0:
        return pcm
    return _raw(segment.apply_gain(min(target - segment.dBFS, peak - segment.max_dBFS)))


def join(parts: Iterable[bytes], gap_ms: int = 0) -> bytes:
    """Put 8 kHz mono sounds one after the other with ``gap_ms`` of silence between them."""
    joined = AudioSegment.empty()
    gap = AudioSegment.silent(duration=gap_ms, frame_rate=SAMPLE_RATE)
    for index, part in enumerate(parts):
        joined = joined + gap + _segment(part) if index else _segment(part)
    return _raw(joined)


def _segment(pcm: bytes) -> Any:
    return AudioSegment(data=pcm[: len(pcm) // 2 * 2], sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def _raw(segment: Any) -> bytes:
    return bytes(segment.raw_data)
