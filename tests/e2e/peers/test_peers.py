"""The peers of the kit call each other, so that a failing call against the server is the server's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from callcenter.testing import baresip, sipp
from callcenter.testing.audio import heard_tones, tone_intervals
from callcenter.testing.baresip import Baresip, BaresipAccount
from callcenter.testing.pcap import RtpScript
from callcenter.testing.phone import CustomerPhone, KeyPress, PhoneCall, PhoneError, PhoneEvent, place_call
from callcenter.testing.pyvoip_line import Account
from callcenter.testing.sip_peer import SipPeer
from callcenter.testing.sipp import Sipp, SippOptions, run_sipp
from callcenter.testing.store_phone import StorePhone, StorePhoneSettings
from callcenter.testing.udp_fault_proxy import Faults, UdpFaultProxy

SCENARIOS = Path(__file__).parents[1] / "scenarios"
HOST = "127.0.0.1"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not sipp.is_installed(), reason="SIPp is not installed"),
]
needs_baresip = pytest.mark.skipif(not baresip.is_installed(), reason="baresip is not installed")
needs_raw_socket = pytest.mark.skipif(not sipp.can_play_captures(), reason="SIPp plays captures through a raw socket")


def callee(tmp_path: Path, name: str, **options: object) -> Sipp:
    return Sipp(SippOptions(SCENARIOS / f"{name}.xml", timeout=20, **options), tmp_path, name=name)  # type: ignore[arg-type]


def test_the_phone_hears_its_own_tone_from_an_echo(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_answer", rtp_echo=True) as far_end:
        report = place_call(
            PhoneCall("1900", port=far_end.port, tone_hz=440, hang_up_after=1.2, recording=tmp_path / "heard.wav")
        )
        far_end.wait().check()
    assert (report.status, report.answered, report.ended_by) == (200, True, "here")
    (heard,) = report.tone(440)
    assert heard.duration > 0.9
    assert heard_tones(report.heard, [660, 880]) == {660: 0, 880: 0}
    events = [entry.event for entry in report.timeline]
    assert events == [PhoneEvent.DIALLED, PhoneEvent.RINGING, PhoneEvent.ANSWERED, PhoneEvent.HUNG_UP]
    assert (tmp_path / "heard.wav").stat().st_size > 16000


def test_keys_come_back_from_an_echo_in_order(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_answer", rtp_echo=True) as far_end:
        report = place_call(
            PhoneCall("1900", port=far_end.port, keys=(KeyPress("12#", at=0.2),), hang_up_after_keys=0.4)
        )
    assert report.digits_received == "12#"


@pytest.mark.parametrize(("name", "status"), [("uas_486", 486), ("uas_603", 603), ("uas_404", 404), ("uas_500", 500)])
def test_a_refusal_is_acknowledged_and_reported(tmp_path: Path, name: str, status: int) -> None:
    with callee(tmp_path, name) as far_end:
        report = place_call(PhoneCall("1900", port=far_end.port))
        far_end.wait().check()
    assert (report.status, report.answered, report.ended_by) == (status, False, "rejected")
    assert report.packets_received == 0


def test_ringing_too_long_is_cancelled(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_ring_no_answer") as far_end:
        report = place_call(PhoneCall("1900", port=far_end.port, ring_timeout=0.5))
        far_end.wait().check()
    assert (report.status, report.ended_by) == (487, "cancelled")


def test_the_far_end_hangs_up(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_answer_hang_up", duration_ms=500) as far_end:
        report = place_call(PhoneCall("1900", port=far_end.port))
        far_end.wait().check()
    assert report.ended_by == "there"
    assert report.talk_seconds == pytest.approx(0.5, abs=0.3)


def test_early_media_then_answer(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_slow_183", duration_ms=300) as far_end:
        report = place_call(PhoneCall("1900", port=far_end.port, hang_up_after=0.2))
        far_end.wait().check()
    assert PhoneEvent.EARLY_MEDIA in [entry.event for entry in report.timeline]


def test_a_lossy_network_still_makes_one_call(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_answer", rtp_echo=True) as far_end:
        lost: list[bytes] = []

        def first_invite(data: bytes) -> bool:
            if data.startswith(b"INVITE") and not lost:
                lost.append(data)
                return True
            return False

        with UdpFaultProxy((HOST, far_end.port), to_server=Faults(drop=first_invite)) as proxy:
            report = place_call(PhoneCall("1900", port=proxy.address[1], hang_up_after=0.2))
        far_end.wait().check()
    assert report.answered
    assert report.ring_seconds == pytest.approx(1.0, abs=0.4)


def test_several_phones_at_once_hear_only_themselves(tmp_path: Path) -> None:
    tones = (440, 660, 880)
    heard: dict[float, dict[float, float]] = {}

    def call(tone: float) -> None:
        with callee(tmp_path / str(tone), "uas_answer", rtp_echo=True) as far_end:
            report = place_call(PhoneCall("1900", port=far_end.port, tone_hz=tone, hang_up_after=1.0))
        heard[tone] = heard_tones(report.heard, tones)

    threads = [threading.Thread(target=call, args=(tone,)) for tone in tones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for tone in tones:
        assert heard[tone].pop(tone) > 0.6
        assert set(heard[tone].values()) == {0}


def test_a_store_phone_registers_with_digest(tmp_path: Path) -> None:
    with callee(tmp_path, "uas_registrar") as registrar:
        phone = StorePhone(StorePhoneSettings(Account("201", "secret"), port=registrar.port))
        phone.start()
        phone.stop()
        registrar.wait().check()


def test_a_refused_registration_is_an_error(tmp_path: Path) -> None:
    with SipPeer("udp", (HOST, 9)) as registrar:
        phone = StorePhone(StorePhoneSettings(Account("201", "secret"), port=registrar.local[1]))
        refusals: list[PhoneError] = []

        def start() -> None:
            try:
                phone.start()
            except PhoneError as error:
                refusals.append(error)

        starting = threading.Thread(target=start)
        starting.start()
        request = registrar.expect(method="REGISTER")
        registrar.remote = (HOST, phone.sip_port)
        registrar.respond(request, "403 Forbidden", tag="x")
        starting.join(5)
        assert [str(error) for error in refusals] == ["201: registration refused with status 403"]


@needs_raw_socket
def test_a_store_phone_answers_hears_keys_and_hangs_up(tmp_path: Path) -> None:
    settings = StorePhoneSettings(None, ring_seconds=0.2, talk_seconds=1.5, tone_hz=660)
    with StorePhone(settings) as store:
        options = SippOptions(
            SCENARIOS / "uac_ivr_keys.xml",
            (HOST, store.sip_port),
            duration_ms=100,
            captures={"keys.pcap": RtpScript().keys("42", lose=(1,)).tone(440, 0.6)},
            port=None,
            timeout=20,
        )
        with Sipp(options, tmp_path) as caller:
            store.send_to(caller.port)
            call = store.wait_call(answered=True)
            caller.wait().check()
        assert call.caller_number == "0912345678"
        assert call.digits_received == "42"
        assert call.answered_at is not None
        assert call.ended_at is not None
        assert tone_intervals(call.heard(call.answered_at, call.ended_at), 440)


@needs_baresip
def test_baresip_calls_presses_keys_and_hears_the_store(tmp_path: Path) -> None:
    settings = StorePhoneSettings(None, ring_seconds=0.1, talk_seconds=None, tone_hz=660)
    with (
        StorePhone(settings) as store,
        Baresip(BaresipAccount("alice"), tmp_path / "alice", tone_hz=440) as alice,
    ):
        store.send_to(alice.sip_port)
        alice.dial(store.uri)
        alice.wait_for("CALL_ESTABLISHED")
        alice.press("15")
        alice.wait(0.7)
        alice.hang_up()
        alice.wait_for("CALL_CLOSED")
        (call,) = store.calls
        assert call.over.wait(2)
        assert call.digits_received == "15"
        assert call.answered_at is not None
        assert call.ended_at is not None
        assert sum(span.duration for span in tone_intervals(call.heard(call.answered_at, call.ended_at), 440)) > 0.4
        alice.wait(0.2)
        (recording,) = alice.heard()
        assert sum(span.duration for span in tone_intervals(recording.left, 660)) > 0.4


@needs_baresip
def test_baresip_answers_and_holds(tmp_path: Path) -> None:
    with Baresip(BaresipAccount("bob", auto_answer=True), tmp_path / "bob", tone_hz=880) as bob:
        plan = PhoneCall("bob", port=bob.sip_port, tone_hz=440)
        with CustomerPhone(plan) as phone:
            phone.dial()
            phone.wait_answered(5)
            phone.wait_tone(880, timeout=3)
            phone.press("7")
            bob.wait_for("CALL_DTMF_START")
            assert bob.digits_received() == "7"
            bob.hold()
            bob.wait(0.3)
            bob.resume()
            phone.wait(0.3)
            phone.wait_tone(880, timeout=3)
            phone.hang_up()
        bob.wait_for("CALL_CLOSED")


def test_a_raw_peer_and_sipp_over_udp_and_tcp(tmp_path: Path) -> None:
    for transport, kind in (("udp", "u1"), ("tcp", "t1")):
        with (
            Sipp(SippOptions("uas", transport=kind, calls=1, timeout=10), tmp_path, name=transport) as far_end,
            SipPeer("udp" if transport == "udp" else "tcp", (HOST, far_end.port)) as peer,
        ):
            peer.send(peer.request("INVITE", f"sip:1900@{HOST}:{far_end.port}"))
            ringing = peer.expect(status=180)
            answer = peer.expect(status=200, method="INVITE")
            assert ringing.get("Call-ID") == answer.get("Call-ID")


def test_built_in_scenarios_report_their_statistics(tmp_path: Path) -> None:
    with Sipp(SippOptions("uas", calls=20, timeout=20), tmp_path, name="uas", trace=False) as far_end:
        result = run_sipp(
            SippOptions("uac", (HOST, far_end.port), calls=20, rate=50, duration_ms=10, timeout=20),
            tmp_path,
            name="uac",
        ).check()
    assert (result.successful, result.failed, result.exit_code) == (20, 0, 0)
    assert "INVITE sip:" in result.messages


@needs_baresip
def test_baresip_registers_where_md5_is_offered(tmp_path: Path) -> None:
    with SipPeer("udp", (HOST, 9)) as registrar:
        bob = Baresip(BaresipAccount("bob", (HOST, registrar.local[1]), "secret12"), tmp_path / "bob")
        starting = threading.Thread(target=bob.start)
        starting.start()
        registrar.remote = (HOST, bob.sip_port)
        first = registrar.expect(method="REGISTER", timeout=10)
        challenge = 'WWW-Authenticate: Digest realm="shop", nonce="n1", algorithm=MD5, qop="auth"'
        registrar.respond(first, "401 Unauthorized", tag="x", extra=(challenge,))
        second = registrar.expect(method="REGISTER", where=lambda one: one.get("Authorization") != "")
        registrar.respond(second, "200 OK", tag="x", extra=(f"Contact: {second.get('Contact')};expires=60",))
        starting.join(10)
        assert not starting.is_alive()
        assert 'username="bob"' in second.get("Authorization")
        stopping = threading.Thread(target=bob.stop)
        stopping.start()
        last = registrar.expect(method="REGISTER", timeout=4)
        registrar.respond(last, "200 OK", tag="x")
        stopping.join(10)
        assert not stopping.is_alive()
