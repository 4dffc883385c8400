"""Weighted: by chance, an agent of weight 3 three times as often as one of weight 1.

Each candidate draws ``u ** (1 / weight)`` with ``u`` uniform in [0, 1); the highest goes first (Efraimidis and
Spirakis, 2006). Nothing is remembered, so an agent who comes late to work has no backlog to catch up with.
"""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Draw an order in which heavier agents tend to be first."""
    drawn = {
        candidate.agent_id: situation.random.random() ** (1 / max(candidate.weight, 1))
        for candidate in sorted(candidates, key=lambda candidate: candidate.agent_id)
    }
    return sorted(candidates, key=lambda candidate: drawn[candidate.agent_id], reverse=True)


STRATEGY = Strategy(name="weighted", label_en="Weighted", label_vi="Theo trọng số", order=order)
