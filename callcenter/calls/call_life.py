"""The life of a call around what happens in it: its row, its task, and its end, once, whatever happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from callcenter.calls.call import Call, Hangup
from callcenter.calls.cdr import Direction, FinishedCall, HangupCause, HangupSide
from callcenter.calls.channel_results import CallEnded
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded, LegEvent, LegRefers
from callcenter.media.plane import MediaCapacityExceeded
from callcenter.runtime.tasks import create_task

log = structlog.get_logger(__name__)

ROUND_S = 0.05
"How often calls that are over are tidied up: often enough to free their ports, seldom enough to do many at once."

_FINAL_STATUS = {
    HangupCause.SWITCH_CONGESTION: 503,
    HangupCause.SYSTEM_SHUTDOWN: 503,
    HangupCause.SYSTEM_FAILURE: 500,
    HangupCause.MEDIA_FAILURE: 500,
}
"How a caller who was not answered yet is refused when the call ends for our own reasons; 480 for all others."


class CallLife:
    """Begins and ends calls.

    :param on_finished: told of every call's record when it is over.
    """

    def __init__(self, exchange: Exchange, on_finished: Callable[[FinishedCall], None]) -> None:
        self._exchange = exchange
        self._on_finished = on_finished
        self._round: asyncio.Future[None] | None = None

    def new_call(self, direction: Direction) -> Call:
        """Return a call that is known to the exchange; :meth:`run` begins it."""
        exchange = self._exchange
        call = Call(exchange.new_id(), direction, log=exchange.log, clock=exchange.clock)
        call.facts.language = exchange.settings.language
        call.on_changed = lambda call: exchange.observer.call_changed(call)
        call.caller_listener = lambda event: self._on_caller(call, event)
        exchange.calls[call.id] = call
        return call

    def run(self, call: Call, body: Callable[[], Awaitable[None]], leg: Leg | None = None) -> None:
        """Begin the call: ``body`` is all that happens in it.

        :param leg: who called us, when somebody did.
        """
        call.open()
        if leg is not None and call.caller_listener is not None:
            leg.listener = call.caller_listener
        call.task = create_task(self._guarded(call, body), name=f"call:{call.id}")
        create_task(self._supervise(call, leg, call.task), name=f"call-end:{call.id}")

    def _on_caller(self, call: Call, event: LegEvent) -> None:
        """Take what a caller outside a conversation does: hanging up stops everything done for them."""
        if isinstance(event, LegRefers):
            event.leg.session.reject_refer(event.refer, 403, self._exchange.now())  # There is nobody to transfer.
            self._exchange.flush()
        elif isinstance(event, LegEnded):
            call.set_hangup(Hangup(event.cause, event.side, event.status, event.q850))
            if call.task is not None:
                call.task.cancel()

    async def _guarded(self, call: Call, body: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(self._exchange.settings.max_call_s):
                await body()
        except CallEnded:
            return
        except TimeoutError:
            call.set_hangup(Hangup(HangupCause.RECOVERY_ON_TIMER_EXPIRE, HangupSide.SYSTEM))
        except MediaCapacityExceeded:
            call.set_hangup(Hangup(HangupCause.SWITCH_CONGESTION, HangupSide.SYSTEM, 503))
        except Exception:  # A supervised edge: one call's failure is logged with its id and ends that call only.
            log.exception("call failed", call_id=call.id)
            call.set_hangup(Hangup(HangupCause.SYSTEM_FAILURE, HangupSide.SYSTEM))

    async def _supervise(self, call: Call, caller: Leg | None, task: asyncio.Task[None]) -> None:
        """Wait for the call's task, then end whatever is left and write the record: whatever happened, once."""
        await asyncio.wait([task])
        why = call.hangup.cause if call.hangup else HangupCause.NORMAL_CLEARING
        if caller is not None and caller.call is call and not caller.moving:
            caller.listener = lambda _event: None
            caller.hang_up(why, status=_FINAL_STATUS.get(why, 480))
        call.stop_clock()
        await self._next_round()
        while left := [leg for leg in call.legs.values() if not leg.moving]:
            await left[0].close()
        for recording in [entry for entry in self._exchange.recordings.values() if entry.belongs_to(call)]:
            await recording.wait_closed()
        if call.hangup is None:
            ended = caller.ended if caller is not None else None
            call.set_hangup(
                Hangup(ended.cause, ended.side, ended.status, ended.q850)
                if ended is not None and caller is not None and caller.call is call
                else Hangup(HangupCause.NORMAL_CLEARING, HangupSide.SYSTEM, 200)
            )
        self._exchange.calls.pop(call.id, None)
        finished = call.finish()
        self._exchange.observer.call_ended(call)
        self._on_finished(finished)

    async def _next_round(self) -> None:
        """Wait for the next round of tidying up, so that calls which end together are closed and written together."""
        if self._round is None or self._round.done():
            loop = asyncio.get_running_loop()
            self._round = loop.create_future()
            loop.call_later(ROUND_S, self._round.set_result, None)
        await asyncio.shield(self._round)
