"""Queues whose callers are served as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from callcenter.calls.cdr import SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import QueueRequest, QueueResult

QueueScript = Callable[[Channel, QueueRequest], Awaitable[QueueResult]]


class ScriptedQueues:
    """A :class:`~callcenter.calls.ports.Queues`: a coroutine function per queue; without one its callers just wait."""

    def __init__(self) -> None:
        self.scripts: dict[str, QueueScript | None] = {}
        self.requests: list[QueueRequest] = []
        "Everything that was asked, in order."

    def knows(self, queue: str) -> bool:
        """Tell whether the test named it."""
        return queue in self.scripts

    async def wait(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Run its script."""
        self.requests.append(request)
        channel.segment(SegmentKind.QUEUE, channel.leg)
        script = self.scripts[request.queue]
        if script is not None:
            return await script(channel, request)
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nobody ever comes")
