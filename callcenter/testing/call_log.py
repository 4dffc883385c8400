"""Read the call log of a server under test, from another process and without an event loop of one's own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from callcenter.accounts.scope import EVERYTHING
from callcenter.base.errors import CallcenterError
from callcenter.calls.cdr import CallRecord, EventLine
from callcenter.storage.database import Database
from callcenter.storage.repositories.calls import CallFilter, CallRepository, CallStory

_Result = TypeVar("_Result")
_POLL = 0.05


class CallNotLogged(CallcenterError):
    """The log does not hold the finished call a test looked for."""

    error_id = "call-not-logged"


class CallLogReader:
    """The call log behind a database URL. Every method may be called from inside an event loop too."""

    def __init__(self, url: str) -> None:
        self._url = url

    def records(self, which: CallFilter | None = None) -> tuple[CallRecord, ...]:
        """Return up to 500 calls, newest first."""

        async def read(calls: CallRepository) -> tuple[CallRecord, ...]:
            return (await calls.page(which, scope=EVERYTHING, limit=500)).calls

        return self._read(read)

    def story(self, call_id: str) -> CallStory:
        """Return one call by its own id, finished or not; raises :class:`CallNotLogged`."""

        async def read(calls: CallRepository) -> CallStory | None:
            return await calls.story(call_id, scope=EVERYTHING)

        story = self._read(read)
        if story is None:
            raise CallNotLogged(f"no call {call_id}")
        return story

    def story_of(self, sip_call_id: str, *, finished: bool = True, timeout: float = 8.0) -> CallStory:
        """Return the call whose caller used this SIP Call-ID, once it has ended (or at once, with ``finished`` off).

        The log is written in groups, so a call appears a moment after it ended. Raises :class:`CallNotLogged`.
        """

        async def read(calls: CallRepository) -> CallStory | None:
            call_id = await calls.by_sip_call_id(sip_call_id)
            return None if call_id is None else await calls.story(call_id, scope=EVERYTHING)

        deadline = time.monotonic() + timeout
        while True:
            story = self._read(read)
            if story is not None and (story.record.ended_at is not None or not finished):
                return story
            if time.monotonic() >= deadline:
                state = "is not logged" if story is None else "has not ended"
                raise CallNotLogged(f"the call with Call-ID {sip_call_id} {state}")
            time.sleep(_POLL)

    def _read(self, read: Callable[[CallRepository], Awaitable[_Result]]) -> _Result:
        async def work() -> _Result:
            database = Database(self._url)
            try:
                return await read(CallRepository(database))
            finally:
                await database.close()

        with ThreadPoolExecutor(1) as executor:  # The caller may be inside an event loop of its own.
            return executor.submit(asyncio.run, work()).result()


def events_of(story: CallStory, kind: str) -> list[EventLine]:
    """Return the story's lines of one kind, in order."""
    return [event for event in story.events if event.kind == kind]
