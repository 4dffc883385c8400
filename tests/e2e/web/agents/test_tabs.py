"""Several tabs and computers of one agent: one of them is the phone, all of them show what happens."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from callcenter.testing.call_log import events_of
from tests.e2e.town import check_books
from tests.e2e.web.agents.office import ANN_HZ, CUSTOMER_HZ, VOICES, Office, hears

pytestmark = [pytest.mark.browser, pytest.mark.peer]


def test_one_tab_rings_the_other_shows_and_takes_over_when_it_is_closed(office: Office) -> None:
    with office.computer("ann") as computer, office.customer() as customer:
        phone = computer.tab()
        phone.be_available()
        other = computer.tab()
        other.wait_state("Available")
        customer.dial()
        phone.wait_ring()
        other.wait_ring()
        assert len(office.live_call()["participants"]) == 2, "the agent is rung once"

        other.take()
        phone.wait_talking()
        other.wait_talking()
        phone.wait_hears(CUSTOMER_HZ, among=VOICES)
        hears(customer, ANN_HZ)
        assert not any(other.heard(1.0)), "the second tab is silent"
        other.press("Hold")
        expect(phone.call.get_by_text("On hold", exact=True)).to_be_visible()
        phone.press("Resume")
        hears(customer, ANN_HZ)

        phone.page.close()
        other.wait_talking()
        other.wait_hears(CUSTOMER_HZ, among=VOICES)
        hears(customer, ANN_HZ)
        other.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert len(events_of(story, "reattached")) == 1


def test_a_second_computer_takes_the_phone_over_and_the_first_is_told(office: Office) -> None:
    with office.computer("ann") as first_computer, office.computer("ann") as second_computer:
        first = first_computer.tab()
        first.be_available()
        second = second_computer.tab()
        second.wait_state("Available")
        first.page.get_by_role("button", name="Open the softphone").click()
        notice = first.page.get_by_role("complementary").get_by_role("alert")
        expect(notice).to_contain_text("You opened the phone on another computer")
        with office.customer() as customer:
            customer.dial()
            second.wait_ring()
            second.answer()
            second.wait_hears(CUSTOMER_HZ, among=VOICES)
            hears(customer, ANN_HZ)
            assert not any(first.heard(1.0))
            second.hang_up()
        notice.get_by_role("button", name="Take calls here").click()
        expect(notice).to_be_hidden()
        first.wait_state("Available")
        with office.customer() as customer:
            customer.dial()
            first.wait_ring()
            first.answer()
            first.wait_hears(CUSTOMER_HZ, among=VOICES)
            assert not any(second.heard(1.0))
            first.hang_up()
