"""Who is offered what now: one pass over everybody who waits, best first, over all queues together.

The order goes by wait + priority × 60 s. A caller takes from the free agents whom the queue's strategy puts first, so N
free agents serve the N callers at the head at once, and a caller nobody can serve does not hold up those behind. An
agent who is in several queues serves whoever is first over all of them. Nobody is in two offers: whoever was taken in
this pass, or rings already, is not free.

An agent who failed is left out until everybody else was tried; then, after a pause, the round begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from callcenter.acd.agent import Agent
from callcenter.acd.agent_state import ON_QUEUE
from callcenter.acd.entry import QueueEntry
from callcenter.acd.queue import Queue, QueueMember
from callcenter.acd.skills import meets, required_after
from callcenter.acd.strategies import Candidate, Situation, strategy


@dataclass(slots=True)
class Team:
    """A queue with its members, as matching sees them."""

    queue: Queue
    members: Sequence[tuple[QueueMember, Agent]]
    "Active ones only."
    last_offered: tuple[int, str] | None = None
    "For taking turns."


@dataclass(frozen=True, slots=True)
class Match:
    """Ring these agents for this entry."""

    entry_id: str
    agent_ids: tuple[str, ...]
    "None: a call-back whose customer is rung first, since an agent is free now."


@dataclass(slots=True)
class _Pass:
    teams: Mapping[str, Team]
    now: float
    random: Random
    taken: set[str] = field(default_factory=set)
    free: dict[str, list[tuple[QueueMember, Agent]]] = field(default_factory=dict)
    "By queue: who could be offered something when the pass began."

    def free_of(self, team: Team) -> list[tuple[QueueMember, Agent]]:
        """Return the members of ``team`` who are free and not taken."""
        free = self.free.get(team.queue.id)
        if free is None:
            free = [(member, agent) for member, agent in team.members if agent.may_be_offered(self.now)]
            self.free[team.queue.id] = free
        return [(member, agent) for member, agent in free if agent.id not in self.taken]


def in_order(entries: Iterable[QueueEntry], queues: Mapping[str, Queue], now: float) -> list[QueueEntry]:
    """Return those who wait, whose turn is first at the front."""

    def rank(entry: QueueEntry) -> tuple[float, float, str]:
        return -entry.score(now, queues[entry.queue_id].settings.priority_point_s), entry.arrived, entry.id

    return sorted(entries, key=rank)


def match(ordered: Sequence[QueueEntry], teams: Mapping[str, Team], now: float, random: Random) -> list[Match]:
    """Return the offers to make now and note in the entries what was decided about rounds.

    :param ordered: everybody who waits, from :func:`in_order`.
    """
    this = _Pass(teams, now, random)
    matches = []
    for entry in ordered:
        if entry.dialling:
            if entry.customer_first:
                _hold(this, entry)
        elif entry.is_ready(now):
            found = _serve(this, entry)
            if found is not None:
                matches.append(found)
    return matches


def _hold(this: _Pass, entry: QueueEntry) -> None:
    """Keep an agent for a customer whose phone rings."""
    chosen = _chosen(this, entry)
    this.taken.update(agent_id for _, agent_id in chosen[:1])


def _serve(this: _Pass, entry: QueueEntry) -> Match | None:
    chosen = _chosen(this, entry)
    if not chosen:
        return None
    team = this.teams[entry.queue_id]
    if not strategy(team.queue.settings.strategy).rings_all or entry.is_callback:
        chosen = chosen[:1]
    this.taken.update(agent_id for _, agent_id in chosen)
    if entry.customer_first:
        return Match(entry.id, ())
    team.last_offered = chosen[0]
    return Match(entry.id, tuple(agent_id for _, agent_id in chosen))


def _chosen(this: _Pass, entry: QueueEntry) -> list[tuple[int, str]]:
    """Return the places and ids of the agents for ``entry``, best first, and begin a new round when it is time."""
    team = this.teams[entry.queue_id]
    free = this.free_of(team)
    if not free:
        return []
    required = required_after(entry.skills, team.queue.settings.relaxations, entry.waited(this.now))
    free = [pair for pair in free if meets(pair[1].profile.skills, required)]
    untried = [pair for pair in free if pair[1].id not in entry.tried]
    if free and not untried and (entry.next_round is None or this.now >= entry.next_round):
        entry.tried.clear()
        untried = free
    preferred = [pair for pair in untried if pair[1].id in entry.preferred_agents]
    if preferred:
        best, agent = min(preferred, key=lambda pair: entry.preferred_agents.index(pair[1].id))
        return [(best.order, agent.id)]
    if _waits_for_preferred(team, entry, this.now):
        return []
    candidates = [_candidate(member, agent) for member, agent in untried]
    ordered = strategy(team.queue.settings.strategy).order(
        candidates, Situation(this.now, team.last_offered, this.random)
    )
    return [(candidate.order, candidate.agent_id) for candidate in ordered]


def _waits_for_preferred(team: Team, entry: QueueEntry, now: float) -> bool:
    """Tell whether the queue keeps the caller for the preferred agents, of whom one is at work."""
    if now - entry.entered >= team.queue.settings.preferred_only_s:
        return False
    return any(
        agent.id in entry.preferred_agents and agent.id not in entry.tried and agent.state in ON_QUEUE
        for _, agent in team.members
    )


def _candidate(member: QueueMember, agent: Agent) -> Candidate:
    return Candidate(
        agent_id=agent.id,
        idle_since=agent.idle_since,
        answered_today=agent.answered_today,
        order=member.order,
        weight=member.weight,
    )
