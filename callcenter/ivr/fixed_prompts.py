"""The prompts of a flow that are known before any call: they can be synthesised ahead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from callcenter.calls.channel_results import PromptKind, PromptPart
from callcenter.ivr.model import Program
from callcenter.ivr.prompts import FilePrompt, Prompts, TextPrompt, TonePrompt


def fixed_prompts(program: Program) -> Iterator[PromptPart]:
    """Yield every text without variables, every file and every tone that ``program`` may play, in all its languages."""
    for node in program.nodes.values():
        for prompts in _prompts_in(node.data):
            for language, parts in prompts.root.items():
                for part in parts:
                    match part:
                        case TextPrompt(text=text) if "{" not in text:
                            yield PromptPart(PromptKind.TEXT, text, language)
                        case FilePrompt(file=file) if "{" not in file:
                            yield PromptPart(PromptKind.FILE, file, language)
                        case TonePrompt(tone=tone):
                            yield PromptPart(PromptKind.TONE, tone.value, language)
                        case _:
                            continue


def _prompts_in(value: Any) -> Iterator[Prompts]:
    if isinstance(value, Prompts):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _prompts_in(getattr(value, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _prompts_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _prompts_in(item)
