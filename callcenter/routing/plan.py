"""What to try, in order, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from callcenter.calls.dialling import AttemptOutcome as AttemptOutcome


class StepKind(Enum):
    """Where a step sends the caller."""

    LAST_AGENT = "last_agent"
    STORE = "store"
    SISTER_STORE = "sister_store"
    REGION_STORE = "region_store"
    CENTRAL = "central"
    "The central queue; never skipped."


class LookupOutcome(Enum):
    """The exit a flow takes after asking for the last store."""

    FOUND = "found"
    NONE = "none"
    MULTIPLE = "multiple"
    "Several customers with different stores share the number and the settings say to ask."
    CLOSED = "closed"
    "There is a last store, but it is closed now; the steps hold the fallbacks."
    ERROR = "error"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingStep:
    """One thing to try."""

    kind: StepKind
    store_id: str | None = None
    extensions: tuple[str, ...] = ()
    "Ring these together. Empty for the central queue."
    numbers: tuple[str, ...] = ()
    "Outside numbers to ring when no extension can."
    ring_s: float = 20.0
    "How long to ring (or, with ``wait_when_busy``, to wait and ring) before the next step."
    wait_when_busy: bool = False
    "Wait for somebody to get free instead of moving on when all are busy."
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One step that was tried."""

    step: int
    "Index into the steps."
    outcome: AttemptOutcome
    at_ms: int
    "When it was over, in call time."
    ring_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDecision:
    """The answer to "where to with this caller", with everything that led to it."""

    outcome: LookupOutcome
    steps: tuple[RoutingStep, ...]
    "Ends with the central queue, always."
    store_id: str | None = None
    "The store the caller belongs to; kept for voicemail and tickets even when it cannot be rung."
    customer_id: str | None = None
    arrived_at: datetime | None = None
    "The caller's place in time, kept when the central queue takes over."
    explanation: Mapping[str, Any]
    "JSON: the inputs that mattered and the reasoning."


class RoutingPlan:
    """Walks through a decision's steps and keeps what came of each for the call record."""

    def __init__(self, decision: RoutingDecision) -> None:
        self.decision = decision
        self.attempts: list[Attempt] = []
        self.lookup_ms: int | None = None
        "How long finding the history took, set by whoever looked it up."

    @property
    def steps(self) -> tuple[RoutingStep, ...]:
        """Return what to try, in order."""
        return self.decision.steps

    def record_attempt(self, step: RoutingStep, outcome: AttemptOutcome, at_ms: int, ring_ms: int) -> None:
        """Note what came of ``step``.

        :param at_ms: call time when it was over.
        :param ring_ms: how long it rang.
        :raises ValueError: when the step is not of this plan.
        """
        self.attempts.append(Attempt(step=self.steps.index(step), outcome=outcome, at_ms=at_ms, ring_ms=ring_ms))

    @property
    def answered_store_id(self) -> str | None:
        """Return the store whose step was answered."""
        for attempt in self.attempts:
            if attempt.outcome is AttemptOutcome.ANSWERED:
                return self.steps[attempt.step].store_id
        return None

    def explanation(self) -> dict[str, Any]:
        """Return the decision's explanation with the attempts, for the call record."""
        attempts = [
            {
                "step": attempt.step,
                "kind": self.steps[attempt.step].kind.value,
                "store_id": self.steps[attempt.step].store_id,
                "outcome": attempt.outcome.value,
                "at_ms": attempt.at_ms,
                "ring_ms": attempt.ring_ms,
            }
            for attempt in self.attempts
        ]
        return {**self.decision.explanation, "lookup_ms": self.lookup_ms, "attempts": attempts}
