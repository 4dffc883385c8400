"""The shared lexical rules."""

from __future__ import annotations

import pytest

from callcenter.base.errors import LocalError
from callcenter.sip.grammar import (
    SipParseError,
    format_params,
    has_bare_nul,
    is_token,
    parse_params,
    parse_uint,
    quote,
    split_outside,
    unfold,
    unquote,
)


@pytest.mark.parametrize(("text", "expected"), [("INVITE", True), ("a.b!%*_+`'~-", True), ("", False), ("a b", False)])
def test_token(text: str, expected: bool) -> None:
    assert is_token(text) is expected


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("000", 0), ("4294967295", 4294967295)])
def test_number(text: str, number: int) -> None:
    assert parse_uint(text, 2**32 - 1, "Expires") == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "five", "²", "٣", " 1", "4294967296", "9" * 5000])
def test_number_out_of_range_names_the_field(text: str) -> None:
    with pytest.raises(SipParseError, match="Expires is"):
        parse_uint(text, 2**32 - 1, "Expires")


def test_unfold_makes_one_space_of_each_fold() -> None:
    assert unfold("a \r\n\t b\r\n c\r\nd") == "a b c\r\nd"


@pytest.mark.parametrize(
    ("text", "meaning"), [('"a b"', "a b"), (r'"a\"b\\c"', 'a"b\\c'), ("plain", "plain"), ('"', '"'), ('""', "")]
)
def test_unquote(text: str, meaning: str) -> None:
    assert unquote(text) == meaning


def test_quote_escapes_what_unquote_undoes() -> None:
    assert quote('a"b\\c') == r'"a\"b\\c"'


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\0b"])
def test_quote_refuses_to_break_a_line(text: str) -> None:
    with pytest.raises(LocalError):
        quote(text)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a", ["a"]),
        (" a , b,", ["a", "b", ""]),
        ('"x,y" <sip:a@b>, <sip:c,d@e>;p="q,r"', ['"x,y" <sip:a@b>', '<sip:c,d@e>;p="q,r"']),
        (r'"x\",y", z', [r'"x\",y"', "z"]),
    ],
)
def test_split_outside_quotes_and_brackets(text: str, pieces: list[str]) -> None:
    assert split_outside(text, ",") == pieces


@pytest.mark.parametrize("text", ['a,"b', "a,<b", '"a\\",b', '"a\\'])
def test_split_refuses_what_never_closes(text: str) -> None:
    with pytest.raises(SipParseError):
        split_outside(text, ",") if "," in text else split_outside(text + ",", ",")


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", {}),
        (";lr", {"lr": None}),
        (";Tag=aBc ; x = y;tag=second", {"tag": "aBc", "x": "y"}),
        (';a="x;y"; b', {"a": '"x;y"', "b": None}),
        (";received=2001:db8::1;addr=[::1]:5", {"received": "2001:db8::1", "addr": "[::1]:5"}),
    ],
)
def test_params(text: str, params: dict[str, str | None]) -> None:
    assert parse_params(text) == params


@pytest.mark.parametrize(
    "text", [";", ";;a", ";a=", ";=b", "x;a", ';a="b', ';a="b"c', ";a=b c", ";a b", ";a=b,c", ";a=<b>", ";a=b\0"]
)
def test_malformed_params(text: str) -> None:
    with pytest.raises(SipParseError):
        parse_params(text)


def test_params_are_written_as_read() -> None:
    text = ';lr;tag=x;a="b;c"'
    assert format_params(parse_params(text)) == text


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("plain", False),
        ("a\0b", True),
        ('"a\\\0b"', False),
        ('"a\0b"', True),
        ('"a\\\0b" \0', True),
        ('x "y" "\\\0"', False),
    ],
)
def test_nul_is_legal_as_a_quoted_pair_only(value: str, bare: bool) -> None:
    assert has_bare_nul(value) is bare


def test_nul_in_an_open_quote_is_not_legal() -> None:
    assert has_bare_nul('"a\\\0b') is True
