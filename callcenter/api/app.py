"""The web application and the server that runs it within our loop."""

from __future__ import annotations

import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import APIRouter, FastAPI

from callcenter import __version__
from callcenter.accounts.audit import AuditLog
from callcenter.api.audit_trail import AuditTrail
from callcenter.api.auth import Identity, WebSecurity
from callcenter.api.errors import install_problem_handlers
from callcenter.api.middleware import BodyBound, FaultBarrier, SecurityHeaders
from callcenter.api.openapi import install_document
from callcenter.api.pages import STATIC, install_pages
from callcenter.base.errors import CallcenterError
from callcenter.runtime.clock import Clock

WEBSOCKET_MESSAGE_BYTES = 128 * 1024
"Longer messages close the connection; a SIP message is at most half as long."
WEBSOCKET_PING_S = 5.0
WEBSOCKET_PONG_S = 10.0
"A browser that answers no ping for this long is gone: with the interval, within the 15 s an agent may be silent."


class HttpPortInUse(CallcenterError):
    """The web port is taken by another program."""

    error_id = "http-port-in-use"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPorts:
    """What stands before the routes."""

    identity: Identity
    audit: AuditLog
    clock: Clock
    security: WebSecurity


def create_app(routers: Sequence[APIRouter], ports: WebPorts, pages: Path = STATIC) -> FastAPI:
    """Return the web application.

    :param routers: of the API and of WebSockets; see :func:`callcenter.api.routes.all_routers`.
    :param pages: directory of the built web pages; a page says so when there are none.
    """
    app = FastAPI(
        title="callcenter",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.state.identity = ports.identity
    app.state.security = ports.security
    for router in routers:
        app.include_router(router)
    install_document(app, routers)
    install_pages(app, pages)
    install_problem_handlers(app)
    # The last added is the outermost.
    app.add_middleware(BodyBound)
    app.add_middleware(FaultBarrier)
    app.add_middleware(AuditTrail, audit=ports.audit, clock=ports.clock)
    app.add_middleware(SecurityHeaders, security=ports.security)
    return app


class _Uvicorn(uvicorn.Server):
    """Uvicorn inside our loop; signals belong to the whole server, not to its web part."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


class WebServer:
    """Serves an application on one port within the running loop."""

    def __init__(self, app: FastAPI, host: str, port: int, trusted_proxies: Sequence[str] = ()) -> None:
        """Prepare; nothing is opened yet.

        :param trusted_proxies: addresses and networks whose ``X-Forwarded-For`` and ``-Proto`` are believed.
        """
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=WEBSOCKET_MESSAGE_BYTES,
            ws_ping_interval=WEBSOCKET_PING_S,
            ws_ping_timeout=WEBSOCKET_PONG_S,
            ws_per_message_deflate=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            server_header=False,
        )
        self._server = _Uvicorn(config)
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None

    def bind(self) -> str:
        """Take the port and return the page's URL.

        :raises HttpPortInUse: when another program has it.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            raise HttpPortInUse(f"HTTP TCP port {self._port} on {self._host} is in use") from error
        self._socket = listener
        host = "127.0.0.1" if self._host in ("0.0.0.0", "::") else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"

    async def serve(self) -> None:
        """Answer requests until :meth:`stop`."""
        assert self._socket is not None
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Finish what is being answered and end :meth:`serve`."""
        self._server.should_exit = True
