"""Flow files and what an editor is told about them."""

from __future__ import annotations

import json
from typing import Any

from callcenter.ivr.model import dump_flow, flow_schema, load_flow, program_from
from callcenter.ivr.registry import standard_registry
from tests.unit.ivr.timeline import flow_document, node, said


def document() -> dict[str, Any]:
    return flow_document(node("p", "play", {"next": "end"}, prompts=said("x"), name="Chào"))


def test_writing_is_canonical() -> None:
    once = dump_flow(load_flow(json.dumps(document())).document)
    assert dump_flow(load_flow(once).document) == once
    assert once.endswith(b"}\n") and "Chào".encode() in once
    written = json.loads(once)
    assert list(written)[:5] == ["schema_version", "id", "name", "version", "description"]
    assert written["nodes"][1] == {
        "id": "p",
        "type": "play",
        "position": {"x": 0, "y": 0},
        "data": {"name": "Chào", "prompts": {"vi": [{"text": "x"}]}},
    }


def test_what_an_editor_adds_for_drawing_is_tolerated_and_dropped() -> None:
    drawn = document()
    drawn["viewport"] = {"x": 0, "y": 0, "zoom": 1}
    drawn["nodes"][1] |= {"measured": {"width": 9}, "selected": True, "dragging": False, "position": {"x": 1.5, "y": 2}}
    drawn["edges"][0] |= {"animated": True, "targetHandle": None, "type": "smoothstep"}
    drawn["nodes"].append({"id": "n", "type": "note", "position": {"x": 0, "y": 0}, "data": {"text": "nhớ"}})
    program = program_from(drawn)
    assert "n" not in program.nodes
    written = json.loads(dump_flow(program.document))
    assert written["nodes"][1]["position"] == {"x": 1.5, "y": 2}
    assert "selected" not in written["nodes"][1] and "animated" not in written["edges"][0]
    assert written["nodes"][-1]["data"] == {"text": "nhớ"}


def test_the_schema_describes_every_node_type() -> None:
    schema = flow_schema()
    names = {variant["$ref"].rpartition("_node_")[2] for variant in schema["$defs"]["FlowNode"]["oneOf"]}
    assert len(names) == len(list(standard_registry())) == 22
    menu = schema["$defs"]["node_menu"]
    assert menu["properties"]["type"] == {"const": "menu"}
    assert menu["properties"]["data"]["properties"]["no_input_s"]["default"] == 7.0
    references = [part.split('"', 1)[0] for part in json.dumps(schema).split('"$ref": "#/$defs/')[1:]]
    assert set(references) <= set(schema["$defs"])


def test_the_catalogue_has_labels_in_both_languages_for_everything_shown() -> None:
    catalogue = standard_registry().catalogue()
    json.dumps(catalogue)
    for entry in catalogue:
        assert entry["label"]["vi"] and entry["label"]["en"] and entry["help"]["vi"] and entry["help"]["en"]
        assert all(port["label"]["vi"] and port["label"]["en"] for port in entry["ports"])
        models = [entry["schema"], *entry["schema"].get("$defs", {}).values()]
        for model in models:
            for name, field in model.get("properties", {}).items():
                if name != "kind":
                    assert field["label"]["vi"] and field["label"]["en"], (entry["type"], name)
    menu = next(entry for entry in catalogue if entry["type"] == "menu")
    assert menu["dynamic_ports"] == {"setting": "options", "id_field": "keys", "label_field": "label"}
