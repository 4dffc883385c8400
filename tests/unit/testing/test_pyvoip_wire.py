"""Messages the peers of this world send reach pyVoIP in a form it reads."""

from __future__ import annotations

import hashlib
import re

from callcenter.testing.pyvoip_wire import Dialog, WireMessage, authorize, response_to, tag_of, uri_in

INVITE = (
    b"INVITE sip:204@127.0.0.1 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport;x=y\r\n"
    b'f:"A: B" <sip:0912345678@127.0.0.1>;tag=from1;x=1\r\n'
    b"t : <sip:204@127.0.0.1>\r\n"
    b"i: call-1\r\nCSeq: 7 INVITE\r\nm: <sip:cc@127.0.0.1:5060;transport=udp>;expires=9\r\n"
    b"Subject: one\r\n two\r\n"
    b"c: application/sdp\r\nl: %d\r\n\r\n"
)
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=no-value\r\n"
    b"m=audio 4000 RTP/AVP 96 8 101\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\nm=video 0 RTP/AVP 34\r\n"
)


def message(body: bytes = SDP) -> WireMessage:
    found = WireMessage.parse(INVITE % len(body) + body + b"trailing")
    assert found is not None
    return found


def test_compact_folded_and_spaced_headers_are_read() -> None:
    found = message()
    assert (found.method, found.cseq, found.status, found.is_response) == ("INVITE", 7, 0, False)
    assert found.get("To") == "<sip:204@127.0.0.1>"
    assert found.get("Subject") == "one two"
    assert tag_of(found.get("From")) == "from1"
    assert uri_in(found.get("Contact")) == "sip:cc@127.0.0.1:5060;transport=udp"
    assert found.body == SDP


def test_pyvoip_gets_one_connection_line_one_audio_and_known_codecs() -> None:
    text = message().for_pyvoip().decode()
    assert text.count("c=IN") == 1
    assert "c=IN IP4 127.0.0.1" in text
    assert "m=audio 4000 RTP/AVP 8 101\r\n" in text
    assert "opus" not in text
    assert "m=video" not in text
    assert 'From: "A:B" <sip:0912345678@127.0.0.1>;tag=from1\r\n' in text


def test_an_unknown_status_becomes_one_of_its_class() -> None:
    answer = WireMessage.parse(b"SIP/2.0 699 Odd\r\nCSeq: 1 INVITE\r\n\r\n")
    assert answer is not None
    assert answer.for_pyvoip().startswith(b"SIP/2.0 603 ")


def test_keep_alives_are_no_messages() -> None:
    assert WireMessage.parse(b"\r\n\r\n") is None
    assert WireMessage.parse(b"\x00\x00\x00\x00") is None


def test_responses_copy_what_they_must() -> None:
    text = response_to(message(), "180 Ringing", tag="here").decode()
    assert "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport;x=y\r\n" in text
    assert "To: <sip:204@127.0.0.1>;tag=here\r\n" in text
    assert "CSeq: 7 INVITE\r\n" in text


def test_requests_in_a_dialog_count_up_and_keep_the_route() -> None:
    dialog = Dialog("c", "<sip:a@h>;tag=1", "<sip:b@h>;tag=2", "sip:b@127.0.0.1:5080", ["<sip:p@h;lr>"], 3)
    text = dialog.request("BYE", "SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKx").decode()
    assert text.startswith("BYE sip:b@127.0.0.1:5080 SIP/2.0\r\n")
    assert "Route: <sip:p@h;lr>\r\n" in text
    assert "CSeq: 4 BYE\r\n" in text


def test_digest_prefers_sha256_and_uses_qop() -> None:
    challenges = [
        'Digest realm="callcenter", nonce="n1", algorithm=SHA-256, qop="auth"',
        'Digest realm="callcenter", nonce="n1", algorithm=MD5, qop="auth"',
    ]
    value = authorize(challenges, "REGISTER", "sip:127.0.0.1", "201", "secret") or ""
    cnonce = re.search(r'cnonce="(\w+)"', value)
    assert cnonce is not None

    def sha(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    first, second = sha("201:callcenter:secret"), sha("REGISTER:sip:127.0.0.1")
    expected = sha(f"{first}:n1:00000001:{cnonce.group(1)}:auth:{second}")
    assert f'response="{expected}"' in value
    assert "algorithm=SHA-256" in value


def test_digest_without_qop_is_rfc2069() -> None:
    value = authorize(['Digest realm="r", nonce="n"'], "INVITE", "sip:1@h", "u", "p") or ""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    assert f'response="{md5(md5("u:r:p") + ":n:" + md5("INVITE:sip:1@h"))}"' in value
    assert authorize(['Digest realm="r", nonce="n", algorithm=AKAv1-MD5'], "INVITE", "sip:1@h", "u", "p") is None
