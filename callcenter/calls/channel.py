"""What a flow may do to the caller: play, listen for keys, dial, record a message, hang up.

The channel is the only way from a flow to a call. When the caller is gone every coroutine here raises
:class:`~callcenter.calls.channel_results.CallEnded`, and the call's task is cancelled besides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from callcenter.calls.call import Call, Hangup
from callcenter.calls.call_facts import QueuePlace
from callcenter.calls.cdr import HangupCause, HangupSide, Outcome, SegmentKind
from callcenter.calls.channel_results import (
    VOICEMAIL_EVENT,
    CallEnded,
    DialRequest,
    DialResult,
    Digit,
    FlowRecord,
    NodeEntered,
    NodeLeft,
    PlayResult,
    PromptKind,
    PromptPart,
    QueueRequest,
    QueueResult,
    VoicemailOutcome,
    VoicemailRequest,
    VoicemailResult,
)
from callcenter.calls.events import VoicemailLeft
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegDigit, LegEvent
from callcenter.calls.recording import Recording
from callcenter.media.plane import PlayEnd, PlayFinished, RecordingLimits
from callcenter.media.prompt import Prompt, PromptUnavailable

if TYPE_CHECKING:
    from callcenter.calls.dial import Dial

MIN_MESSAGE_MS = 800
"A voicemail shorter than this holds nothing."
SECRET_KEY = "•"
SILENCE_MS = 1000
"Length of the tone called silence."

HANGUP_CAUSES = {
    "normal": HangupCause.NORMAL_CLEARING,
    "busy": HangupCause.USER_BUSY,
    "rejected": HangupCause.CALL_REJECTED,
    "unavailable": HangupCause.SUBSCRIBER_ABSENT,
    "error": HangupCause.NORMAL_TEMPORARY_FAILURE,
}
_PLAY_IDS = count(1)


class Channel:
    """The caller's leg as flows see it.

    :param dial: rings and connects; see :mod:`callcenter.calls.dial`.
    """

    def __init__(self, exchange: Exchange, call: Call, leg: Leg, dial: Dial) -> None:
        self.call = call
        self.leg = leg
        self._exchange = exchange
        self._dial = dial
        self._digit: asyncio.Event = asyncio.Event()
        self._plays: dict[str, asyncio.Future[PlayFinished]] = {}
        self._interruptible: str | None = None
        self._message: tuple[Recording, str] | None = None
        "The voicemail being recorded and the keys that end it."
        self._listener = leg.listener
        leg.on_play_finished = self._play_finished
        leg.listener = self._on_leg

    def _on_leg(self, event: LegEvent) -> None:
        """Take a key press of the caller, and pass everything on."""
        if isinstance(event, LegDigit):
            self._digit.set()
            if self._message is not None and self.leg.digits[-1].key in self._message[1]:
                self._message[0].stop()  # The media worker ends at the keys it hears; here too at one by SIP INFO.
            if self._interruptible is not None and self.leg.media is not None:
                # The media worker stops for keys it hears itself; a key by SIP INFO it cannot hear.
                self._exchange.media.stop(self.leg.media.id, self._interruptible)
        self._listener(event)

    def _check(self) -> None:
        if not self.leg.is_up:
            raise CallEnded

    # Playing

    async def play(self, prompts: Sequence[PromptPart], *, language: str, barge_in: bool) -> PlayResult:
        """Play ``prompts``; see :class:`callcenter.ivr.ports.VoiceChannel`."""
        self._check()
        if barge_in and self.leg.digits:
            return PlayResult(interrupted=True)
        files, failed = await self.prepare(prompts)
        if not files:
            return PlayResult(failed=failed)
        if barge_in and self.leg.digits:
            return PlayResult(interrupted=True, failed=failed)
        finished = await self.play_files(files, barge_in=barge_in)
        if finished.reason is PlayEnd.FAILED:
            failed = (*failed, "the audio could not be read")
        interrupted = finished.reason is PlayEnd.BARGE_IN or (
            barge_in and finished.reason is PlayEnd.STOPPED and bool(self.leg.digits)
        )
        return PlayResult(interrupted, failed, finished.played_ms)

    async def prepare(self, prompts: Sequence[PromptPart]) -> tuple[list[Path], tuple[str, ...]]:
        """Return the playable files of ``prompts`` and a reason for each that could not be made."""
        files: list[Path] = []
        failed: list[str] = []
        for part in prompts:
            try:
                files.append(await self._exchange.prompts.prepare(to_prompt(part)))
            except PromptUnavailable as error:
                failed.append(str(error))
        return files, tuple(failed)

    async def play_files(self, files: Sequence[Path], *, barge_in: bool) -> PlayFinished:
        """Play prepared files to the end."""
        self._check()
        assert self.leg.media is not None
        play_id = f"p{next(_PLAY_IDS)}"
        future: asyncio.Future[PlayFinished] = asyncio.get_running_loop().create_future()
        self._plays[play_id] = future
        self._interruptible = play_id if barge_in else None
        self._exchange.media.play(self.leg.media.id, play_id, files, barge_in=barge_in)
        try:
            return await future
        except asyncio.CancelledError:
            if self.leg.is_up:  # The media of a leg that is over is about to be closed.
                self._exchange.media.stop(self.leg.media.id, play_id)
            raise
        finally:
            self._interruptible = None
            self._plays.pop(play_id, None)

    def _play_finished(self, event: PlayFinished) -> None:
        future = self._plays.get(event.play_id)
        if future is not None and not future.done():
            future.set_result(event)

    # Keys

    async def next_digit(self, timeout_s: float) -> Digit | None:
        """Take the oldest waiting key, waiting up to ``timeout_s`` for one; None when none came."""
        self._check()
        deadline = self._exchange.now() + timeout_s
        while not self.leg.digits:
            self._digit.clear()
            try:
                async with asyncio.timeout(max(deadline - self._exchange.now(), 0)):
                    await self._digit.wait()
            except TimeoutError:
                return None
        return self.leg.digits.popleft()

    def take_digits(self) -> Sequence[Digit]:
        """Take every waiting key at once, oldest first."""
        digits = tuple(self.leg.digits)
        self.leg.digits.clear()
        return digits

    def flush_digits(self) -> None:
        """Forget every waiting key."""
        self.leg.digits.clear()

    @property
    def place(self) -> QueuePlace | None:
        """Return the place in a queue that the one on this channel has or had."""
        return self.call.facts.queue

    def segment(
        self, kind: SegmentKind, leg: Leg | None = None, *, node: str | None = None, store_id: str | None = None
    ) -> None:
        """Say what the caller goes through from now on."""
        self.call.segment(kind, leg, node=node, store_id=store_id)

    # Reaching somebody

    async def dial(self, request: DialRequest) -> DialResult:
        """Ring the target, connect, and return when the conversation or the attempt is over."""
        self._check()
        result = await self._dial.run(self, request)
        self._check()
        self.segment(SegmentKind.IVR, self.leg)
        return result

    async def wait_in_queue(self, request: QueueRequest) -> QueueResult:
        """Wait in a queue, and talk to the agent who answers until one side ends it.

        :raises CallEnded: when the caller is gone.
        """
        self._check()
        result = await self._dial.wait_in_queue(self, request)
        self._check()
        self.segment(SegmentKind.IVR, self.leg)
        return result

    async def connect(self, leg: Leg) -> int:
        """Let the caller talk with ``leg``, who has answered, until they part; return how long, in milliseconds.

        :raises CallEnded: when the caller is gone afterwards, or was transferred and is served elsewhere.
        """
        self._check()
        return await self._dial.connect(self, leg)

    async def record_voicemail(self, request: VoicemailRequest) -> VoicemailResult:
        """Record a message from the caller. A caller who hangs up leaves the message."""
        self._check()
        assert self.leg.media is not None
        self.segment(SegmentKind.VOICEMAIL, self.leg, node=self.call.facts.last_node)
        if request.beep:
            files, _ = await self.prepare([PromptPart(PromptKind.TONE, "beep", self.call.facts.language)])
            await self.play_files(files, barge_in=False)
        limits = RecordingLimits(
            max_duration_s=request.max_seconds,
            end_silence_s=request.silence_seconds or None,
            end_digits=request.end_keys,
        )
        recording = Recording.start(self._exchange, self.call, self.leg, stereo=False, limits=limits)
        if recording is None:
            self.segment(SegmentKind.IVR, self.leg)
            return VoicemailResult(VoicemailOutcome.FAILED)
        self._message = (recording, request.end_keys)
        try:
            closed = await asyncio.shield(recording.closed)
        except asyncio.CancelledError:
            recording.stop()
            await recording.wait_closed()
            await self._keep_message(recording, request)
            raise
        finally:
            self._message = None
        self.leg.digits.clear()
        kept = await self._keep_message(recording, request)
        self.segment(SegmentKind.IVR, self.leg)
        outcome = VoicemailOutcome.RECORDED if kept else VoicemailOutcome.EMPTY
        return VoicemailResult(outcome, recording.id if kept else None, closed.duration_ms)

    async def _keep_message(self, recording: Recording, request: VoicemailRequest) -> bool:
        closed = recording.closed.result()
        if closed.duration_ms < MIN_MESSAGE_MS:
            self.call.forget_recording(recording.id)
            await recording.discard()
            return False
        self.call.outcome = Outcome.VOICEMAIL
        self.call.note(VOICEMAIL_EVENT, box=request.box, recording_id=recording.id, duration_ms=closed.duration_ms)
        self._exchange.publish(
            VoicemailLeft(
                call_id=self.call.id,
                recording_id=recording.id,
                box=request.box,
                number=self.call.facts.from_number,
                duration_ms=closed.duration_ms,
                notify=request.notify,
            )
        )
        return True

    async def hangup(self, cause: str) -> None:
        """End the call: ``normal``, ``busy``, ``rejected``, ``unavailable`` or ``error``."""
        why = HANGUP_CAUSES.get(cause, HangupCause.NORMAL_CLEARING)
        # A flow that ends with the conversation did not end the call: whoever left the conversation did.
        self.call.set_hangup(self.call.last_callee_end or Hangup(why, HangupSide.SYSTEM, 200))
        self.leg.hang_up(why)

    # The call's story

    def note(self, record: FlowRecord) -> None:
        """Keep a record of the call's way through the flow."""
        facts = self.call.facts
        facts.flow_id = facts.flow_id or record.flow_id
        facts.flow_version = facts.flow_version or record.flow_version
        node = {"flow": record.flow_id, "node": record.node_id, "name": record.node_name, "type": record.node_type}
        if isinstance(record, NodeEntered):
            facts.entered(record, self.call.at_ms)
            self.call.last_callee_end = None
            self.call.note("node_entered", version=record.flow_version, **node)
        elif isinstance(record, NodeLeft):
            if record.keys:
                secret = SECRET_KEY in record.keys
                facts.keys.append((record.keys, secret))
            facts.left(record)
            self.call.note(
                "node_left",
                port=record.port,
                duration_ms=record.duration_ms,
                keys=record.keys,
                prompts=list(record.prompts),
                warnings=list(record.warnings),
                detail=dict(record.detail),
                **node,
            )

    def set_language(self, language: str) -> None:
        """Learn the language the caller is now served in."""
        self.call.facts.language = language

    def add_tag(self, tag: str, value: str) -> None:
        """Attach a searchable tag to the call."""
        self.call.facts.tags[tag] = value
        self.call.note("tag", tag=tag, value=value)


def to_prompt(part: PromptPart) -> Prompt:
    """Return what the prompt library must prepare for ``part``."""
    match part.kind:
        case PromptKind.TEXT:
            return Prompt(text=part.value, language=part.language)
        case PromptKind.FILE:
            return Prompt(file=part.value, language=part.language)
        case PromptKind.TONE:
            return Prompt(silence_ms=SILENCE_MS) if part.value == "silence" else Prompt(tone=part.value)
