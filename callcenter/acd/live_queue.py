"""A queue at work: what is known of it besides its settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from callcenter.acd.agent import Agent
from callcenter.acd.agent_state import ON_QUEUE
from callcenter.acd.entry import QueueEntry
from callcenter.acd.estimate import WaitEstimate
from callcenter.acd.matching import Team
from callcenter.acd.queue import Queue, QueueMember
from callcenter.acd.records import VisitOutcome
from callcenter.acd.service_level import DayCounters
from callcenter.acd.skills import next_relaxation
from callcenter.acd.staffing import StaffWatch, satisfies


class LiveQueue:
    """One queue at work.

    :param today: the day the counters begin with.
    """

    def __init__(self, queue: Queue, today: date) -> None:
        self.team = Team(queue, ())
        self.estimate = WaitEstimate(queue.settings.estimate)
        self.counters = DayCounters.of(today, queue.settings)
        self.watch = StaffWatch()
        self.closed = False
        "Outside its hours, as last told."

    @property
    def queue(self) -> Queue:
        """Return what is set up."""
        return self.team.queue

    def configure(self, queue: Queue, agents: Mapping[str, Agent]) -> None:
        """Take other settings and members; what was learnt stays."""
        members: list[tuple[QueueMember, Agent]] = [
            (member, agents[member.agent_id]) for member in queue.members if member.active and member.agent_id in agents
        ]
        self.team.queue = queue
        self.team.members = members
        self.estimate.settings = queue.settings.estimate

    @property
    def _agents(self) -> list[Agent]:
        return [agent for _, agent in self.team.members]

    @property
    def agents_on_queue(self) -> int:
        """Return how many agents take calls of this queue, free or not."""
        return sum(agent.state in ON_QUEUE for _, agent in self.team.members)

    def refusal(self, waiting: int, now: float) -> VisitOutcome | None:
        """Return why a caller may not join, None when one may.

        :param waiting: callers who wait already.
        """
        settings = self.queue.settings
        if self.closed:
            return VisitOutcome.CLOSED
        if 0 < settings.max_length <= waiting:
            return VisitOutcome.FULL
        if not satisfies(settings.join_when, self._agents, now):
            return VisitOutcome.JOIN_EMPTY
        return None

    def look_at_staff(self, now: float) -> None:
        """Note whether those who wait may stay."""
        self.watch.look(satisfies(self.queue.settings.stay_when, self._agents, now), now)

    def let_go(self, entry: QueueEntry, now: float) -> VisitOutcome | None:
        """Return why a caller may not wait any longer, None when one may.

        Callers stay while somebody is being rung for them, and while they are asked where to call them back.
        """
        if entry.offered_to or entry.is_callback or now < entry.held_until:
            return None
        settings = self.queue.settings
        if 0 < settings.max_wait_s <= now - entry.entered:
            return VisitOutcome.MAX_WAIT
        if self.watch.broken_for(settings.leave_after_s, entry.entered, now):
            return VisitOutcome.LEAVE_EMPTY
        return None

    def moments_of(self, entry: QueueEntry, now: float) -> tuple[float | None, ...]:
        """Return when something about ``entry`` may change although nothing happens; some may be over."""
        settings = self.queue.settings
        let_go: float | None = None
        if not entry.is_callback and not entry.offered_to:
            if settings.max_wait_s > 0:
                let_go = entry.entered + settings.max_wait_s
            if self.watch.broken_since is not None:
                alone = max(self.watch.broken_since, entry.entered) + settings.leave_after_s
                let_go = alone if let_go is None else min(let_go, alone)
        relaxed = next_relaxation(settings.relaxations, entry.waited(now)) if settings.relaxations else None
        return (
            let_go,
            entry.held_until,
            entry.next_round,
            entry.arrived + relaxed if relaxed is not None else None,
            entry.entered + settings.preferred_only_s,
        )
