"""Deadlines as data: one heap for a whole endpoint, with lazy deletion."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count

Callback = Callable[[float], None]


class Timer:
    """One deadline; forget it with :meth:`cancel`."""

    __slots__ = ("_queue", "callback", "deadline")

    def __init__(self, queue: TimerQueue, deadline: float, callback: Callback) -> None:
        self._queue = queue
        self.deadline = deadline
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """Make sure the callback is not called any more. Allowed at any time."""
        if self.callback is not None:
            self.callback = None
            self._queue.forget()


class TimerQueue:
    """Deadlines in the order they fall due; equal ones in the order they were set."""

    __slots__ = ("_cancelled", "_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def at(self, deadline: float, callback: Callback) -> Timer:
        """Call ``callback(now)`` once ``now`` reaches ``deadline``."""
        timer = Timer(self, deadline, callback)
        heappush(self._heap, (deadline, next(self._order), timer))
        return timer

    def forget(self) -> None:
        """Count a cancelled entry; rebuild the heap when most of it is dead, so that nothing is kept for long."""
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapify(self._heap)
            self._cancelled = 0

    def next(self) -> float | None:
        """Return the earliest live deadline."""
        heap = self._heap
        while heap:
            if heap[0][2].callback is not None:
                return heap[0][0]
            heappop(heap)
            self._cancelled -= 1
        return None

    def run(self, now: float) -> None:
        """Call everything that is due at ``now``, including what is set for then or earlier meanwhile."""
        while self._heap and self._heap[0][0] <= now:
            timer = heappop(self._heap)[2]
            callback = timer.callback
            if callback is None:
                self._cancelled -= 1
                continue
            timer.callback = None
            callback(now)
