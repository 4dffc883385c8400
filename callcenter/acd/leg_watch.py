"""Follows the legs of agents: whoever is in a call, or rung for one that no queue offers, is not free."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from callcenter.acd.agent import Agent
from callcenter.acd.callback_desk import CallbackDesk
from callcenter.acd.caller_wait import agent_of
from callcenter.acd.floor import Floor
from callcenter.calls.call import Call
from callcenter.calls.cdr import Direction, HangupSide
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg


class LegWatch:
    """A :class:`~callcenter.calls.ports.CallObserver`.

    :param changed: to be called after the floor was told something.
    """

    def __init__(self, exchange: Exchange, floor: Floor, desk: CallbackDesk, changed: Callable[[], None]) -> None:
        self._exchange = exchange
        self._floor = floor
        self._desk = desk
        self._changed = changed

    def call_changed(self, call: Call) -> None:
        """Take note of agents who call: from the moment they dial they are busy."""
        for leg in call.legs.values():
            if leg.direction is Direction.INBOUND and leg.ended is None:
                agent = self._agent(leg)
                if agent is not None and call.id not in agent.call_ids:
                    self._began(agent, call)

    def leg_ringing(self, leg: Leg) -> None:
        """Take note of a phone that rings."""
        agent = self._agent(leg)
        if agent is None or leg.direction is Direction.INBOUND:
            return
        if not self._is_offered(agent, leg.call):
            agent.ringing.add(leg.id)
            self._tell(agent)

    def leg_answered(self, leg: Leg) -> None:
        """Take note of somebody who is there: an agent is on a call, a customer has been reached."""
        agent = self._agent(leg)
        if agent is None:
            if leg.extension is None and leg.direction is Direction.OUTBOUND:
                self._desk.customer_answered(leg.call)
                self._outside_answered(leg.call)
            return
        agent.ringing.discard(leg.id)
        if not self._desk.agent_answered(agent.id, leg.call):
            self._began(agent, leg.call)
        else:
            self._changed()

    def leg_ended(self, leg: Leg) -> None:
        """Take note of somebody who is gone. A browser that was lost may come back: the next rounds show it."""
        agent = self._agent(leg)
        if agent is None:
            return
        agent.ringing.discard(leg.id)
        lost = leg.ended is not None and leg.ended.side is HangupSide.NETWORK and leg.call.conversation is not None
        others = any(
            other is not leg and other.ended is None and self._agent(other) is agent for other in leg.call.legs.values()
        )
        if not lost and not others:
            agent.call_ended(leg.call.id, self._exchange.now())
        self._tell(agent)

    def call_ended(self, call: Call) -> None:
        """Take note that a call is over for everybody."""
        for agent in self._floor.agents.values():
            if call.id in agent.call_ids:
                agent.call_ended(call.id, self._exchange.now())
                self._tell(agent)

    # By and by

    def live_calls(self) -> dict[str, set[str]]:
        """Return the calls each agent is really in, lost browsers that may come back included."""
        live: dict[str, set[str]] = {}
        for call in self._exchange.calls.values():
            for leg in self._participants(call):
                agent = self._agent(leg)
                if agent is not None:
                    live.setdefault(agent.id, set()).add(call.id)
        return live

    def reconcile(self, now: float) -> None:
        """Forget rings of legs that are gone."""
        ringing = {leg.id for call in self._exchange.calls.values() for leg in call.legs.values() if leg.ended is None}
        for agent in self._floor.agents.values():
            if agent.ringing and not agent.ringing <= ringing:
                agent.ringing &= ringing
                self._floor.touch(agent, now)

    def _participants(self, call: Call) -> Iterator[Leg]:
        for leg in call.legs.values():
            if leg.ended is None and (leg.is_up or leg.direction is Direction.INBOUND):
                yield leg
        if call.conversation is not None:
            for leg, member in call.conversation.members.items():
                if member.away is not None:
                    yield leg

    def _agent(self, leg: Leg) -> Agent | None:
        return self._floor.agents.get(agent_of(leg) or "")

    def _is_offered(self, agent: Agent, call: Call) -> bool:
        entries = (self._floor.entries.get(entry_id) for entry_id in agent.offered_entries)
        return any(entry is not None and (entry.call_id == call.id or entry.is_callback) for entry in entries)

    def _began(self, agent: Agent, call: Call) -> None:
        place = call.facts.queue
        passed = place is not None and place.waited_ms is not None and place.id
        work = self._floor.work_of(place.id) if place is not None and passed else None
        agent.call_began(call.id, self._exchange.now(), work)
        self._tell(agent)

    def _outside_answered(self, call: Call) -> None:
        """Give an agent who called out the work that a queue asks for after such calls."""
        if call.direction is Direction.INBOUND:
            return
        for agent in self._floor.agents.values():
            if call.id in agent.call_ids:
                for queue_id in self._floor.queues_of(agent.id):
                    work = self._floor.work_of(queue_id)
                    if work is not None and work.wrap_up.after_outbound:
                        agent.assign(call.id, work)
                        break

    def _tell(self, agent: Agent) -> None:
        self._floor.touch(agent, self._exchange.now())
        self._changed()
