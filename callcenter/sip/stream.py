"""Cut a TCP or TLS byte stream into SIP messages (RFC 3261 §18.3) and keep-alives (RFC 5626 §4.4.1).

The frames do not depend on how the bytes were cut into segments. A stream whose framing is lost cannot be trusted
again: after a FramingError the connection must be closed, and the framer ignores whatever else it is fed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from callcenter.sip.grammar import MAX_MESSAGE_BYTES, SipParseError, parse_uint

_FOLD = re.compile(rb"\r\n[ \t]+")
_LENGTH_NAMES = (b"\r\ncontent-length", b"\r\nl")


@dataclass(frozen=True, slots=True)
class Ping:
    """The peer sent CRLF CRLF; answer with one CRLF."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The peer answered our ping with one CRLF."""


@dataclass(frozen=True, slots=True)
class FramingError:
    """The end of the message cannot be found; answer with ``status`` if ``head`` can be read, then close."""

    status: int
    "400, or 513 for a message that is too large."
    reason: str
    head: bytes
    "Start line and headers with the empty line, as far as received: ``parse_message`` finds the Via in it."


Frame = bytes | Ping | Pong | FramingError


class StreamFramer:
    """Collects the bytes of one connection and gives back whole messages in order."""

    __slots__ = ("_buffer", "_dead", "_half_ping", "_need", "_pongs", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        "Start of what was not yet searched for the empty line."
        self._need = 0
        "Length of the message at the front once its header is complete, else 0."
        self._pongs = 0
        self._half_ping = False
        self._dead = False

    @property
    def buffered(self) -> int:
        """Bytes of an unfinished message; a connection that idles with some is suspicious."""
        return len(self._buffer)

    def expect_pong(self) -> None:
        """Say that a ping was sent, so that the next lone CRLF is its answer and not half a ping of the peer."""
        self._pongs += 1

    def feed(self, data: bytes) -> list[Frame]:
        """Take received bytes; return what they complete, possibly nothing. A FramingError is always the last frame."""
        frames: list[Frame] = []
        if self._dead:
            return frames
        self._buffer += data
        while self._buffer and not self._dead:
            frame = self._next()
            if frame is None:
                break
            if frame is not _HALF_PING:
                frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        buffer = self._buffer
        if not self._need:
            if buffer[0] == 13 or buffer[0] == 10:
                return self._keep_alive()
            end = buffer.find(b"\r\n\r\n", self._scanned)
            if end < 0:
                self._scanned = max(0, len(buffer) - 3)
                return self._fail(513, "Message is too large", len(buffer)) if len(buffer) > MAX_MESSAGE_BYTES else None
            self._half_ping = False
            end += 4
            try:
                length = _content_length(bytes(buffer[: end - 4]))
            except SipParseError as error:
                return self._fail(400, error.reason, end)
            if end + length > MAX_MESSAGE_BYTES:
                return self._fail(513, "Message is too large", end)
            self._need = end + length
        if len(buffer) < self._need:
            return None
        frame = bytes(buffer[: self._need])
        del buffer[: self._need]
        self._need = self._scanned = 0
        return frame

    def _keep_alive(self) -> Frame | None:
        buffer = self._buffer
        if buffer[0] == 13 and len(buffer) == 1:
            return None
        if buffer[:2] != b"\r\n":
            return self._fail(400, "Stray CR or LF", 0)
        del buffer[:2]
        self._scanned = 0
        if self._pongs:
            self._pongs -= 1
            return Pong()
        self._half_ping = not self._half_ping
        return _HALF_PING if self._half_ping else Ping()

    def _fail(self, status: int, reason: str, end: int) -> FramingError:
        self._dead = True
        error = FramingError(status, reason, bytes(self._buffer[: min(end, MAX_MESSAGE_BYTES)]))
        self._buffer.clear()
        return error


_HALF_PING = Ping()
"Marks one CRLF of two; never handed out."


def _content_length(head: bytes) -> int:
    """Find Content-Length, which a stream must have exactly once; agrees with ``parse_message`` on every spelling."""
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    lower = head.lower()
    values: list[bytes] = []
    for name in _LENGTH_NAMES:
        at = lower.find(name)
        while at >= 0:
            end = lower.find(b"\r\n", at + 2)
            end = len(lower) if end < 0 else end
            field, colon, value = lower[at + 2 : end].partition(b":")
            if colon and field.rstrip(b" \t") == name[2:]:
                values.append(value.strip(b" \t"))
            at = lower.find(name, end)
    if len(values) != 1:
        raise SipParseError("Repeated Content-Length" if values else "Missing Content-Length")
    return parse_uint(values[0].decode("latin-1"), 2**32 - 1, "Content-Length")
