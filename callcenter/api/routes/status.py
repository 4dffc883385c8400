"""Health for load balancers, metrics for Prometheus, and what the server is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, Field

from callcenter.api.auth import SignedIn, operator, public


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


class About(BaseModel):
    """What everybody may know of the server."""

    name: str
    version: str
    state: Literal["running", "draining"]


class ServerStatus(About):
    """What the server is doing, in counts."""

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


def router(status: Callable[[], ServerStatus], registry: CollectorRegistry) -> APIRouter:
    """Return the routes.

    :param status: what the server is doing right now; asked on the event loop, to which calls and trunks belong.
    """
    routes = APIRouter(tags=["status"])

    @routes.get("/healthz", summary="Is the server taking calls?", dependencies=[Depends(public)])
    async def healthz(response: Response) -> dict[str, str]:
        """503 while it drains: send new calls elsewhere."""
        state = status().state
        if state != "running":
            response.status_code = 503
        return {"status": state}

    @routes.get("/metrics", include_in_schema=False, dependencies=[Depends(operator)])
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/api/about", summary="Name and version, before signing in", dependencies=[Depends(public)])
    async def about() -> About:
        """What the sign-in page shows."""
        now = status()
        return About(name=now.name, version=now.version, state=now.state)

    @routes.get("/api/status", summary="What the server is doing, in counts")
    async def get_status(_principal: SignedIn) -> ServerStatus:
        """Counts only; who calls whom is in the call log and the live calls."""
        return status()

    return routes
