"""Calls of our own phones: to each other, to the hotline, to the world outside, and who is kept out."""

from __future__ import annotations

import time

import pytest

from callcenter.calls.cdr import Direction, HangupCause, HangupSide, Outcome
from callcenter.testing.audio import heard_tones
from callcenter.testing.phone import CustomerPhone, PhoneCall, PhoneError, place_call
from callcenter.testing.pyvoip_line import Account
from callcenter.testing.raw_phone import RawPhone
from callcenter.testing.sip_peer import SipPeer
from callcenter.testing.store_phone import StorePhone, StorePhoneSettings
from tests.e2e.town import GREETING_HZ, HOTLINE, SECRET, Town, check_books, flow_path, kinds, talks

pytestmark = pytest.mark.peer

CALLER_HZ, CALLED_HZ = 1150.0, 1400.0
AGENT = Account("501", SECRET)


def from_501(town: Town, number: str, **more: object) -> PhoneCall:
    """Return a call of phone 501, which registers and proves itself."""
    return PhoneCall(number, port=town.server.sip_port, account=AGENT, **more)  # type: ignore[arg-type]


def test_one_extension_calls_another(town: Town) -> None:
    with (
        town.store_phone("502", tone_hz=CALLED_HZ, ring_seconds=0.5) as called,
        CustomerPhone(from_501(town, "502", tone_hz=CALLER_HZ)) as caller,
    ):
        caller.dial()
        caller.wait_answered(5)
        caller.wait(1.2)
        caller.hang_up()
        report = caller.report()
        (call,) = called.calls
        assert call.over.wait(2)
        assert call.caller_number == "501"
        assert call.answered_at is not None
        assert call.ended_at is not None
        heard = heard_tones(call.heard(call.answered_at, call.ended_at), [CALLER_HZ, CALLED_HZ])
    assert heard[CALLER_HZ] > 0.9
    assert heard[CALLED_HZ] == 0
    assert heard_tones(report.heard, [CALLED_HZ])[CALLED_HZ] > 0.9
    assert report.ring_seconds == pytest.approx(0.5, abs=0.4)
    story = town.server.story_of(report.call_id)
    check_books(story)
    record = story.record
    assert (record.direction, record.outcome) == (Direction.INTERNAL, Outcome.ANSWERED)
    assert (record.from_number, record.to_number) == ("501", "502")
    assert (record.hangup_side, record.hangup_cause) == (HangupSide.CALLER, HangupCause.NORMAL_CLEARING)
    assert kinds(story)[-2:] == ["ring", "talk"]
    assert len(story.recordings) == 1


def test_an_extension_calls_the_hotline(town: Town) -> None:
    report = place_call(from_501(town, HOTLINE, hang_up_after=1.0))
    assert report.tone(GREETING_HZ)
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert story.record.direction is Direction.INTERNAL
    assert story.record.did == HOTLINE
    assert flow_path(story)[:2] == ["start", "greeting"]


@pytest.mark.parametrize(
    ("refusal", "status", "outcome", "cause"),
    [
        ("486 Busy Here", 486, Outcome.BUSY, HangupCause.USER_BUSY),
        ("603 Decline", 486, Outcome.BUSY, HangupCause.CALL_REJECTED),
        ("480 Temporarily Unavailable", 480, Outcome.NO_ANSWER, HangupCause.NO_ANSWER),
    ],
)
def test_the_called_phone_refuses(town: Town, refusal: str, status: int, outcome: Outcome, cause: HangupCause) -> None:
    with town.store_phone("502", refuse=refusal):
        report = place_call(from_501(town, "502"))
    assert (report.status, report.answered) == (status, False)
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert story.record.outcome is outcome
    assert story.record.sip_status == status
    called = next(leg for leg in story.legs if leg.peer == "502")
    assert called.cause is cause
    assert called.sip_status == int(refusal[:3])


def test_a_phone_that_is_off(town: Town) -> None:
    report = place_call(from_501(town, "503"))
    assert report.status == 480
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert story.record.outcome is Outcome.NO_ANSWER


def test_the_caller_gives_up(town: Town) -> None:
    with town.store_phone("502", never_answer=True) as called:
        report = place_call(from_501(town, "502", ring_timeout=0.8))
        assert called.calls[0].over.wait(2)
        assert called.calls[0].ended_by == "cancelled"
    assert report.status == 487
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert (story.record.outcome, story.record.hangup_side) == (Outcome.ABANDONED, HangupSide.CALLER)
    assert story.record.hangup_cause is HangupCause.ORIGINATOR_CANCEL


def test_two_devices_of_one_extension(town: Town) -> None:
    with (
        town.store_phone("502", ring_seconds=5) as desk,
        town.store_phone("502", ring_seconds=0.4, tone_hz=CALLED_HZ) as mobile,
        CustomerPhone(from_501(town, "502")) as caller,
    ):
        caller.dial()
        caller.wait_tone(CALLED_HZ, timeout=4)
        (loser,) = desk.calls
        assert loser.over.wait(2)
        assert (loser.ended_by, loser.status) == ("cancelled", 487)
        assert loser.reason == 'SIP;cause=200;text="Call completed elsewhere"'
        assert mobile.calls[0].is_answered
        caller.hang_up()
        report = caller.report()
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert sorted(leg.cause.code for leg in story.legs if leg.peer == "502" and leg.cause) == [
        "lose_race",
        "normal_clearing",
    ]
    assert len(talks(story)) == 1


def test_a_wrong_password_does_not_register(town: Town) -> None:
    phone = StorePhone(StorePhoneSettings(Account("502", "wrong horse 7"), port=town.server.sip_port))
    with pytest.raises(PhoneError, match=r"refused with status 40[13]"):
        phone.start()
    assert place_call(from_501(town, "502")).status == 480


def test_unknown_users_cannot_be_told_from_wrong_passwords(town: Town) -> None:
    """Status by status and header by header, for REGISTER and INVITE."""
    for method in ("REGISTER", "INVITE"):
        seen = []
        for user in ("502", "599"):
            with SipPeer("udp", town.server.sip) as peer:
                uri = f"sip:127.0.0.1:{town.server.sip_port}"
                address = {"From": f"<sip:{user}@127.0.0.1>;tag=a", "To": f"<sip:{user}@127.0.0.1>"}
                first = peer.transact(method, uri, headers=address)
                second = peer.transact(method, uri, username=user, password="nobody's", headers=address)
                for answer in (first, second):
                    seen.append((user, answer.start, [name for name, _ in answer.headers]))
        known = [entry[1:] for entry in seen if entry[0] == "502"]
        unknown = [entry[1:] for entry in seen if entry[0] == "599"]
        assert known == unknown
        assert known[0][0].startswith("SIP/2.0 401")


def test_a_stranger_cannot_call(town: Town) -> None:
    with RawPhone(town.server.sip, "502", "wrong horse 7") as stranger:
        call = stranger.dial(HOTLINE, wait=None)
        stranger.wait(call.over.is_set, 3, "refusal")
        assert call.status in (401, 403)
        assert call.call_id not in {record.sip_call_id for record in town.server.call_log.records()}


def test_an_outside_number_that_no_rule_lets_out(town: Town) -> None:
    assert place_call(from_501(town, "02438251234")).status == 403
    assert place_call(from_501(town, "+12125550100")).status == 403


def test_a_number_that_is_none(town: Town) -> None:
    with town.raw_phone("501") as phone:
        call = phone.dial("nobody", wait=None)
        phone.wait(call.over.is_set, 3, "refusal")
    assert call.status == 404


def test_a_phone_that_went_off_is_not_rung(town: Town) -> None:
    with town.store_phone("502") as phone:
        pass
    began = time.monotonic()
    assert place_call(from_501(town, "502")).status == 480
    assert time.monotonic() - began < 2
    assert phone.calls == []
