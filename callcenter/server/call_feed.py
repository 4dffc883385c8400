"""Running calls for the pages: each change of a call becomes one live event per audience, a few times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pydantic import TypeAdapter

from callcenter.accounts.principal import Principal
from callcenter.accounts.user import Role
from callcenter.api.auth import visible
from callcenter.api.live_feed import LiveFeed
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.live_call import LiveCalls, LiveCallView, agents_of, stores_of

GATHER_S = 0.1
"How long changes of a call are gathered before its pages are told."
_VIEW = TypeAdapter(LiveCallView)


class CallFeed:
    """A :class:`~callcenter.calls.ports.CallObserver` that publishes ``call.updated`` and ``call.ended``.

    An agent in the call sees it with what that agent may do now; supervisors of its stores with what they may do. An
    agent who left, or was rung in vain, is told so by one last update and then only of the end.
    """

    def __init__(self, feed: LiveFeed, calls: LiveCalls) -> None:
        self._feed = feed
        self._calls = calls
        self._changed: dict[str, Call] = {}
        self._inside: dict[str, set[str]] = {}
        "Agents who were in a call when it was published last."
        self._viewers: dict[str, set[str]] = {}
        "Agents who were told about a call, who must hear of its end too."
        self._timer: asyncio.TimerHandle | None = None

    def call_changed(self, call: Call) -> None:
        """Gather it."""
        if self._feed.idle:
            self._feed.skip()
            return
        self._changed[call.id] = call
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._publish)

    def leg_ringing(self, leg: Leg) -> None:
        """Tell at once: a browser that rings wants to say who calls."""
        if leg.agent_id is not None and not self._feed.idle:
            self._changed[leg.call.id] = leg.call
            self._publish()

    def leg_answered(self, leg: Leg) -> None:
        """Gather it."""
        self.call_changed(leg.call)

    def leg_ended(self, leg: Leg) -> None:
        """Gather it."""
        self.call_changed(leg.call)

    def call_ended(self, call: Call) -> None:
        """Tell everybody who saw it."""
        self._changed.pop(call.id, None)
        self._inside.pop(call.id, None)
        agents = self._viewers.pop(call.id, set()) | agents_of(call)
        if self._feed.idle:
            self._feed.skip()
            return
        self._feed.publish("call.ended", {"id": call.id}, _audience(call, agents))

    def stop(self) -> None:
        """Forget what is gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._changed.clear()

    def _publish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        changed, self._changed = self._changed, {}
        for call in changed.values():
            self._publish_one(call)

    def _publish_one(self, call: Call) -> None:
        inside = agents_of(call)
        agents = inside | self._inside.get(call.id, set())
        self._inside[call.id] = inside
        self._viewers.setdefault(call.id, set()).update(agents)
        for agent_id in agents:
            self._feed.publish_to(agent_id, "call.updated", self._json(call, agent_id))
        others = _audience(call, set())
        self._feed.publish(
            "call.updated",
            self._json(call, None),
            lambda principal: principal.user_id not in agents and others(principal),
        )

    def _json(self, call: Call, user_id: str | None) -> dict[str, object]:
        view = self._calls.view(call, user_id, supervisor=user_id is None)
        json: dict[str, object] = _VIEW.dump_python(view, mode="json")
        return json


def _audience(call: Call, agents: set[str]) -> Callable[[Principal], bool]:
    """Return who may see ``call``: these agents, and supervisors of a store it concerns."""
    stores = stores_of(call)

    def sees(principal: Principal) -> bool:
        if principal.user_id in agents:
            return True
        return principal.role is not Role.AGENT and visible(principal, stores)

    return sees
