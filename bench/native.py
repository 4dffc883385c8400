"""Build and drive the C programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

from callcenter.base.errors import CallcenterError

HERE = Path(__file__).parent
BUILD = HERE / "build"


class BenchError(CallcenterError):
    """The bench cannot measure this."""

    error_id = "bench"


def build(name: str) -> Path:
    """Compile ``NAME.c`` when it changed and return the program; raises :class:`BenchError` without a compiler."""
    source, program = HERE / f"{name}.c", BUILD / name
    BUILD.mkdir(exist_ok=True)
    if program.exists() and program.stat().st_mtime >= source.stat().st_mtime:
        return program
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise BenchError("a C compiler is needed (Debian: apt install gcc libc6-dev)")
    done = subprocess.run(
        [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{source.name} does not compile:\n{done.stderr}")
    return program


class _Native:
    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        if self._line() != "ready":
            self._process.kill()
            raise BenchError(f"{command[0]} did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


class RtpFloor(_Native):
    """The bare C loop; ``mode`` is ``echo`` or ``forward``."""

    def __init__(self, base_port: int, legs: int, mode: str) -> None:
        super().__init__([str(build("rtp_floor")), "127.0.0.1", str(base_port), str(legs), mode])


class RtpLoad(_Native):
    """The RTP load generator: leg ``i`` sends from and listens on :meth:`port` ``(i)``."""

    def __init__(self, base_port: int, legs: int) -> None:
        self._base = base_port
        self.legs = legs
        "Number of legs."
        super().__init__([str(build("rtp_load")), "127.0.0.1", str(base_port), str(legs)])

    def port(self, leg: int) -> int:
        """Return the local port of a leg."""
        return self._base + 2 * leg

    def start(self, leg: int, host: str, port: int, payload_type: int = 8) -> None:
        """Send to this address from now on."""
        self._send(f"leg {leg} {host} {port} {payload_type}")

    def stop(self, leg: int) -> None:
        """Send no more on this leg."""
        self._send(f"stop {leg}")

    def press(self, leg: int, digit: str) -> None:
        """Press a key."""
        self._send(f"digit {leg} {'0123456789*#ABCD'.index(digit)}")

    def mark(self) -> None:
        """Forget all counts."""
        self._send("mark")

    def report(self) -> dict[str, Any]:
        """Return counts and spacing since the last mark."""
        self._send("report")
        answer: dict[str, Any] = json.loads(self._line())
        return answer
