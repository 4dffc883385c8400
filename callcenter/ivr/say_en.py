"""English words for numbers, digits, money, dates and times."""

from __future__ import annotations

import itertools
from datetime import date, time
from decimal import Decimal

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SIGNS = {"+": "plus", "*": "star", "#": "hash"}
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def number(value: int) -> str:
    """Return the words for a whole number, |value| < 10^15."""
    if value < 0:
        return "minus " + number(-value)
    words = []
    for size, name in _SCALES:
        group, value = divmod(value, size)
        if group:
            words += [_below_thousand(group), name]
    if value or not words:
        if words and value < 100:
            words.append("and")
        words.append(_below_thousand(value))
    return " ".join(words)


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    words = f"{_SMALL[hundreds]} hundred"
    return f"{words} and {_below_hundred(rest)}" if rest else words


def _below_hundred(value: int) -> str:
    if value < 20:
        return _SMALL[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]


def decimal(value: Decimal) -> str:
    """Return the words for a number with or without decimals: *three point one four*."""
    sign = "minus " if value < 0 else ""
    whole, _, fraction = format(abs(value), "f").partition(".")
    fraction = fraction.rstrip("0")
    words = number(int(whole))
    if not fraction:
        return (sign if int(whole) else "") + words
    return f"{sign}{words} point {' '.join(_SMALL[int(digit)] for digit in fraction)}"


def digits(text: str) -> str:
    """Return the characters of a telephone or order number one by one, in groups of three or four."""
    spoken = [_SIGNS.get(character) or _SMALL[int(character)] for character in text]
    if len(text) <= 4:
        return " ".join(spoken)
    first = 4 if len(text) % 3 == 1 else 3
    cuts = [0, *range(first, len(text), 3), len(text)]
    return ", ".join(" ".join(spoken[start:end]) for start, end in itertools.pairwise(cuts))


def money(dong: int) -> str:
    """Return an amount in dong: *one hundred and twenty-five thousand dong*."""
    return number(dong) + " dong"


def date_words(value: date) -> str:
    """Return a date with its weekday: *Sunday, November twenty-second, two thousand and twenty-six*."""
    weekday, month = _WEEKDAYS[value.weekday()], _MONTHS[value.month - 1]
    return f"{weekday}, {month} {ordinal(value.day)}, {number(value.year)}"


def ordinal(value: int) -> str:
    """Return the ordinal of a day of the month."""
    if value in _ORDINALS:
        return _ORDINALS[value]
    if value < 20:
        return _SMALL[value] + "th"
    tens, ones = divmod(value, 10)
    if not ones:
        return _TENS[tens].removesuffix("y") + "ieth"
    return f"{_TENS[tens]}-{ordinal(ones)}"


def time_words(value: time) -> str:
    """Return a time of day on the 12-hour clock: *eight thirty a.m.*"""
    hour = _SMALL[value.hour % 12 or 12]
    half = "a.m." if value.hour < 12 else "p.m."
    if value.minute == 0:
        return f"{hour} {half}"
    minute = f"oh {_SMALL[value.minute]}" if value.minute < 10 else _below_hundred(value.minute)
    return f"{hour} {minute} {half}"
