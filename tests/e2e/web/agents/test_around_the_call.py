"""Calling out, call-backs, voicemail, the live board, foreign data, the keyboard and the clock."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.town import check_books
from tests.e2e.web.agents.office import (
    ANN_HZ,
    CALLBACK,
    CUSTOMER_HZ,
    MAILBOX,
    NAMES,
    OUTSIDE,
    OUTSIDE_HZ,
    VOICES,
    Office,
    hears,
    hears_music,
    phone_number,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.peer]

CALLED = phone_number(59)
"A customer who never rings in."


def test_click_to_call_a_colleague_and_a_customer(office: Office) -> None:
    with office.at_work("ann") as ann, office.outside() as store:
        ann.page.get_by_role("button", name="Open the softphone").click()
        softphone = ann.page.get_by_role("complementary", name="Softphone")
        softphone.get_by_label("Number to call").fill(OUTSIDE)
        softphone.get_by_role("button", name="Call", exact=True).click()
        stores = store.wait_call()
        hears(stores, ANN_HZ)
        ann.wait_hears(OUTSIDE_HZ, among=VOICES)
        ann.hang_up()
        assert stores.over.wait(5)

        softphone.get_by_label("Number to call").fill(CALLED)
        softphone.get_by_role("button", name="Call", exact=True).click()
        called = office.wait_called_outside()
        assert called.caller_number.endswith("2471000000")
        ann.wait_talking()
        expect(ann.call.get_by_role("listitem").filter(has_text="Purchase")).to_be_visible()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        ann.hang_up()


def test_a_customer_who_asked_for_it_is_called_back(office: Office) -> None:
    with office.customer(CALLBACK) as customer:
        customer.dial()
        customer.wait_over(20)
        name = customer.name
    with office.computer("ann") as computer:
        ann = computer.tab()
        waiting = ann.page.get_by_role("region", name="Call-backs").get_by_role("listitem")
        expect(waiting.filter(has_text=name)).to_be_visible()
        ann.wait_phone()
        ann.choose("Available")
        ann.wait_ring()
        ann.take()
        called = office.wait_called_outside()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        called.end()
        ann.wait_state("Wrap-up")
        ann.wait_state("Available")
        expect(ann.page.get_by_text("Nobody waits to be called back.")).to_be_visible()


def test_a_voicemail_appears_and_plays(office: Office) -> None:
    with office.computer("mai") as computer, office.customer(MAILBOX) as customer:
        page = computer.tab("/voicemails").page
        expect(page.get_by_role("heading", name="Voicemail")).to_be_visible()
        customer.dial()
        customer.wait_prompts(1, timeout=10)
        customer.wait(2.5)
        customer.hang_up()
        message = page.get_by_role("main").get_by_role("listitem").filter(has_text=_spaced(customer.number))
        expect(message).to_be_visible()
        player = message.locator("audio")
        seconds = player.evaluate(
            """async (audio) => {
              audio.muted = true;
              await audio.play();
              await new Promise((resolve) => audio.addEventListener("timeupdate", resolve, { once: true }));
              return audio.duration;
            }"""
        )
        assert 1.5 < seconds < 5
        message.get_by_role("button", name="Mark as heard").click()
        expect(message).to_be_hidden()


def _spaced(number: str) -> str:
    return f"{number[:4]} {number[4:7]} {number[7:]}"


def test_a_supervisor_sees_the_board_live_and_sends_an_agent_on_a_break(office: Office) -> None:
    with (
        office.computer("mai") as computer,
        office.at_work("ann") as ann,
        office.customer() as customer,
        office.customer() as waiting,
    ):
        board = computer.tab("/live").page
        row = board.get_by_role("row").filter(has_text=NAMES["ann"])
        expect(row).to_contain_text("Available")
        customer.dial()
        expect(row).to_contain_text("Ringing")
        ann.wait_ring()
        ann.answer()
        expect(row).to_contain_text("On a call")
        waiting.dial()
        expect(board.get_by_role("main").get_by_text(waiting.name)).to_be_visible()
        hears_music(waiting)
        waiting.hang_up()
        expect(board.get_by_role("main").get_by_text(waiting.name)).to_be_hidden()
        ann.hang_up()
        ann.wait_state("Available")
        row.get_by_role("button", name=f"Change the state of {NAMES['ann']}").click()
        board.get_by_role("menuitem", name=re.compile("Meeting")).click()
        ann.wait_state("On a break · Meeting")
        expect(row).to_contain_text("Meeting")
        assert computer.faults == []


def test_an_agent_of_another_store_gets_nothing_foreign(office: Office) -> None:
    with office.at_work("ann") as ann, office.computer("tam") as computer, office.customer() as customer:
        tam = computer.tab()
        customer.dial()
        ann.wait_ring()
        ann.answer()
        call_id = office.live_call()["id"]
        assert tam.api("GET", f"/api/live-calls/{call_id}")[0] == 404
        assert tam.api("POST", f"/api/live-calls/{call_id}/hangup")[0] == 404
        assert tam.api("GET", "/api/live-calls") == (200, [])
        assert tam.api("PUT", f"/api/agents/{office.agent('ann')['id']}/state", {"state": "offline"})[0] == 403
        assert tam.api("GET", "/api/users")[0] == 403
        tam.page.goto("/admin/users")
        expect(tam.page.get_by_role("main")).not_to_contain_text(NAMES["ann"])
        ann.hang_up()
        customer.wait_over(10)
        wait_until(lambda: office.server.get_json("/api/live-calls") == [], "the call goes on")
        office.story_of(customer)
        assert tam.api("GET", f"/api/calls/{call_id}")[0] == 404


def test_a_call_by_keyboard_alone(office: Office) -> None:
    with office.computer("ann") as computer, office.customer() as customer:
        ann = computer.tab()
        ann.be_available()
        keyboard = ann.page.keyboard
        customer.dial()
        ann.wait_ring()
        keyboard.press("Alt+a")
        ann.wait_talking()
        hears(customer, ANN_HZ)
        keyboard.press("Alt+h")
        hears_music(customer)
        keyboard.press("Alt+h")
        hears(customer, ANN_HZ)
        keyboard.press("Alt+n")
        expect(ann.call.get_by_label("Note", exact=True)).to_be_focused()
        keyboard.type("Alt+x in a note is text")
        keyboard.press("Tab")
        keyboard.press("Alt+x")
        customer.wait_over(10)
        ann.wait_state("Wrap-up")
        keyboard.press("Alt+b")
        expect(ann.page.get_by_role("menu")).to_be_visible()
        keyboard.press("Escape")
    check_books(office.story_of(customer))


def test_times_are_those_of_the_call_center_wherever_the_browser_is(office: Office) -> None:
    with office.computer("admin", timezone="America/Los_Angeles") as computer:
        page = computer.tab("/customers?q=Hoa%2042").page
        page.get_by_role("link", name=re.compile("Nguyễn Thị Hoa 42")).first.click()
        expect(page.get_by_role("main").get_by_text(re.compile(r"15 Mar(ch)?( 2026)?.*01:30")).first).to_be_visible()
