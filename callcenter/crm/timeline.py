"""A customer's history as people read it: calls, purchases, orders and tickets in one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.crm.customer import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened between a customer (or just a number) and the chain."""

    id: str
    kind: str
    "An interaction kind (``purchase``, ``ticket`` …), or ``call`` for one that reached no store."
    at: datetime
    store_id: str | None = None
    agent_id: str | None = None
    number: str | None = None
    direction: str | None = None
    "Of calls."
    outcome: str | None = None
    "Of calls, once they are over."
    talk_s: float | None = None
    disposition: str | None = None
    reference: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """The customers behind a number or an id, the last in contact first, and what happened, newest first."""

    customers: tuple[Customer, ...]
    timeline: tuple[TimelineEntry, ...]

    @property
    def last_contact(self) -> TimelineEntry | None:
        """Return the newest entry in which a store had to do with the customer."""
        return last_contact(self.timeline)


def last_contact(timeline: Sequence[TimelineEntry]) -> TimelineEntry | None:
    """Return the newest entry of a store."""
    return next((entry for entry in timeline if entry.store_id is not None and entry.kind != "call"), None)
