"""Keeping users, and what of it is in the audit log."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.accounts.people import UserChanged
from callcenter.accounts.session import SessionsEnded
from tests.integration.api.conftest import Office

NEW: dict[str, Any] = {
    "login": "mai",
    "name": "Mai Phương",
    "role": "agent",
    "store_ids": ["store-2"],
    "regions": ["north"],
    "active": True,
    "extension": "2002",
}


async def test_a_new_user_signs_in_with_the_password_shown_once(office: Office) -> None:
    admin = await office.signed_in("admin")
    made = await admin.post("/api/users", json=NEW)
    assert made.status_code == 201
    user, password = made.json()["user"], made.json()["password"]
    assert {name: user[name] for name in NEW} == NEW
    assert (user["must_change_password"], user["last_sign_in_at"]) == (True, None)
    client = await office.signed_in("mai", password)
    session = (await client.get("/api/session")).json()
    assert (session["extension"], session["must_change_password"]) == ("2002", True)
    assert session["user"]["store_ids"] == ["store-1", "store-2"]
    assert UserChanged(user["id"]) in office.published


async def test_users_are_listed_and_searched(office: Office) -> None:
    admin = await office.signed_in("admin")
    page = (await admin.get("/api/users", params={"limit": 2})).json()
    assert [user["login"] for user in page["items"]] == ["admin", "agent"]
    assert page["items"][1]["extension"] == "2001"
    rest = (await admin.get("/api/users", params={"cursor": page["next_cursor"]})).json()
    assert [user["login"] for user in rest["items"]] == ["foreign", "idle", "supervisor"]
    assert rest["next_cursor"] is None
    found = (await admin.get("/api/users", params={"q": "LAN", "role": "supervisor", "active": "true"})).json()
    assert [user["id"] for user in found["items"]] == ["u-supervisor"]
    assert (await admin.get("/api/users", params={"cursor": "bm9wZQ"})).json()["id"] == "invalid-cursor"


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        ({"login": "agent"}, 409, "login-taken"),
        ({"extension": "2001"}, 409, "extension-taken"),
        ({"store_ids": ["nowhere"]}, 422, "unknown-store"),
        ({"login": "Mai!"}, 422, "invalid-request"),
        ({"name": " \t"}, 422, "invalid-request"),
        ({"extension": "12a"}, 422, "invalid-request"),
        ({"role": "owner"}, 422, "invalid-request"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    office: Office, change: dict[str, Any], status: int, problem: str
) -> None:
    admin = await office.signed_in("admin")
    response = await admin.post("/api/users", json=NEW | change)
    assert (response.status_code, response.json()["id"]) == (status, problem)
    assert len((await admin.get("/api/users")).json()["items"]) == 5


async def test_a_change_takes_effect_at_the_next_request(office: Office) -> None:
    admin, agent = await office.signed_in("admin"), await office.signed_in("agent")
    wanted = {"login": "agent", "name": "Tú Anh", "role": "supervisor", "store_ids": ["store-2"], "extension": None}
    assert (await admin.put("/api/users/agent-1", json=wanted)).json()["extension"] is None
    me = (await agent.get("/api/session")).json()
    assert (me["user"]["name"], me["user"]["role"], me["agent"]) == ("Tú Anh", "supervisor", False)
    calls = (await agent.get("/api/calls")).json()["items"]
    assert {call["id"] for call in calls} == {"call-1", "call-2"}  # The stores' and their own.


@pytest.mark.parametrize("change", [{"role": "agent"}, {"active": False}])
async def test_losing_rank_or_leaving_signs_out_everywhere(office: Office, change: dict[str, Any]) -> None:
    admin, supervisor = await office.signed_in("admin"), await office.signed_in("supervisor")
    wanted = {"login": "supervisor", "name": "Lan", "role": "supervisor"} | change
    assert (await admin.put("/api/users/u-supervisor", json=wanted)).status_code == 200
    assert (await supervisor.get("/api/session")).status_code == 401
    assert any(isinstance(event, SessionsEnded) for event in office.published)


async def test_there_stays_an_administrator(office: Office) -> None:
    admin = await office.signed_in("admin")
    for response in (
        await admin.delete("/api/users/u-admin"),
        await admin.put("/api/users/u-admin", json={"login": "admin", "name": "x", "role": "agent"}),
    ):
        assert (response.status_code, response.json()["id"]) == (409, "last-admin")
    assert (await admin.get("/api/users")).status_code == 200


async def test_deactivating_frees_the_extension_and_keeps_the_name(office: Office) -> None:
    admin = await office.signed_in("admin")
    await admin.delete("/api/users/agent-1")
    user = (await admin.get("/api/users/agent-1")).json()
    assert (user["active"], user["extension"]) == (False, None)
    call = (await admin.get("/api/calls/call-1")).json()
    assert call["agent"] == {"id": "agent-1", "name": "Tú"}


async def test_the_audit_log_tells_who_changed_what(office: Office) -> None:
    admin = await office.signed_in("admin")
    user_id = (await admin.post("/api/users", json=NEW)).json()["user"]["id"]
    await admin.put(f"/api/users/{user_id}", json=NEW | {"name": "Mai"})
    await admin.post(f"/api/users/{user_id}/password-reset")
    await admin.put(f"/api/users/{user_id}", json=NEW | {"login": "agent"})
    await admin.delete(f"/api/users/{user_id}")
    await admin.delete("/api/users/nobody")
    entries = (await admin.get("/api/audit", params={"target": f"user:{user_id}"})).json()["items"]
    assert [(entry["action"], entry["outcome"]) for entry in reversed(entries)] == [
        ("user.added", "done"),
        ("user.changed", "done"),
        ("password.reset", "done"),
        ("user.changed", "refused"),
        ("user.deactivated", "done"),
    ]
    changed = entries[3]
    assert (changed["before"]["name"], changed["after"]["name"]) == ("Mai Phương", "Mai")
    assert (changed["user_id"], changed["login"], changed["source"]) == ("u-admin", "admin", "192.0.2.7")
    missed = (await admin.get("/api/audit", params={"target": "user:nobody"})).json()["items"]
    assert [entry["outcome"] for entry in missed] == ["refused"]
