"""What people may do to calls: every action of the API, checked for who asks and whether the call allows it now.

The server owns every call; a browser only asks. Asking twice (a double click) does what asking once does: an action
whose effect is there already succeeds and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass

from callcenter.base.errors import CallcenterError
from callcenter.calls.asking import Action, Ask
from callcenter.calls.asking import ActionNotPossible as ActionNotPossible
from callcenter.calls.call import Call, Hangup
from callcenter.calls.call_target import CallTarget
from callcenter.calls.cdr import HangupCause, HangupSide
from callcenter.calls.conversation import Conversation
from callcenter.calls.dtmf_info import DTMF_KEYS
from callcenter.calls.events import AnswerRequested, CallActionTaken
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.lines import Lines
from callcenter.calls.originate import Originate, OriginateRequest
from callcenter.calls.repeats import Repeats
from callcenter.calls.requested import digit_receivers

MAX_DIGITS = 32


class NoSuchCall(CallcenterError):
    """There is no such call under way, or none that you may see."""

    error_id = "no-such-call"


class TargetUnknown(CallcenterError):
    """There is nobody at this target, or it may not be reached from here."""

    error_id = "target-unknown"


class CallerIdNotAllowed(CallcenterError):
    """This number may not be shown to the called party."""

    error_id = "caller-id-not-allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks."""

    user_id: str
    "Also the agent id of the legs that are theirs."
    supervisor: bool = False
    "May end calls, and drop members of calls, that they are not a part of; whether they may see the call at all is "
    "decided before."


class CallControl:
    """The use cases.

    :param caller_ids: the numbers that agents may show to the outside.
    """

    def __init__(
        self,
        exchange: Exchange,
        lines: Lines,
        originate: Originate,
        caller_ids: Callable[[], Sequence[str]],
    ) -> None:
        self._exchange = exchange
        self._lines = lines
        self._originate = originate
        self._caller_ids = caller_ids
        self._repeats = Repeats(exchange.now)

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

    # A call of one's own

    async def originate(
        self, actor: Actor, target: CallTarget, *, caller_id: str | None = None, customer_id: str | None = None
    ) -> Call:
        """Ring the actor's own phone, then ``target`` (click-to-call).

        :raises CannotOriginate: when the phone is not there or the target may not be dialled.
        :raises CallerIdNotAllowed: when ``caller_id`` is not one of ours.
        """
        extension = self._lines.routes.extension_of_agent(actor.user_id)
        if extension is None:
            raise ActionNotPossible("you have no extension")
        if caller_id is not None:
            allowed = {self._exchange.normalise(number) or number for number in self._caller_ids()}
            if (self._exchange.normalise(caller_id) or caller_id) not in allowed:
                raise CallerIdNotAllowed(caller_id)
        begun: list[Call] = []

        async def begin() -> None:
            if extension in self._exchange.busy_extensions():
                raise ActionNotPossible("you are in a call")
            request = OriginateRequest(extension=extension, target=target, caller_id=caller_id, customer_id=customer_id)
            begun.append(self._originate.start(request))

        if await self._repeats.once(("originate", actor.user_id), (target, caller_id), begin):
            self._taken(begun[0], actor, Action.ORIGINATE, target=str(target))
            return begun[0]
        mine = (call for call in reversed(self.calls()) if call.facts.from_number == extension)
        call = next(mine, None)
        if call is None:
            raise ActionNotPossible("the call is over already")
        return call

    async def answer(self, actor: Actor, call_id: str) -> Call:
        """Have the actor's ringing softphone answer."""
        call = self.call(call_id)
        mine = self._legs(call, actor)
        if not mine:
            raise ActionNotPossible("you are not called")
        if not any(leg.is_up for leg in mine):
            self._exchange.publish(AnswerRequested(call_id=call.id, user_id=actor.user_id))
            self._taken(call, actor, Action.ANSWER)
        return call

    async def hangup(self, actor: Actor, call_id: str) -> Call:
        """Hang up the actor's own leg, or reject the call that rings; a supervisor who has none ends the call."""
        call = self.call(call_id)
        mine = self._legs(call, actor)
        if mine:
            for leg in mine:
                cause = HangupCause.NORMAL_CLEARING if leg.is_up else HangupCause.CALL_REJECTED
                leg.hang_up(cause, status=603, side=leg.side)
        elif actor.supervisor:
            call.set_hangup(Hangup(HangupCause.NORMAL_CLEARING, HangupSide.SYSTEM))
            if call.task is not None:
                call.task.cancel()
        else:
            raise ActionNotPossible("you are not a part of this call")
        self._taken(call, actor, Action.HANGUP)
        return call

    # In a conversation

    async def hold(self, actor: Actor, call_id: str) -> Call:
        """Let the others hear music."""
        return await self._ask(actor, call_id, Action.HOLD)

    async def resume(self, actor: Actor, call_id: str) -> Call:
        """Take the others back."""
        return await self._ask(actor, call_id, Action.RESUME)

    async def transfer(self, actor: Actor, call_id: str, target: CallTarget) -> Call:
        """Hand the other side to ``target`` and leave (blind)."""
        return await self._ask(actor, call_id, Action.TRANSFER, target=target)

    async def consult(self, actor: Actor, call_id: str, target: CallTarget) -> Call:
        """Call ``target`` while the other side hears music."""
        return await self._ask(actor, call_id, Action.CONSULT, target=target)

    async def complete_consult(self, actor: Actor, call_id: str) -> Call:
        """Connect the other side with the one consulted, and leave; while it still rings, leave it ringing."""
        return await self._ask(actor, call_id, Action.CONSULT_COMPLETE)

    async def cancel_consult(self, actor: Actor, call_id: str) -> Call:
        """Drop the one consulted and go back."""
        return await self._ask(actor, call_id, Action.CONSULT_CANCEL)

    async def swap(self, actor: Actor, call_id: str) -> Call:
        """Talk to the one who waits, and let the other one wait."""
        return await self._ask(actor, call_id, Action.CONSULT_SWAP)

    async def join(self, actor: Actor, call_id: str) -> Call:
        """Make one conversation of the two (three-way)."""
        return await self._ask(actor, call_id, Action.CONSULT_JOIN)

    async def add_participant(self, actor: Actor, call_id: str, target: CallTarget) -> Call:
        """Ring ``target`` into the conversation."""
        return await self._ask(actor, call_id, Action.ADD_PARTICIPANT, target=target)

    async def drop_participant(self, actor: Actor, call_id: str, leg_id: str) -> Call:
        """Take a participant out of the conversation, or stop ringing the one who is invited."""
        return await self._ask(actor, call_id, Action.DROP_PARTICIPANT, leg_id=leg_id)

    async def pause_recording(self, actor: Actor, call_id: str) -> Call:
        """Record silence until resumed (card data), or until the actor has left the conversation."""
        return await self._ask(actor, call_id, Action.RECORDING_PAUSE)

    async def resume_recording(self, actor: Actor, call_id: str) -> Call:
        """Record again."""
        return await self._ask(actor, call_id, Action.RECORDING_RESUME)

    async def send_digits(self, actor: Actor, call_id: str, keys: str) -> Call:
        """Send keys to the other side. Which ones is told to nobody."""
        call = self.call(call_id)
        conversation, leg = self._part(call, actor)
        if not 0 < len(keys) <= MAX_DIGITS or not set(keys) <= DTMF_KEYS:
            raise ActionNotPossible(f"1 to {MAX_DIGITS} of the keys 0-9, *, #, A-D")
        for receiver in digit_receivers(conversation, leg):
            if receiver.media is not None:
                self._exchange.media.send_dtmf(receiver.media.id, keys)
        self._taken(call, actor, Action.DIGITS, count=str(len(keys)))
        return call

    async def attach(self, actor: Actor, call_id: str) -> Call:
        """Bring the actor's part in the call to the device that is registered now."""
        return await self._ask(actor, call_id, Action.ATTACH)

    # How

    def _legs(self, call: Call, actor: Actor) -> list[Leg]:
        return [leg for leg in call.legs.values() if leg.agent_id == actor.user_id and leg.ended is None]

    def _part(self, call: Call, actor: Actor) -> tuple[Conversation, Leg]:
        """Return the conversation of ``call`` and the actor's part in it.

        :raises ActionNotPossible: when there is no such thing.
        """
        conversation = call.conversation
        if conversation is None:
            raise ActionNotPossible("nobody is connected")
        for leg in conversation.members:
            if leg.agent_id == actor.user_id:
                return conversation, leg
        raise ActionNotPossible("you are not a part of this conversation")

    async def _ask(
        self, actor: Actor, call_id: str, action: Action, *, target: CallTarget | None = None, leg_id: str | None = None
    ) -> Call:
        """Ask the conversation, and return when it is done.

        :raises ActionNotPossible: when it cannot be done now.
        """
        call = self.call(call_id)
        request = (action, target, leg_id)
        detail = {"target": str(target)} if target is not None else {"leg_id": leg_id} if leg_id is not None else {}

        async def work() -> None:
            await self._carried_out(call, actor, action, target, leg_id)

        if await self._once(call, actor, request, work):
            self._taken(call, actor, action, **detail)
        return call

    async def _once(self, call: Call, actor: Actor, request: Hashable, work: Callable[[], Awaitable[None]]) -> bool:
        return await self._repeats.once((call.id, actor.user_id), request, work)

    async def _carried_out(
        self, call: Call, actor: Actor, action: Action, target: CallTarget | None, leg_id: str | None
    ) -> None:
        if action is Action.DROP_PARTICIPANT and actor.supervisor and not self._legs(call, actor):
            self._drop(call, leg_id)
            return
        conversation, by = self._part(call, actor)
        destination = None
        if target is not None:
            settings = self._exchange.settings
            ring_s = settings.transfer_ring_s if action is Action.TRANSFER else settings.consult_ring_s
            destination = conversation.dial.destinations.find(target, ring_s)
            if destination is None:
                raise TargetUnknown(str(target))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        conversation.inbox.put_nowait(Ask(action, by, done, destination, leg_id))
        try:
            await done
        except asyncio.CancelledError:
            if done.cancelled():
                raise ActionNotPossible("the conversation is over") from None
            raise

    def _drop(self, call: Call, leg_id: str | None) -> None:
        """Take a member out on a supervisor's word."""
        conversation = call.conversation
        leg = next((one for one in conversation.members if one.id == leg_id), None) if conversation else None
        if leg is None:
            raise ActionNotPossible("there is no such participant")
        leg.hang_up(HangupCause.NORMAL_CLEARING)

    def _taken(self, call: Call, actor: Actor, action: Action, **detail: str | None) -> None:
        """Put the action into the call's story and on the bus."""
        if call.id in self._exchange.calls:
            call.note("action", action=action.value, by=actor.user_id, **detail)
        self._exchange.publish(
            CallActionTaken(call_id=call.id, action=action.value, user_id=actor.user_id, detail=detail)
        )
