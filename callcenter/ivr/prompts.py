"""Prompts as they are written in a flow: per language, a list of texts, files, tones and spoken variables."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field, RootModel

from callcenter.ivr.fields import AudioFile, Expression, Language, Settings, Template, setting

SECONDS_PER_CHARACTER = 0.075
"Speaking rate used for estimates: about 13 characters a second, slow enough for espeak-ng in Vietnamese."
_FILE_SECONDS = 8.0
_SAY_SECONDS = 4.0


class ToneName(StrEnum):
    """Tones every server can play."""

    BEEP = "beep"
    RINGBACK = "ringback"
    BUSY = "busy"
    SILENCE = "silence"


class SayKind(StrEnum):
    """How a value is read out."""

    NUMBER = "number"
    DIGITS = "digits"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    TEXT = "text"


class TextPrompt(Settings):
    """Text to be spoken."""

    text: Template = setting(
        vi="Lời đọc", en="Text", help_vi="Có thể dùng {{ biến }}.", help_en="May use {{ variables }}."
    )

    def estimate_s(self) -> float:
        """Return about how long it takes to speak, seconds."""
        return len(self.text) * SECONDS_PER_CHARACTER


class FilePrompt(Settings):
    """A recorded file."""

    file: AudioFile = setting(vi="Tệp âm thanh", en="Audio file")

    def estimate_s(self) -> float:
        """Return a guess of the file's length, seconds."""
        return _FILE_SECONDS


class TonePrompt(Settings):
    """A tone."""

    tone: ToneName = setting(vi="Âm hiệu", en="Tone")

    def estimate_s(self) -> float:
        """Return the tone's length, seconds."""
        return 1.0


class SayPrompt(Settings):
    """A variable read out as a number, digits, money, date or time."""

    say: Expression = setting(vi="Biến cần đọc", en="Variable to say")
    as_: SayKind = setting(SayKind.TEXT, vi="Cách đọc", en="Say as", alias="as")

    def estimate_s(self) -> float:
        """Return a guess of how long it takes to say, seconds."""
        return _SAY_SECONDS


Prompt: TypeAlias = TextPrompt | FilePrompt | TonePrompt | SayPrompt
PromptList: TypeAlias = Annotated[list[Prompt], Field(max_length=50)]


class Prompts(RootModel[dict[Language, PromptList]]):
    """What is heard, per language: ``{"vi": [{"text": "Xin chào"}], "en": [{"text": "Hello"}]}``."""

    root: dict[Language, PromptList] = Field(default_factory=dict, json_schema_extra={"format": "prompts"})

    def __bool__(self) -> bool:
        """Tell whether there is anything to hear in any language."""
        return any(self.root.values())

    def missing(self, languages: list[str]) -> list[str]:
        """Return those of ``languages`` in which there is nothing to hear."""
        return [language for language in languages if not self.root.get(language)]

    def choose(self, language: str, fallback: str) -> tuple[str, list[Prompt]]:
        """Return the prompts for ``language``, else those for ``fallback``, with the language they are in."""
        if found := self.root.get(language):
            return language, found
        return fallback, self.root.get(fallback, [])

    def estimate_s(self) -> float:
        """Return about how long the longest language takes, seconds."""
        return max((sum(prompt.estimate_s() for prompt in prompts) for prompts in self.root.values()), default=0.0)


def no_prompts() -> Prompts:
    """Return prompts with nothing to hear."""
    return Prompts({})
