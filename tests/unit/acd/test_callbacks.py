"""Call-backs with real calls: the agent's phone, the customer's over a trunk, and both on one floor."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import CallbackState
from callcenter.acd.queue import CallbackMode, CallbackSettings, WrapUpSettings
from callcenter.acd.records import OfferOutcome
from callcenter.sip.events import IncomingInvite
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone, answers
from callcenter.testing.queue_floor import QueueFloor
from callcenter.testing.switchboard import Switchboard
from tests.unit.calls.conftest import Opener
from tests.unit.calls.people import CARRIER, RULE, TRUNK

CUSTOMER = "+84901234567"


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    return open_desk(trunks=(TRUNK,), rules=(RULE,))


def session_at(phone: MemoryPhone) -> InviteSession:
    """Return the call that came in at ``phone`` last."""
    return phone.of_kind(IncomingInvite)[-1].session


class Office:
    """One agent, one queue, and a customer outside."""

    def __init__(self, board: Switchboard) -> None:
        self.board = board
        self.floor = QueueFloor(board)
        self.dispatcher = self.floor.dispatcher
        self.phone: MemoryPhone
        self.customer: MemoryPhone

    async def open(self, mode: CallbackMode = CallbackMode.AGENT_FIRST, **settings: object) -> Office:
        self.floor.agent("an", "201")
        self.phone = await self.board.phone("201", agent_id="an")
        self.customer = self.board.peer(CUSTOMER, host=CARRIER)
        callback = CallbackSettings(mode=mode, ring_s=20.0)
        self.floor.queue("sales", ["an"], callback=callback, wrap_up=WrapUpSettings(seconds=15.0), **settings)
        await self.dispatcher.start(self.board.originate)
        self.dispatcher.set_agent_state("an", AgentState.AVAILABLE)
        return self

    def state(self) -> AgentState:
        view = self.dispatcher.agent("an")
        assert view is not None
        return view.state

    def stored(self, callback_id: str) -> CallbackState:
        return self.floor.store.callbacks[callback_id].state


async def test_agent_first(desk: Switchboard) -> None:
    office = await Office(desk).open()
    answers(office.phone, after_s=3.0)
    answers(office.customer, after_s=5.0)
    callback = office.dispatcher.request_callback("sales", CUSTOMER)
    await asyncio.sleep(1)
    assert office.state() is AgentState.OFFERED
    assert not office.customer.of_kind(IncomingInvite), "the customer was rung before an agent was there"
    await asyncio.sleep(4)
    assert office.state() is AgentState.ON_CALL
    assert office.stored(callback.id) is CallbackState.DIALLING
    await asyncio.sleep(6)
    assert office.stored(callback.id) is CallbackState.DONE
    assert office.floor.store.callbacks[callback.id].agent_id == "an"
    view = office.dispatcher.queue("sales")
    assert view is not None and not view.waiting
    assert desk.media.bridges()
    office.phone.hang_up(session_at(office.phone))
    await desk.ended()
    assert office.state() is AgentState.WRAP_UP
    await office.dispatcher.stop()


async def test_an_agent_who_does_not_answer_costs_the_customer_nothing(desk: Switchboard) -> None:
    office = await Office(desk).open()
    office.phone.on_invite = office.phone.ring
    callback = office.dispatcher.request_callback("sales", CUSTOMER)
    await asyncio.sleep(18)
    assert office.state() is AgentState.NOT_RESPONDING
    assert office.stored(callback.id) is CallbackState.PENDING
    (waiting,) = office.dispatcher.callbacks()
    assert waiting.attempts == 0
    assert [offer.outcome for offer in office.floor.store.offers] == [OfferOutcome.NO_ANSWER]
    assert not office.customer.of_kind(IncomingInvite)
    office.dispatcher.cancel_callback(callback.id)
    await desk.ended()
    await office.dispatcher.stop()


async def test_a_customer_who_is_not_there_is_tried_again_later_and_no_wrap_up_follows(desk: Switchboard) -> None:
    office = await Office(desk).open()
    answers(office.phone)
    office.customer.on_invite = lambda session: office.customer.reject(session, 486)
    callback = office.dispatcher.request_callback("sales", CUSTOMER)
    await desk.ended()
    await asyncio.sleep(2)
    (waiting,) = office.dispatcher.callbacks()
    assert (waiting.attempts, waiting.arrived_at) == (1, callback.arrived_at)
    assert waiting.not_before is not None
    assert (waiting.not_before - waiting.requested_at).total_seconds() > 600
    assert office.state() is AgentState.AVAILABLE
    office.dispatcher.cancel_callback(callback.id)
    await office.dispatcher.stop()


async def test_cancelling_while_the_agent_rings_stops_the_ringing(desk: Switchboard) -> None:
    office = await Office(desk).open()
    office.phone.on_invite = office.phone.ring
    callback = office.dispatcher.request_callback("sales", CUSTOMER)
    await asyncio.sleep(2)
    office.dispatcher.cancel_callback(callback.id)
    await desk.ended()
    assert office.state() is AgentState.AVAILABLE
    assert office.stored(callback.id) is CallbackState.CANCELLED
    await office.dispatcher.stop()


async def test_a_forced_break_takes_the_agent_out_of_a_callback(desk: Switchboard) -> None:
    office = await Office(desk).open()
    office.phone.on_invite = office.phone.ring
    callback = office.dispatcher.request_callback("sales", CUSTOMER)
    await asyncio.sleep(2)
    office.dispatcher.force_agent_state("an", AgentState.BREAK, "training", by="chi")
    await desk.ended()
    assert office.state() is AgentState.BREAK
    assert office.stored(callback.id) is CallbackState.PENDING
    office.dispatcher.cancel_callback(callback.id)
    await office.dispatcher.stop()


async def test_customer_first_keeps_an_agent_and_the_place(desk: Switchboard) -> None:
    office = await Office(desk).open(CallbackMode.CUSTOMER_FIRST)
    answers(office.customer, after_s=5.0)
    answers(office.phone, after_s=2.0)
    callback = office.dispatcher.request_callback("sales", CUSTOMER)
    await asyncio.sleep(3)
    assert office.state() is AgentState.AVAILABLE
    assert office.stored(callback.id) is CallbackState.DIALLING
    await asyncio.sleep(3)
    view = office.dispatcher.queue("sales")
    assert view is not None
    assert [(place.callback_id, place.offered_to) for place in view.waiting] == [(None, ("an",))]
    assert abs((view.waiting[0].waiting_since - callback.arrived_at).total_seconds()) < 0.01
    await asyncio.sleep(4)
    assert office.state() is AgentState.ON_CALL
    assert office.stored(callback.id) is CallbackState.DONE
    office.customer.hang_up(session_at(office.customer))
    await desk.ended()
    await office.dispatcher.stop()
