"""Who to ring, in which order: the plan a dial follows, made by whoever knows stores and routing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from callcenter.calls.channel_results import DialOutcome, DialRequest


class TargetAddress(StrEnum):
    """What the address of a :class:`DialTarget` is."""

    EXTENSION = "extension"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class DialTarget:
    """One party of a step; all parties of a step ring together."""

    kind: TargetAddress
    address: str
    "Extension number, or a normalised telephone number for the trunks."


@dataclass(frozen=True, slots=True, kw_only=True)
class DialStep:
    """Ring these parties together for some time."""

    name: str
    "For the log: ``store``, ``last_agent``, ``central``, ``extension`` …"
    targets: tuple[DialTarget, ...]
    ring_s: float
    store_id: str | None = None
    store_code: str | None = None
    wait_when_busy: bool = False
    "Keep trying until ``ring_s`` is over when everybody is busy, instead of moving on."
    auto_answer: bool = False
    "Ask devices to answer by themselves (RFC 5373)."


class AttemptOutcome(StrEnum):
    """What came of ringing a step."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    LEFT = "left"
    ABANDONED = "abandoned"
    FAILED = "failed"
    ELSEWHERE = "elsewhere"
    "Rang, and another party of the step answered."


class DialPlan(Protocol):
    """The steps of one dial, and the memory of what came of them."""

    @property
    def steps(self) -> tuple[DialStep, ...]:
        """What to ring, in order."""
        ...

    @property
    def refusal(self) -> DialOutcome:
        """Why there are no steps, when there are none."""
        ...

    def attempted(self, step: DialStep, outcome: AttemptOutcome, at_ms: int, ring_ms: int) -> None:
        """Note what came of ``step``; offsets in call time."""
        ...

    def explanation(self) -> Mapping[str, Any]:
        """Return why these steps, and what came of them, as JSON."""
        ...


class DialPlanner(Protocol):
    """Turns what a flow asks for into steps. Answers from memory."""

    def plan(self, request: DialRequest) -> DialPlan:
        """Return the steps for ``request``."""
        ...
