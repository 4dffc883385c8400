"""The verifier: each fault by its code and node, and random faults put into good flows are all caught."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callcenter.ivr.model import Program, program_from
from callcenter.ivr.problems import MESSAGES, Problem, Severity
from callcenter.ivr.templates import flow_templates
from callcenter.ivr.validate import Catalogue, report, validate, validate_file
from tests.unit.ivr.timeline import flow, flow_document, node, said

Document = dict[str, Any]


def codes(program: Program, **catalogue: Any) -> set[tuple[str, str | None]]:
    return {(found.code, found.node_id) for found in validate(program, Catalogue(**catalogue))}


def menu(exits: dict[str, str], *options: str, **data: Any) -> dict[str, Any]:
    ways = {"no_input": "end", "invalid": "end", **exits}
    return node("m", "menu", ways, options=[{"keys": key} for key in options], **{"prompts": said("hello"), **data})


def test_a_good_flow_has_no_problems() -> None:
    assert validate(flow(menu({"1": "end"}, "1"))) == []


def test_both_menu_failure_exits_are_mandatory() -> None:
    document = flow_document(menu({"1": "end"}, "1"))
    document["edges"] = [edge for edge in document["edges"] if edge["sourceHandle"] not in ("no_input", "invalid")]
    found = validate(program_from(document))
    assert [(problem.code, problem.node_id) for problem in found] == [("missing-exit", "m")] * 2
    assert found[0].message["en"] == "Node m: the exit no_input leads nowhere"
    assert found[0].message["vi"] == "Khối m: lối ra no_input chưa được nối"


@pytest.mark.parametrize(
    ("options", "data", "code", "severity"),
    [
        (("1", "1"), {}, "duplicate-key", Severity.ERROR),
        (("1", "12"), {}, "key-prefix-conflict", Severity.WARNING),
        (("1", "12"), {"strict": True}, "option-unreachable", Severity.ERROR),
        (("1#",), {}, "key-misuse", Severity.ERROR),
        (("1*2",), {}, "key-misuse", Severity.ERROR),
        ((), {}, "no-options", Severity.ERROR),
    ],
)
def test_key_conflicts(options: tuple[str, ...], data: Document, code: str, severity: Severity) -> None:
    program = flow(menu({key: "end" for key in options}, *options, **data))
    assert (code, severity) in {(found.code, found.severity) for found in validate(program)}


def test_hash_and_star_alone_may_be_options() -> None:
    assert validate(flow(menu({"#": "end", "*": "end"}, "#", "*"))) == []


def test_silent_loops_are_found_and_counted_ones_are_not() -> None:
    step = node("a", "set_variable", {"next": "b"}, assignments=[{"variable": "n", "value": "n|default(0) + 1"}])
    check = node("b", "condition", {"more": "a", "else": "end"}, rules=[{"id": "more", "expression": "n < 3"}])
    assert validate(flow(step, check, variables={"n": 0})) == []
    still = node("a", "set_variable", {"next": "b"}, assignments=[{"variable": "n", "value": "n * 1"}])
    assert codes(flow(still, check, variables={"n": 0})) == {("endless-loop", "a")}
    trapped = node("b", "condition", {"more": "a", "else": "a"}, rules=[{"id": "more", "expression": "n < 3"}])
    assert ("endless-loop", "a") in codes(flow(step, trapped, variables={"n": 0}))


def test_a_loop_through_an_input_is_fine_and_around_it_is_not() -> None:
    play = node("p", "play", {"next": "m"}, prompts=said("x"))
    assert validate(flow(play, menu({"1": "p"}, "1"))) == []
    dial = node(
        "d",
        "dial",
        {"busy": "d", **{p: "end" for p in ("no_answer", "unavailable", "closed", "failed", "left")}},
        target={"kind": "store", "store": "central"},
    )
    assert codes(flow(dial)) == {("endless-loop", "d")}


def test_variables_must_be_possible_on_some_path() -> None:
    use = node("p", "play", {"next": "end"}, prompts=said("{{ customer.name }}"))
    look = node("c", "customer_lookup", {"found": "p", "multiple": "p", "none": "end", "error": "end"})
    assert validate(flow(look, use)) == []
    wrong = node("c", "customer_lookup", {"found": "end", "multiple": "end", "none": "p", "error": "end"})
    assert codes(flow(wrong, use)) == {("unknown-variable", "p")}
    guarded = said("{{ customer.name|default('bạn') }}{% if store is defined %}{{ caller_number }}{% endif %}")
    assert validate(flow(node("p", "play", {"next": "end"}, prompts=guarded))) == []
    order = [{"variable": "b", "value": "a"}, {"variable": "a", "value": "1"}]
    assert codes(flow(node("s", "set_variable", {"next": "end"}, assignments=order))) == {("unknown-variable", "s")}
    assert validate(flow(node("s", "set_variable", {"next": "end"}, assignments=order[::-1]))) == []


def test_what_the_call_sets_is_known_and_cannot_be_assigned() -> None:
    names = ("caller_number", "caller_name", "called_number", "call_id", "language", "now", "flow_id")
    for name in names:
        assert validate(flow(node("p", "play", {"next": "end"}, prompts=said(f"{{{{ {name} }}}}")))) == []
        assigned = [{"variable": name, "value": "1"}]
        assert codes(flow(node("s", "set_variable", {"next": "end"}, assignments=assigned))) == {
            ("system-variable", "s")
        }


def test_references_are_looked_up() -> None:
    exits = {p: "end" for p in ("busy", "no_answer", "unavailable", "closed", "failed", "left")}

    def dial(**target: str) -> Program:
        return flow(node("d", "dial", exits, target=target))

    known: Document = {"stores": frozenset({"HN01"}), "extensions": frozenset({"101"}), "plans": frozenset({"vip"})}
    assert codes(dial(kind="store", store="HN01"), **known) == set()
    assert codes(dial(kind="store", store="central"), **known) == set()
    assert codes(dial(kind="store", store="HN02"), **known) == {("unknown-store", "d")}
    assert codes(dial(kind="extension", extension="102"), **known) == {("unknown-extension", "d")}
    assert codes(dial(kind="plan", plan="x"), **known) == {("unknown-plan", "d")}
    assert codes(flow(node("g", "goto_flow", flow="gone"))) - {("unreachable", "end")} == {("unknown-flow", "g")}
    speak = node("v", "voicemail", {p: "end" for p in ("recorded", "empty", "failed")}, greeting=said("x"), box="B9")
    assert codes(flow(speak), mailboxes=frozenset()) == {("unknown-mailbox", "v")}
    play = node("p", "play", {"next": "end"}, prompts={"vi": [{"file": "a.wav"}]})
    assert codes(flow(play), audio_files=frozenset({"b.wav"})) == {("unknown-audio-file", "p")}


def test_sub_flows_must_not_recurse_and_flows_must_not_circle() -> None:
    a = flow(node("s", "sub_flow", {"returned": "end"}, flow="b"), flow_id="a")
    b = flow(node("s", "sub_flow", {"returned": "r"}, flow="a"), node("r", "return"), flow_id="b", kind="sub_flow")
    assert ("subflow-recursion", "s") in codes(a, flows={"a": a, "b": b})
    c = flow(node("g", "goto_flow", flow="d"), flow_id="c")
    d = flow(node("g", "goto_flow", flow="c"), flow_id="d")
    assert ("flow-loop", "g") in codes(c, flows={"c": c, "d": d})


def test_files_that_are_not_flows_say_where() -> None:
    def first(raw: str | bytes) -> Problem:
        return validate_file(raw).problems[0]

    assert first(b"\xff").code == "bad-json"
    assert first('{"a": 1, "a": 2}').code == "bad-json"
    assert first('{"a": NaN}').code == "bad-json"
    assert first(b" " * 2_000_001).code == "too-large"
    assert first("[" * 100_000 + "]" * 100_000).code == "too-deep"
    assert first('{"nodes":' + "[" * 50 + "]" * 50 + "}").code == "too-deep"
    assert first(json.dumps({"nodes": [{}] * 2001})).code == "too-many-nodes"
    assert first('{"schema_version": 99}').code == "schema-version"
    document = flow_document(node("p", "play", {"next": "end"}, name="Lời chào", prompts=said("x"), repeat=0))
    found = first(json.dumps(document))
    assert (found.code, found.node_id, found.node_name, found.path) == (
        "bad-value",
        "p",
        "Lời chào",
        "nodes[1].data.repeat",
    )
    assert "Lời chào" in found.message["vi"]
    document = flow_document(node("p", "teleport", {"next": "end"}))
    assert (first(json.dumps(document)).code, first(json.dumps(document)).node_id) == ("unknown-type", "p")


def test_a_huge_flow_is_verified_in_linear_time() -> None:
    chain = [node(f"n{i}", "set_variable", {"next": f"n{i + 1}" if i < 1990 else "end"}) for i in range(1991)]
    assert validate(flow(*chain)) == []


def test_every_message_names_its_blanks_in_both_languages() -> None:
    import string

    for vi, en in MESSAGES.values():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (vi, en)]
        assert fields[0] == fields[1]


def test_worst_case_to_a_human_adds_up() -> None:
    exits = {p: "end" for p in ("busy", "no_answer", "unavailable", "closed", "failed", "left")}
    program = flow(
        menu({"1": "d", "no_input": "d", "invalid": "d"}, "1", prompts=said("x" * 40)),
        node("d", "dial", exits, target={"kind": "store", "store": "central"}),
    )
    # Five rounds of 3 s prompt and 7 s waiting: two failures of one kind and three of the other.
    assert report(program).worst_case_to_human_s == 50.0
    assert report(flow(menu({"1": "end"}, "1"))).worst_case_to_human_s is None


# Mutation: a fault put anywhere into a good flow is caught, and named.

SAMPLES = Path(__file__).parents[3] / "ivr_flows"
FLOWS = {path.stem: json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.json"))} | {
    template.id: dict(template.document) for template in flow_templates()
}
Mutator = Callable[[Document, random.Random], set[str]]


def _real(document: Document) -> list[Document]:
    return [item for item in document["nodes"] if item["type"] != "note"]


def _drop_edge(document: Document, rng: random.Random) -> set[str]:
    program = program_from(document)
    optional = {(node.id, port.id) for node in program.nodes.values() for port in node.ports() if not port.required}
    edges = [edge for edge in document["edges"] if (edge["source"], edge["sourceHandle"]) not in optional]
    document["edges"].remove(rng.choice(edges))
    return {"missing-exit"}


def _orphan(document: Document, rng: random.Random) -> set[str]:
    document["nodes"].append({"id": "orphan", "type": "hangup", "data": {}})
    return {"unreachable"}


def _second_edge(document: Document, rng: random.Random) -> set[str]:
    document["edges"].append({**rng.choice(document["edges"]), "id": "second"})
    return {"duplicate-edge"}


def _unknown_port(document: Document, rng: random.Random) -> set[str]:
    document["edges"].append({**rng.choice(document["edges"]), "id": "odd", "sourceHandle": "nowhere"})
    return {"unknown-port"}


def _dangling(document: Document, rng: random.Random) -> set[str]:
    rng.choice(document["edges"])["target"] = "ghost"
    return {"dangling-edge"}


def _duplicate_node(document: Document, rng: random.Random) -> set[str]:
    document["nodes"].append(copy.deepcopy(rng.choice(document["nodes"])))
    return {"duplicate-node"}


def _prompt_lists(value: Any) -> list[Document]:
    if isinstance(value, dict):
        if set(value) == {"vi", "en"} and all(isinstance(item, list) for item in value.values()):
            return [value]
        return [found for item in value.values() for found in _prompt_lists(item)]
    return [found for item in value for found in _prompt_lists(item)] if isinstance(value, list) else []


def _lost_language(document: Document, rng: random.Random) -> set[str]:
    del rng.choice(_prompt_lists([item["data"] for item in document["nodes"]]))[rng.choice(["vi", "en"])]
    return {"missing-prompt"}


def _lost_prompt(document: Document, rng: random.Random) -> set[str]:
    asking = [item for item in document["nodes"] if item["type"] in ("play", "menu", "collect_digits")]
    rng.choice(asking)["data"].pop("prompts")
    return {"missing-prompt"}


def _unset_in_expression(document: Document, rng: random.Random) -> set[str]:
    edge = rng.choice(document["edges"])
    rules = [{"id": "yes", "expression": "never_set > 3"}]
    document["nodes"].append({"id": "asks", "type": "condition", "data": {"rules": rules}})
    for port in ("yes", "else"):
        document["edges"].append({"id": f"a-{port}", "source": "asks", "sourceHandle": port, "target": edge["target"]})
    edge["target"] = "asks"
    return {"unknown-variable"}


def _broken_template(document: Document, rng: random.Random) -> set[str]:
    prompts = rng.choice(_prompt_lists([item["data"] for item in document["nodes"]]))
    prompts["vi"] = [{"text": rng.choice(["{{ x", "{% for a in b %}{% endfor %}", "{{ 1 + }}", "{{ a.b() }}"])}]
    return {"bad-template"}


def _unset_variable(document: Document, rng: random.Random) -> set[str]:
    rng.choice(_prompt_lists([item["data"] for item in document["nodes"]]))["en"] = [{"text": "{{ never_set }}"}]
    return {"unknown-variable"}


def _endless(document: Document, rng: random.Random) -> set[str]:
    edge = rng.choice(document["edges"])
    target = edge["target"]
    document["nodes"] += [{"id": f"loop{i}", "type": "set_variable", "data": {}} for i in (1, 2)]
    document["nodes"].append(
        {"id": "maybe", "type": "condition", "data": {"rules": [{"id": "go", "expression": "caller_number == '1'"}]}}
    )
    edge["target"] = "loop1"
    for index, (source, port, to) in enumerate(
        [("loop1", "next", "loop2"), ("loop2", "next", "maybe"), ("maybe", "go", target), ("maybe", "else", "loop1")]
    ):
        document["edges"].append({"id": f"loop-edge-{index}", "source": source, "sourceHandle": port, "target": to})
    return {"endless-loop"}


def _key_twice(document: Document, rng: random.Random) -> set[str]:
    options = rng.choice([item["data"]["options"] for item in document["nodes"] if item["data"].get("options")] or [[]])
    if options:
        options.append(dict(rng.choice(options)))
        return {"duplicate-key"}
    return _orphan(document, rng)


def _key_misused(document: Document, rng: random.Random) -> set[str]:
    options = rng.choice([item["data"]["options"] for item in document["nodes"] if item["data"].get("options")] or [[]])
    if options:
        rng.choice(options)["keys"] += rng.choice("#*")
        return {"key-misuse"}
    return _orphan(document, rng)


def _strange_store(document: Document, rng: random.Random) -> set[str]:
    targets = [
        item["data"]["target"] for item in document["nodes"] if item["data"].get("target", {}).get("kind") == "store"
    ]
    if not targets:
        return _orphan(document, rng)
    rng.choice(targets)["store"] = "ATLANTIS"
    return {"unknown-store"}


def _bad_setting(document: Document, rng: random.Random) -> set[str]:
    rng.choice(_real(document))["data"]["no_such_setting"] = 1
    return {"bad-value"}


def _unknown_type(document: Document, rng: random.Random) -> set[str]:
    rng.choice(document["nodes"])["type"] = "teleport"
    return {"unknown-type"}


def _two_starts(document: Document, rng: random.Random) -> set[str]:
    document["nodes"].append({"id": "start2", "type": "start", "data": {}})
    return {"several-starts"}


MUTATORS: list[Mutator] = [
    _drop_edge,
    _orphan,
    _second_edge,
    _unknown_port,
    _dangling,
    _duplicate_node,
    _lost_language,
    _lost_prompt,
    _unset_in_expression,
    _broken_template,
    _unset_variable,
    _endless,
    _key_twice,
    _key_misused,
    _strange_store,
    _bad_setting,
    _unknown_type,
    _two_starts,
]


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.__name__.strip("_"))
def test_random_faults_are_caught(mutator: Mutator) -> None:
    flows = {flow_id: program_from(document) for flow_id, document in FLOWS.items()}
    for seed in range(25):
        rng = random.Random(seed)
        document = copy.deepcopy(FLOWS[rng.choice(sorted(FLOWS))])
        document["tests"] = []
        expected = mutator(document, rng)
        others = {flow_id: program for flow_id, program in flows.items() if flow_id != document["id"]}
        found = validate_file(json.dumps(document), Catalogue(stores=frozenset(), flows=others))
        assert not found.usable
        caught = [problem for problem in found.problems if problem.code in expected]
        assert caught, (seed, expected, [problem.message["en"] for problem in found.problems])
        assert all(problem.node_id for problem in caught)
