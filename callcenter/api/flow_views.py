"""Call flows as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from callcenter.ivr.expressions import filter_names, method_names
from callcenter.ivr.flow_check import CheckedFlow
from callcenter.ivr.flow_diff import FlowDiff
from callcenter.ivr.flow_editing import FlowState
from callcenter.ivr.flow_versions import EditLock, FlowVersion, VersionOrigin
from callcenter.ivr.problems import Problem
from callcenter.ivr.registry import standard_registry
from callcenter.ivr.templates import flow_templates
from callcenter.ivr.variables import SYSTEM_NAMES

FlowDocument = Annotated[dict[str, Any], Field(description="A flow file: nodes, edges, settings and tests.")]
FLOW_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"


class Sentences(BaseModel):
    """A text in both languages."""

    vi: str
    en: str


class PortView(BaseModel):
    """A node's exit."""

    id: str
    label: Sentences
    required: Annotated[bool, Field(description="Must lead somewhere.")]


class DynamicPortsView(BaseModel):
    """Which setting makes further exits, one per item."""

    setting: str
    id_field: Annotated[str | None, Field(description="The item's field that names the exit; null: the item itself.")]
    label_field: str | None


class NodeTypeView(BaseModel):
    """A kind of node, with everything a palette and a form need."""

    type: str
    label: Sentences
    help: Sentences
    category: str
    icon: Annotated[str, Field(description="Name of a Tabler icon.")]
    decoration: Annotated[bool, Field(description="Stands on the canvas and takes no part in calls.")]
    reaches_human: bool
    ports: list[PortView]
    dynamic_ports: DynamicPortsView | None
    defaults: Annotated[dict[str, Any], Field(description="Settings a new node begins with.")]
    schema_: Annotated[dict[str, Any], Field(alias="schema", description="JSON Schema of the node's settings.")]


class CategoryView(BaseModel):
    """A group of the palette."""

    id: str
    label: Sentences


class ExpressionsView(BaseModel):
    """What templates and expressions may use."""

    variables: Annotated[list[str], Field(description="Set by every call; nodes and flows add theirs.")]
    filters: list[str]
    functions: Annotated[list[str], Field(description="Methods of texts and objects.")]


class NodeCatalogue(BaseModel):
    """Every node type of this server."""

    categories: list[CategoryView]
    types: list[NodeTypeView]
    expressions: ExpressionsView


class TemplateView(BaseModel):
    """A flow to begin with."""

    id: str
    name: Sentences
    description: Sentences
    document: FlowDocument


class LockView(BaseModel):
    """Who is editing a flow. Renew it every 20 seconds; it is free after 60."""

    user_id: str
    name: str
    since: datetime
    renewed_at: datetime


class FlowProblemView(BaseModel):
    """Something wrong with a flow."""

    code: Annotated[str, Field(description="Stable, kebab-case.")]
    severity: Literal["error", "warning"]
    node_id: str | None
    node_name: str | None
    field: Annotated[str | None, Field(description="In the node's settings, e.g. `options[0].keys`.")]
    port: Annotated[str | None, Field(description="The exit it is about.")]
    path: Annotated[str | None, Field(description="In the document.")]
    message: Sentences


class CheckView(BaseModel):
    """What the verifier says about a document."""

    problems: list[FlowProblemView]
    ports: Annotated[dict[str, list[str]], Field(description="Exits of each node that can be read, by node id.")]
    worst_case_s: Annotated[
        float | None, Field(description="The longest a caller is held before a person is rung; null: nobody is.")
    ]


class FlowSummary(BaseModel):
    """A flow in a list."""

    id: str
    name: str
    kind: Annotated[str, Field(description="`call` or `sub_flow`.")]
    languages: list[str]
    published_version: Annotated[int | None, Field(description="In service; null when it is not.")]
    draft_revision: int
    changed: Annotated[bool, Field(description="The draft differs from what is in service.")]
    errors: int
    warnings: int
    dids: Annotated[list[str], Field(description="Numbers that lead to it.")]
    updated_at: datetime
    updated_by: str
    lock: LockView | None


class FlowView(BaseModel):
    """A flow in the editor."""

    id: str
    name: str
    document: FlowDocument
    revision: int
    published_version: int | None
    changed: bool
    dids: list[str]
    updated_at: datetime
    updated_by: str
    lock: LockView | None
    problems: list[FlowProblemView]
    ports: dict[str, list[str]]
    worst_case_s: float | None


class SavedDraft(BaseModel):
    """What saving a draft came to."""

    revision: int
    changed: bool
    problems: list[FlowProblemView]
    ports: dict[str, list[str]]
    worst_case_s: float | None


class VersionView(BaseModel):
    """A flow as it was published."""

    version: int
    author: Annotated[str, Field(description="Empty when nobody is known.")]
    note: str
    published_at: datetime
    origin: VersionOrigin
    usable: Annotated[bool, Field(description="It was free of errors and went into service.")]


class VersionDocument(VersionView):
    """A version with its document."""

    document: FlowDocument


class ChangedNodeView(BaseModel):
    """A node that is not the same in both versions."""

    id: str
    fields: Annotated[list[str], Field(description="Paths, e.g. `data.options[2].keys`.")]


class NodesDiff(BaseModel):
    """Nodes that came, went or changed, by id."""

    added: list[str]
    removed: list[str]
    changed: list[ChangedNodeView]


class EdgesDiff(BaseModel):
    """Edges that came or went, by id."""

    added: Annotated[list[str], Field(description="Ids in the newer document.")]
    removed: Annotated[list[str], Field(description="Ids in the older document.")]


class DiffView(BaseModel):
    """What differs between two versions."""

    nodes: NodesDiff
    edges: EdgesDiff
    settings: Annotated[list[str], Field(description="`name`, `languages`, … of the flow itself.")]


def node_catalogue() -> NodeCatalogue:
    """Return every node type; a new one appears here from its file alone."""
    registry = standard_registry()
    return NodeCatalogue.model_validate(
        {
            "categories": registry.categories(),
            "types": registry.catalogue(),
            "expressions": {
                "variables": sorted(SYSTEM_NAMES),
                "filters": filter_names(),
                "functions": method_names(),
            },
        }
    )


def template_views() -> list[TemplateView]:
    """Return the gallery."""
    return [
        TemplateView(
            id=template.id,
            name=Sentences(vi=template.name.vi, en=template.name.en),
            description=Sentences(vi=template.description.vi, en=template.description.en),
            document=dict(template.document),
        )
        for template in flow_templates()
    ]


def problem_views(problems: Sequence[Problem]) -> list[FlowProblemView]:
    """Return problems as JSON shows them."""
    return [FlowProblemView.model_validate(found.to_json()) for found in problems]


def lock_view(lock: EditLock | None) -> LockView | None:
    """Return a lock as JSON shows it."""
    if lock is None:
        return None
    return LockView(user_id=lock.user_id, name=lock.name, since=lock.since, renewed_at=lock.renewed_at)


def check_view(checked: CheckedFlow) -> CheckView:
    """Return what the verifier said."""
    return CheckView(
        problems=problem_views(checked.problems),
        ports=dict(checked.ports),
        worst_case_s=checked.worst_case_s,
    )


def summary_view(state: FlowState) -> FlowSummary:
    """Return a flow for a list."""
    draft, document = state.draft, state.draft.document
    languages = document.get("languages", ["vi"])
    return FlowSummary(
        id=draft.id,
        name=draft.name,
        kind="sub_flow" if document.get("kind") == "sub_flow" else "call",
        languages=[item for item in languages if isinstance(item, str)] if isinstance(languages, list) else [],
        published_version=state.published_version,
        draft_revision=draft.revision,
        changed=state.changed,
        errors=state.checked.errors,
        warnings=state.checked.warnings,
        dids=list(state.numbers),
        updated_at=draft.updated_at,
        updated_by=draft.updated_by,
        lock=lock_view(draft.lock),
    )


def flow_view(state: FlowState) -> FlowView:
    """Return a flow for the editor."""
    draft = state.draft
    return FlowView(
        id=draft.id,
        name=draft.name,
        document=dict(draft.document),
        revision=draft.revision,
        published_version=state.published_version,
        changed=state.changed,
        dids=list(state.numbers),
        updated_at=draft.updated_at,
        updated_by=draft.updated_by,
        lock=lock_view(draft.lock),
        **check_view(state.checked).model_dump(),
    )


def saved_view(state: FlowState) -> SavedDraft:
    """Return what saving came to."""
    checked = check_view(state.checked).model_dump()
    return SavedDraft(revision=state.draft.revision, changed=state.changed, **checked)


def version_view(version: FlowVersion) -> VersionView:
    """Return a version for a list."""
    return VersionView(**_version_fields(version))


def version_document(version: FlowVersion) -> VersionDocument:
    """Return a version with its document."""
    return VersionDocument(**_version_fields(version), document=dict(version.document))


def _version_fields(version: FlowVersion) -> dict[str, Any]:
    names = ("version", "author", "note", "published_at", "origin", "usable")
    return {name: getattr(version, name) for name in names}


def diff_view(found: FlowDiff) -> DiffView:
    """Return a comparison."""
    changed = [ChangedNodeView(id=node.id, fields=list(node.fields)) for node in found.nodes_changed]
    return DiffView(
        nodes=NodesDiff(added=list(found.nodes_added), removed=list(found.nodes_removed), changed=changed),
        edges=EdgesDiff(added=list(found.edges_added), removed=list(found.edges_removed)),
        settings=list(found.settings),
    )
