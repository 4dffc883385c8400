"""Vietnamese words for numbers, digits, money, dates and times.

The rules that trip engines up: after a ten other than "mười", one is *mốt* and five is *lăm* (also after *mười*); zero
tens are bridged by *linh*; hundreds are spoken even when zero inside a larger number (*một nghìn không trăm linh năm*).
"""

from __future__ import annotations

import itertools
from datetime import date, time
from decimal import Decimal

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SIGNS = {"+": "cộng", "*": "sao", "#": "thăng"}
_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


def number(value: int) -> str:
    """Return the words for a whole number, |value| < 10^18."""
    if value < 0:
        return "âm " + number(-value)
    if value < 1000:
        return _below_thousand(value, full=False)
    billions, rest = divmod(value, 10**9)
    words = [number(billions), "tỷ"] if billions else []
    for size, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group, rest = divmod(rest, size)
        if group:
            words.append(_below_thousand(group, full=bool(words)))
            if name:
                words.append(name)
    return " ".join(words)


def _below_thousand(value: int, *, full: bool) -> str:
    """Return the words for a group of three; ``full`` speaks its zero hundreds."""
    hundreds, rest = divmod(value, 100)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or full else []
    tens, ones = divmod(rest, 10)
    if tens == 0:
        if ones or not words:
            words += ["linh", _DIGITS[ones]] if words else [_DIGITS[ones]]
        return " ".join(words)
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5:
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return " ".join(words)


def decimal(value: Decimal) -> str:
    """Return the words for a number with or without decimals: *ba phẩy một bốn*."""
    sign = "âm " if value < 0 else ""
    whole, _, fraction = format(abs(value), "f").partition(".")
    fraction = fraction.rstrip("0")
    words = number(int(whole))
    if not fraction:
        return (sign if int(whole) else "") + words
    return f"{sign}{words} phẩy {digits(fraction)}"


def digits(text: str) -> str:
    """Return the characters of a telephone or order number one by one, in groups a listener can follow.

    Ten-digit telephone numbers are grouped 4-3-3, others by three; a comma makes the voice pause.
    """
    spoken = [_SIGNS.get(character) or _DIGITS[int(character)] for character in text]
    return ", ".join(" ".join(spoken[start:end]) for start, end in digit_groups(text))


def digit_groups(text: str) -> list[tuple[int, int]]:
    """Return how a digit string is cut into groups when it is spoken."""
    if len(text) <= 4:
        return [(0, len(text))]
    first = 4 if len(text) % 3 == 1 else 3
    cuts = [0, *range(first, len(text), 3), len(text)]
    return list(itertools.pairwise(cuts))


def money(dong: int) -> str:
    """Return an amount in dong: *một trăm hai mươi lăm nghìn đồng*."""
    return number(dong) + " đồng"


def date_words(value: date) -> str:
    """Return a date with its weekday: *thứ bảy, ngày mùng bốn tháng tư năm hai nghìn*."""
    day = ("mùng " if value.day <= 10 else "") + number(value.day)
    month = "tư" if value.month == 4 else number(value.month)
    return f"{_WEEKDAYS[value.weekday()]}, ngày {day} tháng {month} năm {number(value.year)}"


def time_words(value: time) -> str:
    """Return a time of day on the 24-hour clock: *tám giờ ba mươi phút*."""
    words = f"{number(value.hour)} giờ"
    return f"{words} {number(value.minute)} phút" if value.minute else words
