"""Hold and transfers by the phones' own keys: who hears whom after each step, and one record that adds up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callcenter.calls.cdr import HangupSide, Outcome
from callcenter.storage.repositories.calls import CallStory
from callcenter.testing import baresip
from callcenter.testing.audio import Samples, heard_tones, read_wav, rms_dbfs
from callcenter.testing.baresip import Baresip, BaresipAccount
from callcenter.testing.call_log import events_of
from callcenter.testing.phone import CustomerPhone
from callcenter.testing.pyvoip_call import LineCall
from callcenter.testing.raw_phone import RawCall, RawPhone
from tests.e2e.town import (
    ANNOUNCEMENT,
    GREETING_HZ,
    QUICK,
    SECRET,
    Town,
    check_books,
    flow_path,
    kinds,
    talks,
)

pytestmark = pytest.mark.peer

CUSTOMER_HZ, STORE_HZ, TARGET_HZ = 1150.0, 1400.0, 1650.0
RINGBACK_HZ = 425.0
needs_baresip = pytest.mark.skipif(not baresip.is_installed(), reason="baresip is not installed")


@contextmanager
def conversation(town: Town) -> Iterator[tuple[CustomerPhone, RawPhone, RawCall]]:
    """A customer in conversation with phone 401, each heard by the other."""
    with (
        town.raw_phone("401", answers=True, tone_hz=STORE_HZ) as store,
        town.customer(town.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
    ):
        customer.dial()
        customer.wait_tone(STORE_HZ, timeout=6)
        call = store.wait_call()
        call.wait_tone(CUSTOMER_HZ)
        customer.wait(0.4)
        yield customer, store, call


def uri(town: Town, user: str) -> str:
    return f"sip:{user}@127.0.0.1:{town.server.sip_port}"


def is_music(samples: Samples) -> bool:
    """Tell whether something sounds that is nobody's voice and no ringback."""
    voices = heard_tones(samples, [CUSTOMER_HZ, STORE_HZ, TARGET_HZ, RINGBACK_HZ])
    return rms_dbfs(samples) > -40 and set(voices.values()) == {0}


def hears(call: LineCall, frequency: float, seconds: float = 0.4) -> bool:
    """Tell whether a store phone heard the tone during the last moments."""
    now = time.monotonic() - 0.06
    return heard_tones(call.heard(now - seconds, now), [frequency])[frequency] > seconds * 0.7


def finished(town: Town, customer: CustomerPhone) -> CallStory:
    """Return the customer's record, checked."""
    story = town.server.story_of(customer.report().call_id)
    check_books(story)
    return story


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_hold_and_resume(town: Town, direction: str) -> None:
    with conversation(town) as (customer, _, call):
        assert call.hold(direction) == 200
        customer.wait(1.2)
        assert is_music(customer.heard_lately(0.8))
        assert rms_dbfs(call.heard(0.6)) < -60
        assert call.resume() == 200
        customer.wait_tone(STORE_HZ, timeout=3)
        call.wait_tone(CUSTOMER_HZ)
        customer.hang_up()
    story = finished(town, customer)
    assert kinds(story)[-4:] == ["ring", "talk", "hold", "talk"]
    (hold,) = [segment for segment in story.segments if segment.kind.value == "hold"]
    assert hold.duration_ms == pytest.approx(1200, abs=400)
    assert hold.extension == "401"
    (recording,) = story.recordings
    recorded = read_wav(town.server.recordings / recording.path)
    assert heard_tones(recorded.left, [STORE_HZ, TARGET_HZ]) == {STORE_HZ: 0, TARGET_HZ: 0}


@needs_baresip
def test_baresip_holds_and_resumes(town: Town, tmp_path: Path) -> None:
    account = BaresipAccount("401", town.server.sip, SECRET, auto_answer=True)
    with (
        Baresip(account, tmp_path / "store", tone_hz=STORE_HZ) as store,
        town.customer(town.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
    ):
        customer.dial()
        customer.wait_tone(STORE_HZ, timeout=6)
        store.hold()
        store.wait(1.2)
        customer.wait(0)
        assert is_music(customer.heard_lately(0.6))
        store.resume()
        customer.wait_tone(STORE_HZ, timeout=3)
        customer.hang_up()
        store.wait_for("CALL_CLOSED")
    assert kinds(finished(town, customer))[-4:] == ["ring", "talk", "hold", "talk"]


def test_a_blind_transfer_is_answered(town: Town) -> None:
    with (
        town.store_phone("501", tone_hz=TARGET_HZ, ring_seconds=0.8) as target,
        conversation(town) as (customer, _, call),
    ):
        assert call.refer(uri(town, "501")) == 202
        customer.wait_tone(RINGBACK_HZ, timeout=3)
        customer.wait_tone(TARGET_HZ, timeout=4)
        assert call.over.wait(3)
        assert call.ended_there
        assert call.notified[-1] == 200
        assert 180 in call.notified
        customer.wait(0.5)
        assert hears(target.calls[0], CUSTOMER_HZ)
        customer.hang_up()
    story = finished(town, customer)
    assert kinds(story)[-4:] == ["ring", "talk", "ring", "talk"]
    assert [talk.extension for talk in talks(story)] == ["401", "501"]
    assert {leg.peer for leg in story.legs} == {"carrier", "401", "501"}
    assert [event.data["kind"] for event in events_of(story, "transfer")] == ["blind"]
    assert story.record.outcome is Outcome.ANSWERED
    (recording,) = story.recordings
    recorded = read_wav(town.server.recordings / recording.path)
    voices = heard_tones(recorded.right, [STORE_HZ, TARGET_HZ])
    assert voices[STORE_HZ] > 0.2
    assert voices[TARGET_HZ] > 0.5


@needs_baresip
def test_baresip_transfers_blindly(town: Town, tmp_path: Path) -> None:
    account = BaresipAccount("401", town.server.sip, SECRET, auto_answer=True)
    with (
        town.store_phone("501", tone_hz=TARGET_HZ),
        Baresip(account, tmp_path / "store", tone_hz=STORE_HZ) as store,
        town.customer(town.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
    ):
        customer.dial()
        customer.wait_tone(STORE_HZ, timeout=6)
        store.transfer(uri(town, "501"))
        customer.wait_tone(TARGET_HZ, timeout=4)
        store.wait_for("CALL_CLOSED")
        customer.hang_up()
    assert [talk.extension for talk in talks(finished(town, customer))] == ["401", "501"]


def test_a_blind_transfer_to_a_busy_phone_comes_back(town: Town) -> None:
    with (
        town.store_phone("501", refuse="486 Busy Here") as target,
        conversation(town) as (customer, store, call),
    ):
        assert call.refer(uri(town, "501")) == 202
        store.wait(lambda: bool(call.notified) and call.notified[-1] == 486, 4, "NOTIFY 486")
        customer.wait_tone(STORE_HZ, timeout=3)
        call.wait_tone(CUSTOMER_HZ)
        assert len(target.calls) == 1
        customer.hang_up()
    story = finished(town, customer)
    assert kinds(story)[-4:] == ["ring", "talk", "ring", "talk"]
    assert [talk.extension for talk in talks(story)] == ["401", "401"]
    assert len(events_of(story, "transfer_failed")) == 1


def test_a_transferor_who_left_is_rung_back(town: Town) -> None:
    with (
        town.raw_phone("502") as target,
        conversation(town) as (customer, store, call),
    ):
        assert call.refer(uri(town, "502")) == 202
        ringing = target.wait_call()
        call.hang_up()
        ringing.refuse()
        back = store.wait_call(2, timeout=5)
        back.wait_tone(CUSTOMER_HZ)
        customer.wait_tone(STORE_HZ, timeout=3)
        customer.hang_up()
    story = finished(town, customer)
    assert [talk.extension for talk in talks(story)] == ["401", "401"]
    assert [leg.peer for leg in story.legs].count("401") == 2


def test_the_customer_leaves_during_a_transfer(town: Town) -> None:
    with (
        town.store_phone("501", never_answer=True) as target,
        conversation(town) as (customer, _, call),
    ):
        assert call.refer(uri(town, "501")) == 202
        ringing = target.wait_call()
        customer.hang_up()
        assert ringing.over.wait(3)
        assert ringing.ended_by == "cancelled"
        assert call.over.wait(3)
    story = finished(town, customer)
    assert kinds(story)[-2:] == ["talk", "ring"]
    assert story.record.hangup_side is HangupSide.CALLER


def test_an_attended_transfer(town: Town) -> None:
    with (
        town.store_phone("501", tone_hz=TARGET_HZ) as target,
        conversation(town) as (customer, store, call),
    ):
        assert call.hold() == 200
        consult = store.dial("501")
        consult.wait_tone(TARGET_HZ)
        customer.wait(0.4)
        assert is_music(customer.heard_lately(0.4))
        assert hears(target.calls[0], STORE_HZ)
        assert call.refer(uri(town, "501"), replaces=consult) == 202
        customer.wait_tone(TARGET_HZ, timeout=5)
        assert call.over.wait(3)
        assert call.notified[-1] == 200
        assert consult.over.wait(3)
        customer.wait(0.6)
        assert hears(target.calls[0], CUSTOMER_HZ)
        assert not target.calls[0].is_over
        customer.hang_up()
        assert target.calls[0].over.wait(3)
    story = finished(town, customer)
    assert kinds(story)[-3:] == ["talk", "hold", "talk"]
    assert [talk.extension for talk in talks(story)] == ["401", "501"]
    assert [event.data["kind"] for event in events_of(story, "transfer")] == ["attended"]
    consulted = town.server.story_of(consult.call_id)
    check_books(consulted)
    assert consulted.record.id != story.record.id
    assert [talk.extension for talk in talks(consulted)] == ["501"]


def test_an_attended_transfer_before_the_target_answers(town: Town) -> None:
    with (
        town.store_phone("501", tone_hz=TARGET_HZ, ring_seconds=1.0) as target,
        conversation(town) as (customer, store, call),
    ):
        assert call.hold() == 200
        consult = store.dial("501", wait=None)
        store.wait(lambda: 180 in consult.progress, 3, "ringing")
        assert call.refer(uri(town, "501"), replaces=consult) == 202
        customer.wait_tone(TARGET_HZ, timeout=6)
        customer.wait(0.5)
        assert hears(target.calls[-1], CUSTOMER_HZ)
        customer.hang_up()
    assert [talk.extension for talk in talks(finished(town, customer))] == ["401", "501"]


def test_a_transfer_to_a_flow(town: Town) -> None:
    with conversation(town) as (customer, _, call):
        assert call.refer(uri(town, ANNOUNCEMENT)) == 202
        customer.wait_tone(GREETING_HZ, timeout=4)
        assert call.over.wait(3)
        assert call.notified[-1] == 200
        customer.hang_up()
    story = finished(town, customer)
    assert kinds(story)[-2:] == ["talk", "ivr"]
    assert flow_path(story)[-2:] == ["start", "greeting"]
    assert story.record.outcome is Outcome.ANSWERED


def test_a_carrier_may_not_transfer(town: Town) -> None:
    with (
        town.store_phone("501") as target,
        town.raw_phone("401", answers=True, tone_hz=STORE_HZ),
        town.raw_customer(town.number("DN-01"), tone_hz=CUSTOMER_HZ) as customer,
    ):
        call = customer.dial(QUICK)
        call.wait_tone(STORE_HZ)
        assert call.refer(uri(town, "501")) == 403
        call.wait_tone(STORE_HZ)
        assert target.calls == []
        call.hang_up()
    story = town.server.story_of(call.call_id)
    check_books(story)
    assert [event.data["status"] for event in events_of(story, "transfer_refused")] == [403]


@pytest.mark.parametrize(("target", "status"), [("401", 403), ("599", 404), ("02438251234", 404)])
def test_transfers_that_are_refused(town: Town, target: str, status: int) -> None:
    """To oneself, to nobody, and to an outside number that no rule lets out."""
    with conversation(town) as (customer, _, call):
        assert call.refer(uri(town, target)) == status
        customer.wait_tone(STORE_HZ, timeout=3)
        customer.hang_up()
    assert [talk.extension for talk in talks(finished(town, customer))] == ["401"]


def test_a_colleague_takes_the_call_over(town: Town) -> None:
    """INVITE with Replaces (RFC 3891): the customer goes from one phone to the other without a gap in the books."""
    with (
        conversation(town) as (customer, _, call),
        town.raw_phone("502", tone_hz=TARGET_HZ) as colleague,
    ):
        replaces = f"Replaces: {call.call_id};to-tag={call.remote_tag};from-tag={call.local_tag}"
        taken = colleague.dial("401", headers=(replaces, "Require: replaces"))
        customer.wait_tone(TARGET_HZ, timeout=4)
        taken.wait_tone(CUSTOMER_HZ)
        assert call.over.wait(3)
        taken.hang_up()
        customer.wait_over(3)
    story = finished(town, customer)
    assert [talk.extension for talk in talks(story)] == ["401", "502"]
