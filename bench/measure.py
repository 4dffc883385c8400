"""Processor time and memory of a process with all its children, from /proc."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return ``pid`` and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def cpu_seconds(pid: int) -> float:
    """Return user and system seconds of the family so far, ended children included."""
    total = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(fields[index]) for index in (11, 12))
        if one == pid:
            total += sum(int(fields[index]) for index in (13, 14))
    return total / _TICKS


def memory_kib(pid: int) -> tuple[float, float]:
    """Return resident and proportional set size of the family, KiB."""
    rss = pss = 0.0
    for one in family(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, rest = line.partition(":")
            if name == "Rss":
                rss += float(rest.split()[0])
            elif name == "Pss":
                pss += float(rest.split()[0])
    return rss, pss


@dataclass(frozen=True)
class Span:
    """Processor time spent between two moments."""

    cpu: float
    "User and system seconds."
    wall: float
    "Elapsed seconds."


class CpuMeter:
    """Measures the family of one process from its creation until :meth:`read`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu = cpu_seconds(pid)
        self._wall = time.monotonic()

    def read(self, *, idle: float = 0.0) -> Span:
        """Return what was spent, less ``idle`` processor seconds per second."""
        wall = time.monotonic() - self._wall
        return Span(max(0.0, cpu_seconds(self._pid) - self._cpu - idle * wall), wall)


def settle(pid: int, *, below: float = 0.02, timeout: float = 40.0) -> None:
    """Return when the family has used less than ``below`` of a processor for a second: what it prepares is prepared.

    An idle rate measured while a server still synthesises its prompts would be taken off every result.
    """
    deadline = time.monotonic() + timeout
    while idle_rate(pid, 1.0) > below and time.monotonic() < deadline:
        pass


def idle_rate(pid: int, seconds: float) -> float:
    """Return processor seconds per second of a process left alone for ``seconds``."""
    meter = CpuMeter(pid)
    time.sleep(seconds)
    span = meter.read()
    return span.cpu / span.wall
