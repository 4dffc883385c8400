"""The work after a call: the outcome that a queue wants, more time, and the clock at the server."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from callcenter.testing.agent_browser import AgentTab
from tests.e2e.web.agents.office import ANN_HZ, SERVICE, Caller, Office, hears, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.peer]


def short_call(ann: AgentTab, customer: Caller) -> None:
    """Talk, and let the customer hang up."""
    customer.dial()
    ann.wait_ring()
    ann.answer()
    hears(customer, ANN_HZ)
    customer.hang_up()
    ann.wait_state("Wrap-up")


def test_wrap_up_lasts_until_the_outcome_that_the_queue_wants_is_chosen(office: Office) -> None:
    with office.at_work("ann") as ann, office.customer(SERVICE) as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        ann.call.get_by_label("Note", exact=True).fill("Hẹn giao lại sáng thứ bảy")
        customer.hang_up()
        ann.wait_state("Wrap-up")
        expect(ann.wrap_up.get_by_label("Note", exact=True)).to_have_value("Hẹn giao lại sáng thứ bảy")
        finish = ann.wrap_up.get_by_role("button", name="Save and finish")
        expect(finish).to_be_disabled()
        expect(ann.wrap_up.get_by_text("Choose an outcome first.")).to_be_visible()
        ann.wrap_up.get_by_label("Outcome").click()
        ann.page.get_by_role("option", name="Needs follow-up").click()
        finish.click()
        ann.wait_state("Available")
    call_id = office.story_of(customer).record.id
    call = office.server.get_json(f"/api/calls/{call_id}")
    assert [one["code"] for one in call["dispositions"]] == ["follow_up"]
    assert [one["text"] for one in call["notes"]] == ["Hẹn giao lại sáng thứ bảy"]


def test_more_time_is_given_once(office: Office) -> None:
    with office.at_work("ann") as ann, office.customer() as customer:
        short_call(ann, customer)
        more = ann.wrap_up.get_by_role("button", name="More time")
        more.click()
        expect(more).to_be_hidden()
        wait_until(lambda: office.agent("ann")["wrap_up"]["can_extend"] is False, "it can be extended again")
        ann.wrap_up.get_by_role("button", name="Finish").click()
        ann.wait_state("Available")


def test_the_clock_runs_at_the_server_when_the_tab_is_gone(office: Office) -> None:
    with office.computer("ann") as computer, office.customer() as customer:
        ann = computer.tab()
        ann.be_available()
        short_call(ann, customer)
        ann.page.close()
        assert office.agent("ann")["state"] == "wrap_up"
        wait_until(lambda: office.agent("ann")["wrap_up"] is None, "wrap-up goes on without end", timeout=6)
        assert office.agent("ann")["state"] == "unreachable"
        again = computer.tab()
        again.wait_state("Available")
    call = office.server.get_json(f"/api/calls/{office.story_of(customer).record.id}")
    assert [one["code"] for one in call["dispositions"]] == ["wrap-up-timeout"]
