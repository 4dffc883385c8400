"""What holds for every request: headers that protect the pages, a bound on bodies, and an answer to every fault."""

from __future__ import annotations

import re

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.api.auth import WebSecurity
from callcenter.api.errors import ApiProblem, problem_response

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1024 * 1024
MAX_FLOW_BYTES = 3 * 1024 * 1024
"Of a request about a flow, which holds a flow of up to 2 MB and something around it."
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


class SecurityHeaders:
    """Middleware: tells browsers what our pages may do, and what may be kept."""

    def __init__(self, app: ASGIApp, security: WebSecurity) -> None:
        self._app = app
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        secure = self._security.is_secure(connection)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = content_security_policy(connection.headers.get("host", ""))
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                headers.setdefault("Cache-Control", _cache_rule(scope["path"], int(message["status"])))
            await send(message)

        await self._app(scope, receive, answer)


def content_security_policy(host: str) -> str:
    """Return the policy of our pages: everything from here, WebSockets to here, audio made in the page.

    ``'self'`` covers WebSockets only in newer browsers, so this host is named too.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        "default-src 'self'; "
        f"connect-src 'self'{sockets}; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'"
    )


def _cache_rule(path: str, status: int) -> str:
    """Let browsers keep built files, whose names change with their content; what the API says belongs to one person."""
    if path.startswith("/assets/") and status == 200:
        return "public, max-age=31536000, immutable"
    return "no-store" if path.startswith("/api/") else "no-cache"


class BodyBound:
    """Middleware: refuses bodies beyond a bound with 413, and NUL characters, which no database keeps, with 400."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, which is small, and pass the request on with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                raise ApiProblem(400, "invalid-request", "The address holds a NUL character.")
            body = await self._read(Request(scope), receive)
        except ApiProblem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        if body is None:
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)

    async def _read(self, request: Request, receive: Receive) -> bytes | None:
        """Return the body; None when the client went away."""
        announced = request.headers.get("content-length", "")
        limit = MAX_FLOW_BYTES if request.url.path.startswith("/api/flows") else self._max_bytes
        if announced.isdecimal() and int(announced) > limit:
            raise ApiProblem(413, "body-too-large", f"At most {limit} bytes.")
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                raise ApiProblem(413, "body-too-large", f"At most {limit} bytes.")
        if b"\\u0000" in body:
            raise ApiProblem(400, "invalid-request", "The body holds a NUL character.")
        return bytes(body)


class FaultBarrier:
    """Middleware: a fault of ours is logged with its traceback and answered without a word about it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:  # A supervised edge: one request must not take the server with it.
            log.exception("request failed", method=scope["method"], path=scope["path"])
            if started:
                raise
            problem = ApiProblem(500, "internal-error", "The server failed; the fault is in its log.")
            await problem_response(problem)(scope, receive, send)
