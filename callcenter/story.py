"""A call's story for people: what the log knows, told on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from callcenter.calls.cdr import CallRecord, EventLine
from callcenter.storage.repositories.calls import CallStory


def print_calls(console: Console, calls: Sequence[CallRecord], stores: Mapping[str, str], timezone: str) -> None:
    """Print one line per call, times in ``timezone``, stores by their codes."""
    if not calls:
        console.print("no calls")
        return
    zone = ZoneInfo(timezone)
    table = Table()
    for heading in ("call", "started", "from", "to", "outcome", "store", "seconds", "keys", "hung up by"):
        table.add_column(heading, no_wrap=heading == "call")
    for record in calls:
        table.add_row(
            record.id,
            f"{record.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            escape(record.from_number or "withheld"),
            escape(record.to_number or record.to_raw),
            record.outcome.value if record.outcome else "in progress",
            stores.get(record.answered_store_id or "", ""),
            "" if record.duration_ms is None else f"{record.duration_ms / 1000:.1f}",
            escape(record.keys_pressed),
            record.hangup_side.value if record.hangup_side else "",
        )
    console.print(table)


def print_call(console: Console, story: CallStory, timezone: str) -> None:
    """Print everything about one call: facts, way through the flow, routing, segments, participants, recordings."""
    record = story.record
    started = record.started_at.astimezone(ZoneInfo(timezone))
    console.print(f"\n[bold]Call {record.id}[/] · {started:%Y-%m-%d %H:%M:%S}", highlight=False)
    outcome = record.outcome.value if record.outcome else "in progress"
    cause = record.hangup_cause.code if record.hangup_cause else "-"
    side = record.hangup_side.value if record.hangup_side else "-"
    caller = escape(record.from_number or "withheld")
    console.print(f"from {caller} to {escape(record.to_number or record.to_raw)}: {outcome}; ended by {side} ({cause})")
    _print_flow(console, story.events)
    if record.explanation is not None:
        _print_routing(console, record.explanation)
    _print_segments(console, story)
    _print_legs(console, story)
    for recording in story.recordings:
        truncated = " (truncated)" if recording.truncated else ""
        console.print(f"recording {recording.path}: {recording.duration_ms / 1000:.1f} s{truncated}", highlight=False)


def _print_flow(console: Console, events: Sequence[EventLine]) -> None:
    steps = [event for event in events if event.kind == "node_left"]
    if not steps:
        return
    table = Table("at", "node", "type", "exit", "keys", title="Way through the flow", title_justify="left")
    for event in steps:
        data = event.data
        entered_ms = event.at_ms - int(data.get("duration_ms") or 0)
        table.add_row(
            f"{entered_ms / 1000:.1f} s",
            escape(str(data.get("name") or data.get("node"))),
            str(data.get("type")),
            str(data.get("port") or "end"),
            escape(str(data.get("keys") or "")),
        )
    console.print(table)


def _print_routing(console: Console, explanation: Mapping[str, Any]) -> None:
    if explanation.get("rule") == "last_store":
        reason = explanation.get("reason", "")
        lookup = explanation.get("lookup_ms")
        took = f", looked up in {lookup} ms" if lookup is not None else ""
        console.print(f"last store: [bold]{explanation.get('outcome')}[/] ({reason}){took}", highlight=False)
        for candidate in explanation.get("candidates", ()):
            console.print(f"  candidate {_words(candidate)}", highlight=False)
        for skipped in explanation.get("skipped", ()):
            console.print(f"  skipped {_words(skipped)}", highlight=False)
    for dial in explanation.get("dials", ()):
        console.print(f"dialled {dial.get('kind')} {escape(str(dial.get('target')))}", highlight=False)
        if "refused" in dial:
            console.print(f"  not rung: {dial['refused']}", highlight=False)
        for attempt in dial.get("attempts", ()):
            console.print(f"  {_words(attempt)}", highlight=False)


def _words(data: Mapping[str, Any]) -> str:
    return escape(", ".join(f"{name} {value}" for name, value in data.items() if value is not None))


def _print_segments(console: Console, story: CallStory) -> None:
    table = Table("segment", "from", "to", "seconds", "with", title="Every second of the call", title_justify="left")
    for segment in story.segments:
        table.add_row(
            segment.kind.value,
            f"{segment.start_ms / 1000:.1f}",
            f"{segment.end_ms / 1000:.1f}",
            f"{segment.duration_ms / 1000:.1f}",
            segment.extension or segment.store_id or "",
        )
    console.print(table)


def _print_legs(console: Console, story: CallStory) -> None:
    table = Table("participant", "codec", "packets in/out", "lost", "jitter", "MOS", title="Legs", title_justify="left")
    for leg in story.legs:
        quality = leg.quality
        if quality is None:
            table.add_row(escape(leg.peer), "", "", "", "", leg.cause.code if leg.cause else "")
            continue
        table.add_row(
            escape(leg.peer),
            leg.codec or "",
            f"{quality.packets_received}/{quality.packets_sent}",
            str(quality.packets_lost),
            "" if quality.jitter_ms is None else f"{quality.jitter_ms:.1f} ms",
            "" if quality.mos is None else f"{quality.mos:.2f}",
        )
    console.print(table)
