"""Calls to us: answer, refusal, CANCEL, lost ACKs, BYE in every place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callcenter.base.errors import IllegalTransition, LocalError
from callcenter.sip.events import (
    EndCause,
    IncomingInvite,
    IncomingRequest,
    InfoReceived,
    RequestAnswered,
    SessionConfirmed,
    SessionEnded,
)
from callcenter.sip.flow import Flow, Target
from callcenter.sip.invite import Role, SessionState
from tests.unit.sip_core.scenes import ANSWER, OFFER, TCP, UDP, Desk, request


def test_a_whole_call() -> None:
    desk = Desk()
    desk.peer_sends(request("INVITE"))
    invite = desk.one(IncomingInvite)
    session = invite.session
    assert (session.role, session.state) == (Role.UAS, SessionState.INCOMING)
    assert (session.call_id, session.remote_tag, session.remote_sdp) == ("call1", "peer", OFFER)
    assert session.remote_uri == "<sip:peer@192.0.2.9>;tag=peer"
    assert session.flow == UDP
    assert desk.lines() == ["100 INVITE"]
    session.progress(180, now=0.1)
    assert session.state.name == "EARLY"
    ringing = desk.response()
    assert (ringing.status, ringing.to.tag) == (180, session.local_tag)
    session.accept(ANSWER, 0.2)
    answer = desk.response()
    assert answer.body.decode() == ANSWER
    assert answer.headers.get("Contact") == "<sip:1900@192.0.2.1:5060>"
    assert answer.headers.get("Supported") == "100rel, timer, replaces, norefersub"
    assert session.state.name == "ACCEPTED"
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 0.3)
    confirmed = desk.one(SessionConfirmed)
    assert (confirmed.session, confirmed.sdp) == (session, None)
    assert session.state.name == "CONFIRMED"
    reason = 'Reason: Q.850;cause=16;text="bye"'
    desk.peer_sends(request("BYE", to_tag=session.local_tag, branch="bye", cseq=2, headers=[reason]), 9.0)
    assert desk.lines() == ["200 BYE"]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.reason_header) == (EndCause.REMOTE_BYE, 'Q.850;cause=16;text="bye"')
    assert session.state.name == "TERMINATED"
    assert desk.timeline(100.0) == []
    desk.assert_empty()


def test_record_routes_are_copied_and_used_in_order() -> None:
    desk = Desk()
    routes = ["Record-Route: <sip:p2.example.net;lr>", "Record-Route: <sip:p1.example.net;lr>"]
    session = desk.invite(headers=routes)
    session.progress(180, now=0.0)
    session.accept(ANSWER, 0.0)
    for message in desk.sent()[1:]:
        assert message.headers.get_all("Record-Route") == ["<sip:p2.example.net;lr>", "<sip:p1.example.net;lr>"]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""))
    session.bye(now=1.0)
    (outgoing,) = desk.out()
    text = outgoing.data.decode()
    assert text.startswith("BYE sip:peer@192.0.2.9:5060 SIP/2.0\r\n")
    assert "Route: <sip:p2.example.net;lr>\r\nRoute: <sip:p1.example.net;lr>\r\n" in text
    assert (outgoing.flow, outgoing.target) == (None, Target("p2.example.net"))


def test_a_strict_router_gets_the_request_uri() -> None:
    desk = Desk()
    routes = ["Record-Route: <sip:strict.example.net>, <sip:p1.example.net;lr>"]
    session = desk.answered(headers=routes)
    session.bye(now=1.0)
    bye = desk.request()
    assert bye.uri == "sip:strict.example.net"
    assert bye.headers.get_all("Route") == ["<sip:p1.example.net;lr>", "<sip:peer@192.0.2.9:5060>"]


def test_success_is_repeated_until_no_ack_ends_the_call() -> None:
    desk = Desk()
    session = desk.invite()
    desk.out()
    session.accept(ANSWER, 1.0)
    assert desk.lines() == ["200 INVITE"]
    times = desk.timeline(33.0)
    repeats = [(t, "200 INVITE") for t in (1.5, 2.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 32.5)]
    assert times == [*repeats, (33.0, "BYE 1")]
    ended = desk.one(SessionEnded)
    assert (ended.session, ended.cause) == (session, EndCause.NO_ACK)
    desk.timeline(100.0)
    assert desk.endpoint.events() == []
    desk.assert_empty()


def test_success_is_repeated_over_connections_too() -> None:
    desk = Desk(flow=TCP)
    session = desk.invite()
    session.accept(ANSWER, 0.0)
    desk.out()
    assert desk.timeline(2.0) == [(0.5, "200 INVITE"), (1.5, "200 INVITE")]


def test_the_ack_stops_the_repetition_and_is_told_once() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 0.2)
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack2", cseq=7, body=""), 0.2)
    assert desk.endpoint.events() == []
    assert desk.timeline(60.0) == []


def test_no_second_call_after_the_ack() -> None:
    desk = Desk()
    desk.answered()
    for now in (0.5, 10.0):
        desk.peer_sends(request("INVITE"), now)
        assert desk.endpoint.events() == []
        assert desk.out() == []
    assert desk.endpoint.counts["sessions"] == 1


def test_cancel_before_the_answer() -> None:
    desk = Desk()
    session = desk.invite()
    session.progress(180, now=0.1)
    desk.out()
    reason = 'Reason: SIP;cause=200;text="Call completed elsewhere"'
    desk.peer_sends(request("CANCEL", body="", headers=[reason]), 0.5)
    to_cancel, to_invite = desk.sent()
    assert (to_cancel.status, to_cancel.cseq.method, to_cancel.to.tag) == (200, "CANCEL", session.local_tag)  # type: ignore[union-attr]
    assert (to_invite.status, to_invite.cseq.method, to_invite.to.tag) == (487, "INVITE", session.local_tag)  # type: ignore[union-attr]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.CANCELLED, 487)
    assert ended.reason_header == 'SIP;cause=200;text="Call completed elsewhere"'
    desk.peer_sends(request("CANCEL", body=""), 0.6)
    assert desk.lines() == ["200 CANCEL"]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, body=""), 0.7)
    assert desk.timeline(60.0) == []
    desk.assert_empty()


def test_cancel_after_the_answer_kills_nothing() -> None:
    desk = Desk()
    session = desk.invite()
    session.accept(ANSWER, 0.1)
    desk.out()
    desk.peer_sends(request("CANCEL", body=""), 0.2)
    assert desk.lines() == ["200 CANCEL"]
    assert desk.endpoint.events() == []
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 0.3)
    desk.one(SessionConfirmed)
    desk.timeline(40.0)
    desk.peer_sends(request("CANCEL", body=""), 41.0)
    assert desk.response().status == 481
    desk.peer_sends(request("BYE", to_tag=session.local_tag, branch="bye", cseq=2), 42.0)
    assert desk.one(SessionEnded).cause is EndCause.REMOTE_BYE


def test_bye_before_the_ack() -> None:
    desk = Desk()
    session = desk.invite()
    session.accept(ANSWER, 0.0)
    desk.out()
    desk.peer_sends(request("BYE", to_tag=session.local_tag, branch="bye", cseq=2), 0.3)
    assert desk.lines() == ["200 BYE"]
    assert desk.one(SessionEnded).cause is EndCause.REMOTE_BYE
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 0.4)
    assert desk.endpoint.events() == []
    assert desk.timeline(100.0) == []
    desk.assert_empty()


def test_bye_before_any_answer() -> None:
    desk = Desk()
    session = desk.invite()
    session.progress(180, now=0.0)
    desk.out()
    desk.peer_sends(request("BYE", to_tag=session.local_tag, branch="bye", cseq=2), 0.3)
    assert desk.lines() == ["200 BYE", "487 INVITE"]
    assert desk.one(SessionEnded).cause is EndCause.REMOTE_BYE
    desk.timeline(100.0)
    desk.assert_empty()


def test_our_bye_waits_for_the_ack() -> None:
    desk = Desk()
    session = desk.invite()
    session.accept(ANSWER, 0.0)
    desk.out()
    session.bye(now=0.1)
    assert desk.out() == []
    assert desk.one(SessionEnded).cause is EndCause.LOCAL_BYE
    assert session.state.name == "CLOSING"
    assert desk.timeline(0.5) == [(0.5, "200 INVITE")]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 0.6)
    bye = desk.request()
    assert bye.method == "BYE"
    desk.reply(bye, 200, 0.7)
    desk.timeline(100.0)
    assert desk.endpoint.events() == []
    desk.assert_empty()


def test_our_bye_goes_out_when_the_ack_never_comes() -> None:
    desk = Desk()
    session = desk.invite()
    session.accept(ANSWER, 0.0)
    session.bye(now=0.1)
    desk.out()
    assert desk.timeline(32.0)[-1] == (32.0, "BYE 1")
    desk.timeline(100.0)
    desk.assert_empty()


def test_our_bye_with_a_reason() -> None:
    desk = Desk()
    session = desk.answered()
    session.bye('Q.850 ;cause=16 ;text="Normal call clearing"', now=5.0)
    bye = desk.request()
    assert (bye.uri, str(bye.cseq)) == ("sip:peer@192.0.2.9:5060", "1 BYE")
    assert bye.headers.get("Reason") == 'Q.850 ;cause=16 ;text="Normal call clearing"'
    assert bye.headers.get("From") == f"<sip:1900@192.0.2.1>;tag={session.local_tag}"
    assert bye.headers.get("To") == "<sip:peer@192.0.2.9>;tag=peer"
    assert desk.one(SessionEnded).cause is EndCause.LOCAL_BYE
    with pytest.raises(IllegalTransition):
        session.bye(now=5.1)
    session.end(EndCause.LOCAL_BYE, 5.1)  # harmless
    desk.reply(bye, 200, 5.2)
    desk.timeline(100.0)
    desk.assert_empty()


def test_a_reinvite_instead_of_an_answer_to_our_bye() -> None:
    desk = Desk()
    session = desk.answered()
    session.bye(now=5.0)
    bye = desk.request()
    desk.one(SessionEnded)
    desk.peer_sends(request("INVITE", to_tag=session.local_tag, branch="re", cseq=2), 5.1)
    assert desk.lines() == ["100 INVITE", "481 INVITE"]
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="re", cseq=2, body=""), 5.15)
    assert desk.timeline(5.6) == [(5.5, "BYE 1")]
    desk.reply(bye, 200, 5.7)
    desk.timeline(100.0)
    desk.assert_empty()


def test_both_hang_up_at_once() -> None:
    desk = Desk()
    session = desk.answered()
    session.bye(now=5.0)
    bye = desk.request()
    desk.one(SessionEnded)
    desk.peer_sends(request("BYE", to_tag=session.local_tag, branch="bye", cseq=2), 5.1)
    assert desk.lines() == ["200 BYE"]
    desk.reply(bye, 481, 5.2)
    assert desk.endpoint.events() == []
    desk.timeline(100.0)
    desk.assert_empty()


@pytest.mark.parametrize("status", [401, 407])
def test_a_challenge_to_our_bye_is_never_answered(status: int) -> None:
    desk = Desk()
    session = desk.answered()
    session.bye(now=5.0)
    name = "WWW" if status == 401 else "Proxy"
    challenge = f'{name}-Authenticate: Digest realm="trunk.example.net", nonce="n", qop="auth"'
    desk.reply(desk.request(), status, 5.1, headers=[challenge])
    assert desk.out() == []
    desk.timeline(100.0)
    desk.assert_empty()


def test_redirect_and_reject_carry_what_they_are_given() -> None:
    desk = Desk()
    session = desk.invite()
    desk.out()
    session.redirect(["sip:a@192.0.2.5", "sip:b@192.0.2.6"], 0.0)
    moved = desk.response()
    assert moved.status == 302
    assert moved.headers.get_all("Contact") == ["<sip:a@192.0.2.5>", "<sip:b@192.0.2.6>"]
    other = Desk()
    session = other.invite()
    other.out()
    session.reject(480, "Store closed", [("Retry-After", "60")], now=0.0)
    refusal = other.response()
    assert (refusal.status, refusal.reason, refusal.headers.get("Retry-After")) == (480, "Store closed", "60")


def test_end_chooses_the_fitting_way() -> None:
    desk = Desk()
    session = desk.invite()
    desk.out()
    session.end(EndCause.REPLACED, 0.0, status=487)
    assert desk.lines() == ["487 INVITE"]
    assert desk.one(SessionEnded).cause is EndCause.REPLACED
    desk = Desk()
    session = desk.answered()
    session.end(EndCause.REPLACED, 1.0)
    assert desk.lines() == ["BYE 1"]
    assert desk.one(SessionEnded).cause is EndCause.REPLACED


def test_commands_out_of_place_raise_and_change_nothing() -> None:
    desk = Desk()
    session = desk.invite()
    desk.out()
    commands: list[Callable[[], None]] = [
        lambda: session.bye(now=0.0),
        lambda: session.cancel(now=0.0),
        lambda: session.ack(None, 0.0),
        lambda: session.progress(200, now=0.0),
        lambda: session.reject(200, now=0.0),
    ]
    for command in commands:
        with pytest.raises(LocalError):
            command()
    assert session.state.name == "INCOMING"
    assert desk.out() == []
    session.accept(ANSWER, 0.0)
    with pytest.raises(IllegalTransition):
        session.accept(ANSWER, 0.0)
    with pytest.raises(IllegalTransition):
        session.reject(486, now=0.0)


def test_ringing_is_repeated_every_minute() -> None:
    desk = Desk()
    session = desk.invite()
    session.progress(180, now=0.0)
    desk.out()
    assert desk.timeline(130.0) == [(60.0, "180 INVITE"), (120.0, "180 INVITE")]


# Inside the dialog


def test_old_cseq_is_refused() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(request("INFO", to_tag=session.local_tag, branch="a", cseq=5))
    desk.peer_sends(request("INFO", to_tag=session.local_tag, branch="b", cseq=4))
    assert desk.lines() == ["200 INFO", "500 INFO"]


def test_info_is_answered_and_told() -> None:
    desk = Desk()
    session = desk.answered()
    headers = ["Content-Type: application/dtmf-relay"]
    body = "Signal=5\r\nDuration=160\r\n"
    desk.peer_sends(request("INFO", to_tag=session.local_tag, branch="i", cseq=2, headers=headers, body=body))
    assert desk.lines() == ["200 INFO"]
    info = desk.one(InfoReceived)
    assert (info.content_type, info.body) == ("application/dtmf-relay", body.encode())
    package = ["Info-Package: conference"]
    desk.peer_sends(request("INFO", to_tag=session.local_tag, branch="j", cseq=3, headers=package))
    assert desk.lines() == ["469 INFO"]


def test_options_in_the_dialog() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(request("OPTIONS", to_tag=session.local_tag, branch="o", cseq=2))
    answer = desk.response()
    assert (answer.status, answer.headers.get("Accept")) == (200, "application/sdp")


def test_unknown_methods_in_the_dialog_go_to_the_application() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(request("MESSAGE", to_tag=session.local_tag, branch="m", cseq=2))
    event = desk.one(IncomingRequest)
    assert event.session is session
    desk.endpoint.respond(event.transaction, 200, 0.1)
    assert desk.lines() == ["200 MESSAGE"]


def test_our_info_and_its_answer() -> None:
    desk = Desk()
    session = desk.answered()
    session.info("application/dtmf-relay", b"Signal=1\r\n", 1.0)
    info = desk.request()
    assert (info.method, info.body, info.headers.get("Content-Type")) == (
        "INFO", b"Signal=1\r\n", "application/dtmf-relay",
    )  # fmt: skip
    desk.reply(info, 200, 1.1)
    answered = desk.one(RequestAnswered)
    assert (answered.method, answered.status) == ("INFO", 200)


def test_481_inside_the_dialog_ends_it() -> None:
    desk = Desk()
    session = desk.answered()
    session.info("text/plain", b"x", 1.0)
    desk.reply(desk.request(), 481, 1.1)
    answered, ended = desk.endpoint.events()
    assert isinstance(answered, RequestAnswered)
    assert isinstance(ended, SessionEnded)
    assert ended.cause is EndCause.DIALOG_GONE
    assert desk.out() == []
    desk.timeline(100.0)
    desk.assert_empty()


def test_silence_inside_the_dialog_ends_it_with_bye() -> None:
    desk = Desk()
    session = desk.answered()
    session.info("text/plain", b"x", 1.0)
    desk.out()
    assert desk.timeline(33.0)[-1] == (33.0, "BYE 2")
    assert [type(event) for event in desk.endpoint.events()] == [RequestAnswered, SessionEnded]


def test_a_received_408_leaves_the_session() -> None:
    desk = Desk()
    session = desk.answered()
    session.info("text/plain", b"x", 1.0)
    desk.reply(desk.request(), 408, 1.1)
    assert desk.one(RequestAnswered).status == 408
    assert session.state.name == "CONFIRMED"


# Where requests go


def test_a_phone_behind_nat_is_reached_where_it_was_seen() -> None:
    seen = Flow("udp", ("192.0.2.1", 5060), ("198.51.100.7", 31000))
    desk = Desk(flow=seen)
    via = "SIP/2.0/UDP 192.168.1.5:5060;branch=z9hG4bKz1;rport=31000;received=198.51.100.7"
    session = desk.answered(contact="<sip:peer@192.168.1.5:5060>", via=via)
    session.bye(now=1.0)
    (outgoing,) = desk.out()
    assert outgoing.flow == seen
    assert outgoing.data.startswith(b"BYE sip:peer@192.168.1.5:5060 SIP/2.0\r\n")


def test_another_contact_is_resolved() -> None:
    desk = Desk()
    session = desk.answered(contact="<sip:peer@192.0.2.50:5070;transport=tcp>")
    session.bye(now=1.0)
    (outgoing,) = desk.out()
    assert (outgoing.flow, outgoing.target) == (None, Target("192.0.2.50", 5070, "tcp"))
    assert b"Via: SIP/2.0/TCP 192.0.2.1:5060;branch=" in outgoing.data


def test_an_answered_call_outlives_its_connection() -> None:
    desk = Desk(flow=TCP)
    session = desk.answered(contact="<sip:peer@192.0.2.9:5062;transport=tcp>")
    desk.endpoint.connection_lost(TCP, 1.0)
    assert desk.endpoint.events() == []
    session.bye(now=2.0)
    (outgoing,) = desk.out()
    assert (outgoing.flow, outgoing.target) == (None, Target("192.0.2.9", 5062, "tcp"))


def test_a_request_on_a_dying_connection_takes_the_target() -> None:
    desk = Desk(flow=TCP)
    session = desk.answered(contact="<sip:peer@192.0.2.9:5062;transport=tcp>")
    session.bye(now=2.0)
    (outgoing,) = desk.out()
    assert outgoing.flow == TCP
    desk.endpoint.send_failed(outgoing, 2.1)
    (again,) = desk.out()
    assert again.target == Target("192.0.2.9", 5062, "tcp")
    assert b"CSeq: 2 BYE" in again.data
