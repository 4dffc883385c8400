"""Legs without a worker: real loopback sockets, a clock that is set by hand, ticks that are run by hand."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from callcenter.media.engine import Engine
from callcenter.media.leg import Leg
from callcenter.media.plane import Codec, Direction, MediaEvent, RecordingLimits, RemoteMedia
from callcenter.media.ports import PortPairs
from callcenter.media.recorder import Recording
from callcenter.media.settings import MediaSettings
from callcenter.rtp.packet import RtpPacket

FRAME = 160


class Party:
    """The remote end of a leg: sends what it is told and keeps what it gets."""

    def __init__(self, ssrc: int = 0x1111, payload_type: int = 8) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.sequence = 0
        self.timestamp = 0

    def send(self, to: int, payload: bytes, **fields: object) -> None:
        """Send the next packet; fields replace the regular ones."""
        values: dict[str, object] = {
            "payload_type": self.payload_type,
            "sequence_number": self.sequence & 0xFFFF,
            "timestamp": self.timestamp & 0xFFFFFFFF,
            "ssrc": self.ssrc,
            "payload": payload,
        }
        packet = RtpPacket(**(values | fields))  # type: ignore[arg-type]
        self.socket.sendto(bytes(packet), ("127.0.0.1", to))
        self.sequence += 1
        if "timestamp" not in fields:
            self.timestamp += len(payload)

    def received(self) -> list[RtpPacket]:
        """Everything that has arrived since the last call."""
        packets = []
        while True:
            try:
                packets.append(RtpPacket.parse(self.socket.recv(2048)))
            except BlockingIOError:
                return packets


class Rig:
    """An engine, its legs and their parties."""

    def __init__(self, **settings: float) -> None:
        self.now = 1000.0
        self._steps = 0
        self._start = self.now
        self.events: list[MediaEvent] = []
        self.handlers: dict[int, Callable[[], None]] = {}
        self.engine = Engine(
            MediaSettings(**settings),  # type: ignore[arg-type]
            now=self.now,
            unix_now=1_700_000_000.0,
            emit=self.events.append,
            watch=self._watch,
        )
        self.engine.ticker.run(self.now)
        self.pairs = PortPairs(46000, 46999)
        self.legs: list[Leg] = []
        self.parties: list[Party] = []

    def _watch(self, descriptor: int, handler: Callable[[], None] | None) -> None:
        if handler is None:
            self.handlers.pop(descriptor, None)
        else:
            self.handlers[descriptor] = handler

    def leg(self, *, codec: str = "PCMA", lock: bool = True, **remote: object) -> tuple[Leg, Party]:
        """Open a leg with a remote end; with ``lock`` the source is found already."""
        number = len(self.legs)
        payload_type = 8 if codec == "PCMA" else 0
        party = Party(ssrc=0x1000 + number, payload_type=payload_type)
        leg = Leg(
            self.engine, self.pairs, f"leg{number}", host="127.0.0.1", cname="c", stream=(0xA000 + number, 100, 5000)
        )
        self.legs.append(leg)
        self.parties.append(party)
        self.remote(leg, party, codec=codec, **remote)
        if lock:
            party.send(leg.sockets.port, b"\xd5" * FRAME)
            self.receive()
            self.events.clear()
        return leg, party

    def remote(self, leg: Leg, party: Party, *, codec: str = "PCMA", **changes: object) -> None:
        """Tell the leg where its remote end is."""
        values: dict[str, object] = {
            "host": "127.0.0.1",
            "port": party.port,
            "codec": Codec(codec),
            "payload_type": 8 if codec == "PCMA" else 0,
            "accepted": {8: Codec.PCMA, 0: Codec.PCMU},
            "telephone_event_pt": 101,
            "direction": Direction.SENDRECV,
        }
        leg.set_remote(RemoteMedia(**(values | changes)))  # type: ignore[arg-type]

    def receive(self) -> None:
        """Let every leg take what has arrived."""
        for _ in range(40):
            for handler in tuple(self.handlers.values()):
                handler()

    def advance(self, seconds: float) -> None:
        """Run the ticks of that time, 5 ms at a time."""
        for _ in range(round(seconds / 0.005)):
            self._steps += 1
            self.now = self._start + self._steps * 0.005
            self.engine.clock.set(self.now)
            self.engine.ticker.run(self.now + 1e-6)

    def jump(self, seconds: float) -> None:
        """Move the clock without running anything."""
        self._start += seconds
        self.now += seconds
        self.engine.clock.set(self.now)

    def record(self, leg: Leg, path: Path, *, stereo: bool = True, **limits: object) -> Recording:
        """Record a leg."""

        def closed() -> None:
            leg.forget_recording(recording)

        recording = Recording(
            self.engine,
            "rec",
            str(path),
            stereo=stereo,
            limits=RecordingLimits(**limits),  # type: ignore[arg-type]
            closed=closed,
        )
        leg.record(recording)
        recording.start()
        return recording

    def close(self) -> None:
        """Close every socket."""
        for leg in self.legs:
            leg.close()
        for party in self.parties:
            party.socket.close()
