"""The web application: what it answers, and what it tells browsers to allow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from callcenter.api import app as web
from callcenter.api.app import FlowProblem, HotlineStatus, Sentence, ServerStatus, SipListener, create_app

STATUS = ServerStatus(
    name="shop",
    version="1.2.3",
    state="running",
    started_at="2026-01-05T08:00:00+00:00",
    calls_active=2,
    calls_finished={"answered": 3},
    phones_registered=4,
    media_workers=2,
    hotlines=[HotlineStatus(number="1900", flow="retail", in_service=True)],
    trunks=[],
    flow_problems=[
        FlowProblem(file="a.json", severity="error", code="no-start", message=Sentence(vi="thiếu", en="missing"))
    ],
    sip_realm="shop.example",
    sip_listeners=[SipListener(transport="udp", host=None, port=5060)],
    log_rows_waiting=0,
)


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for the built pages."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text("1")
    (tmp_path / "index.html").write_text("<p>built</p>")
    monkeypatch.setattr(web, "STATIC", tmp_path)
    return tmp_path


@pytest.fixture
async def client(pages: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(lambda: STATUS, CollectorRegistry())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


async def test_status_is_what_the_server_says(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/status")
    assert response.json() == STATUS.model_dump(mode="json")


async def test_health_fails_while_draining() -> None:
    app = create_app(lambda: STATUS.model_copy(update={"state": "draining"}), CollectorRegistry())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "draining"})


async def test_pages_may_load_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.text == "<p>built</p>"
    assert response.headers["content-security-policy"] == (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/", "no-cache"),
        ("/api/status", "no-cache"),
        ("/assets/missing.js", "no-cache"),
        ("/assets/index-abc.js", "public, max-age=31536000, immutable"),
    ],
)
async def test_only_built_files_are_kept_by_browsers(client: httpx.AsyncClient, path: str, rule: str) -> None:
    assert (await client.get(path)).headers["cache-control"] == rule


async def test_a_server_without_pages_says_how_to_build_them(pages: Path) -> None:
    (pages / "index.html").unlink()
    app = create_app(lambda: STATUS, CollectorRegistry())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        response = await client.get("/")
    assert response.status_code == 200
    assert "make setup" in response.text
