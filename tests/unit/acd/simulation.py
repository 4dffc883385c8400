"""A day on the floor: random callers, agents and mishaps; every decision is checked as it is made."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from random import Random

from callcenter.acd.agent_state import AgentState
from callcenter.acd.announcements import Announcement, AnnouncementSchedule
from callcenter.acd.entry import QueueEntry
from callcenter.acd.floor import Floor
from callcenter.acd.floor_facts import LetGo, StopRinging, VisitEnded
from callcenter.acd.matching import Match, in_order
from callcenter.acd.ports import QueueBookContents
from callcenter.acd.queue import AgentProfile, Queue, QueueMember, QueueSettings, SkillRelaxation
from callcenter.acd.records import OfferOutcome, VisitOutcome
from callcenter.acd.skills import meets, required_after
from callcenter.acd.strategies import STRATEGIES, strategy

DAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Load:
    """How much happens."""

    callers: int = 600
    agents: int = 12
    seconds_between_callers: float = 9.0
    handling_s: float = 90.0
    patience_s: float = 300.0
    miss: float = 0.1
    reject: float = 0.05
    callback: float = 0.5
    lost_phone: float = 0.02


@dataclass
class Told:
    """One announcement and when it was made."""

    entry_id: str
    at: float
    what: Announcement


@dataclass
class Simulation:
    """One day; :meth:`run` plays it to the end and checks every decision on the way."""

    seed: int
    load: Load = field(default_factory=Load)
    strategies: tuple[str, ...] = tuple(sorted(STRATEGIES))

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.floor = Floor(Random(self.seed + 1), DAY)
        self.now = 0.0
        self.told: list[Told] = []
        self.arrivals: dict[str, float] = {}
        self.answered: list[tuple[str, float, float]] = []
        "Entry, arrival, moment."
        self.outcomes: Counter[VisitOutcome] = Counter()
        self.callbacks = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._schedules: dict[str, AnnouncementSchedule] = {}
        self._configure()

    def _configure(self) -> None:
        members = [f"a{n:02}" for n in range(self.load.agents)]
        profiles = [
            AgentProfile(
                id=agent_id, name=agent_id, extension=f"1{n:03}", skills={"vi": 5, "en": self.random.randrange(6)}
            )
            for n, agent_id in enumerate(members)
        ]
        queues = []
        for n, name in enumerate(self.strategies):
            several = len(self.strategies) > 1
            mine = [agent_id for agent_id in members if not several or self.random.random() < 0.5] or members
            settings = QueueSettings(
                strategy=name,
                priority=n % 2,
                skills={"en": 3} if n % 3 == 0 else {},
                relaxations=(SkillRelaxation(after_s=30, lower_by=2), SkillRelaxation(after_s=90, drop_all=True)),
                max_wait_s=0,
                misses_allowed=2,
                leave_after_s=1e9,
            )
            listed = tuple(
                QueueMember(agent_id=agent_id, order=place, weight=place % 3 + 1) for place, agent_id in enumerate(mine)
            )
            queues.append(Queue(id=f"q{n}", code=name, name=name, members=listed, settings=settings))
        self.floor.configure(QueueBookContents(tuple(queues), tuple(profiles)), 0.0)
        for agent_id in members:
            agent = self.floor.agent(agent_id)
            agent.connected(0.0)
            agent.choose(AgentState.AVAILABLE, None, 0.0)
            self.floor.touch(agent, 0.0)

    def at(self, moment: float, what: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._events, (moment, next(self._numbers), what))

    def run(self) -> None:
        """Play the day until nothing is left to happen and nobody waits."""
        moment = 0.0
        for n in range(self.load.callers):
            moment += self.random.expovariate(1 / self.load.seconds_between_callers)
            self.at(moment, lambda n=n: self._arrive(n))  # type: ignore[misc] # The default binds n.
        while self._events or self.floor.entries:
            deadline = self.floor.next_deadline(self.now)
            upcoming = self._events[0][0] if self._events else None
            assert deadline is not None or upcoming is not None, "somebody waits and nothing will ever happen"
            self.now = min(moment for moment in (deadline, upcoming) if moment is not None)
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
            self._decide()

    # What happens

    def _arrive(self, n: int) -> None:
        entry = QueueEntry(
            id=f"c{n}",
            queue_id=f"q{self.random.randrange(len(self.floor.queues))}",
            arrived=self.now - self.random.choice((0.0, 0.0, 40.0)),
            entered=self.now,
            call_id=f"call-{n}",
            number=f"+8490000{n % 500:04}",
            asked_priority=self.random.choice((0, 0, 0, 2, 5)),
        )
        asked = entry.arrived
        assert self.floor.join(entry, self.now) is None
        assert entry.arrived <= asked
        self.arrivals[entry.id] = entry.arrived
        self._schedules[entry.id] = AnnouncementSchedule(
            self.floor.queues[entry.queue_id].queue.settings, self.now, callback_possible=True
        )
        patience = self.random.expovariate(1 / self.load.patience_s)
        leave = self._ask_for_callback if self.random.random() < self.load.callback else self._hang_up
        self.at(self.now + patience, lambda: leave(entry))
        self.at(self.now, lambda: self._announce(entry.id))

    def _announce(self, entry_id: str) -> None:
        entry = self.floor.entries.get(entry_id)
        if entry is None:
            return
        position = self.floor.position(entry, self.now)
        schedule = self._schedules[entry_id]
        announcement = schedule.due(
            self.now,
            position=position,
            wait_s=self.floor.estimated_wait(entry, self.now),
            rung=bool(entry.offered_to),
        )
        if announcement is not None:
            assert not entry.offered_to, "spoken to while being rung"
            self.told.append(Told(entry_id, self.now, announcement))
        look = schedule.next_look(self.now, position=position)
        self.at(max(look, self.now + 1.0), lambda: self._announce(entry_id))

    def _hang_up(self, entry: QueueEntry) -> None:
        self.floor.leave(entry.id, VisitOutcome.ABANDONED, self.now)

    def _ask_for_callback(self, entry: QueueEntry) -> None:
        if self.floor.leave(entry.id, VisitOutcome.CALLBACK, self.now) is None:
            return
        self.callbacks += 1
        kept = QueueEntry(
            id=f"{entry.id}-back",
            queue_id=entry.queue_id,
            arrived=entry.arrived,
            entered=self.now,
            callback_id=f"back-{entry.id}",
            number=entry.number,
            asked_priority=entry.asked_priority,
            held_until=self.now + self.random.choice((0.0, 60.0)),
        )
        self.arrivals[kept.id] = entry.arrived
        assert self.floor.join(kept, self.now) is None
        assert kept.arrived == entry.arrived, "a call-back lost its place"

    def _ring(self, match: Match) -> None:
        fate = self.random.random()
        agent_id = self.random.choice(match.agent_ids)
        if fate < self.load.miss:
            ring_s = self.floor.queues[self.floor.entries[match.entry_id].queue_id].queue.settings.ring_s
            self.at(self.now + ring_s, lambda: self._fail(match, OfferOutcome.NO_ANSWER))
        elif fate < self.load.miss + self.load.reject:
            self.at(self.now + 2, lambda: self._fail(match, OfferOutcome.REJECTED))
        elif fate < self.load.miss + self.load.reject + self.load.lost_phone:
            self.at(self.now + 1, lambda: self._lose(agent_id))
            self.at(self.now + 15, lambda: self._fail(match, OfferOutcome.NO_ANSWER))
        else:
            self.at(self.now + self.random.uniform(1, 10), lambda: self._answer(match, agent_id))

    def _fail(self, match: Match, outcome: OfferOutcome) -> None:
        for agent_id in match.agent_ids:
            self.floor.offer_ended(match.entry_id, agent_id, outcome, self.now)

    def _lose(self, agent_id: str) -> None:
        agent = self.floor.agent(agent_id)
        agent.disconnected(self.now)
        self.floor.touch(agent, self.now)
        self.at(self.now + self.random.choice((5, 90)), lambda: self._return(agent_id))

    def _return(self, agent_id: str) -> None:
        agent = self.floor.agent(agent_id)
        agent.connected(self.now)
        if agent.state in (AgentState.OFFLINE, AgentState.NOT_RESPONDING):
            agent.choose(AgentState.AVAILABLE, None, self.now)
        self.floor.touch(agent, self.now)

    def _answer(self, match: Match, agent_id: str) -> None:
        entry = self.floor.entries.get(match.entry_id)
        if entry is None or agent_id not in entry.offered_to:
            self._fail(match, OfferOutcome.NO_ANSWER)
            return
        call_id = f"talk-{entry.id}"
        assert self.floor.agent(agent_id).call_ids == (), "an agent got a second call"
        assert self.floor.answered(entry.id, agent_id, call_id, self.now) is entry
        self.answered.append((entry.id, entry.arrived, self.now))
        handling = self.random.expovariate(1 / self.load.handling_s)
        self.at(self.now + handling, lambda: self._part(agent_id, call_id))

    def _part(self, agent_id: str, call_id: str) -> None:
        agent = self.floor.agent(agent_id)
        agent.call_ended(call_id, self.now)
        self.floor.touch(agent, self.now)

    # What is decided

    def _decide(self) -> None:
        for signal in self.floor.tick(self.now):
            assert not isinstance(signal, LetGo), "nobody had to go"
            assert not isinstance(signal, StopRinging) or signal.entry_id in self.arrivals
        free = {agent.id for agent in self.floor.agents.values() if agent.may_be_offered(self.now)}
        queues = {queue_id: live.queue for queue_id, live in self.floor.queues.items()}
        ordered = [
            entry for entry in in_order(self.floor.entries.values(), queues, self.now) if entry.is_ready(self.now)
        ]
        matches = self.floor.match(self.now)
        self._check(matches, ordered, free)
        for found in matches:
            self._ring(found)
        for agent in self.floor.agents.values():
            if agent.state is AgentState.NOT_RESPONDING:
                self.at(self.now + 30, lambda agent_id=agent.id: self._return(agent_id))  # type: ignore[misc]
        for fact in self.floor.take_facts():
            if isinstance(fact, VisitEnded):
                self.outcomes[fact.outcome] += 1

    def _check(self, matches: list[Match], ordered: list[QueueEntry], free: set[str]) -> None:
        """Nobody is offered twice, and whoever is passed over could not have been served by who was taken."""
        taken = [agent_id for found in matches for agent_id in found.agent_ids]
        assert len(taken) == len(set(taken)), "an agent was offered two callers at once"
        assert set(taken) <= free, "a busy agent was offered a caller"
        assert len({found.entry_id for found in matches}) == len(matches), "a caller was offered twice at once"
        for agent in self.floor.agents.values():
            assert len(agent.offered_entries) <= 1
            assert (agent.state is AgentState.OFFERED) == bool(agent.offered_entries)
        served = {found.entry_id: found.agent_ids for found in matches}
        passed_over: list[QueueEntry] = []
        for entry in ordered:
            agents = served.get(entry.id)
            if agents is None:
                passed_over.append(entry)
                continue
            for better in passed_over:
                for agent_id in agents:
                    assert not self._could_take(better, agent_id), f"{entry.id} overtook {better.id}"
            queue = self.floor.queues[entry.queue_id].queue
            assert len(agents) == 1 or strategy(queue.settings.strategy).rings_all

    def _could_take(self, entry: QueueEntry, agent_id: str) -> bool:
        team = self.floor.queues[entry.queue_id].team
        required = required_after(entry.skills, team.queue.settings.relaxations, entry.waited(self.now))
        return agent_id not in entry.tried and any(
            agent.id == agent_id and meets(agent.profile.skills, required) for _, agent in team.members
        )
