"""How well the last-store rule does: the share of found stores that answered first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.routing.plan import AttemptOutcome, LookupOutcome, StepKind


@dataclass(frozen=True, slots=True)
class HitRate:
    """Counts over many calls."""

    found: int
    "Calls whose last store was found (open or closed)."
    hits: int
    "Of these, answered at that store: by its last agent or its group."

    @property
    def rate(self) -> float | None:
        """Return hits ÷ found, ``None`` without any call."""
        return self.hits / self.found if self.found else None


_FOUND = (LookupOutcome.FOUND.value, LookupOutcome.CLOSED.value)
_AT_FIRST_STORE = (StepKind.LAST_AGENT.value, StepKind.STORE.value)


def hit_rate(explanations: Iterable[Mapping[str, Any]]) -> HitRate:
    """Count over the explanations stored with calls."""
    found = hits = 0
    for explanation in explanations:
        if explanation.get("outcome") not in _FOUND:
            continue
        found += 1
        hits += any(
            attempt["kind"] in _AT_FIRST_STORE and attempt["outcome"] == AttemptOutcome.ANSWERED.value
            for attempt in explanation.get("attempts", ())
        )
    return HitRate(found, hits)
