"""Find the store a caller last dealt with, and what to try when it cannot answer.

The rule is pure: history, stores, availability, settings and the time go in, a :class:`RoutingDecision` comes out. The
decision carries its explanation, which holds every input that mattered, so :func:`recompute` reaches the same decision
from the explanation alone, long after the stores have changed.

Reading order: :func:`decide` collects, :func:`_choose` reasons, the store chain turns the chosen store into steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.store import Store
from callcenter.routing.explanation import (
    VERSION,
    decode_event,
    decode_request,
    decode_settings,
    decode_store,
    encode_event,
    encode_request,
    encode_settings,
    encode_step,
    encode_store,
)
from callcenter.routing.facts import (
    LastStoreSettings,
    Mode,
    RoutingRequest,
    StoreAvailability,
    StoreState,
    WhenMultiple,
)
from callcenter.routing.hours import evaluate
from callcenter.routing.plan import LookupOutcome, RoutingDecision, RoutingStep
from callcenter.routing.store_chain import CENTRAL_STEP, StoreChain, StoreStates

_ANSWERED_CALLS = (InteractionKind.CALL_IN_ANSWERED, InteractionKind.CALL_OUT_ANSWERED)


def decide(
    request: RoutingRequest,
    history: Sequence[Interaction],
    stores: Mapping[str, Store],
    availability: Mapping[str, StoreAvailability],
    settings: LastStoreSettings,
    now: datetime,
) -> RoutingDecision:
    """Choose the store and the steps for a caller.

    :param history: contacts of the number and of its customers, in any order.
    :param stores: every store by id.
    :param availability: by store id; a store that is missing has nobody.
    :param now: UTC.
    """

    def state_of(store_id: str) -> StoreState | None:
        store = stores.get(store_id)
        return None if store is None else _state(store, availability.get(store_id, _NOBODY), now)

    def region(name: str) -> Sequence[str]:
        members = [store for store in stores.values() if store.region == name]
        return [store.id for store in sorted(members, key=lambda store: store.code)]

    since = now - timedelta(days=settings.window_days)
    recent = sorted((event for event in history if event.at >= since), key=_newest_first, reverse=True)
    kept = recent[: settings.max_events]
    return _choose(request, kept, StoreStates(state_of, region), settings, now, len(history) - len(kept))


def recompute(explanation: Mapping[str, Any]) -> RoutingDecision:
    """Decide again from a stored explanation; the result equals the decision it came from.

    :raises ValueError: when the explanation is of another rule or version.
    """
    if explanation.get("rule") != "last_store" or explanation.get("version") != VERSION:
        raise ValueError("not an explanation this version of the last-store rule wrote")
    request = decode_request(explanation["request"])
    settings = decode_settings(explanation["settings"])
    now = datetime.fromisoformat(explanation["now"])
    if explanation["outcome"] == LookupOutcome.ERROR.value:
        return lookup_failed(request, explanation["reason"], settings, now)
    known = {store_id: decode_store(store_id, data) for store_id, data in explanation["stores"].items()}

    def region(name: str) -> Sequence[str]:
        members = [state for state in known.values() if state.region == name]
        return [state.id for state in sorted(members, key=lambda state: state.code)]

    events = [decode_event(line) for line in explanation["events"]]
    states = StoreStates(known.get, region)
    return _choose(request, events, states, settings, now, explanation["events_not_considered"])


def lookup_failed(request: RoutingRequest, reason: str, settings: LastStoreSettings, now: datetime) -> RoutingDecision:
    """Return the decision for a history that could not be read in time: the central queue, never silence."""
    verdict = _Verdict(LookupOutcome.ERROR, reason)
    return _decision(request, settings, now, verdict, _Evidence([], {}, 0), StoreStates(lambda _: None, lambda _: ()))


@dataclass(slots=True)
class _Verdict:
    outcome: LookupOutcome
    reason: str
    store: StoreState | None = None
    customer_id: str | None = None
    steps: tuple[RoutingStep, ...] = (CENTRAL_STEP,)
    skipped: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class _Candidate:
    store: StoreState
    score: float
    last: Interaction


@dataclass(slots=True)
class _Evidence:
    """What the events say: counted ones with their store and score, the others with why not."""

    lines: list[dict[str, Any]]
    counted: dict[str, tuple[Interaction, StoreState, float]]
    not_considered: int

    def candidates(self, settings: LastStoreSettings, customer_id: str | None = None) -> list[_Candidate]:
        """Return the stores, the best first; events of other customers than ``customer_id`` do not count."""
        found: dict[str, _Candidate] = {}
        for event, store, score in self.counted.values():
            if customer_id is not None and event.customer_id not in (None, customer_id):
                continue
            candidate = found.get(store.id)
            if candidate is None:
                found[store.id] = _Candidate(store, score, event)
            else:
                candidate.score = round(candidate.score + score, 9)
        by_code = sorted(found.values(), key=lambda candidate: candidate.store.code)
        if settings.mode is Mode.LAST:
            return sorted(by_code, key=lambda candidate: (candidate.last.at, candidate.score), reverse=True)
        return sorted(by_code, key=lambda candidate: (candidate.score, candidate.last.at), reverse=True)


def _choose(
    request: RoutingRequest,
    events: Sequence[Interaction],
    states: StoreStates,
    settings: LastStoreSettings,
    now: datetime,
    not_considered: int,
) -> RoutingDecision:
    """Reason over events that are within the window, newest first."""
    evidence = _weigh(events, states, settings, now)
    evidence.not_considered = not_considered
    verdict = _refuse(request, settings) or _judge(request, evidence, states, settings)
    return _decision(request, settings, now, verdict, evidence, states)


def _refuse(request: RoutingRequest, settings: LastStoreSettings) -> _Verdict | None:
    if not settings.enabled:
        return _Verdict(LookupOutcome.DISABLED, "switched_off")
    if request.transferred:
        return _Verdict(LookupOutcome.DISABLED, "transferred")
    if request.number is None and not request.customer_ids:
        return _Verdict(LookupOutcome.NONE, "number_withheld")
    if request.number in settings.shared_numbers:
        return _Verdict(LookupOutcome.NONE, "shared_number")
    return None


def _judge(request: RoutingRequest, evidence: _Evidence, states: StoreStates, settings: LastStoreSettings) -> _Verdict:
    customer_id = request.customer_ids[0] if len(request.customer_ids) == 1 else None
    if len(request.customer_ids) > 1:
        owners = _owners(request, evidence)
        favourites = {owner: evidence.candidates(settings, owner)[0].store.id for owner in owners}
        if settings.when_multiple is WhenMultiple.ASK and len(set(favourites.values())) > 1:
            return _Verdict(LookupOutcome.MULTIPLE, "customers_with_different_stores")
        customer_id = owners[0] if owners else None
    candidates = evidence.candidates(settings, customer_id)
    if not candidates:
        return _Verdict(LookupOutcome.NONE, "no_contact_counts")
    best = candidates[0]
    steps, skipped = StoreChain(states, settings).steps(best.store, _last_agent(best, evidence, customer_id))
    closed = best.store.closed or not best.store.open
    outcome = LookupOutcome.CLOSED if closed else LookupOutcome.FOUND
    reason = "last_contact" if settings.mode is Mode.LAST else "best_score"
    return _Verdict(outcome, reason, best.store, customer_id, steps, skipped)


def _owners(request: RoutingRequest, evidence: _Evidence) -> list[str]:
    """Return the customers of a shared number that have contacts which count, last in contact first."""
    seen = dict.fromkeys(event.customer_id for event, _, _ in evidence.counted.values())
    return [customer_id for customer_id in seen if customer_id is not None and customer_id in request.customer_ids]


def _last_agent(best: _Candidate, evidence: _Evidence, customer_id: str | None) -> Interaction | None:
    for event, store, _ in evidence.counted.values():
        known = event.agent_id is not None or event.extension is not None
        theirs = customer_id is None or event.customer_id in (None, customer_id)
        if known and theirs and store.id == best.store.id:
            return event
    return None


def _weigh(events: Sequence[Interaction], states: StoreStates, settings: LastStoreSettings, now: datetime) -> _Evidence:
    lines: list[dict[str, Any]] = []
    counted: dict[str, tuple[Interaction, StoreState, float]] = {}
    for event in events:
        line = encode_event(event)
        weight = settings.weights.get(event.kind, 0.0)
        store = states.successor(event.store_id)
        why_not = _why_not(event, weight, store, settings)
        if why_not is None and store is not None:
            age_days = max(0.0, (now - event.at).total_seconds() / 86400)
            score = round(weight * 0.5 ** (age_days / settings.half_life_days), 9)
            counted[event.id] = (event, store, score)
            line |= {"counted": True, "weight": weight, "score": score}
            if store.id != event.store_id:
                line["counted_for"] = store.id
        else:
            line |= {"counted": False, "reason": why_not}
        lines.append(line)
    return _Evidence(lines, counted, 0)


def _why_not(event: Interaction, weight: float, store: StoreState | None, settings: LastStoreSettings) -> str | None:
    if weight <= 0:
        return "kind_switched_off"
    if event.kind in _ANSWERED_CALLS and event.talk_s < settings.min_talk_s:
        return "talk_too_short"
    if event.disposition in settings.excluded_dispositions:
        return "disposition"
    if store is None:
        return "unknown_store"
    return None


def _decision(
    request: RoutingRequest,
    settings: LastStoreSettings,
    now: datetime,
    verdict: _Verdict,
    evidence: _Evidence,
    states: StoreStates,
) -> RoutingDecision:
    store_id = verdict.store.id if verdict.store is not None else None
    candidates = evidence.candidates(settings, verdict.customer_id)
    explanation = {
        "rule": "last_store",
        "version": VERSION,
        "now": now.isoformat(),
        "request": encode_request(request),
        "settings": encode_settings(settings, request.number),
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "store_id": store_id,
        "customer_id": verdict.customer_id,
        "candidates": [
            {
                "store_id": candidate.store.id,
                "code": candidate.store.code,
                "score": candidate.score,
                "last_contact": candidate.last.at.isoformat(),
            }
            for candidate in candidates
        ],
        "steps": [encode_step(step) for step in verdict.steps],
        "skipped": list(verdict.skipped),
        "events": evidence.lines,
        "events_not_considered": evidence.not_considered,
        "stores": {state.id: encode_store(state) for state in states.seen()},
    }
    return RoutingDecision(
        outcome=verdict.outcome,
        steps=verdict.steps,
        store_id=store_id,
        customer_id=verdict.customer_id,
        arrived_at=request.arrived_at,
        explanation=explanation,
    )


_NOBODY = StoreAvailability()


def _state(store: Store, availability: StoreAvailability, now: datetime) -> StoreState:
    opening = evaluate(store.hours, now)
    return StoreState(
        id=store.id,
        code=store.code,
        name=store.name,
        region=store.region,
        sister_store_id=store.sister_store_id,
        merged_into=store.merged_into,
        closed=store.closed,
        open=opening.open,
        open_reason=opening.reason.value,
        extensions=availability.extensions,
        numbers=store.phones,
        expected_wait_s=availability.expected_wait_s,
    )


def _newest_first(event: Interaction) -> tuple[datetime, str]:
    return event.at, event.id
