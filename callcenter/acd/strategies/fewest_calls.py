"""Fewest calls: whoever answered the fewest callers today gets the next one."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Put the one with the fewest answered calls first; among equals the one who is idle for longest."""
    return sorted(candidates, key=lambda candidate: (candidate.answered_today, candidate.idle_since, candidate.order))


STRATEGY = Strategy(name="fewest_calls", label_en="Fewest calls", label_vi="Ít cuộc gọi nhất", order=order)
