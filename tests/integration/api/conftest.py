"""The office of the API's quick tests, for tests that take longer."""

from __future__ import annotations

from tests.unit.api.conftest import (  # noqa: F401 - pytest finds fixtures by their names here
    _types_are_read_once,
    filled,
    office,
    pages,
    quick_passwords,
)
