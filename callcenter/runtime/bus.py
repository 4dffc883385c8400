"""Facts for whoever cares: published events, delivered in order, never on the call path.

``publish`` returns at once. Each subscriber has its own bounded queue and its own task, so a slow or failing subscriber
delays nobody; a subscriber that falls behind loses the oldest events and is told how many in the log.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from callcenter.base.events import Event
from callcenter.runtime.tasks import cancel_and_wait, create_task

log = structlog.get_logger(__name__)

Subscriber = Callable[[Event], Awaitable[None]]


class Bus:
    """In-process publish/subscribe for :class:`~callcenter.base.events.Event`."""

    def __init__(self, *, backlog: int = 10_000) -> None:
        self._backlog = backlog
        self._subscriptions: list[_Subscription] = []

    def subscribe(self, name: str, subscriber: Subscriber, *kinds: type[Event]) -> None:
        """Deliver every later event of ``kinds`` (all, when none is given) to ``subscriber``."""
        self._subscriptions.append(_Subscription(name, subscriber, kinds or (Event,), self._backlog))

    def publish(self, event: Event) -> None:
        """State a fact. Never blocks, never raises for a subscriber's sake."""
        for subscription in self._subscriptions:
            if isinstance(event, subscription.kinds):
                subscription.offer(event)

    async def close(self) -> None:
        """Deliver what is queued, then stop."""
        for subscription in self._subscriptions:
            await subscription.close()
        self._subscriptions.clear()


class _Subscription:
    def __init__(self, name: str, subscriber: Subscriber, kinds: tuple[type[Event], ...], backlog: int) -> None:
        self.kinds = kinds
        self._name = name
        self._subscriber = subscriber
        self._backlog = backlog
        self._pending: deque[Event] = deque()
        self._wakeup = asyncio.Event()
        self._delivering = False
        self._task = create_task(self._deliver(), name=f"bus:{name}")

    def offer(self, event: Event) -> None:
        if len(self._pending) >= self._backlog:
            self._pending.popleft()
            log.warning("subscriber fell behind, oldest event dropped", subscriber=self._name)
        self._pending.append(event)
        self._wakeup.set()

    async def close(self) -> None:
        while (self._pending or self._delivering) and not self._task.done():  # noqa: ASYNC110 - nothing to wait for but time
            await asyncio.sleep(0.001)
        await cancel_and_wait(self._task)

    async def _deliver(self) -> None:
        while True:
            await self._wakeup.wait()
            self._wakeup.clear()
            while self._pending:
                event = self._pending.popleft()
                self._delivering = True
                try:
                    await self._subscriber(event)
                except Exception:  # A supervised edge: one bad event must not end the subscription.
                    log.exception("subscriber failed", subscriber=self._name, fact=type(event).__name__)
                finally:
                    self._delivering = False
