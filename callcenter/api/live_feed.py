"""Live events for browsers: numbered, remembered for a while, and given to those who may see them.

An event carries the whole public object it is about, so a client that applies events in order always has the present
state, and one that missed too many simply asks for everything again. Event ids name the run of the server they belong
to: after a restart nobody can resume by mistake.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcenter.accounts.principal import Principal

Audience = Callable[[Principal], bool]
"Tells whether somebody may see an event."

REMEMBERED = 4096
"Events kept for clients that come back."
IDLE_S = 60.0
"How long events go on being remembered when nobody has a page open."
MAX_UNSENT = 1024
"A client with more than this waiting is disconnected; it comes back and resumes."


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it is sent."""

    number: int
    audience: Audience
    text: str


class Subscription:
    """One open page. Iterate :meth:`next` until it returns None."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self._unsent: deque[str] = deque()
        self._wakeup = asyncio.Event()
        self._ended = False

    def offer(self, entry: Entry) -> None:
        """Take an event if its audience includes this page."""
        if not self._ended and entry.audience(self.principal):
            self.send(entry.text)

    def send(self, text: str) -> None:
        """Take a message for this page alone."""
        if len(self._unsent) >= MAX_UNSENT:
            self.end()
            return
        self._unsent.append(text)
        self._wakeup.set()

    def end(self) -> None:
        """Say that nothing more comes: signed out, too slow, or the server stops."""
        self._ended = True
        self._unsent.clear()
        self._wakeup.set()

    async def next(self, timeout_s: float) -> str | None:
        """Return the next message, an empty string when none came within ``timeout_s``, None at the end."""
        if not self._unsent and not self._ended:
            self._wakeup.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._wakeup.wait()
            except TimeoutError:
                return ""
        return self._unsent.popleft() if self._unsent else None if self._ended else ""


class LiveFeed:
    """What happens, for everybody who has a page open.

    :param run: names this run of the server in event ids.
    :param utcnow: the time written into events.
    :param monotonic: seconds that never go back.
    :param presence: told when the first page of a user opens (True) and when the last one closes (False).
    """

    def __init__(
        self,
        run: str,
        utcnow: Callable[[], datetime],
        monotonic: Callable[[], float],
        presence: Callable[[str, bool], None] = lambda _user_id, _present: None,
    ) -> None:
        self._run = run
        self._utcnow = utcnow
        self._monotonic = monotonic
        self._presence = presence
        self._number = 0
        self._remembered: deque[Entry] = deque(maxlen=REMEMBERED)
        self._open: dict[str, list[Subscription]] = {}
        self._alone_since = monotonic() - IDLE_S

    @property
    def idle(self) -> bool:
        """Tell whether nobody has had a page open for a while; making events is then a waste: :meth:`skip` them."""
        return not self._open and self._monotonic() - self._alone_since >= IDLE_S

    def skip(self) -> None:
        """Take note that something happened that nobody is told: a page that comes back must start anew."""
        if self._remembered:
            self._remembered.clear()
        self._number += 1

    @property
    def last_id(self) -> str:
        """Return the id of the newest event."""
        return f"{self._run}-{self._number}"

    def publish(self, kind: str, data: Mapping[str, Any], audience: Audience) -> None:
        """Tell everybody in ``audience``.

        :param kind: e.g. ``agent.updated``; ``docs/reference/events.md`` lists them.
        :param data: JSON.
        """
        self._number += 1
        text = self._message(kind, data, self.last_id)
        entry = Entry(self._number, audience, text)
        self._remembered.append(entry)
        for subscriptions in tuple(self._open.values()):
            for subscription in tuple(subscriptions):
                subscription.offer(entry)

    def publish_to(self, user_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Tell one person, on every page open."""
        self.publish(kind, data, lambda principal: principal.user_id == user_id)

    def subscribe(self, principal: Principal, last_event_id: str | None) -> Subscription:
        """Open a page's feed: a greeting, what it missed since ``last_event_id``, then what happens."""
        subscription = Subscription(principal)
        missed = self._since(last_event_id)
        if missed is not None:
            missed = [entry for entry in missed if entry.audience(principal)]
            if len(missed) >= MAX_UNSENT:
                missed = None  # It would be disconnected for not having read them, and come back for the same.
        resumed_at = last_event_id if missed is not None else None
        subscription.send(self._message("hello", {"resumed": resumed_at is not None}, resumed_at or self.last_id))
        if missed is None and last_event_id is not None:
            subscription.send(self._message("reset", {}, self.last_id))
        for entry in missed or ():
            subscription.offer(entry)
        subscriptions = self._open.setdefault(principal.user_id, [])
        subscriptions.append(subscription)
        if len(subscriptions) == 1:
            self._presence(principal.user_id, True)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Close a page's feed."""
        subscription.end()
        user_id = subscription.principal.user_id
        subscriptions = self._open.get(user_id, [])
        if subscription in subscriptions:
            subscriptions.remove(subscription)
            if not subscriptions:
                del self._open[user_id]
                self._alone_since = self._monotonic()
                self._presence(user_id, False)

    def end_session(self, session_id: str) -> None:
        """End the feeds of a session that is over."""
        for subscription in [one for several in self._open.values() for one in several]:
            if subscription.principal.session_id == session_id:
                subscription.end()

    def close(self) -> None:
        """End every feed: the server stops."""
        for subscription in [one for several in self._open.values() for one in several]:
            subscription.end()

    def _since(self, last_event_id: str | None) -> list[Entry] | None:
        """Return the events after ``last_event_id``; None when they are not all remembered."""
        run, _, digits = (last_event_id or "").rpartition("-")
        if run != self._run or not digits.isascii() or not digits.isdecimal():
            return None
        last = int(digits)
        oldest = self._remembered[0].number if self._remembered else self._number + 1
        if not oldest - 1 <= last <= self._number:
            return None
        return [entry for entry in self._remembered if entry.number > last]

    def _message(self, kind: str, data: Mapping[str, Any], event_id: str) -> str:
        at = self._utcnow().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps(
            {"id": event_id, "type": kind, "at": at, "data": data}, ensure_ascii=False, separators=(",", ":")
        )
