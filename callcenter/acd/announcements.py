"""When a waiting caller is told what: place, estimated wait, the queue's own texts, and the offer of a call-back.

First 5 s after joining, then when the place has changed but at most every 15 s, and at least every 75 s. Nothing while
an agent is being rung.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.acd.estimate import rounded_wait
from callcenter.acd.queue import QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What to say now. At least one part is there."""

    place: int | None = None
    more_than: bool = False
    "The caller is behind ``place``."
    wait_s: float | None = None
    "Rounded, never 0."
    periodic: bool = False
    "The queue's own texts."
    offer_callback: bool = False


class AnnouncementSchedule:
    """The announcements of one caller in one queue.

    :param entered: when the caller came into the queue.
    :param callback_possible: the caller may leave for a call-back.
    """

    def __init__(self, settings: QueueSettings, entered: float, *, callback_possible: bool) -> None:
        self._settings = settings.announcements
        self._estimate = settings.estimate
        self._callback = settings.callback if callback_possible and settings.callback.enabled else None
        self._entered = entered
        self._said_at: float | None = None
        "When the last announcement ended."
        self._place_said: tuple[int, bool] | None = None
        self._offered_callback_at: float | None = None
        has_periodic = bool(self._settings.periodic) and self._settings.periodic_every_s > 0
        self._periodic_at = entered + self._settings.periodic_every_s if has_periodic else None

    @property
    def callback_offered(self) -> bool:
        """Tell whether the call-back was offered, so that its key counts."""
        return self._offered_callback_at is not None

    def due(self, now: float, *, position: int, wait_s: float | None, rung: bool) -> Announcement | None:
        """Return what to say now, and take it as said; None for nothing.

        :param position: the caller's place, from 1.
        :param wait_s: the honest estimate, None when there is none.
        :param rung: an agent is being rung for the caller.
        """
        if rung or now < self._first_at:
            return None
        if self._said_at is not None and now < self._said_at + self._settings.min_gap_s:
            return None
        place = self._place(position)
        refresh = self._said_at is None or now >= self._said_at + self._settings.max_gap_s
        changed = self._settings.position and place != self._place_said
        tells = refresh or (changed and self._may_say(place))
        periodic = self._periodic_at is not None and now >= self._periodic_at
        offers = self._offers_callback(now, wait_s)
        if not (tells or periodic or offers):
            return None
        says_place = tells and self._settings.position and self._may_say(place)
        says_wait = tells and self._settings.estimated_wait and wait_s is not None
        self._said_at = now
        if says_place:
            self._place_said = place
        if periodic and self._periodic_at is not None:
            while self._periodic_at <= now:
                self._periodic_at += self._settings.periodic_every_s
        if offers:
            self._offered_callback_at = now
        if not (says_place or says_wait or periodic or offers):
            return None
        return Announcement(
            place=place[0] if says_place else None,
            more_than=place[1] and says_place,
            wait_s=rounded_wait(wait_s, self._estimate.round_to_s) if says_wait and wait_s is not None else None,
            periodic=periodic,
            offer_callback=offers,
        )

    def ended(self, now: float) -> None:
        """Count the pauses from the end of what was said, not from its beginning."""
        self._said_at = now

    def next_look(self, now: float, *, position: int) -> float:
        """Return when :meth:`due` may have something to say although nothing happened meanwhile."""
        if now < self._first_at:
            return self._first_at
        said_at = self._said_at if self._said_at is not None else now
        floor = said_at + self._settings.min_gap_s
        place = self._place(position)
        moments = [said_at + self._settings.max_gap_s]
        if self._settings.position and place != self._place_said and self._may_say(place):
            moments.append(floor)
        if self._periodic_at is not None:
            moments.append(self._periodic_at)
        if self._callback is not None:
            since = self._offered_callback_at
            moments.append(
                self._entered + self._callback.offer_after_s if since is None else since + self._callback.again_every_s
            )
        return max(min(moments), floor)

    @property
    def _first_at(self) -> float:
        return self._entered + self._settings.first_after_s

    def _place(self, position: int) -> tuple[int, bool]:
        limit = self._settings.position_limit
        return (limit, True) if position > limit > 0 else (position, False)

    def _may_say(self, place: tuple[int, bool]) -> bool:
        return self._place_said is None or not self._settings.only_when_better or place < self._place_said

    def _offers_callback(self, now: float, wait_s: float | None) -> bool:
        if self._callback is None:
            return False
        if self._offered_callback_at is not None:
            return now >= self._offered_callback_at + self._callback.again_every_s
        long_wait = wait_s is not None and wait_s > self._callback.offer_when_wait_over_s
        return long_wait or now >= self._entered + self._callback.offer_after_s
