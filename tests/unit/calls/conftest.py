"""Calls are tested whole, on a loop where waiting takes no time; after each test nothing may be left of any call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from callcenter.testing.clock import FakeClock
from callcenter.testing.switchboard import Switchboard
from callcenter.testing.virtual_time import run_in_virtual_time


class Opener:
    """Opens switchboards with settings of the test's."""

    def __init__(self, recordings: Path) -> None:
        self.clock = FakeClock(monotonic=1000.0)
        self.opened: list[Switchboard] = []
        self._recordings = recordings

    def __call__(self, **settings: Any) -> Switchboard:
        self.opened.append(Switchboard(self.clock, self._recordings, **settings))
        return self.opened[-1]


@pytest.fixture
def open_desk(tmp_path: Path) -> Opener:
    return Opener(tmp_path)


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    """A switchboard with the usual settings."""
    return open_desk()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> None:
    """Let the coroutines of this directory run in virtual time."""
    if name.startswith("test_") and inspect.iscoroutinefunction(obj):
        setattr(collector.obj, name, _in_virtual_time(obj))


def _in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        desks = [value for value in fixtures.values() if isinstance(value, Switchboard)]
        opener = next((value for value in fixtures.values() if isinstance(value, Opener)), None)
        clock = opener.clock if opener is not None else desks[0].exchange.clock if desks else None

        async def scene() -> None:
            await test(**fixtures)
            for desk in opener.opened if opener is not None else desks:
                await desk.assert_quiet()

        assert clock is None or isinstance(clock, FakeClock)
        run_in_virtual_time(scene(), clock)

    return run
