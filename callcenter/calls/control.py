"""What people may do to calls: every action of the API, checked for who asks and whether the call allows it now.

The server owns every call; a browser only asks. Asking twice (a double click) does what asking once does: an action
whose effect is there already succeeds and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcenter.base.errors import CallcenterError
from callcenter.calls.call import Call
from callcenter.calls.call_target import CallTarget
from callcenter.calls.dial import Lines
from callcenter.calls.exchange import Exchange
from callcenter.calls.originate import Originate
from callcenter.calls.ports import PeopleBook


class ActionNotPossible(CallcenterError):
    """The call's state forbids this action now."""

    error_id = "action-not-possible"


class NoSuchCall(CallcenterError):
    """There is no such call under way, or none that you may see."""

    error_id = "no-such-call"


class TargetUnknown(CallcenterError):
    """There is nobody at this target, or it may not be reached from here."""

    error_id = "target-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks."""

    user_id: str
    "Also the agent id of the legs that are theirs."
    supervisor: bool = False
    "May hang up, transfer and drop in calls they are not a part of; whether they may see the call is decided before."


class CallControl:
    """The use cases.

    :param caller_ids: the numbers that agents may show to the outside.
    """

    def __init__(
        self,
        exchange: Exchange,
        lines: Lines,
        originate: Originate,
        people: PeopleBook,
        caller_ids: Callable[[], Sequence[str]],
    ) -> None:
        self._exchange = exchange
        self._lines = lines
        self._originate = originate
        self._people = people
        self._caller_ids = caller_ids

    def calls(self) -> list[Call]:
        """Return the calls under way, oldest first."""
        return list(self._exchange.calls.values())

    def call(self, call_id: str) -> Call:
        """Return a call under way.

        :raises NoSuchCall: when there is none of this id.
        """
        call = self._exchange.calls.get(call_id)
        if call is None:
            raise NoSuchCall(call_id)
        return call

    async def originate(
        self, actor: Actor, target: CallTarget, *, caller_id: str | None = None, customer_id: str | None = None
    ) -> Call:
        """Ring the actor's own phone, then ``target`` (click-to-call)."""
        raise ActionNotPossible

    async def answer(self, actor: Actor, call_id: str) -> Call:
        """Have the actor's ringing softphone answer."""
        raise ActionNotPossible

    async def hold(self, actor: Actor, call_id: str) -> Call:
        """Let the others hear music."""
        raise ActionNotPossible

    async def resume(self, actor: Actor, call_id: str) -> Call:
        """Take the others back."""
        raise ActionNotPossible

    async def hangup(self, actor: Actor, call_id: str) -> Call:
        """Hang up the actor's own leg; a supervisor who has none ends the call."""
        raise ActionNotPossible

    async def transfer(self, actor: Actor, call_id: str, target: CallTarget) -> Call:
        """Hand the other side to ``target`` and leave (blind)."""
        raise ActionNotPossible

    async def consult(self, actor: Actor, call_id: str, target: CallTarget) -> Call:
        """Call ``target`` while the other side hears music."""
        raise ActionNotPossible

    async def complete_consult(self, actor: Actor, call_id: str) -> Call:
        """Connect the other side with the one consulted, and leave; while it still rings, leave it ringing."""
        raise ActionNotPossible

    async def cancel_consult(self, actor: Actor, call_id: str) -> Call:
        """Drop the one consulted and go back."""
        raise ActionNotPossible

    async def swap(self, actor: Actor, call_id: str) -> Call:
        """Talk to the one who waits, and let the other one wait."""
        raise ActionNotPossible

    async def join(self, actor: Actor, call_id: str) -> Call:
        """Make one conversation of the two (three-way)."""
        raise ActionNotPossible

    async def add_participant(self, actor: Actor, call_id: str, target: CallTarget) -> Call:
        """Ring ``target`` into the conversation."""
        raise ActionNotPossible

    async def drop_participant(self, actor: Actor, call_id: str, leg_id: str) -> Call:
        """Take a participant out of the conversation."""
        raise ActionNotPossible

    async def pause_recording(self, actor: Actor, call_id: str) -> Call:
        """Record silence until resumed (card data)."""
        raise ActionNotPossible

    async def resume_recording(self, actor: Actor, call_id: str) -> Call:
        """Record again."""
        raise ActionNotPossible

    async def send_digits(self, actor: Actor, call_id: str, keys: str) -> Call:
        """Send keys to the other side."""
        raise ActionNotPossible

    async def attach(self, actor: Actor, call_id: str) -> Call:
        """Bring the actor's part in the call to the device that is registered now."""
        raise ActionNotPossible
