from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role
from callcenter.api.live_feed import IDLE_S, MAX_UNSENT, REMEMBERED, LiveFeed, Subscription
from callcenter.testing.clock import FakeClock

NOW = datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC)


def person(user_id: str, session_id: str = "s1") -> Principal:
    return Principal(user_id, user_id, user_id, Role.AGENT, Scope(False, frozenset(), user_id), session_id)


def everybody(_: Principal) -> bool:
    return True


async def drain(subscription: Subscription) -> list[dict[str, Any]]:
    messages = []
    while text := await subscription.next(0.0):
        messages.append(json.loads(text))
    return messages


def feed(presence: list[tuple[str, bool]] | None = None, clock: FakeClock | None = None) -> LiveFeed:
    told = presence if presence is not None else []
    clock = clock or FakeClock()
    return LiveFeed("r1", lambda: NOW, clock.monotonic, lambda user_id, present: told.append((user_id, present)))


async def test_a_page_is_greeted_and_hears_what_its_owner_may_see() -> None:
    live = feed()
    page = live.subscribe(person("an"), None)
    live.publish("queue.updated", {"id": "q1"}, everybody)
    live.publish("call.updated", {"id": "c1"}, lambda principal: principal.user_id == "binh")
    live.publish_to("an", "notice", {"message_id": "hello"})
    assert await drain(page) == [
        {"id": "r1-0", "type": "hello", "at": "2026-03-02T01:02:03.000Z", "data": {"resumed": False}},
        {"id": "r1-1", "type": "queue.updated", "at": "2026-03-02T01:02:03.000Z", "data": {"id": "q1"}},
        {"id": "r1-3", "type": "notice", "at": "2026-03-02T01:02:03.000Z", "data": {"message_id": "hello"}},
    ]


async def test_a_page_that_comes_back_gets_what_it_missed() -> None:
    live = feed()
    first = live.subscribe(person("an"), None)
    live.publish("a", {}, everybody)
    seen = (await drain(first))[-1]["id"]
    live.unsubscribe(first)
    live.publish("b", {}, everybody)
    live.publish("c", {}, everybody)
    messages = await drain(live.subscribe(person("an"), seen))
    assert [message["type"] for message in messages] == ["hello", "b", "c"]
    assert (messages[0]["id"], messages[0]["data"]) == (seen, {"resumed": True})


async def test_a_page_that_missed_nothing_resumes_too() -> None:
    live = feed()
    live.publish("a", {}, everybody)
    messages = await drain(live.subscribe(person("an"), live.last_id))
    assert [(message["type"], message["data"]) for message in messages] == [("hello", {"resumed": True})]


async def test_a_page_that_missed_too_much_or_comes_from_another_run_starts_anew() -> None:
    live = feed()
    for number in range(REMEMBERED + 2):
        live.publish("a", {"n": number}, everybody)
    for last in ("r1-1", "r0-4000", "r1-999999", "r1-", "nonsense", "r1-²"):
        messages = await drain(live.subscribe(person("an"), last))
        assert [message["type"] for message in messages] == ["hello", "reset"], last
    messages = await drain(live.subscribe(person("an"), f"r1-{REMEMBERED}"))
    assert [message["type"] for message in messages] == ["hello", "a", "a"]


async def test_a_page_that_missed_more_than_may_wait_starts_anew() -> None:
    live = feed()
    for number in range(MAX_UNSENT):
        live.publish("a", {"n": number}, everybody)
        live.publish("b", {}, lambda principal: principal.user_id == "binh")
    messages = await drain(live.subscribe(person("an"), "r1-0"))
    assert [message["type"] for message in messages] == ["hello", "reset"]
    messages = await drain(live.subscribe(person("an"), "r1-1"))
    assert len(messages) == MAX_UNSENT  # The greeting and everything but the first, without what is not theirs.


async def test_a_page_that_does_not_read_is_ended_and_the_others_are_not() -> None:
    live = feed()
    slow, quick = live.subscribe(person("an"), None), live.subscribe(person("binh"), None)
    for _ in range(MAX_UNSENT):
        live.publish("a", {}, everybody)
        assert await quick.next(0.0)
    assert await slow.next(0.0) is None
    assert await quick.next(0.0)


async def test_presence_is_the_first_page_and_the_last() -> None:
    told: list[tuple[str, bool]] = []
    live = feed(told)
    first, second = live.subscribe(person("an"), None), live.subscribe(person("an"), None)
    assert told == [("an", True)]
    live.unsubscribe(first)
    live.unsubscribe(first)
    assert told == [("an", True)]
    live.unsubscribe(second)
    assert told == [("an", True), ("an", False)]


async def test_an_ended_session_ends_its_pages() -> None:
    live = feed()
    one, other = live.subscribe(person("an", "s1"), None), live.subscribe(person("an", "s2"), None)
    live.end_session("s1")
    assert await one.next(0.0) is None
    assert (await drain(other))[0]["type"] == "hello"


async def test_waiting_ends_with_a_message_or_with_the_time() -> None:
    live = feed()
    page = live.subscribe(person("an"), None)
    await drain(page)
    waiting = asyncio.ensure_future(page.next(5.0))
    await asyncio.sleep(0)
    live.publish("a", {}, everybody)
    assert json.loads(await waiting or "")["type"] == "a"
    assert await page.next(0.0) == ""
    live.close()
    assert await page.next(0.0) is None


async def test_events_nobody_can_see_need_not_be_made_and_a_page_that_comes_back_starts_anew() -> None:
    clock = FakeClock()
    live = feed(clock=clock)
    assert live.idle  # Nobody has come yet.
    page = live.subscribe(person("an"), None)
    live.publish("a", {}, everybody)
    seen = live.last_id
    assert not live.idle
    live.unsubscribe(page)
    clock.advance(IDLE_S - 1)
    assert not live.idle  # A page that reloads will want what it missed.
    clock.advance(1)
    assert live.idle
    live.skip()
    messages = await drain(live.subscribe(person("an"), seen))
    assert [message["type"] for message in messages] == ["hello", "reset"]
