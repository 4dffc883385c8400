"""The channel of a rehearsed call: real sound, keys and hang-ups, with everybody else played by a test case."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import (
    CallEnded,
    DialOutcome,
    DialRequest,
    DialResult,
    Digit,
    FlowRecord,
    NodeEntered,
    PlayResult,
    PromptPart,
    QueueRequest,
    QueueResult,
    VoicemailOutcome,
    VoicemailRequest,
    VoicemailResult,
)
from callcenter.ivr import effects
from callcenter.ivr.flow_tests import FlowTest, KeyStep
from callcenter.ivr.ports import (
    CallbackRequest,
    CallbackResult,
    CustomerLookup,
    FlowServices,
    HoursState,
    HttpRequest,
    HttpResult,
    StoreLookup,
    StoreQuery,
)
from callcenter.ivr.simulated_world import DEFAULT_TIME, World
from callcenter.runtime.clock import SystemClock
from callcenter.runtime.tasks import create_task
from callcenter.testing.phone import CustomerPhone

_CLOCK = SystemClock()
_SILENCE_S = 1.0
"How long a caller who says nothing is really waited for; the rest of the wait is skipped."
_INTO_PROMPT_S = 0.4
_ARRIVAL_S = 3.0
"A key that was pressed is recognised within this time, or the test fails."
_MESSAGE_S = 1.5
_MESSAGE_HZ = 440.0


class ScriptedChannel:
    """A :class:`~callcenter.ivr.ports.VoiceChannel` on a real one.

    The script is kept by a simulated world, of which only the parts that are not real are asked.
    """

    def __init__(self, channel: Channel, test: FlowTest, phone: CustomerPhone) -> None:
        self._channel = channel
        self._phone = phone
        self._test = test
        self._world = World(test.model_copy(update={"keys": [], "hang_up_at": None}))
        self._keys: deque[KeyStep] = deque(test.keys)
        self._began = _CLOCK.monotonic()
        self._skipped = 0.0
        self.records: list[FlowRecord] = []
        self.heard: list[str] = []
        self.hung_up: str | None = None

    # What became of it

    @property
    def dials(self) -> list[DialRequest]:
        """Everything dialled."""
        return self._world.dials

    @property
    def queued(self) -> list[QueueRequest]:
        """Every wait in a queue."""
        return self._world.queued

    @property
    def callbacks(self) -> list[CallbackRequest]:
        """Every call-back asked for."""
        return self._world.callbacks

    @property
    def requests(self) -> list[HttpRequest]:
        """The web requests made."""
        return self._world.requests

    # The clock of the flow

    def now(self) -> float:
        """Return the seconds since the call began, skipped ones included."""
        return _CLOCK.monotonic() - self._began + self._skipped

    def utcnow(self) -> datetime:
        """Return the wall clock of the test."""
        return ((self._test.at or DEFAULT_TIME) + timedelta(seconds=self.now())).astimezone(UTC)

    def _stamped(self, digit: Digit) -> Digit:
        return Digit(digit.key, digit.at - self._began + self._skipped)

    def _answered(self, effect: effects.Effect) -> object:
        """Have the script answer; the time that would take is skipped."""
        before = self._world.now
        answer = self._world.answer(effect)
        self._skipped += self._world.now - before
        return answer

    # The caller

    async def play(self, prompts: Sequence[PromptPart], *, language: str, barge_in: bool) -> PlayResult:
        """Play, and have the caller press keys meanwhile if the test says so."""
        self.heard += [part.value for part in prompts]
        pressing = None
        if barge_in and self._keys and self._keys[0].when == "during_prompt" and self._keys[0].press:
            pressing = create_task(self._press_soon(self._keys.popleft().press), name="press-key")
        result = await self._channel.play(prompts, language=language, barge_in=barge_in)
        if pressing is not None:
            await pressing
        return result

    async def next_digit(self, timeout_s: float) -> Digit | None:
        """Take a key; when none is waiting the caller does what comes next in the test."""
        if timeout_s > 0 and not self._channel.leg.digits:
            step = self._keys.popleft() if self._keys else KeyStep(press="")
            if step.hang_up:
                raise CallEnded
            if not step.press:
                return await self._silence(timeout_s)
            await self._press(step.press)
            timeout_s = _ARRIVAL_S
        digit = await self._channel.next_digit(timeout_s)
        return None if digit is None else self._stamped(digit)

    async def _silence(self, timeout_s: float) -> Digit | None:
        waited_s = min(timeout_s, _SILENCE_S)
        digit = await self._channel.next_digit(waited_s)
        self._skipped += timeout_s - waited_s
        return None if digit is None else self._stamped(digit)

    async def _press_soon(self, keys: str) -> None:
        await asyncio.sleep(_INTO_PROMPT_S)
        await self._press(keys)

    async def _press(self, keys: str) -> None:
        """Have the phone press, and wait until the server has recognised every key."""
        wanted = len(self._channel.leg.digits) + len(keys)
        await asyncio.to_thread(self._phone.press, keys)
        deadline = _CLOCK.monotonic() + _ARRIVAL_S
        while len(self._channel.leg.digits) < wanted and _CLOCK.monotonic() < deadline:  # noqa: ASYNC110 - keys arrive one by one
            await asyncio.sleep(0.02)

    def take_digits(self) -> Sequence[Digit]:
        """Take every waiting key."""
        return tuple(self._stamped(digit) for digit in self._channel.take_digits())

    def flush_digits(self) -> None:
        """Forget every waiting key."""
        self._channel.flush_digits()

    async def record_voicemail(self, request: VoicemailRequest) -> VoicemailResult:
        """Record what the phone really says: a tone, or nothing."""
        scripted = self._answered(effects.RecordVoicemail(request))
        assert isinstance(scripted, VoicemailResult)
        if scripted.outcome is VoicemailOutcome.FAILED:
            return scripted
        speaking = create_task(self._speak(request, scripted.outcome), name="speak")
        try:
            return await self._channel.record_voicemail(request)
        finally:
            await speaking

    async def _speak(self, request: VoicemailRequest, outcome: VoicemailOutcome) -> None:
        if outcome is VoicemailOutcome.RECORDED:
            await asyncio.to_thread(self._phone.set_tone, _MESSAGE_HZ)
            await asyncio.sleep(_MESSAGE_S)
            await asyncio.to_thread(self._phone.set_tone, None)
        if request.end_keys and (outcome is VoicemailOutcome.RECORDED or request.silence_seconds == 0):
            await asyncio.to_thread(self._phone.press, request.end_keys[0])

    async def hangup(self, cause: str) -> None:
        """End the call."""
        self.hung_up = cause
        await self._channel.hangup(cause)

    # Everybody else

    async def dial(self, request: DialRequest) -> DialResult:
        """Answer from the script; the announcement is really played to the caller."""
        said = len(self._world.heard)
        result = self._answered(effects.Dial(request))
        assert isinstance(result, DialResult)
        if len(self._world.heard) > said and result.outcome is not DialOutcome.LEFT:
            await self.play(request.announce, language=request.language, barge_in=False)
        elif len(self._world.heard) > said:
            self.heard += [part.value for part in request.announce]
        return result

    async def wait_in_queue(self, request: QueueRequest) -> QueueResult:
        """Answer from the script."""
        result = self._answered(effects.Enqueue(request))
        assert isinstance(result, QueueResult)
        return result

    async def request(self, request: CallbackRequest) -> CallbackResult:
        """Keep a call-back, by the script."""
        result = self._answered(effects.RequestCallback(request))
        assert isinstance(result, CallbackResult)
        return result

    async def look_up(self, number: str) -> CustomerLookup:
        """Say who calls, by the script."""
        found = self._answered(effects.LookUpCustomer(number))
        assert isinstance(found, CustomerLookup)
        return found

    async def find(self, query: StoreQuery) -> StoreLookup:
        """Say which store, by the script."""
        found = self._answered(effects.FindLastStore(query))
        assert isinstance(found, StoreLookup)
        return found

    def state(self, store: str, at: datetime) -> HoursState:
        """Say whether a store is open, by the script."""
        found = self._answered(effects.CheckStoreHours(store, at))
        assert isinstance(found, HoursState)
        return found

    async def send(self, request: HttpRequest) -> HttpResult:
        """Answer a web request from the script."""
        result = self._answered(effects.HttpCall(request))
        assert isinstance(result, HttpResult)
        return result

    def services(self) -> FlowServices:
        """Return everybody a flow may ask, played by the script."""
        return FlowServices(customers=self, stores=self, hours=self, http=self, callbacks=self)

    # The story

    def note(self, record: FlowRecord) -> None:
        """Keep a record.

        :raises CallEnded: when the caller hangs up on entering this node.
        """
        self.records.append(record)
        self._channel.note(record)
        if isinstance(record, NodeEntered) and record.node_id == self._test.hang_up_at:
            raise CallEnded

    def set_language(self, language: str) -> None:
        """Learn the language."""
        self._channel.set_language(language)

    def add_tag(self, tag: str, value: str) -> None:
        """Tag the call."""
        self._channel.add_tag(tag, value)
