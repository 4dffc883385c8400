"""Telling cases 17 to 19 and 28: extensions of SIP that are required, refused or abused."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from tests.e2e.proving import ANNOUNCEMENT, CARRIER, Proving, header, is_silent

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def nothing_left(proving: Proving) -> Iterator[None]:
    """After each test the server answers and holds no call."""
    yield
    proving.check_alive()


def test_case17_an_unknown_extension_is_named(proving: Proving) -> None:
    with proving.no_call():
        proving.sipp("case17_require_unknown")


def test_case17_reliable_provisional_responses(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ABANDONED, HangupCause.ORIGINATOR_CANCEL, HangupSide.CALLER),
        proving.raw_phone("601") as called,
        proving.phone("602") as line,
    ):
        line.invite("601", headers={"Require": "100rel", "Supported": "100rel"})
        called.wait_call()
        ringing = line.expect(180)
        assert "100rel" in header(ringing, "Require")
        number = int(header(ringing, "RSeq"))
        line.take(ringing)
        invite_cseq = line.cseq
        assert line.ask("PRACK", headers={"RAck": f"99999 {invite_cseq} INVITE"}).status == 481
        assert line.ask("PRACK", headers={"RAck": f"{number} {invite_cseq} INVITE"}).status == 200
        assert is_silent(line, 0.8)  # It is not repeated any more.
        line.target = "sip:601@" + line.peer.remote[0] + f":{line.peer.remote[1]}"
        line.remote = f"<{line.target}>"
        line.peer.send(line.compose("CANCEL", cseq=invite_cseq, headers={"Via": line.via(line.branch), "Contact": ""}))
        assert line.final("CANCEL", invite_cseq).status == 200
        line.ack_failure(line.final("INVITE", invite_cseq))


@pytest.mark.parametrize("name", ["twice", "unknown"])
def test_case18_replaces(proving: Proving, name: str) -> None:
    with proving.no_call():
        proving.sipp(f"case18_replaces_{name}")


def test_case18_a_stranger_may_not_take_a_call_over(proving: Proving) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line, proving.caller(user="0999") as thief:
        line.call(ANNOUNCEMENT)
        theirs, ours = line.remote.rpartition("tag=")[2], line.local.rpartition("tag=")[2]
        thief.invite(
            ANNOUNCEMENT, headers={"Replaces": f"{line.call_id};to-tag={theirs};from-tag={ours}", "Require": "replaces"}
        )
        refused = thief.final("INVITE", 1)
        thief.ack_failure(refused)
        assert refused.status in (403, 481)
        assert line.bye() == 200


def test_case19_a_session_interval_that_is_too_small(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case19_timer_too_small")


def test_case28_bye_for_nothing(proving: Proving) -> None:
    with proving.no_call():
        proving.sipp("case28_bye_unknown")


@pytest.mark.parametrize("name", ["case28_stray_200", "case28_stray_ack", "unknown_method", "options"])
def test_case28_strays(proving: Proving, name: str) -> None:
    with proving.no_call():
        proving.sipp(name)


def test_case28_options_inside_a_dialog(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("options_in_dialog")


def test_case28_options_says_what_there_is(proving: Proving) -> None:
    with proving.caller() as line:
        answer = line.peer.transact("OPTIONS", f"sip:{CARRIER}")
    assert answer.status == 200
    assert {"INVITE", "BYE", "REFER", "UPDATE"} <= set(header(answer, "Allow").replace(" ", "").split(","))
    assert "application/sdp" in header(answer, "Accept")
    assert "100rel" in header(answer, "Supported")


def test_case28_a_thousand_strays_leave_no_state(proving: Proving) -> None:
    with proving.no_call(), proving.caller() as line:
        line.target, line.remote = f"sip:1900@{CARRIER}", f"<sip:1900@{CARRIER}>;tag=none"
        states = ("sessions", "dialogs", 'transactions{side="server"}', 'transactions{side="client"}')
        before = [proving.gauges()[f"callcenter_sip_{name}"] for name in states]
        for number in range(250):
            line.call_id = f"{secrets.token_hex(6)}@stray"
            line.ack(cseq=number + 1)
            for method in ("BYE", "INFO", "PRACK"):
                line.send(method)
        time.sleep(0.3)
        after = [proving.gauges()[f"callcenter_sip_{name}"] for name in states]
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
        answers = [one.status for one in iter(lambda: line.peer.receive(0.1), None)]
        assert set(answers) == {481}


def test_case28_a_bad_bye_does_not_end_the_call(proving: Proving) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        line.call(ANNOUNCEMENT)
        right = line.remote
        for wrong in (right.partition(";tag=")[0] + ";tag=wrong", right.partition(";tag=")[0]):
            line.remote = wrong
            assert line.ask("BYE").status == 481
        line.remote = right
        assert line.ask("BYE", cseq=0).status in (400, 500)
        assert proving.gauges()["callcenter_calls_active"] == 1
        assert line.bye() == 200


def test_case28_acks_by_the_dozen(proving: Proving) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        line.call(ANNOUNCEMENT)
        for _ in range(100):
            line.ack()
        assert line.bye() == 200
        for _ in range(100):
            line.ack()
        assert is_silent(line, 0.3)
