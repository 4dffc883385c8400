"""150 agents lose their connections at once, or the server restarts under them: everybody is back in time."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from callcenter.runtime.tasks import create_task
from callcenter.testing.pyvoip_wire import WireMessage, authorize
from callcenter.testing.web_phone import REALM, register_request
from tests.e2e.floor import Floor, Line

AGENTS = 150
BACK_WITHIN_S = 10.0
LOGINS = [f"agent{at:03}" for at in range(AGENTS)]


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    people = {login: str(2000 + at) for at, login in enumerate(LOGINS)}
    lines = {"all": Line(LOGINS), "half": Line(LOGINS[::2]), "few": Line(LOGINS[:20])}
    floor = Floor(tmp_path_factory.mktemp("crowd"), people, lines, desk_phones=False)
    with floor.server:
        yield floor


@dataclass
class Tab:
    """One agent's page: the live feed and the softphone, which come back by themselves as the real ones do."""

    floor: Floor
    login: str
    http: httpx.AsyncClient
    device_id: str = field(default_factory=lambda: f"device-{secrets.token_hex(6)}")
    feed: ClientConnection | None = None
    phone: ClientConnection | None = None
    last_event_id: str = ""
    greetings: list[bool] = field(default_factory=list)
    "Of each feed: whether it was resumed."
    resets: int = 0
    seen: int = 0

    async def connect(self) -> None:
        """Do what a page does after it was loaded or cut off, again until it succeeds."""
        while True:
            with suppress(OSError, WebSocketException, httpx.TransportError):
                await self._connect()
                return
            await asyncio.sleep(0.2)

    async def _connect(self) -> None:
        page = self.floor.page(self.login)
        resume = f"?last_event_id={self.last_event_id}" if self.last_event_id else ""
        self.feed = await self._open(f"/api/live{resume}")
        issued = await self.http.post("/api/me/softphone", json={"device_id": self.device_id}, headers=page.headers)
        issued.raise_for_status()
        self.phone = await self._open("/sip", "sip")
        await self._register(issued.json())

    async def _open(self, path: str, *subprotocols: str) -> ClientConnection:
        page = self.floor.page(self.login)
        return await connect(
            page.url.replace("http", "ws", 1) + path,
            origin=Origin(page.url),
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            additional_headers={"Cookie": page.headers["Cookie"]},
            compression=None,
            proxy=None,
            open_timeout=10,
        )

    async def _register(self, issued: dict[str, str]) -> None:
        assert self.phone is not None
        extension, call_id = self.floor.seats[self.login].extension or "", f"{secrets.token_hex(8)}@tab"
        authorization = None
        for cseq in (1, 2):
            request = register_request(
                extension, f"{self.device_id}.invalid", call_id=call_id, cseq=cseq, authorization=authorization
            )
            await self.phone.send(request.decode())
            answer = WireMessage.parse(str(await self.phone.recv()).encode())
            assert answer is not None
            challenges = answer.get_all("WWW-Authenticate")
            authorization = authorize(
                challenges, "REGISTER", f"sip:{REALM}", issued["authorization_user"], issued["password"]
            )
        assert answer is not None and answer.status == 200

    async def watch(self) -> None:
        """Read the feed until it ends."""
        assert self.feed is not None
        with suppress(WebSocketException):
            async for text in self.feed:
                event = json.loads(text)
                if event["type"] == "ping":
                    continue
                self.last_event_id = event["id"]
                self.seen += 1
                if event["type"] == "hello":
                    self.greetings.append(event["data"]["resumed"])
                self.resets += event["type"] == "reset"

    def cut(self) -> None:
        """Lose both connections without a word."""
        for connection in (self.feed, self.phone):
            if connection is not None:
                connection.transport.abort()


class Crowd:
    """Every agent's tab."""

    def __init__(self, floor: Floor, http: httpx.AsyncClient) -> None:
        self.floor = floor
        self.tabs = [Tab(floor, login, http) for login in LOGINS]
        self.watching: list[asyncio.Task[None]] = []

    async def come(self) -> float:
        """Let all connect at once and return when they began, once every one is registered."""
        began = time.monotonic()
        await asyncio.gather(*(tab.connect() for tab in self.tabs))
        self.watching = [create_task(tab.watch(), name=f"watch:{tab.login}") for tab in self.tabs]
        return began

    async def be_available(self) -> None:
        """Let every agent choose to take calls."""

        async def choose(tab: Tab) -> None:
            page = self.floor.page(tab.login)
            answer = await tab.http.put("/api/me/agent-state", json={"state": "available"}, headers=page.headers)
            answer.raise_for_status()

        await asyncio.gather(*(choose(tab) for tab in self.tabs))

    def cut(self) -> None:
        """Lose every connection without a word."""
        for tab in self.tabs:
            tab.cut()

    async def back(self, began: float) -> float:
        """Return how long it took since ``began`` until every agent was available again."""
        while time.monotonic() - began < 3 * BACK_WITHIN_S:
            agents: list[Any] = await asyncio.to_thread(self.floor.page("admin").send, "GET", "/api/agents")
            if all(agent["state"] == "available" for agent in agents if agent["extension"]):
                return time.monotonic() - began
            await asyncio.sleep(0.05)
        raise AssertionError({agent["state"] for agent in agents})


async def test_150_agents_come_back_after_a_cut_and_after_a_restart(floor: Floor) -> None:
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(base_url=floor.server.url, timeout=20, limits=limits) as http:
        crowd = Crowd(floor, http)
        await crowd.come()
        await crowd.be_available()

        crowd.cut()
        await asyncio.gather(*crowd.watching)
        after_cut = await crowd.back(await crowd.come())
        assert after_cut < BACK_WITHIN_S

        await asyncio.to_thread(floor.server.kill)
        await asyncio.gather(*crowd.watching)
        await asyncio.to_thread(floor.server.start)
        after_restart = await crowd.back(await crowd.come())
        assert after_restart < BACK_WITHIN_S
        crowd.cut()
        await asyncio.gather(*crowd.watching)
    assert all(tab.greetings == [False, True, False] and tab.resets == 1 for tab in crowd.tabs)
