"""Which browsers are gone in the middle of a call, and which come back: the server keeps everybody else meanwhile.

A browser is gone when its WebSocket has ended *and* it sends no media any more: one alone is a network's hiccup, and
people go on talking. It is back when it sends again; and when its owner registers from another tab or after a reload,
that device is asked to take the call over.
"""

from __future__ import annotations

from collections.abc import Iterator

from callcenter.calls.away import BringBack, DeviceBack, DeviceLost, is_at, is_browser
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.location import Location
from callcenter.sip.flow import Flow


class Reattachment:
    """Tells conversations of lost devices, and of those that are there."""

    def __init__(self, exchange: Exchange, location: Location) -> None:
        self._exchange = exchange
        self._location = location

    def _browsers(self) -> Iterator[Leg]:
        """Yield every browser in a conversation."""
        for call in self._exchange.calls.values():
            conversation = call.conversation
            if conversation is not None:
                yield from (leg for leg in conversation.members if is_browser(leg))

    def flow_lost(self, flow: Flow) -> None:
        """Take note that a connection is gone: browsers on it are lost when their media is silent too."""
        for leg in list(self._browsers()):
            if leg.flow == flow:
                leg.flow_lost = True
                self._lost_if_silent(leg)

    def media_silent(self, leg: Leg) -> None:
        """Take note that a browser sends no media any more."""
        leg.silent = True
        if is_browser(leg):
            if not leg.flow_lost and leg.extension is not None and self._is_elsewhere(leg, leg.extension):
                leg.flow_lost = True  # Its connection lingers, but its owner has another device.
            self._lost_if_silent(leg)

    def media_back(self, leg: Leg) -> None:
        """Take note that a browser sends again."""
        leg.silent = False
        self._tell(DeviceBack(leg))

    def is_away(self, leg: Leg) -> bool:
        """Tell whether the owner of a silent device is expected back, so that its silence is no reason to hang up."""
        conversation = leg.call.conversation
        member = conversation.members.get(leg) if conversation is not None else None
        return member is not None and member.away is not None

    def registered(self, aor: str) -> None:
        """Take note that a device of ``aor`` is registered."""
        for leg in [leg for leg in self._browsers() if leg.extension == aor]:
            same = next((flow for flow, contact in self._flows(aor) if is_at(leg, contact)), None)
            if leg.flow_lost and same is not None and leg.ended is None:
                leg.session.use_flow(same)
                leg.flow, leg.flow_lost = same, False
            elif leg.silent and self._is_elsewhere(leg, aor):
                leg.flow_lost = True
                self._tell(BringBack(leg))

    def _flows(self, aor: str) -> list[tuple[Flow, str]]:
        devices = self._location.devices(aor, self._exchange.now())
        return [(device.flow, device.binding.contact) for device in devices if device.flow is not None]

    def _is_elsewhere(self, leg: Leg, aor: str) -> bool:
        flows = self._flows(aor)
        return bool(flows) and not any(is_at(leg, contact) for _, contact in flows)

    def _lost_if_silent(self, leg: Leg) -> None:
        if leg.silent and leg.flow_lost:
            self._tell(DeviceLost(leg))

    def _tell(self, event: DeviceLost | DeviceBack | BringBack) -> None:
        conversation = event.leg.call.conversation
        if conversation is not None and self._exchange.settings.reattach_s > 0:
            conversation.inbox.put_nowait(event)
