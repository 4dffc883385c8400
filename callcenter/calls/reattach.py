"""An agent whose browser is gone in the middle of a call, and comes back: the server keeps everybody else meanwhile."""

from __future__ import annotations

from callcenter.calls.exchange import Exchange
from callcenter.sip.flow import Flow


class Reattachment:
    """Knows which agents are away from a call, and rings them again as soon as they are registered."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def flow_lost(self, flow: Flow) -> None:
        """Take note that a connection is gone: legs over it are away as soon as their media is silent too."""

    def media_silent(self, media_leg_id: str) -> None:
        """Take note that a browser sends no media any more."""

    def registered(self, aor: str) -> None:
        """Take note that a device of ``aor`` is registered: whoever is away and sits there is rung at once."""
