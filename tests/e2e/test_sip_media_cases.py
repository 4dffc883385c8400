"""Telling cases 12 to 16 and 19 to 22: what descriptions say, what the media then does, and a session let lapse."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.testing import sipp
from callcenter.testing.audio import heard_tones, read_wav, tone_intervals
from callcenter.testing.pcap import RtpScript
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.sip_peer import Unexpected
from tests.e2e.proving import (
    ANNOUNCEMENT,
    CARRIER,
    HOLD_TIMEOUT,
    KEYPAD,
    MEDIA_TIMEOUT,
    Line,
    Proving,
    header,
    origin_version,
)

pytestmark = pytest.mark.peer
needs_raw_socket = pytest.mark.skipif(not sipp.can_play_captures(), reason="SIPp plays captures through a raw socket")


EXPIRY_S = 60
"A session of 90 s is ended a third of it before its end (RFC 4028 §10)."


class Unrefreshed:
    """A call whose caller promised to refresh a session of 90 s and does not; it lasts a minute beside the others."""

    def __init__(self, line: Line) -> None:
        self.line = line
        "The caller's."
        self.lasted: float | None = None
        "Seconds until the server hung up."
        self.thread = threading.Thread(target=self._wait, args=(time.monotonic(),))
        "Waits for that."
        self.thread.start()

    def _wait(self, began: float) -> None:
        with contextlib.suppress(Unexpected):
            bye = self.line.expect(method="BYE", timeout=EXPIRY_S + 10)
            self.lasted = time.monotonic() - began
            self.line.respond(bye, "200 OK")


@pytest.fixture(scope="module", autouse=True)
def unrefreshed(proving: Proving) -> Iterator[Unrefreshed]:
    """Begin the long call first; its test comes last."""
    with proving.caller(user="0900000019", rtp=True) as line:
        answer = line.call(ANNOUNCEMENT, headers={"Supported": "timer", "Session-Expires": "90;refresher=uac"})
        assert header(answer, "Session-Expires") == "90;refresher=uac"
        proving.server.call_log.story_of(line.call_id, finished=False)  # In the log before a test counts its calls.
        proving.background = 1
        call = Unrefreshed(line)
        yield call
        call.thread.join()
        proving.background = 0


@pytest.fixture(autouse=True)
def nothing_left(proving: Proving) -> Iterator[None]:
    """After each test the server answers and holds no call."""
    yield
    proving.check_alive()


@pytest.mark.parametrize("way", ["zero", "sendonly", "inactive", "twice", "update"])
def test_case12_hold_and_resume(proving: Proving, way: str) -> None:
    with proving.one_call():
        proving.sipp(f"case12_hold_{way}")


def test_case12_resume_without_sdp(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case12_resume_without_sdp")


def packets_in(line: Line, seconds: float) -> int:
    """Return how many packets come from the server in this time."""
    assert line.rtp is not None
    before = len(line.rtp.listener.packets)
    time.sleep(seconds)
    return len(line.rtp.listener.packets) - before


@pytest.mark.parametrize(
    ("offered", "answered", "speaks"),
    [("sendonly", "recvonly", False), ("inactive", "inactive", False), ("recvonly", "sendonly", True)],
)
def test_case12_the_version_grows_with_changes_only(
    proving: Proving, offered: str, answered: str, speaks: bool
) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        first = line.call(ANNOUNCEMENT)
        hold = line.ask("INVITE", line.sdp(f"a={offered}"))
        assert f"a={answered}\r\n".encode() in hold.body
        assert origin_version(hold) == origin_version(first) + 1
        time.sleep(0.1)
        assert (packets_in(line, 0.5) > 15) is speaks
        again = line.ask("INVITE", line.sdp(f"a={offered}", version=line._version))
        assert again.body == hold.body
        resumed = line.ask("INVITE", line.sdp("a=sendrecv"))
        assert origin_version(resumed) == origin_version(hold) + 1
        time.sleep(0.1)
        assert packets_in(line, 0.4) > 12
        assert line.bye() == 200


def test_case13_late_offer(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case13_late_offer", duration_ms=500)


def test_case13_late_offer_answered_in_the_ack_is_heard(proving: Proving) -> None:
    with proving.one_call(), proving.caller(rtp=True) as line:
        line.invite(ANNOUNCEMENT, b"")
        answer = line.expect(200)
        assert b"m=audio" in answer.body
        line.take(answer)
        assert packets_in(line, 0.3) == 0
        line.ack(line.sdp())
        assert packets_in(line, 0.6) > 15
        assert line.bye() == 200


def test_case13_an_unusable_answer_in_the_ack_ends_the_call(proving: Proving) -> None:
    with proving.one_call(Outcome.FAILED, HangupCause.INCOMPATIBLE_DESTINATION, HangupSide.SYSTEM):
        proving.sipp("case13_bad_answer")


@pytest.mark.parametrize("name", ["static_types", "two_audio", "unknown_media", "video_too"])
def test_case14_descriptions_that_can_be_answered(proving: Proving, name: str) -> None:
    with proving.one_call():
        proving.sipp(f"case14_{name}")


@pytest.mark.parametrize("name", ["bad_transport", "only_video", "unknown_codec"])
def test_case14_descriptions_that_cannot(proving: Proving, name: str) -> None:
    with proving.one_call(Outcome.FAILED, HangupCause.INCOMPATIBLE_DESTINATION, HangupSide.SYSTEM):
        proving.sipp(f"case14_{name}")


@pytest.mark.parametrize(
    ("old", "new", "statuses"),
    [
        ("c=IN IP4 127.0.0.1", "c=IN IP4 not.an.address", (400, 488)),
        ("c=IN IP4 127.0.0.1", "c=ATM NSAP 47.0091", (400, 488)),
        ("c=IN IP4 127.0.0.1", "c=IN IP9 127.0.0.1", (400, 488)),
        ("RTP/AVP 8", "RTP/AVP 999", (400, 488)),
        ("v=0", "v=7", (400, 488)),
        ("m=audio", "m=", (400, 488)),
    ],
)
def test_case14_broken_lines_are_refused_with_a_warning_or_400(
    proving: Proving, old: str, new: str, statuses: tuple[int, ...]
) -> None:
    with proving.calls() as calls, proving.caller() as line:
        line.invite(ANNOUNCEMENT, line.sdp().replace(old.encode(), new.encode(), 1))
        refused = line.final("INVITE", 1)
        line.ack_failure(refused)
        assert refused.status in statuses
        assert refused.status != 488 or "Warning" in dict(refused.headers)
    assert calls.records[0].outcome is Outcome.FAILED


def test_case14_a_port_of_0_is_answered_with_0(proving: Proving) -> None:
    with proving.calls() as calls, proving.caller() as line:
        body = line.sdp().replace(f"m=audio {line.media_port}".encode(), b"m=audio 0")
        line.invite(ANNOUNCEMENT, body)
        final = line.final("INVITE", 1)
        if final.status == 200:
            assert b"m=audio 0 " in final.body
            line.take(final)
            line.ack()
            line.bye()
        else:
            assert final.status == 488
            line.ack_failure(final)
    assert len(calls.records) == 1


def test_case15_direction_in_the_session_part(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case15_session_direction")


def test_case16_multipart_with_sdp(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case16_multipart")


def test_case16_multipart_without_sdp(proving: Proving) -> None:
    with proving.no_call():
        proving.sipp("case16_multipart_without_sdp")


def test_case20_no_rtp_ends_the_call(proving: Proving) -> None:
    began = time.monotonic()
    with proving.one_call(Outcome.MEDIA_FAILURE, HangupCause.MEDIA_TIMEOUT, HangupSide.NETWORK):
        proving.sipp("case20_no_rtp")
    assert MEDIA_TIMEOUT - 0.5 < time.monotonic() - began < MEDIA_TIMEOUT + 4


def test_case20_no_rtp_on_hold_is_borne_longer(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.MEDIA_FAILURE, HangupCause.MEDIA_TIMEOUT, HangupSide.NETWORK),
        proving.caller() as line,
    ):
        line.call(ANNOUNCEMENT)
        assert line.ask("INVITE", line.sdp("a=inactive")).status == 200
        began = time.monotonic()
        bye = line.expect(method="BYE", timeout=HOLD_TIMEOUT + 3)
        assert time.monotonic() - began == pytest.approx(HOLD_TIMEOUT, abs=1.6)
        line.respond(bye, "200 OK")


@needs_raw_socket
@pytest.mark.parametrize("ptime", [20, 40])
def test_case21_another_source_and_packet_time_in_mid_call(proving: Proving, ptime: int) -> None:
    script = RtpScript(ptime_ms=ptime).tone(700, 1.2).change_source(0x9999).tone(700, 1.2).keys("1").silence(1.0)
    with proving.calls() as calls:
        proving.sipp("uac_play", KEYPAD, duration_ms=3800, captures={"media.pcap": script})
    assert calls.records[0].keys_pressed == "1"
    left = read_wav(proving.server.recorded()[-1]).left
    spoken = [one for one in tone_intervals(left, 700) if one.duration > 0.2]
    assert sum(one.duration for one in spoken) == pytest.approx(2.4, abs=0.25)
    assert len(spoken) <= 2


MATRIX = {
    "plain": RtpScript().silence(0.3).keys("13", gap_ms=400),
    "first two packets lost": RtpScript().silence(0.3).keys("13", lose=(0, 1), gap_ms=400),
    "all ends lost but one": RtpScript().silence(0.3).keys("13", lose=(4, 5), gap_ms=400),
    "no end at all": RtpScript().silence(0.3).keys("1", ends=0, gap_ms=400).keys("3", gap_ms=400),
    "ends repeated": RtpScript().silence(0.3).keys("13", ends=12, gap_ms=400),
    "long": RtpScript().silence(0.3).keys("13", duration_ms=900, gap_ms=300),
    "short": RtpScript().silence(0.3).keys("13", duration_ms=40, gap_ms=300),
    "in u-law": RtpScript(payload_type=0).silence(0.3).keys("13", gap_ms=400),
}


@needs_raw_socket
@pytest.mark.parametrize("name", MATRIX)
def test_case22_each_key_counts_once(proving: Proving, name: str) -> None:
    with proving.calls() as calls:
        proving.sipp("uac_play", KEYPAD, duration_ms=2800, captures={"media.pcap": MATRIX[name].silence(1.0)})
    assert calls.records[0].keys_pressed == "1 3"


def test_case22_keys_by_info(proving: Proving) -> None:
    with proving.calls() as calls, proving.caller(rtp=True) as line:
        body = line.sdp().replace(b" 8 101", b" 8").replace(b"a=rtpmap:101 telephone-event/8000\r\n", b"")
        line.call(KEYPAD, body.replace(b"a=fmtp:101 0-15\r\n", b""))
        time.sleep(0.3)
        for signal in ("1", "3"):
            relay = f"Signal={signal}\r\nDuration=160\r\n".encode()
            assert line.ask("INFO", relay, headers={"Content-Type": "application/dtmf-relay"}).status == 200
            time.sleep(0.6)
        assert line.bye() == 200
    assert calls.records[0].keys_pressed == "1 3"


def test_case22_another_event_number_and_a_48_khz_one_beside_it(proving: Proving) -> None:
    with proving.calls() as calls, proving.caller(rtp=True) as line:
        body = line.sdp("a=rtpmap:96 opus/48000/2", "a=rtpmap:110 telephone-event/48000")
        answer = line.call(KEYPAD, body.replace(b" 8 101", b" 96 110 8 101"))
        assert b"telephone-event/8000" in answer.body and b"48000" not in answer.body
        time.sleep(0.3)
        assert line.rtp is not None
        line.rtp.talker.press("1")
        time.sleep(0.8)
        line.rtp.talker.press("3")
        time.sleep(0.8)
        assert line.bye() == 200
    assert calls.records[0].keys_pressed == "1 3"


def test_what_the_carrier_hears_is_the_prompt(proving: Proving) -> None:
    media = RawMedia(tone_hz=None)
    with proving.one_call(), RawPhone(proving.server.sip, "0912345678", local_host=CARRIER, media=media) as phone:
        call = phone.dial(ANNOUNCEMENT)
        time.sleep(1.0)
        assert heard_tones(call.heard(0.8), [500.0])[500.0] > 0.5
        call.hang_up()


def test_case19_a_refresher_that_never_refreshes_is_hung_up(proving: Proving, unrefreshed: Unrefreshed) -> None:
    unrefreshed.thread.join()
    assert unrefreshed.lasted == pytest.approx(EXPIRY_S, abs=2.5)
    record = proving.server.story_of(unrefreshed.line.call_id).record
    assert (record.hangup_cause, record.hangup_side) == (HangupCause.RECOVERY_ON_TIMER_EXPIRE, HangupSide.NETWORK)
    proving.background = 0
