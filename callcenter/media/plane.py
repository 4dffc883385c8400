"""The port through which calls use media: coarse commands down, facts up, never a frame of audio.

``calls`` knows this module and nothing else of the media engine. A command names a *leg* (one RTP session with one
remote party); commands are fire-and-forget and are carried out in the order given, so ``stop``, ``play``, ``bridge``
may follow each other without waiting. Only :meth:`MediaPlane.open_leg`, :meth:`MediaPlane.close_leg` and
:meth:`MediaPlane.leg_statistics` answer. Everything the engine finds out by itself arrives as one of the event classes
below at the handler given to :meth:`MediaPlane.subscribe`, in the control process's event loop.

A command for a leg that is unknown, closed or lost with its worker is ignored: the event that says so is already on its
way.

What a leg sends is decided by what was asked last, in this order of precedence: digits being sent, a running play, the
bridge, the mixing room. A play on a bridged leg is heard by that leg only and replaces the other party while it lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from callcenter.base.errors import CallcenterError, LocalError
from callcenter.rtp.srtp_keys import SrtpKeys
from callcenter.sdp.ice import IceCredentials


class MediaCapacityExceeded(CallcenterError):
    """Every RTP port is in use, or no media worker is running."""

    error_id = "media-capacity-exceeded"


class LegsApart(LocalError):
    """These legs live on different media workers; open the legs of one conversation with the same ``call``."""

    error_id = "legs-apart"


class Direction(StrEnum):
    """What *we* do with a leg's audio (RFC 3264 §5.1): our side of the negotiated direction."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    "We send (music on hold); what arrives is counted but not used."
    RECVONLY = "recvonly"
    "We listen only; plays run in silence and finish on time."
    INACTIVE = "inactive"
    "Neither way; RTCP goes on."


class Codec(StrEnum):
    """The audio encodings the engine carries, by their RTP names (RFC 3551 §4.5.14)."""

    PCMA = "PCMA"
    PCMU = "PCMU"


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Where our end of a leg listens: what goes into our SDP."""

    host: str
    "The address the sockets are bound to; may be a wildcard, what is advertised is the caller's choice."
    port: int
    "RTP, even."
    rtcp_port: int
    "RTCP, ``port + 1``."
    ssrc: int
    "The SSRC of everything this leg will send."
    cname: str
    "The RTCP canonical name."
    ice: IceCredentials | None = None
    "What connectivity checks must be made with; on a WebRTC leg only."
    fingerprint: str | None = None
    "Of the certificate that this leg shows, ``sha-256 AB:CD:…``; on a WebRTC leg only. Each worker has its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMedia:
    """Where and how the remote end of a leg wants its media: what came out of offer/answer."""

    host: str
    port: int
    "Numeric address and RTP port from the SDP; port 0 sends nothing."
    codec: str
    "The encoding we send, ``PCMA`` or ``PCMU``."
    payload_type: int
    "The payload type number we send it under."
    accepted: Mapping[int, str]
    "Payload types we take and their encodings, e.g. ``{8: 'PCMA', 0: 'PCMU'}``; others are counted and dropped."
    telephone_event_pt: int | None = None
    "RFC 4733 payload type we send digits with; ``None`` listens for in-band tones instead."
    telephone_event_receive_pt: int | None = None
    "The one digits come with when it is another (each side names its own, RFC 3264 §5.1); ``None``: the same number."
    comfort_noise_pt: int | None = 13
    "RFC 3389 payload type, tolerated and never played."
    rtcp_host: str | None = None
    rtcp_port: int | None = None
    "From ``a=rtcp``; by default the RTP address and the next port. Port 0 sends no RTCP."
    rtcp_mux: bool = False
    "RFC 5761: RTCP both ways on the RTP port."
    ptime_ms: int = 20
    "Packet time we send with when playing or mixing: a multiple of 10 in 10..60."
    direction: Direction = Direction.SENDRECV
    behind_nat: bool = False
    "The SDP address is private or unreachable for us: learn the real one from the first packets, then keep to it."
    keys: SrtpKeys | None = None
    "SRTP by keys from the signalling (RFC 4568); what is not protected by them is dropped, both ways."
    fingerprints: tuple[str, ...] = ()
    """What the certificate of a WebRTC peer must match, ``sha-256 AB:CD:…``; its keys come from DTLS then, its address
    from ICE, and ``host``, ``port`` and the RTCP address are not looked at."""

    @property
    def events_come_as(self) -> int | None:
        """Payload type that digits are received with; ``None`` when RFC 4733 was not negotiated."""
        receive = self.telephone_event_receive_pt
        return self.telephone_event_pt if receive is None else receive


class PlayEnd(StrEnum):
    """Why a play ended."""

    FINISHED = "finished"
    BARGE_IN = "barge_in"
    "A digit stopped it."
    STOPPED = "stopped"
    "By ``stop``, by another ``play``, or with its leg."
    FAILED = "failed"
    "No file of it could be read."


class RecordingEnd(StrEnum):
    """Why a recording ended."""

    STOPPED = "stopped"
    LEG_CLOSED = "leg_closed"
    MAX_DURATION = "max_duration"
    SILENCE = "silence"
    DIGIT = "digit"
    DISK = "disk"
    "The disk is full or failed; the file holds what was written before."


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLimits:
    """When a recording ends by itself (voicemail)."""

    max_duration_s: float | None = None
    end_silence_s: float | None = None
    "End after the caller has been silent that long; the clock starts with the recording."
    end_digits: str = ""
    "Digits that end it, e.g. ``#``."


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStatistics:
    """What a leg carried, from open to now or to its end."""

    leg: str
    codec: str | None = None
    remote_host: str | None = None
    remote_port: int | None = None
    "Where media really came from, or the SDP address when nothing came."
    packets_in: int = 0
    bytes_in: int = 0
    "Payload bytes."
    packets_out: int = 0
    bytes_out: int = 0
    packets_lost: int = 0
    "Expected minus received, never negative (RFC 3550 A.3)."
    packets_duplicated: int = 0
    packets_reordered: int = 0
    packets_dropped: int = 0
    "Junk, unknown payload types and packets from other sources."
    jitter_ms: float = 0.0
    "Mean interarrival jitter (RFC 3550 A.8)."
    jitter_max_ms: float = 0.0
    rtt_ms: float | None = None
    "Mean round trip from RTCP, ``None`` when the peer sent no usable report."
    remote_loss: float | None = None
    "Share of our packets the peer reports lost, 0..1."
    mos: float | None = None
    "Listening quality 1..4.5 by the E-model (ITU-T G.107), ``None`` before any packet arrived."
    first_packet_s: float | None = None
    last_packet_s: float | None = None
    "Seconds after the leg was opened."
    duration_s: float = 0.0
    digits: int = 0
    "How many digits were received; never which."


@dataclass(frozen=True, slots=True)
class MediaEvent:
    """Something the media engine noticed."""


@dataclass(frozen=True, slots=True)
class DigitPressed(MediaEvent):
    """The remote party pressed a key; reported once per key, when it is recognised."""

    leg: str
    digit: str = field(repr=False)
    "One of ``0123456789*#ABCD``. Never log it."
    duration_ms: int = 0
    "How long it had lasted when reported; 0 when reported at its first packet."
    source: str = "rfc4733"
    "``rfc4733`` or ``inband``."


@dataclass(frozen=True, slots=True)
class PlayFinished(MediaEvent):
    """A play ended; every ``play`` ends in exactly one of these unless its worker died."""

    leg: str
    play_id: str
    reason: PlayEnd
    played_ms: int = 0
    "Audio sent, gaps included."


@dataclass(frozen=True, slots=True)
class MediaTimeout(MediaEvent):
    """Nothing has been received on a leg for too long; repeated only after media came back and stopped again."""

    leg: str
    silent_s: float


@dataclass(frozen=True, slots=True)
class RemoteLocked(MediaEvent):
    """The leg now takes media from this address only; on a WebRTC leg it is secured, or has moved, to there."""

    leg: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class MediaSilent(MediaEvent):
    """A browser has stopped sending: it is being reloaded, was closed, or lost its network.

    Reported within seconds, long before :class:`MediaTimeout`, so that whoever listens can be told or entertained.
    """

    leg: str
    silent_s: float


@dataclass(frozen=True, slots=True)
class MediaBack(MediaEvent):
    """A leg that was reported silent sends again."""

    leg: str


@dataclass(frozen=True, slots=True)
class MediaRefused(MediaEvent):
    """A WebRTC leg can never carry media: the peer is not who its session description says, or cannot agree on keys."""

    leg: str
    reason: str
    "For the log."


@dataclass(frozen=True, slots=True)
class RecordingClosed(MediaEvent):
    """The file is complete; every ``record`` ends in exactly one of these unless its worker died."""

    recording_id: str
    path: str
    duration_ms: int
    size_bytes: int
    truncated: bool
    "Audio is missing at the end because it could not be written."
    reason: RecordingEnd


@dataclass(frozen=True, slots=True)
class MediaWorkerDied(MediaEvent):
    """A worker process ended and took these legs with it; a new worker is being started."""

    legs: tuple[str, ...]


EventHandler = Callable[[MediaEvent], None]


class MediaPlane(Protocol):
    """Media for calls, wherever it is done."""

    def subscribe(self, handler: EventHandler) -> None:
        """Have ``handler`` called with every later event. One handler; a second call replaces the first."""
        ...

    # Legs.

    async def open_leg(self, *, call: str, leg: str, host: str | None = None, webrtc: bool = False) -> LocalMedia:
        """Allocate RTP and RTCP ports for a new leg.

        :param call: legs that may ever be bridged or mixed together carry the same value and share a worker.
        :param leg: unique id of the leg, chosen by the caller.
        :param host: local address to bind; by default the configured one. IPv6 when it is an IPv6 address.
        :param webrtc: the peer comes by ICE and DTLS (RFC 8827); RTP and RTCP share the RTP port.
        :raises MediaCapacityExceeded: when no port or worker is left.
        """
        ...

    def set_remote(self, leg: str, remote: RemoteMedia) -> None:
        """Say where the remote end is; again after every re-negotiation.

        An unchanged address keeps the locked source and the streams' continuity.
        """
        ...

    def mute(self, leg: str, muted: bool = True) -> None:
        """Stop passing on what ``leg`` says (to bridge, room and recording); digits are still reported."""
        ...

    async def close_leg(self, leg: str) -> LegStatistics:
        """Stop everything on ``leg``, say RTCP BYE, free its ports and return its statistics.

        Never raises: an unknown or lost leg gives empty statistics.
        """
        ...

    async def leg_statistics(self, leg: str) -> LegStatistics:
        """Return the statistics of a running leg up to now; empty ones for an unknown leg."""
        ...

    # Playing.

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
        """Play prepared prompts (raw A-law, 8 kHz, mono) one after the other; replaces a running play.

        :param play_id: comes back in :class:`PlayFinished`.
        :param loop: start again after the last file until stopped (music on hold).
        :param barge_in: any digit stops it inside the worker, then :class:`DigitPressed`, then :class:`PlayFinished`.
        :param gap_ms: silence between files, and between rounds of a loop.
        :param offset_ms: where to start in the first file (music that goes on where it was left).

        A file that cannot be read is skipped; when none can, the play ends as ``failed``. An empty list is finished.
        """
        ...

    def stop(self, leg: str, play_id: str | None = None) -> None:
        """Stop the running play; with ``play_id`` only if it is that one."""
        ...

    def send_dtmf(self, leg: str, digits: str, *, duration_ms: int = 100, gap_ms: int = 60) -> None:
        """Send digits one after the other: RFC 4733 when negotiated, tones in the audio otherwise."""
        ...

    # Conversations.

    def bridge(self, leg_a: str, leg_b: str) -> None:
        """Connect two legs; each leaves any bridge or room it was in. A running play goes on until it ends.

        :raises LegsApart: when they are on different workers.
        """
        ...

    def unbridge(self, leg: str) -> None:
        """Undo the bridge ``leg`` is in, if any; both legs stay open and silent."""
        ...

    def mix(
        self,
        room: str,
        leg: str,
        *,
        hears: Collection[str] | None = None,
        speaks_to: Collection[str] | None = None,
    ) -> None:
        """Put ``leg`` into mixing room ``room`` (made on first use), or change what it hears and who hears it there.

        A leg hears another if both sides allow it: ``hears`` (ids it listens to) and the other's ``speaks_to`` (ids
        that may hear it); ``None`` allows everybody. Listening: ``speaks_to=()``; whispering: ``speaks_to=(agent,)``;
        barging in: neither. A leg that was bridged leaves the bridge.

        :raises LegsApart: when the room is on another worker than ``leg``.
        """
        ...

    def unmix(self, leg: str) -> None:
        """Take ``leg`` out of its room, if any."""
        ...

    # Recording.

    def record(
        self,
        recording_id: str,
        path: str | Path,
        leg: str,
        *,
        stereo: bool = True,
        limits: RecordingLimits | None = None,
    ) -> None:
        """Record ``leg`` (the customer) into a WAV file, 16-bit 8 kHz; its directory must exist.

        Left is what the leg says, right is what it *hears*: prompts, music and whoever it is connected to, and never
        what is whispered to an agent. The recording follows the leg through bridges, holds and transfers. Mono
        (``stereo=False``) holds only what the leg says. The header is valid from the start and patched once per second.

        :param limits: when it ends by itself; the silence that ended it is cut off.
        """
        ...

    def pause_recording(self, recording_id: str) -> None:
        """Write silence instead of both voices until resumed (card numbers); time goes on."""
        ...

    def resume_recording(self, recording_id: str) -> None:
        """End a pause."""
        ...

    def stop_recording(self, recording_id: str) -> None:
        """End a recording; :class:`RecordingClosed` follows."""
        ...
