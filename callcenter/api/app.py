"""The web server: health for load balancers, metrics for Prometheus, and the status page.

Nothing here tells who called whom: until people can log in, the web shows counts only.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, Field

from callcenter import __version__
from callcenter.base.errors import CallcenterError

STATIC = Path(__file__).parent / "static"
"Where the web build puts the pages."

_MISSING_PAGES = """<!doctype html><html lang="en"><meta charset="utf-8"><title>callcenter</title>
<body style="font-family:system-ui;max-width:40rem;margin:4rem auto;line-height:1.5">
<h1>The web pages are not built</h1><p>The server works; calls are answered. Run <code>make setup</code> to build the
pages, then reload.</p><hr><p lang="vi">Trang web chưa được dựng; tổng đài vẫn hoạt động. Chạy <code>make setup</code>
rồi tải lại trang.</p></body></html>"""


class HttpPortInUse(CallcenterError):
    """The web port is taken by another program."""

    error_id = "http-port-in-use"


class TrunkStatus(BaseModel):
    """One trunk, for the status page."""

    name: str
    up: bool
    calls: int


class HotlineStatus(BaseModel):
    """One number that is answered."""

    number: str
    flow: str
    in_service: Annotated[bool, Field(description="The flow it names is valid and loaded.")]


class Sentence(BaseModel):
    """One sentence in the languages of the pages."""

    vi: str
    en: str


class FlowProblem(BaseModel):
    """Something wrong with the newest content of a flow file."""

    file: str
    severity: Annotated[
        Literal["error", "warning"],
        Field(description="An error keeps the file out of service; its last good version stays."),
    ]
    code: Annotated[str, Field(description="Stable, kebab-case.")]
    message: Sentence


class SipListener(BaseModel):
    """One address that phones can register at."""

    transport: Literal["udp", "tcp", "tls"]
    host: Annotated[str | None, Field(description="None: every address of the machine.")]
    port: int


class ServerStatus(BaseModel):
    """What the server is doing, in counts."""

    name: str
    version: str
    state: Literal["running", "draining"]
    started_at: Annotated[str, Field(description="ISO 8601, UTC.")]
    calls_active: int
    calls_finished: Annotated[dict[str, int], Field(description="Since the start, by outcome.")]
    phones_registered: int
    media_workers: int
    hotlines: list[HotlineStatus]
    trunks: list[TrunkStatus]
    flow_problems: list[FlowProblem]
    sip_realm: Annotated[str, Field(description="Digest realm of the extensions.")]
    sip_listeners: list[SipListener]
    log_rows_waiting: int


def create_app(status: Callable[[], ServerStatus], registry: CollectorRegistry) -> FastAPI:
    """Return the web application.

    :param status: what the server is doing right now; asked on the event loop, to which calls and trunks belong.
    """
    app = FastAPI(title="callcenter", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json")

    @app.get("/healthz", summary="Is the server taking calls?")
    async def healthz(response: Response) -> dict[str, str]:
        state = status().state
        if state != "running":
            response.status_code = 503
        return {"status": state}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/api/status", summary="What the server is doing, in counts")
    async def get_status() -> ServerStatus:
        return status()

    if (STATIC / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=STATIC / "assets"), name="assets")

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        page = STATIC / "index.html"
        return FileResponse(page) if page.is_file() else HTMLResponse(_MISSING_PAGES)

    @app.middleware("http")
    async def secure_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = _cache_rule(request.url.path, response.status_code)
        return response

    return app


def _cache_rule(path: str, status_code: int) -> str:
    """Let browsers keep built files, whose names change with their content, and ask again for all else."""
    built = path.startswith("/assets/") and status_code == HTTPStatus.OK
    return "public, max-age=31536000, immutable" if built else "no-cache"


class _Uvicorn(uvicorn.Server):
    """Uvicorn inside our loop; signals belong to the whole server, not to its web part."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


class WebServer:
    """Serves an application on one port within the running loop."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._server = _Uvicorn(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
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
