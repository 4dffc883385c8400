"""One spelling per subscriber."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.crm.phone_number import OLD_MOBILE_PREFIXES, NumberKind, classify, display, normalise

_NEW = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078", "0123": "083", "0124": "084",
    "0125": "085", "0127": "081", "0129": "082", "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        "0912345678",
        "912345678",
        "+84912345678",
        "84912345678",
        "0084912345678",
        "+84 (0)912 345 678",
        " 0912.345.678 ",
        "0912-345-678",
        "tel:+84912345678",
        "sip:0912345678@carrier.example;user=phone",
        "sip:+84912345678@10.0.0.1:5060",
        "<tel:0912345678>",
    ],
)
def test_every_spelling_of_a_mobile_number(raw: str) -> None:
    assert normalise(raw) == "+84912345678"
    assert classify(raw).kind is NumberKind.MOBILE


@pytest.mark.parametrize(("old", "new"), _NEW.items())
@pytest.mark.parametrize("prefix", ["0", "+84", "84", "0084", "+840"])
def test_old_11_digit_prefixes(old: str, new: str, prefix: str) -> None:
    assert normalise(f"{prefix}{old[1:]}4567890") == f"+84{new[1:]}4567890"


def test_the_table_is_complete() -> None:
    assert {f"0{old}": f"0{new}" for old, new in OLD_MOBILE_PREFIXES.items()} == _NEW


@pytest.mark.parametrize(
    ("raw", "kind", "number"),
    [
        ("02438221234", NumberKind.LANDLINE, "+842438221234"),
        ("+84 24 3822 1234", NumberKind.LANDLINE, "+842438221234"),
        ("028 3822 1234", NumberKind.LANDLINE, "+842838221234"),
        ("19001234", NumberKind.HOTLINE, "19001234"),
        ("1900 545 123", NumberKind.HOTLINE, "1900545123"),
        ("1800 1090", NumberKind.HOTLINE, "18001090"),
        ("+8419001234", NumberKind.HOTLINE, "19001234"),
        ("113", NumberKind.SHORT_CODE, "113"),
        ("1080", NumberKind.SHORT_CODE, "1080"),
        ("101", NumberKind.SHORT_CODE, "101"),
        ("+1 650 253 0000", NumberKind.FOREIGN, "+16502530000"),
        ("0016502530000", NumberKind.FOREIGN, "+16502530000"),
        ("anonymous", NumberKind.WITHHELD, None),
        ("Anonymous", NumberKind.WITHHELD, None),
        ("sip:anonymous@anonymous.invalid", NumberKind.WITHHELD, None),
        ("Restricted", NumberKind.WITHHELD, None),
        ("", NumberKind.WITHHELD, None),
        (None, NumberKind.WITHHELD, None),
        ("alice", NumberKind.INVALID, None),
        ("12", NumberKind.INVALID, None),
        ("0912345678x", NumberKind.INVALID, None),
        ("099999999999999", NumberKind.INVALID, None),
        ("٠٩١٢٣٤٥٦٧٨", NumberKind.INVALID, None),
    ],
)
def test_kinds(raw: str | None, kind: NumberKind, number: str | None) -> None:
    found = classify(raw)
    assert (found.kind, found.number) == (kind, number)
    assert found.is_dialable is (number is not None)


@given(st.text(max_size=30))
def test_any_text_gives_a_number_or_none_and_normalising_twice_changes_nothing(raw: str) -> None:
    number = normalise(raw)
    assert number is None or normalise(number) == number


@given(st.integers(0, 10**14))
def test_digits_normalise_to_a_fixed_point(value: int) -> None:
    number = normalise(f"0{value}")
    assert number is None or normalise(number) == number


def test_display() -> None:
    assert display("+84912345678") == "0912 345 678"
    assert display("+16502530000") == "+1 650-253-0000"
    assert display("19001234") == "1900 1234"
    assert display("113") == "113"
    assert display(None) == ""
    assert display("+0") == "+0"
