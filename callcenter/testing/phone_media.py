"""What a test phone says and hears over RTP: pure, fed with packets and times, without sockets or threads."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass

import numpy as np

from callcenter.testing.audio import (
    SAMPLE_RATE,
    Samples,
    from_alaw,
    from_ulaw,
    rms_dbfs,
    silence,
    sine,
    to_alaw,
    to_ulaw,
)

PCMU = 0
PCMA = 8
EVENT_CODES = {digit: code for code, digit in enumerate("0123456789*#ABCD")}
"RFC 4733 §3.2: the event code of each key."

_FRAME = SAMPLE_RATE // 50
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_END_OF_EVENT = 0x80
_EVENT_VOLUME = 10


@dataclass(frozen=True)
class ReceivedPacket:
    """One RTP packet as it arrived."""

    arrival: float
    "Monotonic seconds."
    payload_type: int
    "RTP payload type, 0..127."
    sequence: int
    "RTP sequence number."
    timestamp: int
    "RTP timestamp."
    ssrc: int
    "Synchronisation source."
    marker: bool
    "The marker bit."
    payload: bytes
    "What follows the header and its extensions."


def parse_rtp(data: bytes, arrival: float) -> ReceivedPacket | None:
    """Return the packet in ``data`` (RFC 3550 §5.1), or ``None`` for RTCP, STUN and noise."""
    if len(data) < _HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2 or 192 <= second <= 223:
        return None
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - data[-1] if first & 0x20 else len(data)
    if start > end:
        return None
    return ReceivedPacket(arrival, second & 0x7F, sequence, timestamp, ssrc, bool(second & 0x80), data[start:end])


def build_rtp(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool = False
) -> bytes:
    """Return one RTP packet without extensions."""
    head = _HEADER.pack(0x80, marker << 7 | payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + payload


class Talker:
    """The sending half of a phone: a steady tone or silence, clips over it, and keys as RFC 4733 events.

    Call :meth:`next_packets` once per 20 ms and send what it returns. Every change is a single attribute or deque
    operation, so another thread may call the other methods while one thread sends.
    """

    def __init__(self, payload_type: int, event_type: int | None, *, ssrc: int, sequence: int = 0, timestamp: int = 0):
        if payload_type not in (PCMA, PCMU):
            raise ValueError(f"payload type {payload_type}: this phone speaks PCMA (8) and PCMU (0)")
        self.payload_type = payload_type
        self.event_type = event_type
        self.packets_sent = 0
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._encode = to_alaw if payload_type == PCMA else to_ulaw
        self._quiet = self._encode(silence(0.02))
        self._tone: bytes = b""
        self._tone_at = 0
        self._clips: deque[bytes] = deque()
        self._keys: deque[tuple[int, int, int]] = deque()
        self._event: _Event | None = None
        self._gap = 0
        self._marker = True

    def set_tone(self, frequency: float | None, *, level_dbfs: float = -12.0) -> None:
        """Send ``frequency`` hertz from now on, silence for ``None``. Whole hertz repeat without a click."""
        self._tone = b"" if frequency is None else self._encode(sine(frequency, 1.0, level_dbfs=level_dbfs))

    def say(self, samples: Samples) -> None:
        """Send ``samples`` once, after what was given before, instead of the tone."""
        data = self._encode(samples)
        self._clips.extend(data[at : at + _FRAME].ljust(_FRAME, self._quiet[:1]) for at in range(0, len(data), _FRAME))

    def press(self, digits: str, *, duration_ms: int = 100, gap_ms: int = 80) -> None:
        """Queue keys ``0-9*#A-D``; raises :class:`ValueError` for another key or without telephone-event."""
        if self.event_type is None:
            raise ValueError("the far end did not accept telephone-event, so no key can be sent")
        unknown = [digit for digit in digits.upper() if digit not in EVENT_CODES]
        if unknown:
            raise ValueError(f"no such key: {unknown[0]!r}")
        steps, gap = max(1, duration_ms // 20), max(1, gap_ms // 20)
        self._keys.extend((EVENT_CODES[digit], steps, gap) for digit in digits.upper())

    @property
    def pressing(self) -> bool:
        """Tell whether keys are still being sent."""
        return self._event is not None or bool(self._keys)

    def next_packets(self) -> list[bytes]:
        """Return the packets of the next 20 ms: one of audio, or one of an event, or the three that end an event."""
        if self._event is None and self._keys and not self._gap:
            code, steps, self._gap = self._keys.popleft()
            self._event = _Event(code, self._timestamp, steps)
        if (event := self._event) is not None:
            return self._event_packets(event)
        self._gap = max(0, self._gap - 1)
        packet = self._packet(self.payload_type, self._timestamp, self._next_frame(), self._marker)
        self._marker = False
        self._timestamp += _FRAME
        return [packet]

    def _event_packets(self, event: _Event) -> list[bytes]:
        assert self.event_type is not None
        event.step += 1
        self._timestamp += _FRAME
        last = event.step == event.steps
        payload = _EVENT.pack(event.code, _EVENT_VOLUME | (_END_OF_EVENT if last else 0), event.step * _FRAME)
        packets = [
            self._packet(self.event_type, event.timestamp, payload, event.step == 1 and not copy)
            for copy in range(3 if last else 1)  # RFC 4733 §2.5.1.4: the final packet is sent three times.
        ]
        if last:
            self._event = None
            self._marker = True
        return packets

    def _next_frame(self) -> bytes:
        if self._clips:
            return self._clips.popleft()
        tone = self._tone
        if not tone:
            return self._quiet
        at = self._tone_at % len(tone)
        self._tone_at = at + _FRAME
        return (tone + tone)[at : at + _FRAME]

    def _packet(self, payload_type: int, timestamp: int, payload: bytes, marker: bool) -> bytes:
        packet = build_rtp(payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        self._sequence += 1
        self.packets_sent += 1
        return packet


@dataclass
class _Event:
    code: int
    timestamp: int
    steps: int
    step: int = 0


class Listener:
    """The receiving half of a phone: keeps every packet, knows the keys received and when prompts ended."""

    def __init__(
        self, event_type: int | None, *, prompt_gap: float = 0.8, prompt_minimum: float = 0.25, floor: float = -50.0
    ) -> None:
        self.packets: list[ReceivedPacket] = []
        "Everything received, in order of arrival."
        self.digits: list[str] = []
        "Keys received as RFC 4733 events, each once."
        self._event_type = event_type
        self._gap = prompt_gap
        self._minimum = prompt_minimum
        self._floor = floor
        self._seen_event: tuple[int, int] | None = None
        self._sound_since: float | None = None
        self._last_sound = 0.0
        self._prompt_ends: list[float] = []

    def receive(self, data: bytes, arrival: float) -> None:
        """Take in one datagram that arrived at ``arrival`` (monotonic seconds)."""
        packet = parse_rtp(data, arrival)
        if packet is None:
            return
        self.packets.append(packet)
        if packet.payload_type == self._event_type:
            self._receive_event(packet)
        elif packet.payload_type in (PCMA, PCMU) and rms_dbfs(_decode(packet)) >= self._floor:
            self._close_prompt(arrival)
            if self._sound_since is None:
                self._sound_since = arrival
            self._last_sound = arrival

    def prompts_ended(self, now: float) -> int:
        """Return how many prompts have ended: sound of ``prompt_minimum`` or more, then ``prompt_gap`` without."""
        self._close_prompt(now)
        return len(self._prompt_ends)

    def render(self, start: float, end: float) -> Samples:
        """Return what was heard between two monotonic times, gaps as silence, played by RTP timestamp.

        Each source is anchored at its first packet and again whenever timestamp and arrival disagree by more than
        150 ms (the far end skipped time, or changed its source), as a telephone's jitter buffer does.
        """
        out = np.zeros(max(0, round((end - start) * SAMPLE_RATE)), dtype=np.int16)
        anchors: dict[int, tuple[int, int]] = {}
        for packet in self.packets:
            if packet.payload_type not in (PCMA, PCMU):
                continue
            samples = _decode(packet)
            arrived = round((packet.arrival - start) * SAMPLE_RATE)
            anchor = anchors.get(packet.ssrc)
            position = arrived
            if anchor is not None:
                position = anchor[0] + _signed(packet.timestamp - anchor[1])
            if anchor is None or abs(position - arrived) > 0.15 * SAMPLE_RATE:
                anchors[packet.ssrc] = (arrived, packet.timestamp)
                position = arrived
            begin, finish = max(0, position), min(len(out), position + len(samples))
            if begin < finish:
                out[begin:finish] = samples[begin - position : finish - position]
        return out

    def _close_prompt(self, now: float) -> None:
        if self._sound_since is not None and now - self._last_sound >= self._gap:
            if self._last_sound - self._sound_since >= self._minimum:
                self._prompt_ends.append(self._last_sound)
            self._sound_since = None

    def _receive_event(self, packet: ReceivedPacket) -> None:
        key = (packet.ssrc, packet.timestamp)
        if len(packet.payload) >= 4 and key != self._seen_event and packet.payload[0] < len(EVENT_CODES):
            self._seen_event = key
            self.digits.append("0123456789*#ABCD"[packet.payload[0]])


def _decode(packet: ReceivedPacket) -> Samples:
    return from_alaw(packet.payload) if packet.payload_type == PCMA else from_ulaw(packet.payload)


def _signed(difference: int) -> int:
    return ((difference + 0x80000000) & 0xFFFFFFFF) - 0x80000000
