"""The demo: three stores, customers with histories, and store phones that answer by themselves.

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
from callcenter.config import Config
from callcenter.crm.customer import Customer
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import ALWAYS_OPEN, Store
from callcenter.server import Server
from callcenter.storage.assembly import Storage
from callcenter.testing.pyvoip_line import Account
from callcenter.testing.store_phone import StorePhone, StorePhoneSettings

SECRETS_FILE = "demo-phones.yaml"
"Under ``paths.data``, readable by the owner only: the demo phones' SIP passwords."


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


async def seed(storage: Storage, config: Config, now: datetime) -> dict[str, str]:
    """Add the demo's stores, phones and customers once; return the phones' passwords by extension."""
    path = config.paths.data / SECRETS_FILE
    if path.exists() and storage.directory.snapshot.stores_by_code.get(STORES[0].code) is not None:
        known: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return known
    passwords: dict[str, str] = {}
    for entry in STORES:
        await storage.stores.save(
            Store(
                id=f"demo-{entry.code.lower()}",
                code=entry.code,
                name=entry.name,
                hours=ALWAYS_OPEN,
                extensions=entry.extensions,
                region=entry.region,
                sister_store_id=f"demo-{entry.sister.lower()}" if entry.sister else None,
            )
        )
        for number in entry.extensions:
            passwords[number] = generate_secret(secrets.token_bytes)
            credentials = compute_credentials(number, config.sip.realm, passwords[number])
            account = Extension(number=number, name=f"{entry.name} {number}", store_id=f"demo-{entry.code.lower()}")
            await storage.extensions.save(account, credentials)
    await _add_customers(storage, now)
    _write_private(path, yaml.safe_dump(passwords))
    return passwords


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
                    store_id=f"demo-{store.lower()}",
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


def print_welcome(console: Console, server: Server, passwords: dict[str, str]) -> None:
    """Show what runs and what to try."""
    config = server.config
    port = next((address.port for address in server.driver.listening if address.transport == "udp"), 5060)
    table = Table(title="callcenter", show_header=False, title_justify="left")
    table.add_row("Page · Trang web", server.page_url)
    table.add_row("Hotline · Số tổng đài", ", ".join(did.number for did in config.dids))
    table.add_row("SIP server", f"127.0.0.1:{port} (UDP/TCP), realm {config.sip.realm}")
    table.add_row("Softphone account", f"user {SOFTPHONE}, password {passwords.get(SOFTPHONE, '?')}")
    for entry in STORES:
        table.add_row(f"Store {entry.code}", f"{entry.name}, phones {', '.join(entry.extensions)}")
    for customer in CUSTOMERS:
        last = min(customer.contacts, default=None)
        shown = f"last contact {last[1]}, {last[0]} days ago" if last else "never called before"
        table.add_row(f"Customer {customer.phone}", f"{customer.name}, {shown}")
    console.print(table)
    console.print("Try · Thử:")
    console.print(f"  .venv/bin/callcenter call {config.dids[0].number} --keys 1 --from {CUSTOMERS[0].phone}")
    console.print("  .venv/bin/callcenter calls")
    console.print("  Ctrl-C stops the server · Ctrl-C để dừng")
