"""Offers and answers that bring keys: SDES (RFC 4568) and ICE with DTLS (RFC 8839, RFC 8842)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.sdp.audio import AnswerRejected, AudioCapabilities, Direction, LocalAudio, OfferRejected
from callcenter.sdp.crypto import KEY_LENGTHS, read_lines
from callcenter.sdp.ice import IceCredentials, LocalDtls
from callcenter.sdp.keying import PROFILES, Keying, offered_keying
from callcenter.sdp.session import SdpSession
from tests.unit.sdp.descriptions import body, sdp

OURS = ":".join(["AB"] * 32)
THEIRS = ":".join(["0C"] * 32)
ICE = IceCredentials("uFrg0001", "passwordpasswordpassword")
BROWSER = LocalAudio("192.0.2.1", 20000, dtls=LocalDtls(ICE, f"sha-256 {OURS}", 77, "us"))
PHONE = LocalAudio("192.0.2.1", 20000, sdes={suite: bytes(length) for suite, length in KEY_LENGTHS.items()})
KEY = base64.b64encode(bytes(range(30))).decode()
CHROME = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126|c=IN IP4 0.0.0.0|a=rtcp:9 IN IP4 0.0.0.0|a=ice-ufrag:Qx1+"
    "|a=ice-pwd:abcdefghijklmnopqrstuv/+|a=ice-options:trickle|a=fingerprint:sha-256 " + THEIRS + "|a=setup:actpass"
    "|a=mid:0|a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level|a=sendrecv|a=msid:- 6a-70|a=rtcp-mux|a=rtcp-rsize"
    "|a=rtpmap:111 opus/48000/2|a=rtcp-fb:111 transport-cc|a=fmtp:111 minptime=10;useinbandfec=1"
    "|a=rtpmap:63 red/48000/2|a=rtpmap:9 G722/8000|a=rtpmap:0 PCMU/8000|a=rtpmap:8 PCMA/8000|a=rtpmap:13 CN/8000"
    "|a=rtpmap:110 telephone-event/48000|a=rtpmap:126 telephone-event/8000|a=ssrc:2957 cname:x"
)
BUNDLE = ("a=group:BUNDLE 0", "a=extmap-allow-mixed", "a=msid-semantic: WMS -")
SAVP = f"m=audio 4000 RTP/SAVP 8 101|a=rtpmap:101 telephone-event/8000|a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"


def browser_session() -> SdpSession:
    return SdpSession(BROWSER, 55, AudioCapabilities(profiles=PROFILES[Keying.DTLS]))


def phone_session() -> SdpSession:
    return SdpSession(PHONE, 55, AudioCapabilities(profiles=PROFILES[Keying.SDES]))


def refusal(session: SdpSession, offer: str) -> tuple[int, str]:
    with pytest.raises(OfferRejected) as caught:
        session.answer(offer)
    return caught.value.status, caught.value.warning_text


# Browsers.


def test_a_browsers_offer_is_answered_with_its_numbers_and_our_association() -> None:
    agreed = browser_session().answer(sdp(CHROME, session=BUNDLE))
    assert body(agreed.answer_sdp) == [
        "a=ice-lite",
        "a=group:BUNDLE 0",
        "m=audio 20000 UDP/TLS/RTP/SAVPF 0 126",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:126 telephone-event/8000",
        "a=fmtp:126 0-15",
        "a=ptime:20",
        "a=sendrecv",
        "a=mid:0",
        "a=rtcp-mux",
        "a=ice-ufrag:uFrg0001",
        "a=ice-pwd:passwordpasswordpassword",
        f"a=fingerprint:sha-256 {OURS}",
        "a=setup:passive",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 20000 typ host",
        "a=end-of-candidates",
        "a=msid:callcenter callcenter",
        "a=ssrc:77 cname:us",
    ]
    remote = agreed.remote
    assert remote.dtls is not None
    assert (remote.dtls.ufrag, remote.dtls.fingerprints) == ("Qx1+", (f"sha-256 {THEIRS}",))
    assert (remote.host, remote.hold, remote.direction, remote.rtcp_mux) == ("0.0.0.0", False, Direction.SENDRECV, True)
    assert (remote.telephone_event_pt, remote.accepted) == (126, {0: "PCMU", 8: "PCMA"})


def test_what_the_browsers_candidates_and_addresses_say_is_never_looked_at() -> None:
    hostile = CHROME.replace("0.0.0.0", "169.254.169.254") + "|a=candidate:1 1 udp 1 255.255.255.255 5060 typ host"
    assert browser_session().answer(sdp(hostile, session=BUNDLE)).remote.host == "0.0.0.0"


def test_a_browser_is_offered_actpass_and_its_answer_taken() -> None:
    session = browser_session()
    offer = session.offer()
    assert body(offer)[:3] == ["a=ice-lite", "a=group:BUNDLE 0", "m=audio 20000 UDP/TLS/RTP/SAVPF 8 0 101"]
    assert {"a=setup:actpass", "a=mid:0", "a=rtcp-mux", "a=end-of-candidates"} <= set(body(offer))
    answered = CHROME.replace("actpass", "active").replace("111 63 9 0 8 13 110 126", "8 0 101")
    remote = session.apply_answer(sdp(answered, session=BUNDLE)).remote
    assert (remote.codec, remote.telephone_event_pt, remote.mid) == ("PCMA", 101, "0")
    assert remote.dtls is not None and remote.dtls.fingerprints == (f"sha-256 {THEIRS}",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("|a=fingerprint:sha-256 " + THEIRS, ""), "A usable certificate fingerprint is missing"),
        (("sha-256 " + THEIRS, "sha-1 " + ":".join(["0C"] * 20)), "A usable certificate fingerprint is missing"),
        (("sha-256 " + THEIRS, "sha-256 0C:0D"), "A usable certificate fingerprint is missing"),
        (("a=ice-ufrag:Qx1+", "a=ice-ufrag:Qx1"), "ICE credentials are missing or malformed"),
        (("|a=ice-pwd:abcdefghijklmnopqrstuv/+", ""), "ICE credentials are missing or malformed"),
        (("|a=rtcp-mux", ""), "RTP and RTCP do not share a port"),
        (("setup:actpass", "setup:passive"), "The peer does not take the active DTLS role"),
    ],
)
def test_an_association_that_lacks_something_is_refused(change: tuple[str, str], reason: str) -> None:
    assert refusal(browser_session(), sdp(CHROME.replace(*change))) == (488, reason)


@pytest.mark.parametrize("setup", ["actpass", "passive", "holdconn"])
def test_an_answer_must_take_the_active_role(setup: str) -> None:
    session = browser_session()
    session.offer()
    with pytest.raises(AnswerRejected):
        session.apply_answer(sdp(CHROME.replace("actpass", setup)))


def test_a_hold_with_codecs_added_back_keeps_number_credentials_and_name() -> None:
    session = browser_session()
    first = session.answer(sdp(CHROME.replace("111 63 9 0 8 13 110 126", "8 126"), session=BUNDLE))
    assert first.remote.codec == "PCMA"
    held = session.answer(sdp(CHROME.replace("sendrecv", "sendonly"), session=BUNDLE))
    assert (held.remote.codec, held.remote.direction) == ("PCMA", Direction.RECVONLY)
    assert held.remote.hold
    kept = [line for line in body(first.answer_sdp) if line.startswith(("a=ice", "a=fing", "a=mid", "a=setup"))]
    assert [line for line in body(held.answer_sdp) if line.startswith(("a=ice", "a=fing", "a=mid", "a=setup"))] == kept
    assert "o=- 55 2 IN" in held.answer_sdp
    ours = session.offer(Direction.SENDONLY)
    assert {"a=mid:0", "a=ice-ufrag:uFrg0001", "a=setup:actpass", "a=sendonly"} <= set(body(ours))
    assert "m=audio 20000 UDP/TLS/RTP/SAVPF 8 0 126" in ours
    assert "o=- 55 3 IN" in ours


def test_an_ice_restart_is_answered_with_the_credentials_that_follow() -> None:
    session = browser_session()
    session.answer(sdp(CHROME, session=BUNDLE))
    answered = session.answer(sdp(CHROME.replace("Qx1+", "New2"), session=BUNDLE)).answer_sdp
    after = ICE.after_restart()
    assert f"a=ice-ufrag:{after.ufrag}\r\na=ice-pwd:{after.pwd}\r\n" in answered
    assert len(after.ufrag) >= 4 and len(after.pwd) >= 22 and after != ICE
    again = session.answer(sdp(CHROME.replace("Qx1+", "New2").replace("sendrecv", "sendonly"), session=BUNDLE))
    assert f"a=ice-ufrag:{after.ufrag}\r\n" in again.answer_sdp


def test_a_browser_without_bundle_or_mid_gets_none() -> None:
    text = browser_session().answer(sdp(CHROME.replace("|a=mid:0", ""))).answer_sdp
    assert "mid:" not in text and "BUNDLE" not in text


# Phones.


def test_the_first_usable_key_is_answered_under_its_tag() -> None:
    other = f"|a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:{KEY}"
    offer = sdp(SAVP.replace("|a=crypto:3", "|a=crypto:9 F8_128_HMAC_SHA1_80 inline:x|a=crypto:3", 1) + other)
    agreed = phone_session().answer(offer)
    zero = base64.b64encode(bytes(30)).decode()
    assert body(agreed.answer_sdp)[-1] == f"a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{zero}"
    keys = agreed.remote.keys
    assert keys is not None
    assert (keys.suite, keys.local, keys.remote) == ("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(range(30)))
    assert KEY not in repr(agreed.remote) and str(bytes(range(30))) not in repr(agreed.remote)


def test_two_of_us_agree_on_keys_and_keep_them() -> None:
    ours, theirs = phone_session(), phone_session()
    theirs.local = replace(theirs.local, sdes={suite: b"\1" * length for suite, length in KEY_LENGTHS.items()})
    agreed = ours.apply_answer(theirs.answer(ours.offer()).answer_sdp).remote
    assert agreed.keys is not None and theirs.remote is not None and theirs.remote.keys is not None
    assert (agreed.keys.local, agreed.keys.remote) == (theirs.remote.keys.remote, theirs.remote.keys.local)
    again = ours.offer(Direction.SENDONLY)
    assert [line[:12] for line in body(again) if "crypto" in line] == ["a=crypto:1 A"]
    assert ours.apply_answer(theirs.answer(again).answer_sdp).remote.keys == agreed.keys


@pytest.mark.parametrize(
    "line",
    [
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY[:-4],
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:!!!!",
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY + "|2^20|1:4",
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY + ";inline:" + KEY,
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY + " UNENCRYPTED_SRTP",
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + KEY + " KDR=3",
        "crypto:x AES_CM_128_HMAC_SHA1_80 inline:" + KEY,
        "crypto:1 AES_CM_128_HMAC_SHA1_80 prompt:" + KEY,
        "crypto:1 AES_CM_128_HMAC_SHA1_80",
        "crypto:1 AES_192_CM_HMAC_SHA1_80 inline:" + KEY,
    ],
)
def test_lines_that_ask_for_more_than_we_do_are_no_keys(line: str) -> None:
    assert read_lines((line,)) == []
    offer = sdp("m=audio 4000 RTP/SAVP 8") + f"a={line}\r\n"
    assert refusal(phone_session(), offer) == (488, "The offer has no key that can be used")


def test_a_lifetime_and_a_window_hint_do_no_harm() -> None:
    (line,) = read_lines((f"crypto:1 aes_cm_128_hmac_sha1_32 inline:{KEY}|2^31 WSH=128 -extra",))
    assert (line.suite, line.key) == ("AES_CM_128_HMAC_SHA1_32", bytes(range(30)))


@pytest.mark.parametrize("line", ["", "|a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" + KEY])
def test_an_answer_needs_a_key_to_one_of_ours(line: str) -> None:
    session = phone_session()
    session.offer()
    with pytest.raises(AnswerRejected):
        session.apply_answer(sdp("m=audio 4000 RTP/SAVP 8" + line))


# Telling them apart.


@pytest.mark.parametrize(
    ("media", "kinds"),
    [
        (("m=audio 4000 RTP/AVP 8",), (Keying.PLAIN,)),
        ((SAVP,), (Keying.SDES,)),
        ((SAVP, "m=audio 4002 RTP/AVP 8"), (Keying.SDES, Keying.PLAIN)),
        ((SAVP.replace("RTP/SAVP", "RTP/SAVPF"),), (Keying.SDES,)),
        ((CHROME,), (Keying.DTLS,)),
        ((CHROME.replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF"),), (Keying.DTLS,)),
        (("m=audio 0 RTP/AVP 8", "m=video 9 RTP/AVP 96"), ()),
        (("m=audio 4000 udptl t38",), ()),
    ],
)
def test_what_an_offer_asks_for(media: tuple[str, ...], kinds: tuple[Keying, ...]) -> None:
    assert offered_keying(sdp(*media)) == kinds


def test_what_cannot_be_read_asks_for_nothing() -> None:
    assert offered_keying(b"\0") == ()


_pieces = st.lists(
    st.one_of(
        st.sampled_from([*CHROME.split("|")[1:], *SAVP.split("|")[1:]]),
        st.builds(
            "a={}:{}".format,
            st.sampled_from(["crypto", "fingerprint", "ice-ufrag", "ice-pwd", "setup", "mid", "candidate"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0|"), max_size=40),
        ),
    ),
    max_size=25,
)


@given(_pieces, st.sampled_from(["UDP/TLS/RTP/SAVPF", "RTP/SAVPF", "RTP/SAVP"]), st.booleans())
def test_any_mixture_is_agreed_or_refused(pieces: list[str], profile: str, browser: bool) -> None:
    offer = sdp("|".join([f"m=audio 4000 {profile} 8 0", *pieces]))
    session = browser_session() if browser else phone_session()
    try:
        remote = session.answer(offer).remote
    except OfferRejected as rejected:
        assert rejected.status in (400, 488)
        assert session.remote is None
        return
    assert (remote.dtls is not None) is browser and (remote.keys is not None) is not browser
