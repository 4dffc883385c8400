"""Between the two clocks: decisions run on monotonic seconds, what is kept and shown is UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Moments:
    """One moment read on both clocks, by which others are converted."""

    monotonic: float
    utc: datetime

    @classmethod
    def read(cls, clock: Clock) -> Moments:
        """Return this moment."""
        return cls(clock.monotonic(), clock.utcnow())

    def to_utc(self, moment: float) -> datetime:
        """Return monotonic ``moment`` as UTC."""
        return self.utc + timedelta(seconds=moment - self.monotonic)

    def to_monotonic(self, moment: datetime) -> float:
        """Return an aware ``moment`` as monotonic seconds; negative ones are fine."""
        return self.monotonic + (moment - self.utc).total_seconds()
