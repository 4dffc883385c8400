"""What an operator may set about the media engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """Settings of a :class:`~callcenter.media.client.WorkerPool` and its workers."""

    workers: int = 0
    "Worker processes; 0 takes one per core."
    worker_fill: int = 150
    """Legs a worker gets before the next is used, at most three quarters of what it has ports for: waking up for a few
    legs costs nearly as much as for many, so calls spread over idle workers are dear."""
    reserved_pairs: int = 16
    "Port pairs each worker opens before calls need them; fewer when it has few."
    host: str = "0.0.0.0"
    "Local address RTP sockets are bound to unless a leg asks for another."
    port_min: int = 20000
    port_max: int = 29999
    "RTP/RTCP port range, both ends included; split evenly between the workers."
    media_timeout_s: float = 30.0
    "Silence on the wire after which ``MediaTimeout`` is reported when the remote end should be sending."
    hold_timeout_s: float = 300.0
    "The same while the negotiated direction lets the remote end be silent."
    silent_after_s: float = 2.0
    "A browser that should be sending and has not for so long is reported with ``MediaSilent``."
    consent_after_s: float = 7.0
    """The same by its connectivity checks alone, while it need not send (on hold): browsers check every 2.5 to 6 s, so
    less would be wrong about half of them."""
    relearn_after_s: float = 10.0
    "A remote end behind NAT that was silent that long may come back from another address."
    keepalive_s: float = 5.0
    "A leg with nothing to send sends one packet of comfort every so many seconds (RFC 6263 §4.1)."
    rtcp_interval_s: float = 5.0
    "Mean RTCP interval (RFC 3550 §6.2)."
    cname_host: str = "callcenter.invalid"
    "Host part of RTCP canonical names."
