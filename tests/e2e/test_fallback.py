"""When the last store cannot answer: who is tried next, who is passed over without ringing, and where it ends."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.testing.audio import heard_tones, read_wav
from callcenter.testing.call_log import events_of
from callcenter.testing.phone import place_call
from callcenter.testing.store_phone import StorePhone
from tests.e2e.town import (
    GOODBYE_HZ,
    HOTLINE,
    MAILBOX_HZ,
    MENU_HZ,
    QUICK,
    RING_S,
    Town,
    attempts,
    check_books,
    check_explanation,
    flow_path,
    kinds,
    skipped,
    store_id,
    talks,
)

pytestmark = pytest.mark.peer

CUSTOMER_HZ, STORE_HZ, CENTRAL_HZ = 1150.0, 1400.0, 1650.0
RINGBACK_HZ, BEEP_HZ = 425.0, 1000.0


def test_the_last_agent_is_rung_alone(town: Town) -> None:
    number = town.number("HN-01/101")
    with town.store_phone("101", talk_seconds=0.5), town.store_phone("102") as colleague:
        report = place_call(town.call(number, QUICK))
        assert colleague.calls == []
    story = town.server.story_of(report.call_id)
    check_books(story)
    check_explanation(story)
    assert attempts(story) == [("last_agent", "answered")]
    assert [talk.extension for talk in talks(story)] == ["101"]


def test_the_whole_chain_down_to_the_central_group(town: Town) -> None:
    """Last agent does not answer, the store neither, the sister is busy, the region refuses, central answers."""
    number = town.number("HN-01/101")
    with ExitStack() as stack:

        def phone(extension: str, **settings: object) -> StorePhone:
            return stack.enter_context(town.store_phone(extension, **settings))

        agent, colleague = phone("101", never_answer=True), phone("102", never_answer=True)
        sister, region = phone("201", refuse="486 Busy Here"), phone("203", refuse="603 Decline")
        phone("100", tone_hz=CENTRAL_HZ, talk_seconds=1.0)
        report = place_call(town.call(number, QUICK))
        assert [len(one.calls) for one in (agent, colleague, sister, region)] == [2, 1, 1, 1]
        for ringing in (*agent.calls, *colleague.calls):
            assert ringing.over.wait(2)
            assert ringing.ended_by == "cancelled"
            assert ringing.reason is not None
            assert "cause=19" in ringing.reason
    story = town.server.story_of(report.call_id)
    check_books(story)
    check_explanation(story)
    assert attempts(story) == [
        ("last_agent", "no_answer"),
        ("store", "no_answer"),
        ("sister_store", "busy"),
        ("region_store", "rejected"),
        ("central", "answered"),
    ]
    rings = [segment for segment in story.segments if segment.kind.value == "ring"]
    assert rings[0].duration_ms == pytest.approx(2 * 1000 * RING_S, abs=400)  # Agent and store: one store's ringing.
    assert rings[0].store_id == store_id("HN-01")
    assert story.record.chosen_store_id == store_id("HN-01")
    assert story.record.answered_store_id == store_id("central")
    assert heard_tones(report.heard, [CENTRAL_HZ])[CENTRAL_HZ] > 0.7
    assert heard_tones(report.heard, [RINGBACK_HZ], threshold_dbfs=-35)[RINGBACK_HZ] > 0.7


def test_phones_that_are_not_there_are_not_rung(town: Town) -> None:
    number = town.number("HN-01/101")
    with town.store_phone("201", talk_seconds=0.4):
        report = place_call(town.call(number, QUICK))
    story = town.server.story_of(report.call_id)
    check_explanation(story)
    assert skipped(story) == [
        ("last_agent", "agent_not_registered"),
        ("store", "none_registered"),
        ("region_store", "none_registered"),
    ]
    assert attempts(story) == [("sister_store", "answered")]
    assert story.record.answered_store_id == store_id("HN-02")
    assert report.ring_seconds + report.talk_seconds < 3


def test_phones_in_conversation_are_passed_over(town: Town) -> None:
    first, second = town.number("HN-01/101"), town.number("HN-01/101")
    with (
        town.store_phone("101", tone_hz=STORE_HZ) as agent,
        town.store_phone("203", talk_seconds=0.4),
        town.customer(first, QUICK) as customer,
    ):
        customer.dial()
        customer.wait_tone(STORE_HZ, timeout=5)
        report = place_call(town.call(second, QUICK))
        assert len(agent.calls) == 1
        assert customer.wait(0.1)
        customer.hang_up()
    story = town.server.story_of(report.call_id)
    check_explanation(story)
    assert skipped(story) == [
        ("last_agent", "agent_busy"),
        ("store", "all_busy"),
        ("sister_store", "none_registered"),
    ]
    assert attempts(story) == [("region_store", "answered")]


def test_all_phones_of_a_store_ring_and_the_first_wins(town: Town) -> None:
    number = town.number("HN-01")
    with (
        town.store_phone("101", ring_seconds=5) as slow,
        town.store_phone("102", ring_seconds=0.5, talk_seconds=0.5),
    ):
        report = place_call(town.call(number, QUICK))
        (loser,) = slow.calls
        assert loser.over.wait(2)
        assert loser.ended_by == "cancelled"
        assert loser.reason is not None
        assert loser.reason.startswith("SIP;cause=200")
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert [talk.extension for talk in talks(story)] == ["102"]
    causes = {leg.peer: leg.cause for leg in story.legs}
    assert causes["101"] is HangupCause.LOSE_RACE
    assert causes["102"] is HangupCause.NORMAL_CLEARING


def test_a_closed_store_is_not_rung(town: Town) -> None:
    number = town.number("SG-01")
    with town.store_phone("301") as closed, town.store_phone("100", talk_seconds=0.4):
        report = place_call(town.call(number, QUICK))
        assert closed.calls == []
    story = town.server.story_of(report.call_id)
    check_explanation(story)
    assert skipped(story) == [("store", "closed_now")]
    assert attempts(story) == [("central", "answered")]
    assert story.record.explanation is not None
    assert story.record.explanation["outcome"] == "closed"
    assert story.record.chosen_store_id == store_id("SG-01")


def test_a_stranger_goes_to_the_central_group(town: Town) -> None:
    with town.store_phone("100", talk_seconds=0.4):
        report = place_call(town.call(town.number("new"), QUICK))
    story = town.server.story_of(report.call_id)
    check_explanation(story)
    assert story.record.explanation is not None
    assert (story.record.explanation["outcome"], story.record.explanation["store_id"]) == ("none", None)
    assert attempts(story) == [("central", "answered")]


def test_zero_leaves_for_the_central_group(town: Town) -> None:
    number = town.number("HN-01")
    with (
        town.store_phone("101", never_answer=True) as store,
        town.store_phone("100", tone_hz=CENTRAL_HZ),
        town.customer(number, HOTLINE) as customer,
    ):
        customer.dial()
        customer.wait_answered(5)
        customer.wait_tone(MENU_HZ, timeout=4, width=0.1)
        customer.press("1")
        ringing = store.wait_call(timeout=4)
        customer.press("5")  # Not the key that leaves.
        assert not ringing.over.wait(0.4)
        customer.press("0")
        assert ringing.over.wait(2)
        assert ringing.ended_by == "cancelled"
        customer.wait_tone(CENTRAL_HZ, timeout=4)
        customer.hang_up()
        report = customer.report()
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert attempts(story) == [("store", "left"), ("store", "answered")]
    assert flow_path(story)[-2:] == ["chain", "central"]
    assert story.record.keys_pressed == "1 0"
    assert story.record.answered_store_id == store_id("central")


def test_nobody_anywhere_leaves_a_message(town: Town) -> None:
    with town.customer(town.number("HN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer:
        customer.dial()
        customer.wait_tone(BEEP_HZ, timeout=8, width=0.2)
        customer.wait(1.8)
        customer.press("#")
        customer.wait_over(5)
        report = customer.report()
    story = town.server.story_of(report.call_id)
    check_books(story)
    check_explanation(story)
    assert attempts(story) == [("central", "unavailable")]
    assert [name for name, _ in skipped(story)] == ["store", "sister_store", "region_store"]
    assert story.record.outcome is Outcome.VOICEMAIL
    assert kinds(story)[-2:] == ["voicemail", "ivr"]
    assert report.tone(MAILBOX_HZ)
    assert report.tone(GOODBYE_HZ)
    (message,) = events_of(story, "voicemail")
    (recording,) = story.recordings
    assert message.data["recording_id"] == recording.id
    recorded = read_wav(town.server.recordings / recording.path)
    assert len(recorded.channels) == recording.channels == 1
    assert recorded.duration == pytest.approx(1.8, abs=0.5)
    assert heard_tones(recorded.left, [CUSTOMER_HZ, BEEP_HZ])[BEEP_HZ] == 0
    assert heard_tones(recorded.left, [CUSTOMER_HZ])[CUSTOMER_HZ] > 1.3


def test_hanging_up_leaves_the_message_too(town: Town) -> None:
    with town.customer(town.number("HN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer:
        customer.dial()
        customer.wait_tone(BEEP_HZ, timeout=8, width=0.2)
        customer.wait(1.6)
        customer.hang_up()
        report = customer.report()
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert (story.record.outcome, story.record.hangup_side) == (Outcome.VOICEMAIL, HangupSide.CALLER)
    assert kinds(story)[-1] == "voicemail"
    (recording,) = story.recordings
    recorded = read_wav(town.server.recordings / recording.path)
    assert heard_tones(recorded.left, [CUSTOMER_HZ])[CUSTOMER_HZ] > 1.0


def test_an_empty_message_is_not_kept(town: Town) -> None:
    with town.customer(town.number("HN-01"), QUICK) as customer:
        customer.dial()
        customer.wait_tone(BEEP_HZ, timeout=8, width=0.2)
        customer.wait(0.5)
        customer.press("#")
        customer.wait_over(5)
        report = customer.report()
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert story.recordings == ()
    assert not [path for path in town.server.recorded() if story.record.id in path.name]
    assert story.record.outcome is not Outcome.VOICEMAIL


def test_abandoned_while_it_rings(town: Town) -> None:
    with (
        town.store_phone("401", never_answer=True) as store,
        town.customer(town.number("DN-01"), QUICK) as customer,
    ):
        customer.dial()
        ringing = store.wait_call(timeout=4)
        customer.wait(0.5)
        customer.hang_up()
        assert ringing.over.wait(2)
        assert (ringing.ended_by, ringing.status) == ("cancelled", 487)
        report = customer.report()
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert kinds(story)[-1] == "ring"
    assert story.record.outcome is Outcome.ABANDONED
    assert (story.record.hangup_side, story.record.hangup_cause) == (HangupSide.CALLER, HangupCause.NORMAL_CLEARING)
    assert attempts(story) == [("store", "abandoned")]
    assert {leg.peer for leg in story.legs} == {"carrier", "401"}
    assert story.record.answered_store_id is None
