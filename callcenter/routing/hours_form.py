"""Opening hours as they are written in settings: checked, described by a JSON Schema, read into the domain's value."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import StringConstraints, model_validator

from callcenter.crm.opening_hours import InvalidHours, decode_hours, encode_hours
from callcenter.crm.store import OpeningHours
from callcenter.ivr.fields import Settings, setting

ShiftText: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$")]
DayName: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Day: TypeAlias = date


class HoursForm(Settings):
    """When somewhere is open. Earlier rules win: always open, exception, holiday, weekday."""

    always_open: bool = setting(True, vi="Luôn mở cửa", en="Always open")
    weekdays: dict[DayName, list[ShiftText]] = setting(
        default_factory=dict,
        vi="Giờ theo thứ",
        en="Hours by weekday",
        help_vi='Ví dụ {"mon": ["08:00-12:00", "13:30-21:00"]}; thứ không ghi là đóng cửa.',
        help_en='For example {"mon": ["08:00-12:00", "13:30-21:00"]}; a day left out is closed.',
    )
    exceptions: dict[Day, list[ShiftText]] = setting(
        default_factory=dict,
        vi="Ngày ngoại lệ",
        en="Exceptions",
        help_vi="Giờ riêng của một ngày; danh sách trống là đóng cửa.",
        help_en="Hours of single days; an empty list is closed.",
    )
    closed_on_holidays: bool = setting(False, vi="Nghỉ ngày lễ", en="Closed on public holidays")
    country: str = setting("VN", vi="Ngày lễ của nước", en="Holidays of", min_length=2, max_length=2)
    timezone: str = setting("Asia/Ho_Chi_Minh", vi="Múi giờ", en="Time zone", max_length=64)

    @model_validator(mode="after")
    def _readable(self) -> HoursForm:
        try:
            self.to_hours()
        except InvalidHours as error:
            raise ValueError(str(error)) from None
        return self

    def to_hours(self) -> OpeningHours:
        """Return the value that routing and queues work with."""
        return decode_hours(self.model_dump(mode="json"))

    @classmethod
    def of(cls, hours: OpeningHours) -> HoursForm:
        """Return how ``hours`` are written."""
        return cls.model_validate({"always_open": False, **encode_hours(hours)})
