"""Reading and answering messages by their raw lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.sip.message import Response, parse_message
from callcenter.transport import stateless
from tests.unit.transport.fakes import request

SOURCE = ("192.0.2.9", 40000)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("To: <sip:a@b>;tag=x", True),
        ("To: <sip:a@b;tag=x>", False),
        ("To: <sip:a@b>", False),
        ("to : <sip:a@b> ; TAG = x", True),
        ("t: sip:a@b;tag=x", True),
        ("To: <sip:a@b>\r\n ;tag=x", True),
        ("Subject: <sip:a@b>;tag=x", False),
    ],
)
def test_a_to_tag_is_found_however_it_is_written(line: str, found: bool) -> None:
    data = f"INVITE sip:a@b SIP/2.0\r\nFrom: <sip:c@d>;tag=y\r\n{line}\r\n\r\nTo: <sip:a@b>;tag=body".encode()
    assert stateless.has_to_tag(data) is found


@pytest.mark.parametrize(
    ("line", "branch"),
    [
        ("Via: SIP/2.0/UDP h;branch=z9hG4bKa;rport", b"z9hG4bKa"),
        ("v: SIP/2.0/UDP h ; Branch = z9hG4bKa", b"z9hG4bKa"),
        ("Via: SIP/2.0/UDP h, SIP/2.0/UDP g;branch=z9hG4bKb", None),
        ("Subject: x;branch=z9hG4bKa", None),
    ],
)
def test_the_topmost_branch_is_found(line: str, branch: bytes | None) -> None:
    assert stateless.top_branch(f"INVITE sip:a@b SIP/2.0\r\n{line}\r\n\r\n".encode()) == branch


def test_a_stateless_response_copies_what_rfc_3261_says() -> None:
    answer = stateless.response(request("INVITE", branch="z9hG4bK-7"), 503, SOURCE, headers=(("Retry-After", "9"),))
    assert answer == (
        b"SIP/2.0 503 Service Unavailable\r\n"
        b"Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bK-7;rport=40000;received=192.0.2.9\r\n"
        b"To: <sip:1900@127.0.0.1>;tag=" + _tag(answer) + b"\r\n"
        b"From: <sip:100@127.0.0.1>;tag=a\r\n"
        b"Call-ID: c1@127.0.0.1\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"Retry-After: 9\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def test_a_retransmission_gets_the_same_to_tag() -> None:
    first, second = (stateless.response(request("INVITE"), 503, SOURCE) for _ in range(2))
    assert first == second


def test_compact_and_folded_requests_are_answered() -> None:
    data = (
        b"INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/TCP h;branch=z9hG4bKa,\r\n SIP/2.0/UDP g;branch=z9hG4bKb\r\n"
        b"f: <sip:c@d>;tag=y\r\nt: <sip:a@b>;tag=z\r\ni: x\r\nCSEQ: 5 INVITE\r\n\r\n"
    )
    answer = stateless.response(data, 400, SOURCE)
    assert answer is not None
    message = parse_message(answer)
    assert isinstance(message, Response)
    assert message.status == 400
    assert [str(via) for via in message.via] == [
        "SIP/2.0/TCP h;branch=z9hG4bKa;received=192.0.2.9",
        "SIP/2.0/UDP g;branch=z9hG4bKb",
    ]
    assert message.to.tag == "z"


@pytest.mark.parametrize(
    "data",
    [
        request("ACK"),
        b"SIP/2.0 200 OK\r\n" + request().split(b"\r\n", 1)[1],
        request().replace(b"Via:", b"Vya:"),
        request().replace(b"Call-ID:", b"Call-IX:"),
        request().replace(b"From: <", b"From: \r<"),
        request().replace(b"SIP/2.0/UDP", b"SIP/7.0/UDP"),
        b"",
        b"rubbish",
    ],
)
def test_what_must_not_be_answered_is_not(data: bytes) -> None:
    assert stateless.response(data, 400, SOURCE) is None


@pytest.mark.parametrize(
    ("value", "stamped"),
    [
        ("SIP/2.0/UDP 192.0.2.9;branch=x", "SIP/2.0/UDP 192.0.2.9;branch=x"),
        ("SIP/2.0/UDP 192.0.2.9", "SIP/2.0/UDP 192.0.2.9"),
        ("SIP/2.0/UDP pc", "SIP/2.0/UDP pc;received=192.0.2.9"),
        ("SIP/2.0/UDP pc;received=1.1.1.1;branch=x", "SIP/2.0/UDP pc;branch=x;received=192.0.2.9"),
        ("SIP/2.0/UDP 192.0.2.9;rport;branch=x", "SIP/2.0/UDP 192.0.2.9;rport=40000;branch=x;received=192.0.2.9"),
        ("SIP / 2.0 / UDP pc : 5060 ;branch=x", "SIP / 2.0 / UDP pc : 5060 ;branch=x;received=192.0.2.9"),
        ('SIP/2.0/UDP pc;x="a,b", SIP/2.0/UDP q', 'SIP/2.0/UDP pc;x="a,b";received=192.0.2.9, SIP/2.0/UDP q'),
        ("SIP/2.0/UDP [2001:db8::1]:5060", "SIP/2.0/UDP [2001:db8::1]:5060;received=192.0.2.9"),
    ],
)
def test_a_via_is_stamped_with_its_true_source(value: str, stamped: str) -> None:
    assert stateless.stamp_via(value, *SOURCE) == stamped


def test_an_ipv6_source_needs_no_stamp_when_it_is_the_sent_by() -> None:
    value = "SIP/2.0/UDP [2001:db8::1]:5060;branch=x"
    assert stateless.stamp_via(value, "2001:db8::1", 5060) == value


@pytest.mark.parametrize(
    ("via", "address"),
    [
        ("SIP/2.0/TCP 192.0.2.7:5070;branch=x", ("192.0.2.7", 5070)),
        ("SIP/2.0/TCP pc.example;received=192.0.2.8", ("192.0.2.8", None)),
        ("SIP/2.0/TCP [2001:db8::1]:5070;branch=x", ("2001:db8::1", 5070)),
        ("SIP/2.0/TCP pc;received=[2001:db8::2]", ("2001:db8::2", None)),
        ("SIP/2.0/TCP", None),
    ],
)
def test_the_way_back_is_read_from_the_top_via(via: str, address: tuple[str, int | None] | None) -> None:
    assert stateless.reply_address(f"SIP/2.0 200 OK\r\nVia: {via}\r\n\r\n".encode()) == address


def test_the_contact_follows_the_via() -> None:
    before = (
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=x\r\nContact: <sip:u@x.invalid:5060>\r\n\r\n"
    )
    moved = stateless.with_contact_moved(before, b"x.invalid:5060", stateless.top_sent_by(before))
    assert moved == before.replace(b"x.invalid", b"10.0.0.1")
    assert stateless.with_contact_moved(moved, b"x.invalid:5060", b"10.0.0.1:5060") == moved


def test_the_call_id_is_found_for_the_log() -> None:
    assert stateless.call_id(request()) == "c1@127.0.0.1"
    assert stateless.call_id(b"rubbish") == ""


def _tag(answer: bytes | None) -> bytes:
    assert answer is not None
    return answer.partition(b"\r\nTo: <sip:1900@127.0.0.1>;tag=")[2].partition(b"\r\n")[0]


_PIECES = st.sampled_from(
    [b"INVITE sip:a SIP/2.0", b"\r\n", b"\n", b" ", b"Via: SIP/2.0/UDP h:99999999;branch=", b"v:", b"To:", b"t :",
     b"From: x", b"Call-ID: 1", b"CSeq: 1 INVITE", b";tag=", b"<", b">", b",", b'"', b";received=", b";rport",
     b"\xb2", b"[", b"]"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=40).map(b"".join)))
def test_no_bytes_make_the_raw_readers_fail(data: bytes) -> None:
    stateless.has_to_tag(data)
    stateless.top_branch(data)
    stateless.call_id(data)
    stateless.top_sent_by(data)
    address = stateless.reply_address(data)
    assert address is None or address[1] is None or 0 < address[1] < 65536
    answer = stateless.response(data, 400, SOURCE)
    assert answer is None or answer.count(b"\r\n\r\n") == 1
