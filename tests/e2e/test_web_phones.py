"""Phones in browsers against the real server: who is let in, what a credential is good for, hostile SIP."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from callcenter.testing.audio import heard_tones
from callcenter.testing.pyvoip_wire import WireMessage, authorize
from callcenter.testing.web_phone import (
    REALM,
    WebCall,
    WebPhone,
    WebSocketPeer,
    open_websocket,
    refusal,
    register_request,
)
from callcenter.testing.web_session import WebSession
from tests.e2e.floor import Floor, Line, until
from tests.e2e.town import talks

TORTURE = Path(__file__).parents[1] / "protocol" / "torture" / "messages"
ANN_HZ, CUSTOMER_HZ = 700.0, 1150.0


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    people = {"ann": "501", "ben": "502", "old": "503"}
    floor = Floor(
        tmp_path_factory.mktemp("floor"),
        people,
        {"desk": Line(["ann"])},
        lifetimes={"old": timedelta(seconds=-1)},
    )
    with floor.server:
        yield floor


@pytest.mark.parametrize("path", ["/sip", "/api/live"])
def test_strangers_foreign_pages_and_ended_sessions_are_refused_before_the_upgrade(floor: Floor, path: str) -> None:
    ann, stranger, guessed = floor.page("ann"), WebSession(floor.server.url), WebSession(floor.server.url, "guessed")
    ended = floor.page("old")
    how = {"subprotocols": ("sip",) if path == "/sip" else ()}
    assert refusal(ann, path, **how) == 101
    for session in (stranger, guessed, ended):
        assert refusal(session, path, **how) == 403
    for origin in ("http://evil.example", "null", "", f"{floor.server.url}.evil.example", "http://127.0.0.1:1"):
        assert refusal(ann, path, origin=origin, **how) == 403
    token = {"Authorization": f"Bearer {floor.server.api_token()}"}
    assert refusal(stranger, path, headers=token, **how) == 403


def test_sip_needs_its_subprotocol(floor: Floor) -> None:
    assert refusal(floor.page("ann"), "/sip") == 403
    assert refusal(floor.page("ann"), "/sip", subprotocols=("mqtt",)) == 403


def test_a_customer_talks_to_an_agent_in_a_browser(floor: Floor) -> None:
    with floor.customer("0912000001", tone_hz=CUSTOMER_HZ) as customer, floor.browser("ann", tone_hz=ANN_HZ) as ann:
        call = floor.call(customer, "desk")
        anns = ann.wait_call()
        assert isinstance(anns, WebCall)
        live = floor.page("ann").send("GET", f"/api/live-calls/{anns.call_header}")
        assert live["from_number"] == "+84912000001"
        anns.wait_tone(CUSTOMER_HZ)
        call.wait_tone(ANN_HZ)
        assert floor.state("ann") == "on_call"
        call.hang_up()
        assert anns.over.wait(3)
        floor.wait_state("ann", "available")
    story = floor.story(call)
    assert talks(story)[-1].agent_id == floor.seats["ann"].user_id


def test_credentials_are_good_for_their_own_address_and_until_taken_over_or_signed_out(floor: Floor) -> None:
    page = floor.page("ann")
    with WebPhone(page, answers=False) as first:
        assert first.register(aor="502") == 403
        assert first.register() == 200
        assert floor.agent("ann")["registered"] is True and floor.agent("ben")["registered"] is False
        with WebPhone(page, answers=False) as second:
            assert second.register() == 200
            assert first.register() == 401
        floor.wait_state("ann", "unreachable", "offline")
        assert first.register() == 401

    ben = floor.page("ben")
    with open_websocket(ben, "/api/live"), WebPhone(ben, answers=False) as bens:
        assert bens.register() == 200
        ben.send("DELETE", "/api/session")
        until(lambda: bens.wire.connection.close_code is not None, "hung up", 3)
        assert not floor.agent("ben")["registered"]
        with WebPhone(page, answers=False) as thief:
            thief.authorization_user, thief.password = bens.authorization_user, bens.password
            assert thief.register(aor="502") == 401
        bens.registered_contacts = ""


def test_a_call_over_websocket_is_nobodys_trunk(floor: Floor) -> None:
    """127.0.0.1 is no carrier here, but even an agent's own WebSocket proves nothing without the digest."""
    with WebPhone(floor.page("ann"), answers=False) as ann:
        for number in (floor.numbers["desk"], "0912345678", "502"):
            call = ann.dial(number, wait=None)
            assert call.over.wait(3) and call.status == 401
        assert ann.register() == 200
        stolen = ann.dial(
            "0912345678", headers=(f"Authorization: {authorize([CHALLENGE], 'INVITE', 'sip:x', 'a', 'b')}",), wait=None
        )
        assert stolen.over.wait(3) and stolen.status == 401


CHALLENGE = f'Digest realm="{REALM}", nonce="{"0" * 32}", algorithm=SHA-256, qop="auth"'


def test_hostile_sip_over_websocket_leaves_the_server_up(floor: Floor) -> None:
    session = floor.page("ann")
    with floor.customer("0912000002", tone_hz=CUSTOMER_HZ) as customer, floor.browser("ann", tone_hz=ANN_HZ) as ann:
        call = floor.call(customer, "desk")
        ann.wait_call().wait_tone(CUSTOMER_HZ)
        for file in sorted(TORTURE.glob("*.dat")):
            connection = open_websocket(session, "/sip", subprotocols=("sip",))
            connection.send(file.read_bytes())
            connection.close()
        flooding = WebSocketPeer(session)
        for at in range(2000):
            flooding.send(register_request("501", flooding.local[0], call_id=f"{at}@flood", cseq=1))
        flooding.close()
        for payload in (b"", b"\0" * 70_000, secrets.token_bytes(2000), b"\r\n\r\n", b"INVITE"):
            connection = open_websocket(session, "/sip", subprotocols=("sip",))
            connection.send(payload)
            connection.close()
        half = socket.create_connection(("127.0.0.1", floor.server.http_port))
        half.sendall(b"GET /sip HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")
        half.close()
        call.wait_tone(ANN_HZ)
        assert heard_tones(call.heard(0.5), [ANN_HZ])[ANN_HZ] > 0.4
        assert floor.server.is_ready()
        call.hang_up()
    assert "Traceback" not in floor.server.log()


def test_an_answer_to_options_comes_over_the_same_websocket(floor: Floor) -> None:
    wire = WebSocketPeer(floor.page("ann"))
    wire.send(
        f"OPTIONS sip:{REALM} SIP/2.0\r\nVia: SIP/2.0/WS {wire.local[0]};branch=z9hG4bKa\r\nMax-Forwards: 70\r\n"
        f"From: <sip:501@{REALM}>;tag=a\r\nTo: <sip:{REALM}>\r\nCall-ID: options@{wire.local[0]}\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    answer: WireMessage | None = wire.receive(2)
    assert answer is not None and answer.status == 200
    wire.close()
