"""The main job: a customer dials the hotline and talks to the store they last dealt with; sound and log are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.storage.repositories.calls import CallStory
from callcenter.testing.audio import heard_tones, read_wav, tone_intervals
from callcenter.testing.call_log import events_of
from callcenter.testing.phone import KeyPress, place_call
from callcenter.testing.server import RunningServer
from callcenter.testing.store_phone import StorePhone
from tests.e2e.town import (
    GOODBYE_HZ,
    GREETING_HZ,
    HOTLINE,
    MAILBOX_HZ,
    MENU_HZ,
    MOVED_NUMBER,
    PROMPTS,
    QUICK,
    Town,
    attempts,
    check_books,
    check_explanation,
    flow_path,
    kinds,
    store_id,
    talks,
    town_options,
)

pytestmark = pytest.mark.peer

CUSTOMER_HZ, STORE_HZ, OTHER_CUSTOMER_HZ, OTHER_STORE_HZ = 1150.0, 1400.0, 1650.0, 1900.0


def heard_by(store: StorePhone, index: int = 0) -> dict[float, float]:
    """Return the seconds each of the four voices was heard by a store's phone."""
    call = store.calls[index]
    assert call.answered_at is not None
    assert call.ended_at is not None
    voices = (CUSTOMER_HZ, STORE_HZ, OTHER_CUSTOMER_HZ, OTHER_STORE_HZ)
    return heard_tones(call.heard(call.answered_at, call.ended_at), voices)


def recording_of(server: RunningServer, story: CallStory) -> Path:
    (recording,) = story.recordings
    assert not recording.truncated
    return server.recordings / recording.path


def test_a_customer_reaches_the_last_store_and_everything_is_told(town: Town) -> None:
    number = town.number("DN-01")
    with (
        town.store_phone("401", tone_hz=STORE_HZ) as store,
        town.customer(number, tone_hz=CUSTOMER_HZ) as customer,
    ):
        customer.dial()
        customer.wait_answered(5)
        customer.wait_tone(MENU_HZ, timeout=5)
        customer.wait_prompts(1, timeout=5)
        customer.press("1")
        customer.wait_tone(STORE_HZ, timeout=6)
        customer.wait(2.0)
        customer.hang_up()
        report = customer.report()
        (call,) = store.calls
        assert call.over.wait(3)
    story = town.server.story_of(report.call_id)

    # What each side heard.
    greeting, menu = report.tone(GREETING_HZ), report.tone(MENU_HZ)
    assert [round(span.duration, 1) for span in (*greeting, *menu)] == [
        pytest.approx(0.6, abs=0.15),
        pytest.approx(0.8, abs=0.15),
    ]
    assert greeting[0].end <= menu[0].start
    assert sum(span.duration for span in report.tone(STORE_HZ)) > 1.8
    assert heard_tones(report.heard, [CUSTOMER_HZ, GOODBYE_HZ, MAILBOX_HZ]) == {
        CUSTOMER_HZ: 0,
        GOODBYE_HZ: 0,
        MAILBOX_HZ: 0,
    }
    voices = heard_by(store)
    assert voices.pop(CUSTOMER_HZ) > 1.8
    assert set(voices.values()) == {0}
    assert call.caller_number == "+84" + number[1:]

    # The record.
    record = story.record
    check_books(story)
    check_explanation(story)
    assert kinds(story)[-3:] == ["ivr", "ring", "talk"]
    assert record.outcome is Outcome.ANSWERED
    assert (record.hangup_side, record.hangup_cause) == (HangupSide.CALLER, HangupCause.NORMAL_CLEARING)
    assert (record.from_number, record.did, record.trunk) == ("+84" + number[1:], HOTLINE, "carrier")
    assert (record.flow_id, record.flow_version) == ("hotline", 1)
    assert record.customer_id == f"c+84{number[1:]}"
    assert record.chosen_store_id == record.answered_store_id == store_id("DN-01")
    assert record.keys_pressed == "1"
    assert flow_path(story) == ["start", "greeting", "customer", "menu", "last_store", "chain"]
    assert attempts(story) == [("store", "answered")]
    (talk,) = talks(story)
    assert (talk.extension, talk.store_id) == ("401", store_id("DN-01"))
    assert talk.duration_ms == pytest.approx(1000 * sum(span.duration for span in report.tone(STORE_HZ)), abs=500)
    assert record.duration_ms is not None
    assert record.duration_ms / 1000 == pytest.approx(report.talk_seconds, abs=0.5)

    # Quality, of both participants.
    assert {leg.peer for leg in story.legs} == {"carrier", "401"}
    for leg in story.legs:
        quality = leg.quality
        assert leg.codec == "PCMA"
        assert quality is not None
        assert quality.packets_received > 80
        assert quality.packets_sent > 80
        assert quality.packets_lost == 0
        assert quality.jitter_ms is not None
        assert quality.mos is not None
        assert quality.mos > 4.0
    caller = next(leg for leg in story.legs if leg.peer == "carrier")
    assert caller.quality is not None
    assert caller.quality.packets_sent == pytest.approx(report.packets_received, abs=3)

    # The recording: the customer on the left, the store on the right, as long as the conversation.
    recorded = read_wav(recording_of(town.server, story))
    assert len(recorded.channels) == 2
    assert recorded.duration == pytest.approx(talk.duration_ms / 1000, abs=0.3)
    left = heard_tones(recorded.left, [CUSTOMER_HZ, STORE_HZ])
    right = heard_tones(recorded.right, [CUSTOMER_HZ, STORE_HZ])
    assert left[CUSTOMER_HZ] > 1.7
    assert right[STORE_HZ] > 1.7
    assert left[STORE_HZ] == right[CUSTOMER_HZ] == 0
    (line,) = story.recordings
    assert line.duration_ms == pytest.approx(1000 * recorded.duration, abs=60)
    assert line.channels == 2


def test_the_prompt_heard_is_the_prompt_prepared(tmp_path_factory: pytest.TempPathFactory, town: Town) -> None:
    """Sample by sample, by cross-correlation with the prepared file: in order, whole, and at its own speed."""
    report = place_call(town.call(town.number("new"), hang_up_after=2.2))
    heard = report.heard.astype(np.float64)
    for name in ("greeting", "menu"):
        wanted = PROMPTS[name].astype(np.float64)
        correlation = np.abs(np.correlate(heard, wanted, mode="valid"))
        at = int(np.argmax(correlation))
        piece = heard[at : at + len(wanted)]
        similarity = correlation[at] / (np.linalg.norm(piece) * np.linalg.norm(wanted))
        assert similarity > 0.97, name


def test_two_calls_at_once_share_nothing(town: Town) -> None:
    first, second = town.number("DN-01"), town.number("HP-01")
    with (
        town.store_phone("401", tone_hz=STORE_HZ) as store,
        town.store_phone("601", tone_hz=OTHER_STORE_HZ) as other_store,
        town.customer(first, QUICK, tone_hz=CUSTOMER_HZ) as customer,
        town.customer(second, QUICK, tone_hz=OTHER_CUSTOMER_HZ, codecs=("PCMU",)) as other,
    ):
        customer.dial()
        other.dial()
        customer.wait_tone(STORE_HZ, timeout=6)
        other.wait_tone(OTHER_STORE_HZ, timeout=6)
        customer.wait(1.5)
        customer.hang_up()
        other.hang_up()
        reports = customer.report(), other.report()
        for phone in (store, other_store):
            assert phone.calls[0].over.wait(3)
        heard = heard_by(store), heard_by(other_store)
    voices = (CUSTOMER_HZ, STORE_HZ, OTHER_CUSTOMER_HZ, OTHER_STORE_HZ)
    for sounds, wanted in (
        (heard_tones(reports[0].heard, voices), STORE_HZ),
        (heard_tones(reports[1].heard, voices), OTHER_STORE_HZ),
        (heard[0], CUSTOMER_HZ),
        (heard[1], OTHER_CUSTOMER_HZ),
    ):
        assert sounds.pop(wanted) > 1.2
        assert set(sounds.values()) == {0}
    stories = [town.server.story_of(report.call_id) for report in reports]
    assert [story.record.answered_store_id for story in stories] == [store_id("DN-01"), store_id("HP-01")]
    assert {leg.codec for leg in stories[1].legs} == {"PCMU", "PCMA"}
    for story, left, right in zip(stories, (CUSTOMER_HZ, OTHER_CUSTOMER_HZ), (STORE_HZ, OTHER_STORE_HZ), strict=True):
        check_books(story)
        recorded = read_wav(recording_of(town.server, story))
        sounds = heard_tones(recorded.left, voices)
        assert sounds.pop(left) > 1.2
        assert set(sounds.values()) == {0}
        sounds = heard_tones(recorded.right, voices)
        assert sounds.pop(right) > 1.2
        assert set(sounds.values()) == {0}


def test_the_store_hangs_up(town: Town) -> None:
    with town.store_phone("401", talk_seconds=0.8):
        report = place_call(town.call(town.number("DN-01"), QUICK))
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert report.ended_by == "there"
    assert story.record.outcome is Outcome.ANSWERED
    assert (story.record.hangup_side, story.record.hangup_cause) == (HangupSide.CALLEE, HangupCause.NORMAL_CLEARING)
    assert report.reason is not None
    assert "cause=16" in report.reason


def test_the_flow_hangs_up(town: Town) -> None:
    report = place_call(town.call(town.number("new"), keys=(KeyPress("2", at=0.3), KeyPress("12#", at=0.6))))
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert report.ended_by == "there"
    assert report.tone(GOODBYE_HZ)
    assert story.record.outcome is Outcome.IVR_COMPLETED
    assert (story.record.hangup_side, story.record.hangup_cause) == (HangupSide.SYSTEM, HangupCause.NORMAL_CLEARING)
    assert story.record.keys_pressed == "2 12#"
    assert flow_path(story) == ["start", "greeting", "customer", "menu", "order", "bye"]
    assert story.record.last_node == "bye"
    assert story.recordings == ()


def test_the_customer_hangs_up_in_the_menu(town: Town) -> None:
    report = place_call(town.call(town.number("new"), hang_up_after=1.0))
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert kinds(story)[-1] == "ivr"
    assert story.record.outcome is Outcome.ABANDONED
    assert story.record.hangup_side is HangupSide.CALLER
    left = events_of(story, "node_left")[-1]
    assert (left.data["node"], left.data["port"]) == (story.record.last_node, None)


@pytest.mark.parametrize("written", MOVED_NUMBER)
def test_a_number_from_before_2018_finds_its_customer(town: Town, written: str) -> None:
    report = place_call(town.call(written, QUICK, hang_up_after=0.3))
    record = town.server.story_of(report.call_id).record
    assert record.from_number == "+84701234567"
    assert record.from_raw == written
    assert record.customer_id == "c+84701234567"
    assert record.chosen_store_id == store_id("DN-01")


def test_a_withheld_number_is_a_stranger(town: Town) -> None:
    with town.raw_customer(town.number("DN-01")) as customer:
        call = customer.dial(QUICK, headers=("Privacy: id",))
        call.hang_up()
    story = town.server.story_of(call.call_id)
    check_books(story)
    assert story.record.from_number is None
    assert story.record.customer_id is None


def test_an_unknown_number_is_not_taken(town: Town) -> None:
    report = place_call(town.call(town.number("new"), "1999"))
    assert (report.status, report.answered) == (404, False)


def test_recording_from_the_first_prompt(tmp_path: Path) -> None:
    config = {**town_options().config, "recording": {"when": "always"}}
    with RunningServer(tmp_path, town_options(config=config)) as server:
        report = place_call(Town(server).call("0912000599", hang_up_after=1.8))
        story = server.story_of(report.call_id)
        recorded = read_wav(recording_of(server, story))
        assert tone_intervals(recorded.right, GREETING_HZ)
        assert tone_intervals(recorded.right, MENU_HZ)
        assert recorded.duration == pytest.approx(report.talk_seconds, abs=0.3)
