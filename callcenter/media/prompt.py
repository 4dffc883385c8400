"""What a caller can be made to hear, described without any audio library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from callcenter.base.errors import CallcenterError, LocalError


class PromptUnavailable(CallcenterError):
    """The prompt cannot be played; the message says why in words fit for a supervisor."""

    error_id: ClassVar[str] = "prompt-unavailable"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to play: exactly one of ``text``, ``file``, ``tone`` and ``silence_ms`` is given."""

    text: str | None = None
    "Words to speak."
    file: str | None = None
    "Name of an audio file in the prompt directory, with or without its suffix: ``welcome`` or ``sales/hours.mp3``."
    tone: str | None = None
    "Name of a generated sound: see :data:`callcenter.media.tones.TONES`."
    silence_ms: int | None = None
    "Length of a pause in milliseconds."
    language: str = "vi"
    "``vi``, ``en`` or a regional form such as ``vi-south``: picks the voice of a text and the variant of a file."
    voice: str | None = None
    "A voice of the speech provider instead of the language's usual one."
    speed: int | None = None
    "Words per minute for a text, instead of the usual speed."

    def __post_init__(self) -> None:
        """Refuse a prompt that says nothing or two things."""
        if sum(part is not None for part in (self.text, self.file, self.tone, self.silence_ms)) != 1:
            raise LocalError("A prompt is exactly one of text, file, tone and silence_ms")


@dataclass(frozen=True, slots=True)
class PromptFile:
    """Where the audio of a ``Prompt(file=…)`` comes from."""

    path: Path
    language: str | None
    "The language whose directory holds the file, None for the language-neutral top directory."
    is_fallback: bool
    "The file is not in the language asked for."
