"""Consulting: an agent talks to somebody else while the others wait, and then decides.

Complete: the one consulted takes the agent's place; while it still rings, it goes on ringing without the agent. Cancel:
back to the others. Swap: talk to those who wait, and let the one consulted wait. Join: make one conversation of both.
An agent who hangs up completes. A customer who hangs up meanwhile leaves the agent to the consultation.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from callcenter.base.fsm import TransitionTable
from callcenter.calls.arrangement import RINGBACK, Aside
from callcenter.calls.asking import ActionNotPossible
from callcenter.calls.destination import Destination
from callcenter.calls.dialling import AttemptOutcome
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded
from callcenter.calls.participant import Participant, ParticipantRole
from callcenter.calls.ringing import Ringing, RingingStyle
from callcenter.calls.transfer import BlindTransfer

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation


class ConsultState(Enum):
    """How far a consultation has come."""

    RINGING = auto()
    TALKING = auto()
    "Agent and target talk; the others wait."
    WAITING = auto()
    "The agent is back with the others; the target waits."
    JOINED = auto()
    COMPLETED = auto()
    ENDED = auto()


class ConsultInput(Enum):
    """What moves a consultation on."""

    ANSWER = auto()
    SWAP = auto()
    JOIN = auto()
    COMPLETE = auto()
    END = auto()


_S, _I = ConsultState, ConsultInput
CONSULT_TABLE = TransitionTable(
    "consultation",
    _S.RINGING,
    {
        (_S.RINGING, _I.ANSWER): _S.TALKING,
        (_S.RINGING, _I.COMPLETE): _S.COMPLETED,
        (_S.RINGING, _I.END): _S.ENDED,
        (_S.TALKING, _I.SWAP): _S.WAITING,
        (_S.TALKING, _I.JOIN): _S.JOINED,
        (_S.TALKING, _I.COMPLETE): _S.COMPLETED,
        (_S.TALKING, _I.END): _S.ENDED,
        (_S.WAITING, _I.SWAP): _S.TALKING,
        (_S.WAITING, _I.JOIN): _S.JOINED,
        (_S.WAITING, _I.COMPLETE): _S.COMPLETED,
        (_S.WAITING, _I.END): _S.ENDED,
    },
)


class Consult:
    """One consultation."""

    def __init__(self, conversation: Conversation, agent: Leg, destination: Destination) -> None:
        self.by = agent
        self.destination = destination
        self.ringing: Ringing | None = Ringing(
            conversation, destination, RingingStyle(caller_id=conversation.caller_id(agent))
        )
        self.target: Participant | None = None
        self._early: Leg | None = None
        self._conversation = conversation
        self._call = conversation.call
        self._state = CONSULT_TABLE.initial

    @property
    def state(self) -> ConsultState:
        """Return how far it has come."""
        return self._state

    def allows(self, event: ConsultInput) -> bool:
        """Tell whether this can be done now."""
        if not CONSULT_TABLE.allows(self._state, event):
            return False
        # Without anybody who waits there is nothing to swap with, to join or to hand over.
        return event in (ConsultInput.END, ConsultInput.ANSWER) or bool(self._conversation.others(self.by))

    def _advance(self, event: ConsultInput) -> None:
        if not self.allows(event):
            raise ActionNotPossible(f"this consultation cannot {event.name.lower()} now")
        self._state = CONSULT_TABLE.next(self._state, event)

    # Undertaking

    @property
    def rings(self) -> bool:
        """Music for those who wait."""
        return False

    @property
    def parting(self) -> Leg | None:
        """Return None."""
        return None

    def aside(self) -> Aside | None:
        """Return who talks beside those who wait."""
        agent = self._conversation.members.get(self.by)
        if agent is None:
            return None
        entertained = self.ringing is not None and self.ringing.entertains
        return Aside(
            agent,
            self.target,
            in_front=self._state is not ConsultState.WAITING,
            early=self._early if self.target is None else None,
            agent_hears=None if entertained else RINGBACK,
        )

    def entertains(self, leg: Leg) -> bool:
        """Leave the agent's keys to the queue or flow it is in."""
        return leg is self.by and self.target is None and self.ringing is not None and self.ringing.entertains

    async def begin(self) -> None:
        """Ring the target while the others hear music."""
        conversation = self._conversation
        self._call.note("consult", by=self.by.extension, to=self.destination.label)
        conversation.undertaking = self
        member = conversation.members[self.by]
        member.on_hold = False
        assert self.ringing is not None
        self.ringing.start(self.by)
        await conversation.arrange()

    async def rang(self, leg: Leg, has_media: bool) -> None:
        """Let the agent hear the far end's own announcement."""
        if has_media and self._early is not leg:
            self._early = leg
            await self._conversation.arrange()

    async def answered(self, leg: Leg) -> None:
        """Let the two talk."""
        conversation = self._conversation
        self._advance(ConsultInput.ANSWER)
        role = ParticipantRole.AGENT if leg.extension is not None else ParticipantRole.EXTERNAL
        self.target = Participant(leg, role, conversation.exchange.clock.utcnow())
        leg.listener = conversation.inbox.put_nowait
        leg.digits.clear()
        if leg.ended is not None:
            conversation.inbox.put_nowait(leg.ended)
        self._call.note("consult_answered", leg_id=leg.id, peer=leg.peer)
        await conversation.arrange()

    async def missed(self, outcome: AttemptOutcome) -> None:
        """Bring the agent back to the others."""
        self._advance(ConsultInput.END)
        self._call.note("consult_failed", outcome=outcome.value)
        await self._back()

    async def _back(self) -> None:
        conversation = self._conversation
        conversation.undertaking = None
        if self.ringing is not None:
            await self.ringing.stop()
        if conversation.over is not None:
            conversation.finish(conversation.over)
            return
        await conversation.arrange()

    async def cancel(self) -> None:
        """Drop the target and go back."""
        self._advance(ConsultInput.END)
        self._call.note("consult_cancelled", by=self.by.extension)
        target, self.target = self.target, None
        if target is not None:
            await self._conversation.let_go(target.leg)
        await self._back()

    async def swap(self) -> None:
        """Go to those who wait, or back."""
        self._advance(ConsultInput.SWAP)
        self._call.note("consult_swapped", by=self.by.extension, with_target=self._state is ConsultState.TALKING)
        await self._conversation.arrange()

    async def join(self) -> None:
        """Make one conversation of both."""
        self._advance(ConsultInput.JOIN)
        conversation = self._conversation
        target, self.target = self.target, None
        assert target is not None
        conversation.undertaking = None
        self._hand_over()
        conversation.join(target.leg)
        self._call.note("consult_joined", by=self.by.extension, leg_id=target.leg.id)
        await conversation.arrange()

    async def complete(self) -> None:
        """Let the target take the agent's place, now or when it answers."""
        conversation, by = self._conversation, self.by
        if self._call.transfers >= conversation.exchange.settings.max_transfers:
            raise ActionNotPossible("this call was transferred too often")
        self._advance(ConsultInput.COMPLETE)
        conversation.undertaking = None
        target, self.target = self.target, None
        if target is not None:
            self._call.transfers += 1
            self._call.note("transfer", kind="attended", by=by.extension, to=target.leg.peer)
            self._call.note("transfer_completed", peer=target.leg.peer)
            self._hand_over()
            await conversation.replace(by, target.leg)
            return
        ringing = self.ringing
        if ringing is not None and ringing.entertains:
            await ringing.stop()
            ringing = None
        await BlindTransfer(conversation, by, self.destination, ringing=ringing).begin()

    def _hand_over(self) -> None:
        if self.ringing is not None:
            self.ringing.release()

    async def left(self, event: LegEnded) -> bool:
        """Take note that somebody is gone: each of the three means something else."""
        conversation = self._conversation
        if self.target is not None and event.leg is self.target.leg:
            self._advance(ConsultInput.END)
            self._call.note("consult_ended", leg_id=event.leg.id, peer=event.leg.peer)
            self.target = None
            await self._back()
            return True
        if event.leg is self.by:
            if not conversation.members or not self.may_complete:
                return False
            await self.complete()
            return True
        if conversation.others(self.by):
            return False
        self._call.note("customer_left", leg_id=event.leg.id)
        conversation.over = conversation.parted(event)
        if self._state is ConsultState.WAITING:
            self._state = CONSULT_TABLE.next(self._state, ConsultInput.SWAP)
        await conversation.arrange()
        return True

    @property
    def may_complete(self) -> bool:
        """Tell whether another transfer is allowed."""
        return self._call.transfers < self._conversation.exchange.settings.max_transfers

    async def stop(self) -> None:
        """Hang up on the target; the conversation is over."""
        if self.ringing is not None:
            await self.ringing.stop()
        target, self.target = self.target, None
        if target is not None:
            await target.leg.close()
