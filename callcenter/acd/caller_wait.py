"""One caller's wait: sounds, keys, agents being rung, and the way out.

Everything that happens meanwhile comes as a signal into one inbox, so that the caller's own task decides one thing
after the other; ringing and listening for keys are tasks of their own that end with the wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from callcenter.acd.ask_callback import AskCallback
from callcenter.acd.entry import QueueEntry
from callcenter.acd.floor import Floor
from callcenter.acd.hold_sounds import HoldSounds
from callcenter.acd.queue import Queue, plain_phone_id
from callcenter.acd.records import OfferOutcome, VisitOutcome
from callcenter.acd.sayings import Sayings
from callcenter.calls.attempt import Attempt, AttemptResult, CallerId
from callcenter.calls.cdr import Direction, HangupCause, Outcome, SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import CallEnded, QueueOutcome, QueueRequest, QueueResult
from callcenter.calls.dialling import AttemptOutcome, DialStep, DialTarget, TargetAddress
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.routes import Routes
from callcenter.calls.trunks import Trunks
from callcenter.runtime.tasks import cancel_and_wait, create_task

LISTEN_S = 3600.0

OFFER_OUTCOMES = {
    AttemptOutcome.ANSWERED: OfferOutcome.ANSWERED,
    AttemptOutcome.NO_ANSWER: OfferOutcome.NO_ANSWER,
    AttemptOutcome.BUSY: OfferOutcome.BUSY,
    AttemptOutcome.REJECTED: OfferOutcome.REJECTED,
    AttemptOutcome.UNAVAILABLE: OfferOutcome.UNREACHABLE,
    AttemptOutcome.FAILED: OfferOutcome.UNREACHABLE,
    AttemptOutcome.ELSEWHERE: OfferOutcome.LOST_RACE,
    AttemptOutcome.LEFT: OfferOutcome.CALLER_LEFT,
    AttemptOutcome.ABANDONED: OfferOutcome.CALLER_LEFT,
}
_RESULTS = {
    VisitOutcome.FULL: QueueOutcome.FULL,
    VisitOutcome.JOIN_EMPTY: QueueOutcome.JOIN_EMPTY,
    VisitOutcome.LEAVE_EMPTY: QueueOutcome.LEAVE_EMPTY,
    VisitOutcome.CLOSED: QueueOutcome.CLOSED,
    VisitOutcome.MAX_WAIT: QueueOutcome.MAX_WAIT,
    VisitOutcome.KEY: QueueOutcome.KEY,
    VisitOutcome.CALLBACK: QueueOutcome.CALLBACK,
}


@dataclass(frozen=True, slots=True)
class RingNow:
    """Ring these agents."""

    agent_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgentTaken:
    """This agent is not to be rung any more."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class QueueChangedTo:
    """The caller waits in another queue now."""


@dataclass(frozen=True, slots=True)
class MustGo:
    """The queue lets the caller go."""

    outcome: VisitOutcome


@dataclass(frozen=True, slots=True)
class _RingOver:
    step: DialStep
    result: AttemptResult


@dataclass(frozen=True, slots=True)
class _KeyPressed:
    key: str


WaitSignal = RingNow | AgentTaken | QueueChangedTo | MustGo | _RingOver | _KeyPressed


@dataclass(frozen=True, slots=True)
class WaitLines:
    """What a wait works with."""

    exchange: Exchange
    routes: Routes
    trunks: Trunks
    floor: Floor
    sayings: Sayings


class CallerWait:
    """The wait of one caller, who is in the queue already.

    :param request_callback: notes a call-back for the number given, in place of the caller, and returns its id.
    :param changed: to be called after the floor was told something.
    """

    def __init__(
        self,
        lines: WaitLines,
        channel: Channel,
        entry: QueueEntry,
        *,
        request_callback: Callable[[QueueEntry, str], str],
        changed: Callable[[], None],
    ) -> None:
        self.entry = entry
        self.ringing: asyncio.Task[None] | None = None
        self.on_answered: Callable[[str | None], None] = _nobody
        "Told who answered, before they talk."
        self._lines = lines
        self._queue = lines.floor.queues[entry.queue_id].queue
        self._channel = channel
        self._call = channel.call
        self._request_callback = request_callback
        self._changed = changed
        self._inbox: asyncio.Queue[WaitSignal] = asyncio.Queue()
        self._rung: set[str] = set()
        "Agents whose phones ring."
        self._step: DialStep | None = None
        "What is being rung."
        self._winner: Leg | None = None
        "Who answered and is not connected yet."
        self._wants_callback = False
        self._listening: asyncio.Task[None] | None = None
        self._sounds = HoldSounds(
            lines.exchange, channel, lines.floor, entry, lines.sayings, lambda: self.ringing is not None
        )

    @property
    def queue(self) -> Queue:
        """Return the queue the caller is in, as it was last when it has been removed meanwhile."""
        live = self._lines.floor.queues.get(self.entry.queue_id)
        if live is not None:
            self._queue = live.queue
        return self._queue

    def signal(self, signal: WaitSignal) -> None:
        """Tell the caller's task."""
        self._inbox.put_nowait(signal)

    def look(self) -> None:
        """Take note that places have changed."""
        self._sounds.look()

    async def run(self) -> QueueResult:
        """Wait, talk, and return how it went.

        :raises CallEnded: when the caller is gone.
        """
        self._note_queue()
        self._sounds.start()
        self._listening = create_task(self._listen(), name=f"queue-keys:{self._call.id}")
        try:
            while True:
                result = await self._on(await self._inbox.get())
                if result is not None:
                    return result
        finally:
            await self._clear_up()

    async def _on(self, signal: WaitSignal) -> QueueResult | None:
        match signal:
            case RingNow(agent_ids=agent_ids) if self._winner is None:  # Else somebody answered in this very moment.
                self._ring(agent_ids)
            case _RingOver(step=step, result=result):
                return await self._ring_over(result) if step is self._step else None
            case AgentTaken(agent_id=agent_id):
                self._rung.discard(agent_id)
                if not self._rung and self.ringing is not None and not self.ringing.done():
                    await self._stop_ringing()
            case QueueChangedTo():
                self._note_queue()
                await self._sounds.restart()
            case MustGo(outcome=outcome):
                return self._result(_RESULTS.get(outcome, QueueOutcome.FAILED))
            case _KeyPressed(key=key):
                return await self._on_key(key)
        return None

    # Keys

    async def _listen(self) -> None:
        try:
            while True:
                digit = await self._channel.next_digit(LISTEN_S)
                if digit is not None:
                    self._inbox.put_nowait(_KeyPressed(digit.key))
        except CallEnded:
            return

    async def _on_key(self, key: str) -> QueueResult | None:
        if self._winner is not None:
            return None
        if self._sounds.callback_offered and key == self.queue.settings.callback.key:
            if not self.entry.offered_to:
                return await self._ask_callback()
            self._wants_callback = True
        elif key in self.entry.exit_keys:
            await self._stop_ringing()
            if self._winner is None:
                self._leave(VisitOutcome.KEY)
                return self._result(QueueOutcome.KEY, key=key)
        return None

    async def _ask_callback(self) -> QueueResult | None:
        """Ask for the number; meanwhile the caller keeps the place and no agent is rung."""
        self._wants_callback = False
        self.entry.held_until = float("inf")
        await cancel_and_wait(self._listening)
        await self._sounds.stop()
        ask = AskCallback(
            self._lines.exchange, self._lines.routes, self._channel, self._lines.sayings, self.entry.language
        )
        number = await ask.number(self.entry.number)
        self.entry.held_until = 0.0
        if number is not None and self._lines.floor.entries.get(self.entry.id) is self.entry:
            self._leave(VisitOutcome.CALLBACK)
            callback_id = self._request_callback(self.entry, number)
            self._call.note("callback_requested", callback_id=callback_id, queue=self.queue.code)
            await ask.promise()
            return self._result(QueueOutcome.CALLBACK, callback_id=callback_id)
        self._listening = create_task(self._listen(), name=f"queue-keys:{self._call.id}")
        self._sounds.start()
        self._changed()
        return None

    # Ringing

    def _ring(self, agent_ids: tuple[str, ...]) -> None:
        agents = [self._lines.floor.agents[agent_id] for agent_id in agent_ids]
        numbers = [agent.profile.extension for agent in agents if agent.profile.extension is not None]
        self._rung = set(agent_ids)
        step = DialStep(
            name="queue",
            targets=tuple(DialTarget(TargetAddress.EXTENSION, number) for number in numbers),
            ring_s=self.queue.settings.ring_s,
            store_id=self.queue.store_id,
        )
        self._call.note("queue_offer", queue=self.queue.code, agents=list(agent_ids), extensions=numbers)
        self._channel.segment(SegmentKind.RING, store_id=self.queue.store_id)
        self._step = step
        self.ringing = create_task(self._run_attempt(step), name=f"queue-offer:{self._call.id}")

    async def _run_attempt(self, step: DialStep) -> None:
        lines, facts = self._lines, self._call.facts
        alone = len(step.targets) == 1

        def on_ringing(leg: Leg, _has_media: bool) -> None:
            if alone:
                self._channel.segment(SegmentKind.RING, leg)

        attempt = Attempt(
            lines.exchange,
            lines.routes,
            lines.trunks,
            self._call,
            step,
            CallerId(self.entry.number, facts.from_name),
            on_ringing=on_ringing,
        )
        result = await attempt.run()
        self._winner = result.leg
        self._inbox.put_nowait(_RingOver(step, result))

    async def _stop_ringing(self) -> None:
        """Stop what rings; somebody who answered in this very moment stays the winner."""
        await cancel_and_wait(self.ringing)
        if self._winner is None:
            self._ring_ended()

    def _ring_ended(self) -> None:
        self.ringing = self._step = None
        rung, self._rung = self._rung, set()
        self._channel.segment(SegmentKind.QUEUE, store_id=self.queue.store_id)
        for agent_id in rung:  # Others may be offered the caller already; their turn comes with the next signal.
            self._lines.floor.offer_ended(self.entry.id, agent_id, OfferOutcome.CALLER_LEFT, self._lines.exchange.now())
        self._sounds.look()
        self._changed()

    async def _ring_over(self, result: AttemptResult) -> QueueResult | None:
        floor, now = self._lines.floor, self._lines.exchange.now()
        if result.leg is not None:
            return await self._connect(result.leg)
        by_extension = {
            floor.agents[agent_id].profile.extension: agent_id for agent_id in self._rung if agent_id in floor.agents
        }
        for target, outcome in result.outcomes.items():
            agent_id = by_extension.get(target.address)
            if agent_id is not None:
                floor.offer_ended(self.entry.id, agent_id, OFFER_OUTCOMES[outcome], now)
        for agent_id in self._rung:
            floor.offer_ended(self.entry.id, agent_id, OFFER_OUTCOMES[result.outcome], now)
        self._call.note("queue_offer_failed", outcome=result.outcome.value)
        self._ring_ended()
        return await self._ask_callback() if self._wants_callback else None

    async def _connect(self, leg: Leg) -> QueueResult:
        floor, now = self._lines.floor, self._lines.exchange.now()
        agent_id = agent_of(leg)
        queue = self.queue
        floor.answered(self.entry.id, agent_id, self._call.id, now)
        self.on_answered(agent_id)
        self._changed()
        waited_ms = self._waited_ms()
        self._call.note("queue_answered", queue=queue.code, agent_id=agent_id, waited_ms=waited_ms)
        await cancel_and_wait(self._listening)
        await self._sounds.stop()
        self._winner = None
        talk_ms = await self._channel.connect(leg)
        return QueueResult(
            outcome=QueueOutcome.ANSWERED,
            queue=queue.code,
            waited_ms=waited_ms,
            talk_ms=talk_ms,
            answered_by=leg.extension,
            agent_id=leg.agent_id,
        )

    # The way out

    def _leave(self, outcome: VisitOutcome) -> None:
        self._lines.floor.leave(self.entry.id, outcome, self._lines.exchange.now())
        self._changed()

    def _waited_ms(self) -> int:
        return round(self.entry.waited(self._lines.exchange.now()) * 1000)

    def _result(self, outcome: QueueOutcome, *, key: str | None = None, callback_id: str | None = None) -> QueueResult:
        live = self._lines.floor.queues.get(self.entry.queue_id)
        if outcome not in (QueueOutcome.KEY, QueueOutcome.CALLBACK):
            self._call.missed = Outcome.NO_ANSWER
        self._call.note("queue_left", outcome=outcome.value, waited_ms=self._waited_ms(), key=key)
        return QueueResult(
            outcome=outcome,
            queue=live.queue.code if live is not None else "",
            waited_ms=self._waited_ms(),
            key=key,
            callback_id=callback_id,
        )

    def _note_queue(self) -> None:
        queue = self.queue
        place = self._channel.place
        if place is not None:
            place.id, place.name = queue.id, queue.name
        self._call.note(
            "queue_joined",
            queue=queue.code,
            name=queue.name,
            position=self.entry.position_at_entry,
            waited_ms=self._waited_ms(),
            estimated_wait_s=self.entry.first_estimate,
        )
        self._channel.segment(SegmentKind.QUEUE, store_id=queue.store_id)

    async def _clear_up(self) -> None:
        await cancel_and_wait(self._listening, self.ringing)
        self.ringing = None
        await self._sounds.stop()
        if self._winner is not None:
            self._winner.hang_up(HangupCause.ORIGINATOR_CANCEL)
            await self._winner.close()
        if self.entry.id in self._lines.floor.entries:
            self._leave(VisitOutcome.ABANDONED)


def place_of(channel: Channel, request: QueueRequest, entry_id: str, now: float) -> QueueEntry:
    """Return the place that somebody who comes into a queue asks for."""
    call = channel.call
    since_ms = call.at_ms if request.waiting_since_ms is None else request.waiting_since_ms
    number = call.facts.from_number if call.direction is not Direction.OUTBOUND else call.facts.to_number
    customer = call.facts.customer
    return QueueEntry(
        id=entry_id,
        queue_id=request.queue,
        arrived=now - (call.at_ms - since_ms) / 1000,
        entered=now,
        call_id=call.id,
        number=number,
        customer_name=(customer.name if customer is not None else "") or call.facts.from_name or None,
        asked_priority=request.priority,
        asked_skills=request.skills,
        preferred_agents=request.preferred_agents,
        language=request.language,
        exit_keys=request.exit_keys,
    )


def agent_of(leg: Leg) -> str | None:
    """Return the agent a leg belongs to: its user, else the phone itself when it is one of ours."""
    if leg.agent_id is not None:
        return leg.agent_id
    return plain_phone_id(leg.extension) if leg.extension is not None else None


def _nobody(_agent_id: str | None) -> None:
    """Tell nobody."""
