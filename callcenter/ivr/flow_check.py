"""Check a document that is being drawn: what is wrong, which exits its nodes have, how long callers may be held."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from callcenter.ivr.model import MAX_BYTES, MAX_DEPTH, MAX_NODES, FlowFormatError, Program, depth_exceeds, program_from
from callcenter.ivr.problems import Problem, Severity, problem
from callcenter.ivr.registry import Registry, standard_registry
from callcenter.ivr.validate import Catalogue, report


@dataclass(frozen=True, slots=True)
class CheckedFlow:
    """Everything an editor wants to know about a document."""

    problems: list[Problem]
    ports: Mapping[str, list[str]]
    "Exits of each node whose settings can be read, by node id."
    worst_case_s: float | None
    "The longest a caller may be held before a person is rung; None when nobody is, or the document is no flow yet."
    program: Program | None

    @property
    def errors(self) -> int:
        """How many problems forbid publishing."""
        return sum(found.severity is Severity.ERROR for found in self.problems)

    @property
    def warnings(self) -> int:
        """How many problems do not."""
        return len(self.problems) - self.errors


def checked_document(document: Any) -> dict[str, Any]:
    """Return ``document`` if it can be kept at all: an object of JSON values, of bounded size and depth.

    :raises FlowFormatError: when it cannot.
    """
    if not isinstance(document, dict):
        raise FlowFormatError([problem("bad-json", reason="a flow is an object")])
    if depth_exceeds(document, MAX_DEPTH):
        raise FlowFormatError([problem("too-deep", limit=MAX_DEPTH)])
    try:
        size = len(json.dumps(document, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, TypeError) as error:
        raise FlowFormatError([problem("bad-json", reason=str(error)[:200])]) from None
    if size > MAX_BYTES:
        raise FlowFormatError([problem("too-large", limit=MAX_BYTES)])
    return document


def check_document(document: Any, catalogue: Catalogue | None = None, registry: Registry | None = None) -> CheckedFlow:
    """Say everything about ``document``. Takes time in proportion to its size; never raises for what it holds."""
    registry = registry or standard_registry()
    try:
        program = program_from(document, registry)
    except FlowFormatError as error:
        return CheckedFlow(error.problems, _ports(document, registry), None, None)
    found = report(program, catalogue)
    ports = {node.id: [port.id for port in node.ports()] for node in program.nodes.values()}
    return CheckedFlow(found.problems, ports, found.worst_case_to_human_s, program)


def _ports(document: Any, registry: Registry) -> dict[str, list[str]]:
    """Return the exits of those nodes that can be read."""
    nodes = document.get("nodes") if isinstance(document, dict) else None
    ports = {}
    for node in nodes[:MAX_NODES] if isinstance(nodes, list) else []:
        node_id, kind = (node.get("id"), node.get("type")) if isinstance(node, dict) else (None, None)
        node_type = registry.get(kind) if isinstance(kind, str) else None
        if not isinstance(node_id, str) or node_type is None:
            continue
        try:
            data = node_type.data_model.model_validate(node.get("data", {}))
        except (ValidationError, RecursionError):
            continue
        ports[node_id] = [port.id for port in node_type.ports(data)]
    return ports
