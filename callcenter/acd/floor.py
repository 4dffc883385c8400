"""The floor of the call center: all agents, queues, places and offers, and every decision about them. Does no I/O.

Whoever runs it tells what happens, then calls :meth:`Floor.tick` and :meth:`Floor.match`, carries out what they return,
and calls again when something happened or :meth:`Floor.next_deadline` has come. What has to be kept is collected and
taken with :meth:`Floor.take_facts`; what changed for viewers is in ``changed_agents`` and ``changed_queues``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from random import Random

from callcenter.acd.agent import Agent
from callcenter.acd.agent_facts import CallHandled, QueueWork
from callcenter.acd.entry import QueueEntry
from callcenter.acd.errors import UnknownAgent, UnknownQueue
from callcenter.acd.floor_facts import FloorFact, LetGo, Moved, OfferEnded, Signal, StopRinging, VisitEnded
from callcenter.acd.live_queue import LiveQueue
from callcenter.acd.matching import Match, in_order, match
from callcenter.acd.moments import Moments
from callcenter.acd.offer import Offer
from callcenter.acd.ports import QueueBookContents
from callcenter.acd.queue import Queue, QueueSettings
from callcenter.acd.records import OfferOutcome, QueueVisit, VisitOutcome
from callcenter.acd.returning import ReturningCallers
from callcenter.acd.skills import combined

_DELAYED = frozenset({OfferOutcome.NO_ANSWER, OfferOutcome.REJECTED, OfferOutcome.BUSY, OfferOutcome.UNREACHABLE})
"Outcomes after which an agent is left alone for a while, and tried last."


class Floor:
    """Everything the distribution of calls knows."""

    def __init__(self, random: Random, today: date) -> None:
        self.agents: dict[str, Agent] = {}
        self.queues: dict[str, LiveQueue] = {}
        self.entries: dict[str, QueueEntry] = {}
        self.changed_agents: set[str] = set()
        self.changed_queues: set[str] = set()
        self._random = random
        self._today = today
        self._returning = ReturningCallers()
        self._offers: dict[tuple[str, str], Offer] = {}
        "Open ones by entry and agent."
        self._queue_ids: dict[str, str] = {}
        "Queue id by id and by code."
        self._queues_of: dict[str, tuple[str, ...]] = {}
        self._facts: list[FloorFact] = []
        self._signals: list[Signal] = []

    # Set up

    def configure(self, contents: QueueBookContents, now: float) -> None:
        """Take queues and agents as they are set up now; states, places and what was learnt stay."""
        wanted = {profile.id: profile for profile in contents.agents}
        for agent_id in [agent_id for agent_id in self.agents if agent_id not in wanted]:
            if not self.agents[agent_id].call_ids and not self.agents[agent_id].offered_entries:
                del self.agents[agent_id]
        for profile in contents.agents:
            agent = self.agents.get(profile.id)
            if agent is None:
                self.agents[profile.id] = Agent(profile, now, idle_since=now)
            else:
                agent.profile = profile
            self.changed_agents.add(profile.id)
        enabled = {queue.id: queue for queue in contents.queues if queue.enabled}
        removed = [queue_id for queue_id in self.queues if queue_id not in enabled]
        queues_of: dict[str, list[str]] = {}
        self._queue_ids = {}
        for queue in enabled.values():
            live = self.queues.setdefault(queue.id, LiveQueue(queue, self._today))
            live.configure(queue, self.agents)
            self._queue_ids[queue.code] = self._queue_ids[queue.id] = queue.id
            for member in queue.members:
                queues_of.setdefault(member.agent_id, []).append(queue.id)
            self.changed_queues.add(queue.id)
        self._queues_of = {agent_id: tuple(ids) for agent_id, ids in queues_of.items()}
        for queue_id in removed:
            self._remove(queue_id, now)

    def _remove(self, queue_id: str, now: float) -> None:
        """Let callers go on to the next queue of the chain, or out; call-backs stay, since the queue may come back."""
        for entry in [entry for entry in self.waiting_in(queue_id) if not entry.is_callback]:
            for agent_id in list(entry.offered_to):
                self.offer_ended(entry.id, agent_id, OfferOutcome.WITHDRAWN, now)
                self._signals.append(StopRinging(entry.id, agent_id))
            self._move_on(entry, VisitOutcome.CANCELLED, now)
        del self.queues[queue_id]

    def agent(self, agent_id: str) -> Agent:
        """Return an agent; whoever changes it calls :meth:`touch`.

        :raises UnknownAgent: when there is none.
        """
        try:
            return self.agents[agent_id]
        except KeyError:
            raise UnknownAgent(agent_id) from None

    def find_queue(self, name: str) -> LiveQueue | None:
        """Return a queue by id or code."""
        return self.queues.get(self._queue_ids.get(name, ""))

    def queue(self, name: str) -> LiveQueue:
        """Return a queue by id or code.

        :raises UnknownQueue: when there is none.
        """
        found = self.find_queue(name)
        if found is None:
            raise UnknownQueue(name)
        return found

    def queues_of(self, agent_id: str) -> tuple[str, ...]:
        """Return the ids of the queues an agent is a member of."""
        return self._queues_of.get(agent_id, ())

    def touch(self, agent: Agent, now: float) -> None:
        """Take what an agent has to say after something happened to it, and close offers it cannot take any more."""
        for fact in agent.take_facts():
            self._facts.append((agent.id, fact))
            if isinstance(fact, CallHandled) and (live := self.queues.get(fact.queue_id)) is not None:
                live.estimate.handled(fact.seconds)
        for (entry_id, agent_id), offer in list(self._offers.items()):
            if agent_id == agent.id and entry_id not in agent.offered_entries:
                entry = self.entries.get(entry_id)
                if entry is not None and entry.call_id is not None and entry.call_id in agent.call_ids:
                    continue  # Answered; :meth:`answered` says so in a moment.
                self._end_offer(offer, OfferOutcome.WITHDRAWN, now)
                self._signals.append(StopRinging(entry_id, agent_id))
        self.changed_agents.add(agent.id)
        self.changed_queues.update(self.queues_of(agent.id))

    def new_day(self, today: date) -> None:
        """Begin the day's counters anew."""
        self._today = today
        for live in self.queues.values():
            live.counters = live.counters.of(today, live.queue.settings)
            self.changed_queues.add(live.queue.id)
        for agent in self.agents.values():
            agent.answered_today = 0

    def learn(self, visit: QueueVisit, moments: Moments) -> None:
        """Take a wait of today that ended in an earlier run into the counters and estimates."""
        live = self.queues.get(visit.queue_id)
        if live is None or visit.callback_id is not None:
            return
        live.counters.count(visit.outcome, visit.waited_ms / 1000, live.queue.settings)
        if visit.outcome is VisitOutcome.ANSWERED:
            live.estimate.answered(visit.waited_ms / 1000, moments.to_monotonic(visit.left_at))
            if visit.agent_id in self.agents:
                self.agents[visit.agent_id].answered_today += 1

    def take_facts(self) -> list[FloorFact]:
        """Return what has to be kept, and forget it."""
        facts, self._facts = self._facts, []
        return facts

    # Places

    def waiting_in(self, queue_id: str) -> list[QueueEntry]:
        """Return the places of a queue in no order."""
        return [entry for entry in self.entries.values() if entry.queue_id == queue_id]

    def ordered(self, queue_id: str, now: float) -> list[QueueEntry]:
        """Return the places of a queue, whose turn is first at the front."""
        return in_order(self.waiting_in(queue_id), self._settings(), now)

    def position(self, entry: QueueEntry, now: float) -> int:
        """Return the place of ``entry``, from 1; call-backs that only keep theirs do not count."""
        point_s = self.queues[entry.queue_id].queue.settings.priority_point_s
        mine = (-entry.score(now, point_s), entry.arrived, entry.id)
        return 1 + sum(
            (-other.score(now, point_s), other.arrived, other.id) < mine
            for other in self.waiting_in(entry.queue_id)
            if other is not entry and now >= other.held_until
        )

    def estimated_wait(self, entry: QueueEntry, now: float) -> float | None:
        """Return what to tell somebody who waits, None for nothing."""
        live = self.queues[entry.queue_id]
        return live.estimate.honest(
            position=self.position(entry, now),
            waited_s=now - entry.entered,
            agents=live.agents_on_queue,
            now=now,
        )

    def join(self, entry: QueueEntry, now: float) -> VisitOutcome | None:
        """Let a caller in, into this queue or the next of its chain; the first queue's refusal when none does.

        ``entry`` is the floor's from then on. Its priority and skills get what the queue adds.

        :raises UnknownQueue: when there is no such queue.
        """
        live = self.queue(entry.queue_id)
        entry.queue_id = live.queue.id
        kept = self._returning.take_place(
            entry.queue_id, entry.number, within_s=live.queue.settings.resume_within_s, now=now
        )
        if kept is not None and not entry.is_callback:
            entry.arrived = min(entry.arrived, kept)
        refusal = None if entry.is_callback else live.refusal(self._callers_in(live.queue.id), now)
        if refusal is not None:
            entry.entered = now
            self._end_visit(entry, refusal, now)
            target = self._next_queue(entry, now)
            if target is None:
                return refusal
            entry.visited = (*entry.visited, live.queue.id)
            live = target
        self._enter(entry, live, now)
        return None

    def _enter(self, entry: QueueEntry, live: LiveQueue, now: float) -> None:
        entry.queue_id = live.queue.id
        entry.entered = now
        entry.priority = entry.asked_priority + live.queue.settings.priority
        entry.skills = combined(entry.asked_skills, live.queue.settings.skills)
        entry.offers = 0
        entry.tried.clear()
        entry.next_round = None
        self.entries[entry.id] = entry
        live.look_at_staff(now)
        entry.position_at_entry = self.position(entry, now)
        entry.first_estimate = self.estimated_wait(entry, now)
        self.changed_queues.add(live.queue.id)

    def leave(self, entry_id: str, outcome: VisitOutcome, now: float, agent_id: str | None = None) -> QueueEntry | None:
        """Take somebody out of the queue; None when the place is gone already. Offers under way come to nothing."""
        entry = self.entries.get(entry_id)
        if entry is None:
            return None
        for agent in list(entry.offered_to):
            self.offer_ended(entry_id, agent, OfferOutcome.CALLER_LEFT, now)
        self._end_visit(entry, outcome, now, agent_id)
        if outcome is VisitOutcome.ABANDONED:
            self._returning.abandoned(entry.queue_id, entry.number, arrived=entry.arrived, now=now)
        del self.entries[entry_id]
        return entry

    def _callers_in(self, queue_id: str) -> int:
        return sum(not entry.is_callback for entry in self.waiting_in(queue_id))

    def _end_visit(self, entry: QueueEntry, outcome: VisitOutcome, now: float, agent_id: str | None = None) -> None:
        live = self.queues.get(entry.queue_id)
        waited = now - entry.entered
        within = short = False
        if live is not None:
            settings = live.queue.settings
            within = outcome is VisitOutcome.ANSWERED and waited <= settings.target_s
            short = outcome is VisitOutcome.ABANDONED and waited < settings.short_abandon_s
            if not entry.is_callback:
                live.counters.count(outcome, waited, settings)
                if outcome is VisitOutcome.ANSWERED:
                    live.estimate.answered(waited, now)
            self.changed_queues.add(live.queue.id)
        self._facts.append(
            VisitEnded(
                queue_id=entry.queue_id,
                call_id=entry.call_id,
                callback_id=entry.callback_id,
                number=entry.number,
                arrived=entry.arrived,
                entered=entry.entered,
                ended=now,
                outcome=outcome,
                agent_id=agent_id,
                position_at_entry=entry.position_at_entry,
                offers=entry.offers,
                first_estimate=entry.first_estimate,
                within_target=within,
                short_abandon=short,
                visit_id=entry.visit_id,
            )
        )

    # Offers

    def offer_ended(self, entry_id: str, agent_id: str, outcome: OfferOutcome, now: float) -> None:
        """Take what came of ringing an agent, unless the offer is over already. For an answer: :meth:`answered`."""
        offer = self._offers.get((entry_id, agent_id))
        if offer is None:
            return
        settings = self._queue_settings(offer.queue_id)
        self._end_offer(offer, outcome, now)
        entry = self.entries.get(entry_id)
        if entry is not None and outcome in _DELAYED:
            entry.tried.add(agent_id)
            entry.next_round = now + settings.retry_s
        agent = self.agents.get(agent_id)
        if agent is None:
            return
        if outcome in _DELAYED:
            agent.rest_until = now + {
                OfferOutcome.REJECTED: settings.reject_delay_s,
                OfferOutcome.BUSY: settings.busy_delay_s,
            }.get(outcome, settings.no_answer_delay_s)
        if outcome is OfferOutcome.NO_ANSWER:
            agent.offer_missed(entry_id, now, allowed=settings.misses_allowed)
        else:
            agent.offer_over(entry_id, now)
        self.touch(agent, now)

    def answered(self, entry_id: str, agent_id: str | None, call_id: str, now: float) -> QueueEntry | None:
        """Take note that somebody answered a caller: the place is given up, the others who rang are free again.

        :param agent_id: None for somebody who is no agent and picked up.
        """
        entry = self.entries.get(entry_id)
        if entry is None:
            return None
        for other in list(entry.offered_to):
            if other != agent_id:
                self.offer_ended(entry_id, other, OfferOutcome.LOST_RACE, now)
        offer = self._offers.get((entry_id, agent_id or ""))
        if offer is not None:
            self._end_offer(offer, OfferOutcome.ANSWERED, now)
        agent = self.agents.get(agent_id or "")
        if agent is not None:
            agent.call_began(call_id, now, self.work_of(entry.queue_id))
            self.touch(agent, now)
        return self.leave(entry_id, VisitOutcome.ANSWERED, now, agent_id)

    def callback_accepted(self, entry_id: str, agent: Agent, call_id: str, now: float) -> None:
        """Take note that an agent took a call-back: the customer is rung now, and the place kept until then."""
        offer = self._offers.get((entry_id, agent.id))
        if offer is not None:
            self._end_offer(offer, OfferOutcome.ANSWERED, now)
        agent.call_began(call_id, now)
        self.touch(agent, now)

    def work_of(self, queue_id: str) -> QueueWork | None:
        """Return what a queue asks for after its calls."""
        live = self.queues.get(queue_id)
        return QueueWork(queue_id, live.queue.name, live.queue.settings.wrap_up) if live is not None else None

    def _end_offer(self, offer: Offer, outcome: OfferOutcome, now: float) -> None:
        del self._offers[offer.entry_id, offer.agent_id]
        offer.end(outcome, now)
        self.changed_queues.add(offer.queue_id)
        entry = self.entries.get(offer.entry_id)
        if entry is not None:
            entry.offered_to.discard(offer.agent_id)
            self._facts.append(OfferEnded(offer, entry.call_id, entry.visit_id))

    # Decisions

    def match(self, now: float) -> list[Match]:
        """Return the offers to make now; agents and entries know of them already."""
        free = any(agent.may_be_offered(now) for agent in self.agents.values()) if self.entries else False
        if not free:
            return []
        teams = {queue_id: live.team for queue_id, live in self.queues.items()}
        entries = [entry for entry in self.entries.values() if entry.queue_id in teams]
        matches = match(in_order(entries, self._settings(), now), teams, now, self._random)
        for found in matches:
            entry = self.entries[found.entry_id]
            ring_s = self.queues[entry.queue_id].queue.settings.ring_s
            entry.dialling = not found.agent_ids
            entry.offers += len(found.agent_ids)
            self.changed_queues.add(entry.queue_id)
            for agent_id in found.agent_ids:
                agent = self.agents[agent_id]
                agent.offer(entry.id, now)
                extension = agent.profile.extension or ""
                self._offers[entry.id, agent_id] = Offer(entry.id, entry.queue_id, agent_id, extension, now, ring_s)
                entry.offered_to.add(agent_id)
                self.touch(agent, now)
        return matches

    def tick(self, now: float) -> list[Signal]:
        """Do what is due and return what has to be carried out."""
        for agent in self.agents.values():
            deadline = agent.deadline()
            if deadline is not None and deadline <= now:
                agent.tick(now)
                self.touch(agent, now)
        for live in self.queues.values():
            live.look_at_staff(now)
        for entry in list(self.entries.values()):
            queue = self.queues.get(entry.queue_id)
            outcome = queue.let_go(entry, now) if queue is not None else None
            if outcome is None:
                continue
            self._move_on(entry, outcome, now)
        self._returning.forget_before(now - 86400.0)
        signals, self._signals = self._signals, []
        return signals

    def _move_on(self, entry: QueueEntry, outcome: VisitOutcome, now: float) -> None:
        """Let a caller go who may not wait here any longer: to the next queue of the chain, or out."""
        target = self._next_queue(entry, now)
        self._end_visit(entry, VisitOutcome.OVERFLOWED if target is not None else outcome, now)
        if target is not None:
            entry.visited = (*entry.visited, entry.queue_id)
            self._enter(entry, target, now)
            self._signals.append(Moved(entry.id))
        else:
            del self.entries[entry.id]
            self._signals.append(LetGo(entry.id, outcome))

    def _next_queue(self, entry: QueueEntry, now: float) -> LiveQueue | None:
        """Return the first queue of the chain that takes a caller over; never one the caller was in before."""
        origin = self.queues[entry.queue_id].queue
        for name in origin.settings.overflow:
            live = self.find_queue(name)
            if live is None or live.queue.id in (*entry.visited, origin.id):
                continue
            if live.refusal(self._callers_in(live.queue.id), now) is None:
                return live
        return None

    def heal(self, live_calls: Mapping[str, Collection[str]], live_entries: Collection[str], now: float) -> None:
        """Set agents free who are busy with nothing.

        :param live_calls: by agent, the calls in which the agent has a leg.
        :param live_entries: the callers for whom somebody is really being rung.
        """
        for agent in self.agents.values():
            if (agent.call_ids or agent.offered_entries) and agent.heal(
                live_calls.get(agent.id, ()), live_entries, now
            ):
                self.touch(agent, now)

    def next_deadline(self, now: float) -> float | None:
        """Return when :meth:`tick` or :meth:`match` may have something to do although nothing happened."""
        best = float("inf")
        for agent in self.agents.values():
            for moment in (agent.deadline(), agent.rest_until):
                if moment is not None and now < moment < best:
                    best = moment
        for entry in self.entries.values():
            live = self.queues.get(entry.queue_id)
            if live is None:
                continue
            for moment in live.moments_of(entry, now):
                if moment is not None and now < moment < best:
                    best = moment
        return best if best < float("inf") else None

    def _settings(self) -> dict[str, Queue]:
        return {queue_id: live.queue for queue_id, live in self.queues.items()}

    def _queue_settings(self, queue_id: str) -> QueueSettings:
        live = self.queues.get(queue_id)
        return live.queue.settings if live is not None else QueueSettings()
