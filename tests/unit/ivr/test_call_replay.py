"""Calls of the past: their way on the graph, and the way they would take through a changed flow."""

from __future__ import annotations

import random
from typing import Any

from callcenter.calls.channel_results import NodeEntered, NodeLeft
from callcenter.ivr.call_replay import LoggedCall, logged_places, replay, visits_of
from callcenter.ivr.flow_tests import FlowTest
from callcenter.ivr.model import Program, program_from
from callcenter.ivr.simulate import Simulation, simulate
from callcenter.ivr.simulated_world import DEFAULT_TIME
from callcenter.ivr.templates import flow_templates
from callcenter.ivr.what_if import WhatIf
from tests.unit.ivr.random_flows import random_flow
from tests.unit.ivr.timeline import flow, node, said


def lines_of(found: Simulation) -> list[tuple[int, str, dict[str, Any]]]:
    """Return a simulated call's story as a channel writes it."""
    lines: list[tuple[int, str, dict[str, Any]]] = []
    began = found.records[0].at
    for record in found.records:
        at_ms = round((record.at - began).total_seconds() * 1000)
        told = {"flow": record.flow_id, "node": record.node_id, "name": record.node_name, "type": record.node_type}
        if isinstance(record, NodeEntered):
            lines.append((at_ms, "node_entered", {**told, "version": record.flow_version}))
        elif isinstance(record, NodeLeft):
            left = {"port": record.port, "keys": record.keys, "detail": dict(record.detail)}
            lines.append((at_ms, "node_left", {**told, **left}))
    return lines


def logged(program: Program, test: FlowTest, call_id: str = "c") -> LoggedCall:
    found = simulate(program, {}, test)
    return LoggedCall(
        id=call_id,
        started_at=test.at or DEFAULT_TIME,
        caller_number=test.caller_number,
        called_number=test.called_number,
        flow_id=program.id,
        flow_version=program.version,
        visits=visits_of(lines_of(found)),
        store=test.store.stores[0] if test.store.stores else None,
    )


def scripted(**script: Any) -> FlowTest:
    return FlowTest.model_validate({"name": "x", **script})


def menu(**exits: str) -> dict[str, Any]:
    ways = {"1": "d", "2": "end", "no_input": "end", "invalid": "end", **exits}
    return node("m", "menu", ways, prompts=said("x"), options=[{"keys": "1"}, {"keys": "2"}])


DIAL = node(
    "d", "dial", {p: "end" for p in ("busy", "no_answer", "unavailable", "closed", "failed", "left")},
    target={"kind": "store", "store": "central"},
)  # fmt: skip
OLD = flow(menu(), DIAL)


def test_the_way_of_a_call_has_times_keys_exits_and_outcomes() -> None:
    call = logged(OLD, scripted(keys=["1"], dial=[{"outcome": "busy"}]))
    assert [(visit.node_id, visit.port, visit.keys, visit.outcome) for visit in call.visits] == [
        ("start", "next", "", None), ("m", "1", "1", None), ("d", "busy", "", "busy"), ("end", None, "", None),
    ]  # fmt: skip
    assert all(visit.left_ms is not None and visit.left_ms >= visit.entered_ms for visit in call.visits)
    cut_off = visits_of(lines_of(simulate(OLD, {}, scripted(keys=["1"])))[:3])
    assert (cut_off[-1].node_id, cut_off[-1].left_ms, cut_off[-1].port) == ("m", None, None)


def test_replaying_a_call_on_its_own_version_takes_the_way_it_took() -> None:
    for template in flow_templates():
        program = program_from(dict(template.document))
        for test in program.document.tests:
            if test.language is None:
                call = logged(program, test)
                assert replay(program, {}, call).places == logged_places(call), (template.id, test.name)


def test_random_calls_are_reproduced_or_called_undecided() -> None:
    reproduced = count = 0
    for seed in range(40):
        program = program_from(random_flow(random.Random(seed)))
        for test in program.document.tests:
            call = logged(program, test)
            count += 1
            reproduced += replay(program, {}, call).places == logged_places(call)
    assert reproduced / count > 0.9


def test_callers_who_would_go_another_way_are_counted_where_the_ways_part() -> None:
    changed = flow(menu(**{"1": "hello"}), node("hello", "play", {"next": "d"}, prompts=said("Chào")), DIAL)
    found = WhatIf()
    scripts: tuple[dict[str, Any], ...] = (
        {"keys": ["1"], "dial": [{"outcome": "answered"}]},
        {"keys": ["1"]},
        {"keys": ["2"]},
        {"keys": [{"hang_up": True}]},
    )
    for number, script in enumerate(scripts):
        found.add(logged(OLD, scripted(**script), str(number)), changed, {}, OLD)
    assert (found.same, found.another_way, found.undecided) == (2, 2, 0)
    (group,) = found.groups.values()
    assert (group.count, group.calls) == (2, ["0", "1"])
    assert group.parting.after == ("flow", "m", None)
    assert (group.parting.before, group.parting.now) == (("flow", "d", "central"), ("flow", "hello", None))


def test_a_new_question_leaves_callers_undecided_and_another_target_does_not() -> None:
    asks = node(
        "pin", "collect_digits", {"collected": "d", "no_input": "d", "invalid": "d"}, variable="pin", prompts=said("?")
    )
    found = WhatIf()
    call = logged(OLD, scripted(keys=["1"], dial=[{"outcome": "answered"}]))
    elsewhere = flow(menu(), {**DIAL, "data": {"target": {"kind": "extension", "extension": "101"}}})
    found.add(call, elsewhere, {}, OLD)
    assert found.another_way == 1
    first = flow(asks, menu(), DIAL)
    found = WhatIf()
    found.add(call, first, {}, OLD)
    assert (found.another_way, found.undecided) == (1, 0), "everybody is asked first now: that is another way"
    found = WhatIf()
    found.add(call, OLD, {}, flow(menu(**{"1": "end"})))
    assert found.reasons == {"not_reproducible": 1}
