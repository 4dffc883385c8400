"""The call as a node sees it: variables, language, prompts and keys, with everything that happens noted for the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from callcenter.base.errors import CallcenterError, LocalError
from callcenter.calls.channel_results import Digit, PlayResult, PromptKind, PromptPart
from callcenter.ivr.digits import TypeAhead
from callcenter.ivr.effects import Effect, FlushDigits, PlayPrompts, Steps, TakeDigits, WaitDigit
from callcenter.ivr.expressions import TemplateFault, compile_expression, compile_template
from callcenter.ivr.prompts import FilePrompt, Prompt, Prompts, SayPrompt, TextPrompt, TonePrompt
from callcenter.ivr.say import CannotSay, say_value
from callcenter.ivr.variables import MASK, Secret, Variables

T = TypeVar("T")


class EndCause(StrEnum):
    """Why a flow ended, as written in the log."""

    COMPLETED = "completed"
    "A hang-up node, or nothing left to do after a conversation."
    CALLER_HUNG_UP = "caller_hung_up"
    CANCELLED = "cancelled"
    "The server ended the call."
    NODE_LIMIT = "node_limit"
    NO_INPUT_LIMIT = "no_input_limit"
    FLOW_ERROR = "flow_error"
    "The flow led nowhere, or a node could not go on."


class WaitingSince(StrEnum):
    """From when a caller who comes to a queue counts as waiting."""

    NOW = "now"
    FIRST_QUEUE = "first_queue"
    "The first queue of the call, so that a caller who overflows keeps the place."
    CALL = "call"
    "The start of the flow."


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """Limits that protect a call from its own flow."""

    max_nodes: int = 500
    max_without_input_s: float = 600.0
    "Longest time without coming to a node that asks for keys; time spent talking to somebody does not count."
    type_ahead_digits: int = 32
    type_ahead_age_s: float = 10.0
    max_sub_flow_depth: int = 10
    lookup_budget_ms: int = 300
    "How long looking up the store may take when the flow does not say."
    error_nodes: int = 50
    "How many more nodes may follow the error exit."


class FlowStopped(CallcenterError):
    """The flow cannot go on; the call takes the error exit or ends."""

    error_id: ClassVar[str] = "flow-stopped"

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(slots=True)
class Visit:
    """What happened in one node, collected for its record."""

    entered: float
    keys: list[str] = field(default_factory=list)
    secret: bool = False
    prompts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)

    def shown_keys(self) -> str:
        """Return the keys taken, as bullets when they are secret."""
        return MASK * len(self.keys) if self.secret else "".join(self.keys)


class FlowCall:
    """One call's state, shared by every node and flow it passes through."""

    def __init__(
        self,
        variables: Variables,
        *,
        now: Callable[[], float],
        utcnow: Callable[[], datetime],
        settings: FlowSettings,
        language: str,
    ) -> None:
        self.variables = variables
        self.settings = settings
        self.now = now
        self.utcnow = utcnow
        self.language = language
        self.languages: tuple[str, ...] = (language,)
        "Languages of the current flow."
        self.default_language = language
        self.timezone = "Asia/Ho_Chi_Minh"
        self.type_ahead = TypeAhead(capacity=settings.type_ahead_digits, max_age_s=settings.type_ahead_age_s)
        self.visit = Visit(now())
        self.started_at = now()
        self.queued_at: float | None = None
        "When the caller first came to a queue, by :attr:`now`."
        self.last_input_at = now()
        self.tags: dict[str, str] = {}
        self.routing: Mapping[str, Any] = {}
        "Why the caller's store was chosen; goes with the next dial."
        self.wired_ports: frozenset[str] = frozenset()
        "Exits of the current node that lead somewhere."

    # Time

    def local_now(self, timezone: str | None = None) -> datetime:
        """Return the time of day where the flow's hours apply."""
        return self.utcnow().astimezone(ZoneInfo(timezone or self.timezone))

    def input_seen(self) -> None:
        """Restart the clock that ends calls nobody takes part in."""
        self.last_input_at = self.now()

    def waiting_since(self, count_from: WaitingSince) -> float | None:
        """Return from when the caller counts as waiting, by :attr:`now`; ``None``: from this moment.

        The first queue a caller comes to is remembered, so that overflowing into the next one costs no place.
        """
        earlier, self.queued_at = self.queued_at, self.now() if self.queued_at is None else self.queued_at
        match count_from:
            case WaitingSince.NOW:
                return None
            case WaitingSince.CALL:
                return self.started_at
            case WaitingSince.FIRST_QUEUE:
                return earlier

    def wired(self, port: str) -> bool:
        """Tell whether an exit of the current node leads somewhere."""
        return port in self.wired_ports

    def check_silence(self) -> None:
        """Stop the flow when the caller has not been asked for anything for too long."""
        if self.now() - self.last_input_at > self.settings.max_without_input_s:
            raise FlowStopped(EndCause.NO_INPUT_LIMIT, "too long without asking the caller for anything")

    # Effects with typed answers

    def perform(self, effect: Effect, answer: type[T]) -> Steps[T]:
        """Have ``effect`` done and return its answer."""
        result = yield effect
        if not isinstance(result, answer):
            raise LocalError(f"{type(effect).__name__} was answered with {type(result).__name__}")
        return result

    def order(self, effect: Effect) -> Steps[None]:
        """Have ``effect`` done; it has no answer."""
        yield effect

    # Variables, templates, expressions

    def note(self, **facts: Any) -> None:
        """Add facts of this visit to its record."""
        self.visit.detail.update(facts)

    def warn(self, reason: str) -> None:
        """Add a warning to the record of this visit."""
        if len(self.visit.warnings) < 50:
            self.visit.warnings.append(reason)

    def context(self, extra: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return what templates may read."""
        return {**self.variables.context(), **extra} if extra else self.variables.context()

    def text(self, template: str, extra: Mapping[str, Any] | None = None) -> str:
        """Fill in ``template``.

        :raises TemplateFault: when it cannot be.
        """
        if "{" not in template:
            return template
        return compile_template(template).render(self.context(extra))

    def value(self, expression: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Work out ``expression``.

        :raises TemplateFault: when it cannot be.
        """
        return compile_expression(expression).evaluate(self.context(extra))

    # Prompts

    def render(self, prompts: Prompts, extra: Mapping[str, Any] | None = None) -> tuple[PromptPart, ...]:
        """Fill in ``prompts`` in the caller's language; what cannot be is left out with a warning."""
        language, chosen = prompts.choose(self.language, self.default_language)
        if chosen and language != self.language:
            self.warn(f"no prompt in {self.language}, used {language}")
        parts = []
        for prompt in chosen:
            try:
                part = self._part(prompt, language, extra)
            except (TemplateFault, CannotSay) as error:
                self.warn(f"prompt skipped: {error}")
            else:
                if part.value.strip():
                    parts.append(part)
        return tuple(parts)

    def _part(self, prompt: Prompt, language: str, extra: Mapping[str, Any] | None) -> PromptPart:
        match prompt:
            case TextPrompt():
                return PromptPart(PromptKind.TEXT, self.text(prompt.text, extra), language)
            case FilePrompt():
                return PromptPart(PromptKind.FILE, prompt.file, language)
            case TonePrompt():
                return PromptPart(PromptKind.TONE, prompt.tone.value, language)
            case SayPrompt():
                value = self.value(prompt.say, extra)
                if isinstance(value, Secret):
                    raise CannotSay("a secret is not said")
                return PromptPart(PromptKind.TEXT, say_value(prompt.as_, value, language), language)

    def play(self, parts: tuple[PromptPart, ...], *, barge_in: bool = True) -> Steps[PlayResult]:
        """Play ``parts``; with ``barge_in``, not at all when the caller has already pressed keys."""
        if not parts:
            return PlayResult()
        self.check_silence()
        if barge_in and (yield from self.keys_waiting()):
            self.note(prompt_skipped=True)
            return PlayResult(interrupted=True)
        result = yield from self.perform(PlayPrompts(parts, self.language, barge_in), PlayResult)
        if len(self.visit.prompts) < 100:
            self.visit.prompts.extend(part.value for part in parts)
        for reason in result.failed:
            self.warn(f"prompt failed: {reason}")
        return result

    # Keys

    def keys_waiting(self) -> Steps[int]:
        """Return how many keys the caller has pressed ahead."""
        yield from self._collect()
        return self.type_ahead.waiting(self.now())

    def next_key(self, timeout_s: float) -> Steps[str | None]:
        """Take the next key, pressed ahead or within ``timeout_s``; ``None`` when there is none."""
        yield from self._collect()
        deadline = self.now() + timeout_s
        while (digit := self.type_ahead.take(self.now())) is None:
            remaining = deadline - self.now()
            if remaining <= 0 and timeout_s > 0:
                return None
            answer = yield WaitDigit(max(0.0, remaining))
            if answer is None:
                return None
            if not isinstance(answer, Digit):
                raise LocalError(f"WaitDigit was answered with {type(answer).__name__}")
            self.type_ahead.feed([answer], self.now())
        self.visit.keys.append(digit.key)
        return digit.key

    def flush(self) -> Steps[None]:
        """Forget keys pressed ahead."""
        self.type_ahead.clear()
        yield FlushDigits()

    def _collect(self) -> Steps[None]:
        digits = yield TakeDigits()
        if not isinstance(digits, list | tuple):
            raise LocalError(f"TakeDigits was answered with {type(digits).__name__}")
        self.type_ahead.feed(digits, self.now())
