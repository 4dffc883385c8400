"""The web application: health, status, pages, headers and how errors are told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Depends
from prometheus_client import CollectorRegistry

from callcenter.api.app import WebPorts, create_app
from callcenter.api.auth import WebSecurity, public
from callcenter.api.routes import status as status_routes
from callcenter.base.errors import CallcenterError, IllegalTransition
from tests.integration.api.conftest import ORIGIN, STATUS, Office


class TooHot(CallcenterError):
    """It is too hot."""

    error_id = "too-hot"


def _client_of(office: Office, *routers: APIRouter, security: WebSecurity | None = None) -> httpx.AsyncClient:
    ports = WebPorts(
        identity=office.services.sign_in,
        audit=office.storage.audit,
        clock=office.clock,
        security=security or WebSecurity(),
    )
    app = create_app(routers, ports, Path("/nonexistent"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)


async def test_status_needs_a_sign_in_except_for_name_version_and_state(office: Office) -> None:
    browser = await office.browser()
    assert (await browser.get("/api/about")).json() == {"name": "shop", "version": "1.2.3", "state": "running"}
    assert (await browser.get("/api/status")).status_code == 401
    agent = await office.signed_in("agent")
    assert (await agent.get("/api/status")).json() == STATUS.model_dump(mode="json")


async def test_health_fails_while_draining(office: Office) -> None:
    draining = STATUS.model_copy(update={"state": "draining"})
    async with _client_of(office, status_routes.router(lambda: draining, CollectorRegistry())) as client:
        response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "draining"})


async def test_metrics_are_for_this_machine_and_administrators(office: Office) -> None:
    far = await office.browser()
    assert (await far.get("/metrics")).status_code == 401
    assert (await (await office.signed_in("supervisor")).get("/metrics")).status_code == 403
    assert (await (await office.signed_in("admin")).get("/metrics")).status_code == 200

    routes = status_routes.router(lambda: STATUS, CollectorRegistry())
    async with _client_of(office, routes) as near:  # 127.0.0.1
        assert (await near.get("/metrics")).status_code == 200
        assert (await near.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})).status_code == 401
    async with _client_of(office, routes, security=WebSecurity(metrics_for_admins_only=True)) as near:
        assert (await near.get("/metrics")).status_code == 401
        assert (await near.get("/metrics", headers={"Authorization": "Bearer secret-1"})).status_code == 200


@pytest.mark.parametrize("path", ["/", "/calls", "/users/u-1/edit"])
async def test_addresses_of_the_pages_get_the_pages(office: Office, path: str) -> None:
    response = await (await office.browser()).get(path)
    assert (response.status_code, response.text) == (200, "<p>built</p>")
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/nothing"),
        ("GET", "/api"),
        ("GET", "/logo.png"),
        ("GET", "/assets/missing.js"),
        ("GET", "/..%2fcallcenter.db"),
        ("POST", "/calls"),
    ],
)
async def test_what_is_no_page_is_not_found(office: Office, method: str, path: str) -> None:
    response = await (await office.browser()).request(method, path)
    assert (response.status_code, response.json()["id"]) == (404, "not-found")
    assert response.headers["content-type"] == "application/problem+json"


async def test_built_files_are_kept_by_browsers_and_compressed(office: Office) -> None:
    browser = await office.browser()
    response = await browser.get("/assets/index-abc.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-encoding"] == "gzip"
    assert (await browser.get("/favicon.svg")).text == "<svg/>"
    assert (await browser.get("/api/about")).headers["cache-control"] == "no-store"


async def test_a_server_without_pages_says_how_to_build_them(office: Office) -> None:
    async with _client_of(office) as client:
        response = await client.get("/calls")
    assert response.status_code == 200
    assert "make setup" in response.text


async def test_pages_may_load_and_reach_nothing_elsewhere(office: Office) -> None:
    headers = (await (await office.browser()).get("/")).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://test wss://test"
    assert policy["media-src"] == "'self' data: blob:"
    assert (policy["frame-ancestors"], policy["object-src"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["permissions-policy"] == "microphone=(self), camera=(), geolocation=()"
    assert "strict-transport-security" not in headers


async def test_a_host_header_cannot_widen_the_policy(office: Office) -> None:
    response = await (await office.browser(Host="evil.example; script-src *")).get("/")
    assert "evil" not in response.headers["content-security-policy"]


async def test_over_tls_browsers_are_told_to_stay_there(office: Office) -> None:
    async with _client_of(office, security=WebSecurity(public_url="https://calls.example")) as client:
        assert (await client.get("/")).headers["strict-transport-security"] == "max-age=31536000"


def _troubled() -> APIRouter:
    routes = APIRouter(dependencies=[Depends(public)])

    @routes.get("/api/hot")
    async def hot() -> None:
        raise TooHot(str(TooHot.__doc__))

    @routes.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("the secret recipe")

    @routes.get("/api/misused")
    async def misused() -> None:
        raise IllegalTransition("the secret state")

    @routes.post("/api/count")
    async def count(numbers: list[int]) -> int:
        return sum(numbers)

    return routes


async def test_own_errors_are_problems_with_their_id(office: Office) -> None:
    async with _client_of(office, _troubled()) as client:
        response = await client.get("/api/hot")
    assert response.json() == {
        "type": "urn:callcenter:problem:too-hot",
        "id": "too-hot",
        "title": "Conflict",
        "status": 409,
        "detail": "It is too hot.",
    }
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/broken", "/api/misused"])
async def test_faults_are_told_without_detail(office: Office, path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    async with _client_of(office, _troubled()) as client:
        response = await client.get(path)
    assert (response.status_code, response.json()["id"]) == (500, "internal-error")
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_invalid_requests_name_the_fields_and_repeat_nothing(office: Office) -> None:
    async with _client_of(office, _troubled()) as client:
        response = await client.post("/api/count", json=[1, "swordfish"])
        garbled = await client.post("/api/count", content=b"{", headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["id"]) == (422, "invalid-request")
    assert [(item["where"], item["code"]) for item in response.json()["errors"]] == [(["body", 1], "int_parsing")]
    assert "swordfish" not in response.text
    assert (garbled.status_code, garbled.json()["errors"][0]["code"]) == (422, "json_invalid")


async def test_wrong_methods_and_large_bodies_are_problems(office: Office) -> None:
    async with _client_of(office, _troubled()) as client:
        wrong = await client.post("/api/hot")
        large = await client.post("/api/count", content=b"[" + b"1," * 600_000 + b"1]")
        streamed = await client.post("/api/count", content=_stream())
        nul = await client.post("/api/count", content=b'["\\u0000"]')
    assert (wrong.status_code, wrong.json()["id"], wrong.headers["allow"]) == (405, "method-not-allowed", "GET")
    for response in (large, streamed):
        assert (response.status_code, response.json()["id"]) == (413, "body-too-large")
    assert (nul.status_code, nul.json()["id"]) == (400, "invalid-request")
    assert (await (await office.browser()).get("/api/calls?q=%00")).status_code == 400


async def _stream() -> AsyncIterator[bytes]:
    for _ in range(20):
        yield b"1" * 100_000
