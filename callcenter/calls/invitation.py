"""Inviting somebody into a conversation that goes on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.calls.arrangement import Aside
from callcenter.calls.destination import Destination
from callcenter.calls.dialling import AttemptOutcome
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded
from callcenter.calls.ringing import Ringing, RingingStyle

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation


class Invitation:
    """Somebody is rung, and joins when they answer."""

    def __init__(self, conversation: Conversation, by: Leg, destination: Destination) -> None:
        self.by = by
        self.destination = destination
        self.ringing: Ringing | None = Ringing(
            conversation, destination, RingingStyle(caller_id=conversation.caller_id(by))
        )
        self._conversation = conversation

    @property
    def rings(self) -> bool:
        """Music for somebody alone."""
        return False

    @property
    def parting(self) -> Leg | None:
        """Return None."""
        return None

    def aside(self) -> Aside | None:
        """Return None."""
        return None

    def entertains(self, leg: Leg) -> bool:
        """Entertain nobody."""
        return False

    def begin(self) -> None:
        """Ring."""
        conversation = self._conversation
        conversation.call.note("invited", by=self.by.extension, to=self.destination.label)
        conversation.undertaking = self
        assert self.ringing is not None
        self.ringing.start()

    async def rang(self, leg: Leg, has_media: bool) -> None:
        """Do nothing: those who talk hear each other."""

    async def answered(self, leg: Leg) -> None:
        """Let them join."""
        conversation = self._conversation
        conversation.undertaking = None
        conversation.join(leg)
        await conversation.arrange()

    async def missed(self, outcome: AttemptOutcome) -> None:
        """Take note."""
        self._conversation.undertaking = None
        self._conversation.call.note("invitation_failed", to=self.destination.label, outcome=outcome.value)

    async def withdraw(self) -> None:
        """Stop ringing."""
        self._conversation.undertaking = None
        self._conversation.call.note("invitation_withdrawn", to=self.destination.label)
        await self.stop()

    async def left(self, event: LegEnded) -> bool:
        """Leave it to the conversation."""
        return False

    async def stop(self) -> None:
        """Stop ringing."""
        if self.ringing is not None:
            await self.ringing.stop()
