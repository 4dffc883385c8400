"""What control process and media worker say to each other: length-prefixed msgpack frames, each a batch of messages.

A command is ``[name, *arguments]``; commands that answer carry a request number as first argument. A worker sends
``["reply", request, result, error]`` and ``["event", class name, *fields]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

import msgpack

from callcenter.media.plane import (
    Codec,
    DigitPressed,
    Direction,
    LegStatistics,
    MediaBack,
    MediaEvent,
    MediaRefused,
    MediaSilent,
    MediaTimeout,
    PlayEnd,
    PlayFinished,
    RecordingClosed,
    RecordingEnd,
    RecordingLimits,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.rtp.srtp_keys import SrtpKeys, SrtpSuite

MAX_FRAME: Final = 16 * 1024 * 1024
_EVENTS: Final[dict[str, type[MediaEvent]]] = {
    kind.__name__: kind
    for kind in (
        DigitPressed,
        PlayFinished,
        MediaTimeout,
        MediaSilent,
        MediaBack,
        MediaRefused,
        RemoteLocked,
        RecordingClosed,
    )
}
_EVENT_FIELDS: Final = {kind: tuple(field.name for field in fields(kind)) for kind in _EVENTS.values()}
_REMOTE_FIELDS: Final = tuple(field.name for field in fields(RemoteMedia))
_remote_values: Final = attrgetter(*_REMOTE_FIELDS)
_STATISTICS_FIELDS: Final = tuple(field.name for field in fields(LegStatistics))
_statistics_values: Final = attrgetter(*_STATISTICS_FIELDS)


def pack(messages: Sequence[Sequence[Any]]) -> bytes:
    """Return ``messages`` as one frame."""
    body: bytes = msgpack.packb(messages)
    return len(body).to_bytes(4, "big") + body


class FrameReader:
    """Cut a byte stream into the messages of its frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[list[Any]]:
        """Take what was read and return every message that is complete, in order.

        :raises ValueError: when the other side announces a frame no peer of ours would send.
        """
        buffer = self._buffer
        buffer += data
        messages: list[list[Any]] = []
        while len(buffer) >= 4:
            end = 4 + int.from_bytes(buffer[:4], "big")
            if end > MAX_FRAME:
                raise ValueError("frame too long")
            if len(buffer) < end:
                break
            messages += msgpack.unpackb(bytes(buffer[4:end]), strict_map_key=False)
            del buffer[:end]
        return messages


def event_to_wire(event: MediaEvent) -> list[Any]:
    """Return ``event`` as a message."""
    kind = type(event)
    return ["event", kind.__name__, *(getattr(event, name) for name in _EVENT_FIELDS[kind])]


def event_from_wire(message: Sequence[Any]) -> MediaEvent:
    """Return the event in an ``event`` message."""
    _, name, *values = message
    kind = _EVENTS[name]
    if kind is PlayFinished:
        values[2] = PlayEnd(values[2])
    elif kind is RecordingClosed:
        values[5] = RecordingEnd(values[5])
    return kind(*values)


def remote_to_wire(remote: RemoteMedia) -> tuple[Any, ...]:
    """Return ``remote`` as plain values."""
    return tuple(_plain(value) for value in _remote_values(remote))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return (value.suite, value.local, value.remote) if isinstance(value, SrtpKeys) else value


def remote_from_wire(values: Sequence[Any]) -> RemoteMedia:
    """Return the remote media in ``values``."""
    named = dict(zip(_REMOTE_FIELDS, values, strict=True))
    named["accepted"] = {payload_type: Codec(codec) for payload_type, codec in named["accepted"].items()}
    named["codec"] = Codec(named["codec"])
    named["direction"] = Direction(named["direction"])
    named["fingerprints"] = tuple(named["fingerprints"])
    if named["keys"] is not None:
        suite, local, remote = named["keys"]
        named["keys"] = SrtpKeys(SrtpSuite(suite), local, remote)
    return RemoteMedia(**named)


def limits_to_wire(limits: RecordingLimits | None) -> list[Any] | None:
    """Return ``limits`` as plain values."""
    return None if limits is None else [limits.max_duration_s, limits.end_silence_s, limits.end_digits]


def limits_from_wire(values: list[Any] | None) -> RecordingLimits:
    """Return the limits in ``values``; none at all for ``None``."""
    if values is None:
        return RecordingLimits()
    return RecordingLimits(max_duration_s=values[0], end_silence_s=values[1], end_digits=values[2])


def statistics_to_wire(statistics: LegStatistics) -> tuple[Any, ...]:
    """Return ``statistics`` as plain values."""
    return _statistics_values(statistics)


def statistics_from_wire(values: Sequence[Any]) -> LegStatistics:
    """Return the statistics in ``values``."""
    return LegStatistics(**dict(zip(_STATISTICS_FIELDS, values, strict=True)))
