"""The media a ringing step offers: one media leg for all devices that are reached from the same address of ours.

A phone on IPv6 cannot send to the IPv4 address that its neighbour was offered, nor one on another network to an address
of the first network; those on one network share a leg, however many they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callcenter.calls.media_leg import MediaLeg, new_sdp_session
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
        self._offers: dict[tuple[str | None, str], tuple[MediaLeg, SdpSession]] = {}

    async def towards(self, signalling_host: str) -> tuple[MediaLeg, SdpSession]:
        """Return the leg to offer to a peer reached from our ``signalling_host``, and a negotiation of its own.

        :raises callcenter.media.plane.MediaCapacityExceeded: when no port is left.
        """
        hosts = self._exchange.media_hosts(signalling_host)
        if hosts not in self._offers:
            media = await MediaLeg.open(self._exchange, self._call, *hosts)
            sdp = new_sdp_session(self._exchange, media)
            sdp.offer()
            self._offers[hosts] = media, sdp
            self._exchange.offered_media[media.id] = self
        media, sdp = self._offers[hosts]
        return media, sdp.fork()

    def release(self, media: MediaLeg) -> None:
        """Leave ``media`` to the leg that answered on it."""
        self._exchange.offered_media.pop(media.id, None)
        self._offers = {hosts: offer for hosts, offer in self._offers.items() if offer[0] is not media}

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
