"""An event loop in which waiting takes no time: when nothing is left to do now, its clock jumps to the next timer.

A test of a 30-second ring runs in microseconds and in the same order every time. Nothing outside may be waited for:
no sockets, no threads; :meth:`VirtualTimeLoop.run_in_executor` runs what it is given at once.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

from callcenter.testing.clock import FakeClock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class NothingLeftToHappen(AssertionError):
    """Something is awaited that no task and no timer will ever bring about."""


class _JumpingSelector(selectors.DefaultSelector):
    """Advances the clock where the real one would sleep."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready now; with nothing ready, let ``timeout`` pass on the clock."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise NothingLeftToHappen("every task waits and no timer is set")
        if not ready and timeout is not None and timeout > 0:
            self._clock.advance(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs on ``clock`` instead of the machine's."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock(monotonic=1000.0)
        super().__init__(_JumpingSelector(self.clock))

    def time(self) -> float:
        """Return the fake clock's monotonic seconds."""
        return self.clock.monotonic()

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], Any], *args: *Ts) -> asyncio.Future[Any]:
        """Call ``func`` now."""
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # Whoever awaits it gets it, as from a thread.
            future.set_exception(error)
        return future


def run_in_virtual_time(main: Coroutine[Any, Any, T], clock: FakeClock | None = None) -> T:
    """Run ``main`` to its end on a loop of its own, like ``asyncio.run``."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(clock)) as runner:
        return runner.run(main)
