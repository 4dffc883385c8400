"""Callers who hung up and ring back soon: they get their place again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Left:
    arrived: float
    left: float


class ReturningCallers:
    """Who abandoned which queue, for as long as it matters. Withheld numbers are nobody."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, str], _Left] = {}

    def abandoned(self, queue_id: str, number: str | None, *, arrived: float, now: float) -> None:
        """Remember a caller who hung up while waiting."""
        if number is not None:
            self._left[queue_id, number] = _Left(arrived, now)

    def take_place(self, queue_id: str, number: str | None, *, within_s: float, now: float) -> float | None:
        """Return the arrival time a caller has kept by ringing back in time, and forget it; None for nobody."""
        if number is None:
            return None
        left = self._left.pop((queue_id, number), None)
        if left is None or within_s <= 0 or now - left.left > within_s:
            return None
        return left.arrived

    def forget_before(self, moment: float) -> None:
        """Drop who hung up before ``moment``."""
        self._left = {key: left for key, left in self._left.items() if left.left >= moment}
