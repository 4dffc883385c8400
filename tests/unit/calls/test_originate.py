"""Calls that begin with us: click-to-call and both kinds of call-back."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.calls.asking import ActionNotPossible
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import Direction, HangupSide, Outcome
from callcenter.calls.channel_results import QueueRequest
from callcenter.calls.control import CallerIdNotAllowed
from callcenter.calls.originate import CannotOriginate, OriginateOutcome, OriginateRequest, OriginateResult
from callcenter.runtime.tasks import create_task
from callcenter.sip.events import IncomingInvite
from callcenter.testing.memory_sip import request_of
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener
from tests.unit.calls.people import ANN, RULE, TRUNK, Floor, extension, rings

OUTSIDE = "+84901234567"


def number(value: str = OUTSIDE) -> CallTarget:
    return CallTarget(CallTargetKind.NUMBER, value)


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    return open_desk(trunks=(TRUNK,), rules=(RULE,))


async def test_click_to_call(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    desk.caller_ids.append("19001234")
    call = await desk.control.originate(ANN, number(), caller_id="19001234")
    anns = await floor.ann.incoming()
    request = request_of(anns)
    assert request.headers.get("Answer-Mode") == "Auto"
    assert request.headers.get("X-Callcenter-Call") == call.id
    assert request.from_.uri.username == OUTSIDE
    floor.ann.answer(anns)
    outside = await floor.carrier.incoming()
    assert request_of(outside).from_.uri.username == "19001234"
    floor.carrier.ring(outside)
    await asyncio.sleep(1)
    assert floor.hears("101") == "ringback"
    floor.carrier.answer(outside)
    await asyncio.sleep(2)
    assert floor.hears("101") == {None}
    await desk.control.hold(ANN, call.id)
    await asyncio.sleep(1)
    assert floor.hears(None) == "music"
    floor.carrier.hang_up(outside)
    finished = await desk.ended()
    record = finished.record
    assert (record.direction, record.outcome, record.agent_id) == (Direction.OUTBOUND, Outcome.ANSWERED, "ann")
    assert (record.from_number, record.to_number, record.hangup_side) == ("101", OUTSIDE, HangupSide.CALLEE)
    assert [kind for kind, _ in shape(finished)] == ["ring", "talk", "hold"]


async def test_without_a_chosen_number_the_trunk_shows_its_own(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    with pytest.raises(CallerIdNotAllowed):
        await desk.control.originate(ANN, number(), caller_id="110")
    await desk.control.originate(ANN, number())
    floor.ann.answer(await floor.ann.incoming())
    outside = await floor.carrier.incoming()
    assert request_of(outside).from_.uri.username == "1900"
    floor.carrier.reject(outside, 486)
    await asyncio.sleep(1)
    assert floor.hears("101") == "busy"
    finished = await desk.ended()
    assert (finished.record.outcome, finished.record.connected_at) == (Outcome.BUSY, None)


async def test_a_double_click_calls_once(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    first, second = await asyncio.gather(*(desk.control.originate(ANN, extension("102")) for _ in range(2)))
    assert first is second
    floor.ann.answer(await floor.ann.incoming())
    await asyncio.sleep(3)
    assert floor.hears("101") == {"102"}
    with pytest.raises(ActionNotPossible):
        await desk.control.originate(ANN, extension("103"))
    floor.ann.hang_up(floor.session(floor.ann))
    record = (await desk.ended()).record
    assert (record.direction, record.hangup_side) == (Direction.INTERNAL, HangupSide.CALLER)


async def test_what_cannot_begin(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    desk.accounts.add("109", agent_id="zoe")
    for target in (extension("101"), extension("999"), number("12")):
        with pytest.raises(CannotOriginate):
            await desk.control.originate(ANN, target)
    with pytest.raises(CannotOriginate):
        desk.originate.start(OriginateRequest(extension="109", target=extension("101")))
    assert not desk.exchange.calls
    assert floor.ann.of_kind(IncomingInvite) == []


async def test_the_agents_own_phone_is_not_answered(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    running = create_task(
        desk.originate.agent_first(OriginateRequest(extension="101", target=number(), ring_s=10)), name="call-back"
    )
    floor.ann.ring(await floor.ann.incoming())
    finished = await desk.ended()
    result = await running
    assert result == OriginateResult(OriginateOutcome.AGENT_NO_ANSWER, finished.record.id, 0)
    assert finished.record.outcome is Outcome.NO_ANSWER
    assert floor.carrier.of_kind(IncomingInvite) == []


@pytest.mark.parametrize(("status", "outcome"), [(486, OriginateOutcome.BUSY), (480, OriginateOutcome.UNAVAILABLE)])
async def test_agent_first_tells_what_became_of_the_customer(
    desk: Switchboard, status: int, outcome: OriginateOutcome
) -> None:
    floor = await Floor(desk).open()
    request = OriginateRequest(extension="101", target=number(), explanation={"callback": "cb1"}, queue_id="sales")
    running = create_task(desk.originate.agent_first(request), name="call-back")
    floor.ann.answer(await floor.ann.incoming())
    floor.carrier.reject(await floor.carrier.incoming(), status)
    assert (await running).outcome is outcome
    finished = await desk.ended()
    assert finished.record.explanation is not None
    assert finished.record.explanation["origin"] == {"callback": "cb1"}


async def test_agent_first_returns_how_long_they_talked(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    request = OriginateRequest(extension="101", target=number())
    running = create_task(desk.originate.agent_first(request), name="call-back")
    anns = await floor.ann.incoming()
    floor.ann.answer(anns)
    floor.carrier.answer(await floor.carrier.incoming())
    await asyncio.sleep(5)
    floor.ann.hang_up(anns)
    result = await running
    assert result.outcome is OriginateOutcome.CONNECTED
    assert result.talk_ms == pytest.approx(5000, abs=50)
    await desk.ended()


async def test_an_agent_who_leaves_while_the_customer_rings(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    running = create_task(
        desk.originate.agent_first(OriginateRequest(extension="101", target=number())), name="call-back"
    )
    anns = await floor.ann.incoming()
    floor.ann.answer(anns)
    outside = await floor.carrier.incoming()
    floor.ann.hang_up(anns)
    assert (await running).outcome is OriginateOutcome.AGENT_LEFT
    assert (await desk.ended()).record.outcome is Outcome.ABANDONED
    assert floor.carrier.end_of(outside) is not None


async def test_customer_first_waits_in_the_queue_with_the_old_place(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    floor.queues.scripts["sales"] = rings(desk, "102")
    place = QueueRequest(queue="sales", waiting_since_ms=-60_000)
    request = OriginateRequest(extension="", target=number(), caller_id="1900")
    running = create_task(desk.originate.customer_first(OUTSIDE, place, request), name="call-back")
    outside = await floor.carrier.incoming()
    floor.carrier.answer(outside)
    await asyncio.sleep(4)
    assert floor.hears(None) == {"102"}
    view = desk.views.view(floor.call)
    assert view.queue is not None
    assert view.queue.waited_s == pytest.approx(61, abs=0.2)
    floor.carrier.hang_up(outside)
    result = await running
    assert result.outcome is OriginateOutcome.CONNECTED
    finished = await desk.ended()
    assert [kind for kind, _ in shape(finished)] == ["ring", "queue", "talk"]
    assert finished.record.hangup_side is HangupSide.CALLER
