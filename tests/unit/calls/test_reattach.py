"""An agent's browser is gone in the middle of a call, and comes back, or does not."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide
from callcenter.calls.control import ActionNotPossible
from callcenter.media.plane import MediaBack, MediaSilent, MediaTimeout
from callcenter.sip.events import IncomingInvite
from callcenter.testing.memory_sip import MemoryPhone, request_of
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener
from tests.unit.calls.people import ANN, RULE, TRUNK, Floor, extension


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    return open_desk(trunks=(TRUNK,), rules=(RULE,))


async def talk(desk: Switchboard, *, through: str | None = None) -> Floor:
    """Let the customer talk to Ann, who sits in a browser."""
    floor = await Floor(desk).open()
    desk.location.drop("101", next(iter(desk.location)).contact)
    floor.ann = await desk.phone("101", transport="ws")
    await floor.connect(through=through)
    assert floor.leg("101").flow is not None
    return floor


def fall_silent(desk: Switchboard, floor: Floor) -> None:
    desk.signalling.on_media(MediaSilent(floor.media("101"), 1.0))


def lose_connection(desk: Switchboard, floor: Floor) -> None:
    flow = floor.leg("101").flow
    assert flow is not None
    desk.network.lost.add(floor.ann.host)
    desk.exchange.endpoint.connection_lost(flow, desk.exchange.now())
    desk.location.flow_lost(flow)
    desk.signalling.reattachment.flow_lost(flow)


async def reload(desk: Switchboard) -> MemoryPhone:
    """Return Ann's new tab, which answers what asks it to."""
    tab = await desk.phone("101", transport="ws", register=False)
    tab.on_invite = lambda session: tab.answer(session)
    assert (await tab.register()).status == 200
    return tab


async def test_reload(desk: Switchboard) -> None:
    floor = await talk(desk)
    lose_connection(desk, floor)
    await asyncio.sleep(0.1)
    assert floor.hears(None) == {"101"}  # A hiccup of the network is none of the customer's business.
    fall_silent(desk, floor)
    await asyncio.sleep(0.5)
    assert floor.hears(None) == "music"
    view = desk.views.view(floor.call, "ann")
    assert [one.state.value for one in view.participants] == ["held", "away"]
    await asyncio.sleep(2)
    tab = await reload(desk)
    await asyncio.sleep(0.5)
    assert floor.hears(None) == {"101"}
    request = request_of(tab.of_kind(IncomingInvite)[-1].session)
    assert request.headers.get("Answer-Mode") == "Auto"
    assert request.headers.get("X-Callcenter-Call") == floor.call.id
    await asyncio.sleep(2)
    await floor.customer_hangs_up()
    assert shape(desk.finished[0])[-3:] == [("talk", "101"), ("hold", "101"), ("talk", "101")]
    assert len(desk.finished[0].recordings) == 1
    assert {"away", "reattached"} <= set(desk.log.kinds(desk.finished[0].record.id))


async def test_the_same_tab_sends_again(desk: Switchboard) -> None:
    floor = await talk(desk)
    lose_connection(desk, floor)
    fall_silent(desk, floor)
    await asyncio.sleep(5)
    assert floor.hears(None) == "music"
    desk.network.lost.clear()
    assert (await floor.ann.register()).status == 200
    desk.signalling.on_media(MediaBack(floor.media("101")))
    await asyncio.sleep(0.5)
    assert floor.hears(None) == {"101"}
    assert not floor.leg("101").flow_lost
    floor.ann.hang_up(floor.anns)
    await desk.ended()


async def test_a_connection_that_lingers(desk: Switchboard) -> None:
    floor = await talk(desk)
    fall_silent(desk, floor)
    await asyncio.sleep(5)
    assert floor.hears(None) == {"101"}
    for device in list(desk.location):
        if device.aor == "101":
            desk.location.drop("101", device.contact)
    await reload(desk)
    await asyncio.sleep(0.5)
    assert floor.hears(None) == {"101"}
    assert floor.ann.end_of(floor.anns) is not None
    await floor.customer_hangs_up()


async def test_nobody_comes_back_and_there_is_no_queue(desk: Switchboard) -> None:
    floor = await talk(desk)
    began = desk.exchange.now()
    lose_connection(desk, floor)
    fall_silent(desk, floor)
    await asyncio.sleep(20)
    desk.signalling.on_media(MediaTimeout(floor.media("101"), 20.0))
    finished = await desk.ended()
    assert desk.exchange.now() - began == pytest.approx(30, abs=0.5)
    assert shape(finished)[-1] == ("hold", "101")
    assert (finished.record.hangup_cause, finished.record.hangup_side) == (
        HangupCause.MEDIA_TIMEOUT,
        HangupSide.NETWORK,
    )


async def test_nobody_comes_back_and_the_customer_returns_to_the_head_of_the_queue(desk: Switchboard) -> None:
    floor = await talk(desk, through="sales")
    place = floor.call.facts.queue
    assert place is not None
    floor.queues.scripts["sales"] = None
    lose_connection(desk, floor)
    fall_silent(desk, floor)
    await asyncio.sleep(32)
    back = floor.queues.requests[-1]
    assert (back.queue, back.waiting_since_ms, back.priority) == ("sales", place.since_ms, 1000)
    await floor.customer_hangs_up()
    assert [kind for kind, _ in shape(desk.finished[0])][-3:] == ["talk", "hold", "queue"]


async def test_lost_while_consulting_counts_as_hanging_up(desk: Switchboard) -> None:
    floor = await talk(desk)
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    await asyncio.sleep(2)
    lose_connection(desk, floor)
    fall_silent(desk, floor)
    await asyncio.sleep(1)
    assert (floor.hears(None), floor.hears("102")) == ("music", "music")
    await asyncio.sleep(30)
    assert floor.hears(None) == {"102"}
    await floor.customer_hangs_up()


async def test_a_tab_asks_for_the_call_of_another(desk: Switchboard) -> None:
    floor = await talk(desk)
    with pytest.raises(ActionNotPossible):
        await desk.control.attach(ANN, floor.call.id)
    await reload(desk)
    assert floor.hears(None) == {"101"}
    await asyncio.sleep(2)
    await desk.control.attach(ANN, floor.call.id)
    await asyncio.sleep(0.5)
    assert floor.hears(None) == {"101"}
    assert floor.ann.end_of(floor.anns) is not None
    await floor.customer_hangs_up()


async def test_the_customer_hangs_up_while_the_agent_is_away(desk: Switchboard) -> None:
    floor = await talk(desk)
    lose_connection(desk, floor)
    fall_silent(desk, floor)
    await asyncio.sleep(3)
    await floor.customer_hangs_up()
    assert (await desk.ended()).record.hangup_side is HangupSide.CALLER


async def test_a_normal_bye_ends_the_leg(desk: Switchboard) -> None:
    floor = await talk(desk)
    floor.ann.hang_up(floor.anns)
    assert (await desk.ended()).record.hangup_side is HangupSide.CALLEE
