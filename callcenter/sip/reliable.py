"""Responses to be acknowledged: 2xx to INVITE by ACK (RFC 3261 §13.3.1.4), provisional ones by PRACK (RFC 3262)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from callcenter.sip.flow import Flow
from callcenter.sip.headers import RAck
from callcenter.sip.timers import Timer
from callcenter.sip.transaction import TransactionLayer


class UnacknowledgedAnswer:
    """A 2xx of ours, repeated at T1, 2*T1 … T2 until its ACK comes or 64*T1 have passed."""

    __slots__ = (
        "_data",
        "_deadline",
        "_flow",
        "_interval",
        "_layer",
        "_on_give_up",
        "_timer",
        "cseq",
        "initial",
        "offered",
    )

    def __init__(
        self,
        layer: TransactionLayer,
        data: bytes,
        flow: Flow,
        cseq: int,
        on_give_up: Callable[[int, float], None],
        now: float,
        *,
        offered: bool,
        initial: bool,
    ) -> None:
        self._layer = layer
        self._data = data
        self._flow = flow
        self.cseq = cseq
        self.offered = offered
        "The 2xx carried our offer, so the ACK must carry the answer."
        self.initial = initial
        "It answers the INVITE that made the session."
        self._on_give_up = on_give_up
        self._interval = layer.settings.t1
        self._deadline = now + 64 * layer.settings.t1
        self._timer: Timer | None = layer.timers.at(now + self._interval, self._on_timer)

    def _on_timer(self, now: float) -> None:
        if now >= self._deadline:
            self._timer = None
            self._on_give_up(self.cseq, now)
            return
        self._layer.send(self._data, self._flow, None)
        self._interval = min(2 * self._interval, self._layer.settings.t2)
        self._timer = self._layer.timers.at(min(now + self._interval, self._deadline), self._on_timer)

    def stop(self) -> None:
        """The ACK came, or nobody waits for it any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Provisional:
    __slots__ = ("carries_sdp", "data", "offered", "rseq", "status")

    def __init__(self, status: int, rseq: int, data: bytes, carries_sdp: bool, offered: bool) -> None:
        self.status = status
        self.rseq = rseq
        self.data = data
        self.carries_sdp = carries_sdp
        self.offered = offered


class ReliableProvisionals:
    """The called side of 100rel: one unacknowledged response at a time, the next ones wait in line.

    :param transmit: sends ``(status, data)`` through the INVITE transaction.
    :param on_give_up: called when no PRACK came for 64*T1 (RFC 3262 §3).
    """

    __slots__ = (
        "_deadline",
        "_interval",
        "_layer",
        "_next_rseq",
        "_on_give_up",
        "_queue",
        "_timer",
        "_transmit",
        "cseq",
    )

    def __init__(
        self,
        layer: TransactionLayer,
        cseq: int,
        transmit: Callable[[int, bytes, float], None],
        on_give_up: Callable[[float], None],
    ) -> None:
        self._layer = layer
        self.cseq = cseq
        self._transmit = transmit
        self._on_give_up = on_give_up
        self._queue: deque[_Provisional] = deque()
        self._next_rseq = 1 + int(layer.token()[:7], 16)
        self._interval = layer.settings.t1
        self._deadline = 0.0
        self._timer: Timer | None = None

    @property
    def next_rseq(self) -> int:
        """Take the next RSeq number (1 … 2**31-1 at first, then one more each)."""
        value = self._next_rseq
        self._next_rseq += 1
        return value

    @property
    def waiting(self) -> bool:
        """Tell whether a response is unacknowledged."""
        return bool(self._queue)

    @property
    def waiting_with_sdp(self) -> bool:
        """Tell whether a description is unacknowledged, so that no 2xx may be sent yet (RFC 3262 §3)."""
        return any(entry.carries_sdp for entry in self._queue)

    def send(self, status: int, rseq: int, data: bytes, now: float, *, carries_sdp: bool, offered: bool) -> None:
        """Send a response, or line it up behind the unacknowledged one."""
        self._queue.append(_Provisional(status, rseq, data, carries_sdp, offered))
        if len(self._queue) == 1:
            self._start(now)

    def _start(self, now: float) -> None:
        first = self._queue[0]
        self._transmit(first.status, first.data, now)
        self._interval = self._layer.settings.t1
        self._deadline = now + 64 * self._layer.settings.t1
        self._timer = self._layer.timers.at(now + self._interval, self._on_timer)

    def _on_timer(self, now: float) -> None:
        if now >= self._deadline:
            self._timer = None
            self._queue.clear()
            self._on_give_up(now)
            return
        first = self._queue[0]
        self._transmit(first.status, first.data, now)
        self._interval *= 2
        self._timer = self._layer.timers.at(min(now + self._interval, self._deadline), self._on_timer)

    def acknowledge(self, rack: RAck) -> bool | None:
        """Take a RAck; None when it matches nothing (481), else whether the acknowledged response carried our offer."""
        if not self._queue or rack.method != "INVITE" or rack.cseq != self.cseq or rack.rseq != self._queue[0].rseq:
            return None
        offered = self._queue.popleft().offered
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return offered

    def resume(self, now: float) -> None:
        """Send the next response in line, once the PRACK before it is answered."""
        if self._queue and self._timer is None:
            self._start(now)

    def stop(self) -> None:
        """A final response was sent: stop repeating, but still know what a late PRACK acknowledges."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while len(self._queue) > 1:
            self._queue.pop()
