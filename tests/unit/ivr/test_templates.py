"""The gallery: every template is free of problems, speaks both languages and passes the tests inside."""

from __future__ import annotations

from pathlib import Path

import pytest

import callcenter.ivr.templates as gallery
from callcenter.ivr.model import dump_flow, program_from
from callcenter.ivr.simulate import run_tests
from callcenter.ivr.templates import FlowTemplate, document_from_template, flow_templates
from callcenter.ivr.validate import Catalogue, validate
from callcenter.routing.caller_routing import LAST_STORE_PLAN

TEMPLATES = [pytest.param(template, id=template.id) for template in flow_templates()]
NOTHING_ELSE = Catalogue(
    stores=frozenset(), extensions=frozenset(), plans=frozenset({LAST_STORE_PLAN}), queues=frozenset(),
    mailboxes=frozenset(), flows={},
)  # fmt: skip


def test_every_file_is_in_the_gallery() -> None:
    files = Path(gallery.__file__).parent.glob("*.json")
    assert {path.stem for path in files} == {template.id for template in flow_templates()}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_no_problems_in_a_new_deployment_and_passes_its_tests(template: FlowTemplate) -> None:
    document = document_from_template(template.id, "mine", "Của tôi")
    assert document is not None
    program = program_from(document)
    assert [found.message["en"] for found in validate(program, NOTHING_ELSE)] == []
    assert program.document.languages == ["vi", "en"] and program.id == "mine"
    results = run_tests(program, {})
    assert len(results) >= 5
    assert {name: [str(each) for each in result.failures] for name, result in results.items() if result.failures} == {}
    visited = {node_id for result in results.values() for node_id in result.path}
    talking = {node.id for node in program.nodes.values() if node.type.category.value in ("talk", "ask", "decide")}
    assert not talking - visited - {"is_phone"}, "what callers hear and where they part is all tested"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_named_described_and_canonical(template: FlowTemplate) -> None:
    for label in (template.name, template.description):
        assert label.vi and label.en and label.vi != label.en
    program = program_from(dict(template.document))
    assert program_from(dict(template.document)).document == program.document
    assert dump_flow(program.document).decode().startswith("{")
    places = [(node.position.x, node.position.y) for node in program.document.nodes]
    assert len(set(places)) == len(places), "no node hides another"


def test_the_warranty_tree_decides_what_the_source_asks() -> None:
    (template,) = [template for template in flow_templates() if template.id == "warranty_tree"]
    results = run_tests(program_from(dict(template.document)), {})
    decisions = {result.ended.tags.get("decision") for result in results.values()}
    assert {"replace", "repair_at_home", "repair_at_store", "order_parts"} <= decisions
    assert any(result.ended.tags.get("warranty") == "expired" for result in results.values())


def test_there_is_no_template_of_another_name() -> None:
    assert document_from_template("nothing", "x", "x") is None
