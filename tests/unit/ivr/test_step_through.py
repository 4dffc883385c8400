"""Stepping through flows: deterministic, one input at a time, and the test that comes of it does the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from callcenter.ivr.flow_tests import FlowTest, Scenario
from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.model import Program, program_from
from callcenter.ivr.simulate import simulate
from callcenter.ivr.step_through import Input, Run, step_through
from tests.unit.ivr.timeline import flow, node, said

DIAL = {p: "end" for p in ("busy", "no_answer", "unavailable", "closed", "failed", "left")}
HOTLINE = flow(
    node(
        "m", "menu", {"1": "d", "2": "pin", "no_input": "end", "invalid": "end"}, prompts=said("Bấm 1 hoặc 2"),
        no_input_prompts=said("Chưa nghe"), options=[{"keys": "1"}, {"keys": "2"}],
    ),
    node("d", "dial", DIAL, target={"kind": "store", "store": "central"}),
    node(
        "pin", "collect_digits", {"collected": "d", "no_input": "end", "invalid": "end"}, variable="pin", secure=True,
        prompts=said("PIN"), min_digits=4, max_digits=4,
    ),
)  # fmt: skip


def run(*inputs: dict[str, Any], program: Program = HOTLINE, **scenario: Any) -> Run:
    given = [Input.model_validate(each) for each in inputs]
    return step_through(program, {}, Scenario.model_validate(scenario), given)


def path(found: Run) -> list[str]:
    return [step.node_id for step in found.steps]


def test_a_call_stands_still_where_the_inputs_end() -> None:
    found = run()
    assert found.waiting is not None and (found.waiting.kind, found.waiting.node_id) == ("keys", "m")
    assert found.waiting.detail == {"timeout_s": 7.0}
    assert (found.steps[-1].said, found.steps[-1].port, found.ended) == (["Bấm 1 hoặc 2"], None, None)
    assert found.path == ["start-0"]
    found = run({"keys": "1"})
    assert found.waiting is not None and (found.waiting.kind, found.waiting.node_id) == ("dial", "d")
    assert found.waiting.detail == {"target": "central", "kind": "store"}
    found = run({"keys": "1"}, {"dial": {"outcome": "busy"}})
    assert (found.waiting, found.ended, found.hangup) == (None, "completed", "normal")
    assert (path(found), found.path) == (["start", "m", "d", "end"], ["start-0", "m-0", "d-0"])


def test_silence_is_an_input_too() -> None:
    found = run({"keys": ""})
    assert found.steps[-1].said == ["Bấm 1 hoặc 2", "Chưa nghe", "Bấm 1 hoặc 2"]
    assert path(run({"keys": ""}, {"keys": ""}, {"keys": ""})) == ["start", "m", "end"]


def test_the_caller_may_hang_up_whatever_the_call_waits_for() -> None:
    for inputs in ([], [{"keys": "1"}]):
        before = run(*inputs)
        found = run(*inputs, {"hangup": True})
        assert (found.ended, path(found)) == ("caller_hung_up", path(before))
        assert found.steps[-1].port is None and found.steps[-1].duration_ms is not None


def test_secret_keys_are_masked_everywhere() -> None:
    found = run({"keys": "2"}, {"keys": "9753"})
    assert "9753" not in json.dumps([repr(found.steps), repr(found.variables)])
    assert found.steps[2].keys == "••••"


def test_the_world_may_be_scripted_ahead_or_answer_when_asked() -> None:
    ahead = run({"keys": "1"}, dial=[{"outcome": "no_answer"}])
    asked = run({"keys": "1"}, {"dial": {"outcome": "no_answer"}})
    assert ahead.steps == asked.steps and ahead.path == asked.path


@pytest.mark.parametrize("wrong", [{}, {"keys": "1", "hangup": True}, {"keys": "x"}, {"sing": "la"}])
def test_an_input_is_one_thing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Input.model_validate(wrong)


def test_edges_of_errors_and_of_returns_are_on_the_path() -> None:
    sub = flow(node("r", "return", outcome="done"), flow_id="sub", kind="sub_flow")
    top = flow(node("s", "sub_flow", {"returned": "end", "done": "end"}, flow="sub", outcomes=["done"]))
    found = step_through(top, {"sub": sub}, Scenario(), [])
    assert [step.node_id for step in found.steps] == ["start", "s", "start", "r", "end"]
    assert found.path[0] == "start-0" and len(found.path) == 2
    lost = flow(node("g", "goto_flow", flow="gone"))
    lost_document = lost.document.model_dump(by_alias=True)
    lost_document["edges"].append({"id": "oops", "source": "start", "sourceHandle": "error", "target": "end"})
    found = step_through(program_from(lost_document), {}, Scenario(), [])
    assert (path(found), found.path) == (["start", "g", "end"], ["start-0", "oops"])


def _library() -> FlowLibrary:
    library = FlowLibrary()
    library.load_directory(Path(__file__).parents[3] / "ivr_flows")
    return library


def _inputs_of(test: FlowTest) -> list[Input]:
    return [
        Input(hangup=True) if step.hang_up else Input(keys=step.press, during_prompt=step.when == "during_prompt")
        for step in test.keys
    ]


def test_every_shipped_test_can_be_stepped_through_and_comes_out_the_same() -> None:
    library = _library()
    flows = library.snapshot()
    seen = 0
    for program in flows.values():
        for test in program.document.tests:
            names = set(Scenario.model_fields) & test.model_fields_set
            scenario = Scenario.model_validate({name: getattr(test, name) for name in names})
            if test.hang_up_at is not None:
                continue
            found = step_through(program, flows, scenario, _inputs_of(test))
            assert found == step_through(program, flows, scenario, _inputs_of(test)), "the same always comes out"
            whole = simulate(program, flows, test)
            assert path(found) == whole.path[: len(found.steps)], (program.id, test.name)
            if found.ended is not None:
                assert found.ended == whole.ended.cause
                kept = simulate(program, flows, found.test)
                assert kept.passed and kept.path == whole.path, (program.id, test.name, kept.failures)
                seen += 1
    assert seen >= 5
