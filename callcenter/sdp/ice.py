"""What a session description says about ICE and DTLS (RFC 8839, RFC 8842), for a server that is always reachable.

We are ICE-lite (RFC 8445 §2.5): one host candidate, no checks of our own, and the browser's candidates are never looked
at, because it is the browser that comes to us. So nothing in a description can make us send anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field

_FRAGMENT, _PASSWORD = 8, 24
"Characters; RFC 8839 §5.4 wants at least 4 and 22."
_STREAM = "callcenter"
"What the browser's script sees as id of stream and track (RFC 8830)."
_HASH_SIZES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"RFC 8122 §5 without the hashes nobody should trust."
_ICE_TEXT = re.compile(r"[A-Za-z0-9+/=_-]+")
_HEX_PAIRS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2})*")
_HOST_PREFERENCE = 2_130_706_431
"Priority of the only candidate there is: host, first component (RFC 8445 §5.1.2.1)."


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """Name and password that connectivity checks are made with (RFC 8445 §5.3)."""

    ufrag: str
    pwd: str = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> IceCredentials:
        """Return the credentials made of ``secret``, at least 16 unpredictable octets."""
        return cls(_text(b"ufrag", secret)[:_FRAGMENT], _text(b"pwd", secret)[:_PASSWORD])

    def after_restart(self) -> IceCredentials:
        """Return the next ones. An ICE restart needs new credentials from both sides (RFC 8445 §9).

        They follow from these, so that whoever answers checks need not be told of a restart, only know the first.
        """
        return IceCredentials.of(self.pwd.encode())


def _text(purpose: bytes, secret: bytes) -> str:
    return base64.b64encode(hashlib.sha256(purpose + b"\0" + secret).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class LocalDtls:
    """Our half of an ICE and DTLS association."""

    ice: IceCredentials
    fingerprint: str
    "As in the attribute: ``sha-256 AB:CD:…`` of our certificate."
    ssrc: int = 0
    cname: str = ""
    "The stream we send (RFC 5576), so that the browser makes its track before the first packet."

    def attributes(self, host: str, port: int, *, offering: bool) -> list[str]:
        """Return the media-level attributes that stand for it.

        We take part as the DTLS server always: an offer leaves the choice (RFC 8842 §5.2), an answer makes it (§5.3).
        """
        source = [f"msid:{_STREAM} {_STREAM}", f"ssrc:{self.ssrc} cname:{self.cname}"] if self.ssrc else []
        return [
            f"ice-ufrag:{self.ice.ufrag}",
            f"ice-pwd:{self.ice.pwd}",
            f"fingerprint:{self.fingerprint}",
            f"setup:{'actpass' if offering else 'passive'}",
            f"candidate:1 1 udp {_HOST_PREFERENCE} {host} {port} typ host",
            "end-of-candidates",
            *source,
        ]


@dataclass(frozen=True, slots=True)
class RemoteDtls:
    """The peer's half."""

    ufrag: str
    fingerprints: tuple[str, ...]
    "Each ``sha-256 AB:CD:…``; its certificate must match one of them."


class UnusableDtls(ValueError):
    """The attributes do not make up an association that we can take part in; the message says why."""


def read_remote(attributes: tuple[str, ...], *, offered: bool) -> RemoteDtls:
    """Read the peer's half from its keying attributes, the media section's after the session's.

    :param offered: they came in an offer; otherwise in an answer to an ``actpass`` of ours.
    :raises UnusableDtls: when ICE or the fingerprint is missing or malformed, or the peer insists on our being client.
    """
    values: dict[str, str] = {}
    fingerprints: list[str] = []
    for attribute in attributes:
        name, _, value = attribute.partition(":")
        if name == "fingerprint":
            fingerprints.append(value)
        else:
            values[name] = value.strip()  # the media section's value wins (RFC 8839 §5.4)
    ufrag, pwd = values.get("ice-ufrag", ""), values.get("ice-pwd", "")
    if not (4 <= len(ufrag) <= 256 and 22 <= len(pwd) <= 256 and _ICE_TEXT.fullmatch(ufrag + pwd)):
        raise UnusableDtls("ICE credentials are missing or malformed")
    usable = tuple(filter(None, map(_fingerprint, fingerprints)))
    if not usable:
        raise UnusableDtls("A usable certificate fingerprint is missing")
    setup = values.get("setup", "active").lower()
    if setup not in (("actpass", "active") if offered else ("active",)):
        raise UnusableDtls("The peer does not take the active DTLS role")
    return RemoteDtls(ufrag, usable)


def _fingerprint(value: str) -> str | None:
    algorithm, _, digest = value.strip().partition(" ")
    algorithm, digest = algorithm.lower(), digest.strip().upper()
    size = _HASH_SIZES.get(algorithm)
    if size is None or len(digest) != 3 * size - 1 or not _HEX_PAIRS.fullmatch(digest):
        return None
    return f"{algorithm} {digest}"
