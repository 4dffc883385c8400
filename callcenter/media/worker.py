"""The media worker process: one thread, one epoll loop, no asyncio, no logging per packet.

Run as ``python -m callcenter.media.worker <fd>`` by :class:`callcenter.media.client.WorkerPool` with its end of a
socket pair. It lives as long as that socket: when the control process is gone, recordings are closed properly and it
ends. Signals meant for the whole service are ignored, because the control process decides when media stops.

When hardly anything is going on a packet is handled as soon as it arrives, and ticks without visits are slept over.
With more (:data:`BUSY_EVENTS`) the loop sleeps to the next tick and handles all that has arrived in one go, for far
fewer wake-ups. It wakes for every second tick of 5 ms, which adds at most 10 ms to a bridged packet: a third less
processor time than every tick takes. While all legs only listen to prompts it wakes for every fourth.
"""

from __future__ import annotations

import gc
import select
import signal
import socket
import sys
import time
from collections.abc import Callable

from callcenter.media.commands import Commands
from callcenter.media.engine import Engine
from callcenter.media.plane import MediaEvent
from callcenter.media.settings import MediaSettings
from callcenter.media.ticker import LONG_STRIDE, STRIDE, TICK_S
from callcenter.media.wire import FrameReader, event_to_wire, pack
from callcenter.runtime.clock import SystemClock

BUSY_EVENTS = 8
"Events handled in the last :data:`_WINDOW_TICKS` ticks above which the loop works tick by tick."
_WINDOW_TICKS = 10
_EVENTS_AT_ONCE = 1024
_ROUNDS = 8
"How often one tick asks for more before it moves on."
_IDLE_S = 3600.0
_NEVER = float("inf")
_LAST_WORDS_S = 1.0


class Worker:
    """The loop, and the connection to the control process."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._clock = SystemClock()
        self._poller = select.epoll()
        self._handlers: dict[int, Callable[[], None]] = {}
        self._reader = FrameReader()
        self._messages: list[list[object]] = []
        self._unsent = b""
        self._alive = True
        control.setblocking(False)
        self.watch(control.fileno(), self._on_control)
        now = self._clock.monotonic()
        self._engine = Engine(
            MediaSettings(),
            now=now,
            unix_now=self._clock.utcnow().timestamp(),
            emit=self._emit,
            watch=self.watch,
        )
        self._engine.ticker.lagged = self._lagged
        self._commands = Commands(self._engine, self._messages.append)

    def watch(self, descriptor: int, handler: Callable[[], None] | None) -> None:
        """Have ``handler`` called whenever ``descriptor`` is readable; ``None`` ends that."""
        if handler is None:
            if self._handlers.pop(descriptor, None) is not None:
                self._poller.unregister(descriptor)
            return
        if descriptor not in self._handlers:
            self._poller.register(descriptor, select.EPOLLIN)
        self._handlers[descriptor] = handler

    def run(self) -> None:
        """Work until the control process is gone."""
        ticker = self._engine.ticker
        passing = self._engine.passing
        clock = self._engine.clock
        monotonic = time.monotonic
        poll = self._poller.poll
        recent = 0
        window_ends = 0.0
        busy = False
        while self._alive:
            now = monotonic()
            if now >= window_ends:
                busy = recent > BUSY_EVENTS
                recent = 0
                window_ends = now + _WINDOW_TICKS * TICK_S
            stride = STRIDE if passing or ticker.fast.uneven else LONG_STRIDE
            if busy:
                deadline = ticker.deadline(stride)
                if deadline > now:
                    time.sleep(min(deadline - now, stride * TICK_S))
                    now = monotonic()
                clock.set(now)
                ticker.run(now)  # before anything else: what is paced must not wait for what has arrived
                events = poll(0.0, _EVENTS_AT_ONCE)
            else:
                deadline = _NEVER if ticker.idle else ticker.due(stride)
                events = poll(max(min(deadline - now, _IDLE_S), 0.0), _EVENTS_AT_ONCE)
                now = monotonic()
                clock.set(now)
                ticker.run(now)
            recent += len(events)
            self._handle(events)
            if busy or now - deadline > TICK_S:
                recent += self._drain_rounds(poll)
            if self._messages or self._unsent:
                self._flush()
        self._commands.shut_down()
        self._say_last_words()

    def _handle(self, events: list[tuple[int, int]]) -> None:
        handlers = self._handlers
        for descriptor, _ in events:
            handler = handlers.get(descriptor)
            if handler is not None:
                handler()

    def _drain_rounds(self, poll: Callable[[float, int], list[tuple[int, int]]]) -> int:
        """Take second and further packets of sockets that have more than one waiting, so that no queue stays."""
        handled = 0
        for _ in range(_ROUNDS):
            events = poll(0.0, _EVENTS_AT_ONCE)
            if not events:
                break
            handled += len(events)
            self._handle(events)
        return handled

    def _lagged(self, seconds: float) -> None:
        self._commands.skip(seconds)

    def _emit(self, event: MediaEvent) -> None:
        self._messages.append(event_to_wire(event))

    def _on_control(self) -> None:
        try:
            data = self._control.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._alive = False
            return
        self._commands.execute(self._reader.feed(data))

    def _say_last_words(self) -> None:
        """Report what closing brought about, if there is still somebody to read it."""
        self._control.settimeout(_LAST_WORDS_S)
        try:
            self._control.sendall(self._unsent + pack(self._messages))
        except OSError:  # the control process is gone altogether
            return

    def _flush(self) -> None:
        if self._messages:
            self._unsent += pack(self._messages)
            self._messages.clear()
        try:
            sent = self._control.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            self._alive = False
            return
        self._unsent = self._unsent[sent:]


def main() -> None:
    """Serve the socket whose descriptor is the first argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    worker = Worker(socket.socket(fileno=int(sys.argv[1])))
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    worker.run()


if __name__ == "__main__":
    main()
