"""Two people talking, and what they may do meanwhile: hold, resume, transfer, be replaced, hang up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callcenter.calls.call import Call
from callcenter.calls.cdr import HangupCause, SegmentKind
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg, LegState
from callcenter.calls.leg_events import LegDigit, LegEnded, LegEvent, LegHeld, LegRefers, LegReplaced, LegResumed
from callcenter.calls.parting import ConversationEnd, LegTaken
from callcenter.calls.recording import Recording
from callcenter.calls.transfer import Transfer
from callcenter.media.prompt import Prompt, PromptUnavailable

if TYPE_CHECKING:
    from callcenter.calls.dial import Lines
    from callcenter.calls.dialling import DialPlanner
    from callcenter.calls.ports import CallHandler


class Conversation:
    """A caller and a callee, connected until one of them is gone. Transfers put others in their places."""

    def __init__(
        self,
        exchange: Exchange,
        lines: Lines,
        planner: DialPlanner,
        flows: CallHandler,
        call: Call,
        caller: Leg,
        callee: Leg,
    ) -> None:
        self.exchange = exchange
        self.lines = lines
        self.planner = planner
        self.flows = flows
        self.call = call
        self.caller = caller
        self.callee = callee
        self.inbox: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._recordings: list[Recording] = []

    async def run(self) -> ConversationEnd:
        """Connect the two and return when they have parted; whoever is left is still up."""
        before = self.caller.listener
        self.call.conversation = self
        try:
            self._join(self.caller)
            self._join(self.callee)
            self._record()
            await self.arrange()
            return await self._until_parted()
        finally:
            self.call.conversation = None
            if self._is_ours(self.caller):
                self.caller.listener = before
            await self._part()

    def _join(self, leg: Leg) -> None:
        leg.listener = self.inbox.put_nowait
        leg.digits.clear()
        facts = self.call.facts
        if leg is self.callee:
            facts.agent_id = leg.agent_id or facts.agent_id
            if leg.store_id is not None:
                facts.first_answered_store_id = facts.first_answered_store_id or leg.store_id
                facts.answered_store_id = leg.store_id
            self.call.note("connected", leg_id=leg.id, peer=leg.peer)
        if leg.ended is not None:
            self.inbox.put_nowait(leg.ended)

    def _is_ours(self, leg: Leg) -> bool:
        """Tell whether ``leg`` is still a part of this call: another may have taken it over, or be about to."""
        return leg.call is self.call and not leg.moving

    def _record(self) -> None:
        """Record the caller and what the caller hears; a recording follows its leg and ends with it."""
        if self.exchange.settings.record and not self.exchange.is_recorded(self.caller):
            recording = Recording.start(self.exchange, self.call, self.caller)
            if recording is not None:
                self._recordings.append(recording)

    def other(self, leg: Leg) -> Leg:
        """Return the participant across from ``leg``."""
        return self.callee if leg is self.caller else self.caller

    async def _until_parted(self) -> ConversationEnd:
        while True:
            event = await self.inbox.get()
            match event:
                case LegEnded(leg=self.caller):
                    return ConversationEnd(caller_gone=event)
                case LegEnded(leg=self.callee):
                    return ConversationEnd(callee_gone=event)
                case LegHeld() | LegResumed():
                    await self.arrange()
                case LegReplaced(leg=leg, successor=successor):
                    await self.replace(leg, successor)
                case LegRefers(leg=leg, refer=refer):
                    end = await Transfer(self, leg, refer).run()
                    if end is not None:
                        return end
                case LegTaken():
                    return ConversationEnd()
                case LegDigit(leg=leg):
                    leg.digits.clear()

    async def arrange(self) -> None:
        """Let the two hear each other, or give music to the one whose other side holds."""
        media = self.exchange.media
        caller, callee = self.caller, self.callee
        if caller.media is None or callee.media is None:
            return
        holder = next((leg for leg in (callee, caller) if leg.state is LegState.HELD), None)
        if holder is None:
            media.stop(caller.media.id)
            media.stop(callee.media.id)
            media.bridge(caller.media.id, callee.media.id)
            self.call.segment(SegmentKind.TALK, callee)
            return
        media.unbridge(caller.media.id)
        self.call.segment(SegmentKind.HOLD, callee)
        await self.play_loop(self.other(holder), "music")

    async def play_loop(self, leg: Leg, tone: str) -> None:
        """Let ``leg`` hear a generated sound until something else is played or bridged."""
        if leg.media is None or leg.state is not LegState.ANSWERED:
            return
        try:
            path = await self.exchange.prompts.prepare(Prompt(tone=tone))
        except PromptUnavailable:
            return
        if leg.media is not None:
            self.exchange.media.play(leg.media.id, f"{tone}-{leg.id}", [path], loop=True, barge_in=False)

    async def replace(self, leg: Leg, successor: Leg) -> None:
        """Put ``successor``, who is up, in the place of ``leg``, and let the predecessor go."""
        if leg not in (self.caller, self.callee):
            await successor.close()  # Somebody else was faster.
            return
        if leg is self.caller:
            self.caller = successor
            self._record()
        else:
            self.callee = successor
        self._join(successor)
        await self.arrange()
        leg.hang_up(HangupCause.NORMAL_CLEARING)
        await leg.close()

    def take(self, leg: Leg) -> None:
        """Say that another call took ``leg`` over: this conversation ends without hanging it up."""
        self.inbox.put_nowait(LegTaken(leg))

    async def _part(self) -> None:
        caller, callee = self.caller, self.callee
        if caller.media is not None and self._is_ours(caller):
            self.exchange.media.stop(caller.media.id)
            self.exchange.media.unbridge(caller.media.id)
        if self._is_ours(callee):
            callee.hang_up(HangupCause.NORMAL_CLEARING)
            await callee.close()
        for recording in self._recordings:
            if not recording.closed.done():
                recording.stop()
                await recording.wait_closed()
