"""Messages that parse and are wrong all the same: answered as far as can be, and reported."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from callcenter.sip.events import IncomingInvite
from callcenter.sip.message import Request, Response, parse_message
from tests.protocol.torture.corpus import load
from tests.unit.sip_core.scenes import UDP, Desk, request

_MANY = "Max-Forwards is not a number"


def receive(desk: Desk, data: str | bytes) -> str | None:
    """Let a message arrive and return what the endpoint says is malformed about it."""
    raw = data.encode() if isinstance(data, str) else data
    return desk.endpoint.receive(parse_message(raw), UDP, 0.0)


def without(method: str, *names: str, headers: Sequence[str] = ()) -> str:
    """Return a request that lacks some header lines."""
    lines = request(method, headers=headers).split("\r\n")
    return "\r\n".join(line for line in lines if line.partition(":")[0] not in names)


def test_a_request_without_from_to_and_call_id_is_answered_by_its_via() -> None:
    desk = Desk()
    assert receive(desk, load("insuf")) == "Missing From"
    answer = desk.response()
    assert answer.status == 400
    assert sorted(answer.headers.fields) == ["CSeq", "Content-Length", "Via"]
    desk.assert_empty()


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq"])
def test_each_missing_header_is_a_400(name: str) -> None:
    desk = Desk()
    assert receive(desk, without("OPTIONS", name)) == f"Missing {name}"
    answer = desk.response()
    assert answer.status == 400
    assert answer.top_via.branch == "z9hG4bKz1"
    assert name not in answer.headers.fields


def test_an_incomplete_request_hears_which_headers_its_answer_needs() -> None:
    desk = Desk()
    receive(desk, without("INVITE", "To", headers=["Require: warp"]))
    assert desk.response().status == 400
    assert receive(desk, without("OPTIONS", "Via")) == "Missing Via"
    assert desk.out() == []


def test_a_malformed_cancel_is_refused_and_ends_nothing() -> None:
    desk = Desk()
    session = desk.invite()
    desk.out()
    assert receive(desk, request("CANCEL").replace("Max-Forwards: 70", "Max-Forwards: many")) == _MANY
    answer = desk.response()
    assert (answer.status, answer.cseq.method) == (400, "CANCEL")
    assert not session.over
    assert receive(desk, request("CANCEL")) is None
    assert desk.lines() == ["200 CANCEL", "487 INVITE"]


def test_a_cancel_with_another_method_in_its_cseq_is_refused() -> None:
    desk = Desk()
    desk.invite()
    desk.out()
    assert receive(desk, request("CANCEL").replace("CSeq: 1 CANCEL", "CSeq: 1 INVITE")) is not None
    assert desk.response().status == 400


def test_an_ack_is_never_answered_however_bad() -> None:
    desk = Desk()
    assert receive(desk, without("ACK", "Call-ID")) == "Missing Call-ID"
    assert desk.out() == []


def options(desk: Desk) -> Request:
    """Send an OPTIONS of ours."""
    desk.endpoint.request("OPTIONS", "sip:192.0.2.9", from_="<sip:a@b>", to="<sip:c@d>", flow=UDP, now=0.0)
    return desk.request()


def test_a_response_with_more_than_our_via_is_dropped() -> None:
    desk = Desk()
    sent = options(desk)
    via = sent.headers.fields["Via"][0]
    text = (
        f"SIP/2.0 200 OK\r\nVia: {via}\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
        f"To: <sip:c@d>;tag=2\r\nCall-ID: {sent.call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    assert receive(desk, text) == "Response is not for us"
    assert desk.endpoint.events() == []
    assert desk.endpoint.counts["client_transactions"] == 1


def test_an_unreadable_response_is_dropped_and_reported() -> None:
    desk = Desk()
    sent = options(desk)
    text = (
        f"SIP/2.0 200 OK\r\nVia: {sent.headers.fields['Via'][0]}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <<sip:c@d>\r\n"
        f"Call-ID: {sent.call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    assert receive(desk, text) is not None
    assert desk.endpoint.events() == []
    stray = text.replace(sent.top_via.branch or "", "z9hG4bKnobody")
    assert receive(desk, stray) is None


@pytest.mark.parametrize(
    ("headers", "status"), [(["Require: warp"], 420), (["Accept: text/plain"], 406), (["Content-Type: text/x"], 415)]
)
def test_a_sound_request_that_is_refused_is_not_malformed(headers: list[str], status: int) -> None:
    desk = Desk()
    assert receive(desk, request("INVITE", headers=headers)) is None
    assert desk.response().status == status


@pytest.mark.parametrize("tag", ["outbound", "gruu"])
def test_extensions_that_are_only_half_there_are_not_promised(tag: str) -> None:
    desk = Desk()
    receive(desk, request("REGISTER", headers=[f"Require: path, {tag}"]))
    answer = desk.response()
    assert (answer.status, answer.headers.get("Unsupported")) == (420, tag)


def test_a_path_may_be_required() -> None:
    desk = Desk()
    receive(desk, request("REGISTER", headers=["Require: path"]))
    assert desk.out() == []
    assert len(desk.endpoint.events()) == 1


def test_a_sound_message_is_nothing_to_report() -> None:
    desk = Desk()
    assert receive(desk, request("INVITE")) is None
    assert isinstance(desk.one(IncomingInvite), IncomingInvite)
    (trying,) = desk.sent()
    assert isinstance(trying, Response) and trying.status == 100


def test_a_name_with_a_nul_is_copied_into_answers_and_left_out_of_requests() -> None:
    desk = Desk()
    invite = request("INVITE").replace("From: <sip:peer", 'From: "a\\\0b" <sip:peer')
    assert receive(desk, invite) is None
    session = desk.one(IncomingInvite).session
    session.accept("v=0\r\n", 0.0)
    ringing = desk.sent()[-1]
    assert ringing.from_.display_name == "a\0b"
    receive(desk, request("ACK", to_tag=session.local_tag, branch="ack"))
    session.bye(now=1.0)
    bye = desk.request()
    assert (bye.method, bye.to.display_name, bye.to.tag) == ("BYE", "", "peer")
