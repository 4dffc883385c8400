"""Every row of RFC 3261 figures 7 and 8 (with RFC 6026's Accepted state), and how requests find their transaction."""

from __future__ import annotations

import pytest

from callcenter.base.errors import IllegalTransition
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import EndCause, IncomingInvite, IncomingRequest, SessionConfirmed, SessionEnded
from callcenter.sip.settings import EndpointSettings
from callcenter.sip.writing import UnsafeHeader
from tests.unit.sip_core.scenes import ANSWER, SENT_BY, TCP, UDP, Desk, request, tokens


def test_trying_at_once_and_again_for_each_copy() -> None:
    desk = Desk()
    desk.peer_sends(request("INVITE", headers=["Timestamp: 54"]))
    (outgoing,) = desk.out()
    assert outgoing.flow == UDP
    assert outgoing.data.decode() == (
        "SIP/2.0 100 Trying\r\n"
        "Via: SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bKz1\r\n"
        "From: <sip:peer@192.0.2.9>;tag=peer\r\n"
        "To: <sip:1900@192.0.2.1>\r\n"
        "Call-ID: call1\r\n"
        "CSeq: 1 INVITE\r\n"
        "Timestamp: 54\r\n"
        "Content-Length: 0\r\n\r\n"
    )
    desk.one(IncomingInvite)
    desk.peer_sends(request("INVITE"), 0.5)
    assert [item.data for item in desk.out()] == [outgoing.data]
    assert desk.endpoint.events() == []
    assert desk.endpoint.next_timer() is None


def test_the_last_provisional_is_repeated() -> None:
    desk = Desk()
    session = desk.invite()
    session.progress(180, now=0.1)
    session.progress(183, ANSWER, now=0.2)
    desk.out()
    desk.peer_sends(request("INVITE"), 0.5)
    assert desk.lines() == ["183 INVITE"]


def test_timers_g_and_h() -> None:
    desk = Desk()
    session = desk.invite()
    desk.out()
    session.reject(486, now=1.0)
    assert desk.lines() == ["486 INVITE"]
    desk.peer_sends(request("INVITE"), 1.2)
    assert desk.lines() == ["486 INVITE"]
    times = desk.timeline(100.0)
    assert times == [(t, "486 INVITE") for t in (1.5, 2.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 32.5)]
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.REJECTED, 486)
    desk.assert_empty()


def test_timer_g_rests_on_reliable_transports() -> None:
    desk = Desk(flow=TCP)
    session = desk.invite()
    desk.out()
    session.reject(486, now=1.0)
    desk.out()
    assert desk.endpoint.next_timer() == 33.0
    assert desk.timeline(33.0) == []
    desk.assert_empty()


def test_ack_to_a_failure_confirms_and_timer_i_forgets() -> None:
    desk = Desk()
    session = desk.invite()
    session.reject(486, now=1.0)
    desk.endpoint.events()
    desk.out()
    desk.peer_sends(request("ACK", to_tag=session.local_tag, body=""), 1.2)
    assert desk.endpoint.next_timer() == 6.2
    desk.peer_sends(request("ACK", to_tag=session.local_tag, body=""), 1.3)
    desk.peer_sends(request("INVITE"), 1.4)
    assert desk.out() == []
    assert desk.endpoint.events() == []
    assert desk.timeline(6.2) == []
    desk.assert_empty()


def test_timer_i_is_zero_on_reliable_transports() -> None:
    desk = Desk(flow=TCP)
    session = desk.invite()
    session.reject(486, now=1.0)
    desk.peer_sends(request("ACK", to_tag=session.local_tag, body=""), 1.2)
    desk.assert_empty()


def test_accepted_absorbs_invites_until_timer_l() -> None:
    desk = Desk()
    session = desk.invite()
    session.accept(ANSWER, 1.0)
    desk.out()
    desk.endpoint.events()
    desk.peer_sends(request("INVITE"), 1.2)
    assert desk.out() == []  # the session repeats the 200, not the transaction
    desk.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), 1.3)
    desk.one(SessionConfirmed)
    desk.peer_sends(request("INVITE"), 1.4)
    assert desk.out() == []
    assert desk.endpoint.events() == []
    assert desk.endpoint.next_timer() == 33.0
    desk.timeline(33.0)
    assert desk.endpoint.counts["server_transactions"] == 0
    assert desk.endpoint.counts["sessions"] == 1


def test_an_ack_on_the_branch_of_the_invite_reaches_the_session() -> None:
    desk = Desk()
    session = desk.invite()
    session.accept(ANSWER, 0.0)
    desk.endpoint.events()
    desk.peer_sends(request("ACK", to_tag=session.local_tag, body=""), 0.1)
    assert desk.one(SessionConfirmed).session is session


def test_transport_error_before_the_answer() -> None:
    desk = Desk(flow=TCP)
    session = desk.invite()
    desk.out()
    desk.endpoint.connection_lost(TCP, 1.0)
    ended = desk.one(SessionEnded)
    assert (ended.session, ended.cause) == (session, EndCause.TRANSPORT)
    desk.assert_empty()
    with pytest.raises(IllegalTransition):
        session.accept(ANSWER, 1.1)


def test_non_invite_states() -> None:
    desk = Desk()
    desk.peer_sends(request("OPTIONS"))
    event = desk.one(IncomingRequest)
    desk.peer_sends(request("OPTIONS"), 0.1)
    assert desk.out() == []  # Trying: nothing to repeat
    desk.endpoint.respond(event.transaction, 183, 0.2)
    assert desk.lines() == ["183 OPTIONS"]
    desk.peer_sends(request("OPTIONS"), 0.3)
    assert desk.lines() == ["183 OPTIONS"]
    desk.endpoint.respond(event.transaction, 200, 0.4, headers=[("Allow", "OPTIONS")])
    assert desk.lines() == ["200 OPTIONS"]
    desk.peer_sends(request("OPTIONS"), 0.5)
    assert desk.lines() == ["200 OPTIONS"]
    assert desk.endpoint.events() == []
    with pytest.raises(IllegalTransition):
        desk.endpoint.respond(event.transaction, 500, 0.6)
    assert desk.endpoint.next_timer() == 32.4
    desk.timeline(32.4)
    desk.assert_empty()


def test_timer_j_is_zero_on_reliable_transports() -> None:
    desk = Desk(flow=TCP)
    desk.peer_sends(request("OPTIONS"))
    desk.endpoint.respond(desk.one(IncomingRequest).transaction, 200, 0.4)
    desk.assert_empty()


def test_answering_into_a_lost_connection_does_nothing() -> None:
    desk = Desk(flow=TCP)
    desk.peer_sends(request("OPTIONS"))
    transaction = desk.one(IncomingRequest).transaction
    desk.endpoint.connection_lost(TCP, 0.1)
    desk.endpoint.respond(transaction, 200, 0.2)
    assert desk.out() == []
    desk.assert_empty()


def test_a_header_cannot_smuggle_a_line() -> None:
    desk = Desk()
    desk.peer_sends(request("OPTIONS"))
    transaction = desk.one(IncomingRequest).transaction
    for value in ("a\r\nEvil: 1", "a\nEvil: 1", "a\rEvil: 1", "a\0"):
        with pytest.raises(UnsafeHeader):
            desk.endpoint.respond(transaction, 200, 0.0, headers=[("Warning", value)])
    with pytest.raises(UnsafeHeader):
        desk.endpoint.respond(transaction, 200, 0.0, reason="OK\r\nEvil: 1")
    assert desk.out() == []


# Matching (§17.2.3)


def test_the_same_branch_from_another_sent_by_is_another_transaction() -> None:
    desk = Desk()
    desk.peer_sends(request("OPTIONS", call_id="a"))
    other = "SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKz1"
    desk.peer_sends(request("OPTIONS", call_id="b", via=other))
    assert len(desk.endpoint.events()) == 2


def test_rfc_2543_requests_match_by_everything_else() -> None:
    desk = Desk()
    session = desk.invite(cookie="old")
    session.progress(180, now=0.0)
    desk.out()
    desk.peer_sends(request("INVITE", cookie="old"), 0.5)
    assert desk.lines() == ["180 INVITE"]
    session.reject(404, now=1.0)
    desk.endpoint.events()
    desk.out()
    desk.peer_sends(request("ACK", cookie="old", to_tag=session.local_tag, body=""), 1.1)
    assert desk.timeline(6.1) == []
    desk.assert_empty()


def test_rfc_2543_cancel_finds_its_invite() -> None:
    desk = Desk()
    desk.invite(cookie="old")
    desk.out()
    desk.peer_sends(request("CANCEL", cookie="old", body=""), 0.2)
    assert desk.lines() == ["200 CANCEL", "487 INVITE"]


def test_a_request_that_came_by_two_ways_is_refused_once() -> None:
    desk = Desk()
    desk.invite()
    desk.out()
    desk.peer_sends(request("INVITE", branch="other-way"), 0.1)
    assert desk.response().status == 482
    assert desk.endpoint.events() == []
    assert desk.endpoint.counts["server_transactions"] == 1


def test_the_next_request_of_a_registration_is_no_merged_one() -> None:
    desk = Desk()
    desk.peer_sends(request("REGISTER", cseq=1))
    desk.peer_sends(request("REGISTER", cseq=2, branch="z2"))
    assert len(desk.endpoint.events()) == 2


# Bounds


def test_full_tables_answer_503_without_state() -> None:
    settings = EndpointSettings(sent_by=SENT_BY, max_transactions=1, max_sessions=1)
    desk = Desk(settings=settings)
    desk.invite()
    desk.out()
    for method in ("INVITE", "OPTIONS"):
        desk.peer_sends(request(method, branch="z2", call_id="call2"), 0.1)
        refusal = desk.response()
        assert refusal.status == 503
        assert refusal.headers.get("Retry-After") == "5"
    assert desk.endpoint.counts["server_transactions"] == 1
    assert desk.endpoint.events() == []


def test_full_sessions_answer_503_without_state() -> None:
    desk = Desk(settings=EndpointSettings(sent_by=SENT_BY, max_sessions=1))
    desk.invite()
    desk.out()
    desk.peer_sends(request("INVITE", branch="z2", call_id="call2"), 0.1)
    assert desk.response().status == 503
    desk.peer_sends(request("OPTIONS", branch="z3", call_id="call3"), 0.1)
    desk.one(IncomingRequest)


def test_strays_leave_no_trace() -> None:
    desk = Desk()
    desk.peer_sends(request("ACK", to_tag="nobody", body=""))
    assert desk.out() == []
    for method in ("BYE", "INFO", "UPDATE", "PRACK", "INVITE", "NOTIFY"):
        desk.peer_sends(request(method, to_tag="nobody", branch=method))
        assert desk.response().status == 481
    for method in ("BYE", "INFO", "UPDATE", "PRACK"):
        desk.peer_sends(request(method, branch=method))
        assert desk.response().status == 481
    desk.peer_sends(request("CANCEL", branch="nothing", body=""))
    assert desk.response().status == 481
    desk.assert_empty()


def test_unknown_extensions_are_named() -> None:
    desk = Desk()
    desk.peer_sends(request("INVITE", headers=["Require: 100rel, foo", "Require: bar"]))
    refusal = desk.response()
    assert (refusal.status, refusal.headers.get("Unsupported")) == (420, "foo, bar")
    desk.assert_empty()


def test_malformed_requests_are_refused_without_state() -> None:
    desk = Desk()
    desk.peer_sends(request("INVITE").replace("CSeq: 1 INVITE", "CSeq: x INVITE"))
    assert desk.response().status == 400
    desk.peer_sends(request("INVITE", headers=["Session-Expires: soon"]))
    assert desk.response().status == 400
    desk.peer_sends(request("INVITE").replace("To: <sip:1900@192.0.2.1>", "To: <<"))
    assert desk.response().status == 400
    desk.assert_empty()


def test_an_endpoint_without_addresses_uses_the_flow() -> None:
    endpoint = Endpoint(EndpointSettings(session_expires=0), tokens())
    endpoint.request("OPTIONS", "sip:192.0.2.9", from_="<sip:a@b>", to="<sip:c@d>", now=0.0, flow=UDP)
    (outgoing,) = endpoint.outgoing()
    assert b"Via: SIP/2.0/UDP 192.0.2.1:5060;rport;" in outgoing.data
