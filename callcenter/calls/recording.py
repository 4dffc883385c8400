"""Recordings of calls: where the file goes, and what the call's record keeps of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from callcenter.calls.cdr import RECORDING_EVENT, RecordingRecord
from callcenter.media.plane import RecordingClosed, RecordingEnd, RecordingLimits

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.exchange import Exchange
    from callcenter.calls.leg import Leg

log = structlog.get_logger(__name__)

CLOSE_TIMEOUT_S = 5.0
"How long the media engine may take to complete a file."


class Recording:
    """A recording being made. Begin one with :meth:`start`; it ends with its leg, by its limits or by :meth:`stop`."""

    def __init__(
        self, exchange: Exchange, call: Call, recording_id: str, path: Path, channels: int, media_id: str
    ) -> None:
        self.id = recording_id
        self.media_id = media_id
        "The media leg it follows."
        self.path = path
        self.closed: asyncio.Future[RecordingClosed] = asyncio.get_running_loop().create_future()
        "Resolved when the file is complete."
        self._exchange = exchange
        self._call = call
        self._channels = channels
        self._started_ms = call.at_ms

    @classmethod
    def start(
        cls, exchange: Exchange, call: Call, leg: Leg, *, stereo: bool = True, limits: RecordingLimits | None = None
    ) -> Recording | None:
        """Record ``leg``: its own voice left, what it hears right; None (and a log line) when no file can be made."""
        assert leg.media is not None
        recording_id = call.new_part_id()
        day = call.started_at.strftime("%Y/%m/%d")
        name = Path(day) / f"{recording_id}.wav"
        path = exchange.settings.recordings / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.error("recording impossible", call_id=call.id, error=str(error))
            call.note("recording_failed", error=str(error))
            return None
        recording = cls(exchange, call, recording_id, name, 2 if stereo else 1, leg.media.id)
        exchange.recordings[recording_id] = recording
        call.note(RECORDING_EVENT, recording_id=recording_id, path=str(name))
        exchange.media.record(recording_id, path, leg.media.id, stereo=stereo, limits=limits)
        return recording

    def belongs_to(self, call: Call) -> bool:
        """Tell whether it is a recording of ``call``."""
        return self._call is call

    def stop(self) -> None:
        """End the recording; :attr:`closed` follows."""
        self._exchange.media.stop_recording(self.id)

    def pause(self) -> None:
        """Write silence until resumed (card numbers)."""
        self._exchange.media.pause_recording(self.id)
        self._call.note("recording_paused", recording_id=self.id)

    def resume(self) -> None:
        """End a pause."""
        self._exchange.media.resume_recording(self.id)
        self._call.note("recording_resumed", recording_id=self.id)

    def on_closed(self, event: RecordingClosed) -> None:
        """Take the media engine's word that the file is complete."""
        self._exchange.recordings.pop(self.id, None)
        self._call.recording_closed(
            RecordingRecord(
                id=self.id,
                path=str(self.path),
                started_ms=self._started_ms,
                duration_ms=event.duration_ms,
                channels=self._channels,
                truncated=event.truncated,
            )
        )
        if not self.closed.done():
            self.closed.set_result(event)

    async def wait_closed(self) -> None:
        """Return when the file is complete, or given up after a while (its worker died)."""
        try:
            await asyncio.wait_for(asyncio.shield(self.closed), CLOSE_TIMEOUT_S)
        except TimeoutError:
            log.error("recording not closed in time", call_id=self._call.id, recording_id=self.id)
            self.on_closed(_lost(self))

    async def discard(self) -> None:
        """Delete the finished file: there is nothing in it worth keeping."""
        await asyncio.to_thread((self._exchange.settings.recordings / self.path).unlink, missing_ok=True)


def _lost(recording: Recording) -> RecordingClosed:
    return RecordingClosed(recording.id, str(recording.path), 0, 0, True, RecordingEnd.DISK)
