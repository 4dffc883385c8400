"""Carries call-backs out: keeps their places on the floor, dials when it is their turn, and notes what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from callcenter.acd.callback import Callback, CallbackPlace, CallbackState
from callcenter.acd.callback_book import CallbackBook, held_until
from callcenter.acd.entry import QueueEntry
from callcenter.acd.errors import InvalidCallbackNumber
from callcenter.acd.floor import Floor
from callcenter.acd.live_queue import LiveQueue
from callcenter.acd.matching import Match
from callcenter.acd.moments import Moments
from callcenter.acd.ports import CallbackStore
from callcenter.acd.queue import CallbackMode
from callcenter.acd.records import OfferOutcome, VisitOutcome
from callcenter.base.errors import CallcenterError
from callcenter.calls.call import Call
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.channel_results import QueueRequest
from callcenter.calls.exchange import Exchange
from callcenter.calls.originate import OriginateOutcome, OriginateRequest, OriginateResult
from callcenter.runtime.tasks import cancel_and_wait, create_task

log = structlog.get_logger(__name__)

PAUSE_S = 60.0
"Before a call-back is tried again whose agent hung up, or that could not even begin."

_AGENT_OUTCOMES = {
    OriginateOutcome.AGENT_NO_ANSWER: OfferOutcome.NO_ANSWER,
    OriginateOutcome.AGENT_REJECTED: OfferOutcome.REJECTED,
    OriginateOutcome.AGENT_UNAVAILABLE: OfferOutcome.UNREACHABLE,
    OriginateOutcome.AGENT_LEFT: OfferOutcome.REJECTED,
}


class CallbackLine(Protocol):
    """Places the calls; :class:`callcenter.calls.originate.Originate` does."""

    async def agent_first(self, request: OriginateRequest) -> OriginateResult:
        """Ring the agent, then the customer; return when the call is over."""
        ...

    async def customer_first(self, number: str, queue: QueueRequest, request: OriginateRequest) -> OriginateResult:
        """Ring the customer, who then waits in the queue; return when the call is over."""
        ...


@dataclass(slots=True)
class _Dial:
    callback_id: str
    entry: QueueEntry
    agent_id: str | None
    task: asyncio.Task[None] | None = None
    call_id: str | None = None


class CallbackDesk:
    """The call-backs of all queues.

    :param changed: to be called after the floor was told something.
    """

    def __init__(self, exchange: Exchange, floor: Floor, store: CallbackStore, changed: Callable[[], None]) -> None:
        self.line: CallbackLine | None = None
        "None: nothing is dialled yet, places are kept."
        self.book = CallbackBook()
        self._exchange = exchange
        self._floor = floor
        self._store = store
        self._changed = changed
        self._dials: dict[str, _Dial] = {}
        "Under way, by call-back."

    @property
    def dialled_entries(self) -> set[str]:
        """Return the places for which somebody is being rung."""
        return {dial.entry.id for dial in self._dials.values()}

    async def restore(self) -> None:
        """Take back what the last run left."""
        self.book = CallbackBook(await self._store.open())
        for callback in self.book.open():
            self._place(callback)

    async def stop(self) -> None:
        """Stop dialling; the open call-backs are there again after the next start."""
        await cancel_and_wait(*(dial.task for dial in self._dials.values()))

    # Requests

    def request(
        self,
        live: LiveQueue,
        number: str,
        *,
        entry: QueueEntry | None = None,
        customer_name: str = "",
        note: str = "",
        language: str = "vi",
        call_id: str | None = None,
        place: CallbackPlace | None = None,
    ) -> Callback:
        """Note a call-back; it gets the place of ``entry``, who has left the queue for it, else ``place`` or a new one.

        :raises InvalidCallbackNumber: when nothing can be called there.
        """
        canonical = self._exchange.normalise(number) or (number if number.isdecimal() else None)
        if canonical is None:
            raise InvalidCallbackNumber(number)
        moments = Moments.read(self._exchange.clock)
        settings = live.queue.settings.callback
        if entry is not None:
            arrived_at = moments.to_utc(entry.arrived)
            place = CallbackPlace(arrived_at=arrived_at, priority=entry.asked_priority, skills=entry.asked_skills)
        elif place is None:
            place = CallbackPlace(arrived_at=moments.utc)
        callback = self.book.request(
            Callback(
                id=self._exchange.new_id(),
                queue_id=live.queue.id,
                number=canonical,
                arrived_at=place.arrived_at,
                requested_at=moments.utc,
                expires_at=moments.utc + timedelta(seconds=settings.expire_s),
                mode=settings.mode,
                priority=place.priority,
                skills=dict(place.skills),
                preferred_agents=entry.preferred_agents if entry is not None else (),
                call_id=call_id,
                customer_name=customer_name,
                note=note,
                language=language,
            )
        )
        self._keep(callback)
        return callback

    def cancel(self, callback_id: str) -> Callback:
        """Call one off, also while it is dialled.

        :raises callcenter.acd.errors.UnknownCallback: when it is not open.
        """
        callback = self.book.cancel(callback_id, self._exchange.clock.utcnow())
        self._close(callback, VisitOutcome.CANCELLED)
        return callback

    def of_caller(self, queue_id: str, number: str | None) -> Callback | None:
        """Return the open call-back of a customer who rings in."""
        return self.book.find(queue_id, number) if number is not None else None

    def ring_in(self, callback_id: str) -> None:
        """Close the call-back of a customer who rang in and has taken its place."""
        callback = self.book.ring_in(callback_id, self._exchange.clock.utcnow())
        self._close(callback, VisitOutcome.CANCELLED)

    def customer_waits(self, callback_id: str) -> Callback | None:
        """Take note that the customer was rung first and waits now: the call has the place. None when it is closed."""
        dial = self._dials.get(callback_id)
        if dial is None:
            return None
        self._floor.leave(dial.entry.id, VisitOutcome.CALLBACK, self._exchange.now())
        return self.book.get(callback_id)

    def agent_taken(self, entry_id: str) -> None:
        """Stop ringing an agent who is not to be rung any more."""
        dial = self._dials.get(entry_id)
        if dial is not None and dial.task is not None and dial.call_id is None:
            dial.task.cancel()

    # Turns

    def tick(self) -> None:
        """Let go of what is too late, and hold what must not be dialled now."""
        moments = Moments.read(self._exchange.clock)
        for callback in self.book.expired(moments.utc):
            self._close(self.book.expire(callback.id, moments.utc), VisitOutcome.EXPIRED)
        for callback in self.book.open():
            live = self._floor.queues.get(callback.queue_id)
            if live is None or callback.state is not CallbackState.PENDING:
                continue
            if callback.id not in self._floor.entries:
                self._place(callback)  # Its queue was away.
            entry = self._floor.entries[callback.id]
            if live.closed and live.queue.settings.callback.expire_at_close:
                self._close(self.book.expire(callback.id, moments.utc), VisitOutcome.EXPIRED)
                continue
            held = held_until(callback, live.queue, moments.utc)
            if self.line is None:
                entry.held_until = moments.monotonic + PAUSE_S
            else:
                entry.held_until = moments.to_monotonic(held) if held is not None else 0.0

    def dial(self, match: Match) -> None:
        """Carry out the turn of a call-back."""
        entry = self._floor.entries[match.entry_id]
        callback_id = entry.callback_id or ""
        self._save(self.book.dial(callback_id))
        entry.dialling = True
        dial = _Dial(callback_id, entry, match.agent_ids[0] if match.agent_ids else None)
        self._dials[callback_id] = dial
        dial.task = create_task(self._run(dial), name=f"callback:{callback_id}")

    async def _run(self, dial: _Dial) -> None:
        result = None
        try:
            result = await self._call(dial)
        except CallcenterError as error:
            log.warning("call-back could not be dialled", callback_id=dial.callback_id, error=str(error))
        finally:
            if self._dials.get(dial.callback_id) is dial:
                del self._dials[dial.callback_id]
            self._over(dial, result)
            self._changed()

    async def _call(self, dial: _Dial) -> OriginateResult:
        assert self.line is not None
        callback = self.book.get(dial.callback_id)
        queue = self._floor.queues[dial.entry.queue_id].queue
        settings = queue.settings.callback
        agent = self._floor.agents.get(dial.agent_id or "")
        extension = agent.profile.extension if agent is not None else None
        request = OriginateRequest(
            extension=extension or "",
            target=CallTarget(CallTargetKind.NUMBER, callback.number),
            caller_id=settings.caller_id,
            explanation={"callback": callback.id, "queue": queue.code, "attempt": callback.attempts + 1},
            auto_answer=False,
            ring_s=queue.settings.ring_s,
            target_ring_s=settings.ring_s,
            queue_id=queue.id,
            queue_name=queue.name,
        )
        if callback.mode is CallbackMode.AGENT_FIRST:
            return await self.line.agent_first(request)
        waited_ms = round(dial.entry.waited(self._exchange.now()) * 1000)
        place = QueueRequest(
            queue=queue.id,
            priority=callback.priority,
            skills=callback.skills,
            waiting_since_ms=-waited_ms,
            preferred_agents=callback.preferred_agents,
            callback_id=callback.id,
            language=callback.language,
        )
        return await self.line.customer_first(callback.number, place, request)

    # What came of it

    def agent_answered(self, agent_id: str, call: Call) -> bool:
        """Take note that an agent took a call; tell whether it is the one for a call-back offered to that agent."""
        for dial in self._dials.values():
            if dial.agent_id == agent_id and dial.call_id in (None, call.id) and agent_id in dial.entry.offered_to:
                dial.call_id = call.id
                now = self._exchange.now()
                agent = self._floor.agents[agent_id]
                self._floor.callback_accepted(dial.entry.id, agent, call.id, now)
                return True
        return False

    def customer_answered(self, call: Call) -> None:
        """Take note that somebody outside answered in ``call``: for an agent-first call-back that is the customer."""
        for dial in list(self._dials.values()):
            if dial.call_id == call.id and dial.agent_id is not None:
                self.reached(dial.callback_id, dial.agent_id, call.id)

    def reached(self, callback_id: str, agent_id: str | None, call_id: str) -> None:
        """Take note that the customer talks to an agent."""
        if not self._is_dialling(callback_id):
            return
        callback = self.book.reached(callback_id, self._exchange.clock.utcnow(), agent_id=agent_id, call_id=call_id)
        now = self._exchange.now()
        agent = self._floor.agents.get(agent_id or "")
        work = self._floor.work_of(callback.queue_id)
        if agent is not None and work is not None:
            agent.call_began(call_id, now, work)
            self._floor.touch(agent, now)
        self._save(callback)
        self._floor.leave(callback_id, VisitOutcome.ANSWERED, now, agent_id)

    def _over(self, dial: _Dial, result: OriginateResult | None) -> None:
        now, utc = self._exchange.now(), self._exchange.clock.utcnow()
        outcome = result.outcome if result is not None else OriginateOutcome.FAILED
        if dial.agent_id is not None:
            ended = _AGENT_OUTCOMES.get(outcome, OfferOutcome.WITHDRAWN)
            self._floor.offer_ended(dial.entry.id, dial.agent_id, ended, now)
        dial.entry.dialling = False
        if not self._is_dialling(dial.callback_id):
            return  # Reached, called off, or the customer rang in.
        live = self._floor.queues.get(dial.entry.queue_id)
        if outcome is OriginateOutcome.CONNECTED and dial.agent_id is not None:
            self.reached(dial.callback_id, dial.agent_id, result.call_id if result is not None else "")
            return
        agents_fault = dial.agent_id is not None and outcome in _AGENT_OUTCOMES
        if result is None or agents_fault or live is None:
            pause = result is None or outcome is OriginateOutcome.AGENT_LEFT
            callback = self.book.not_dialled(dial.callback_id, utc + timedelta(seconds=PAUSE_S) if pause else None)
        else:
            callback = self.book.missed(dial.callback_id, live.queue.settings.callback, utc, result.call_id)
        self._keep(callback)
        if not callback.is_open:
            self._floor.leave(callback.id, VisitOutcome.EXPIRED, now)

    def _is_dialling(self, callback_id: str) -> bool:
        return any(one.id == callback_id and one.state is CallbackState.DIALLING for one in self.book.open())

    # Places

    def _keep(self, callback: Callback) -> None:
        self._save(callback)
        if callback.is_open:
            self._place(callback)
        self._changed()

    def _save(self, callback: Callback) -> None:
        self._store.save(callback)

    def _place(self, callback: Callback) -> None:
        """Give a call-back its place on the floor, or a better one."""
        moments = Moments.read(self._exchange.clock)
        arrived = moments.to_monotonic(callback.arrived_at)
        entry = self._floor.entries.get(callback.id)
        if entry is not None:
            entry.arrived = min(entry.arrived, arrived)
        elif callback.queue_id in self._floor.queues:
            self._floor.join(
                QueueEntry(
                    id=callback.id,
                    queue_id=callback.queue_id,
                    arrived=arrived,
                    entered=moments.monotonic,
                    callback_id=callback.id,
                    number=callback.number,
                    customer_name=callback.customer_name or None,
                    asked_priority=callback.priority,
                    asked_skills=callback.skills,
                    preferred_agents=callback.preferred_agents,
                    language=callback.language,
                    customer_first=callback.mode is CallbackMode.CUSTOMER_FIRST,
                ),
                moments.monotonic,
            )

    def _close(self, callback: Callback, outcome: VisitOutcome) -> None:
        self._save(callback)
        dial = self._dials.get(callback.id)
        if dial is not None and dial.task is not None:
            dial.task.cancel()
        self._floor.leave(callback.id, outcome, self._exchange.now())
        self._changed()
