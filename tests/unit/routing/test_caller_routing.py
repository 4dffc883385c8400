"""Routing for one caller: who it is, which store, whom a dial rings, and what the record keeps of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.accounts.extension import Extension
from callcenter.calls.call import Call, Hangup
from callcenter.calls.cdr import Direction, HangupCause, HangupSide
from callcenter.calls.channel_results import DialOutcome, DialRequest, TargetKind
from callcenter.calls.dialling import AttemptOutcome, DialStep, DialTarget, TargetAddress
from callcenter.crm.customer import Customer, CustomerMatch, MatchOutcome
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.opening_hours import parse_hours
from callcenter.crm.store import Store
from callcenter.ivr.ports import CustomerOutcome, HoursState, StoreOutcome, StoreQuery
from callcenter.routing.caller_routing import LAST_STORE_PLAN, CallerRouting, RoutingSources
from callcenter.routing.facts import LastStoreSettings
from callcenter.routing.flow_calls import BookHours, DidTable
from callcenter.routing.last_store import recompute
from callcenter.runtime.tasks import create_task
from callcenter.testing.clock import FakeClock
from callcenter.testing.switchboard import MemoryCallLog, normalise

NUMBER = "0912345678"
STORES = (
    Store(id="hq", code="central", name="Central", extensions=("100",)),
    Store(id="a", code="A", name="Store A", region="north", sister_store_id="b", extensions=("101", "102")),
    Store(id="b", code="B", name="Store B", region="north", extensions=("201",)),
    Store(id="shut", code="SHUT", name="Never open", hours=parse_hours("mon 08:00-08:01"), extensions=("301",)),
    Store(id="gone", code="GONE", name="Merged", closed=True, merged_into="b"),
    Store(id="x", code="X", name="Circle", closed=True, merged_into="y"),
    Store(id="y", code="Y", name="Circle", closed=True, merged_into="x"),
)  # fmt: skip


class Book:
    def __init__(self) -> None:
        self.all = {store.id: store for store in STORES}

    def stores(self) -> Mapping[str, Store]:
        return self.all

    def store_by_code(self, code: str) -> Store | None:
        return next((store for store in self.all.values() if store.code == code), None)

    def extensions_of_store(self, store_id: str) -> Sequence[Extension]:
        store = self.all[store_id]
        return [Extension(number=number, store_id=store_id, agent_id=f"agent-{number}") for number in store.extensions]


@dataclass
class Customers:
    found: CustomerMatch = CustomerMatch(MatchOutcome.NONE)  # noqa: RUF009 - frozen
    asked: list[str] = field(default_factory=list)

    async def match(self, number: str) -> CustomerMatch:
        self.asked.append(number)
        return self.found


@dataclass
class History:
    events: tuple[Interaction, ...] = ()
    error: Exception | None = None
    delay_s: float = 0.0

    async def history(self, number: str | None, customer_ids: Sequence[str], since: Any, limit: int = 200) -> Any:
        await asyncio.sleep(self.delay_s)
        if self.error is not None:
            raise self.error
        return self.events

    async def add(self, interaction: Interaction) -> None:
        raise AssertionError("routing only reads")


class Scene:
    """One caller and everything routing asks about."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.book, self.customers, self.history = Book(), Customers(), History()
        self.registered = {"100", "101", "102", "201", "301"}
        self.busy: set[str] = set()
        self.away: set[str] = set()
        self.allowed = ("09",)
        self.call = Call("call", Direction.INBOUND, log=MemoryCallLog(), clock=self.clock)
        self.routing = CallerRouting(
            RoutingSources(
                book=self.book,
                customers=self.customers,
                interactions=self.history,
                is_registered=lambda number: number in self.registered,
                busy=lambda: self.busy,
                may_dial=lambda number: number.startswith(self.allowed),
                normalise=normalise,
                settings=LastStoreSettings(**settings),
                central_ring_s=45.0,
                clock=self.clock,
                takes_calls=lambda number: number not in self.away,
            ),
            self.call,
        )

    def contacted(self, store_id: str, days_ago: float = 1.0, **parts: Any) -> Scene:
        at = self.clock.utcnow() - timedelta(days=days_ago)
        event = Interaction(
            id=f"{store_id}{days_ago}", kind=InteractionKind.PURCHASE, at=at, store_id=store_id, number=NUMBER, **parts
        )
        self.history.events += (event,)
        return self

    async def find(self, **query: Any) -> Any:
        return await self.routing.find(StoreQuery(**{"number": NUMBER, **query}))

    def dial(self, kind: TargetKind, target: str) -> Any:
        return self.routing.plan(DialRequest(kind, target, ring_timeout_s=15))


def extensions(step: DialStep) -> list[str]:
    return [target.address for target in step.targets if target.kind is TargetAddress.EXTENSION]


# Who


async def test_a_customer_is_found_and_kept_with_the_call() -> None:
    scene = Scene()
    an = Customer(id="c1", code="KH1", name="An", language="en", vip_level=2)
    scene.customers.found = CustomerMatch(MatchOutcome.FOUND, an, (an,))
    lookup = await scene.routing.look_up(NUMBER)
    assert lookup.outcome is CustomerOutcome.FOUND
    assert lookup.customers == ({"id": "c1", "code": "KH1", "name": "An", "language": "en", "vip_level": 2},)
    assert scene.call.facts.customer_id == "c1"


async def test_what_is_no_number_is_nobody_without_asking() -> None:
    scene = Scene()
    assert (await scene.routing.look_up("anonymous")).outcome is CustomerOutcome.NONE
    assert scene.customers.asked == []


# Which store


async def test_the_last_store_is_found_and_explained() -> None:
    scene = Scene().contacted("b", 40).contacted("a", 3)
    lookup = await scene.find()
    assert (lookup.outcome, [store["code"] for store in lookup.stores]) == (StoreOutcome.FOUND, ["A"])
    assert scene.call.facts.chosen_store_id == "a"
    explanation = scene.call.facts.explanation
    assert explanation is not None
    assert scene.routing.chain is not None
    assert recompute(lookup.explanation) == scene.routing.chain.decision


async def test_nobody_known_goes_nowhere_in_particular() -> None:
    scene = Scene()
    lookup = await scene.find()
    assert (lookup.outcome, lookup.stores) == (StoreOutcome.NONE, ())


async def test_a_broken_database_is_an_error_not_an_exception() -> None:
    scene = Scene()
    scene.history.error = OSError("disk gone")
    assert (await scene.find()).outcome is StoreOutcome.ERROR
    (step,) = scene.dial(TargetKind.PLAN, LAST_STORE_PLAN).steps
    assert (step.name, extensions(step)) == ("central", ["100"])


async def test_a_late_look_up_leaves_the_central_group() -> None:
    scene = Scene().contacted("a")
    scene.history.delay_s = 5
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await scene.find()
    assert scene.call.facts.explanation is not None
    assert scene.call.facts.explanation["reason"] == "late"
    assert [step.name for step in scene.dial(TargetKind.PLAN, LAST_STORE_PLAN).steps] == ["central"]


async def test_a_caller_who_hangs_up_during_the_look_up_was_not_late() -> None:
    scene = Scene().contacted("a")
    scene.history.delay_s = 5
    look_up = create_task(scene.find(), name="look-up")
    await asyncio.sleep(0.01)
    scene.call.set_hangup(Hangup(HangupCause.NORMAL_CLEARING, HangupSide.CALLER))
    look_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look_up
    assert scene.call.facts.explanation is None
    assert scene.routing.explanation() == {"rule": "dial", "dials": []}


# Whom to ring


async def test_the_whole_chain_in_order_without_those_who_cannot_answer() -> None:
    scene = Scene().contacted("a")
    scene.registered -= {"102"}
    await scene.find()
    steps = scene.dial(TargetKind.PLAN, LAST_STORE_PLAN).steps
    assert [step.name for step in steps] == ["store", "sister_store", "central"]
    assert [extensions(step) for step in steps] == [["101"], ["201"], ["100"]]
    assert (steps[0].store_id, steps[0].store_code) == ("a", "A")
    assert (steps[2].ring_s, steps[2].wait_when_busy) == (45.0, True)


async def test_what_came_of_it_is_in_the_explanation() -> None:
    scene = Scene().contacted("a")
    await scene.find()
    plan = scene.dial(TargetKind.PLAN, LAST_STORE_PLAN)
    plan.attempted(plan.steps[0], AttemptOutcome.NO_ANSWER, 20_000, 15_000)
    plan.attempted(plan.steps[1], AttemptOutcome.ANSWERED, 25_000, 5_000)
    explanation = plan.explanation()
    (dial,) = explanation["dials"]
    assert [(one["step"], one["outcome"]) for one in dial["attempts"]] == [
        ("store", "no_answer"),
        ("sister_store", "answered"),
    ]
    assert [one["outcome"] for one in explanation["attempts"]] == ["no_answer", "answered"]
    assert scene.routing.chain is not None
    assert scene.routing.chain.answered_store_id == "b"


def test_the_chain_without_a_look_up_is_the_central_group() -> None:
    (step,) = Scene().dial(TargetKind.PLAN, LAST_STORE_PLAN).steps
    assert (step.name, extensions(step)) == ("central", ["100"])


def test_without_a_central_store_nobody_is_rung() -> None:
    scene = Scene()
    del scene.book.all["hq"]
    plan = scene.dial(TargetKind.PLAN, LAST_STORE_PLAN)
    assert (plan.steps, plan.refusal) == ((), DialOutcome.UNAVAILABLE)


@pytest.mark.parametrize(
    ("code", "rung", "refusal"),
    [
        ("A", ["101", "102"], None),
        ("GONE", ["201"], None),
        ("SHUT", None, DialOutcome.CLOSED),
        ("NOPE", None, DialOutcome.FAILED),
        ("X", None, DialOutcome.FAILED),
    ],
)
def test_a_store_by_its_code(code: str, rung: list[str] | None, refusal: DialOutcome | None) -> None:
    plan = Scene().dial(TargetKind.STORE, code)
    if rung is None:
        assert (plan.steps, plan.refusal) == ((), refusal)
        assert plan.explanation()["dials"] == [
            {"kind": "store", "target": code, "attempts": [], "refused": refusal.value if refusal else None}
        ]
    else:
        (step,) = plan.steps
        assert (extensions(step), step.ring_s) == (rung, 15)


def test_agents_on_a_break_are_left_out() -> None:
    scene = Scene()
    scene.away = {"101"}
    assert extensions(scene.dial(TargetKind.STORE, "A").steps[0]) == ["102"]
    scene.away = {"101", "102"}
    plan = scene.dial(TargetKind.STORE, "A")
    assert (plan.steps, plan.refusal) == ((), DialOutcome.UNAVAILABLE)


async def test_the_chain_leaves_out_agents_on_a_break_and_says_so() -> None:
    scene = Scene().contacted("a")
    scene.away = {"101"}
    await scene.find()
    step = next(step for step in scene.dial(TargetKind.PLAN, "last_store").steps if step.name == "store")
    assert extensions(step) == ["102"]


def test_a_store_with_no_phone_registered_is_not_rung() -> None:
    scene = Scene()
    scene.registered.clear()
    plan = scene.dial(TargetKind.STORE, "A")
    assert (plan.steps, plan.refusal) == ((), DialOutcome.UNAVAILABLE)


def test_an_extension_and_a_number() -> None:
    scene = Scene()
    (step,) = scene.dial(TargetKind.EXTENSION, "777").steps
    assert step.targets == (DialTarget(TargetAddress.EXTENSION, "777"),)
    (step,) = scene.dial(TargetKind.NUMBER, "0987654321").steps
    assert step.targets == (DialTarget(TargetAddress.NUMBER, "0987654321"),)
    for refused in ("0084123456", "hello", ""):
        plan = scene.dial(TargetKind.NUMBER, refused)
        assert (plan.steps, plan.refusal) == ((), DialOutcome.FAILED)


def test_an_unknown_plan_fails() -> None:
    assert Scene().dial(TargetKind.PLAN, "other").refusal is DialOutcome.FAILED


# Numbers and hours


def test_which_flow_answers_a_number() -> None:
    table = DidTable({"1900": "hotline", "*": "rest"})
    assert [table.find(number) for number in ("1900", "1800")] == ["hotline", "rest"]
    table.flows = {"1900": "hotline"}
    assert table.find("1800") is None


def test_the_hours_of_stores() -> None:
    scene = Scene()
    hours, at = BookHours(scene.book), scene.clock.utcnow()
    states = [hours.state(code, at) for code in ("A", "SHUT", "GONE", "NOPE")]
    assert states == [HoursState.OPEN, HoursState.CLOSED, HoursState.CLOSED, HoursState.UNKNOWN]
    scene.book.all["a"] = replace(
        scene.book.all["a"], hours=replace(parse_hours("mon-sun 00:00-24:00"), closed_on_holidays=True)
    )
    assert hours.state("A", at.replace(month=9, day=2)) is HoursState.HOLIDAY
