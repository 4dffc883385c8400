"""A caller on a timeline: keys at exact seconds, prompts of a fixed length, a clock that moves when something waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.calls.channel_results import (
    DialOutcome,
    DialRequest,
    DialResult,
    Digit,
    NodeLeft,
    PlayResult,
    QueueOutcome,
    QueueRequest,
    QueueResult,
    VoicemailOutcome,
    VoicemailResult,
)
from callcenter.ivr import effects
from callcenter.ivr.effects import Effect
from callcenter.ivr.flow_call import FlowSettings
from callcenter.ivr.interpreter import Ended, Interpreter
from callcenter.ivr.model import Program, program_from
from callcenter.ivr.ports import (
    CallbackOutcome,
    CallbackRequest,
    CallbackResult,
    CustomerLookup,
    CustomerOutcome,
    HoursState,
    HttpOutcome,
    HttpResult,
    StoreLookup,
    StoreOutcome,
)

PROMPT_S = 5.0


def said(text: str) -> dict[str, Any]:
    """Return a prompt saying ``text`` in Vietnamese."""
    return {"vi": [{"text": text}]}


def node(node_id: str, kind: str, exits: Mapping[str, str] | None = None, **data: Any) -> dict[str, Any]:
    """Describe a node with its exits."""
    return {"id": node_id, "type": kind, "data": data, "exits": dict(exits or {})}


def flow_document(*nodes: dict[str, Any], flow_id: str = "flow", **head: Any) -> dict[str, Any]:
    """Describe a flow; it starts at the first node, and exits to ``end`` hang up."""
    listed = [node("start", "start", {"next": nodes[0]["id"]}), *nodes, node("end", "hangup")]
    return {
        "id": flow_id,
        "name": flow_id,
        **head,
        "nodes": [{"id": item["id"], "type": item["type"], "data": item["data"]} for item in listed],
        "edges": [
            {"id": f"{item['id']}-{index}", "source": item["id"], "sourceHandle": port, "target": target}
            for item in listed
            for index, (port, target) in enumerate(item["exits"].items())
        ],
    }


def flow(*nodes: dict[str, Any], flow_id: str = "flow", **head: Any) -> Program:
    """Make a program of ``nodes``."""
    return program_from(flow_document(*nodes, flow_id=flow_id, **head))


@dataclass
class Caller:
    """Plays the channel and the services, and remembers what it was asked."""

    keys: Sequence[tuple[float, str]] = ()
    failing: frozenset[str] = frozenset()
    customer: CustomerLookup = CustomerLookup(CustomerOutcome.NONE)  # noqa: RUF009 - frozen
    store: StoreLookup = StoreLookup(StoreOutcome.NONE)  # noqa: RUF009 - frozen
    dial: list[DialResult] = field(default_factory=list)
    http: list[HttpResult] = field(default_factory=list)
    queue: list[QueueResult] = field(default_factory=list)
    callback: list[CallbackResult] = field(default_factory=list)
    now: float = 0.0
    start: datetime = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    heard: list[tuple[float, str]] = field(default_factory=list)
    log: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._coming = deque(Digit(key, at) for at, key in self.keys)

    def utcnow(self) -> datetime:
        """Return the simulated wall clock."""
        return self.start + timedelta(seconds=self.now)

    @property
    def texts(self) -> list[str]:
        """Everything played, in order."""
        return [text for _, text in self.heard]

    @property
    def dials(self) -> list[DialRequest]:
        """Everything dialled, in order."""
        return [effect.request for effect in self.log if isinstance(effect, effects.Dial)]

    @property
    def queued(self) -> list[QueueRequest]:
        """Every wait in a queue, in order."""
        return [effect.request for effect in self.log if isinstance(effect, effects.Enqueue)]

    @property
    def callbacks(self) -> list[CallbackRequest]:
        """Every call-back asked for, in order."""
        return [effect.request for effect in self.log if isinstance(effect, effects.RequestCallback)]

    @property
    def left(self) -> list[NodeLeft]:
        """The records of nodes left, in order."""
        notes = [effect.record for effect in self.log if isinstance(effect, effects.Note)]
        return [record for record in notes if isinstance(record, NodeLeft)]

    def visit(self, node_id: str) -> NodeLeft:
        """Return the record of the last visit of ``node_id``."""
        return [record for record in self.left if record.node_id == node_id][-1]

    def answer(self, effect: Effect) -> object:
        """Answer one effect."""
        self.log.append(effect)
        match effect:
            case effects.PlayPrompts(prompts, _, barge_in):
                return self._play([part.value for part in prompts], barge_in)
            case effects.WaitDigit(timeout_s):
                if self._coming and self._coming[0].at <= self.now + timeout_s:
                    digit = self._coming.popleft()
                    self.now = max(self.now, digit.at)
                    return digit
                self.now += timeout_s
                return None
            case effects.TakeDigits():
                return self._take()
            case effects.FlushDigits():
                self._take()
            case effects.LookUpCustomer():
                return self.customer
            case effects.FindLastStore():
                return self.store
            case effects.CheckStoreHours():
                return HoursState.OPEN
            case effects.HttpCall():
                return self.http.pop(0) if self.http else HttpResult(HttpOutcome.TIMEOUT)
            case effects.Dial():
                result = self.dial.pop(0) if self.dial else DialResult(DialOutcome.NO_ANSWER)
                self.now += (result.ring_ms + result.talk_ms) / 1000
                return result
            case effects.Enqueue(request):
                waited = self.queue.pop(0) if self.queue else QueueResult(outcome=QueueOutcome.MAX_WAIT)
                self.now += (waited.waited_ms + waited.talk_ms) / 1000
                return replace(waited, queue=request.queue)
            case effects.RequestCallback():
                return self.callback.pop(0) if self.callback else CallbackResult(CallbackOutcome.REQUESTED, "cb")
            case effects.RecordVoicemail():
                return VoicemailResult(VoicemailOutcome.RECORDED, "rec", 1000)
        return None

    def _take(self) -> tuple[Digit, ...]:
        taken = []
        while self._coming and self._coming[0].at <= self.now:
            taken.append(self._coming.popleft())
        return tuple(taken)

    def _play(self, texts: list[str], barge_in: bool) -> PlayResult:
        playable = [text for text in texts if text not in self.failing]
        self.heard += [(self.now, text) for text in playable]
        end = self.now + PROMPT_S * len(playable)
        failed = tuple(text for text in texts if text in self.failing)
        if barge_in and self._coming and self._coming[0].at < end:
            self.now = max(self.now, self._coming[0].at)
            return PlayResult(True, failed)
        self.now = end
        return PlayResult(False, failed)


def call(
    program: Program,
    caller: Caller,
    *others: Program,
    settings: FlowSettings | None = None,
    **variables: Any,
) -> Ended:
    """Run the call to its end."""
    interpreter = Interpreter(
        program,
        {flow.id: flow for flow in (program, *others)},
        variables={"caller_number": "+84912345678", "called_number": "1900", **variables},
        now=lambda: caller.now,
        utcnow=caller.utcnow,
        settings=settings,
    )
    steps = interpreter.run()
    try:
        effect = next(steps)
        while True:
            effect = steps.send(caller.answer(effect))
    except StopIteration as stop:
        ended = stop.value
        assert isinstance(ended, Ended)
        return ended
