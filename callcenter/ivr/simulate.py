"""The simulator: runs a flow with a scripted caller and a scripted world on a clock of its own.

It drives the very interpreter real calls use. Prompts take as long as they are estimated to, keys come when the script
says so, and a test case's expectations are compared with what happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.calls.channel_results import (
    DialOutcome,
    DialRequest,
    DialResult,
    Digit,
    FlowRecord,
    NodeEntered,
    PlayResult,
    PromptKind,
    PromptPart,
    QueueOutcome,
    QueueRequest,
    QueueResult,
    VoicemailOutcome,
    VoicemailResult,
)
from callcenter.ivr import effects
from callcenter.ivr.effects import Effect
from callcenter.ivr.flow_call import EndCause, FlowSettings
from callcenter.ivr.flow_tests import CallbackAnswer, Expectation, FlowTest, QueueAnswer
from callcenter.ivr.interpreter import Ended, Interpreter
from callcenter.ivr.model import Program
from callcenter.ivr.ports import (
    CallbackOutcome,
    CallbackRequest,
    CallbackResult,
    CustomerLookup,
    HoursState,
    HttpOutcome,
    HttpResult,
    StoreLookup,
)
from callcenter.ivr.prompts import SECONDS_PER_CHARACTER

_DEFAULT_TIME = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
"A Wednesday, 10:00 in Vietnam."
_KEY_INTERVAL_S = 0.3
_REACTION_S = 1.0
_NOBODY_ANSWERS = QueueAnswer.model_validate({"outcome": "max_wait", "waited_s": 300})
_NEVER_WAITED = (QueueOutcome.FULL, QueueOutcome.JOIN_EMPTY, QueueOutcome.CLOSED, QueueOutcome.FAILED)


@dataclass(slots=True)
class Simulation:
    """What happened in a simulated call."""

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
    failures: list[str] = field(default_factory=list)
    "Expectations that were not met."

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures


class _HungUp(Exception):
    pass


class _World:
    """Answers effects from a test case."""

    def __init__(self, test: FlowTest) -> None:
        self.test = test
        self.now = 0.0
        self.start = test.at or _DEFAULT_TIME
        self.keys = deque(test.keys)
        self.pressed: deque[Digit] = deque()
        self.http = deque(test.http)
        self.dial = deque(test.dial)
        self.queue = deque(test.queue)
        self.callback = deque(test.callback)
        self.voicemail = deque(test.voicemail)
        self.records: list[FlowRecord] = []
        self.heard: list[str] = []
        self.dials: list[DialRequest] = []
        self.queued: list[QueueRequest] = []
        self.callbacks: list[CallbackRequest] = []
        self.requests: list[Any] = []
        self.hangup: str | None = None

    def utcnow(self) -> datetime:
        return (self.start + timedelta(seconds=self.now)).astimezone(UTC)

    def answer(self, effect: Effect) -> object:  # noqa: C901 - one match over every effect
        match effect:
            case effects.PlayPrompts(prompts, _, barge_in):
                return self._play(prompts, barge_in)
            case effects.WaitDigit(timeout_s):
                return self._wait(timeout_s)
            case effects.TakeDigits():
                taken = tuple(self.pressed)
                self.pressed.clear()
                return taken
            case effects.FlushDigits():
                self.pressed.clear()
            case effects.LookUpCustomer():
                answer = self.test.customer
                return CustomerLookup(answer.outcome, tuple(answer.customers))
            case effects.FindLastStore():
                found = self.test.store
                return StoreLookup(found.outcome, tuple(found.stores))
            case effects.CheckStoreHours(store):
                return self.test.hours.get(store, HoursState.UNKNOWN)
            case effects.HttpCall(request):
                self.requests.append(request)
                return self._http()
            case effects.Dial(request):
                self.dials.append(request)
                return self._dial(request)
            case effects.Enqueue(request):
                self.queued.append(request)
                return self._enqueue(request)
            case effects.RequestCallback(request):
                self.callbacks.append(request)
                return self._call_back()
            case effects.RecordVoicemail():
                return self._record()
            case effects.Note(record):
                self._note(record)
            case effects.Hangup(cause):
                self.hangup = cause
            case effects.SetLanguage() | effects.LogTag():
                pass
        return None

    def _note(self, record: FlowRecord) -> None:
        self.records.append(record)
        if isinstance(record, NodeEntered) and record.node_id == self.test.hang_up_at:
            raise _HungUp

    def _play(self, prompts: tuple[PromptPart, ...], barge_in: bool) -> PlayResult:
        self.heard += [part.value for part in prompts]
        length = sum(_length_s(part) for part in prompts)
        if barge_in and self.keys and self.keys[0].when == "during_prompt" and self.keys[0].press:
            self.now += min(length / 2, _REACTION_S)
            self._press(self.keys.popleft().press)
            return PlayResult(interrupted=True, duration_ms=round(length * 500))
        self.now += length
        return PlayResult(duration_ms=round(length * 1000))

    def _wait(self, timeout_s: float) -> Digit | None:
        if not self.pressed and timeout_s > 0 and self.keys:
            step = self.keys.popleft()
            if step.press:
                self.now += min(_REACTION_S, timeout_s / 2)
                self._press(step.press)
        if self.pressed:
            digit = self.pressed.popleft()
            self.now = max(self.now, digit.at)
            return digit
        self.now += timeout_s
        return None

    def _press(self, keys: str) -> None:
        self.pressed.extend(Digit(key, self.now + index * _KEY_INTERVAL_S) for index, key in enumerate(keys))

    def _http(self) -> HttpResult:
        self.now += 0.2
        if not self.http:
            return HttpResult(HttpOutcome.TIMEOUT, reason="the test case answers no further request")
        answer = self.http.popleft()
        return HttpResult(answer.outcome, status=answer.status, json=answer.body, elapsed_ms=200, attempts=1)

    def _dial(self, request: DialRequest) -> DialResult:
        answer = self.dial.popleft() if self.dial else None
        if answer is None:
            self.now += request.ring_timeout_s
            return DialResult(DialOutcome.NO_ANSWER, ring_ms=round(request.ring_timeout_s * 1000))
        if answer.outcome not in (DialOutcome.CLOSED, DialOutcome.UNAVAILABLE, DialOutcome.FAILED):
            self.heard += [part.value for part in request.announce]
        if answer.outcome is DialOutcome.ANSWERED:
            self.now += 5.0 + answer.talk_s
            return DialResult(
                answer.outcome, answered_by=answer.answered_by, ring_ms=5000, talk_ms=round(answer.talk_s * 1000)
            )
        if answer.outcome is DialOutcome.NO_ANSWER:
            self.now += request.ring_timeout_s
        return DialResult(answer.outcome)

    def _enqueue(self, request: QueueRequest) -> QueueResult:
        answer = self.queue.popleft() if self.queue else _NOBODY_ANSWERS
        waited_s = 0.0 if answer.outcome in _NEVER_WAITED else answer.waited_s
        talk_s = answer.talk_s if answer.outcome is QueueOutcome.ANSWERED else 0.0
        self.now += waited_s + talk_s
        return QueueResult(
            outcome=answer.outcome,
            queue=request.queue,
            waited_ms=round(waited_s * 1000),
            talk_ms=round(talk_s * 1000),
            answered_by=answer.answered_by,
            key=(answer.key or request.exit_keys[:1] or None) if answer.outcome is QueueOutcome.KEY else None,
            callback_id="simulated" if answer.outcome is QueueOutcome.CALLBACK else None,
        )

    def _call_back(self) -> CallbackResult:
        answer = self.callback.popleft() if self.callback else CallbackAnswer()
        found = answer.outcome is not CallbackOutcome.FAILED
        return CallbackResult(answer.outcome, "simulated" if found else None)

    def _record(self) -> VoicemailResult:
        if not self.voicemail:
            self.now += 5.0
            return VoicemailResult(VoicemailOutcome.EMPTY)
        answer = self.voicemail.popleft()
        self.now += answer.duration_s
        return VoicemailResult(answer.outcome, "simulated", round(answer.duration_s * 1000))


def _length_s(part: PromptPart) -> float:
    return len(part.value) * SECONDS_PER_CHARACTER if part.kind is PromptKind.TEXT else 2.0


def simulate(
    program: Program, flows: Mapping[str, Program], test: FlowTest, settings: FlowSettings | None = None
) -> Simulation:
    """Run ``test`` on ``program``; ``flows`` are the others it may go to. Never raises for what the flow does."""
    world = _World(test)
    variables = {
        "caller_number": test.caller_number or "",
        "caller_name": "",
        "called_number": test.called_number,
        "call_id": "simulation",
        **test.variables,
    }
    interpreter = Interpreter(
        program,
        {**flows, program.id: program},
        variables=variables,
        now=lambda: world.now,
        utcnow=world.utcnow,
        settings=settings,
        language=test.language,
    )
    ended = _drive(interpreter, world)
    result = Simulation(
        ended, [record.node_id for record in world.records if isinstance(record, NodeEntered)], world.records,
        world.heard, world.dials, world.queued, world.callbacks, world.requests, world.now, world.hangup,
    )  # fmt: skip
    result.failures = list(unmet(test, result))
    return result


def _drive(interpreter: Interpreter, world: _World) -> Ended:
    steps = interpreter.run()
    try:
        effect = next(steps)
        while True:
            effect = steps.send(world.answer(effect))
    except StopIteration as stop:
        ended = stop.value
        assert isinstance(ended, Ended)
        return ended
    except _HungUp:
        record, ended = interpreter.abandon(EndCause.CALLER_HUNG_UP)
        if record is not None:
            world.records.append(record)
        return ended
    finally:
        steps.close()


def run_tests(program: Program, flows: Mapping[str, Program]) -> dict[str, Simulation]:
    """Run every test case stored with ``program``; the result by the test's name."""
    return {test.name: simulate(program, flows, test) for test in program.document.tests}


def unmet(test: FlowTest, result: Simulation) -> list[str]:
    """Return what ``test`` expected and ``result`` does not show, in English."""
    expect, failures = test.expect, []
    if expect.path is not None and result.path != expect.path:
        failures.append(f"path was {result.path}")
    if expect.visits is not None and not _in_order(expect.visits, result.path, lambda want, got: want == got):
        failures.append(f"expected visits {expect.visits}, path was {result.path}")
    if expect.heard is not None and not _in_order(expect.heard, result.heard, lambda want, got: want in got):
        failures.append(f"expected to hear {expect.heard}, heard {result.heard}")
    for text in expect.not_heard or ():
        if any(text in heard for heard in result.heard):
            failures.append(f"heard {text!r}")
    if expect.dialled is not None and (dialled := [request.target for request in result.dials]) != expect.dialled:
        failures.append(f"dialled {dialled}")
    if expect.queued is not None and (queued := [request.queue for request in result.queued]) != expect.queued:
        failures.append(f"queued in {queued}")
    if expect.callbacks is not None and (numbers := [each.number for each in result.callbacks]) != expect.callbacks:
        failures.append(f"to be called back: {numbers}")
    failures += _unmet_values(expect, result)
    if expect.ended is not None and result.ended.cause != expect.ended:
        failures.append(f"ended by {result.ended.cause}")
    if expect.language is not None and result.ended.language != expect.language:
        failures.append(f"language was {result.ended.language}")
    return failures


def _unmet_values(expect: Expectation, result: Simulation) -> list[str]:
    failures = []
    for name, value in (expect.variables or {}).items():
        if result.ended.variables.get(name) != value:
            failures.append(f"{name} was {result.ended.variables.get(name)!r}")
    for tag, text in (expect.tags or {}).items():
        if result.ended.tags.get(tag) != text:
            failures.append(f"tag {tag} was {result.ended.tags.get(tag)!r}")
    return failures


def _in_order(wanted: list[str], found: list[str], matches: Callable[[str, str], bool]) -> bool:
    rest = iter(found)
    return all(any(matches(want, item) for item in rest) for want in wanted)
