"""Send digits on a leg: as telephone events when the remote end takes them (RFC 4733), else as tones (ITU-T Q.23)."""

from __future__ import annotations

import array
import audioop
import math
from collections.abc import Callable, Iterator

from callcenter.media.dtmf_detector import HIGH_TONES, KEYPAD, LOW_TONES
from callcenter.media.engine import Engine
from callcenter.media.outgoing import OutgoingStream
from callcenter.rtp.dtmf import DIGITS, DigitSender

FRAME = 160


def tone_frames(digits: str, *, duration_ms: int, gap_ms: int) -> Iterator[bytes]:
    """Yield A-law frames of 20 ms: each digit's two tones at about -10 dBm0 each, then silence."""
    for digit in digits.upper():
        if digit not in DIGITS:
            continue
        row, column = divmod(KEYPAD.index(digit), 4)
        samples = array.array(
            "h",
            (
                int(
                    7000 * math.sin(2 * math.pi * LOW_TONES[row] * at / 8000)
                    + 7000 * math.sin(2 * math.pi * HIGH_TONES[column] * at / 8000)
                )
                for at in range(-(-duration_ms // 20) * FRAME)
            ),
        )
        tone = audioop.lin2alaw(samples.tobytes(), 2)
        yield from (tone[at : at + FRAME] for at in range(0, len(tone), FRAME))
        yield from (b"\xd5" * FRAME for _ in range(-(-gap_ms // 20)))


class DigitSending:
    """A row of digits on its way out, one packet per 20 ms.

    :param payload_type: of telephone events, ``None`` sends tones.
    :param ended: called once when the last gap is over.
    """

    def __init__(
        self,
        engine: Engine,
        out: OutgoingStream,
        payload_type: int | None,
        ended: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._out = out
        self._payload_type = payload_type
        self._ended = ended
        self._events: list[DigitSender] = []
        self._tones: list[Iterator[bytes]] = []
        self._event_timestamp = 0

    def start(self) -> None:
        """Begin at the next visit."""
        self._out.resume()
        self._engine.ticker.pace(self.visit, 20)

    def add(self, digits: str, *, duration_ms: int, gap_ms: int) -> None:
        """Send ``digits`` after those already waiting."""
        if self._payload_type is None:
            self._tones.append(tone_frames(digits, duration_ms=duration_ms, gap_ms=gap_ms))
        else:
            self._events.append(DigitSender(digits, duration=duration_ms * 8, gap=gap_ms * 8))

    def stop(self) -> None:
        """Send no more."""
        self._engine.ticker.fast.remove(self.visit)
        self._events.clear()
        self._tones.clear()

    def visit(self) -> None:
        """Send the next packet."""
        if self._payload_type is not None:
            self._visit_event(self._payload_type)
        else:
            self._visit_tone()

    def _visit_event(self, payload_type: int) -> None:
        while self._events and self._events[0].done:
            self._events.pop(0)
        if not self._events:
            self._finish()
            return
        packet = self._events[0].next()
        out = self._out
        if packet is not None:
            if packet.first:
                self._event_timestamp = out.next_timestamp
            out.send_event(payload_type, self._event_timestamp, packet.payload, marker=packet.first)
        out.next_timestamp += FRAME
        out.sent_at = self._engine.clock.now

    def _visit_tone(self) -> None:
        while self._tones:
            frame = next(self._tones[0], None)
            if frame is not None:
                self._out.send_audio(self._out.from_alaw(frame))
                return
            self._tones.pop(0)
        self._finish()

    def _finish(self) -> None:
        self.stop()
        self._ended()
