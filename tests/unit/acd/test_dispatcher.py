"""Callers, agents and call-backs on a switchboard in memory: what people hear, see and get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import CallbackState
from callcenter.acd.queue import AnnouncementSettings, CallbackSettings, WrapUpMode, WrapUpSettings, store_queue_code
from callcenter.acd.records import OfferOutcome, VisitOutcome, WrapUpEnd
from callcenter.acd.view import AgentChanged, QueueChanged
from callcenter.calls.call import Call
from callcenter.calls.cdr import Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import CallEnded, QueueOutcome, QueueRequest, QueueResult
from callcenter.calls.originate import OriginateOutcome, OriginateRequest, OriginateResult
from callcenter.sip.events import SessionEnded
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone, answers
from callcenter.testing.queue_floor import MemoryAcdStore, QueueFloor
from callcenter.testing.switchboard import Switchboard, shape

NO_WRAP_UP = WrapUpSettings(mode=WrapUpMode.OFF)
QUIET = AnnouncementSettings(position=False, estimated_wait=False)


class Desk:
    """A queue ``sales`` with its agents, and callers in flows that wait in it."""

    def __init__(self, board: Switchboard, store: MemoryAcdStore | None = None) -> None:
        self.board = board
        self.floor = QueueFloor(board, store)
        self.dispatcher = self.floor.dispatcher
        self.store = self.floor.store
        self.results: list[QueueResult | CallEnded] = []
        board.flows.scripts["*"] = self._flow
        self.request = QueueRequest(queue="sales")

    async def _flow(self, _call: Call, channel: Channel) -> None:
        try:
            self.results.append(await channel.wait_in_queue(self.request))
        except CallEnded as ended:
            self.results.append(ended)
            raise
        await channel.hangup("normal")

    async def agent_phone(self, name: str, extension: str, **parts: Any) -> MemoryPhone:
        """Return the phone of a new agent, registered."""
        self.floor.agent(name, extension, **parts)
        return await self.board.phone(extension, agent_id=name)

    def state(self, name: str) -> AgentState:
        view = self.dispatcher.agent(name)
        assert view is not None
        return view.state

    async def caller(self, number: str = "100") -> tuple[MemoryPhone, InviteSession]:
        phone = await self.board.phone(number)
        session = await phone.answered_call("1900")
        await asyncio.sleep(0.05)
        return phone, session

    def media_of(self, number: str) -> str:
        (media,) = [
            leg.media.id
            for call in self.board.exchange.calls.values()
            for leg in call.legs.values()
            if leg.extension == number and leg.media is not None
        ]
        return media

    def heard(self, number: str = "100") -> list[str]:
        return self.board.media.legs[self.media_of(number)].heard


@asynccontextmanager
async def open_floor(
    board: Switchboard,
    prepare: Callable[[Desk], Awaitable[None]],
    *,
    available: tuple[str, ...] = ("an",),
    store: MemoryAcdStore | None = None,
    line: Any = None,
) -> AsyncIterator[Desk]:
    """Set a desk up, sign the agents in, and stop it afterwards."""
    desk = Desk(board, store)
    await prepare(desk)
    await desk.dispatcher.start(line)
    for name in available:
        desk.dispatcher.set_agent_state(name, AgentState.AVAILABLE)
    try:
        yield desk
    finally:
        await desk.dispatcher.stop()


async def test_a_caller_is_connected_with_the_agent_who_answers(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        answers(await d.agent_phone("an", "201"), after_s=4.0)
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare) as d:
        phone, session = await d.caller()
        assert d.state("an") is AgentState.OFFERED
        view = d.dispatcher.queue("sales")
        assert view is not None
        assert [(place.position, place.offered_to) for place in view.waiting] == [(1, ("an",))]
        await asyncio.sleep(10)
        assert d.state("an") is AgentState.ON_CALL
        assert d.board.media.bridges()
        assert d.dispatcher.agent("an").call_ids == (d.board.call.id,)  # type: ignore[union-attr]
        phone.hang_up(session)
        finished = await d.board.ended()
        assert [kind for kind, _ in shape(finished)][-3:] == ["queue", "ring", "talk"] or [
            kind for kind, _ in shape(finished)
        ][-2:] == ["ring", "talk"]
        assert isinstance(d.results[0], CallEnded)
        assert d.state("an") is AgentState.WRAP_UP
        await asyncio.sleep(16)
        assert d.state("an") is AgentState.AVAILABLE
        (visit,) = d.store.visits
        assert (visit.outcome, visit.agent_id, visit.offers) == (VisitOutcome.ANSWERED, "an", 1)
        assert [offer.outcome for offer in d.store.offers] == [OfferOutcome.ANSWERED]
        (wrap_up,) = d.store.wrap_ups
        assert (wrap_up.ended_by, wrap_up.disposition) == (WrapUpEnd.TIMEOUT, "wrap-up-timeout")
        assert d.store.states["an"].state is AgentState.AVAILABLE
        assert d.floor.facts.of(AgentChanged)[-1].agent.state is AgentState.AVAILABLE
        assert d.floor.facts.of(QueueChanged)[-1].queue.today.answered == 1


async def test_the_agent_hangs_up_and_the_flow_goes_on(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.phone = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        d.floor.queue("sales", ["an"], wrap_up=NO_WRAP_UP)

    async with open_floor(desk, prepare) as d:
        await d.caller()
        phone: MemoryPhone = d.phone  # type: ignore[attr-defined]
        session = await phone.incoming()
        phone.ring(session)
        await asyncio.sleep(2)
        phone.answer(session)
        await asyncio.sleep(20)
        phone.hang_up(session)
        await d.board.ended()
        (result,) = d.results
        assert isinstance(result, QueueResult)
        assert (result.outcome, result.answered_by, result.agent_id) == (QueueOutcome.ANSWERED, "201", "an")
        assert 1900 <= result.waited_ms <= 2300
        assert 19_000 <= result.talk_ms <= 20_100
        assert d.state("an") is AgentState.AVAILABLE


async def test_a_missed_offer_makes_not_responding_and_the_next_agent_rings(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.first = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        answers(await d.agent_phone("binh", "202"))
        d.floor.queue("sales", ["an", "binh"], strategy="linear")

    async with open_floor(desk, prepare, available=("an", "binh")) as d:
        phone, session = await d.caller()
        first: MemoryPhone = d.first  # type: ignore[attr-defined]
        first.ring(await first.incoming())
        await asyncio.sleep(14)
        assert (d.state("an"), d.state("binh")) == (AgentState.OFFERED, AgentState.AVAILABLE)
        await asyncio.sleep(4)
        assert (d.state("an"), d.state("binh")) == (AgentState.NOT_RESPONDING, AgentState.ON_CALL)
        assert [offer.outcome for offer in d.store.offers] == [OfferOutcome.NO_ANSWER, OfferOutcome.ANSWERED]
        d.dispatcher.set_agent_state("an", AgentState.AVAILABLE)
        assert d.state("an") is AgentState.AVAILABLE
        phone.hang_up(session)
        await d.board.ended()


async def test_ring_all_frees_the_losers(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        answers(await d.agent_phone("an", "201"), after_s=9.0)
        answers(await d.agent_phone("binh", "202"), after_s=3.0)
        d.floor.queue("sales", ["an", "binh"], strategy="ring_all")

    async with open_floor(desk, prepare, available=("an", "binh")) as d:
        phone, session = await d.caller()
        assert (d.state("an"), d.state("binh")) == (AgentState.OFFERED, AgentState.OFFERED)
        await asyncio.sleep(5)
        assert (d.state("an"), d.state("binh")) == (AgentState.AVAILABLE, AgentState.ON_CALL)
        assert d.dispatcher.agent("an").missed_in_row == 0  # type: ignore[union-attr]
        phone.hang_up(session)
        await d.board.ended()
        assert {offer.agent_id: offer.outcome for offer in d.store.offers} == {
            "an": OfferOutcome.LOST_RACE,
            "binh": OfferOutcome.ANSWERED,
        }


async def test_an_exit_key_leaves_during_an_announcement_and_while_a_phone_rings(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.phone = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        d.floor.queue("sales", ["an"])
        d.request = replace(d.request, exit_keys="0")

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        await d.caller()
        await asyncio.sleep(5.5)  # "You are next in line" is being said.
        d.board.media.press(d.media_of("100"), "7")
        d.board.media.press(d.media_of("100"), "0")
        await asyncio.sleep(0.1)
        (result,) = d.results
        assert isinstance(result, QueueResult)
        assert (result.outcome, result.key) == (QueueOutcome.KEY, "0")
        await d.board.ended()

        d.dispatcher.set_agent_state("an", AgentState.AVAILABLE)
        await d.caller("101")
        phone: MemoryPhone = d.phone  # type: ignore[attr-defined]
        phone.ring(await phone.incoming())
        d.board.media.press(d.media_of("101"), "0")
        await d.board.ended(2)
        assert d.results[1].outcome is QueueOutcome.KEY  # type: ignore[union-attr]
        assert (await phone.wait(SessionEnded)).session.over
        assert d.state("an") is AgentState.AVAILABLE


async def test_a_caller_who_hangs_up_stops_the_ringing_and_gets_the_place_back(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.phone = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        d.floor.queue("sales", ["an"], ring_s=60.0)

    async with open_floor(desk, prepare) as d:
        phone, session = await d.caller()
        theirs: MemoryPhone = d.phone  # type: ignore[attr-defined]
        theirs.ring(await theirs.incoming())
        await asyncio.sleep(10)
        phone.hang_up(session)
        await d.board.ended()
        assert d.state("an") is AgentState.AVAILABLE
        assert [visit.outcome for visit in d.store.visits] == [VisitOutcome.ABANDONED]
        await asyncio.sleep(20)
        phone, session = await d.caller()
        view = d.dispatcher.queue("sales")
        assert view is not None
        assert view.waiting[0].waiting_since == d.store.visits[0].arrived_at
        phone.hang_up(session)
        await d.board.ended(2)


async def test_refusals_and_the_chain_of_queues(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        await d.agent_phone("binh", "202")
        d.floor.queue("sales", ["an"], overflow=("care",), max_wait_s=30.0)
        d.floor.queue("care", ["binh"], max_wait_s=20.0)

    async with open_floor(desk, prepare, available=()) as d:
        await d.caller("100")
        await d.board.ended(1)
        assert d.results[0].outcome is QueueOutcome.JOIN_EMPTY  # type: ignore[union-attr]

        for name in ("an", "binh"):
            d.dispatcher.set_agent_state(name, AgentState.BREAK, "lunch")
        await d.caller("101")
        await asyncio.sleep(31)
        care = d.dispatcher.queue("care")
        assert care is not None
        assert len(care.waiting) == 1
        await d.board.ended(2)
        result = d.results[1]
        assert isinstance(result, QueueResult)
        assert (result.outcome, result.queue) == (QueueOutcome.MAX_WAIT, "care")
        assert 49_000 < result.waited_ms < 52_000
        assert [visit.outcome for visit in d.store.visits[1:]] == [VisitOutcome.OVERFLOWED, VisitOutcome.MAX_WAIT]

        assert d.board.finished[-1].record.outcome is Outcome.NO_ANSWER

        d.floor.open = False
        await d.caller("102")
        await d.board.ended(3)
        assert d.results[2].outcome is QueueOutcome.CLOSED  # type: ignore[union-attr]


async def test_those_who_wait_are_served_after_closing_time(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        answers(await d.agent_phone("an", "201"))
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        phone, session = await d.caller()
        d.floor.open = False
        await asyncio.sleep(20)
        d.dispatcher.set_agent_state("an", AgentState.AVAILABLE)
        await asyncio.sleep(5)
        assert d.state("an") is AgentState.ON_CALL
        phone.hang_up(session)
        await d.board.ended()


async def test_a_lost_phone_is_not_offered_and_comes_back_available(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.phone = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare) as d:
        d.dispatcher.agent_disconnected("201")
        assert d.state("an") is AgentState.UNREACHABLE
        await asyncio.sleep(50)
        d.dispatcher.agent_connected("201")
        assert d.state("an") is AgentState.AVAILABLE
        d.dispatcher.heartbeat("an")
        await asyncio.sleep(14)
        assert d.state("an") is AgentState.AVAILABLE
        await asyncio.sleep(3)
        assert d.state("an") is AgentState.UNREACHABLE
        await asyncio.sleep(70)
        d.dispatcher.heartbeat("an")
        assert d.state("an") is AgentState.OFFLINE


async def test_a_forced_break_takes_the_agent_out_of_an_offer(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.phone = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        d.floor.queue("sales", ["an"], ring_s=60.0)

    async with open_floor(desk, prepare) as d:
        caller, session = await d.caller()
        phone: MemoryPhone = d.phone  # type: ignore[attr-defined]
        ringing = await phone.incoming()
        phone.ring(ringing)
        await asyncio.sleep(1)
        d.dispatcher.force_agent_state("an", AgentState.BREAK, "training", by="chi")
        await asyncio.sleep(1)
        assert ringing.over
        assert d.state("an") is AgentState.BREAK
        assert d.store.offers[-1].outcome is OfferOutcome.WITHDRAWN
        assert d.store.spans[-1].forced_by == "chi"
        caller.hang_up(session)
        await d.board.ended()


async def test_an_agent_in_a_call_of_their_own_is_not_offered_callers(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.phone = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        answers(await d.board.phone("300"))
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare) as d:
        phone: MemoryPhone = d.phone  # type: ignore[attr-defined]
        own = phone.call("300")
        await asyncio.sleep(5)
        assert d.state("an") is AgentState.ON_CALL
        caller, session = await d.caller()
        await asyncio.sleep(5)
        assert d.dispatcher.queue("sales").waiting[0].offered_to == ()  # type: ignore[union-attr]
        phone.hang_up(own)
        await asyncio.sleep(1)
        assert d.state("an") is AgentState.OFFERED
        caller.hang_up(session)
        await d.board.ended(2)


async def test_the_plain_phones_of_a_store_ring_together_and_need_no_wrap_up(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        first, second = d.floor.plain_phone("401"), d.floor.plain_phone("402")
        answers(await d.board.phone("401", store_id="s1"), after_s=3.0)
        ringing = await d.board.phone("402", store_id="s1")
        ringing.on_invite = ringing.ring
        d.floor.queue(store_queue_code("HN-01"), [first, second], strategy="ring_all")
        d.request = QueueRequest(queue=store_queue_code("HN-01"))

    async with open_floor(desk, prepare, available=()) as d:
        assert d.dispatcher.agents() == []
        assert d.dispatcher.free_extensions(["401", "402", "999"]) == ["401", "402"]
        caller, session = await d.caller()
        await asyncio.sleep(5)
        assert d.dispatcher.free_extensions(["401", "402"]) == ["402"]
        caller.hang_up(session)
        await d.board.ended()
        await asyncio.sleep(1)
        assert d.dispatcher.free_extensions(["401", "402"]) == ["401", "402"]


async def test_a_restart_goes_on_with_wrap_up_and_counters(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        answers(await d.agent_phone("an", "201"))
        d.floor.queue("sales", ["an"], wrap_up=WrapUpSettings(seconds=60.0))

    async with open_floor(desk, prepare) as d:
        caller, session = await d.caller()
        await asyncio.sleep(5)
        caller.hang_up(session)
        await d.board.ended()
        assert d.state("an") is AgentState.WRAP_UP
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        store = d.store

    async with open_floor(desk, prepare, available=(), store=store) as d:
        view = d.dispatcher.agent("an")
        assert view is not None
        assert view.state is AgentState.WRAP_UP
        assert d.dispatcher.queue("sales").today.answered == 1  # type: ignore[union-attr]
        await asyncio.sleep(61)
        view = d.dispatcher.agent("an")
        assert view is not None
        assert (view.state, view.reason) == (AgentState.BREAK, "lunch")


class ScriptedLine:
    """A :class:`~callcenter.acd.callback_desk.CallbackLine` whose calls end as the test says."""

    def __init__(self, *outcomes: OriginateOutcome) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[OriginateRequest] = []

    async def agent_first(self, request: OriginateRequest) -> OriginateResult:
        self.requests.append(request)
        await asyncio.sleep(8)
        return OriginateResult(self.outcomes.pop(0), f"call-{len(self.requests)}")

    async def customer_first(self, number: str, queue: QueueRequest, request: OriginateRequest) -> OriginateResult:
        return await self.agent_first(request)


async def test_a_callback_keeps_the_place_is_retried_and_closes_when_reached(desk: Switchboard) -> None:
    line = ScriptedLine(OriginateOutcome.NO_ANSWER, OriginateOutcome.CONNECTED)

    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"], callback=CallbackSettings(offer_after_s=10.0), wrap_up=NO_WRAP_UP)
        await d.board.phone("100")

    async with open_floor(desk, prepare, available=(), line=line) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        await d.caller()
        await asyncio.sleep(25)
        assert any("bấm phím 1" in said for said in d.heard())
        d.board.media.press(d.media_of("100"), "1")
        await asyncio.sleep(1)
        d.board.media.press(d.media_of("100"), "1")
        await d.board.ended()
        (result,) = d.results
        assert isinstance(result, QueueResult)
        assert result.outcome is QueueOutcome.CALLBACK
        (callback,) = d.dispatcher.callbacks()
        assert (callback.id, callback.number) == (result.callback_id, "100")
        assert callback.arrived_at == d.store.visits[0].arrived_at
        assert d.dispatcher.queue("sales").today.called_back == 1  # type: ignore[union-attr]
        assert d.dispatcher.queue("sales").today.abandoned == 0  # type: ignore[union-attr]

        d.dispatcher.set_agent_state("an", AgentState.AVAILABLE)
        await asyncio.sleep(20)
        assert [request.extension for request in line.requests] == ["201"]
        assert d.dispatcher.callbacks()[0].attempts == 1
        await asyncio.sleep(570)
        assert len(line.requests) == 1
        await asyncio.sleep(40)
        assert len(line.requests) == 2
        assert d.store.callbacks[callback.id].state is CallbackState.DONE
        assert d.dispatcher.callbacks() == []


async def test_a_customer_who_rings_in_takes_the_place_of_the_callback(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        first = d.dispatcher.request_callback("sales", "100", note="about the fridge")
        await asyncio.sleep(100)
        second = d.dispatcher.request_callback("sales", "100")
        assert (second.id, second.arrived_at, second.note) == (first.id, first.arrived_at, "about the fridge")
        caller, session = await d.caller("100")
        assert d.dispatcher.callbacks() == []
        assert d.store.callbacks[first.id].state is CallbackState.RESUMED
        view = d.dispatcher.queue("sales")
        assert view is not None
        assert [(place.callback_id, place.waiting_since) for place in view.waiting] == [(None, first.arrived_at)]
        caller.hang_up(session)
        await d.board.ended()
