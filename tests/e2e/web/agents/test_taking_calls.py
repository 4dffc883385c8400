"""Taking a call: what is known before answering, who hears whom, holding and muting."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from callcenter.testing.agent_browser import hears_exactly
from callcenter.testing.audio import is_silent
from callcenter.testing.call_log import events_of
from tests.e2e.town import check_books, kinds
from tests.e2e.web.agents.office import ANN_HZ, CUSTOMER_HZ, HOTLINE, VOICES, Office, hears, hears_music, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.peer]


def test_a_call_is_known_before_it_is_answered_and_heard_by_nobody_else(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer(HOTLINE) as customer:
        customer.dial()
        customer.wait_prompts(1, timeout=10)
        customer.press("1")
        ringing = ann.wait_ring()
        expect(ringing.get_by_role("heading", name=customer.name)).to_be_visible()
        for fact in ("Bàn đón tiếp", "Cửa hàng Bến Thành"):
            expect(ringing.get_by_role("definition").filter(has_text=fact)).to_be_visible()
        expect(ringing.get_by_text("The customer last talked to Cửa hàng Bến Thành")).to_be_visible()
        keys = ringing.locator("div", has=ann.page.get_by_text("Keys pressed", exact=True)).get_by_role("definition")
        expect(keys.last).to_have_text("1")
        main = ann.page.get_by_role("main")
        expect(main.get_by_role("listitem").filter(has_text=re.compile("menu.*1"))).to_be_visible()
        expect(main.get_by_role("listitem").filter(has_text="Purchase")).to_be_visible()
        expect(main.get_by_role("listitem").filter(has_text="Called us").filter(has_text="1 min")).to_be_visible()
        history = main.get_by_role("list").filter(has_text="Purchase").get_by_role("listitem")
        expect(history).to_have_count(2)
        assert office.agent("ann")["state"] == "offered"
        expect(ben.incoming).to_be_hidden()

        ann.answer()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        customer.wait_tone(ANN_HZ, timeout=10)
        customer.wait(1.0)
        assert hears_exactly(customer.heard_lately(0.8), [ANN_HZ], VOICES)
        assert hears_exactly(ann.heard(0.8), [CUSTOMER_HZ], VOICES)
        assert not any(ben.heard(2.0)), "a browser without a call hears nothing at all"
        assert office.agent("ann")["state"] == "on_call"
        assert office.agent("ben")["state"] == "available"

        ann.hang_up()
        customer.wait_over(10)
        ann.wait_state("Wrap-up")
        ann.wait_state("Available")
    story = office.story_of(customer)
    check_books(story)
    assert [segment.kind.value for segment in story.segments].count("talk") == 1
    assert story.record.customer_id is not None


def test_hold_gives_music_and_mute_gives_silence(office: Office) -> None:
    with office.at_work("ann") as ann, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        hears(customer, ANN_HZ)

        ann.press("Hold")
        expect(ann.call.get_by_text("On hold", exact=True)).to_be_visible()
        hears_music(customer)
        ann.wait_hears(among=VOICES)
        ann.press("Resume")
        hears(customer, ANN_HZ)
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)

        ann.press("Mute")
        expect(ann.call.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
        deadline = time.monotonic() + 5
        while not is_silent(customer.heard_lately(0.5)):
            assert time.monotonic() < deadline, "the customer still hears something"
            customer.wait(0.1)
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        ann.press("Unmute")
        hears(customer, ANN_HZ)

        customer.hang_up()
        ann.wait_state("Wrap-up")
    story = office.story_of(customer)
    check_books(story)
    assert kinds(story)[-3:] == ["talk", "hold", "talk"]
    assert [line.data["action"] for line in events_of(story, "action")] == ["hold", "resume"]


def test_keys_pressed_on_the_keypad_reach_the_other_side(office: Office) -> None:
    with office.at_work("ann") as ann, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)
        ann.press("Keypad")
        for key in "4*7":
            ann.call.get_by_role("button", name=f"Key {key}", exact=True).click()
            customer.wait(0.3)
        ann.page.keyboard.press("5")
        customer.wait(0.8)
        assert customer.report().digits_received == "4*75"
        ann.hang_up()


def test_a_rejected_call_goes_to_the_next_agent(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer() as customer:
        customer.dial()
        ann.wait_ring().get_by_role("button", name="Reject").click()
        expect(ann.incoming).to_be_hidden()
        ben.wait_ring()
        assert office.agent("ann")["state"] == "available"
        assert office.agent("ann")["missed_in_row"] == 0
        ben.answer()
        ben.hang_up()
        customer.wait_over(10)


def test_a_missed_call_goes_on_and_the_agent_comes_back_with_one_press(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ben.wait_ring(timeout=20)
        ann.wait_state("Not responding")
        ben.answer()
        notice = ann.page.get_by_role("main").get_by_role("alert").filter(has_text="You missed a call")
        expect(notice).to_be_visible()
        notice.get_by_role("button", name="I am back").click()
        ann.wait_state("Available")
        expect(notice).to_be_hidden()
        customer.hang_up()


def test_a_break_chosen_during_a_call_begins_after_wrap_up(office: Office) -> None:
    with office.at_work("ann") as ann, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        ann.choose("Break: Lunch")
        lunch = {"state": "break", "reason": "lunch"}
        wait_until(lambda: office.agent("ann")["next"] == lunch, "the break is not kept for later")
        assert office.agent("ann")["state"] == "on_call"
        ann.hang_up()
        ann.wait_state("Wrap-up")
        ann.wait_state("On a break · Lunch")
        assert office.agent("ann")["reason"] == "lunch"
