"""An agent: the only writer of an agent's state, and everything that decides what it becomes.

An agent is told what happens (a click, a phone registered, an offer, a call that began or ended, time that passed) and
moves through :data:`~callcenter.acd.agent_state.AGENT_TABLE`. What has to be kept is collected as facts, which the
owner takes with :meth:`Agent.take_facts`. Times are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from callcenter.acd.agent_facts import (
    AVAILABLE,
    OFFLINE,
    AgentFact,
    CallHandled,
    Choice,
    HandledCall,
    Healed,
    OpenCall,
    QueueWork,
    StateLeft,
    WrapUp,
    WrapUpLeft,
)
from callcenter.acd.agent_state import AGENT_TABLE, BUSY, CHOSEN, INPUT_OF, AgentInput, AgentState
from callcenter.acd.errors import AgentNotReachable, AlreadyExtended, NoWrapUp, StateNotChosen, WrapUpGoesOn
from callcenter.acd.queue import AgentProfile, WrapUpMode
from callcenter.acd.records import WrapUpEnd

HEARTBEAT_S = 15.0
"A browser silent for that long is gone."
RETURN_S = 60.0
"Who comes back within this time goes on where it was left; later, the agent has to sign in again."
HEAL_S = 5.0
"An agent is not busy for longer than this without a live call."


@dataclass(slots=True, eq=False)
class Agent:
    """One agent."""

    profile: AgentProfile
    since: float
    "When the state or its reason last changed."
    reason: str | None = None
    next: Choice | None = None
    wrap_up: WrapUp | None = None
    missed_in_row: int = 0
    registered: bool = False
    idle_since: float = 0.0
    "Since when the agent waits for a call; an offer that came to nothing does not change it."
    rest_until: float = 0.0
    "Not offered anything before this moment: an offer was just refused."
    answered_today: int = 0
    "Queue calls."
    ringing: set[str] = field(default_factory=set)
    "Ids of legs that ring the agent's phone for other calls than offers."
    _state: AgentState = AGENT_TABLE.initial
    _calls: dict[str, OpenCall] = field(default_factory=dict)
    _offers: dict[str, float] = field(default_factory=dict)
    "Entries the agent is being rung for, and since when."
    _after: HandledCall | None = None
    "The queue call that ended last while others went on."
    _codes: dict[str, str] = field(default_factory=dict)
    "Dispositions chosen while their calls went on."
    _before: Choice = AVAILABLE
    "What to go back to after being unreachable or after a call that came in between."
    _lost_at: float | None = None
    _heartbeat_at: float | None = None
    _facts: list[AgentFact] = field(default_factory=list)

    # What can be seen

    @property
    def id(self) -> str:
        """Return the agent's id."""
        return self.profile.id

    @property
    def state(self) -> AgentState:
        """Return what the agent does now."""
        return self._state

    @property
    def call_ids(self) -> tuple[str, ...]:
        """Return the calls the agent is in, oldest first."""
        return tuple(self._calls)

    @property
    def offered_entries(self) -> tuple[str, ...]:
        """Return the waiting callers the agent is being rung for; never more than one."""
        return tuple(self._offers)

    @property
    def reachable(self) -> bool:
        """Tell whether the phone is registered and the browser, if there is one, alive."""
        return self.registered and self._lost_at is None

    def is_expected(self, now: float) -> bool:
        """Tell whether the agent is gone only for a moment, as after a restart of the server."""
        lost_at = self._lost_at
        return self._state is AgentState.UNREACHABLE and lost_at is not None and now - lost_at <= RETURN_S

    def may_be_offered(self, now: float) -> bool:
        """Tell whether the agent may be rung for a caller."""
        return (
            self._state is AgentState.AVAILABLE
            and self.profile.extension is not None
            and not self.ringing
            and self.rest_until <= now
        )

    def take_facts(self) -> list[AgentFact]:
        """Return what has to be kept, and forget it."""
        facts, self._facts = self._facts, []
        return facts

    # The table

    def _move(self, event: AgentInput, now: float, reason: str | None = None, forced_by: str | None = None) -> None:
        state = AGENT_TABLE.next(self._state, event)
        if state is self._state and reason == self.reason:
            return
        self._facts.append(StateLeft(self._state, self.reason, self.since, now, forced_by))
        if state is AgentState.AVAILABLE and self._state not in (AgentState.OFFERED, AgentState.UNREACHABLE):
            self.idle_since = now
        self._state, self.reason, self.since = state, reason, now

    def _settle(self, choice: Choice, now: float, forced_by: str | None = None) -> None:
        """Be in the state chosen; an available agent who cannot be reached is unreachable instead."""
        if choice.state is AgentState.AVAILABLE and not self.reachable:
            if not self.profile.plain:
                self._before = AVAILABLE
                self._lost_at = now if self._lost_at is None else self._lost_at
                self._move(AgentInput.LOSE, now, forced_by=forced_by)
                return
            choice = OFFLINE
        if choice.state is self._state and choice.reason == self.reason:
            return
        self._move(INPUT_OF[choice.state], now, choice.reason, forced_by)

    # Phone and browser

    def connected(self, now: float) -> None:
        """The phone is registered (again)."""
        self.registered = True
        if self._heartbeat_at is not None and now - self._heartbeat_at >= HEARTBEAT_S:
            self._heartbeat_at = None  # The old browser is gone for good; this is a new device.
        self._came_back(now)

    def disconnected(self, now: float) -> None:
        """The last registration is gone."""
        self.registered = False
        self._gone(now)

    def heartbeat(self, now: float) -> None:
        """The browser is alive."""
        self._heartbeat_at = now
        if self.registered:
            self._came_back(now)

    def heartbeat_ended(self, now: float) -> None:
        """The browser said good-bye: only the registration counts from now on."""
        self._heartbeat_at = None
        if self.registered:
            self._came_back(now)

    def _gone(self, now: float) -> None:
        if self._lost_at is None:
            self._lost_at = now
        if self.profile.plain:
            if self._state in (AgentState.AVAILABLE, AgentState.OFFERED):
                self._offers.clear()
                self._move(AgentInput.SIGN_OUT, now)
        elif self._state is AgentState.OFFERED:
            self._offers.clear()
            self._before = self.next or AVAILABLE
            self.next = None
            self._move(AgentInput.LOSE, now)
        elif self._state in (AgentState.AVAILABLE, AgentState.BREAK, AgentState.NOT_RESPONDING):
            self._before = Choice(self._state, self.reason)
            self._move(AgentInput.LOSE, now)

    def _came_back(self, now: float) -> None:
        lost_at, self._lost_at = self._lost_at, None
        if self.profile.plain:
            if self._state is AgentState.OFFLINE:
                self._move(AgentInput.READY, now)
        elif self._state is AgentState.UNREACHABLE:
            in_time = lost_at is not None and now - lost_at <= RETURN_S
            self._settle(self._before if in_time else OFFLINE, now)

    # Choices

    def choose(self, state: AgentState, reason: str | None, now: float) -> None:
        """Do what the agent wants: at once, or after the call or wrap-up under way.

        :raises StateNotChosen: when it is a state that cannot be asked for.
        :raises AgentNotReachable: when it is available and there is no phone.
        """
        choice = self._checked(state, reason)
        if self._state in BUSY:
            self.next = choice
            return
        self.missed_in_row = 0
        self._settle(choice, now)

    def force(self, state: AgentState, reason: str | None, now: float, *, by: str) -> None:
        """Do what supervisor ``by`` wants: at once, ending an offer or wrap-up; after a call that is under way.

        :raises StateNotChosen: :raises AgentNotReachable: as :meth:`choose` does.
        """
        choice = self._checked(state, reason)
        if self._state is AgentState.ON_CALL:
            self.next = choice
            return
        self.next = None
        self.missed_in_row = 0
        if self._state is AgentState.OFFERED:
            self._offers.clear()
            if choice == AVAILABLE:
                self._move(AgentInput.WITHDRAW, now, forced_by=by)
                return
        if self._state is AgentState.WRAP_UP:
            self._close_wrap_up(now, WrapUpEnd.SUPERVISOR)
        self._settle(choice, now, by)

    def _checked(self, state: AgentState, reason: str | None) -> Choice:
        if state not in CHOSEN:
            raise StateNotChosen(state.value)
        if state is AgentState.AVAILABLE and not self.reachable:
            raise AgentNotReachable(self.id)
        return Choice(state, reason if state is AgentState.BREAK else None)

    # Offers

    def offer(self, entry_id: str, now: float) -> None:
        """Be rung for a waiting caller."""
        self._move(AgentInput.OFFER, now)
        self._offers[entry_id] = now

    def offer_missed(self, entry_id: str, now: float, *, allowed: int) -> None:
        """The ring time ran out; ``allowed`` misses in a row make the agent not responding, 0 never."""
        if self._offers.pop(entry_id, None) is None or self._state is not AgentState.OFFERED:
            return
        self.missed_in_row += 1
        if not self.profile.plain and 0 < allowed <= self.missed_in_row:
            if self.next is not None and self.next.state is not AgentState.AVAILABLE:
                self._free(now)  # Who was about to leave anyway, leaves.
            else:
                self.next = None
                self._move(AgentInput.MISS, now)
        else:
            self._free(now)

    def offer_over(self, entry_id: str, now: float) -> None:
        """The offer came to nothing, or was refused."""
        if self._offers.pop(entry_id, None) is not None and self._state is AgentState.OFFERED:
            self._free(now)

    def _free(self, now: float) -> None:
        """Be free after an offer, or do what was chosen meanwhile."""
        choice, self.next = self.next, None
        self._move(AgentInput.WITHDRAW, now)
        if choice is not None:
            self._settle(choice, now)

    # Calls

    def call_began(self, call_id: str, now: float, work: QueueWork | None = None) -> None:
        """A call of the agent's is up. May be told again, and again with the queue it belongs to."""
        call = self._calls.get(call_id)
        if call is None:
            call = self._calls[call_id] = OpenCall(now)
            if self._state is AgentState.OFFERED:
                self._before, self.missed_in_row = AVAILABLE, 0  # An earlier absence is history.
            elif self._state in (AgentState.BREAK, AgentState.OFFLINE):
                self._before = Choice(self._state, self.reason)
            elif self._state is AgentState.AVAILABLE or AgentState.NOT_RESPONDING in (self._state, self._before.state):
                self._before, self.missed_in_row = AVAILABLE, 0  # Whoever takes or makes a call is there.
            self._offers.clear()
            if self._state is not AgentState.ON_CALL:
                self._move(AgentInput.CALL, now)
        call.missing_since = None
        if work is not None and call.work is None:
            call.work = work
            self.answered_today += 1

    def call_ended(self, call_id: str, now: float) -> None:
        """A call of the agent's is over."""
        call = self._calls.pop(call_id, None)
        if call is None:
            return
        if call.work is not None:
            if self._after is not None:  # Only the call that ends last is worked on afterwards.
                self._handled(self._after, now)
            self._after = HandledCall(call_id, call.work, call.began)
        if not self._calls:
            self._last_call_over(now)

    def _last_call_over(self, now: float) -> None:
        after, self._after = self._after, None
        if after is not None:
            self._close_wrap_up(now, WrapUpEnd.NEXT_CALL)
            settings = after.work.wrap_up
            code = self._codes.get(after.call_id)
            coded = settings.mode is WrapUpMode.UNTIL_CODED and code is not None
            if settings.is_off or coded or self.profile.plain:
                self._handled(after, now)
            else:
                ends = None if settings.mode is WrapUpMode.UNTIL_CODED else now + settings.seconds
                self.wrap_up = WrapUp(after.call_id, after.work, after.began, now, ends, disposition=code)
        self._codes.clear()
        if self.wrap_up is not None:
            self._move(AgentInput.WRAP, now)
        else:
            self._after_work(now)

    def _handled(self, call: HandledCall, now: float) -> None:
        self._facts.append(CallHandled(call.call_id, call.work.queue_id, now - call.began))

    def _after_work(self, now: float) -> None:
        """Do what was chosen meanwhile, else what was before."""
        choice = AVAILABLE if self.profile.plain else self.next or self._before
        self.next, self._before = None, AVAILABLE
        self._settle(choice, now)

    def assign(self, call_id: str, work: QueueWork) -> None:
        """Learn that a call the agent is in belongs to a queue."""
        call = self._calls.get(call_id)
        if call is not None and call.work is None:
            call.work = work

    # Wrap-up

    def disposition_chosen(self, call_id: str, code: str | None, now: float) -> bool:
        """Take the disposition of a call, during it or in its wrap-up; tell whether that ended the wrap-up.

        :raises WrapUpGoesOn: when ``code`` is None and one is required, or the time is fixed.
        """
        if call_id in self._calls:
            if code is not None:
                self._codes[call_id] = code
            return False
        wrap_up = self.wrap_up
        if wrap_up is None or wrap_up.call_id != call_id:
            return False
        wrap_up.disposition = code or wrap_up.disposition
        if not wrap_up.can_finish:
            if code is None:
                raise WrapUpGoesOn(call_id)
            return False
        self._close_wrap_up(now, WrapUpEnd.AGENT)
        if self._state is AgentState.WRAP_UP:
            self._after_work(now)
        return True

    def extend_wrap_up(self) -> None:
        """Give the wrap-up more time, once.

        :raises NoWrapUp: :raises AlreadyExtended: when there is nothing to extend, or it was extended.
        """
        if self.wrap_up is None or self._state is not AgentState.WRAP_UP:
            raise NoWrapUp(self.id)
        if not self.wrap_up.can_extend or self.wrap_up.ends is None:
            raise AlreadyExtended(self.id)
        self.wrap_up.ends += self.wrap_up.work.wrap_up.extend_s
        self.wrap_up.extended = True

    def _close_wrap_up(self, now: float, by: WrapUpEnd) -> None:
        wrap_up, self.wrap_up = self.wrap_up, None
        if wrap_up is None:
            return
        if by is not WrapUpEnd.AGENT and wrap_up.disposition is None:
            wrap_up.disposition = wrap_up.work.wrap_up.timeout_code
        self._facts.append(WrapUpLeft(wrap_up, now, by))
        self._facts.append(CallHandled(wrap_up.call_id, wrap_up.work.queue_id, now - wrap_up.call_began))

    # Time

    def deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do next."""
        moments = [self.wrap_up.ends] if self.wrap_up is not None and self.wrap_up.ends is not None else []
        if self._heartbeat_at is not None and self._lost_at is None:
            moments.append(self._heartbeat_at + HEARTBEAT_S)
        return min(moments, default=None)

    def tick(self, now: float) -> None:
        """Do what is due: the end of a wrap-up, a browser that fell silent."""
        if self._heartbeat_at is not None and self._lost_at is None and now - self._heartbeat_at >= HEARTBEAT_S:
            self._gone(now)
        if self.wrap_up is not None and self.wrap_up.ends is not None and now >= self.wrap_up.ends:
            self._close_wrap_up(now, WrapUpEnd.TIMEOUT)
            if self._state is AgentState.WRAP_UP:
                self._after_work(now)

    def heal(self, live_calls: Collection[str], live_entries: Collection[str], now: float) -> bool:
        """Compare with what really goes on, and end what has been missing for some seconds; tell whether there was any.

        :param live_calls: the calls that have a leg of this agent.
        :param live_entries: the callers somebody is really rung for.
        """
        healed = len(self._facts)
        for call_id, call in list(self._calls.items()):
            if call_id in live_calls:
                call.missing_since = None
            elif call.missing_since is None:
                call.missing_since = now
            elif now - call.missing_since >= HEAL_S:
                self._facts.append(Healed(self._state, call_id))
                self.call_ended(call_id, now)
        for entry_id, began in list(self._offers.items()):
            if entry_id not in live_entries and now - began >= HEAL_S:
                self._facts.append(Healed(self._state, None))
                self.offer_over(entry_id, now)
        return len(self._facts) > healed

    # A new run of the server

    def restore(
        self,
        choice: Choice,
        now: float,
        *,
        next: Choice | None = None,
        wrap_up: WrapUp | None = None,
        missed_in_row: int = 0,
    ) -> None:
        """Go on where the last run stopped; calls that live on are told by :meth:`call_began` afterwards.

        Whoever was busy is what comes next; whoever was at work and is not registered yet has :data:`RETURN_S` for it.
        """
        self.missed_in_row = missed_in_row
        if choice.state in BUSY or choice.state is AgentState.UNREACHABLE:
            choice, next = next or AVAILABLE, None
        if wrap_up is not None:
            self.wrap_up, self.next = wrap_up, choice
            self._state, self.since = AgentState.WRAP_UP, wrap_up.began
        elif choice.state is AgentState.OFFLINE:
            self._state, self.since = AgentState.OFFLINE, now
        elif self.reachable:
            self._state, self.reason, self.since = choice.state, choice.reason, now
        else:
            self._before, self._lost_at = choice, now
            self._state, self.since = AgentState.UNREACHABLE, now
        self.idle_since = now
