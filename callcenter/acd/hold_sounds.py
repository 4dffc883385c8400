"""What a waiting caller hears: music, and announcements when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from callcenter.acd.announcements import AnnouncementSchedule
from callcenter.acd.entry import QueueEntry
from callcenter.acd.floor import Floor
from callcenter.acd.queue import Queue
from callcenter.acd.sayings import Sayings, in_language
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import CallEnded, PromptPart
from callcenter.calls.exchange import Exchange
from callcenter.calls.waiting import loop_files
from callcenter.runtime.tasks import cancel_and_wait, create_task

FAR_AHEAD_S = 3600.0
"How long to sleep when only an event can change something."


class HoldSounds:
    """Plays for one caller in one queue, from :meth:`start` to :meth:`stop`; may be started again.

    :param rung: tells whether an agent is being rung for the caller.
    """

    def __init__(
        self,
        exchange: Exchange,
        channel: Channel,
        floor: Floor,
        entry: QueueEntry,
        sayings: Sayings,
        rung: Callable[[], bool],
    ) -> None:
        self._exchange = exchange
        self._channel = channel
        self._floor = floor
        self._entry = entry
        self._sayings = sayings
        self._rung = rung
        self._task: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self._greet = True
        self._schedule = self._new_schedule()

    @property
    def callback_offered(self) -> bool:
        """Tell whether a call-back was offered in this queue."""
        return self._schedule.callback_offered

    def start(self) -> None:
        """Begin, or go on, with the music."""
        if self._task is None:
            self._task = create_task(self._play(), name=f"hold-sounds:{self._channel.call.id}")

    async def stop(self) -> None:
        """Silence."""
        task, self._task = self._task, None
        await cancel_and_wait(task)
        media = self._channel.leg.media
        if media is not None and self._channel.leg.is_up:
            self._exchange.media.stop(media.id)

    async def restart(self) -> None:
        """Begin anew in another queue, with its music and its announcements."""
        await self.stop()
        self._greet = True
        self._schedule = self._new_schedule()
        self.start()

    def look(self) -> None:
        """Take note that places have changed or a ring is over: something may have to be said."""
        self._look.set()

    def _queue(self) -> Queue:
        return self._floor.queues[self._entry.queue_id].queue

    def _new_schedule(self) -> AnnouncementSchedule:
        return AnnouncementSchedule(self._queue().settings, self._exchange.now(), callback_possible=True)

    async def _play(self) -> None:
        try:
            if self._greet:
                self._greet = False
                await self._say(in_language(self._queue().settings.greeting, self._entry.language))
            while self._entry.queue_id in self._floor.queues:
                await self._music()
                await self._say(await self._next_announcement())
                self._schedule.ended(self._exchange.now())
        except CallEnded:
            return

    async def _music(self) -> None:
        files = await loop_files(self._channel, self._queue().settings.music)
        media = self._channel.leg.media
        if files and media is not None:
            play_id = f"hold-{self._channel.call.id}"
            self._exchange.media.play(media.id, play_id, files, loop=True, barge_in=False)

    async def _say(self, parts: list[PromptPart]) -> None:
        files, failed = await self._channel.prepare(parts)
        if failed:
            self._channel.call.note("prompt_failed", reasons=list(failed))
        if files:
            await self._channel.play_files(files, barge_in=False)

    async def _next_announcement(self) -> list[PromptPart]:
        while True:
            self._look.clear()
            now = self._exchange.now()
            position = self._floor.position(self._entry, now)
            due = self._schedule.due(
                now, position=position, wait_s=self._floor.estimated_wait(self._entry, now), rung=self._rung()
            )
            if due is not None:
                parts = self._sayings.announcement(due, self._queue().settings, self._entry.language)
                self._channel.call.note(
                    "queue_announcement",
                    place=due.place,
                    more_than=due.more_than,
                    wait_s=due.wait_s,
                    callback_offered=due.offer_callback,
                )
                return parts
            pause = FAR_AHEAD_S if self._rung() else max(self._schedule.next_look(now, position=position) - now, 0.1)
            try:
                async with asyncio.timeout(pause):
                    await self._look.wait()
            except TimeoutError:
                continue
