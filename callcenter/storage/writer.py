"""The group-commit writer: many small writes become few transactions, and no call ever waits for one.

:meth:`GroupCommitWriter.submit` puts a unit in a queue and returns. One task writes the queue in order, every 50 ms or
50 rows, each batch in one transaction. When the database is away (locked, full, restarting) the batch is tried again
with growing pauses and nothing is overtaken::

    submit → tail (memory) → spool file (only when memory is full) → head (memory) → database

The head is the oldest. When there is no spool file the tail is empty and submit appends to the head.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import structlog

from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.storage.sinks import Rejected, Sink, Unavailable, Unit
from callcenter.storage.spool import SpoolFile
from callcenter.storage.statements import Row, Statement

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterSettings:
    """When to write and what to do when it fails."""

    max_delay_s: float = 0.05
    max_rows: int = 50
    "Write at once when this many rows wait."
    batch_units: int = 500
    "At most this many units in one transaction."
    memory_units: int = 20_000
    "More than this many waiting units go to the spool file."
    first_pause_s: float = 0.05
    longest_pause_s: float = 2.0
    alarm_after_s: float = 5.0


@dataclass(slots=True)
class WriterStatistics:
    """Counters for the metrics page."""

    rows_written: int = 0
    transactions: int = 0
    failed_attempts: int = 0
    units_rejected: int = 0
    units_waiting: int = 0
    "In memory."
    units_spooled: int = 0
    "In the spool file."
    unavailable_for_s: float = 0.0
    "How long the database has been away; 0 when it is there."


class GroupCommitWriter:
    """Writes units in order, in the background."""

    def __init__(self, sink: Sink, spool_dir: Path, settings: WriterSettings | None = None) -> None:
        """Prepare; :meth:`start` begins writing.

        :param spool_dir: holds ``spool.jsonl`` and ``rejected.jsonl``, created when needed.
        """
        self.statistics = WriterStatistics()
        self._settings = settings or WriterSettings()
        self._sink = sink
        self._spool = SpoolFile(spool_dir / "spool.jsonl")
        self._rejected = SpoolFile(spool_dir / "rejected.jsonl")
        self._head: deque[Unit] = deque()
        self._tail: deque[Unit] = deque()
        self._rows_waiting = 0
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._submitted = 0
        self._written = 0
        self._markers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._away_since: float | None = None
        self._alarmed = False
        self._spooling = False
        "There is a spool file: what comes now belongs behind it."

    async def start(self) -> None:
        """Begin writing, with what an earlier run left in the spool file first."""
        left = await asyncio.to_thread(self._spool.count)
        if left:
            log.warning("replaying the spool file", units=left, path=str(self._spool.path))
            self._submitted += left
            self.statistics.units_spooled = left
            self._tail, self._head = self._head, self._tail
            self._spooling = True
            self._due.set()
        self._task = create_task(self._run(), name="storage-writer")

    def submit(self, statement: Statement, row: Row) -> None:
        """Hand over one write. Never blocks."""
        self.submit_unit(((statement, row),))

    def submit_unit(self, unit: Unit) -> None:
        """Hand over writes that belong in one transaction. Never blocks."""
        (self._tail if self._spooling else self._head).append(unit)
        self._submitted += 1
        self._rows_waiting += len(unit)
        self.statistics.units_waiting += 1
        if self._rows_waiting >= self._settings.max_rows:
            self._due.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._settings.max_delay_s, self._due.set)

    async def flush(self) -> None:
        """Return when everything handed over before is in the database."""
        if self._written >= self._submitted:
            return
        marker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._markers, (self._submitted, id(marker), marker))
        self._due.set()
        await marker

    async def close(self, timeout_s: float = 5.0) -> None:
        """Write what is left; what cannot be written within ``timeout_s`` goes to the spool file for the next start."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.flush()
        except TimeoutError:
            log.warning("the database is away at shutdown", units=self._submitted - self._written)
        if self._timer is not None:
            self._timer.cancel()
        await cancel_and_wait(self._task)
        if self._head or self._tail:
            await asyncio.to_thread(self._spool_everything)
        await self._sink.close()

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._rows_waiting = 0
            await self._drain()

    async def _drain(self) -> None:
        """Write what was handed over until now; what comes meanwhile waits for its own turn."""
        target = self._submitted
        pause_s = self._settings.first_pause_s
        while self._written < target and await self._refill():
            batch = list(islice(self._head, self._settings.batch_units))
            try:
                await self._write(batch)
            except Unavailable as error:
                self._note_failure(error)
                await self._make_room()
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, self._settings.longest_pause_s)
                continue
            except Rejected:
                await self._write_one_by_one(batch)
                continue
            self._note_success(batch)
            pause_s = self._settings.first_pause_s

    async def _write(self, units: Sequence[Unit]) -> None:
        try:
            await self._sink.write(units)
        except (Unavailable, Rejected):
            raise
        except Exception as error:  # A supervised edge: whatever the driver raises, the writer goes on.
            log.exception("the database driver failed in an unknown way")
            raise Unavailable(str(error)) from error

    async def _refill(self) -> bool:
        """Bring the oldest waiting units into the head; tell whether there are any."""
        if self._head or not self._spooling:
            return bool(self._head)
        statistics = self.statistics
        units = await asyncio.to_thread(self._spool.read, self._settings.batch_units)
        self._head.extend(units)
        statistics.units_waiting += len(units)
        statistics.units_spooled -= len(units)
        if units:
            return True
        # All of the file is in the database. Unreadable lines count as done, or a flush would wait for them.
        await asyncio.to_thread(self._spool.clear)
        self._written += statistics.units_spooled
        statistics.units_spooled = 0
        self._spooling = False
        self._head, self._tail = self._tail, self._head
        self._release_markers()
        return bool(self._head)

    async def _make_room(self) -> None:
        """Move units to the spool file when there are too many in memory: the newest, so that order holds."""
        statistics = self.statistics
        if statistics.units_waiting <= self._settings.memory_units:
            return
        waiting = self._tail if self._spooling else self._head
        keep = 0 if self._spooling else self._settings.memory_units // 2
        moved = [waiting.pop() for _ in range(len(waiting) - keep)]
        moved.reverse()
        was_spooling, self._spooling = self._spooling, True
        try:
            await asyncio.to_thread(self._spool.append, moved)
        except OSError as error:
            # Nothing is dropped: it stays in memory, and the alarm says so.
            log.critical("the spool file cannot be written, keeping everything in memory", error=str(error))
            self._tail.extendleft(reversed(moved))
            if not was_spooling:
                self._head.extend(self._tail)
                self._tail.clear()
                self._spooling = False
            return
        if not was_spooling:
            log.critical("waiting writes go to the spool file", path=str(self._spool.path))
        statistics.units_spooled += len(moved)
        statistics.units_waiting -= len(moved)

    async def _write_one_by_one(self, batch: Sequence[Unit]) -> None:
        """Find the unit the database refuses: the others are written, it is put aside for a person to look at."""
        for unit in batch:
            try:
                await self._write([unit])
            except Unavailable as error:
                self._note_failure(error)
                return
            except Rejected as error:
                names = [statement.name for statement, _ in unit]
                log.error("a write was rejected and put aside", statements=names, error=str(error))
                self.statistics.units_rejected += 1
                await self._put_aside(unit)
            self._note_success([unit])

    async def _put_aside(self, unit: Unit) -> None:
        try:
            await asyncio.to_thread(self._rejected.append, [unit])
        except (OSError, TypeError, ValueError) as error:
            log.critical("a rejected write could not be put aside", error=str(error))

    def _note_success(self, batch: Sequence[Unit]) -> None:
        for _ in batch:
            self._head.popleft()
        self._written += len(batch)
        statistics = self.statistics
        statistics.units_waiting -= len(batch)
        statistics.transactions += 1
        statistics.rows_written += sum(map(len, batch))
        if self._away_since is not None:
            if self._alarmed:
                log.warning("the database is back", away_s=round(statistics.unavailable_for_s, 1))
            self._away_since, self._alarmed = None, False
            statistics.unavailable_for_s = 0.0
        self._release_markers()

    def _release_markers(self) -> None:
        while self._markers and self._markers[0][0] <= self._written:
            marker = heapq.heappop(self._markers)[2]
            if not marker.done():
                marker.set_result(None)

    def _note_failure(self, error: Unavailable) -> None:
        now = asyncio.get_running_loop().time()
        self.statistics.failed_attempts += 1
        if self._away_since is None:
            self._away_since = now
            log.warning("the database cannot be written, trying again", error=str(error))
        self.statistics.unavailable_for_s = now - self._away_since
        if not self._alarmed and self.statistics.unavailable_for_s >= self._settings.alarm_after_s:
            self._alarmed = True
            log.critical("the database is away", error=str(error), units_waiting=self.statistics.units_waiting)

    def _spool_everything(self) -> None:
        """Leave everything for the next start, oldest first: the head, what is unread in the file, the tail."""
        younger: list[Unit] = []
        while units := self._spool.read(1000):
            younger.extend(units)
        try:
            self._spool.replace([*self._head, *younger, *self._tail])
        except OSError as error:
            log.critical("writes are lost: neither database nor spool file", error=str(error), units=len(self._head))
