"""A private PostgreSQL server for tests: Unix socket in a temporary directory, no fsync, gone at the end."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

from callcenter.base.errors import CallcenterError

_numbers = count(1)


class NoPostgresql(CallcenterError):
    """There is no PostgreSQL server to be had on this machine."""

    error_id = "no-postgresql"


class Cluster:
    """A PostgreSQL server of our own; :meth:`launch` makes one."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self.directory = Path(tempfile.mkdtemp(prefix="callcenter-pg-", dir="/tmp"))
        "Its data and its socket."
        self._run_as = "postgres" if os.geteuid() == 0 else None
        if self._run_as is not None:
            user = pwd.getpwnam(self._run_as)
            os.chown(self.directory, user.pw_uid, user.pw_gid)

    @classmethod
    def launch(cls) -> Cluster:
        """Start one; raises :class:`NoPostgresql` with the reason. Whoever asked for it stops it."""
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise NoPostgresql("no PostgreSQL server is installed (apt-get install postgresql)")
        cluster = cls(Path(found[-1]).parent)
        try:
            cluster.start()
        except (OSError, KeyError, subprocess.SubprocessError) as error:
            cluster.stop()
            raise NoPostgresql(f"the private PostgreSQL server did not start: {error}") from error
        return cluster

    def start(self) -> None:
        """Make its files and start it."""
        data = str(self.directory / "data")
        self._run(
            "initdb", "-D", data, "-U", "callcenter", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"
        )
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory} -c fsync=off"
        log = str(self.directory / "log")
        self._run("pg_ctl", "-D", data, "-l", log, "-w", "-t", "30", "-o", options, "start")

    def stop(self) -> None:
        """Stop it and remove its files."""
        self._run("pg_ctl", "-D", str(self.directory / "data"), "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def restart(self) -> None:
        """Restart it without asking anybody."""
        self._run("pg_ctl", "-D", str(self.directory / "data"), "-w", "-t", "30", "-m", "immediate", "restart")

    def create_database(self) -> str:
        """Return the URL of a new, empty database."""
        name = f"test{next(_numbers)}"
        self._run("createdb", "-h", str(self.directory), "-U", "callcenter", name)
        return f"postgresql+asyncpg://callcenter@/{name}?host={self.directory}"

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self._binaries / program), *arguments]
        if self._run_as is not None:
            command = ["runuser", "-u", self._run_as, "--", *command]
        # Output goes to a file: the server keeps inherited pipes open and would block the reader.
        with (self.directory / "commands").open("ab") as output:
            subprocess.run(command, check=check, stdout=output, stderr=output, cwd="/tmp", timeout=60)
