"""The database: an engine from a URL, its schema brought up to date, and a short name for reading and writing.

``sqlite+aiosqlite:///var/callcenter.db`` is the embedded default; ``postgresql+asyncpg://…`` works the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from callcenter.base.errors import CallcenterError

BUSY_TIMEOUT_MS = 5000
"How long a reader or a repository waits for SQLite's write lock."

_MIGRATIONS = Path(__file__).parent / "migrations"


class UnsupportedDatabase(CallcenterError):
    """The database URL must start with sqlite+aiosqlite:/// (a file) or postgresql+asyncpg://."""

    error_id = "unsupported-database"


class Database:
    """An engine and what differs between the two kinds of database."""

    def __init__(self, url: str | URL) -> None:
        """Prepare the engine; nothing is opened yet.

        :raises UnsupportedDatabase: for another driver or SQLite in memory.
        """
        self.url = make_url(url)
        self.is_sqlite = self.url.drivername == "sqlite+aiosqlite"
        if not self.is_sqlite and self.url.drivername != "postgresql+asyncpg":
            raise UnsupportedDatabase(f"{self.url.drivername} is not supported")
        if self.is_sqlite and self.url.database in (None, "", ":memory:"):
            raise UnsupportedDatabase("SQLite needs a file")
        self.engine = _create_engine(self.url, self.is_sqlite)

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction: ``async with database.begin() as connection``."""
        return self.engine.begin()

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection for reading: ``async with database.connect() as connection``."""
        return self.engine.connect()

    @property
    def insert(self) -> Callable[..., Any]:
        """Return the dialect's ``insert``, which knows ON CONFLICT."""
        return sqlite.insert if self.is_sqlite else postgresql.insert

    async def upgrade(self) -> None:
        """Bring the schema up to date, creating it (and SQLite's directory) when there is none."""
        if self.is_sqlite:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        async with self.engine.connect() as connection:
            await connection.run_sync(_run_migrations)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def containing(text: str) -> str:
    """Return the LIKE pattern (escape character ``!``) for what contains ``text``, without the NUL no text holds."""
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return f"%{text}%".replace("\0", "")


async def upgrade(url: str | URL) -> None:
    """Bring the database at ``url`` up to date."""
    database = Database(url)
    try:
        await database.upgrade()
    finally:
        await database.close()


def migration_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for our migrations, on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run_migrations(connection: Connection) -> None:
    command.upgrade(migration_config(connection), "head")


def _create_engine(url: URL, is_sqlite: bool) -> AsyncEngine:
    if not is_sqlite:
        return create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=5, pool_timeout=5)
    engine = create_async_engine(url, pool_size=3, max_overflow=5)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


SQLITE_PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
)
