"""What the distribution of calls needs from storage and from the rest of the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.acd.callback import Callback
from callcenter.acd.queue import AgentProfile, Queue
from callcenter.acd.records import AgentStateSpan, OfferRecord, QueueVisit, StoredAgentState, WrapUpRecord
from callcenter.crm.store import OpeningHours


@dataclass(frozen=True, slots=True)
class QueueBookContents:
    """Every queue and everybody who may take calls."""

    queues: tuple[Queue, ...] = ()
    "With the queues of the stores (``store:<code>``); members name agents below."
    agents: tuple[AgentProfile, ...] = ()
    "With the plain phones of the stores."


class QueueBook(Protocol):
    """Where queues, members and skills are set up."""

    async def load(self) -> QueueBookContents:
        """Return everything as it is now."""
        ...


class AgentStateStore(Protocol):
    """Where agents' states survive a restart. Writing never blocks."""

    async def all(self) -> Sequence[StoredAgentState]:
        """Return the last state of every agent."""
        ...

    def save(self, state: StoredAgentState) -> None:
        """Replace an agent's row."""
        ...

    def add_span(self, span: AgentStateSpan) -> None:
        """Add a finished stretch to the agent's day."""
        ...


class QueueHistory(Protocol):
    """What happened in the queues. Writing never blocks."""

    async def visits_since(self, moment: datetime) -> Sequence[QueueVisit]:
        """Return the waits that ended at or after ``moment``, oldest first; the counters of the day come from them."""
        ...

    def add_visit(self, visit: QueueVisit) -> None:
        """Add a wait that is over."""
        ...

    def add_offer(self, offer: OfferRecord) -> None:
        """Add an agent rung for a caller."""
        ...

    def add_wrap_up(self, wrap_up: WrapUpRecord) -> None:
        """Add work after a call that is over. A missing disposition is written here when the time ran out."""
        ...


class CallbackStore(Protocol):
    """Where call-backs survive a restart. Writing never blocks."""

    async def open(self) -> Sequence[Callback]:
        """Return those that still wait, oldest first."""
        ...

    def save(self, callback: Callback) -> None:
        """Insert or replace one by its id."""
        ...


class Publisher(Protocol):
    """The part of the bus that is needed here."""

    def publish(self, event: object) -> None:
        """Tell everybody who wants to know."""
        ...


class Words(Protocol):
    """Says numbers, since speech engines do not do it well."""

    def number(self, value: int, language: str) -> str:
        """Return the words for a whole number."""
        ...

    def digits(self, text: str, language: str) -> str:
        """Return the words for a telephone number, digit by digit."""
        ...


IsOpen = Callable[[OpeningHours, datetime], bool]
"Tells whether opening hours say open at a moment (aware)."


@dataclass(frozen=True, slots=True, kw_only=True)
class AcdPorts:
    """Everything the dispatcher is given by those above."""

    book: QueueBook
    states: AgentStateStore
    history: QueueHistory
    callbacks: CallbackStore
    bus: Publisher
    words: Words
    "Says numbers."
    is_open: IsOpen
    "Evaluates opening hours."
