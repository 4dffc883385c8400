"""Users, SIP accounts and registrations."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from callcenter.accounts.extension import Binding, Extension, SipCredentials
from callcenter.accounts.people import ExtensionTaken
from callcenter.accounts.secret_box import SecretBox
from callcenter.accounts.user import LoginTaken, Role, StoreScope, User, UserFilter
from callcenter.base.cursor import decode_cursor, encode_cursor
from callcenter.storage.database import Database, containing
from callcenter.storage.models.accounts import bindings, extensions, users
from callcenter.storage.repositories.stores import Changed, nobody_listens
from callcenter.storage.statements import DELETE_BINDING, SAVE_BINDING
from callcenter.storage.writer import GroupCommitWriter

_EXTENSION_FIELDS = ("number", "name", "store_id", "agent_id", "enabled", "max_bindings")
_BINDING_FIELDS = tuple(column.name for column in bindings.c)


class UserTable:
    """A :class:`~callcenter.accounts.user.UserRepository`."""

    def __init__(self, database: Database, changed: Changed = nobody_listens) -> None:
        self._database = database
        self._changed = changed

    async def by_login(self, login: str) -> tuple[User, str] | None:
        """Return an active user and the password hash."""
        query = select(users).where(users.c.login == login.strip().lower(), users.c.active)
        async with self._database.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else (user_from_row(row), row["password_hash"])

    async def get(self, user_id: str) -> User | None:
        """Return one user, active or not."""
        async with self._database.connect() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).mappings().first()
        return None if row is None else user_from_row(row)

    async def all(self) -> tuple[User, ...]:
        """Return every user, by login."""
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.login))).mappings()
            return tuple(user_from_row(row) for row in rows)

    async def any(self) -> bool:
        """Tell whether there is a user at all."""
        async with self._database.connect() as connection:
            return (await connection.execute(select(users.c.id).limit(1))).first() is not None

    async def page(
        self, which: UserFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[User, ...], str | None]:
        """Return users by login, and the cursor of the following page.

        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        query = select(users)
        if which.text is not None:
            pattern = containing(which.text)
            query = query.where(or_(users.c.login.ilike(pattern, escape="!"), users.c.name.ilike(pattern, escape="!")))
        if which.role is not None:
            query = query.where(users.c.role == which.role.value)
        if which.active is not None:
            query = query.where(users.c.active if which.active else not_(users.c.active))
        if cursor is not None:
            query = query.where(users.c.login > decode_cursor(cursor, 1)[0])
        async with self._database.connect() as connection:
            rows = (await connection.execute(query.order_by(users.c.login).limit(limit + 1))).mappings().all()
        found = tuple(user_from_row(row) for row in rows[:limit])
        return found, encode_cursor(found[-1].login) if len(rows) > limit else None

    async def save(self, user: User, password_hash: str | None = None) -> None:
        """Insert or replace a user; without ``password_hash`` the one there is stays.

        :raises LoginTaken: when another user has the login.
        """
        row: dict[str, Any] = {
            "id": user.id,
            "login": user.login.strip().lower(),
            "name": user.name,
            "role": user.role.value,
            "store_ids": sorted(user.scope.store_ids),
            "regions": sorted(user.scope.regions),
            "active": user.active,
            "must_change_password": user.must_change_password,
            "created_at": user.created_at,
            "last_sign_in_at": user.last_sign_in_at,
        }
        statement: Any
        if password_hash is None:
            statement = update(users).where(users.c.id == user.id).values(row)
        else:
            row["password_hash"] = password_hash
            statement = self._database.insert(users).values(row)
            statement = statement.on_conflict_do_update(index_elements=["id"], set_=row)
        try:
            async with self._database.begin() as connection:
                await connection.execute(statement)
        except IntegrityError as error:
            raise LoginTaken(str(LoginTaken.__doc__)) from error
        await self._changed()

    async def set_password(self, user_id: str, password_hash: str, *, must_change: bool) -> None:
        """Replace a user's password."""
        await self._update(user_id, password_hash=password_hash, must_change_password=must_change)

    async def note_sign_in(self, user_id: str, at: datetime, password_hash: str | None = None) -> None:
        """Note that a user signed in, and the hash made anew with today's parameters, if it was."""
        changes: dict[str, Any] = {"last_sign_in_at": at}
        await self._update(user_id, **changes, **({} if password_hash is None else {"password_hash": password_hash}))

    async def _update(self, user_id: str, **changes: Any) -> None:
        async with self._database.begin() as connection:
            await connection.execute(update(users).where(users.c.id == user_id).values(**changes))


def user_from_row(row: RowMapping) -> User:
    """Return the user in a row of ``users``, which may hold other columns too."""
    return User(
        id=row[users.c.id],
        login=row[users.c.login],
        name=row[users.c.name],
        role=Role(row[users.c.role]),
        scope=StoreScope(store_ids=frozenset(row[users.c.store_ids]), regions=frozenset(row[users.c.regions])),
        active=row[users.c.active],
        must_change_password=row[users.c.must_change_password],
        created_at=row[users.c.created_at],
        last_sign_in_at=row[users.c.last_sign_in_at],
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

    async def of_users(self) -> dict[str, str]:
        """Return the extension's number of every user who has one."""
        query = select(extensions.c.agent_id, extensions.c.number).where(extensions.c.agent_id.is_not(None))
        async with self._database.connect() as connection:
            return {row.agent_id: row.number for row in await connection.execute(query)}

    async def assign(self, user: User, number: str | None) -> None:
        """Seat a user at an extension, made when missing, and at no other; ``None`` takes it away.

        A new extension belongs to the user's store when there is exactly one, and has no password: it is for browsers.

        :raises ExtensionTaken: when another user sits there.
        """
        others = [extensions.c.agent_id == user.id]
        if number is not None:
            others.append(extensions.c.number != number)
        async with self._database.begin() as connection:
            await connection.execute(update(extensions).where(*others).values(agent_id=None))
            if number is not None:
                only_store = next(iter(user.scope.store_ids)) if len(user.scope.store_ids) == 1 else None
                row = {"number": number, "name": user.name, "store_id": only_store, "agent_id": user.id}
                statement = self._database.insert(extensions).values(**row, enabled=True, max_bindings=5)
                free = or_(extensions.c.agent_id.is_(None), extensions.c.agent_id == user.id)
                statement = statement.on_conflict_do_update(
                    index_elements=["number"], set_={"agent_id": user.id, "name": user.name}, where=free
                )
                if not (await connection.execute(statement)).rowcount:
                    raise ExtensionTaken(str(ExtensionTaken.__doc__))
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
