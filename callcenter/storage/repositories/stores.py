"""Stores and hotline numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import delete, select

from callcenter.crm.opening_hours import decode_hours, encode_hours
from callcenter.crm.store import Store
from callcenter.routing.inbound import Did
from callcenter.storage.database import Database
from callcenter.storage.models.accounts import extensions
from callcenter.storage.models.crm import dids, stores

Changed = Callable[[], Awaitable[None]]
"Called after a write, so that what is kept in memory can be read again."


async def nobody_listens() -> None:
    """Do nothing."""


class StoreTable:
    """A :class:`~callcenter.crm.store.StoreRepository`. A store's extensions come from the extensions' own table."""

    def __init__(self, database: Database, changed: Changed = nobody_listens) -> None:
        self._database = database
        self._changed = changed

    async def all(self) -> tuple[Store, ...]:
        """Return every store, by code."""
        return await self._load()

    async def get(self, store_id: str) -> Store | None:
        """Return one store."""
        return next(iter(await self._load(stores.c.id == store_id)), None)

    async def save(self, store: Store) -> None:
        """Insert or replace a store."""
        await self.save_all((store,))

    async def save_all(self, batch: Sequence[Store]) -> None:
        """Insert or replace many in one transaction."""
        if not batch:
            return
        statement = self._database.insert(stores)
        changes = {column.name: statement.excluded[column.name] for column in stores.c if column.name != "id"}
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=changes)
        async with self._database.begin() as connection:
            await connection.execute(statement, [_store_row(store) for store in batch])
        await self._changed()

    async def _load(self, *conditions: Any) -> tuple[Store, ...]:
        phones = (
            select(extensions.c.store_id, extensions.c.number)
            .where(extensions.c.store_id.is_not(None), extensions.c.enabled)
            .order_by(extensions.c.number)
        )
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(stores).where(*conditions).order_by(stores.c.code))).mappings()
            numbers: dict[str, list[str]] = defaultdict(list)
            for store_id, number in await connection.execute(phones):
                numbers[store_id].append(number)
            return tuple(
                Store(
                    id=row["id"],
                    code=row["code"],
                    name=row["name"],
                    hours=decode_hours(row["hours"]),
                    phones=tuple(row["phones"]),
                    extensions=tuple(numbers[row["id"]]),
                    region=row["region"],
                    sister_store_id=row["sister_store_id"],
                    closed=row["closed"],
                    merged_into=row["merged_into"],
                    address=row["address"],
                    language=row["language"],
                )
                for row in rows
            )


def _store_row(store: Store) -> dict[str, Any]:
    return {
        "id": store.id,
        "code": store.code,
        "name": store.name,
        "hours": encode_hours(store.hours),
        "phones": list(store.phones),
        "region": store.region,
        "sister_store_id": store.sister_store_id,
        "closed": store.closed,
        "merged_into": store.merged_into,
        "address": store.address,
        "language": store.language,
    }


class DidTable:
    """Hotline numbers and their flows."""

    def __init__(self, database: Database, changed: Changed = nobody_listens) -> None:
        self._database = database
        self._changed = changed

    async def all(self) -> tuple[Did, ...]:
        """Return every row, by number."""
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(dids).order_by(dids.c.number))).mappings()
            return tuple(
                Did(number=row["number"], flow_id=row["flow_id"], name=row["name"], store_id=row["store_id"])
                for row in rows
            )

    async def save(self, did: Did) -> None:
        """Insert or replace one."""
        row = {"number": did.number, "flow_id": did.flow_id, "name": did.name, "store_id": did.store_id}
        statement = self._database.insert(dids).values(row)
        statement = statement.on_conflict_do_update(index_elements=["number"], set_=row)
        async with self._database.begin() as connection:
            await connection.execute(statement)
        await self._changed()

    async def remove(self, number: str) -> None:
        """Forget one."""
        async with self._database.begin() as connection:
            await connection.execute(delete(dids).where(dids.c.number == number))
        await self._changed()
