"""A small town for the routes about queues and agents: real storage on SQLite, and a desk that remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import httpx

from callcenter.accounts.audit import AuditEntry
from callcenter.accounts.extension import Extension
from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.acd.agent_state import AgentState
from callcenter.acd.callback import Callback, CallbackState
from callcenter.acd.dispatcher import Dispatcher
from callcenter.acd.errors import InvalidCallbackNumber, UnknownAgent, WrapUpGoesOn
from callcenter.acd.ports import AcdPorts as DeskPorts
from callcenter.acd.view import AgentView, LiveQueueView, WrapUpView
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.app import WebPorts, create_app
from callcenter.api.auth import WebSecurity
from callcenter.api.routes import agents, callbacks, dispositions, queues, voicemails
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import Store
from callcenter.ivr.say import NumberWords
from callcenter.routing.hours import evaluate
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from callcenter.storage.writer import WriterSettings
from callcenter.testing.clock import FakeClock
from callcenter.testing.queue_floor import KeptFacts
from callcenter.testing.switchboard import Switchboard

NORTH, SOUTH = Store(id="s1", code="HN-01", name="Cầu Giấy"), Store(id="s2", code="SG-01", name="Quận 1")
PRINCIPALS = {
    "admin": Principal("admin", "admin", "Quản trị", Role.ADMIN, Scope(True, frozenset(), "admin")),
    "boss": Principal("boss", "boss", "Trưởng", Role.SUPERVISOR, Scope(False, frozenset({"s1"}), "boss")),
    "lan": Principal("lan", "lan", "Lan", Role.AGENT, Scope(False, frozenset(), "lan")),
    "mai": Principal("mai", "mai", "Mai", Role.AGENT, Scope(False, frozenset(), "mai")),
}
"By API token, which is also the user's id. The supervisor and Lan are of the north, Mai is of the south."


@dataclass
class Desk:
    """The part of the distribution of calls that the routes ask."""

    clock: FakeClock
    storage: Storage
    views: dict[str, AgentView] = field(default_factory=dict)
    wanted: dict[str, Callback] = field(default_factory=dict)
    forced: list[tuple[str, AgentState, str]] = field(default_factory=list)
    finished: list[tuple[str, str, str | None]] = field(default_factory=list)

    def sit_down(self, agent_id: str, store_id: str, state: AgentState = AgentState.AVAILABLE) -> None:
        """Put an agent to work."""
        self.views[agent_id] = AgentView(
            id=agent_id, name=agent_id, extension="101", store_ids=(store_id,), state=state, reason=None,
            since=self.clock.utcnow(), next=None, registered=True, call_ids=(), queue_ids=(), wrap_up=None,
            missed_in_row=0,
        )  # fmt: skip

    def wrap_up(self, agent_id: str, call_id: str, queue_id: str, *, required: bool = False) -> None:
        """Let an agent finish the work of a call."""
        view = WrapUpView(
            call_id=call_id, queue_id=queue_id, queue_name=queue_id, ends_at=None, disposition_required=required,
            can_extend=True, can_finish=not required,
        )  # fmt: skip
        self.views[agent_id] = replace(self.views[agent_id], state=AgentState.WRAP_UP, wrap_up=view)

    def agents(self) -> list[AgentView]:
        return list(self.views.values())

    def agent(self, agent_id: str) -> AgentView | None:
        return self.views.get(agent_id)

    def set_agent_state(self, agent_id: str, state: AgentState, reason: str | None = None) -> AgentView:
        if agent_id not in self.views:
            raise UnknownAgent(agent_id)
        self.views[agent_id] = replace(self.views[agent_id], state=state, reason=reason)
        return self.views[agent_id]

    def force_agent_state(self, agent_id: str, state: AgentState, reason: str | None = None, *, by: str) -> AgentView:
        self.forced.append((agent_id, state, by))
        return self.set_agent_state(agent_id, state, reason)

    def extend_wrap_up(self, agent_id: str) -> AgentView:
        return self.views[agent_id]

    def finish_wrap_up(self, agent_id: str, call_id: str, disposition: str | None = None) -> bool:
        wrap_up = self.views[agent_id].wrap_up
        if wrap_up is None or wrap_up.call_id != call_id:
            return False
        if wrap_up.disposition_required and disposition is None:
            raise WrapUpGoesOn(str(WrapUpGoesOn.__doc__))
        self.finished.append((agent_id, call_id, disposition))
        self.views[agent_id] = replace(self.views[agent_id], state=AgentState.AVAILABLE, wrap_up=None)
        return True

    def queues(self) -> list[LiveQueueView]:
        found = self.storage.queue_book.queues.values()
        return [
            LiveQueueView(id=each.id, code=each.code, name=each.name, store_id=each.store_id, waiting=())
            for each in found
        ]

    def callbacks(self) -> list[Callback]:
        return [each for each in self.wanted.values() if each.is_open]

    def request_callback(self, queue: str, number: str, **others: Any) -> Callback:
        if not number.strip().isdigit():
            raise InvalidCallbackNumber(number)
        now = self.clock.utcnow()
        callback = Callback(
            id=f"cb{len(self.wanted)}", queue_id=queue, number=number, arrived_at=now, requested_at=now,
            expires_at=now, **others,
        )  # fmt: skip
        self.wanted[callback.id] = callback
        self.storage.callbacks.save(callback)
        return callback

    def cancel_callback(self, callback_id: str) -> Callback:
        closed = replace(self.wanted[callback_id], state=CallbackState.CANCELLED, closed_at=self.clock.utcnow())
        self.wanted[callback_id] = closed
        self.storage.callbacks.save(closed)
        return closed


class _Tokens:
    async def by_session(self, secret: str, source: str) -> Principal | None:
        return None

    async def by_token(self, secret: str, source: str) -> Principal | None:
        return PRINCIPALS.get(secret)

    def csrf_token(self, secret: str) -> str:
        raise AssertionError("there are no sessions here")


class _Audit:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def append(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


@dataclass
class Town:
    """Everything a test touches."""

    storage: Storage
    desk: Desk
    clock: FakeClock
    recordings: Path
    client: httpx.AsyncClient
    audit: _Audit

    async def ask(self, who: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Return the JSON of an answer; ``status`` and ``problem`` of one that refuses, None without a body."""
        answer = await self.client.request(
            method, path, json=body, params=query, headers={"Authorization": f"Bearer {who}"}
        )
        if answer.status_code >= 400:
            return answer.status_code, answer.json()["id"]
        return answer.json() if answer.content else None


@asynccontextmanager
async def town(tmp_path: Path, defaults: Mapping[str, Any] | None = None) -> AsyncIterator[Town]:
    """Open the town."""
    clock = FakeClock()
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    storage = await open_storage(
        StorageSettings(
            url=f"sqlite+aiosqlite:///{tmp_path}/callcenter.db",
            var_dir=tmp_path,
            recordings_dir=recordings,
            writer=WriterSettings(max_delay_s=0.005),
            queue_defaults=defaults or {},
        )
    )
    await storage.stores.save_all((NORTH, SOUTH))
    for name, store_id in (("lan", "s1"), ("mai", "s2")):
        scope = StoreScope(store_ids=frozenset({store_id}))
        user = User(id=name, login=name, name=name.title(), role=Role.AGENT, scope=scope, created_at=clock.utcnow())
        await storage.users.save(user, "hash")
    await storage.extensions.save(Extension(number="1001", store_id="s1", agent_id="lan"))
    await storage.extensions.save(Extension(number="102", store_id="s1"))
    desk = Desk(clock, storage)
    async with town_with(storage, desk, clock, recordings) as opened:
        yield opened
    await storage.close()


def real_desk(storage: Storage, clock: FakeClock, directory: Path) -> Dispatcher:
    """Return the product's own desk on the town's storage, with the routes of a switchboard."""
    board = Switchboard(clock, directory)
    board.exchange.normalise = normalise
    ports = DeskPorts(
        book=storage.queue_book,
        states=storage.agent_states,
        history=storage.queue_history,
        callbacks=storage.callbacks,
        bus=KeptFacts(),
        words=NumberWords(),
        is_open=lambda hours, at: evaluate(hours, at).open,
    )
    desk = Dispatcher(board.exchange, board.routes, board.trunks, ports, Random(1))
    storage.queue_book.on_changed = desk.reload
    return desk


@asynccontextmanager
async def town_with(storage: Storage, desk: Any, clock: FakeClock, recordings: Path) -> AsyncIterator[Town]:
    """Open the routes with this desk."""
    ports = AcdPorts(
        desk=desk,
        book=storage.queue_book,
        queues=storage.queues,
        callbacks=storage.callbacks,
        dispositions=storage.dispositions,
        break_reasons=storage.break_reasons,
        remarks=storage.call_remarks,
        calls=storage.calls,
        voicemails=storage.voicemails,
        recordings=recordings,
        clock=clock,
    )
    routers = [module.router(ports) for module in (agents, queues, dispositions, callbacks, voicemails)]
    audit = _Audit()
    app = create_app(routers, WebPorts(identity=_Tokens(), audit=audit, clock=clock, security=WebSecurity()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield Town(storage, desk, clock, recordings, client, audit)
