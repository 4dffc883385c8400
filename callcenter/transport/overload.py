"""When new calls are refused: calls in progress always come first (RFC 6357's local rejection).

The gate decides from the first bytes of a message, before it is parsed and before any state exists for it. What it
refuses is answered by :mod:`callcenter.transport.stateless`. Requests inside a dialog carry a To tag and always pass;
so does the retransmission of an INVITE that was let in, which looks like a new call but is not.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from callcenter.runtime.clock import Clock
from callcenter.transport import stateless

INVITE_MEMORY_S = 33.0
"Retransmissions of an INVITE may arrive for 64 × T1 = 32 s (RFC 3261 §17.1.1.2)."
MAX_REMEMBERED_INVITES = 50_000


class OverloadGate:
    """Decide whether one more call may begin.

    :param calls: how many calls there are now.
    :param max_calls: the number at which no more begin.
    :param lag: smoothed lateness of the event loop in seconds.
    :param max_loop_lag_s: the lateness above which no calls begin.
    """

    def __init__(
        self,
        *,
        calls: Callable[[], int] = lambda: 0,
        max_calls: int = 1000,
        lag: Callable[[], float] = lambda: 0.0,
        max_loop_lag_s: float = 0.5,
    ) -> None:
        self.max_calls = max_calls
        self.max_loop_lag_s = max_loop_lag_s
        self.draining = False
        "Set on shutdown: no new calls, and OPTIONS says 503 so that load balancers look elsewhere."
        self._calls = calls
        self._lag = lag
        self._let_in_now = 0
        self._recent: OrderedDict[bytes, float] = OrderedDict()

    def overload(self) -> str | None:
        """Return why no call may begin right now, in words for the log, or None when one may."""
        if self.draining:
            return "draining"
        if self._calls() + self._let_in_now >= self.max_calls:
            return "too many calls"
        if self._lag() > self.max_loop_lag_s:
            return "event loop is late"
        return None

    def refusal(self, data: bytes, now: float) -> str | None:
        """Return why the raw message ``data`` must be answered 503, or None when it may go on to the parser.

        An INVITE that goes on is remembered by its branch, so that its retransmissions go on too.
        """
        if data.startswith(b"INVITE "):
            return self._refuse_invite(data, now)
        if self.draining and data.startswith(b"OPTIONS ") and not stateless.has_to_tag(data):
            return "draining"
        return None

    def batch_done(self) -> None:
        """Say that :attr:`calls` now counts every INVITE let in so far."""
        self._let_in_now = 0

    def _refuse_invite(self, data: bytes, now: float) -> str | None:
        if stateless.has_to_tag(data):
            return None
        branch = stateless.top_branch(data)
        recent = self._recent
        while recent and (len(recent) > MAX_REMEMBERED_INVITES or next(iter(recent.values())) <= now):
            recent.popitem(last=False)
        if branch is not None and branch in recent:
            return None
        reason = self.overload()
        if reason is None:
            self._let_in_now += 1
            if branch is not None:
                recent[branch] = now + INVITE_MEMORY_S
        return reason


class LoopLagGauge:
    """How late the event loop runs its timers: an exponentially smoothed lag in seconds.

    A single hiccup barely shows; a loop that is late again and again does.

    :param interval_s: how often the loop is asked.
    :param smoothing: weight of the newest reading, 0..1.
    """

    def __init__(self, clock: Clock, *, interval_s: float = 0.1, smoothing: float = 0.2) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._smoothing = smoothing
        self._value = 0.0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def value(self) -> float:
        """The smoothed lag in seconds; while the loop stands still it shows at the next reading."""
        return self._value

    def record(self, lag_s: float) -> None:
        """Take one reading of ``lag_s`` seconds (negative ones count as none)."""
        self._value += self._smoothing * (max(0.0, lag_s) - self._value)

    def start(self) -> None:
        """Begin asking the running loop."""
        self.stop()
        self._schedule()

    def stop(self) -> None:
        """Stop asking; the last value stays."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._due = self._clock.monotonic() + self._interval_s
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._tick)

    def _tick(self) -> None:
        self.record(self._clock.monotonic() - self._due)
        self._schedule()
