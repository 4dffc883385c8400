"""Customers and their contacts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.crm.customer import Customer, CustomerMatch, MergePlan, match_customers
from callcenter.crm.interaction import Interaction
from callcenter.storage.call_rows import interaction_from_row, interaction_row
from callcenter.storage.database import Database
from callcenter.storage.models.calls import calls
from callcenter.storage.models.crm import customer_phones, customers, interactions

_FIELDS = tuple(column.name for column in customers.c)
_CHUNK = 500
"Keys per IN list."


class CustomerTable:
    """A :class:`~callcenter.crm.customer.CustomerRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, customer_id: str) -> Customer | None:
        """Return the customer, following merges."""
        async with self._database.connect() as connection:
            for _ in range(10):
                found = await load_customers(connection, customers.c.id == customer_id)
                if not found or found[0].merged_into is None:
                    return found[0] if found else None
                customer_id = found[0].merged_into
        return None

    async def match(self, number: str) -> CustomerMatch:
        """Return whom a normalised number belongs to."""
        owners = select(customer_phones.c.customer_id).where(customer_phones.c.number == number)
        async with self._database.connect() as connection:
            found = await load_customers(connection, customers.c.id.in_(owners), customers.c.merged_into.is_(None))
            if len(found) < 2:
                return match_customers(found, {})
            ids = [customer.id for customer in found]
            latest = (
                select(interactions.c.customer_id, func.max(interactions.c.at))
                .where(interactions.c.customer_id.in_(ids))
                .group_by(interactions.c.customer_id)
            )
            last_contact = {row[0]: row[1] for row in await connection.execute(latest)}
        return match_customers(found, last_contact)

    async def save(self, customer: Customer) -> None:
        """Insert or replace the customer and its numbers."""
        await self.save_all((customer,))

    async def save_all(self, batch: Sequence[Customer]) -> None:
        """Insert or replace many in one transaction."""
        if not batch:
            return
        async with self._database.begin() as connection:
            await self._save(connection, batch)

    async def merge(self, plan: MergePlan) -> None:
        """Apply a merge in one transaction; the absorbed records stay as pointers to the survivor."""
        survivor, absorbed = plan.survivor.id, list(plan.absorbed)
        async with self._database.begin() as connection:
            await connection.execute(delete(customer_phones).where(customer_phones.c.customer_id.in_(absorbed)))
            pointers = update(customers).where(or_(customers.c.id.in_(absorbed), customers.c.merged_into.in_(absorbed)))
            await connection.execute(pointers.values(merged_into=survivor, code=None))
            for table in (interactions, calls):
                moved = update(table).where(table.c.customer_id.in_(absorbed))
                await connection.execute(moved.values(customer_id=survivor))
            await self._save(connection, (plan.survivor,))

    async def find_known(self, codes: Iterable[str], numbers: Iterable[str]) -> Mapping[str, Customer]:
        """Return the customers that have one of these codes or numbers, by each code and number, for an import."""
        known: dict[str, Customer] = {}
        async with self._database.connect() as connection:
            for chunk in _chunks(numbers):
                owners = select(customer_phones.c.customer_id).where(customer_phones.c.number.in_(chunk))
                for customer in await load_customers(
                    connection, customers.c.id.in_(owners), customers.c.merged_into.is_(None)
                ):
                    known.update(dict.fromkeys(customer.phones, customer))
            for chunk in _chunks(codes):
                for customer in await load_customers(connection, customers.c.code.in_(chunk)):
                    known[customer.code or ""] = customer
        return known

    async def _save(self, connection: AsyncConnection, batch: Sequence[Customer]) -> None:
        statement = self._database.insert(customers)
        changes = {name: statement.excluded[name] for name in _FIELDS if name not in ("id", "created_at")}
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=changes)
        await connection.execute(statement, [{name: getattr(item, name) for name in _FIELDS} for item in batch])
        for chunk in _chunks(item.id for item in batch):
            await connection.execute(delete(customer_phones).where(customer_phones.c.customer_id.in_(chunk)))
        phones = [
            {"customer_id": item.id, "number": number, "position": position}
            for item in batch
            for position, number in enumerate(item.phones)
        ]
        if phones:
            await connection.execute(self._database.insert(customer_phones), phones)


class InteractionTable:
    """A :class:`~callcenter.crm.interaction.InteractionRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(
        self, number: str | None, customer_ids: Sequence[str], since: datetime, limit: int = 200
    ) -> tuple[Interaction, ...]:
        """Return the contacts of a number and of its customers, newest first."""
        whose = []
        if number is not None:
            whose.append(interactions.c.number == number)
        if customer_ids:
            whose.append(interactions.c.customer_id.in_(customer_ids))
        if not whose:
            return ()
        query = select(interactions).where(or_(*whose), interactions.c.at >= since)
        query = query.order_by(interactions.c.at.desc(), interactions.c.id.desc()).limit(limit)
        async with self._database.connect() as connection:
            return tuple(interaction_from_row(row) for row in (await connection.execute(query)).mappings())

    async def add(self, interaction: Interaction) -> None:
        """Store one contact; the same id twice is stored once."""
        await self.add_all((interaction,))

    async def add_all(self, batch: Sequence[Interaction]) -> None:
        """Store many in one transaction."""
        if not batch:
            return
        async with self._database.begin() as connection:
            statement = self._database.insert(interactions).on_conflict_do_nothing()
            await connection.execute(statement, [interaction_row(item) for item in batch])


async def load_customers(connection: AsyncConnection, *conditions: Any) -> list[Customer]:
    """Return the customers that meet all conditions, with their numbers, by id."""
    rows = (await connection.execute(select(customers).where(*conditions).order_by(customers.c.id))).mappings().all()
    phones: dict[str, list[str]] = defaultdict(list)
    for chunk in _chunks(row["id"] for row in rows):
        query = select(customer_phones).where(customer_phones.c.customer_id.in_(chunk))
        for line in (await connection.execute(query.order_by(customer_phones.c.position))).mappings():
            phones[line["customer_id"]].append(line["number"])
    return [_customer(row, phones[row["id"]]) for row in rows]


def _customer(row: RowMapping, phones: Sequence[str]) -> Customer:
    return Customer(**{name: row[name] for name in _FIELDS}, phones=tuple(phones))


def _chunks(keys: Iterable[str]) -> Iterable[list[str]]:
    listed = list(keys)
    return (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))
