"""Answers to single offers (RFC 3264 §6)."""

from __future__ import annotations

import pytest

from callcenter.sdp.address import AddressPolicy
from callcenter.sdp.audio import (
    AudioCapabilities,
    Direction,
    LocalAudio,
    LocalOrigin,
    OfferRejected,
    RemoteAudio,
)
from callcenter.sdp.description import parse
from callcenter.sdp.offer_answer import answer, offered_address_type
from tests.unit.sdp.descriptions import LOCAL, LOCAL6, body, sdp

PCMA = "m=audio 4000 RTP/AVP 8"


def remote(*media: str, **keywords: object) -> RemoteAudio:
    return answer(sdp(*media, **keywords), LOCAL).remote  # type: ignore[arg-type]


def rejection(offer: str | bytes, **keywords: object) -> tuple[int, int, str]:
    with pytest.raises(OfferRejected) as caught:
        answer(offer, LOCAL, **keywords)  # type: ignore[arg-type]
    return caught.value.status, caught.value.warning_code, caught.value.warning_text


def test_a_typical_offer_gets_one_codec_and_its_own_event_number() -> None:
    offer = sdp(
        "m=audio 4000 RTP/AVP 18 0 8 97|a=rtpmap:18 G729/8000|a=rtpmap:0 PCMU/8000|a=rtpmap:8 PCMA/8000"
        "|a=rtpmap:97 telephone-event/8000|a=fmtp:97 0-16|a=ptime:20|a=sendrecv"
    )
    result = answer(offer, LOCAL, origin=LocalOrigin(77, 3))
    assert result.answer_sdp == (
        "v=0\r\no=- 77 3 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 20000 RTP/AVP 0 97\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n"
        "a=ptime:20\r\na=sendrecv\r\n"
    )
    assert result.layout == (None,)
    assert result.remote == RemoteAudio(
        host="192.0.2.10",
        port=4000,
        rtcp_host="192.0.2.10",
        rtcp_port=4001,
        rtcp_mux=False,
        codec="PCMU",
        payload_type=0,
        accepted={0: "PCMU", 8: "PCMA"},
        telephone_event_pt=97,
        telephone_event_receive_pt=97,
        ptime=20,
        direction=Direction.SENDRECV,
        hold=False,
        is_private=False,
    )


def test_ipv6_is_answered_in_ipv6() -> None:
    result = answer(sdp(PCMA, connection="IN IP6 2001:db8::5"), LOCAL6)
    assert result.answer_sdp.split("\r\n")[1:4] == ["o=- 1 1 IN IP6 ::1", "s=-", "c=IN IP6 ::1"]
    assert (result.remote.host, result.remote.rtcp_host) == ("2001:db8::5", "2001:db8::5")


def test_unusable_media_lines_keep_their_place_with_port_zero() -> None:
    result = answer(
        sdp(
            "m=video 5000 RTP/AVP 96|a=rtpmap:96 H264/90000",
            "m=audio 0 RTP/AVP 0",
            "m=audio 4100 RTP/SAVP 0",
            "m=audio 4200 RTP/AVP 8",
            "m=audio 4300 RTP/AVP 0 8",
            "m=image 4400 udptl t38",
            "m=nonsense 4500 XYZ a b",
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        ),
        LOCAL,
    )
    assert [line for line in body(result.answer_sdp) if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/AVP 0",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 20000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 0 8",
        "m=image 0 udptl t38",
        "m=nonsense 0 XYZ a b",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ]
    assert result.remote.port == 4200
    assert result.layout[3] is None
    assert result.layout[5] == "m=image 0 udptl t38"


def test_the_time_line_is_repeated() -> None:
    offer = sdp(PCMA).replace("t=0 0", "t=2873397496 2873404696")
    assert "t=2873397496 2873404696" in answer(offer, LOCAL).answer_sdp.split("\r\n")


@pytest.mark.parametrize(
    ("formats", "attributes", "payload_type", "codec", "accepted"),
    [
        ("0 8", "", 0, "PCMU", {0: "PCMU", 8: "PCMA"}),
        ("8 0", "", 8, "PCMA", {8: "PCMA", 0: "PCMU"}),
        ("9 18 8 0 8", "", 8, "PCMA", {8: "PCMA", 0: "PCMU"}),
        ("96 0", "|a=rtpmap:96 pcma/8000/1", 96, "PCMA", {96: "PCMA", 0: "PCMU"}),
        ("96 0", "|a=rtpmap:96 PCMA/16000", 0, "PCMU", {0: "PCMU"}),
        ("96 0", "|a=rtpmap:96 PCMA/8000/2", 0, "PCMU", {0: "PCMU"}),
        ("8 0", "|a=rtpmap:8 opus/48000/2", 0, "PCMU", {0: "PCMU"}),
        ("99 0", "", 0, "PCMU", {0: "PCMU"}),
    ],
)
def test_codec_follows_the_order_of_the_offer(
    formats: str, attributes: str, payload_type: int, codec: str, accepted: dict[int, str]
) -> None:
    agreed = remote(f"m=audio 4000 RTP/AVP {formats}{attributes}")
    assert (agreed.payload_type, agreed.codec, agreed.accepted) == (payload_type, codec, accepted)


@pytest.mark.parametrize(
    ("formats", "attributes", "number"),
    [
        ("0 101", "|a=rtpmap:101 telephone-event/8000", 101),
        ("0 127", "|a=rtpmap:127 TELEPHONE-EVENT/8000", 127),
        ("0 96 97", "|a=rtpmap:96 telephone-event/48000|a=rtpmap:97 telephone-event/8000", 97),
        ("0 96", "|a=rtpmap:96 telephone-event/48000", None),
        ("0 101", "|a=fmtp:101 0-15", 101),
        ("0 101", "", None),
        ("0 101", "|a=fmtp:101 mode=20", None),
        ("0", "|a=rtpmap:101 telephone-event/8000", None),
        ("0", "", None),
    ],
)
def test_telephone_event_is_taken_at_8000_hz_under_any_number(
    formats: str, attributes: str, number: int | None
) -> None:
    agreed = remote(f"m=audio 4000 RTP/AVP {formats}{attributes}")
    assert (agreed.telephone_event_pt, agreed.telephone_event_receive_pt) == (number, number)


def test_telephone_event_can_be_left_out() -> None:
    result = answer(
        sdp("m=audio 4000 RTP/AVP 0 101|a=rtpmap:101 telephone-event/8000"),
        LOCAL,
        AudioCapabilities(telephone_event=False),
    )
    assert result.remote.telephone_event_pt is None
    assert "101" not in result.answer_sdp


@pytest.mark.parametrize(
    ("session", "media", "answered", "ours", "hold"),
    [
        ((), "", "sendrecv", Direction.SENDRECV, False),
        ((), "|a=sendonly", "recvonly", Direction.RECVONLY, True),
        ((), "|a=recvonly", "sendonly", Direction.SENDONLY, False),
        (("a=tool:x",), "|a=label:1", "sendrecv", Direction.SENDRECV, False),
        ((), "|a=inactive", "inactive", Direction.INACTIVE, True),
        (("a=sendonly",), "", "recvonly", Direction.RECVONLY, True),
        (("a=inactive",), "|a=sendrecv", "sendrecv", Direction.SENDRECV, False),
        ((), "|c=IN IP4 0.0.0.0", "recvonly", Direction.RECVONLY, True),
        ((), "|c=IN IP4 0.0.0.0|a=sendonly", "recvonly", Direction.RECVONLY, True),
        ((), "|c=IN IP4 0.0.0.0|a=recvonly", "inactive", Direction.INACTIVE, True),
        ((), "|c=IN IP4 0.0.0.0|a=inactive", "inactive", Direction.INACTIVE, True),
        ((), "|c=IN IP6 ::", "recvonly", Direction.RECVONLY, True),
        ((), "|c=IN IP6 [::]", "recvonly", Direction.RECVONLY, True),
    ],
)
def test_direction_and_hold(session: tuple[str, ...], media: str, answered: str, ours: Direction, hold: bool) -> None:
    result = answer(sdp(PCMA + media, session=session), LOCAL)
    assert f"a={answered}" in body(result.answer_sdp)
    assert (result.remote.direction, result.remote.hold) == (ours, hold)


@pytest.mark.parametrize(
    ("offered", "wish", "answered"),
    [
        ("sendrecv", Direction.SENDONLY, Direction.SENDONLY),
        ("sendrecv", Direction.INACTIVE, Direction.INACTIVE),
        ("sendonly", Direction.SENDONLY, Direction.INACTIVE),
        ("recvonly", Direction.RECVONLY, Direction.INACTIVE),
        ("sendrecv", Direction.RECVONLY, Direction.RECVONLY),
    ],
)
def test_we_never_do_more_than_we_want(offered: str, wish: Direction, answered: Direction) -> None:
    assert answer(sdp(f"{PCMA}|a={offered}"), LOCAL, direction=wish).remote.direction is answered


@pytest.mark.parametrize(
    ("attributes", "ptime"),
    [
        ("", 20),
        ("|a=ptime:30", 30),
        ("|a=ptime:60", 60),
        ("|a=ptime:10", 10),
        ("|a=ptime:25", 20),
        ("|a=ptime:20.5", 20),
        ("|a=ptime:0", 20),
        ("|a=ptime:500", 20),
        ("|a=ptime:fast", 20),
        ("|a=maxptime:150", 20),
        ("|a=maxptime:10", 10),
        ("|a=maxptime:5", 10),
        ("|a=ptime:60|a=maxptime:40", 40),
    ],
)
def test_packet_time(attributes: str, ptime: int) -> None:
    assert remote(PCMA + attributes).ptime == ptime


@pytest.mark.parametrize(
    ("attributes", "target", "mux"),
    [
        ("", ("192.0.2.10", 4001), False),
        ("|a=rtcp:5001", ("192.0.2.10", 5001), False),
        ("|a=rtcp:5001 IN IP4 192.0.2.11", ("192.0.2.11", 5001), False),
        ("|a=rtcp:5001 IN IP4 169.254.169.254", ("192.0.2.10", 4001), False),
        ("|a=rtcp:9 IN IP4 0.0.0.0", ("192.0.2.10", 4001), False),
        ("|a=rtcp:5001 IN IP6 2001:db8::1", ("192.0.2.10", 4001), False),
        ("|a=rtcp:5001 ATM NSAP x", ("192.0.2.10", 5001), False),
        ("|a=rtcp-mux", ("192.0.2.10", 4000), True),
        ("|a=rtcp:4000|a=rtcp-mux", ("192.0.2.10", 4000), True),
    ],
)
def test_rtcp_target(attributes: str, target: tuple[str, int], mux: bool) -> None:
    result = answer(sdp(PCMA + attributes), LOCAL)
    assert (result.remote.rtcp_host, result.remote.rtcp_port) == target
    assert result.remote.rtcp_mux is mux
    assert ("a=rtcp-mux" in body(result.answer_sdp)) is mux


def test_rtcp_goes_nowhere_rather_than_to_a_forbidden_port() -> None:
    assert remote("m=audio 65535 RTP/AVP 0").rtcp_port == 0
    policy = AddressPolicy({"192.0.2.10"}, {5060})
    assert answer(sdp("m=audio 5059 RTP/AVP 0"), LOCAL, policy=policy).remote.rtcp_port == 0
    assert answer(sdp(PCMA + "|a=rtcp:5060"), LOCAL, policy=policy).remote.rtcp_port == 0


def test_mux_is_only_answered_when_we_can() -> None:
    result = answer(sdp(PCMA + "|a=rtcp-mux"), LOCAL, AudioCapabilities(rtcp_mux=False))
    assert (result.remote.rtcp_mux, result.remote.rtcp_port) == (False, 4001)
    assert "a=rtcp-mux" not in body(result.answer_sdp)


def test_our_own_rtcp_port_is_told() -> None:
    local = LocalAudio("127.0.0.1", 20000, 20005)
    assert body(answer(sdp(PCMA), local).answer_sdp)[2:] == ["a=rtcp:20005", "a=ptime:20", "a=sendrecv"]
    assert "a=rtcp:" not in answer(sdp(PCMA), LocalAudio("127.0.0.1", 20000, 20001)).answer_sdp


@pytest.mark.parametrize(
    ("connection", "private"),
    [("192.0.2.10", False), ("10.0.0.1", True), ("192.168.1.2", True), ("100.64.1.1", True), ("127.0.0.1", True)],
)
def test_private_addresses_are_flagged(connection: str, private: bool) -> None:
    assert remote(PCMA, connection=f"IN IP4 {connection}").is_private is private


def test_media_level_address_wins_over_the_session() -> None:
    assert remote(PCMA + "|c=IN IP4 192.0.2.77").host == "192.0.2.77"
    assert remote(PCMA + "|c=IN IP4 192.0.2.77", connection=None).host == "192.0.2.77"


def test_secure_profiles_need_the_capability() -> None:
    assert rejection(sdp("m=audio 4000 RTP/SAVP 8")) == (488, 302, "Transport RTP/SAVP is not available")


@pytest.mark.parametrize(
    ("offer", "warning"),
    [
        (sdp(PCMA, connection="ATM IP4 192.0.2.1"), (300, "Network type ATM is not available")),
        (sdp(PCMA, connection="IN IP7 192.0.2.1"), (301, "Address type IP7 is not available")),
        (sdp(PCMA, connection="IN I\udcffP 192.0.2.1"), (301, "Address type I?P is not available")),
        (sdp(PCMA, connection="IN IP6 2001:db8::1"), (301, "Address type IP6 is not available here")),
        (sdp(PCMA, connection="IN IP4 phone.example.com"), (301, "The connection address is not a numeric address")),
        (sdp(PCMA, connection="IN IP4 224.2.1.1/127"), (330, "Multicast is not available")),
        (sdp(PCMA, connection="IN IP4 169.254.169.254"), (399, "Media is not sent to the connection address")),
        (sdp(PCMA, connection="IN IP4 255.255.255.255"), (399, "Media is not sent to the connection address")),
        (sdp(PCMA, connection="IN IP4 0.0.0.1"), (399, "Media is not sent to the connection address")),
        (sdp("m=audio 4000 TCP/RTP/AVP 0"), (302, "Transport TCP/RTP/AVP is not available")),
        (sdp("m=audio 4000 udp 0"), (302, "Transport udp is not available")),
        (sdp("m=audio 4000 UDP/TLS/RTP/SAVPF 0"), (302, "Transport UDP/TLS/RTP/SAVPF is not available")),
        (sdp("m=audio 4000 RTP/AVP 18 9"), (305, "No common audio codec")),
        (sdp("m=audio 4000 RTP/AVP 101|a=rtpmap:101 telephone-event/8000"), (305, "No common audio codec")),
        (sdp("m=video 4000 RTP/AVP 0"), (304, "No active audio stream is offered")),
        (sdp("m=audio 0 RTP/AVP 0"), (304, "No active audio stream is offered")),
        (sdp(), (304, "No active audio stream is offered")),
    ],
)
def test_offers_that_cannot_be_met_get_488_with_a_warning(offer: str, warning: tuple[int, str]) -> None:
    assert rejection(offer) == (488, *warning)


@pytest.mark.parametrize(
    "offer",
    [
        "rubbish",
        b"\xff\xfe\x00",
        sdp("m=audio x RTP/AVP 0"),
        sdp(PCMA, connection=None),
        sdp(PCMA + "|a=rtpmap:8"),
        sdp(PCMA + "|a=rtpmap:x PCMA/8000"),
        sdp(PCMA + "|a=rtpmap:200 PCMA/8000"),
        sdp(PCMA + "|a=rtpmap:8 PCMA"),
        sdp(PCMA + "|a=rtpmap:8 PCMA/fast"),
        sdp(PCMA + "|a=rtpmap:8 /8000"),
        sdp(PCMA + "|a=rtcp:0"),
        sdp(PCMA + "|a=rtcp:70000"),
        sdp(PCMA + "|a=rtcp:5000 IN"),
        sdp(PCMA + "|a=rtcp:"),
    ],
)
def test_broken_offers_get_400(offer: str | bytes) -> None:
    status, code, text = rejection(offer)
    assert (status, code) == (400, 399)
    assert text


def test_our_own_signalling_port_is_refused() -> None:
    policy = AddressPolicy(own_hosts={"192.0.2.10"}, signalling_ports={5060})
    assert rejection(sdp("m=audio 5060 RTP/AVP 0"), policy=policy)[0] == 488
    assert rejection(sdp("m=audio 5060 RTP/AVP 0", connection="IN IP4 127.0.0.1"), policy=policy)[0] == 488
    assert answer(sdp("m=audio 5062 RTP/AVP 0"), LOCAL, policy=policy).remote.port == 5062


def test_a_second_audio_line_saves_an_offer_whose_first_is_unusable() -> None:
    result = answer(sdp("m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVP 0"), LOCAL)
    assert (result.remote.port, result.layout) == (4002, ("m=audio 0 RTP/SAVP 0", None))


def test_the_first_reason_is_the_one_that_is_told() -> None:
    assert rejection(sdp("m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVP 18"))[1] == 302


def test_the_warning_header_is_quoted() -> None:
    rejected = OfferRejected(488, 399, 'a "b" \\c')
    assert rejected.warning_header("pbx.example.com") == '399 pbx.example.com "a \\"b\\" \\\\c"'
    assert rejected.warning_header('Tổng đài "1"') == '399 T-ng---i--1- "a \\"b\\" \\\\c"'
    assert rejected.warning_header("").startswith("399 - ")
    assert str(rejected) == 'a "b" \\c'


def test_a_parsed_offer_is_accepted_as_well() -> None:
    assert answer(parse(sdp(PCMA)), LOCAL).answer_sdp == answer(sdp(PCMA).encode(), LOCAL).answer_sdp


@pytest.mark.parametrize(
    ("offer", "family"),
    [
        (sdp(PCMA), "IP4"),
        (sdp("m=video 4 RTP/AVP 1", "m=audio 0 RTP/AVP 0", PCMA + "|c=in ip6 ::1"), "IP6"),
        (sdp(PCMA, connection="IN IP9 x"), None),
        (sdp(PCMA, connection=None), None),
        (parse(sdp("m=video 4 RTP/AVP 1")), None),
    ],
)
def test_the_address_family_can_be_read_before_a_leg_is_opened(offer: str, family: str | None) -> None:
    assert offered_address_type(offer) == family


def test_reading_the_family_of_rubbish_is_a_400() -> None:
    with pytest.raises(OfferRejected) as caught:
        offered_address_type("rubbish")
    assert caught.value.status == 400
