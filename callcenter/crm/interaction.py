"""Contact events: each time a customer and a store had to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from callcenter.calls.cdr import Direction, FinishedCall, Outcome, Segment, SegmentKind


class InteractionKind(Enum):
    """What kind of contact it was."""

    CALL_IN_ANSWERED = "call_in_answered"
    CALL_OUT_ANSWERED = "call_out_answered"
    CALL_OUT_UNANSWERED = "call_out_unanswered"
    PURCHASE = "purchase"
    SERVICE_ORDER = "service_order"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One contact between a customer (or just a number) and a store."""

    id: str
    kind: InteractionKind
    at: datetime
    "UTC; for calls the moment the call ended."
    store_id: str
    "Who ended the service."
    number: str | None = None
    "Normalised."
    customer_id: str | None = None
    first_store_id: str | None = None
    "Who had the customer first, when it was transferred."
    agent_id: str | None = None
    extension: str | None = None
    talk_s: float = 0.0
    disposition: str | None = None
    call_id: str | None = None
    reference: str | None = None
    "Order, ticket or receipt number in the retailer's system."


class InteractionRepository(Protocol):
    """Where contact events are kept."""

    async def history(
        self, number: str | None, customer_ids: Sequence[str], since: datetime, limit: int = 200
    ) -> tuple[Interaction, ...]:
        """Return the contacts of a number and of its customers, newest first."""
        ...

    async def add(self, interaction: Interaction) -> None:
        """Store one contact; the same id twice is stored once."""
        ...


def interaction_from_call(finished: FinishedCall) -> Interaction | None:
    """Return the contact a finished call was, or ``None`` for one that never reached a store.

    Flow-only and abandoned calls are no contact. The store of the last talk segment served the customer; the first one
    is kept beside it.
    """
    record = finished.record
    if record.direction is Direction.INTERNAL or record.ended_at is None:
        return None
    talks = [segment for segment in finished.segments if segment.kind in _WITH_A_PERSON and segment.store_id]
    number = record.from_number if record.direction is Direction.INBOUND else record.to_number
    if talks:
        last = talks[-1]
        kind = (
            InteractionKind.CALL_IN_ANSWERED
            if record.direction is Direction.INBOUND
            else InteractionKind.CALL_OUT_ANSWERED
        )
        return _contact(finished, kind, number, last, talks)
    unanswered = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.ABANDONED)
    if record.direction is Direction.OUTBOUND and record.outcome in unanswered and record.chosen_store_id:
        return Interaction(
            id=record.id,
            kind=InteractionKind.CALL_OUT_UNANSWERED,
            at=record.ended_at,
            store_id=record.chosen_store_id,
            number=number,
            customer_id=record.customer_id,
            agent_id=record.agent_id,
            disposition=record.disposition,
            call_id=record.id,
        )
    return None


_WITH_A_PERSON = (SegmentKind.TALK, SegmentKind.CONFERENCE)


def _contact(
    finished: FinishedCall, kind: InteractionKind, number: str | None, last: Segment, talks: Sequence[Segment]
) -> Interaction:
    record = finished.record
    assert record.ended_at is not None and last.store_id is not None
    return Interaction(
        id=record.id,
        kind=kind,
        at=record.ended_at,
        store_id=last.store_id,
        number=number,
        customer_id=record.customer_id,
        first_store_id=talks[0].store_id if talks[0].store_id != last.store_id else None,
        agent_id=last.agent_id,
        extension=last.extension,
        talk_s=sum(segment.duration_ms for segment in talks if segment.store_id == last.store_id) / 1000,
        disposition=record.disposition,
        call_id=record.id,
    )
