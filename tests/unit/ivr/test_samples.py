"""The flows we ship: readable, free of problems, and passing the test cases they carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.model import dump_flow
from callcenter.ivr.simulate import run_tests
from callcenter.ivr.validate import Catalogue, report

DIRECTORY = Path(__file__).parents[3] / "ivr_flows"


@pytest.fixture(scope="module")
def library() -> FlowLibrary:
    library = FlowLibrary(lambda: Catalogue(stores=frozenset()))
    library.load_directory(DIRECTORY)
    return library


def test_samples_are_in_service_without_any_problem(library: FlowLibrary) -> None:
    assert sorted(library.snapshot()) == ["after_hours", "retail_hotline", "warranty"]
    assert library.problems() == {}


def test_samples_pass_their_own_tests(library: FlowLibrary) -> None:
    results = {
        (program.id, name): result.failures
        for program in library.snapshot().values()
        for name, result in run_tests(program, library.snapshot()).items()
    }
    assert len(results) >= 15
    assert {key: failures for key, failures in results.items() if failures} == {}


def test_samples_are_canonical(library: FlowLibrary) -> None:
    for program in library.snapshot().values():
        assert dump_flow(program.document) == (DIRECTORY / f"{program.id}.json").read_bytes()


def test_the_hotline_reaches_a_human_within_four_minutes_at_worst(library: FlowLibrary) -> None:
    program = library.get("retail_hotline")
    assert program is not None
    worst = report(program).worst_case_to_human_s
    assert worst is not None and 60 < worst < 240
