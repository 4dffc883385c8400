"""Whatever arrives, parsing ends in a description or in SdpError, and answers mirror their offers."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from callcenter.sdp.audio import AnswerRejected, Direction, OfferRejected
from callcenter.sdp.description import SdpError, parse
from callcenter.sdp.offer_answer import answer, apply_answer, make_offer
from callcenter.sdp.session import SdpSession
from tests.unit.sdp.descriptions import LOCAL, sdp

_numbers = st.one_of(st.integers(-1, 70_000).map(str), st.text("0123456789x -/", max_size=6))
_values = st.one_of(
    st.sampled_from(
        ["sendonly", "inactive", "rtcp-mux", "rtcp:1", "ptime:30", "rtpmap:8 PCMA/8000", "rtpmap:", "fmtp:101"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=30),
)
_lines = st.one_of(
    st.builds(
        "m={} {} {} {}".format,
        st.sampled_from(["audio", "video", "image", "x"]),
        _numbers,
        st.sampled_from(["RTP/AVP", "RTP/SAVP", "udptl", "rtp/avp"]),
        st.lists(_numbers, max_size=4).map(" ".join),
    ),
    st.builds(
        "c={} {} {}".format,
        st.sampled_from(["IN", "ATM"]),
        st.sampled_from(["IP4", "IP6", "ip4"]),
        st.one_of(st.sampled_from(["0.0.0.0", "::", "10.0.0.1", "::1", "224.0.0.1"]), st.text(max_size=12)),
    ),
    st.builds("a={}".format, _values),
    st.builds("{}={}".format, st.characters(min_codepoint=97, max_codepoint=122), _values),
    st.text(max_size=20),
)
_descriptions = st.lists(_lines, max_size=12).map(
    lambda lines: "\r\n".join(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", *lines, ""])
)
_media = st.lists(
    st.builds(
        "m={} {} {} {}".format,
        st.sampled_from(["audio", "audio", "video", "x"]),
        st.integers(0, 65_535),
        st.sampled_from(["RTP/AVP", "RTP/AVP", "RTP/SAVP", "udptl"]),
        st.lists(st.integers(0, 127).map(str), min_size=1, max_size=6).map(" ".join),
    ),
    max_size=6,
)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400), _descriptions))
def test_the_parser_raises_nothing_but_its_own_error(data: bytes | str) -> None:
    with contextlib.suppress(SdpError):
        parse(data)


@given(_descriptions)
def test_what_was_parsed_is_written_back_unchanged(text: str) -> None:
    with contextlib.suppress(SdpError):
        written = parse(text).encode().decode()
        assert written == text.replace("\r\n", "\n").rstrip("\n").replace("\n", "\r\n") + "\r\n"


@given(
    st.one_of(_descriptions, _media.map(lambda media: sdp(*media)), st.binary(max_size=200)), st.sampled_from(Direction)
)
def test_answers_have_the_lines_of_the_offer(offer: str | bytes, wish: Direction) -> None:
    try:
        result = answer(offer, LOCAL, direction=wish)
    except OfferRejected as rejected:
        assert rejected.status in (400, 488)
        return
    offered, answered = parse(offer).media, parse(result.answer_sdp).media
    assert [(media.kind, media.profile) for media in answered] == [(media.kind, media.profile) for media in offered]
    assert sum(media.port != 0 for media in answered) == 1
    assert len(result.layout) == len(offered)
    assert all(theirs.port or not ours.port for theirs, ours in zip(offered, answered, strict=True))
    assert result.remote.direction.limited_to(wish) is result.remote.direction


@given(st.one_of(_descriptions, _media.map(lambda media: sdp(*media)), st.binary(max_size=200)))
def test_reading_an_answer_raises_nothing_but_its_own_error(text: str | bytes) -> None:
    with contextlib.suppress(AnswerRejected):
        apply_answer(make_offer(LOCAL), text)


@given(st.lists(_media, min_size=1, max_size=5), st.lists(st.sampled_from(Direction), min_size=5, max_size=5))
def test_versions_grow_exactly_with_change(offers: list[list[str]], wishes: list[Direction]) -> None:
    session = SdpSession(LOCAL, 7)
    sent: list[str] = []
    for media, wish in zip(offers, wishes, strict=False):
        with contextlib.suppress(OfferRejected):
            sent.append(session.answer(sdp(*media), wish).answer_sdp)
    versions = [int(parse(text).origin.version) for text in sent]
    for index in range(1, len(sent)):
        assert versions[index] == versions[index - 1] + (sent[index] != sent[index - 1])
