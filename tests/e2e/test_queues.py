"""Waiting for an agent over real SIP: order, offers, ways out, announcements, call-backs and voicemail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter.testing.audio import dominant_tone, rms_dbfs
from callcenter.testing.call_log import events_of
from callcenter.testing.raw_phone import RawCall
from tests.e2e.floor import Floor, Line, left_by, until
from tests.e2e.town import MAILBOX_HZ, kinds, talks

pytestmark = pytest.mark.peer

ANN_HZ, BEN_HZ, CYN_HZ = 700.0, 1150.0, 1400.0
CUSTOMER_HZ = 1650.0
SPEAKS_SOON = {"first_after_s": 1, "min_gap_s": 5, "max_gap_s": 10}
CALLBACK = {"enabled": True, "offer_after_s": 0, "quiet_from": "00:00", "quiet_until": "00:00", "retry_gap_s": 60}


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    people = {"ann": "501", "ben": "502", "cyn": "503", "dan": "504"}
    linear = {"strategy": "linear"}
    lines = {
        "three": Line(["ann", "ben", "cyn"], linear),
        "pair": Line(["ann", "ben"], linear),
        "ann": Line(["ann"], {"announcements": SPEAKS_SOON}),
        "short": Line(["ann"], {"max_wait_s": 2, "overflow": ["ben"]}),
        "ben": Line(["ben"]),
        "brief": Line(["cyn"], {"max_wait_s": 1, "music": "ringback"}, after="voicemail"),
        "keys": Line(["cyn"], {"announcements": SPEAKS_SOON}, exit_keys="0"),
        "full": Line(["cyn"], {"max_length": 1}),
        "empty": Line(["dan"], {"join_when": "logged_in"}, after="voicemail"),
        "left": Line(["cyn"], {"stay_when": "logged_in", "leave_after_s": 1}),
        "again": Line(["ann"], {"announcements": {**SPEAKS_SOON, "first_after_s": 0}, "callback": CALLBACK}),
        "wrap": Line(["ann"], {"wrap_up": {"mode": "timed", "seconds": 2}}),
    }
    floor = Floor(tmp_path_factory.mktemp("floor"), people, lines)
    with floor.server:
        yield floor


def test_callers_are_served_in_order_by_everybody_who_is_free(floor: Floor) -> None:
    """Three wait, then three agents come at once: each rings for one, the longest wait first in the linear order."""
    with ExitStack() as stack:
        phones = [stack.enter_context(floor.customer(f"091200001{at}", tone_hz=CUSTOMER_HZ)) for at in range(4)]
        calls = []
        for at, phone in enumerate(phones):
            calls.append(floor.call(phone, "three"))
            floor.wait_waiting("three", at + 1)
        ann = stack.enter_context(floor.desk("ann", tone_hz=ANN_HZ))
        calls[0].wait_tone(ANN_HZ)
        ben = stack.enter_context(floor.desk("ben", tone_hz=BEN_HZ))
        calls[1].wait_tone(BEN_HZ)
        cyn = stack.enter_context(floor.desk("cyn", tone_hz=CYN_HZ))
        calls[2].wait_tone(CYN_HZ)
        assert [len(agent.calls) for agent in (ann, ben, cyn)] == [1, 1, 1]
        assert [one["position"] for one in floor.waiting("three")] == [1]
        calls[1].hang_up()
        calls[3].wait_tone(BEN_HZ)
        assert floor.waiting("three") == []
        for call in calls:
            call.hang_up()
    for call in calls:
        story = floor.story(call)
        assert kinds(story)[-1] == "talk" and len(events_of(story, "queue_offer")) == 1
    answered = [talks(floor.story(call))[-1].agent_id for call in calls]
    assert answered == [floor.seats[login].user_id for login in ("ann", "ben", "cyn", "ben")]


def test_several_free_agents_ring_for_several_callers_at_the_same_time(floor: Floor) -> None:
    with ExitStack() as stack:
        ann, ben = (stack.enter_context(floor.desk(login, answers=False)) for login in ("ann", "ben"))
        phones = [stack.enter_context(floor.customer(f"091200002{at}")) for at in range(3)]
        calls = [floor.call(phone, "pair") for phone in phones]
        rings = [ann.wait_call(), ben.wait_call()]
        offered = floor.wait_waiting("pair", 3)
        assert [len(one["offered_to"]) for one in offered] == [1, 1, 0]
        assert len({agent for one in offered for agent in one["offered_to"]}) == 2
        assert {floor.state("ann"), floor.state("ben")} == {"offered"}
        for ring in rings:
            ring.answer()
        floor.wait_waiting("pair", 1)
        rings[0].hang_up()
        ann.wait_call(2).answer()
        floor.wait_waiting("pair", 0)
        for call in calls:
            call.hang_up()


def test_an_agent_who_does_not_answer_is_not_responding_and_the_caller_keeps_the_first_place(floor: Floor) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(floor.customer("0912000030"))
        second = stack.enter_context(floor.customer("0912000031"))
        ann = stack.enter_context(floor.desk("ann", answers=False))
        head = floor.call(first, "pair")
        ann.wait_call()
        before = floor.wait_waiting("pair", 1)[0]
        floor.call(second, "pair")
        floor.wait_state("ann", "not_responding")
        places = floor.wait_waiting("pair", 2)
        assert [is_same_moment(before, one) for one in places] == [True, False]
        assert ann.wait_call().over.wait(2)
        ben = stack.enter_context(floor.desk("ben", tone_hz=BEN_HZ))
        ben.wait_call()
        head.wait_tone(BEN_HZ)
        assert len(floor.waiting("pair")) == 1 and floor.state("ann") == "not_responding"
        floor.page("ann").be("available")
        assert ann.wait_call(2, timeout=3).invite is not None
        head.hang_up()
    story = floor.story(head)
    assert [line.data["outcome"] for line in events_of(story, "queue_offer_failed")] == ["no_answer"]


def test_a_busy_agent_is_passed_over_without_losing_the_caller(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.desk("ann", answers=False))
        ben = stack.enter_context(floor.desk("ben", tone_hz=BEN_HZ))
        customer = stack.enter_context(floor.customer("0912000035"))
        call = floor.call(customer, "pair")
        ann.wait_call().refuse("486 Busy Here")
        ben.wait_call()
        call.wait_tone(BEN_HZ)
        assert floor.state("ann") == "available"
        call.hang_up()
    assert [line.data["outcome"] for line in events_of(floor.story(call), "queue_offer_failed")] == ["busy"]


def test_a_queue_that_cannot_serve_in_time_passes_its_callers_on(floor: Floor) -> None:
    with ExitStack() as stack:
        customer = stack.enter_context(floor.customer("0912000040"))
        call = floor.call(customer, "short")
        before = floor.wait_waiting("short", 1)[0]
        assert is_same_moment(before, floor.wait_waiting("ben", 1)[0])
        stack.enter_context(floor.desk("ben", tone_hz=BEN_HZ))
        call.wait_tone(BEN_HZ)
        call.hang_up()
    story = floor.story(call)
    joined = [(line.data["queue"], line.data["waited_ms"] >= 1900) for line in events_of(story, "queue_joined")]
    assert joined == [("short", False), ("ben", True)]


def test_a_caller_who_waited_too_long_leaves_a_message_that_can_be_fetched(floor: Floor) -> None:
    with floor.customer("0912000050", tone_hz=CUSTOMER_HZ) as customer:
        call = floor.call(customer, "brief")
        call.wait_tone(MAILBOX_HZ, timeout=5)
        time.sleep(2.5)
        call.media.talker.press("#")
        assert call.over.wait(4)
    story = floor.story(call)
    assert left_by(story) == [("max_wait", None)]
    found = floor.page("admin").send("GET", "/api/voicemails")["items"]
    message = next(one for one in found if one["call_id"] == story.record.id)
    assert message["box"] == "brief" and message["heard_at"] is None


def test_a_key_leaves_the_queue_during_music_and_during_an_announcement(floor: Floor) -> None:
    for at, moment in enumerate((0.4, 1.6)):
        with floor.customer(f"091200006{at}") as customer:
            call = floor.call(customer, "keys")
            floor.wait_waiting("keys", 1)
            time.sleep(moment)
            call.media.talker.press("0")
            call.wait_tone(MAILBOX_HZ, timeout=4)
            call.hang_up()
        story = floor.story(call)
        assert left_by(story) == [("key", "0")]
        assert len(events_of(story, "queue_announcement")) == at


def test_full_empty_and_deserted_queues_let_callers_go(floor: Floor) -> None:
    with ExitStack() as stack:
        waiting, refused, alone, left = (stack.enter_context(floor.customer(f"091200007{at}")) for at in range(4))
        stays = floor.call(waiting, "full")
        floor.wait_waiting("full", 1)
        full = floor.call(refused, "full")
        assert full.over.wait(4)
        empty = floor.call(alone, "empty")
        empty.wait_tone(MAILBOX_HZ)
        with floor.desk("cyn", answers=False):
            floor.page("cyn").be("break")
            deserted = floor.call(left, "left")
            floor.wait_waiting("left", 1)
            floor.page("cyn").be("offline")
            assert deserted.over.wait(6)
        for call in (stays, empty):
            call.hang_up()
    refusals = [events_of(floor.story(call), "queue_refused")[0].data["outcome"] for call in (full, empty)]
    assert refusals == ["full", "join_empty"]
    assert left_by(floor.story(deserted)) == [("leave_empty", None)]


def test_speech_interrupts_the_music_and_says_the_place(floor: Floor) -> None:
    with floor.customer("0912000080") as customer:
        call = floor.call(customer, "ann")
        heard = Ears(call)
        heard.until("music", 1.5)
        heard.until("speech", 6.0)
        heard.until("music", 15.0)
        call.hang_up()
    said = events_of(floor.story(call), "queue_announcement")
    assert said[0].data["place"] == 1 and said[0].data["wait_s"] is None


def is_same_moment(one: Any, other: Any) -> bool:
    """Tell whether two places have the same arrival time; it is kept on a clock without dates."""
    moments = [datetime.fromisoformat(place["waiting_since"]) for place in (one, other)]
    return abs(moments[0] - moments[1]) < timedelta(milliseconds=5)


class Ears:
    """Tells hold music, which holds notes, from speech."""

    def __init__(self, call: RawCall) -> None:
        self._call = call

    def now(self) -> str:
        samples = self._call.heard(0.4)
        if rms_dbfs(samples) < -55:
            return "silence"
        tones = [dominant_tone(samples[at : at + 800]) for at in range(0, len(samples) - 800, 400)]
        return "music" if all(tone is not None for tone in tones) else "speech"

    def until(self, wanted: str, timeout: float) -> None:
        until(lambda: self.now() == wanted, wanted, timeout, self.now)


def test_a_call_back_asked_for_in_the_queue_rings_the_agent_first_and_then_the_customer(floor: Floor) -> None:
    with ExitStack() as stack:
        outside = stack.enter_context(floor.outside(tone_hz=CUSTOMER_HZ, answers=False))
        ann = stack.enter_context(floor.desk("ann", tone_hz=ANN_HZ, answers=False))
        floor.page("ann").be("break")
        customer = stack.enter_context(floor.customer("0912000090"))
        call = floor.call(customer, "again")
        before = floor.wait_waiting("again", 1)[0]
        until(lambda: offered(floor, call), "a call-back offered", 8)
        call.media.talker.press("1")
        time.sleep(0.8)  # The number is read out by now.
        call.media.talker.press("1")
        assert call.over.wait(15)
        callback = floor.wait_waiting("again", 1)[0]
        assert callback["callback_id"] and callback["number"] == "+84912000090"
        assert is_same_moment(before, callback)

        floor.page("ann").be("available")
        anns = ann.wait_call()
        assert [one for one in outside.calls if one.invite is not None] == []
        anns.answer()
        rung = outside.wait_call()
        assert rung.invite is not None and "912000090" in rung.invite.start
        rung.answer()
        anns.wait_tone(CUSTOMER_HZ)
        rung.wait_tone(ANN_HZ)
        assert floor.waiting("again") == [] and floor.state("ann") == "on_call"
        rung.hang_up()
        floor.wait_state("ann", "available")
    story = floor.story(call)
    assert left_by(story) == [("callback", None)]
    done: list[Any] = floor.page("admin").send("GET", "/api/callbacks?open=false")["items"]
    mine = next(one for one in done if one["call_id"] == story.record.id)
    assert (mine["state"], mine["agent_id"]) == ("done", floor.seats["ann"].user_id)


def offered(floor: Floor, call: RawCall) -> bool:
    """Tell whether the caller was offered a call-back."""
    story = floor.server.call_log.story_of(call.call_id, finished=False)
    return any(line.data["callback_offered"] for line in events_of(story, "queue_announcement"))


def test_wrap_up_keeps_the_agent_from_the_next_caller_until_its_time_is_up(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.desk("ann", tone_hz=ANN_HZ))
        first, second = (stack.enter_context(floor.customer(f"091200009{at}")) for at in (5, 6))
        call = floor.call(first, "wrap")
        call.wait_tone(ANN_HZ)
        call.hang_up()
        wrap_up = floor.wait_state("ann", "wrap_up")["wrap_up"]
        assert wrap_up["call_id"] == floor.story(call).record.id
        following = floor.call(second, "wrap")
        time.sleep(0.7)
        assert len(ann.calls) == 1
        following.wait_tone(ANN_HZ, timeout=5)
        following.hang_up()
