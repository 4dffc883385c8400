"""REFER in both directions (RFC 3515, 4488) and Replaces (RFC 3891)."""

from __future__ import annotations

import pytest

from callcenter.base.errors import IllegalTransition, LocalError
from callcenter.sip.events import (
    EndCause,
    IncomingInvite,
    IncomingRequest,
    ReferProgress,
    ReferReceived,
    SessionEnded,
)
from callcenter.sip.invite import InviteSession, SessionState
from callcenter.sip.message import Request
from tests.unit.sip_core.scenes import ANSWER, OFFER, UDP, Desk, request


def refer(session: InviteSession, *headers: str, cseq: int = 2) -> str:
    return request("REFER", to_tag=session.local_tag, branch=f"r{cseq}", cseq=cseq, headers=headers)


def test_a_blind_transfer_by_the_peer() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(refer(session, "Refer-To: <sip:carol@192.0.2.5>", "Referred-By: <sip:peer@192.0.2.9>"), 1.0)
    event = desk.one(ReferReceived)
    assert (event.refer.refer_to, event.refer.replaces) == ("sip:carol@192.0.2.5", None)
    assert event.refer.referred_by == "<sip:peer@192.0.2.9>"
    session.accept_refer(event.refer, 1.1)
    accepted, notify = desk.sent()
    assert accepted.status == 202  # type: ignore[union-attr]
    assert isinstance(notify, Request)
    assert (notify.method, notify.body) == ("NOTIFY", b"SIP/2.0 100 Trying\r\n")
    assert notify.headers.get("Event") == "refer;id=2"
    assert notify.headers.get("Subscription-State") == "active;expires=180"
    assert notify.headers.get("Content-Type") == "message/sipfrag;version=2.0"
    desk.reply(notify, 200, 1.2)
    session.notify_refer(event.refer, 180, now=1.3)
    assert desk.request().body == b"SIP/2.0 180 Ringing\r\n"
    session.notify_refer(event.refer, 200, now=2.0)
    last = desk.request()
    assert last.headers.get("Subscription-State") == "terminated;reason=noresource"
    session.notify_refer(event.refer, 200, now=2.1)
    assert desk.out() == []
    with pytest.raises(LocalError):
        session.accept_refer(event.refer, 2.2)


def test_an_attended_transfer_names_the_dialog() -> None:
    desk = Desk()
    session = desk.answered()
    target = "Refer-To: <sip:carol@192.0.2.5?Replaces=abc%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>"
    desk.peer_sends(refer(session, target), 1.0)
    event = desk.one(ReferReceived)
    assert event.refer.refer_to == "sip:carol@192.0.2.5"
    assert event.refer.replaces is not None
    assert str(event.refer.replaces) == "abc@x;to-tag=1;from-tag=2"
    session.reject_refer(event.refer, 603, 1.1)
    assert desk.lines() == ["603 REFER"]


def test_a_transfer_without_subscription() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(refer(session, "Refer-To: <sip:carol@192.0.2.5>", "Refer-Sub: false"), 1.0)
    event = desk.one(ReferReceived)
    session.accept_refer(event.refer, 1.1)
    assert desk.response().headers.get("Refer-Sub") == "false"
    session.notify_refer(event.refer, 200, now=2.0)
    assert desk.out() == []


def test_broken_transfers_are_refused() -> None:
    desk = Desk()
    session = desk.answered()
    for cseq, headers in enumerate(([], ["Refer-To: <sip:a@b>", "Refer-To: <sip:c@d>"], ["Refer-To: <<"]), 2):
        desk.peer_sends(refer(session, *headers, cseq=cseq), 1.0)
        assert desk.lines() == ["400 REFER"]
    assert desk.endpoint.events() == []


def test_a_transfer_outside_a_dialog_is_the_applications() -> None:
    desk = Desk()
    desk.peer_sends(request("REFER", headers=["Refer-To: <sip:a@b>"]))
    event = desk.one(IncomingRequest)
    assert event.session is None
    desk.endpoint.respond(event.transaction, 403, 0.0)
    assert desk.lines() == ["403 REFER"]


def test_a_peer_that_refuses_notify_gets_no_more() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(refer(session, "Refer-To: <sip:carol@192.0.2.5>"), 1.0)
    event = desk.one(ReferReceived)
    session.accept_refer(event.refer, 1.1)
    notify = desk.sent()[1]
    assert isinstance(notify, Request)
    desk.reply(notify, 481, 1.2)
    session.notify_refer(event.refer, 200, now=1.3)
    assert desk.out() == []
    assert session.state is SessionState.CONFIRMED


def test_hanging_up_answers_an_open_transfer() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(refer(session, "Refer-To: <sip:carol@192.0.2.5>"), 1.0)
    desk.endpoint.events()
    session.bye(now=1.1)
    assert desk.lines() == ["481 REFER", "BYE 1"]


# We transfer


def notify(session: InviteSession, cseq: int, body: str, state: str = "active", event: str = "refer") -> str:
    headers = [f"Event: {event}", f"Subscription-State: {state}", "Content-Type: message/sipfrag;version=2.0"]
    return request("NOTIFY", to_tag=session.local_tag, branch=f"n{cseq}", cseq=cseq, headers=headers, body=body)


def test_our_transfer_and_its_progress() -> None:
    desk = Desk()
    session = desk.answered()
    transfer = session.refer("sip:carol@192.0.2.5", 1.0, referred_by="<sip:1900@192.0.2.1>")
    sent = desk.request()
    assert (sent.method, sent.headers.get("Refer-To")) == ("REFER", "<sip:carol@192.0.2.5>")
    assert sent.headers.get("Referred-By") == "<sip:1900@192.0.2.1>"
    desk.reply(sent, 202, 1.1)
    progress = desk.one(ReferProgress)
    assert (progress.refer, progress.status, progress.notified, progress.final) == (transfer, 202, False, False)
    desk.peer_sends(notify(session, 2, "SIP/2.0 180 Ringing\r\n", event=f"refer;id={transfer.cseq}"), 1.2)
    assert desk.lines() == ["200 NOTIFY"]
    progress = desk.one(ReferProgress)
    assert (progress.status, progress.reason, progress.notified, progress.final) == (180, "Ringing", True, False)
    desk.peer_sends(notify(session, 3, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource"), 1.3)
    assert desk.one(ReferProgress).final
    desk.peer_sends(notify(session, 4, "SIP/2.0 200 OK\r\n"), 1.4)
    assert desk.lines() == ["200 NOTIFY", "481 NOTIFY"]


def test_our_attended_transfer_carries_replaces() -> None:
    desk = Desk()
    session = desk.answered()
    other = desk.answered(call_id="second", branch="z2", from_tag="carol")
    session.refer("sip:carol@192.0.2.5", 1.0, replaces=other)
    value = desk.request().headers.get("Refer-To")
    assert value == f"<sip:carol@192.0.2.5?Replaces=second%3Bto-tag%3Dcarol%3Bfrom-tag%3D{other.local_tag}>"


def test_a_refused_transfer() -> None:
    desk = Desk()
    session = desk.answered()
    session.refer("sip:carol@192.0.2.5", 1.0)
    desk.reply(desk.request(), 603, 1.1)
    progress = desk.one(ReferProgress)
    assert (progress.status, progress.final) == (603, True)
    session.bye(now=2.0)
    with pytest.raises(IllegalTransition):
        session.refer("sip:carol@192.0.2.5", 2.1)


def test_other_notifications_go_to_the_application() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(notify(session, 2, "", event="talk"), 1.0)
    assert desk.one(IncomingRequest).session is session


# Replaces


def replacing(value: str, *more: str, branch: str = "rep") -> str:
    headers = [f"Replaces: {value}", *more]
    return request("INVITE", call_id="new", from_tag="carol", branch=branch, headers=headers)


def test_an_answered_call_is_replaced() -> None:
    desk = Desk()
    session = desk.answered()
    desk.peer_sends(replacing(f"call1;to-tag={session.local_tag};from-tag=peer"), 1.0)
    event = desk.one(IncomingInvite)
    assert event.replaces is session
    event.session.accept(ANSWER, 1.1)
    session.end(EndCause.REPLACED, 1.1)
    assert desk.lines() == ["100 INVITE", "200 INVITE", "BYE 1"]
    assert desk.one(SessionEnded).cause is EndCause.REPLACED
    assert desk.endpoint.find_session("call1", session.local_tag, "peer") is session


def test_what_cannot_be_replaced() -> None:
    desk = Desk()
    session = desk.answered()
    tag = session.local_tag
    sound = f"call1;to-tag={tag};from-tag=peer"
    cases = [
        ((f"call1;to-tag={tag};from-tag=other",), 481),
        (("nothing;to-tag=1;from-tag=2",), 481),
        (("call1;to-tag=1",), 400),
        ((sound, f"Replaces: {sound}"), 400),
        ((sound + ";early-only",), 486),
    ]
    for number, (values, status) in enumerate(cases):
        desk.peer_sends(replacing(*values, branch=f"rep{number}"), 1.0)
        assert desk.response().status == status
    session.bye(now=2.0)
    desk.out()
    desk.endpoint.events()
    desk.peer_sends(replacing(sound, branch="late"), 2.1)
    assert desk.response().status == 603
    assert desk.endpoint.events() == []


def test_early_dialogs_are_replaced_on_the_calling_side_only() -> None:
    desk = Desk()
    incoming = desk.invite()
    incoming.progress(180, now=0.0)
    desk.out()
    desk.peer_sends(replacing(f"call1;to-tag={incoming.local_tag};from-tag=peer"), 1.0)
    assert desk.response().status == 481
    outgoing = desk.endpoint.invite(
        uri="sip:bob@192.0.2.9:5060", from_="<sip:hotline@192.0.2.1>", to="<sip:bob@192.0.2.9>",
        sdp=OFFER, flow=UDP, now=1.0, call_id="ours",
    )  # fmt: skip
    desk.reply(desk.request(), 180, 1.1, to_tag="bob")
    desk.endpoint.events()
    desk.peer_sends(replacing(f"ours;to-tag={outgoing.local_tag};from-tag=bob;early-only", branch="rep2"), 1.2)
    assert desk.one(IncomingInvite).replaces is outgoing
