"""The whole web application on a SQLite file: two stores, their people, calls, customers and a recording."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import wave
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from pydantic import TypeAdapter

from callcenter.accounts.extension import Extension
from callcenter.accounts.passwords import Passwords
from callcenter.accounts.people import People
from callcenter.accounts.session import ApiToken, hash_secret
from callcenter.accounts.sign_in import SignIn, SignInPorts, Visitor
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.app import WebPorts, create_app
from callcenter.api.auth import WebSecurity
from callcenter.api.routes import Services, all_routers
from callcenter.api.routes.directory import QueueName
from callcenter.api.routes.live_calls import LiveCallPorts
from callcenter.api.routes.status import FlowProblem, HotlineStatus, Sentence, ServerStatus, SipListener
from callcenter.calls.cdr import FinishedCall
from callcenter.crm.customer import Customer
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import Store
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.server.desk import Desk
from callcenter.server.flow_files import FlowFiles
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from callcenter.storage.writer import WriterSettings
from callcenter.testing.clock import FakeClock
from callcenter.testing.switchboard import Switchboard
from tests.integration.api.acd_town import real_desk
from tests.integration.storage.samples import START, started, story
from tests.unit.ivr.timeline import flow_document, node, said

ORIGIN = "http://test"
PASSWORD = "correct horse battery"
STATUS = ServerStatus(
    name="shop",
    version="1.2.3",
    state="running",
    started_at="2026-01-05T08:00:00+00:00",
    calls_active=2,
    calls_finished={"answered": 3},
    phones_registered=4,
    media_workers=2,
    hotlines=[HotlineStatus(number="1900", flow="retail", in_service=True)],
    trunks=[],
    flow_problems=[
        FlowProblem(file="a.json", severity="error", code="no-start", message=Sentence(vi="thiếu", en="missing"))
    ],
    sip_realm="shop.example",
    sip_listeners=[SipListener(transport="udp", host=None, port=5060)],
    log_rows_waiting=0,
)
USERS = (
    User(id="u-admin", login="admin", name="Quản trị", role=Role.ADMIN, created_at=START),
    User(
        id="u-supervisor",
        login="supervisor",
        name="Lan",
        role=Role.SUPERVISOR,
        scope=StoreScope(store_ids=frozenset({"store-1"})),
        created_at=START,
    ),
    User(
        id="u-foreign",
        login="foreign",
        name="Minh",
        role=Role.SUPERVISOR,
        scope=StoreScope(regions=frozenset({"south"})),
        created_at=START,
    ),
    User(
        id="agent-1",
        login="agent",
        name="Tú",
        role=Role.AGENT,
        scope=StoreScope(store_ids=frozenset({"store-1"})),
        created_at=START,
    ),
    User(id="u-idle", login="idle", name="Hà", role=Role.AGENT, created_at=START),
)
STORES = (
    Store(id="store-1", code="HN-01", name="Hà Nội 1", region="north"),
    Store(id="store-2", code="SG-01", name="Sài Gòn 1", region="south"),
)
CUSTOMERS = (
    Customer(id="customer-1", code="KH-1", name="Nguyễn Văn An", phones=("+84912345678",)),
    Customer(id="customer-2", code="KH-2", name="Bình", phones=("+84987654321",), owner_store_id="store-2"),
)


@dataclass
class Office:
    """A running application and what is behind it."""

    app: FastAPI
    storage: Storage
    services: Services
    clock: FakeClock
    published: list[object]
    recordings: Path
    routers: Sequence[APIRouter]
    flow_files: FlowFiles
    "One flow, ``hello``, which a number leads to."
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def browser(self, **headers: str) -> httpx.AsyncClient:
        """Return a browser nobody is signed in with."""
        transport = httpx.ASGITransport(app=self.app, client=("192.0.2.7", 4711))
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN, **headers})
        return await self._stack.enter_async_context(client)

    async def signed_in(self, login: str, password: str = PASSWORD) -> httpx.AsyncClient:
        """Return a browser ``login`` is signed in with, which sends its CSRF token."""
        client = await self.browser()
        response = await client.post("/api/session", json={"login": login, "password": password})
        assert response.status_code == 200, response.text
        client.headers["X-CSRF-Token"] = response.json()["csrf_token"]
        return client

    async def signed_in_elsewhere(self, login: str) -> httpx.AsyncClient:
        """Return a browser with a session that was not opened by a request to the application at hand."""
        opened = await self.services.sign_in.sign_in(login, PASSWORD, Visitor("192.0.2.7"))
        token = self.services.sign_in.csrf_token(opened.secret)
        return await self.browser(Cookie=f"callcenter_session={opened.secret}", **{"X-CSRF-Token": token})

    async def audit(self) -> list[tuple[str, str, str | None]]:
        """Return action, outcome and user of the audit log, oldest first."""
        admin = await self.signed_in("admin")
        entries = (await admin.get("/api/audit", params={"limit": 200})).json()["items"]
        return [(entry["action"], entry["outcome"], entry["user_id"]) for entry in reversed(entries)][:-1]

    async def close(self) -> None:
        """Close the browsers and the database."""
        await self._stack.aclose()
        await self.storage.close()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Return a folder that stands for the built pages."""
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "index-abc.js").write_text("let x = 1;\n" * 500)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "index.html").write_text("<p>built</p>")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _types_are_read_once() -> Iterator[None]:
    """Let FastAPI share the validator of a type among its routes and among applications.

    It builds one for each parameter and answer of each route: three quarters of the time an office takes to open.
    A validator depends on nothing but the type and what is said about it.
    """
    known: dict[tuple[object, ...], TypeAdapter[Any]] = {}

    def adapter_of(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
        kind, *said = get_args(annotated)
        key = (kind, repr(said), repr(config))
        if key not in known:
            known[key] = TypeAdapter(annotated, config=config)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastapi._compat.v2.TypeAdapter", adapter_of)
        yield


@pytest.fixture(scope="session")
def quick_passwords() -> Passwords:
    """Return passwords that cost nothing to hash."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, quick_passwords: Passwords) -> Path:
    """Return a folder with a database and recordings to copy: making them takes a while."""
    folder = tmp_path_factory.mktemp("office")

    async def make() -> None:
        storage = await open_storage(_settings(folder))
        await _fill(storage, quick_passwords.hash(PASSWORD), folder / "recordings")
        await storage.close()

    (folder / "recordings").mkdir()
    asyncio.run(make())
    return folder


def _settings(folder: Path) -> StorageSettings:
    return StorageSettings(
        url=f"sqlite+aiosqlite:///{folder}/callcenter.db",
        var_dir=folder,
        recordings_dir=folder / "recordings",
        writer=WriterSettings(max_delay_s=0.005),
    )


@pytest.fixture
async def office(tmp_path: Path, pages: Path, filled: Path, quick_passwords: Passwords) -> AsyncIterator[Office]:
    folder = tmp_path / "office"
    shutil.copytree(filled, folder)
    recordings = folder / "recordings"
    storage = await open_storage(_settings(folder))
    board = Switchboard(clock := FakeClock(1000.0, START.replace(hour=12)), recordings)
    board.exchange.normalise = normalise
    dispatcher = real_desk(storage, clock, recordings)
    await dispatcher.start()
    desk = Desk(lambda: board.exchange.calls, board.location, storage.directory, clock.monotonic)
    published = list[object]()
    ports = SignInPorts(
        users=storage.users,
        sessions=storage.sessions,
        tokens=storage.api_tokens,
        audit=storage.audit,
        stores=lambda: storage.directory.snapshot.stores.values(),
        clock=clock,
        random_bytes=secrets.token_bytes,
        publish=published.append,
    )
    sign_in = SignIn(ports, quick_passwords)
    people = People(
        storage.users, storage.extensions, sign_in, quick_passwords, clock, secrets.token_bytes, published.append
    )
    (folder / "flows").mkdir()
    (folder / "flows" / "hello.json").write_text(json.dumps(hello_flow()))
    flow_files = FlowFiles(folder / "flows")
    flow_files.load()
    flow_desk = FlowDesk(storage.flows, flow_files, clock, lambda: {"1900": "hello"}, published.append)
    await flow_desk.take_in()
    services = Services(
        status=lambda: STATUS,
        registry=CollectorRegistry(),
        clock=clock,
        random_bytes=secrets.token_bytes,
        normalise=normalise,
        names=storage.names,
        stores=lambda: storage.directory.snapshot.stores,
        extensions=lambda: storage.directory.snapshot.extensions,
        timezone="Asia/Ho_Chi_Minh",
        sign_in=sign_in,
        people=people,
        users=storage.users,
        seats=storage.extensions,
        tokens=storage.api_tokens,
        audit=storage.audit,
        calls=storage.calls,
        recordings=recordings,
        customers=storage.customer_desk,
        live_contacts=desk,
        presence=desk,
        queue_names=lambda: (QueueName("queue-1", "care", "Chăm sóc"),),
        acd=AcdPorts(
            desk=dispatcher,
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
        ),
        live_calls=LiveCallPorts(control=board.control, views=board.views),
        flows=flow_desk,
    )
    routers = all_routers(services)
    edge = WebPorts(identity=sign_in, audit=storage.audit, clock=clock, security=WebSecurity())
    app = create_app(routers, edge, pages)
    office = Office(app, storage, services, clock, published, recordings, routers, flow_files)
    yield office
    await dispatcher.stop()
    await office.close()


def hello_flow() -> dict[str, Any]:
    """Return a flow that asks for a key."""
    menu = node(
        "menu", "menu", {"1": "end", "no_input": "end", "invalid": "end"}, prompts=said("1"), options=[{"keys": "1"}]
    )
    return flow_document(menu, flow_id="hello", version=3)


async def _fill(storage: Storage, password_hash: str, recordings: Path) -> None:
    for user in USERS:
        await storage.users.save(user, password_hash)
    await storage.stores.save_all(STORES)
    await storage.extensions.assign(next(user for user in USERS if user.id == "agent-1"), "2001")
    await storage.extensions.save(Extension(number="101", name="Quầy 1", store_id="store-1"))
    await storage.customers.save_all(CUSTOMERS)
    for number in (1, 2):
        _, finished = story(f"call-{number}", minutes=number, store_id=f"store-{number}")
        if number == 2:
            finished = _served_by_nobody(finished)
        storage.call_log.open_call(started(f"call-{number}", minutes=number))
        storage.call_log.close_call(finished)
        with wave.open(str(recordings / f"call-{number}.wav"), "wb") as file:
            file.setparams((2, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(4 * 8000))
    await storage.call_log.flush()
    for number, owner in ((1, "u-admin"), (2, "u-admin")):
        await storage.api_tokens.add(
            ApiToken(
                id=f"token-{number}",
                secret_hash=hash_secret(f"secret-{number}"),
                user_id=owner,
                name=f"Programme {number}",
                role=Role.ADMIN,
                created_at=START,
            )
        )


def _served_by_nobody(finished: FinishedCall) -> FinishedCall:
    """Return a call of store 2 with customer 2 that no agent of ours took."""
    return replace(
        finished,
        record=replace(finished.record, agent_id=None, customer_id="customer-2", from_number="+84987654321"),
        segments=tuple(replace(segment, agent_id=None) for segment in finished.segments),
        recordings=tuple(replace(item, id="call-2-r") for item in finished.recordings),
    )
