"""Customers and their histories as the people who work with them may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select, true, tuple_

from callcenter.accounts.scope import Scope
from callcenter.base.cursor import decode_cursor, encode_cursor
from callcenter.crm.customer import Customer
from callcenter.crm.phone_number import normalise
from callcenter.crm.timeline import CustomerHistory, TimelineEntry
from callcenter.storage.database import Database, containing
from callcenter.storage.models.accounts import users
from callcenter.storage.models.calls import calls
from callcenter.storage.models.crm import customer_phones, customers, interactions
from callcenter.storage.repositories.calls import calls_open_to
from callcenter.storage.repositories.customers import CustomerTable, load_customers

TIMELINE_LENGTH = 100


class CustomerDesk:
    """Finds customers. Open to somebody are those of their stores, and those they had calls or contacts with.

    :param region: ISO 3166 region whose spelling of numbers people use.
    """

    def __init__(self, database: Database, table: CustomerTable, region: str = "VN") -> None:
        self._database = database
        self._table = table
        self._region = region

    async def search(
        self, text: str | None, *, scope: Scope, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[Customer, ...], str | None]:
        """Return customers by name, and the cursor of the following page.

        :param text: part of a name, a code, an e-mail address or a number, as people write it.
        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        conditions = [customers.c.merged_into.is_(None), _open_to(scope)]
        if text is not None:
            conditions.append(self._mentions(text))
        if cursor is not None:
            name, customer_id = decode_cursor(cursor, 2)
            conditions.append(tuple_(customers.c.name, customers.c.id) > tuple_(literal(name), literal(customer_id)))
        query = select(customers.c.id, customers.c.name).where(*conditions)
        query = query.order_by(customers.c.name, customers.c.id).limit(limit + 1)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).all()
            ids = [row.id for row in rows[:limit]]
            found = {customer.id: customer for customer in await load_customers(connection, customers.c.id.in_(ids))}
        page = tuple(found[customer_id] for customer_id in ids if customer_id in found)
        return page, encode_cursor(rows[limit - 1].name, rows[limit - 1].id) if len(rows) > limit else None

    async def history(self, customer_id: str, *, scope: Scope, at_hand: Collection[str] = ()) -> CustomerHistory | None:
        """Return a customer, following merges, with everything that happened; ``None`` when it is not open.

        :param at_hand: ids of the customers whose calls the asker has right now.
        """
        customer = await self._table.get(customer_id)
        if customer is None or not await self._is_open(customer, scope, at_hand):
            return None
        return CustomerHistory((customer,), await self._timeline((customer.id,), customer.phones))

    async def by_number(
        self, number: str, *, scope: Scope, at_hand: Collection[str] = (), numbers_at_hand: Collection[str] = ()
    ) -> CustomerHistory | None:
        """Return the customers a normalised number belongs to, with what happened; ``None`` when nothing is open.

        Whoever has a call with the number right now sees all of them: who is calling must be told before it is
        answered.
        """
        match = await self._table.match(number)
        is_calling = number in numbers_at_hand
        seen = [
            customer for customer in match.candidates if is_calling or await self._is_open(customer, scope, at_hand)
        ]
        if not seen and not is_calling and not await self._is_known(number, scope):
            return None
        return CustomerHistory(tuple(seen), await self._timeline([customer.id for customer in seen], (number,)))

    async def _is_open(self, customer: Customer, scope: Scope, at_hand: Collection[str]) -> bool:
        if scope.everything or customer.id in at_hand:
            return True
        query = select(customers.c.id).where(customers.c.id == customer.id, _open_to(scope))
        async with self._database.connect() as connection:
            return (await connection.execute(query)).first() is not None

    async def _is_known(self, number: str, scope: Scope) -> bool:
        """Tell whether the asker had to do with a number that belongs to no customer open to them."""
        called = select(calls.c.id).where(
            or_(calls.c.from_number == number, calls.c.to_number == number), calls_open_to(scope)
        )
        met = select(interactions.c.id).where(interactions.c.number == number, _contacts_of(scope))
        async with self._database.connect() as connection:
            for query in (called, met):
                if (await connection.execute(query.limit(1))).first() is not None:
                    return True
        return False

    async def _timeline(self, ids: Sequence[str], numbers: Sequence[str]) -> tuple[TimelineEntry, ...]:
        contacts = select(interactions).where(
            or_(interactions.c.customer_id.in_(ids), interactions.c.number.in_(numbers))
        )
        contacts = contacts.order_by(interactions.c.at.desc(), interactions.c.id.desc()).limit(TIMELINE_LENGTH)
        # Calls that became a contact are in there with what the contact adds; the others reached no store.
        others = select(calls).where(
            or_(calls.c.customer_id.in_(ids), calls.c.from_number.in_(numbers), calls.c.to_number.in_(numbers)),
            calls.c.id.not_in(select(interactions.c.call_id).where(interactions.c.call_id.is_not(None))),
        )
        others = others.order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(TIMELINE_LENGTH)
        async with self._database.connect() as connection:
            entries = [_contact(row) for row in (await connection.execute(contacts)).mappings()]
            entries += [_call(row) for row in (await connection.execute(others)).mappings()]
        entries.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
        return tuple(entries[:TIMELINE_LENGTH])

    def _mentions(self, text: str) -> ColumnElement[bool]:
        pattern = containing(text)
        number = normalise(text, self._region)
        digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit()).removeprefix("0")
        ways: list[ColumnElement[bool]] = [
            customers.c.name.ilike(pattern, escape="!"),
            customers.c.code.ilike(pattern, escape="!"),
            customers.c.email.ilike(pattern, escape="!"),
        ]
        if number is not None:
            ways.append(_has_phone(customer_phones.c.number == number))
        if len(digits) >= 3:
            ways.append(_has_phone(customer_phones.c.number.like(containing(digits), escape="!")))
        return or_(*ways)


class NameTable:
    """Names for ids, a page at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customers(self, ids: Collection[str]) -> dict[str, Customer]:
        """Return customers by id, without their numbers."""
        query = select(customers).where(customers.c.id.in_(list(ids)))
        async with self._database.connect() as connection:
            return {row["id"]: Customer(**row) for row in (await connection.execute(query)).mappings()}

    async def agents(self, ids: Collection[str]) -> dict[str, str]:
        """Return the names of users by id."""
        query = select(users.c.id, users.c.name).where(users.c.id.in_(list(ids)))
        async with self._database.connect() as connection:
            return {row.id: row.name for row in await connection.execute(query)}


def _has_phone(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return customers.c.id.in_(select(customer_phones.c.customer_id).where(condition))


def _open_to(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on ``customers`` that holds for those open to somebody."""
    if scope.everything:
        return true()
    had_calls = select(calls.c.customer_id).where(calls.c.customer_id.is_not(None), calls_open_to(scope))
    had_contact = select(interactions.c.customer_id).where(interactions.c.customer_id.is_not(None), _contacts_of(scope))
    return or_(
        customers.c.owner_store_id.in_(sorted(scope.store_ids)),
        customers.c.id.in_(had_calls),
        customers.c.id.in_(had_contact),
    )


def _contacts_of(scope: Scope) -> ColumnElement[bool]:
    stores = sorted(scope.store_ids)
    return or_(
        interactions.c.agent_id == scope.user_id,
        interactions.c.store_id.in_(stores),
        and_(interactions.c.first_store_id.is_not(None), interactions.c.first_store_id.in_(stores)),
    )


def _contact(row: Any) -> TimelineEntry:
    is_call = row["kind"].startswith("call_")
    return TimelineEntry(
        id=row["id"],
        kind=row["kind"],
        at=row["at"],
        store_id=row["store_id"],
        agent_id=row["agent_id"],
        number=row["number"],
        direction=None if not is_call else "inbound" if row["kind"].startswith("call_in") else "outbound",
        talk_s=row["talk_s"] if is_call else None,
        disposition=row["disposition"],
        reference=row["reference"],
        call_id=row["call_id"],
    )


def _call(row: Any) -> TimelineEntry:
    return TimelineEntry(
        id=row["id"],
        kind="call",
        at=row["started_at"],
        store_id=row["chosen_store_id"],
        agent_id=row["agent_id"],
        number=row["from_number"] if row["direction"] == "inbound" else row["to_number"],
        direction=row["direction"],
        outcome=row["outcome"],
        disposition=row["disposition"],
        call_id=row["id"],
    )
