"""The desk that callers, agents and supervisors deal with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import Callback
from callcenter.acd.view import AgentView, LiveQueueView
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import QueueRequest, QueueResult


class Dispatcher(Protocol):
    """Implements :class:`callcenter.calls.ports.Queues` and :class:`callcenter.calls.ports.CallObserver`.

    Every method but the coroutines answers from memory and does not block. Errors: :mod:`callcenter.acd.errors`.
    """

    async def start(self) -> None:
        """Load the book and what the last run left, and begin to work."""
        ...

    async def stop(self) -> None:
        """Stop ringing and timing; waiting callers end with their calls."""
        ...

    async def reload(self) -> None:
        """Read queues, members and skills anew; callers, agents and call-backs stay where they are."""
        ...

    # Callers (calls.ports.Queues)

    def knows(self, queue: str) -> bool:
        """Tell whether there is an enabled queue with this id or code."""
        ...

    async def wait(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Let the caller wait, ring agents, and connect the one who answers until one side ends it."""
        ...

    # Agents

    def agents(self) -> Sequence[AgentView]:
        """Return every agent, by name; plain phones are not among them."""
        ...

    def agent(self, agent_id: str) -> AgentView | None:
        """Return one agent."""
        ...

    def set_agent_state(self, agent_id: str, state: AgentState, reason: str | None = None) -> AgentView:
        """Do what the agent chose: available, break or offline; during a call or wrap-up it comes next.

        :raises UnknownAgent: / :raises StateNotChosen: / :raises AgentNotReachable:
        """
        ...

    def force_agent_state(self, agent_id: str, state: AgentState, reason: str | None = None, *, by: str) -> AgentView:
        """Do what supervisor ``by`` chose: at once, ending offers and wrap-up; during a call it comes next.

        :raises UnknownAgent: / :raises StateNotChosen: / :raises AgentNotReachable:
        """
        ...

    def agent_connected(self, extension: str) -> None:
        """A phone or browser of ``extension`` is registered (again). May be called often."""
        ...

    def agent_disconnected(self, extension: str) -> None:
        """The last registration of ``extension`` is gone."""
        ...

    def heartbeat(self, agent_id: str) -> None:
        """The agent's browser is alive. From the first on, 15 s of silence make the agent unreachable."""
        ...

    def heartbeat_ended(self, agent_id: str) -> None:
        """The agent's last browser tab said good-bye: from now on only the registration counts."""
        ...

    def extend_wrap_up(self, agent_id: str) -> AgentView:
        """Give the agent more time, once.

        :raises UnknownAgent: / :raises NoWrapUp: / :raises AlreadyExtended:
        """
        ...

    def finish_wrap_up(self, agent_id: str, call_id: str, disposition: str | None = None) -> bool:
        """Take the chosen disposition of a call; tell whether that ended the agent's wrap-up.

        Also while the call goes on: the wrap-up then has its code already. Always safe to call for any agent and call;
        False when the agent is not in wrap-up for that call.

        :raises WrapUpGoesOn: when no code is given and the queue requires one, or its time is fixed.
        """
        ...

    # Queues

    def queues(self) -> Sequence[LiveQueueView]:
        """Return every queue, by name; queues of stores after the others."""
        ...

    def queue(self, queue: str) -> LiveQueueView | None:
        """Return one queue by id or code."""
        ...

    def free_extensions(self, extensions: Sequence[str]) -> list[str]:
        """Return those among ``extensions`` that may be rung now: available agents, and plain phones that are free."""
        ...

    # Call-backs

    def callbacks(self) -> Sequence[Callback]:
        """Return the open call-backs, oldest place first."""
        ...

    def request_callback(
        self,
        queue: str,
        number: str,
        *,
        customer_name: str = "",
        note: str = "",
        language: str = "vi",
        call_id: str | None = None,
    ) -> Callback:
        """Put a call-back into a queue; an open one of the same number there takes the request in.

        :raises UnknownQueue: / :raises InvalidCallbackNumber:
        """
        ...

    def cancel_callback(self, callback_id: str) -> Callback:
        """Call it off.

        :raises UnknownCallback:
        """
        ...
