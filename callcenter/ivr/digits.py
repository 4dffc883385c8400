"""Type-ahead: keys pressed before a node asks for them, kept across nodes and flows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from callcenter.calls.channel_results import Digit


class TypeAhead:
    """A call's pressed and not yet used keys, oldest first.

    :param capacity: more keys than this are ignored; the earlier ones are what the caller meant first.
    :param max_age_s: a key waiting longer than this is forgotten.
    """

    def __init__(self, *, capacity: int = 32, max_age_s: float = 10.0) -> None:
        self._capacity = capacity
        self._max_age_s = max_age_s
        self._waiting: deque[Digit] = deque()
        self._swallow: str | None = None
        self._swallow_until = 0.0

    def feed(self, digits: Iterable[Digit], now: float) -> None:
        """Add keys in the order they were pressed."""
        self._expire(now)
        for digit in digits:
            if self._swallowed(digit):
                continue
            if len(self._waiting) < self._capacity and now - digit.at <= self._max_age_s:
                self._waiting.append(digit)

    def take(self, now: float) -> Digit | None:
        """Take the oldest key that is not too old."""
        self._expire(now)
        return self._waiting.popleft() if self._waiting else None

    def waiting(self, now: float) -> int:
        """Return how many usable keys there are."""
        self._expire(now)
        return len(self._waiting)

    def clear(self) -> None:
        """Forget every key."""
        self._waiting.clear()

    def swallow_next(self, key: str, until: float) -> None:
        """Drop the next key if it is ``key`` and pressed before ``until``.

        A caller who ends a full-length number with ``#`` out of habit does not mean the next node by it.
        """
        if self._waiting and self._waiting[0].key == key and self._waiting[0].at <= until:
            self._waiting.popleft()
        elif not self._waiting:
            self._swallow, self._swallow_until = key, until

    def _swallowed(self, digit: Digit) -> bool:
        expected, self._swallow = self._swallow, None
        return digit.key == expected and digit.at <= self._swallow_until

    def _expire(self, now: float) -> None:
        while self._waiting and now - self._waiting[0].at > self._max_age_s:
            self._waiting.popleft()
