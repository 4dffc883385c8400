"""Make offers, answer offers and read answers (RFC 3264) for one audio stream, as pure functions.

We carry exactly one audio stream. In an offer with several media lines the first usable audio line is taken and every
other line is answered with port 0, in place, so that the answer always has the offer's lines in the offer's order (§6).
An answer names one codec, and telephone-event when both sides have it: two codecs in an answer leave the peer free to
change between them in mid-call. What we accept is wider than what we answer: every common payload type of the offer.

:class:`callcenter.sdp.session.SdpSession` adds the memory between rounds; use these functions directly only where there
is one round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from callcenter.sdp.address import Address, AddressPolicy, Reach, classify
from callcenter.sdp.audio import (
    AnswerRejected,
    AudioCapabilities,
    Direction,
    LocalAudio,
    LocalOrigin,
    Negotiated,
    OfferRejected,
    RemoteAudio,
    direction_of,
)
from callcenter.sdp.audio_section import DYNAMIC_TELEPHONE_EVENT, STATIC_PAYLOAD_TYPES, AudioSection
from callcenter.sdp.description import MediaDescription, SdpError, SessionDescription, parse
from callcenter.sdp.keying import (
    OFFERED_MID,
    Keyed,
    UnusableKeys,
    agree,
    offer_attributes,
    read_answer,
    session_attributes,
)

INCOMPATIBLE_NETWORK_PROTOCOL = 300
INCOMPATIBLE_ADDRESS_FORMAT = 301
INCOMPATIBLE_TRANSPORT = 302
MEDIA_TYPE_NOT_AVAILABLE = 304
INCOMPATIBLE_MEDIA_FORMAT = 305
MULTICAST_NOT_AVAILABLE = 330
MISCELLANEOUS_WARNING = 399

_BUNDLE = "group:BUNDLE "

_FOUND_BY_ICE = Address(Reach.GLOBAL, "0.0.0.0", "")
"In the place of an address that a description does not decide: nothing is ever sent there."

_DEFAULT_CAPABILITIES = AudioCapabilities()
_DEFAULT_POLICY = AddressPolicy()


class _Numbers(NamedTuple):
    """Payload types agreed on."""

    payload_type: int
    accepted: dict[int, str]
    send_events: int | None
    receive_events: int | None


def make_offer(
    local: LocalAudio,
    capabilities: AudioCapabilities = _DEFAULT_CAPABILITIES,
    direction: Direction = Direction.SENDRECV,
    origin: LocalOrigin = LocalOrigin(1),  # noqa: B008 - a constant tuple
    *,
    current: RemoteAudio | None = None,
    layout: tuple[str | None, ...] = (None,),
) -> str:
    """Return an offer; in a running session ``current`` and ``layout`` keep its payload types and its m= lines (§8)."""
    codecs = list(capabilities.codecs)
    numbers = dict(STATIC_PAYLOAD_TYPES)
    events = DYNAMIC_TELEPHONE_EVENT if capabilities.telephone_event else None
    profile = capabilities.profiles[0]
    if current is not None:
        # A payload type keeps its meaning as long as the session lives (§8.3.2).
        numbers |= {codec: number for number, codec in reversed(tuple(current.accepted.items()))}
        if current.codec in codecs:
            codecs.remove(current.codec)
            codecs.insert(0, current.codec)
        if events is not None and current.telephone_event_receive_pt is not None:
            events = current.telephone_event_receive_pt
        elif events in current.accepted:
            events = _free_number(current)
        profile = current.profile
    mapping = [(numbers[codec], codec) for codec in codecs]
    lines = _session_lines(local, origin)
    mid = OFFERED_MID if current is None else current.mid
    lines += [f"a={attribute}" for attribute in session_attributes(local.dtls, mid, bundled=True)]
    for refused in layout:
        if refused is not None:
            lines.append(refused)
        else:
            lines += _audio_lines(local, profile, mapping, events, direction, capabilities.ptime)
            lines += [f"a={attribute}" for attribute in offer_attributes(local, current)]
    lines.append("")
    return "\r\n".join(lines)


def answer(
    offer: str | bytes | SessionDescription,
    local: LocalAudio,
    capabilities: AudioCapabilities = _DEFAULT_CAPABILITIES,
    *,
    policy: AddressPolicy = _DEFAULT_POLICY,
    direction: Direction = Direction.SENDRECV,
    origin: LocalOrigin = LocalOrigin(1),  # noqa: B008 - a constant tuple
    current: RemoteAudio | None = None,
) -> Negotiated:
    """Answer ``offer`` (§6), doing at most ``direction`` ourselves.

    ``current`` is what was agreed before in this session: its codec is kept while the offer still has it, and an offer
    that switches the audio off is then answered rather than refused. Raises :class:`OfferRejected`.
    """
    try:
        description = offer if isinstance(offer, SessionDescription) else parse(offer)
        return _answer(description, local, capabilities, policy, direction, origin, current)
    except SdpError as error:
        raise OfferRejected(400, MISCELLANEOUS_WARNING, str(error)) from error


def apply_answer(
    our_offer: str,
    answer_text: str | bytes,
    *,
    policy: AddressPolicy = _DEFAULT_POLICY,
    capabilities: AudioCapabilities = _DEFAULT_CAPABILITIES,
) -> Negotiated:
    """Read the peer's answer to ``our_offer`` (§7). Raises :class:`AnswerRejected`."""
    offered = parse(our_offer)
    try:
        answered = parse(answer_text)
        remote = _read_answer(offered, answered, policy, capabilities)
    except SdpError as error:
        raise AnswerRejected(str(error)) from error
    except OfferRejected as error:
        raise AnswerRejected(error.warning_text) from error
    layout = tuple(None if media.kind == "audio" and media.port else media.lines[0] for media in offered.media)
    text = answer_text if isinstance(answer_text, str) else answer_text.decode("utf-8", "surrogateescape")
    return Negotiated(text, remote, layout)


def offered_address_type(offer: str | bytes | SessionDescription) -> str | None:
    """Return ``IP4`` or ``IP6``: the family of the first active audio line, for opening a media leg of that family.

    None when the offer names no usable family; answering it will say why. Raises :class:`OfferRejected` (400).
    """
    try:
        description = offer if isinstance(offer, SessionDescription) else parse(offer)
    except SdpError as error:
        raise OfferRejected(400, MISCELLANEOUS_WARNING, str(error)) from error
    for media in description.media:
        connection = media.connection or description.connection
        if media.kind == "audio" and media.port and connection is not None:
            family = connection.address_type.upper()
            return family if family in ("IP4", "IP6") else None
    return None


def _answer(
    description: SessionDescription,
    local: LocalAudio,
    capabilities: AudioCapabilities,
    policy: AddressPolicy,
    direction: Direction,
    origin: LocalOrigin,
    current: RemoteAudio | None,
) -> Negotiated:
    lines = _session_lines(local, origin, description)
    session_end = len(lines)
    layout: list[str | None] = []
    remote: RemoteAudio | None = None
    refusal: OfferRejected | None = None
    for media in description.media:
        if media.kind == "audio" and media.port and remote is None:
            try:
                section = AudioSection(description, media)
                remote, keyed = _negotiate(section, local, capabilities, policy, direction, current)
            except OfferRejected as error:
                refusal = refusal or error
            else:
                mapping = [(remote.payload_type, remote.codec)]
                events = remote.telephone_event_receive_pt
                lines += _audio_lines(local, media.profile, mapping, events, remote.direction, capabilities.ptime)
                if remote.mid is not None:
                    lines.append(f"a=mid:{remote.mid}")
                if remote.rtcp_mux:
                    lines.append("a=rtcp-mux")
                lines += [f"a={attribute}" for attribute in keyed.attributes]
                layout.append(None)
                continue
        refused = _refused(media)
        lines.append(refused)
        layout.append(refused)
    if remote is None:
        if refusal is not None:
            raise refusal
        disabled = next((index for index, media in enumerate(description.media) if media.kind == "audio"), None)
        if current is None or disabled is None:
            raise OfferRejected(488, MEDIA_TYPE_NOT_AVAILABLE, "No active audio stream is offered")
        layout[disabled] = None
        remote = _switched_off(current)
    bundled = any(remote.mid in group.split()[1:] for group in description.attributes if group.startswith(_BUNDLE))
    lines[session_end:session_end] = [f"a={one}" for one in session_attributes(local.dtls, remote.mid, bundled=bundled)]
    lines.append("")
    return Negotiated("\r\n".join(lines), remote, tuple(layout))


def _negotiate(
    section: AudioSection,
    local: LocalAudio,
    capabilities: AudioCapabilities,
    policy: AddressPolicy,
    wish: Direction,
    current: RemoteAudio | None,
) -> tuple[RemoteAudio, Keyed]:
    """Agree on one offered audio stream or raise :class:`OfferRejected` with the reason."""
    media = section.media
    if media.profile.upper() not in capabilities.profiles:
        raise OfferRejected(488, INCOMPATIBLE_TRANSPORT, f"Transport {_shown(media.profile)} is not available")
    try:
        keyed = agree(section, local)
    except UnusableKeys as error:
        raise OfferRejected(488, INCOMPATIBLE_TRANSPORT, str(error)) from error
    address = _target(section, policy, local.address_type) if keyed.dtls is None else _FOUND_BY_ICE
    common = {number: codec for number, codec in section.codecs() if codec in capabilities.codecs}
    if not common:
        raise OfferRejected(488, INCOMPATIBLE_MEDIA_FORMAT, "No common audio codec")
    payload_type = next(iter(common))
    if current is not None:
        # Keep the codec of the running session while the peer still has it.
        payload_type = next((number for number, codec in common.items() if codec == current.codec), payload_type)
    events = section.telephone_event() if capabilities.telephone_event else None
    numbers = _Numbers(payload_type, common, events, events)
    remote = _remote_audio(section, address, policy, capabilities, wish, numbers)
    return replace(remote, keys=keyed.keys, dtls=keyed.dtls), keyed


def _read_answer(
    offered: SessionDescription, answered: SessionDescription, policy: AddressPolicy, capabilities: AudioCapabilities
) -> RemoteAudio:
    if len(answered.media) != len(offered.media):
        raise AnswerRejected("The answer does not have the offer's number of media lines")
    index = next(index for index, media in enumerate(offered.media) if media.kind == "audio" and media.port)
    ours = AudioSection(offered, offered.media[index])
    media = answered.media[index]
    if media.kind != "audio":
        raise AnswerRejected("The answer's media lines are not in the offer's order")
    if not media.port:
        raise AnswerRejected("The peer refuses the audio stream")
    if media.profile.upper() != ours.media.profile.upper():
        raise AnswerRejected(f"The answer changes the transport to {_shown(media.profile)}")
    theirs = AudioSection(answered, media)
    dtls = any(attribute.startswith("fingerprint:") for attribute in ours.security)
    try:
        keyed = read_answer(ours, theirs, dtls)
    except UnusableKeys as error:
        raise AnswerRejected(str(error)) from error
    address = _FOUND_BY_ICE if dtls else _target(theirs, policy, ours.connection.address_type)
    accepted = dict(ours.codecs())
    # A number without a mapping of its own means what our offer said it means.
    chosen = next(
        ((number, codec) for number, codec in theirs.codecs(accepted) if codec in accepted.values()),
        None,
    )
    if chosen is None:
        raise AnswerRejected("The answer names none of the offered codecs")
    receive_events = ours.telephone_event()
    send_events = theirs.telephone_event(receive_events) if receive_events is not None else None
    number, codec = chosen
    numbers = _Numbers(number, {number: codec} | accepted, send_events, receive_events if send_events else None)
    remote = _remote_audio(theirs, address, policy, capabilities, ours.direction, numbers)
    return replace(remote, keys=keyed.keys, dtls=keyed.dtls, mid=ours.mid)


def _remote_audio(
    section: AudioSection,
    address: Address,
    policy: AddressPolicy,
    capabilities: AudioCapabilities,
    wish: Direction,
    numbers: _Numbers,
) -> RemoteAudio:
    port = section.media.port
    peer_listens = section.direction.receives and address.reach is not Reach.UNSPECIFIED
    mux = section.rtcp_mux and capabilities.rtcp_mux
    rtcp_host, rtcp_port = (address.host, port) if mux else _rtcp_target(section, address, policy)
    return RemoteAudio(
        host=address.host,
        port=port,
        rtcp_host=rtcp_host,
        rtcp_port=rtcp_port,
        rtcp_mux=mux,
        codec=numbers.accepted[numbers.payload_type],
        payload_type=numbers.payload_type,
        accepted=numbers.accepted,
        telephone_event_pt=numbers.send_events,
        telephone_event_receive_pt=numbers.receive_events,
        ptime=section.send_ptime(capabilities.ptime),
        direction=direction_of(peer_listens, section.direction.sends).limited_to(wish),
        hold=not peer_listens,
        is_private=address.reach is not Reach.GLOBAL,
        profile=section.media.profile,
        mid=section.mid,
    )


def _target(section: AudioSection, policy: AddressPolicy, wanted: str) -> Address:
    """Return the address that RTP would go to, or raise with the warning that says why it may not."""
    connection = section.connection
    if connection.net_type.upper() != "IN":
        raise OfferRejected(
            488, INCOMPATIBLE_NETWORK_PROTOCOL, f"Network type {_shown(connection.net_type)} is not available"
        )
    address_type = connection.address_type.upper()
    if address_type not in ("IP4", "IP6"):
        raise OfferRejected(
            488, INCOMPATIBLE_ADDRESS_FORMAT, f"Address type {_shown(connection.address_type)} is not available"
        )
    address = classify(connection.address.partition("/")[0].strip("[]"), address_type)
    if address.reach is Reach.UNSPECIFIED:
        return address
    if address.reach is Reach.INVALID:
        raise OfferRejected(488, INCOMPATIBLE_ADDRESS_FORMAT, "The connection address is not a numeric address")
    if address.reach is Reach.MULTICAST:
        raise OfferRejected(488, MULTICAST_NOT_AVAILABLE, "Multicast is not available")
    if address_type != wanted:
        raise OfferRejected(488, INCOMPATIBLE_ADDRESS_FORMAT, f"Address type {address_type} is not available here")
    if not policy.allows(address, section.media.port):
        raise OfferRejected(488, MISCELLANEOUS_WARNING, "Media is not sent to the connection address")
    return address


def _rtcp_target(section: AudioSection, address: Address, policy: AddressPolicy) -> tuple[str, int]:
    """Follow a=rtcp (RFC 3605) where it leads to an allowed place, else the port after RTP's, else nowhere."""
    default = section.media.port + 1
    port, connection = section.rtcp or (default, None)
    target = address
    if connection is not None:
        family = connection.address_type.upper()
        target = classify(connection.address, family) if family in ("IP4", "IP6") else target
        if (":" in target.host) != (":" in address.host) or not policy.allows(target, port):
            port, target = default, address
    if port > 65_535 or not policy.allows(target, port):
        return address.host, 0
    return target.host, port


def _switched_off(current: RemoteAudio) -> RemoteAudio:
    """Return ``current`` with the stream disabled by port 0, which old phones use to hold (§8.2)."""
    return replace(current, port=0, rtcp_port=0, rtcp_mux=False, direction=Direction.INACTIVE, hold=True)


def _session_lines(local: LocalAudio, origin: LocalOrigin, offer: SessionDescription | None = None) -> list[str]:
    family = local.address_type
    # An answer repeats the offer's time line (§6).
    times = [line for line in offer.lines if line.startswith("t=")] if offer is not None else []
    return [
        "v=0",
        f"o=- {origin.session_id} {origin.version} IN {family} {local.host}",
        "s=-",
        f"c=IN {family} {local.host}",
        times[0] if times else "t=0 0",
    ]


def _audio_lines(
    local: LocalAudio,
    profile: str,
    mapping: list[tuple[int, str]],
    events: int | None,
    direction: Direction,
    ptime: int,
) -> list[str]:
    formats = " ".join([str(number) for number, _ in mapping])
    lines = [f"m=audio {local.port} {profile} {formats}"]
    if events is not None:
        lines[0] += f" {events}"
    lines += [f"a=rtpmap:{number} {codec}/8000" for number, codec in mapping]
    if events is not None:
        lines.append(f"a=rtpmap:{events} telephone-event/8000")
        lines.append(f"a=fmtp:{events} 0-15")
    if local.rtcp_port and local.rtcp_port != local.port + 1:
        lines.append(f"a=rtcp:{local.rtcp_port}")
    lines.append(f"a=ptime:{ptime}")
    lines.append(f"a={direction.value}")
    return lines


def _refused(media: MediaDescription) -> str:
    return f"m={media.kind} 0 {media.profile} {' '.join(media.formats)}"


def _free_number(current: RemoteAudio) -> int:
    return next(number for number in range(96, 128) if number not in current.accepted)


def _shown(token: str) -> str:
    """Return a peer's token fit for a Warning header: short and printable."""
    return "".join(character if " " < character < "\x7f" else "?" for character in token[:32])
