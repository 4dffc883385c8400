"""Which calls are contacts with a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from callcenter.calls.cdr import CallRecord, Direction, FinishedCall, Outcome, Segment, SegmentKind
from callcenter.crm.interaction import Interaction, InteractionKind, interaction_from_call

_END = datetime(2026, 3, 1, 2, 1, tzinfo=UTC)
_CALL = CallRecord(
    id="call-1",
    direction=Direction.INBOUND,
    started_at=datetime(2026, 3, 1, 2, 0, tzinfo=UTC),
    from_number="+84912345678",
    to_number="19001234",
    customer_id="customer-1",
    ended_at=_END,
    outcome=Outcome.ANSWERED,
)


def _talk(start_s: int, end_s: int, store_id: str | None, agent_id: str = "agent-1") -> Segment:
    return Segment(
        kind=SegmentKind.TALK, start_ms=start_s * 1000, end_ms=end_s * 1000, store_id=store_id, agent_id=agent_id
    )


def test_the_store_that_ended_the_service_gets_a_transferred_call() -> None:
    segments = (_talk(0, 20, "store-1"), _talk(20, 50, "store-2", "agent-2"))
    assert interaction_from_call(FinishedCall(record=_CALL, segments=segments)) == Interaction(
        id="call-1",
        kind=InteractionKind.CALL_IN_ANSWERED,
        at=_END,
        store_id="store-2",
        number="+84912345678",
        customer_id="customer-1",
        first_store_id="store-1",
        agent_id="agent-2",
        talk_s=30.0,
        call_id="call-1",
    )


def test_flow_only_abandoned_internal_and_central_calls_are_no_contact() -> None:
    ivr = (Segment(kind=SegmentKind.IVR, start_ms=0, end_ms=9000),)
    assert interaction_from_call(FinishedCall(record=_CALL, segments=ivr)) is None
    assert interaction_from_call(FinishedCall(record=_CALL, segments=(_talk(0, 9, None),))) is None
    internal = replace(_CALL, direction=Direction.INTERNAL)
    assert interaction_from_call(FinishedCall(record=internal, segments=(_talk(0, 9, "store-1"),))) is None


def test_outbound_calls() -> None:
    outbound = replace(
        _CALL, direction=Direction.OUTBOUND, from_number="19001234", to_number="+84912345678", chosen_store_id="store-1"
    )
    answered = interaction_from_call(FinishedCall(record=outbound, segments=(_talk(5, 9, "store-1"),)))
    missed = interaction_from_call(FinishedCall(record=replace(outbound, outcome=Outcome.NO_ANSWER), segments=()))
    assert answered is not None and missed is not None
    assert (answered.kind, answered.number) == (InteractionKind.CALL_OUT_ANSWERED, "+84912345678")
    assert (missed.kind, missed.store_id) == (InteractionKind.CALL_OUT_UNANSWERED, "store-1")
