"""A browser that is reloaded, crashes or loses its network in a call: the server keeps the customer meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from callcenter.testing.agent_browser import AgentTab
from callcenter.testing.audio import rms_dbfs, tone_intervals
from callcenter.testing.call_log import events_of
from tests.e2e.town import check_books
from tests.e2e.web.agents.office import ANN_HZ, CUSTOMER_HZ, VOICES, Caller, Office, hears, hears_music

pytestmark = [pytest.mark.browser, pytest.mark.peer]

BACK_S = 3.0
"A tab that is there again must have its call again within this time (issue: re-attaches within 3 s)."
HICCUP_S = 0.3
"What a busy machine may swallow of a browser's voice; no way of finding a lost call again is as fast."


def talking(office: Office, ann: AgentTab, customer: Caller) -> None:
    """Bring a call about in which both hear each other."""
    customer.dial()
    ann.wait_ring()
    ann.answer()
    ann.wait_hears(CUSTOMER_HZ, among=VOICES)
    hears(customer, ANN_HZ)
    customer.wait(0.5)


def gap_of(customer: Caller) -> float:
    """Return for how many seconds the customer's report shows the agent's voice gone between two stretches of it."""
    before, after = [one for one in customer.report().tone(ANN_HZ) if one.duration > 0.4][-2:]
    return after.start - before.end


def test_a_reload_costs_a_short_gap(office: Office, record_property: Callable[[str, object], None]) -> None:
    with office.at_work("ann") as ann, office.customer() as customer:
        talking(office, ann, customer)
        left = time.time()
        ann.page.reload(wait_until="commit")
        back = time.time()
        ann.wait_talking()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        hears(customer, ANN_HZ)
        customer.wait(0.6)
        gap = gap_of(customer)
        heard_again = first_sound(ann, since=back)
        record_property("gap_s", round(gap, 2))
        record_property("heard_again_s", round(heard_again, 2))
        assert gap < BACK_S + (back - left)
        assert heard_again < BACK_S
        ann.hang_up()
        customer.wait_over(10)
        ann.wait_state("Wrap-up")
    story = office.story_of(customer)
    check_books(story)
    assert len(events_of(story, "reattached")) == 1


def first_sound(tab: AgentTab, *, since: float) -> float:
    """Return how long after ``since`` (Unix time) a tab first heard something."""
    seconds = time.time() - since
    samples = tab.heard(seconds, until=since + seconds)
    step = 160
    loud = next(at for at in range(0, len(samples), step) if rms_dbfs(samples[at : at + step]) > -40)
    return loud / 8000


def test_a_muted_agent_is_muted_after_a_reload_too(office: Office) -> None:
    with office.at_work("ann") as ann, office.customer() as customer:
        talking(office, ann, customer)
        ann.press("Mute")
        expect(ann.call.get_by_role("button", name="Unmute")).to_be_visible()
        ann.page.reload()
        ann.wait_talking()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        expect(ann.call.get_by_role("button", name="Unmute")).to_be_visible()
        customer.wait(0.6)
        assert rms_dbfs(customer.heard_lately(0.5)) < -50
        ann.press("Unmute")
        hears(customer, ANN_HZ)
        ann.hang_up()


def test_after_a_crash_the_customer_hears_music_until_the_agent_is_back(office: Office) -> None:
    with office.computer("ann") as computer, office.customer() as customer:
        ann = computer.tab()
        ann.be_available()
        talking(office, ann, customer)
        ann.crash()
        hears_music(customer)
        assert office.live_call()["segment"]["kind"] == "hold"
        customer.wait(1.0)
        returned = time.time()
        again = computer.tab()
        again.wait_talking()
        again.wait_hears(CUSTOMER_HZ, among=VOICES)
        hears(customer, ANN_HZ)
        assert first_sound(again, since=returned) < BACK_S
        assert office.agent("ann")["state"] == "on_call"
        again.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert [line.kind for line in story.events if line.kind in ("away", "reattached")] == ["away", "reattached"]


def test_without_its_websockets_a_call_goes_on_without_a_gap(office: Office) -> None:
    with office.computer("ann") as computer, office.customer() as customer:
        ann = computer.tab()
        ann.be_available()
        talking(office, ann, customer)
        computer.context.set_offline(True)
        assert ann.cut("/sip") == 1
        ann.cut("/api/live")
        started = time.time()
        customer.wait(4.0)
        hears(customer, ANN_HZ)
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        computer.context.set_offline(False)
        ann.page.get_by_role("button", name="Open the softphone").click()
        expect(ann.page.get_by_text("Phone ready", exact=True)).to_be_visible(timeout=15_000)
        offline = time.time() - started
        voice = tone_intervals(customer.heard_lately(offline), ANN_HZ, bridge=HICCUP_S)
        assert sum(one.duration for one in voice) > offline - HICCUP_S
        ann.page.get_by_role("button", name="Collapse the softphone").click()
        ann.press("Hold")
        hears_music(customer)
        ann.press("Resume")
        hears(customer, ANN_HZ)
        ann.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert events_of(story, "away") == []
