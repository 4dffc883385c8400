"""A call: one to many legs, one id, one record. This module owns its state and its books."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from callcenter.base.fsm import TransitionTable
from callcenter.calls.call_facts import CallFacts as CallFacts
from callcenter.calls.cdr import (
    CallLog,
    CallRecord,
    Direction,
    EventLine,
    FinishedCall,
    HangupCause,
    HangupSide,
    LegRecord,
    Outcome,
    RecordingRecord,
    SegmentKind,
    SegmentLedger,
    masked_keys,
)
from callcenter.runtime.clock import Clock

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation
    from callcenter.calls.leg import Leg
    from callcenter.calls.leg_events import LegListener


class CallState(Enum):
    """How far a call has come."""

    OFFERED = auto()
    "The INVITE is here; the server has not answered."
    ANSWERED = auto()
    "The server itself speaks with the caller."
    CONNECTED = auto()
    "Two people or more are connected."
    ENDED = auto()


class CallInput(Enum):
    """What moves a call on."""

    ANSWER = auto()
    CONNECT = auto()
    DISCONNECT = auto()
    "The people parted; the server has the caller again."
    END = auto()


CALL_TABLE = TransitionTable(
    "call",
    CallState.OFFERED,
    {
        (CallState.OFFERED, CallInput.ANSWER): CallState.ANSWERED,
        (CallState.OFFERED, CallInput.CONNECT): CallState.CONNECTED,
        (CallState.OFFERED, CallInput.END): CallState.ENDED,
        (CallState.ANSWERED, CallInput.CONNECT): CallState.CONNECTED,
        (CallState.ANSWERED, CallInput.END): CallState.ENDED,
        (CallState.CONNECTED, CallInput.DISCONNECT): CallState.ANSWERED,
        (CallState.CONNECTED, CallInput.END): CallState.ENDED,
    },
)


@dataclass(frozen=True, slots=True)
class Hangup:
    """Why and by whom a call ended."""

    cause: HangupCause
    side: HangupSide
    sip_status: int | None = None
    q850: int | None = None


class Call:
    """One call from its INVITE to its record.

    :param log: where the record, its events and its end are written.
    """

    def __init__(
        self, call_id: str, direction: Direction, *, log: CallLog, clock: Clock, node_id: str = "local"
    ) -> None:
        self.id = call_id
        self.direction = direction
        self.facts = CallFacts()
        self.started_at = clock.utcnow()
        self.legs: dict[str, Leg] = {}
        self.task: asyncio.Task[None] | None = None
        self.hangup: Hangup | None = None
        self.outcome: Outcome | None = None
        self.last_callee_end: Hangup | None = None
        "How the conversation just now ended, when the called party ended it; forgotten when the caller goes on."
        self.conversation: Conversation | None = None
        "The conversation under way."
        self.on_changed: Callable[[Call], None] = _nobody
        "Told whenever something that a viewer can see has changed."
        self.caller_listener: LegListener | None = None
        "Listens to whoever the server serves outside conversations: their leaving ends the call."
        self.missed: Outcome | None = None
        "What became of the last dial, when nobody answered it."
        self.transfers = 0
        self._parts = 0
        self._ended_ms: int | None = None
        self._state = CALL_TABLE.initial
        self._log = log
        self._clock = clock
        self._node_id = node_id
        self._started = clock.monotonic()
        self._ledger = SegmentLedger()
        self._leg_records: list[LegRecord] = []
        self._recordings: list[RecordingRecord] = []
        self._answered_at: datetime | None = None
        self._connected_at: datetime | None = None

    @property
    def state(self) -> CallState:
        """Return how far the call has come."""
        return self._state

    def advance(self, event: CallInput) -> None:
        """Move the call on.

        :raises IllegalTransition: when the call's table does not list ``event`` here.
        """
        self._state = CALL_TABLE.next(self._state, event)
        if event is CallInput.ANSWER:
            self._answered_at = self._clock.utcnow()
            self.note("answered")
        elif event is CallInput.CONNECT:
            self._connected_at = self._connected_at or self._clock.utcnow()
            self._answered_at = self._answered_at or self._connected_at
        self.on_changed(self)

    def new_part_id(self) -> str:
        """Return an id for a leg, media leg or recording of this call: unique, and sorted by time."""
        self._parts += 1
        return f"{self.id}-{self._parts}"

    @property
    def answered_at(self) -> datetime | None:
        """Return when the server or a person answered the caller, UTC."""
        return self._answered_at

    @property
    def connected_at(self) -> datetime | None:
        """Return when a person first talked to the caller, UTC."""
        return self._connected_at

    @property
    def was_connected(self) -> bool:
        """Tell whether two people ever talked."""
        return self._connected_at is not None

    @property
    def at_ms(self) -> int:
        """Return how old the call is, or became."""
        if self._ended_ms is not None:
            return self._ended_ms
        return int((self._clock.monotonic() - self._started) * 1000)

    def stop_clock(self) -> None:
        """Say that the call is over: what is still to be tidied up does not count as call time."""
        self._ended_ms = self.at_ms

    def open(self) -> None:
        """Write the call's row: from here on it cannot be lost."""
        self._log.open_call(self._record())
        self.segment(SegmentKind.SETUP)

    def note(self, what: str, /, **data: Any) -> None:
        """Add one line to the call's story; ``data`` is JSON and holds nothing secret."""
        self._log.append_event(self.id, EventLine(self.at_ms, what, data))

    def segment(
        self, kind: SegmentKind, leg: Leg | None = None, *, node: str | None = None, store_id: str | None = None
    ) -> None:
        """End the running segment and begin one of ``kind``, with ``leg`` as the participant it is about."""
        details: dict[str, str | None] = {"node": node, "store_id": store_id}
        if leg is not None:
            details |= {
                "leg_id": leg.id,
                "agent_id": leg.agent_id,
                "store_id": leg.store_id,
                "extension": leg.extension,
            }
        line = self._ledger.switch(kind, self.at_ms, **details)
        self._log.append_event(self.id, line)
        self.on_changed(self)

    def spent_ms(self, *kinds: SegmentKind) -> int:
        """Return the milliseconds spent so far in segments of ``kinds``, the running one included."""
        running = self.at_ms - self._ledger.since_ms if self._ledger.kind in kinds else 0
        return self._ledger.total_ms(*kinds) + running

    @property
    def segment_since_ms(self) -> int:
        """Return the offset at which the running segment began."""
        return self._ledger.since_ms

    @property
    def segment_kind(self) -> SegmentKind | None:
        """Return the kind of the running segment."""
        return self._ledger.kind

    def set_hangup(self, hangup: Hangup) -> None:
        """Say why the call ends; the first reason given stands."""
        if self.hangup is None:
            self.hangup = hangup

    def leg_closed(self, record: LegRecord) -> None:
        """Keep what is known of a participant who left."""
        self._leg_records.append(record)
        self.on_changed(self)

    def recording_closed(self, record: RecordingRecord) -> None:
        """Keep a finished recording."""
        self._recordings.append(record)

    def forget_recording(self, recording_id: str) -> None:
        """Drop a recording that was not worth keeping."""
        self._recordings = [record for record in self._recordings if record.id != recording_id]

    def finish(self) -> FinishedCall:
        """Close the books and write the call's end, once and for all."""
        self.advance(CallInput.END)
        segments = self._ledger.close(self.at_ms)
        finished = FinishedCall(
            record=self._record(ended_at=self._clock.utcnow(), duration_ms=self._ledger.duration_ms),
            segments=segments,
            legs=tuple(self._leg_records),
            recordings=tuple(self._recordings),
        )
        self._log.close_call(finished)
        return finished

    def _record(self, ended_at: datetime | None = None, duration_ms: int | None = None) -> CallRecord:
        facts, hangup = self.facts, self.hangup
        explanation = dict(facts.explanation) if facts.explanation is not None else None
        if facts.tags:
            explanation = {**(explanation or {}), "tags": dict(facts.tags)}
        if facts.origin is not None:
            explanation = {**(explanation or {}), "origin": dict(facts.origin)}
        return CallRecord(
            id=self.id,
            direction=self.direction,
            started_at=self.started_at,
            from_number=facts.from_number,
            to_number=facts.to_number,
            from_raw=facts.from_raw,
            to_raw=facts.to_raw,
            did=facts.did,
            trunk=facts.trunk,
            node_id=self._node_id,
            sip_call_id=facts.sip_call_id,
            flow_id=facts.flow_id,
            flow_version=facts.flow_version,
            customer_id=facts.customer_id,
            agent_id=facts.agent_id,
            chosen_store_id=facts.chosen_store_id,
            first_answered_store_id=facts.first_answered_store_id,
            answered_store_id=facts.answered_store_id,
            answered_at=self._answered_at,
            connected_at=self._connected_at,
            ended_at=ended_at,
            duration_ms=duration_ms,
            outcome=self._outcome() if ended_at is not None else None,
            hangup_cause=hangup.cause if hangup else None,
            hangup_side=hangup.side if hangup else None,
            q850=(hangup.q850 if hangup.q850 is not None else hangup.cause.q850) if hangup else None,
            sip_status=hangup.sip_status if hangup else None,
            last_node=facts.last_node,
            keys_pressed=masked_keys(facts.keys),
            explanation=explanation,
        )

    def _outcome(self) -> Outcome:
        """Say how the call went, from what happened in it."""
        if self.hangup is not None and self.hangup.cause is HangupCause.SYSTEM_FAILURE:
            return Outcome.SYSTEM_FAILURE
        if self.hangup is not None and self.hangup.cause in (HangupCause.MEDIA_TIMEOUT, HangupCause.MEDIA_FAILURE):
            return Outcome.MEDIA_FAILURE
        if self.was_connected:
            return Outcome.ANSWERED
        if self.outcome is not None:
            return self.outcome
        if self.hangup is not None and self.hangup.cause is HangupCause.INCOMPATIBLE_DESTINATION:
            return Outcome.FAILED  # Answered or not, nothing was ever heard: the answer to our late offer was useless.
        if self.hangup is not None and self.hangup.side in (HangupSide.CALLER, HangupSide.NETWORK):
            return Outcome.ABANDONED
        if self.missed is not None:
            return self.missed
        return Outcome.IVR_COMPLETED if self._answered_at is not None else Outcome.FAILED


def _nobody(_call: Call) -> None:
    """Tell nobody."""
