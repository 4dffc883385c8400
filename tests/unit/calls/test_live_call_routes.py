"""The routes of live calls: who sees which call, what an action answers, and what is never repeated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from callcenter.accounts.audit import AuditNote
from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role
from callcenter.api.audit_trail import audit_note
from callcenter.api.auth import signed_in
from callcenter.api.errors import install_problem_handlers
from callcenter.api.routes.live_calls import LiveCallPorts, router
from callcenter.testing.switchboard import Switchboard
from tests.unit.calls.conftest import Opener
from tests.unit.calls.people import RULE, TRUNK, Floor


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    return open_desk(trunks=(TRUNK,), rules=(RULE,))


def person(user_id: str, role: Role = Role.AGENT, *stores: str, everything: bool = False) -> Principal:
    return Principal(user_id, user_id, user_id, role, Scope(everything, frozenset(stores), user_id))


ANN, BEN = person("ann"), person("ben")
LOCAL = person("lan", Role.SUPERVISOR, "s1")
FOREIGN = person("minh", Role.SUPERVISOR, "s9")
ADMIN = person("root", Role.ADMIN, everything=True)


async def _open_customer(customer_id: str, principal: Principal) -> str | None:
    """Know one customer, who is Ann's."""
    return "customer-2" if (customer_id, principal) == ("customer-1", ANN) else None


@asynccontextmanager
async def api(desk: Switchboard, principal: Principal) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that ``principal`` is signed in with."""
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(router(LiveCallPorts(desk.control, desk.views), _open_customer))

    async def known() -> Principal:
        return principal

    async def note() -> AuditNote:
        return AuditNote()

    # Coroutines, since time does not pass in other threads here.
    app.dependency_overrides |= {signed_in: known, audit_note: note}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("principal", "sees"), [(ANN, True), (BEN, False), (LOCAL, True), (FOREIGN, False), (ADMIN, True)]
)
async def test_who_sees_a_call(desk: Switchboard, principal: Principal, sees: bool) -> None:
    floor = await (await Floor(desk).open()).connect()
    call_id = floor.call.id
    async with api(desk, principal) as client:
        listed = (await client.get("/api/live-calls")).json()
        assert [call["id"] for call in listed] == ([call_id] if sees else [])
        one = await client.get(f"/api/live-calls/{call_id}")
        assert one.status_code == (200 if sees else 404)
        if not sees:
            for path in ("hold", "hangup", "consult/swap", "recording/pause"):
                refused = await client.post(f"/api/live-calls/{call_id}/{path}")
                assert (refused.status_code, refused.json()["id"]) == (404, "not-found")
    await floor.customer_hangs_up()


async def test_an_agent_holds_consults_and_is_told_no(desk: Switchboard) -> None:
    floor = await (await Floor(desk).open()).connect()
    path = f"/api/live-calls/{floor.call.id}"
    async with api(desk, ANN) as client:
        held = (await client.post(f"{path}/hold")).json()
        assert held["segment"]["kind"] == "hold"
        assert {one["role"]: one["state"] for one in held["participants"]} == {"customer": "held", "agent": "talking"}
        assert "resume" in held["actions"]
        await client.post(f"{path}/resume")
        no = await client.post(f"{path}/consult/complete")
        assert (no.status_code, no.json()["id"]) == (409, "action-not-possible")
        nobody = await client.post(f"{path}/transfer", json={"target": {"kind": "extension", "value": "999"}})
        assert (nobody.status_code, nobody.json()["id"]) == (409, "target-unknown")
        asked = await client.post(f"{path}/consult", json={"target": {"kind": "agent", "value": "ben"}})
        assert asked.json()["consult"]["target_label"] == "Agent ben"
        sent = await client.post(f"{path}/digits", json={"keys": "4711"})
        assert sent.status_code == 200
        assert (await client.post(f"{path}/digits", json={"keys": "47x"})).status_code == 422
    await floor.customer_hangs_up()
    async with api(desk, ANN) as client:
        assert (await client.post(f"{path}/hangup")).status_code == 200
        await desk.ended()
        assert (await client.get(path)).status_code == 404
    story = desk.log.events[desk.finished[0].record.id]
    assert not any("4711" in str(line.data) for line in story)


async def test_calling_somebody(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    async with api(desk, ANN) as client:
        made = await client.post("/api/live-calls", json={"to": {"kind": "extension", "value": "102"}})
        assert made.status_code == 200
        assert made.json()["direction"] == "internal"
        floor.ann.answer(await floor.ann.incoming())
        ended = await client.post(f"/api/live-calls/{made.json()['id']}/hangup")
        assert ended.status_code == 200
    await desk.ended()


async def test_a_call_is_about_a_customer_who_is_open_to_the_caller(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    wanted = {"to": {"kind": "extension", "value": "103"}, "customer_id": "customer-1"}
    async with api(desk, BEN) as client:
        refused = await client.post("/api/live-calls", json=wanted)
        assert (refused.status_code, refused.json()["id"]) == (404, "not-found")
        assert not desk.exchange.calls
    async with api(desk, ANN) as client:
        made = (await client.post("/api/live-calls", json=wanted)).json()
        assert made["customer"]["id"] == "customer-2"  # Whom that one was merged into.
        floor.ann.answer(await floor.ann.incoming())
        await client.post(f"/api/live-calls/{made['id']}/hangup")
    await desk.ended()
