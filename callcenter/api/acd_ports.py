"""What the routes about queues and agents work with, as interfaces; storage and the desk implement them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from callcenter.accounts.scope import Scope
from callcenter.acd.callback import Callback
from callcenter.acd.dispatcher import Dispatcher
from callcenter.acd.disposition import BreakReason, CallDisposition, CallNote, Disposition
from callcenter.acd.queue import AgentProfile, Queue, QueueMember
from callcenter.crm.store import Store
from callcenter.recordings.voicemail import Voicemail
from callcenter.routing.queue_book import QueueSetup
from callcenter.runtime.clock import Clock


class QueueBook(Protocol):
    """Every queue, agent and store, from memory."""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Settings of queues where theirs say nothing."""
        ...

    @property
    def setups(self) -> Mapping[str, QueueSetup]:
        """Queues as they are set up, by id, the implied ones included."""
        ...

    @property
    def queues(self) -> Mapping[str, Queue]:
        """Queues as calls wait in them, by id."""
        ...

    @property
    def agents(self) -> Mapping[str, AgentProfile]:
        """Agents by id, plain phones included."""
        ...

    @property
    def stores(self) -> Mapping[str, Store]:
        """Stores by id."""
        ...

    def find(self, queue: str) -> Queue | None:
        """Return a queue by id or code."""
        ...


class QueueSetups(Protocol):
    """Where queues are set up."""

    async def save(self, setup: QueueSetup) -> None:
        """Insert or replace a queue; its members stay."""
        ...

    async def remove(self, queue_id: str) -> None:
        """Forget a queue."""
        ...

    async def set_members(self, queue_id: str, members: Sequence[QueueMember]) -> None:
        """Replace the members of a queue that is set up."""
        ...

    async def set_skills(self, agent_id: str, skills: Mapping[str, int]) -> None:
        """Replace an agent's skills."""
        ...


class Callbacks(Protocol):
    """Every call-back, open and closed."""

    async def page(
        self, queue_ids: Sequence[str], *, is_open: bool | None = None, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[Callback, ...], str | None]:
        """Return those of these queues, the newest request first, and the cursor of the following page."""
        ...


class Dispositions(Protocol):
    """The codes agents choose from."""

    async def all(self) -> tuple[Disposition, ...]:
        """Return every code in its order."""
        ...

    async def get(self, disposition_id: str) -> Disposition | None:
        """Return one."""
        ...

    async def save(self, disposition: Disposition) -> None:
        """Insert or replace one."""
        ...

    async def remove(self, disposition_id: str) -> None:
        """Forget one."""
        ...


class BreakReasons(Protocol):
    """Why agents may take a break."""

    async def all(self) -> tuple[BreakReason, ...]:
        """Return every reason in its order."""
        ...

    async def save(self, reason: BreakReason) -> None:
        """Insert or replace one."""
        ...

    async def remove(self, reason_id: str) -> None:
        """Forget one."""
        ...


class Remarks(Protocol):
    """Where dispositions and notes of calls are written."""

    def choose(self, chosen: CallDisposition) -> None:
        """Write the code an agent chose."""
        ...

    def note(self, note: CallNote) -> None:
        """Write a remark."""
        ...


class OpenCalls(Protocol):
    """Says which calls are open to whom."""

    async def story(self, call_id: str, *, scope: Scope) -> object | None:
        """Return a call, None when it is not open to whoever asks."""
        ...


class Voicemails(Protocol):
    """Messages that callers left."""

    async def page(
        self,
        scope: Scope,
        *,
        heard: bool | None = None,
        box: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Voicemail, ...], str | None]:
        """Return messages, newest first, and the cursor of the following page."""
        ...

    async def get(self, voicemail_id: str, scope: Scope) -> Voicemail | None:
        """Return one message, None when it is not open to whoever asks."""
        ...

    async def mark(self, voicemail_id: str, *, heard_by: str | None, at: datetime | None) -> None:
        """Say who heard it and when; None: nobody did."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AcdPorts:
    """Everything the routes about queues and agents work with."""

    desk: Dispatcher
    book: QueueBook
    queues: QueueSetups
    callbacks: Callbacks
    dispositions: Dispositions
    break_reasons: BreakReasons
    remarks: Remarks
    calls: OpenCalls
    voicemails: Voicemails
    recordings: Path
    "Directory of the recordings."
    clock: Clock
