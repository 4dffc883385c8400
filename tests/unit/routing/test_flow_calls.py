"""Drawn flows on real calls: from the dialled number to the store that answers, in memory."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from callcenter.accounts.extension import Extension
from callcenter.calls.call import Call
from callcenter.calls.cdr import HangupSide, Outcome
from callcenter.crm.customer import CustomerMatch, MatchOutcome
from callcenter.crm.store import Store
from callcenter.ivr.flow_call import FlowSettings
from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.ports import HttpOutcome, HttpRequest, HttpResult
from callcenter.ivr.validate import Catalogue
from callcenter.routing.caller_routing import CallerRouting, RoutingSources
from callcenter.routing.facts import LastStoreSettings
from callcenter.routing.flow_calls import DidTable, FlowCalls
from callcenter.testing.clock import FakeClock
from callcenter.testing.memory_sip import answers
from callcenter.testing.switchboard import Switchboard, normalise, shape
from callcenter.testing.virtual_time import run_in_virtual_time
from tests.unit.ivr.timeline import flow_document, node, said


class OneStore:
    """A book with one store and its phone 102."""

    def stores(self) -> dict[str, Store]:
        return {"a": Store(id="a", code="A", name="A", extensions=("102",))}

    def store_by_code(self, code: str) -> Store | None:
        return self.stores()["a"] if code == "A" else None

    def extensions_of_store(self, store_id: str) -> list[Extension]:
        return [Extension(number="102", store_id=store_id)]


class Nobody:
    """No customers, no history, no web."""

    async def match(self, number: str) -> CustomerMatch:
        return CustomerMatch(MatchOutcome.NONE)

    async def history(self, *_: Any) -> tuple[()]:
        return ()

    async def add(self, interaction: object) -> None:
        """Forget."""

    async def send(self, request: HttpRequest) -> HttpResult:
        return HttpResult(HttpOutcome.TIMEOUT)


def wire(desk: Switchboard, library: FlowLibrary, dids: dict[str, str]) -> None:
    """Let flows of ``library`` answer the desk's calls."""
    book, nobody = OneStore(), Nobody()
    sources = RoutingSources(
        book=book,
        customers=nobody,
        interactions=nobody,
        is_registered=lambda number: desk.location.is_registered(number, desk.exchange.now()),
        busy=desk.exchange.busy_extensions,
        may_dial=lambda _number: False,
        normalise=normalise,
        settings=LastStoreSettings(),
        central_ring_s=30,
        clock=desk.exchange.clock,
    )
    routings: dict[str, CallerRouting] = {}

    def routing_of(call: Call) -> CallerRouting:
        return routings.setdefault(call.id, CallerRouting(sources, call))

    flows = FlowCalls(library, DidTable(dids), routing_of, book, nobody, desk.exchange.clock, FlowSettings())
    inbound = desk.signalling._inbound
    inbound._flows = flows
    inbound._planner_for = routing_of


def library_of(*documents: dict[str, Any]) -> FlowLibrary:
    library = FlowLibrary(lambda: Catalogue(plans=frozenset({"last_store"})))
    updates = library.load([(f"{document['id']}.json", json.dumps(document).encode()) for document in documents])
    assert all(update.accepted for update in updates), [update.problems for update in updates]
    return library


MENU = flow_document(
    node(
        "menu",
        "menu",
        {"1": "dial", "no_input": "end", "invalid": "end"},
        prompts=said("menu"),
        options=[{"keys": "1", "label": "Cửa hàng"}],
    ),
    node(
        "dial",
        "dial",
        {"busy": "end", "no_answer": "end", "unavailable": "end", "closed": "end", "failed": "end", "left": "end"},
        target={"kind": "store", "store": "A"},
        ring_timeout_s=10,
    ),
    flow_id="hotline",
)


def test_from_the_number_to_the_store(tmp_path: Path) -> None:
    clock = FakeClock(monotonic=1000.0)

    async def scene() -> None:
        desk = Switchboard(clock, tmp_path)
        wire(desk, library_of(MENU), {"1900": "hotline"})
        store, caller = await desk.phone("102", store_id="a"), await desk.phone("100")
        answers(store, after_s=3)
        session = await caller.answered_call("1900")
        await asyncio.sleep(1)
        (media,) = desk.media.legs
        desk.media.press(media, "1")
        await asyncio.sleep(10)
        caller.hang_up(session)
        finished = await desk.ended()
        record = finished.record
        assert (record.flow_id, record.last_node, record.keys_pressed) == ("hotline", "dial", "1")
        assert (record.outcome, record.hangup_side, record.answered_store_id) == (
            Outcome.ANSWERED,
            HangupSide.CALLER,
            "a",
        )
        assert [kind for kind, _ in shape(finished)] == ["ivr", "ring", "talk"]
        left = [line.data["node"] for line in desk.log.events[record.id] if line.kind == "node_left"]
        assert left == ["start", "menu", "dial"]
        assert record.explanation is not None
        assert record.explanation["dials"][0]["attempts"][0]["outcome"] == "answered"
        await desk.assert_quiet()

    run_in_virtual_time(scene(), clock)


def test_a_running_call_keeps_its_version(tmp_path: Path) -> None:
    clock = FakeClock(monotonic=1000.0)

    async def scene() -> None:
        desk = Switchboard(clock, tmp_path)
        library = library_of(MENU)
        wire(desk, library, {"1900": "hotline"})
        store, caller = await desk.phone("102", store_id="a"), await desk.phone("100")
        answers(store)
        session = await caller.answered_call("1900")
        changed = {**MENU, "name": "changed", "version": 2}
        assert library.update("hotline.json", json.dumps(changed).encode()).accepted
        await asyncio.sleep(1)
        (media,) = desk.media.legs
        desk.media.press(media, "1")
        await asyncio.sleep(3)
        caller.hang_up(session)
        first = await desk.ended()
        second = await caller.answered_call("1900")
        await asyncio.sleep(1)
        caller.hang_up(second)
        later = await desk.ended(2)
        assert (first.record.flow_version, later.record.flow_version) == (1, 2)
        await desk.assert_quiet()

    run_in_virtual_time(scene(), clock)


def test_a_number_whose_flow_is_gone_is_not_known(tmp_path: Path) -> None:
    clock = FakeClock(monotonic=1000.0)

    async def scene() -> None:
        desk = Switchboard(clock, tmp_path)
        library = library_of(MENU)
        wire(desk, library, {"1900": "hotline", "1901": "missing", "*": "hotline"})
        flows = desk.signalling._inbound._flows
        assert [flows.knows(number) for number in ("1900", "1901", "555")] == [True, False, True]
        assert [flows.knows(number, exactly=True) for number in ("1900", "1901", "555")] == [True, False, False]

    run_in_virtual_time(scene(), clock)
