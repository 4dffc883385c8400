"""Requests outside dialogs, deadlines, and the tables as such."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from callcenter.base.errors import IllegalTransition, LocalError
from callcenter.base.fsm import TransitionTable
from callcenter.sip.dialog import DIALOG
from callcenter.sip.events import IncomingRequest, RequestCompleted
from callcenter.sip.flow import Flow, SentBy, Target
from callcenter.sip.message import Response
from callcenter.sip.session_state import SESSION, SessionInput, SessionState
from callcenter.sip.settings import Credentials
from callcenter.sip.timers import TimerQueue
from callcenter.sip.transaction_tables import INVITE_CLIENT, INVITE_SERVER, NON_INVITE_CLIENT, NON_INVITE_SERVER
from callcenter.sip.uri import SipUri
from tests.unit.sip_core.scenes import UDP, Desk, request


def test_a_registration_goes_on() -> None:
    desk = Desk()
    credentials = Credentials("1900", "secret", "carrier.example.net")
    first = desk.endpoint.request(
        "REGISTER", "sip:carrier.example.net", from_="<sip:1900@carrier.example.net>",
        to="<sip:1900@carrier.example.net>", contact="sip:1900@192.0.2.1:5060", headers=[("Expires", "300")],
        credentials=credentials, flow=UDP, now=0.0,
    )  # fmt: skip
    register = desk.request()
    assert register.headers.get("Contact") == "<sip:1900@192.0.2.1:5060>"
    challenge = ['WWW-Authenticate: Digest realm="carrier.example.net", nonce="n", qop="auth"']
    desk.reply(register, 401, 0.1, headers=challenge)
    again = desk.request()
    assert (again.cseq.number, again.call_id) == (2, register.call_id)
    assert (again.headers.get("Authorization") or "").startswith('Digest username="1900"')
    desk.reply(again, 200, 0.2)
    done = desk.one(RequestCompleted)
    assert (done.request, done.status, first.cseq, first.done) == (first, 200, 2, True)
    second = desk.endpoint.request(
        "REGISTER", first.uri, from_="<sip:1900@carrier.example.net>", to="<sip:1900@carrier.example.net>",
        call_id=first.call_id, cseq=first.cseq + 1, flow=UDP, now=100.0,
    )  # fmt: skip
    assert (second.call_id, desk.request().cseq.number) == (first.call_id, 3)


def test_endless_challenges_are_given_up() -> None:
    desk = Desk()
    desk.endpoint.request(
        "OPTIONS", "sip:192.0.2.9", from_="<sip:a@b>", to="<sip:c@d>", flow=UDP, now=0.0,
        credentials=Credentials("a", "b"),
    )  # fmt: skip
    for number in range(3):
        challenge = [f'WWW-Authenticate: Digest realm="r", nonce="n{number}"']
        desk.reply(desk.request(), 401, 0.1, headers=challenge)
    assert desk.out() == []
    assert desk.one(RequestCompleted).status == 401


def test_calls_are_not_made_this_way() -> None:
    with pytest.raises(LocalError):
        Desk().endpoint.request("INVITE", "sip:a@b", from_="<sip:a@b>", to="<sip:a@b>", now=0.0)


def test_a_route_decides_the_hop() -> None:
    desk = Desk()
    desk.endpoint.request(
        "MESSAGE", "sip:bob@example.net", from_="<sip:a@b>", to="<sip:c@d>", now=0.0,
        route=["<sip:proxy.example.net:5080;transport=tcp;lr>"], body=b"hello", content_type="text/plain",
    )  # fmt: skip
    (outgoing,) = desk.out()
    assert outgoing.target == Target("proxy.example.net", 5080, "tcp")
    assert b"Route: <sip:proxy.example.net:5080;transport=tcp;lr>\r\n" in outgoing.data
    assert outgoing.data.endswith(b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")


def test_a_whole_response_may_be_given() -> None:
    desk = Desk()
    desk.peer_sends(request("REGISTER"))
    event = desk.one(IncomingRequest)
    answer = Response(200)
    answer.headers.add("Contact", "<sip:a@192.0.2.9>;expires=60")
    answer.headers.add("Via", "SIP/2.0/UDP forged")
    answer.headers.add("Content-Type", "text/plain")
    answer.body = b"text"
    desk.endpoint.respond(event.transaction, answer, 0.0)
    sent = desk.response()
    assert sent.headers.get_all("Via") == ["SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bKz1"]
    assert (sent.headers.get("Contact"), sent.body) == ("<sip:a@192.0.2.9>;expires=60", b"text")


def test_targets_of_uris() -> None:
    def target(uri: str) -> Target:
        return Target.from_uri(SipUri.parse(uri))

    assert target("sip:a@example.net") == Target("example.net")
    assert target("sip:a@[2001:db8::1]:5070;transport=TCP") == Target("2001:db8::1", 5070, "tcp")
    assert target("sips:a@example.net") == Target("example.net", secure=True)
    assert target("sip:a@example.net;maddr=192.0.2.7") == Target("192.0.2.7")


def test_our_address_fits_the_flow() -> None:
    desk = Desk()
    desk.endpoint.set_sent_by([SentBy("udp", "198.51.100.1", 5062), SentBy("udp", "2001:db8::1", 5060)])
    six = Flow("udp", ("2001:db8::5", 5060), ("2001:db8::9", 5060))
    for flow, via in ((UDP, "198.51.100.1:5062"), (six, "[2001:db8::1]:5060")):
        desk.endpoint.request("OPTIONS", "sip:x@y", from_="<sip:a@b>", to="<sip:c@d>", flow=flow, now=0.0)
        assert desk.request().top_via.sent_by == via


def test_deadlines_run_in_order_and_cancelled_ones_do_not() -> None:
    queue = TimerQueue()
    said: list[str] = []
    queue.at(2.0, lambda now: said.append(f"b{now}"))
    dead = queue.at(1.0, lambda now: said.append("dead"))
    queue.at(1.5, lambda now: said.append(f"a{now}"))
    dead.cancel()
    dead.cancel()
    assert (len(queue), queue.next()) == (2, 1.5)
    queue.run(2.0)
    assert said == ["a2.0", "b2.0"]
    assert (len(queue), queue.next()) == (0, None)


def test_cancelled_deadlines_do_not_pile_up() -> None:
    queue = TimerQueue()
    for number in range(1000):
        queue.at(float(number), lambda now: None).cancel()
    assert len(queue) == 0
    assert len(queue._heap) < 100


@pytest.mark.parametrize(
    "table", [INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER, DIALOG, SESSION], ids=lambda t: t.name
)
def test_every_state_of_every_table_is_reached_and_left(table: TransitionTable[Any, Any]) -> None:
    states: set[Enum] = set(type(table.initial).__members__.values())
    reached = {target for _, _, target in table.rows()} | {table.initial}
    left = {source for source, _, _ in table.rows()}
    assert states - left == {state for state in states if state.name == "TERMINATED"}
    assert states - reached <= {SessionState.INCOMING}  # the other start
    for state in states:
        if state.name == "TERMINATED":
            with pytest.raises(IllegalTransition):
                table.next(state, table.rows()[0][1])


def test_the_session_table_refuses_an_answer_after_the_end() -> None:
    with pytest.raises(IllegalTransition):
        SESSION.next(SessionState.TERMINATED, SessionInput.SUCCESS)


def test_a_request_nobody_answers_is_forgotten() -> None:
    desk = Desk()
    desk.peer_sends(request("MESSAGE"))
    transaction = desk.one(IncomingRequest).transaction
    assert desk.timeline(32.0) == []
    desk.endpoint.respond(transaction, 200, 33.0)
    assert desk.out() == []
    desk.assert_empty()


def test_capabilities_say_what_the_endpoint_can_do() -> None:
    capabilities = dict(Desk().endpoint.capabilities)
    assert capabilities == {
        "Allow": "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, REGISTER",
        "Supported": "100rel, timer, replaces, norefersub",
        "Server": "callcenter",
    }
