"""Calls of the log as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from callcenter.api.references import AgentRef, CustomerRef, References, StoreRef
from callcenter.calls.call_search import CallStory
from callcenter.calls.cdr import (
    CallRecord,
    Direction,
    HangupSide,
    LegRecord,
    Outcome,
    RecordingRecord,
    Segment,
    SegmentKind,
)


class CallItem(BaseModel):
    """One call in a list."""

    id: str
    direction: Direction
    started_at: datetime
    answered_at: Annotated[datetime | None, Field(description="When the server answered the caller.")]
    connected_at: Annotated[datetime | None, Field(description="When a person first talked to the caller.")]
    ended_at: Annotated[datetime | None, Field(description="Null while it runs.")]
    duration_ms: int | None
    time_ms: Annotated[dict[str, int], Field(description="Per kind of segment; empty while it runs.")]
    from_number: Annotated[str | None, Field(description="E.164 or short form; null when withheld.")]
    to_number: str | None
    did: str | None
    outcome: Annotated[Outcome | None, Field(description="Null while it runs.")]
    disposition: str | None
    customer: CustomerRef | None
    store: Annotated[StoreRef | None, Field(description="Who served the caller last, else the one routing chose.")]
    agent: Annotated[AgentRef | None, Field(description="Who talked last.")]
    recorded: bool


class SegmentView(BaseModel):
    """One stretch of a call; together they cover it exactly."""

    kind: SegmentKind
    start_ms: int
    end_ms: int
    leg_id: str | None
    agent: AgentRef | None
    store: StoreRef | None
    extension: str | None
    node: Annotated[str | None, Field(description="Id of the flow node.")]


class EventView(BaseModel):
    """One thing that happened in a call."""

    at_ms: int
    kind: str
    data: dict[str, Any]


class LegView(BaseModel):
    """One participant of a call."""

    id: str
    direction: Direction
    peer: Annotated[str, Field(description="Extension, number or trunk.")]
    agent: AgentRef | None
    store: StoreRef | None
    codec: str | None
    started_ms: int
    ringing_ms: int | None
    answered_ms: int | None
    ended_ms: int | None
    cause: str | None
    sip_status: int | None
    packets_lost: int | None
    jitter_ms: float | None
    round_trip_ms: float | None
    mos: Annotated[float | None, Field(description="E-model estimate, 1.0 to 4.5.")]


class RecordingView(BaseModel):
    """One audio file of a call."""

    id: str
    started_ms: int
    duration_ms: int
    channels: int
    truncated: Annotated[bool, Field(description="Shorter than the call: the disk was full or the process died.")]
    url: Annotated[str, Field(description="WAV; answers Range requests.")]


class NoteView(BaseModel):
    """What an agent wrote about a call."""

    id: str
    agent: AgentRef | None
    at: datetime
    text: str


class DispositionView(BaseModel):
    """How an agent classified a call."""

    agent: AgentRef | None
    at: datetime
    code: str


class CallDetail(CallItem):
    """One call with everything that is known."""

    from_raw: Annotated[str, Field(description="As it came from the network.")]
    to_raw: str
    trunk: str | None
    flow_id: str | None
    flow_version: int | None
    last_node: str | None
    keys_pressed: Annotated[str, Field(description="In order, secure entries as stars.")]
    hangup_cause: str | None
    hangup_side: HangupSide | None
    q850: int | None
    sip_status: int | None
    chosen_store: StoreRef | None
    first_answered_store: StoreRef | None
    explanation: Annotated[dict[str, Any] | None, Field(description="Why the call was routed the way it was.")]
    segments: list[SegmentView]
    events: list[EventView]
    legs: list[LegView]
    recordings: list[RecordingView]
    notes: list[NoteView]
    dispositions: list[DispositionView]


def call_fields(record: CallRecord, named: References, time_ms: Mapping[str, int], recorded: bool) -> dict[str, Any]:
    """Return the fields of a :class:`CallItem`."""
    plain = (
        "id", "direction", "started_at", "answered_at", "connected_at", "ended_at", "duration_ms", "from_number",
        "to_number", "did", "outcome", "disposition",
    )  # fmt: skip
    return {
        **{name: getattr(record, name) for name in plain},
        "time_ms": dict(time_ms),
        "customer": named.customer(record.customer_id),
        "store": named.store(record.answered_store_id or record.chosen_store_id),
        "agent": named.agent(record.agent_id),
        "recorded": recorded,
    }


def call_detail(story: CallStory, named: References) -> CallDetail:
    """Return everything about a call."""
    record = story.record
    time_ms: dict[str, int] = {}
    for segment in story.segments:
        time_ms[segment.kind.value] = time_ms.get(segment.kind.value, 0) + segment.duration_ms
    plain = (
        "from_raw", "to_raw", "trunk", "flow_id", "flow_version", "last_node", "keys_pressed", "hangup_side", "q850",
        "sip_status",
    )  # fmt: skip
    return CallDetail(
        **call_fields(record, named, time_ms, bool(story.recordings)),
        **{name: getattr(record, name) for name in plain},
        hangup_cause=None if record.hangup_cause is None else record.hangup_cause.code,
        chosen_store=named.store(record.chosen_store_id),
        first_answered_store=named.store(record.first_answered_store_id),
        explanation=None if record.explanation is None else dict(record.explanation),
        segments=[_segment(segment, named) for segment in story.segments],
        events=[EventView(at_ms=line.at_ms, kind=line.kind, data=dict(line.data)) for line in story.events],
        legs=[_leg(leg, named) for leg in story.legs],
        recordings=[_recording(record.id, recording) for recording in story.recordings],
        notes=[
            NoteView(id=note.id, agent=named.agent(note.agent_id), at=note.at, text=note.text) for note in story.notes
        ],
        dispositions=[
            DispositionView(agent=named.agent(item.agent_id), at=item.at, code=item.code) for item in story.dispositions
        ],
    )


def agents_of(story: CallStory) -> set[str | None]:
    """Return the ids of everybody a call's story names."""
    at_work = (segment.agent_id for segment in story.segments)
    writers = (note.agent_id for note in story.notes)
    choosers = (item.agent_id for item in story.dispositions)
    return {story.record.agent_id, *at_work, *(leg.agent_id for leg in story.legs), *writers, *choosers}


def _segment(segment: Segment, named: References) -> SegmentView:
    return SegmentView(
        kind=segment.kind,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        leg_id=segment.leg_id,
        agent=named.agent(segment.agent_id),
        store=named.store(segment.store_id),
        extension=segment.extension,
        node=segment.node,
    )


def _leg(leg: LegRecord, named: References) -> LegView:
    quality = leg.quality
    return LegView(
        id=leg.id,
        direction=leg.direction,
        peer=leg.peer,
        agent=named.agent(leg.agent_id),
        store=named.store(leg.store_id),
        codec=leg.codec,
        started_ms=leg.started_ms,
        ringing_ms=leg.ringing_ms,
        answered_ms=leg.answered_ms,
        ended_ms=leg.ended_ms,
        cause=None if leg.cause is None else leg.cause.code,
        sip_status=leg.sip_status,
        packets_lost=None if quality is None else quality.packets_lost,
        jitter_ms=None if quality is None else quality.jitter_ms,
        round_trip_ms=None if quality is None else quality.round_trip_ms,
        mos=None if quality is None else quality.mos,
    )


def _recording(call_id: str, recording: RecordingRecord) -> RecordingView:
    return RecordingView(
        id=recording.id,
        started_ms=recording.started_ms,
        duration_ms=recording.duration_ms,
        channels=recording.channels,
        truncated=recording.truncated,
        url=f"/api/calls/{call_id}/recordings/{recording.id}",
    )
