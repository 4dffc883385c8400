"""Run SIPp scenarios and read what became of them.

``uac`` and ``uas`` alike are a scenario file (or one built into SIPp), some options and a result. SIPp 3.6.1 sends
captured and generated RTP through raw sockets: scenarios with ``play_pcap_audio`` or ``play_dtmf`` need root or
CAP_NET_RAW, see :func:`can_play_captures`.
"""

from __future__ import annotations

import csv
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from callcenter.testing.pcap import RtpScript
from callcenter.testing.processes import ProcessFailed, Program, free_ports

EXIT_CODES = {
    0: "all calls succeeded",
    1: "at least one call failed",
    97: "stopped from outside, calls may have succeeded",
    99: "ended normally without any call",
    253: "RTP check failed",
    254: "connection error",
    255: "fatal error",
}
"SIPp's exit codes."


@dataclass(frozen=True)
class SippOptions:
    """What to run."""

    scenario: Path | str
    "A scenario file, or the name of a built-in one (``uac``, ``uas``)."
    remote: tuple[str, int] | None = None
    "Where to send; ``None`` for a server that only answers."
    service: str = "service"
    "The dialled user part (``[service]``)."
    calls: int = 1
    "Calls to make or to answer before it ends."
    rate: float = 1.0
    "New calls per second."
    limit: int | None = None
    "Calls up at the same time, at most."
    duration_ms: int | None = None
    "Pause of the built-in scenarios and of ``<pause/>`` without a value."
    transport: str = "u1"
    "``u1`` UDP, ``t1`` TCP on one connection, ``tn`` TCP with one per call."
    username: str | None = None
    "Digest user name (``-au``)."
    password: str | None = None
    "Digest password (``-ap``)."
    keys: Mapping[str, str] = field(default_factory=dict)
    "Words for the scenario: ``{'digits': '1'}`` is ``[digits]`` there."
    inject: Path | None = None
    "CSV of per-call values (``[field0]``)."
    rtp_echo: bool = False
    "Send received RTP back."
    timeout: float = 60.0
    "Seconds after which it gives up."
    host: str = "127.0.0.1"
    "The address it binds."
    port: int | None = None
    "Its SIP port; a free one when ``None``."
    media_port: int | None = None
    "Its RTP port; a free one when ``None``."
    captures: Mapping[str, RtpScript] = field(default_factory=dict)
    "Captures the scenario plays, by file name."
    extra: tuple[str, ...] = ()
    "More command-line arguments."


@dataclass(frozen=True)
class SippResult:
    """What became of a run."""

    exit_code: int
    "See :data:`EXIT_CODES`."
    successful: int
    "Calls that reached the end of the scenario."
    failed: int
    "Calls that did not."
    retransmissions: int
    "Messages SIPp had to repeat."
    errors: str
    "The error file: why calls failed."
    messages: str
    "Every message sent and received, when the run was traced."
    statistics: Mapping[str, str]
    "The last line of the statistics file by column name."

    @property
    def ok(self) -> bool:
        """Tell whether every call succeeded."""
        return self.exit_code == 0 and self.failed == 0

    def check(self) -> SippResult:
        """Return this; raises :class:`ProcessFailed` with the reasons unless every call succeeded."""
        if not self.ok:
            meaning = EXIT_CODES.get(self.exit_code, "unknown")
            raise ProcessFailed(
                f"SIPp: exit {self.exit_code} ({meaning}), {self.successful} calls good, {self.failed} bad\n"
                f"{self.errors[-3000:]}\n{self.messages[-4000:]}"
            )
        return self


def is_installed() -> bool:
    """Tell whether SIPp is there."""
    return shutil.which("sipp") is not None


def can_play_captures() -> bool:
    """Tell whether this process may open the raw socket SIPp plays captures through."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return False
    return True


class Sipp:
    """One SIPp process. A context manager that stops it; :meth:`wait` returns the result."""

    def __init__(self, options: SippOptions, directory: Path, *, name: str = "sipp", trace: bool = True) -> None:
        self.options = options
        "What it runs."
        port = media = 0
        if options.port is None or options.media_port is None:
            port, media = free_ports(2, spacing=8, host=options.host)
        self.port = options.port or port
        "Its SIP port."
        self.media_port = options.media_port or media
        "Its RTP port."
        self._directory = directory.resolve()
        self._name = name
        self._trace = trace
        self._program: Program | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; a server is ready when this returns."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for name, script in self.options.captures.items():
            script.write(self._directory / name)
        self._program = Program(
            self._command(), log=self._file("out"), cwd=self._directory, environment={"TERM": "dumb"}
        )
        deadline = time.monotonic() + 5
        while self.options.remote is None and not _is_bound(self.options.host, self.port):
            if not self._program.is_running or time.monotonic() > deadline:
                raise ProcessFailed(f"SIPp did not start\n{self._program.output()[-2000:]}{self._text('errors')}")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Return its process id."""
        assert self._program is not None, "start it first"
        return self._program.pid

    def wait(self, timeout: float | None = None) -> SippResult:
        """Return the result once it has ended by itself."""
        assert self._program is not None, "start it first"
        self._program.wait(self.options.timeout + 10 if timeout is None else timeout)
        return self.result()

    def stop(self) -> None:
        """End it, whatever it does."""
        if self._program is not None:
            self._program.stop(1.0)

    def result(self) -> SippResult:
        """Return what is known so far; exit code -1 while it runs."""
        assert self._program is not None, "start it first"
        code = self._program.process.poll()
        statistics = self._statistics()

        def count(column: str) -> int:
            return int(statistics.get(column) or 0)

        return SippResult(
            exit_code=-1 if code is None else code,
            successful=count("SuccessfulCall(C)"),
            failed=count("FailedCall(C)"),
            retransmissions=count("Retransmissions(C)"),
            errors=self._text("errors") or (self._program.output()[-2000:] if code == 255 else ""),
            messages=self._text("messages"),
            statistics=statistics,
        )

    def _command(self) -> list[str]:
        options = self.options
        command = ["sipp"]
        command += (
            ["-sn", options.scenario] if isinstance(options.scenario, str) else ["-sf", str(options.scenario.resolve())]
        )
        if options.remote is not None:
            command += [f"{options.remote[0]}:{options.remote[1]}", "-r", f"{options.rate:g}"]
        command += ["-i", options.host, "-p", str(self.port), "-mi", options.host, "-mp", str(self.media_port)]
        command += ["-s", options.service, "-m", str(options.calls), "-t", options.transport, "-nostdin"]
        command += ["-timeout", f"{options.timeout:g}s", "-timeout_error", "-aa"]
        command += ["-trace_stat", "-stf", str(self._file("csv")), "-fd", "1"]
        command += ["-trace_err", "-error_file", str(self._file("errors"))]
        if self._trace:
            command += ["-trace_msg", "-message_file", str(self._file("messages"))]
        optional: list[tuple[str, object | None]] = [
            ("-l", options.limit),
            ("-d", options.duration_ms),
            ("-au", options.username),
            ("-ap", options.password),
            ("-inf", options.inject.resolve() if options.inject else None),
        ]
        for flag, value in optional:
            command += [flag, str(value)] if value is not None else []
        for key, word in options.keys.items():
            command += ["-key", key, word]
        return [*command, *(["-rtp_echo"] if options.rtp_echo else []), *options.extra]

    def _file(self, kind: str) -> Path:
        return self._directory / f"{self._name}-{self.port}.{kind}"

    def _text(self, kind: str) -> str:
        path = self._file(kind)
        return path.read_text(errors="replace") if path.exists() else ""

    def _statistics(self) -> dict[str, str]:
        lines = [line for line in self._text("csv").splitlines() if line]
        if len(lines) < 2:
            return {}
        head, last = csv.reader([lines[0], lines[-1]], delimiter=";")
        return dict(zip(head, last, strict=False))


def run_sipp(options: SippOptions, directory: Path, *, name: str = "sipp", trace: bool = True) -> SippResult:
    """Run SIPp to its end and return the result."""
    with Sipp(options, directory, name=name, trace=trace) as sipp:
        return sipp.wait()


def _is_bound(host: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return True
    return False
