"""The call log on the group-commit writer, and putting it in order after a crash."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from callcenter.calls.cdr import (
    ANSWERED_EVENT,
    CONNECTED_EVENT,
    RECORDING_EVENT,
    CallRecord,
    EventLine,
    FinishedCall,
    HangupCause,
    HangupSide,
    Outcome,
    RecordingRecord,
    SegmentKind,
    rebuild_segments,
)
from callcenter.calls.channel_results import VOICEMAIL_EVENT
from callcenter.crm.interaction import interaction_from_call
from callcenter.storage import statements
from callcenter.storage.call_rows import (
    call_from_row,
    call_row,
    event_from_row,
    event_row,
    interaction_row,
    leg_row,
    recording_row,
    segment_row,
)
from callcenter.storage.database import Database
from callcenter.storage.models.calls import call_events, calls, nodes
from callcenter.storage.sinks import Unit
from callcenter.storage.writer import GroupCommitWriter

log = structlog.get_logger(__name__)

CALL_ENDED = "call_ended"
"The outbox kind written with every finished call."


class StoredCallLog:
    """A :class:`~callcenter.calls.cdr.CallLog`: opens a row, appends lines, closes everything in one transaction."""

    def __init__(self, writer: GroupCommitWriter) -> None:
        self._writer = writer
        self._positions: dict[str, int] = {}
        self._dispositions: dict[str, str] = {}
        "Codes agents chose for calls that still go on."
        self._started: dict[str, datetime] = {}

    def open_call(self, record: CallRecord) -> None:
        """Write that a call started."""
        self._positions[record.id] = 0
        self._started[record.id] = record.started_at
        self._writer.submit(statements.OPEN_CALL, call_row(record))

    def append_event(self, call_id: str, line: EventLine) -> None:
        """Write one line of the call's story. Lines after :meth:`close_call` (wrap-up, survey) are kept too."""
        position = self._positions.get(call_id)
        if position is None:
            position = _AFTER_THE_END + line.at_ms
        else:
            self._positions[call_id] = position + 1
        self._writer.submit(statements.ADD_EVENT, event_row(call_id, position, line))
        if line.kind == VOICEMAIL_EVENT and (started_at := self._started.get(call_id)) is not None:
            self._writer.submit(statements.ADD_VOICEMAIL, _voicemail_row(call_id, started_at, line))

    def set_disposition(self, call_id: str, code: str) -> None:
        """Remember the code an agent chose while the call goes on, for its record; nothing when it is over."""
        if call_id in self._positions:
            self._dispositions[call_id] = code

    def close_call(self, finished: FinishedCall) -> None:
        """Write the record, its segments, legs, recordings, the customer contact it was and the outbox row."""
        call_id = finished.record.id
        self._positions.pop(call_id, None)
        self._started.pop(call_id, None)
        if (code := self._dispositions.pop(call_id, None)) is not None:
            finished = replace(finished, record=replace(finished.record, disposition=code))
        self._writer.submit_unit(closing_unit(finished))

    def note_alive(self, node_id: str, at: datetime) -> None:
        """Write that the node still runs its calls: should it die, they ended no earlier than ``at``."""
        self._writer.submit(statements.SAVE_HEARTBEAT, {"id": node_id, "alive_at": at})

    async def flush(self) -> None:
        """Return when all that was handed over before is on disk."""
        await self._writer.flush()


def _voicemail_row(call_id: str, started_at: datetime, line: EventLine) -> dict[str, object]:
    return {
        "id": line.data["recording_id"],
        "call_id": call_id,
        "box": line.data["box"],
        "left_at": started_at + timedelta(milliseconds=line.at_ms),
        "duration_ms": line.data["duration_ms"],
        "heard_by": None,
        "heard_at": None,
    }


_AFTER_THE_END = 1_000_000
"Positions of lines that come after the end; no call has a million lines."


def closing_unit(finished: FinishedCall) -> Unit:
    """Return every write that closes a call."""
    record = finished.record
    if record.ended_at is None:
        raise ValueError(f"call {record.id} has not ended")
    call_id = record.id
    unit = [(statements.CLOSE_CALL, call_row(record))]
    unit += [
        (statements.SAVE_SEGMENT, segment_row(call_id, position, segment))
        for position, segment in enumerate(finished.segments)
    ]
    unit += [(statements.SAVE_LEG, leg_row(call_id, leg)) for leg in finished.legs]
    unit += [(statements.SAVE_RECORDING, recording_row(call_id, recording)) for recording in finished.recordings]
    contact = interaction_from_call(finished)
    if contact is not None:
        unit.append((statements.ADD_INTERACTION, interaction_row(contact)))
    payload = {
        "call_id": call_id,
        "direction": record.direction.value,
        "outcome": record.outcome.value if record.outcome is not None else None,
        "number": record.from_number,
        "customer_id": record.customer_id,
        "store_id": record.answered_store_id or record.chosen_store_id,
        "duration_ms": record.duration_ms,
    }
    outbox = {"id": f"{CALL_ENDED}:{call_id}", "kind": CALL_ENDED, "at": record.ended_at, "payload": payload}
    unit.append((statements.ADD_OUTBOX, {**outbox, "done_at": None}))
    return unit


async def close_open_calls(
    database: Database, writer: GroupCommitWriter, recordings_dir: Path, node_id: str = "local"
) -> tuple[str, ...]:
    """Close the calls a dead process of this node left open, as ``system_failure``; call at start, before new calls.

    A call ends at the last moment it is known to have lived: the node's last heartbeat, the call's last event or the
    end of its recording's audio. Its segments are rebuilt from its events and cover exactly that time. What was spooled
    is written first.

    :returns: the ids of the calls closed.
    """
    await writer.flush()
    async with database.connect() as connection:
        found = await connection.execute(select(calls).where(calls.c.ended_at.is_(None), calls.c.node_id == node_id))
        records = [call_from_row(row) for row in found.mappings()]
        alive_at = (await connection.execute(select(nodes.c.alive_at).where(nodes.c.id == node_id))).scalar()
        for record in records:
            query = select(call_events).where(call_events.c.call_id == record.id).order_by(call_events.c.position)
            events = [event_from_row(row) for row in (await connection.execute(query)).mappings()]
            writer.submit_unit(closing_unit(_interrupted(record, events, recordings_dir, alive_at)))
    await writer.flush()
    if records:
        log.warning("closed calls that an earlier run left open", calls=len(records))
    return tuple(record.id for record in records)


def _interrupted(
    record: CallRecord, events: Sequence[EventLine], recordings_dir: Path, alive_at: datetime | None
) -> FinishedCall:
    recordings = tuple(_recovered(line, recordings_dir) for line in events if line.kind == RECORDING_EVENT)
    lived = [line.at_ms for line in events] + [item.started_ms + item.duration_ms for item in recordings]
    if alive_at is not None:
        lived.append(int((alive_at - record.started_at).total_seconds() * 1000))
    duration_ms = max(0, *lived) if lived else 0
    segments = rebuild_segments(events, duration_ms)
    served = [segment for segment in segments if segment.kind is SegmentKind.TALK and segment.store_id is not None]
    nodes = [segment.node for segment in segments if segment.node is not None]
    record = replace(
        record,
        ended_at=record.started_at + timedelta(milliseconds=duration_ms),
        duration_ms=duration_ms,
        outcome=Outcome.SYSTEM_FAILURE,
        hangup_cause=HangupCause.SYSTEM_FAILURE,
        hangup_side=HangupSide.SYSTEM,
        q850=HangupCause.SYSTEM_FAILURE.q850,
        answered_at=record.answered_at or _time_of(ANSWERED_EVENT, record, events),
        connected_at=record.connected_at or _time_of(CONNECTED_EVENT, record, events),
        last_node=record.last_node or (nodes[-1] if nodes else None),
    )
    if served:
        record = replace(
            record,
            first_answered_store_id=record.first_answered_store_id or served[0].store_id,
            answered_store_id=served[-1].store_id,
            agent_id=served[-1].agent_id,
        )
    return FinishedCall(record=record, segments=segments, recordings=recordings)


def _time_of(kind: str, record: CallRecord, events: Sequence[EventLine]) -> datetime | None:
    for line in events:
        if line.kind == kind:
            return record.started_at + timedelta(milliseconds=line.at_ms)
    return None


def _recovered(line: EventLine, recordings_dir: Path) -> RecordingRecord:
    path = str(line.data["path"])
    channels, duration_ms = wav_length(recordings_dir / path)
    return RecordingRecord(
        id=str(line.data["recording_id"]),
        path=path,
        started_ms=line.at_ms,
        duration_ms=duration_ms,
        channels=channels,
        truncated=True,
    )


def wav_length(path: Path) -> tuple[int, int]:
    """Return ``(channels, duration_ms)`` of a WAV file; ``(2, 0)`` when it is missing or unreadable."""
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnchannels(), file.getnframes() * 1000 // file.getframerate()
    except (OSError, wave.Error, EOFError, ZeroDivisionError):
        log.warning("a recording cannot be read", path=str(path))
        return 2, 0
