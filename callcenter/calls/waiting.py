"""What a caller hears, or sees on the display, while somebody is being rung."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import CallEnded, PromptKind, PromptPart
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.runtime.tasks import cancel_and_wait, create_task


class Waiting(Protocol):
    """The caller's side of a dial."""

    def ringing(self, leg: Leg, has_media: bool) -> None:
        """Somebody rings; with ``has_media`` their own announcement can be heard. May be called often."""
        ...

    async def stop(self) -> None:
        """Somebody answered, or nobody will."""
        ...


class AnsweredCallerWaits:
    """The server has answered the caller: play the announcement once, then ringback, music or a file in a loop."""

    def __init__(self, exchange: Exchange, channel: Channel, announce: Sequence[PromptPart], sound: str) -> None:
        self._exchange = exchange
        self._channel = channel
        self._announce = announce
        self._sound = sound
        self._task: asyncio.Task[None] | None = None
        self._bridged: Leg | None = None
        "Whose own announcement the caller hears."

    def ringing(self, leg: Leg, has_media: bool) -> None:
        """Begin the sounds, or give way to the far end's own."""
        caller = self._channel.leg
        if has_media and leg.media is not None and caller.media is not None and self._bridged is not leg:
            self._bridged = leg
            if self._task is not None:
                self._task.cancel()
                self._task = None
            self._exchange.media.stop(caller.media.id)
            self._exchange.media.bridge(caller.media.id, leg.media.id)
        elif self._task is None and self._bridged is not leg:
            self._bridged = None
            self._task = create_task(self._play(), name=f"waiting:{self._channel.call.id}")

    async def stop(self) -> None:
        """Silence."""
        await cancel_and_wait(self._task)
        self._task = None
        self._bridged = None
        if self._channel.leg.media is not None:
            self._exchange.media.stop(self._channel.leg.media.id)
            self._exchange.media.unbridge(self._channel.leg.media.id)

    async def _play(self) -> None:
        try:
            announce, self._announce = self._announce, ()
            if announce:
                files, _ = await self._channel.prepare(announce)
                if files:
                    await self._channel.play_files(files, barge_in=False)
            files = await loop_files(self._channel, self._sound)
            media = self._channel.leg.media
            if files and media is not None:
                self._exchange.media.play(
                    media.id, f"waiting-{self._channel.call.id}", files, loop=True, barge_in=False
                )
        except CallEnded:
            return


class UnansweredCallerWaits:
    """The caller's phone still rings: let it, and pass early media through."""

    def __init__(self, exchange: Exchange, caller: Leg) -> None:
        self._exchange = exchange
        self._caller = caller
        self._early: asyncio.Task[None] | None = None

    def ringing(self, leg: Leg, has_media: bool) -> None:
        """Ring, or connect the far end's announcement."""
        if has_media and self._early is None:
            self._early = create_task(self._connect_early(leg), name=f"early-media:{leg.id}")
        elif self._early is None:
            self._caller.ring()

    async def stop(self) -> None:
        """Let early media finish connecting; the conversation goes on from there."""
        if self._early is not None:
            await asyncio.wait([self._early])

    async def _connect_early(self, leg: Leg) -> None:
        if self._caller.media is None:
            await self._caller.open_media()
        if self._caller.early_media() and self._caller.media is not None and leg.media is not None:
            self._exchange.media.bridge(self._caller.media.id, leg.media.id)


async def loop_files(channel: Channel, sound: str) -> list[Path]:
    """Return the files of a sound to be looped: ``ringback``, ``music`` or an audio file's path."""
    kind = PromptKind.TONE if sound in ("ringback", "music") else PromptKind.FILE
    files, _ = await channel.prepare([PromptPart(kind, sound, channel.call.facts.language)])
    return files
