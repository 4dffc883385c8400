"""100rel (RFC 3262) on both sides."""

from __future__ import annotations

from callcenter.sip.events import (
    AnswerReceived,
    EndCause,
    SessionConfirmed,
    SessionEnded,
    SessionOffer,
    SessionProgress,
)
from callcenter.sip.invite import SessionState
from tests.unit.sip_core.scenes import ANSWER, OFFER, UDP, Desk, request

REQUIRE = ["Require: 100rel"]
SUPPORTED = ["Supported: 100rel"]


def prack(tag: str, rack: str, cseq: int = 2, body: str = "") -> str:
    return request("PRACK", to_tag=tag, branch=f"p{cseq}", cseq=cseq, headers=[f"RAck: {rack}"], body=body)


def test_a_caller_that_requires_it_gets_it() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    desk.out()
    session.progress(183, ANSWER, now=0.0)
    early = desk.response()
    rseq = early.headers.get("RSeq")
    assert (early.headers.get("Require"), rseq) == ("100rel", "1")
    assert desk.timeline(3.5) == [(0.5, "183 INVITE"), (1.5, "183 INVITE"), (3.5, "183 INVITE")]
    for cseq, wrong in enumerate(("99 1 INVITE", "1 2 INVITE", "1 1 BYE"), 10):
        desk.peer_sends(prack(session.local_tag, wrong, cseq), 3.6)
        assert desk.lines() == ["481 PRACK"]
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE", cseq=50), 3.7)
    assert desk.lines() == ["200 PRACK"]
    assert desk.timeline(30.0) == []
    session.accept(ANSWER, 30.0)
    answer = desk.response()
    assert (answer.status, answer.body) == (200, b"")  # the answer has been given reliably


def test_repeated_prack_is_481() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    session.progress(180, now=0.0)
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE"), 0.1)
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE", cseq=3), 0.2)
    assert desk.lines()[2:] == ["200 PRACK", "481 PRACK"]


def test_no_prack_refuses_the_call() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    session.progress(180, now=0.0)
    desk.out()
    times = desk.timeline(32.0)
    assert times == [*[(t, "180 INVITE") for t in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)], (32.0, "504 INVITE")]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.NO_PRACK, 504)
    desk.timeline(100.0)
    desk.assert_empty()


def test_the_second_reliable_response_waits_for_the_first() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    desk.out()
    session.progress(180, now=0.0)
    session.progress(183, ANSWER, now=0.1)
    assert desk.lines() == ["180 INVITE"]
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE"), 0.2)
    second = desk.sent()[1]
    assert (second.status, second.headers.get("RSeq")) == (183, "2")  # type: ignore[union-attr]


def test_the_answer_waits_for_the_prack_of_a_description() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    session.progress(183, ANSWER, now=0.0)
    desk.out()
    session.accept(ANSWER, 0.1)
    assert desk.out() == []
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE"), 0.2)
    assert desk.lines() == ["200 PRACK", "200 INVITE"]
    assert session.state is SessionState.ACCEPTED


def test_a_ringing_without_description_does_not_hold_the_answer() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    session.progress(180, now=0.0)
    session.accept(ANSWER, 0.1)
    assert desk.lines() == ["100 INVITE", "180 INVITE", "200 INVITE"]
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE"), 0.2)
    assert desk.lines() == ["200 PRACK"]
    assert [line for _, line in desk.timeline(1.0)] == ["200 INVITE"]


def test_it_can_be_asked_for_or_left_out() -> None:
    desk = Desk()
    session = desk.invite(headers=SUPPORTED)
    session.progress(180, now=0.0)
    session.progress(183, ANSWER, reliable=True, now=0.1)
    _, plain, reliable = desk.sent()
    assert (plain.headers.get("RSeq"), reliable.headers.get("RSeq")) == (None, "1")
    desk = Desk()
    session = desk.invite()
    session.progress(183, ANSWER, reliable=True, now=0.1)  # the caller does not know it
    assert desk.sent()[1].headers.get("RSeq") is None


def test_a_late_offer_may_come_early() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE, body="")
    session.progress(183, OFFER, now=0.0)
    desk.out()
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE", body=ANSWER), 0.1)
    assert desk.lines() == ["200 PRACK"]
    assert desk.one(AnswerReceived).sdp == ANSWER


def test_a_new_offer_inside_the_prack() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    session.progress(183, ANSWER, now=0.0)
    desk.out()
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE", body=OFFER), 0.1)
    offer = desk.one(SessionOffer)
    assert offer.method == "PRACK"
    session.answer(offer.offer_id, ANSWER, 0.1)
    answer = desk.response()
    assert (answer.cseq.method, answer.body.decode()) == ("PRACK", ANSWER)


def test_update_is_welcome_once_the_early_answer_is_acknowledged() -> None:
    desk = Desk()
    session = desk.invite(headers=REQUIRE)
    session.progress(183, ANSWER, now=0.0)
    desk.peer_sends(prack(session.local_tag, "1 1 INVITE"), 0.1)
    desk.peer_sends(request("UPDATE", to_tag=session.local_tag, branch="u", cseq=3, body=OFFER), 0.2)
    assert desk.one(SessionOffer).method == "UPDATE"


def test_the_late_offer_of_an_answer_and_its_ack() -> None:
    desk = Desk()
    session = desk.invite(body="")
    assert session.remote_sdp is None
    session.accept(OFFER, 0.0)
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=ANSWER), 0.1)
    assert desk.one(SessionConfirmed).sdp == ANSWER


def test_we_acknowledge_what_is_reliable_in_order() -> None:
    desk = Desk()
    session = desk.endpoint.invite(
        uri="sip:bob@192.0.2.9:5060", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@192.0.2.9>",
        sdp=OFFER, flow=UDP, now=0.0, reliable=True,
    )  # fmt: skip
    invite = desk.request()
    assert invite.headers.get("Require") == "100rel"
    desk.reply(invite, 183, 0.1, headers=[*REQUIRE, "RSeq: 5"], body=ANSWER)
    first = desk.request()
    assert (first.method, first.headers.get("RAck"), first.uri) == ("PRACK", "5 1 INVITE", "sip:peer@192.0.2.9:5060")
    assert first.cseq.number == 2
    progress = desk.one(SessionProgress)
    assert (progress.reliable, progress.sdp) == (True, ANSWER)
    for rseq in (5, 7):  # a repetition, and one that overtook number 6
        desk.reply(invite, 183, 0.2, headers=[*REQUIRE, f"RSeq: {rseq}"])
        assert desk.out() == []
    desk.reply(invite, 180, 0.3, headers=[*REQUIRE, "RSeq: 6"])
    assert desk.request().headers.get("RAck") == "6 1 INVITE"
    desk.reply(invite, 200, 0.4)
    assert desk.lines() == ["ACK 1"]
    assert session.remote_sdp == ANSWER
