"""The world of a simulated call: a caller and everything a flow may ask, scripted by a test case, on its own clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
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
from callcenter.ivr.flow_tests import CallbackAnswer, FlowTest, QueueAnswer, VoicemailAnswer
from callcenter.ivr.ports import (
    CallbackOutcome,
    CallbackRequest,
    CallbackResult,
    CustomerLookup,
    HoursState,
    HttpOutcome,
    HttpRequest,
    HttpResult,
    StoreLookup,
)
from callcenter.ivr.prompts import SECONDS_PER_CHARACTER

DEFAULT_TIME = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
"A Wednesday, 10:00 in Vietnam."
_KEY_INTERVAL_S = 0.3
_REACTION_S = 1.0
_NOBODY_ANSWERS = QueueAnswer.model_validate({"outcome": "max_wait", "waited_s": 300})
_NEVER_WAITED = (QueueOutcome.FULL, QueueOutcome.JOIN_EMPTY, QueueOutcome.CLOSED, QueueOutcome.FAILED)
_NOBODY_RUNG = (DialOutcome.CLOSED, DialOutcome.UNAVAILABLE, DialOutcome.FAILED)


class HungUp(Exception):
    """The caller hangs up here."""


class Waits(Exception):
    """The script has nothing more for what the call waits for; only raised when asked to."""

    def __init__(self, kind: str, /, **detail: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        "``keys``, ``dial``, ``queue``, ``http``, ``callback`` or ``voicemail``."
        self.detail: Mapping[str, Any] = detail


class World:
    """Answers effects from a test case.

    :param stops: raise :class:`Waits` where the script ends; else the caller says nothing and nobody answers.
    """

    def __init__(self, test: FlowTest, *, stops: bool = False) -> None:
        self.test = test
        self.now = 0.0
        self.records: list[FlowRecord] = []
        self.heard: list[str] = []
        self.dials: list[DialRequest] = []
        self.queued: list[QueueRequest] = []
        self.callbacks: list[CallbackRequest] = []
        self.requests: list[HttpRequest] = []
        self.hangup: str | None = None
        self._stops = stops
        self._start = test.at or DEFAULT_TIME
        self._keys = deque(test.keys)
        self._pressed: deque[Digit] = deque()
        self._http = deque(test.http)
        self._dial = deque(test.dial)
        self._queue = deque(test.queue)
        self._callback = deque(test.callback)
        self._voicemail = deque(test.voicemail)

    def utcnow(self) -> datetime:
        """Return the simulated wall clock."""
        return (self._start + timedelta(seconds=self.now)).astimezone(UTC)

    @property
    def unused_keys(self) -> int:
        """How much of what the caller was to do has not happened yet."""
        return len(self._keys)

    def answer(self, effect: Effect) -> object:  # noqa: C901 - one match over every effect
        """Answer one effect.

        :raises HungUp: when the caller does so now.
        :raises Waits: when the script ends here.
        """
        match effect:
            case effects.PlayPrompts(prompts, _, barge_in):
                return self._play(prompts, barge_in)
            case effects.WaitDigit(timeout_s):
                return self._wait(timeout_s)
            case effects.TakeDigits():
                taken = tuple(self._pressed)
                self._pressed.clear()
                return taken
            case effects.FlushDigits():
                self._pressed.clear()
            case effects.LookUpCustomer():
                answer = self.test.customer
                return CustomerLookup(answer.outcome, tuple(answer.customers))
            case effects.FindLastStore():
                found = self.test.store
                return StoreLookup(found.outcome, tuple(found.stores))
            case effects.CheckStoreHours(store):
                return self.test.hours.get(store, HoursState.UNKNOWN)
            case effects.HttpCall(request):
                return self._ask_web(request)
            case effects.Dial(request):
                return self._ring(request)
            case effects.Enqueue(request):
                return self._enqueue(request)
            case effects.RequestCallback(request):
                return self._call_back(request)
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
            raise HungUp

    def _stop(self, kind: str, /, **detail: Any) -> None:
        """Stop where the script ends, if asked to; a caller who is to hang up next does so first."""
        if self._stops:
            self._hang_up_if_next()
            raise Waits(kind, **detail)

    def _hang_up_if_next(self) -> None:
        if self._keys and self._keys[0].hang_up:
            self._keys.popleft()
            raise HungUp

    # The caller

    def _play(self, prompts: Sequence[PromptPart], barge_in: bool) -> PlayResult:
        self.heard += [part.value for part in prompts]
        length = sum(_length_s(part) for part in prompts)
        if barge_in and self._keys and self._keys[0].when == "during_prompt" and self._keys[0].press:
            self.now += min(length / 2, _REACTION_S)
            self._press(self._keys.popleft().press)
            return PlayResult(interrupted=True, duration_ms=round(length * 500))
        self.now += length
        return PlayResult(duration_ms=round(length * 1000))

    def _wait(self, timeout_s: float) -> Digit | None:
        if not self._pressed and timeout_s > 0:
            self._hang_up_if_next()
            if self._keys:
                step = self._keys.popleft()
                if step.press:
                    self.now += min(_REACTION_S, timeout_s / 2)
                    self._press(step.press)
            else:
                self._stop("keys", timeout_s=timeout_s)
        if self._pressed:
            digit = self._pressed.popleft()
            self.now = max(self.now, digit.at)
            return digit
        self.now += timeout_s
        return None

    def _press(self, keys: str) -> None:
        self._pressed.extend(Digit(key, self.now + index * _KEY_INTERVAL_S) for index, key in enumerate(keys))

    # Everybody else

    def _ask_web(self, request: HttpRequest) -> HttpResult:
        if not self._http:
            self._stop("http", method=request.method, url=request.url)
        self.requests.append(request)
        self.now += 0.2
        if not self._http:
            return HttpResult(HttpOutcome.TIMEOUT, reason="the test case answers no further request")
        answer = self._http.popleft()
        return HttpResult(answer.outcome, status=answer.status, json=answer.body, elapsed_ms=200, attempts=1)

    def _ring(self, request: DialRequest) -> DialResult:
        if not self._dial:
            self._stop("dial", target=request.target, kind=request.kind.value)
        self.dials.append(request)
        answer = self._dial.popleft() if self._dial else None
        if answer is None:
            self.now += request.ring_timeout_s
            return DialResult(DialOutcome.NO_ANSWER, ring_ms=round(request.ring_timeout_s * 1000))
        if answer.outcome not in _NOBODY_RUNG:
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
        if not self._queue:
            self._stop("queue", queue=request.queue)
        self.queued.append(request)
        answer = self._queue.popleft() if self._queue else _NOBODY_ANSWERS
        result = queue_result(request, answer)
        self.now += (result.waited_ms + result.talk_ms) / 1000
        return result

    def _call_back(self, request: CallbackRequest) -> CallbackResult:
        if not self._callback:
            self._stop("callback", queue=request.queue, number=request.number)
        self.callbacks.append(request)
        return callback_result(self._callback.popleft() if self._callback else CallbackAnswer())

    def _record(self) -> VoicemailResult:
        if not self._voicemail:
            self._stop("voicemail")
        answer = self._voicemail.popleft() if self._voicemail else _SAID_NOTHING
        self.now += answer.duration_s
        if answer.outcome is not VoicemailOutcome.RECORDED:
            return VoicemailResult(answer.outcome)
        return VoicemailResult(answer.outcome, "simulated", round(answer.duration_s * 1000))


_SAID_NOTHING = VoicemailAnswer(outcome=VoicemailOutcome.EMPTY, duration_s=5.0)


def queue_result(request: QueueRequest, answer: QueueAnswer) -> QueueResult:
    """Return what a wait in a queue comes to by the script."""
    waited_s = 0.0 if answer.outcome in _NEVER_WAITED else answer.waited_s
    talk_s = answer.talk_s if answer.outcome is QueueOutcome.ANSWERED else 0.0
    return QueueResult(
        outcome=answer.outcome,
        queue=request.queue,
        waited_ms=round(waited_s * 1000),
        talk_ms=round(talk_s * 1000),
        answered_by=answer.answered_by,
        key=(answer.key or request.exit_keys[:1] or None) if answer.outcome is QueueOutcome.KEY else None,
        callback_id="simulated" if answer.outcome is QueueOutcome.CALLBACK else None,
    )


def callback_result(answer: CallbackAnswer) -> CallbackResult:
    """Return what asking for a call-back comes to by the script."""
    found = answer.outcome is not CallbackOutcome.FAILED
    return CallbackResult(answer.outcome, "simulated" if found else None)


def _length_s(part: PromptPart) -> float:
    return len(part.value) * SECONDS_PER_CHARACTER if part.kind is PromptKind.TEXT else 2.0
