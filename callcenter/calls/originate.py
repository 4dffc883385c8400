"""Calls that begin with us: click-to-call, and the agent's or the customer's side of a queue call-back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from callcenter.base.errors import CallcenterError
from callcenter.calls.attempt import Attempt, AttemptResult, CallerId
from callcenter.calls.call import Call, CallInput, Hangup
from callcenter.calls.call_facts import QueuePlace
from callcenter.calls.call_life import CallLife
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import Direction, FinishedCall, HangupCause, HangupSide, Outcome, SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import (
    CallEnded,
    DialOutcome,
    DialRequest,
    PromptKind,
    PromptPart,
    QueueOutcome,
    QueueRequest,
    TargetKind,
)
from callcenter.calls.destination import Destination
from callcenter.calls.dial import Dial
from callcenter.calls.dialling import AttemptOutcome, DialPlanner, DialStep, DialTarget, TargetAddress
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.lines import Lines
from callcenter.calls.ports import CallHandler

PROGRESS_TONE_TIMES = 6
"How many periods of the busy tone an agent hears before being hung up on."


class CannotOriginate(CallcenterError):
    """This call cannot be started: the phone is not registered, or the target may not be dialled."""

    error_id = "cannot-originate"


class OriginateOutcome(StrEnum):
    """What came of a call of ours."""

    CONNECTED = "connected"
    "Both sides talked."
    AGENT_NO_ANSWER = "agent_no_answer"
    AGENT_REJECTED = "agent_rejected"
    AGENT_UNAVAILABLE = "agent_unavailable"
    "The agent's phone is not there, or busy."
    AGENT_LEFT = "agent_left"
    "The agent hung up while the other side rang."
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    LEFT = "left"
    "The customer hung up before an agent was there (customer first)."
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateRequest:
    """Ring one of our phones first, then the target."""

    extension: str
    "Whose phone rings first; a browser answers by itself (``Answer-Mode: Auto``)."
    target: CallTarget
    caller_id: str | None = None
    "Number shown to an outside target; it must be an allowed one. None: the trunk's own."
    customer_id: str | None = None
    explanation: Mapping[str, Any] | None = None
    "Why this call is made, kept with its record (a queue call-back)."
    auto_answer: bool = True
    ring_s: float = 30.0
    "How long the agent's phone rings."
    target_ring_s: float = 45.0
    queue_id: str | None = None
    queue_name: str | None = None
    "The queue whose call-back this is, for the record and the agent's wrap-up."


@dataclass(frozen=True, slots=True)
class OriginateResult:
    """How a call of ours went, told when it is over."""

    outcome: OriginateOutcome
    call_id: str
    talk_ms: int = 0


_AGENT_MISSED = {
    AttemptOutcome.NO_ANSWER: OriginateOutcome.AGENT_NO_ANSWER,
    AttemptOutcome.REJECTED: OriginateOutcome.AGENT_REJECTED,
    AttemptOutcome.BUSY: OriginateOutcome.AGENT_UNAVAILABLE,
    AttemptOutcome.UNAVAILABLE: OriginateOutcome.AGENT_UNAVAILABLE,
}
_CUSTOMER_MISSED = {
    AttemptOutcome.NO_ANSWER: OriginateOutcome.NO_ANSWER,
    AttemptOutcome.REJECTED: OriginateOutcome.BUSY,
    AttemptOutcome.BUSY: OriginateOutcome.BUSY,
    AttemptOutcome.UNAVAILABLE: OriginateOutcome.UNAVAILABLE,
}
_DIALLED = {
    DialOutcome.ANSWERED: OriginateOutcome.CONNECTED,
    DialOutcome.BUSY: OriginateOutcome.BUSY,
    DialOutcome.NO_ANSWER: OriginateOutcome.NO_ANSWER,
    DialOutcome.UNAVAILABLE: OriginateOutcome.UNAVAILABLE,
    DialOutcome.CLOSED: OriginateOutcome.UNAVAILABLE,
}
_RECORDED = {
    OriginateOutcome.BUSY: Outcome.BUSY,
    OriginateOutcome.AGENT_REJECTED: Outcome.NO_ANSWER,
    OriginateOutcome.AGENT_NO_ANSWER: Outcome.NO_ANSWER,
    OriginateOutcome.AGENT_UNAVAILABLE: Outcome.NO_ANSWER,
    OriginateOutcome.NO_ANSWER: Outcome.NO_ANSWER,
    OriginateOutcome.UNAVAILABLE: Outcome.NO_ANSWER,
}
"How a call is recorded in which nobody talked."
_DIAL_KINDS = {
    CallTargetKind.EXTENSION: TargetKind.EXTENSION,
    CallTargetKind.NUMBER: TargetKind.NUMBER,
    CallTargetKind.STORE: TargetKind.STORE,
}


class _Origination:
    """One call of ours while it is being made."""

    def __init__(self, call: Call, request: OriginateRequest) -> None:
        self.call = call
        self.request = request
        self.outcome = OriginateOutcome.FAILED

    def result(self) -> OriginateResult:
        """Return how it went."""
        call = self.call
        talked = call.spent_ms(SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.CONSULT, SegmentKind.CONFERENCE)
        outcome = OriginateOutcome.CONNECTED if call.was_connected else self.outcome
        return OriginateResult(outcome, call.id, talked if call.was_connected else 0)


class Originate:
    """Starts calls.

    :param planner_for: makes the planner of one call.
    :param on_finished: told of every call's record when it is over.
    """

    def __init__(
        self,
        exchange: Exchange,
        lines: Lines,
        flows: CallHandler,
        planner_for: Callable[[Call], DialPlanner],
        on_finished: Callable[[FinishedCall], None],
    ) -> None:
        self._exchange = exchange
        self._lines = lines
        self._flows = flows
        self._planner_for = planner_for
        self._life = CallLife(exchange, on_finished)

    def start(self, request: OriginateRequest) -> Call:
        """Start a call and return it at once; it goes on by itself.

        :raises CannotOriginate: when it cannot even begin.
        """
        return self._start_agent_first(request).call

    async def agent_first(self, request: OriginateRequest) -> OriginateResult:
        """Ring the agent, then the target, connect them, and return when the call is over.

        :raises CannotOriginate: when it cannot even begin.
        """
        return await self._over(self._start_agent_first(request))

    async def customer_first(self, number: str, queue: QueueRequest, request: OriginateRequest) -> OriginateResult:
        """Ring ``number``; whoever answers waits in the queue with the place that ``queue`` names.

        :param request: what is shown and noted; its extension and target do not matter.
        :raises CannotOriginate: when it cannot even begin.
        """
        target = CallTarget(CallTargetKind.NUMBER, number)
        origination = self._begin(request, Direction.OUTBOUND)
        dial, destination = self._reach(origination.call, target, request.target_ring_s)
        facts = origination.call.facts
        facts.to_raw, facts.to_number = number, destination.steps[0].targets[0].address
        self._life.run(origination.call, partial(self._customer_first, origination, dial, destination, queue))
        return await self._over(origination)

    async def _over(self, origination: _Origination) -> OriginateResult:
        task = origination.call.task
        assert task is not None
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            raise
        return origination.result()

    def _start_agent_first(self, request: OriginateRequest) -> _Origination:
        account = self._lines.routes.account(request.extension)
        if account is None or not self._lines.routes.is_registered(request.extension, self._exchange.now()):
            raise CannotOriginate("your phone is not registered")
        outside = request.target.kind is CallTargetKind.NUMBER
        origination = self._begin(request, Direction.OUTBOUND if outside else Direction.INTERNAL)
        call = origination.call
        dial, destination = self._reach(call, request.target, request.target_ring_s)
        if request.extension in destination.extensions:
            self._exchange.calls.pop(call.id, None)
            raise CannotOriginate("this is your own phone")
        facts = call.facts
        facts.from_raw = facts.from_number = account.number
        facts.from_name = account.name
        facts.agent_id = account.agent_id
        facts.to_raw = request.target.value
        facts.to_number = destination.steps[0].targets[0].address if outside else request.target.value
        body: Callable[[], Awaitable[None]] = partial(self._agent_first, origination, dial, destination)
        self._life.run(call, body)
        return origination

    def _begin(self, request: OriginateRequest, direction: Direction) -> _Origination:
        call = self._life.new_call(direction)
        facts = call.facts
        facts.caller_id = request.caller_id
        facts.customer_id = request.customer_id
        facts.origin = request.explanation
        if request.queue_id is not None:
            place = QueueRequest(queue=request.queue_id)
            facts.queue = QueuePlace(
                request=place, since_ms=0, id=request.queue_id, name=request.queue_name or "", waited_ms=0
            )
        return _Origination(call, request)

    def _reach(self, call: Call, target: CallTarget, ring_s: float) -> tuple[Dial, Destination]:
        dial = Dial(self._exchange, self._lines, self._planner_for(call), self._flows)
        destination = dial.destinations.find(target, ring_s)
        if destination is None:
            self._exchange.calls.pop(call.id, None)
            raise CannotOriginate("there is nobody at this target, or it may not be dialled")
        return dial, destination

    async def _agent_first(self, origination: _Origination, dial: Dial, destination: Destination) -> None:
        call, request = origination.call, origination.request
        call.segment(SegmentKind.RING)
        step = DialStep(
            name="own_phone",
            targets=(DialTarget(TargetAddress.EXTENSION, request.extension),),
            ring_s=request.ring_s,
            auto_answer=request.auto_answer,
        )
        # Whom one is about to talk to is what one's own phone shows.
        attempt = await self._ring(call, step, CallerId(call.facts.to_number, destination.label))
        if attempt.leg is None:
            origination.outcome = _AGENT_MISSED.get(attempt.outcome, OriginateOutcome.FAILED)
            _end_missed(call, origination.outcome)
            return
        leg = attempt.leg
        self._serve(call, leg)
        channel = Channel(self._exchange, call, leg, dial)
        origination.outcome = OriginateOutcome.AGENT_LEFT
        origination.outcome = await self._dial(channel, destination, request)
        if origination.outcome is not OriginateOutcome.CONNECTED:
            await self._tone(channel, origination.outcome)
            _end_missed(call, origination.outcome)
        elif call.last_callee_end is not None:
            call.set_hangup(call.last_callee_end)

    async def _dial(self, channel: Channel, destination: Destination, request: OriginateRequest) -> OriginateOutcome:
        """Let the agent reach the target."""
        if destination.flow is not None:
            channel.segment(SegmentKind.IVR, channel.leg)
            await self._flows.handle(channel.call, channel, destination.flow)
            return OriginateOutcome.CONNECTED
        if destination.queue is not None:
            result = await channel.wait_in_queue(QueueRequest(queue=destination.queue))
            served = result.outcome is QueueOutcome.ANSWERED
            return OriginateOutcome.CONNECTED if served else OriginateOutcome.NO_ANSWER
        target = destination.target
        kind = _DIAL_KINDS.get(target.kind, TargetKind.EXTENSION)
        value = target.value if kind is TargetKind.STORE else destination.steps[0].targets[0].address
        dialled = await channel.dial(DialRequest(kind, value, ring_timeout_s=request.target_ring_s, leave_key=None))
        return _DIALLED.get(dialled.outcome, OriginateOutcome.FAILED)

    async def _customer_first(
        self, origination: _Origination, dial: Dial, destination: Destination, queue: QueueRequest
    ) -> None:
        call, request = origination.call, origination.request
        call.segment(SegmentKind.RING)
        caller_id = CallerId(request.caller_id, chosen=request.caller_id is not None)
        attempt = await self._ring(call, destination.steps[0], caller_id)
        if attempt.leg is None:
            origination.outcome = _CUSTOMER_MISSED.get(attempt.outcome, OriginateOutcome.FAILED)
            _end_missed(call, origination.outcome)
            return
        self._serve(call, attempt.leg)
        channel = Channel(self._exchange, call, attempt.leg, dial)
        origination.outcome = OriginateOutcome.LEFT
        result = await channel.wait_in_queue(queue)
        if result.outcome is not QueueOutcome.ANSWERED:
            origination.outcome = OriginateOutcome.AGENT_UNAVAILABLE
            _end_missed(call, origination.outcome)
        elif call.last_callee_end is not None:
            call.set_hangup(call.last_callee_end)

    async def _ring(self, call: Call, step: DialStep, caller_id: CallerId) -> AttemptResult:
        return await Attempt(
            self._exchange,
            self._lines.routes,
            self._lines.trunks,
            call,
            step,
            caller_id,
            on_ringing=lambda _leg, _has_media: None,
        ).run()

    def _serve(self, call: Call, leg: Leg) -> None:
        """Make whoever answered the one whose call this is.

        :raises CallEnded: when they have gone already.
        """
        leg.side = HangupSide.CALLER
        assert call.caller_listener is not None
        leg.listener = call.caller_listener
        call.facts.sip_call_id = leg.session.call_id
        call.advance(CallInput.ANSWER)
        if leg.ended is not None:
            call.set_hangup(Hangup(leg.ended.cause, HangupSide.CALLER, leg.ended.status, leg.ended.q850))
            raise CallEnded

    async def _tone(self, channel: Channel, outcome: OriginateOutcome) -> None:
        """Let the agent hear that nobody can be had."""
        tone = "busy" if outcome is OriginateOutcome.BUSY else "congestion"
        files, _ = await channel.prepare([PromptPart(PromptKind.TONE, tone, channel.call.facts.language)])
        if files:
            await channel.play_files(files * PROGRESS_TONE_TIMES, barge_in=False)


def _end_missed(call: Call, outcome: OriginateOutcome) -> None:
    """Say why a call of ours ends in which nobody talked."""
    call.outcome = _RECORDED.get(outcome, Outcome.FAILED)
    busy = outcome is OriginateOutcome.BUSY
    cause = HangupCause.USER_BUSY if busy else HangupCause.NO_ANSWER
    call.set_hangup(Hangup(cause, HangupSide.CALLEE if busy else HangupSide.SYSTEM))
