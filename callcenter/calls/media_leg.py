"""The media side of a leg: RTP ports on a worker, and what was agreed to send through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.calls.cdr import LegQuality
from callcenter.media.plane import Direction, LegStatistics, LocalMedia, RemoteMedia
from callcenter.sdp.address import AddressPolicy
from callcenter.sdp.audio import AudioCapabilities, LocalAudio, RemoteAudio
from callcenter.sdp.session import SdpSession

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.exchange import Exchange


class MediaLeg:
    """An open media leg. Make one with :meth:`open`."""

    def __init__(self, exchange: Exchange, leg_id: str, local: LocalMedia, advertised: str) -> None:
        self.id = leg_id
        self.local = LocalAudio(advertised, local.port, local.rtcp_port)
        "What stands in our SDP."
        self._exchange = exchange

    @classmethod
    async def open(cls, exchange: Exchange, call: Call, bind: str | None, advertised: str) -> MediaLeg:
        """Allocate ports on the worker of ``call``.

        :raises callcenter.media.plane.MediaCapacityExceeded: when none is left.
        """
        leg_id = call.new_part_id()
        local = await exchange.media.open_leg(call=call.id, leg=leg_id, host=bind)
        return cls(exchange, leg_id, local, advertised)

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
        AudioCapabilities(codecs=settings.codecs),
        AddressPolicy(own_hosts=settings.own_hosts | {media.local.host}, signalling_ports=settings.signalling_ports),
    )


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
