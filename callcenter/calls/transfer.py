"""Transfers (RFC 3515, RFC 3891, RFC 5589): a participant hands the others to somebody else.

Blind: the target is rung while whoever remains hears ringback. When it does not answer, the remaining one goes back to
the transferor; a transferor who is gone is rung again, and when that fails too, the remaining one goes back to the
queue they came from. Attended by REFER: the transferor talks to the target already in a call of their own; that target
comes over. We own every leg, so a transfer sends nobody a REFER: it re-arranges our side.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from callcenter.base.fsm import TransitionTable
from callcenter.calls.asking import ActionNotPossible
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import HangupCause
from callcenter.calls.channel_results import QueueRequest
from callcenter.calls.destination import Destination
from callcenter.calls.dialling import AttemptOutcome
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded
from callcenter.calls.parting import ConversationEnd
from callcenter.calls.ringing import Ringing, RingingStyle

if TYPE_CHECKING:
    from callcenter.calls.arrangement import Aside
    from callcenter.calls.conversation import Conversation
    from callcenter.calls.referral import Referral


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
    "Not answered, and the transferor is still there, or was rung back in vain."
    NO_ANSWER_TRANSFEROR_GONE = auto()
    RING_AGAIN = auto()


TRANSFER_TABLE = TransitionTable(
    "transfer",
    TransferState.REQUESTED,
    {
        (TransferState.REQUESTED, TransferInput.RING): TransferState.RINGING,
        (TransferState.REQUESTED, TransferInput.ANSWER): TransferState.COMPLETED,
        (TransferState.RINGING, TransferInput.ANSWER): TransferState.COMPLETED,
        (TransferState.RINGING, TransferInput.NO_ANSWER): TransferState.FAILED,
        (TransferState.RINGING, TransferInput.NO_ANSWER_TRANSFEROR_GONE): TransferState.RETURNING,
        (TransferState.RETURNING, TransferInput.RING_AGAIN): TransferState.RETURNING,
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


@dataclass(frozen=True, slots=True)
class RingAgain:
    """It is time to ring the transferor once more."""

    transfer: BlindTransfer


class BlindTransfer:
    """A target is rung for whoever the transferor left behind.

    :param referral: the REFER that asked for it, when a phone did.
    :param ringing: what rings already, when a consultation becomes a transfer.
    """

    def __init__(
        self,
        conversation: Conversation,
        transferor: Leg,
        destination: Destination,
        *,
        referral: Referral | None = None,
        ringing: Ringing | None = None,
    ) -> None:
        self.by = transferor
        self.destination = destination
        self.ringing = ringing
        self._conversation = conversation
        self._call = conversation.call
        self._referral = referral
        self._returns = 0
        "How often the transferor was rung back."
        self._timer: asyncio.TimerHandle | None = None
        self._state = TRANSFER_TABLE.initial

    def _advance(self, event: TransferInput) -> None:
        self._state = TRANSFER_TABLE.next(self._state, event)

    def _notify(self, status: int) -> None:
        if self._referral is not None:
            self._referral.notify(status)

    # Undertaking

    @property
    def rings(self) -> bool:
        """Ringback for whoever waits."""
        return True

    @property
    def parting(self) -> Leg | None:
        """Return the transferor."""
        return self.by

    def aside(self) -> Aside | None:
        """Return None."""
        return None

    def entertains(self, leg: Leg) -> bool:
        """Entertain nobody."""
        return False

    async def begin(self) -> None:
        """Let the transferor go, unless a phone's REFER waits for news, and ring the target."""
        conversation, destination = self._conversation, self.destination
        self._call.transfers += 1
        self._call.note("transfer", kind="blind", by=self.by.extension, to=destination.label)
        remaining = conversation.others(self.by)
        if destination.flow is not None or destination.queue is not None:
            self._advance(TransferInput.ANSWER)
            self._notify(200)
            conversation.finish(self._elsewhere(remaining[0]))
            return
        self._advance(TransferInput.RING)
        conversation.undertaking = self
        if self.ringing is None:
            style = RingingStyle(caller_id=conversation.caller_id(remaining[0]))
            self.ringing = Ringing(conversation, destination, style)
            self.ringing.start()
        if self._referral is None and self.by in conversation.members:
            await conversation.let_go(self.by)
        await conversation.arrange()

    def _elsewhere(self, remaining: Leg) -> ConversationEnd:
        """Return the end of a conversation whose remaining member goes on in a flow or queue."""
        destination, facts = self.destination, self._call.facts
        if destination.flow is not None:
            return ConversationEnd(remaining=remaining, flow=destination.flow)
        assert destination.queue is not None
        return ConversationEnd(
            remaining=remaining,
            queue=QueueRequest(queue=destination.queue, language=facts.language),
            transferor=self.by.extension,
        )

    async def rang(self, leg: Leg, has_media: bool) -> None:
        """Tell the phone that asked."""
        if self._state is TransferState.RINGING:
            self._notify(180)

    async def answered(self, leg: Leg) -> None:
        """Put ``leg`` in the transferor's place; the conversation goes on."""
        self._advance(TransferInput.ANSWER)
        self._notify(200)
        self._call.note("transfer_completed", peer=leg.peer)
        self._conversation.undertaking = None
        await self._conversation.replace(self.by, leg)

    async def missed(self, outcome: AttemptOutcome) -> None:
        """Give whoever remains back: to the transferor, or to the queue they came from."""
        conversation = self._conversation
        if self._state is TransferState.RETURNING:
            self._rang_back_in_vain()
            return
        self._notify(_NOTIFY_STATUS.get(outcome, 503))
        self._call.note("transfer_failed", outcome=outcome.value)
        if self.by in conversation.members or len(conversation.members) > 1:
            self._advance(TransferInput.NO_ANSWER)
            conversation.undertaking = None
            await conversation.arrange()
            return
        self._advance(TransferInput.NO_ANSWER_TRANSFEROR_GONE)
        self._ring_back()

    def _ring_back(self) -> None:
        """Ring the transferor, who has hung up already, so that nobody is stranded."""
        conversation = self._conversation
        assert self.by.extension is not None
        self._returns += 1
        target = CallTarget(CallTargetKind.EXTENSION, self.by.extension)
        destination = self._conversation.dial.destinations.find(
            target, conversation.exchange.settings.transferor_ring_s
        )
        if destination is None:
            self._rang_back_in_vain()
            return
        remaining = next(iter(conversation.members))
        self.ringing = Ringing(conversation, destination, RingingStyle(caller_id=conversation.caller_id(remaining)))
        self._call.note("transferor_rung", by=self.by.extension, time=self._returns)
        self.ringing.start()

    def _rang_back_in_vain(self) -> None:
        conversation = self._conversation
        settings = conversation.exchange.settings
        if self._returns < settings.transferor_rings:
            self._timer = asyncio.get_running_loop().call_later(
                settings.transferor_pause_s, conversation.inbox.put_nowait, RingAgain(self)
            )
            return
        self._advance(TransferInput.NO_ANSWER)
        conversation.undertaking = None
        remaining = next(iter(conversation.members))
        back = conversation.dial.back_to_queue(self._call)
        ended = self.by.ended or LegEnded(self.by, HangupCause.NORMAL_CLEARING, self.by.side, 200)
        if back is not None:
            conversation.finish(ConversationEnd(remaining=remaining, queue=back))
        elif self.by is conversation.caller:
            conversation.finish(ConversationEnd(caller_gone=ended))
        else:
            conversation.finish(ConversationEnd(callee_gone=ended))

    def ring_again(self) -> None:
        """Ring the transferor once more."""
        self._advance(TransferInput.RING_AGAIN)
        self._ring_back()

    async def left(self, event: LegEnded) -> bool:
        """Go on while anybody remains whom the target could talk to."""
        conversation = self._conversation
        if not conversation.others(self.by):
            is_caller = event.leg is conversation.caller
            conversation.finish(ConversationEnd(caller_gone=event) if is_caller else ConversationEnd(callee_gone=event))
        await conversation.arrange()
        return True

    async def stop(self) -> None:
        """Stop ringing; nobody is left to be connected."""
        if self._timer is not None:
            self._timer.cancel()
        if self._state is TransferState.RINGING:
            self._notify(487)
        if self.ringing is not None:
            await self.ringing.stop()


def check_transfer(conversation: Conversation, by: Leg, destination: Destination) -> None:
    """Refuse transfers to oneself, to somebody who is there already, and too many of them.

    :raises ActionNotPossible: when it may not be.
    """
    if conversation.call.transfers >= conversation.exchange.settings.max_transfers:
        raise ActionNotPossible("this call was transferred too often")
    present = {member.extension for member in conversation.members} | {by.extension}
    if destination.extensions & present:
        raise ActionNotPossible("the target is in this call already")
    if not conversation.others(by):
        raise ActionNotPossible("there is nobody to transfer")
    if (destination.flow or destination.queue) and len(conversation.others(by)) > 1:
        raise ActionNotPossible("a conference cannot be transferred to a queue or flow")
