"""Start other programs for tests: free ports, output in files, an end that always comes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from callcenter.base.errors import CallcenterError


class ProcessFailed(CallcenterError):
    """A program started for a test did not do what it was started for."""

    error_id = "test-process"


def free_ports(count: int = 1, *, spacing: int = 2, host: str = "127.0.0.1") -> list[int]:
    """Return ports free for UDP and TCP, each followed by ``spacing - 1`` free ones, even, all different.

    They are free when returned, not reserved: use them soon. They come from below the kernel's ephemeral range, so an
    outgoing connection does not take one in between.
    """
    found: list[int] = []
    start = 20_000 + (os.getpid() * 64 + free_ports_calls()) % 10_000
    candidate = start + start % 2
    for _ in range(6_000):
        if len(found) == count:
            return found
        if all(_is_free(host, candidate + offset) for offset in range(spacing)):
            found.append(candidate)
        candidate += max(2, spacing + spacing % 2)
        if candidate > 31_000:
            candidate = 20_000
    raise ProcessFailed(f"no {count} free ports on {host}")


_calls = 0


def free_ports_calls() -> int:
    """Return a number that moves on, so that two calls in a row do not start at the same port."""
    global _calls
    _calls += 1
    return _calls * 34


def _is_free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


class Program:
    """One child process in its own process group, output in files, no input."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command = list(command)
        "What was started."
        self.log = log
        "Where its output goes, standard error included."
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def output(self) -> str:
        """Return everything it printed so far."""
        return self.log.read_text(errors="replace")

    def wait(self, timeout: float) -> int:
        """Return its exit code; raises :class:`ProcessFailed` when it still runs after ``timeout`` s."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ProcessFailed(f"{self.command[0]} still runs after {timeout:g} s\n{self.output()[-2000:]}") from None

    def stop(self, timeout: float = 5.0) -> int:
        """End it and its children: SIGTERM, and SIGKILL after ``timeout`` s; return the exit code."""
        if self.is_running:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        return self.kill()

    def kill(self) -> int:
        """SIGKILL it and its children at once; return the exit code."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.process.wait(5)
