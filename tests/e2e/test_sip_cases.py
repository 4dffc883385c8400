"""Telling cases 2 to 11: calls whose messages are lost, late, crossed or contradictory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.testing.pyvoip_wire import WireMessage
from tests.e2e.proving import (
    ANNOUNCEMENT,
    RING,
    SHORT,
    T1,
    Line,
    Proving,
    header,
    is_silent,
)

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def nothing_left(proving: Proving) -> Iterator[None]:
    """After each test the server answers and holds no call."""
    yield
    proving.check_alive()


def test_case02_lost_200s_are_repeated_until_the_ack(proving: Proving) -> None:
    with proving.one_call(), proving.caller() as line:
        line.invite(ANNOUNCEMENT)
        answers, times = [], []
        for _ in range(4):  # three are lost
            answers.append(line.expect(200, timeout=2))
            times.append(time.monotonic())
        assert len({answer.get("To") for answer in answers}) == 1
        assert len({answer.body for answer in answers}) == 1
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert gaps == pytest.approx([T1, 2 * T1, 4 * T1], abs=0.08)
        line.take(answers[-1])
        line.ack()
        assert is_silent(line, 1.2)
        assert line.bye() == 200


def test_case03_a_call_that_is_never_acknowledged_is_hung_up(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ABANDONED, HangupCause.RECOVERY_ON_TIMER_EXPIRE, HangupSide.NETWORK),
        proving.caller(rtp=True) as line,
    ):
        line.invite(ANNOUNCEMENT)
        line.take(line.expect(200))
        began = time.monotonic()
        bye = line.expect(method="BYE", timeout=8)
        assert time.monotonic() - began == pytest.approx(64 * T1, abs=0.4)
        line.respond(bye, "200 OK")
        repeated = [one for one in line.peer.received if one.is_response and one.status == 200]
        assert len(repeated) >= 6  # at once, then after 0.1, 0.3, 0.7, 1.5, 3.1 s


def test_case04_a_cancel_after_the_200_does_not_end_the_call(proving: Proving) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        line.invite(ANNOUNCEMENT)
        answer = line.expect(200)
        line.cancel()
        assert line.final("CANCEL", line.cseq).status in (200, 481)
        line.take(answer)
        time.sleep(0.3)
        line.ack()
        line.drain()
        assert is_silent(line, 0.8)
        assert proving.gauges()["callcenter_calls_active"] == 1
        assert line.bye() == 200


def test_case04_sipp(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case04_cancel_after_200")


def test_case05_the_invite_again_after_the_ack_starts_no_second_call(proving: Proving) -> None:
    with proving.one_call(), proving.caller() as line:
        line.call(ANNOUNCEMENT)
        for _ in range(3):
            line.peer.send(line.invite_data)
        time.sleep(0.3)
        again = [one for one in iter(lambda: line.peer.receive(0.2), None) if one.is_response]
        assert {one.status for one in again} <= {200}
        assert proving.gauges()["callcenter_calls_active"] == 1
        assert line.bye() == 200


def test_case05_sipp(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case05_invite_again_after_ack")


def test_case06_cancel_while_it_rings(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ABANDONED, HangupCause.ORIGINATOR_CANCEL, HangupSide.CALLER),
        proving.raw_phone("601") as called,
        proving.phone("602") as line,
    ):
        line.invite("601")
        ringing = called.wait_call()
        line.expect(180)
        line.cancel()
        assert line.final("CANCEL", line.cseq).status == 200
        refused = line.final("INVITE", line.cseq)
        assert refused.status == 487
        line.ack_failure(refused)
        assert ringing.over.wait(2) and ringing.ended_there and not ringing.answered
        assert is_silent(line, 0.5)


def test_case07_cancel_before_the_called_phone_was_heard_of(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ABANDONED, HangupCause.ORIGINATOR_CANCEL, HangupSide.CALLER),
        proving.phone("601", host="127.0.0.4") as called,
        proving.phone("602") as line,
    ):
        assert called.register().status == 200
        line.invite("601")
        line.expect(100)
        time.sleep(0.01)
        line.cancel()
        assert line.final("CANCEL", line.cseq).status == 200
        refused = line.final("INVITE", line.cseq)
        assert refused.status == 487
        line.ack_failure(refused)
        invite = called.expect(method="INVITE")  # Its 100 was lost: no CANCEL may come before it is heard of (§9.1).
        time.sleep(0.4)
        before = [one for one in iter(lambda: called.peer.receive(0.05), None) if one.method == "CANCEL"]
        assert before == []
        called.respond(invite, "180 Ringing")
        cancel = called.expect(method="CANCEL")
        assert cancel.get("CSeq").split()[0] == invite.get("CSeq").split()[0]
        called.respond(cancel, "200 OK")
        called.respond(invite, "487 Request Terminated")
        called.expect(method="ACK")
        assert called.register(expires=0).status == 200


def test_case07_cancel_of_nothing(proving: Proving) -> None:
    with proving.no_call():
        proving.sipp("case07_cancel_unknown")


@pytest.fixture
def transferred(proving: Proving) -> Iterator[tuple[Line, Line, Line]]:
    """The carrier's caller talks to 601, who talks to 603 too and has just asked for 603 to take the caller over.

    The server owes 603 a re-INVITE: its media moves to the first call. Returns the caller, 601's first line and 603.
    """
    with (
        proving.caller(rtp=True) as outside,
        proving.phone("601", rtp=True) as agent,
        proving.phone("601", rtp=True, host="127.0.0.5") as consult,
        proving.phone("603", rtp=True, host="127.0.0.4") as target,
    ):
        assert agent.register().status == 200
        assert target.register().status == 200
        outside.invite(RING)
        rung = agent.expect(method="INVITE")
        agent.join(rung)
        agent.respond(rung, "200 OK", agent.sdp())
        agent.expect(method="ACK")
        outside.take(outside.expect(200))
        outside.ack()
        consult.invite("603")
        second = target.expect(method="INVITE")
        target.join(second)
        target.respond(second, "200 OK", target.sdp())
        target.expect(method="ACK")
        consult.take(consult.expect(200))
        consult.ack()
        time.sleep(0.3)
        theirs, ours = consult.remote.rpartition("tag=")[2], consult.local.rpartition("tag=")[2]
        replaces = f"{consult.call_id}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}".replace("@", "%40")
        refer = f"<sip:603@{proving.server.sip[0]}?Replaces={replaces}>"
        assert agent.ask("REFER", headers={"Refer-To": refer}).status == 202
        yield outside, agent, target
        for line in (outside, agent, consult, target):
            if line.remote:
                line.send("BYE")
        time.sleep(0.3)
        assert agent.register(expires=0).status == 200
        assert target.register(expires=0).status == 200


def transfer_statuses(agent: Line, seconds: float) -> list[str]:
    """Answer NOTIFYs for a while and return what they reported."""
    found = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        message = agent.peer.receive(left)
        if message is not None and message.method == "NOTIFY" and not message.is_response:
            found.append(message.body.decode().split(" ")[1])
            agent.respond(message, "200 OK")
            if found[-1] != "100":
                break
    return found


def test_case08_glare_is_491_both_ways_and_tried_again(proving: Proving, transferred: tuple[Line, Line, Line]) -> None:
    outside, agent, target = transferred
    reinvite = target.expect(method="INVITE")
    target.send("INVITE", target.sdp())  # crosses ours
    refused = target.final("INVITE", target.cseq)
    assert refused.status == 491
    target.ack_failure(refused)
    target.respond(reinvite, "491 Request Pending")
    target.expect(method="ACK")
    began = time.monotonic()
    again = target.expect(method="INVITE", timeout=5)
    waited = time.monotonic() - began
    assert 2.0 <= waited <= 4.2  # We chose the Call-ID (§14.1).
    assert again.cseq > reinvite.cseq
    target.respond(again, "200 OK", target.sdp())
    target.expect(method="ACK")
    assert transfer_statuses(agent, 2)[-1] == "200"
    with proving.calls(0, timeout=1):
        pass
    assert outside.bye() == 200
    bye = target.expect(method="BYE")
    target.respond(bye, "200 OK")


@pytest.mark.parametrize("status", ["408 Request Timeout", "488 Not Acceptable Here"])
def test_case11_a_reinvite_of_ours_that_fails_ends_nothing(
    proving: Proving, transferred: tuple[Line, Line, Line], status: str
) -> None:
    outside, agent, target = transferred
    reinvite = target.expect(method="INVITE")
    target.respond(reinvite, status)
    target.expect(method="ACK")
    assert transfer_statuses(agent, 2)[-1] == "503"
    assert is_silent(target, 1.0)
    assert proving.gauges()["callcenter_calls_active"] == 2
    assert target.rtp is not None
    heard = len(target.rtp.listener.render(time.monotonic() - 0.4, time.monotonic()))
    assert heard > 0
    assert outside.bye() == 200


@pytest.mark.parametrize("broken", ["v=0\r\nnonsense\r\n", "m=audio x RTP/AVP 8\r\n", "\x00\x01\x02"])
def test_case11_an_unusable_reinvite_leaves_the_session_as_it_was(proving: Proving, broken: str) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        line.call(ANNOUNCEMENT)
        refused = line.ask("INVITE", broken.encode())
        assert refused.status in (400, 488)
        assert line.rtp is not None
        before = len(line.rtp.listener.packets)
        time.sleep(0.4)
        assert len(line.rtp.listener.packets) - before > 10
        assert line.bye() == 200


def test_case11_sipp(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case11_unusable_reinvite")


def test_case09_bye_and_reinvite_in_one_breath(proving: Proving) -> None:
    with proving.one_call(), proving.caller() as line:
        line.call(ANNOUNCEMENT)
        first = line.send("INVITE", line.sdp())
        second = line.send("BYE")
        finals: dict[tuple[str, int], WireMessage] = {}
        deadline = time.monotonic() + 3
        while len(finals) < 2 and time.monotonic() < deadline:
            message = line.peer.receive(1)
            if message is not None and message.is_response and message.status >= 200:
                finals.setdefault((message.method, message.cseq), message)
        assert finals["BYE", second].status == 200
        assert finals["INVITE", first].status in (200, 481, 487)


def test_case09_overlapping_reinvites(proving: Proving) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        line.call(ANNOUNCEMENT)
        for _ in range(5):
            first = line.send("INVITE", line.sdp())
            second = line.send("INVITE", line.sdp())
            accepted = line.final("INVITE", first)
            refused = line.final("INVITE", second)
            assert accepted.status == 200
            if refused.status != 200:
                break
            line.ack(cseq=first)  # They did not overlap: this process was held up between the two.
            line.ack(cseq=second)
        assert refused.status in (491, 500)
        if refused.status == 500:
            assert 0 <= int(header(refused, "Retry-After")) <= 10
        line.ack(cseq=first)
        line.ack_failure(refused)
        time.sleep(0.3)
        assert line.ask("INVITE", line.sdp()).status == 200
        assert line.bye() == 200


def test_case10_a_reinvite_instead_of_an_answer_to_our_bye(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.IVR_COMPLETED, HangupCause.NORMAL_CLEARING, HangupSide.SYSTEM),
        proving.caller(rtp=True) as line,
    ):
        line.call(SHORT)
        line.expect(method="BYE", timeout=5)
        refused = line.ask("INVITE", line.sdp())
        assert refused.status in (481, 487, 491, 500)
        bye = line.expect(method="BYE", timeout=2)
        line.respond(bye, "200 OK")
        assert is_silent(line, 1.0)


def test_case10_sipp(proving: Proving) -> None:
    with proving.one_call(Outcome.IVR_COMPLETED, HangupCause.NORMAL_CLEARING, HangupSide.SYSTEM):
        proving.sipp("case10_reinvite_instead_of_answer", SHORT)
