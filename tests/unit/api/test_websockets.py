from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role
from callcenter.api.auth import WebSecurity
from callcenter.api.live_feed import LiveFeed
from callcenter.api.websockets import MAX_PER_USER, router
from callcenter.transport.websocket import MessageSocket

OWN_PAGE = {"Origin": "http://testserver", "Cookie": "callcenter_session=an-secret"}
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class OneSession:
    """One signed-in supervisor."""

    def __init__(self) -> None:
        self.stores = frozenset[str]()

    async def by_session(self, secret: str, source: str) -> Principal | None:
        if secret != "an-secret":
            return None
        return Principal("an", "an", "An", Role.SUPERVISOR, Scope(False, self.stores, "an"), "s1")

    async def by_token(self, secret: str, source: str) -> Principal | None:
        return None

    def csrf_token(self, secret: str) -> str:
        return ""


class EchoPhones:
    """Answers every SIP message with itself."""

    def __init__(self) -> None:
        self.full = False
        self.secure: list[bool] = []

    async def serve(
        self, connection: MessageSocket, local: tuple[str, int], remote: tuple[str, int], *, secure: bool
    ) -> None:
        self.secure.append(secure)
        while (message := await connection.receive()) is not None:
            if message == b"close":
                await connection.close(1009)
                return
            await connection.send(message)


class Web:
    """The web server's WebSockets with one session."""

    def __init__(self) -> None:
        self.feed = LiveFeed("r1", lambda: NOW, lambda: 0.0)
        self.phones = EchoPhones()
        self.app = FastAPI()
        self.identity = self.app.state.identity = OneSession()
        self.app.state.security = WebSecurity()
        self.app.include_router(router(self.feed, self.phones))


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def client(web: Web) -> Iterator[TestClient]:
    with TestClient(web.app) as client:
        yield client


@pytest.mark.parametrize("path", ["/api/live", "/sip"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://testserver"},
        {"Origin": "http://testserver", "Cookie": "callcenter_session=guessed"},
        {"Cookie": "callcenter_session=an-secret"},
        {"Origin": "http://evil.example", "Cookie": "callcenter_session=an-secret"},
        {"Origin": "null", "Cookie": "callcenter_session=an-secret"},
    ],
)
def test_strangers_and_foreign_pages_are_refused_before_the_upgrade(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(path, subprotocols=["sip"], headers=dict(headers)),
    ):
        pass
    assert refused.value.code == 4401


def test_a_page_hears_live_events(web: Web, client: TestClient) -> None:
    with client.websocket_connect("/api/live", headers=dict(OWN_PAGE)) as page:
        assert page.receive_json()["type"] == "hello"
        assert client.portal is not None
        client.portal.call(web.feed.publish_to, "an", "notice", {"message_id": "x"})
        assert page.receive_json()["data"] == {"message_id": "x"}


def test_a_page_resumes_by_the_last_event_id(web: Web, client: TestClient) -> None:
    web.feed.publish_to("an", "a", {})
    web.feed.publish_to("an", "b", {})
    with client.websocket_connect("/api/live?last_event_id=r1-1", headers=dict(OWN_PAGE)) as page:
        assert [page.receive_json()["type"] for _ in range(2)] == ["hello", "b"]


def test_signing_out_closes_the_feed(web: Web, client: TestClient) -> None:
    with client.websocket_connect("/api/live", headers=dict(OWN_PAGE)) as page:
        page.receive_json()
        assert client.portal is not None
        client.portal.call(web.feed.end_session, "s1")
        with pytest.raises(WebSocketDisconnect):
            page.receive_json()


def test_the_softphone_speaks_sip_in_text_and_binary(web: Web, client: TestClient) -> None:
    with client.websocket_connect("/sip", subprotocols=["sip"], headers=dict(OWN_PAGE)) as phone:
        assert phone.accepted_subprotocol == "sip"
        phone.send_text("REGISTER sip:callcenter SIP/2.0 · ă")
        assert phone.receive_text() == "REGISTER sip:callcenter SIP/2.0 · ă"
        phone.send_bytes(b"\xff\xfe")
        assert phone.receive_bytes() == b"\xff\xfe"
        phone.send_text("close")
        with pytest.raises(WebSocketDisconnect) as closed:
            phone.receive_text()
    assert closed.value.code == 1009
    assert web.phones.secure == [False]


def test_a_softphone_behind_tls_is_secure(web: Web, client: TestClient) -> None:
    web.app.state.security = WebSecurity(public_url="https://calls.example.com")
    headers = {"Origin": "https://calls.example.com", "Cookie": "__Host-callcenter=an-secret"}
    with client.websocket_connect("/sip", subprotocols=["sip"], headers=dict(headers)):
        pass
    assert web.phones.secure == [True]


def test_a_page_that_came_without_tls_is_foreign_to_a_server_behind_it(web: Web, client: TestClient) -> None:
    web.app.state.security = WebSecurity(public_url="https://calls.example.com")
    for origin in ("http://testserver", "http://calls.example.com"):
        headers = {"Origin": origin, "Cookie": "__Host-callcenter=an-secret"}
        with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/api/live", headers=headers):
            pass
        assert refused.value.code == 4401


def test_without_the_subprotocol_or_a_free_place_there_is_no_softphone(web: Web, client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/sip", headers=dict(OWN_PAGE)):
        pass
    web.phones.full = True
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/sip", subprotocols=["sip"], headers=dict(OWN_PAGE)),
    ):
        pass
    assert refused.value.code == 1013


@pytest.mark.parametrize("path", ["/api/live", "/sip"])
def test_one_person_cannot_take_all_places(client: TestClient, path: str) -> None:
    with ExitStack() as pages:
        for _ in range(MAX_PER_USER):
            pages.enter_context(client.websocket_connect(path, subprotocols=["sip"], headers=dict(OWN_PAGE)))
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect(path, subprotocols=["sip"], headers=dict(OWN_PAGE)),
        ):
            pass
        assert refused.value.code == 1013
    with client.websocket_connect(path, subprotocols=["sip"], headers=dict(OWN_PAGE)):
        pass


def test_an_open_page_sees_no_more_than_its_owner_still_may(
    web: Web, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_store(principal: Principal) -> bool:
        return principal.scope.covers("s1")

    monkeypatch.setattr("callcenter.api.websockets.RECHECK_S", 0.0)
    web.identity.stores = frozenset({"s1"})
    with client.websocket_connect("/api/live", headers=dict(OWN_PAGE)) as page:
        assert page.receive_json()["type"] == "hello"
        assert client.portal is not None
        call, publish = client.portal.call, web.feed.publish
        call(publish, "a", {}, of_store)
        assert page.receive_json()["type"] == "a"
        web.identity.stores = frozenset()
        call(web.feed.publish_to, "an", "b", {})
        assert page.receive_json()["type"] == "b"
        call(publish, "c", {}, of_store)
        call(web.feed.publish_to, "an", "d", {})
        assert page.receive_json()["type"] == "d"
