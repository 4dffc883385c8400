"""Open or closed, why, and until when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from callcenter.crm.opening_hours import InvalidHours, decode_hours, encode_hours, parse_hours
from callcenter.crm.store import ALWAYS_OPEN, OpeningHours, Shift
from callcenter.routing.hours import HoursReason, HoursState, evaluate, is_open, public_holidays

_HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_SPLIT = parse_hours("T2-T7 08:00-12:00, 13:30-21:00; CN 08:00-12:00", closed_on_holidays=True)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_HANOI)


def _utc(text: str) -> datetime:
    return _at(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "open_", "reason", "until"),
    [
        ("2026-03-02 07:59:59", False, HoursReason.OUTSIDE_HOURS, "2026-03-02 08:00"),
        ("2026-03-02 08:00", True, HoursReason.SHIFT, "2026-03-02 12:00"),
        ("2026-03-02 12:00", False, HoursReason.OUTSIDE_HOURS, "2026-03-02 13:30"),
        ("2026-03-02 20:59:59", True, HoursReason.SHIFT, "2026-03-02 21:00"),
        ("2026-03-01 13:30", False, HoursReason.OUTSIDE_HOURS, "2026-03-02 08:00"),
        ("2026-09-02 09:00", False, HoursReason.HOLIDAY, "2026-09-03 08:00"),
    ],
)
def test_split_shifts(now: str, open_: bool, reason: HoursReason, until: str) -> None:
    found = evaluate(_SPLIT, _at(now))
    assert (found.open, found.reason, found.until) == (open_, reason, _utc(until))


def test_tet_is_closed_and_the_next_opening_is_after_it() -> None:
    found = evaluate(_SPLIT, _at("2026-02-17 09:00"))
    assert found.reason is HoursReason.HOLIDAY
    assert found.holiday is not None and "Tết" in found.holiday
    assert found.until is not None and found.until > _utc("2026-02-20 00:00")
    assert date(2026, 2, 17) in public_holidays("VN", 2026)


def test_single_days_win_over_holidays_and_weekdays() -> None:
    hours = OpeningHours(
        weekdays={2: (Shift(time(8), time(20)),)},
        exceptions={date(2026, 9, 2): (Shift(time(10), time(11)),), date(2026, 9, 9): ()},
        closed_on_holidays=True,
    )
    assert evaluate(hours, _at("2026-09-02 10:30")).reason is HoursReason.EXCEPTION
    assert is_open(hours, _at("2026-09-02 10:30"))
    assert evaluate(hours, _at("2026-09-09 10:30")) == HoursState(
        open=False, reason=HoursReason.EXCEPTION, until=_utc("2026-09-16 08:00")
    )


def test_a_night_shift_belongs_to_the_day_it_starts() -> None:
    hours = parse_hours("sat 22:00-02:00")
    assert not is_open(hours, _at("2026-03-07 21:59"))
    assert is_open(hours, _at("2026-03-07 23:00"))
    assert evaluate(hours, _at("2026-03-08 01:59")).until == _utc("2026-03-08 02:00")
    assert not is_open(hours, _at("2026-03-08 02:00"))


def test_shifts_that_touch_close_at_the_end_of_the_last() -> None:
    hours = parse_hours("mon 08:00-24:00; tue 00:00-06:00")
    assert evaluate(hours, _at("2026-03-02 09:00")).until == _utc("2026-03-03 06:00")


def test_never_open_has_no_next_opening() -> None:
    assert evaluate(OpeningHours(), _at("2026-03-02 09:00")) == HoursState(
        open=False, reason=HoursReason.OUTSIDE_HOURS, until=None
    )
    assert evaluate(ALWAYS_OPEN, _at("2026-03-02 03:00")).reason is HoursReason.ALWAYS


def test_an_unknown_country_is_named() -> None:
    with pytest.raises(ValueError, match="'XX'"):
        public_holidays("XX", 2026)


@pytest.mark.parametrize("text", ["24/7", "mon-fri 08:00-20:00; sun closed", "08:00-21:00", "T7-CN 8h-12h30"])
def test_json_round_trip(text: str) -> None:
    hours = parse_hours(text)
    assert decode_hours(encode_hours(hours)) == hours


def test_texts() -> None:
    assert parse_hours("") is ALWAYS_OPEN
    assert parse_hours("T7-T2 8h-12h30").weekdays.keys() == {5, 6, 0}
    assert parse_hours("8h-12h30").weekdays[6] == (Shift(time(8), time(12, 30)),)
    assert parse_hours("CN nghỉ").weekdays == {6: ()}


@pytest.mark.parametrize("text", ["someday 08:00-12:00", "mon 08:00", "mon 25:00-26:00", "mon a-b"])
def test_nonsense_is_named(text: str) -> None:
    with pytest.raises(InvalidHours):
        parse_hours(text)


@pytest.mark.parametrize(
    "data",
    [
        {"timezone": "Mars/Olympus"},
        {"exceptions": {"soon": []}},
        {"weekdays": {"xyz": []}},
        {"weekdays": {"mon": ["8"]}},
    ],
)
def test_nonsense_in_json_is_named(data: dict[str, object]) -> None:
    with pytest.raises(InvalidHours):
        decode_hours(data)
