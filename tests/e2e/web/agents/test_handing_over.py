"""Blind and attended transfer, three-way calls and conferences between two browsers, a phone and a customer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from callcenter.storage.repositories.calls import CallStory
from callcenter.testing.call_log import events_of
from tests.e2e.town import check_books, kinds
from tests.e2e.web.agents.office import (
    ANN_HZ,
    BEN_HZ,
    CUSTOMER_HZ,
    NAMES,
    OUTSIDE,
    OUTSIDE_HZ,
    VOICES,
    Office,
    hears,
    hears_music,
)

pytestmark = [pytest.mark.browser, pytest.mark.peer]


def actions(story: CallStory) -> list[str]:
    """Return what agents did in the call, in order."""
    return [str(line.data["action"]) for line in events_of(story, "action")]


def test_blind_transfer(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)
        ann.reach(NAMES["ben"], "Transfer now")
        expect(ann.page.get_by_text(f"Transferred to {NAMES['ben']}")).to_be_visible()
        ringing = ben.wait_ring()
        expect(ringing.get_by_role("heading", name=customer.name)).to_be_visible()
        expect(ringing.get_by_text("The call was transferred to you")).to_be_visible()
        ann.wait_state("Wrap-up")
        ben.answer()
        hears(customer, BEN_HZ)
        ben.wait_hears(CUSTOMER_HZ, among=VOICES)
        ann.wait_state("Available")
        ben.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert actions(story) == ["transfer", "hangup"]
    assert [kind for kind in kinds(story) if kind in ("talk", "ring")][-3:] == ["talk", "ring", "talk"]
    assert [str(line.data["peer"]) for line in events_of(story, "connected")] == ["1001", "1002"]


def test_a_transfer_that_nobody_answers_comes_back(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)
        ann.reach(NAMES["ben"], "Transfer now")
        ben.wait_ring().get_by_role("button", name="Reject").click()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        ann.hang_up()
    check_books(office.story_of(customer))


def test_consult_swap_join_and_complete(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)

        ann.reach(NAMES["ben"], "Talk first")
        hears_music(customer)
        ben.wait_ring()
        ben.take()
        expect(ben.call.get_by_text(f"{NAMES['ann']} asks you something")).to_be_visible()
        expect(ann.call.get_by_text(f"You are talking to {NAMES['ben']}")).to_be_visible()
        ann.wait_hears(BEN_HZ, among=VOICES)
        ben.wait_hears(ANN_HZ, among=VOICES)
        hears_music(customer)

        ann.press("Swap")
        expect(ann.call.get_by_text(f"{NAMES['ben']} waits")).to_be_visible()
        expect(ben.call.get_by_text("you wait")).to_be_visible()
        ann.wait_hears(CUSTOMER_HZ, among=VOICES)
        hears(customer, ANN_HZ)
        ben.wait_music(among=VOICES)

        ann.press("Three-way")
        expect(ann.call.get_by_role("list", name="In this call").get_by_role("listitem")).to_have_count(2)
        ann.wait_hears(CUSTOMER_HZ, BEN_HZ, among=VOICES)
        ben.wait_hears(CUSTOMER_HZ, ANN_HZ, among=VOICES)
        hears(customer, ANN_HZ, BEN_HZ)

        ann.hang_up()
        hears(customer, BEN_HZ)
        ben.wait_hears(CUSTOMER_HZ, among=VOICES)
        ben.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert actions(story) == ["consult", "consult_swap", "consult_join", "hangup", "hangup"]
    talked = [kind for kind in kinds(story) if kind in ("talk", "hold", "consult", "conference")]
    assert talked == ["talk", "consult", "talk", "conference", "talk"]


def test_consult_is_cancelled_and_then_completed(office: Office) -> None:
    with office.at_work("ann") as ann, office.at_work("ben") as ben, office.customer() as customer:
        customer.dial()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)

        ann.reach(NAMES["ben"], "Talk first")
        ben.wait_ring()
        ann.press("Cancel")
        expect(ben.incoming).to_be_hidden()
        hears(customer, ANN_HZ)

        ann.reach(NAMES["ben"], "Talk first")
        ben.wait_ring()
        ben.take()
        ann.wait_hears(BEN_HZ, among=VOICES)
        ann.press("Back to the customer")
        hears(customer, ANN_HZ)
        expect(ben.call).to_be_hidden()

        ben.be_available()
        ann.reach(NAMES["ben"], "Talk first")
        ben.wait_ring()
        ben.take()
        ann.wait_hears(BEN_HZ, among=VOICES)
        ann.call.get_by_role("status").get_by_role("button", name="Transfer").click()
        ann.wait_state("Wrap-up")
        hears(customer, BEN_HZ)
        ben.wait_hears(CUSTOMER_HZ, among=VOICES)
        ben.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert actions(story) == [
        "consult",
        "consult_cancel",
        "consult",
        "consult_cancel",
        "consult",
        "consult_complete",
        "hangup",
    ]


def test_a_conference_of_four_and_one_is_dropped(office: Office) -> None:
    with (
        office.at_work("ann") as ann,
        office.at_work("ben") as ben,
        office.outside() as store,
        office.customer() as customer,
    ):
        customer.dial()
        ann.wait_ring()
        ann.answer()
        hears(customer, ANN_HZ)
        ann.reach(NAMES["ben"], "Add to the call", opener="Add")
        ben.wait_ring()
        ben.answer()
        hears(customer, ANN_HZ, BEN_HZ)
        ann.reach(OUTSIDE, "Add to the call", opener="Add")
        stores = store.wait_call()
        hears(stores, ANN_HZ, BEN_HZ, CUSTOMER_HZ)
        hears(customer, ANN_HZ, BEN_HZ, OUTSIDE_HZ)
        ann.wait_hears(BEN_HZ, CUSTOMER_HZ, OUTSIDE_HZ, among=VOICES)
        ben.wait_hears(ANN_HZ, CUSTOMER_HZ, OUTSIDE_HZ, among=VOICES)

        everybody = ann.call.get_by_role("list", name="In this call").get_by_role("listitem")
        expect(everybody).to_have_count(3)
        ann.press(f"Remove {NAMES['ben']} from the call")
        expect(ben.call).to_be_hidden()
        expect(everybody).to_have_count(2)
        hears(customer, ANN_HZ, OUTSIDE_HZ)
        hears(stores, ANN_HZ, CUSTOMER_HZ)
        stores.hang_up()
        hears(customer, ANN_HZ)
        ann.hang_up()
        customer.wait_over(10)
    story = office.story_of(customer)
    check_books(story)
    assert "conference" in kinds(story)
    assert actions(story) == ["add_participant", "add_participant", "drop_participant", "hangup"]
