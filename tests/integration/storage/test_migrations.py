"""The migrations lead to the models."""

from __future__ import annotations

import asyncio
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from callcenter.storage.database import Database, migration_config, upgrade
from callcenter.storage.models import metadata

HEAD = ScriptDirectory.from_config(migration_config()).get_current_head()


async def test_the_migrated_schema_is_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_upgrading_again_changes_nothing(database: Database, url: str) -> None:
    await upgrade(url)
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == [HEAD]


async def test_nodes_that_start_together_take_turns(url: str) -> None:
    code = f"import asyncio; from callcenter.storage.database import upgrade; asyncio.run(upgrade({url!r}))"
    nodes = [await asyncio.create_subprocess_exec(sys.executable, "-c", code) for _ in range(3)]
    assert [await node.wait() for node in nodes] == [0, 0, 0]


async def test_sqlite_is_opened_for_concurrent_reading(database: Database) -> None:
    if not database.is_sqlite:
        return
    async with database.connect() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
