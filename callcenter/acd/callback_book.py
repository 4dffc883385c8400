"""The book of call-backs: one open per number and queue, attempts spaced out, none at night. Times are aware UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.acd.callback import CALLBACK_TABLE, Callback, CallbackInput, CallbackState
from callcenter.acd.errors import UnknownCallback
from callcenter.acd.queue import CallbackSettings, Queue


class CallbackBook:
    """The open call-backs. Every change returns the call-back as it is now; whoever asks saves it."""

    def __init__(self, callbacks: Iterable[Callback] = ()) -> None:
        self._open: dict[str, Callback] = {}
        for callback in callbacks:
            if callback.is_open:  # A dial that the last run did not finish has not reached anybody.
                self._open[callback.id] = replace(callback, state=CallbackState.PENDING)

    def open(self) -> list[Callback]:
        """Return the open ones, oldest place first."""
        return sorted(self._open.values(), key=lambda callback: (callback.arrived_at, callback.id))

    def get(self, callback_id: str) -> Callback:
        """Return an open one.

        :raises UnknownCallback: when there is none.
        """
        try:
            return self._open[callback_id]
        except KeyError:
            raise UnknownCallback(callback_id) from None

    def find(self, queue_id: str, number: str) -> Callback | None:
        """Return the open one of a number in a queue."""
        for callback in self._open.values():
            if callback.queue_id == queue_id and callback.number == number:
                return callback
        return None

    def request(self, wanted: Callback) -> Callback:
        """Take a request in. An open one of the same number and queue stays and gets the better place and the news."""
        known = self.find(wanted.queue_id, wanted.number)
        if known is None:
            self._open[wanted.id] = wanted
            return wanted
        merged = replace(
            known,
            arrived_at=min(known.arrived_at, wanted.arrived_at),
            expires_at=max(known.expires_at, wanted.expires_at),
            priority=max(known.priority, wanted.priority),
            skills={**known.skills, **wanted.skills},
            preferred_agents=wanted.preferred_agents or known.preferred_agents,
            customer_name=wanted.customer_name or known.customer_name,
            note=wanted.note or known.note,
            language=wanted.language,
        )
        self._open[merged.id] = merged
        return merged

    # What becomes of one

    def dial(self, callback_id: str) -> Callback:
        """Begin an attempt."""
        return self._move(callback_id, CallbackInput.DIAL)

    def not_dialled(self, callback_id: str, again_at: datetime | None = None) -> Callback:
        """Take note that the attempt was not the customer's to miss: it does not count."""
        return self._move(callback_id, CallbackInput.MISS, not_before=again_at)

    def missed(self, callback_id: str, settings: CallbackSettings, now: datetime, call_id: str | None) -> Callback:
        """Take note that the customer was not reached; the last attempt closes the call-back."""
        callback = self.get(callback_id)
        attempts = callback.attempts + 1
        if attempts >= settings.max_attempts:
            return self._move(
                callback_id, CallbackInput.GIVE_UP, now, attempts=attempts, last_call_id=call_id, not_before=None
            )
        wait = timedelta(seconds=settings.retry_gap_s)
        return self._move(
            callback_id, CallbackInput.MISS, attempts=attempts, last_call_id=call_id, not_before=now + wait
        )

    def reached(self, callback_id: str, now: datetime, *, agent_id: str | None, call_id: str | None) -> Callback:
        """Take note that an agent talked to the customer."""
        attempts = self.get(callback_id).attempts + 1
        return self._move(
            callback_id, CallbackInput.REACH, now, attempts=attempts, agent_id=agent_id, last_call_id=call_id
        )

    def cancel(self, callback_id: str, now: datetime) -> Callback:
        """Call it off."""
        return self._move(callback_id, CallbackInput.CANCEL, now)

    def ring_in(self, callback_id: str, now: datetime) -> Callback:
        """Take note that the customer rang in and has the place now."""
        return self._move(callback_id, CallbackInput.RING_IN, now)

    def expire(self, callback_id: str, now: datetime) -> Callback:
        """Give up: it is too late."""
        return self._move(callback_id, CallbackInput.EXPIRE, now)

    def expired(self, now: datetime) -> list[Callback]:
        """Return the pending ones whose time is over."""
        return [
            callback
            for callback in self._open.values()
            if callback.state is CallbackState.PENDING and callback.expires_at <= now
        ]

    def _move(
        self, callback_id: str, event: CallbackInput, closed_at: datetime | None = None, **changes: object
    ) -> Callback:
        callback = self.get(callback_id)
        state = CALLBACK_TABLE.next(callback.state, event)
        moved: Callback = replace(callback, state=state, closed_at=closed_at, **changes)  # type: ignore[arg-type] # Names are checked by replace.
        if moved.is_open:
            self._open[callback_id] = moved
        else:
            del self._open[callback_id]
        return moved


def held_until(callback: Callback, queue: Queue, now: datetime) -> datetime | None:
    """Return until when a call-back only keeps its place: between attempts, and at night; None when it may be dialled.

    :param now: aware.
    """
    earliest = max(now, callback.not_before) if callback.not_before is not None else now
    quiet_end = end_of_quiet(queue.settings.callback, queue.settings.hours.timezone, earliest)
    if quiet_end is not None:
        return quiet_end
    return earliest if earliest > now else None


def end_of_quiet(settings: CallbackSettings, timezone: str, moment: datetime) -> datetime | None:
    """Return when the quiet hours around ``moment`` end, None when it is not within them."""
    start, end = settings.quiet_from, settings.quiet_until
    if start == end:
        return None
    local = moment.astimezone(ZoneInfo(timezone))
    clock = local.time().replace(tzinfo=None)
    over_midnight = start > end
    quiet = (clock >= start or clock < end) if over_midnight else start <= clock < end
    if not quiet:
        return None
    day = local.date()
    if over_midnight and clock >= start:
        day += timedelta(days=1)
    return datetime.combine(day, end, tzinfo=local.tzinfo).astimezone(moment.tzinfo)
