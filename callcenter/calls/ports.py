"""What calls need from above and beside, gathered so that the composition root hands it over once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.channel import Channel
    from callcenter.calls.channel_results import QueueRequest, QueueResult
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
