"""Call flows on the command line: what is wrong with them, and whether their tests pass."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from callcenter.base.errors import CallcenterError
from callcenter.cli.parts import console, errors
from callcenter.cli.real_calls import run_real_tests
from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.model import Program
from callcenter.ivr.problems import Problem, Severity
from callcenter.ivr.registry import Label
from callcenter.ivr.simulate import run_tests
from callcenter.ivr.validate import Catalogue, FlowReport, validate_file
from callcenter.routing.caller_routing import LAST_STORE_PLAN
from callcenter.runtime.log import configure_logging

flow_app = typer.Typer(help="Call flows.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Flow files (JSON).")]


@flow_app.command("validate")
def flow_validate(files: Files) -> None:
    """Say what is wrong with flow files, node by node, and run the tests they carry."""
    library = _library_beside(files)
    wrong = 0
    for path in files:
        found = _read(path, library)
        print_problems(str(path), found.problems)
        failed = 0
        if found.usable and found.program is not None:
            for name, failures in _simulated(found.program, library).items():
                failed += bool(failures)
                for line in failures:
                    errors.print(f"  test {name!r}: {line}")
        wrong += failed + (not found.usable)
        if found.usable and not failed:
            worst = found.worst_case_to_human_s
            human = f"; a person is rung within {worst:.0f} s" if worst is not None else ""
            console.print(f"{path}: valid{human}")
    if wrong:
        raise typer.Exit(1)


@flow_app.command("test")
def flow_test(
    files: Files,
    real: Annotated[
        bool,
        typer.Option("--real", help="Also by real calls (SIP, RTP, keys) to a server of its own; both must agree."),
    ] = False,
    only: Annotated[str | None, typer.Option(help="Only tests whose name contains this.")] = None,
) -> None:
    """Run the tests that flow files carry, in the simulator and, if wanted, over the telephone."""
    configure_logging("error")
    library = _library_beside(files)
    failed = count = 0
    for path in files:
        found = _read(path, library)
        if found.program is None or not found.usable:
            print_problems(str(path), found.problems)
            failed += 1
            continue
        program = _with_tests(found.program, only)
        results = _simulated(program, library)
        if real and results:
            for name, failures in asyncio.run(run_real_tests(program, library.snapshot())).items():
                results[name] += failures
        for name, failures in results.items():
            count += 1
            failed += bool(failures)
            verdict = "[red]failed[/]" if failures else "[green]passed[/]"
            console.print(f"{path}: {escape(name)}: {verdict}", highlight=False, soft_wrap=True)
            for line in failures:
                errors.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    where = "in the simulator and by real calls" if real else "in the simulator"
    console.print(f"{count} tests {where}, {failed} failed")
    if failed:
        raise typer.Exit(1)


def print_problems(path: str, problems: list[Problem]) -> None:
    """Print what is wrong with a flow file."""
    for problem in problems:
        colour = "red" if problem.severity is Severity.ERROR else "yellow"
        where = f" ({problem.path})" if problem.path else ""
        errors.print(
            f"{path}: [{colour}]{problem.severity.value}[/] {problem.message['en']}{where}",
            highlight=False,
            soft_wrap=True,
        )


def _library_beside(files: list[Path]) -> FlowLibrary:
    """Return the flows in the files' directories, which they may lead to."""
    library = FlowLibrary(lambda: Catalogue(plans=frozenset({LAST_STORE_PLAN})))
    for directory in dict.fromkeys(path.parent for path in files):
        library.load_directory(directory)
    return library


def _read(path: Path, library: FlowLibrary) -> FlowReport:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CallcenterError(f"{path}: {error.strerror}") from error
    return validate_file(raw, Catalogue(plans=frozenset({LAST_STORE_PLAN}), flows=library.snapshot()))


def _with_tests(program: Program, only: str | None) -> Program:
    wanted = [test for test in program.document.tests if only is None or only in test.name]
    document = program.document.model_copy(update={"tests": wanted})
    return Program(document, program.nodes, program.exits, program.start, program.wired)


def _simulated(program: Program, library: FlowLibrary) -> dict[str, list[Label]]:
    results = run_tests(program, {**library.snapshot(), program.id: program})
    return {name: list(result.failures) for name, result in results.items()}
