"""The demo: three stores, customers with histories, people who sign in, and phones that answer by themselves.

Everything it adds comes from the tables below; a deployment that was not started with ``--demo`` is never seeded.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from callcenter.accounts.extension import Extension, compute_credentials, generate_secret
from callcenter.accounts.passwords import Passwords, generate_password
from callcenter.accounts.people import People, UserDetails
from callcenter.accounts.user import Role, StoreScope
from callcenter.acd.queue import plain_phone_id
from callcenter.config import Config
from callcenter.crm.customer import Customer
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import ALWAYS_OPEN, Store
from callcenter.runtime.clock import Clock
from callcenter.server import Server
from callcenter.storage.assembly import Storage
from callcenter.storage.first_queues import seed_queues
from callcenter.testing.pyvoip_line import Account
from callcenter.testing.store_phone import StorePhone, StorePhoneSettings

SECRETS_FILE = "demo-secrets.yaml"
"Under ``paths.data``, readable by the owner only: the passwords of the demo's phones and people."


@dataclass(frozen=True)
class _DemoStore:
    code: str
    name: str
    region: str
    sister: str | None
    extensions: tuple[str, ...]
    tone_hz: float


STORES = (
    _DemoStore("central", "Tổng đài trung tâm", "all", None, ("100",), 350.0),
    _DemoStore("HN-01", "Cửa hàng Cầu Giấy", "north", "HN-02", ("101", "102"), 440.0),
    _DemoStore("HN-02", "Cửa hàng Hoàn Kiếm", "north", "HN-01", ("201",), 550.0),
    _DemoStore("SG-01", "Cửa hàng Quận 1", "south", None, ("301",), 660.0),
)
SOFTPHONE = "102"
"The extension left free for a softphone of the visitor's."


@dataclass(frozen=True)
class _DemoCustomer:
    code: str
    name: str
    phone: str
    contacts: tuple[tuple[int, str, InteractionKind], ...]
    "``(days ago, store code, kind)``."


CUSTOMERS = (
    _DemoCustomer(
        "DEMO-1", "Khách hàng mẫu Một", "0912345678",
        ((40, "SG-01", InteractionKind.PURCHASE), (3, "HN-01", InteractionKind.CALL_IN_ANSWERED)),
    ),
    _DemoCustomer("DEMO-2", "Khách hàng mẫu Hai", "0987654321", ((10, "SG-01", InteractionKind.SERVICE_ORDER),)),
    _DemoCustomer("DEMO-3", "Khách hàng mẫu Ba", "0905000111", ()),
)  # fmt: skip


@dataclass(frozen=True)
class _DemoUser:
    login: str
    name: str
    role: Role
    extension: str | None = None
    store: str | None = None


USERS = (
    _DemoUser("admin", "Quản trị viên mẫu", Role.ADMIN),
    _DemoUser("supervisor", "Giám sát mẫu", Role.SUPERVISOR, "1000", "central"),
    _DemoUser("agent1", "Nhân viên mẫu Một", Role.AGENT, "1001", "central"),
    _DemoUser("agent2", "Nhân viên mẫu Hai", Role.AGENT, "1002", "central"),
)
AGENTS = ("agent1", "agent2")
"Who answers the central queue in a browser; its own phone answers when nobody is signed in."


@dataclass(frozen=True)
class DemoSecrets:
    """What the demo tells its visitor."""

    phones: dict[str, str]
    "SIP password by extension."
    users: dict[str, str]
    "Password by login."


async def seed(storage: Storage, config: Config, clock: Clock) -> DemoSecrets:
    """Add the demo's stores, phones, people, queue and customers once; return the passwords."""
    path = config.paths.data / SECRETS_FILE
    if path.exists() and storage.directory.snapshot.stores_by_code.get(STORES[0].code) is not None:
        known = yaml.safe_load(path.read_text(encoding="utf-8"))
        return DemoSecrets(known["phones"], known["users"])
    made = DemoSecrets(await _add_stores(storage, config), await _add_users(storage, clock))
    await _add_customers(storage, clock.utcnow())
    _write_private(path, yaml.safe_dump({"phones": made.phones, "users": made.users}))
    return made


async def _add_stores(storage: Storage, config: Config) -> dict[str, str]:
    passwords: dict[str, str] = {}
    for entry in STORES:
        await storage.stores.save(
            Store(
                id=store_id(entry.code),
                code=entry.code,
                name=entry.name,
                hours=ALWAYS_OPEN,
                extensions=entry.extensions,
                region=entry.region,
                sister_store_id=store_id(entry.sister) if entry.sister else None,
            )
        )
        for number in entry.extensions:
            passwords[number] = generate_secret(secrets.token_bytes)
            credentials = compute_credentials(number, config.sip.realm, passwords[number])
            account = Extension(number=number, name=f"{entry.name} {number}", store_id=store_id(entry.code))
            await storage.extensions.save(account, credentials)
    return passwords


async def _add_users(storage: Storage, clock: Clock) -> dict[str, str]:
    """Add people with passwords of their own, and put the agents before the central desk's phone in its queue."""
    people = People(storage.users, storage.extensions, _NobodyIsSignedIn(), Passwords(), clock, secrets.token_bytes)
    given: dict[str, str] = {}
    ids: dict[str, str] = {}
    for entry in USERS:
        scope = StoreScope(store_ids=frozenset({store_id(entry.store)}) if entry.store is not None else frozenset())
        details = UserDetails(
            login=entry.login, name=entry.name, role=entry.role, scope=scope, extension=entry.extension
        )
        given[entry.login] = generate_password(secrets.token_bytes)
        member, _ = await people.add(details, given[entry.login])
        ids[entry.login] = member.user.id
    phones = [plain_phone_id(number) for store in STORES if store.code == "central" for number in store.extensions]
    members = [*(ids[login] for login in AGENTS), *phones]
    await seed_queues(storage.queues, members=members, store_id=store_id("central"), strategy="linear")
    return given


class _NobodyIsSignedIn:
    """Sessions, before anybody could have any."""

    async def end_all(self, user_id: str) -> None:
        """Do nothing."""


def store_id(code: str) -> str:
    """Return the id of one of the demo's stores."""
    return f"demo-{code.lower()}"


async def _add_customers(storage: Storage, now: datetime) -> None:
    for entry in CUSTOMERS:
        number = normalise(entry.phone)
        assert number is not None
        customer = Customer(id=entry.code.lower(), code=entry.code, name=entry.name, phones=(number,), created_at=now)
        await storage.customers.save(customer)
        for index, (days, store, kind) in enumerate(entry.contacts):
            await storage.interactions.add(
                Interaction(
                    id=f"{entry.code.lower()}-{index}",
                    kind=kind,
                    at=now - timedelta(days=days),
                    store_id=store_id(store),
                    number=number,
                    customer_id=customer.id,
                    talk_s=90.0,
                )
            )


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


class DemoPhones:
    """The stores' phones: each registers, rings two seconds, answers and plays a tone of its own."""

    def __init__(self, passwords: dict[str, str], sip_port: int) -> None:
        self._phones = [
            StorePhone(
                StorePhoneSettings(
                    account=Account(number, passwords[number]),
                    port=sip_port,
                    ring_seconds=2.0,
                    talk_seconds=20.0,
                    tone_hz=entry.tone_hz,
                )
            )
            for entry in STORES
            for number in entry.extensions
            if number != SOFTPHONE
        ]

    async def start(self) -> None:
        """Register every phone."""
        await asyncio.gather(*(asyncio.to_thread(phone.start) for phone in self._phones))

    async def stop(self) -> None:
        """Unregister and stop; a second time there is nothing left to do."""
        phones, self._phones = self._phones, []
        await asyncio.gather(*(asyncio.to_thread(phone.stop) for phone in phones), return_exceptions=True)


def print_welcome(console: Console, server: Server, made: DemoSecrets) -> None:
    """Show what runs and what to try."""
    config = server.config
    port = next((address.port for address in server.driver.listening if address.transport == "udp"), 5060)
    table = Table(title="callcenter", show_header=False, title_justify="left")
    table.add_row("Page · Trang web", server.page_url)
    table.add_row("Hotline · Số tổng đài", ", ".join(did.number for did in config.dids))
    table.add_row("SIP server", f"127.0.0.1:{port} (UDP/TCP), realm {config.sip.realm}")
    table.add_row("Softphone account", f"user {SOFTPHONE}, password {made.phones.get(SOFTPHONE, '?')}")
    for login, password in made.users.items():
        table.add_row(f"Sign in as {login}", password)
    for entry in STORES:
        table.add_row(f"Store {entry.code}", f"{entry.name}, phones {', '.join(entry.extensions)}")
    for customer in CUSTOMERS:
        last = min(customer.contacts, default=None)
        shown = f"last contact {last[1]}, {last[0]} days ago" if last else "never called before"
        table.add_row(f"Customer {customer.phone}", f"{customer.name}, {shown}")
    console.print(table)
    console.print("Try · Thử:")
    console.print(f"  .venv/bin/callcenter call {config.dids[0].number} --keys 1 --from {CUSTOMERS[0].phone}")
    console.print("  sign in as agent1 in a browser, choose Sẵn sàng · Available, and let a customer ask for the desk:")
    console.print(f"  .venv/bin/callcenter call {config.dids[0].number} --keys 0")
    console.print("  .venv/bin/callcenter calls")
    console.print("  Ctrl-C stops the server · Ctrl-C để dừng")
