"""Properties that hold for any input."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from callcenter.sip.body import find_part
from callcenter.sip.digest import Denied, DigestAuthenticator
from callcenter.sip.grammar import TOKEN_CHARS, SipParseError
from callcenter.sip.headers import NameAddr, Via
from callcenter.sip.message import Headers, Message, Request, Response, parse_message, response_for
from callcenter.sip.stream import Frame, Ping, StreamFramer
from callcenter.sip.uri import SipUri, escape_user
from callcenter.sip.validate import validate
from tests.protocol.torture.corpus import MESSAGES

CORPUS = sorted(path.read_bytes() for path in MESSAGES.glob("*.dat"))

tokens = st.text(TOKEN_CHARS, min_size=1, max_size=20)
values = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60).map(
    lambda text: text.strip(" \t")
)
names = tokens.filter(lambda name: name.lower() not in ("l", "content-length"))
fields = st.lists(st.tuples(names, values), max_size=12).map(Headers)
uris = st.builds(
    lambda user, host: f"sip:{escape_user(user)}@{host}", st.text(max_size=10).filter(bool), st.just("h.vn")
)
requests = st.builds(
    Request, tokens.filter(lambda name: not name.upper().startswith("SIP/")), uris, fields, st.binary()
)
responses = st.builds(Response, st.integers(100, 699), values, fields, st.binary())


def read_everything(message: Message) -> None:
    """Touch every typed property; each may raise SipParseError and nothing else."""
    for name in (
        "call_id",
        "cseq",
        "from_",
        "to",
        "via",
        "top_via",
        "contacts",
        "routes",
        "record_routes",
        "max_forwards",
        "content_type",
        "content_length",
        "expires",
        "request_uri",
    ):
        try:
            getattr(message, name, None)
        except SipParseError:
            continue


def survives(data: bytes) -> None:
    try:
        message = parse_message(data)
    except SipParseError as error:
        if error.partial is not None:
            response_for(error.partial, error.status or 400, error.reason, to_tag="t").encode()
        return
    read_everything(message)
    refusal = validate(message)
    if isinstance(message, Request):
        message.stamp_source("192.0.2.1", 5060)
        status, reason = (200, "OK") if refusal is None else (refusal.status or 400, refusal.reason)
        assert isinstance(parse_message(response_for(message, status, reason, to_tag="t").encode()), Response)
    try:
        find_part(message)
    except SipParseError:
        return


@given(st.binary(max_size=300))
@example(b"A B SIP/2.0\r\nVia:\r\n\r\n")
def test_any_octets(data: bytes) -> None:
    survives(data)


@given(st.sampled_from(CORPUS), st.data())
@settings(max_examples=400)
def test_damaged_messages(data: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, min(len(data), start + 20)))
    piece = draw.draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b"\r\n", b"\n", b"\0", b'"', b";", b",", b"<", b"%"]))
    )
    survives(data[:start] + piece + data[end:])


@given(st.one_of(requests, responses))
def test_round_trip(message: Request | Response) -> None:
    assert parse_message(message.encode()) == message


@given(st.text(max_size=40))
def test_uri_parsing_is_total_and_stable(text: str) -> None:
    for candidate in (text, "sip:" + text, "sip:u@h" + text):
        try:
            uri = SipUri.parse(candidate)
        except SipParseError:
            continue
        again = SipUri.parse(str(uri))
        assert again == uri
        assert again.equivalent(uri)
        assert not set(uri.aor()) & set("\r\n\0 ")


@given(st.text(max_size=60))
def test_name_addr_and_via_parsing_is_total_and_stable(text: str) -> None:
    for kind, candidates in (
        (NameAddr, (text, f"<sip:a@b>{text}", f'"{text}" <sip:a@b>')),
        (Via, (f"SIP/2.0/UDP {text}",)),
    ):
        for candidate in candidates:
            try:
                value = kind.parse(candidate)
            except SipParseError:
                continue
            if not set(str(candidate)) & set("\r\n\0"):
                assert kind.parse(str(value)) == value


def frames_of(data: bytes, cuts: list[int]) -> list[Frame]:
    framer = StreamFramer()
    frames: list[Frame] = []
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        frames += framer.feed(data[start:end])
    return frames


pieces = st.one_of(
    st.just(b"\r\n\r\n"),
    st.just(b"\r\n"),
    st.builds(lambda message: message.encode(), requests),
    st.just(b"OPTIONS sip:a SIP/2.0\r\nl: x\r\n\r\n"),
    st.binary(max_size=6),
)


@given(st.lists(pieces, max_size=6).map(b"".join), st.data())
def test_frames_do_not_depend_on_the_cuts(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=8))
    whole = frames_of(data, [])
    assert frames_of(data, cuts) == whole
    assert frames_of(data, list(range(len(data)))) == whole


@given(st.lists(requests, min_size=1, max_size=4))
def test_messages_come_out_of_the_stream_as_they_went_in(messages: list[Request]) -> None:
    frames = StreamFramer().feed(b"\r\n\r\n".join(message.encode() for message in messages))
    found = [parse_message(frame) for frame in frames if isinstance(frame, bytes)]
    assert found == messages
    assert sum(isinstance(frame, Ping) for frame in frames) == len(messages) - 1


@given(st.text(max_size=120))
def test_no_authorization_value_gets_in_or_breaks_the_server(text: str) -> None:
    server = DigestAuthenticator("r", bytes(16), random=bytes)
    for value in (text, "Digest " + text, 'Digest realm="r", ' + text):
        assert isinstance(server.verify("REGISTER", value, "sip:r", lambda _: None, 0.0, "a"), Denied)
