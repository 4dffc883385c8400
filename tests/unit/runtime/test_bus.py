from __future__ import annotations

import asyncio
from dataclasses import dataclass

from callcenter.runtime.bus import Bus


@dataclass(frozen=True)
class Rang:
    number: int


@dataclass(frozen=True)
class Answered:
    number: int


async def test_events_come_in_order_to_those_who_asked_for_their_type() -> None:
    bus, heard = Bus(), list[object]()
    bus.subscribe(Rang, heard.append)
    bus.publish(Rang(1))
    bus.publish(Answered(1))
    bus.publish(Rang(2))
    assert heard == []  # Never within publish itself.
    await asyncio.sleep(0)
    assert heard == [Rang(1), Rang(2)]


async def test_what_a_subscriber_publishes_comes_after_everything_published_before() -> None:
    bus, heard = Bus(), list[object]()

    def answer(event: Rang) -> None:
        heard.append(event)
        bus.publish(Answered(event.number))

    bus.subscribe(Rang, answer)
    bus.subscribe(Answered, heard.append)
    bus.publish(Rang(1))
    bus.publish(Rang(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert heard == [Rang(1), Rang(2), Answered(1), Answered(2)]


async def test_a_failing_subscriber_silences_nobody() -> None:
    bus, heard = Bus(), list[object]()

    def fail(_: Rang) -> None:
        raise ValueError("broken")

    bus.subscribe(Rang, fail)
    bus.subscribe(Rang, heard.append)
    bus.publish(Rang(1))
    await asyncio.sleep(0)
    assert heard == [Rang(1)]


async def test_an_ended_subscription_hears_nothing_more() -> None:
    bus, heard = Bus(), list[object]()
    unsubscribe = bus.subscribe(Rang, heard.append)
    bus.publish(Rang(1))
    unsubscribe()
    unsubscribe()
    await asyncio.sleep(0)
    assert heard == []
