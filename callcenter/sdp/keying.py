"""How an audio stream is protected, and what that puts into a description: nothing, SDES keys, or ICE and DTLS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callcenter.sdp.audio import LocalAudio, RemoteAudio
from callcenter.sdp.audio_section import AudioSection
from callcenter.sdp.crypto import CryptoLine, SdesKeys, offer_lines, read_lines
from callcenter.sdp.description import SdpError, SessionDescription, parse
from callcenter.sdp.ice import LocalDtls, RemoteDtls, UnusableDtls, read_remote

OFFERED_MID: Final = "0"
"The name that our only media section has in an offer of ours (RFC 5888)."


class Keying(StrEnum):
    """Where the keys of a stream come from."""

    PLAIN = "plain"
    "There are none: RTP as it is."
    SDES = "sdes"
    "From the description (RFC 4568), over signalling that nobody else reads."
    DTLS = "dtls"
    "From a handshake on the media path (RFC 5764), with ICE: WebRTC."


PROFILES: Mapping[Keying, tuple[str, ...]] = {
    Keying.PLAIN: ("RTP/AVP", "RTP/AVPF"),
    Keying.SDES: ("RTP/SAVP", "RTP/SAVPF"),
    Keying.DTLS: ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF"),
}
"The transports of each; the first is the one to offer, the others are taken when offered."


def offered_keying(offer: str | bytes) -> tuple[Keying, ...]:
    """Return what the active audio lines of ``offer`` ask for, in their order; nothing when it cannot be read."""
    try:
        description = parse(offer)
    except SdpError:
        return ()
    found = []
    for media in description.media:
        if media.kind != "audio" or not media.port:
            continue
        profile = media.profile.upper()
        # The same profile was used for both before RFC 5764 gave DTLS one of its own.
        named = any(_attribute(description, media.attributes, name) for name in ("fingerprint", "ice-ufrag"))
        for keying, profiles in PROFILES.items():
            if profile in profiles and (profile != "RTP/SAVPF" or (keying is Keying.DTLS) == named):
                found.append(keying)
    return tuple(dict.fromkeys(found))


def _attribute(description: SessionDescription, attributes: list[str], name: str) -> bool:
    return any(attribute.startswith(f"{name}:") for attribute in [*description.attributes, *attributes])


class UnusableKeys(ValueError):
    """The peer's keys or certificate cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """What was agreed about one stream's protection."""

    keys: SdesKeys | None = None
    dtls: RemoteDtls | None = None
    attributes: tuple[str, ...] = ()
    "What our answer says of it."


def agree(section: AudioSection, local: LocalAudio) -> Keyed:
    """Agree on an offered section.

    :raises UnusableKeys: when it lacks what our side needs.
    """
    if local.dtls is not None:
        attributes = local.dtls.attributes(local.host, local.port, offering=False)
        return Keyed(dtls=_remote_dtls(section, offered=True), attributes=tuple(attributes))
    if local.sdes:
        for line in read_lines(section.security):
            if (key := local.sdes.get(line.suite)) is not None:
                ours = CryptoLine(line.tag, line.suite, key)
                return Keyed(SdesKeys(line.suite, key, line.key), attributes=(str(ours),))
        raise UnusableKeys("The offer has no key that can be used")
    return Keyed()


def read_answer(ours: AudioSection, theirs: AudioSection, local_dtls: bool) -> Keyed:
    """Read what the peer answered to our section.

    :raises UnusableKeys: when it does not fit.
    """
    if local_dtls:
        return Keyed(dtls=_remote_dtls(theirs, offered=False))
    offered = {line.tag: line for line in read_lines(ours.security)}
    if not offered:
        return Keyed()
    for line in read_lines(theirs.security):
        mine = offered.get(line.tag)
        if mine is not None and mine.suite == line.suite:
            return Keyed(SdesKeys(line.suite, mine.key, line.key))
    raise UnusableKeys("The answer has no key to one of ours")


def _remote_dtls(section: AudioSection, *, offered: bool) -> RemoteDtls:
    if not section.rtcp_mux:
        raise UnusableKeys("RTP and RTCP do not share a port")
    try:
        return read_remote(section.security, offered=offered)
    except UnusableDtls as error:
        raise UnusableKeys(str(error)) from error


def offer_attributes(local: LocalAudio, current: RemoteAudio | None) -> list[str]:
    """Return what an offer of ours says of protection; in a running session what was agreed stays."""
    if local.dtls is not None:
        mid = OFFERED_MID if current is None else current.mid
        named = [] if mid is None else [f"mid:{mid}"]
        return [*named, "rtcp-mux", *local.dtls.attributes(local.host, local.port, offering=True)]
    if not local.sdes:
        return []
    suite = current.keys.suite if current is not None and current.keys is not None else None
    keys = {name: key for name, key in local.sdes.items() if suite in (None, name)}
    return [str(line) for line in offer_lines(keys)]


def session_attributes(dtls: LocalDtls | None, mid: str | None, *, bundled: bool) -> list[str]:
    """Return what stands before the media sections (RFC 8839 §5.3, RFC 9143)."""
    if dtls is None:
        return []
    return ["ice-lite", *([f"group:BUNDLE {mid}"] if bundled and mid is not None else [])]
