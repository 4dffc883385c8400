"""Every row of RFC 3261 figures 5 and 6 (with RFC 6026's Accepted state) as a timeline."""

from __future__ import annotations

import pytest

from callcenter.sip.events import EndCause, RequestCompleted, SessionAnswered, SessionEnded
from callcenter.sip.flow import Flow, Target
from callcenter.sip.invite import InviteSession
from callcenter.sip.message import Request, parse_message
from callcenter.sip.outside import ClientRequest
from callcenter.sip.settings import EndpointSettings
from callcenter.sip.transaction_tables import INVITE_CLIENT, NON_INVITE_CLIENT
from tests.unit.sip_core.scenes import ANSWER, OFFER, TCP, UDP, Desk


def call(desk: Desk, flow: Flow = UDP, now: float = 0.0) -> InviteSession:
    return desk.endpoint.invite(
        uri="sip:bob@192.0.2.9:5060", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@192.0.2.9>",
        sdp=OFFER, flow=flow, now=now,
    )  # fmt: skip


def options(desk: Desk, flow: Flow = UDP) -> ClientRequest:
    return desk.endpoint.request(
        "OPTIONS", "sip:192.0.2.9", from_="<sip:ping@192.0.2.1>", to="<sip:192.0.2.9>", flow=flow, now=0.0
    )


def test_the_invite_on_the_wire() -> None:
    desk = Desk()
    call(desk)
    (outgoing,) = desk.out()
    assert outgoing.flow == UDP
    assert outgoing.data.decode() == (
        "INVITE sip:bob@192.0.2.9:5060 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK0000000000000004\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:hotline@192.0.2.1>;tag=0000000000000002\r\n"
        "To: <sip:bob@192.0.2.9>\r\n"
        "Call-ID: 0000000000000003\r\n"
        "CSeq: 1 INVITE\r\n"
        "Contact: <sip:hotline@192.0.2.1:5060>\r\n"
        "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, REGISTER\r\n"
        "Supported: 100rel, timer, replaces, norefersub\r\n"
        "User-Agent: callcenter\r\n"
        "Content-Type: application/sdp\r\n"
        f"Content-Length: {len(OFFER)}\r\n\r\n{OFFER}"
    )


def test_timer_a_doubles_and_timer_b_ends() -> None:
    desk = Desk()
    session = call(desk)
    assert desk.lines() == ["INVITE 1"]
    assert desk.endpoint.next_timer() == 0.5
    times = desk.timeline(100.0)
    assert times == [(t, "INVITE 1") for t in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)]
    ended = desk.one(SessionEnded)
    assert (ended.session, ended.cause, ended.status) == (session, EndCause.TIMEOUT, 408)
    desk.assert_empty()


def test_reliable_transports_skip_timer_a() -> None:
    desk = Desk(flow=TCP)
    call(desk, TCP)
    desk.out()
    assert desk.endpoint.next_timer() == 32.0
    assert desk.timeline(100.0) == []
    assert desk.one(SessionEnded).cause is EndCause.TIMEOUT
    desk.assert_empty()


def test_a_provisional_stops_retransmission() -> None:
    desk = Desk()
    call(desk)
    invite = desk.request()
    desk.reply(invite, 100, 0.2)
    assert desk.endpoint.next_timer() == 180.2  # timer C
    assert desk.timeline(100.0) == []
    assert desk.endpoint.events() == []


@pytest.mark.parametrize("provisional", [True, False])
def test_a_failure_is_acknowledged_on_the_same_branch_and_absorbed_for_timer_d(provisional: bool) -> None:
    desk = Desk()
    call(desk)
    invite = desk.request()
    if provisional:
        desk.reply(invite, 180, 0.1)
        desk.endpoint.events()
    desk.reply(invite, 486, 1.0)
    ack = desk.request()
    assert (ack.method, str(ack.cseq), ack.uri) == ("ACK", "1 ACK", invite.uri)
    assert ack.headers.get("Via") == invite.headers.get("Via")
    assert ack.to.tag == "peer"
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status, ended.reason_phrase) == (EndCause.REJECTED, 486, "Whatever")
    desk.reply(invite, 486, 2.0)
    assert desk.lines() == ["ACK 1"]
    desk.reply(invite, 200, 2.5)  # A late success changes nothing: the transaction is Completed.
    assert desk.lines() == []
    assert desk.endpoint.next_timer() == 33.0
    desk.timeline(33.0)
    desk.assert_empty()


def test_timer_d_is_zero_on_reliable_transports() -> None:
    desk = Desk(flow=TCP)
    call(desk, TCP)
    desk.reply(desk.request(), 603, 1.0)
    assert desk.lines() == ["ACK 1"]
    desk.assert_empty()


def test_accepted_passes_each_2xx_for_timer_m() -> None:
    desk = Desk()
    session = call(desk)
    invite = desk.request()
    desk.reply(invite, 200, 1.0, body=ANSWER)
    first = desk.out()
    assert desk.one(SessionAnswered).sdp == ANSWER
    desk.reply(invite, 200, 1.5, body=ANSWER)
    assert [item.data for item in desk.out()] == [item.data for item in first]  # the very same ACK
    desk.reply(invite, 486, 1.6)  # not allowed any more: ignored
    desk.reply(invite, 180, 1.6)
    assert desk.out() == []
    assert desk.endpoint.next_timer() == 33.0
    desk.timeline(33.0)
    assert desk.endpoint.counts["client_transactions"] == 0
    desk.reply(invite, 200, 34.0, body=ANSWER)
    assert desk.out() == []
    assert session.state.name == "CONFIRMED"


def test_transport_error_while_calling() -> None:
    desk = Desk()
    call(desk)
    (outgoing,) = desk.out()
    desk.endpoint.send_failed(outgoing, 0.1)
    ended = desk.one(SessionEnded)
    assert (ended.cause, ended.status) == (EndCause.TRANSPORT, 503)
    desk.endpoint.send_failed(outgoing, 0.2)  # late news of the same
    desk.assert_empty()


def test_transport_error_of_the_ack_to_a_failure() -> None:
    desk = Desk()
    call(desk)
    desk.reply(desk.request(), 486, 1.0)
    (ack,) = desk.out()
    desk.one(SessionEnded)
    desk.endpoint.send_failed(ack, 1.1)
    assert desk.endpoint.events() == []
    desk.assert_empty()


def test_non_invite_timers_e_and_f() -> None:
    desk = Desk()
    ping = options(desk)
    assert desk.lines() == ["OPTIONS 1"]
    times = desk.timeline(100.0)
    assert times == [(t, "OPTIONS 1") for t in (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)]
    done = desk.one(RequestCompleted)
    assert (done.request, done.status, done.response) == (ping, 408, None)
    desk.assert_empty()


def test_non_invite_proceeding_retransmits_every_t2() -> None:
    desk = Desk()
    options(desk)
    request = desk.request()
    desk.reply(request, 100, 0.1)
    assert [t for t, _ in desk.timeline(100.0)] == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert desk.one(RequestCompleted).status == 408
    desk.assert_empty()


@pytest.mark.parametrize("provisional", [True, False])
def test_non_invite_final_absorbed_for_timer_k(provisional: bool) -> None:
    desk = Desk()
    options(desk)
    request = desk.request()
    if provisional:
        desk.reply(request, 183, 0.1)
    desk.reply(request, 200, 1.0)
    assert desk.one(RequestCompleted).status == 200
    desk.reply(request, 200, 2.0)
    assert desk.endpoint.events() == []
    assert desk.endpoint.next_timer() == 6.0
    assert desk.timeline(6.0) == []
    desk.assert_empty()


def test_non_invite_on_a_connection_has_no_timers_e_and_k() -> None:
    desk = Desk(flow=TCP)
    options(desk, TCP)
    request = desk.request()
    assert desk.endpoint.next_timer() == 32.0
    desk.reply(request, 200, 1.0)
    assert desk.one(RequestCompleted).flow == TCP
    desk.assert_empty()


def test_a_lost_connection_fails_what_waits_on_it() -> None:
    desk = Desk(flow=TCP)
    options(desk, TCP)
    desk.out()
    desk.endpoint.connection_lost(TCP, 0.5)
    assert desk.one(RequestCompleted).status == 503
    desk.assert_empty()


def test_a_resolved_target_sets_the_via_and_binds_what_follows() -> None:
    desk = Desk()
    desk.endpoint.invite(
        uri="sip:bob@example.net", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@example.net>", now=0.0, sdp=OFFER
    )
    (outgoing,) = desk.out()
    assert (outgoing.flow, outgoing.target) == (None, Target("example.net"))
    assert outgoing.data.split(b"\r\n")[1].startswith(b"Via: SIP/2.0/UDP ")
    desk.endpoint.flow_resolved(outgoing, TCP)
    assert outgoing.flow == TCP
    assert outgoing.data.split(b"\r\n")[1].startswith(b"Via: SIP/2.0/TCP 192.0.2.1:5060;branch=")
    assert desk.timeline(20.0) == []  # no timer A on a connection
    desk.endpoint.connection_lost(TCP, 21.0)
    assert desk.one(SessionEnded).cause is EndCause.TRANSPORT
    desk.assert_empty()


def test_a_resolved_udp_target_is_kept_for_retransmissions() -> None:
    desk = Desk()
    options_request = desk.endpoint.request(
        "OPTIONS", "sip:example.net", from_="<sip:a@192.0.2.1>", to="<sip:example.net>", now=0.0
    )
    (outgoing,) = desk.out()
    desk.endpoint.flow_resolved(outgoing, UDP)
    desk.endpoint.handle_timer(0.5)
    (again,) = desk.out()
    assert (again.flow, again.data) == (UDP, outgoing.data)
    assert options_request.done is False


def test_stray_responses_leave_no_trace() -> None:
    desk = Desk()
    options(desk)
    request = desk.request()
    wrong = desk.endpoint
    desk.peer_sends(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnobody\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    via = request.headers.fields["Via"][0]
    # right branch, wrong method; and a second Via: neither answers us
    for lines in (f"Via: {via}\r\nCSeq: 1 INVITE", f"Via: {via}\r\nVia: SIP/2.0/UDP x;branch=1\r\nCSeq: 1 OPTIONS"):
        desk.peer_sends(
            f"SIP/2.0 200 OK\r\n{lines}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\n"
            "Content-Length: 0\r\n\r\n"
        )
    assert wrong.events() == []
    assert wrong.counts["client_transactions"] == 1


def test_the_tables_name_their_start() -> None:
    assert INVITE_CLIENT.initial.name == "CALLING"
    assert NON_INVITE_CLIENT.initial.name == "TRYING"


def test_the_contact_is_right_once_the_path_is_known() -> None:
    desk = Desk(settings=EndpointSettings(session_expires=0))
    session = desk.endpoint.invite(
        uri="sip:bob@carrier.example.net",
        from_="<sip:1900@pbx>",
        to="<sip:bob@carrier.example.net>",
        sdp=OFFER,
        now=0.0,
    )
    (outgoing,) = desk.out()
    desk.endpoint.flow_resolved(outgoing, UDP)
    invite = parse_message(outgoing.data)
    assert isinstance(invite, Request)
    assert invite.headers.fields["Contact"] == ["<sip:1900@192.0.2.1:5060>"]
    assert invite.top_via.sent_by == "192.0.2.1:5060"
    assert session.contact == "<sip:1900@192.0.2.1:5060>"
    desk.endpoint.handle_timer(0.5)
    assert desk.request().headers.fields["Contact"] == ["<sip:1900@192.0.2.1:5060>"]
    desk.reply(invite, 200, 0.6, body=ANSWER)
    desk.out()
    session.reoffer(OFFER, 1.0)
    assert desk.request().headers.fields["Contact"] == ["<sip:1900@192.0.2.1:5060>"]


def test_a_contact_that_was_given_stays() -> None:
    desk = Desk(settings=EndpointSettings(session_expires=0))
    desk.endpoint.invite(
        uri="sip:bob@carrier.example.net", from_="<sip:1900@pbx>", to="<sip:b@c>", contact="sip:hotline@203.0.113.5",
        sdp=OFFER, now=0.0,
    )  # fmt: skip
    (outgoing,) = desk.out()
    desk.endpoint.flow_resolved(outgoing, TCP)
    invite = parse_message(outgoing.data)
    assert invite.headers.fields["Contact"] == ["<sip:hotline@203.0.113.5>"]
    assert invite.top_via.transport == "TCP"
