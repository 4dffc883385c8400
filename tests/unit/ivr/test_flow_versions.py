"""Numbers of versions and comparing documents."""

from __future__ import annotations

import copy
import random

from callcenter.ivr.flow_diff import ChangedNode, diff
from callcenter.ivr.flow_versions import VersionNumbers, canonical_document, fingerprint
from callcenter.ivr.model import Program
from tests.unit.ivr.timeline import flow, flow_document, node, said


def version(text: str, number: int) -> Program:
    return flow(node("p", "play", {"next": "end"}, prompts=said(text)), version=number)


def test_one_number_never_stands_for_two_contents() -> None:
    numbers = VersionNumbers()
    assert [numbers.of(version("a", 3)), numbers.of(version("a", 9))] == [3, 3], "only the content counts"
    assert numbers.of(version("b", 3)) == 4, "a file whose version was not raised"
    assert numbers.of(version("c", 8)) == 8
    assert numbers.of(version("a", 8)) == 3, "an old content has the number it had"
    assert numbers.following("flow") == 9 and numbers.following("other") == 1
    assert [found.version for found in numbers.found()] == [3, 4, 8]
    assert [found.document["version"] for found in numbers.found()] == [3, 4, 8]
    for found in numbers.found():
        numbers.kept(found)
    assert numbers.found() == []


def test_versions_kept_are_known_again_after_a_restart() -> None:
    content = {name: fingerprint(canonical_document(version(name, 1))) for name in "ab"}
    numbers = VersionNumbers()
    numbers.learn([("flow", 1, content["a"]), ("flow", 2, content["b"]), ("flow", 3, content["a"])])
    assert numbers.of(version("a", 1)) == 3, "rolled back: the newest number of the content"
    assert numbers.of(version("b", 1)) == 2 and numbers.found() == []


def test_a_document_does_not_differ_from_itself_and_a_random_change_is_named() -> None:
    document = flow_document(
        node("a", "play", {"next": "b"}, prompts=said("x")),
        node("b", "set_variable", {"next": "end"}, assignments=[{"variable": "n", "value": "1"}]),
    )
    assert diff(document, document) == diff(document, copy.deepcopy(document))
    for seed in range(50):
        rng = random.Random(seed)
        changed = copy.deepcopy(document)
        chosen = rng.choice(changed["nodes"])
        chosen["data"][f"setting{seed}"] = rng.choice([None, 0, False, [], "x"])
        found = diff(document, changed)
        assert found.nodes_changed == (ChangedNode(chosen["id"], (f"data.setting{seed}",)),)
        assert not (found.nodes_added or found.nodes_removed or found.edges_added or found.edges_removed)


def test_moving_a_node_is_no_change_and_leading_elsewhere_is() -> None:
    document = flow_document(node("a", "play", {"next": "end"}, prompts=said("x")))
    moved = copy.deepcopy(document)
    moved["nodes"][0]["position"] = {"x": 1, "y": 1}
    assert diff(document, moved).nodes_changed == ()
    moved["edges"][1]["target"] = "a"
    found = diff(document, moved)
    assert (found.edges_added, found.edges_removed) == (("a-0",), ("a-0",))
    assert diff({"nodes": 1, "edges": [7]}, moved).nodes_added == ("start", "a", "end")
    assert diff(document, {**document, "languages": ["en"]}).settings == ("languages",)
    assert diff({"nodes": [{"id": "n", "data": {"x": 1}}]}, {"nodes": [{"id": "n", "data": {"x": True}}]}).nodes_changed
