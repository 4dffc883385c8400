"""Round robin: in turn through the list of members, going on after whoever was offered a caller last."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Put the next in turn first."""
    turn = sorted(candidates, key=_place)
    if situation.last_offered is None:
        return turn
    later = [candidate for candidate in turn if _place(candidate) > situation.last_offered]
    return later + turn[: len(turn) - len(later)]


def _place(candidate: Candidate) -> tuple[int, str]:
    return candidate.order, candidate.agent_id


STRATEGY = Strategy(name="round_robin", label_en="Round robin", label_vi="Xoay vòng", order=order)
