"""Call flows: draw them, check them, put them into service and bring old versions back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import Supervisor
from callcenter.api.errors import ApiProblem
from callcenter.api.fields import Name
from callcenter.api.flow_views import (
    FLOW_ID,
    CheckView,
    DiffView,
    FlowDocument,
    FlowSummary,
    FlowView,
    LockView,
    NodeCatalogue,
    SavedDraft,
    TemplateView,
    VersionDocument,
    VersionView,
    check_view,
    diff_view,
    flow_view,
    lock_view,
    node_catalogue,
    saved_view,
    summary_view,
    template_views,
    version_document,
    version_view,
)
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.ivr.flow_versions import Editor
from callcenter.ivr.model import decode_document, empty_flow
from callcenter.ivr.templates import document_from_template


class NewFlow(BaseModel):
    """A flow to begin."""

    id: Annotated[str, Field(pattern=FLOW_ID, description="Names its file and never changes.", examples=["hotline"])]
    name: Name
    template: Annotated[str | None, Field(max_length=64, description="A flow of the gallery to begin with.")] = None


class DraftWrite(BaseModel):
    """A draft to keep."""

    document: FlowDocument
    revision: Annotated[int, Field(ge=1, description="The revision the document was made from.")]


class LockWrite(BaseModel):
    """Wish for the edit lock."""

    take_over: Annotated[bool, Field(description="Take it from whoever has it; they are told.")] = False


class CheckRequest(BaseModel):
    """A document to check."""

    document: FlowDocument


class PublishRequest(BaseModel):
    """Put a draft into service."""

    revision: Annotated[int, Field(ge=1, description="The revision that was looked at.")]
    note: Annotated[str, Field(max_length=1000, description="What changes, for the list of versions.")] = ""


Version = Annotated[str, Field(pattern=r"^\d{1,9}$|^draft$")]


def router(desk: FlowDesk) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["flows"])
    _add_palette(routes, desk)
    _add_flows(routes, desk)
    _add_drafts(routes, desk)
    _add_versions(routes, desk)
    _add_files(routes, desk)
    return routes


def _add_palette(routes: APIRouter, desk: FlowDesk) -> None:
    catalogue: list[NodeCatalogue] = []

    @routes.get("/api/flow-nodes", summary="Node types, with the schemas of their settings")
    async def list_node_types(_: Supervisor) -> NodeCatalogue:
        """What a palette and its forms are made of."""
        if not catalogue:
            catalogue.append(node_catalogue())
        return catalogue[0]

    @routes.get("/api/flow-templates", summary="Flows to begin with")
    async def list_templates(_: Supervisor) -> list[TemplateView]:
        """Each with tests that pass."""
        return template_views()

    @routes.post("/api/flows/check", summary="Check a document")
    async def check_flow(wanted: CheckRequest, _: Supervisor, audit: Audited) -> CheckView:
        """What is wrong with it, the exits of its nodes, and the worst-case time to reach a person. Keeps nothing."""
        audit.replaced = True
        return check_view(await desk.check(wanted.document))


def _add_flows(routes: APIRouter, desk: FlowDesk) -> None:
    @routes.get("/api/flows", summary="List call flows")
    async def list_flows(_: Supervisor) -> list[FlowSummary]:
        """By name. Kept up to date by `flow.updated`."""
        return [summary_view(state) for state in await desk.flows()]

    @routes.post("/api/flows", summary="Begin a flow", status_code=201)
    async def add_flow(wanted: NewFlow, supervisor: Supervisor) -> FlowView:
        """An empty one, or a copy of a template."""
        document = empty_flow(wanted.id, wanted.name)
        if wanted.template is not None:
            found = document_from_template(wanted.template, wanted.id, wanted.name)
            if found is None:
                raise ApiProblem(422, "unknown-template", "There is no such template.")
            document = found
        return flow_view(await desk.create(document, editor_of(supervisor)))

    @routes.get("/api/flows/{flow_id}", summary="A flow's draft")
    async def get_flow(flow_id: str, _: Supervisor) -> FlowView:
        return flow_view(await desk.flow(flow_id))

    @routes.delete("/api/flows/{flow_id}", summary="Remove a flow", status_code=204)
    async def remove_flow(flow_id: str, supervisor: Supervisor) -> None:
        """Only when no number and no other flow leads to it. Its versions stay, for the calls of the past."""
        await desk.remove(flow_id, editor_of(supervisor))


def _add_drafts(routes: APIRouter, desk: FlowDesk) -> None:
    @routes.put("/api/flows/{flow_id}/draft", summary="Save a draft")
    async def save_draft(flow_id: str, wanted: DraftWrite, supervisor: Supervisor, audit: Audited) -> SavedDraft:
        """With errors too. 409 `draft-changed` when it was saved by another page meanwhile."""
        audit.after = {"revision": wanted.revision + 1}
        return saved_view(await desk.save(flow_id, wanted.document, wanted.revision, editor_of(supervisor)))

    @routes.post("/api/flows/{flow_id}/lock", summary="Take or renew the edit lock")
    async def take_lock(flow_id: str, wanted: LockWrite, supervisor: Supervisor, audit: Audited) -> LockView:
        """Renew it every 20 seconds; after 60 it is free. 423 `flow-locked` when somebody else has it."""
        audit.replaced = not wanted.take_over
        lock = lock_view(await desk.lock(flow_id, editor_of(supervisor), take_over=wanted.take_over))
        assert lock is not None
        return lock

    @routes.delete("/api/flows/{flow_id}/lock", summary="Give the edit lock back", status_code=204)
    async def release_lock(flow_id: str, supervisor: Supervisor, audit: Audited) -> None:
        audit.replaced = True
        await desk.unlock(flow_id, editor_of(supervisor))


def _add_versions(routes: APIRouter, desk: FlowDesk) -> None:
    @routes.post("/api/flows/{flow_id}/publish", summary="Put a draft into service", status_code=201)
    async def publish_flow(flow_id: str, wanted: PublishRequest, supervisor: Supervisor, audit: Audited) -> VersionView:
        """For new calls; those under way keep what they began with. 422 `flow-has-errors` names every error."""
        version = await desk.publish(flow_id, wanted.revision, wanted.note, editor_of(supervisor))
        audit.action, audit.target = "flow.published", f"flow:{flow_id}"
        audit.after = {"version": version.version}
        return version_view(version)

    @routes.get("/api/flows/{flow_id}/versions", summary="A flow's versions")
    async def list_versions(flow_id: str, _: Supervisor) -> list[VersionView]:
        """Newest first. `origin` is `file` when somebody changed the file on disk."""
        return [version_view(version) for version in await desk.versions(flow_id)]

    @routes.get("/api/flows/{flow_id}/versions/{version}", summary="A version's document")
    async def get_version(flow_id: str, version: str, _: Supervisor) -> VersionDocument:
        return version_document(await desk.version(flow_id, _number(version)))

    @routes.post("/api/flows/{flow_id}/versions/{version}/restore", summary="Make an old version the draft")
    async def restore_version(flow_id: str, version: str, supervisor: Supervisor) -> FlowView:
        """Publish it to roll back."""
        return flow_view(await desk.restore(flow_id, _number(version), editor_of(supervisor)))

    @routes.get("/api/flows/{flow_id}/diff", summary="Compare two versions")
    async def compare_versions(
        flow_id: str,
        _: Supervisor,
        older: Annotated[Version, Query(alias="from", description="A version, or `draft`.")] = "draft",
        newer: Annotated[Version, Query(alias="to", description="A version, or `draft`.")] = "draft",
    ) -> DiffView:
        """As a graph: nodes and edges that came, went or changed."""
        return diff_view(await desk.diff(flow_id, _version(older), _version(newer)))


def _add_files(routes: APIRouter, desk: FlowDesk) -> None:
    @routes.get(
        "/api/flows/{flow_id}/export",
        summary="Download a flow",
        response_class=Response,
        responses={200: {"description": "A flow file.", "content": {"application/json": {}}}},
    )
    async def export_flow(
        flow_id: str,
        _: Supervisor,
        version: Annotated[Version, Query(description="A version, or `draft`.")] = "draft",
    ) -> Response:
        """The same file as in `ivr_flows/`."""
        raw = await desk.export(flow_id, _version(version))
        name = {"Content-Disposition": f'attachment; filename="{flow_id}.json"'}
        return Response(raw, media_type="application/json", headers=name)

    @routes.post(
        "/api/flows/import",
        summary="Bring a flow file in",
        status_code=201,
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": "A flow file of at most 2 MB.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    )
    async def import_flow(
        request: Request,
        supervisor: Supervisor,
        audit: Audited,
        as_id: Annotated[str | None, Query(pattern=FLOW_ID, description="Another id than the file's.")] = None,
        over: Annotated[Literal["refuse", "draft"], Query(description="When there is such a flow.")] = "refuse",
    ) -> FlowView:
        """Becomes a draft; nothing goes into service. 409 `flow-id-taken` unless `over=draft` replaces the draft."""
        document = decode_document(await request.body())
        if as_id is not None and isinstance(document, dict):
            document = {**document, "id": as_id}
        audit.action = "flow.imported"
        state = await desk.bring_in(document, editor_of(supervisor), over_draft=over == "draft")
        audit.target, audit.after = f"flow:{state.draft.id}", {"revision": state.draft.revision}
        return flow_view(state)


def editor_of(principal: Principal) -> Editor:
    """Return who edits."""
    return Editor(principal.user_id, principal.name)


def _version(text: str) -> int | None:
    return None if text == "draft" else int(text)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ApiProblem(404, "unknown-flow", "There is no such version.")
    return int(text)
