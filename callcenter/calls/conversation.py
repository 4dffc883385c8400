"""People talking, and what they may do meanwhile: hold, consult, transfer, confer, be replaced, come back, hang up.

A conversation has members, who hear each other unless something keeps them apart, and at most one *undertaking* at a
time: somebody is being reached for a transfer, a consultation or a conference. One inbox takes everything that happens
(to the members, to whoever rings, by the API), so whatever comes first wins. Who hears whom is decided anew after every
change, by :func:`callcenter.calls.arrangement.arrange`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from callcenter.calls.arrangement import Arrangement, Aside, Audio, arrange, inputs
from callcenter.calls.asking import Ask
from callcenter.calls.attempt import CallerId
from callcenter.calls.away import Away, AwayEvent, BringBack, DeviceBack, DeviceLost, GiveUp, may_come_back
from callcenter.calls.call import Call
from callcenter.calls.cdr import HangupCause, SegmentKind
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import (
    LegDigit,
    LegEnded,
    LegEvent,
    LegHeld,
    LegListener,
    LegRefers,
    LegReplaced,
    LegResumed,
)
from callcenter.calls.participant import Participant, ParticipantInput, ParticipantRole, role_of
from callcenter.calls.parting import ConversationEnd, LegTaken
from callcenter.calls.recording import Recording
from callcenter.calls.referral import Referral
from callcenter.calls.requested import carry_out
from callcenter.calls.ringing import Ringing, RingingEvent, TargetAnswered, TargetMissed, TargetRang
from callcenter.calls.transfer import RingAgain

if TYPE_CHECKING:
    from callcenter.calls.dial import Dial
    from callcenter.calls.undertaking import Undertaking

Happening = LegEvent | Ask | RingingEvent | AwayEvent | RingAgain
"What the inbox takes."


class Conversation:
    """A caller and a callee, connected until one of them is left alone. Transfers put others in their places."""

    def __init__(self, dial: Dial, call: Call, caller: Leg, callee: Leg) -> None:
        self.dial = dial
        self.exchange = dial.exchange
        self.lines = dial.lines
        self.planner = dial.planner
        self.flows = dial.flows
        self.call = call
        self.caller = caller
        "Whose call it is; goes on when the others have left."
        self.callee = callee
        "Who sits across from the caller."
        self.inbox: asyncio.Queue[Happening] = asyncio.Queue()
        self.members: dict[Leg, Participant] = {}
        self.undertaking: Undertaking | None = None
        self.paused_by: Leg | None = None
        "Who had the recording paused."
        self._audio = Audio(self.exchange, call)
        self.over: ConversationEnd | None = None
        "How it ends when those who still talk part: the customer has left already."
        self._end: ConversationEnd | None = None
        self._caller_gone: LegEnded | None = None
        self._recordings: list[Recording] = []
        self._segment: tuple[SegmentKind, Leg] | None = None

    async def run(self) -> ConversationEnd:
        """Connect the two and return when they have parted; whoever goes on is still up."""
        before = self.caller.listener
        self.call.conversation = self
        try:
            self.join(self.caller)
            self.join(self.callee)
            self._record()
            await self.arrange()
            while self._end is None:
                await self._take(await self.inbox.get())
            return self._end
        finally:
            self.call.conversation = None
            await self._part(before)

    # Members

    def join(self, leg: Leg) -> Participant:
        """Make ``leg``, who is up, a member."""
        member = self.members[leg] = Participant(leg, role_of(leg, self.everybody()), self.exchange.clock.utcnow())
        leg.listener = self.inbox.put_nowait
        leg.digits.clear()
        self._audio.forget(leg)
        facts = self.call.facts
        if leg is not self.caller:
            facts.agent_id = leg.agent_id or facts.agent_id
            if leg.store_id is not None:
                facts.first_answered_store_id = facts.first_answered_store_id or leg.store_id
                facts.answered_store_id = leg.store_id
            self.call.note("connected", leg_id=leg.id, peer=leg.peer)
        if leg.ended is not None:
            self.inbox.put_nowait(leg.ended)
        return member

    def everybody(self) -> Iterable[Participant]:
        """Return the members, and the one who is consulted."""
        aside = self.undertaking.aside() if self.undertaking is not None else None
        if aside is not None and aside.target is not None:
            return [*self.members.values(), aside.target]
        return list(self.members.values())

    def participant(self, leg: Leg) -> Participant | None:
        """Return what ``leg`` is here."""
        return next((one for one in self.everybody() if one.leg is leg), None)

    def others(self, leg: Leg) -> list[Leg]:
        """Return the other members."""
        return [other for other in self.members if other is not leg]

    def other(self, leg: Leg) -> Leg:
        """Return the participant across from ``leg``."""
        return self.callee if leg is self.caller else self.caller

    def _is_ours(self, leg: Leg) -> bool:
        """Tell whether ``leg`` is still a part of this call: another may have taken it over, or be about to."""
        return leg.call is self.call and not leg.moving

    async def let_go(self, leg: Leg) -> None:
        """Hang up on somebody whose part is over."""
        await self._forget(leg)
        leg.hang_up(HangupCause.NORMAL_CLEARING)
        await leg.close()

    async def _forget(self, leg: Leg) -> None:
        member = self.members.pop(leg, None)
        if member is not None:
            member.move(ParticipantInput.LEAVE, self.exchange.clock.utcnow())
            if member.away is not None:
                await member.away.stop()
        self._audio.forget(leg)
        if self.paused_by is leg:
            self.pause_recording(None)

    async def replace(self, leg: Leg, successor: Leg) -> None:
        """Put ``successor``, who is up, in the place of ``leg``, and let the predecessor go."""
        before = self.members.get(leg)
        if leg is self.caller:
            self.caller = successor
            self._caller_gone = None
        elif leg is self.callee:
            self.callee = successor
        await self._forget(leg)
        member = self.join(successor)
        if before is not None and before.leg.extension == successor.extension:
            member.on_hold = before.on_hold
        self._record()
        await self.arrange()
        await self.let_go(leg)

    def take(self, leg: Leg) -> None:
        """Say that another call took ``leg`` over: it leaves without being hung up."""
        self.inbox.put_nowait(LegTaken(leg))

    # What happens

    async def _take(self, event: Happening) -> None:  # noqa: C901 - one case per kind of event
        match event:
            case LegEnded():
                await self._on_ended(event)
            case LegHeld() | LegResumed():
                await self.arrange()
            case LegReplaced(leg=leg, successor=successor):
                if leg in self.members:
                    await self.replace(leg, successor)
                else:
                    await successor.close()  # Somebody else was faster.
            case LegRefers(leg=leg, refer=refer):
                await Referral(self, leg, refer).carry_out()
            case LegTaken(leg=leg):
                await self._forget(leg)
                if not self.has_company():
                    self.finish(ConversationEnd())
                else:
                    await self.arrange()
            case LegDigit(leg=leg):
                if self.undertaking is None or not self.undertaking.entertains(leg):
                    leg.digits.clear()
            case Ask():
                await carry_out(self, event)
            case RingingEvent():
                await self._on_ringing(event)
            case RingAgain(transfer=transfer):
                if transfer is self.undertaking:
                    transfer.ring_again()
            case AwayEvent():
                await self._on_away(event)

    async def _on_ringing(self, event: RingingEvent) -> None:
        if (away := self._away_of(event.ringing)) is not None:
            await away.on_ringing(event)
            return
        undertaking = self.undertaking
        if undertaking is None or undertaking.ringing is not event.ringing:
            if isinstance(event, TargetAnswered):
                await event.leg.close()  # Nobody waits for it any more.
            return
        match event:
            case TargetRang(leg=leg, has_media=has_media):
                await undertaking.rang(leg, has_media)
            case TargetAnswered(leg=leg):
                event.ringing.taken = True
                await undertaking.answered(leg)
            case TargetMissed(outcome=outcome):
                await undertaking.missed(outcome)
        self.call.on_changed(self.call)

    async def _on_ended(self, event: LegEnded) -> None:
        leg = event.leg
        if self.participant(leg) is None:
            if self._is_ours(leg) and leg is not self.caller:
                await leg.close()
            return
        member = self.members.get(leg)
        if member is not None:
            if may_come_back(self.exchange, member, event):
                if member.away is None:
                    await self._lost(member)
                return
            self.call.note("left", leg_id=leg.id, peer=leg.peer, cause=event.cause.code)
        await self._without(event)

    async def _without(self, event: LegEnded) -> None:
        """Go on without somebody who is gone, as the undertaking says, or else with whoever is left."""
        if event.leg is self.caller:
            self._caller_gone = event
        await self._forget(event.leg)
        if self.undertaking is None or not await self.undertaking.left(event):
            await self._after_leaving(event)
        if event.leg is not self.caller:
            await event.leg.close()

    async def _after_leaving(self, event: LegEnded) -> None:
        """Go on with whoever is left; end when nobody is there to talk to."""
        if not self.has_company():
            self.finish(self.parted(event))
            return
        if event.leg is self.callee:
            self.callee = next(leg for leg in self.members if leg is not self.caller)
        self._record()
        await self.arrange()

    def parted(self, event: LegEnded) -> ConversationEnd:
        """Return the end that ``event`` means."""
        if self.over is not None:
            return self.over
        if self._caller_gone is not None:
            return ConversationEnd(caller_gone=self._caller_gone)
        return ConversationEnd(callee_gone=event)

    def has_company(self) -> bool:
        """Tell whether two or more are there, somebody who is expected back included."""
        return sum(member.role is not ParticipantRole.SUPERVISOR for member in self.members.values()) > 1

    def finish(self, end: ConversationEnd) -> None:
        """Say how the conversation ends."""
        if self._end is None:
            self._end = end

    # Devices that are lost and come back

    def _away_of(self, ringing: Ringing) -> Away | None:
        return next(
            (one.away for one in self.members.values() if one.away is not None and one.away.ringing is ringing), None
        )

    async def _on_away(self, event: AwayEvent) -> None:
        member = self.members.get(event.leg)
        if member is None:
            return
        match event:
            case DeviceLost() if member.away is None:
                await self._lost(member)
            case DeviceBack() if member.away is not None and event.leg.ended is None:
                await member.away.back()
                member.away = None
                self.call.note("back", leg_id=event.leg.id, peer=event.leg.peer)
                await self.arrange()
            case BringBack():
                if member.away is None:
                    await self._lost(member)
                if member.away is not None:
                    member.away.ring()
            case GiveUp() if member.away is not None:
                await self._give_up(member)

    async def _lost(self, member: Participant) -> None:
        """Let the others wait for a member whose device is gone."""
        member.away = Away(self, member)
        self.call.note("away", leg_id=member.leg.id, peer=member.leg.peer)
        member.away.start()
        await self.arrange()

    async def _give_up(self, member: Participant) -> None:
        """Go on without a member who did not come back: whoever is left goes to the queue they came from."""
        leg = member.leg
        self.call.note("given_up", leg_id=leg.id, peer=leg.peer)
        if member.away is not None:
            member.away.given_up()
        leg.hang_up(HangupCause.MEDIA_TIMEOUT)
        ended = leg.ended or LegEnded(leg, HangupCause.MEDIA_TIMEOUT, leg.side, None)
        customer = next((other for other in self.others(leg) if not self.members[other].is_agent), None)
        back = self.dial.back_to_queue(self.call)
        if back is not None and customer is not None and len(self.members) == 2 and self.undertaking is None:
            await self._forget(leg)
            if leg is not self.caller:
                await leg.close()
            self.finish(ConversationEnd(remaining=customer, queue=back))
            return
        await self._without(ended)

    # Who hears whom

    async def arrange(self, *, anew: bool = False) -> None:
        """Let those hear each other who should, and give music to whoever waits.

        :param anew: tell the media plane everything, whatever it was told before.
        """
        if anew:
            self._audio.forget()
        undertaking = self.undertaking
        aside = undertaking.aside() if undertaking is not None else None
        arrangement = arrange(
            list(self.members.values()),
            aside,
            parting=undertaking.parting if undertaking is not None else None,
            rings=undertaking is not None and undertaking.rings,
        )
        self._tell(arrangement, aside)
        await self._audio.apply(arrangement, self.everybody())

    def _tell(self, arrangement: Arrangement, aside: Aside | None) -> None:
        """Keep the books: the segment, and what each participant goes through."""
        about = self.callee
        if arrangement.segment is SegmentKind.RING and self.undertaking is not None:
            about = self.undertaking.by
        elif arrangement.segment is SegmentKind.CONSULT and aside is not None:
            about = aside.agent.leg
        now = self.exchange.clock.utcnow()
        for one, move in inputs(arrangement, self.everybody(), aside):
            one.move(move, now)
        if self._segment != (arrangement.segment, about):
            self._segment = arrangement.segment, about
            self.call.segment(arrangement.segment, about)
        else:
            self.call.on_changed(self.call)

    def caller_id(self, leg: Leg) -> CallerId:
        """Return what a target sees when it is rung for ``leg``: the customer's number, or the colleague's own."""
        facts = self.call.facts
        if leg.extension is not None:
            account = self.lines.routes.account(leg.extension)
            return CallerId(leg.extension, account.name if account is not None else "")
        if leg is self.caller:
            return CallerId(facts.from_number, facts.from_name)
        return CallerId(facts.to_number)

    # Recording

    def _record(self) -> None:
        """Record the customer and what the customer hears; a recording follows its leg and ends with it."""
        leg = self.recorded
        if self.exchange.settings.record and not self.exchange.is_recorded(leg) and leg.media is not None:
            recording = Recording.start(self.exchange, self.call, leg)
            if recording is not None:
                self._recordings.append(recording)
                if self.paused_by is not None:
                    recording.pause()

    @property
    def recorded(self) -> Leg:
        """Return who is recorded."""
        customers = (leg for leg, one in self.members.items() if one.role is ParticipantRole.CUSTOMER)
        fallback = self.caller if self.caller in self.members else next(iter(self.members), self.callee)
        return next(customers, fallback)

    @property
    def is_recording(self) -> bool:
        """Tell whether somebody is being recorded, be it silence."""
        return any(not recording.closed.done() for recording in self._recordings)

    def pause_recording(self, by: Leg | None) -> None:
        """Record silence until resumed, as ``by`` asks; None resumes."""
        if (self.paused_by is None) == (by is None):
            return
        self.paused_by = by
        for recording in self._recordings:
            if not recording.closed.done():
                if by is None:
                    recording.resume()
                else:
                    recording.pause()
        self.call.on_changed(self.call)

    # The end

    async def _part(self, before: LegListener) -> None:
        end = self._end or ConversationEnd()
        stays = end.remaining or self.caller
        if self._is_ours(stays):
            stays.listener = before if stays is self.caller else self.call.caller_listener or before
        undertaking, self.undertaking = self.undertaking, None
        if undertaking is not None:
            await undertaking.stop()
        if self._is_ours(stays):
            self._audio.silence(stays)
        for leg, member in list(self.members.items()):
            if member.away is not None:
                await member.away.stop()
            if leg is not stays and self._is_ours(leg):
                leg.hang_up(HangupCause.NORMAL_CLEARING)
                await leg.close()
        self.members.clear()
        await self._empty_inbox()
        for recording in self._recordings:
            if not recording.closed.done():
                recording.stop()
                await recording.wait_closed()

    async def _empty_inbox(self) -> None:
        """Deal with what came too late."""
        while not self.inbox.empty():
            event = self.inbox.get_nowait()
            if isinstance(event, LegReplaced):
                await event.successor.close()
            elif isinstance(event, TargetAnswered) and not event.ringing.taken:
                await event.leg.close()
            elif isinstance(event, Ask) and not event.done.done():
                event.done.cancel()
