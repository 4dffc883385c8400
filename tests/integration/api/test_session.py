"""Signing in, staying signed in, signing out; CSRF, cookies, tokens and the throttle."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import HTTPConnection

from callcenter.accounts.session import SessionsEnded
from callcenter.api.auth import WebSecurity, principal_of
from tests.integration.api.conftest import ORIGIN, PASSWORD, Office

WRONG = {"login": "agent", "password": "wrong password"}


async def test_signing_in_tells_a_page_what_it_needs(office: Office) -> None:
    browser = await office.browser()
    response = await browser.post("/api/session", json={"login": " Agent ", "password": PASSWORD})
    body = response.json()
    token = body.pop("csrf_token")
    assert body == {
        "user": {"id": "agent-1", "login": "agent", "name": "Tú", "role": "agent", "store_ids": ["store-1"]},
        "permissions": ["calls.handle", "calls.read", "customers.read", "directory.read", "recordings.listen"],
        "extension": "2001",
        "agent": True,
        "timezone": "Asia/Ho_Chi_Minh",
        "must_change_password": False,
    }
    assert (await browser.get("/api/session")).json()["csrf_token"] == token
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("callcenter_session=")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Secure" not in cookie
    user = await office.storage.users.get("agent-1")
    assert user is not None and user.last_sign_in_at == office.clock.utcnow()


async def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(office: Office) -> None:
    office.app.state.security = WebSecurity(public_url="https://calls.example/")
    browser = await office.browser(Origin="https://calls.example")
    response = await browser.post("/api/session", json={"login": "agent", "password": PASSWORD})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-callcenter=") and "Secure" in cookie and "Domain" not in cookie


async def test_only_the_hash_of_a_session_is_stored(office: Office) -> None:
    client = await office.signed_in("agent")
    secret = client.cookies["callcenter_session"]
    assert len(secret) == 43  # 256 bits
    [session] = await office.storage.sessions.of_user("agent-1")
    assert secret not in repr(session) and len(session.secret_hash) == 64


async def test_wrong_unknown_and_deactivated_look_the_same(office: Office) -> None:
    admin = await office.signed_in("admin")
    assert (await admin.delete("/api/users/u-idle")).status_code == 204
    browser = await office.browser()
    answers = [
        await browser.post("/api/session", json={"login": login, "password": password})
        for login, password in (("agent", "wrong password"), ("nobody", PASSWORD), ("idle", PASSWORD))
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert answers[0].json()["id"] == "sign-in-refused"
    assert "set-cookie" not in answers[0].headers


async def test_guessing_slows_down_and_recovers(office: Office) -> None:
    browser = await office.browser()
    for _ in range(6):
        assert (await browser.post("/api/session", json=WRONG)).status_code == 401
    refused = await browser.post("/api/session", json={"login": "agent", "password": PASSWORD})
    assert (refused.status_code, refused.json()["id"], refused.headers["retry-after"]) == (
        429,
        "too-many-attempts",
        "2",
    )
    unknown = await browser.post("/api/session", json={"login": "idle", "password": PASSWORD})
    assert unknown.status_code == 200  # From the same address, another login.
    office.clock.advance(2.1)
    assert (await browser.post("/api/session", json={"login": "agent", "password": PASSWORD})).status_code == 200


async def test_a_sign_in_ends_the_session_the_browser_had(office: Office) -> None:
    browser = await office.browser()
    for _ in range(2):
        await browser.post("/api/session", json={"login": "agent", "password": PASSWORD})
    assert len(await office.storage.sessions.of_user("agent-1")) == 1


async def test_a_session_ends_after_idle_time_and_after_a_day_whatever_happens(office: Office) -> None:
    idle, busy = await office.signed_in("agent"), await office.signed_in("supervisor")
    for _ in range(23):
        office.clock.advance(3600)
        assert (await busy.get("/api/status")).status_code == 200
    assert (await idle.get("/api/status")).status_code == 401
    office.clock.advance(3601)
    assert (await busy.get("/api/status")).status_code == 401


async def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    client = await office.signed_in("agent")
    secret = client.cookies["callcenter_session"]
    response = await client.delete("/api/session")
    assert response.status_code == 204 and 'callcenter_session=""' in response.headers["set-cookie"]
    stale = await office.browser(Cookie=f"callcenter_session={secret}")
    assert (await stale.get("/api/session")).status_code == 401
    assert [type(event) for event in office.published] == [SessionsEnded]


async def test_changes_by_cookie_need_the_token_and_an_origin_of_ours(office: Office) -> None:
    client = await office.signed_in("agent")
    for headers, problem in (
        ({"X-CSRF-Token": ""}, "csrf-token-wrong"),
        ({"X-CSRF-Token": "é"}, "csrf-token-wrong"),
        ({"Origin": "http://test.evil.example"}, "foreign-origin"),
        ({"Origin": "null"}, "foreign-origin"),
        ({"Origin": ""}, "foreign-origin"),
    ):
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        response = await client.request("DELETE", "/api/session", headers=encoded)
        assert (response.status_code, response.json()["id"]) == (403, problem)
    assert (await client.get("/api/session")).status_code == 200


async def test_a_foreign_page_cannot_sign_a_browser_in(office: Office) -> None:
    browser = await office.browser(Origin="http://evil.example")
    response = await browser.post("/api/session", json={"login": "agent", "password": PASSWORD})
    assert (response.status_code, response.json()["id"]) == (403, "foreign-origin")


async def test_changing_the_password_signs_out_everywhere_else(office: Office) -> None:
    here, there = await office.signed_in("agent"), await office.signed_in("agent")
    change = {"current_password": PASSWORD, "new_password": "a brand new horse"}
    response = await here.put("/api/me/password", json=change)
    assert response.status_code == 200
    assert (await there.get("/api/session")).status_code == 401
    assert (await here.get("/api/session")).json()["csrf_token"] == response.json()["csrf_token"]
    assert (await here.delete("/api/session")).status_code == 403  # The old CSRF token is void.
    assert (await (await office.browser()).post("/api/session", json=WRONG | {"password": PASSWORD})).status_code == 401
    await office.signed_in("agent", "a brand new horse")


@pytest.mark.parametrize("new", ["short", "password123", "agentagent1", "aaaaaaaaaaaa", "1234567890", "x" * 201])
async def test_passwords_that_are_guessed_early_are_refused(office: Office, new: str) -> None:
    client = await office.signed_in("agent")
    response = await client.put("/api/me/password", json={"current_password": PASSWORD, "new_password": new})
    assert response.status_code == 422
    assert new not in response.text
    await office.signed_in("agent")


async def test_guessing_the_current_password_slows_down_too(office: Office) -> None:
    client = await office.signed_in("agent")
    change = {"current_password": "wrong one", "new_password": "a brand new horse"}
    ids = [(await client.put("/api/me/password", json=change)).json()["id"] for _ in range(8)]
    assert ids == ["wrong-password"] * 6 + ["too-many-attempts"] * 2


async def test_after_a_reset_nothing_but_a_new_password_is_allowed(office: Office) -> None:
    admin = await office.signed_in("admin")
    old = await office.signed_in("agent")
    password = (await admin.post("/api/users/agent-1/password-reset")).json()["password"]
    assert (await old.get("/api/session")).status_code == 401
    client = await office.signed_in("agent", password)
    assert (await client.get("/api/session")).json()["must_change_password"] is True
    refused = await client.get("/api/calls")
    assert (refused.status_code, refused.json()["id"]) == (403, "password-change-required")
    change = {"current_password": password, "new_password": "a brand new horse"}
    assert (await client.put("/api/me/password", json=change)).json()["must_change_password"] is False
    assert (await client.get("/api/calls")).status_code == 200


async def test_people_see_and_end_their_other_sessions(office: Office) -> None:
    here, there = await office.signed_in("agent"), await office.signed_in("agent")
    sessions = (await here.get("/api/me/sessions")).json()
    [other] = [session["id"] for session in sessions if not session["current"]]
    assert len(sessions) == 2
    assert (await here.delete(f"/api/me/sessions/{other}")).status_code == 204
    assert (await there.get("/api/session")).status_code == 401
    assert (await here.get("/api/session")).status_code == 200


# API tokens


async def test_a_token_is_shown_once_works_without_csrf_and_is_revoked(office: Office) -> None:
    admin = await office.signed_in("admin")
    made = await admin.post("/api/tokens", json={"name": "CRM", "role": "supervisor", "store_ids": ["store-1"]})
    assert made.status_code == 201
    secret, token = made.json()["secret"], made.json()["token"]
    assert secret.startswith("cct_") and secret not in (await admin.get("/api/tokens")).text

    program = await office.browser(Authorization=f"Bearer {secret}", Origin="http://elsewhere.example")
    assert [call["id"] for call in (await program.get("/api/calls")).json()["items"]] == ["call-1"]
    me = (await program.get("/api/session")).json()
    assert (me["user"]["role"], me["csrf_token"]) == ("supervisor", None)
    assert (await program.get("/api/users")).status_code == 403
    listed = {item["id"]: item for item in (await admin.get("/api/tokens")).json()}
    assert listed[token["id"]]["used_at"] is not None

    assert (await admin.delete(f"/api/tokens/{token['id']}")).status_code == 204
    assert (await program.get("/api/calls")).status_code == 401


async def test_a_token_expires_and_dies_with_its_owner(office: Office) -> None:
    admin = await office.signed_in("admin")
    soon = (office.clock.utcnow().replace(minute=30)).isoformat()
    secret = (await admin.post("/api/tokens", json={"name": "x", "expires_at": soon})).json()["secret"]
    program = await office.browser(Authorization=f"Bearer {secret}")
    assert (await program.get("/api/session")).status_code == 200
    office.clock.advance(1801)
    assert (await program.get("/api/session")).status_code == 401

    lasting = await office.browser(Authorization="Bearer secret-1")
    second = {"login": "second", "name": "Second", "role": "admin"}
    made = (await admin.post("/api/users", json=second)).json()
    assert made["user"]["role"] == "admin"
    assert (await admin.delete("/api/users/u-admin")).status_code == 204
    assert (await lasting.get("/api/session")).status_code == 401


async def test_a_token_works_on_while_its_owner_must_change_the_password(office: Office) -> None:
    await office.services.people.reset_password("u-admin")
    program = await office.browser(Authorization="Bearer secret-1")
    assert (await program.get("/api/users")).status_code == 200


async def test_tokens_cannot_make_tokens_nor_reach_further_than_allowed(office: Office) -> None:
    program = await office.browser(Authorization="Bearer secret-1")
    refused = await program.post("/api/tokens", json={"name": "x"})
    assert (refused.status_code, refused.json()["id"]) == (403, "session-required")
    admin = await office.signed_in("admin")
    for body in (
        {"name": "x", "role": "admin", "store_ids": ["store-1"]},
        {"name": "x", "store_ids": ["nowhere"]},
        {"name": "x", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "expires_at": "0001-01-01T00:00:00+14:00"},
        {"name": ""},
    ):
        assert (await admin.post("/api/tokens", json=body)).status_code == 422


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer nonsense", "Bearer " + "x" * 5000, "Basic YTpi"])
async def test_other_credentials_are_none(office: Office, value: str) -> None:
    assert (await (await office.browser(Authorization=value)).get("/api/session")).status_code == 401


# WebSockets


def _websocket(office: Office, client: httpx.AsyncClient, origin: str | None) -> HTTPConnection:
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = [(b"host", b"test"), (b"cookie", cookie.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/api/live",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.7", 1),
        "server": ("test", 80),
        "app": office.app,
    }
    return HTTPConnection(scope)


async def test_a_websocket_needs_the_session_and_an_origin_of_ours(office: Office) -> None:
    client = await office.signed_in("agent")
    principal = await principal_of(_websocket(office, client, ORIGIN))
    assert principal is not None and principal.user_id == "agent-1"
    assert await principal_of(_websocket(office, client, "http://evil.example")) is None
    assert await principal_of(_websocket(office, client, None)) is None
    assert await principal_of(_websocket(office, await office.browser(), ORIGIN)) is None


# The audit log


async def test_sign_ins_are_in_the_audit_log(office: Office) -> None:
    browser = await office.browser()
    await browser.post("/api/session", json=WRONG)
    client = await office.signed_in("agent")
    await client.put("/api/me/password", json={"current_password": "wrong one", "new_password": "x"})
    change = {"current_password": PASSWORD, "new_password": "a brand new horse"}
    csrf = (await client.put("/api/me/password", json=change)).json()["csrf_token"]
    client.headers["X-CSRF-Token"] = csrf
    await client.delete("/api/session")
    assert await office.audit() == [
        ("session.refused", "refused", None),
        ("session.opened", "done", "agent-1"),
        ("password.changed", "refused", "agent-1"),
        ("password.changed", "done", "agent-1"),
        ("session.closed", "done", "agent-1"),
    ]
    admin = await office.signed_in("admin")
    text = (await admin.get("/api/audit", params={"limit": 200})).text
    assert PASSWORD not in text and "wrong one" not in text and "brand new" not in text
    refused = (await admin.get("/api/audit", params={"action": "session.refused"})).json()["items"]
    assert [(item["login"], item["source"]) for item in refused] == [("agent", "192.0.2.7")]
