"""Keys as RTP telephone events (RFC 4733): one key is many packets, and must come out as one digit."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from callcenter.base.errors import RemoteProtocolError
from callcenter.rtp.packet import timestamp_delta

DIGITS = "0123456789*#ABCD"
"Event codes 0..15 in order (§3.2)."
END_PACKETS = 3
"How often the last packet of an event is sent (§2.5.1.4)."
_EVENT = struct.Struct("!BBH")


class TelephoneEventParseError(RemoteProtocolError):
    """This payload is not a telephone event."""

    error_id = "telephone-event-parse-error"


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """The payload of one packet of an event (§2.3)."""

    event: int
    end: bool
    volume: int
    "Power as -dBm0, 0..63."
    duration: int
    "Timestamp units since the event began."

    @classmethod
    def parse(cls, payload: bytes) -> TelephoneEvent:
        """Read a payload.

        :raises TelephoneEventParseError: when it is shorter than four octets.
        """
        if len(payload) < 4:
            raise TelephoneEventParseError("shorter than an event")
        event, flags, duration = _EVENT.unpack_from(payload)
        return cls(event, bool(flags & 0x80), flags & 0x3F, duration)

    def __bytes__(self) -> bytes:
        return _EVENT.pack(self.event, (0x80 if self.end else 0) | self.volume, self.duration)


class DigitReceiver:
    """Turn the packets of telephone events into digits, each exactly once.

    A digit is reported at the first packet of its event that arrives, whichever that is, so lost start or end packets
    do not matter. An event is known by SSRC and timestamp; late packets of an older event are ignored. Two habits of
    real senders are tolerated: a timestamp that moves with every packet of one event, and long events split in segments
    (§2.5.1.3).
    """

    __slots__ = ("_duration", "_ended", "_event", "_ssrc", "_timestamp")

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._timestamp = 0
        self._event = -1
        self._ended = True
        self._duration = 0

    def receive(self, ssrc: int, timestamp: int, event: TelephoneEvent) -> str | None:
        """Return the digit when ``event`` is the first packet seen of a key press, else ``None``."""
        if event.event >= len(DIGITS):
            return None
        if ssrc == self._ssrc:
            ahead = timestamp_delta(timestamp, self._timestamp)
            if ahead < 0:
                return None
            if ahead == 0 or self._continues(ahead, event):
                self._timestamp = timestamp
                self._ended = self._ended or event.end
                self._duration = max(self._duration, event.duration)
                return None
        self._ssrc = ssrc
        self._timestamp = timestamp
        self._event = event.event
        self._ended = event.end
        self._duration = event.duration
        return DIGITS[event.event]

    def _continues(self, ahead: int, event: TelephoneEvent) -> bool:
        if self._ended or event.event != self._event:
            return False
        if self._duration >= 0xFF00:  # next segment of a long event
            return ahead <= 0x10000
        return self._duration < event.duration and ahead <= event.duration


@dataclass(frozen=True, slots=True)
class EventPacket:
    """One packet to send for an event."""

    payload: bytes
    first: bool
    "First packet of its event: marker bit, and the event's timestamp is taken now."


class DigitSender:
    """Schedule the packets of a row of digits, one call per packet time.

    :param digits: from :data:`DIGITS`; others are left out.
    :param duration: of each event in timestamp units; at least 40 ms are sent.
    :param gap: silence after each event, made long enough for the repeated end packets.
    :param interval: packet time in timestamp units.
    """

    __slots__ = ("_at", "_digits", "_duration", "_gap", "_interval", "_volume")

    def __init__(self, digits: str, *, duration: int, gap: int, interval: int = 160, volume: int = 10) -> None:
        self._digits = [DIGITS.index(digit) for digit in digits.upper() if digit in DIGITS]
        self._digits.reverse()
        self._interval = interval
        self._duration = max(-(-duration // interval), 2)
        self._gap = max(-(-gap // interval), END_PACKETS - 1)
        self._volume = volume
        self._at = 0

    @property
    def done(self) -> bool:
        """Everything has been sent, the last gap included."""
        return not self._digits

    def next(self) -> EventPacket | None:
        """Return the packet for this packet time, ``None`` in a gap or when done."""
        if not self._digits:
            return None
        event = self._digits[-1]
        self._at += 1
        at = self._at
        if at >= self._duration + self._gap:
            self._digits.pop()
            self._at = 0
        if at >= self._duration + END_PACKETS:
            return None
        end = at >= self._duration
        duration = min(at, self._duration) * self._interval
        return EventPacket(bytes(TelephoneEvent(event, end, self._volume, duration)), first=at == 1)
