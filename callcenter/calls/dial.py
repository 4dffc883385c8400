"""Dialling: walk a plan's steps until somebody answers, then talk. Used by flows, queues and extensions alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from callcenter.calls.attempt import Attempt, AttemptResult, CallerId, joint_outcome, take_key
from callcenter.calls.call import Call, CallInput, Hangup
from callcenter.calls.call_facts import QueuePlace
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import HangupCause, HangupSide, SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import (
    CallEnded,
    DialOutcome,
    DialRequest,
    DialResult,
    QueueOutcome,
    QueueRequest,
    QueueResult,
)
from callcenter.calls.conversation import Conversation
from callcenter.calls.destination import Destinations
from callcenter.calls.dial_outcomes import MISSED, OUTCOMES, REFUSALS
from callcenter.calls.dialling import AttemptOutcome, DialPlan, DialPlanner, DialStep
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded
from callcenter.calls.lines import Lines as Lines
from callcenter.calls.parting import ConversationEnd
from callcenter.calls.ports import CallHandler
from callcenter.calls.waiting import AnsweredCallerWaits, UnansweredCallerWaits, Waiting


class Dial:
    """Everything a call needs to reach somebody.

    :param planner: turns targets into steps; one per call, since routing remembers what it decided for the caller.
    :param flows: runs the flow of a number that a caller is transferred to.
    """

    def __init__(self, exchange: Exchange, lines: Lines, planner: DialPlanner, flows: CallHandler) -> None:
        self.exchange = exchange
        self.lines = lines
        self.planner = planner
        self.flows = flows
        self.destinations = Destinations(lines, planner, flows, exchange.normalise)

    async def run(self, channel: Channel, request: DialRequest) -> DialResult:
        """Dial for a caller whom the server has answered.

        :raises CallEnded: when the caller is gone afterwards.
        """
        waiting = AnsweredCallerWaits(self.exchange, channel, request.announce, request.waiting)
        result, end = await self._dial(channel.call, channel.leg, request, waiting)
        if end is not None:
            await self._follow(channel.call, end, channel)
        return result

    async def run_unanswered(self, caller: Leg, request: DialRequest) -> DialResult:
        """Dial for an extension that is answered only when the called party answers; refuse it when nobody does."""
        call = caller.call
        result, end = await self._dial(call, caller, request, UnansweredCallerWaits(self.exchange, caller))
        if end is not None:
            await self._follow(call, end)
        elif result.outcome is not DialOutcome.ANSWERED and caller.ended is None:
            status, cause, side = REFUSALS[result.outcome]
            call.outcome = call.missed
            call.set_hangup(Hangup(cause, side, status))
            caller.reject(status)
        return result

    async def connect(self, channel: Channel, callee: Leg) -> int:
        """Connect a caller whom the server has answered with ``callee`` until they part; return the milliseconds.

        :raises CallEnded: when the caller is gone afterwards, or was transferred and is served elsewhere.
        """
        call = channel.call
        place = call.facts.queue
        if place is not None and place.waited_ms is None:
            place.waited_ms = call.at_ms - place.since_ms
        began = self.exchange.now()
        end = await self._talk(call, channel.leg, callee)
        talk_ms = int((self.exchange.now() - began) * 1000)
        await self._follow(call, end, channel)
        return talk_ms

    async def wait_in_queue(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Wait in a queue; the call remembers its place there, so that it can go back to it.

        :raises CallEnded: when the caller is gone.
        """
        call = channel.call
        since_ms = call.at_ms if request.waiting_since_ms is None else request.waiting_since_ms
        place = call.facts.queue = QueuePlace(request=request, since_ms=since_ms)
        call.on_changed(call)
        try:
            return await self.lines.queues.wait(channel, request)
        finally:
            if place.waited_ms is None:
                place.waited_ms = call.at_ms - since_ms

    def back_to_queue(self, call: Call) -> QueueRequest | None:
        """Return how a caller who loses an agent goes back to where they came from: the old place, before the others.

        None when the call came through no queue.
        """
        place = call.facts.queue
        if place is None:
            return None
        priority = max(place.request.priority, self.exchange.settings.return_priority)
        return replace(place.request, waiting_since_ms=place.since_ms, priority=priority, language=call.facts.language)

    async def _follow(self, call: Call, end: ConversationEnd, channel: Channel | None = None) -> None:
        """Serve whoever remains of a conversation in the flow or queue they go on in.

        :param channel: of the caller, when there is one already.
        :raises CallEnded: when there is nobody any more whom the one who asks could serve.
        """
        remaining = end.remaining
        if remaining is None:
            return
        theirs = channel
        if remaining.ended is not None:
            call.set_hangup(_hangup_of(remaining.ended, remaining.side))
            raise CallEnded
        if channel is None or remaining is not channel.leg:
            theirs = Channel(self.exchange, call, remaining, self)
        assert theirs is not None
        if end.flow is not None:
            call.segment(SegmentKind.IVR, remaining)
            await self.flows.handle(call, theirs, end.flow)
            raise CallEnded
        if end.queue is not None:
            before = call.facts.queue
            result = await self.wait_in_queue(theirs, end.queue)
            if result.outcome is not QueueOutcome.ANSWERED and end.transferor is not None:
                await self._give_back(theirs, end.transferor, before)
        if theirs is not channel:
            raise CallEnded

    async def _give_back(self, channel: Channel, transferor: str, place: QueuePlace | None) -> None:
        """Ring whoever transferred the caller to a queue that did not serve them; else put them where they came from.

        :param place: the place in the queue they came from.
        """
        call, settings = channel.call, self.exchange.settings
        target = CallTarget(CallTargetKind.EXTENSION, transferor)
        for time in range(settings.transferor_rings):
            destination = self.destinations.find(target, settings.transferor_ring_s)
            if destination is None:
                break
            if time:
                await asyncio.sleep(settings.transferor_pause_s)
            call.segment(SegmentKind.RING, channel.leg)
            call.note("transferor_rung", by=transferor, time=time + 1)
            waiting = AnsweredCallerWaits(self.exchange, channel, (), "ringback")
            caller_id = CallerId(call.facts.from_number, call.facts.from_name)
            attempt = Attempt(
                self.exchange,
                self.lines.routes,
                self.lines.trunks,
                call,
                destination.steps[0],
                caller_id,
                on_ringing=waiting.ringing,
            )
            try:
                result = await attempt.run(channel.leg)
            finally:
                await waiting.stop()
            if result.leg is not None:
                await self.connect(channel, result.leg)
                return
        if place is not None:
            call.facts.queue = place
            back = self.back_to_queue(call)
            assert back is not None
            await self.wait_in_queue(channel, back)

    async def _dial(
        self, call: Call, caller: Leg, request: DialRequest, waiting: Waiting
    ) -> tuple[DialResult, ConversationEnd | None]:
        plan = self.planner.plan(request)
        call.facts.explanation = plan.explanation()
        call.note("dial", kind=request.kind.value, target=request.target, steps=[step.name for step in plan.steps])
        if not plan.steps:
            call.missed = MISSED.get(plan.refusal, call.missed)
            return DialResult(plan.refusal, explanation=plan.explanation()), None
        attempt, step = AttemptResult(AttemptOutcome.UNAVAILABLE), plan.steps[0]
        rung_ms = 0
        failed: list[AttemptOutcome] = []
        try:
            for step in plan.steps:
                if failed and take_key(caller, request.leave_key):  # Pressed while one step gave way to the next.
                    failed.append(AttemptOutcome.LEFT)
                    break
                attempt = await self._try(call, caller, request, plan, step, waiting)
                rung_ms += attempt.ring_ms
                if attempt.leg is not None:
                    break
                failed.append(attempt.outcome)
                if attempt.outcome is AttemptOutcome.LEFT:
                    break
        finally:
            await waiting.stop()
            call.facts.explanation = plan.explanation()
        if attempt.leg is None:
            outcome = OUTCOMES[joint_outcome(failed)]
            call.missed = MISSED.get(outcome, call.missed)
            return DialResult(outcome, ring_ms=rung_ms, explanation=plan.explanation()), None
        began = self.exchange.now()
        end = await self._talk(call, caller, attempt.leg)
        result = DialResult(
            DialOutcome.ANSWERED,
            answered_by=attempt.leg.extension or attempt.leg.peer,
            store=step.store_code,
            ring_ms=rung_ms,
            talk_ms=int((self.exchange.now() - began) * 1000),
            explanation=plan.explanation(),
        )
        return result, end

    async def _try(
        self, call: Call, caller: Leg, request: DialRequest, plan: DialPlan, step: DialStep, waiting: Waiting
    ) -> AttemptResult:
        """Ring one step and tell the plan what came of it, also when the caller gave up meanwhile."""
        call.segment(SegmentKind.RING, store_id=step.store_id)
        if call.facts.chosen_store_id is None:
            call.facts.chosen_store_id = step.store_id
        caller_id = _caller_id(call)
        attempt = Attempt(
            self.exchange, self.lines.routes, self.lines.trunks, call, step, caller_id, on_ringing=waiting.ringing
        )
        began = self.exchange.now()
        try:
            result = await attempt.run(caller, request.leave_key)
        except asyncio.CancelledError:
            plan.attempted(step, AttemptOutcome.ABANDONED, call.at_ms, int((self.exchange.now() - began) * 1000))
            raise
        plan.attempted(step, result.outcome, call.at_ms, result.ring_ms)
        return result

    async def _talk(self, call: Call, caller: Leg, callee: Leg) -> ConversationEnd:
        if not caller.is_up:
            if caller.media is None:
                await caller.open_media()
            if not caller.answer():
                callee.hang_up(HangupCause.INCOMPATIBLE_DESTINATION)
                await callee.close()
                raise CallEnded
        call.advance(CallInput.CONNECT)
        end = await Conversation(self, call, caller, callee).run()
        call.advance(CallInput.DISCONNECT)
        if end.remaining is not None:
            return end
        if end.caller_gone is not None:
            call.set_hangup(_hangup_of(end.caller_gone, HangupSide.CALLER))
            raise CallEnded
        if end.callee_gone is not None:
            call.last_callee_end = _hangup_of(end.callee_gone, HangupSide.CALLEE)
        if caller.call is not call:
            raise CallEnded  # An attended transfer took the caller over: there is nobody left to serve here.
        return end


def _caller_id(call: Call) -> CallerId:
    """Return what the called party sees."""
    facts = call.facts
    if facts.caller_id is not None:
        return CallerId(facts.caller_id, chosen=True)
    return CallerId(facts.from_number, facts.from_name)


def _hangup_of(gone: LegEnded, place: HangupSide) -> Hangup:
    """Return how somebody left a conversation: by their ``place`` in it, whoever called whom when they came."""
    chosen = gone.side in (HangupSide.CALLER, HangupSide.CALLEE)
    return Hangup(gone.cause, place if chosen else gone.side, gone.status, gone.q850)
