"""Vietnamese and English words, checked against independent readers of those words."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from callcenter.ivr import say_en, say_vi
from callcenter.ivr.prompts import SayKind
from callcenter.ivr.say import CannotSay, say_value
from callcenter.ivr.variables import Secret

VI = {
    "không": 0,
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "năm": 5,
    "lăm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
}


def read_vi(words: str) -> int:
    """Read Vietnamese number words back, by the grammar rather than by the code under test."""
    total = group = unit = 0
    for word in words.split():
        if word in VI:
            unit = VI[word]
        elif word == "trăm":
            group, unit = group + unit * 100, 0
        elif word == "mươi":
            group, unit = group + unit * 10, 0
        elif word == "mười":
            group, unit = group + 10, 0
        elif word in ("nghìn", "triệu"):
            total, group, unit = total + (group + unit) * {"nghìn": 10**3, "triệu": 10**6}[word], 0, 0
        elif word == "tỷ":
            total, group, unit = (total + group + unit) * 10**9, 0, 0
        else:
            assert word == "linh", word
    return total + group + unit


def test_vietnamese_numbers_read_back_and_follow_the_rules() -> None:
    for value in range(10_000):
        words = say_vi.number(value)
        assert read_vi(words) == value
        parts = words.split()
        for before, word in itertools.pairwise(parts):
            assert not (before == "mươi" and word in ("một", "năm", "không"))
            assert not (before == "mười" and word in ("mốt", "năm"))
            assert not (before == "linh" and word in ("mốt", "lăm", "không"))
            assert (word == "mốt") <= (before == "mươi")
            assert (word == "lăm") <= (before in ("mươi", "mười"))
        tens, ones = divmod(value % 100, 10)
        assert ("linh" in parts) == (tens == 0 and ones > 0 and value > 100)
        assert ("mốt" in parts) == (ones == 1 and tens > 1)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1_000_001, "một triệu không trăm linh một"),
        (21_000_000, "hai mươi mốt triệu"),
        (1_005_015, "một triệu không trăm linh năm nghìn không trăm mười lăm"),
        (1_000_000_000, "một tỷ"),
        (3_000_250_000, "ba tỷ hai trăm năm mươi nghìn"),
        (-15, "âm mười lăm"),
    ],
)
def test_large_vietnamese_numbers(value: int, words: str) -> None:
    assert say_vi.number(value) == words


@pytest.mark.parametrize(
    "value", [10**5 + 1, 10**6 + 10**3, 987_654_321, 10**9 + 1, 123_456_789_012, 10**12 + 5, 10**14 + 10**6]
)
def test_large_vietnamese_numbers_read_back(value: int) -> None:
    if value < 10**12:
        assert read_vi(say_vi.number(value)) == value
    else:
        assert say_vi.number(value).endswith(say_vi.number(10**12 + value % 10**9).removeprefix("một nghìn tỷ "))


EN = {word: value for value, word in enumerate(say_en._SMALL)}
EN |= {word: value * 10 for value, word in enumerate(say_en._TENS) if word}


def read_en(words: str) -> int:
    """Read English number words back."""
    total = group = 0
    for word in words.replace("-", " ").split():
        if word in EN:
            group += EN[word]
        elif word == "hundred":
            group *= 100
        elif word != "and":
            total += group * {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}[word]
            group = 0
    return total + group


def test_english_numbers_read_back() -> None:
    for value in [*range(10_000), 10**6 + 1, 987_654_321, 10**9, 123_456_789_012, 10**14]:
        assert read_en(say_en.number(value)) == value


@pytest.mark.parametrize(
    ("kind", "value", "vi", "en"),
    [
        ("money", 125000, "một trăm hai mươi lăm nghìn đồng", "one hundred and twenty-five thousand dong"),
        (
            "money",
            "1250000.0",
            "một triệu hai trăm năm mươi nghìn đồng",
            "one million two hundred and fifty thousand dong",
        ),
        (
            "digits",
            "0912345678",
            "không chín một hai, ba bốn năm, sáu bảy tám",
            "zero nine one two, three four five, six seven eight",
        ),
        ("digits", "+84-5", "cộng tám bốn năm", "plus eight four five"),
        ("number", "3.14", "ba phẩy một bốn", "three point one four"),
        ("number", -0.5, "âm không phẩy năm", "minus zero point five"),
        ("number", Decimal("10.0"), "mười", "ten"),
        (
            "date",
            "2026-11-22",
            "chủ nhật, ngày hai mươi hai tháng mười một năm hai nghìn không trăm hai mươi sáu",
            "Sunday, November twenty-second, two thousand and twenty-six",
        ),
        (
            "date",
            date(2026, 4, 4),
            "thứ bảy, ngày mùng bốn tháng tư năm hai nghìn không trăm hai mươi sáu",
            "Saturday, April fourth, two thousand and twenty-six",
        ),
        ("time", "08:30", "tám giờ ba mươi phút", "eight thirty a.m."),
        ("time", time(13, 5), "mười ba giờ năm phút", "one oh five p.m."),
        ("time", datetime(2026, 1, 1, 0, 0), "không giờ", "twelve a.m."),
        ("text", "xin chào", "xin chào", "xin chào"),
    ],
)
def test_values(kind: str, value: object, vi: str, en: str) -> None:
    assert say_value(SayKind(kind), value, "vi") == vi
    assert say_value(SayKind(kind), value, "en") == en


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("money", "abc"),
        ("number", True),
        ("number", float("nan")),
        ("number", 10**15),
        ("digits", "12a"),
        ("digits", ""),
        ("date", "yesterday"),
        ("time", "25:00"),
        ("text", None),
        ("digits", Secret("1")),
    ],
)
def test_what_cannot_be_said(kind: str, value: object) -> None:
    with pytest.raises(CannotSay):
        say_value(SayKind(kind), value, "vi")


def test_english_ordinals() -> None:
    assert [say_en.ordinal(day) for day in (1, 2, 3, 4, 11, 12, 13, 20, 21, 22, 30, 31)] == [
        "first",
        "second",
        "third",
        "fourth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "twentieth",
        "twenty-first",
        "twenty-second",
        "thirtieth",
        "thirty-first",
    ]
