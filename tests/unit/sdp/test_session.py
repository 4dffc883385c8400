"""Several rounds of offer and answer in one session (RFC 3264 §8)."""

from __future__ import annotations

import pytest

from callcenter.base.errors import LocalError
from callcenter.sdp.audio import AnswerRejected, AudioCapabilities, Direction, LocalAudio, OfferRejected
from callcenter.sdp.offer_answer import make_offer
from callcenter.sdp.session import SdpSession
from tests.unit.sdp.descriptions import LOCAL, body, sdp

ULAW_FIRST = "m=audio 4000 RTP/AVP 0 8 97|a=rtpmap:97 telephone-event/8000"


def origin(description: str) -> str:
    return description.split("\r\n")[1]


def answered_session() -> SdpSession:
    session = SdpSession(LOCAL, 55)
    session.answer(sdp(ULAW_FIRST))
    return session


def test_a_refresh_is_answered_with_the_same_bytes() -> None:
    session = SdpSession(LOCAL, 55)
    first = session.answer(sdp(ULAW_FIRST))
    assert first.changed
    for _ in range(3):
        again = session.answer(sdp(ULAW_FIRST))
        assert again.answer_sdp == first.answer_sdp == session.local_sdp
        assert not again.changed
    assert origin(first.answer_sdp) == "o=- 55 1 IN IP4 127.0.0.1"


def test_a_new_offer_with_the_same_meaning_changes_nothing() -> None:
    session = answered_session()
    before = session.local_sdp
    again = session.answer(sdp(ULAW_FIRST).replace("o=peer 100 1", "o=peer 100 2"))
    assert (again.answer_sdp, again.changed) == (before, False)


def test_hold_and_resume_count_versions() -> None:
    session = answered_session()
    held = session.answer(sdp(ULAW_FIRST + "|a=sendonly"))
    assert origin(held.answer_sdp) == "o=- 55 2 IN IP4 127.0.0.1"
    assert (held.remote.direction, held.remote.hold, held.changed) == (Direction.RECVONLY, True, True)
    twice = session.answer(sdp(ULAW_FIRST + "|a=sendonly"))
    assert (twice.answer_sdp, twice.changed) == (held.answer_sdp, False)
    resumed = session.answer(sdp(ULAW_FIRST))
    assert origin(resumed.answer_sdp) == "o=- 55 3 IN IP4 127.0.0.1"
    assert (resumed.remote.direction, resumed.remote.hold) == (Direction.SENDRECV, False)


def test_a_new_target_of_the_peer_changes_the_remote_but_not_our_description() -> None:
    session = answered_session()
    before = session.local_sdp
    moved = session.answer(sdp(ULAW_FIRST.replace("4000", "4444")))
    assert (moved.answer_sdp, moved.changed, moved.remote.port) == (before, True, 4444)


def test_the_codec_is_kept_while_it_is_still_offered() -> None:
    session = answered_session()
    assert session.answer(sdp("m=audio 4000 RTP/AVP 8 0")).remote.codec == "PCMU"
    assert session.answer(sdp("m=audio 4000 RTP/AVP 8")).remote.codec == "PCMA"
    assert session.answer(sdp("m=audio 4000 RTP/AVP 0 8")).remote.codec == "PCMA"


def test_a_refused_offer_changes_nothing() -> None:
    session = answered_session()
    before, remote = session.local_sdp, session.remote
    for broken in ("rubbish", sdp("m=audio 4000 RTP/AVP 18"), sdp(ULAW_FIRST, connection="IN IP4 224.0.0.1")):
        with pytest.raises(OfferRejected):
            session.answer(broken, Direction.INACTIVE)
    assert (session.local_sdp, session.remote, session.direction) == (before, remote, Direction.SENDRECV)
    assert session.answer(sdp(ULAW_FIRST)).answer_sdp == before


def test_switching_the_stream_off_holds_and_switching_it_on_resumes() -> None:
    session = answered_session()
    off = session.answer(sdp("m=audio 0 RTP/AVP 0 8"))
    assert body(off.answer_sdp) == ["m=audio 0 RTP/AVP 0 8"]
    assert (off.remote.port, off.remote.direction, off.remote.hold) == (0, Direction.INACTIVE, True)
    on = session.answer(sdp(ULAW_FIRST))
    assert (on.remote.port, on.remote.codec, on.remote.direction) == (4000, "PCMU", Direction.SENDRECV)
    assert origin(on.answer_sdp) == "o=- 55 3 IN IP4 127.0.0.1"


def test_our_re_offer_keeps_media_lines_payload_types_and_codec() -> None:
    session = SdpSession(LOCAL, 55)
    session.answer(sdp("m=video 5000 RTP/AVP 96", ULAW_FIRST.replace("0 8 97", "96 0 97") + "|a=rtpmap:96 PCMA/8000"))
    offer = session.offer(Direction.SENDONLY)
    assert origin(offer) == "o=- 55 2 IN IP4 127.0.0.1"
    assert body(offer) == [
        "m=video 0 RTP/AVP 96",
        "m=audio 20000 RTP/AVP 96 0 97",
        "a=rtpmap:96 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:97 telephone-event/8000",
        "a=fmtp:97 0-15",
        "a=ptime:20",
        "a=sendonly",
    ]
    result = session.apply_answer(sdp("m=video 0 RTP/AVP 96", "m=audio 4000 RTP/AVP 96|a=recvonly"))
    assert (result.remote.payload_type, result.remote.direction) == (96, Direction.SENDONLY)
    assert result.layout == ("m=video 0 RTP/AVP 96", None)


def test_events_get_a_number_that_is_free() -> None:
    session = SdpSession(LOCAL, 55)
    session.answer(sdp("m=audio 4000 RTP/AVP 101 96|a=rtpmap:101 PCMA/8000|a=rtpmap:96 PCMU/8000"))
    assert body(session.offer())[0] == "m=audio 20000 RTP/AVP 101 96 97"


def test_a_codec_and_events_that_were_taken_away_are_no_longer_offered() -> None:
    agreed = answered_session().remote
    offer = make_offer(LOCAL, AudioCapabilities(("PCMA",), telephone_event=False), current=agreed)
    assert body(offer)[:2] == ["m=audio 20000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000"]


def test_withdrawing_nothing_is_harmless() -> None:
    session = answered_session()
    session.withdraw()
    assert session.direction is Direction.SENDRECV


def test_a_late_offer_is_completed_by_the_answer() -> None:
    session = SdpSession(LOCAL, 55)
    offer = session.offer()
    assert session.offer_is_open
    assert origin(offer) == "o=- 55 1 IN IP4 127.0.0.1"
    result = session.apply_answer(sdp("m=audio 4000 RTP/AVP 0"))
    assert not session.offer_is_open
    assert session.remote == result.remote
    assert (result.changed, result.remote.codec) == (True, "PCMU")
    assert result.answer_sdp == sdp("m=audio 4000 RTP/AVP 0")


def test_a_bad_answer_leaves_the_session_as_it_was() -> None:
    session = answered_session()
    remote = session.remote
    session.offer(Direction.SENDONLY)
    with pytest.raises(AnswerRejected):
        session.apply_answer("rubbish")
    assert session.remote == remote
    session.withdraw()
    assert session.direction is Direction.SENDRECV
    assert session.answer(sdp(ULAW_FIRST)).remote == remote


def test_after_a_bad_answer_the_peer_may_offer_and_a_better_answer_may_follow() -> None:
    session = answered_session()
    session.offer(Direction.SENDONLY)
    with pytest.raises(AnswerRejected):
        session.apply_answer("rubbish")
    assert not session.offer_is_open
    better = session.apply_answer(sdp("m=audio 4000 RTP/AVP 0"))
    assert (better.remote.direction, session.direction) == (Direction.SENDONLY, Direction.SENDONLY)

    for _ in range(2):
        session.offer(Direction.INACTIVE)
        with pytest.raises(AnswerRejected):
            session.apply_answer("rubbish")
    assert session.answer(sdp(ULAW_FIRST)).remote.direction is Direction.SENDONLY


def test_a_withdrawn_offer_still_used_up_its_version() -> None:
    session = answered_session()
    assert origin(session.offer(Direction.SENDONLY)) == "o=- 55 2 IN IP4 127.0.0.1"
    session.withdraw()
    assert origin(session.answer(sdp(ULAW_FIRST)).answer_sdp) == "o=- 55 3 IN IP4 127.0.0.1"


def test_the_same_offer_twice_is_the_same_bytes() -> None:
    session = SdpSession(LOCAL, 55)
    first = session.offer()
    session.withdraw()
    assert session.offer() == first


def test_an_offer_while_ours_is_open_is_refused_with_491() -> None:
    session = answered_session()
    session.offer()
    with pytest.raises(OfferRejected) as caught:
        session.answer(sdp(ULAW_FIRST))
    assert caught.value.status == 491


def test_an_answer_needs_an_offer() -> None:
    with pytest.raises(LocalError):
        SdpSession(LOCAL, 55).apply_answer(sdp(ULAW_FIRST))
    session = answered_session()
    with pytest.raises(LocalError):
        session.apply_answer(sdp(ULAW_FIRST))


def test_a_final_answer_may_differ_from_the_provisional_one() -> None:
    session = SdpSession(LOCAL, 55)
    session.offer()
    early = session.apply_answer(sdp("m=audio 4000 RTP/AVP 8"))
    repeated = session.apply_answer(sdp("m=audio 4000 RTP/AVP 8"))
    final = session.apply_answer(sdp("m=audio 5000 RTP/AVP 0"))
    assert [early.changed, repeated.changed, final.changed] == [True, False, True]
    assert (final.remote.port, final.remote.codec) == (5000, "PCMU")


def test_forked_dialogs_agree_separately() -> None:
    session = SdpSession(LOCAL, 55)
    session.offer()
    other = session.fork()
    session.apply_answer(sdp("m=audio 4000 RTP/AVP 8"))
    other.apply_answer(sdp("m=audio 5000 RTP/AVP 0"))
    assert session.remote is not None
    assert other.remote is not None
    assert (session.remote.port, other.remote.port) == (4000, 5000)


def test_a_moved_media_leg_is_told_to_the_peer() -> None:
    session = answered_session()
    session.local = LocalAudio("127.0.0.1", 22000)
    moved = session.answer(sdp(ULAW_FIRST))
    assert origin(moved.answer_sdp) == "o=- 55 2 IN IP4 127.0.0.1"
    assert (body(moved.answer_sdp)[0], moved.changed) == ("m=audio 22000 RTP/AVP 0 97", False)
