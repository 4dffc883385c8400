"""Values as words: picks the language and checks that the value can be said at all."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from types import ModuleType
from typing import Any, ClassVar

from callcenter.base.errors import CallcenterError
from callcenter.ivr import say_en, say_vi
from callcenter.ivr.prompts import SayKind
from callcenter.ivr.variables import Secret

LIMIT = 10**15
"Numbers from here on are read digit by digit."


class CannotSay(CallcenterError):
    """The value is not of the kind it should be read as."""

    error_id: ClassVar[str] = "cannot-say"


def say_value(kind: SayKind, value: Any, language: str) -> str:
    """Return ``value`` read as ``kind`` in ``language`` (``vi`` or ``en``).

    Texts are understood where they are plain: ``"125000"``, ``"2026-11-22"``, ``"08:30"``.

    :raises CannotSay: when the value is something else.
    """
    words: ModuleType = say_en if language == "en" else say_vi
    if isinstance(value, Secret):
        raise CannotSay("a secret is not said")
    match kind:
        case SayKind.TEXT:
            return _text(value)
        case SayKind.DIGITS:
            return str(words.digits(_digits(value)))
        case SayKind.NUMBER:
            return str(words.decimal(_number(value)))
        case SayKind.MONEY:
            return str(words.money(int(_number(value).to_integral_value())))
        case SayKind.DATE:
            return str(words.date_words(_date(value)))
        case SayKind.TIME:
            return str(words.time_words(_time(value)))


class NumberWords:
    """Says what queues announce; a :class:`~callcenter.acd.ports.Words`."""

    def number(self, value: int, language: str) -> str:
        """Return the words for a whole number."""
        return say_value(SayKind.NUMBER, value, language)

    def digits(self, text: str, language: str) -> str:
        """Return the words for a telephone number, digit by digit."""
        return say_value(SayKind.DIGITS, text, language)


def _text(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    raise CannotSay("not a text")


def _digits(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    kept = "".join(character for character in text if character not in " .-()")
    if kept and all(character in "0123456789+*#" for character in kept):
        return kept
    raise CannotSay("not digits")


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise CannotSay("not a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise CannotSay("not a number") from None
    if not number.is_finite() or abs(number) >= LIMIT:
        raise CannotSay("too large a number")
    return number


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            pass
    raise CannotSay("not a date")


def _time(value: Any) -> time:
    if isinstance(value, datetime):
        return value.timetz().replace(tzinfo=None)
    if isinstance(value, time):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).time() if "T" in value else time.fromisoformat(value)
        except ValueError:
            pass
    raise CannotSay("not a time of day")
