"""The media side of a leg: RTP ports on a worker, and what was agreed to send through them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from callcenter.calls.cdr import LegQuality
from callcenter.calls.settings import SrtpUse
from callcenter.media.plane import Direction, LegStatistics, LocalMedia, RemoteMedia
from callcenter.rtp.srtp_keys import SrtpKeys, SrtpSuite
from callcenter.sdp.address import AddressPolicy
from callcenter.sdp.audio import AudioCapabilities, LocalAudio, RemoteAudio
from callcenter.sdp.crypto import KEY_LENGTHS
from callcenter.sdp.ice import LocalDtls
from callcenter.sdp.keying import PROFILES, Keying, offered_keying
from callcenter.sdp.session import SdpSession

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.exchange import Exchange

_BROWSER_TRANSPORTS = frozenset({"ws", "wss"})


class MediaLeg:
    """An open media leg. Make one with :meth:`open`."""

    def __init__(
        self, exchange: Exchange, leg_id: str, local: LocalMedia, advertised: str, keying: Keying = Keying.PLAIN
    ) -> None:
        self.id = leg_id
        self.keying = keying
        "How it is protected; a leg that moves to another worker stays of its kind."
        self.local = _local_audio(local, advertised, keying)
        "What stands in our SDP."
        self._exchange = exchange

    @classmethod
    async def open(
        cls, exchange: Exchange, call: Call, bind: str | None, advertised: str, keying: Keying = Keying.PLAIN
    ) -> MediaLeg:
        """Allocate ports on the worker of ``call``.

        :raises callcenter.media.plane.MediaCapacityExceeded: when none is left.
        """
        leg_id = call.new_part_id()
        webrtc = keying is Keying.DTLS
        local = await exchange.media.open_leg(call=call.id, leg=leg_id, host=bind, webrtc=webrtc)
        return cls(exchange, leg_id, local, advertised, keying)

    def connect(self, remote: RemoteAudio) -> None:
        """Send to, and take from, what was negotiated."""
        self._exchange.media.set_remote(
            self.id,
            RemoteMedia(
                host=remote.host,
                port=remote.port,
                codec=remote.codec,
                payload_type=remote.payload_type,
                accepted=dict(remote.accepted),
                telephone_event_pt=remote.telephone_event_pt,
                telephone_event_receive_pt=remote.telephone_event_receive_pt,
                rtcp_host=remote.rtcp_host,
                rtcp_port=remote.rtcp_port,
                rtcp_mux=remote.rtcp_mux,
                ptime_ms=remote.ptime,
                direction=Direction(remote.direction.value),
                behind_nat=remote.is_private,
                keys=_srtp_keys(remote),
                fingerprints=() if remote.dtls is None else remote.dtls.fingerprints,
            ),
        )

    async def close(self) -> LegStatistics:
        """Free the ports and return what went through them."""
        return await self._exchange.media.close_leg(self.id)


def new_sdp_session(exchange: Exchange, media: MediaLeg) -> SdpSession:
    """Return a negotiation for ``media`` with this node's abilities and address policy."""
    settings = exchange.settings
    return SdpSession(
        media.local,
        int(exchange.token()[:14], 16),
        AudioCapabilities(codecs=settings.codecs, profiles=PROFILES[media.keying]),
        AddressPolicy(own_hosts=settings.own_hosts | {media.local.host}, signalling_ports=settings.signalling_ports),
    )


def _local_audio(local: LocalMedia, advertised: str, keying: Keying) -> LocalAudio:
    """Return what stands in our SDP for an open media leg."""
    dtls, sdes = None, None
    if local.ice is not None and local.fingerprint is not None:
        dtls = LocalDtls(local.ice, local.fingerprint, local.ssrc, local.cname)
    elif keying is Keying.SDES:
        sdes = {suite: secrets.token_bytes(length) for suite, length in KEY_LENGTHS.items()}
    return LocalAudio(advertised, local.port, local.rtcp_port if dtls is None else 0, dtls=dtls, sdes=sdes)


def _srtp_keys(remote: RemoteAudio) -> SrtpKeys | None:
    keys = remote.keys
    return None if keys is None else SrtpKeys(SrtpSuite(keys.suite), keys.local, keys.remote)


def keying_to_offer(transport: str, srtp: SrtpUse) -> Keying:
    """Return how media offered to a peer reached by this SIP transport is protected."""
    if transport in _BROWSER_TRANSPORTS:
        return Keying.DTLS
    return Keying.SDES if transport == "tls" and srtp is SrtpUse.REQUIRE else Keying.PLAIN


def keying_to_answer(offer: str | None, transport: str, srtp: SrtpUse) -> Keying:
    """Return how media for an INVITE that came by this SIP transport is protected.

    It is the first kind that the offer has and we take. When there is none it is what we would have offered, and
    answering then refuses the offer with 488 and the reason. Keys in a description count only over TLS: elsewhere
    everybody on the way has read them. DTLS needs no secret, so it may come over any transport.
    """
    fallback = keying_to_offer(transport, srtp)
    if offer is None:
        return fallback
    takes = {Keying.DTLS}
    if transport == "tls":
        if srtp is not SrtpUse.REQUIRE:
            takes.add(Keying.PLAIN)
        if srtp is not SrtpUse.OFF:
            takes.add(Keying.SDES)
    elif transport not in _BROWSER_TRANSPORTS:
        takes.add(Keying.PLAIN)
    return next((keying for keying in offered_keying(offer) if keying in takes), fallback)


def quality_of(statistics: LegStatistics) -> LegQuality:
    """Return what the call's record keeps of a leg's media."""
    return LegQuality(
        packets_sent=statistics.packets_out,
        packets_received=statistics.packets_in,
        packets_lost=statistics.packets_lost,
        jitter_ms=statistics.jitter_ms,
        round_trip_ms=statistics.rtt_ms,
        mos=statistics.mos,
    )
