"""The library: flows replaced while calls go on."""

from __future__ import annotations

import json
from typing import Any

from callcenter.ivr.library import FlowLibrary
from tests.unit.ivr.timeline import Caller, call, flow_document, node, said


def play(text: str, flow_id: str = "a", **head: Any) -> bytes:
    return json.dumps(
        flow_document(node("p", "play", {"next": "end"}, prompts=said(text)), flow_id=flow_id, **head)
    ).encode()


def goto(target: str, flow_id: str) -> bytes:
    document = flow_document(node("g", "goto_flow", flow=target), flow_id=flow_id)
    document["nodes"].pop()  # Nothing leads to the hang-up.
    return json.dumps(document).encode()


def test_a_changed_file_replaces_its_flow_and_a_running_call_keeps_the_old_one() -> None:
    library = FlowLibrary()
    assert library.update("a.json", play("old", version=1)).accepted
    running = library.snapshot()
    assert library.update("a.json", play("new", version=2)).accepted
    caller = Caller()
    call(running["a"], caller)
    assert (caller.texts, running["a"].version, library.snapshot()["a"].version) == (["old"], 1, 2)


def test_a_file_that_turns_bad_leaves_the_last_good_version() -> None:
    library = FlowLibrary()
    library.update("a.json", play("old"))
    good = library.get("a")
    for bad in (b"{", play("{{ x")):
        update = library.update("a.json", bad)
        assert not update.accepted and update.problems
        assert library.get("a") is good
        assert list(library.problems()) == ["a.json"]
    assert library.update("a.json", play("new")).accepted
    assert library.problems() == {}


def test_flows_may_refer_to_each_other_in_any_order_and_bad_ones_stay_out() -> None:
    library = FlowLibrary()
    files = [
        ("1.json", goto("b", "a")),
        ("2.json", play("x", "b")),
        ("3.json", goto("c", "d")),
        ("4.json", play("{{ y", "c")),
    ]
    updates = library.load(files)
    assert [update.accepted for update in updates] == [True, True, False, False]
    assert sorted(library.snapshot()) == ["a", "b"]
    assert [found.code for found in library.problems()["3.json"]] == ["unknown-flow"]


def test_two_files_cannot_hold_the_same_flow() -> None:
    library = FlowLibrary()
    library.update("a.json", play("x"))
    assert [found.code for found in library.update("copy.json", play("x")).problems] == ["file-name"]


def test_a_flow_still_led_to_is_not_removed() -> None:
    library = FlowLibrary()
    library.load([("a.json", goto("b", "a")), ("b.json", play("x", "b"))])
    assert [found.code for found in library.remove("b.json").problems] == ["still-used"]
    assert library.get("b") is not None
    assert library.remove("a.json").accepted and library.remove("b.json").accepted
    assert dict(library.snapshot()) == {}


def test_a_change_that_breaks_another_flow_says_so() -> None:
    library = FlowLibrary()
    library.load([("a.json", goto("b", "a")), ("b.json", play("x", "b"))])
    update = library.update("b.json", goto("a", "b"))
    assert not update.accepted
    assert {found.code for found in update.problems} == {"flow-loop"}
