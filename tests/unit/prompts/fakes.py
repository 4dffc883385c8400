"""A speech provider that whistles, and audio files made by PyAV."""

from __future__ import annotations

import threading
from io import BytesIO

import av
import numpy as np

from callcenter.media.prompt import PromptUnavailable
from callcenter.media.speech import Speech
from callcenter.testing.audio import Samples, join, silence, sine

_FREQUENCIES = {"viet": 500.0, "eng": 700.0}


class ToneSpeech:
    """Speak one 16 kHz tone per voice, half a second long, between silences; count and optionally block the calls."""

    def __init__(self) -> None:
        self.version = "tone 1"
        self.spoken: list[tuple[str, str, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def voice_for(self, language: str) -> str:
        try:
            return {"vi": "viet", "en": "eng"}[language]
        except KeyError:
            raise PromptUnavailable(f"There is no voice for the language {language!r}") from None

    def synthesise(self, text: str, *, voice: str, speed: int) -> Speech:
        self.spoken.append((text, voice, speed))
        self.begun.set()
        assert self.gate.wait(5)
        if text == "impossible":
            raise PromptUnavailable("cannot say that")
        quiet = silence(0.3, rate=16_000)
        tone = sine(_FREQUENCIES[voice], 0.5, level_dbfs=-30, rate=16_000)
        return Speech(join(quiet, tone, quiet).astype("<i2").tobytes(), 16_000)


def encoded(samples: Samples, codec: str, container: str, rate: int, channels: int = 2) -> bytes:
    """Return a complete audio file of ``samples``, the same in every channel."""
    target = BytesIO()
    layout = "stereo" if channels == 2 else "mono"
    with av.open(target, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.layout = layout
        resampler = av.AudioResampler(
            format=stream.format.name, layout=layout, rate=rate, frame_size=stream.codec_context.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, channels)[None, :], format="s16", layout=layout)
        frame.sample_rate = rate
        frame.pts = 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return target.getvalue()
