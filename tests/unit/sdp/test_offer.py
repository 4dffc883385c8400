"""Offers of ours and the answers to them (RFC 3264 §5, §7)."""

from __future__ import annotations

import pytest

from callcenter.sdp.address import AddressPolicy
from callcenter.sdp.audio import AnswerRejected, AudioCapabilities, Direction, LocalAudio, LocalOrigin
from callcenter.sdp.offer_answer import answer, apply_answer, make_offer
from tests.unit.sdp.descriptions import LOCAL, body, sdp

OFFER = make_offer(LOCAL)


def test_an_offer_lists_codecs_by_our_preference() -> None:
    assert make_offer(LOCAL, origin=LocalOrigin(9, 4)) == (
        "v=0\r\no=- 9 4 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_capabilities_and_direction_shape_the_offer() -> None:
    capabilities = AudioCapabilities(("PCMU",), telephone_event=False, profiles=("RTP/SAVP",), ptime=30)
    local = LocalAudio("::1", 7000, 7005, sdes={"AEAD_AES_128_GCM": bytes(28)})
    offer = make_offer(local, capabilities, Direction.SENDONLY)
    assert "c=IN IP6 ::1" in offer
    assert body(offer) == [
        "m=audio 7000 RTP/SAVP 0",
        "a=rtpmap:0 PCMU/8000",
        "a=rtcp:7005",
        "a=ptime:30",
        "a=sendonly",
        "a=crypto:1 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    ]


def test_two_of_us_agree() -> None:
    answered = answer(OFFER, LocalAudio("192.0.2.20", 30000))
    remote = apply_answer(OFFER, answered.answer_sdp).remote
    assert (remote.host, remote.port, remote.codec, remote.payload_type) == ("192.0.2.20", 30000, "PCMA", 8)
    assert remote.accepted == {8: "PCMA", 0: "PCMU"}
    assert (remote.telephone_event_pt, remote.telephone_event_receive_pt) == (101, 101)
    assert remote.direction is Direction.SENDRECV


def test_an_answer_chooses_its_own_order_and_numbers() -> None:
    remote = apply_answer(
        OFFER,
        sdp("m=audio 4000 RTP/AVP 0 96|a=rtpmap:96 telephone-event/8000|a=ptime:40").encode(),
    ).remote
    assert (remote.codec, remote.payload_type, remote.ptime) == ("PCMU", 0, 40)
    assert (remote.telephone_event_pt, remote.telephone_event_receive_pt) == (96, 101)


def test_events_need_both_sides() -> None:
    remote = apply_answer(OFFER, sdp("m=audio 4000 RTP/AVP 8")).remote
    assert (remote.telephone_event_pt, remote.telephone_event_receive_pt) == (None, None)
    without = make_offer(LOCAL, AudioCapabilities(telephone_event=False))
    answered = sdp("m=audio 4000 RTP/AVP 8 101|a=rtpmap:101 telephone-event/8000")
    assert apply_answer(without, answered).remote.telephone_event_pt is None


def test_an_answer_without_a_mapping_means_what_the_offer_meant() -> None:
    assert apply_answer(OFFER, sdp("m=audio 4000 RTP/AVP 8 101")).remote.telephone_event_pt == 101


@pytest.mark.parametrize(
    ("offered", "answered", "ours", "hold"),
    [
        (Direction.SENDRECV, "recvonly", Direction.SENDONLY, False),
        (Direction.SENDRECV, "sendonly", Direction.RECVONLY, True),
        (Direction.SENDRECV, "inactive", Direction.INACTIVE, True),
        (Direction.SENDONLY, "recvonly", Direction.SENDONLY, False),
        (Direction.SENDONLY, "sendrecv", Direction.SENDONLY, False),
        (Direction.INACTIVE, "inactive", Direction.INACTIVE, True),
    ],
)
def test_directions_meet(offered: Direction, answered: str, ours: Direction, hold: bool) -> None:
    remote = apply_answer(make_offer(LOCAL, direction=offered), sdp(f"m=audio 4000 RTP/AVP 8|a={answered}")).remote
    assert (remote.direction, remote.hold) == (ours, hold)


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ("rubbish", "does not begin with v=0"),
        (sdp(), "number of media lines"),
        (sdp("m=audio 4000 RTP/AVP 8", "m=video 0 RTP/AVP 9"), "number of media lines"),
        (sdp("m=video 4000 RTP/AVP 8"), "not in the offer's order"),
        (sdp("m=audio 0 RTP/AVP 8"), "refuses the audio stream"),
        (sdp("m=audio 4000 RTP/SAVP 8"), "changes the transport to RTP/SAVP"),
        (sdp("m=audio 4000 RTP/AVP 18"), "none of the offered codecs"),
        (sdp("m=audio 4000 RTP/AVP 101|a=rtpmap:101 telephone-event/8000"), "none of the offered codecs"),
        (sdp("m=audio 4000 RTP/AVP 8", connection=None), "no c= line"),
        (sdp("m=audio 4000 RTP/AVP 8", connection="IN IP4 224.1.1.1"), "Multicast"),
        (sdp("m=audio 4000 RTP/AVP 8", connection="IN IP4 169.254.169.254"), "not sent to"),
        (sdp("m=audio 4000 RTP/AVP 8", connection="IN IP6 2001:db8::1"), "IP6 is not available here"),
    ],
)
def test_answers_that_do_not_fit_are_rejected(answered: str, reason: str) -> None:
    with pytest.raises(AnswerRejected, match=reason):
        apply_answer(OFFER, answered)


def test_the_address_policy_holds_for_answers() -> None:
    with pytest.raises(AnswerRejected):
        apply_answer(OFFER, sdp("m=audio 5060 RTP/AVP 8"), policy=AddressPolicy({"192.0.2.10"}, frozenset({5060})))
