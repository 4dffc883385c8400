"""The routes about queues and agents with the product's own desk behind them, on real storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callcenter.accounts.extension import Extension
from callcenter.acd.agent_state import AgentState
from tests.integration.api.acd_town import Town, real_desk, town, town_with


@asynccontextmanager
async def at_work(place: Town, directory: Path, *phones: str) -> AsyncIterator[Town]:
    """Put the real desk behind the routes of ``place``; leaving stops it as a restart would."""
    desk = real_desk(place.storage, place.clock, directory)
    await desk.start()
    for extension in phones:
        desk.agent_connected(extension)
    async with town_with(place.storage, desk, place.clock, place.recordings) as opened:
        yield opened
    await desk.stop()
    await place.storage.writer.flush()


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as opened:
        yield opened


async def test_agents_and_queues_are_those_of_the_book(closed: Town, tmp_path: Path) -> None:
    async with at_work(closed, tmp_path) as place:
        (lan,) = await place.ask("lan", "GET", "/api/agents")
        assert (lan["id"], lan["extension"], lan["state"], lan["queue_ids"]) == ("lan", "1001", "offline", ["store:s1"])
        (live,) = await place.ask("boss", "GET", "/api/live-queues")
        assert (live["code"], live["waiting"], live["estimated_wait_s"]) == ("store:HN-01", [], None)
        assert live["agents"]["offline"] >= 1 and set(live["agents"]) == {state.value for state in AgentState}
        made = await place.ask("boss", "POST", "/api/queues", {"code": "sales", "name": "Bán hàng", "store_id": "s1"})
        await place.ask("boss", "POST", f"/api/queues/{made['id']}/members", {"agent_id": "lan"})
        (lan,) = await place.ask("lan", "GET", "/api/agents")
        assert sorted(lan["queue_ids"]) == sorted(["store:s1", made["id"]])


async def test_what_an_agent_chose_survives_a_restart(closed: Town, tmp_path: Path) -> None:
    async with at_work(closed, tmp_path) as place:
        available = {"state": "available"}
        assert await place.ask("lan", "PUT", "/api/me/agent-state", available) == (409, "agent-not-reachable")
    async with at_work(closed, tmp_path, "1001") as place:
        chosen = await place.ask("lan", "PUT", "/api/me/agent-state", {"state": "break", "reason": "lunch"})
        assert (chosen["state"], chosen["reason"], chosen["registered"]) == ("break", "lunch", True)
        assert await place.ask("lan", "POST", "/api/me/wrap-up/extend") == (409, "no-wrap-up")
    async with at_work(closed, tmp_path, "1001") as place:
        (lan,) = await place.ask("lan", "GET", "/api/agents")
        assert (lan["state"], lan["reason"]) == ("break", "lunch")
        forced = await place.ask("boss", "PUT", "/api/agents/lan/state", {"state": "offline"})
        assert forced["state"] == "offline"


async def test_a_call_back_survives_a_restart_and_is_called_off(closed: Town, tmp_path: Path) -> None:
    wanted = {"queue": "store:HN-01", "number": "0912 345 678", "customer_name": "Lan"}
    async with at_work(closed, tmp_path) as place:
        made = await place.ask("lan", "POST", "/api/callbacks", wanted)
        assert (made["number"], made["open"]) == ("+84912345678", True)
        again = await place.ask("lan", "POST", "/api/callbacks", {**wanted, "note": "gấp"})
        assert (again["id"], again["note"]) == (made["id"], "gấp"), "one per number and queue"
    async with at_work(closed, tmp_path) as place:
        (live,) = await place.ask("boss", "GET", "/api/live-queues")
        assert [waiting["callback_id"] for waiting in live["waiting"]] == [made["id"]]
        assert await place.ask("boss", "DELETE", f"/api/callbacks/{made['id']}") is None
        (kept,) = (await place.ask("boss", "GET", "/api/callbacks"))["items"]
        assert (kept["id"], kept["state"], kept["open"]) == (made["id"], "cancelled", False)
        visits = await place.storage.queue_history.visits_since(place.clock.utcnow())
        assert [(visit.callback_id, visit.outcome.value) for visit in visits] == [(made["id"], "cancelled")]


async def test_an_agent_who_gets_a_phone_is_at_work_at_once(closed: Town, tmp_path: Path) -> None:
    async with at_work(closed, tmp_path) as place:
        (mai,) = await place.ask("mai", "GET", "/api/agents")
        assert (mai["extension"], mai["queue_ids"]) == (None, [])
        await place.storage.extensions.save(Extension(number="2001", store_id="s2", agent_id="mai"))
        (mai,) = await place.ask("mai", "GET", "/api/agents")
        assert (mai["extension"], mai["queue_ids"]) == ("2001", ["store:s2"])
