"""The tests that flows carry, by real calls: they pass, and every call goes where the simulator says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from callcenter.cli.real_calls import run_real_tests
from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.model import program_from
from callcenter.ivr.simulate import run_tests
from callcenter.ivr.templates import FlowTemplate, flow_templates
from callcenter.ivr.validate import validate
from tests.unit.ivr.random_flows import random_flow

FLOWS = Path(__file__).parents[2] / "ivr_flows"


@pytest.mark.parametrize("flow_id", ["after_hours", "retail_hotline"])
async def test_shipped_flows_pass_their_tests_over_the_telephone(flow_id: str) -> None:
    library = FlowLibrary()
    library.load_directory(FLOWS)
    flows = library.snapshot()
    found = await run_real_tests(flows[flow_id], flows)
    assert len(found) == len(flows[flow_id].document.tests) > 0
    assert {name: [str(each) for each in failures] for name, failures in found.items() if failures} == {}


@pytest.mark.parametrize("template", [pytest.param(each, id=each.id) for each in flow_templates()])
async def test_templates_pass_their_tests_over_the_telephone(template: FlowTemplate) -> None:
    found = await run_real_tests(program_from(dict(template.document)), {})
    assert {name: [str(each) for each in failures] for name, failures in found.items() if failures} == {}


@pytest.mark.parametrize("seed", [1, 2])
async def test_real_calls_through_random_flows_go_where_the_simulator_says(seed: int) -> None:
    document = random_flow(random.Random(seed), callers=8)
    program = program_from(document)
    assert [found.code for found in validate(program) if found.severity.value == "error"] == []
    simulated = run_tests(program, {})
    assert len({tuple(result.path) for result in simulated.values()}) > 2, "the callers go different ways"
    found = await run_real_tests(program, {})
    assert {name: [str(each) for each in failures] for name, failures in found.items() if failures} == {}


async def test_a_test_that_expects_the_wrong_thing_fails_over_the_telephone_too() -> None:
    document: dict[str, Any] = random_flow(random.Random(3), callers=1)
    document["tests"][0]["expect"] = {"ended": "cancelled"}
    found = await run_real_tests(program_from(document), {})
    (failures,) = found.values()
    assert any(str(each).startswith("real call: ended by") for each in failures)
