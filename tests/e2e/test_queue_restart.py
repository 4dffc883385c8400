"""The power goes while people wait and talk: who was what is known again, and nobody stays busy with a lost call."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from callcenter.calls.cdr import Outcome
from callcenter.testing.raw_phone import RawCall
from tests.e2e.floor import Floor, Line, until
from tests.e2e.town import check_books, kinds

pytestmark = pytest.mark.peer

ANN_HZ, BEN_HZ = 700.0, 1150.0
CALLBACK = {"enabled": True, "quiet_from": "00:00", "quiet_until": "00:00"}
HEALED_WITHIN_S = 5.0


def test_states_call_backs_and_wrap_up_outlive_a_power_cut(tmp_path: Path) -> None:
    """Ann works after a call, Ben talks, Cyn has a break, Dan is rung, Eve sits in a browser; two customers wait."""
    people = {"ann": "501", "ben": "502", "cyn": "503", "dan": "504", "eve": "505"}
    lines = {
        "long": Line(["ann"], {"wrap_up": {"mode": "timed", "seconds": 14}, "callback": CALLBACK}),
        "talk": Line(["ben"], {"wrap_up": {"mode": "timed", "seconds": 30}}),
        "ring": Line(["dan"], {"ring_s": 60}),
        "eve": Line(["eve"]),
        "nobody": Line(["cyn"]),
    }
    floor = Floor(tmp_path, people, lines)
    with floor.server as server, ExitStack() as stack:
        ann = stack.enter_context(floor.desk("ann", tone_hz=ANN_HZ))
        stack.enter_context(floor.desk("ben", tone_hz=BEN_HZ))
        stack.enter_context(floor.desk("cyn"))
        floor.page("cyn").be("break")
        dan = stack.enter_context(floor.desk("dan", answers=False))
        eve = floor.browser("eve")
        customers = [stack.enter_context(floor.customer(f"091200010{at}")) for at in range(5)]
        worked, talking, ringing, *waiting = (
            floor.call(customer, queue)
            for customer, queue in zip(customers, ("long", "talk", "ring", "nobody", "nobody"), strict=True)
        )
        worked.wait_tone(ANN_HZ)
        worked.hang_up()
        wrap_up = floor.wait_state("ann", "wrap_up")["wrap_up"]
        talking.wait_tone(BEN_HZ)
        dan.wait_call()
        floor.wait_waiting("nobody", 2)
        floor.page("ann").send("POST", "/api/callbacks", {"queue": "long", "number": "0912000177"})
        until(lambda: stored(server_state(floor), floor), "everybody in place", 3)
        until(lambda: floor.page("admin").send("GET", "/api/callbacks?open=true")["items"], "written down", 3)
        time.sleep(1.2)  # How long a call has lived is known by the server's heartbeats, one a second.
        server.kill()
        killed = time.monotonic()
        eve.crash()
        server.start()

        assert floor.agent("ann")["state"] == "wrap_up"
        again = floor.agent("ann")["wrap_up"]
        assert (again["call_id"], again["ends_at"][:21]) == (wrap_up["call_id"], wrap_up["ends_at"][:21])
        assert floor.state("cyn") == "break"
        for login in ("ben", "dan"):
            state = floor.wait_state(login, "available", "wrap_up", timeout=HEALED_WITHIN_S)
            assert state["call_ids"] == []
        assert floor.state("eve") == "unreachable"
        assert floor.waiting("nobody") == []
        assert [one["number"] for one in floor.waiting("long")] == ["+84912000177"]

        with floor.browser("eve") as back:
            assert back.registered_contacts and floor.state("eve") == "available"
        assert len(ann.calls) == 1
        outside = stack.enter_context(floor.outside())
        callback = ann.wait_call(2, timeout=20)
        assert time.monotonic() - killed > 5
        outside.wait_call()
        callback.hang_up()
        for call in (talking, ringing, *waiting):
            story = server.call_log.story(record_of(floor, call).id)
            check_books(story)
            assert story.record.outcome is Outcome.SYSTEM_FAILURE
        assert kinds(server.call_log.story(record_of(floor, talking).id))[-1] == "talk"
        assert "Traceback" not in server.log()


def record_of(floor: Floor, call: RawCall) -> Any:
    """Return the one record of a call."""
    found = [one for one in floor.server.call_log.records() if one.sip_call_id == call.call_id]
    assert len(found) == 1
    return found[0]


def server_state(floor: Floor) -> dict[str, str]:
    """Return every agent's state."""
    return {one["id"]: one["state"] for one in floor.page("admin").send("GET", "/api/agents")}


def stored(states: dict[str, str], floor: Floor) -> bool:
    """Tell whether everybody is where the test wants them."""
    wanted = {"ann": "wrap_up", "ben": "on_call", "cyn": "break", "dan": "offered", "eve": "available"}
    return all(states[floor.seats[login].user_id] == state for login, state in wanted.items())
