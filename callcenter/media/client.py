"""The control process's side: start media workers, keep them alive, and speak the :class:`MediaPlane` with them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import structlog

from callcenter.media.plane import (
    EventHandler,
    LegsApart,
    LegStatistics,
    LocalMedia,
    MediaCapacityExceeded,
    MediaEvent,
    MediaWorkerDied,
    RecordingClosed,
    RecordingLimits,
    RemoteMedia,
)
from callcenter.media.ports import split_range
from callcenter.media.settings import MediaSettings
from callcenter.media.wire import limits_to_wire, remote_to_wire, statistics_from_wire
from callcenter.media.worker_connection import WorkerConnection, WorkerLost
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sdp.ice import IceCredentials

log = structlog.get_logger(__name__)

_RESTART_DELAY_S = 0.2
_CLOSE_TIMEOUT_S = 3.0


class WorkerPool:
    """The media plane on worker processes of this machine.

    Use: ``pool = WorkerPool(settings); pool.subscribe(handler); await pool.start(); ...; await pool.close()``.
    """

    def __init__(self, settings: MediaSettings) -> None:
        self._settings = settings
        count = settings.workers or os.cpu_count() or 1
        self._ranges = split_range(settings.port_min, settings.port_max, count)
        self._workers: list[WorkerConnection | None] = [None] * count
        self._supervisors: list[asyncio.Task[None]] = []
        self._handler: EventHandler = _ignore
        self._placed: dict[str, WorkerConnection] = {}
        self._full = min(settings.worker_fill, *((last - first + 1) * 3 // 8 for first, last in self._ranges))
        self._ahead = min(settings.reserved_pairs, *((last - first + 1) // 16 for first, last in self._ranges))
        self._calls: dict[str, tuple[WorkerConnection, set[str]]] = {}
        self._call_of: dict[str, str] = {}
        self._rooms: dict[str, tuple[WorkerConnection, set[str]]] = {}
        self._room_of: dict[str, str] = {}
        self._recordings: dict[str, WorkerConnection] = {}
        self.restarts = 0
        "How often a dead worker was replaced."

    async def start(self) -> None:
        """Start every worker; returns when all are running."""
        ready = []
        for index in range(len(self._workers)):
            up = asyncio.Event()
            ready.append(up.wait())
            self._supervisors.append(create_task(self._supervise(index, up), name=f"media-worker:{index}"))
        await asyncio.gather(*ready)

    async def close(self) -> None:
        """End every worker; running recordings are closed by them first."""
        supervisors, self._supervisors = self._supervisors, []
        workers = [worker for worker in self._workers if worker is not None]
        for worker in workers:
            worker.hang_up()
        waiting = [asyncio.wait_for(worker.exited.wait(), _CLOSE_TIMEOUT_S) for worker in workers]
        for worker, outcome in zip(workers, await asyncio.gather(*waiting, return_exceptions=True), strict=True):
            if outcome is not True:
                worker.kill()
        await cancel_and_wait(*supervisors)

    @property
    def workers_alive(self) -> int:
        """How many workers are running now."""
        return sum(worker is not None for worker in self._workers)

    @property
    def legs_open(self) -> int:
        """How many legs are open on all workers."""
        return len(self._placed)

    @property
    def process_ids(self) -> list[int]:
        """The process ids of the running workers."""
        return [worker.process_id for worker in self._workers if worker is not None]

    def subscribe(self, handler: EventHandler) -> None:
        """Have ``handler`` called with every later event; it replaces the one before."""
        self._handler = handler

    async def _supervise(self, index: int, up: asyncio.Event) -> None:
        while True:
            worker = await WorkerConnection.start(self._on_event)
            worker.send("configure", asdict(self._settings), *self._ranges[index])
            self._reserve_ahead(worker)
            self._workers[index] = worker
            up.set()
            try:
                await worker.exited.wait()
            finally:
                self._workers[index] = None
                if not worker.exited.is_set():
                    worker.kill()
            if not self._supervisors:
                return
            legs = self._forget_worker(worker)
            log.error("media worker died", worker=index, returncode=worker.returncode, legs=len(legs))
            self._handler(MediaWorkerDied(legs))
            self.restarts += 1
            await asyncio.sleep(_RESTART_DELAY_S)

    def _forget_worker(self, worker: WorkerConnection) -> tuple[str, ...]:
        legs = tuple(leg for leg, placed in self._placed.items() if placed is worker)
        for leg in legs:
            self._forget_leg(leg)
        self._recordings = {name: other for name, other in self._recordings.items() if other is not worker}
        return legs

    def _forget_leg(self, leg: str) -> None:
        worker = self._placed.pop(leg, None)
        if worker is not None:
            worker.legs -= 1
        self._forget_seat(leg)
        call = self._call_of.pop(leg, None)
        if call is not None and call in self._calls:
            legs = self._calls[call][1]
            legs.discard(leg)
            if not legs:
                del self._calls[call]

    def _forget_seat(self, leg: str) -> None:
        room = self._room_of.pop(leg, None)
        if room is not None:
            legs = self._rooms[room][1]
            legs.discard(leg)
            if not legs:
                del self._rooms[room]

    def _on_event(self, event: MediaEvent) -> None:
        if isinstance(event, RecordingClosed):
            self._recordings.pop(event.recording_id, None)
        self._handler(event)

    # Legs.

    async def open_leg(self, *, call: str, leg: str, host: str | None = None, webrtc: bool = False) -> LocalMedia:
        """See :meth:`callcenter.media.plane.MediaPlane.open_leg`."""
        placed = self._calls.get(call)
        worker = placed[0] if placed is not None else self._choose()
        self._forget_leg(leg)
        self._placed[leg] = worker
        worker.legs += 1
        self._call_of[leg] = call
        self._calls.setdefault(call, (worker, set()))[1].add(leg)
        wanted = host or self._settings.host
        ice = IceCredentials.of(os.urandom(32)) if webrtc else None
        credentials = None if ice is None else (ice.ufrag, ice.pwd)
        try:
            if webrtc and worker.fingerprint is None:
                worker.fingerprint = await worker.ask("identify")
            if worker.reserved and worker.reserved[0].host == wanted:
                local = worker.reserved.popleft()
                worker.send("open_reserved", leg, wanted, local.port, credentials)
                self._reserve_ahead(worker)
            else:
                local = LocalMedia(*await worker.ask("open_leg", leg, wanted, credentials))
        except WorkerLost:
            self._forget_leg(leg)
            raise MediaCapacityExceeded("the media worker was lost") from None
        except MediaCapacityExceeded:
            self._forget_leg(leg)
            raise
        except asyncio.CancelledError:
            worker.send("close_leg", 0, leg)
            self._forget_leg(leg)
            raise
        return local if ice is None else replace(local, ice=ice, fingerprint=worker.fingerprint)

    def _reserve_ahead(self, worker: WorkerConnection) -> None:
        """Have the worker open ports before calls need them: waiting for an answer costs each call two wake-ups."""
        if self._ahead == 0 or worker.reserving or len(worker.reserved) > self._ahead // 2:
            return
        worker.reserving = True
        create_task(self._reserve(worker), name="media-reserve")

    async def _reserve(self, worker: WorkerConnection) -> None:
        try:
            found = await worker.ask("reserve", self._settings.host, self._ahead - len(worker.reserved))
        except WorkerLost:
            return
        worker.reserved.extend(LocalMedia(*pair) for pair in found)
        worker.reserving = False

    def _choose(self) -> WorkerConnection:
        """Return the first worker that is not full, or else the one with the fewest legs."""
        fewest = None
        for worker in self._workers:
            if worker is not None:
                if worker.legs < self._full:
                    return worker
                if fewest is None or worker.legs < fewest.legs:
                    fewest = worker
        if fewest is None:
            raise MediaCapacityExceeded("no media worker is running")
        return fewest

    def set_remote(self, leg: str, remote: RemoteMedia) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.set_remote`."""
        self._send(leg, "set_remote", remote_to_wire(remote))

    def mute(self, leg: str, muted: bool = True) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.mute`."""
        self._send(leg, "mute", muted)

    async def close_leg(self, leg: str) -> LegStatistics:
        """See :meth:`callcenter.media.plane.MediaPlane.close_leg`."""
        worker = self._placed.get(leg)
        self._forget_leg(leg)
        return await self._ask_statistics(worker, "close_leg", leg)

    async def leg_statistics(self, leg: str) -> LegStatistics:
        """See :meth:`callcenter.media.plane.MediaPlane.leg_statistics`."""
        return await self._ask_statistics(self._placed.get(leg), "leg_statistics", leg)

    async def _ask_statistics(self, worker: WorkerConnection | None, command: str, leg: str) -> LegStatistics:
        if worker is not None:
            try:
                result = await worker.ask(command, leg)
            except WorkerLost:
                result = None
            if result is not None:
                return statistics_from_wire(result)
        return LegStatistics(leg=leg)

    def _send(self, leg: str, command: str, *arguments: Any) -> None:
        worker = self._placed.get(leg)
        if worker is not None:
            worker.send(command, leg, *arguments)

    # Playing.

    def play(
        self,
        leg: str,
        play_id: str,
        files: Sequence[str | Path],
        *,
        loop: bool = False,
        barge_in: bool = True,
        gap_ms: int = 0,
        offset_ms: int = 0,
    ) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.play`."""
        self._send(leg, "play", [play_id, [str(file) for file in files], loop, barge_in, gap_ms, offset_ms])

    def stop(self, leg: str, play_id: str | None = None) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.stop`."""
        self._send(leg, "stop", play_id)

    def send_dtmf(self, leg: str, digits: str, *, duration_ms: int = 100, gap_ms: int = 60) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.send_dtmf`."""
        self._send(leg, "send_dtmf", digits, duration_ms, gap_ms)

    # Conversations.

    def bridge(self, leg_a: str, leg_b: str) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.bridge`."""
        a, b = self._placed.get(leg_a), self._placed.get(leg_b)
        if a is None or b is None:
            return
        if a is not b:
            raise LegsApart(f"legs {leg_a} and {leg_b} are on different media workers")
        self._forget_seat(leg_a)
        self._forget_seat(leg_b)
        a.send("bridge", leg_a, leg_b)

    def unbridge(self, leg: str) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.unbridge`."""
        self._send(leg, "unbridge")

    def mix(
        self,
        room: str,
        leg: str,
        *,
        hears: Collection[str] | None = None,
        speaks_to: Collection[str] | None = None,
    ) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.mix`."""
        worker = self._placed.get(leg)
        if worker is None:
            return
        if room in self._rooms and self._rooms[room][0] is not worker:
            raise LegsApart(f"room {room} is on another media worker than leg {leg}")
        self._forget_seat(leg)
        self._room_of[leg] = room
        self._rooms.setdefault(room, (worker, set()))[1].add(leg)
        worker.send(
            "mix", room, leg, None if hears is None else list(hears), None if speaks_to is None else list(speaks_to)
        )

    def unmix(self, leg: str) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.unmix`."""
        self._forget_seat(leg)
        self._send(leg, "unmix")

    # Recording.

    def record(
        self,
        recording_id: str,
        path: str | Path,
        leg: str,
        *,
        stereo: bool = True,
        limits: RecordingLimits | None = None,
    ) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.record`."""
        worker = self._placed.get(leg)
        if worker is not None:
            self._recordings[recording_id] = worker
            worker.send("record", recording_id, str(path), leg, stereo, limits_to_wire(limits))

    def pause_recording(self, recording_id: str) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.pause_recording`."""
        self._send_recording(recording_id, "pause_recording")

    def resume_recording(self, recording_id: str) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.resume_recording`."""
        self._send_recording(recording_id, "resume_recording")

    def stop_recording(self, recording_id: str) -> None:
        """See :meth:`callcenter.media.plane.MediaPlane.stop_recording`."""
        self._send_recording(recording_id, "stop_recording")

    def _send_recording(self, recording_id: str, command: str) -> None:
        worker = self._recordings.get(recording_id)
        if worker is not None:
            worker.send(command, recording_id)


def _ignore(event: MediaEvent) -> None:
    """Nobody has subscribed yet."""
