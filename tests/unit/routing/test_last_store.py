"""The last-store rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.opening_hours import parse_hours
from callcenter.crm.store import Store
from callcenter.routing.facts import (
    ExtensionState,
    LastStoreSettings,
    Mode,
    RoutingRequest,
    StoreAvailability,
    WhenMultiple,
)
from callcenter.routing.hit_rate import hit_rate
from callcenter.routing.last_store import decide, lookup_failed, recompute
from callcenter.routing.plan import (
    AttemptOutcome,
    LookupOutcome,
    RoutingDecision,
    RoutingPlan,
    RoutingStep,
    StepKind,
)

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # Monday 10:00 in Hanoi.
NUMBER = "+84912345678"
STORES = {
    "a": Store(id="a", code="A", name="A", region="north", sister_store_id="b", extensions=("101", "102")),
    "b": Store(id="b", code="B", name="B", region="north", extensions=("201",)),
    "c": Store(id="c", code="C", name="C", region="north", extensions=("301",)),
    "d": Store(id="d", code="D", name="D", region="north", extensions=("401",), phones=("+842438221234",)),
    "e": Store(id="e", code="E", name="E", region="south", extensions=("501",)),
}
CENTRAL = RoutingStep(kind=StepKind.CENTRAL, ring_s=0.0)


def _phone(extension: str, **state: Any) -> ExtensionState:
    return ExtensionState(**{"extension": extension, "registered": True, **state})


def _all_free(**others: StoreAvailability) -> dict[str, StoreAvailability]:
    free = {
        store.id: StoreAvailability(extensions=tuple(_phone(number) for number in store.extensions))
        for store in STORES.values()
    }
    return free | others


def _contact(event_id: str, store_id: str, days_ago: float = 1.0, **others: Any) -> Interaction:
    values: dict[str, Any] = {
        "kind": InteractionKind.CALL_IN_ANSWERED,
        "number": NUMBER,
        "talk_s": 60.0,
        "at": NOW - timedelta(days=days_ago),
    }
    return Interaction(id=event_id, store_id=store_id, **(values | others))


def _decide(
    history: Sequence[Interaction],
    *,
    availability: Mapping[str, StoreAvailability] | None = None,
    stores: Mapping[str, Store] = STORES,
    rules: LastStoreSettings | None = None,
    request: RoutingRequest | None = None,
) -> RoutingDecision:
    decision = decide(
        request or RoutingRequest(number=NUMBER, arrived_at=NOW),
        history,
        stores,
        availability if availability is not None else _all_free(),
        rules or LastStoreSettings(),
        NOW,
    )
    # Every decision of this file can be made again from its explanation as it comes back from the database.
    assert recompute(json.loads(json.dumps(decision.explanation))) == decision
    assert decision.steps[-1] == CENTRAL
    return decision


def _skips(decision: RoutingDecision) -> list[tuple[str, str, str]]:
    return [(line["kind"], line["store_id"], line["reason"]) for line in decision.explanation["skipped"]]


def _kinds(decision: RoutingDecision) -> list[tuple[StepKind, str | None]]:
    return [(step.kind, step.store_id) for step in decision.steps]


def test_the_whole_chain_in_order() -> None:
    decision = _decide([_contact("1", "a", agent_id="an", extension="102")])

    assert decision.outcome is LookupOutcome.FOUND
    assert decision.store_id == "a"
    assert decision.arrived_at == NOW
    assert decision.steps == (
        RoutingStep(kind=StepKind.LAST_AGENT, store_id="a", extensions=("102",), ring_s=15.0, agent_id="an"),
        RoutingStep(kind=StepKind.STORE, store_id="a", extensions=("101", "102"), ring_s=20.0),
        RoutingStep(kind=StepKind.SISTER_STORE, store_id="b", extensions=("201",), ring_s=20.0),
        RoutingStep(kind=StepKind.REGION_STORE, store_id="c", extensions=("301",), ring_s=20.0),
        RoutingStep(kind=StepKind.REGION_STORE, store_id="d", extensions=("401",), ring_s=20.0),
        CENTRAL,
    )
    assert _skips(decision) == []


def test_the_very_last_contact_wins_in_plain_mode() -> None:
    decision = _decide([_contact("1", "a", 5), _contact("2", "e", 1), _contact("3", "a", 2)])
    assert decision.store_id == "e"
    assert [line["code"] for line in decision.explanation["candidates"]] == ["E", "A"]


def test_the_highest_decayed_score_wins_in_scored_mode() -> None:
    history = [
        _contact("1", "e", 1, kind=InteractionKind.CALL_OUT_ANSWERED),
        _contact("2", "a", 30),
        _contact("3", "a", 60, kind=InteractionKind.TICKET),
    ]
    decision = _decide(history, rules=LastStoreSettings(mode=Mode.SCORED))
    assert decision.store_id == "a"
    assert [(line["store_id"], line["score"]) for line in decision.explanation["candidates"]] == [
        ("a", 0.7),
        ("e", round(0.6 * 0.5 ** (1 / 30), 9)),
    ]


def test_a_tie_goes_to_the_most_recent_contact() -> None:
    flat = LastStoreSettings(mode=Mode.SCORED, half_life_days=1e12)
    assert _decide([_contact("1", "a", 2), _contact("2", "b", 1)], rules=flat).store_id == "b"
    assert _decide([_contact("1", "b", 1), _contact("2", "a", 1)], rules=flat).store_id == "a"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (_contact("1", "a", talk_s=9.9), "talk_too_short"),
        (_contact("1", "a", kind=InteractionKind.CALL_OUT_ANSWERED, talk_s=0.0), "talk_too_short"),
        (_contact("1", "a", disposition="wrong_number"), "disposition"),
        (_contact("1", "a", disposition="spam"), "disposition"),
        (_contact("1", "gone"), "unknown_store"),
    ],
)
def test_contacts_that_do_not_count(event: Interaction, reason: str) -> None:
    decision = _decide([event])
    assert (decision.outcome, decision.store_id, decision.steps) == (LookupOutcome.NONE, None, (CENTRAL,))
    assert [(line["counted"], line["reason"]) for line in decision.explanation["events"]] == [(False, reason)]


def test_a_kind_can_be_switched_off() -> None:
    missed = _contact("1", "a", kind=InteractionKind.CALL_OUT_UNANSWERED, talk_s=0.0)
    assert _decide([missed]).store_id == "a"
    off = LastStoreSettings(weights={InteractionKind.CALL_OUT_UNANSWERED: 0.0})
    assert _decide([missed], rules=off).explanation["events"][0]["reason"] == "kind_switched_off"


def test_purchases_and_tickets_count_without_talk() -> None:
    for kind in (InteractionKind.PURCHASE, InteractionKind.SERVICE_ORDER, InteractionKind.TICKET):
        assert _decide([_contact("1", "a", kind=kind, talk_s=0.0)]).store_id == "a"


def test_the_window_ends_after_90_days() -> None:
    assert _decide([_contact("1", "a", 90)]).outcome is LookupOutcome.FOUND
    decision = _decide([_contact("1", "a", 90.01)])
    assert decision.outcome is LookupOutcome.NONE
    assert decision.explanation["events_not_considered"] == 1


def test_only_the_newest_contacts_are_looked_at() -> None:
    history = [_contact(str(day), "a" if day > 2 else "b", day) for day in range(1, 10)]
    decision = _decide(history, rules=LastStoreSettings(mode=Mode.SCORED, max_events=2))
    assert decision.store_id == "b"
    assert decision.explanation["events_not_considered"] == 7


def test_a_closed_store_is_skipped_without_ringing_and_keeps_its_caller() -> None:
    stores = STORES | {"a": replace(STORES["a"], hours=parse_hours("mon 13:00-17:00"))}
    decision = _decide([_contact("1", "a", agent_id="an", extension="101")], stores=stores)
    assert (decision.outcome, decision.store_id) == (LookupOutcome.CLOSED, "a")
    assert _skips(decision) == [("last_agent", "a", "closed_now"), ("store", "a", "closed_now")]
    assert _kinds(decision)[0] == (StepKind.SISTER_STORE, "b")
    assert decision.explanation["stores"]["a"]["open_reason"] == "outside_hours"


def test_a_store_closed_for_good_hands_its_callers_to_the_one_it_was_merged_into() -> None:
    stores = STORES | {
        "a": replace(STORES["a"], closed=True, merged_into="c"),
        "c": replace(STORES["c"], closed=True, merged_into="e"),
    }
    decision = _decide([_contact("1", "a")], stores=stores)
    assert (decision.outcome, decision.store_id) == (LookupOutcome.FOUND, "e")
    assert decision.explanation["events"][0]["counted_for"] == "e"


def test_merging_in_a_circle_or_into_nothing_ends() -> None:
    circle = STORES | {
        "a": replace(STORES["a"], closed=True, merged_into="b"),
        "b": replace(STORES["b"], closed=True, merged_into="a"),
    }
    assert _decide([_contact("1", "a")], stores=circle).outcome is LookupOutcome.CLOSED
    nothing = STORES | {"a": replace(STORES["a"], closed=True, merged_into="gone")}
    decision = _decide([_contact("1", "a")], stores=nothing)
    assert _skips(decision)[0] == ("store", "a", "closed_for_good")


def test_nobody_registered_and_all_busy_are_skipped() -> None:
    availability = _all_free(
        a=StoreAvailability(extensions=(_phone("101", registered=False), _phone("102", registered=False))),
        b=StoreAvailability(extensions=(_phone("201", busy=True),)),
        c=StoreAvailability(extensions=(_phone("301", on_queue=False),)),
    )
    decision = _decide([_contact("1", "a", extension="101")], availability=availability)
    assert _skips(decision) == [
        ("last_agent", "a", "agent_not_registered"),
        ("store", "a", "none_registered"),
        ("sister_store", "b", "all_busy"),
        ("region_store", "c", "all_busy"),
    ]
    assert _kinds(decision) == [(StepKind.REGION_STORE, "d"), (StepKind.CENTRAL, None)]


def test_only_free_phones_ring() -> None:
    availability = _all_free(a=StoreAvailability(extensions=(_phone("101", busy=True), _phone("102"))))
    assert _decide([_contact("1", "a")], availability=availability).steps[0].extensions == ("102",)


def test_a_busy_store_with_a_short_expected_wait_is_tried() -> None:
    busy = (_phone("101", busy=True),)
    short = _all_free(a=StoreAvailability(extensions=busy, expected_wait_s=60.0))
    long = _all_free(a=StoreAvailability(extensions=busy, expected_wait_s=60.1))
    step = _decide([_contact("1", "a")], availability=short).steps[0]
    assert (step.store_id, step.wait_when_busy) == ("a", True)
    assert _skips(_decide([_contact("1", "a")], availability=long)) == [("store", "a", "all_busy")]


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        ((_phone("109", agent_id="an"), _phone("101")), "109"),
        ((_phone("101"),), "101"),
        ((_phone("101", agent_id="binh"),), "agent_not_at_store"),
        ((), "agent_not_at_store"),
        ((_phone("101", agent_id="an", busy=True),), "agent_busy"),
        ((_phone("101", agent_id="an", on_queue=False),), "agent_not_on_queue"),
    ],
)
def test_the_last_agent_is_tried_where_they_sit_now(phones: tuple[ExtensionState, ...], expected: str) -> None:
    availability = _all_free(a=StoreAvailability(extensions=phones))
    decision = _decide([_contact("1", "a", agent_id="an", extension="101")], availability=availability)
    if expected.isdigit():
        assert decision.steps[0].extensions == (expected,)
        assert decision.steps[0].kind is StepKind.LAST_AGENT
    else:
        assert _skips(decision)[0] == ("last_agent", "a", expected)


def test_the_last_agent_is_looked_for_behind_a_purchase() -> None:
    history = [_contact("2", "a", 1, kind=InteractionKind.PURCHASE), _contact("1", "a", 2, extension="102")]
    assert _decide(history).steps[0].extensions == ("102",)


def test_the_last_agent_can_be_left_out() -> None:
    decision = _decide([_contact("1", "a", extension="102")], rules=LastStoreSettings(try_last_agent=False))
    assert decision.steps[0].kind is StepKind.STORE


def test_only_that_store_waits_for_it_but_not_for_ever() -> None:
    rules = LastStoreSettings(only_that_store=True)
    decision = _decide([_contact("1", "a", extension="102")], rules=rules)
    assert [(step.kind, step.ring_s, step.wait_when_busy) for step in decision.steps] == [
        (StepKind.LAST_AGENT, 15.0, False),
        (StepKind.STORE, 45.0, True),
        (StepKind.CENTRAL, 0.0, False),
    ]
    busy = _all_free(a=StoreAvailability(extensions=(_phone("101", busy=True),)))
    step = _decide([_contact("1", "a")], rules=rules, availability=busy).steps[0]
    assert (step.extensions, step.ring_s, step.wait_when_busy) == (("101",), 60.0, True)
    absent = _decide([_contact("1", "a")], rules=rules, availability={})
    assert absent.steps == (CENTRAL,)


def test_only_that_store_with_less_time_than_the_agent_rings() -> None:
    rules = LastStoreSettings(only_that_store=True, only_that_store_s=10.0)
    decision = _decide([_contact("1", "a", extension="102")], rules=rules)
    assert [(step.kind, step.ring_s) for step in decision.steps] == [
        (StepKind.LAST_AGENT, 10.0),
        (StepKind.CENTRAL, 0.0),
    ]
    assert _skips(decision) == [("store", "a", "no_time_left")]


def test_a_stores_own_number_can_stand_in_for_its_phones() -> None:
    rules = LastStoreSettings(ring_store_numbers=True)
    step = _decide([_contact("1", "d")], rules=rules, availability={}).steps[0]
    assert (step.kind, step.extensions, step.numbers) == (StepKind.STORE, (), ("+842438221234",))


def test_an_unknown_sister_is_noted() -> None:
    stores = STORES | {"a": replace(STORES["a"], sister_store_id="gone", region=None)}
    decision = _decide([_contact("1", "a")], stores=stores)
    assert _skips(decision) == [("sister_store", "gone", "unknown_store")]


def test_two_customers_on_a_number_the_most_recent_one_counts() -> None:
    request = RoutingRequest(number=NUMBER, customer_ids=("an", "binh"), arrived_at=NOW)
    history = [_contact("1", "a", 1, customer_id="an"), _contact("2", "b", 2, customer_id="binh")]
    decision = _decide(history, request=request)
    assert (decision.store_id, decision.customer_id) == ("a", "an")
    assert [line["store_id"] for line in decision.explanation["candidates"]] == ["a"]


def test_two_customers_on_a_number_can_be_asked_about() -> None:
    request = RoutingRequest(number=NUMBER, customer_ids=("an", "binh"), arrived_at=NOW)
    ask = LastStoreSettings(when_multiple=WhenMultiple.ASK)
    history = [_contact("1", "a", 1, customer_id="an"), _contact("2", "b", 2, customer_id="binh")]
    decision = _decide(history, request=request, rules=ask)
    assert (decision.outcome, decision.steps) == (LookupOutcome.MULTIPLE, (CENTRAL,))
    same_store = [history[0], replace(history[1], store_id="a")]
    assert _decide(same_store, request=request, rules=ask).outcome is LookupOutcome.FOUND
    assert _decide(history[:1], request=request, rules=ask).outcome is LookupOutcome.FOUND


@pytest.mark.parametrize(
    ("request_", "rules", "outcome", "reason"),
    [
        (RoutingRequest(number=None, arrived_at=NOW), LastStoreSettings(), LookupOutcome.NONE, "number_withheld"),
        (
            RoutingRequest(number=NUMBER, arrived_at=NOW),
            LastStoreSettings(shared_numbers=frozenset({NUMBER, "+84987654321"})),
            LookupOutcome.NONE,
            "shared_number",
        ),
        (
            RoutingRequest(number=NUMBER, arrived_at=NOW),
            LastStoreSettings(enabled=False),
            LookupOutcome.DISABLED,
            "switched_off",
        ),
        (
            RoutingRequest(number=NUMBER, arrived_at=NOW, transferred=True),
            LastStoreSettings(),
            LookupOutcome.DISABLED,
            "transferred",
        ),
    ],
)
def test_callers_without_a_look_at_their_history(
    request_: RoutingRequest, rules: LastStoreSettings, outcome: LookupOutcome, reason: str
) -> None:
    decision = _decide([_contact("1", "a")], request=request_, rules=rules)
    assert (decision.outcome, decision.explanation["reason"], decision.steps) == (outcome, reason, (CENTRAL,))


def test_a_late_history_leads_to_the_central_queue() -> None:
    decision = lookup_failed(RoutingRequest(number=NUMBER, arrived_at=NOW), "timeout", LastStoreSettings(), NOW)
    assert (decision.outcome, decision.steps) == (LookupOutcome.ERROR, (CENTRAL,))
    assert decision.explanation["reason"] == "timeout"
    assert recompute(json.loads(json.dumps(decision.explanation))) == decision


def test_another_rules_explanation_is_refused() -> None:
    with pytest.raises(ValueError, match="not an explanation"):
        recompute({"rule": "last_store", "version": 99})


def test_a_plan_keeps_what_came_of_its_steps() -> None:
    plan = RoutingPlan(_decide([_contact("1", "a", extension="102")]))
    plan.lookup_ms = 12
    plan.record_attempt(plan.steps[0], AttemptOutcome.NO_ANSWER, 20_000, 15_000)
    assert plan.answered_store_id is None
    plan.record_attempt(plan.steps[1], AttemptOutcome.ANSWERED, 24_000, 4_000)

    explanation = plan.explanation()
    assert plan.answered_store_id == "a"
    assert explanation["lookup_ms"] == 12
    assert explanation["attempts"] == [
        {"step": 0, "kind": "last_agent", "store_id": "a", "outcome": "no_answer", "at_ms": 20_000, "ring_ms": 15_000},
        {"step": 1, "kind": "store", "store_id": "a", "outcome": "answered", "at_ms": 24_000, "ring_ms": 4_000},
    ]
    assert recompute(json.loads(json.dumps(explanation))) == plan.decision
    with pytest.raises(ValueError):
        plan.record_attempt(RoutingStep(kind=StepKind.STORE, store_id="z"), AttemptOutcome.BUSY, 0, 0)


def test_hit_rate() -> None:
    def call(history: Sequence[Interaction], answered: StepKind | None) -> Mapping[str, Any]:
        plan = RoutingPlan(_decide(history))
        for step in plan.steps:
            if step.kind is answered:
                plan.record_attempt(step, AttemptOutcome.ANSWERED, 0, 0)
        return plan.explanation()

    found = [_contact("1", "a", extension="102")]
    calls = [
        call(found, StepKind.LAST_AGENT),
        call(found, StepKind.STORE),
        call(found, StepKind.SISTER_STORE),
        call(found, None),
        call([], StepKind.CENTRAL),
    ]
    assert (hit_rate(calls).found, hit_rate(calls).hits, hit_rate(calls).rate) == (4, 2, 0.5)
    assert hit_rate([]).rate is None


_store_ids = st.sampled_from([*STORES, "gone"])
_events = st.builds(
    Interaction,
    id=st.uuids().map(str),
    kind=st.sampled_from(InteractionKind),
    at=st.floats(-1, 120).map(lambda days: NOW - timedelta(days=days)),
    store_id=_store_ids,
    number=st.just(NUMBER),
    customer_id=st.sampled_from([None, "an", "binh", "chi"]),
    agent_id=st.sampled_from([None, "an", "binh"]),
    extension=st.sampled_from([None, "101", "102", "201"]),
    talk_s=st.sampled_from([0.0, 9.0, 10.0, 300.0]),
    disposition=st.sampled_from([None, "spam", "solved"]),
)
_phones = st.builds(
    ExtensionState,
    extension=st.sampled_from(["101", "102", "201", "301"]),
    registered=st.booleans(),
    busy=st.booleans(),
    on_queue=st.booleans(),
    agent_id=st.sampled_from([None, "an", "binh"]),
)
_availability = st.dictionaries(
    st.sampled_from(list(STORES)),
    st.builds(
        StoreAvailability,
        extensions=st.lists(_phones, max_size=3).map(tuple),
        expected_wait_s=st.sampled_from([None, 10.0, 100.0]),
    ),
)
_some_stores = st.fixed_dictionaries({
    store_id: st.builds(
        Store,
        id=st.just(store_id),
        code=st.just(store_id.upper()),
        name=st.just(store_id),
        region=st.sampled_from([None, "north", "south"]),
        sister_store_id=st.one_of(st.none(), _store_ids),
        merged_into=st.one_of(st.none(), st.none(), _store_ids),
        closed=st.sampled_from([False, False, True]),
        hours=st.sampled_from([parse_hours("24/7"), parse_hours("mon 13:00-14:00"), parse_hours("mon 08:00-12:00")]),
        phones=st.sampled_from([(), ("+842438221234",)]),
    )
    for store_id in STORES
})  # fmt: skip
_rules = st.builds(
    LastStoreSettings,
    enabled=st.sampled_from([True, True, False]),
    mode=st.sampled_from(Mode),
    window_days=st.sampled_from([30.0, 90.0]),
    half_life_days=st.floats(0.5, 100),
    max_events=st.sampled_from([3, 50]),
    shared_numbers=st.sampled_from([frozenset(), frozenset({NUMBER})]),
    when_multiple=st.sampled_from(WhenMultiple),
    try_last_agent=st.booleans(),
    region_stores_tried=st.integers(0, 3),
    only_that_store=st.booleans(),
    only_that_store_s=st.sampled_from([10.0, 60.0]),
    ring_store_numbers=st.booleans(),
)
_requests = st.builds(
    RoutingRequest,
    number=st.sampled_from([NUMBER, None]),
    customer_ids=st.lists(st.sampled_from(["an", "binh"]), unique=True, max_size=2).map(tuple),
    arrived_at=st.just(NOW),
    transferred=st.sampled_from([False, False, True]),
)


@settings(max_examples=120)
@given(st.lists(_events, max_size=8, unique_by=lambda event: event.id), _some_stores, _availability, _rules, _requests)
def test_any_decision_recomputes_and_rings_nobody_in_vain(
    history: list[Interaction],
    stores: dict[str, Store],
    availability: dict[str, StoreAvailability],
    rules: LastStoreSettings,
    request: RoutingRequest,
) -> None:
    decision = _decide(history, stores=stores, availability=availability, rules=rules, request=request)
    rung = [step.store_id for step in decision.steps if step.kind not in (StepKind.LAST_AGENT, StepKind.CENTRAL)]
    assert len(rung) == len(set(rung))
    for step in decision.steps[:-1]:
        assert step.store_id is not None and not stores[step.store_id].closed
        assert step.ring_s > 0
        phones = {phone.extension for phone in availability.get(step.store_id, StoreAvailability()).extensions}
        assert set(step.extensions) <= phones
        assert step.extensions or step.numbers
    assert (decision.store_id is not None) is (decision.outcome in (LookupOutcome.FOUND, LookupOutcome.CLOSED))
    # The order the history comes in does not matter.
    again = _decide(history[::-1], stores=stores, availability=availability, rules=rules, request=request)
    assert again == decision
