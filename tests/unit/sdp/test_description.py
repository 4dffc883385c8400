from __future__ import annotations

import pytest

from callcenter.sdp.description import Connection, Origin, SdpError, parse
from tests.unit.sdp.descriptions import sdp

RICH = (
    b"v=0\r\n"
    b"o=J\xf6rg  Phone 123456789012345678901 42 IN IP4 host.example.com\r\n"
    b"s= \r\n"
    b"i=\xff\xfe not UTF-8\r\n"
    b"u=http://example.com/\r\n"
    b"c=IN IP4 192.0.2.1\r\n"
    b"b=AS:64\r\n"
    b"t=0 0\r\n"
    b"k=clear:old\r\n"
    b"x=a line of the future\r\n"
    b"a=group:BUNDLE 0\r\n"
    b"a=recvonly\r\n"
    b"m=audio 4000/2 RTP/AVP  8 0\r\n"
    b"i=voice\r\n"
    b"c=IN IP4 192.0.2.2\r\n"
    b"c=IN IP4 192.0.2.3\r\n"
    b"a=rtpmap:8 PCMA/8000\r\n"
    b"y=unknown here too\r\n"
    b"a=mid:0\r\n"
    b"m=IMAGE 0 udptl t38\r\n"
)


def test_every_byte_survives_a_round_trip() -> None:
    assert parse(RICH).encode() == RICH


def test_values_are_read_beside_the_lines() -> None:
    description = parse(RICH)
    assert description.origin == Origin(
        "J\udcf6rg  Phone", "123456789012345678901", "42", "IN", "IP4", "host.example.com"
    )
    assert description.connection == Connection("IN", "IP4", "192.0.2.1")
    assert description.attributes == ["group:BUNDLE 0", "recvonly"]
    audio, image = description.media
    assert (audio.kind, audio.port, audio.profile, audio.formats) == ("audio", 4000, "RTP/AVP", ["8", "0"])
    assert audio.connection == Connection("IN", "IP4", "192.0.2.2")
    assert (image.kind, image.port, image.profile, image.formats) == ("image", 0, "udptl", ["t38"])
    assert image.connection is None


def test_attributes_are_found_by_name() -> None:
    description = parse(RICH)
    assert description.attribute("group") == "BUNDLE 0"
    assert description.attribute("recvonly") == ""
    assert description.attribute("rtpmap") is None
    assert description.media[0].attribute("rtpmap") == "8 PCMA/8000"
    assert description.media[0].attribute("rtp") is None


def test_line_feeds_and_a_missing_last_line_end_are_tolerated() -> None:
    text = sdp("m=audio 4000 RTP/AVP 0")
    assert parse(text.replace("\r\n", "\n").rstrip("\n")).encode() == text.encode()


def test_session_lines_may_come_in_any_order_after_the_version() -> None:
    text = "v=0\r\nt=0 0\r\nc=IN IP4 192.0.2.1\r\ns=-\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\n"
    assert parse(text).connection == Connection("IN", "IP4", "192.0.2.1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with v=0"),
        ("v=1\r\n", "does not begin with v=0"),
        ("o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\n", "does not begin with v=0"),
        ("v=0\r\ns=-\r\n", "o= line is missing"),
        (sdp(session=("o=- 1 1 IN IP4 192.0.2.1",)), "More than one o= line"),
        (sdp("m=audio 1 RTP/AVP 0|o=- 1 1 IN IP4 192.0.2.1"), "More than one o= line"),
        ("v=0\r\no=- 1 IN IP4 192.0.2.1\r\n", "six fields"),
        ("v=0\r\no=- one 1 IN IP4 192.0.2.1\r\n", "not a number"),
        ("v=0\r\no=- 1 -1 IN IP4 192.0.2.1\r\n", "not a number"),
        ("v=0\r\no=- 1 ١ IN IP4 192.0.2.1\r\n", "not a number"),
        (sdp(connection="IN IP4"), "three fields"),
        (sdp(connection="IN IP4 192.0.2.1 extra"), "three fields"),
        (sdp("m=audio 4000 RTP/AVP"), "fewer than four fields"),
        (sdp("m=audio 65536 RTP/AVP 0"), "0 to 65535"),
        (sdp("m=audio -1 RTP/AVP 0"), "0 to 65535"),
        (sdp("m=audio 4000000000000 RTP/AVP 0"), "0 to 65535"),
        (sdp("m=audio port RTP/AVP 0"), "0 to 65535"),
        (sdp("m=audio 4000/0 RTP/AVP 0"), "positive number"),
        (sdp("m=audio 4000/x RTP/AVP 0"), "positive number"),
        (sdp("m=audio 4000 RTP/AVP 128"), "0 to 127"),
        (sdp("m=audio 4000 RTP/SAVP 0 x"), "0 to 127"),
        (sdp("m=audio 4000 RTP/AVP 0|nonsense"), "Not an SDP line"),
        (sdp("m=audio 4000 RTP/AVP 0||a=x"), "Not an SDP line"),
        (sdp("m=audio 4000 RTP/AVP 0|A=upper"), "Not an SDP line"),
        (sdp("m=audio 4000 RTP/AVP 0|a=bad\rline"), "Carriage return"),
        (sdp("m=audio 4000 RTP/AVP 0|a=bad\0line"), "NUL"),
        (sdp("m=audio 4000 RTP/AVP 0|a=" + "x" * 8_192), "line is too long"),
        (sdp("m=audio 4000 RTP/AVP 0|a=" + "x" * 66_000), "description is too long"),
        (sdp(*["m=audio 4000 RTP/AVP 0"] * 65), "Too many media"),
        (sdp("m=audio 4000 RTP/AVP 0" + "|a=x" * 513), "Too many attributes"),
        (sdp(session=("a=x",) * 513), "Too many attributes"),
        (sdp("m=audio 4000 RTP/AVP 0" + "|b=x" * 2_048), "too many lines"),
        (sdp("m=audio 4000 RTP/AVP" + " 0" * 129), "too many formats"),
    ],
)
def test_malformed_descriptions_are_refused(text: str, reason: str) -> None:
    with pytest.raises(SdpError, match=reason):
        parse(text)


def test_limits_themselves_are_allowed() -> None:
    text = sdp(*["m=audio 65535 RTP/AVP 127" + "|a=x" * 20] * 64, session=("a=y" * 1,) * 512)
    assert len(parse(text).media) == 64
