from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from callcenter.base.events import Event
from callcenter.runtime.bus import Bus

AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    pass


async def test_events_arrive_in_order_and_only_the_kinds_asked_for() -> None:
    bus, seen = Bus(), []

    async def note(event: Event) -> None:
        seen.append(event)

    bus.subscribe("test", note, Rang)
    for number in range(3):
        bus.publish(Rang(at=AT, number=number))
        bus.publish(Ended(at=AT))
    await bus.close()
    assert seen == [Rang(at=AT, number=number) for number in range(3)]


async def test_a_failing_subscriber_keeps_its_subscription_and_harms_no_other() -> None:
    bus, seen = Bus(), []

    async def fail(event: Event) -> None:
        raise ValueError("no")

    async def note(event: Event) -> None:
        seen.append(event)

    bus.subscribe("bad", fail)
    bus.subscribe("good", note)
    with structlog.testing.capture_logs() as logs:
        bus.publish(Ended(at=AT))
        bus.publish(Ended(at=AT))
        await bus.close()
    assert len(seen) == 2
    assert [line["event"] for line in logs] == ["subscriber failed", "subscriber failed"]


async def test_a_subscriber_that_falls_behind_loses_the_oldest() -> None:
    bus, seen = Bus(backlog=2), []

    async def note(event: Event) -> None:
        assert isinstance(event, Rang)
        seen.append(event.number)

    bus.subscribe("slow", note)
    with structlog.testing.capture_logs() as logs:
        for number in range(4):
            bus.publish(Rang(at=AT, number=number))
        await bus.close()
    assert seen == [2, 3]
    assert len(logs) == 2
