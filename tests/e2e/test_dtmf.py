"""Keys: every press counts exactly once, whichever way it travels and whatever the network does to it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from callcenter.storage.repositories.calls import CallStory
from callcenter.testing import sipp
from callcenter.testing.audio import Samples, join, mix, silence, sine
from callcenter.testing.call_log import events_of
from callcenter.testing.pcap import RtpScript
from callcenter.testing.phone_media import parse_rtp
from callcenter.testing.raw_phone import RawCall
from callcenter.testing.sipp import SippOptions, run_sipp
from tests.e2e.town import CARRIER, GOODBYE_HZ, GREETING_HZ, HOTLINE, KEYPAD, MENU_HZ, Town, check_books, flow_path

pytestmark = pytest.mark.peer

SCENARIOS = Path(__file__).parent / "scenarios"
EVENT_TYPE = 101
NUMBER = "99887766550123"
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)


def dialled_by_ear(digits: str, *, seconds: float = 0.1) -> Samples:
    """Return keys as sound: two tones each."""
    parts = []
    for digit in digits:
        at = "123456789*0#".index(digit)
        tones = (sine(float(frequency), seconds, level_dbfs=-10) for frequency in (_ROWS[at // 3], _COLUMNS[at % 3]))
        parts += [mix(*tones), silence(seconds)]
    return join(*parts)


def pressed(story: CallStory) -> list[tuple[str, str]]:
    """Return the keys each node took."""
    return [(line.data["node"], line.data["keys"]) for line in events_of(story, "node_left") if line.data["keys"]]


def end_of(call: RawCall) -> None:
    """Wait for the server to hang up."""
    assert call.over.wait(15)
    assert call.ended_there


def is_event(packet: bytes) -> bool:
    parsed = parse_rtp(packet, 0.0)
    return parsed is not None and parsed.payload_type == EVENT_TYPE


def is_end(packet: bytes) -> bool:
    return is_event(packet) and bool(packet[13] & 0x80)


class Loses:
    """Loses the packets of each event that ``lost`` names by position, or by being an end packet."""

    def __init__(self, lost: Callable[[int, bool], bool]) -> None:
        self._lost = lost
        self._timestamp = b""
        self._position = 0

    def __call__(self, packet: bytes) -> Sequence[bytes]:
        if not is_event(packet):
            return [packet]
        if packet[4:8] != self._timestamp:
            self._timestamp, self._position = packet[4:8], 0
        self._position += 1
        return [] if self._lost(self._position, is_end(packet)) else [packet]


class BadNetwork:
    """Loses 5 %, repeats 5 % and swaps 5 % of all packets with their successors, by a seeded random."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        self._held: list[bytes] = []

    def __call__(self, packet: bytes) -> Sequence[bytes]:
        chance = self._random.random()
        if chance < 0.05:
            return []
        if chance < 0.10 and not self._held:
            self._held.append(packet)
            return []
        sent = [packet, *self._held, *([packet] if chance > 0.95 else [])]
        self._held.clear()
        return sent


@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(None, id="clean"),
        pytest.param(Loses(lambda position, _: position <= 2), id="start lost"),
        pytest.param(Loses(lambda _, is_end: is_end), id="every end lost"),
        pytest.param(Loses(lambda _, is_end: not is_end), id="only ends arrive"),
        pytest.param(lambda packet: [packet] * (3 if is_event(packet) else 1), id="all repeated"),
        pytest.param(BadNetwork(), id="loss, repeats and reordering"),
    ],
)
def test_each_key_counts_once(town: Town, mangle: Callable[[bytes], Sequence[bytes]] | None) -> None:
    with town.raw_customer("0912000590", mangle=mangle, tone_hz=300.0) as customer:
        call = customer.dial(KEYPAD)
        call.media.talker.press(f"13{NUMBER}#")
        end_of(call)
    story = town.server.story_of(call.call_id)
    check_books(story)
    assert pressed(story) == [("first", "1"), ("second", "3"), ("number", f"{NUMBER}#")]
    assert story.record.keys_pressed == f"1 3 {NUMBER}#"
    assert story.record.explanation is not None
    assert story.record.explanation["tags"] == {"number": NUMBER}


def test_keys_by_info(town: Town) -> None:
    with town.raw_customer("0912000590", telephone_event=False) as customer:
        call = customer.dial(KEYPAD)
        assert [call.info(digit) for digit in "13225#"] == [200] * 6
        end_of(call)
    story = town.server.story_of(call.call_id)
    assert pressed(story) == [("first", "1"), ("second", "3"), ("number", "225#")]


def test_info_does_not_double_what_comes_by_rtp(town: Town) -> None:
    with town.raw_customer("0912000590") as customer:
        call = customer.dial(KEYPAD)
        for digit in "1377#":
            call.media.talker.press(digit)
            assert call.info(digit) == 200
            customer.wait(lambda: not call.media.talker.pressing, 2, "end of the key")
        end_of(call)
    story = town.server.story_of(call.call_id)
    assert pressed(story) == [("first", "1"), ("second", "3"), ("number", "77#")]


@pytest.mark.parametrize("payload_type", [8, 0])
def test_keys_in_the_sound_when_no_events_were_negotiated(town: Town, payload_type: int) -> None:
    with town.raw_customer("0912000590", telephone_event=False, payload_type=payload_type) as customer:
        call = customer.dial(KEYPAD)
        call.media.talker.say(dialled_by_ear("1344550718#"))
        end_of(call)
    story = town.server.story_of(call.call_id)
    assert pressed(story) == [("first", "1"), ("second", "3"), ("number", "44550718#")]


def test_sounds_are_not_keys_when_events_were_negotiated(town: Town) -> None:
    with town.raw_customer("0912000590") as customer:
        call = customer.dial(KEYPAD)
        call.media.talker.say(join(dialled_by_ear("2"), silence(0.3)))
        customer.wait(lambda: not call.media.talker._clips, 2, "end of the sound")
        call.media.talker.press("131#")
        end_of(call)
    assert pressed(town.server.story_of(call.call_id)) == [("first", "1"), ("second", "3"), ("number", "1#")]


def test_typing_ahead_skips_every_prompt_it_answers(town: Town) -> None:
    with town.customer("0912000590", KEYPAD) as customer:
        customer.dial()
        customer.wait_answered(5)
        customer.press("1342#", duration_ms=60, gap_ms=40)
        customer.wait_over(8)
        report = customer.report()
    story = town.server.story_of(report.call_id)
    assert pressed(story) == [("first", "1"), ("second", "3"), ("number", "42#")]
    assert sum(span.duration for span in report.tone(MENU_HZ)) < 1.0  # One of three menus, and not to its end.
    assert report.tone(GOODBYE_HZ)


def test_a_key_interrupts_the_prompt(town: Town) -> None:
    with town.customer("0912000591", HOTLINE) as customer:
        customer.dial()
        customer.wait_tone(GREETING_HZ, timeout=4, width=0.1)
        customer.press("2")
        customer.wait(0.3)
        customer.hang_up()
        report = customer.report()
    story = town.server.story_of(report.call_id)
    assert flow_path(story)[-1] == "order"
    assert sum(span.duration for span in report.tone(GREETING_HZ)) < 0.55


def test_a_secret_number_is_written_nowhere(town: Town) -> None:
    with town.customer("0912000590", KEYPAD) as customer:
        customer.dial()
        customer.wait_answered(5)
        customer.press("2")
        customer.wait(0.4)
        customer.press("7359")
        customer.wait_over(8)
        report = customer.report()
    story = town.server.story_of(report.call_id)
    assert story.record.keys_pressed == "2 ****"
    assert flow_path(story) == ["start", "first", "secret", "bye"]
    assert "7359" not in repr(story)
    assert "7359" not in town.server.log()


@pytest.mark.skipif(not sipp.can_play_captures(), reason="SIPp plays captures through a raw socket")
@pytest.mark.parametrize("lost", [(), (0, 1), (5, 6, 7)], ids=["nothing", "start", "ends"])
def test_sipp_presses_keys_from_a_capture(town: Town, tmp_path: Path, lost: tuple[int, ...]) -> None:
    options = SippOptions(
        SCENARIOS / "uac_ivr_keys.xml",
        town.server.sip,
        service=KEYPAD,
        duration_ms=200,
        host=CARRIER,
        captures={"keys.pcap": RtpScript().silence(0.1).keys("13808#", lose=lost).silence(0.2)},
        timeout=20,
    )
    messages = run_sipp(options, tmp_path).check().messages
    call_id = re.search(r"^Call-ID: (\S+)", messages, re.M)
    assert call_id is not None
    assert town.server.story_of(call_id.group(1)).record.keys_pressed == "1 3 808#"
