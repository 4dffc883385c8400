"""Repeated warnings are counted, not written."""

from __future__ import annotations

from typing import Any

from callcenter.transport.log_limit import LogLimit
from tests.unit.transport.fakes import HandClock


class Lines:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def warning(self, event: str, **fields: Any) -> None:
        self.lines.append((event, fields))


def test_one_line_of_a_kind_per_interval_with_the_number_kept_back() -> None:
    log, clock = Lines(), HandClock()
    limit = LogLimit(log, clock, interval_s=5.0)
    for number in range(100):
        limit.warning("malformed message", number=number)
    limit.warning("new call refused")
    clock.now = 5.0
    limit.warning("malformed message", number=100)
    clock.now = 10.0
    limit.warning("malformed message", number=101)
    assert log.lines == [
        ("malformed message", {"number": 0}),
        ("new call refused", {}),
        ("malformed message", {"number": 100, "suppressed": 99}),
        ("malformed message", {"number": 101}),
    ]
