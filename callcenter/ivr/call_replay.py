"""A call of the past on the graph: the way it took, and the way it would take through another version of the flow.

The log holds, node by node, which keys were pressed and what look-ups, queues and dialled parties came to. That is fed
to the interpreter again. Where a version asks something the log does not know, the call is undecided from there on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.calls.channel_results import (
    DialOutcome,
    DialResult,
    Digit,
    NodeEntered,
    NodeLeft,
    PlayResult,
    QueueOutcome,
    QueueResult,
    VoicemailOutcome,
    VoicemailResult,
)
from callcenter.ivr import effects
from callcenter.ivr.effects import Effect
from callcenter.ivr.interpreter import Interpreter
from callcenter.ivr.model import Program
from callcenter.ivr.ports import (
    CallbackOutcome,
    CallbackResult,
    CustomerLookup,
    CustomerOutcome,
    HoursState,
    HttpOutcome,
    HttpResult,
    StoreLookup,
    StoreOutcome,
)
from callcenter.ivr.simulated_world import HungUp
from callcenter.ivr.variables import MASK

_REACHED = ("target", "queue", "box")
"What a node notes about whom it leads to."


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A node a call went through."""

    flow_id: str
    flow_version: int | None
    node_id: str
    node_name: str
    node_type: str
    entered_ms: int
    left_ms: int | None
    port: str | None
    "The exit; None when the call ended here."
    keys: str
    "Masked when secret."
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> str | None:
        """Return what a look-up, a dialled party or a queue came to."""
        found = self.detail.get("outcome") or self.detail.get("state")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """What the log knows about a call."""

    id: str
    started_at: datetime
    caller_number: str | None
    called_number: str
    flow_id: str
    flow_version: int | None
    visits: Sequence[Visit]
    store: Mapping[str, Any] | None = None
    "The store that was chosen, as flows see it."


def visits_of(lines: Sequence[tuple[int, str, Mapping[str, Any]]]) -> list[Visit]:
    """Return the way of a call from the lines of its story: offset, kind and data."""
    visits: list[Visit] = []
    entered: tuple[int, Mapping[str, Any]] | None = None
    for at_ms, kind, data in lines:
        if kind == "node_entered":
            if entered is not None:
                visits.append(_visit(*entered, None, {}))
            entered = (at_ms, data)
        elif kind == "node_left" and entered is not None:
            visits.append(_visit(*entered, at_ms, data))
            entered = None
    if entered is not None:  # The server was cut off here.
        visits.append(_visit(*entered, None, {}))
    return visits


def _visit(entered_ms: int, entered: Mapping[str, Any], left_ms: int | None, left: Mapping[str, Any]) -> Visit:
    version = entered.get("version")
    return Visit(
        flow_id=str(entered.get("flow")),
        flow_version=version if isinstance(version, int) else None,
        node_id=str(entered.get("node")),
        node_name=str(entered.get("name")),
        node_type=str(entered.get("type")),
        entered_ms=entered_ms,
        left_ms=left_ms,
        port=left.get("port"),
        keys=str(left.get("keys") or ""),
        detail=left.get("detail") or {},
    )


Place = tuple[str, str, str | None]
"Flow, node, and whom it leads to."


@dataclass(frozen=True, slots=True)
class Replay:
    """The way a logged call takes."""

    places: list[Place]
    undecided: str | None
    "What the log does not know, ``keys``, ``dial``, …; None when the call came to its end."


class _Unknown(Exception):
    pass


def replay(program: Program, flows: Mapping[str, Program], call: LoggedCall) -> Replay:
    """Take ``call`` through ``program``. Never raises for what the flow does."""
    world = _Past(call)
    interpreter = Interpreter(
        program,
        {**flows, program.id: program},
        variables={
            "caller_number": call.caller_number or "",
            "caller_name": "",
            "called_number": call.called_number,
            "call_id": call.id,
        },
        now=lambda: world.now,
        utcnow=lambda: (call.started_at + timedelta(seconds=world.now)).astimezone(UTC),
    )
    steps = interpreter.run()
    try:
        effect = next(steps)
        while True:
            effect = steps.send(world.answer(effect))
    except (StopIteration, HungUp):
        return Replay(world.places, None)
    except _Unknown as unknown:
        return Replay(world.places, str(unknown))
    finally:
        steps.close()


def logged_places(call: LoggedCall) -> list[Place]:
    """Return the way a call really took."""
    return [(visit.flow_id, visit.node_id, _reached(visit.detail)) for visit in call.visits]


def _reached(detail: Mapping[str, Any]) -> str | None:
    return next((str(detail[name]) for name in _REACHED if detail.get(name) is not None), None)


class _Past:
    """Answers effects from the log."""

    def __init__(self, call: LoggedCall) -> None:
        self.now = 0.0
        self.places: list[Place] = []
        self._call = call
        self._unused = list(call.visits)
        self._visit: Visit | None = None
        self._last: Visit | None = call.visits[-1] if call.visits else None
        self._keys: deque[str] = deque()

    def answer(self, effect: Effect) -> object:  # noqa: C901 - one match over every effect
        match effect:
            case effects.Note(NodeEntered() as entered):
                self._enter(entered)
            case effects.Note(NodeLeft() as left):
                flow_id, node_id, _ = self.places[-1]
                self.places[-1] = (flow_id, node_id, _reached(left.detail))
            case effects.PlayPrompts():
                self._hang_up_if_here()
                return PlayResult()
            case effects.WaitDigit(timeout_s):
                return self._wait(timeout_s)
            case effects.TakeDigits():
                return ()
            case effects.LookUpCustomer():
                outcome = CustomerOutcome(self._outcome("customer", CustomerOutcome))
                known = self._known().detail.get("customers") or ()
                return CustomerLookup(outcome, tuple({"id": each} for each in known))
            case effects.FindLastStore():
                store = self._call.store
                outcome_of_store = StoreOutcome(self._outcome("store", StoreOutcome))
                return StoreLookup(outcome_of_store, () if store is None else (store,))
            case effects.CheckStoreHours():
                return HoursState(self._outcome("hours", HoursState))
            case effects.HttpCall():
                return self._web()
            case effects.Dial():
                return DialResult(DialOutcome(self._outcome("dial", DialOutcome)))
            case effects.Enqueue(request):
                outcome_of_queue = QueueOutcome(self._outcome("queue", QueueOutcome))
                waited_ms = self._known().detail.get("waited_ms")
                return QueueResult(
                    outcome=outcome_of_queue,
                    queue=request.queue,
                    waited_ms=waited_ms if isinstance(waited_ms, int) else 0,
                    key=(self._known().keys or request.exit_keys)[-1:] or None,
                )
            case effects.RequestCallback():
                return CallbackResult(CallbackOutcome(self._outcome("callback", CallbackOutcome)), "replayed")
            case effects.RecordVoicemail():
                return VoicemailResult(VoicemailOutcome(self._outcome("voicemail", VoicemailOutcome)))
            case _:
                pass
        return None

    def _enter(self, entered: NodeEntered) -> None:
        """Find the visit of the log that this one corresponds to: of the same node, else of the next of its type."""
        self.places.append((entered.flow_id, entered.node_id, None))
        own = [each for each in self._unused if (each.flow_id, each.node_id) == (entered.flow_id, entered.node_id)]
        alike = own or [each for each in self._unused if each.node_type == entered.node_type]
        self._visit = alike[0] if alike else None
        self._keys.clear()
        if self._visit is not None:
            self._unused.remove(self._visit)
            self.now = max(self.now, self._visit.entered_ms / 1000)
            self._keys.extend("1" if key == MASK else key for key in self._visit.keys)

    def _known(self) -> Visit:
        assert self._visit is not None, "an outcome was asked for first"
        return self._visit

    def _hang_up_if_here(self) -> None:
        """Hang up where the caller did: in the last node, when it came to nothing."""
        visit = self._visit
        if visit is None or visit is not self._last or visit.port is not None or visit.node_type == "hangup":
            return
        if visit.outcome is None and not self._keys:
            raise HungUp

    def _wait(self, timeout_s: float) -> Digit | None:
        if self._visit is None:
            raise _Unknown("keys")
        if self._keys:
            return Digit(self._keys.popleft(), self.now)
        self._hang_up_if_here()
        self.now += timeout_s
        return None

    def _outcome(self, kind: str, outcomes: type[Any]) -> str:
        if self._visit is None:
            raise _Unknown(kind)
        found = self._visit.outcome
        if found not in {each.value for each in outcomes}:
            self._hang_up_if_here()
            raise _Unknown(kind)
        return str(found)

    def _web(self) -> HttpResult:
        outcome = HttpOutcome(self._outcome("http", HttpOutcome))
        if outcome is HttpOutcome.SUCCESS:
            raise _Unknown("http")  # What was answered is not in the log.
        return HttpResult(outcome)
