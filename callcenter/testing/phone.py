"""The customer's phone: dials the hotline, presses keys, talks, records what it hears and reports.

The phone is pyVoIP, an implementation independent of this server, so that a call proves more than that our two ends
agree with each other. What pyVoIP 1.6.8 needs to be dependable is in :mod:`callcenter.testing.pyvoip_line`.

:func:`place_call` runs one call described by a :class:`PhoneCall`. A test that must react uses the phone step by step::

    with CustomerPhone(PhoneCall("1900", port=5060, from_number="0912345678", tone_hz=440)) as phone:
        phone.dial()
        phone.wait_answered(5)
        phone.wait_prompts(1, timeout=20)
        phone.press("1")
        phone.hang_up()
        report = phone.report()
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

from callcenter.base.errors import CallcenterError
from callcenter.testing.audio import Interval, Samples, dominant_tone, sound_intervals, tone_intervals, write_wav
from callcenter.testing.pyvoip_line import Account, Line, LineCall

_POLL = 0.02


class PhoneError(CallcenterError):
    """The test phone did not get where it should in time."""

    error_id = "test-phone"


class PhoneEvent(Enum):
    """What can happen on the phone's side of a call."""

    DIALLED = "dialled"
    RINGING = "ringing"
    EARLY_MEDIA = "early media"
    ANSWERED = "answered"
    PROMPT_ENDED = "prompt ended"
    KEYS_PRESSED = "keys pressed"
    DIGIT_RECEIVED = "digit received"
    REJECTED = "rejected"
    HUNG_UP = "hung up here"
    REMOTE_HUNG_UP = "hung up there"
    CANCELLED = "cancelled"
    GAVE_UP = "gave up"


@dataclass(frozen=True)
class KeyPress:
    """Keys to press once one of two conditions holds; neither means at once after the answer."""

    digits: str
    "Keys ``0-9*#A-D``."
    at: float | None = None
    "Seconds after the answer."
    after_prompt: int | None = None
    "Press when this many prompts have ended (1 = after the first): a stretch of sound followed by 0.8 s of silence."


@dataclass(frozen=True)
class PhoneCall:
    """One call to place."""

    number: str
    "What to dial; becomes the user part of the Request-URI."
    host: str = "127.0.0.1"
    "The server's SIP address."
    port: int = 5060
    "The server's SIP UDP port."
    from_number: str = "0912345678"
    "The caller's number, the user part of From."
    keys: tuple[KeyPress, ...] = ()
    "Keys to press, in order."
    tone_hz: float | None = None
    "A tone the phone sends throughout; silence when ``None``."
    tone_dbfs: float = -12.0
    "Its level."
    hang_up_after: float | None = None
    "Hang up this many seconds after the answer; ``None`` waits for the other side."
    hang_up_after_keys: float | None = None
    "Hang up this many seconds after the last key was pressed."
    ring_timeout: float = 40.0
    "Cancel when nobody answered within this many seconds."
    maximum: float = 180.0
    "Hang up at the latest this many seconds after the answer."
    recording: Path | None = None
    "Where to write what was heard since the answer, as a mono WAV."
    local_host: str = "127.0.0.1"
    "The address the phone binds and advertises."
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    "Codecs to offer, preferred first."
    account: Account | None = None
    "Register with these credentials first and answer challenges with them; ``None`` calls by address alone."


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened."""

    at: float
    "Seconds after dialling."
    event: PhoneEvent
    "What happened."
    detail: str = ""
    "Status, digits or number of the prompt."


@dataclass(frozen=True)
class PhoneReport:
    """What one call was like from the customer's end."""

    call: PhoneCall
    "What was asked for."
    call_id: str
    "The SIP Call-ID of the last INVITE, to find the call in the server's log."
    status: int
    "Final SIP status of the INVITE; 0 when there was none."
    answered: bool
    "Whether there was a 2xx."
    ended_by: str
    "``here``, ``there``, ``rejected``, ``cancelled`` or ``nobody`` (still up)."
    reason: str | None
    "The Reason header of the server's BYE, if any."
    ring_seconds: float
    "From dialling to the answer or the failure."
    talk_seconds: float
    "From the answer to the end."
    timeline: tuple[TimelineEntry, ...]
    "Everything that happened, in order."
    heard: Samples
    "What was heard from the answer to the end, 8 kHz."
    packets_received: int
    "RTP packets received."
    packets_sent: int
    "RTP packets sent."
    digits_received: str
    "Keys the server sent as telephone events."
    recording: Path | None = None
    "Where ``heard`` was written."

    def sounds(self) -> list[Interval]:
        """Return when anything was heard, in seconds after the answer."""
        return sound_intervals(self.heard)

    def tone(self, frequency: float) -> list[Interval]:
        """Return when the tone at ``frequency`` was heard, in seconds after the answer."""
        return tone_intervals(self.heard, frequency)


def keys_by_prompt(digits: str, first_prompt: int = 1) -> tuple[KeyPress, ...]:
    """Return key presses that give one digit after each prompt: the second digit waits for the second prompt to end."""
    return tuple(KeyPress(digit, after_prompt=first_prompt + index) for index, digit in enumerate(digits))


class CustomerPhone:
    """One phone, one call at a time. Not for use by two threads at once. Every wait has a timeout in seconds."""

    def __init__(self, call: PhoneCall, *, on_event: Callable[[TimelineEntry], None] | None = None) -> None:
        self._plan = call
        self._on_event = on_event
        self._timeline: list[TimelineEntry] = []
        self._line = Line(
            server=(call.host, call.port),
            user=call.account.username if call.account else call.from_number,
            account=call.account,
            local_host=call.local_host,
            codecs=call.codecs,
        )
        self._call: LineCall | None = None
        self._dialled_at = 0.0
        self._noted_prompts = 0
        self._noted_digits = 0
        self._noted_progress = 0
        self._noted_answer = False
        self._noted_end = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Steps of a call

    def start(self) -> None:
        """Bind the phone's ports and register when the call has an account; raises :class:`PhoneError` on refusal."""
        status = self._line.start()
        if status != 200:
            self._line.stop()
            raise PhoneError(f"registration refused with status {status}")

    def dial(self) -> None:
        """Send the INVITE and return at once."""
        self._timeline.clear()
        self._noted_prompts = self._noted_digits = self._noted_progress = 0
        self._noted_answer = self._noted_end = False
        self._dialled_at = time.monotonic()
        self._note(PhoneEvent.DIALLED, self._plan.number)
        self._call = self._line.dial(self._plan.number)
        self._call.set_tone(self._plan.tone_hz, self._plan.tone_dbfs)

    def wait_answered(self, timeout: float | None = None) -> None:
        """Return when the call was answered; raises :class:`PhoneError` when it was refused or nobody answered."""
        limit = self._plan.ring_timeout if timeout is None else timeout
        if not self._wait(lambda call: call.is_answered or call.is_over, limit):
            raise PhoneError(f"no answer within {limit:g} s")
        if not self._current.is_answered:
            raise PhoneError(f"refused with status {self._current.status}")

    def wait_over(self, timeout: float) -> None:
        """Return when the call has ended, whoever ended it; raises :class:`PhoneError` when it goes on."""
        if not self._wait(lambda call: call.is_over, timeout):
            raise PhoneError(f"the call is still up after {timeout:g} s")

    def wait_prompts(self, count: int, *, timeout: float) -> None:
        """Return when ``count`` prompts have ended since the answer."""
        if not self._wait(lambda call: call.prompts_ended() >= count, timeout):
            raise PhoneError(f"{self._current.prompts_ended()} of {count} prompts ended within {timeout:g} s")

    def wait_tone(self, frequency: float, *, timeout: float, width: float = 0.3) -> None:
        """Return when the last ``width`` seconds heard were the tone at ``frequency`` (±15 Hz)."""

        def heard(_: LineCall) -> bool:
            tone = dominant_tone(self.heard_lately(width))
            return tone is not None and abs(tone.frequency - frequency) < 15

        if not self._wait(heard, timeout):
            raise PhoneError(f"no tone at {frequency:g} Hz within {timeout:g} s")

    def wait(self, seconds: float) -> bool:
        """Let ``seconds`` pass; tell whether the call is still up."""
        self._wait(lambda call: call.is_over, seconds)
        return not self._current.is_over

    def press(self, digits: str, *, duration_ms: int = 100, gap_ms: int = 80) -> None:
        """Press keys one after the other; returns when the last one was sent."""
        self._current.press(digits, duration_ms=duration_ms, gap_ms=gap_ms)
        self._note(PhoneEvent.KEYS_PRESSED, digits)
        self._wait(lambda call: call.is_over or not call.pressing, 1 + len(digits) * (duration_ms + gap_ms + 40) / 1000)

    def set_tone(self, frequency: float | None, *, level_dbfs: float = -12.0) -> None:
        """Send this tone from now on, silence for ``None``."""
        self._current.set_tone(frequency, level_dbfs)

    def say(self, samples: Samples) -> None:
        """Speak ``samples`` (8 kHz) once."""
        self._current.say(samples)

    def heard_lately(self, seconds: float) -> Samples:
        """Return the last ``seconds`` of what was heard; 60 ms old, so that packets under way count."""
        now = time.monotonic() - 0.06
        return self._current.heard(now - seconds, now)

    def hang_up(self) -> None:
        """End the call: CANCEL while it rings, BYE after the answer, nothing when it is over."""
        call = self._current
        if call.is_over:
            return
        self._note(PhoneEvent.HUNG_UP if call.is_answered else PhoneEvent.CANCELLED)
        call.end()
        self._wait(lambda current: current.is_over, 3.0)

    def report(self) -> PhoneReport:
        """Return how the call went so far, and write the recording when one was asked for."""
        call = self._current
        self._observe(call)
        now = time.monotonic()
        ended_at = call.ended_at or now
        answered_at = call.answered_at
        heard = call.heard(answered_at, ended_at) if answered_at is not None else call.heard(now, now)
        if self._plan.recording is not None:
            self._plan.recording.parent.mkdir(parents=True, exist_ok=True)
            write_wav(self._plan.recording, heard)
        return PhoneReport(
            call=self._plan,
            call_id=call.call_id,
            status=call.status,
            answered=answered_at is not None,
            ended_by=call.ended_by,
            reason=call.reason,
            ring_seconds=(answered_at or ended_at) - self._dialled_at,
            talk_seconds=ended_at - answered_at if answered_at is not None else 0.0,
            timeline=tuple(self._timeline),
            heard=heard,
            packets_received=call.packets_received,
            packets_sent=call.packets_sent,
            digits_received=call.digits_received,
            recording=self._plan.recording,
        )

    def stop(self) -> None:
        """Hang up if need be, unregister and free the ports."""
        if self._call is not None:
            self.hang_up()
        self._line.stop()

    # Inside

    @property
    def _current(self) -> LineCall:
        if self._call is None:
            raise PhoneError("nothing was dialled yet")
        return self._call

    def _wait(self, condition: Callable[[LineCall], bool], seconds: float) -> bool:
        call = self._current
        deadline = time.monotonic() + seconds
        while True:
            self._observe(call)
            if condition(call):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)

    def _observe(self, call: LineCall) -> None:
        while self._noted_progress < len(call.progress):
            status = call.progress[self._noted_progress]
            self._noted_progress += 1
            if status != 100:
                self._note(PhoneEvent.EARLY_MEDIA if status == 183 else PhoneEvent.RINGING, str(status))
        if call.is_answered and not self._noted_answer:
            self._noted_answer = True
            self._note(PhoneEvent.ANSWERED, str(call.status))
        prompts = call.prompts_ended()
        while self._noted_prompts < prompts:
            self._noted_prompts += 1
            self._note(PhoneEvent.PROMPT_ENDED, str(self._noted_prompts))
        for digit in call.digits_received[self._noted_digits :]:
            self._noted_digits += 1
            self._note(PhoneEvent.DIGIT_RECEIVED, digit)
        if call.is_over and not self._noted_end:
            self._noted_end = True
            if call.ended_by == "there":
                self._note(PhoneEvent.REMOTE_HUNG_UP, call.reason or "")
            elif call.ended_by == "rejected":
                self._note(PhoneEvent.REJECTED, str(call.status))

    def _note(self, event: PhoneEvent, detail: str = "") -> None:
        entry = TimelineEntry(round(time.monotonic() - self._dialled_at, 3), event, detail)
        self._timeline.append(entry)
        if self._on_event is not None:
            self._on_event(entry)

    def _give_up(self, why: str) -> None:
        self._note(PhoneEvent.GAVE_UP, why)
        self.hang_up()

    def run(self) -> PhoneReport:
        """Carry out the whole plan and return the report; never raises for how the far end behaves."""
        plan = self._plan
        self.dial()
        if not self._wait(lambda call: call.is_answered or call.is_over, plan.ring_timeout):
            self._give_up(f"no answer within {plan.ring_timeout:g} s")
        elif self._current.is_answered:
            self._talk(plan)
        return self.report()

    def _talk(self, plan: PhoneCall) -> None:
        call = self._current
        answered_at = call.answered_at or time.monotonic()
        ends = answered_at + (plan.maximum if plan.hang_up_after is None else min(plan.hang_up_after, plan.maximum))
        for key in plan.keys:
            due = answered_at + (key.at or 0.0)
            wanted = key.after_prompt or 0

            def ready(current: LineCall, due: float = due, wanted: int = wanted) -> bool:
                return current.is_over or (time.monotonic() >= due and current.prompts_ended() >= wanted)

            if not self._wait(ready, ends - time.monotonic()) or call.is_over:
                break
            self.press(key.digits)
        if plan.hang_up_after_keys is not None:
            ends = min(ends, time.monotonic() + plan.hang_up_after_keys)
        if not self._wait(lambda current: current.is_over, ends - time.monotonic()):
            self.hang_up()


def place_call(call: PhoneCall, *, on_event: Callable[[TimelineEntry], None] | None = None) -> PhoneReport:
    """Place ``call``, blocking until it is over, and report; ``on_event`` is told each thing as it happens.

    Raises :class:`PhoneError` only when the phone cannot start (its registration was refused).
    """
    with CustomerPhone(call, on_event=on_event) as phone:
        return phone.run()
