"""A media plane without audio: it keeps the books that workers keep, and lets a test press keys and see bridges."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from callcenter.media.plane import (
    DigitPressed,
    EventHandler,
    LegsApart,
    LegStatistics,
    LocalMedia,
    MediaBack,
    MediaCapacityExceeded,
    MediaEvent,
    MediaSilent,
    MediaTimeout,
    MediaWorkerDied,
    PlayEnd,
    PlayFinished,
    RecordingClosed,
    RecordingEnd,
    RecordingLimits,
    RemoteMedia,
)
from callcenter.sdp.ice import IceCredentials


@dataclass(slots=True)
class Play:
    """A play under way."""

    play_id: str
    files: tuple[str, ...]
    loop: bool
    barge_in: bool
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class OpenLeg:
    """What is known of an open leg."""

    call: str
    remote: RemoteMedia | None = None
    bridged_to: str | None = None
    room: str | None = None
    play: Play | None = None
    sent_digits: str = ""
    heard: list[str] = field(default_factory=list)
    "Names of the files that were started on it, in order."


@dataclass(slots=True)
class OpenRecording:
    """A recording under way."""

    path: str
    leg: str
    began: float
    limits: RecordingLimits
    paused: bool = False


class LoopbackMedia:
    """A :class:`~callcenter.media.plane.MediaPlane`. Events come from the loop, like a worker's, never from a command.

    :param file_s: how long every played file lasts.
    :param capacity: legs that may be open at once.
    """

    def __init__(self, *, host: str = "192.0.2.1", file_s: float = 2.0, capacity: int = 1000) -> None:
        self.legs: dict[str, OpenLeg] = {}
        self.recordings: dict[str, OpenRecording] = {}
        self.capacity = capacity
        self.opened = 0
        self._host = host
        self._file_s = file_s
        self._handler: EventHandler = lambda event: None

    def subscribe(self, handler: EventHandler) -> None:
        """See :class:`~callcenter.media.plane.MediaPlane`, here and below."""
        self._handler = handler

    def _tell(self, event: MediaEvent) -> None:
        asyncio.get_running_loop().call_soon(lambda: self._handler(event))

    # What a test does

    def press(self, leg: str, keys: str) -> None:
        """Let the remote party of ``leg`` press ``keys``."""
        for key in keys:
            open_leg = self.legs[leg]
            play = open_leg.play
            if play is not None and play.barge_in:
                self._end_play(leg, PlayEnd.BARGE_IN)
            for name, recording in list(self.recordings.items()):
                if recording.leg == leg and key in recording.limits.end_digits:
                    self._close_recording(name, RecordingEnd.DIGIT)
            self._tell(DigitPressed(leg, key))

    def go_away(self, leg: str, *, back: bool = False) -> None:
        """Report that a browser stopped sending, or that it sends again."""
        self._tell(MediaBack(leg) if back else MediaSilent(leg, 2.0))

    def fall_silent(self, leg: str) -> None:
        """Report that nothing has been received on ``leg`` for too long."""
        self._tell(MediaTimeout(leg, 30.0))

    def kill_worker(self) -> None:
        """Lose every leg and recording at once."""
        legs = tuple(self.legs)
        for leg in legs:
            self._drop_play(leg)
        self.legs.clear()
        self.recordings.clear()
        self._tell(MediaWorkerDied(legs))

    def bridges(self) -> set[frozenset[str]]:
        """Return the pairs of legs that hear each other."""
        return {frozenset((name, leg.bridged_to)) for name, leg in self.legs.items() if leg.bridged_to is not None}

    def rooms(self) -> dict[str, set[str]]:
        """Return who is in which mixing room."""
        rooms: dict[str, set[str]] = {}
        for name, leg in self.legs.items():
            if leg.room is not None:
                rooms.setdefault(leg.room, set()).add(name)
        return rooms

    # Legs

    async def open_leg(self, *, call: str, leg: str, host: str | None = None, webrtc: bool = False) -> LocalMedia:
        """Allocate."""
        await asyncio.sleep(0.001)
        if len(self.legs) >= self.capacity:
            raise MediaCapacityExceeded("every port is in use")
        assert leg not in self.legs, "a leg id was used twice"
        self.legs[leg] = OpenLeg(call)
        port = 10_000 + 2 * self.opened
        self.opened += 1
        local = LocalMedia(host or self._host, port, port + 1, self.opened, "cname")
        if webrtc:
            ice = IceCredentials.of(leg.encode())
            return replace(local, ice=ice, fingerprint="sha-256 " + ":".join(["AB"] * 32))
        return local

    def set_remote(self, leg: str, remote: RemoteMedia) -> None:
        """Note the remote end."""
        if leg in self.legs:
            self.legs[leg].remote = remote

    def mute(self, leg: str, muted: bool = True) -> None:
        """Do nothing: there is no voice."""

    async def close_leg(self, leg: str) -> LegStatistics:
        """Free."""
        if leg in self.legs:
            self.unbridge(leg)
            if self.legs[leg].play is not None:
                self._end_play(leg, PlayEnd.STOPPED)
            for name, recording in list(self.recordings.items()):
                if recording.leg == leg:
                    self._close_recording(name, RecordingEnd.LEG_CLOSED)
            del self.legs[leg]
        await asyncio.sleep(0.001)
        return LegStatistics(leg=leg, codec="PCMA")

    async def leg_statistics(self, leg: str) -> LegStatistics:
        """Return nothing much."""
        return LegStatistics(leg=leg)

    # Playing

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
        """Begin; the end comes after ``file_s`` per file."""
        if leg not in self.legs:
            return
        if self.legs[leg].play is not None:
            self._end_play(leg, PlayEnd.STOPPED)
        names = tuple(Path(file).name for file in files)
        play = self.legs[leg].play = Play(play_id, names, loop, barge_in)
        self.legs[leg].heard += names
        if not loop:
            play.timer = asyncio.get_running_loop().call_later(
                self._file_s * len(names), self._end_play, leg, PlayEnd.FINISHED
            )

    def stop(self, leg: str, play_id: str | None = None) -> None:
        """Stop."""
        play = self.legs[leg].play if leg in self.legs else None
        if play is not None and play_id in (None, play.play_id):
            self._end_play(leg, PlayEnd.STOPPED)

    def _end_play(self, leg: str, reason: PlayEnd) -> None:
        play = self._drop_play(leg)
        if play is not None:
            self._tell(PlayFinished(leg, play.play_id, reason))

    def _drop_play(self, leg: str) -> Play | None:
        open_leg = self.legs.get(leg)
        if open_leg is None:
            return None
        play, open_leg.play = open_leg.play, None
        if play is not None and play.timer is not None:
            play.timer.cancel()
        return play

    def send_dtmf(self, leg: str, digits: str, *, duration_ms: int = 100, gap_ms: int = 60) -> None:
        """Keep them."""
        if leg in self.legs:
            self.legs[leg].sent_digits += digits

    # Conversations

    def bridge(self, leg_a: str, leg_b: str) -> None:
        """Connect."""
        if leg_a not in self.legs or leg_b not in self.legs:
            return
        if self.legs[leg_a].call != self.legs[leg_b].call:
            raise LegsApart(f"legs {leg_a} and {leg_b} are on different media workers")
        for leg in (leg_a, leg_b):
            self.unbridge(leg)
            self.unmix(leg)
        self.legs[leg_a].bridged_to, self.legs[leg_b].bridged_to = leg_b, leg_a

    def unbridge(self, leg: str) -> None:
        """Disconnect."""
        other = self.legs[leg].bridged_to if leg in self.legs else None
        if other is not None:
            self.legs[leg].bridged_to = self.legs[other].bridged_to = None

    def mix(
        self,
        room: str,
        leg: str,
        *,
        hears: Collection[str] | None = None,
        speaks_to: Collection[str] | None = None,
    ) -> None:
        """Join a room, leaving any bridge."""
        if leg in self.legs:
            self.unbridge(leg)
            self.legs[leg].room = room

    def unmix(self, leg: str) -> None:
        """Leave the room."""
        if leg in self.legs:
            self.legs[leg].room = None

    # Recording

    def record(
        self,
        recording_id: str,
        path: str | Path,
        leg: str,
        *,
        stereo: bool = True,
        limits: RecordingLimits | None = None,
    ) -> None:
        """Begin, and write a file that can be deleted."""
        if leg not in self.legs:
            return
        Path(path).write_bytes(b"RIFF")
        now = asyncio.get_running_loop().time()
        self.recordings[recording_id] = OpenRecording(str(path), leg, now, limits or RecordingLimits())
        if limits is not None and limits.max_duration_s is not None:
            asyncio.get_running_loop().call_later(
                limits.max_duration_s, self._close_recording, recording_id, RecordingEnd.MAX_DURATION
            )

    def pause_recording(self, recording_id: str) -> None:
        """Note it; time goes on."""
        if recording_id in self.recordings:
            self.recordings[recording_id].paused = True

    def resume_recording(self, recording_id: str) -> None:
        """Note it."""
        if recording_id in self.recordings:
            self.recordings[recording_id].paused = False

    def stop_recording(self, recording_id: str) -> None:
        """End."""
        self._close_recording(recording_id, RecordingEnd.STOPPED)

    def _close_recording(self, recording_id: str, reason: RecordingEnd) -> None:
        recording = self.recordings.pop(recording_id, None)
        if recording is not None:
            duration_ms = round((asyncio.get_running_loop().time() - recording.began) * 1000)
            self._tell(RecordingClosed(recording_id, recording.path, duration_ms, 4, False, reason))
