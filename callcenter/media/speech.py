"""Text to speech: the port that prompts use, and the built-in provider espeak-ng."""

from __future__ import annotations

import ctypes
import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import espeakng_loader

from callcenter.media.prompt import PromptUnavailable

MAX_TEXT = 5_000
"Characters in one text."
MAX_SPEECH_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Speech:
    """What a provider made of a text."""

    pcm: bytes
    "16-bit native-endian mono samples."
    sample_rate: int


class SpeechProvider(Protocol):
    """Something that can speak: espeak-ng, a Piper model, an HTTP service."""

    @property
    def version(self) -> str:
        """Name the engine and its version; prepared prompts are made again when it changes."""
        ...

    def voice_for(self, language: str) -> str:
        """Return the usual voice for ``language``. Raises :class:`PromptUnavailable` when there is none."""
        ...

    def synthesise(self, text: str, *, voice: str, speed: int) -> Speech:
        """Speak ``text`` at ``speed`` words per minute; blocks, and may be called from any thread.

        Raises :class:`PromptUnavailable`.
        """
        ...


VOICES = {
    "vi": "vi",
    "vi-north": "vi",
    "vi-central": "vi-vn-x-central",
    "vi-south": "vi-vn-x-south",
    "en": "en-us",
    "en-us": "en-us",
    "en-gb": "en-gb",
}
"The espeak-ng voice for each language."

_SLOWEST, _FASTEST = 80, 450


class EspeakSpeech:
    """Speak with espeak-ng, which comes inside the ``espeakng-loader`` wheel.

    The library has one global state per process, so every call runs in one thread of its own, whichever provider object
    and whichever thread asks.
    """

    def __init__(self, voices: dict[str, str] | None = None) -> None:
        """``voices`` adds to or replaces entries of :data:`VOICES`."""
        self._voices = VOICES | (voices or {})

    @property
    def version(self) -> str:
        """Return ``espeak-ng`` and the library's version."""
        return f"espeak-ng {_espeak().version}"

    def voice_for(self, language: str) -> str:
        """Return the voice of ``language``, or of its base language for an unknown region."""
        code = language.lower().replace("_", "-")
        voice = self._voices.get(code) or self._voices.get(code.partition("-")[0])
        if voice is None:
            raise PromptUnavailable(f"There is no voice for the language {language!r}")
        return voice

    def synthesise(self, text: str, *, voice: str, speed: int) -> Speech:
        """Speak ``text``; a prompt of ordinary length takes some 15 ms."""
        # Control characters would be embedded commands to espeak.
        words = "".join(character if character.isprintable() else " " for character in text).strip()
        if not words:
            raise PromptUnavailable("There is nothing to say: the text is empty")
        if len(words) > MAX_TEXT:
            raise PromptUnavailable(f"The text is longer than {MAX_TEXT} characters")
        if not (voice.isascii() and voice.replace("-", "").replace("+", "").isalnum()) or len(voice) > 60:
            raise PromptUnavailable(f"{voice[:60]!r} is not the name of a voice")
        return _espeak().speak(words, voice, min(max(speed, _SLOWEST), _FASTEST))


_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_DONT_EXIT = 0x8000
"espeakINITIALIZE_DONT_EXIT: report a missing data directory instead of ending the process."

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_loading = threading.Lock()


def _espeak() -> _Espeak:
    with _loading:
        return _load_espeak()


@functools.cache
def _load_espeak() -> _Espeak:
    return _Espeak()


class _Espeak:
    """The loaded library and its thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")
        self._audio = bytearray()
        self._too_long = False
        self._callback = _Callback(self._receive)
        try:
            self._thread.submit(self._open).result()
        except OSError as error:
            self._thread.shutdown()
            raise PromptUnavailable(f"espeak-ng cannot be loaded: {error}") from error

    def speak(self, text: str, voice: str, speed: int) -> Speech:
        return self._thread.submit(self._speak, text, voice, speed).result()

    def _open(self) -> None:
        library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
        library.espeak_Info.argtypes = [ctypes.c_void_p]
        library.espeak_Info.restype = ctypes.c_char_p
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate = int(library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _DONT_EXIT))
        if self.sample_rate <= 0:
            raise OSError("its data directory is missing or damaged")
        library.espeak_SetSynthCallback(self._callback)
        self.version = (library.espeak_Info(None) or b"").decode("ascii", "replace").split(" ")[0]
        self._library = library

    def _receive(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._audio += ctypes.string_at(samples, count * 2)
            if len(self._audio) > MAX_SPEECH_SECONDS * self.sample_rate * 2:
                self._too_long = True
                return 1  # Stops the synthesis.
        return 0

    def _speak(self, text: str, voice: str, speed: int) -> Speech:
        self._audio.clear()
        self._too_long = False
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise PromptUnavailable(f"espeak-ng has no voice called {voice!r}")
        self._library.espeak_SetParameter(_PARAMETER_RATE, speed, 0)
        data = text.encode("utf-8", "replace") + b"\0"
        status = self._library.espeak_Synth(data, len(data), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        if self._too_long:
            raise PromptUnavailable(f"The text takes longer than {MAX_SPEECH_SECONDS} seconds to say")
        if status != 0 or not self._audio:
            raise PromptUnavailable("espeak-ng could not speak the text")
        return Speech(bytes(self._audio), self.sample_rate)
