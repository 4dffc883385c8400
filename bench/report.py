"""The table of results: what was measured, its baseline in the same run, and what it should reach."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


@dataclass(frozen=True)
class Row:
    """One measured scenario."""

    scenario: str
    "What was done."
    unit: str
    "Unit of ``value``, ``baseline`` and ``target``."
    value: float | None
    "What it cost here; ``None`` when it could not be measured."
    target: float | None = None
    "What it may cost on the reference machine, absolute."
    baseline: float | None = None
    "What the baseline cost in the same run."
    baseline_name: str = ""
    "What the baseline is."
    target_ratio: float | None = None
    "What ``value / baseline`` may be; holds on any machine."
    note: str = ""
    "What a reader needs to judge it."

    @property
    def ratio(self) -> float | None:
        """Return value over baseline."""
        return self.value / self.baseline if self.value is not None and self.baseline else None

    @property
    def reached(self) -> bool | None:
        """Tell whether the target is met: by ratio when there is one, absolute otherwise; ``None`` when unknown."""
        if self.target_ratio is not None:
            return None if self.ratio is None else self.ratio <= self.target_ratio
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target


def markdown(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| scenario | measured | to reach | baseline, same run | ratio | ratio to reach | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        verdict = {True: "reached", False: "**missed**", None: ""}[row.reached]
        baseline = f"{_number(row.baseline)} ({row.baseline_name})" if row.baseline else ""
        lines.append(
            f"| {row.scenario} | {_number(row.value)} {row.unit} | {_number(row.target)} | {baseline} "
            f"| {_number(row.ratio)} | {_number(row.target_ratio)} | {' '.join(filter(None, (verdict, row.note)))} |"
        )
    return "\n".join(lines)


def text(rows: list[Row]) -> str:
    """Return the rows for a terminal."""
    lines = [f"{'scenario':44} {'measured':>16} {'to reach':>9} {'baseline':>9} {'ratio':>6} {'≤':>5}"]
    for row in rows:
        mark = {True: "ok", False: "MISSED", None: ""}[row.reached]
        lines.append(
            f"{row.scenario:44} {_number(row.value) + ' ' + row.unit:>16} {_number(row.target):>9} "
            f"{_number(row.baseline):>9} {_number(row.ratio):>6} {_number(row.target_ratio):>5} {mark} {row.note}"
        )
    return "\n".join(lines)


def write_json(path: Path, rows: list[Row], *, quick: bool) -> None:
    """Write the rows with the machine they were measured on."""
    document = {
        "machine": {"processor": _processor(), "python": platform.python_version(), "kernel": platform.release()},
        "quick": quick,
        "rows": [{**asdict(row), "ratio": row.ratio, "reached": row.reached} for row in rows],
    }
    path.write_text(json.dumps(document, indent=2) + "\n")


def write_docs(path: Path, rows: list[Row]) -> None:
    """Put the table between the markers of ``path``."""
    page = path.read_text()
    head, _, rest = page.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"{path} has no {BEGIN} … {END}")
    machine = f"{_processor()}, Python {platform.python_version()}"
    path.write_text(f"{head}{BEGIN}\nMeasured on {machine}.\n\n{markdown(rows)}\n{END}{tail}")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 20 else f"{value:.2f}"
