"""The shape of the source: modules one can read at a sitting, packages that say what they are for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "callcenter"
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted(path for path in MODULES if path.name == "__init__.py")

LIMIT = 450
LONGER = {
    "calls/leg.py": (560, "one participant's whole life; its state, its media and its end guard each other"),
    "calls/cdr.py": (480, "the record is one vocabulary"),
    "sip/endpoint.py": (480, "the core's whole interface"),
    "testing/raw_phone.py": (600, "a phone written apart from the product, so that it shares none of its faults"),
}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_or_says_why_not(path: Path) -> None:
    limit, _reason = LONGER.get(name_of(path), (LIMIT, ""))
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


def test_no_exception_outlives_its_need() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert [name for name in LONGER if lengths.get(name, 0) <= LIMIT] == []


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_a_package_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
