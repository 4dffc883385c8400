"""What if the draft had been in service: which callers of the past would have gone another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.ivr.call_replay import LoggedCall, Place, logged_places, replay
from callcenter.ivr.model import Program

MAX_NAMED = 50
"Calls named per group."


@dataclass(frozen=True, slots=True)
class Parting:
    """Where the ways part. None stands for the end of the call."""

    after: Place | None
    before: Place | None
    "Where the call went."
    now: Place | None
    "Where it would go."


@dataclass(slots=True)
class PartingGroup:
    """Callers who would part from their old way at the same place."""

    parting: Parting
    count: int = 0
    calls: list[str] = field(default_factory=list)
    "Ids of the newest of them."


@dataclass(slots=True)
class WhatIf:
    """What came of it so far."""

    same: int = 0
    another_way: int = 0
    undecided: int = 0
    "The log does not hold what the draft asks, or cannot even reproduce the way the call took."
    groups: dict[Parting, PartingGroup] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    "Why calls are undecided: ``keys``, ``dial``, …, ``not_reproducible``."

    def add(self, call: LoggedCall, draft: Program, flows: Mapping[str, Program], ran: Program | None) -> None:
        """Take one call into account.

        :param ran: the version the call ran on, when it is known.
        """
        took = logged_places(call)
        if ran is not None and replay(ran, flows, call).places != took:
            self._undecided("not_reproducible")
            return
        found = replay(draft, flows, call)
        parting = _parting(took, found.places, complete=found.undecided is None)
        if parting is not None:
            self.another_way += 1
            group = self.groups.setdefault(parting, PartingGroup(parting))
            group.count += 1
            if len(group.calls) < MAX_NAMED:
                group.calls.append(call.id)
        elif found.undecided is not None:
            self._undecided(found.undecided)
        else:
            self.same += 1

    def _undecided(self, reason: str) -> None:
        self.undecided += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def _parting(took: list[Place], takes: list[Place], *, complete: bool) -> Parting | None:
    """Return where two ways part; one that is not complete only counts as far as it goes."""
    for index in range(max(len(took), len(takes))):
        old = took[index] if index < len(took) else None
        new = takes[index] if index < len(takes) else None
        open_end = not complete and index >= len(takes) - 1
        if old == new or (open_end and (new is None or (old is not None and old[:2] == new[:2]))):
            continue
        return Parting(took[index - 1] if index else None, old, new)
    return None
