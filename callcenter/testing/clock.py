"""A clock that only moves when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A :class:`~callcenter.runtime.clock.Clock` for tests: both clocks start where told and move together."""

    def __init__(self, monotonic: float = 0.0, utcnow: datetime | None = None) -> None:
        self._monotonic = monotonic
        self._utcnow = utcnow or datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return the seconds advanced so far, plus the starting value."""
        return self._monotonic

    def utcnow(self) -> datetime:
        """Return the wall-clock time, aware, UTC."""
        return self._utcnow

    def advance(self, seconds: float) -> float:
        """Move both clocks ``seconds`` (≥ 0) ahead and return the new monotonic time."""
        if seconds < 0:
            raise ValueError("a clock advances, it does not go back; use set_utcnow for a wall-clock jump")
        self._monotonic += seconds
        self._utcnow += timedelta(seconds=seconds)
        return self._monotonic

    def set_utcnow(self, utcnow: datetime) -> None:
        """Jump the wall clock alone, as an administrator or NTP does; the monotonic clock does not notice."""
        self._utcnow = utcnow
