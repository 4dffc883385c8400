"""Mixing rooms: three or more legs, each hearing the others it may hear (N-1), every 20 ms."""

from __future__ import annotations

import audioop
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from callcenter.media.codecs.g711 import ULAW_TO_ALAW
from callcenter.media.engine import Engine
from callcenter.media.outgoing import OutgoingStream
from callcenter.media.plane import Codec
from callcenter.rtp.jitter import JitterBuffer

FRAME = 160
_FRAME_MS = 20


class Participant(Protocol):
    """What a room needs of a leg."""

    @property
    def out(self) -> OutgoingStream:
        """The stream the leg is sent."""
        ...

    @property
    def busy(self) -> bool:
        """Something else is being sent to the leg now."""
        ...


@dataclass(slots=True, eq=False)
class Seat:
    """A leg's place in a room."""

    engine: Engine
    leg: str
    participant: Participant
    codec: Codec = Codec.PCMA
    "What the packets given to :meth:`receive` are in."
    hears: frozenset[str] | None = None
    speaks_to: frozenset[str] | None = None
    buffer: JitterBuffer = field(default_factory=JitterBuffer)

    def receive(self, sequence: int, timestamp: int, size: int, arrival: int) -> None:
        """Take the packet in the engine's receive buffer."""
        payload = bytes(self.engine.in_payloads[size])
        if self.codec is Codec.PCMU:
            payload = payload.translate(ULAW_TO_ALAW)
        self.buffer.put(timestamp, payload)

    def restart(self) -> None:
        """Forget what is buffered: the leg's audio comes from a new source."""
        self.buffer = JitterBuffer()

    def may_hear(self, other: Seat) -> bool:
        """Tell whether both sides let this leg hear ``other``."""
        return (
            other is not self
            and (self.hears is None or other.leg in self.hears)
            and (other.speaks_to is None or self.leg in other.speaks_to)
        )


class Room:
    """Legs mixed together. Saturating addition; a single audible speaker is passed on undecoded."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seats: dict[str, Seat] = {}
        self._audible: list[tuple[Seat, list[Seat]]] = []

    def __len__(self) -> int:
        return len(self._seats)

    def seat(
        self,
        leg: str,
        participant: Participant,
        hears: Collection[str] | None,
        speaks_to: Collection[str] | None,
    ) -> Seat:
        """Return the seat of ``leg``, new or with changed masks."""
        seat = self._seats.get(leg)
        if seat is None:
            seat = self._seats[leg] = Seat(self._engine, leg, participant)
            participant.out.resume()
            if len(self._seats) == 1:
                self._engine.ticker.pace(self.visit, _FRAME_MS)
        seat.hears = None if hears is None else frozenset(hears)
        seat.speaks_to = None if speaks_to is None else frozenset(speaks_to)
        self._arrange()
        return seat

    def leave(self, leg: str) -> None:
        """Give up the seat of ``leg``."""
        if self._seats.pop(leg, None) is not None and not self._seats:
            self._engine.ticker.fast.remove(self.visit)
        self._arrange()

    def _arrange(self) -> None:
        seats = list(self._seats.values())
        self._audible = [(seat, [other for other in seats if seat.may_hear(other)]) for seat in seats]

    def visit(self) -> None:
        """Mix and send one frame to everybody who has something to hear."""
        said: dict[str, bytes] = {}
        for seat in self._seats.values():
            frame = seat.buffer.pop(FRAME)
            if frame is not None:
                said[seat.leg] = frame
        if not said:
            return
        linear = {leg: audioop.alaw2lin(frame, 2) for leg, frame in said.items()} if len(said) > 1 else {}
        for seat, others in self._audible:
            if seat.participant.busy:
                continue
            heard = [other.leg for other in others if other.leg in said]
            if not heard:
                continue
            if len(heard) == 1:
                frame = said[heard[0]]
            else:
                mixed = linear[heard[0]]
                for leg in heard[1:]:
                    mixed = audioop.add(mixed, linear[leg], 2)
                frame = audioop.lin2alaw(mixed, 2)
            out = seat.participant.out
            out.resume()
            out.send_audio(out.from_alaw(frame))
