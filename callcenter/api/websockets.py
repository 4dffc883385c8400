"""The two WebSockets of the pages: live events at ``/api/live``, the softphone's SIP at ``/sip`` (RFC 7118).

Both refuse before the upgrade whoever is not signed in or comes from a foreign page.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from callcenter.accounts.principal import Principal
from callcenter.api.auth import WebSecurity, principal_of
from callcenter.api.live_feed import LiveFeed, Subscription
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.transport.websocket import SUBPROTOCOL, MessageSocket

PING_S = 10.0
"Silence after which a page is sent something, so that it can tell a dead connection from a quiet one."
RECHECK_S = 30.0
"How often a page's session is looked at again."
TRY_AGAIN_LATER, GOING_AWAY, NOT_SIGNED_IN = 1013, 1001, 4401
"Close codes; those from 4000 on are ours."
MAX_PER_USER = 16
"Pages that one person may have open; more are a fault or an attack, and there is room for others to be kept."
_PING = '{"type":"ping"}'


class SipConnections(Protocol):
    """Takes the SIP WebSockets that the web server has accepted."""

    @property
    def full(self) -> bool:
        """Tell whether no further connection may be accepted."""
        ...

    async def serve(
        self, connection: MessageSocket, local: tuple[str, int], remote: tuple[str, int], *, secure: bool
    ) -> None:
        """Move messages until one side closes."""
        ...


def router(feed: LiveFeed, sip: SipConnections) -> APIRouter:
    """Return both WebSocket routes."""
    routes = APIRouter()
    feeds, phones = _Places(), _Places()

    @routes.websocket("/api/live")
    async def live(websocket: WebSocket, last_event_id: str | None = None) -> None:
        principal = await principal_of(websocket)
        if principal is None:
            await websocket.close(NOT_SIGNED_IN)
            return
        if feeds.full(principal):
            await websocket.close(TRY_AGAIN_LATER)
            return
        with feeds.taken(principal):
            await websocket.accept()
            subscription = feed.subscribe(principal, last_event_id)
            listening = create_task(_until_closed(websocket, subscription), name=f"live:{principal.user_id}")
            try:
                await _send_events(websocket, subscription)
            finally:
                feed.unsubscribe(subscription)
                await cancel_and_wait(listening)

    @routes.websocket("/sip")
    async def softphone(websocket: WebSocket) -> None:
        principal = await principal_of(websocket)
        if principal is None:
            await websocket.close(NOT_SIGNED_IN)
            return
        if SUBPROTOCOL not in websocket.scope["subprotocols"] or sip.full or phones.full(principal):
            await websocket.close(TRY_AGAIN_LATER)
            return
        with phones.taken(principal):
            await websocket.accept(subprotocol=SUBPROTOCOL)
            security: WebSecurity = websocket.app.state.security
            local, remote = websocket.scope["server"], websocket.scope["client"]
            await sip.serve(
                _SipSocket(websocket),
                (local[0], local[1] or 0),
                (remote[0], remote[1]),
                secure=security.is_secure(websocket),
            )

    return routes


class _Places:
    """Counts the connections of each person."""

    def __init__(self) -> None:
        self._taken = Counter[str]()

    def full(self, principal: Principal) -> bool:
        """Tell whether this person may open no more."""
        return self._taken[principal.user_id] >= MAX_PER_USER

    @contextmanager
    def taken(self, principal: Principal) -> Iterator[None]:
        """Count one while it is open."""
        self._taken[principal.user_id] += 1
        try:
            yield
        finally:
            self._taken[principal.user_id] -= 1
            if not self._taken[principal.user_id]:
                del self._taken[principal.user_id]


async def _send_events(websocket: WebSocket, subscription: Subscription) -> None:
    """Send until the page is gone, or its session is. What its owner may see is asked anew with the session."""
    loop = asyncio.get_running_loop()
    recheck_at = loop.time() + RECHECK_S
    try:
        while (text := await subscription.next(PING_S)) is not None:
            if loop.time() >= recheck_at:
                recheck_at = loop.time() + RECHECK_S
                now = await principal_of(websocket)
                if now is None or now.session_id != subscription.principal.session_id:
                    break
                subscription.principal = now
            await websocket.send_text(text or _PING)
        if websocket.application_state is WebSocketState.CONNECTED:
            await websocket.close(GOING_AWAY if text is None else NOT_SIGNED_IN)
    except (WebSocketDisconnect, OSError, RuntimeError):
        return  # The page went away while we were sending; Starlette says so in three ways.


async def _until_closed(websocket: WebSocket, subscription: Subscription) -> None:
    """Pages send nothing; wait for the end."""
    try:
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        subscription.end()


class _SipSocket:
    """A Starlette WebSocket as the SIP transport wants it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> bytes | None:
        """Return the next message; browsers send text, others may send binary (RFC 7118 §5)."""
        try:
            message = await self._websocket.receive()
        except RuntimeError:
            return None
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        return text.encode(errors="surrogatepass") if text is not None else bytes(message["bytes"])

    async def send(self, message: bytes) -> None:
        """Send as text where that is possible: some browsers' phones take nothing else."""
        try:
            try:
                await self._websocket.send_text(message.decode())
            except UnicodeDecodeError:
                await self._websocket.send_bytes(message)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise ConnectionResetError from error

    async def close(self, code: int) -> None:
        """Close, if the browser has not."""
        states = self._websocket.client_state, self._websocket.application_state
        if states == (WebSocketState.CONNECTED, WebSocketState.CONNECTED):
            try:
                await self._websocket.close(code)
            except (RuntimeError, OSError):
                return
