"""Facts for whoever cares: published events, delivered in order, never on the path of the one who states them.

An event is a frozen dataclass named in the past tense, owned by the package whose fact it is. ``publish`` returns at
once; delivery happens in the loop's next turn, so that stating a fact in the middle of a decision cannot call back into
it. Whoever needs an answer calls a function instead.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

E = TypeVar("E")


class Bus:
    """Publish and subscribe by the type of the event, within one process and one event loop."""

    def __init__(self) -> None:
        self._subscribers: dict[type[Any], list[Callable[[Any], None]]] = {}
        self._pending: deque[Any] = deque()
        self._scheduled = False

    def subscribe(self, kind: type[E], subscriber: Callable[[E], None]) -> Callable[[], None]:
        """Deliver every later event of exactly ``kind`` to ``subscriber``, which must not block.

        :returns: call it to end the subscription; events not delivered yet are not delivered any more.
        """
        subscribers = self._subscribers.setdefault(kind, [])
        subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in subscribers:
                subscribers.remove(subscriber)

        return unsubscribe

    def publish(self, event: object) -> None:
        """State a fact. Never blocks and never raises for a subscriber's sake; nobody listening costs nothing."""
        if not self._subscribers.get(type(event)):
            return
        self._pending.append(event)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        for _ in range(len(self._pending)):  # What subscribers publish meanwhile waits for the next turn.
            event = self._pending.popleft()
            for subscriber in tuple(self._subscribers.get(type(event), ())):
                try:
                    subscriber(event)
                except Exception:  # A supervised edge: one bad subscriber must not silence the others.
                    log.exception("subscriber failed", fact=type(event).__name__)
        if self._pending and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._deliver)
