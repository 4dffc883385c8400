"""Step through a flow as a caller, in an editor: everything the caller did so far runs again from the beginning.

Nothing is kept between steps: the same document, scenario and inputs always give the same trace. Where the inputs end
the call stands still and says what it waits for.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, model_validator

from callcenter.calls.channel_results import NodeEntered, NodeLeft
from callcenter.ivr import effects
from callcenter.ivr.effects import Effect
from callcenter.ivr.fields import Settings
from callcenter.ivr.flow_call import EndCause, FlowSettings
from callcenter.ivr.flow_tests import (
    CallbackAnswer,
    DialAnswer,
    Expectation,
    FlowTest,
    HttpAnswer,
    KeyStep,
    QueueAnswer,
    Scenario,
    VoicemailAnswer,
)
from callcenter.ivr.interpreter import Ended, Interpreter
from callcenter.ivr.model import Program
from callcenter.ivr.simulate import interpreter_of
from callcenter.ivr.simulated_world import HungUp, Waits, World

MAX_INPUTS = 500
_ANSWERS = ("http", "dial", "queue", "callback", "voicemail")


class Input(Settings):
    """One thing that happens next: the caller presses keys, says nothing or hangs up, or somebody answers."""

    keys: Annotated[str | None, Field(pattern=r"^[0-9*#]{0,64}$", description="Empty: the caller says nothing.")] = None
    during_prompt: Annotated[bool, Field(description="Pressed while the prompt plays.")] = False
    hangup: bool = False
    http: HttpAnswer | None = None
    dial: DialAnswer | None = None
    queue: QueueAnswer | None = None
    callback: CallbackAnswer | None = None
    voicemail: VoicemailAnswer | None = None

    @model_validator(mode="after")
    def _one(self) -> Input:
        given = [name for name in ("keys", *_ANSWERS) if getattr(self, name) is not None]
        if len(given) + self.hangup != 1:
            raise ValueError("name exactly one of keys, hangup, http, dial, queue, callback, voicemail")
        return self


@dataclass(slots=True)
class Step:
    """One visit of a node."""

    flow_id: str
    node_id: str
    node_name: str
    node_type: str
    at_ms: int
    "Since the beginning of the call, by the simulated clock."
    said: list[str] = field(default_factory=list)
    "What was played: texts, file paths and names of tones."
    keys: str = ""
    "Keys the node took, masked when secret."
    port: str | None = None
    "The exit; None while the call is here, or when it ended here."
    duration_ms: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    "What is known on leaving; secrets masked."
    warnings: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the call stands still for."""

    kind: str
    "``keys``, ``dial``, ``queue``, ``http``, ``callback`` or ``voicemail``."
    node_id: str
    detail: Mapping[str, Any]
    "E.g. ``timeout_s``, ``target``, ``url``."


@dataclass(frozen=True, slots=True)
class Run:
    """A call so far."""

    steps: list[Step]
    path: list[str]
    "Ids of the edges taken in the document itself, in order."
    waiting: Waiting | None
    ended: str | None
    "The cause of the end; None while it waits."
    hangup: str | None
    "How the flow hung up, if it did: ``normal``, ``busy``, …"
    variables: Mapping[str, Any]
    language: str
    tags: Mapping[str, str]
    duration_ms: int
    test: FlowTest
    "A test case that does the same and expects what came of it."


def step_through(
    program: Program,
    flows: Mapping[str, Program],
    scenario: Scenario,
    inputs: Sequence[Input],
    settings: FlowSettings | None = None,
) -> Run:
    """Run everything so far. Never raises for what the flow does."""
    test = scripted(scenario, inputs)
    world = World(test, stops=True)
    interpreter = interpreter_of(program, flows, test, world, settings)
    trace = _Trace(program, world, interpreter)
    ended, waits = _drive(interpreter, world, trace)
    call = interpreter.call
    waiting = None
    if waits is not None:
        waiting = Waiting(waits.kind, trace.steps[-1].node_id if trace.steps else "", waits.detail)
    return Run(
        steps=trace.steps,
        path=_edges(program, trace.steps),
        waiting=waiting,
        ended=None if ended is None else str(ended.cause),
        hangup=world.hangup,
        variables=call.variables.public(),
        language=call.language,
        tags=dict(call.tags),
        duration_ms=round(world.now * 1000),
        test=_expecting(test, trace.steps, world, ended),
    )


def scripted(scenario: Scenario, inputs: Sequence[Input], name: str = "-") -> FlowTest:
    """Return the test case in which ``inputs`` happen in ``scenario``."""
    written = scenario.model_dump(by_alias=True, exclude_unset=True)
    keys = [_key_step(each) for each in inputs if each.keys is not None or each.hangup]
    for kind in _ANSWERS:
        given = [answer for each in inputs if (answer := getattr(each, kind)) is not None]
        if given:
            written[kind] = [*getattr(scenario, kind), *given]
    return FlowTest.model_validate({"name": name, **written, **({"keys": keys} if keys else {})})


def _key_step(given: Input) -> KeyStep:
    if given.hangup:
        return KeyStep.model_validate({"hang_up": True})
    if given.during_prompt:
        return KeyStep.model_validate({"press": given.keys, "when": "during_prompt"})
    return KeyStep.model_validate({"press": given.keys})


class _Trace:
    """Collects steps from what the interpreter asks for."""

    def __init__(self, program: Program, world: World, interpreter: Interpreter) -> None:
        self.steps: list[Step] = []
        self._world = world
        self._variables = interpreter.call.variables

    def see(self, effect: Effect) -> None:
        match effect:
            case effects.Note(NodeEntered() as entered):
                step = Step(entered.flow_id, entered.node_id, entered.node_name, entered.node_type, self._now_ms())
                self.steps.append(step)
            case effects.Note(NodeLeft() as left):
                self.close(left)

    def close(self, left: NodeLeft) -> None:
        step = self.steps[-1]
        step.keys, step.port, step.duration_ms = left.keys, left.port, left.duration_ms
        step.warnings, step.detail = left.warnings, left.detail
        step.variables = self._variables.public()

    def _now_ms(self) -> int:
        return round(self._world.now * 1000)


def _drive(interpreter: Interpreter, world: World, trace: _Trace) -> tuple[Ended | None, Waits | None]:
    steps = interpreter.run()
    try:
        effect = next(steps)
        while True:
            trace.see(effect)
            heard = len(world.heard)
            try:
                answer = world.answer(effect)
            finally:
                if trace.steps:
                    trace.steps[-1].said += world.heard[heard:]
            effect = steps.send(answer)
    except StopIteration as stop:
        ended = stop.value
        assert isinstance(ended, Ended)
        return ended, None
    except HungUp:
        record, ended = interpreter.abandon(EndCause.CALLER_HUNG_UP)
        if record is not None:
            trace.close(record)
        return ended, None
    except Waits as waits:
        if trace.steps:
            trace.steps[-1].keys = interpreter.call.visit.shown_keys()
            trace.steps[-1].variables = interpreter.call.variables.public()
        return None, waits
    finally:
        steps.close()


def _edges(program: Program, steps: Sequence[Step]) -> list[str]:
    """Return the edges taken within the document: also back from another flow, and out of the start on an error."""
    by_exit = {(edge.source, edge.source_handle): edge for edge in reversed(program.document.edges)}
    own = [step for step in steps if step.flow_id == program.id]
    taken = []
    start = program.start.id if program.start is not None else ""
    for here, there in itertools.pairwise(own):
        edge = by_exit.get((here.node_id, here.port or ""))
        if edge is None or edge.target != there.node_id:
            ways = [edge for edge in program.document.edges if edge.target == there.node_id]
            back = next((way for way in ways if way.source == here.node_id), None)
            edge = back or next((way for way in ways if (way.source, way.source_handle) == (start, "error")), None)
        if edge is not None:
            taken.append(edge.id)
    return taken


def _expecting(test: FlowTest, steps: Sequence[Step], world: World, ended: Ended | None) -> FlowTest:
    way = [step.node_id for step in steps]
    expected: dict[str, Any] = {"visits" if ended is None else "path": way}
    if world.dials:
        expected["dialled"] = [request.target for request in world.dials]
    if world.queued:
        expected["queued"] = [request.queue for request in world.queued]
    if world.callbacks:
        expected["callbacks"] = [request.number for request in world.callbacks]
    if ended is not None:
        expected |= {"ended": str(ended.cause), "language": ended.language}
        if ended.tags:
            expected["tags"] = dict(ended.tags)
    written = test.model_dump(by_alias=True, exclude_unset=True)
    return FlowTest.model_validate({**written, "expect": Expectation.model_validate(expected)})
