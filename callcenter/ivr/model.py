"""Flow files: versioned JSON in the shape React Flow draws, read strictly and written canonically.

Reading has two steps. :func:`load_flow` turns bytes into a :class:`Program`, or says what is wrong and where; whether
the program makes sense is the validator's business. A program is immutable, so a running call keeps the one it started
with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from callcenter.base.errors import CallcenterError
from callcenter.ivr.fields import Language, NodeData
from callcenter.ivr.flow_tests import FlowTest
from callcenter.ivr.problems import Problem, problem
from callcenter.ivr.registry import AnyNodeType, Port, Registry, standard_registry

SCHEMA_VERSION = 1
MAX_BYTES = 2_000_000
MAX_NODES = 2000
MAX_DEPTH = 40

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,99}$")]


class _Document(BaseModel):
    # An editor may add what it needs for drawing (measured, selected, …); it is not kept.
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Position(_Document):
    """Where a node stands on the canvas, pixels."""

    x: float = Field(0.0, allow_inf_nan=False)
    y: float = Field(0.0, allow_inf_nan=False)


class FlowNode(_Document):
    """A node as written."""

    id: Identifier
    type: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    position: Position = Field(default_factory=lambda: Position(x=0, y=0))
    width: float | None = None
    height: float | None = None
    data: dict[str, Any] = {}


class FlowEdge(_Document):
    """A connection from a node's port to another node."""

    id: Identifier
    source: Identifier
    source_handle: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(alias="sourceHandle")
    target: Identifier


class Flow(_Document):
    """A flow as written."""

    schema_version: int = SCHEMA_VERSION
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    version: int = Field(1, ge=1)
    description: Annotated[str, StringConstraints(max_length=4000)] = ""
    kind: Annotated[str, StringConstraints(pattern=r"^(call|sub_flow)$")] = "call"
    "``call``: calls may start here; ``sub_flow``: entered from other flows only."
    default_language: Language = "vi"
    languages: Annotated[list[Language], Field(min_length=1, max_length=10)] = ["vi"]
    timezone: Annotated[str, StringConstraints(max_length=60)] = "Asia/Ho_Chi_Minh"
    variables: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")], Any] = {}
    "Initial values; ``null`` declares a variable that whoever enters this flow may have set."
    nodes: list[FlowNode]
    edges: list[FlowEdge] = []
    tests: list[FlowTest] = []


class FlowFormatError(CallcenterError):
    """The file is not a flow."""

    error_id: ClassVar[str] = "flow-format-error"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(found.message["en"] for found in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ProgramNode:
    """A node ready to run."""

    id: str
    name: str
    type: AnyNodeType
    data: NodeData

    def ports(self) -> tuple[Port, ...]:
        """Return the node's exits."""
        return self.type.ports(self.data)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A flow ready to run: settings parsed, edges indexed."""

    document: Flow
    nodes: Mapping[str, ProgramNode]
    "By id, in the order written, decorations left out."
    exits: Mapping[tuple[str, str], str] = field(default_factory=dict)
    "``(node, port) → node``; the first edge when several were drawn."

    @property
    def id(self) -> str:
        """The flow's id."""
        return self.document.id

    @property
    def version(self) -> int:
        """The flow's version."""
        return self.document.version

    start: ProgramNode | None = None
    "The start node."
    wired: Mapping[str, frozenset[str]] = field(default_factory=dict)
    "By node id: the exits that lead somewhere."


def load_flow(raw: bytes | str, registry: Registry | None = None) -> Program:
    """Read a flow file.

    :raises FlowFormatError: with one problem per fault, each with its path in the JSON and its node, if any.
    """
    data = raw.encode() if isinstance(raw, str) else raw
    return program_from(decode_document(data), registry)


def empty_flow(flow_id: str, name: str) -> dict[str, Any]:
    """Return the document a new flow begins with: a start, in both languages."""
    start = {"id": "start", "type": "start", "position": {"x": 0, "y": 0}, "data": {"name": "Bắt đầu"}}
    return {
        "schema_version": SCHEMA_VERSION,
        "id": flow_id,
        "name": name,
        "version": 1,
        "description": "",
        "kind": "call",
        "default_language": "vi",
        "languages": ["vi", "en"],
        "timezone": "Asia/Ho_Chi_Minh",
        "variables": {},
        "nodes": [start],
        "edges": [],
    }


def program_from(document: Any, registry: Registry | None = None) -> Program:
    """Make a program of a decoded JSON ``document``.

    :raises FlowFormatError: as :func:`load_flow`.
    """
    registry = registry or standard_registry()
    if depth_exceeds(document, MAX_DEPTH):
        raise FlowFormatError([problem("too-deep", limit=MAX_DEPTH)])
    if isinstance(document, dict):
        nodes = document.get("nodes")
        if isinstance(nodes, list) and len(nodes) > MAX_NODES:
            raise FlowFormatError([problem("too-many-nodes", count=len(nodes), limit=MAX_NODES)])
        if (found := document.get("schema_version", SCHEMA_VERSION)) != SCHEMA_VERSION:
            raise FlowFormatError([problem("schema-version", path="schema_version", found=found)])
    try:
        flow = Flow.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise FlowFormatError(
            [_envelope_problem(document, _path_text(found["loc"]), found["msg"], found["loc"]) for found in faults]
        ) from None
    return _compile(flow, registry)


def _compile(flow: Flow, registry: Registry) -> Program:
    problems: list[Problem] = []
    nodes: dict[str, ProgramNode] = {}
    for index, node in enumerate(flow.nodes):
        node_type = registry.get(node.type)
        name = _node_name(node.data, node.id)
        if node_type is None:
            where = f"nodes[{index}].type"
            problems.append(problem("unknown-type", node_id=node.id, node_name=name, path=where, type=node.type))
            continue
        try:
            data = node_type.data_model.model_validate(node.data)
        except ValidationError as error:
            problems += [
                problem("bad-value", node_id=node.id, node_name=name, path=path, reason=reason)
                for path, reason in _faults(error, f"nodes[{index}].data")
            ]
            continue
        if node.id in nodes:
            problems.append(problem("duplicate-node", node_id=node.id, node_name=name, id=node.id))
        elif not node_type.decoration:
            nodes[node.id] = ProgramNode(node.id, name, node_type, data)
    if problems:
        raise FlowFormatError(problems)
    exits: dict[tuple[str, str], str] = {}
    for edge in flow.edges:
        exits.setdefault((edge.source, edge.source_handle), edge.target)
    start = next((node for node in nodes.values() if node.type.name == "start"), None)
    wired = {
        node.id: frozenset(port.id for port in node.ports() if (node.id, port.id) in exits) for node in nodes.values()
    }
    return Program(flow, nodes, exits, start, wired)


def _node_name(data: Mapping[str, Any], fallback: str) -> str:
    name = data.get("name")
    return name[:120] if isinstance(name, str) and name else fallback


def decode_document(data: bytes) -> Any:
    """Decode a flow file strictly: bounded, no key twice in an object, no NaN.

    :raises FlowFormatError: when it is not such JSON.
    """
    if len(data) > MAX_BYTES:
        raise FlowFormatError([problem("too-large", limit=MAX_BYTES)])
    try:
        return json.loads(data, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except RecursionError:
        raise FlowFormatError([problem("too-deep", limit=MAX_DEPTH)]) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise FlowFormatError([problem("bad-json", reason=str(error))]) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} appears twice in one object")
    return result


def depth_exceeds(document: Any, limit: int) -> bool:
    """Tell whether a decoded JSON document is nested deeper than ``limit`` levels."""
    level = [document]
    for _ in range(limit):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def _faults(error: ValidationError, prefix: str) -> list[tuple[str, str]]:
    return [(_path_text(fault["loc"], prefix), fault["msg"]) for fault in error.errors(include_url=False)]


def _envelope_problem(document: Any, path: str, reason: str, location: tuple[int | str, ...]) -> Problem:
    node_id = node_name = None
    if len(location) >= 2 and location[0] == "nodes" and isinstance(location[1], int):
        node = document["nodes"][location[1]]
        if isinstance(node, dict) and isinstance(node.get("id"), str):
            node_id = node["id"][:100]
            data = node.get("data")
            node_name = _node_name(data if isinstance(data, dict) else {}, node_id)
    return problem("bad-value", node_id=node_id, node_name=node_name, path=path, reason=reason)


def _path_text(location: tuple[int | str, ...], prefix: str = "") -> str:
    text = prefix
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text


def dump_flow(flow: Flow, registry: Registry | None = None) -> bytes:
    """Write ``flow`` canonically: fixed key order, only the settings that were written, UTF-8, final newline."""
    registry = registry or standard_registry()
    document = flow.model_dump(mode="json", by_alias=True, exclude_none=False, exclude={"nodes", "edges", "tests"})
    document["nodes"] = [_dump_node(node, registry) for node in flow.nodes]
    document["edges"] = [edge.model_dump(mode="json", by_alias=True) for edge in flow.edges]
    if flow.tests:
        document["tests"] = [test.to_json() for test in flow.tests]
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _dump_node(node: FlowNode, registry: Registry) -> dict[str, Any]:
    node_type = registry.get(node.type)
    document = node.model_dump(mode="json", exclude_none=True, exclude={"data"})
    for axis in ("x", "y"):
        value = document["position"][axis]
        document["position"][axis] = int(value) if float(value).is_integer() else value
    document["data"] = node.data
    if node_type is not None:
        data = node_type.data_model.model_validate(node.data)
        document["data"] = data.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return document


def flow_schema(registry: Registry | None = None) -> dict[str, Any]:
    """Return the JSON Schema of a flow file, each node's ``data`` described by its ``type``."""
    registry = registry or standard_registry()
    schema = Flow.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    base = definitions["FlowNode"]
    variants = []
    for node_type in registry:
        data = node_type.data_model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions.update(data.pop("$defs", {}))
        properties = {**base["properties"], "type": {"const": node_type.name}, "data": data}
        variant = {**base, "title": node_type.name, "properties": properties, "required": ["id", "type", "data"]}
        definitions[f"node_{node_type.name}"] = variant
        variants.append({"$ref": f"#/$defs/node_{node_type.name}"})
    definitions["FlowNode"] = {"oneOf": variants}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"callcenter-flow-{SCHEMA_VERSION}",
        **schema,
    }
