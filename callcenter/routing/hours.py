"""Opening hours: is a store open at a moment, why, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from callcenter.crm.store import OpeningHours, Shift

HORIZON_DAYS = 15
"How far ahead the next opening is searched: longer than the Tết holidays."


class HoursReason(Enum):
    """Why a store is open or closed."""

    ALWAYS = "always"
    SHIFT = "shift"
    EXCEPTION = "exception"
    "A single day with hours of its own, or closed."
    HOLIDAY = "holiday"
    OUTSIDE_HOURS = "outside_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursState:
    """The answer for one moment."""

    open: bool
    reason: HoursReason
    holiday: str | None = None
    "The public holiday's name in Vietnamese (or the country's own language)."
    until: datetime | None = None
    "When it closes if open, when it opens next if closed, UTC; ``None`` when that is not within 15 days."


def evaluate(hours: OpeningHours, now: datetime) -> HoursState:
    """Tell whether ``hours`` are open at ``now`` (aware)."""
    if hours.always_open:
        return HoursState(open=True, reason=HoursReason.ALWAYS)
    now = now.astimezone(UTC)
    today = now.astimezone(ZoneInfo(hours.timezone)).date()
    for day, start, end in _openings(hours, today - timedelta(days=1), HORIZON_DAYS + 1):
        if start <= now < end:
            reason = HoursReason.EXCEPTION if day in hours.exceptions else HoursReason.SHIFT
            return HoursState(open=True, reason=reason, until=_closing(hours, today, end))
        if start > now:
            return _closed(hours, today, start)
    return _closed(hours, today, None)


def is_open(hours: OpeningHours, now: datetime) -> bool:
    """Tell whether ``hours`` are open at ``now`` (aware)."""
    return evaluate(hours, now).open


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> dict[date, str]:
    """Return the public holidays of ``country`` (ISO 3166 code) in ``year`` with their names.

    :raises ValueError: when no calendar is known for the country.
    """
    try:
        # The names do not depend on the server's locale.
        language = holidays.country_holidays(country).default_language
        return dict(holidays.country_holidays(country, years=year, language=language))
    except NotImplementedError:
        raise ValueError(f"no holiday calendar for country {country!r}") from None


def _closed(hours: OpeningHours, today: date, opens: datetime | None) -> HoursState:
    if today in hours.exceptions:
        return HoursState(open=False, reason=HoursReason.EXCEPTION, until=opens)
    if hours.closed_on_holidays and (name := public_holidays(hours.country, today.year).get(today)) is not None:
        return HoursState(open=False, reason=HoursReason.HOLIDAY, holiday=name, until=opens)
    return HoursState(open=False, reason=HoursReason.OUTSIDE_HOURS, until=opens)


def _shifts(hours: OpeningHours, day: date) -> tuple[Shift, ...]:
    exception = hours.exceptions.get(day)
    if exception is not None:
        return exception
    if hours.closed_on_holidays and day in public_holidays(hours.country, day.year):
        return ()
    return hours.weekdays.get(day.weekday(), ())


def _openings(hours: OpeningHours, first: date, days: int) -> Iterator[tuple[date, datetime, datetime]]:
    """Yield ``(day, start, end)`` in UTC of every shift that starts within ``days`` days, in order."""
    zone = ZoneInfo(hours.timezone)
    for day in (first + timedelta(days=offset) for offset in range(days)):
        for shift in sorted(_shifts(hours, day), key=lambda shift: shift.start):
            last_day = day if shift.end > shift.start else day + timedelta(days=1)
            start = datetime.combine(day, shift.start, zone).astimezone(UTC)
            yield day, start, datetime.combine(last_day, shift.end, zone).astimezone(UTC)


def _closing(hours: OpeningHours, today: date, end: datetime) -> datetime:
    """Follow shifts that touch or overlap, so that 24 hours in two shifts close at the end of the second."""
    for _, start, later in _openings(hours, today - timedelta(days=1), HORIZON_DAYS + 1):
        if start <= end < later:
            end = later
    return end
