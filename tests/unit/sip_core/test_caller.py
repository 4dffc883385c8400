"""Calls of ours: forks, CANCEL and its races, challenges, redirects, session intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from callcenter.base.errors import IllegalTransition
from callcenter.sip.events import EndCause, SessionAnswered, SessionEnded, SessionProgress
from callcenter.sip.flow import Target
from callcenter.sip.invite import InviteSession
from callcenter.sip.message import Request
from callcenter.sip.settings import Credentials, EndpointSettings
from tests.unit.sip_core.scenes import ANSWER, OFFER, SENT_BY, UDP, Desk, request


def call(desk: Desk, sdp: str | None = OFFER, credentials: Credentials | None = None) -> tuple[InviteSession, Request]:
    session = desk.endpoint.invite(
        uri="sip:bob@192.0.2.9:5060", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@192.0.2.9>",
        sdp=sdp, flow=UDP, now=0.0, credentials=credentials,
    )  # fmt: skip
    return session, desk.request()


def test_a_whole_call() -> None:
    desk = Desk()
    session, invite = call(desk)
    assert session.state.name == "CALLING"
    desk.reply(invite, 100, 0.1)
    assert desk.endpoint.events() == []
    desk.reply(invite, 180, 0.2)
    progress = desk.one(SessionProgress)
    assert (progress.status, progress.sdp, progress.remote_tag, progress.reliable) == (180, None, "peer", False)
    assert session.state.name == "EARLY"
    desk.reply(invite, 183, 0.3, body=ANSWER)
    assert desk.one(SessionProgress).sdp == ANSWER
    desk.reply(invite, 200, 1.0, body=ANSWER)
    ack = desk.request()
    assert (ack.method, ack.uri, str(ack.cseq)) == ("ACK", "sip:peer@192.0.2.9:5060", "1 ACK")
    assert ack.top_via.branch != invite.top_via.branch
    answered = desk.one(SessionAnswered)
    assert (answered.sdp, answered.needs_ack) == (ANSWER, False)
    assert session.state.name == "CONFIRMED"
    assert (session.remote_tag, session.remote_sdp, session.flow) == ("peer", ANSWER, UDP)
    bye = request("BYE", call_id=session.call_id, from_tag="peer", to_tag=session.local_tag, branch="b", cseq=100)
    desk.peer_sends(bye, 5.0)
    assert desk.lines() == ["200 BYE"]
    assert desk.one(SessionEnded).cause is EndCause.REMOTE_BYE
    assert desk.timeline(200.0) == []
    desk.assert_empty()


def test_the_first_fork_to_answer_wins_and_the_next_is_dismissed() -> None:
    desk = Desk()
    session, invite = call(desk)
    desk.reply(invite, 180, 0.1, to_tag="one", contact="<sip:one@192.0.2.9>")
    desk.reply(invite, 180, 0.2, to_tag="two", contact="<sip:two@192.0.2.9>")
    tags = [event.remote_tag for event in desk.endpoint.events() if isinstance(event, SessionProgress)]
    assert tags == ["one", "two"]
    assert desk.endpoint.counts["dialogs"] == 2
    desk.reply(invite, 200, 1.0, to_tag="one", contact="<sip:one@192.0.2.9>", body=ANSWER)
    assert desk.lines() == ["ACK 1"]
    desk.one(SessionAnswered)
    assert session.remote_tag == "one"
    assert desk.endpoint.counts["dialogs"] == 1
    for now in (1.1, 1.6):
        desk.reply(invite, 200, now, to_tag="three", contact="<sip:three@192.0.2.9>", body=ANSWER)
        said = desk.sent()
        assert [message.method for message in said if isinstance(message, Request)] == (
            ["ACK", "BYE"] if now == 1.1 else ["ACK"]
        )
        assert {message.to.tag for message in said} == {"three"}
        assert {message.uri for message in said if isinstance(message, Request)} == {"sip:three@192.0.2.9"}
    assert desk.endpoint.events() == []
    assert session.state.name == "CONFIRMED"


def test_forks_are_bounded() -> None:
    desk = Desk(settings=EndpointSettings(sent_by=SENT_BY, max_early_dialogs=2))
    _, invite = call(desk)
    for tag in ("a", "b", "c", "d"):
        desk.reply(invite, 180, 0.1, to_tag=tag)
    assert desk.endpoint.counts["dialogs"] == 2


def test_cancel_waits_for_a_provisional_response() -> None:
    desk = Desk()
    session, invite = call(desk)
    session.cancel('SIP;cause=200;text="Call completed elsewhere"', now=0.01)
    assert desk.out() == []
    assert session.state.name == "CANCELLING"
    # The peer's 100 is lost; our INVITE goes out again and the next one arrives.
    assert desk.timeline(0.5) == [(0.5, "INVITE 1")]
    desk.reply(invite, 100, 0.6)
    cancel = desk.request()
    assert (cancel.method, cancel.uri, str(cancel.cseq)) == ("CANCEL", invite.uri, "1 CANCEL")
    assert cancel.headers.get("Via") == invite.headers.get("Via")
    assert cancel.headers.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    desk.reply(cancel, 200, 0.7)
    desk.reply(invite, 180, 0.75)
    assert desk.endpoint.events() == []
    desk.reply(invite, 487, 0.8)
    assert desk.lines() == ["ACK 1"]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.CANCELLED, 487)
    desk.timeline(100.0)
    desk.assert_empty()


def test_cancel_while_ringing_goes_out_at_once_and_once() -> None:
    desk = Desk()
    session, invite = call(desk)
    desk.reply(invite, 180, 0.1)
    session.cancel(now=0.2)
    assert desk.lines() == ["CANCEL 1"]
    desk.reply(invite, 180, 0.3)
    assert desk.out() == []
    with pytest.raises(IllegalTransition):
        session.cancel(now=0.4)


def test_a_cancelled_call_without_final_response_is_given_up() -> None:
    desk = Desk()
    session, invite = call(desk)
    desk.reply(invite, 180, 0.1)
    session.cancel(now=1.0)
    cancel = desk.request()
    desk.reply(cancel, 200, 1.1)
    desk.endpoint.events()
    assert desk.timeline(100.0) == []
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.CANCELLED, 408)
    desk.assert_empty()


def test_a_cancelled_call_nobody_ever_heard_of() -> None:
    desk = Desk()
    session, _ = call(desk)
    session.cancel(now=0.01)
    desk.timeline(100.0)
    assert desk.one(SessionEnded).cause is EndCause.CANCELLED
    desk.assert_empty()


def test_a_success_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    desk = Desk()
    session, invite = call(desk)
    desk.reply(invite, 180, 0.1)
    session.cancel(now=0.2)
    desk.endpoint.events()
    desk.out()
    desk.reply(invite, 200, 0.3, body=ANSWER)
    assert desk.lines() == ["ACK 1", "BYE 2"]
    assert desk.one(SessionEnded).cause is EndCause.CANCELLED
    desk.reply(invite, 200, 0.8, body=ANSWER)
    assert desk.lines() == ["ACK 1"]
    desk.timeline(100.0)
    assert desk.endpoint.events() == []
    desk.assert_empty()


def test_endless_ringing_is_cancelled_by_timer_c() -> None:
    desk = Desk()
    _, invite = call(desk)
    desk.reply(invite, 180, 0.0)
    desk.reply(invite, 180, 100.0)
    desk.endpoint.events()
    assert desk.timeline(280.0) == [(280.0, "CANCEL 1")]
    desk.reply(invite, 487, 281.0)
    assert desk.one(SessionEnded).cause is EndCause.TIMEOUT


@pytest.mark.parametrize(
    ("status", "headers", "contacts", "retry_after"),
    [
        (302, ["Contact: <sip:a@192.0.2.5>, <sip:b@192.0.2.6>"], ["sip:a@192.0.2.5", "sip:b@192.0.2.6"], None),
        (503, ["Retry-After: 30 (busy)"], [], 30),
        (486, [], [], None),
        (603, ["Reason: Q.850;cause=21"], [], None),
    ],
)
def test_refusals_are_reported(status: int, headers: Sequence[str], contacts: Sequence[str], retry_after: int) -> None:
    desk = Desk()
    _, invite = call(desk)
    desk.reply(invite, status, 0.1, headers=headers)
    assert desk.lines() == ["ACK 1"]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status, list(ended.contacts)) == (EndCause.REJECTED, status, list(contacts))
    assert ended.retry_after == retry_after
    assert ended.reason_header == ("Q.850;cause=21" if status == 603 else None)


def test_redirects_are_cut_to_a_limit() -> None:
    desk = Desk()
    _, invite = call(desk)
    many = ", ".join(f"<sip:u{n}@192.0.2.5>" for n in range(50))
    desk.reply(invite, 300, 0.1, headers=[f"Contact: {many}"])
    assert len(desk.one(SessionEnded).contacts) == 10


# Challenges

TRUNK = Credentials("hotline", "secret", "trunk.example.net")


def challenge(realm: str = "trunk.example.net", nonce: str = "n1", proxy: bool = False) -> list[str]:
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    return [f'{name}: Digest realm="{realm}", nonce="{nonce}", qop="auth", algorithm=MD5']


@pytest.mark.parametrize("proxy", [True, False])
def test_a_challenge_is_answered_with_a_new_invite(proxy: bool) -> None:
    desk = Desk()
    session, invite = call(desk, credentials=TRUNK)
    desk.reply(invite, 407 if proxy else 401, 0.1, headers=challenge(proxy=proxy))
    ack, again = desk.sent()
    assert isinstance(ack, Request)
    assert isinstance(again, Request)
    assert (ack.method, again.method) == ("ACK", "INVITE")
    assert (again.call_id, again.from_.tag, again.cseq.number) == (session.call_id, session.local_tag, 2)
    assert again.top_via.branch != invite.top_via.branch
    assert again.body == invite.body
    name = "Proxy-Authorization" if proxy else "Authorization"
    authorization = again.headers.get(name)
    assert authorization is not None
    assert authorization.startswith('Digest username="hotline", realm="trunk.example.net", nonce="n1"')
    desk.reply(again, 200, 0.2, body=ANSWER)
    ack = desk.request()
    assert (str(ack.cseq), ack.headers.get(name)) == ("2 ACK", authorization)
    desk.one(SessionAnswered)


def test_two_answers_are_enough() -> None:
    desk = Desk()
    _, invite = call(desk, credentials=TRUNK)
    for nonce in ("n1", "n2"):
        desk.reply(invite, 401, 0.1, headers=challenge(nonce=nonce))
        invite = next(message for message in desk.sent() if isinstance(message, Request) and message.method == "INVITE")
    desk.reply(invite, 401, 0.2, headers=challenge(nonce="n3"))
    assert desk.lines() == ["ACK 3"]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.REJECTED, 401)


def test_a_refused_password_is_not_tried_again() -> None:
    desk = Desk()
    _, invite = call(desk, credentials=TRUNK)
    desk.reply(invite, 401, 0.1, headers=challenge())
    again = desk.sent()[1]
    assert isinstance(again, Request)
    desk.reply(again, 401, 0.2, headers=challenge())
    assert desk.lines() == ["ACK 2"]


def test_a_foreign_realm_gets_nothing() -> None:
    desk = Desk()
    _, invite = call(desk, credentials=TRUNK)
    desk.reply(invite, 407, 0.1, headers=challenge(realm="evil.example.com", proxy=True))
    assert desk.lines() == ["ACK 1"]
    assert desk.one(SessionEnded).status == 407


# Late offers and routes


def test_a_late_offer_is_acknowledged_with_our_answer() -> None:
    desk = Desk()
    session, invite = call(desk, sdp=None)
    assert invite.body == b""
    assert "100rel" not in (invite.headers.get("Supported") or "")
    desk.reply(invite, 200, 0.1, body=OFFER)
    assert desk.out() == []
    answered = desk.one(SessionAnswered)
    assert (answered.sdp, answered.needs_ack) == (OFFER, True)
    desk.reply(invite, 200, 0.6, body=OFFER)
    assert desk.out() == []
    session.ack(ANSWER, 0.7)
    ack = desk.request()
    assert (ack.method, ack.body.decode()) == ("ACK", ANSWER)
    assert session.state.name == "CONFIRMED"
    desk.reply(invite, 200, 1.2, body=OFFER)
    assert desk.request().body.decode() == ANSWER


def test_hanging_up_before_the_late_answer_acknowledges_first() -> None:
    desk = Desk()
    session, invite = call(desk, sdp=None)
    desk.reply(invite, 200, 0.1, body=OFFER)
    desk.endpoint.events()
    session.bye(now=0.2)
    assert desk.lines() == ["ACK 1", "BYE 2"]
    assert desk.one(SessionEnded).cause is EndCause.LOCAL_BYE


def test_routes_of_the_success_are_reversed() -> None:
    desk = Desk()
    session, invite = call(desk)
    routes = ["Record-Route: <sip:p2.example.net;lr>, <sip:p1.example.net;lr>"]
    desk.reply(invite, 200, 0.1, headers=routes, body=ANSWER)
    (outgoing,) = desk.out()
    text = outgoing.data.decode()
    assert "Route: <sip:p1.example.net;lr>\r\nRoute: <sip:p2.example.net;lr>\r\n" in text
    assert outgoing.target == Target("p1.example.net")
    assert session.state.name == "CONFIRMED"


def test_a_bye_that_overtakes_the_answer() -> None:
    desk = Desk()
    session, invite = call(desk)
    desk.reply(invite, 180, 0.1)
    desk.endpoint.events()
    bye = request("BYE", call_id=session.call_id, from_tag="peer", to_tag=session.local_tag, branch="b", cseq=100)
    desk.peer_sends(bye, 0.2)
    assert desk.lines() == ["200 BYE", "CANCEL 1"]
    assert desk.one(SessionEnded).cause is EndCause.REMOTE_BYE
    desk.reply(invite, 200, 0.3, body=ANSWER)
    assert desk.lines() == ["ACK 1", "BYE 2"]
    desk.timeline(100.0)
    assert desk.endpoint.events() == []
    desk.assert_empty()


def test_a_broken_contact_does_not_hang_the_call() -> None:
    desk = Desk()
    session, invite = call(desk)
    desk.reply(invite, 200, 0.1, contact="<<<", body=ANSWER)
    ack = desk.request()
    assert ack.uri == invite.uri
    assert session.state.name == "CONFIRMED"


def test_a_name_without_address_is_no_call() -> None:
    desk = Desk()
    session = desk.endpoint.invite(
        uri="sip:bob@example.net;transport=tcp", from_='"Chi nhánh" <sip:store1@192.0.2.1>',
        to="<sip:bob@example.net>", sdp=OFFER, now=0.0,
    )  # fmt: skip
    (outgoing,) = desk.out()
    assert outgoing.target == Target("example.net", None, "tcp")
    assert 'From: "Chi nhánh" <sip:store1@192.0.2.1>;tag='.encode() in outgoing.data
    assert b"Contact: <sip:store1@192.0.2.1:5060;transport=tcp>" in outgoing.data
    desk.endpoint.send_failed(outgoing, 0.1)
    ended = desk.one(SessionEnded)
    assert (ended.session, ended.cause) == (session, EndCause.TRANSPORT)
    desk.assert_empty()
