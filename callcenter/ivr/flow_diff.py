"""What differs between two versions of a flow, as a graph: nodes and edges that came, went or changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_MISSING = object()
_HEAD = ("name", "description", "kind", "default_language", "languages", "timezone", "variables")
"What a flow says about itself besides its nodes; the version differs anyway."
MAX_FIELDS = 200


@dataclass(frozen=True, slots=True)
class ChangedNode:
    """A node that is in both versions and not the same. Where it stands on the canvas does not count."""

    id: str
    fields: tuple[str, ...]
    "Paths, e.g. ``type``, ``data.options[2].keys``."


@dataclass(frozen=True, slots=True)
class FlowDiff:
    """What differs."""

    nodes_added: tuple[str, ...]
    nodes_removed: tuple[str, ...]
    nodes_changed: tuple[ChangedNode, ...]
    edges_added: tuple[str, ...]
    "Ids in the newer version; an edge that leads elsewhere now was removed and added."
    edges_removed: tuple[str, ...]
    "Ids in the older version."
    settings: tuple[str, ...]
    "What the flow says about itself: ``name``, ``languages``, …"


def diff(older: Mapping[str, Any], newer: Mapping[str, Any]) -> FlowDiff:
    """Compare two documents; parts that are no nodes or edges are left out, since drafts may be anything."""
    before, after = _by_id(older, "nodes"), _by_id(newer, "nodes")
    changed = []
    for node_id in before:
        if node_id not in after:
            continue
        fields = [
            path
            for name in ("type", "data")
            for path in _differences(before[node_id].get(name, _MISSING), after[node_id].get(name, _MISSING), name)
        ]
        if fields:
            changed.append(ChangedNode(node_id, tuple(fields[:MAX_FIELDS])))
    old_edges, new_edges = _edges(older), _edges(newer)
    return FlowDiff(
        nodes_added=tuple(node_id for node_id in after if node_id not in before),
        nodes_removed=tuple(node_id for node_id in before if node_id not in after),
        nodes_changed=tuple(changed),
        edges_added=tuple(edge_id for way, edge_id in new_edges.items() if way not in old_edges),
        edges_removed=tuple(edge_id for way, edge_id in old_edges.items() if way not in new_edges),
        settings=tuple(name for name in _HEAD if older.get(name) != newer.get(name)),
    )


def _by_id(document: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    listed = document.get(kind)
    items = listed if isinstance(listed, list) else []
    return {item["id"]: item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)}


def _edges(document: Mapping[str, Any]) -> dict[tuple[str, str, str], str]:
    """Return the edges' ids by where they lead: redrawing the same way is no change."""
    return {
        (str(edge.get("source")), str(edge.get("sourceHandle")), str(edge.get("target"))): edge_id
        for edge_id, edge in _by_id(document, "edges").items()
    }


def _differences(before: Any, after: Any, path: str) -> Iterable[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _differences(before.get(name, _MISSING), after.get(name, _MISSING), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else _MISSING
            new = after[index] if index < len(after) else _MISSING
            yield from _differences(old, new, f"{path}[{index}]")
    elif (
        before is _MISSING
        or after is _MISSING
        or before != after
        or isinstance(before, bool) != isinstance(after, bool)
    ):
        yield path
