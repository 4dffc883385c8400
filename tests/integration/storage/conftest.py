"""Databases for the storage suite: a SQLite file, and a private PostgreSQL cluster when the machine has one."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from callcenter.storage.database import Database
from callcenter.storage.sinks import create_sink
from callcenter.storage.writer import GroupCommitWriter, WriterSettings

_numbers = count(1)


class Cluster:
    """A PostgreSQL server of our own: Unix socket in a temporary directory, no fsync."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self.directory = Path(tempfile.mkdtemp(prefix="callcenter-pg-", dir="/tmp"))
        self._run_as = "postgres" if os.geteuid() == 0 else None
        if self._run_as is not None:
            user = pwd.getpwnam(self._run_as)
            os.chown(self.directory, user.pw_uid, user.pw_gid)

    def start(self) -> None:
        data = str(self.directory / "data")
        self.run("initdb", "-D", data, "-U", "callcenter", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory} -c fsync=off"
        log = str(self.directory / "log")
        self.run("pg_ctl", "-D", data, "-l", log, "-w", "-t", "30", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.directory / "data"), "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def restart(self) -> None:
        self.run("pg_ctl", "-D", str(self.directory / "data"), "-w", "-t", "30", "-m", "immediate", "restart")

    def create_database(self) -> str:
        name = f"test{next(_numbers)}"
        self.run("createdb", "-h", str(self.directory), "-U", "callcenter", name)
        return f"postgresql+asyncpg://callcenter@/{name}?host={self.directory}"

    def run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self._binaries / program), *arguments]
        if self._run_as is not None:
            command = ["runuser", "-u", self._run_as, "--", *command]
        # Output goes to a file: the server keeps inherited pipes open and would block the reader.
        with (self.directory / "commands").open("ab") as output:
            subprocess.run(command, check=check, stdout=output, stderr=output, cwd="/tmp", timeout=60)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        _say_loudly("no PostgreSQL server is installed (apt-get install postgresql)")
    cluster = Cluster(Path(found[-1]).parent)
    try:
        cluster.start()
    except (OSError, KeyError, subprocess.SubprocessError) as error:
        cluster.stop()
        _say_loudly(f"the private PostgreSQL server did not start: {error}")
    yield cluster
    cluster.stop()


def _say_loudly(reason: str) -> None:
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
