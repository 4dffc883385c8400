"""What calls need from above and beside, gathered so that the composition root hands it over once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from callcenter.calls.channel_results import QueueOutcome, QueueRequest, QueueResult

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.channel import Channel
    from callcenter.calls.leg import Leg
    from callcenter.media.prompt import Prompt

NumberNormaliser = Callable[[str], "str | None"]
"Turns a dialled or presented number into its canonical form, None when it is no number."

TokenSource = Callable[[], str]
"A fresh token of at least 16 hexadecimal digits at each call."


class PromptSource(Protocol):
    """Makes prompts playable."""

    async def prepare(self, prompt: Prompt) -> Path:
        """Return the prepared file.

        :raises callcenter.media.prompt.PromptUnavailable: when it cannot be made.
        """
        ...


class CallHandler(Protocol):
    """What happens to a caller once the server has the call: runs the flow of the number that was dialled."""

    def knows(self, did: str, *, exactly: bool = False, trunk: str | None = None) -> bool:
        """Tell whether a flow answers ``did``.

        :param exactly: leave out a flow that answers every number which has none of its own.
        :param trunk: the trunk it was dialled through; a number may be bound to one.
        """
        ...

    async def handle(self, call: Call, channel: Channel, did: str) -> None:
        """Answer the call's channel along the flow of ``did`` until one side has enough."""
        ...


class Queues(Protocol):
    """Where callers wait for an agent."""

    def knows(self, queue: str) -> bool:
        """Tell whether there is a queue with this id or code."""
        ...

    async def wait(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Let the caller wait, ring agents, and connect the one who answers until one side ends it.

        :raises callcenter.calls.channel_results.CallEnded: when the caller is gone.
        """
        ...


class NoQueues:
    """A :class:`Queues` without any queue."""

    def knows(self, queue: str) -> bool:
        """Know none."""
        return False

    async def wait(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Fail at once."""
        return QueueResult(outcome=QueueOutcome.FAILED, queue=request.queue)


class CallObserver(Protocol):
    """Whoever follows calls while they run: agent states, the live feed.

    Called inside the signalling's event handlers: note and wake, never wait, never raise. What changes together may be
    told more than once; read the call, do not count.
    """

    def call_changed(self, call: Call) -> None:
        """Take note that something a viewer of ``call`` can see has changed, its beginning included."""
        ...

    def leg_ringing(self, leg: Leg) -> None:
        """Take note that a device of ours or of the outside is being rung, or rings for us."""
        ...

    def leg_answered(self, leg: Leg) -> None:
        """Take note that a participant is there."""
        ...

    def leg_ended(self, leg: Leg) -> None:
        """Take note that a participant, ringing or talking, is gone; ``leg.ended`` says why."""
        ...

    def call_ended(self, call: Call) -> None:
        """Take note that the call is over and its record is written."""
        ...


class Unobserved:
    """A :class:`CallObserver` that looks away."""

    def call_changed(self, call: Call) -> None:
        """Do nothing, here and below."""

    def leg_ringing(self, leg: Leg) -> None:
        """Do nothing."""

    def leg_answered(self, leg: Leg) -> None:
        """Do nothing."""

    def leg_ended(self, leg: Leg) -> None:
        """Do nothing."""

    def call_ended(self, call: Call) -> None:
        """Do nothing."""


class StoreLabel(Protocol):
    """What is shown of a store."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...


class PeopleBook(Protocol):
    """Names of agents and stores. Answered from memory."""

    def agent_name(self, agent_id: str) -> str | None:
        """Return what an agent is called; None for nobody."""
        ...

    def store(self, store_id: str) -> StoreLabel | None:
        """Return a store by id."""
        ...
