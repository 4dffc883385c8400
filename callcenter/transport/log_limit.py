"""Logging that a stranger cannot use to fill the disk."""

from __future__ import annotations

from typing import Any, Protocol

from callcenter.runtime.clock import Clock


class WarningLog(Protocol):
    """The part of a structlog logger this needs."""

    def warning(self, event: str, **fields: Any) -> Any:
        """Write one line."""
        ...


class LogLimit:
    """Let each kind of line through once per interval and say with it how many were kept back.

    :param interval_s: seconds between two lines of one kind.
    """

    def __init__(self, log: WarningLog, clock: Clock, interval_s: float = 5.0) -> None:
        self._log = log
        self._clock = clock
        self._interval_s = interval_s
        self._next: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def warning(self, event: str, **fields: Any) -> None:
        """Log ``event`` (a fixed sentence; it is the kind) unless a line of its kind is recent."""
        now = self._clock.monotonic()
        if now < self._next.get(event, 0.0):
            self._suppressed[event] = self._suppressed.get(event, 0) + 1
            return
        self._next[event] = now + self._interval_s
        if suppressed := self._suppressed.pop(event, 0):
            fields["suppressed"] = suppressed
        self._log.warning(event, **fields)
