"""Asking for keys: the rules every input node shares.

One *reading* waits for a menu choice or a number. :func:`ask` plays the prompts around readings and keeps the two
separate counters, so "not heard" and "invalid" each have their own limit, prompt and outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto

from callcenter.calls.channel_results import PromptPart
from callcenter.ivr.effects import Steps
from callcenter.ivr.flow_call import FlowCall


class Heard(Enum):
    """How a reading ended."""

    KEYS = auto()
    NO_INPUT = auto()
    INVALID = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the caller pressed."""

    heard: Heard
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for keys, seconds."""

    first_s: float = 7.0
    "From the end of the prompt."
    inter_digit_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Speech:
    """What is played around the readings, filled in when it is needed."""

    greeting: Callable[[], tuple[PromptPart, ...]]
    repeat: Callable[[], tuple[PromptPart, ...]]
    no_input: Callable[[], tuple[PromptPart, ...]]
    invalid: Callable[[], tuple[PromptPart, ...]]


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often each kind of failure may happen in one visit."""

    no_input: int = 3
    invalid: int = 3


def ask(
    call: FlowCall, speech: Speech, read: Callable[[], Steps[Reading]], attempts: Attempts, *, barge_in: bool = True
) -> Steps[Reading]:
    """Prompt and read until there is an answer or one of the two counters is used up."""
    no_input = invalid = 0
    parts = speech.greeting()
    while True:
        yield from call.play(parts, barge_in=barge_in)
        reading = yield from read()
        if reading.heard is Heard.KEYS:
            return reading
        if reading.heard is Heard.NO_INPUT:
            no_input += 1
            if no_input >= attempts.no_input:
                return reading
            parts = speech.no_input() + speech.repeat()
        else:
            invalid += 1
            if invalid >= attempts.invalid:
                return reading
            parts = speech.invalid() + speech.repeat()


def read_choice(call: FlowCall, options: Collection[str], timing: Timing, *, strict: bool = False) -> Steps[Reading]:
    """Read one of ``options``.

    The longest option wins: while what was pressed may still grow into a longer one, wait for more. With ``strict`` an
    option is taken as soon as it is complete. ``#`` ends the entry and ``*`` clears it, unless they are options.
    """
    entry = ""
    while True:
        key = yield from call.next_key(timing.inter_digit_s if entry else timing.first_s)
        if key is None:
            return _settle(entry, options) if entry else Reading(Heard.NO_INPUT)
        grown = entry + key
        if not any(option.startswith(grown) for option in options):
            if key == "#" and entry:
                return _settle(entry, options)
            if key == "*" and entry:
                entry = ""
                continue
            return Reading(Heard.INVALID, grown)
        entry = grown
        if entry in options and (
            strict or not any(len(option) > len(entry) and option.startswith(entry) for option in options)
        ):
            return Reading(Heard.KEYS, entry)


def _settle(entry: str, options: Collection[str]) -> Reading:
    return Reading(Heard.KEYS if entry in options else Heard.INVALID, entry)


@dataclass(frozen=True, slots=True)
class NumberRules:
    """What counts as a complete number."""

    min_digits: int
    max_digits: int
    terminator: str | None = "#"
    clear_key: str | None = "*"


def read_number(call: FlowCall, rules: NumberRules, timing: Timing) -> Steps[Reading]:
    """Read a number: complete at its full length, at the terminator, or when nothing more comes."""
    entry = ""
    while True:
        key = yield from call.next_key(timing.inter_digit_s if entry else timing.first_s)
        if key is None and not entry:
            return Reading(Heard.NO_INPUT)
        if key is None or key == rules.terminator:
            enough = entry != "" and len(entry) >= rules.min_digits
            return Reading(Heard.KEYS if enough else Heard.INVALID, entry)
        if key == rules.clear_key:
            entry = ""
        elif not key.isdigit():
            return Reading(Heard.INVALID, entry + key)
        else:
            entry += key
            if len(entry) >= rules.max_digits:
                if rules.terminator is not None:
                    call.type_ahead.swallow_next(rules.terminator, call.now() + timing.inter_digit_s)
                return Reading(Heard.KEYS, entry)
