"""Flows to begin with: a gallery, one JSON file each with its name, a description and the flow, tests included."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from callcenter.ivr.registry import Label

_ORDER = ("retail_last_store", "warranty_tree", "after_hours_callback", "survey")


@dataclass(frozen=True, slots=True)
class FlowTemplate:
    """A flow in the gallery."""

    id: str
    name: Label
    description: Label
    document: Mapping[str, Any]


@functools.cache
def flow_templates() -> tuple[FlowTemplate, ...]:
    """Return the gallery."""
    return tuple(_read(template_id) for template_id in _ORDER)


def _read(template_id: str) -> FlowTemplate:
    found = json.loads(files(__package__).joinpath(f"{template_id}.json").read_text(encoding="utf-8"))
    return FlowTemplate(template_id, Label(**found["name"]), Label(**found["description"]), found["document"])


def document_from_template(template_id: str, flow_id: str, name: str) -> dict[str, Any] | None:
    """Return a new flow's document made of a template; None when there is no such template."""
    found = next((template for template in flow_templates() if template.id == template_id), None)
    if found is None:
        return None
    return {**json.loads(json.dumps(found.document)), "id": flow_id, "name": name, "version": 1}
