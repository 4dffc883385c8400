"""The books of a call balance whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.cdr import (
    EventLine,
    HangupCause,
    LedgerClosed,
    Segment,
    SegmentKind,
    SegmentLedger,
    masked_keys,
    rebuild_segments,
    total_ms,
)

_steps = st.tuples(
    st.sampled_from(list(SegmentKind)),
    st.integers(-1_000, 100_000),
    st.sampled_from([None, "store-1", "store-2"]),
    st.sampled_from([None, "agent-1", "agent-2"]),
)
_scripts = st.lists(_steps, max_size=30)


@given(_scripts, st.integers(0, 120_000))
def test_every_millisecond_has_exactly_one_segment(
    script: list[tuple[SegmentKind, int, str | None, str | None]], end_ms: int
) -> None:
    ledger = SegmentLedger()
    lines = [ledger.switch(kind, at, store_id=store, agent_id=agent) for kind, at, store, agent in script]
    segments = ledger.close(end_ms)

    assert total_ms(segments) == ledger.duration_ms >= end_ms
    assert all(segment.duration_ms > 0 for segment in segments)
    borders = [0, *(segment.end_ms for segment in segments)]
    assert [segment.start_ms for segment in segments] == borders[:-1]
    assert borders[-1] == ledger.duration_ms
    assert rebuild_segments(lines, ledger.duration_ms) == segments


@given(_scripts, st.integers(0, 120_000))
def test_a_crashed_call_is_rebuilt_to_the_moment_it_is_known_to_have_lived(
    script: list[tuple[SegmentKind, int, str | None, str | None]], duration_ms: int
) -> None:
    ledger = SegmentLedger()
    lines = [ledger.switch(kind, at, store_id=store, agent_id=agent) for kind, at, store, agent in script]

    assert total_ms(rebuild_segments(lines, duration_ms)) == duration_ms


def test_a_call_through_the_flow_to_a_store() -> None:
    ledger = SegmentLedger()
    ledger.switch(SegmentKind.IVR, 40, node="welcome")
    line = ledger.switch(SegmentKind.RING, 8_000, store_id="store-1")
    ledger.switch(SegmentKind.TALK, 12_500, store_id="store-1", agent_id="agent-1", extension="101")
    ledger.switch(SegmentKind.HOLD, 30_000, agent_id="agent-1")
    ledger.switch(SegmentKind.TALK, 30_000, store_id="store-1", agent_id="agent-1", extension="101")

    assert line == EventLine(8_000, "segment", {"segment": "ring", "store_id": "store-1"})
    assert ledger.kind is SegmentKind.TALK
    assert ledger.close(60_000) == (
        Segment(kind=SegmentKind.IVR, start_ms=0, end_ms=8_000, node="welcome"),
        Segment(kind=SegmentKind.RING, start_ms=8_000, end_ms=12_500, store_id="store-1"),
        Segment(
            kind=SegmentKind.TALK,
            start_ms=12_500,
            end_ms=60_000,
            store_id="store-1",
            agent_id="agent-1",
            extension="101",
        ),
    )
    assert ledger.total_ms(SegmentKind.TALK) == 47_500
    assert ledger.kind is None


def test_a_closed_ledger_stays_closed() -> None:
    ledger = SegmentLedger()
    ledger.switch(SegmentKind.IVR, 0)
    segments = ledger.close(100)

    assert ledger.close(900) == segments
    with pytest.raises(LedgerClosed):
        ledger.switch(SegmentKind.TALK, 200)
    assert ledger.duration_ms == 100


def test_a_call_nothing_happened_in_is_all_setup() -> None:
    assert SegmentLedger().close(250) == (Segment(kind=SegmentKind.SETUP, start_ms=0, end_ms=250),)
    assert SegmentLedger().close(0) == ()


def test_causes_have_a_word_and_a_number() -> None:
    assert [HangupCause.from_code(cause.code) for cause in HangupCause] == list(HangupCause)
    assert HangupCause.USER_BUSY.q850 == 17
    with pytest.raises(ValueError, match="unknown hangup cause 'bored'"):
        HangupCause.from_code("bored")


def test_secure_keys_are_stars() -> None:
    assert masked_keys([("1", False), ("4711", True), ("0", False)]) == "1 **** 0"
