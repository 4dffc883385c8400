"""The day's counters of a queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from callcenter.acd.queue import QueueSettings
from callcenter.acd.records import VisitOutcome
from callcenter.acd.view import TodayView

REFUSED = frozenset({VisitOutcome.FULL, VisitOutcome.JOIN_EMPTY, VisitOutcome.CLOSED})
"Outcomes of callers who were never let in."


@dataclass(slots=True)
class DayCounters:
    """What became of the callers of one day, in the time zone of the queue's hours."""

    day: date
    view: TodayView

    @classmethod
    def of(cls, day: date, settings: QueueSettings) -> DayCounters:
        """Return the counters of a day that begins."""
        return cls(day, TodayView(target_s=settings.target_s))

    def count(self, outcome: VisitOutcome, waited_s: float, settings: QueueSettings) -> None:
        """Add a caller who left the queue. Call-backs in the queue are not callers: those who asked were counted."""
        if outcome in REFUSED:
            return
        view = replace(self.view, offered=self.view.offered + 1)
        match outcome:
            case VisitOutcome.ANSWERED:
                within = waited_s <= settings.target_s
                view = replace(view, answered=view.answered + 1, within_target=view.within_target + within)
            case VisitOutcome.ABANDONED if waited_s >= settings.short_abandon_s:
                view = replace(view, abandoned=view.abandoned + 1)
            case VisitOutcome.CALLBACK:
                view = replace(view, called_back=view.called_back + 1)
        self.view = view
