"""Reaching somebody for a conversation that goes on meanwhile: what comes of it is told to the conversation's inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from callcenter.calls.attempt import Attempt, CallerId, joint_outcome
from callcenter.calls.channel_results import CallEnded, QueueOutcome, QueueRequest
from callcenter.calls.consult_channel import ConsultChannel
from callcenter.calls.destination import Destination
from callcenter.calls.dialling import AttemptOutcome, DialStep
from callcenter.calls.leg import Leg
from callcenter.runtime.tasks import cancel_and_wait, create_task

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation
    from callcenter.calls.routes import Route


@dataclass(frozen=True, slots=True)
class RingingEvent:
    """Something came of a :class:`Ringing`."""

    ringing: Ringing


@dataclass(frozen=True, slots=True)
class TargetRang(RingingEvent):
    """A device of the target rings."""

    leg: Leg
    has_media: bool


@dataclass(frozen=True, slots=True)
class TargetAnswered(RingingEvent):
    """The target is there."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class TargetMissed(RingingEvent):
    """The target cannot be had; nothing rings any more."""

    outcome: AttemptOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RingingStyle:
    """How devices are rung."""

    caller_id: CallerId
    auto_answer: bool = False
    "Ask devices to answer by themselves (RFC 5373)."
    only: Callable[[Route], bool] | None = None
    "Leave out other devices."


class Ringing:
    """Rings a destination's steps one after the other, or waits in its queue, until somebody answers."""

    def __init__(self, conversation: Conversation, destination: Destination, style: RingingStyle) -> None:
        self.destination = destination
        self.rings: Leg | None = None
        "A device that rings."
        self.leg: Leg | None = None
        "Who answered."
        self.taken = False
        "The conversation has the one who answered."
        self._conversation = conversation
        self._style = style
        self._channel: ConsultChannel | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def entertains(self) -> bool:
        """Tell whether whoever asked for it hears a queue or a flow instead of ringback."""
        return self._channel is not None

    def start(self, listener: Leg | None = None) -> None:
        """Begin.

        :param listener: whoever waits in the queue, or goes through the flow, when the destination is one.
        """
        if self.destination.steps:
            work = self._ring()
        else:
            assert listener is not None
            self._channel = ConsultChannel(self._conversation, listener, self.answered)
            work = self._wait(self._channel)
        self._task = create_task(work, name=f"ring:{self._conversation.call.id}")

    async def stop(self) -> None:
        """Stop ringing; hang up on whoever answered and was not taken."""
        await cancel_and_wait(self._task)
        self.release()
        if self.leg is not None and not self.taken:
            await self.leg.close()

    def release(self) -> None:
        """Let a queue or flow know that the one it found is not its business any more."""
        if self._channel is not None:
            self._channel.release()

    def answered(self, leg: Leg) -> None:
        """Tell that ``leg`` answered."""
        self.leg = leg
        self._conversation.inbox.put_nowait(TargetAnswered(self, leg))

    def _rang(self, leg: Leg, has_media: bool) -> None:
        self.rings = leg
        self._conversation.inbox.put_nowait(TargetRang(self, leg, has_media))

    async def _ring(self) -> None:
        call = self._conversation.call
        plan = self.destination.plan
        outcomes: list[AttemptOutcome] = []
        for step in self.destination.steps:
            result = await self._attempt(step).run()
            if plan is not None:
                plan.attempted(step, result.outcome, call.at_ms, result.ring_ms)
                call.facts.explanation = plan.explanation()
            if result.leg is not None:
                self.answered(result.leg)
                return
            outcomes.append(result.outcome)
        self._missed(joint_outcome(outcomes))

    def _attempt(self, step: DialStep) -> Attempt:
        conversation = self._conversation
        attempt = Attempt(
            conversation.exchange,
            conversation.lines.routes,
            conversation.lines.trunks,
            conversation.call,
            replace(step, auto_answer=True) if self._style.auto_answer else step,
            self._style.caller_id,
            on_ringing=self._rang,
        )
        attempt.only = self._style.only
        return attempt

    async def _wait(self, channel: ConsultChannel) -> None:
        """Wait in the queue, or go through the flow, in the place of the one who may be transferred there."""
        conversation, destination = self._conversation, self.destination
        facts = conversation.call.facts
        flow = facts.flow_id, facts.flow_version
        try:
            if destination.queue is not None:
                request = QueueRequest(queue=destination.queue, language=facts.language)
                result = await conversation.lines.queues.wait(channel, request)
                if result.outcome is QueueOutcome.ANSWERED:
                    return
            elif destination.flow is not None:
                await conversation.flows.handle(conversation.call, channel, destination.flow)
        except CallEnded:
            pass
        finally:
            facts.flow_id, facts.flow_version = flow
        if self.leg is None:
            self._missed(AttemptOutcome.UNAVAILABLE)

    def _missed(self, outcome: AttemptOutcome) -> None:
        self._conversation.inbox.put_nowait(TargetMissed(self, outcome))
