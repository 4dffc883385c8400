"""Start other programs for tests: free ports, output in files, an end that always comes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from callcenter.base.errors import CallcenterError


class ProcessFailed(CallcenterError):
    """A program started for a test did not do what it was started for."""

    error_id = "test-process"


class _PortCursor:
    """Walks the range below the kernel's ephemeral ports, so that two requests in a row never get the same ports."""

    def __init__(self) -> None:
        self._next = 20_000 + os.getpid() * 64 % 10_000
        self._lock = threading.Lock()

    def take(self, host: str, spacing: int) -> int:
        with self._lock:
            return self._take(host, spacing)

    def _take(self, host: str, spacing: int) -> int:
        for _ in range(12_000):
            if self._next + spacing > 32_000:
                self._next = 20_000
            candidate = self._next
            taken = next((at for at in range(spacing) if not _is_free(host, candidate + at)), None)
            self._next = candidate + (spacing + spacing % 2 if taken is None else taken + 2 - taken % 2)
            if taken is None:
                return candidate
        raise ProcessFailed(f"no {spacing} free ports in a row on {host}")


_ports = _PortCursor()


def free_ports(count: int = 1, *, spacing: int = 2, host: str = "127.0.0.1") -> list[int]:
    """Return even ports free for UDP and TCP, each followed by ``spacing - 1`` free ones, all different.

    They are free when returned, not reserved: use them soon. They lie below the ephemeral range, so an outgoing
    connection does not take one in between, and start at a place that depends on the process.
    """
    return [_ports.take(host, spacing) for _ in range(count)]


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
