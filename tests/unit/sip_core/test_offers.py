"""Changing a session: re-INVITE and UPDATE, glare, overlaps, refusals, races with BYE."""

from __future__ import annotations

import pytest

from callcenter.base.errors import IllegalTransition, LocalError
from callcenter.sip.events import (
    AnswerReceived,
    EndCause,
    ReofferCompleted,
    RequestAnswered,
    SessionEnded,
    SessionOffer,
)
from callcenter.sip.flow import Flow, Target
from callcenter.sip.invite import InviteSession, SessionState
from callcenter.sip.message import Request
from callcenter.sip.settings import Credentials
from tests.unit.sip_core.scenes import ANSWER, OFFER, TCP, UDP, Desk, request

HOLD = OFFER + "a=sendonly\r\n"
ALLOW_UPDATE = ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE"]


def reinvite(
    session: InviteSession, cseq: int = 2, body: str = HOLD, method: str = "INVITE", branch: str | None = None,
    contact: str = "<sip:peer@192.0.2.9:5060>",
) -> str:  # fmt: skip
    return request(
        method, to_tag=session.local_tag, branch=branch or f"re{cseq}", cseq=cseq, body=body, contact=contact
    )


def our_call(desk: Desk, credentials: Credentials | None = None) -> InviteSession:
    """Let us call the peer and be answered; the peer's tag is ``peer``."""
    session = desk.endpoint.invite(
        uri="sip:bob@192.0.2.9:5060", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@192.0.2.9>",
        sdp=OFFER, flow=UDP, now=0.0, call_id="call1", credentials=credentials,
    )  # fmt: skip
    desk.reply(desk.request(), 200, 0.0, body=ANSWER)
    desk.out()
    desk.endpoint.events()
    return session


def test_hold_by_reinvite() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session, contact="<sip:moved@192.0.2.9:5060>"), 1.0)
    offer = desk.one(SessionOffer)
    assert (offer.session, offer.sdp, offer.method) == (session, HOLD, "INVITE")
    assert desk.lines() == ["100 INVITE"]
    session.answer(offer.offer_id, ANSWER, 1.1)
    answer = desk.response()
    assert (answer.status, answer.body.decode()) == (200, ANSWER)
    assert session.remote_sdp == HOLD
    assert desk.timeline(1.6) == [(1.6, "200 INVITE")]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="a2", cseq=2, body=""), 1.7)
    assert desk.endpoint.events() == []
    assert desk.timeline(30.0) == []
    session.bye(now=31.0)
    assert desk.request().uri == "sip:moved@192.0.2.9:5060"  # target refresh


def test_unhold_without_sdp_asks_for_our_offer() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session, body=""), 1.0)
    offer = desk.one(SessionOffer)
    assert offer.sdp is None
    session.answer(offer.offer_id, OFFER, 1.0)
    desk.out()
    # The next re-INVITE comes before the answer to our offer: it has to wait.
    desk.peer_sends(reinvite(session, cseq=3), 1.1)
    assert desk.lines() == ["100 INVITE", "491 INVITE"]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="a2", cseq=2, body=ANSWER), 1.2)
    assert desk.one(AnswerReceived).sdp == ANSWER
    assert session.remote_sdp == ANSWER


def test_a_refused_offer_changes_nothing() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session), 1.0)
    offer = desk.one(SessionOffer)
    desk.out()
    session.refuse(offer.offer_id, 488, now=1.0, headers=[("Warning", '304 x "no codec"')])
    refusal = desk.response()
    assert (refusal.status, refusal.headers.get("Warning")) == (488, '304 x "no codec"')
    assert session.remote_sdp == OFFER
    assert session.state is SessionState.CONFIRMED
    session.answer(offer.offer_id, ANSWER, 1.2)  # too late: nothing happens
    assert desk.out() == []


def test_two_reinvites_in_a_row() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session, cseq=2), 1.0)
    offer = desk.one(SessionOffer)
    desk.out()
    desk.peer_sends(reinvite(session, cseq=3), 1.1)
    _, overlap = desk.sent()
    assert overlap.status == 500  # type: ignore[union-attr]
    assert overlap.headers.get("Retry-After") == "0"
    session.answer(offer.offer_id, ANSWER, 1.2)
    assert desk.lines() == ["200 INVITE"]
    assert session.state is SessionState.CONFIRMED


def test_a_cancelled_reinvite() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session), 1.0)
    offer = desk.one(SessionOffer)
    desk.out()
    desk.peer_sends(request("CANCEL", to_tag=session.local_tag, branch="re2", cseq=2, body=""), 1.1)
    assert desk.lines() == ["200 CANCEL", "487 INVITE"]
    session.answer(offer.offer_id, ANSWER, 1.2)
    assert desk.out() == []
    assert session.state is SessionState.CONFIRMED


def test_bye_while_a_reinvite_is_open() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session), 1.0)
    desk.endpoint.events()
    desk.out()
    desk.peer_sends(request("BYE", to_tag=session.local_tag, branch="bye", cseq=3), 1.1)
    assert desk.lines() == ["200 BYE", "487 INVITE"]
    assert desk.one(SessionEnded).cause is EndCause.REMOTE_BYE
    desk.timeline(100.0)
    desk.assert_empty()


def test_no_ack_to_a_reinvite_ends_the_call() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session), 1.0)
    session.answer(desk.one(SessionOffer).offer_id, ANSWER, 1.0)
    desk.out()
    assert desk.timeline(33.0)[-1] == (33.0, "BYE 1")
    assert desk.one(SessionEnded).cause is EndCause.NO_ACK


def test_hold_by_update() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session, method="UPDATE"), 1.0)
    offer = desk.one(SessionOffer)
    assert (offer.method, offer.sdp) == ("UPDATE", HOLD)
    session.answer(offer.offer_id, ANSWER, 1.0)
    assert desk.lines() == ["200 UPDATE"]
    desk.peer_sends(reinvite(session, cseq=3, method="UPDATE", body=""), 2.0)
    assert desk.lines() == ["200 UPDATE"]  # only a refresh
    assert desk.endpoint.events() == []


def test_update_into_an_unanswered_invite() -> None:
    desk = Desk()
    session = desk.invite()
    session.progress(183, ANSWER, now=0.0)
    desk.out()
    desk.peer_sends(reinvite(session, method="UPDATE"), 0.1)
    refusal = desk.response()
    assert (refusal.status, refusal.headers.get("Retry-After")) == (500, "0")
    desk.peer_sends(reinvite(session, cseq=3), 0.2)
    assert desk.lines() == ["100 INVITE", "500 INVITE"]
    assert desk.endpoint.events() == []


# We propose


def test_our_reinvite() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    invite = desk.request()
    assert (invite.method, invite.uri, str(invite.cseq)) == ("INVITE", "sip:peer@192.0.2.9:5060", "1 INVITE")
    assert (invite.from_.tag, invite.to.tag, invite.body.decode()) == (session.local_tag, "peer", HOLD)
    with pytest.raises(LocalError):
        session.reoffer(HOLD, 1.0)
    desk.reply(invite, 100, 1.1)
    desk.reply(invite, 200, 1.2, body=ANSWER, contact="<sip:moved@192.0.2.9:5060>")
    ack = desk.request()
    assert (ack.uri, str(ack.cseq)) == ("sip:moved@192.0.2.9:5060", "1 ACK")
    done = desk.one(ReofferCompleted)
    assert (done.ok, done.status, done.sdp, done.needs_ack) == (True, 200, ANSWER, False)
    assert (session.local_sdp, session.remote_sdp) == (HOLD, ANSWER)
    desk.reply(invite, 200, 1.7, body=ANSWER)
    assert desk.lines() == ["ACK 1"]
    assert desk.endpoint.events() == []


def test_our_reinvite_without_offer() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(None, 1.0)
    invite = desk.request()
    desk.reply(invite, 200, 1.2, body=OFFER)
    done = desk.one(ReofferCompleted)
    assert (done.sdp, done.needs_ack) == (OFFER, True)
    assert desk.out() == []
    session.ack(ANSWER, 1.3)
    assert desk.request().body.decode() == ANSWER


@pytest.mark.parametrize("status", [408, 488, 500, 603])
def test_a_refused_reinvite_leaves_the_session(status: int) -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    desk.reply(desk.request(), status, 1.1, headers=["Retry-After: 7"])
    assert desk.lines() == ["ACK 1"]
    done = desk.one(ReofferCompleted)
    assert (done.ok, done.status, done.sdp, done.retry_after) == (False, status, None, 7)
    assert (session.state, session.local_sdp, session.remote_sdp) == (SessionState.CONFIRMED, ANSWER, OFFER)


def test_481_and_silence_end_the_session() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    desk.reply(desk.request(), 481, 1.1)
    assert desk.lines() == ["ACK 1"]
    done, ended = desk.endpoint.events()
    assert isinstance(done, ReofferCompleted)
    assert isinstance(ended, SessionEnded)
    assert (done.status, ended.cause) == (481, EndCause.DIALOG_GONE)
    desk.timeline(100.0)
    desk.assert_empty()

    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    desk.out()
    assert desk.timeline(33.0)[-1] == (33.0, "BYE 2")
    done, ended = desk.endpoint.events()
    assert isinstance(ended, SessionEnded)
    assert ended.cause is EndCause.TIMEOUT


def test_glare_as_the_called_side_tries_again_soon() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    ours = desk.request()
    desk.peer_sends(reinvite(session), 1.0)
    assert desk.lines() == ["100 INVITE", "491 INVITE"]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="re2", cseq=2, body=""), 1.1)
    desk.reply(ours, 491, 1.2)
    assert desk.lines() == ["ACK 1"]
    assert desk.endpoint.events() == []
    assert desk.endpoint.next_timer() == 1.2  # 0 to 2 s; the tokens of these tests say 0
    desk.endpoint.handle_timer(1.2)
    again = desk.request()
    assert (str(again.cseq), again.body.decode()) == ("2 INVITE", HOLD)
    desk.reply(again, 200, 1.3, body=ANSWER)
    assert desk.one(ReofferCompleted).ok


def test_glare_as_the_owner_of_the_call_id_waits_longer() -> None:
    desk = Desk()
    session = our_call(desk)
    session.reoffer(HOLD, 1.0)
    desk.reply(desk.request(), 491, 1.0)
    desk.out()
    times = [t for t, line in desk.timeline(5.0) if line == "INVITE 3"]
    assert times[0] == 3.1  # 2.1 to 4 s


@pytest.mark.parametrize(("caller", "wait"), [(True, 4.0), (False, 2.0)])
def test_the_longest_waits_of_glare(caller: bool, wait: float) -> None:
    numbers = iter(range(1, 1000))
    desk = Desk(random=lambda: f"ffffffff{next(numbers):08x}")
    session = our_call(desk) if caller else desk.answered()
    session.reoffer(HOLD, 1.0)
    desk.reply(desk.request(), 491, 1.0)
    desk.out()
    assert desk.endpoint.next_timer() == 1.0 + wait


def test_glare_without_end_is_given_up() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    for _ in range(11):
        (invite,) = [m for m in desk.sent() if isinstance(m, Request) and m.method == "INVITE"]
        desk.reply(invite, 491, 1.0)
        desk.endpoint.handle_timer(1.0)
    assert desk.one(ReofferCompleted).status == 491


def test_a_proposal_waits_for_the_peers_open_one() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session), 1.0)
    offer = desk.one(SessionOffer)
    desk.out()
    session.reoffer(HOLD, 1.1)
    assert desk.out() == []
    session.answer(offer.offer_id, ANSWER, 1.2)
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="a2", cseq=2, body=""), 1.3)
    desk.out()
    assert desk.timeline(1.6) == [(1.6, "INVITE 1")]


def test_a_proposal_waits_for_the_ack() -> None:
    desk = Desk()
    session = desk.invite()
    with pytest.raises(IllegalTransition):
        our = Desk().endpoint.invite(uri="sip:a@192.0.2.9", from_="<sip:b@c>", to="<sip:a@b>", now=0.0)
        our.reoffer(HOLD, 0.0)
    session.accept(ANSWER, 0.0)
    desk.out()
    session.reoffer(HOLD, 0.1)
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 0.2)
    assert desk.timeline(0.6) == [(0.6, "INVITE 1")]


def test_our_update_and_its_fallback() -> None:
    desk = Desk()
    session = desk.answered(headers=ALLOW_UPDATE)
    session.reoffer(HOLD, 1.0, "UPDATE")
    update = desk.request()
    assert update.method == "UPDATE"
    desk.reply(update, 200, 1.1, body=ANSWER)
    assert desk.one(ReofferCompleted).sdp == ANSWER
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0, "UPDATE")
    assert desk.request().method == "INVITE"


def test_hanging_up_with_our_reinvite_open() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    invite = desk.request()
    desk.reply(invite, 100, 1.05)
    session.bye(now=1.1)
    bye = desk.request()
    assert str(bye.cseq) == "2 BYE"
    assert desk.one(SessionEnded).cause is EndCause.LOCAL_BYE
    desk.reply(invite, 200, 1.2, body=ANSWER)  # even now it must be acknowledged
    assert desk.lines() == ["ACK 1"]
    desk.reply(bye, 200, 1.3)
    desk.timeline(100.0)
    assert desk.endpoint.events() == []
    desk.assert_empty()


def test_a_challenge_to_our_reinvite_is_answered() -> None:
    desk = Desk()
    session = our_call(desk, Credentials("hotline", "secret", "trunk"))
    session.reoffer(HOLD, 1.0)
    first = desk.request()
    desk.reply(first, 407, 1.1, headers=['Proxy-Authenticate: Digest realm="trunk", nonce="n", qop="auth"'])
    ack, again = desk.sent()
    assert isinstance(again, Request)
    assert (str(ack.cseq), str(again.cseq)) == ("2 ACK", "3 INVITE")
    assert "Proxy-Authorization" in again.headers.fields
    desk.reply(again, 200, 1.2, body=ANSWER)
    ack = desk.request()
    assert (str(ack.cseq), "Proxy-Authorization" in ack.headers.fields) == ("3 ACK", True)
    assert desk.one(ReofferCompleted).ok


def test_a_challenge_to_our_info_is_answered() -> None:
    desk = Desk()
    session = our_call(desk, Credentials("hotline", "secret", "trunk"))
    session.info("text/plain", b"x", 1.0)
    desk.reply(desk.request(), 401, 1.1, headers=['WWW-Authenticate: Digest realm="trunk", nonce="n", qop="auth"'])
    again = desk.request()
    assert (str(again.cseq), "Authorization" in again.headers.fields) == ("3 INFO", True)
    desk.reply(again, 200, 1.2)
    assert desk.one(RequestAnswered).status == 200


def test_422_to_our_reinvite_raises_the_interval() -> None:
    desk = Desk()
    session = desk.answered()
    session.reoffer(HOLD, 1.0)
    desk.reply(desk.request(), 422, 1.1, headers=["Min-SE: 300"])
    _, again = desk.sent()
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("300", "300")
    desk.reply(again, 422, 1.2, headers=["Min-SE: 300"])  # type: ignore[arg-type]
    done = desk.one(ReofferCompleted)
    assert (done.ok, done.status) == (False, 422)


def test_our_reinvite_leaves_a_lost_connection_once() -> None:
    desk = Desk(flow=TCP)
    session = desk.answered(contact="<sip:peer@192.0.2.9:5062;transport=tcp>")
    session.reoffer(HOLD, 1.0)
    (first,) = desk.out()
    assert first.flow == TCP
    desk.endpoint.send_failed(first, 1.1)
    (second,) = desk.out()
    assert (second.target, b"CSeq: 2 INVITE" in second.data) == (Target("192.0.2.9", 5062, "tcp"), True)
    desk.endpoint.flow_resolved(second, Flow("tcp", ("192.0.2.1", 40001), ("192.0.2.9", 5062), 9))
    desk.endpoint.send_failed(second, 1.2)
    done = desk.one(ReofferCompleted)
    assert (done.ok, done.status) == (False, 503)
    assert session.state is SessionState.CONFIRMED


def test_a_reinvite_whose_connection_closed_is_forgotten() -> None:
    desk = Desk(flow=TCP)
    session = desk.answered()
    desk.peer_sends(reinvite(session), 1.0)
    offer = desk.one(SessionOffer)
    desk.out()
    desk.endpoint.connection_lost(TCP, 1.1)
    session.answer(offer.offer_id, ANSWER, 1.2)
    assert desk.out() == []
    desk.peer_sends(reinvite(session, cseq=3), 2.0)
    desk.one(SessionOffer)


def test_an_update_nobody_answers_blocks_nothing_for_long() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(reinvite(session, method="UPDATE"), 1.0)
    offer = desk.one(SessionOffer)
    assert desk.timeline(33.0) == []
    session.answer(offer.offer_id, ANSWER, 34.0)
    assert desk.out() == []
    desk.peer_sends(reinvite(session, cseq=3), 35.0)
    desk.one(SessionOffer)
