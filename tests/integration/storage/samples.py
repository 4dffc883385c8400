"""Calls to write down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.calls.cdr import (
    RECORDING_EVENT,
    CallRecord,
    Direction,
    EventLine,
    FinishedCall,
    HangupCause,
    HangupSide,
    LegQuality,
    LegRecord,
    Outcome,
    RecordingRecord,
    SegmentKind,
    SegmentLedger,
)

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def started(call_id: str = "call-1", *, minutes: int = 0, number: str = "+84912345678") -> CallRecord:
    return CallRecord(
        id=call_id,
        direction=Direction.INBOUND,
        started_at=START + timedelta(minutes=minutes),
        from_number=number,
        to_number="19001234",
        from_raw="0912 345 678",
        to_raw="19001234",
        did="19001234",
        flow_id="hotline",
        flow_version=3,
    )


def story(
    call_id: str = "call-1", *, minutes: int = 0, store_id: str = "store-1"
) -> tuple[list[EventLine], FinishedCall]:
    """Return the lines of an answered call of 60 s and the call, finished."""
    ledger = SegmentLedger()
    lines = [
        ledger.switch(SegmentKind.IVR, 0, node="welcome"),
        EventLine(0, "answered", {}),
        ledger.switch(SegmentKind.RING, 8_000, store_id=store_id),
        ledger.switch(SegmentKind.TALK, 12_500, store_id=store_id, agent_id="agent-1", extension="101", leg_id="leg-2"),
        EventLine(12_500, RECORDING_EVENT, {"recording_id": f"{call_id}-r", "path": f"{call_id}.wav"}),
    ]
    record = replace(
        started(call_id, minutes=minutes),
        customer_id="customer-1",
        agent_id="agent-1",
        chosen_store_id=store_id,
        answered_store_id=store_id,
        answered_at=START + timedelta(minutes=minutes),
        connected_at=START + timedelta(minutes=minutes, milliseconds=12_500),
        ended_at=START + timedelta(minutes=minutes, seconds=60),
        duration_ms=60_000,
        outcome=Outcome.ANSWERED,
        hangup_cause=HangupCause.NORMAL_CLEARING,
        hangup_side=HangupSide.CALLER,
        sip_status=200,
        last_node="dial",
        keys_pressed="1 ****",
        explanation={"rule": "last_store", "score": 0.123456789, "text": "cửa hàng"},
    )
    legs = (
        LegRecord(
            id="leg-1",
            direction=Direction.INBOUND,
            peer="+84912345678",
            sip_call_id="a@carrier",
            started_ms=0,
            codec="PCMA",
            answered_ms=0,
            ended_ms=60_000,
            cause=HangupCause.NORMAL_CLEARING,
            sip_status=200,
            quality=LegQuality(packets_sent=2900, packets_received=3000, packets_lost=1, jitter_ms=0.5, mos=4.36),
        ),
        LegRecord(
            id="leg-2",
            direction=Direction.OUTBOUND,
            peer="101",
            sip_call_id="b",
            started_ms=8_000,
            store_id=store_id,
        ),
    )
    recordings = (
        RecordingRecord(id=f"{call_id}-r", path=f"{call_id}.wav", started_ms=12_500, duration_ms=47_500, channels=2),
    )
    return lines, FinishedCall(record=record, segments=ledger.close(60_000), legs=legs, recordings=recordings)
