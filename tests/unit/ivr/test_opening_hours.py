"""Opening hours to the minute, in Vietnam."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from callcenter.ivr.opening_hours import WeeklyHours, holiday_name, hours_state
from tests.unit.ivr.timeline import Caller, call, flow, node

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def hours(**settings: Any) -> WeeklyHours:
    shifts = {
        "wed": [{"start": "08:00", "end": "12:00"}, {"start": "13:30", "end": "17:00"}],
        "sat": [{"start": "22:00", "end": "02:00"}],
    }
    return WeeklyHours.model_validate({**shifts, **settings})


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-11-25 07:59", "closed"),
        ("2026-11-25 08:00", "open"),
        ("2026-11-25 11:59", "open"),
        ("2026-11-25 12:00", "closed"),
        ("2026-11-25 13:30", "open"),
        ("2026-11-25 17:00", "closed"),
        ("2026-11-26 09:00", "closed"),
        ("2026-11-28 21:59", "closed"),
        ("2026-11-28 22:00", "open"),
        ("2026-11-29 01:59", "open"),
        ("2026-11-29 02:00", "closed"),
        ("2026-09-02 09:00", "holiday"),
        ("2027-02-06 09:00", "holiday"),
    ],
)
def test_split_shifts_midnight_and_holidays(at: str, state: str) -> None:
    assert hours_state(hours(), datetime.fromisoformat(at).replace(tzinfo=ZONE)) == state


def test_exceptions_win_over_holidays_and_weekdays() -> None:
    special = hours(
        exceptions=[{"date": "2026-09-02", "shifts": [{"start": "09:00", "end": "24:00"}]}, {"date": "2026-11-25"}]
    )
    assert hours_state(special, datetime(2026, 9, 2, 23, 59, tzinfo=ZONE)) == "open"
    assert hours_state(special, datetime(2026, 9, 2, 8, 0, tzinfo=ZONE)) == "closed"
    assert hours_state(special, datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)) == "closed"


def test_holidays_can_be_ignored() -> None:
    assert hours_state(hours(holidays="none"), datetime(2026, 9, 2, 9, 0, tzinfo=ZONE)) == "open"
    assert holiday_name(date(2026, 9, 2)) is not None and holiday_name(date(2026, 9, 10)) is None


def test_faults_are_named() -> None:
    overlapping = {"mon": [{"start": "08:00", "end": "12:00"}, {"start": "11:00", "end": "13:00"}]}
    assert list(WeeklyHours.model_validate(overlapping).faults()) == ["mon: overlapping shifts"]
    assert list(WeeklyHours().faults()) == ["never open"]
    twice = hours(exceptions=[{"date": "2026-01-01"}, {"date": "2026-01-01"}])
    assert list(twice.faults()) == ["2026-01-01: two exceptions"]
    with pytest.raises(ValidationError):
        hours(mon=[{"start": "25:00", "end": "26:00"}])


@pytest.mark.parametrize(("wired", "node_id"), [(True, "party"), (False, "shut")])
def test_a_holiday_leaves_by_closed_unless_it_is_wired(wired: bool, node_id: str) -> None:
    exits = {"open": "end", "closed": "shut", **({"holiday": "party"} if wired else {})}
    source = {"kind": "schedule", "hours": {"wed": [{"start": "08:00", "end": "12:00"}]}}
    program = flow(node("h", "business_hours", exits, source=source), node("shut", "hangup"), node("party", "hangup"))
    assert call(program, Caller(start=datetime(2026, 9, 2, 2, 0, tzinfo=UTC))).node_id == node_id
