"""Live events of a call: who is told of it, and for how long."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role
from callcenter.api.live_feed import LiveFeed, Subscription
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.server.call_feed import CallFeed
from callcenter.testing.switchboard import Switchboard
from tests.unit.calls.conftest import Opener
from tests.unit.calls.people import ANN, BEN, RULE, TRUNK, Floor


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    return open_desk(trunks=(TRUNK,), rules=(RULE,))


def page(feed: LiveFeed, user_id: str, role: Role = Role.AGENT, *stores: str) -> Subscription:
    principal = Principal(user_id, user_id, user_id, role, Scope(False, frozenset(stores), user_id))
    return feed.subscribe(principal, None)


async def told(page: Subscription) -> list[tuple[str, set[str | None]]]:
    """Return what a page was told: the kind of event, and the agents who were in the call."""
    messages = []
    while text := await page.next(0.0):
        message = json.loads(text)
        participants = message["data"].get("participants", ())
        messages.append((message["type"], {one["agent_id"] for one in participants} - {None}))
    return messages


async def test_an_agent_who_left_hears_of_the_end_only(desk: Switchboard) -> None:
    feed = LiveFeed("r1", lambda: datetime(2026, 3, 2, tzinfo=UTC), desk.exchange.now)
    desk.exchange.observer = CallFeed(feed, desk.views)
    anns, bens, cys = (page(feed, name) for name in ("ann", "ben", "cy"))
    boss = page(feed, "boss", Role.SUPERVISOR, "s1")
    floor = await (await Floor(desk).open()).connect()
    await desk.control.transfer(ANN, floor.call.id, CallTarget(CallTargetKind.EXTENSION, "102"))
    await asyncio.sleep(5)
    assert (await told(anns))[-1] == ("call.updated", {"ben"})  # Who left is told so.
    assert (await told(bens))[-1] == ("call.updated", {"ben"})
    await told(boss)
    await desk.control.hold(BEN, floor.call.id)
    await asyncio.sleep(1)
    assert await told(anns) == []
    assert {kind for kind, _ in await told(bens)} == {"call.updated"}
    assert {kind for kind, _ in await told(boss)} == {"call.updated"}
    await floor.customer_hangs_up()
    await desk.ended()
    assert await told(anns) == [("call.ended", set())]
    assert (await told(cys)) == [("hello", set())]
