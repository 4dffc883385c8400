"""The values that go into and come out of an audio negotiation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from callcenter.base.errors import RemoteProtocolError
from callcenter.sdp.crypto import SdesKeys
from callcenter.sdp.ice import LocalDtls, RemoteDtls


class Direction(StrEnum):
    """Who sends (RFC 3264 §5.1), always read from the side of whoever holds the value."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """Tell whether the holder of this direction sends."""
        return self is Direction.SENDRECV or self is Direction.SENDONLY

    @property
    def receives(self) -> bool:
        """Tell whether the holder of this direction receives."""
        return self is Direction.SENDRECV or self is Direction.RECVONLY

    def limited_to(self, other: Direction) -> Direction:
        """Return what both directions allow."""
        return direction_of(self.sends and other.sends, self.receives and other.receives)


def direction_of(sends: bool, receives: bool) -> Direction:
    """Return the direction of someone who ``sends`` and ``receives``."""
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


class LocalOrigin(NamedTuple):
    """Our ``o=`` line: the id stays for the whole session, the version grows by one with each change (RFC 3264 §8)."""

    session_id: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class LocalAudio:
    """Where we receive one audio stream."""

    host: str
    "Numeric IPv4 or IPv6 address that the peer can reach."
    port: int
    rtcp_port: int = 0
    "0 means the port after ``port``; anything else is told to the peer with ``a=rtcp`` (RFC 3605)."
    dtls: LocalDtls | None = None
    "Our half of ICE and DTLS, on a WebRTC leg."
    sdes: Mapping[str, bytes] | None = field(default=None, repr=False)
    "By crypto suite in order of preference, the master key and salt that we would send with (RFC 4568)."

    @property
    def address_type(self) -> str:
        """Return the SDP family of ``host``: ``IP4`` or ``IP6``."""
        return "IP6" if ":" in self.host else "IP4"


@dataclass(frozen=True, slots=True)
class AudioCapabilities:
    """What this side can do with an audio stream."""

    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    "In order of preference when we offer; an offer's own order wins when we answer. All run at 8000 Hz, mono."
    telephone_event: bool = True
    "Offer and accept DTMF as RFC 4733 events."
    profiles: tuple[str, ...] = ("RTP/AVP", "RTP/AVPF")
    "Transports accepted; the first is the one we offer. Secure ones belong here once the media leg has keys for them."
    rtcp_mux: bool = True
    "Accept RTP and RTCP on one port when the peer offers it (RFC 5761)."
    ptime: int = 20
    "Milliseconds of audio per packet that we ask for."


@dataclass(frozen=True, slots=True)
class RemoteAudio:
    """What was agreed with the peer: all a media leg needs to know."""

    host: str
    "Numeric address that RTP goes to; ``0.0.0.0`` or ``::`` when the peer wants none."
    port: int
    "0 when the peer has switched the stream off."
    rtcp_host: str
    rtcp_port: int
    "0 when there is nowhere to send RTCP."
    rtcp_mux: bool
    codec: str
    "The codec that we send."
    payload_type: int
    "The RTP payload type that we send ``codec`` with."
    accepted: Mapping[int, str]
    "Audio payload types that the peer may send to us, and their codecs."
    telephone_event_pt: int | None
    "Payload type for the DTMF events that we send (RFC 4733), None when not agreed."
    telephone_event_receive_pt: int | None
    "Payload type of the DTMF events that we receive; nearly always the same number."
    ptime: int
    "Milliseconds of audio that each packet we send should hold: a multiple of 10, from 10 to 60."
    direction: Direction
    "What we may do: ``sendonly`` means that we send and the peer does not."
    hold: bool
    "The peer does not want our audio: it put us on hold."
    is_private: bool
    "The address is private or loopback, so it may be unreachable and the true source is learned from packets."
    profile: str = "RTP/AVP"
    keys: SdesKeys | None = None
    "What both sides protect with, when the descriptions carry keys."
    dtls: RemoteDtls | None = None
    "The peer's half of ICE and DTLS. ``host`` and ``port`` mean nothing then: ICE finds the address."
    mid: str | None = None
    "The section's name (RFC 5888): it stays while the session lives."


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The outcome of one offer/answer round."""

    answer_sdp: str
    "The answer: ours, to send, or the peer's as received when we offered."
    remote: RemoteAudio
    layout: tuple[str | None, ...]
    "The m= lines of the session in order: None for our audio, the text of the refused line for every other."
    changed: bool = True
    "False when ``remote`` is what was agreed before, as after a session refresh: the media leg needs no command."


class OfferRejected(RemoteProtocolError):
    """The offer cannot be accepted; answer the request with ``status`` and the Warning header."""

    error_id = "sdp-offer-rejected"

    def __init__(self, status: int, warning_code: int, warning_text: str) -> None:
        super().__init__(warning_text)
        self.status = status
        "SIP status: 400 malformed, 488 not acceptable here, 491 when our own offer is still open."
        self.warning_code = warning_code
        "RFC 3261 §20.43, for example 305 incompatible media format."
        self.warning_text = warning_text

    def warning_header(self, agent: str) -> str:
        """Return the Warning header's value, naming ``agent`` as its author (made a token: no blanks, ASCII only)."""
        author = "".join(one if one.isascii() and (one.isalnum() or one in "-.:[]") else "-" for one in agent) or "-"
        quoted = self.warning_text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.warning_code} {author} "{quoted}"'


class AnswerRejected(RemoteProtocolError):
    """The peer's answer does not fit our offer; the session cannot be set up or changed with it."""

    error_id = "sdp-answer-rejected"
