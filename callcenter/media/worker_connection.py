"""One worker process seen from the control process: commands out in batches, replies and events in."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

import callcenter
from callcenter.base.errors import CallcenterError
from callcenter.media.plane import LocalMedia, MediaCapacityExceeded, MediaEvent
from callcenter.media.wire import FrameReader, event_from_wire, pack
from callcenter.runtime.tasks import create_task

log = structlog.get_logger(__name__)


class WorkerLost(CallcenterError):
    """The media worker ended before it answered."""

    error_id = "media-worker-lost"


class WorkerConnection:
    """A running worker. Commands of one loop turn leave as one frame.

    :param on_event: called with every event, in order.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, control: socket.socket, on_event: Callable[[MediaEvent], None]
    ) -> None:
        self._process = process
        self._control = control
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._messages: list[list[Any]] = []
        self._unsent = b""
        self._requests = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._lost = False
        self._writing = False
        self.legs = 0
        "How many legs were placed on it (counted by who places them)."
        self.reserved: deque[LocalMedia] = deque()
        "Port pairs it has opened ahead (kept by who places legs)."
        self.fingerprint: str | None = None
        "Of the certificate its WebRTC legs show, once asked for (by who places legs)."
        self.reserving = False
        "More are on their way."
        self.exited = asyncio.Event()
        "Set when the process has ended and been reaped."
        self._loop.add_reader(control.fileno(), self._on_readable)
        create_task(self._reap(), name=f"media-worker-exit:{process.pid}")

    @classmethod
    async def start(cls, on_event: Callable[[MediaEvent], None]) -> WorkerConnection:
        """Start a worker process connected by a socket pair."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        environment = dict(os.environ)
        root = str(Path(callcenter.__file__).parent.parent)
        path = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{path}" if path else root
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-W",
                "ignore::DeprecationWarning",
                "-m",
                "callcenter.media.worker",
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=environment,
            )
        return cls(process, ours, on_event)

    @property
    def process_id(self) -> int:
        """Of the worker."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Of the worker, once it has ended."""
        return self._process.returncode

    def send(self, command: str, *arguments: Any) -> None:
        """Have a command carried out; nothing happens when the worker is lost."""
        if self._lost:
            return
        if not self._messages:
            self._loop.call_soon(self._flush)
        self._messages.append([command, *arguments])

    async def ask(self, command: str, *arguments: Any) -> Any:
        """Have a command carried out and return its answer.

        :raises WorkerLost: when the worker ends before it answers.
        :raises MediaCapacityExceeded: when the worker says so.
        """
        if self._lost:
            raise WorkerLost
        self._requests += 1
        request = self._requests
        future = self._waiting[request] = self._loop.create_future()
        self.send(command, request, *arguments)
        try:
            return await future
        finally:
            self._waiting.pop(request, None)

    def hang_up(self) -> None:
        """Close the connection after what is waiting has been sent; the worker then closes everything and ends."""
        if not self._lost:
            self._flush()
            self._control.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End the process at once."""
        if self._process.returncode is None:
            self._process.kill()

    def _flush(self) -> None:
        if self._lost:
            return
        if self._messages:
            self._unsent += pack(self._messages)
            self._messages = []
        try:
            sent = self._control.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:  # the reader will see the end
            return
        self._unsent = self._unsent[sent:]
        if bool(self._unsent) is not self._writing:
            self._writing = bool(self._unsent)
            if self._writing:
                self._loop.add_writer(self._control.fileno(), self._flush)
            else:
                self._loop.remove_writer(self._control.fileno())

    def _on_readable(self) -> None:
        try:
            data = self._control.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        for message in self._reader.feed(data):
            if message[0] == "reply":
                self._answer(*message[1:])
            else:
                self._on_event(event_from_wire(message))

    def _answer(self, request: int, result: Any, error: str | None) -> None:
        future = self._waiting.get(request)
        if future is None or future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(MediaCapacityExceeded(error))

    def _lose(self) -> None:
        if self._lost:
            return
        self._lost = True
        self._loop.remove_reader(self._control.fileno())
        if self._writing:
            self._loop.remove_writer(self._control.fileno())
        self._control.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(WorkerLost())

    async def _reap(self) -> None:
        await self._process.wait()
        if not self._lost:
            self._on_readable()  # what it said last
        self._lose()
        self.exited.set()
