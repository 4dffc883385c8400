"""What a worker does for each command of the control process."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import Any

from callcenter.media.engine import Engine
from callcenter.media.leg import Leg
from callcenter.media.mixer import Room
from callcenter.media.plane import MediaCapacityExceeded, PlayEnd, RecordingClosed, RecordingEnd
from callcenter.media.player import PlayOrder
from callcenter.media.ports import PortPairs
from callcenter.media.recorder import Recording
from callcenter.media.settings import MediaSettings
from callcenter.media.wire import limits_from_wire, remote_from_wire, statistics_to_wire
from callcenter.sdp.ice import IceCredentials

_STREAM = struct.Struct("6sIHI")
"Random numbers a leg needs: canonical name, SSRC, sequence number, timestamp."


class Commands:
    """The legs, rooms and recordings of one worker, by name.

    :param send: hand a message to the control process.
    """

    def __init__(self, engine: Engine, send: Callable[[list[Any]], None]) -> None:
        self._engine = engine
        self._send = send
        self._pairs = PortPairs(0, 0)
        self._streams: dict[int, tuple[str, tuple[int, int, int]]] = {}
        "What was drawn for each reserved pair, by RTP port."
        self._legs: dict[str, Leg] = {}
        self._rooms: dict[str, Room] = {}
        self._recordings: dict[str, tuple[Recording, Leg]] = {}
        self._actions: dict[str, Callable[..., None]] = {
            "configure": self._configure,
            "identify": self._identify,
            "reserve": self._reserve,
            "open_reserved": self._open_reserved,
            "open_leg": self._open_leg,
            "close_leg": self._close_leg,
            "leg_statistics": self._leg_statistics,
            "set_remote": self._set_remote,
            "mute": self._mute,
            "play": self._play,
            "stop": self._stop,
            "send_dtmf": self._send_dtmf,
            "bridge": self._bridge,
            "unbridge": self._unbridge,
            "mix": self._mix,
            "unmix": self._unmix,
            "record": self._record,
            "pause_recording": self._pause_recording,
            "resume_recording": self._resume_recording,
            "stop_recording": self._stop_recording,
        }

    def execute(self, messages: list[list[Any]]) -> None:
        """Carry out commands in order."""
        for name, *arguments in messages:
            self._actions[name](*arguments)

    def skip(self, seconds: float) -> None:
        """The process did not run for so long: go on from here without making up for it."""
        for leg in self._legs.values():
            leg.drain()
            leg.out.resume()

    def shut_down(self) -> None:
        """Close everything; recordings are complete afterwards."""
        for leg in list(self._legs.values()):
            leg.close()

    def _configure(self, settings: dict[str, Any], port_min: int, port_max: int) -> None:
        self._engine.settings = MediaSettings(**settings)
        self._pairs = PortPairs(port_min, port_max)

    def _reserve(self, request: int, host: str, count: int) -> None:
        """Open pairs of ports ahead, as many as there are, so that a call need not wait for one."""
        reserved: list[list[Any]] = []
        try:
            for _ in range(count):
                port = self._pairs.reserve(host)
                stream = self._new_stream()
                self._streams[port] = stream
                reserved.append([host, port, port + 1, stream[1][0], stream[0]])
        except MediaCapacityExceeded:
            pass  # A call that finds none reserved asks for one itself and is told.
        self._send(["reply", request, reserved, None])

    def _identify(self, request: int) -> None:
        """Tell the fingerprint of this worker's certificate."""
        self._send(["reply", request, self._engine.identity.fingerprint, None])

    def _open_reserved(self, leg: str, host: str, port: int, ice: list[str] | None) -> None:
        """Make a leg of a reserved pair."""
        cname, stream = self._streams.pop(port)
        self._legs[leg] = Leg(
            self._engine,
            self._pairs,
            leg,
            host=host,
            cname=cname,
            stream=stream,
            reserved=port,
            ice=None if ice is None else IceCredentials(*ice),
        )

    def _open_leg(self, request: int, leg: str, host: str, ice: list[str] | None) -> None:
        cname, stream = self._new_stream()
        if leg in self._legs:
            self._legs.pop(leg).close()
        try:
            opened = Leg(
                self._engine,
                self._pairs,
                leg,
                host=host,
                cname=cname,
                stream=stream,
                ice=None if ice is None else IceCredentials(*ice),
            )
        except MediaCapacityExceeded as error:
            self._send(["reply", request, None, str(error)])
            return
        self._legs[leg] = opened
        port = opened.path.port
        self._send(["reply", request, [host, port, port + 1, stream[0], cname], None])

    def _new_stream(self) -> tuple[str, tuple[int, int, int]]:
        """Return a CNAME and the SSRC, sequence number and timestamp that a stream begins with."""
        name, ssrc, sequence, timestamp = _STREAM.unpack(os.urandom(_STREAM.size))
        # RFC 3550 §5.1: both start at random; the sequence number in the lower half, so that it does not wrap at once.
        return f"{name.hex()}@{self._engine.settings.cname_host}", (ssrc, sequence & 0x7FFF, timestamp)

    def _close_leg(self, request: int, leg: str) -> None:
        closing = self._legs.pop(leg, None)
        result = None
        if closing is not None:
            closing.close()
            result = statistics_to_wire(closing.statistics())
            self._forget_empty_rooms()
        self._send(["reply", request, result, None])

    def _leg_statistics(self, request: int, leg: str) -> None:
        found = self._legs.get(leg)
        self._send(["reply", request, None if found is None else statistics_to_wire(found.statistics()), None])

    def _set_remote(self, leg: str, remote: list[Any]) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.set_remote(remote_from_wire(remote))

    def _mute(self, leg: str, muted: bool) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.mute(muted)

    def _play(self, leg: str, order: list[Any]) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.play(PlayOrder(*order))

    def _stop(self, leg: str, play_id: str | None) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.stop_play(play_id, PlayEnd.STOPPED)

    def _send_dtmf(self, leg: str, digits: str, duration_ms: int, gap_ms: int) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.send_dtmf(digits, duration_ms=duration_ms, gap_ms=gap_ms)

    def _bridge(self, leg_a: str, leg_b: str) -> None:
        a, b = self._legs.get(leg_a), self._legs.get(leg_b)
        if a is not None and b is not None and a is not b:
            a.bridge(b)
            self._forget_empty_rooms()

    def _unbridge(self, leg: str) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.unbridge()

    def _mix(self, room: str, leg: str, hears: list[str] | None, speaks_to: list[str] | None) -> None:
        if (found := self._legs.get(leg)) is None:
            return
        if room not in self._rooms:
            self._rooms[room] = Room(self._engine)
        found.enter(self._rooms[room], hears, speaks_to)
        self._forget_empty_rooms()

    def _unmix(self, leg: str) -> None:
        if (found := self._legs.get(leg)) is not None:
            found.unmix()
            self._forget_empty_rooms()

    def _forget_empty_rooms(self) -> None:
        for name in [name for name, room in self._rooms.items() if not len(room)]:
            del self._rooms[name]

    def _record(self, recording_id: str, path: str, leg: str, stereo: bool, limits: list[Any] | None) -> None:
        found = self._legs.get(leg)
        if found is None or recording_id in self._recordings:
            self._engine.emit(RecordingClosed(recording_id, path, 0, 0, True, RecordingEnd.LEG_CLOSED))
            return

        def closed() -> None:
            self._recordings.pop(recording_id, None)
            found.forget_recording(recording)

        recording = Recording(
            self._engine, recording_id, path, stereo=stereo, limits=limits_from_wire(limits), closed=closed
        )
        self._recordings[recording_id] = (recording, found)
        found.record(recording)
        recording.start()

    def _pause_recording(self, recording_id: str) -> None:
        if (found := self._recordings.get(recording_id)) is not None:
            found[0].pause()

    def _resume_recording(self, recording_id: str) -> None:
        if (found := self._recordings.get(recording_id)) is not None:
            found[0].resume()

    def _stop_recording(self, recording_id: str) -> None:
        if (found := self._recordings.get(recording_id)) is not None:
            found[0].stop(RecordingEnd.STOPPED)
