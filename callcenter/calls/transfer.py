"""Transfers (RFC 3515, RFC 3891, RFC 5589): a participant hands the other one to somebody else.

Blind: the target is rung while the remaining participant hears ringback; when it does not answer, the remaining one
goes back to the transferor, who is rung again if gone. Attended: the transferor talks to the target already in a call
of their own; that target comes over. We own every leg, so a transfer sends nobody a REFER: it re-arranges our side.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING

import structlog

from callcenter.base.fsm import TransitionTable
from callcenter.calls.attempt import Attempt, AttemptResult, CallerId
from callcenter.calls.cdr import HangupCause, SegmentKind
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.calls.dialling import AttemptOutcome, DialStep, DialTarget, TargetAddress
from callcenter.calls.leg import Leg, LegState
from callcenter.calls.leg_events import LegEnded, LegEvent, LegRefers, LegReplaced
from callcenter.calls.parting import ConversationEnd, LegTaken
from callcenter.media.plane import MediaCapacityExceeded
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr, Replaces
from callcenter.sip.refer import IncomingRefer
from callcenter.sip.uri import SipUri

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation
    from callcenter.calls.dialling import DialPlan

log = structlog.get_logger(__name__)


class TransferState(Enum):
    """How far a transfer has come."""

    REQUESTED = auto()
    RINGING = auto()
    "Blind: the target is being rung."
    RETURNING = auto()
    "The target did not answer and the transferor is gone: ringing the transferor."
    COMPLETED = auto()
    FAILED = auto()


class TransferInput(Enum):
    """What moves a transfer on."""

    RING = auto()
    ANSWER = auto()
    NO_ANSWER = auto()
    "Not answered, and the transferor is still there."
    NO_ANSWER_TRANSFEROR_GONE = auto()
    REFUSE = auto()


TRANSFER_TABLE = TransitionTable(
    "transfer",
    TransferState.REQUESTED,
    {
        (TransferState.REQUESTED, TransferInput.RING): TransferState.RINGING,
        (TransferState.REQUESTED, TransferInput.ANSWER): TransferState.COMPLETED,
        (TransferState.REQUESTED, TransferInput.REFUSE): TransferState.FAILED,
        (TransferState.RINGING, TransferInput.ANSWER): TransferState.COMPLETED,
        (TransferState.RINGING, TransferInput.NO_ANSWER): TransferState.FAILED,
        (TransferState.RINGING, TransferInput.NO_ANSWER_TRANSFEROR_GONE): TransferState.RETURNING,
        (TransferState.RETURNING, TransferInput.ANSWER): TransferState.COMPLETED,
        (TransferState.RETURNING, TransferInput.NO_ANSWER): TransferState.FAILED,
    },
)

_NOTIFY_STATUS = {
    AttemptOutcome.BUSY: 486,
    AttemptOutcome.REJECTED: 603,
    AttemptOutcome.NO_ANSWER: 480,
    AttemptOutcome.UNAVAILABLE: 480,
}


class Transfer:
    """One transfer within a conversation."""

    def __init__(self, conversation: Conversation, transferor: Leg, refer: IncomingRefer) -> None:
        self._conversation = conversation
        self._exchange = conversation.exchange
        self._call = conversation.call
        self._transferor = transferor
        self._refer = refer
        self._plan: DialPlan | None = None
        "How a store is rung, when the target is one."
        self._state = TRANSFER_TABLE.initial

    def _advance(self, event: TransferInput) -> None:
        self._state = TRANSFER_TABLE.next(self._state, event)

    async def run(self) -> ConversationEnd | None:
        """Carry it out; None when the conversation goes on, with whoever is in it then."""
        if self._transferor.ended is not None:
            return None  # The end of its leg is on its way to the conversation; the REFER was answered with 481.
        status = self._refuse()
        if status is not None:
            return self._refused(status)
        if self._refer.replaces is not None:
            return await self._attended(self._refer.replaces)
        return await self._blind(self._target_user())

    def _refuse(self) -> int | None:
        """Return why this REFER is not carried out."""
        if self._transferor.extension is None:
            return 403  # Only our own people may make us call somebody: a carrier's REFER would be toll fraud.
        if self._call.transfers >= self._exchange.settings.max_transfers:
            return 403
        return None

    def _refused(self, status: int) -> ConversationEnd | None:
        """Say no; the conversation goes on."""
        self._advance(TransferInput.REFUSE)
        self._call.note("transfer_refused", leg_id=self._transferor.id, status=status)
        if self._transferor.ended is None:
            self._transferor.session.reject_refer(self._refer, status, self._exchange.now())
            self._exchange.flush()
        return None

    def _unknown(self) -> ConversationEnd | None:
        """Say that the dialog to take over is not there; a 481 to the REFER would end its own dialog (RFC 5057)."""
        self._advance(TransferInput.REFUSE)
        self._call.note("transfer_refused", leg_id=self._transferor.id, status=481)
        self._transferor.session.accept_refer(self._refer, self._exchange.now())
        self._notify(481)
        return None

    def _accept(self) -> None:
        self._call.transfers += 1
        self._transferor.session.accept_refer(self._refer, self._exchange.now())
        self._exchange.flush()

    def _notify(self, status: int) -> None:
        """Tell the transferor, if still there, how the call it asked for is doing."""
        if self._transferor.ended is None:
            self._transferor.session.notify_refer(self._refer, status, now=self._exchange.now())
            self._exchange.flush()

    def _target_user(self) -> str:
        try:
            uri = NameAddr.parse(self._refer.refer_to).uri
        except SipParseError:
            try:
                uri = SipUri.parse(self._refer.refer_to)
            except SipParseError:
                return ""
        return uri.username

    # Blind

    async def _blind(self, user: str) -> ConversationEnd | None:
        remaining = self._conversation.other(self._transferor)
        if user in (self._transferor.extension, remaining.extension):
            return self._refused(403)
        if self._is_flow(user) and remaining is self._conversation.caller:
            return self._to_flow(user)
        steps = self._steps(user)
        if not steps:
            return self._refused(404)
        self._accept()
        self._advance(TransferInput.RING)
        self._call.note("transfer", kind="blind", by=self._transferor.extension, to=user)
        self._call.segment(SegmentKind.RING, self._transferor)
        if remaining.media is not None:
            self._exchange.media.unbridge(remaining.media.id)
        await self._conversation.play_loop(remaining, "ringback")
        outcome = AttemptOutcome.UNAVAILABLE
        for step in steps:
            result = await self._ring(step, remaining)
            if isinstance(result, ConversationEnd):
                return result
            if self._plan is not None:
                self._plan.attempted(step, result.outcome, self._call.at_ms, result.ring_ms)
                self._call.facts.explanation = self._plan.explanation()
            if result.leg is not None:
                return await self._completed(result.leg)
            outcome = result.outcome
        self._notify(_NOTIFY_STATUS.get(outcome, 503))
        self._call.note("transfer_failed", outcome=outcome.value)
        if self._transferor.ended is None:
            self._advance(TransferInput.NO_ANSWER)
            await self._conversation.arrange()
            return None
        return await self._return(remaining)

    def _is_flow(self, user: str) -> bool:
        """Tell whether a flow answers ``user``; one that answers all other numbers leaves our own people theirs."""
        flows, routes = self._conversation.flows, self._conversation.lines.routes
        number = self._exchange.normalise(user)
        reachable = routes.is_extension(user) or (number is not None and routes.may_dial(number))
        return flows.knows(user, exactly=reachable)

    def _to_flow(self, user: str) -> ConversationEnd:
        self._accept()
        self._advance(TransferInput.ANSWER)
        self._call.note("transfer", kind="blind", by=self._transferor.extension, to=user)
        self._notify(200)
        return ConversationEnd(flow=user)

    def _steps(self, user: str) -> tuple[DialStep, ...]:
        """Return what to ring for ``user``: an extension, a store's code, or a number the transferor may dial."""
        routes = self._conversation.lines.routes
        ring_s = self._exchange.settings.transfer_ring_s
        if routes.is_extension(user):
            target = DialTarget(TargetAddress.EXTENSION, user)
        elif (number := self._exchange.normalise(user)) is not None and routes.may_dial(number):
            target = DialTarget(TargetAddress.NUMBER, number)
        else:
            self._plan = self._conversation.planner.plan(DialRequest(TargetKind.STORE, user, ring_s))
            return self._plan.steps
        return (DialStep(name="transfer", targets=(target,), ring_s=ring_s),)

    async def _ring(self, step: DialStep, remaining: Leg) -> AttemptResult | ConversationEnd:
        """Ring ``step``, minding that either participant may hang up meanwhile."""
        conversation = self._conversation
        caller_id = CallerId(self._call.facts.from_number, self._call.facts.from_name)
        attempt = Attempt(
            self._exchange,
            conversation.lines.routes,
            conversation.lines.trunks,
            self._call,
            step,
            caller_id,
            on_ringing=lambda _leg, _has_media: self._notify(180),
        )
        ringing = create_task(attempt.run(), name=f"transfer:{self._call.id}")
        event: asyncio.Task[LegEvent] | None = None
        try:
            while True:
                event = create_task(conversation.inbox.get(), name=f"transfer-inbox:{self._call.id}")
                await asyncio.wait({ringing, event}, return_when=asyncio.FIRST_COMPLETED)
                if event.done() and (end := await self._meanwhile(event.result(), remaining)) is not None:
                    self._notify(487)
                    await cancel_and_wait(ringing)
                    if not ringing.cancelled() and (answered := ringing.result().leg) is not None:
                        await answered.close()  # Somebody picked up for a caller who is gone.
                    return end
                if ringing.done():
                    return ringing.result()
        finally:
            await cancel_and_wait(ringing, event)

    async def _meanwhile(self, event: LegEvent, remaining: Leg) -> ConversationEnd | None:
        """Take what happens while the target rings; return the conversation's end when there is nobody to connect."""
        match event:
            case LegEnded() if event.leg is remaining:
                if remaining is self._conversation.caller:
                    return ConversationEnd(caller_gone=event)
                return ConversationEnd(callee_gone=event)
            case LegTaken() if event.leg is remaining:
                return ConversationEnd()
            case LegRefers(leg=leg, refer=refer) if leg.ended is None:
                leg.session.reject_refer(refer, 491, self._exchange.now())  # One transfer at a time; the first wins.
                self._exchange.flush()
            case LegReplaced(successor=successor):
                await successor.close()
        return None

    async def _completed(self, successor: Leg) -> ConversationEnd | None:
        """Put ``successor`` in the transferor's place; the conversation goes on."""
        self._advance(TransferInput.ANSWER)
        self._notify(200)
        self._call.note("transfer_completed", peer=successor.peer)
        await self._conversation.replace(self._transferor, successor)
        return None

    async def _return(self, remaining: Leg) -> ConversationEnd | None:
        """Ring the transferor, who has hung up already, so that nobody is stranded."""
        self._advance(TransferInput.NO_ANSWER_TRANSFEROR_GONE)
        assert self._transferor.extension is not None
        step = DialStep(
            name="transferor",
            targets=(DialTarget(TargetAddress.EXTENSION, self._transferor.extension),),
            ring_s=self._exchange.settings.transferor_ring_s,
        )
        result = await self._ring(step, remaining)
        if isinstance(result, ConversationEnd):
            return result
        if result.leg is not None:
            return await self._completed(result.leg)
        self._advance(TransferInput.NO_ANSWER)
        ended = self._transferor.ended
        assert ended is not None
        if self._transferor is self._conversation.caller:
            return ConversationEnd(caller_gone=ended)
        return ConversationEnd(callee_gone=ended)

    # Attended

    async def _attended(self, wanted: Replaces) -> ConversationEnd | None:
        """Bring the transferor's other party over (RFC 5589 §7)."""
        session = self._exchange.endpoint.find_session(wanted.call_id, wanted.to_tag, wanted.from_tag)
        consult = session.data if session is not None else None
        if not isinstance(consult, Leg):
            return self._unknown()
        if consult.extension != self._transferor.extension or consult.call is self._call:
            return self._refused(403)
        other = consult.call.conversation
        if other is None:
            # The target still rings: the transfer goes on as a blind one to the same number.
            user = consult.call.facts.to_number or ""
            consult.hang_up(HangupCause.NORMAL_CLEARING)
            return await self._blind(user)
        target = other.other(consult)
        if target.state is not LegState.ANSWERED or target.moving:
            return self._refused(480)
        self._accept()
        self._call.note("transfer", kind="attended", by=self._transferor.extension, to=target.peer)
        if not await self._fetch(target):
            self._advance(TransferInput.RING)
            self._advance(TransferInput.NO_ANSWER)
            self._notify(503)
            self._call.note("transfer_failed", outcome="target_unavailable")
            if other.call.conversation is other:
                await other.arrange()
            return None
        other.call.note("transfer", kind="attended", by=consult.extension, to_call=self._call.id)
        target.join(self._call)
        other.take(target)
        return await self._completed(target)

    async def _fetch(self, target: Leg) -> bool:
        """Bring the target's media to this call, whatever its own call does meanwhile; False when it stays there."""
        theirs = target.call
        target.moving = True
        moved = False
        try:
            moved = await target.move_media(self._call)
        except MediaCapacityExceeded:
            log.error("no media port left", call_id=self._call.id)
        finally:
            target.moving = False
            if not moved and theirs.conversation is None:
                await target.close()  # Its own call ended and left it to us.
        return moved
