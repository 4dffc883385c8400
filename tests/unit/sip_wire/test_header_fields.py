"""The header container."""

from __future__ import annotations

import pytest

from callcenter.base.errors import LocalError
from callcenter.sip.message import Headers


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("v", "Via"),
        ("V", "Via"),
        ("VIA", "Via"),
        ("cseq", "CSeq"),
        ("CALL-id", "Call-ID"),
        ("i", "Call-ID"),
        ("x", "Session-Expires"),
        ("o", "Event"),
        ("r", "Refer-To"),
        ("x-custom-HEADER", "X-Custom-Header"),
    ],
)
def test_names_are_canonical(written: str, name: str) -> None:
    headers = Headers([(written, "value")])
    assert list(headers.items()) == [(name, "value")]
    assert headers.get(written) == headers.get(name) == headers.get(name.upper()) == "value"
    assert written in headers


def test_absent() -> None:
    headers = Headers()
    assert headers.get("Via") is None
    assert headers.get_all("Via") == []
    assert "Via" not in headers
    assert 5 not in headers
    headers.remove("Via")


def test_lists_are_split_only_where_the_grammar_has_lists() -> None:
    headers = Headers([("Via", "a, b"), ("v", "c"), ("Subject", "x, y"), ("Supported", ""), ("Allow", "INVITE")])
    assert headers.get_all("Via") == ["a", "b", "c"]
    assert headers.get_all("Subject") == ["x, y"]
    assert headers.get_all("Supported") == []
    assert headers.get_all("Allow") == ["INVITE"]


def test_set_replaces_and_values_are_trimmed() -> None:
    headers = Headers([("Route", "<sip:a>"), ("Route", "<sip:b>")])
    headers.set("route", " <sip:c> ")
    assert headers.get_all("Route") == ["<sip:c>"]


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "A\0", "\u212a"])
def test_name_must_be_a_token(name: str) -> None:
    with pytest.raises(LocalError):
        Headers().add(name, "x")


def test_copy_is_independent() -> None:
    headers = Headers([("To", "a")])
    copy = headers.copy()
    assert copy == headers
    copy.add("To", "b")
    assert headers.get_all("To") == ["a"]
    assert copy != headers
    assert headers != "To: a"
    assert repr(headers) == "Headers([('To', 'a')])"
