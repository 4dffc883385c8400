"""Import customers with their histories, and stores, from CSV files.

A line is one customer and, when it has a contact date, one contact of that customer; lines of the same customer (same
code, else same number) add up. Importing a file twice changes nothing the second time. Refused lines go to an error
file with the reason; the others are imported.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from callcenter.base.ids import new_id
from callcenter.crm.csv_file import Line, Table, fold, parse_time, read_table, write_error_file
from callcenter.crm.customer import Customer
from callcenter.crm.import_columns import CONTACT_KINDS, CUSTOMER_COLUMNS, STORE_COLUMNS
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.opening_hours import InvalidHours, parse_hours
from callcenter.crm.phone_number import display, normalise
from callcenter.crm.store import Store

_TALK_S_WHEN_UNKNOWN = 60.0
"An imported answered call without a length was a real talk."
_YES = frozenset({"1", "x", "y", "yes", "true", "co", "dung", "roi"})

Progress = Callable[[int, int], None]
Parsed = TypeVar("Parsed")


class CustomerTarget(Protocol):
    """Where imported customers go."""

    async def find_known(self, codes: Iterable[str], numbers: Iterable[str]) -> Mapping[str, Customer]:
        """Return the customers that have one of these codes or numbers, by each code and number."""
        ...

    async def save_all(self, batch: Sequence[Customer]) -> None:
        """Insert or replace many in one transaction."""
        ...


class InteractionTarget(Protocol):
    """Where imported contacts go."""

    async def add_all(self, batch: Sequence[Interaction]) -> None:
        """Store many; those stored before are left as they are."""
        ...


class StoreTarget(Protocol):
    """Where imported stores go."""

    async def all(self) -> tuple[Store, ...]:
        """Return every store."""
        ...

    async def save_all(self, batch: Sequence[Store]) -> None:
        """Insert or replace many in one transaction."""
        ...


@dataclass(slots=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    lines: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    contacts: int = 0
    "Lines with a contact; known ones are not stored twice."
    refused: list[tuple[Line, str]] = field(default_factory=list)
    error_file: Path | None = None
    unknown_columns: tuple[str, ...] = ()
    encoding: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to import."""

    now: datetime
    dry_run: bool = False
    error_file: Path | None = None
    "Written only when lines are refused."
    progress: Progress | None = None
    "Called with ``(done, total)`` lines."
    mapping: Mapping[str, str] | None = None
    "Headings of the file and the fields they mean, on top of the known ones."
    timezone: str = "Asia/Ho_Chi_Minh"
    country: str = "VN"
    "ISO 3166 code: how national phone numbers are read, and whose public holidays stores keep."
    batch_lines: int = 1000


async def import_customers(
    path: Path,
    customers: CustomerTarget,
    interactions: InteractionTarget,
    stores: Mapping[str, str],
    options: ImportOptions,
) -> ImportReport:
    """Import a file of customers and contacts.

    :param stores: store ids by store code.
    :raises UnreadableFile: when it is no table of customers.
    """
    table = await asyncio.to_thread(read_table, path, CUSTOMER_COLUMNS, options.mapping)
    report = _report(table, options)
    reader = _CustomerReader({code.lower(): store_id for code, store_id in stores.items()}, options)
    for start in range(0, len(table.lines), options.batch_lines):
        parsed = _parse(table.lines[start : start + options.batch_lines], reader.read, report)
        await reader.learn(customers, (customer for customer, _ in parsed))
        changed: dict[str, Customer] = {}
        contacts: list[Interaction] = []
        for customer, contact in parsed:
            known, is_new = reader.merge(customer)
            report.created += is_new
            report.updated += not is_new and known is not None
            report.unchanged += known is None
            owner = known or reader.known_as(customer)
            if known is not None:
                changed[known.id] = known
            if contact is not None:
                contacts.append(replace(contact, customer_id=owner.id, id=_contact_id(owner, contact)))
        report.contacts += len(contacts)
        if not options.dry_run:
            await customers.save_all(tuple(changed.values()))
            await interactions.add_all(contacts)
        if options.progress is not None:
            options.progress(min(start + options.batch_lines, len(table.lines)), len(table.lines))
    return await _finish(table, report, options)


async def import_stores(path: Path, stores: StoreTarget, options: ImportOptions) -> ImportReport:
    """Import a file of stores, by code. Sister stores and successors may stand anywhere in the file.

    :raises UnreadableFile: when it is no table of stores.
    """
    table = await asyncio.to_thread(read_table, path, STORE_COLUMNS, options.mapping)
    report = _report(table, options)
    known = {store.code.lower(): store for store in await stores.all()}
    ids = {code: store.id for code, store in known.items()}
    for line in table.lines:
        if line.get("code"):
            ids.setdefault(line.get("code").lower(), new_id(options.now))
    changed: list[Store] = []
    for store in _parse(table.lines, lambda line: _read_store(line, known, ids, options), report):
        before = known.get(store.code.lower())
        report.created += before is None
        report.updated += before is not None and before != store
        report.unchanged += before == store
        if before != store:
            changed.append(store)
    if not options.dry_run:
        await stores.save_all(changed)
    if options.progress is not None:
        options.progress(len(table.lines), len(table.lines))
    return await _finish(table, report, options)


class _CustomerReader:
    """Turns lines into customers and recognises those it has seen, in this file or in the database."""

    def __init__(self, stores: Mapping[str, str], options: ImportOptions) -> None:
        self._stores = stores
        self._zone = ZoneInfo(options.timezone)
        self._now = options.now
        self._country = options.country
        self._known: dict[str, Customer] = {}
        self._asked: set[str] = set()

    def read(self, line: Line) -> tuple[Customer, Interaction | None]:
        """Understand one line; the customer's id is still empty.

        :raises ValueError: with the reason to refuse it.
        """
        phones = _phones(line, self._country)
        code = line.get("code") or None
        if not phones and code is None:
            raise ValueError("neither a phone number nor a customer code")
        vip = line.get("vip")
        if vip and not vip.isdigit():
            raise ValueError(f"{vip!r} is no VIP level")
        customer = Customer(
            id="",
            code=code,
            name=line.get("name"),
            phones=phones,
            language=line.get("language").lower()[:2],
            email=line.get("email") or None,
            address=line.get("address") or None,
            notes=line.get("notes"),
            owner_store_id=self._store(line.get("store")),
            vip_level=int(vip or 0),
        )
        return customer, self._contact(line, customer)

    async def learn(self, target: CustomerTarget, batch: Iterable[Customer]) -> None:
        """Ask the database, once, for whom this batch may be about."""
        codes: list[str] = []
        numbers: list[str] = []
        for customer in batch:
            if customer.code is not None and customer.code not in self._asked:
                codes.append(customer.code)
            numbers += [number for number in customer.phones if number not in self._asked]
        self._asked.update(codes, numbers)
        if codes or numbers:
            for key, customer in (await target.find_known(codes, numbers)).items():
                self._known.setdefault(key, customer)

    def known_as(self, customer: Customer) -> Customer:
        """Return the customer a line is about."""
        found = self._find(customer)
        assert found is not None
        return found

    def merge(self, customer: Customer) -> tuple[Customer | None, bool]:
        """Join a line with what is known; return what to save (``None``: nothing new) and whether it is a new one."""
        before = self._find(customer)
        if before is None:
            name = customer.name or display(customer.phones[0] if customer.phones else None)
            after = replace(
                customer,
                id=new_id(self._now),
                name=name or customer.code or "",
                language=customer.language or "vi",
                created_at=self._now,
            )
        else:
            after = replace(
                before,
                code=customer.code or before.code,
                name=customer.name or before.name,
                phones=tuple(dict.fromkeys((*before.phones, *customer.phones))),
                language=customer.language or before.language,
                email=customer.email or before.email,
                address=customer.address or before.address,
                notes=customer.notes or before.notes,
                owner_store_id=customer.owner_store_id or before.owner_store_id,
                vip_level=customer.vip_level or before.vip_level,
            )
            if after == before:
                return None, False
        if after.code is not None:
            self._known[after.code] = after
        for number in after.phones:
            # With codes, a number may belong to several customers; the first keeps it as its key.
            holder = self._known.get(number)
            if holder is None or holder.id == after.id:
                self._known[number] = after
        return after, before is None

    def _find(self, customer: Customer) -> Customer | None:
        if customer.code is not None and (found := self._known.get(customer.code)) is not None:
            return found
        for number in customer.phones:
            found = self._known.get(number)
            if found is not None and (customer.code is None or found.code is None):
                return found
        return None

    def _store(self, code: str) -> str | None:
        if not code:
            return None
        try:
            return self._stores[code.lower()]
        except KeyError:
            raise ValueError(f"unknown store {code!r}") from None

    def _contact(self, line: Line, customer: Customer) -> Interaction | None:
        at = line.get("contact_at")
        if not at:
            return None
        store_id = self._store(line.get("contact_store")) or customer.owner_store_id
        if store_id is None:
            raise ValueError("a contact without a store")
        kind = CONTACT_KINDS.get(fold(line.get("contact_kind") or "purchase"))
        if kind is None:
            raise ValueError(f"unknown kind of contact {line.get('contact_kind')!r}")
        return Interaction(
            id="",
            kind=kind,
            at=parse_time(at, self._zone),
            store_id=store_id,
            number=customer.phones[0] if customer.phones else None,
            talk_s=_talk_s(kind, line.get("talk_s")),
            reference=line.get("reference") or None,
        )


def _phones(line: Line, country: str) -> tuple[str, ...]:
    text = line.get("phone")
    if not text:
        return ()
    # A whole cell first: "024/3822/1234" is one number.
    if ";" not in text and (single := normalise(text, country)) is not None:
        return (single,)
    numbers: dict[str, None] = {}
    for part in text.replace(",", ";").replace("/", ";").replace("|", ";").split(";"):
        if not part.strip():
            continue
        number = normalise(part, country)
        if number is None:
            raise ValueError(f"{part.strip()!r} is no phone number")
        numbers[number] = None
    return tuple(numbers)


def _talk_s(kind: InteractionKind, text: str) -> float:
    if kind not in (InteractionKind.CALL_IN_ANSWERED, InteractionKind.CALL_OUT_ANSWERED):
        return 0.0
    return float(text) if text else _TALK_S_WHEN_UNKNOWN


def _contact_id(customer: Customer, contact: Interaction) -> str:
    """Return the same id for the same contact each time it is imported."""
    parts = (customer.id, contact.kind.value, contact.at.isoformat(), contact.store_id, contact.reference or "")
    return "import-" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def _read_store(line: Line, known: Mapping[str, Store], ids: Mapping[str, str], options: ImportOptions) -> Store:
    code = line.get("code")
    if not code:
        raise ValueError("no store code")
    before = known.get(code.lower())
    if before is None and not line.get("name"):
        raise ValueError("no store name")

    def other(column: str) -> str | None:
        text = line.get(column)
        if text and text.lower() not in ids:
            raise ValueError(f"unknown store {text!r}")
        return ids[text.lower()] if text else None

    base = before or Store(id=ids[code.lower()], code=code, name=line.get("name"))
    try:
        hours = parse_hours(line.get("hours"), closed_on_holidays=fold(line.get("holidays_closed")) in _YES)
    except InvalidHours as error:
        raise ValueError(str(error)) from None
    hours = replace(hours, timezone=options.timezone, country=options.country)
    return replace(
        base,
        name=line.get("name") or base.name,
        phones=_phones(line, options.country) or base.phones,
        region=line.get("region") or base.region,
        sister_store_id=other("sister") or base.sister_store_id,
        merged_into=other("merged_into") or base.merged_into,
        closed=fold(line.get("closed")) in _YES if line.get("closed") else base.closed,
        hours=hours if line.get("hours") else base.hours,
        address=line.get("address") or base.address,
        language=line.get("language").lower()[:2] or base.language,
    )


def _parse(lines: Sequence[Line], read: Callable[[Line], Parsed], report: ImportReport) -> list[Parsed]:
    parsed: list[Parsed] = []
    for line in lines:
        try:
            parsed.append(read(line))
        except ValueError as error:
            report.refused.append((line, str(error)))
    return parsed


def _report(table: Table, options: ImportOptions) -> ImportReport:
    return ImportReport(
        lines=len(table.lines),
        unknown_columns=table.unknown_columns,
        encoding=table.encoding,
        dry_run=options.dry_run,
    )


async def _finish(table: Table, report: ImportReport, options: ImportOptions) -> ImportReport:
    if report.refused and options.error_file is not None:
        await asyncio.to_thread(write_error_file, options.error_file, table.header, report.refused)
        report.error_file = options.error_file
    return report
