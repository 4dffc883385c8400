"""Longest idle: whoever has waited longest for a call gets the next one."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.acd.strategies.base import Candidate, Situation, Strategy


def order(candidates: Sequence[Candidate], situation: Situation) -> list[Candidate]:
    """Put the one who is idle for longest first."""
    return sorted(candidates, key=lambda candidate: (candidate.idle_since, candidate.order, candidate.agent_id))


STRATEGY = Strategy(name="longest_idle", label_en="Longest idle", label_vi="Rảnh lâu nhất", order=order)
