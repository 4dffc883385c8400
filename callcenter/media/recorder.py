"""Write what a leg says and hears into a WAV file that is playable at any moment.

Both sides collect packets as they come; every 800 ms everything older than 200 ms is decoded, interleaved and written
in one go, and the header is patched after it. A killed worker therefore loses at most the last second. There is no
fsync: what the kernel has taken survives the process, and a power cut may cost what the disk had not.
"""

from __future__ import annotations

import audioop
import os
from collections.abc import Callable

from callcenter.media.engine import Engine
from callcenter.media.plane import RecordingClosed, RecordingEnd, RecordingLimits
from callcenter.media.track import HOLD_BACK, Track
from callcenter.media.wav import HEADER_SIZE, wav_header

_SILENCE_RMS = 250
"About -42 dBFS: quieter than that is nobody speaking."
_SILENCE_STEP = 800
"Samples looked at at once when looking for silence: 100 ms."
_KEPT_SILENCE = 2400
"Samples of the silence that ended a recording which stay in it."


class Recording:
    """A recording in progress.

    :param stereo: right is what the leg hears; else only what it says.
    :param closed: called once when it has ended, by itself or not.
    """

    def __init__(
        self,
        engine: Engine,
        recording_id: str,
        path: str,
        *,
        stereo: bool,
        limits: RecordingLimits,
        closed: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._path = path
        self._channels = 2 if stereo else 1
        self._limits = limits
        self._closed = closed
        self._file = -1
        self._written = 0  # samples per channel in the file
        self._silent = 0  # samples at the end in which the left side is silent
        self._paused = False
        self._origin = engine.clock.samples
        self.recording_id = recording_id
        self.left = Track(engine.clock, self._origin)
        self.right = Track(engine.clock, self._origin) if stereo else None
        self.over = False

    def start(self) -> None:
        """Create the file; ends at once when that is not possible."""
        try:
            self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o640)
            self._write(wav_header(0, channels=self._channels), 0)
        except (OSError, ValueError):
            self._finish(RecordingEnd.DISK)
            return
        self._engine.ticker.look_after(self.visit)

    def visit(self) -> None:
        """Write what is old enough, and end if a limit is reached."""
        if self.over:
            return
        self._flush(self._now() - HOLD_BACK)
        limits = self._limits
        if self.over:
            return
        if limits.max_duration_s is not None and self._written >= limits.max_duration_s * 8000:
            self._finish(RecordingEnd.MAX_DURATION)
        elif limits.end_silence_s is not None and self._silent >= limits.end_silence_s * 8000:
            self._cut(self._silent - _KEPT_SILENCE)
            self._finish(RecordingEnd.SILENCE)

    def pause(self) -> None:
        """Write silence from now on."""
        if not self._paused:
            self._flush(self._now())
            self._paused = True

    def resume(self) -> None:
        """Write voices again from now on."""
        if self._paused:
            self._flush(self._now())
            self._paused = False

    def digit(self, digit: str) -> None:
        """End if ``digit`` is to end it."""
        if digit in self._limits.end_digits:
            self.stop(RecordingEnd.DIGIT)

    def stop(self, reason: RecordingEnd) -> None:
        """Write the rest and close the file."""
        if not self.over:
            self._flush(self._now())
        if not self.over:
            self._finish(reason)

    def _now(self) -> int:
        return self._engine.clock.samples - self._origin

    def _flush(self, position: int) -> None:
        limit = self._limits.max_duration_s
        if limit is not None:
            position = min(position, int(limit * 8000))
        if position <= self._written or self.over:
            return
        left = self.left.take(position)
        right = b"" if self.right is None else self.right.take(position)
        if self._limits.end_silence_s is not None:
            self._listen_for_silence(bytes(2 * len(left)) if self._paused else audioop.alaw2lin(left, 2))
        if self._paused:
            data = bytes(2 * self._channels * len(left))
        elif right:
            both = bytearray(2 * len(left))  # interleaved before they are decoded: a tenth of the work
            both[::2] = left
            both[1::2] = right
            data = audioop.alaw2lin(both, 2)
        else:
            data = audioop.alaw2lin(left, 2)
        try:
            self._write(data, HEADER_SIZE + self._written * 2 * self._channels)
            self._written = position
            self._patch_header()
        except OSError:
            self._finish(RecordingEnd.DISK)

    def _listen_for_silence(self, samples: bytes) -> None:
        step = _SILENCE_STEP * 2
        for at in range(0, len(samples), step):
            piece = samples[at : at + step]
            self._silent = self._silent + len(piece) // 2 if audioop.rms(piece, 2) < _SILENCE_RMS else 0

    def _cut(self, samples: int) -> None:
        if samples <= 0:
            return
        self._written = max(self._written - samples, 0)
        try:
            os.ftruncate(self._file, HEADER_SIZE + self._written * 2 * self._channels)
            self._patch_header()
        except OSError:  # the header still counts what is there
            return

    def _write(self, data: bytes, offset: int) -> None:
        while data:
            written = os.pwrite(self._file, data, offset)
            data = data[written:]
            offset += written

    def _patch_header(self) -> None:
        self._write(wav_header(self._written * 2 * self._channels, channels=self._channels), 0)

    def _finish(self, reason: RecordingEnd) -> None:
        self.over = True
        self._engine.ticker.slow.remove(self.visit)
        size = 0
        if self._file >= 0:
            size = HEADER_SIZE + self._written * 2 * self._channels
            try:
                os.ftruncate(self._file, size)  # drops half a write, which the header does not count
                os.close(self._file)
            except OSError:  # a failing disk; what it holds it holds
                size = 0
            self._file = -1
        self._closed()
        self._engine.emit(
            RecordingClosed(
                self.recording_id,
                self._path,
                self._written // 8,
                size,
                reason is RecordingEnd.DISK,
                reason,
            )
        )
