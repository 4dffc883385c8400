"""Who is there to serve a queue: the conditions for letting callers in and for keeping them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.acd.agent import Agent
from callcenter.acd.agent_state import LOGGED_IN, ON_QUEUE, AgentState
from callcenter.acd.queue import StaffRule


def satisfies(rule: StaffRule, members: Sequence[Agent], now: float) -> bool:
    """Tell whether the members meet ``rule``. Who is gone for a moment only still counts as logged in."""
    states = [agent.state for agent in members]
    match rule:
        case StaffRule.NOBODY:
            return True
        case StaffRule.LOGGED_IN:
            return any(state in LOGGED_IN for state in states) or any(agent.is_expected(now) for agent in members)
        case StaffRule.ON_QUEUE:
            return any(state in ON_QUEUE for state in states)
        case StaffRule.AVAILABLE:
            return any(state is AgentState.AVAILABLE for state in states)


@dataclass(slots=True)
class StaffWatch:
    """Notes since when the condition for keeping callers has been broken."""

    broken_since: float | None = None

    def look(self, met: bool, now: float) -> None:
        """Take note of how it is now."""
        if met:
            self.broken_since = None
        elif self.broken_since is None:
            self.broken_since = now

    def broken_for(self, seconds: float, entered: float, now: float) -> bool:
        """Tell whether it has been broken for so long, for somebody who came at ``entered``."""
        return self.broken_since is not None and now - max(self.broken_since, entered) >= seconds
