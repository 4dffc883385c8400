"""What happens at the same moment: offers that change hands, promises that are interrupted, queues that are removed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import CallbackState
from callcenter.acd.entry import QueueEntry
from callcenter.acd.floor import Floor
from callcenter.acd.queue import CallbackSettings
from callcenter.acd.records import OfferOutcome, VisitOutcome
from callcenter.calls.channel_results import QueueOutcome, QueueResult
from callcenter.sip.events import IncomingInvite
from callcenter.testing.memory_sip import MemoryPhone, answers
from callcenter.testing.switchboard import Switchboard
from tests.unit.acd.test_dispatcher import NO_WRAP_UP, QUIET, Desk, open_floor


async def test_an_offer_that_passes_to_the_next_agent_at_once_rings_that_one_only_once(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        d.first = await d.agent_phone("an", "201")  # type: ignore[attr-defined]
        d.second = await d.agent_phone("binh", "202")  # type: ignore[attr-defined]
        answers(d.second, after_s=3.0)  # type: ignore[attr-defined]
        d.floor.queue("sales", ["an", "binh"], strategy="linear", ring_s=60.0, wrap_up=NO_WRAP_UP)

    async with open_floor(desk, prepare, available=("an", "binh")) as d:
        caller, session = await d.caller()
        first: MemoryPhone = d.first  # type: ignore[attr-defined]
        second: MemoryPhone = d.second  # type: ignore[attr-defined]
        first.ring(await first.incoming())
        await asyncio.sleep(1)
        d.dispatcher.force_agent_state("an", AgentState.BREAK, "training", by="chi")
        await asyncio.sleep(1)
        assert d.state("binh") is AgentState.OFFERED
        await asyncio.sleep(5)
        assert len(second.of_kind(IncomingInvite)) == 1
        assert d.state("binh") is AgentState.ON_CALL
        assert d.board.media.bridges()
        caller.hang_up(session)
        await d.board.ended()
        assert [offer.outcome for offer in d.store.offers] == [OfferOutcome.WITHDRAWN, OfferOutcome.ANSWERED]


async def test_a_caller_who_hangs_up_as_the_callback_is_promised_is_called_back(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"], callback=CallbackSettings(offer_after_s=10.0), announcements=QUIET)
        await d.board.phone("100")

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        caller, session = await d.caller()
        await asyncio.sleep(25)
        for _ in range(2):
            d.board.media.press(d.media_of("100"), "1")
            await asyncio.sleep(0.2)
        caller.hang_up(session)
        await d.board.ended()
        assert [callback.number for callback in d.dispatcher.callbacks()] == ["100"]
        assert [visit.outcome for visit in d.store.visits] == [VisitOutcome.CALLBACK]


async def test_a_caller_who_is_being_asked_for_the_number_is_not_let_go(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue(
            "sales", ["an"], max_wait_s=27.0, callback=CallbackSettings(offer_after_s=10.0), announcements=QUIET
        )
        await d.board.phone("100")

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        await d.caller()
        await asyncio.sleep(25)
        d.board.media.press(d.media_of("100"), "1")
        await asyncio.sleep(4)
        d.board.media.press(d.media_of("100"), "1")
        await d.board.ended()
        (result,) = d.results
        assert isinstance(result, QueueResult)
        assert result.outcome is QueueOutcome.CALLBACK
        assert len(d.dispatcher.callbacks()) == 1


async def test_a_customer_who_rings_in_and_is_refused_keeps_the_callback(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        callback = d.dispatcher.request_callback("sales", "100")
        d.floor.open = False
        await d.caller("100")
        await d.board.ended()
        (result,) = d.results
        assert isinstance(result, QueueResult)
        assert result.outcome is QueueOutcome.CLOSED
        assert d.dispatcher.callbacks() == [callback]
        assert d.store.callbacks[callback.id].state is CallbackState.PENDING


async def test_callers_of_a_queue_that_is_removed_go_where_it_overflows(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        answers(await d.agent_phone("an", "201"), after_s=2.0)
        d.floor.queue("sales", [], join_when="nobody", stay_when="nobody", overflow=("service",))
        d.floor.queue("service", ["an"], wrap_up=NO_WRAP_UP)

    async with open_floor(desk, prepare) as d:
        caller, session = await d.caller()
        contents = d.floor.book.contents
        d.floor.book.contents = replace(
            contents, queues=tuple(queue for queue in contents.queues if queue.code != "sales")
        )
        await d.dispatcher.reload()
        await asyncio.sleep(10)
        assert d.state("an") is AgentState.ON_CALL
        caller.hang_up(session)
        await d.board.ended()
        assert [visit.outcome for visit in d.store.visits] == [VisitOutcome.OVERFLOWED, VisitOutcome.ANSWERED]


@pytest.mark.parametrize("pressed", ["", "1"])
async def test_callers_of_a_queue_that_is_removed_are_let_go(desk: Switchboard, pressed: str) -> None:
    """Also one who is being asked which number to call back."""

    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"], callback=CallbackSettings(offer_after_s=10.0), announcements=QUIET)
        await d.board.phone("100")

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        await d.caller()
        await asyncio.sleep(25)
        if pressed:
            d.board.media.press(d.media_of("100"), pressed)
            await asyncio.sleep(1)
        d.floor.book.contents = replace(d.floor.book.contents, queues=())
        await d.dispatcher.reload()
        await asyncio.sleep(1)
        if pressed:
            d.board.media.press(d.media_of("100"), pressed)
        await d.board.ended()
        (result,) = d.results
        assert isinstance(result, QueueResult)
        assert result.outcome is QueueOutcome.FAILED
        assert [visit.outcome for visit in d.store.visits] == [VisitOutcome.CANCELLED]


async def test_callbacks_wait_for_a_queue_that_comes_back(desk: Switchboard) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare, available=()) as d:
        callback = d.dispatcher.request_callback("sales", "100")
        store, contents = d.store, d.floor.book.contents

    async def removed(d: Desk) -> None:
        await d.agent_phone("an", "201")

    async with open_floor(desk, removed, available=(), store=store) as d:
        assert d.dispatcher.callbacks() == [callback]
        d.floor.book.contents = contents
        await d.dispatcher.reload()
        await asyncio.sleep(1)
        view = d.dispatcher.queue("sales")
        assert view is not None
        assert [place.callback_id for place in view.waiting] == [callback.id]


async def test_a_failure_in_one_decision_does_not_end_all_others(
    desk: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepare(d: Desk) -> None:
        answers(await d.agent_phone("an", "201"), after_s=2.0)
        d.floor.queue("sales", ["an"], wrap_up=NO_WRAP_UP)

    async with open_floor(desk, prepare) as d:
        add_span, failures = d.store.add_span, iter([True])

        def failing_once(*span: object) -> None:
            if next(failures, False):
                raise RuntimeError("no room")
            add_span(*span)  # type: ignore[arg-type] # Passed on as it came.

        monkeypatch.setattr(d.store, "add_span", failing_once)
        caller, session = await d.caller()
        await asyncio.sleep(10)
        assert d.state("an") is AgentState.ON_CALL
        assert next(failures, None) is None
        caller.hang_up(session)
        await d.board.ended()


async def test_many_changes_at_once_have_those_who_wait_count_only_once(
    desk: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepare(d: Desk) -> None:
        await d.agent_phone("an", "201")
        d.floor.queue("sales", ["an"])

    async with open_floor(desk, prepare, available=()) as d:
        d.dispatcher.set_agent_state("an", AgentState.BREAK, "lunch")
        caller, session = await d.caller()
        await asyncio.sleep(10)
        counted: list[str] = []
        position = Floor.position

        def counting(self: Floor, entry: QueueEntry, now: float) -> int:
            counted.append(entry.id)
            return position(self, entry, now)

        monkeypatch.setattr(Floor, "position", counting)
        for change in range(50):
            d.dispatcher.set_agent_state("an", AgentState.BREAK, f"reason {change}")
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.5)
        assert 1 <= len(counted) <= 8
        caller.hang_up(session)
        await d.board.ended()
