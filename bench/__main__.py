"""``python -m bench``: measure the server against bare C and SIPp on this machine and print the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import scenarios
from bench.caller import HOST
from bench.measure import settle
from bench.native import BUILD, BenchError, build
from bench.report import Row, markdown, text, write_docs, write_json
from bench.scenarios import QUICK, Scale
from callcenter.base.errors import CallcenterError
from callcenter.testing.processes import free_ports
from callcenter.testing.server import RunningServer, ServerOptions, SipAccount

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "performance.md"
STORE_USER, STORE_PASSWORD = "201", "b3nch-register-only"


class Bench:
    """One run: baselines first, then the server, a failing scenario noted and the others still measured."""

    def __init__(self, scale: Scale, directory: Path, only: str) -> None:
        self.rows: list[Row] = []
        "Results so far, in the order of the table."
        self._scale = scale
        self._directory = directory
        self._only = only
        self._floors: dict[str, float] = {}

    def baselines(self) -> None:
        """Measure what the same work costs without a server."""
        for key, name, unit, work in (
            ("echo", "C loop, 1 leg (baseline)", "ms/call-s", lambda: scenarios.c_floor(self._scale, "echo")),
            (
                "forward",
                "C loop, 2 legs (baseline)",
                "ms/call-s",
                lambda: 2 * scenarios.c_floor(self._scale, "forward"),
            ),
            ("sipp", "sipp -sn uas (baseline)", "ms/call", lambda: scenarios.sipp_floor(self._scale, self._directory)),
        ):
            value = self._measure(name, work)
            self.rows.append(Row(name, unit, value))
            if value is not None:
                self._floors[key] = value

    def server(self) -> None:
        """Measure everything that needs the server."""
        media_port, sipp_port = free_ports(2)
        with self._server("plain", media_port, sipp_port, recording=False) as server:
            scale, directory = self._scale, self._directory
            # First, on a heap that no earlier call has grown.
            self._memory_and_spacing(server)
            self._row(
                "IVR call: prompt, digit, prompt", "ms/call-s", 1.2, "echo", 3.0, lambda: scenarios.ivr(server, scale)
            )
            self._row(
                "two legs bridged",
                "ms/call-s",
                1.8,
                "forward",
                2.25,
                lambda: scenarios.bridge(server, scale, media_port),
            )
            self._row(
                "browser bridged to a trunk",
                "ms/call-s",
                3.0,
                "forward",
                3.75,
                lambda: scenarios.browser_bridge(server, scale, media_port),
            )
            self._row(
                "set-up and tear-down, one leg",
                "ms/call",
                2.0,
                "sipp",
                6.0,
                lambda: scenarios.calls(server, scale, scenarios.ANSWER, directory),
            )

            def through() -> float:
                with scenarios.second_legs(sipp_port, directory):
                    return scenarios.calls(server, scale, scenarios.THROUGH, directory)

            self._row("set-up through to a second leg", "ms/call", 4.5, "sipp", 13.0, through)
            self._row(
                "digest REGISTER",
                "ms",
                0.8,
                "sipp",
                2.4,
                lambda: scenarios.register(server, scale, STORE_USER, STORE_PASSWORD),
            )
        with self._server("recorded", media_port, sipp_port, recording=True) as server:
            self._row(
                "bridged and recorded",
                "ms/call-s",
                2.4,
                "forward",
                3.0,
                lambda: scenarios.bridge(server, self._scale, media_port, recorded=True),
            )

    def _memory_and_spacing(self, server: RunningServer) -> None:
        measured: list[float] = []

        def work() -> float:
            measured.extend(scenarios.memory_and_spacing(server, self._scale))
            return measured[0]

        count = self._scale.spacing_calls
        self._row(f"memory per call at {count} calls", "KiB", 60.0, "", None, work)
        spacing, worst = (measured[1], measured[2]) if measured else (None, 0.0)
        note = f"largest {worst:.1f} ms" if measured else ""
        self.rows.append(Row(f"RTP spacing p99 at {count} IVR calls", "ms", spacing, 4.0, note=note))

    def _row(
        self, name: str, unit: str, target: float, floor: str, ratio: float | None, work: Callable[[], float]
    ) -> None:
        if self._only not in name:
            return
        value = self._signalling(name, work) if floor == "sipp" else self._measure(name, work)
        names = {"echo": "C loop", "forward": "C loop", "sipp": "sipp uas"}
        self.rows.append(
            Row(
                name,
                unit,
                value,
                target,
                self._floors.get(floor),
                names.get(floor, ""),
                ratio,
                "" if value is not None else "could not be measured",
            )
        )

    def _signalling(self, name: str, work: Callable[[], float]) -> float | None:
        """Measure with the baseline right before and after: what else the machine does changes within minutes."""
        floors: list[float] = []

        def floor() -> float:
            floors.append(scenarios.sipp_floor(self._scale, self._directory))
            return floors[-1]

        self._measure("  sipp uas before", floor)
        value = self._measure(name, work)
        self._measure("  sipp uas after", floor)
        if floors:
            self._floors["sipp"] = sum(floors) / len(floors)
        return value

    def _measure(self, name: str, work: Callable[[], float]) -> float | None:
        started = time.monotonic()
        try:
            value = work()
        except (CallcenterError, OSError) as error:
            print(f"  {name}: {error}", file=sys.stderr)
            return None
        print(f"  {name}: {value:.3f}  ({time.monotonic() - started:.0f} s)", file=sys.stderr)
        return value

    @contextmanager
    def _server(self, name: str, media_port: int, sipp_port: int, *, recording: bool) -> Iterator[RunningServer]:
        flows = {
            scenarios.IVR: "bench_ivr",
            scenarios.ANSWER: "bench_answer",
            scenarios.BRIDGE: "bench_bridge",
            scenarios.THROUGH: "bench_through",
        }
        options = ServerOptions(
            config=_config(media_port, sipp_port, recording=recording),
            flows=HERE / "flows",
            dids=flows,
            accounts=(SipAccount(STORE_USER, STORE_PASSWORD),),
            rtp_ports=4 * self._scale.spacing_calls + 400,
        )
        server = RunningServer(self._directory / name, options)
        try:
            server.start()
            settle(server.pid)
            yield server
        finally:
            (BUILD / f"server-{name}.log").write_text(server.log())
            server.stop()


def _config(media_port: int, sipp_port: int, *, recording: bool) -> dict[str, Any]:
    def trunk(name: str, port: int) -> dict[str, Any]:
        host = f"{HOST}:{port}"
        return {"name": name, "kind": "ip", "host": host, "options_interval": 0, "max_calls": 1000}

    local = {"name": "local", "kind": "ip", "allow": ["127.0.0.0/8"], "options_interval": 0, "max_calls": 1000}
    return {
        "deployment": {"language": "en"},
        "sip": {"max_calls": 2000, "guard": {"trusted": ["127.0.0.0/8"]}},
        "media": {"workers": 0},
        "recording": {"enabled": recording},
        "trunks": [local, trunk("bench-media", media_port), trunk("bench-sipp", sipp_port)],
        "outbound": [
            {"pattern": "+84203", "trunks": ["bench-media"], "max_calls": 1000},
            {"pattern": "+84204", "trunks": ["bench-sipp"], "max_calls": 1000},
        ],
        "logging": {"level": "warning"},
    }


def main() -> int:
    """Run and print; the exit code tells whether everything asked for could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small scale, under 90 s; not for publication")
    parser.add_argument("--baselines", action="store_true", help="only the baselines, without the server")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios whose name contains TEXT")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/performance.md")
    arguments = parser.parse_args()
    for program in ("rtp_load", "rtp_floor"):
        build(program)
    with tempfile.TemporaryDirectory(prefix="callcenter-bench-") as directory:
        bench = Bench(QUICK if arguments.quick else Scale(), Path(directory), arguments.only)
        try:
            bench.baselines()
            if not arguments.baselines:
                bench.server()
        except BenchError as error:
            print(error, file=sys.stderr)
            return 1
        except CallcenterError as error:
            print(f"the server could not be measured: {error}", file=sys.stderr)
    print(text(bench.rows))
    write_json(BUILD / "results.json", bench.rows, quick=arguments.quick)
    (BUILD / "results.md").write_text(markdown(bench.rows) + "\n")
    if arguments.write_docs:
        write_docs(DOCS, bench.rows)
    return 0 if all(row.value is not None for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
