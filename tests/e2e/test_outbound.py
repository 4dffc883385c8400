"""Calls to the world outside: over the first trunk that will take them, with the far end's own sounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callcenter.calls.cdr import Direction, HangupCause, HangupSide, Outcome
from callcenter.testing import sipp
from callcenter.testing.audio import heard_tones
from callcenter.testing.phone import CustomerPhone, PhoneCall, PhoneEvent, place_call
from callcenter.testing.processes import free_ports
from callcenter.testing.pyvoip_line import Account
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.server import RunningServer
from callcenter.testing.sip_peer import SipPeer
from callcenter.testing.sipp import Sipp, SippOptions
from tests.e2e.town import CONFIG, SECRET, check_books, talks, town_options

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not sipp.is_installed(), reason="SIPp is not installed"),
]

SCENARIOS = Path(__file__).parent / "scenarios"
CALLER_HZ, CALLED_HZ = 1150.0, 1400.0
DIALLED, AS_SENT = "02438251234", "+842438251234"
HO_CHI_MINH = "02838251234"
"A number of the rule that knows the second trunk only, one call at a time."
DA_NANG = "02363825125"
"A number of the rule whose first trunk is checked every second."


@dataclass(frozen=True)
class World:
    """The server and the ports its trunks lead to."""

    server: RunningServer
    first: int
    second: int
    checked: int

    def call(self, number: str = DIALLED, **more: Any) -> PhoneCall:
        return PhoneCall(number, port=self.server.sip_port, account=Account("501", SECRET), **more)

    def trunk(self, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.server.get_json("/api/status")["trunks"]
        return next(one for one in found if one["name"] == name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    first, second, checked = free_ports(3)
    trunks = [
        {
            "name": name,
            "kind": "ip",
            "host": f"127.0.0.1:{port}",
            "options_interval": interval,
            "caller_id": "+842471000000",
        }
        for name, port, interval in (("first", first, 0), ("second", second, 0), ("checked", checked, 1))
    ]
    config = {
        **CONFIG,
        "trunks": trunks,
        "outbound": [
            {"pattern": "+8424", "trunks": ["first", "second"]},
            {"pattern": "+8428", "trunks": ["second"], "max_calls": 1},
            {"pattern": "+84236", "trunks": ["checked", "second"]},
        ],
    }
    with RunningServer(tmp_path_factory.mktemp("world"), town_options(config=config)) as server:
        yield World(server, first, second, checked)


@contextmanager
def carrier(directory: Path, name: str, port: int, **options: Any) -> Iterator[Sipp]:
    with Sipp(
        SippOptions(SCENARIOS / f"{name}.xml", port=port, timeout=20, **options), directory, name=name
    ) as far_end:
        yield far_end


def test_an_extension_calls_out(world: World, tmp_path: Path) -> None:
    with (
        carrier(tmp_path, "uas_answer", world.first, rtp_echo=True) as far_end,
        CustomerPhone(world.call(tone_hz=CALLER_HZ)) as caller,
    ):
        caller.dial()
        caller.wait_tone(CALLER_HZ, timeout=5)  # The far end sends back what it hears.
        caller.wait(0.6)
        caller.hang_up()
        report = caller.report()
        result = far_end.wait().check()
    assert f"INVITE sip:{AS_SENT}@127.0.0.1:{world.first} SIP/2.0" in result.messages
    assert "From: <sip:+842471000000@" in result.messages
    story = world.server.story_of(report.call_id)
    check_books(story)
    record = story.record
    assert (record.direction, record.outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
    assert (record.from_number, record.to_number) == ("501", AS_SENT)
    assert {leg.peer for leg in story.legs} == {"501", f"{AS_SENT} via first"}
    assert len(talks(story)) == 1


def test_a_trunk_that_is_overloaded_gives_way_to_the_next(world: World, tmp_path: Path) -> None:
    with (
        carrier(tmp_path, "case29_uas_503", world.first) as overloaded,
        carrier(tmp_path, "uas_answer", world.second) as healthy,
    ):
        report = place_call(world.call(hang_up_after=0.5))
        healthy.wait().check()
        overloaded.wait().check()
        assert report.answered
        story = world.server.story_of(report.call_id)
        check_books(story)
        assert [(leg.peer, leg.sip_status) for leg in story.legs if leg.peer != "501"] == [
            (f"{AS_SENT} via first", 503),
            (f"{AS_SENT} via second", 200),
        ]
        assert world.trunk("first")["up"] is False
    # It asked to be left alone: the next call does not even try it.
    with carrier(tmp_path, "uas_answer", world.second) as healthy:
        report = place_call(world.call(hang_up_after=0.3))
        healthy.wait().check()
        story = world.server.story_of(report.call_id)
        assert [leg.peer for leg in story.legs if leg.peer != "501"] == [f"{AS_SENT} via second"]


def test_early_media_is_heard_before_the_answer(world: World, tmp_path: Path) -> None:
    """The far end's own ringing (here: our voice, sent back) reaches a phone that is not answered yet."""
    with (
        carrier(tmp_path, "uas_slow_183", world.second, rtp_echo=True, duration_ms=1500) as far_end,
        CustomerPhone(world.call(HO_CHI_MINH, tone_hz=CALLER_HZ)) as caller,
    ):
        caller.dial()
        caller.wait_tone(CALLER_HZ, timeout=3)
        assert PhoneEvent.ANSWERED not in [entry.event for entry in caller.report().timeline]
        caller.wait_answered(4)
        caller.wait(0.4)
        caller.hang_up()
        far_end.wait().check()
        report = caller.report()
    assert PhoneEvent.EARLY_MEDIA in [entry.event for entry in report.timeline]
    assert report.ring_seconds == pytest.approx(1.5, abs=0.5)
    story = world.server.story_of(report.call_id)
    check_books(story)
    assert story.record.outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("name", "status", "outcome"), [("uas_486", 486, Outcome.BUSY), ("uas_404", 480, Outcome.NO_ANSWER)]
)
def test_the_called_number_refuses(world: World, tmp_path: Path, name: str, status: int, outcome: Outcome) -> None:
    """What is said of the number or the person is final: no other trunk is tried."""
    with carrier(tmp_path, name, world.second) as far_end:
        report = place_call(world.call(HO_CHI_MINH))
        far_end.wait().check()
    assert report.status == status
    story = world.server.story_of(report.call_id)
    check_books(story)
    assert story.record.outcome is outcome


def test_the_far_end_hangs_up(world: World, tmp_path: Path) -> None:
    with carrier(tmp_path, "uas_answer_hang_up", world.second, duration_ms=500) as far_end:
        report = place_call(world.call(HO_CHI_MINH))
        far_end.wait().check()
    assert report.ended_by == "there"
    record = world.server.story_of(report.call_id).record
    assert (record.hangup_side, record.hangup_cause) == (HangupSide.CALLEE, HangupCause.NORMAL_CLEARING)


def test_no_more_calls_than_the_rule_allows(world: World, tmp_path: Path) -> None:
    with (
        carrier(tmp_path, "uas_answer", world.second) as far_end,
        CustomerPhone(world.call(HO_CHI_MINH)) as caller,
    ):
        caller.dial()
        caller.wait_answered(5)
        with RawPhone(world.server.sip, "502", SECRET, media=RawMedia()) as second:
            assert second.register() == 200
            refused = second.dial(HO_CHI_MINH, wait=None)
            second.wait(refused.over.is_set, 3, "refusal")
        assert refused.status == 480
        caller.hang_up()
        far_end.wait().check()


class Carrier:
    """Answers OPTIONS with what a test says, and counts."""

    def __init__(self, port: int) -> None:
        self.status = "200 OK"
        self.asked = 0
        self._peer = SipPeer("udp", ("127.0.0.1", 9), local_port=port)

    def serve(self, until: Callable[[], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not until():
            if time.monotonic() >= deadline:
                return False
            request = self._peer.receive(0.2)
            if request is not None and request.method == "OPTIONS" and not request.is_response:
                self.asked += 1
                self._peer.remote = self._peer.sender
                self._peer.respond(request, self.status, tag="c")
        return True

    def close(self) -> None:
        self._peer.close()


def test_a_trunk_goes_down_and_comes_back_by_its_health_checks(world: World, tmp_path: Path) -> None:
    far_end = Carrier(world.checked)
    try:
        assert far_end.serve(lambda: far_end.asked >= 1, 5)
        assert world.trunk("checked")["up"] is True
        far_end.status = "503 Service Unavailable"
        assert far_end.serve(lambda: world.trunk("checked")["up"] is False, 8)
        with carrier(tmp_path, "uas_answer", world.second) as second:
            report = place_call(world.call(DA_NANG, hang_up_after=0.2))
            second.wait().check()
        story = world.server.story_of(report.call_id)
        assert [leg.peer for leg in story.legs if leg.peer != "501"] == ["+842363825125 via second"]
        far_end.status = "200 OK"
        assert far_end.serve(lambda: world.trunk("checked")["up"] is True, 5)
    finally:
        far_end.close()
    assert heard_tones(report.heard, [CALLED_HZ]) == {CALLED_HZ: 0}
