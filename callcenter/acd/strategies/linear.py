"""Linear: always from the top of the list of members; the second gets a call only when the first is not free."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Put the top of the list first."""
    return sorted(candidates, key=lambda candidate: (candidate.order, candidate.agent_id))


STRATEGY = Strategy(name="linear", label_en="Linear", label_vi="Theo thứ tự cố định", order=order)
