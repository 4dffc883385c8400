"""An agent's own channel beside a conversation: it waits in a queue, or listens to a flow, while the others wait.

What queues and flows do through it concerns the agent alone: it writes no segments and none of the call's facts, and
whoever is reached becomes the one the agent consults, instead of the caller's partner.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from callcenter.calls.attempt import Attempt, CallerId, joint_outcome
from callcenter.calls.call_facts import QueuePlace
from callcenter.calls.cdr import SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import (
    DialOutcome,
    DialRequest,
    DialResult,
    FlowRecord,
    NodeEntered,
    QueueRequest,
    QueueResult,
    VoicemailOutcome,
    VoicemailRequest,
    VoicemailResult,
)
from callcenter.calls.dial_outcomes import OUTCOMES
from callcenter.calls.dialling import AttemptOutcome
from callcenter.calls.leg import Leg

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation


class ConsultChannel(Channel):
    """The consulting agent's leg as queues and flows see it.

    :param on_answer: told who was reached.
    """

    def __init__(self, conversation: Conversation, leg: Leg, on_answer: Callable[[Leg], None]) -> None:
        before = leg.listener
        super().__init__(conversation.exchange, conversation.call, leg, conversation.dial)
        self._before = before
        self._conversation = conversation
        self._on_answer = on_answer
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def release(self) -> None:
        """End what goes on through the channel: the consultation is over, or became a part of the call."""
        if not self._over.done():
            self._over.set_result(None)
            self.leg.on_play_finished = None
            if self.leg.listener == self._on_leg:
                self.leg.listener = self._before

    @property
    def place(self) -> QueuePlace | None:
        """Return None: the call's place in its queue is its customer's."""
        return None

    def segment(
        self, kind: SegmentKind, leg: Leg | None = None, *, node: str | None = None, store_id: str | None = None
    ) -> None:
        """Leave the call's segments alone: its customer goes through something else."""

    async def connect(self, leg: Leg) -> int:
        """Hand ``leg`` to the consultation, and return when that is over."""
        began = self._exchange.now()
        self._on_answer(leg)
        await self._over
        return int((self._exchange.now() - began) * 1000)

    async def wait_in_queue(self, request: QueueRequest) -> QueueResult:
        """Wait in another queue; the call keeps the place it had in its own."""
        self._check()
        return await self._conversation.lines.queues.wait(self, request)

    async def dial(self, request: DialRequest) -> DialResult:
        """Ring the target for the agent."""
        self._check()
        conversation = self._conversation
        plan = conversation.planner.plan(request)
        if not plan.steps:
            return DialResult(plan.refusal, explanation=plan.explanation())
        failed: list[AttemptOutcome] = []
        for step in plan.steps:
            attempt = Attempt(
                conversation.exchange,
                conversation.lines.routes,
                conversation.lines.trunks,
                conversation.call,
                step,
                CallerId(self.leg.extension, self.leg.remote_name),
                on_ringing=lambda _leg, _has_media: None,
            )
            result = await attempt.run()
            plan.attempted(step, result.outcome, self.call.at_ms, result.ring_ms)
            if result.leg is not None:
                talk_ms = await self.connect(result.leg)
                return DialResult(DialOutcome.ANSWERED, answered_by=result.leg.extension, talk_ms=talk_ms)
            failed.append(result.outcome)
        return DialResult(OUTCOMES[joint_outcome(failed)], explanation=plan.explanation())

    async def record_voicemail(self, request: VoicemailRequest) -> VoicemailResult:
        """Record nothing: the call has a customer, and this is not the one."""
        return VoicemailResult(VoicemailOutcome.FAILED)

    async def hangup(self, cause: str) -> None:
        """Let the flow end; nobody is hung up on."""

    def note(self, record: FlowRecord) -> None:
        """Tell the call's story, but none of its facts."""
        if isinstance(record, NodeEntered):
            self.call.note("consult_node_entered", flow=record.flow_id, node=record.node_id, name=record.node_name)

    def set_language(self, language: str) -> None:
        """Leave the customer's language alone."""

    def add_tag(self, tag: str, value: str) -> None:
        """Leave the call's tags alone."""
