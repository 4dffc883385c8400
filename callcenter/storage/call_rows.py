"""Call records as rows and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from callcenter.calls.cdr import (
    CallRecord,
    Direction,
    EventLine,
    HangupCause,
    HangupSide,
    LegQuality,
    LegRecord,
    Outcome,
    RecordingRecord,
    Segment,
    SegmentKind,
)
from callcenter.crm.interaction import Interaction, InteractionKind

_PLAIN_CALL_FIELDS = (
    "id", "started_at", "from_number", "to_number", "from_raw", "to_raw", "did", "trunk", "node_id", "sip_call_id",
    "flow_id", "flow_version", "customer_id", "agent_id", "chosen_store_id", "first_answered_store_id",
    "answered_store_id", "answered_at", "connected_at", "ended_at", "duration_ms", "q850", "sip_status", "last_node",
    "keys_pressed", "disposition",
)  # fmt: skip
_SEGMENT_FIELDS = ("start_ms", "end_ms", "leg_id", "agent_id", "store_id", "extension", "node")
_LEG_FIELDS = (
    "id", "peer", "sip_call_id", "started_ms", "agent_id", "store_id", "codec", "ringing_ms", "answered_ms", "ended_ms",
    "sip_status",
)  # fmt: skip
_QUALITY_FIELDS = ("packets_sent", "packets_received", "packets_lost", "jitter_ms", "round_trip_ms", "mos")
_RECORDING_FIELDS = ("id", "path", "started_ms", "duration_ms", "channels", "truncated")
_INTERACTION_FIELDS = (
    "id", "at", "store_id", "number", "customer_id", "first_store_id", "agent_id", "extension", "talk_s",
    "disposition", "call_id", "reference",
)  # fmt: skip

Row = dict[str, Any]


def call_row(record: CallRecord) -> Row:
    """Return the row of a call."""
    row: Row = {name: getattr(record, name) for name in _PLAIN_CALL_FIELDS}
    row["from_raw"], row["to_raw"] = _storable(record.from_raw), _storable(record.to_raw)
    row["direction"] = record.direction.value
    row["outcome"] = record.outcome.value if record.outcome is not None else None
    row["hangup_cause"] = record.hangup_cause.code if record.hangup_cause is not None else None
    row["hangup_side"] = record.hangup_side.value if record.hangup_side is not None else None
    if record.q850 is None and record.hangup_cause is not None:
        row["q850"] = record.hangup_cause.q850
    row["explanation"] = dict(record.explanation) if record.explanation is not None else None
    return row


def _storable(text: str | None) -> str | None:
    """Return what a peer wrote as databases take it: escapes may have hidden NULs and octets that are no UTF-8."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def call_from_row(row: RowMapping) -> CallRecord:
    """Read back :func:`call_row`."""
    return CallRecord(
        **{name: row[name] for name in _PLAIN_CALL_FIELDS},
        direction=Direction(row["direction"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        hangup_cause=HangupCause.from_code(row["hangup_cause"]) if row["hangup_cause"] else None,
        hangup_side=HangupSide(row["hangup_side"]) if row["hangup_side"] else None,
        explanation=row["explanation"],
    )


def event_row(call_id: str, position: int, line: EventLine) -> Row:
    """Return the row of an event line; ``position`` orders lines of the same millisecond."""
    return {
        "call_id": call_id,
        "position": position,
        "at_ms": line.at_ms,
        "kind": line.kind,
        "data": line.data if line.data.__class__ is dict else dict(line.data),
    }


def event_from_row(row: RowMapping) -> EventLine:
    """Read back :func:`event_row`."""
    return EventLine(row["at_ms"], row["kind"], row["data"])


def segment_row(call_id: str, position: int, segment: Segment) -> Row:
    """Return the row of a segment."""
    row: Row = {name: getattr(segment, name) for name in _SEGMENT_FIELDS}
    row.update(call_id=call_id, position=position, kind=segment.kind.value)
    return row


def segment_from_row(row: RowMapping) -> Segment:
    """Read back :func:`segment_row`."""
    return Segment(kind=SegmentKind(row["kind"]), **{name: row[name] for name in _SEGMENT_FIELDS})


def leg_row(call_id: str, leg: LegRecord) -> Row:
    """Return the row of a leg."""
    row: Row = {name: getattr(leg, name) for name in _LEG_FIELDS}
    row.update(call_id=call_id, direction=leg.direction.value, cause=leg.cause.code if leg.cause is not None else None)
    for name in _QUALITY_FIELDS:
        row[name] = getattr(leg.quality, name) if leg.quality is not None else None
    return row


def leg_from_row(row: RowMapping) -> LegRecord:
    """Read back :func:`leg_row`."""
    measured = row["packets_sent"] is not None
    return LegRecord(
        **{name: row[name] for name in _LEG_FIELDS},
        direction=Direction(row["direction"]),
        cause=HangupCause.from_code(row["cause"]) if row["cause"] else None,
        quality=LegQuality(**{name: row[name] for name in _QUALITY_FIELDS}) if measured else None,
    )


def recording_row(call_id: str, recording: RecordingRecord) -> Row:
    """Return the row of a recording."""
    row: Row = {name: getattr(recording, name) for name in _RECORDING_FIELDS}
    row["call_id"] = call_id
    return row


def recording_from_row(row: RowMapping) -> RecordingRecord:
    """Read back :func:`recording_row`."""
    return RecordingRecord(**{name: row[name] for name in _RECORDING_FIELDS})


def interaction_row(interaction: Interaction) -> Row:
    """Return the row of a contact."""
    row: Row = {name: getattr(interaction, name) for name in _INTERACTION_FIELDS}
    row["kind"] = interaction.kind.value
    return row


def interaction_from_row(row: RowMapping) -> Interaction:
    """Read back :func:`interaction_row`."""
    return Interaction(kind=InteractionKind(row["kind"]), **{name: row[name] for name in _INTERACTION_FIELDS})
