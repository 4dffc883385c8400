"""What the desk asks about the running calls: whom somebody has on the line, and who could be rung."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from callcenter.accounts.principal import Principal
from callcenter.accounts.user import Role
from callcenter.api.auth import visible
from callcenter.api.routes.customers import AtHand
from callcenter.calls.call import Call
from callcenter.calls.live_call import agents_of, stores_of
from callcenter.calls.location import Location
from callcenter.storage.directory import Directory

AgentState = Callable[[str], str | None]
"Returns the state of an agent as the distribution of calls knows it; None when it knows no such agent."


class Desk:
    """Answers from the running calls, the registrations and the states of agents."""

    def __init__(
        self,
        calls: Callable[[], Mapping[str, Call]],
        location: Location,
        directory: Directory,
        monotonic: Callable[[], float],
        agent_state: AgentState = lambda _agent_id: None,
    ) -> None:
        self._calls = calls
        self._location = location
        self._directory = directory
        self._monotonic = monotonic
        self._agent_state = agent_state

    def at_hand(self, principal: Principal) -> AtHand:
        """Return the customers and numbers of the running calls that are open to somebody."""
        seen = [call for call in self._calls().values() if _sees(principal, call)]
        customers = {call.facts.customer_id for call in seen}
        numbers = {number for call in seen for number in (call.facts.from_number, call.facts.to_number)}
        return AtHand(frozenset(filter(None, customers)), frozenset(filter(None, numbers)))

    def of_agent(self, agent_id: str) -> str | None:
        """Return an agent's state; None for somebody who takes no calls."""
        state = self._agent_state(agent_id)
        if state is not None:
            return state
        account = self._directory.extension_of_agent(agent_id)
        return None if account is None else self.of_extension(account.number)

    def of_extension(self, number: str) -> str | None:
        """Return ``available``, ``on_call`` or ``offline`` of a phone."""
        if not self._location.is_registered(number, self._monotonic()):
            return "offline"
        legs = (leg for call in self._calls().values() for leg in call.legs.values())
        busy = any(leg.extension == number and leg.ended is None for leg in legs)
        return "on_call" if busy else "available"


def _sees(principal: Principal, call: Call) -> bool:
    if principal.user_id in agents_of(call):
        return True
    return principal.role is not Role.AGENT and visible(principal, stores_of(call))
