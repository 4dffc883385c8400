"""Phone numbers as identity: one spelling per subscriber, whatever the network, a spreadsheet or a person wrote.

Numbers are kept as E.164 (``+84912345678``). Hotlines (1900…, 1800…) and short codes have no E.164 form and are kept as
they are dialled. Vietnam shortened its 11-digit mobile numbers in September 2018; the old spelling still sits in every
customer list and is mapped to the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

DEFAULT_REGION = "VN"

OLD_MOBILE_PREFIXES = {
    # MobiFone
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    # VinaPhone
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    # Viettel
    "162": "32",
    "163": "33",
    "164": "34",
    "165": "35",
    "166": "36",
    "167": "37",
    "168": "38",
    "169": "39",
    # Vietnamobile and Gmobile
    "186": "56",
    "188": "58",
    "199": "59",
}
"National prefixes (without the trunk 0) of the old 11-digit mobile numbers and what became of them."

_WITHHELD = frozenset({
    "", "anonymous", "private", "privat", "restricted", "withheld", "unavailable", "unknown", "blocked",
    "caller id blocked", "no number", "payphone", "invalid", "-", "asserted", "null", "none",
})  # fmt: skip


class NumberKind(Enum):
    """What a dialled or presented string is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    FOREIGN = "foreign"
    HOTLINE = "hotline"
    "1900 and 1800 numbers."
    SHORT_CODE = "short_code"
    "Three to five digits: 113, 1080. An extension of our own looks the same and is told apart by the directory."
    WITHHELD = "withheld"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number, understood."""

    raw: str
    kind: NumberKind
    number: str | None
    "The normalised form; ``None`` when withheld or not a number."

    @property
    def is_dialable(self) -> bool:
        """Tell whether a carrier could reach it."""
        return self.number is not None


def normalise(raw: str | None, region: str = DEFAULT_REGION) -> str | None:
    """Return the one spelling of ``raw``, or ``None`` when it is withheld or no phone number.

    Accepts ``tel:`` and ``sip:`` URIs, spaces, dots, dashes, brackets, ``+84``/``0084``/``84`` and old prefixes.
    """
    return classify(raw, region).number


@lru_cache(maxsize=65536)
def classify(raw: str | None, region: str = DEFAULT_REGION) -> PhoneNumber:
    """Say what ``raw`` is and how it is spelled."""
    text = _user_part(raw or "")
    if text.lower() in _WITHHELD:
        return PhoneNumber(raw or "", NumberKind.WITHHELD, None)
    plus, digits = _digits(text)
    if not digits:
        return PhoneNumber(raw or "", NumberKind.INVALID, None)
    kind, number = _classify_digits(plus, digits, region)
    return PhoneNumber(raw or "", kind, number)


def display(number: str | None, region: str = DEFAULT_REGION) -> str:
    """Return ``number`` the way people write it: ``0912 345 678`` at home, ``+1 …`` abroad, ``1900 1234``."""
    if number is None:
        return ""
    if not number.startswith("+"):
        return f"{number[:4]} {number[4:]}" if len(number) > 6 else number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == region
    return phonenumbers.format_number(
        parsed, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def _user_part(raw: str) -> str:
    text = raw.strip().strip('"<>')
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        text = rest
    return text.partition("@")[0].partition(";")[0].strip()


_IGNORED = str.maketrans("", "", " .-()/\u00a0\u202a\u202c\u200b\u2011\u2013'\t")


def _digits(text: str) -> tuple[bool, str]:
    """Return whether it is written internationally, and its digits; no digits when anything else is in it."""
    text = text.translate(_IGNORED)
    plus = text.startswith("+")
    text = text.removeprefix("+")
    if not (text.isascii() and text.isdigit()):
        return plus, ""
    if not plus and text.startswith("00"):
        return True, text[2:]
    return plus, text


def _classify_digits(plus: bool, digits: str, region: str) -> tuple[NumberKind, str | None]:
    if region == "VN":
        found = _vietnamese(plus, digits)
        if found is not None:
            return found
    try:
        parsed = phonenumbers.parse(f"+{digits}" if plus else digits, region)
    except phonenumbers.NumberParseException:
        return _short(plus, digits)
    if not phonenumbers.is_possible_number(parsed) or (not plus and not phonenumbers.is_valid_number(parsed)):
        return _short(plus, digits)
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if phonenumbers.region_code_for_country_code(parsed.country_code or 0) != region:
        return NumberKind.FOREIGN, number
    mobile = phonenumbers.number_type(parsed) in _MOBILE_TYPES
    return (NumberKind.MOBILE if mobile else NumberKind.LANDLINE), number


_MOBILE_TYPES = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _short(plus: bool, digits: str) -> tuple[NumberKind, str | None]:
    if not plus and 3 <= len(digits) <= 5:
        return NumberKind.SHORT_CODE, digits
    return NumberKind.INVALID, None


def _vietnamese(plus: bool, digits: str) -> tuple[NumberKind, str | None] | None:
    """Handle what is particular to Vietnam, ``None`` for the rest."""
    national = _national(plus, digits)
    if national is None:
        return None
    if national[:4] in ("1900", "1800") and 8 <= len(national) <= 10:
        return NumberKind.HOTLINE, national
    if len(national) == 10 and (new := OLD_MOBILE_PREFIXES.get(national[:3])) is not None:
        return NumberKind.MOBILE, f"+84{new}{national[3:]}"
    if len(national) == 9 and national[0] in "35789" and _is_valid_mobile(national):
        return NumberKind.MOBILE, f"+84{national}"
    return None


def _national(plus: bool, digits: str) -> str | None:
    """Return the national significant part of a Vietnamese number, ``None`` when it is written as a foreign one."""
    if digits.startswith("84") and (plus or 10 <= len(digits) <= 13):
        return digits[2:].removeprefix("0")
    if plus:
        return None
    return digits.removeprefix("0")


@lru_cache(maxsize=1024)
def _is_valid_mobile_prefix(prefix: str) -> bool:
    number = phonenumbers.parse(f"+84{prefix}123456", None)
    return phonenumbers.number_type(number) in _MOBILE_TYPES


def _is_valid_mobile(national: str) -> bool:
    return _is_valid_mobile_prefix(national[:3])
