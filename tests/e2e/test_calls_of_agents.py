"""What agents do with a customer's call over the API, in browsers and at desk phones, with measured voices."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from callcenter.testing import baresip
from callcenter.testing.audio import Interval, heard_tones, read_wav, rms_dbfs, tone_intervals
from callcenter.testing.baresip import Baresip, BaresipAccount
from callcenter.testing.call_log import events_of
from callcenter.testing.raw_phone import RawCall, RawPhone
from callcenter.testing.web_session import WebRefused, WebSession
from tests.e2e.floor import Floor, Line, until
from tests.e2e.town import SECRET, kinds

pytestmark = pytest.mark.peer

CUSTOMER_HZ = 550.0
TONES = {"ann": 850.0, "ben": 1150.0, "cyn": 1450.0}
ALL_TONES = [CUSTOMER_HZ, *TONES.values()]
ACTIONS = (
    "hold",
    "resume",
    "transfer",
    "consult",
    "consult",
    "consult/complete",
    "consult/cancel",
    "consult/swap",
    "consult/join",
    "participants",
    "recording/pause",
    "recording/resume",
)
SCRIPTS, STEPS = 6, 12


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    people = {"ann": "501", "ben": "502", "cyn": "503"}
    lines = {"ann": Line(["ann"]), "all": Line(list(people), {"strategy": "linear"})}
    floor = Floor(
        tmp_path_factory.mktemp("floor"), people, lines, config={"limits": {"transfer_ring": 3, "consult_ring": 3}}
    )
    with floor.server:
        yield floor


def hears(call: RawCall, *hertz: float) -> bool:
    """Tell whether a phone has lately heard exactly these tones, nobody for none."""
    heard = heard_tones(call.heard(0.4), ALL_TONES)
    return {one for one in ALL_TONES if heard[one] > 0.2} == set(hertz)


def wait_hears(call: RawCall, *hertz: float) -> None:
    """Wait until it does."""
    until(lambda: hears(call, *hertz), f"{hertz} heard", 6, lambda: heard_tones(call.heard(0.4), ALL_TONES))


def wait_music(call: RawCall) -> None:
    """Wait until a phone hears music and nobody."""
    until(lambda: rms_dbfs(call.heard(0.4)) > -40 and hears(call), "music", 5)


def connect(floor: Floor, stack: ExitStack, number: str, agent: RawPhone, queue: str = "ann") -> tuple[RawCall, str]:
    """Let a customer reach ``agent``; return the customer's call and the live call's id."""
    customer = stack.enter_context(floor.customer(number, tone_hz=CUSTOMER_HZ))
    call = floor.call(customer, queue)
    incoming = agent.wait_call(len([one for one in agent.calls if one.invite is not None]) or 1)
    assert incoming.invite is not None
    wait_hears(call, TONES["ann"])
    return call, incoming.invite.get("X-Callcenter-Call") or live_call(floor, "ann")


def live_call(floor: Floor, login: str) -> str:
    """Return the id of the call somebody is in."""
    return str(floor.agent(login)["call_ids"][0])


def test_a_browser_holds_and_hands_the_customer_to_a_desk_phone_after_a_word(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.browser("ann", tone_hz=TONES["ann"]))
        ben = stack.enter_context(floor.desk("ben", tone_hz=TONES["ben"]))
        call, call_id = connect(floor, stack, "0912000201", ann)
        page, anns = floor.page("ann"), ann.wait_call()
        page.act(call_id, "hold")
        wait_music(call)
        page.act(call_id, "resume")
        wait_hears(call, TONES["ann"])
        page.act(call_id, "consult", "agent", floor.seats["ben"].user_id)
        bens = ben.wait_call()
        wait_hears(anns, TONES["ben"])
        wait_hears(bens, TONES["ann"])
        wait_music(call)
        page.act(call_id, "consult/complete")
        assert anns.over.wait(3)
        wait_hears(call, TONES["ben"])
        wait_hears(bens, CUSTOMER_HZ)
        floor.wait_state("ann", "available")
        assert floor.state("ben") == "on_call"
        call.hang_up()
        assert bens.over.wait(3)
        floor.wait_state("ben", "available")
    story = floor.story(call)
    assert kinds(story)[-5:] == ["talk", "hold", "talk", "consult", "talk"]


def test_a_conference_of_four_that_loses_one_after_the_other(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.browser("ann", tone_hz=TONES["ann"]))
        ben, cyn = (stack.enter_context(floor.desk(login, tone_hz=TONES[login])) for login in ("ben", "cyn"))
        call, call_id = connect(floor, stack, "0912000202", ann)
        page = floor.page("ann")
        for login in ("ben", "cyn"):
            target = {"target": {"kind": "agent", "value": floor.seats[login].user_id}}
            page.send("POST", f"/api/live-calls/{call_id}/participants", target)
            floor.wait_state(login, "on_call")
        wait_hears(call, *TONES.values())
        wait_hears(cyn.wait_call(), CUSTOMER_HZ, TONES["ann"], TONES["ben"])
        live = page.send("GET", f"/api/live-calls/{call_id}")
        legs = {one["extension"]: one["leg_id"] for one in live["participants"]}
        page.send("DELETE", f"/api/live-calls/{call_id}/participants/{legs['502']}")
        assert ben.wait_call().over.wait(3)
        wait_hears(call, TONES["ann"], TONES["cyn"])
        page.act(call_id, "hangup")
        wait_hears(call, TONES["cyn"])
        call.hang_up()
    story = floor.story(call)
    assert "conference" in kinds(story) and kinds(story)[-1] == "talk"


def test_a_paused_recording_holds_silence_for_as_long_as_it_was_paused(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.desk("ann", tone_hz=TONES["ann"]))
        call, call_id = connect(floor, stack, "0912000203", ann)
        page = floor.page("ann")
        time.sleep(1.0)
        assert page.act(call_id, "recording/pause")["recording"] == {"on": True, "paused": True}
        time.sleep(1.5)
        wait_hears(call, TONES["ann"])
        page.act(call_id, "recording/resume")
        time.sleep(1.0)
        call.hang_up()
    story = floor.story(call)
    wav = read_wav(floor.server.recordings / story.recordings[-1].path)
    for channel, hertz in ((wav.left, CUSTOMER_HZ), (wav.right, TONES["ann"])):
        spoken = [one for one in tone_intervals(channel, hertz) if one.duration > 0.3]
        assert len(spoken) == 2
        gap = Interval(spoken[0].end, spoken[1].start)
        assert 1.4 < gap.duration < 2.6
        inside = channel[int((gap.start + 0.1) * wav.rate) : int((gap.end - 0.1) * wav.rate)]
        assert int(abs(inside).max()) == 0
    assert [len(events_of(story, f"recording_{what}")) for what in ("paused", "resumed")] == [1, 1]


def test_a_transfer_that_nobody_answers_comes_back(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.desk("ann", tone_hz=TONES["ann"]))
        ben = stack.enter_context(floor.desk("ben", answers=False))
        call, call_id = connect(floor, stack, "0912000204", ann)
        floor.page("ann").act(call_id, "transfer", "extension", "502")
        assert ann.wait_call().over.wait(3)
        assert ben.wait_call().over.wait(8)
        wait_hears(call, TONES["ann"])
        assert ann.wait_call(2).answered
        call.hang_up()
    story = floor.story(call)
    assert events_of(story, "transfer_failed")[0].data["outcome"] == "no_answer"
    assert len(events_of(story, "transferor_rung")) == 1


@pytest.mark.skipif(not baresip.is_installed(), reason="baresip is not installed")
def test_a_blind_transfer_to_a_desk_phone_of_another_make(floor: Floor, tmp_path: Path) -> None:
    account = BaresipAccount("503", floor.server.sip, SECRET, auto_answer=True)
    with ExitStack() as stack:
        ann = stack.enter_context(floor.browser("ann", tone_hz=TONES["ann"]))
        cyn = stack.enter_context(Baresip(account, tmp_path / "cyn", tone_hz=TONES["cyn"]))
        call, call_id = connect(floor, stack, "0912000205", ann)
        floor.page("ann").act(call_id, "transfer", "extension", "503")
        wait_hears(call, TONES["cyn"])
        cyn.wait(1.0)
        call.hang_up()
        cyn.wait_for("CALL_CLOSED")
        heard = cyn.heard()
    assert heard_tones(heard[-1].left, [CUSTOMER_HZ])[CUSTOMER_HZ] > 0.4
    assert kinds(floor.story(call))[-1] == "talk"


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_the_books_add_up_after_any_script(floor: Floor, seed: int) -> None:
    """Whatever three agents ask for in whatever order, and whoever leaves first."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        phones: list[RawPhone] = [stack.enter_context(floor.browser("ann", tone_hz=TONES["ann"]))]
        phones += [stack.enter_context(floor.desk(login, tone_hz=TONES[login])) for login in ("ben", "cyn")]
        call, call_id = connect(floor, stack, f"091200021{seed}", phones[0], "all")
        done = [step(floor, chance, call_id) for _ in range(STEPS)]
        assert done.count("done") >= 4, done
        ends = [one for phone in phones for one in phone.calls if not one.over.is_set()]
        for end in chance.sample([call, *ends], 1 + len(ends)):
            end.hang_up()
        until(lambda: floor.page("admin").send("GET", "/api/live-calls") == [], "the call over", 8)
        for login in TONES:
            floor.wait_state(login, "available")
    story = floor.story(call)
    assert "talk" in kinds(story)
    assert "Traceback" not in floor.server.log()


def step(floor: Floor, chance: random.Random, call_id: str) -> str:
    """Let somebody in the call ask for something, mostly what the view says is possible; return how it went."""
    there = [login for login in TONES if call_id in floor.agent(login)["call_ids"]]
    agent = chance.choice(there or list(TONES))
    page = floor.page(agent)
    view = page.ask("GET", f"/api/live-calls/{call_id}")
    offered = view.json["actions"] if view.status == 200 else []
    possible = [action for action in ACTIONS if action.replace("/", "_") in offered or action == "participants"]
    action = chance.choice(possible if chance.random() < 0.8 else ACTIONS)
    other = chance.choice([login for login in TONES if login != agent])
    needs_target = action in ("transfer", "consult", "participants")
    body: Any = {"target": {"kind": "agent", "value": floor.seats[other].user_id}} if needs_target else None
    try:
        page.send("POST", f"/api/live-calls/{call_id}/{action}", body)
    except WebRefused as refused:
        assert refused.answer.status in (404, 409, 422), str(refused)
        return refused.answer.problem
    time.sleep(chance.choice((0.0, 0.1, 0.5)))
    return "done"


def test_nobody_acts_on_a_call_of_others(floor: Floor) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(floor.desk("ann", tone_hz=TONES["ann"]))
        call, call_id = connect(floor, stack, "0912000206", ann)
        stranger: WebSession = floor.page("ben")
        for action in (*ACTIONS, "hangup"):
            body = {"target": {"kind": "extension", "value": "503"}}
            answer = stranger.ask("POST", f"/api/live-calls/{call_id}/{action}", body)
            assert answer.status == 404, (action, answer.body)
        assert stranger.send("GET", "/api/live-calls") == []
        assert hears(call, TONES["ann"])
        call.hang_up()
