"""What a deployment may decide about calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class SrtpUse(StrEnum):
    """What is done about SRTP with keys from the session description (RFC 4568)."""

    OFF = "off"
    "Refuse it."
    ACCEPT = "accept"
    "Take it when it is offered over TLS; offer plain RTP."
    REQUIRE = "require"
    "Over TLS, offer it and refuse calls without it."


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Durations in seconds unless the name says otherwise."""

    realm: str = "callcenter"
    "Host part of the addresses we write into From and To."
    media_host: str | None = None
    "Local address for RTP; None binds the one the SIP peer reached us at."
    media_public_host: str | None = None
    "Address written into SDP instead of the local one."
    own_hosts: frozenset[str] = frozenset()
    "Numeric addresses of this node."
    signalling_ports: frozenset[int] = frozenset()
    "Never accepted as a peer's media port on our own addresses."
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    srtp: SrtpUse = SrtpUse.ACCEPT
    "For SIP phones and trunks reached over TLS; browsers always bring DTLS."
    record: bool = True
    record_ivr: bool = False
    "Record from the first prompt, not only people."
    recordings: Path = field(default=Path("recordings"))
    max_call_s: float = 4 * 3600
    max_transfers: int = 5
    transfer_ring_s: float = 30
    "How long the target of a blind transfer is rung."
    transferor_ring_s: float = 20
    "How long a transferor who hung up is rung back when the target did not answer."
    transferor_rings: int = 2
    "How often."
    transferor_pause_s: float = 10
    "Between two times."
    consult_ring_s: float = 15
    "How long somebody whom an agent wants to consult, or to invite, is rung."
    reattach_s: float = 30
    "How long the others wait for an agent whose browser is gone; 0 ends the call like any other lost device."
    return_priority: int = 1000
    "Points that a caller gets who goes back to a queue through no fault of their own."
    trunk_silence_s: float = 5
    "How long a trunk may leave an INVITE without any response before the next one is tried."
    max_redirects: int = 5
    ring_retry_s: float = 5
    "Pause before busy phones are tried again."
    language: str = "vi"
