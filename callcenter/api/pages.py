"""The web pages: built files, and ``index.html`` for every address the pages themselves make sense of."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from callcenter.api.errors import ApiProblem, problem_response

STATIC = Path(__file__).parent / "static"
"Where the web build puts the pages."

_NOT_PAGES = ("/api", "/assets", "/sip", "/metrics", "/healthz")
_MISSING_PAGES = """<!doctype html><html lang="en"><meta charset="utf-8"><title>callcenter</title>
<body style="font-family:system-ui;max-width:40rem;margin:4rem auto;line-height:1.5">
<h1>The web pages are not built</h1><p>The server works; calls are answered. Run <code>make setup</code> to build the
pages, then reload.</p><hr><p lang="vi">Trang web chưa được dựng; tổng đài vẫn hoạt động. Chạy <code>make setup</code>
rồi tải lại trang.</p></body></html>"""


class Pages:
    """Answers what no route of the API matches."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files = StaticFiles(directory=directory, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        response = await self._response(scope)
        await response(scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        path: str = scope["path"]
        if Request(scope).method not in ("GET", "HEAD") or _belongs_to_programs(path):
            return problem_response(ApiProblem(404, "not-found"))
        if PurePosixPath(path).suffix:
            try:
                return await self._files.get_response(self._files.get_path(scope), scope)
            except HTTPException as error:
                return problem_response(ApiProblem(error.status_code, "not-found"))
        index = self._directory / "index.html"
        return FileResponse(index) if index.is_file() else HTMLResponse(_MISSING_PAGES)


def _belongs_to_programs(path: str) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in _NOT_PAGES)


def install_pages(app: FastAPI, directory: Path) -> None:
    """Serve the pages of ``directory`` beside the API."""
    if (directory / "assets").is_dir():
        assets = StaticFiles(directory=directory / "assets")
        app.mount("/assets", GZipMiddleware(assets, minimum_size=1024), name="assets")
    app.router.default = Pages(directory)
