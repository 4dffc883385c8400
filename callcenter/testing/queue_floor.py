"""Queues on a switchboard in memory: a dispatcher with everything around it that a test may look at and change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import TypeVar

from callcenter.acd.callback import Callback
from callcenter.acd.dispatcher import Dispatcher
from callcenter.acd.ports import AcdPorts, QueueBookContents
from callcenter.acd.queue import AgentProfile, Queue, QueueMember, QueueSettings, plain_phone_id
from callcenter.acd.records import AgentStateSpan, OfferRecord, QueueVisit, StoredAgentState, WrapUpRecord
from callcenter.crm.store import OpeningHours
from callcenter.testing.switchboard import Switchboard

E = TypeVar("E")


class DigitWords:
    """A :class:`~callcenter.acd.ports.Words` that leaves figures as they are."""

    def number(self, value: int, language: str) -> str:
        """Return the figures."""
        return str(value)

    def digits(self, text: str, language: str) -> str:
        """Return the figures."""
        return text


@dataclass
class MemoryQueueBook:
    """A :class:`~callcenter.acd.ports.QueueBook` that a test writes."""

    contents: QueueBookContents = field(default_factory=QueueBookContents)

    async def load(self) -> QueueBookContents:
        """Return what was written."""
        return self.contents


@dataclass
class MemoryAcdStore:
    """Every store of the dispatcher, in lists."""

    states: dict[str, StoredAgentState] = field(default_factory=dict)
    spans: list[AgentStateSpan] = field(default_factory=list)
    visits: list[QueueVisit] = field(default_factory=list)
    offers: list[OfferRecord] = field(default_factory=list)
    wrap_ups: list[WrapUpRecord] = field(default_factory=list)
    callbacks: dict[str, Callback] = field(default_factory=dict)

    async def all(self) -> Sequence[StoredAgentState]:
        """Return the agents' last states."""
        return list(self.states.values())

    def add_span(self, span: AgentStateSpan) -> None:
        """Keep."""
        self.spans.append(span)

    async def visits_since(self, moment: datetime) -> Sequence[QueueVisit]:
        """Return the waits that ended since."""
        return [visit for visit in self.visits if visit.left_at >= moment]

    def add_visit(self, visit: QueueVisit) -> None:
        """Keep."""
        self.visits.append(visit)

    def add_offer(self, offer: OfferRecord) -> None:
        """Keep."""
        self.offers.append(offer)

    def add_wrap_up(self, wrap_up: WrapUpRecord) -> None:
        """Keep."""
        self.wrap_ups.append(wrap_up)

    def save(self, state: StoredAgentState) -> None:
        """Keep an agent's state."""
        self.states[state.agent_id] = state

    async def open(self) -> Sequence[Callback]:
        """Return the open call-backs."""
        return [callback for callback in self.callbacks.values() if callback.is_open]


@dataclass
class _CallbackTable:
    store: MemoryAcdStore

    async def open(self) -> Sequence[Callback]:
        return await self.store.open()

    def save(self, callback: Callback) -> None:
        self.store.callbacks[callback.id] = callback


class KeptFacts:
    """A :class:`~callcenter.acd.ports.Publisher` that keeps what was published."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def publish(self, event: object) -> None:
        """Keep."""
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


class QueueFloor:
    """A dispatcher on ``board``. Callers reach it by ``channel.wait_in_queue``.

    :param store: of an earlier run, to go on with it.
    """

    def __init__(self, board: Switchboard, store: MemoryAcdStore | None = None) -> None:
        self.board = board
        self.book = MemoryQueueBook()
        self.store = store or MemoryAcdStore()
        self.facts = KeptFacts()
        self.open = True
        ports = AcdPorts(
            book=self.book,
            states=self.store,
            history=self.store,
            callbacks=_CallbackTable(self.store),
            bus=self.facts,
            words=DigitWords(),
            is_open=self._is_open,
        )
        self.dispatcher = Dispatcher(board.exchange, board.routes, board.trunks, ports, Random(5))
        board.exchange.observer = self.dispatcher.watch
        board.queues.target = self.dispatcher

    def _is_open(self, _hours: OpeningHours, _moment: datetime) -> bool:
        return self.open

    def agent(self, name: str, extension: str | None, **parts: object) -> None:
        """Add an agent who sits at ``extension``."""
        profile = replace(AgentProfile(id=name, name=name, extension=extension), **parts)  # type: ignore[arg-type] # Names are checked by replace.
        contents = self.book.contents
        self.book.contents = replace(contents, agents=(*contents.agents, profile))

    def plain_phone(self, extension: str) -> str:
        """Add a phone nobody in particular sits at; return its agent id."""
        self.agent(plain_phone_id(extension), extension, plain=True)
        return plain_phone_id(extension)

    def queue(self, code: str, members: Sequence[str], **settings: object) -> None:
        """Add or replace a queue."""
        queue = Queue(
            id=f"id-{code}",
            code=code,
            name=code.title(),
            members=tuple(QueueMember(agent_id=name, order=place) for place, name in enumerate(members)),
            settings=replace(QueueSettings(), **settings),  # type: ignore[arg-type] # Names are checked by replace.
        )
        contents = self.book.contents
        others = tuple(other for other in contents.queues if other.code != code)
        self.book.contents = replace(contents, queues=(*others, queue))
