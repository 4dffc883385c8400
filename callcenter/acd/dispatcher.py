"""The desk that callers, agents and supervisors deal with: runs the floor on the server's clock.

One task decides: it lets the floor do what is due, hands out offers, writes down what happened, publishes what changed,
and sleeps until something happens or the floor's next deadline has come. Everybody else tells the floor and wakes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import structlog

from callcenter.acd.agent import Agent
from callcenter.acd.agent_state import AgentState
from callcenter.acd.bookkeeping import Bookkeeping
from callcenter.acd.callback import Callback, CallbackPlace
from callcenter.acd.callback_desk import CallbackDesk, CallbackLine
from callcenter.acd.caller_wait import AgentTaken, CallerWait, MustGo, QueueChangedTo, RingNow, WaitLines, place_of
from callcenter.acd.entry import QueueEntry
from callcenter.acd.floor import Floor
from callcenter.acd.floor_facts import LetGo, Moved, StopRinging
from callcenter.acd.leg_watch import LegWatch
from callcenter.acd.live_queue import LiveQueue
from callcenter.acd.moments import Moments
from callcenter.acd.ports import AcdPorts
from callcenter.acd.records import VisitOutcome
from callcenter.acd.restoring import restore_agent
from callcenter.acd.sayings import Sayings
from callcenter.acd.view import AgentChanged, AgentView, LiveQueueView, QueueChanged
from callcenter.acd.views import agent_view, queue_view
from callcenter.calls.cdr import Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import QueueOutcome, QueueRequest, QueueResult
from callcenter.calls.exchange import Exchange
from callcenter.calls.routes import Routes
from callcenter.calls.trunks import Trunks
from callcenter.runtime.tasks import cancel_and_wait, create_task

ROUND_S = 1.0
"The floor is looked at that often even when nothing happens."
DAY_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"Where the day of the counters begins."

log = structlog.get_logger(__name__)

_REFUSED = {
    VisitOutcome.FULL: QueueOutcome.FULL,
    VisitOutcome.JOIN_EMPTY: QueueOutcome.JOIN_EMPTY,
    VisitOutcome.CLOSED: QueueOutcome.CLOSED,
}


class Dispatcher:
    """Implements :class:`callcenter.calls.ports.Queues`.

    ``watch`` is the :class:`~callcenter.calls.ports.CallObserver` that keeps it informed. Every method but the
    coroutines answers from memory and does not block. Errors: :mod:`callcenter.acd.errors`.
    """

    def __init__(self, exchange: Exchange, routes: Routes, trunks: Trunks, ports: AcdPorts, random: Random) -> None:
        self._exchange = exchange
        self._routes = routes
        self._ports = ports
        self._bookkeeping = Bookkeeping(ports.states, ports.history)
        self._today = exchange.clock.utcnow().astimezone(DAY_ZONE).date()
        self._floor = Floor(random, self._today)
        self._desk = CallbackDesk(exchange, self._floor, ports.callbacks, self._wake)
        self._lines = WaitLines(exchange, routes, trunks, self._floor, Sayings(ports.words))
        self._waits: dict[str, CallerWait] = {}
        self._agent_at: dict[str, str] = {}
        "Agent id by extension."
        self._something = asyncio.Event()
        self._hours_due = 0.0
        "When the hours of all queues are looked at next: with many of them that is work."
        self._moved: set[str] = set()
        "Queues in which places have changed since their callers were told."
        self._task: asyncio.Task[None] | None = None
        self.watch = LegWatch(exchange, self._floor, self._desk, self._wake)

    # Life

    async def start(self, line: CallbackLine | None = None) -> None:
        """Load the book and what the last run left, and begin to work.

        :param line: places the calls of call-backs; without one they keep their places.
        """
        await self.reload()
        moments = Moments.read(self._exchange.clock)
        for stored in await self._ports.states.all():
            restore_agent(self._floor, stored, moments)
        midnight = datetime.combine(self._today, datetime.min.time(), tzinfo=DAY_ZONE).astimezone(UTC)
        for visit in await self._ports.history.visits_since(midnight):
            self._floor.learn(visit, moments)
        await self._desk.restore()
        self._desk.line = line
        self._floor.take_facts()
        self._task = create_task(self._run(), name="acd-dispatcher")

    async def stop(self) -> None:
        """Stop deciding and dialling; waiting callers end with their calls."""
        await cancel_and_wait(self._task)
        self._task = None
        await self._desk.stop()
        self._keep()

    async def reload(self) -> None:
        """Read queues, members and skills anew; callers, agents and call-backs stay where they are."""
        contents = await self._ports.book.load()
        now = self._exchange.now()
        self._floor.configure(contents, now)
        self._agent_at = {profile.extension: profile.id for profile in contents.agents if profile.extension is not None}
        for agent in self._floor.agents.values():
            extension = agent.profile.extension
            there = extension is not None and self._routes.is_registered(extension, now)
            if there != agent.registered:
                (agent.connected if there else agent.disconnected)(now)
                self._floor.touch(agent, now)
        self._look_at_hours()
        self._wake()

    # Deciding

    def _wake(self) -> None:
        self._something.set()

    async def _run(self) -> None:
        while True:
            self._something.clear()
            try:
                self._decide()
            except Exception:  # A supervised edge: what fails for one caller must not end the service of all others.
                log.exception("decision failed")
            now = self._exchange.now()
            deadline = self._floor.next_deadline(now)
            pause = ROUND_S if deadline is None else min(max(deadline - now, 0.001), ROUND_S)
            try:
                async with asyncio.timeout(pause):
                    await self._something.wait()
            except TimeoutError:
                continue

    def _decide(self) -> None:
        now = self._exchange.now()
        if now >= self._hours_due:
            self._look_at_hours()
            self._tell_places()
        self._desk.tick()
        self.watch.reconcile(now)
        live_entries = {entry_id for entry_id, wait in self._waits.items() if wait.ringing is not None}
        live_entries |= self._desk.dialled_entries
        self._floor.heal(self.watch.live_calls(), live_entries, now)
        for signal in self._floor.tick(now):
            wait = self._waits.get(signal.entry_id)
            if wait is None:
                if isinstance(signal, StopRinging):
                    self._desk.agent_taken(signal.entry_id)
                continue
            match signal:
                case LetGo(outcome=outcome):
                    wait.signal(MustGo(outcome))
                case Moved():
                    wait.signal(QueueChangedTo())
                case StopRinging(agent_id=agent_id):
                    wait.signal(AgentTaken(agent_id))
        for found in self._floor.match(now):
            wait = self._waits.get(found.entry_id)
            if wait is not None:
                wait.signal(RingNow(found.agent_ids))
            else:
                self._desk.dial(found)
        self._keep()

    def _look_at_hours(self) -> None:
        """Note which queues are open, and begin a new day when there is one."""
        self._hours_due = self._exchange.now() + ROUND_S
        self._note_hours(self._floor.queues.values())
        today = self._exchange.clock.utcnow().astimezone(DAY_ZONE).date()
        if today != self._today:
            self._today = today
            self._floor.new_day(today)

    def _note_hours(self, queues: Iterable[LiveQueue]) -> None:
        utc = self._exchange.clock.utcnow()
        for live in queues:
            live.closed = not self._ports.is_open(live.queue.settings.hours, utc)

    def _keep(self) -> None:
        """Write down what happened and publish what changed."""
        moments = Moments.read(self._exchange.clock)
        for fact in self._floor.take_facts():
            self._bookkeeping.write(fact, moments)
        agents, self._floor.changed_agents = self._floor.changed_agents, set()
        for agent_id in sorted(agents):
            agent = self._floor.agents.get(agent_id)
            if agent is not None and not agent.profile.plain:
                self._bookkeeping.keep_state(agent, moments)
                self._ports.bus.publish(AgentChanged(agent_view(self._floor, agent, moments)))
        queues, self._floor.changed_queues = self._floor.changed_queues, set()
        for queue_id in sorted(queues):
            live = self._floor.queues.get(queue_id)
            if live is not None:
                self._ports.bus.publish(QueueChanged(queue_view(self._floor, live, moments)))
        self._moved |= queues

    def _tell_places(self) -> None:
        """Let callers see whether their places have changed: each counts all others, so not at every event."""
        moved, self._moved = self._moved, set()
        for wait in self._waits.values():
            if wait.entry.queue_id in moved:
                wait.look()

    # Callers (calls.ports.Queues)

    def knows(self, queue: str) -> bool:
        """Tell whether there is an enabled queue with this id or code."""
        return self._floor.find_queue(queue) is not None

    async def wait(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Let the caller wait, ring agents, and connect the one who answers until one side ends it.

        :raises callcenter.calls.channel_results.CallEnded: when the caller is gone.
        """
        live = self._floor.find_queue(request.queue)
        if live is None:
            return QueueResult(outcome=QueueOutcome.FAILED, queue=request.queue)
        following = (self._floor.find_queue(name) for name in live.queue.settings.overflow)
        self._note_hours([live, *(queue for queue in following if queue is not None)])
        entry = place_of(channel, request, self._exchange.new_id(), self._exchange.now())
        callback_id = request.callback_id
        taken = (
            self._desk.customer_waits(callback_id)
            if callback_id is not None
            else self._desk.of_caller(live.queue.id, entry.number)
        )
        if taken is not None:
            entry.arrived = min(entry.arrived, Moments.read(self._exchange.clock).to_monotonic(taken.arrived_at))
            entry.asked_priority = max(entry.asked_priority, taken.priority)
        refusal = self._floor.join(entry, self._exchange.now())
        if refusal is not None:
            self._wake()
            channel.call.missed = Outcome.NO_ANSWER
            channel.call.note("queue_refused", queue=live.queue.code, outcome=refusal.value)
            return QueueResult(outcome=_REFUSED.get(refusal, QueueOutcome.FAILED), queue=live.queue.code)
        if callback_id is None and taken is not None:
            self._desk.ring_in(taken.id)
            entry.position_at_entry = self._floor.position(entry, self._exchange.now())
        wait = CallerWait(self._lines, channel, entry, request_callback=self._callback_for, changed=self._wake)
        if callback_id is not None:
            wait.on_answered = partial(self._desk.reached, callback_id, call_id=channel.call.id)
        self._waits[entry.id] = wait
        self._wake()
        try:
            return await wait.run()
        finally:
            del self._waits[entry.id]
            self._wake()

    def _callback_for(self, entry: QueueEntry, number: str) -> str:
        callback = self._desk.request(
            self._floor.queue(entry.queue_id),
            number,
            entry=entry,
            customer_name=entry.customer_name or "",
            language=entry.language,
            call_id=entry.call_id,
        )
        return callback.id

    # Agents

    def _view(self, agent: Agent) -> AgentView:
        self._floor.touch(agent, self._exchange.now())
        self._wake()
        return agent_view(self._floor, agent, Moments.read(self._exchange.clock))

    def agents(self) -> Sequence[AgentView]:
        """Return every agent, by name; plain phones are not among them."""
        moments = Moments.read(self._exchange.clock)
        people = (agent for agent in self._floor.agents.values() if not agent.profile.plain)
        return sorted(
            (agent_view(self._floor, agent, moments) for agent in people), key=lambda view: (view.name, view.id)
        )

    def agent(self, agent_id: str) -> AgentView | None:
        """Return one agent."""
        agent = self._floor.agents.get(agent_id)
        if agent is None or agent.profile.plain:
            return None
        return agent_view(self._floor, agent, Moments.read(self._exchange.clock))

    def set_agent_state(self, agent_id: str, state: AgentState, reason: str | None = None) -> AgentView:
        """Do what the agent chose: available, break or offline; during an offer, a call or wrap-up it comes next.

        :raises UnknownAgent: / :raises StateNotChosen: / :raises AgentNotReachable:
        """
        agent = self._floor.agent(agent_id)
        agent.choose(state, reason, self._exchange.now())
        return self._view(agent)

    def force_agent_state(self, agent_id: str, state: AgentState, reason: str | None = None, *, by: str) -> AgentView:
        """Do what supervisor ``by`` chose: at once, ending offers and wrap-up; during a call it comes next.

        :raises UnknownAgent: / :raises StateNotChosen: / :raises AgentNotReachable:
        """
        agent = self._floor.agent(agent_id)
        agent.force(state, reason, self._exchange.now(), by=by)
        return self._view(agent)

    def agent_connected(self, extension: str) -> None:
        """A phone or browser of ``extension`` is registered (again). May be called often."""
        for agent in self._at(extension):
            before = agent.state, agent.registered
            agent.connected(self._exchange.now())
            if (agent.state, agent.registered) != before:
                self._view(agent)

    def agent_disconnected(self, extension: str) -> None:
        """The last registration of ``extension`` is gone."""
        for agent in self._at(extension):
            agent.disconnected(self._exchange.now())
            self._view(agent)

    def _at(self, extension: str) -> Iterator[Agent]:
        agent = self._floor.agents.get(self._agent_at.get(extension, ""))
        if agent is not None:
            yield agent

    def heartbeat(self, agent_id: str) -> None:
        """The agent's browser is alive. From the first on, 15 s of silence make the agent unreachable."""
        agent = self._floor.agents.get(agent_id)
        if agent is not None:
            was = agent.state
            agent.heartbeat(self._exchange.now())
            if agent.state is not was:
                self._view(agent)

    def heartbeat_ended(self, agent_id: str) -> None:
        """The agent's last browser tab said good-bye: from now on only the registration counts."""
        agent = self._floor.agents.get(agent_id)
        if agent is not None:
            agent.heartbeat_ended(self._exchange.now())
            self._view(agent)

    def extend_wrap_up(self, agent_id: str) -> AgentView:
        """Give the agent more time, once.

        :raises UnknownAgent: / :raises NoWrapUp: / :raises AlreadyExtended:
        """
        agent = self._floor.agent(agent_id)
        agent.extend_wrap_up()
        return self._view(agent)

    def finish_wrap_up(self, agent_id: str, call_id: str, disposition: str | None = None) -> bool:
        """Take the chosen disposition of a call; tell whether that ended the agent's wrap-up.

        Also while the call goes on: the wrap-up then has its code already. Always safe to call for any agent and call;
        False when the agent is not in wrap-up for that call.

        :raises WrapUpGoesOn: when no code is given and the queue requires one, or its time is fixed.
        """
        agent = self._floor.agents.get(agent_id)
        if agent is None:
            return False
        ended = agent.disposition_chosen(call_id, disposition, self._exchange.now())
        self._view(agent)
        return ended

    # Queues

    def queues(self) -> Sequence[LiveQueueView]:
        """Return every queue, by name; queues of stores after the others."""
        moments = Moments.read(self._exchange.clock)
        views = [queue_view(self._floor, live, moments) for live in self._floor.queues.values()]
        return sorted(views, key=lambda view: (view.code.startswith("store:"), view.name, view.id))

    def queue(self, queue: str) -> LiveQueueView | None:
        """Return one queue by id or code."""
        live = self._floor.find_queue(queue)
        return queue_view(self._floor, live, Moments.read(self._exchange.clock)) if live is not None else None

    def expected_wait_s(self, queue: str) -> float | None:
        """Return the wait a routing decision may count on for somebody who joined now; None without agents."""
        live = self._floor.find_queue(queue)
        if live is None:
            return None
        position = len(self._floor.waiting_in(live.queue.id)) + 1
        return live.estimate.for_decisions(position=position, agents=live.agents_on_queue)

    def free_extensions(self, extensions: Sequence[str]) -> list[str]:
        """Return those among ``extensions`` that may be rung now: available agents, and plain phones that are free."""
        now = self._exchange.now()
        return [
            extension for extension in extensions if any(agent.may_be_offered(now) for agent in self._at(extension))
        ]

    def takes_calls(self, extension: str) -> bool:
        """Tell whether who sits at ``extension`` is at work for callers, busy or free; phones of nobody always are."""
        return all(
            agent.profile.plain or agent.state in (AgentState.AVAILABLE, AgentState.OFFERED, AgentState.ON_CALL)
            for agent in self._at(extension)
        )

    # Call-backs

    def callbacks(self) -> Sequence[Callback]:
        """Return the open call-backs, oldest place first."""
        return self._desk.book.open()

    def request_callback(
        self,
        queue: str,
        number: str,
        *,
        customer_name: str = "",
        note: str = "",
        language: str = "vi",
        call_id: str | None = None,
        place: CallbackPlace | None = None,
    ) -> Callback:
        """Put a call-back into a queue; an open one of the same number there takes the request in.

        :param place: where in the queue, when it is not at the end.
        :raises UnknownQueue: / :raises InvalidCallbackNumber:
        """
        return self._desk.request(
            self._floor.queue(queue),
            number,
            customer_name=customer_name,
            note=note,
            language=language,
            call_id=call_id,
            place=place,
        )

    def cancel_callback(self, callback_id: str) -> Callback:
        """Call it off.

        :raises UnknownCallback:
        """
        return self._desk.cancel(callback_id)
