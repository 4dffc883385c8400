"""Opening hours: weekdays with split shifts, shifts past midnight, exceptions by date, and public holidays."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeAlias

import holidays
from pydantic import StringConstraints

from callcenter.ivr.fields import Settings, setting
from callcenter.ivr.ports import HoursState

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Day: TypeAlias = date
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Shift(Settings):
    """One stretch of a day. A shift whose end is not after its start runs past midnight."""

    start: ClockTime = setting(vi="Từ", en="From")
    end: ClockTime = setting(vi="Đến", en="To")


class DateException(Settings):
    """A day that is different: other shifts, or none."""

    date: Day = setting(vi="Ngày", en="Date")
    shifts: list[Shift] = setting(default_factory=list, vi="Ca làm", en="Shifts", max_length=12)
    label: str = setting("", vi="Tên", en="Label", max_length=120)


class WeeklyHours(Settings):
    """Hours per weekday, exceptions and holidays. Earlier rules win: exception, holiday, weekday."""

    mon: list[Shift] = setting(default_factory=list, vi="Thứ hai", en="Monday", max_length=12)
    tue: list[Shift] = setting(default_factory=list, vi="Thứ ba", en="Tuesday", max_length=12)
    wed: list[Shift] = setting(default_factory=list, vi="Thứ tư", en="Wednesday", max_length=12)
    thu: list[Shift] = setting(default_factory=list, vi="Thứ năm", en="Thursday", max_length=12)
    fri: list[Shift] = setting(default_factory=list, vi="Thứ sáu", en="Friday", max_length=12)
    sat: list[Shift] = setting(default_factory=list, vi="Thứ bảy", en="Saturday", max_length=12)
    sun: list[Shift] = setting(default_factory=list, vi="Chủ nhật", en="Sunday", max_length=12)
    exceptions: list[DateException] = setting(default_factory=list, vi="Ngày ngoại lệ", en="Exceptions", max_length=400)
    holidays: Literal["VN", "none"] = setting("VN", vi="Ngày lễ", en="Public holidays")

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with them, in English words and dates."""
        days = [(name, getattr(self, name)) for name in _DAYS]
        days += [(exception.date.isoformat(), exception.shifts) for exception in self.exceptions]
        for name, shifts in days:
            spans = sorted(_span(shift) for shift in shifts)
            if any(start == end for start, end in spans):
                yield f"{name}: an empty shift"
            if any(after[0] < before[1] for before, after in itertools.pairwise(spans)):
                yield f"{name}: overlapping shifts"
        dates = [exception.date for exception in self.exceptions]
        for day in sorted({day for day in dates if dates.count(day) > 1}):
            yield f"{day.isoformat()}: two exceptions"
        if not any(shifts for _, shifts in days):
            yield "never open"


def hours_state(hours: WeeklyHours, at: datetime) -> HoursState:
    """Tell whether ``hours`` are open at ``at``, a local time.

    A shift that began yesterday counts until it ends, even into a holiday.
    """
    minute = at.hour * 60 + at.minute
    today, yesterday = at.date(), at.date() - timedelta(days=1)
    for shift in _shifts(hours, yesterday):
        if minute + 24 * 60 < _span(shift)[1]:
            return HoursState.OPEN
    for shift in _shifts(hours, today):
        start, end = _span(shift)
        if start <= minute < end:
            return HoursState.OPEN
    return HoursState.HOLIDAY if _is_holiday(hours, today) else HoursState.CLOSED


def holiday_name(day: date) -> str | None:
    """Return the name of the Vietnamese public holiday on ``day``, if it is one."""
    name = _vietnamese_holidays(day.year).get(day)
    return None if name is None else str(name)


@functools.lru_cache(maxsize=16)
def _vietnamese_holidays(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("VN", years=year))


def _shifts(hours: WeeklyHours, day: date) -> list[Shift]:
    for exception in hours.exceptions:
        if exception.date == day:
            return exception.shifts
    if _is_holiday(hours, day):
        return []
    shifts: list[Shift] = getattr(hours, _DAYS[day.weekday()])
    return shifts


def _is_holiday(hours: WeeklyHours, day: date) -> bool:
    if any(exception.date == day for exception in hours.exceptions):
        return False
    return hours.holidays == "VN" and day in _vietnamese_holidays(day.year)


def _span(shift: Shift) -> tuple[int, int]:
    """Return start and end in minutes of the shift's first day; the end is past 1440 when it crosses midnight."""
    start, end = _minutes(shift.start), _minutes(shift.end)
    if end < start:
        end += 24 * 60
    return start, end


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
