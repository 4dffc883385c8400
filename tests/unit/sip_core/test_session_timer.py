"""Session timers (RFC 4028): negotiation, refresh at half time, expiry."""

from __future__ import annotations

import pytest

from callcenter.sip.events import EndCause, SessionAnswered, SessionEnded
from callcenter.sip.invite import InviteSession, SessionState
from callcenter.sip.message import Request
from callcenter.sip.settings import EndpointSettings
from tests.unit.sip_core.scenes import ANSWER, OFFER, SENT_BY, UDP, Desk, request

SETTINGS = EndpointSettings(sent_by=SENT_BY, session_expires=1800)


def accepted(desk: Desk, *headers: str) -> tuple[InviteSession, str | None, str | None]:
    """Answer a call; return its session and what the 200 says on the timer."""
    session = desk.invite(headers=headers)
    desk.out()
    session.accept(ANSWER, 0.0)
    answer = desk.response()
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""))
    desk.endpoint.events()
    return session, answer.headers.get("Session-Expires"), answer.headers.get("Require")


@pytest.mark.parametrize(
    ("headers", "said", "require"),
    [
        ([], None, None),
        (["Supported: timer"], "1800;refresher=uas", None),
        (["Supported: timer", "Session-Expires: 600"], "600;refresher=uac", "timer"),
        (["Supported: timer", "Session-Expires: 600;refresher=uas"], "600;refresher=uas", None),
        (["Supported: timer", "x: 7200;refresher=uac"], "1800;refresher=uac", "timer"),
        (["Supported: timer", "x: 7200", "Min-SE: 3600"], "3600;refresher=uac", "timer"),
        (["Session-Expires: 600"], "600;refresher=uas", None),
        (["Require: timer", "Session-Expires: 90"], "90;refresher=uac", "timer"),
    ],
)
def test_what_our_answer_settles(headers: list[str], said: str | None, require: str | None) -> None:
    assert accepted(Desk(settings=SETTINGS), *headers)[1:] == (said, require)


def test_too_small_an_interval_is_refused() -> None:
    desk = Desk(settings=SETTINGS)
    desk.peer_sends(request("INVITE", headers=["Supported: timer", "Session-Expires: 30"]))
    refusal = desk.response()
    assert (refusal.status, refusal.headers.get("Min-SE")) == (422, "90")
    desk.assert_empty()


def test_a_silent_refresher_loses_the_call() -> None:
    desk = Desk(settings=SETTINGS)
    accepted(desk, "Supported: timer", "Session-Expires: 90;refresher=uac")
    assert desk.timeline(59.9) == []
    desk.endpoint.handle_timer(60.0)  # 90 s minus a third
    bye = desk.request()
    assert (bye.method, bye.headers.get("Reason")) == ("BYE", 'SIP ;cause=408 ;text="Session timer expired"')
    assert desk.one(SessionEnded).cause is EndCause.SESSION_TIMER


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_a_refresh_by_the_peer_starts_anew(method: str) -> None:
    desk = Desk(settings=SETTINGS)
    session, _, _ = accepted(desk, "Supported: timer", "Session-Expires: 90;refresher=uac")
    headers = ["Supported: timer", "Session-Expires: 120;refresher=uac"]
    refresh = request(method, to_tag=session.local_tag, branch="r", cseq=2, headers=headers, body="")
    desk.peer_sends(refresh, 50.0)
    if method == "INVITE":
        session.answer(1, ANSWER, 50.0)
        desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="r2", cseq=2, body=ANSWER), 50.0)
    answer = desk.sent()[-1]
    assert answer.headers.get("Session-Expires") == "120;refresher=uac"
    desk.endpoint.events()
    assert desk.timeline(137.9) == []
    assert desk.timeline(138.0) == [(138.0, "BYE 1")]


def test_too_small_a_refresh_is_refused() -> None:
    desk = Desk(settings=SETTINGS)
    session, _, _ = accepted(desk, "Supported: timer", "Session-Expires: 90;refresher=uac")
    for number, method in enumerate(("UPDATE", "INVITE"), 2):
        headers = ["Supported: timer", "Session-Expires: 10"]
        desk.peer_sends(request(method, to_tag=session.local_tag, branch=method, cseq=number, headers=headers), 1.0)
        assert desk.lines()[-1] == f"422 {method}"
    assert session.state is SessionState.CONFIRMED


def test_we_refresh_at_half_time_by_update() -> None:
    desk = Desk(settings=SETTINGS)
    headers = ("Supported: timer", "Session-Expires: 100;refresher=uas", "Allow: INVITE, UPDATE, BYE")
    session, _, _ = accepted(desk, *headers)
    assert desk.timeline(49.9) == []
    desk.endpoint.handle_timer(50.0)
    update = desk.request()
    assert (update.method, update.body, update.headers.get("Session-Expires")) == ("UPDATE", b"", "100;refresher=uac")
    desk.reply(update, 200, 50.1, headers=["Session-Expires: 100;refresher=uac"])
    assert desk.endpoint.events() == []
    assert desk.timeline(100.0) == []
    assert desk.timeline(100.1) == [(100.1, "UPDATE 2")]
    assert session.state is SessionState.CONFIRMED


def test_we_refresh_by_reinvite_when_update_is_unknown() -> None:
    desk = Desk(settings=SETTINGS)
    accepted(desk, "Supported: timer", "Session-Expires: 100;refresher=uas", "Allow: INVITE, BYE")
    desk.endpoint.handle_timer(50.0)
    invite = desk.request()
    assert (invite.method, invite.body.decode()) == ("INVITE", ANSWER)
    desk.reply(invite, 200, 50.1, body=OFFER, headers=["Session-Expires: 100;refresher=uac"])
    assert desk.lines() == ["ACK 1"]
    assert desk.endpoint.events() == []


def test_a_refresh_refused_for_the_moment_is_tried_again() -> None:
    desk = Desk(settings=SETTINGS)
    accepted(desk, "Supported: timer", "Session-Expires: 100;refresher=uas", "Allow: UPDATE")
    desk.endpoint.handle_timer(50.0)
    desk.reply(desk.request(), 500, 50.0, headers=["Retry-After: 3"])
    assert desk.timeline(53.0) == [(53.0, "UPDATE 2")]


def test_our_refreshes_unanswered_end_the_call() -> None:
    desk = Desk(settings=SETTINGS)
    accepted(desk, "Supported: timer", "Session-Expires: 1800;refresher=uas", "Allow: UPDATE")
    times = desk.timeline(932.0)
    assert (times[0], times[-1]) == ((900.0, "UPDATE 1"), (932.0, "BYE 2"))
    assert desk.one(SessionEnded).cause is EndCause.TIMEOUT


# As the caller


def call(desk: Desk, session_expires: int | None = None) -> tuple[InviteSession, Request]:
    session = desk.endpoint.invite(
        uri="sip:bob@192.0.2.9:5060", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@192.0.2.9>",
        sdp=OFFER, flow=UDP, now=0.0, session_expires=session_expires,
    )  # fmt: skip
    return session, desk.request()


def test_we_propose_and_the_answer_settles() -> None:
    desk = Desk(settings=SETTINGS)
    _, invite = call(desk)
    assert (invite.headers.get("Session-Expires"), invite.headers.get("Min-SE")) == ("1800", "90")
    desk.reply(invite, 200, 0.0, body=ANSWER, headers=["Session-Expires: 200;refresher=uac", "Allow: UPDATE"])
    desk.out()
    assert desk.timeline(100.0) == [(100.0, "UPDATE 2")]


def test_the_peer_refreshes_when_it_said_so() -> None:
    desk = Desk(settings=SETTINGS)
    _, invite = call(desk)
    desk.reply(invite, 200, 0.0, body=ANSWER, headers=["Session-Expires: 200;refresher=uas"])
    desk.out()
    desk.one(SessionAnswered)
    assert desk.timeline(168.0) == [(168.0, "BYE 2")]


def test_a_peer_without_timer_has_none() -> None:
    desk = Desk(settings=SETTINGS)
    _, invite = call(desk)
    desk.reply(invite, 200, 0.0, body=ANSWER)
    desk.out()
    assert desk.timeline(10_000.0) == []


def test_422_raises_the_interval_once() -> None:
    desk = Desk(settings=SETTINGS)
    session, invite = call(desk)
    desk.reply(invite, 422, 0.1, headers=["Min-SE: 3600"])
    ack, again = desk.sent()
    assert isinstance(again, Request)
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("3600", "3600")
    assert (again.cseq.number, again.call_id) == (2, session.call_id)
    assert isinstance(ack, Request)
    desk.reply(again, 422, 0.2, headers=["Min-SE: 3600"])
    assert desk.lines() == ["ACK 2"]
    assert desk.one(SessionEnded).status == 422


def test_no_timer_on_demand() -> None:
    assert call(Desk(settings=SETTINGS), session_expires=0)[1].headers.get("Session-Expires") is None
