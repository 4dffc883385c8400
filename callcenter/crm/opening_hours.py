"""Opening hours as text and JSON, for the database and for import files.

JSON::

    {"weekdays": {"mon": ["08:00-12:00", "13:30-21:00"]}, "exceptions": {"2026-12-24": ["08:00-12:00"]},
     "closed_on_holidays": true, "country": "VN", "timezone": "Asia/Ho_Chi_Minh"}

Text, as people write it in a spreadsheet: ``T2-T7 08:00-12:00, 13:30-21:00; CN 08:00-12:00`` or
``mon-sat 08:00-21:00; sun closed`` or ``24/7``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callcenter.base.errors import CallcenterError
from callcenter.crm.store import ALWAYS_OPEN, OpeningHours, Shift


class InvalidHours(CallcenterError):
    """Opening hours that cannot be understood."""

    error_id = "invalid-hours"


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_VIETNAMESE_DAYS = {"t2": 0, "t3": 1, "t4": 2, "t5": 3, "t6": 4, "t7": 5, "cn": 6}


def encode_hours(hours: OpeningHours) -> dict[str, Any]:
    """Return the JSON form."""
    if hours.always_open:
        return {"always_open": True}
    return {
        "weekdays": {_DAYS[day]: _encode_shifts(shifts) for day, shifts in sorted(hours.weekdays.items())},
        "exceptions": {day.isoformat(): _encode_shifts(shifts) for day, shifts in sorted(hours.exceptions.items())},
        "closed_on_holidays": hours.closed_on_holidays,
        "country": hours.country,
        "timezone": hours.timezone,
    }


def decode_hours(data: Mapping[str, Any]) -> OpeningHours:
    """Read the JSON form.

    :raises InvalidHours: when something in it cannot be understood.
    """
    if data.get("always_open"):
        return ALWAYS_OPEN
    try:
        exceptions = {
            date.fromisoformat(day): _decode_shifts(shifts) for day, shifts in data.get("exceptions", {}).items()
        }
        zone = ZoneInfo(data.get("timezone", "Asia/Ho_Chi_Minh"))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InvalidHours(str(error)) from None
    return OpeningHours(
        weekdays={_day(name): _decode_shifts(shifts) for name, shifts in data.get("weekdays", {}).items()},
        exceptions=exceptions,
        closed_on_holidays=bool(data.get("closed_on_holidays", False)),
        country=data.get("country", "VN"),
        timezone=zone.key,
    )


def parse_hours(text: str, *, closed_on_holidays: bool = False) -> OpeningHours:
    """Read the text form; empty means always open.

    :raises InvalidHours: naming the part that cannot be understood.
    """
    text = text.strip().lower()
    if text in ("", "24/7"):
        return ALWAYS_OPEN
    weekdays: dict[int, tuple[Shift, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        days, _, hours = part.partition(" ")
        if days[0].isdigit():
            days, hours = "mon-sun", part
        named = _days(days)
        closed = hours.strip() in ("closed", "nghỉ", "nghi", "đóng cửa")
        shifts = () if closed else _decode_shifts([shift.strip() for shift in hours.split(",")])
        weekdays.update(dict.fromkeys(named, shifts))
    return OpeningHours(weekdays=weekdays, closed_on_holidays=closed_on_holidays)


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = _day(first)
        end = _day(last) if dash else start
        found += [(start + offset) % 7 for offset in range((end - start) % 7 + 1)]
    return found


def _day(name: str) -> int:
    name = name.strip().lower()
    if name in _VIETNAMESE_DAYS:
        return _VIETNAMESE_DAYS[name]
    if name[:3] in _DAYS:
        return _DAYS.index(name[:3])
    raise InvalidHours(f"unknown day {name!r}")


def _encode_shifts(shifts: tuple[Shift, ...]) -> list[str]:
    return [f"{shift.start:%H:%M}-{shift.end:%H:%M}" for shift in shifts]


def _decode_shifts(texts: list[str]) -> tuple[Shift, ...]:
    return tuple(_shift(text) for text in texts)


def _shift(text: str) -> Shift:
    start, dash, end = text.partition("-")
    try:
        if not dash:
            raise ValueError("no '-'")
        return Shift(_time(start), _time(end))
    except ValueError:
        raise InvalidHours(f"{text!r} is no shift like 08:00-12:00") from None


def _time(text: str) -> time:
    hour, _, minute = text.strip().replace("h", ":").partition(":")
    return time(0 if hour == "24" else int(hour), int(minute or 0))
