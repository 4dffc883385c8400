"""Routing for one caller: finds the last store while the greeting plays, and turns what the flow dials into steps.

The look-up is the only thing here that waits for the database; everything about who could answer comes from memory at
the moment it is asked for. What was decided and what came of it is kept together for the call's record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog

from callcenter.calls.call import Call
from callcenter.calls.call_facts import CustomerLabel
from callcenter.calls.channel_results import DialOutcome, DialRequest, TargetKind
from callcenter.calls.dialling import AttemptOutcome, DialStep, DialTarget, TargetAddress
from callcenter.crm.customer import CustomerMatch, MatchOutcome
from callcenter.crm.interaction import InteractionRepository
from callcenter.crm.store import Store
from callcenter.ivr.ports import CustomerLookup, CustomerOutcome, StoreLookup, StoreOutcome, StoreQuery
from callcenter.routing.facts import ExtensionState, LastStoreSettings, Mode, RoutingRequest, StoreAvailability
from callcenter.routing.hours import is_open
from callcenter.routing.last_store import decide, lookup_failed
from callcenter.routing.plan import LookupOutcome, RoutingDecision, RoutingPlan, RoutingStep, StepKind
from callcenter.runtime.clock import Clock

CENTRAL_CODE = "central"
"Code of the store whose phones are the central group."
LAST_STORE_PLAN = "last_store"
"Name of the routing plan that walks the last-store decision's fallback chain."

log = structlog.get_logger(__name__)


class StoreAccount(Protocol):
    """A phone of a store."""

    @property
    def number(self) -> str:
        """Its extension."""
        ...

    @property
    def agent_id(self) -> str | None:
        """Who sits at it."""
        ...


class StoreBook(Protocol):
    """Stores and their phones, from memory."""

    def stores(self) -> Mapping[str, Store]:
        """Return every store by id."""
        ...

    def store_by_code(self, code: str) -> Store | None:
        """Return the store with this code."""
        ...

    def extensions_of_store(self, store_id: str) -> Sequence[StoreAccount]:
        """Return the enabled phones of a store."""
        ...


class CustomerBook(Protocol):
    """Who has a number."""

    async def match(self, number: str) -> CustomerMatch:
        """Return whom ``number`` belongs to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSources:
    """What routing looks at; shared by all calls."""

    book: StoreBook
    customers: CustomerBook
    interactions: InteractionRepository
    is_registered: Callable[[str], bool]
    busy: Callable[[], set[str]]
    "Extensions that are in a call or being rung."
    may_dial: Callable[[str], bool]
    "Whether a number may leave the house."
    normalise: Callable[[str], str | None]
    settings: LastStoreSettings
    central_ring_s: float
    clock: Clock
    takes_calls: Callable[[str], bool] = lambda _extension: True
    "Whether who sits at an extension is at work for callers; a break or wrap-up says no."


@dataclass(slots=True)
class _Plan:
    """Steps of one dial; a :class:`~callcenter.calls.dialling.DialPlan`."""

    routing: CallerRouting
    steps: tuple[DialStep, ...]
    refusal: DialOutcome
    record: dict[str, Any]
    decision_steps: Mapping[DialStep, RoutingStep] = field(default_factory=dict)

    def attempted(self, step: DialStep, outcome: AttemptOutcome, at_ms: int, ring_ms: int) -> None:
        """Note what came of ``step``."""
        attempts: list[dict[str, Any]] = self.record["attempts"]
        attempts.append(
            {
                "step": step.name,
                "store_id": step.store_id,
                "outcome": outcome.value,
                "at_ms": at_ms,
                "ring_ms": ring_ms,
            }
        )
        decided = self.decision_steps.get(step)
        if decided is not None and self.routing.chain is not None:
            self.routing.chain.record_attempt(decided, outcome, at_ms, ring_ms)

    def explanation(self) -> Mapping[str, Any]:
        """Return everything known about the caller's routing so far."""
        return self.routing.explanation()


class CallerRouting:
    """A caller's :class:`~callcenter.ivr.ports.StoreFinder`, customer directory and dial planner."""

    def __init__(self, sources: RoutingSources, call: Call) -> None:
        self._sources = sources
        self._call = call
        self._dials: list[dict[str, Any]] = []
        self.chain: RoutingPlan | None = None
        "The last-store decision, once it was asked for."

    def explanation(self) -> dict[str, Any]:
        """Return the last-store explanation (recomputable) and every dial with its attempts."""
        decided = self.chain.explanation() if self.chain is not None else {"rule": "dial"}
        return {**decided, "dials": list(self._dials)}

    # Who is it, and which store

    async def look_up(self, number: str) -> CustomerLookup:
        """Return who has ``number``; see :class:`callcenter.ivr.ports.CustomerDirectory`."""
        normalised = self._sources.normalise(number)
        if normalised is None:
            return CustomerLookup(CustomerOutcome.NONE)
        match = await self._sources.customers.match(normalised)
        if match.customer is not None:
            customer = match.customer
            self._call.facts.customer_id = customer.id
            self._call.facts.customer = CustomerLabel(
                id=customer.id, code=customer.code or "", name=customer.name, vip_level=customer.vip_level
            )
        fields = tuple(
            {
                "id": customer.id,
                "code": customer.code,
                "name": customer.name,
                "language": customer.language,
                "vip_level": customer.vip_level,
            }
            for customer in match.candidates
        )
        return CustomerLookup(CustomerOutcome(match.outcome.value), fields)

    async def find(self, query: StoreQuery) -> StoreLookup:
        """Return the caller's store; see :class:`callcenter.ivr.ports.StoreFinder`."""
        sources = self._sources
        began = sources.clock.monotonic()
        now = sources.clock.utcnow()
        settings = sources.settings
        if query.mode is not None:
            settings = replace(settings, mode=Mode.SCORED if query.mode == "score" else Mode.LAST)
        if query.window_days is not None:
            settings = replace(settings, window_days=float(query.window_days))
        number = sources.normalise(query.number)
        known = () if query.customer_id is None else (query.customer_id,)
        request = RoutingRequest(
            number=number,
            customer_ids=known,
            arrived_at=self._call.started_at,
            transferred=self._call.transfers > 0,
        )
        stores = sources.book.stores()
        try:
            request = replace(request, customer_ids=known or await self._customer_ids(number))
            since = now - timedelta(days=settings.window_days)
            history = await sources.interactions.history(number, request.customer_ids, since)
            decision = decide(request, history, stores, self._availability(stores), settings, now)
        except asyncio.CancelledError:
            # The look-up's time is up: the central group, never silence. A caller who hung up is owed no decision.
            if self._call.hangup is None:
                self._decided(lookup_failed(request, "late", settings, now), began)
            raise
        except Exception:  # A supervised edge: a broken database must not strand a caller.
            log.exception("last-store look-up failed", call_id=self._call.id)
            decision = lookup_failed(request, "storage_error", settings, now)
        self._decided(decision, began)
        store = stores.get(decision.store_id or "")
        return StoreLookup(
            _STORE_OUTCOMES[decision.outcome], () if store is None else (_public(store),), decision.explanation
        )

    def _decided(self, decision: RoutingDecision, began: float) -> None:
        self.chain = RoutingPlan(decision)
        self.chain.lookup_ms = int((self._sources.clock.monotonic() - began) * 1000)
        self._call.facts.explanation = self.explanation()
        if decision.store_id is not None:
            self._call.facts.chosen_store_id = decision.store_id

    async def _customer_ids(self, number: str | None) -> tuple[str, ...]:
        if number is None:
            return ()
        match = await self._sources.customers.match(number)
        return () if match.outcome is MatchOutcome.NONE else tuple(customer.id for customer in match.candidates)

    def _availability(self, stores: Mapping[str, Store]) -> dict[str, StoreAvailability]:
        busy = self._sources.busy()
        return {
            store_id: StoreAvailability(
                extensions=tuple(
                    ExtensionState(
                        extension=account.number,
                        registered=self._sources.is_registered(account.number),
                        busy=account.number in busy,
                        on_queue=self._sources.takes_calls(account.number),
                        agent_id=account.agent_id,
                    )
                    for account in self._sources.book.extensions_of_store(store_id)
                )
            )
            for store_id in stores
        }

    # Whom to ring

    def plan(self, request: DialRequest) -> _Plan:
        """Return the steps for what a flow or an extension dials."""
        match request.kind:
            case TargetKind.PLAN:
                return self._plan_chain(request)
            case TargetKind.STORE:
                return self._plan_store(request)
            case TargetKind.EXTENSION:
                step = _step("extension", DialTarget(TargetAddress.EXTENSION, request.target), request.ring_timeout_s)
                return self._plan(request, (step,))
            case TargetKind.NUMBER:
                number = self._sources.normalise(request.target)
                if number is None or not self._sources.may_dial(number):
                    return self._plan(request, (), DialOutcome.FAILED)
                step = _step("number", DialTarget(TargetAddress.NUMBER, number), request.ring_timeout_s)
                return self._plan(request, (step,))

    def _plan(
        self, request: DialRequest, steps: tuple[DialStep, ...], refusal: DialOutcome = DialOutcome.UNAVAILABLE
    ) -> _Plan:
        record: dict[str, Any] = {"kind": request.kind.value, "target": request.target, "attempts": []}
        if not steps:
            record["refused"] = refusal.value
        self._dials.append(record)
        return _Plan(self, steps, refusal, record)

    def _plan_chain(self, request: DialRequest) -> _Plan:
        """Walk the decision's chain; when nobody asked for the last store, ring the central group."""
        if request.target != LAST_STORE_PLAN:
            return self._plan(request, (), DialOutcome.FAILED)
        decided = self.chain.steps if self.chain is not None else ()
        pairs = [(self._chain_step(step), step) for step in decided]
        steps = tuple(step for step, _ in pairs if step.targets)
        if not decided and (central := self._central()) is not None:
            steps = (central,)
        plan = self._plan(request, steps)
        plan.decision_steps = {step: source for step, source in pairs}
        return plan

    def _chain_step(self, step: RoutingStep) -> DialStep:
        if step.kind is StepKind.CENTRAL:
            central = self._central()
            return central or DialStep(name=step.kind.value, targets=(), ring_s=self._sources.central_ring_s)
        store = self._sources.book.stores().get(step.store_id or "")
        targets = [DialTarget(TargetAddress.EXTENSION, extension) for extension in step.extensions]
        targets += [DialTarget(TargetAddress.NUMBER, number) for number in step.numbers]
        return DialStep(
            name=step.kind.value,
            targets=tuple(targets),
            ring_s=step.ring_s,
            store_id=step.store_id,
            store_code=store.code if store is not None else None,
            wait_when_busy=step.wait_when_busy,
        )

    def _central(self) -> DialStep | None:
        store = self._sources.book.store_by_code(CENTRAL_CODE)
        if store is None:
            return None
        step = self._group(store, self._sources.central_ring_s)
        return replace(step, name=StepKind.CENTRAL.value, wait_when_busy=True)

    def _plan_store(self, request: DialRequest) -> _Plan:
        store = self._sources.book.store_by_code(request.target)
        seen: set[str] = set()
        while store is not None and store.merged_into is not None:
            seen.add(store.id)
            successor = self._sources.book.stores().get(store.merged_into)
            store = None if successor is None or successor.id in seen else successor
        if store is None:
            return self._plan(request, (), DialOutcome.FAILED)
        if store.closed or not is_open(store.hours, self._sources.clock.utcnow()):
            return self._plan(request, (), DialOutcome.CLOSED)
        step = self._group(store, request.ring_timeout_s)
        registered = any(self._sources.is_registered(target.address) for target in step.targets)
        return self._plan(request, (step,) if registered else ())

    def _group(self, store: Store, ring_s: float) -> DialStep:
        accounts = self._sources.book.extensions_of_store(store.id)
        return DialStep(
            name=StepKind.STORE.value,
            targets=tuple(
                DialTarget(TargetAddress.EXTENSION, account.number)
                for account in accounts
                if self._sources.takes_calls(account.number)
            ),
            ring_s=ring_s,
            store_id=store.id,
            store_code=store.code,
        )


_STORE_OUTCOMES = {
    LookupOutcome.FOUND: StoreOutcome.FOUND,
    LookupOutcome.NONE: StoreOutcome.NONE,
    LookupOutcome.MULTIPLE: StoreOutcome.MULTIPLE,
    LookupOutcome.CLOSED: StoreOutcome.CLOSED,
    LookupOutcome.ERROR: StoreOutcome.ERROR,
    LookupOutcome.DISABLED: StoreOutcome.NONE,
}


def _step(name: str, target: DialTarget, ring_s: float) -> DialStep:
    return DialStep(name=name, targets=(target,), ring_s=ring_s)


def _public(store: Store) -> dict[str, Any]:
    return {
        "id": store.id,
        "code": store.code,
        "name": store.name,
        "region": store.region,
        "address": store.address,
        "phone": store.phones[0] if store.phones else None,
    }
