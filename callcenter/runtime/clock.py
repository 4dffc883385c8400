"""The only place that reads the machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks: monotonic seconds for deadlines and durations, UTC for what is stored and shown."""

    def monotonic(self) -> float:
        """Return seconds that never go back, whatever happens to the wall clock."""
        ...

    def utcnow(self) -> datetime:
        """Return the wall-clock time, aware, UTC."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        """Return ``time.monotonic()``."""
        return time.monotonic()

    def utcnow(self) -> datetime:
        """Return the wall-clock time, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock
