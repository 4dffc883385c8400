"""Dialling: walk a plan's steps until somebody answers, then talk. Used by flows and by extensions alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from callcenter.calls.attempt import Attempt, AttemptResult, CallerId, joint_outcome, take_key
from callcenter.calls.call import Call, CallInput, Hangup
from callcenter.calls.cdr import HangupCause, HangupSide, Outcome, SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import CallEnded, DialOutcome, DialRequest, DialResult
from callcenter.calls.conversation import Conversation
from callcenter.calls.dialling import AttemptOutcome, DialPlan, DialPlanner, DialStep
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded
from callcenter.calls.parting import ConversationEnd
from callcenter.calls.ports import CallHandler, NoQueues, Queues
from callcenter.calls.routes import Routes
from callcenter.calls.trunks import Trunks
from callcenter.calls.waiting import AnsweredCallerWaits, UnansweredCallerWaits, Waiting

_OUTCOMES = {
    AttemptOutcome.NO_ANSWER: DialOutcome.NO_ANSWER,
    AttemptOutcome.BUSY: DialOutcome.BUSY,
    AttemptOutcome.REJECTED: DialOutcome.BUSY,
    AttemptOutcome.UNAVAILABLE: DialOutcome.UNAVAILABLE,
    AttemptOutcome.FAILED: DialOutcome.FAILED,
    AttemptOutcome.LEFT: DialOutcome.LEFT,
}

_REFUSALS = {
    DialOutcome.BUSY: (486, HangupCause.USER_BUSY, HangupSide.CALLEE),
    DialOutcome.NO_ANSWER: (480, HangupCause.NO_ANSWER, HangupSide.SYSTEM),
    DialOutcome.UNAVAILABLE: (480, HangupCause.SUBSCRIBER_ABSENT, HangupSide.SYSTEM),
    DialOutcome.CLOSED: (480, HangupCause.SUBSCRIBER_ABSENT, HangupSide.SYSTEM),
    DialOutcome.FAILED: (503, HangupCause.NORMAL_TEMPORARY_FAILURE, HangupSide.NETWORK),
    DialOutcome.LEFT: (480, HangupCause.NORMAL_CLEARING, HangupSide.CALLER),
}
"How a caller who was not answered yet is refused, why, and by whom."

MISSED = {
    DialOutcome.BUSY: Outcome.BUSY,
    DialOutcome.NO_ANSWER: Outcome.NO_ANSWER,
    DialOutcome.UNAVAILABLE: Outcome.NO_ANSWER,
    DialOutcome.CLOSED: Outcome.NO_ANSWER,
    DialOutcome.FAILED: Outcome.FAILED,
}
"What a call is called whose caller asked for somebody and got nobody."


@dataclass(frozen=True, slots=True)
class Lines:
    """How this node reaches people."""

    routes: Routes
    trunks: Trunks
    queues: Queues = field(default_factory=NoQueues)
    "Where callers wait for an agent; transfers lead there too."


class Dial:
    """Everything a call needs to reach somebody.

    :param planner: turns targets into steps; one per call, since routing remembers what it decided for the caller.
    :param flows: runs the flow of a number that a caller is transferred to.
    """

    def __init__(self, exchange: Exchange, lines: Lines, planner: DialPlanner, flows: CallHandler) -> None:
        self.lines = lines
        self._exchange = exchange
        self._planner = planner
        self._flows = flows

    async def run(self, channel: Channel, request: DialRequest) -> DialResult:
        """Dial for a caller whom the server has answered.

        :raises CallEnded: when the caller is gone afterwards.
        """
        waiting = AnsweredCallerWaits(self._exchange, channel, request.announce, request.waiting)
        result, end = await self._dial(channel.call, channel.leg, request, waiting)
        if end is not None:
            await self._follow(channel, end)
        return result

    async def connect(self, channel: Channel, callee: Leg) -> int:
        """Connect a caller whom the server has answered with ``callee`` until they part; return the milliseconds.

        :raises CallEnded: when the caller is gone afterwards, or was transferred and is served elsewhere.
        """
        began = self._exchange.now()
        end = await self._talk(channel.call, channel.leg, callee)
        talk_ms = int((self._exchange.now() - began) * 1000)
        await self._follow(channel, end)
        return talk_ms

    async def _follow(self, channel: Channel, end: ConversationEnd) -> None:
        """Serve a caller who was transferred to a flow; whoever is not simply goes on."""
        if end.flow is not None:
            channel.call.segment(SegmentKind.IVR, channel.leg)
            await self._flows.handle(channel.call, channel, end.flow)
            raise CallEnded

    async def run_unanswered(self, caller: Leg, request: DialRequest) -> DialResult:
        """Dial for an extension that is answered only when the called party answers; refuse it when nobody does."""
        call = caller.call
        result, end = await self._dial(call, caller, request, UnansweredCallerWaits(self._exchange, caller))
        if end is not None and end.flow is not None:
            channel = Channel(self._exchange, call, caller, self)
            call.segment(SegmentKind.IVR, caller)
            await self._flows.handle(call, channel, end.flow)
        elif result.outcome is not DialOutcome.ANSWERED and caller.ended is None:
            status, cause, side = _REFUSALS[result.outcome]
            call.outcome = call.missed
            call.set_hangup(Hangup(cause, side, status))
            caller.reject(status)
        return result

    async def _dial(
        self, call: Call, caller: Leg, request: DialRequest, waiting: Waiting
    ) -> tuple[DialResult, ConversationEnd | None]:
        plan = self._planner.plan(request)
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
            outcome = _OUTCOMES[joint_outcome(failed)]
            call.missed = MISSED.get(outcome, call.missed)
            return DialResult(outcome, ring_ms=rung_ms, explanation=plan.explanation()), None
        began = self._exchange.now()
        end = await self._talk(call, caller, attempt.leg)
        result = DialResult(
            DialOutcome.ANSWERED,
            answered_by=attempt.leg.extension or attempt.leg.peer,
            store=step.store_code,
            ring_ms=rung_ms,
            talk_ms=int((self._exchange.now() - began) * 1000),
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
        caller_id = CallerId(call.facts.from_number, call.facts.from_name)
        attempt = Attempt(
            self._exchange, self.lines.routes, self.lines.trunks, call, step, caller_id, on_ringing=waiting.ringing
        )
        began = self._exchange.now()
        try:
            result = await attempt.run(caller, request.leave_key)
        except asyncio.CancelledError:
            plan.attempted(step, AttemptOutcome.ABANDONED, call.at_ms, int((self._exchange.now() - began) * 1000))
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
        conversation = Conversation(self._exchange, self.lines, self._planner, self._flows, call, caller, callee)
        end = await conversation.run()
        call.advance(CallInput.DISCONNECT)
        if end.caller_gone is not None:
            call.set_hangup(_hangup_of(end.caller_gone, HangupSide.CALLER))
            raise CallEnded
        if end.callee_gone is not None:
            call.last_callee_end = _hangup_of(end.callee_gone, HangupSide.CALLEE)
        if caller.call is not call:
            raise CallEnded  # An attended transfer took the caller over: there is nobody left to serve here.
        return end


def _hangup_of(gone: LegEnded, place: HangupSide) -> Hangup:
    """Return how somebody left a conversation: by their ``place`` in it, whoever called whom when they came."""
    chosen = gone.side in (HangupSide.CALLER, HangupSide.CALLEE)
    return Hangup(gone.cause, place if chosen else gone.side, gone.status, gone.q850)
