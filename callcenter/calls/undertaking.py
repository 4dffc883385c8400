"""What a conversation is about to do with somebody who is not in it yet. There is at most one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from callcenter.calls.arrangement import Aside
    from callcenter.calls.dialling import AttemptOutcome
    from callcenter.calls.leg import Leg
    from callcenter.calls.leg_events import LegEnded
    from callcenter.calls.ringing import Ringing


class Undertaking(Protocol):
    """A transfer, a consultation or an invitation."""

    by: Leg
    "Who asked for it."
    ringing: Ringing | None
    "Whoever is being reached."

    @property
    def rings(self) -> bool:
        """Tell whether a member who is alone hears ringback instead of music."""
        ...

    @property
    def parting(self) -> Leg | None:
        """Return a member who is only there to hear how it went."""
        ...

    def aside(self) -> Aside | None:
        """Return the consultation that it is."""
        ...

    def entertains(self, leg: Leg) -> bool:
        """Tell whether the keys of ``leg`` belong to a queue or flow it is in."""
        ...

    async def rang(self, leg: Leg, has_media: bool) -> None:
        """Take note that a device rings."""
        ...

    async def answered(self, leg: Leg) -> None:
        """Take whoever answered."""
        ...

    async def missed(self, outcome: AttemptOutcome) -> None:
        """Take note that nobody answers."""
        ...

    async def left(self, event: LegEnded) -> bool:
        """Take note that somebody is gone, who is no member any more; True when nothing else has to be done."""
        ...

    async def stop(self) -> None:
        """Give up: the conversation is over."""
        ...
