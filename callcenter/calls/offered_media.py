"""The media a ringing step offers: one media leg for all devices of a kind reached from the same address of ours.

A phone on IPv6 cannot send to the IPv4 address that its neighbour was offered, nor one on another network to an address
of the first network; and a browser needs keys that a desk phone does not understand. Those of one kind on one network
share a leg, however many they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callcenter.calls.media_leg import MediaLeg, keying_to_offer, new_sdp_session
from callcenter.sdp.keying import Keying
from callcenter.sdp.session import SdpSession

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.exchange import Exchange


class OfferedMedia:
    """Media legs that nobody has answered on yet.

    :param on_lost: called once when their worker died, so that whoever answers would hear nothing.
    """

    def __init__(self, exchange: Exchange, call: Call, on_lost: Callable[[], None]) -> None:
        self.lost = False
        "The worker died; nothing of this can be answered on any more."
        self._exchange = exchange
        self._call = call
        self._on_lost = on_lost
        self._offers: dict[tuple[str | None, str, Keying], tuple[MediaLeg, SdpSession]] = {}

    async def towards(self, signalling_host: str, transport: str = "udp") -> tuple[MediaLeg, SdpSession]:
        """Return the leg to offer to a peer reached from our ``signalling_host``, and a negotiation of its own.

        :param transport: the SIP transport it is reached by, which tells what it needs.
        :raises callcenter.media.plane.MediaCapacityExceeded: when no port is left.
        """
        keying = keying_to_offer(transport, self._exchange.settings.srtp)
        kind = (*self._exchange.media_hosts(signalling_host, keying), keying)
        if kind not in self._offers:
            media = await MediaLeg.open(self._exchange, self._call, *kind)
            sdp = new_sdp_session(self._exchange, media)
            sdp.offer()
            self._offers[kind] = media, sdp
            self._exchange.offered_media[media.id] = self
        media, sdp = self._offers[kind]
        return media, sdp.fork()

    def release(self, media: MediaLeg) -> None:
        """Leave ``media`` to the leg that answered on it."""
        self._exchange.offered_media.pop(media.id, None)
        self._offers = {kind: offer for kind, offer in self._offers.items() if offer[0] is not media}

    def worker_died(self) -> None:
        """Take the media engine's word that these legs are gone."""
        if not self.lost:
            self.lost = True
            self._on_lost()

    async def close(self) -> None:
        """Free what nobody answered on. Afterwards new media can be offered."""
        offers, self._offers = self._offers, {}
        self.lost = False
        for media, _ in offers.values():
            self._exchange.offered_media.pop(media.id, None)
        for media, _ in offers.values():
            await media.close()
