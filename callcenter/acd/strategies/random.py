"""Random: anybody, all with the same chance."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Shuffle them."""
    shuffled = sorted(candidates, key=lambda candidate: candidate.agent_id)
    situation.random.shuffle(shuffled)
    return shuffled


STRATEGY = Strategy(name="random", label_en="Random", label_vi="Ngẫu nhiên", order=order)
