"""Who may do what: every route of the application, walked by every role with own and foreign ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.routing import APIRoute

from callcenter.accounts.people import UserDetails
from callcenter.accounts.user import Role, StoreScope
from callcenter.api.app import WebPorts, create_app
from callcenter.api.auth import SAFE_METHODS, Requirement, WebSecurity, requirement_of
from callcenter.api.document import described_routers
from callcenter.api.openapi import api_routes
from tests.integration.api.conftest import Office

ROUTES = [
    pytest.param(route, method, id=f"{method} {route.path}")
    for route in api_routes(described_routers())
    for method in sorted(route.methods or ())
]
NEEDED = {
    Requirement.SIGNED_IN: Role.AGENT,
    Requirement.CHANGING_PASSWORD: Role.AGENT,
    Requirement.SUPERVISOR: Role.SUPERVISOR,
    Requirement.ADMIN: Role.ADMIN,
    Requirement.OPERATOR: Role.ADMIN,
}
LOGINS = {"agent": Role.AGENT, "supervisor": Role.SUPERVISOR, "foreign": Role.SUPERVISOR, "admin": Role.ADMIN}

NORTH = {
    "call_id": "call-1",
    "recording_id": "call-1-r",
    "customer_id": "customer-1",
    "number": "0912345678",
    "store_id": "store-1",
    "queue_id": "store:store-1",
    "agent_id": "agent-1",
}
SOUTH = {
    "call_id": "call-2",
    "recording_id": "call-2-r",
    "customer_id": "customer-2",
    "number": "0987654321",
    "store_id": "store-2",
    "queue_id": "store:store-2",
}
ELSEWHERE = ("callback_id", "disposition_id", "reason_id", "voicemail_id", "leg_id")
"Own ones are what the tests of those routes are about."
COMPANY = {"flow_id": "hello", "version": "3"}
"Flows belong to nobody: every supervisor draws them."
NOWHERE = dict.fromkeys((*NORTH, *ELSEWHERE, *COMPANY, "user_id", "token_id", "session_id"), "01NOTHING") | {
    "number": "0900000000"
}
OWN: Mapping[str, Mapping[str, str]] = {
    "agent": NORTH,
    "supervisor": NORTH | COMPANY,
    "foreign": SOUTH | COMPANY,
    "admin": NORTH | COMPANY | {"user_id": "u-idle", "token_id": "token-2"},
}
FOREIGN: Mapping[str, Mapping[str, str]] = {
    "agent": NOWHERE | SOUTH,
    "supervisor": NOWHERE | SOUTH,
    "foreign": NOWHERE | NORTH,
    "admin": NOWHERE,
}
USER = {"login": "new", "name": "New", "role": "agent"}
QUEUE = {"code": "new", "name": "New"}
FLOW = {"document": {"id": "hello", "name": "Xin chào", "nodes": []}}
TARGET = {"target": {"kind": "extension", "value": "101"}}
BODIES: Mapping[str, Any] = {
    "POST /api/session": {"login": "agent", "password": "wrong"},
    "PUT /api/me/password": {"current_password": "wrong", "new_password": "another good one"},
    "POST /api/users": USER,
    "PUT /api/users/{user_id}": USER | {"login": "idle"},
    "POST /api/tokens": {"name": "x"},
    "PUT /api/me/agent-state": {"state": "offline"},
    "PUT /api/agents/{agent_id}/state": {"state": "offline"},
    "PUT /api/agents/{agent_id}/skills": {"skills": {}},
    "POST /api/calls/{call_id}/wrap-up": {},
    "POST /api/queues": QUEUE,
    "PUT /api/queues/{queue_id}": QUEUE,
    "PUT /api/queues/{queue_id}/members": [],
    "POST /api/queues/{queue_id}/members": {"agent_id": "agent-1"},
    "POST /api/dispositions": {"code": "new", "label": "Mới", "label_en": "New"},
    "PUT /api/dispositions/{disposition_id}": {"code": "new", "label": "Mới", "label_en": "New"},
    "POST /api/break-reasons": {"code": "new", "label": "Mới", "label_en": "New"},
    "PUT /api/voicemails/{voicemail_id}": {"heard": True},
    "POST /api/live-calls": TARGET | {"to": TARGET["target"]},
    "POST /api/live-calls/{call_id}/transfer": TARGET,
    "POST /api/live-calls/{call_id}/consult": TARGET,
    "POST /api/live-calls/{call_id}/participants": TARGET,
    "POST /api/live-calls/{call_id}/digits": {"keys": "1"},
    "POST /api/flows": {"id": "new", "name": "New"},
    "POST /api/flows/check": FLOW,
    "POST /api/flows/simulate": FLOW,
    "POST /api/flows/test": FLOW,
    "POST /api/flows/{flow_id}/what-if": {"days": 1},
    "POST /api/flows/{flow_id}/tests": {"name": "x", "revision": 1},
    "POST /api/flows/import": FLOW["document"],
    "PUT /api/flows/{flow_id}/draft": FLOW | {"revision": 1},
    "POST /api/flows/{flow_id}/lock": {"take_over": True},
    "POST /api/flows/{flow_id}/publish": {"revision": 1},
}
LIVE = "/api/live-calls/{call_id}"
"Own calls under way are what the tests of call control are about."


def _filled(path: str, ids: Mapping[str, str]) -> str:
    for name in re.findall(r"{(\w+)}", path):
        assert name in ids, f"say in this file which {name} is whose, for {path}"
        path = path.replace(f"{{{name}}}", ids[name])
    return path


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_every_route_declares_who_may_call_it(route: APIRoute, method: str) -> None:
    assert requirement_of(route) is not None, "take a parameter SignedIn, Supervisor or Admin, or depend on public"


async def test_whoever_is_not_allowed_is_refused_before_anything_happens(office: Office) -> None:
    """Nobody gets 401; a lower role, a browser without CSRF token and one from elsewhere get 403."""
    edge = WebPorts(
        identity=office.services.sign_in, audit=office.storage.audit, clock=office.clock, security=WebSecurity()
    )
    office.app = create_app(described_routers(), edge)
    nobody = await office.browser()
    clients = {login: await office.signed_in_elsewhere(login) for login in LOGINS}
    for parameter in ROUTES:
        route, method = parameter.values
        assert isinstance(route, APIRoute) and isinstance(method, str)
        requirement = requirement_of(route)
        if requirement is None or requirement is Requirement.PUBLIC:
            continue
        path = re.sub(r"{\w+}", "x", route.path)
        answer = await nobody.request(method, path)
        assert (answer.status_code, answer.json()["id"]) == (401, "not-signed-in"), parameter.id
        for login, role in LOGINS.items():
            if not role.includes(NEEDED[requirement]):
                answer = await clients[login].request(method, path)
                assert (answer.status_code, answer.json()["id"]) == (403, "role-not-sufficient"), (login, parameter.id)
        if method not in SAFE_METHODS:
            answer = await clients["admin"].request(method, path, headers={"X-CSRF-Token": "wrong"})
            assert (answer.status_code, answer.json()["id"]) == (403, "csrf-token-wrong"), parameter.id
            answer = await clients["admin"].request(method, path, headers={"Origin": "http://evil.example"})
            assert (answer.status_code, answer.json()["id"]) == (403, "foreign-origin"), parameter.id


@pytest.mark.parametrize("login", LOGINS)
async def test_own_ids_are_open_and_foreign_ones_do_not_exist(office: Office, login: str) -> None:
    details = UserDetails(
        login="south", name="Nam", scope=StoreScope(store_ids=frozenset({"store-2"})), extension="2009"
    )
    south, _ = await office.services.people.add(details, "a decent pass phrase")
    elsewhere = (await (await office.signed_in("idle")).get("/api/me/sessions")).json()[0]["id"]
    agents = {NORTH["agent_id"], south.user.id}
    own_agent = south.user.id if login == "foreign" else NORTH["agent_id"]
    foreign_agent = "01NOTHING" if login == "admin" else (agents - {own_agent}).pop()
    for route in api_routes(office.routers):
        requirement = requirement_of(route)
        if requirement not in NEEDED or not LOGINS[login].includes(NEEDED[requirement]):
            continue
        for method in route.methods or ():
            name = f"{method} {route.path}"
            body = BODIES.get(name)
            if isinstance(body, dict) and "agent_id" in body:
                body = body | {"agent_id": own_agent}
            client = await office.signed_in(login)
            mine = (await client.get("/api/me/sessions")).json()[0]["id"]
            if "{" in route.path:
                foreign = {**FOREIGN[login], "session_id": elsewhere, "agent_id": foreign_agent}
                answer = await client.request(method, _filled(route.path, foreign), json=body)
                assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), (
                    name,
                    answer.text,
                )
            if any(f"{{{parameter}}}" in route.path for parameter in ELSEWHERE) or route.path.startswith(LIVE):
                continue
            own = {**OWN[login], "session_id": mine, "agent_id": own_agent}
            answer = await client.request(method, _filled(route.path, own), json=body)
            if name == "PUT /api/me/password":
                assert answer.json()["id"] == "wrong-password"
            else:
                refusing = {401, 403, 404} if "{" in route.path else {401, 403}
                assert answer.status_code < 500 and answer.status_code not in refusing, (name, answer.text)
