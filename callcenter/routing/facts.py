"""What the last-store rule looks at: its settings, the caller, and who could answer where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from callcenter.crm.interaction import InteractionKind


class Mode(Enum):
    """How the store is chosen from the history."""

    LAST = "last"
    "The very last contact that counts."
    SCORED = "scored"
    "The highest sum of weights, halved every half-life."


class WhenMultiple(Enum):
    """What to do when several customers with different stores share the number."""

    MOST_RECENT = "most_recent"
    ASK = "ask"


DEFAULT_WEIGHTS: Mapping[InteractionKind, float] = {
    InteractionKind.CALL_IN_ANSWERED: 1.0,
    InteractionKind.PURCHASE: 1.0,
    InteractionKind.SERVICE_ORDER: 1.0,
    InteractionKind.TICKET: 0.8,
    InteractionKind.CALL_OUT_ANSWERED: 0.6,
    InteractionKind.CALL_OUT_UNANSWERED: 0.2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStoreSettings:
    """Every number of the rule."""

    enabled: bool = True
    mode: Mode = Mode.LAST
    window_days: float = 90.0
    half_life_days: float = 30.0
    weights: Mapping[InteractionKind, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    "A weight of 0 switches a kind off."
    min_talk_s: float = 10.0
    "Shorter answered calls do not count."
    max_events: int = 50
    "Only the newest contacts within the window are looked at."
    excluded_dispositions: frozenset[str] = frozenset({"wrong_number", "spam"})
    shared_numbers: frozenset[str] = frozenset()
    "Numbers of other companies' switchboards: many people, no history."
    when_multiple: WhenMultiple = WhenMultiple.MOST_RECENT
    try_last_agent: bool = True
    agent_ring_s: float = 15.0
    store_ring_s: float = 20.0
    sister_ring_s: float = 20.0
    region_ring_s: float = 20.0
    region_stores_tried: int = 2
    max_expected_wait_s: float = 60.0
    "A store where all are busy is still tried when its expected wait is known and not longer."
    only_that_store: bool = False
    "Stay with the store until ``only_that_store_s`` is over, then the central queue."
    only_that_store_s: float = 60.0
    ring_store_numbers: bool = False
    "Ring a store's own public numbers when none of its extensions is registered."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionState:
    """One phone of a store at this moment."""

    extension: str
    registered: bool
    busy: bool = False
    on_queue: bool = True
    "Its user takes calls; a break or wrap-up says no."
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAvailability:
    """Who could answer at a store at this moment."""

    extensions: tuple[ExtensionState, ...] = ()
    expected_wait_s: float | None = None
    "``None``: unknown."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """One store as the rule sees it: the facts of the moment, without what cannot matter."""

    id: str
    code: str
    name: str
    region: str | None = None
    sister_store_id: str | None = None
    merged_into: str | None = None
    closed: bool = False
    "For good."
    open: bool = True
    "Within its opening hours."
    open_reason: str = ""
    extensions: tuple[ExtensionState, ...] = ()
    numbers: tuple[str, ...] = ()
    expected_wait_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRequest:
    """Who is calling."""

    number: str | None
    "Normalised; ``None`` when withheld."
    customer_ids: tuple[str, ...] = ()
    "The customers with that number."
    arrived_at: datetime
    "When the caller arrived, UTC."
    transferred: bool = False
    "A transferred caller goes where the transfer said; history is ignored."
