"""Databases for the storage suite: a SQLite file, and a private PostgreSQL cluster when the machine has one."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from callcenter.storage.database import Database
from callcenter.storage.sinks import create_sink
from callcenter.storage.writer import GroupCommitWriter, WriterSettings
from callcenter.testing.postgresql import Cluster, NoPostgresql


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        cluster = Cluster.launch()
    except NoPostgresql as error:
        _say_loudly(str(error))
    yield cluster
    cluster.stop()


def _say_loudly(reason: str) -> NoReturn:
    text = f"NOT RUN: the storage suite on PostgreSQL, because {reason}"
    print(f"\n{'!' * len(text)}\n{text}\n{'!' * len(text)}", file=sys.__stderr__)
    pytest.skip(text)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/callcenter.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.create_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.upgrade()
    yield database
    await database.close()


@pytest.fixture
async def writer(database: Database, tmp_path: Path) -> AsyncIterator[GroupCommitWriter]:
    writer = GroupCommitWriter(create_sink(database), tmp_path / "spool", WriterSettings(max_delay_s=0.005))
    await writer.start()
    yield writer
    await writer.close()
