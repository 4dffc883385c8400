"""The fake clock moves when told, and only ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.runtime.clock import Clock
from callcenter.testing.clock import FakeClock


def test_both_clocks_advance_together() -> None:
    clock = FakeClock(5.0, datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.advance(1.5) == 6.5
    assert clock.utcnow() == datetime(2026, 1, 1, 0, 0, 1, 500_000, UTC)
    as_port: Clock = clock
    assert as_port.monotonic() == 6.5


def test_a_wall_clock_jump_leaves_the_monotonic_clock_alone() -> None:
    clock = FakeClock()
    clock.set_utcnow(clock.utcnow() - timedelta(hours=1))
    assert clock.monotonic() == 0.0


def test_it_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="advances"):
        FakeClock().advance(-1)
