"""Make prompts ready to play: any text, audio file or tone becomes a raw 8 kHz mono A-law file in a cache.

Prepared files are named by a hash of all that shaped them, so they never go stale and may be shared by several
processes. A prompt that has been prepared costs a dictionary look-up and a ``stat`` or two; all else runs in threads.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from callcenter.media import audio_file, shaping, tones
from callcenter.media.codecs.g711 import alaw_to_pcm16, pcm16_to_alaw
from callcenter.media.prompt import Prompt, PromptFile, PromptUnavailable
from callcenter.media.prompt_names import PromptDirectory, read
from callcenter.media.prompt_store import PromptStore, is_whole
from callcenter.media.speech import SpeechProvider
from callcenter.runtime.clock import SystemClock

__all__ = ["Prompt", "PromptFile", "PromptLibrary", "PromptSettings", "PromptUnavailable", "WarmReport"]

log = structlog.get_logger(__name__)

_RECIPE = "1"
"Part of every hash: raise it when the steps below change what a prompt sounds like."
_MAX_REMEMBERED = 20_000
_MAX_SILENCE_MS = 600_000


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """How prompts are made."""

    default_language: str = "vi"
    "Whose files stand in for a language that has none."
    words_per_minute: int = 150
    "How fast texts are spoken."
    target_dbfs: float = -20.0
    "RMS level of speech and files."
    peak_dbfs: float = -1.0
    "No sample is louder, even if the target is missed."
    trim_dbfs: float = -50.0
    "What is softer counts as silence at both ends."
    max_file_bytes: int = audio_file.MAX_BYTES
    max_seconds: float = audio_file.MAX_SECONDS
    recheck_s: float = 0.0
    "How long a prepared file is trusted to be still there, and its source unchanged, without looking at the disk."
    threads: int = 2
    "Prompts prepared at the same time."


@dataclass(frozen=True, slots=True)
class WarmReport:
    """What preparing ahead achieved."""

    prepared: int
    failed: tuple[tuple[Prompt, str], ...]
    "Prompts that cannot be played, with the reason."


class PromptLibrary:
    """All prompts of a deployment. Methods may be called from any thread; ``prepare`` and friends from any loop."""

    def __init__(
        self, cache_dir: Path, prompt_dir: Path, speech: SpeechProvider, settings: PromptSettings | None = None
    ) -> None:
        """Open the library; the cache directory is made, the prompt directory need not exist."""
        self._settings = settings or PromptSettings()
        self._store = PromptStore(cache_dir)
        self._directory = PromptDirectory(prompt_dir, self._settings.default_language)
        self._speech = speech
        self._threads = ThreadPoolExecutor(self._settings.threads, thread_name_prefix="prompts")
        self._lock = threading.Lock()
        self._closed = False
        self._reported: set[tuple[str, str]] = set()
        self._flights: dict[Hashable, Future[Path]] = {}
        self._ready: dict[Prompt, tuple[Path, _Stamp | None]] = {}
        self._trusted_until: dict[Path, float] = {}
        self._clock = SystemClock()

    async def prepare(self, prompt: Prompt) -> Path:
        """Return the prepared ``.al`` file of ``prompt``, making it first if need be.

        Callers who ask for the same prompt at once share one preparation, and one of them giving up does not stop it.
        Raises :class:`PromptUnavailable`.
        """
        return self.prepared(prompt) or await _result(self._fly(prompt, lambda: self._make(prompt)))

    def prepare_sync(self, prompt: Prompt) -> Path:
        """Do what :meth:`prepare` does, blocking."""
        return self.prepared(prompt) or self._fly(prompt, lambda: self._make(prompt)).result()

    def prepared(self, prompt: Prompt) -> Path | None:
        """Return the prepared file if this process knows it already; never blocks and never makes anything."""
        found = self._ready.get(prompt)
        if found is None:
            return None
        path, stamp = found
        # Looking at the disk for every play would cost more than playing; once in a while is often enough.
        now = self._clock.monotonic()
        if now < self._trusted_until.get(path, 0.0):
            return path
        if is_whole(path) and (stamp is None or stamp == _Stamp.of(stamp.path)):
            self._trusted_until[path] = now + self._settings.recheck_s
            return path
        with self._lock:
            self._ready.pop(prompt, None)
        return None

    async def join(self, prompts: Sequence[Prompt], gap_ms: int = 0) -> Path:
        """Return one prepared file that says all of ``prompts`` with ``gap_ms`` of silence between them."""
        parts = tuple([await self.prepare(prompt) for prompt in prompts])
        return await _result(self._fly((parts, gap_ms), lambda: self._join(parts, gap_ms)))

    async def warm(self, prompts: Iterable[Prompt], progress: Callable[[int, int], None] | None = None) -> WarmReport:
        """Prepare ``prompts`` ahead, one after the other so that a call's own prompt never waits behind them.

        ``progress`` is told how many of how many are done.
        """
        wanted = list(dict.fromkeys(prompts))
        failed: list[tuple[Prompt, str]] = []
        for done, prompt in enumerate(wanted, 1):
            try:
                await self.prepare(prompt)
            except PromptUnavailable as error:
                failed.append((prompt, str(error)))
            if progress is not None:
                progress(done, len(wanted))
        return WarmReport(len(wanted) - len(failed), tuple(failed))

    def find_file(self, name: str, language: str) -> PromptFile:
        """Return which file ``Prompt(file=name, language=language)`` plays. Raises :class:`PromptUnavailable`."""
        return self._directory.find(name, language)

    def missing_languages(self, name: str, languages: Iterable[str]) -> list[str]:
        """Return those of ``languages`` in which the file ``name`` is missing or replaced by another language's."""
        missing = []
        for language in languages:
            try:
                if self._directory.find(name, language).is_fallback:
                    missing.append(language)
            except PromptUnavailable:
                missing.append(language)
        return missing

    def prune(self, max_bytes: int) -> int:
        """Delete old prepared files that this process has not used until ``max_bytes`` remain; return how many."""
        return self._store.prune(max_bytes, {path for path, _ in list(self._ready.values())})

    def close(self) -> None:
        """Stop preparing; what is under way is finished, what waits is dropped."""
        with self._lock:
            self._closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _fly(self, key: Hashable, make: Callable[[], Path]) -> Future[Path]:
        """Start ``make`` in a thread unless it is under way for ``key`` already."""

        def run() -> Path:
            try:
                return make()
            finally:
                with self._lock:
                    del self._flights[key]

        with self._lock:
            if self._closed:
                raise PromptUnavailable("The prompt library is closed")
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = self._threads.submit(run)
            return flight

    def _make(self, prompt: Prompt) -> Path:
        stamp = None
        if prompt.text is not None:
            path = self._speak(prompt.text, prompt)
        elif prompt.file is not None:
            found = self._directory.find(prompt.file, prompt.language)
            stamp = _Stamp.of(found.path)
            path = self._convert(found)
            if found.is_fallback:
                self._report(prompt.file, prompt.language, found)
                return path  # Not remembered: the missing file may be added at any time.
        else:
            path = self._generate(prompt)
        with self._lock:
            while len(self._ready) >= _MAX_REMEMBERED:
                del self._ready[next(iter(self._ready))]
            self._ready[prompt] = (path, stamp)
        return path

    def _report(self, name: str, language: str, found: PromptFile) -> None:
        """Log once that a file is missing in a language."""
        if (name, language) not in self._reported and len(self._reported) < _MAX_REMEMBERED:
            self._reported.add((name, language))
            log.warning("prompt file falls back", file=name, asked=language, used=found.language)

    def _speak(self, text: str, prompt: Prompt) -> Path:
        voice = prompt.voice or self._speech.voice_for(prompt.language)
        speed = prompt.speed or self._settings.words_per_minute
        key = self._key("text", self._speech.version, voice, str(speed), text)
        if (path := self._store.find(key)) is not None:
            return path
        speech = self._speech.synthesise(text, voice=voice, speed=speed)
        return self._store.store(key, self._shape(audio_file.resample(speech.pcm, speech.sample_rate)))

    def _convert(self, found: PromptFile) -> Path:
        data = read(found.path, self._settings.max_file_bytes)
        suffix = found.path.suffix.lower()
        key = self._key("file", suffix if suffix in audio_file.RAW_SUFFIXES else "", data)
        if (path := self._store.find(key)) is not None:
            return path
        return self._store.store(key, self._shape(audio_file.decode(data, suffix, self._settings.max_seconds)))

    def _generate(self, prompt: Prompt) -> Path:
        if prompt.tone is None:
            if not 0 < (length := prompt.silence_ms or 0) <= _MAX_SILENCE_MS:
                raise PromptUnavailable(f"A silence lasts from 1 to {_MAX_SILENCE_MS} ms")
            alaw = tones.silence(length)
        elif prompt.tone in tones.TONES:
            alaw = tones.tone(prompt.tone)
        else:
            raise PromptUnavailable(f"There is no tone called {prompt.tone!r}")
        key = self._key("tone", alaw)
        return self._store.find(key) or self._store.store(key, alaw)

    def _join(self, parts: Sequence[Path], gap_ms: int) -> Path:
        key = self._key("join", str(gap_ms), *[path.name for path in parts])
        if (path := self._store.find(key)) is not None:
            return path
        sounds = [alaw_to_pcm16(read(path, audio_file.MAX_BYTES)) for path in parts]
        return self._store.store(key, pcm16_to_alaw(shaping.join(sounds, gap_ms)))

    def _shape(self, pcm: bytes) -> bytes:
        settings = self._settings
        trimmed = shaping.trim(pcm, settings.trim_dbfs)
        return pcm16_to_alaw(shaping.normalise(trimmed, settings.target_dbfs, settings.peak_dbfs))

    def _key(self, *parts: str | bytes) -> str:
        settings = self._settings
        digest = hashlib.sha256(f"{_RECIPE} {settings.target_dbfs} {settings.peak_dbfs} {settings.trim_dbfs}".encode())
        for part in parts:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        return digest.hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Enough of a file's status to see that it is still the file that was read."""

    path: Path
    modified_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> _Stamp | None:
        try:
            status = os.stat(path)
        except OSError:
            return None
        return cls(path, status.st_mtime_ns, status.st_size, status.st_ino)


async def _result(flight: Future[Path]) -> Path:
    return await asyncio.shield(asyncio.wrap_future(flight))
