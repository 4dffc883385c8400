"""Users, SIP accounts and registrations."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, select

from callcenter.accounts.extension import Binding, Extension, SipCredentials
from callcenter.accounts.secret_box import SecretBox
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.storage.database import Database
from callcenter.storage.models.accounts import bindings, extensions, users
from callcenter.storage.repositories.stores import Changed, nobody_listens
from callcenter.storage.statements import DELETE_BINDING, SAVE_BINDING
from callcenter.storage.writer import GroupCommitWriter

_EXTENSION_FIELDS = ("number", "name", "store_id", "agent_id", "enabled", "max_bindings")
_BINDING_FIELDS = tuple(column.name for column in bindings.c)


class UserTable:
    """A :class:`~callcenter.accounts.user.UserRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_login(self, login: str) -> tuple[User, str] | None:
        """Return an active user and the password hash."""
        query = select(users).where(users.c.login == login.strip().lower(), users.c.active)
        async with self._database.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else (_user(row), row["password_hash"])

    async def get(self, user_id: str) -> User | None:
        """Return one user, active or not."""
        async with self._database.connect() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).mappings().first()
        return None if row is None else _user(row)

    async def all(self) -> tuple[User, ...]:
        """Return every user, by login."""
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.login))).mappings()
            return tuple(_user(row) for row in rows)

    async def save(self, user: User, password_hash: str) -> None:
        """Insert or replace a user."""
        row = {
            "id": user.id,
            "login": user.login.strip().lower(),
            "name": user.name,
            "role": user.role.value,
            "store_ids": sorted(user.scope.store_ids),
            "regions": sorted(user.scope.regions),
            "password_hash": password_hash,
            "active": user.active,
            "created_at": user.created_at,
        }
        statement = self._database.insert(users).values(row)
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=row)
        async with self._database.begin() as connection:
            await connection.execute(statement)


def _user(row: RowMapping) -> User:
    return User(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        scope=StoreScope(store_ids=frozenset(row["store_ids"]), regions=frozenset(row["regions"])),
        active=row["active"],
        created_at=row["created_at"],
    )


class ExtensionTable:
    """SIP accounts; their credentials are sealed before they reach the database."""

    def __init__(self, database: Database, box: SecretBox, changed: Changed = nobody_listens) -> None:
        self._database = database
        self._box = box
        self._changed = changed

    async def all(self) -> tuple[tuple[Extension, SipCredentials | None], ...]:
        """Return every account with its credentials, by number.

        :raises WrongKey: when the credentials were sealed with another key.
        """
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(extensions).order_by(extensions.c.number))).mappings().all()
        return tuple(
            (Extension(**{name: row[name] for name in _EXTENSION_FIELDS}), self._unseal(row["credentials"]))
            for row in rows
        )

    async def save(self, extension: Extension, credentials: SipCredentials | None = None) -> None:
        """Insert or replace an account; without ``credentials`` those it has are kept."""
        row: dict[str, Any] = {name: getattr(extension, name) for name in _EXTENSION_FIELDS}
        if credentials is not None:
            row["credentials"] = self._box.seal(
                json.dumps([credentials.username, credentials.realm, credentials.ha1_md5, credentials.ha1_sha256])
            )
        statement = self._database.insert(extensions).values(row)
        statement = statement.on_conflict_do_update(index_elements=["number"], set_=row)
        async with self._database.begin() as connection:
            await connection.execute(statement)
        await self._changed()

    async def remove(self, number: str) -> None:
        """Forget an account and its registrations."""
        async with self._database.begin() as connection:
            await connection.execute(delete(bindings).where(bindings.c.aor == number))
            await connection.execute(delete(extensions).where(extensions.c.number == number))
        await self._changed()

    def _unseal(self, sealed: str | None) -> SipCredentials | None:
        return None if sealed is None else SipCredentials(*json.loads(self._box.open(sealed)))


class BindingTable:
    """A :class:`~callcenter.accounts.extension.BindingRepository`: read at start, written behind."""

    def __init__(self, database: Database, writer: GroupCommitWriter) -> None:
        self._database = database
        self._writer = writer

    async def all(self, now: datetime) -> tuple[Binding, ...]:
        """Return those not expired at ``now`` and forget the rest."""
        await self._writer.flush()
        async with self._database.begin() as connection:
            await connection.execute(delete(bindings).where(bindings.c.expires_at <= now))
            rows = (await connection.execute(select(bindings).order_by(bindings.c.aor, bindings.c.contact))).mappings()
            return tuple(_binding(row) for row in rows)

    def save(self, binding: Binding) -> None:
        """Insert or refresh one; never blocks."""
        row = {name: getattr(binding, name) for name in _BINDING_FIELDS}
        row["path"] = list(binding.path)
        self._writer.submit(SAVE_BINDING, row)

    def remove(self, aor: str, contact: str) -> None:
        """Forget one; never blocks."""
        self._writer.submit(DELETE_BINDING, {"aor": aor, "contact": contact})


def _binding(row: RowMapping) -> Binding:
    values = {name: row[name] for name in _BINDING_FIELDS}
    values["path"] = tuple(values["path"])
    return Binding(**values)
