"""Sessions of browsers and API tokens of programs, by the hashes of their secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, or_, select, update

from callcenter.accounts.session import ApiToken, Session, SessionRules
from callcenter.accounts.user import Role, User
from callcenter.storage.database import Database
from callcenter.storage.models.accounts import api_tokens, sessions, users
from callcenter.storage.repositories.accounts import user_from_row

_SESSION_FIELDS = tuple(column.name for column in sessions.c)
_TOKEN_FIELDS = tuple(column.name for column in api_tokens.c if column.name not in ("role", "store_ids"))


class SessionTable:
    """A :class:`~callcenter.accounts.session.SessionRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session) -> None:
        """Store a new one."""
        async with self._database.begin() as connection:
            await connection.execute(
                self._database.insert(sessions).values({name: getattr(session, name) for name in _SESSION_FIELDS})
            )

    async def find(self, secret_hash: str) -> tuple[Session, User] | None:
        """Return the session with this hash and its user, active or not."""
        query = select(sessions, users).join(users, users.c.id == sessions.c.user_id)
        async with self._database.connect() as connection:
            rows = await connection.execute(query.where(sessions.c.secret_hash == secret_hash))
            row = rows.mappings().first()
        return None if row is None else (_session(row), user_from_row(row))

    async def of_user(self, user_id: str) -> tuple[Session, ...]:
        """Return a user's sessions, last used first."""
        query = select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.seen_at.desc(), sessions.c.id)
        async with self._database.connect() as connection:
            return tuple(_session(row) for row in (await connection.execute(query)).mappings())

    async def touch(self, session_id: str, at: datetime, source: str) -> None:
        """Note that it was used."""
        await self._execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=at, source=source))

    async def remove(self, session_id: str) -> None:
        """End one."""
        await self._execute(delete(sessions).where(sessions.c.id == session_id))

    async def remove_of_user(self, user_id: str) -> tuple[str, ...]:
        """End every session of a user and return their ids."""
        async with self._database.begin() as connection:
            ended = await connection.execute(
                delete(sessions).where(sessions.c.user_id == user_id).returning(sessions.c.id)
            )
            return tuple(ended.scalars())

    async def remove_over(self, now: datetime, rules: SessionRules) -> int:
        """Forget those that ended by themselves and return how many."""
        over = or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - rules.idle)
        async with self._database.begin() as connection:
            return (await connection.execute(delete(sessions).where(over))).rowcount

    async def _execute(self, statement: Any) -> None:
        async with self._database.begin() as connection:
            await connection.execute(statement)


class ApiTokenTable:
    """An :class:`~callcenter.accounts.session.ApiTokenRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token: ApiToken) -> None:
        """Store a new one."""
        row: dict[str, Any] = {name: getattr(token, name) for name in _TOKEN_FIELDS}
        row["role"] = token.role.value
        row["store_ids"] = None if token.store_ids is None else sorted(token.store_ids)
        async with self._database.begin() as connection:
            await connection.execute(self._database.insert(api_tokens).values(row))

    async def find(self, secret_hash: str) -> tuple[ApiToken, User] | None:
        """Return the token with this hash and its user, active or not."""
        return next(iter(await self._load(api_tokens.c.secret_hash == secret_hash)), None)

    async def all(self) -> tuple[tuple[ApiToken, User], ...]:
        """Return every token with its user, newest first."""
        return await self._load()

    async def touch(self, token_id: str, at: datetime) -> None:
        """Note that it was used."""
        async with self._database.begin() as connection:
            await connection.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=at))

    async def remove(self, token_id: str) -> ApiToken | None:
        """Revoke one and return it."""
        async with self._database.begin() as connection:
            statement = delete(api_tokens).where(api_tokens.c.id == token_id).returning(api_tokens)
            row = (await connection.execute(statement)).mappings().first()
        return None if row is None else _token(row)

    async def _load(self, *conditions: Any) -> tuple[tuple[ApiToken, User], ...]:
        query = select(api_tokens, users).join(users, users.c.id == api_tokens.c.user_id).where(*conditions)
        query = query.order_by(api_tokens.c.created_at.desc(), api_tokens.c.id.desc())
        async with self._database.connect() as connection:
            return tuple((_token(row), user_from_row(row)) for row in (await connection.execute(query)).mappings())


def _session(row: RowMapping) -> Session:
    return Session(**{name: row[sessions.c[name]] for name in _SESSION_FIELDS})


def _token(row: RowMapping) -> ApiToken:
    stores = row[api_tokens.c.store_ids]
    return ApiToken(
        **{name: row[api_tokens.c[name]] for name in _TOKEN_FIELDS},
        role=Role(row[api_tokens.c.role]),
        store_ids=None if stores is None else frozenset(stores),
    )
