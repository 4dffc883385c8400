"""Calls of the past on the graph: the way one took, and what a draft would have changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.api.audit_trail import Audited
from callcenter.api.auth import SignedIn, Supervisor
from callcenter.api.errors import not_found
from callcenter.api.what_if_desk import PastCalls, WhatIfDesk, WhatIfRun, logged_call
from callcenter.ivr.call_replay import Place
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.ivr.flow_editing import UnknownFlow


class VisitView(BaseModel):
    """A node a call went through."""

    flow_id: str
    version: int | None
    node_id: str
    node_name: str
    node_type: str
    entered_ms: Annotated[int, Field(description="Since the beginning of the call, like its recordings.")]
    left_ms: int | None
    port: Annotated[str | None, Field(description="The exit; null when the call ended here.")]
    edge_id: Annotated[str | None, Field(description="The edge taken, when the version is known.")]
    keys: Annotated[str, Field(description="Masked when secret.")]
    outcome: Annotated[str | None, Field(description="Of a look-up, a dialled party, a queue, a message.")]
    detail: dict[str, Any]


class FlowPathView(BaseModel):
    """The way of a call through its flow."""

    call_id: str
    flow_id: str | None
    version: int | None
    version_known: Annotated[bool, Field(description="The document can be fetched as a version of the flow.")]
    steps: list[VisitView]


class PlaceView(BaseModel):
    """A node, and whom it leads to."""

    flow_id: str
    node_id: str
    target: str | None


class PartingView(BaseModel):
    """Callers who would part from their old way at the same place; null stands for the end of the call."""

    after: PlaceView | None
    before: Annotated[PlaceView | None, Field(description="Where the calls went.")]
    now: Annotated[PlaceView | None, Field(description="Where they would go.")]
    count: int
    call_ids: Annotated[list[str], Field(description="The newest of them.")]


class WhatIfRequest(BaseModel):
    """Which calls."""

    days: Annotated[int, Field(ge=1, le=31)] = 7


class WhatIfView(BaseModel):
    """What the draft would have changed, so far."""

    days: int
    state: Annotated[str, Field(description="running, done or failed.", pattern="^(running|done|failed)$")]
    calls: Annotated[int, Field(description="Looked at so far, newest first.")]
    same: int
    another_way: int
    undecided: Annotated[int, Field(description="The log does not hold what the draft asks.")]
    reasons: Annotated[dict[str, int], Field(description="Why calls are undecided.")]
    more: Annotated[bool, Field(description="There were more calls than are looked at.")]
    groups: Annotated[list[PartingView], Field(description="The largest first.")]


def router(desk: FlowDesk, calls: PastCalls, what_if: WhatIfDesk) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["flows"])

    @routes.get("/api/calls/{call_id}/flow-path", summary="A call's way through its flow")
    async def get_flow_path(call_id: str, principal: SignedIn) -> FlowPathView:
        """Node by node with times, keys and outcomes, on the version it ran on."""
        story = await calls.story(call_id, scope=principal.scope)
        if story is None:
            raise not_found("call")
        call = logged_call(story)
        edges: dict[tuple[str, int | None], dict[tuple[str, str], str]] = {}
        for visit in call.visits:
            place = (visit.flow_id, visit.flow_version)
            if place not in edges:
                edges[place] = await _edges(visit.flow_id, visit.flow_version)
        steps = [
            VisitView(
                flow_id=visit.flow_id,
                version=visit.flow_version,
                node_id=visit.node_id,
                node_name=visit.node_name,
                node_type=visit.node_type,
                entered_ms=visit.entered_ms,
                left_ms=visit.left_ms,
                port=visit.port,
                edge_id=edges[visit.flow_id, visit.flow_version].get((visit.node_id, visit.port or "")),
                keys=visit.keys,
                outcome=visit.outcome,
                detail=dict(visit.detail),
            )
            for visit in call.visits
        ]
        flow_id, version = story.record.flow_id, story.record.flow_version
        known = bool(edges.get((flow_id or "", version)))
        return FlowPathView(call_id=call_id, flow_id=flow_id, version=version, version_known=known, steps=steps)

    async def _edges(flow_id: str, version: int | None) -> dict[tuple[str, str], str]:
        """Return the edges of a version by where they begin; nothing when it is not known."""
        if version is None:
            return {}
        try:
            document = (await desk.version(flow_id, version)).document
        except UnknownFlow:
            return {}
        return {(edge["source"], edge["sourceHandle"]): edge["id"] for edge in document.get("edges", [])}

    @routes.post("/api/flows/{flow_id}/what-if", summary="Run the draft over past calls", status_code=202)
    async def start_what_if(flow_id: str, wanted: WhatIfRequest, supervisor: Supervisor, audit: Audited) -> WhatIfView:
        """Those of the last days that you may see, at most 2000. Ask for the progress; a new run ends the old one."""
        audit.replaced = True
        return _view(await what_if.start(flow_id, wanted.days, supervisor))

    @routes.get("/api/flows/{flow_id}/what-if", summary="How far the run over past calls is")
    async def get_what_if(flow_id: str, supervisor: Supervisor) -> WhatIfView | None:
        """Null when you have started none."""
        run = await what_if.last(flow_id, supervisor)
        return None if run is None else _view(run)

    return routes


def _view(run: WhatIfRun) -> WhatIfView:
    found = run.found
    groups = sorted(found.groups.values(), key=lambda group: -group.count)[:100]
    return WhatIfView(
        days=run.days,
        state="failed" if run.failed else "done" if run.finished else "running",
        calls=run.done,
        same=found.same,
        another_way=found.another_way,
        undecided=found.undecided,
        reasons=dict(found.reasons),
        more=run.stopped_early,
        groups=[
            PartingView(
                after=_place(group.parting.after),
                before=_place(group.parting.before),
                now=_place(group.parting.now),
                count=group.count,
                call_ids=group.calls,
            )
            for group in groups
        ],
    )


def _place(place: Place | None) -> PlaceView | None:
    return None if place is None else PlaceView(flow_id=place[0], node_id=place[1], target=place[2])
