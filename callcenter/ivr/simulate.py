"""The simulator: runs a flow with a scripted caller and a scripted world on a clock of its own.

It drives the very interpreter real calls use. Prompts take as long as they are estimated to, keys come when the script
says so, and a test case's expectations are compared with what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callcenter.calls.channel_results import DialRequest, FlowRecord, NodeEntered, QueueRequest
from callcenter.ivr.flow_call import EndCause, FlowSettings
from callcenter.ivr.flow_tests import Expectation, FlowTest
from callcenter.ivr.interpreter import Ended, Interpreter
from callcenter.ivr.model import Program
from callcenter.ivr.ports import CallbackRequest
from callcenter.ivr.registry import Label
from callcenter.ivr.simulated_world import HungUp, World


@dataclass(slots=True)
class Simulation:
    """What happened in a call that a test case scripted."""

    ended: Ended
    path: list[str] = field(default_factory=list)
    "Node ids in the order they were entered."
    records: list[FlowRecord] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    dials: list[DialRequest] = field(default_factory=list)
    queued: list[QueueRequest] = field(default_factory=list)
    callbacks: list[CallbackRequest] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    "The web requests made."
    duration_s: float = 0.0
    hangup: str | None = None
    failures: list[Label] = field(default_factory=list)
    "Expectations that were not met."

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures


def interpreter_of(
    program: Program, flows: Mapping[str, Program], test: FlowTest, world: World, settings: FlowSettings | None = None
) -> Interpreter:
    """Return an interpreter that is about to take the test case's call through ``program``."""
    return Interpreter(
        program,
        {**flows, program.id: program},
        variables=first_variables(test),
        now=lambda: world.now,
        utcnow=world.utcnow,
        settings=settings,
        language=test.language,
    )


def first_variables(test: FlowTest) -> dict[str, Any]:
    """Return what is known when the test case's call comes in."""
    return {
        "caller_number": test.caller_number or "",
        "caller_name": "",
        "called_number": test.called_number,
        "call_id": "simulation",
        **test.variables,
    }


def simulate(
    program: Program, flows: Mapping[str, Program], test: FlowTest, settings: FlowSettings | None = None
) -> Simulation:
    """Run ``test`` on ``program``; ``flows`` are the others it may go to. Never raises for what the flow does."""
    world = World(test)
    ended = _drive(interpreter_of(program, flows, test, world, settings), world)
    result = Simulation(
        ended, [record.node_id for record in world.records if isinstance(record, NodeEntered)], world.records,
        world.heard, world.dials, world.queued, world.callbacks, world.requests, world.now, world.hangup,
    )  # fmt: skip
    result.failures = unmet(test, result)
    return result


def _drive(interpreter: Interpreter, world: World) -> Ended:
    steps = interpreter.run()
    try:
        effect = next(steps)
        while True:
            effect = steps.send(world.answer(effect))
    except StopIteration as stop:
        ended = stop.value
        assert isinstance(ended, Ended)
        return ended
    except HungUp:
        record, ended = interpreter.abandon(EndCause.CALLER_HUNG_UP)
        if record is not None:
            world.records.append(record)
        return ended
    finally:
        steps.close()


def run_tests(program: Program, flows: Mapping[str, Program]) -> dict[str, Simulation]:
    """Run every test case stored with ``program``; the result by the test's name."""
    return {test.name: simulate(program, flows, test) for test in program.document.tests}


def unmet(test: FlowTest, result: Simulation) -> list[Label]:
    """Return what ``test`` expected and ``result`` does not show."""
    expect = test.expect
    found = [
        *_unmet_ways(expect, result),
        *_unmet_targets(expect, result),
        *_unmet_values(expect, result),
    ]
    return [Label(vi, en) for vi, en in found]


def _unmet_ways(expect: Expectation, result: Simulation) -> list[tuple[str, str]]:
    failures = []
    went = " → ".join(result.path)
    if expect.path is not None and result.path != expect.path:
        failures.append((f"đường đi là {went}", f"path was {went}"))
    if expect.visits is not None and not _in_order(expect.visits, result.path, lambda want, got: want == got):
        wanted = " → ".join(expect.visits)
        failures.append((f"cần đi qua {wanted}, đường đi là {went}", f"expected visits {wanted}, path was {went}"))
    if expect.heard is not None and not _in_order(expect.heard, result.heard, lambda want, got: want in got):
        failures.append(
            (
                f"cần nghe {expect.heard}, đã nghe {result.heard}",
                f"expected to hear {expect.heard}, heard {result.heard}",
            )
        )
    for text in expect.not_heard or ():
        if any(text in heard for heard in result.heard):
            failures.append((f"đã nghe {text!r}", f"heard {text!r}"))
    if expect.ended is not None and result.ended.cause != expect.ended:
        failures.append((f"kết thúc vì {result.ended.cause}", f"ended by {result.ended.cause}"))
    return failures


def _unmet_targets(expect: Expectation, result: Simulation) -> list[tuple[str, str]]:
    failures = []
    dialled = [request.target for request in result.dials]
    if expect.dialled is not None and dialled != expect.dialled:
        failures.append((f"đã gọi {dialled}", f"dialled {dialled}"))
    queued = [request.queue for request in result.queued]
    if expect.queued is not None and queued != expect.queued:
        failures.append((f"đã chờ ở {queued}", f"queued in {queued}"))
    numbers = [request.number for request in result.callbacks]
    if expect.callbacks is not None and numbers != expect.callbacks:
        failures.append((f"hẹn gọi lại: {numbers}", f"to be called back: {numbers}"))
    return failures


def _unmet_values(expect: Expectation, result: Simulation) -> list[tuple[str, str]]:
    failures = []
    for name, value in (expect.variables or {}).items():
        if (found := result.ended.variables.get(name)) != value:
            failures.append((f"{name} là {found!r}", f"{name} was {found!r}"))
    for tag, text in (expect.tags or {}).items():
        if (shown := result.ended.tags.get(tag)) != text:
            failures.append((f"nhãn {tag} là {shown!r}", f"tag {tag} was {shown!r}"))
    if expect.language is not None and result.ended.language != expect.language:
        failures.append((f"ngôn ngữ là {result.ended.language}", f"language was {result.ended.language}"))
    return failures


def _in_order(wanted: list[str], found: list[str], matches: Callable[[str, str], bool]) -> bool:
    rest = iter(found)
    return all(any(matches(want, item) for item in rest) for want in wanted)
