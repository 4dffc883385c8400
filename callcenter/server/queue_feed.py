"""Queues for the pages: however often a queue changes, its members and supervisors are told a few times a second.

When a hundred browsers come back at once, every one of them changes every queue it is a member of; telling each member
of each change would cost the square of their number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import TypeAdapter

from callcenter.accounts.principal import Principal
from callcenter.acd.queue import AgentProfile, Queue
from callcenter.acd.view import LiveQueueView, QueueChanged
from callcenter.api.live_feed import LiveFeed
from callcenter.routing.queue_book import stores_concerned

GATHER_S = 0.1
"How long changes of queues are gathered before pages are told."
_VIEW = TypeAdapter(LiveQueueView)


class KnownQueues(Protocol):
    """Queues and agents as they are set up, by id."""

    @property
    def queues(self) -> Mapping[str, Queue]:
        """Every queue."""
        ...

    @property
    def agents(self) -> Mapping[str, AgentProfile]:
        """Every agent."""
        ...


class QueueFeed:
    """Publishes ``queue.updated`` for :class:`~callcenter.acd.view.QueueChanged`."""

    def __init__(self, feed: LiveFeed, book: KnownQueues) -> None:
        self._feed = feed
        self._book = book
        self._changed: dict[str, LiveQueueView] = {}
        self._timer: asyncio.TimerHandle | None = None

    def changed(self, event: QueueChanged) -> None:
        """Gather it; the latest view of a queue is the one that is told."""
        if self._feed.idle:
            self._feed.skip()
            return
        self._changed[event.queue.id] = event.queue
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._publish)

    def stop(self) -> None:
        """Forget what is gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._changed.clear()

    def _publish(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, {}
        for view in changed.values():
            self._feed.publish("queue.updated", _VIEW.dump_python(view, mode="json"), self._audience(view.id))

    def _audience(self, queue_id: str) -> Callable[[Principal], bool]:
        """Return who may see the queue, worked out once for everybody."""
        queue = self._book.queues.get(queue_id)
        if queue is None:
            return lambda _principal: False
        stores = stores_concerned(queue, self._book.agents)
        members = frozenset(member.agent_id for member in queue.members)
        return lambda principal: principal.scope.covers_any(stores, members)
