"""Asking twice: a double click must do what one click does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable

REPEAT_S = 1.0
"A request just like the last one, within this time, is the same request."


class Repeats:
    """Lets a request that repeats the last one of its asker share the outcome of that one.

    :param now: monotonic seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last: dict[Hashable, tuple[Hashable, float, asyncio.Future[None]]] = {}

    async def once(self, asker: Hashable, request: Hashable, work: Callable[[], Awaitable[None]]) -> bool:
        """Do ``work`` unless ``asker`` has just asked for ``request``; tell whether it was done now."""
        now = self._now()
        last = self._last.get(asker)
        if last is not None and last[0] == request and now - last[1] < REPEAT_S:
            await asyncio.shield(last[2])
            return False
        self._forget_old(now)
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last[asker] = request, now, outcome
        try:
            await work()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                outcome.cancel()
            else:
                outcome.set_exception(error)
                outcome.exception()  # Nobody else may be waiting for it.
            if self._last.get(asker) == (request, now, outcome):
                del self._last[asker]
            raise
        outcome.set_result(None)
        return True

    def _forget_old(self, now: float) -> None:
        for asker in [
            asker for asker, (_, at, outcome) in self._last.items() if outcome.done() and now - at >= REPEAT_S
        ]:
            del self._last[asker]
