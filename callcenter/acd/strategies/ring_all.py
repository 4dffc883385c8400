"""Ring all: every free agent's phone rings, the first to answer has the caller."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Keep them in the order of the members' list; it matters only where one alone must be chosen."""
    return sorted(candidates, key=lambda candidate: (candidate.order, candidate.idle_since, candidate.agent_id))


STRATEGY = Strategy(name="ring_all", label_en="Ring all", label_vi="Đổ chuông tất cả", order=order, rings_all=True)
