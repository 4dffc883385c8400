"""Call-backs asked for in a flow, on the real desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from callcenter.ivr.ports import CallbackOutcome, CallbackRequest
from callcenter.ivr.say import NumberWords
from callcenter.routing.flow_callbacks import FlowCallbacks
from callcenter.testing.clock import FakeClock
from callcenter.testing.queue_floor import QueueFloor
from callcenter.testing.switchboard import Switchboard

CLOCK = FakeClock()
WANTED = CallbackRequest(
    queue="sales",
    number="+84912345678",
    call_id="call-1",
    customer_name="Lan",
    waiting_since=CLOCK.utcnow() - timedelta(minutes=4),
    priority=3,
    skills={"billing": 2},
    language="en",
)


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[QueueFloor]:
    floor = QueueFloor(Switchboard(CLOCK, tmp_path))
    floor.queue("sales", [])
    await floor.dispatcher.start()
    yield floor
    await floor.dispatcher.stop()


async def test_a_call_back_gets_the_place_the_caller_has(floor: QueueFloor) -> None:
    answer = await FlowCallbacks(floor.dispatcher).request(WANTED)
    (kept,) = floor.dispatcher.callbacks()
    assert (answer.outcome, answer.callback_id) == (CallbackOutcome.REQUESTED, kept.id)
    assert (kept.number, kept.arrived_at, kept.priority, kept.skills) == (
        "+84912345678", WANTED.waiting_since, 3, {"billing": 2},
    )  # fmt: skip
    assert (kept.call_id, kept.customer_name, kept.language) == ("call-1", "Lan", "en")


async def test_a_second_wish_finds_the_first_which_keeps_its_place(floor: QueueFloor) -> None:
    desk = FlowCallbacks(floor.dispatcher)
    first = await desk.request(WANTED)
    again = await desk.request(replace(WANTED, waiting_since=CLOCK.utcnow(), call_id="call-2"))
    assert (again.outcome, again.callback_id) == (CallbackOutcome.EXISTS, first.callback_id)
    assert [kept.arrived_at for kept in floor.dispatcher.callbacks()] == [WANTED.waiting_since]


async def test_nobody_is_called_back_by_an_unknown_queue_or_at_no_number(floor: QueueFloor) -> None:
    desk = FlowCallbacks(floor.dispatcher)
    for wrong in (replace(WANTED, queue="nowhere"), replace(WANTED, number="anonymous")):
        assert (await desk.request(wrong)).outcome is CallbackOutcome.FAILED
    assert floor.dispatcher.callbacks() == []


def test_queues_say_numbers_in_words() -> None:
    words = NumberWords()
    assert (words.number(3, "vi"), words.number(3, "en")) == ("ba", "three")
    assert words.digits("0912345678", "vi") == "không chín một hai, ba bốn năm, sáu bảy tám"
