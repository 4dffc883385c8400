"""Slow down guessing: after some free failures each further one doubles the wait before the next try is looked at.

Only failures count, so many people behind one address do not get in each other's way by signing in. Nothing is locked
for good: whoever floods a login with wrong passwords delays its owner by at most :attr:`BackOff.longest_s`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from callcenter.base.errors import CallcenterError

MAX_KEYS = 20_000
"How many logins or addresses are remembered; the one unused longest is forgotten first."


class TooManyAttempts(CallcenterError):
    """Too many wrong tries; wait before the next one."""

    error_id = "too-many-attempts"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(str(TooManyAttempts.__doc__))
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class BackOff:
    """How failures turn into waiting."""

    free: int = 5
    "Failures that cost nothing."
    first_s: float = 2.0
    "Wait after the first failure beyond; it doubles with each further one."
    longest_s: float = 300.0
    forget_s: float = 900.0
    "Without a failure for this long, all is forgotten."


@dataclass(slots=True)
class _Failures:
    count: int
    last: float
    barred_until: float


class Throttle:
    """Counts the failures of one kind of key. Times are monotonic seconds."""

    def __init__(self, back_off: BackOff) -> None:
        self._back_off = back_off
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, key: str, now: float) -> None:
        """Let a try pass.

        :raises TooManyAttempts: while the key has to wait.
        """
        known = self._known(key, now)
        if known is not None and now < known.barred_until:
            raise TooManyAttempts(known.barred_until - now)

    def note_failure(self, key: str, now: float) -> None:
        """Count a failed try."""
        rule = self._back_off
        known = self._known(key, now)
        count = 1 if known is None else known.count + 1
        beyond = count - rule.free
        wait = 0.0 if beyond <= 0 else min(rule.longest_s, rule.first_s * 2 ** min(beyond - 1, 30))
        self._failures[key] = _Failures(count, now, now + wait)
        self._failures.move_to_end(key)
        if len(self._failures) > MAX_KEYS:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """Start again: the key has proven itself."""
        self._failures.pop(key, None)

    def _known(self, key: str, now: float) -> _Failures | None:
        known = self._failures.get(key)
        if known is not None and now >= max(known.barred_until, known.last + self._back_off.forget_s):
            del self._failures[key]
            return None
        return known
