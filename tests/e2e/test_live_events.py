"""What open pages are told while real calls go on: in order, resumed after a cut, and only what each may see."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Self

import pytest
from websockets.exceptions import ConnectionClosed

from callcenter.testing.web_phone import open_websocket
from callcenter.testing.web_session import WebSession
from tests.e2e.floor import Floor, Line, until

pytestmark = pytest.mark.peer

ANN_HZ, BEN_HZ = 700.0, 1150.0


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    people = {"ann": "501", "ben": "502", "gus": "503"}
    floor = Floor(
        tmp_path_factory.mktemp("floor"), people, {"ann": Line(["ann"]), "ben": Line(["ben"]), "gus": Line(["gus"])}
    )
    with floor.server:
        yield floor


class Page:
    """An open page's live feed, read by a thread."""

    def __init__(self, session: WebSession, last_event_id: str = "") -> None:
        resume = f"?last_event_id={last_event_id}" if last_event_id else ""
        self.events: list[dict[str, Any]] = []
        self.connection = open_websocket(session, f"/api/live{resume}")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self._thread.join(2)

    @property
    def last_event_id(self) -> str:
        """Return the id of the newest event."""
        return str(self.events[-1]["id"])

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of all events of a kind."""
        return [event["data"] for event in self.events if event["type"] == kind]

    def wait(self, kind: str, **values: object) -> dict[str, Any]:
        """Return the data of the first event of a kind with these values."""

        def found() -> list[dict[str, Any]]:
            return [data for data in self.of(kind) if all(data[name] == value for name, value in values.items())]

        until(found, f"{kind} {values}", 6, lambda: [(one["type"], one["data"]) for one in self.events][-5:])
        return found()[0]

    def numbers(self) -> list[int]:
        """Return the numbers of what came after the greeting."""
        return [int(event["id"].rpartition("-")[2]) for event in self.events[1:]]

    def _read(self) -> None:
        try:
            for text in self.connection:
                event = json.loads(text)
                if event["type"] != "ping":
                    self.events.append(event)
        except (ConnectionClosed, OSError):
            return


def test_everybody_is_told_in_order_and_only_what_they_may_see(floor: Floor) -> None:
    with ExitStack() as stack:
        ann, ben, gus = (stack.enter_context(Page(floor.page(login))) for login in ("ann", "ben", "gus"))
        admin = stack.enter_context(Page(floor.page("admin")))
        phone = stack.enter_context(floor.desk("ann", tone_hz=ANN_HZ, answers=False))
        stack.enter_context(floor.desk("ben", tone_hz=BEN_HZ))
        customer = stack.enter_context(floor.customer("0912000301"))
        call = floor.call(customer, "ann")
        ring = phone.wait_call()
        rung = ann.wait("call.updated")
        assert rung["from_number"] == "+84912000301"
        assert {one["agent_id"]: one["state"] for one in rung["participants"]}[floor.seats["ann"].user_id] == "ringing"
        ring.answer()
        call_id = ann.wait("call.updated", state="connected")["id"]
        floor.page("ann").act(call_id, "transfer", "agent", floor.seats["ben"].user_id)
        call.wait_tone(BEN_HZ)
        ben.wait("call.updated", state="connected")
        call.hang_up()
        for page in (ann, ben, admin):
            page.wait("call.ended", id=call_id)
        states = [one["state"] for one in ann.of("agent.updated")]
        assert [state for at, state in enumerate(states) if states[at - 1 : at] != [state]][:4] == [
            "offline",
            "available",
            "offered",
            "on_call",
        ]
        assert {one["id"] for one in ann.of("agent.updated")} == {floor.seats["ann"].user_id}
        assert gus.of("call.updated") == gus.of("call.ended") == []
        assert {one["code"] for one in gus.of("queue.updated")} <= {"gus"}
        assert "0912000301"[1:] not in json.dumps(gus.events)
        assert {one["id"] for one in admin.of("agent.updated")} >= {floor.seats[one].user_id for one in ("ann", "ben")}
        for page in (ann, ben, admin):
            assert page.numbers() == sorted(set(page.numbers()))
            assert [event["type"] for event in page.events].count("call.updated") >= 2


def test_a_page_that_was_cut_off_is_told_what_it_missed_and_nothing_twice(floor: Floor) -> None:
    with Page(floor.page("admin")) as always, floor.desk("ann", answers=False):
        with Page(floor.page("admin")) as cut:
            floor.page("ann").be("break")
            cut.wait("agent.updated", state="break")
            until(lambda: cut.events[-1:] == always.events[-1:], "both told", 3)
            before, last = list(cut.events), cut.last_event_id
            cut.connection.socket.close()
        floor.page("ann").be("available")
        floor.page("ann").be("break")
        with Page(floor.page("admin"), last) as back:
            assert back.wait("hello") == {"resumed": True}
            floor.page("ann").be("available")
            until(lambda: back.events[-1]["id"] == always.last_event_id, "told the rest", 3)
            until(lambda: [one["state"] for one in back.of("agent.updated")].count("available") == 2, "both", 3)
            told = {event["id"]: event for event in [*before[1:], *back.events[1:]]}
            assert len(told) == len(before[1:]) + len(back.events[1:])
            first = always.events.index(before[1])
            assert list(told.values()) == always.events[first:]
        assert back.of("reset") == []


def test_a_page_that_asks_for_what_nobody_remembers_starts_anew(floor: Floor) -> None:
    with Page(floor.page("admin")) as page:
        page.wait("hello")
        newest = page.last_event_id
    run = newest.rpartition("-")[0]
    for last in ("0badcafe-1", f"{run}-999999999", f"{run}--1", f"{run}-", "nonsense", "x" * 5000):
        with Page(floor.page("admin"), last) as back:
            assert back.wait("hello") == {"resumed": False}
            assert back.wait("reset") == {}
    with Page(floor.page("admin"), newest) as back:
        assert back.wait("hello") == {"resumed": True}


def test_signing_out_ends_the_feed(floor: Floor) -> None:
    with Page(floor.page("gus")) as page:
        page.wait("hello")
        floor.page("gus").send("DELETE", "/api/session")
        until(lambda: page.connection.close_code is not None, "closed", 3)
