"""What a flow may do to its caller: play, keys, voicemail; and recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from callcenter.calls.call import Call
from callcenter.calls.cdr import HangupSide, Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import (
    CallEnded,
    PlayResult,
    PromptKind,
    PromptPart,
    VoicemailOutcome,
    VoicemailRequest,
    VoicemailResult,
)
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener


def text(value: str) -> PromptPart:
    return PromptPart(PromptKind.TEXT, value, "vi")


class Line:
    """A caller in a flow that does one thing and keeps what came of it."""

    def __init__(self, desk: Switchboard, do: Callable[[Channel], Awaitable[Any]]) -> None:
        self.desk = desk
        self.did: list[Any] = []
        self.phone: MemoryPhone
        self.session: InviteSession

        async def flow(_call: Call, channel: Channel) -> None:
            self.channel = channel
            try:
                self.did.append(await do(channel))
            except CallEnded as ended:
                self.did.append(ended)
                raise
            await channel.hangup("normal")

        desk.flows.scripts["1900"] = flow

    async def call(self) -> Line:
        self.phone = await self.desk.phone("100")
        self.session = await self.phone.answered_call("1900")
        await asyncio.sleep(0.05)
        return self

    @property
    def media(self) -> str:
        (media,) = self.desk.media.legs
        return media


async def test_prompts_play_one_after_the_other(desk: Switchboard) -> None:
    line = await Line(desk, lambda c: c.play([text("a"), text("b")], language="vi", barge_in=True)).call()
    assert desk.media.legs[line.media].heard == ["a.al", "b.al"]
    await desk.ended()
    assert line.did == [PlayResult()]


async def test_a_key_stops_the_prompt_and_stays_waiting(desk: Switchboard) -> None:
    line = await Line(desk, lambda c: c.play([text("a")], language="vi", barge_in=True)).call()
    desk.media.press(line.media, "5")
    await asyncio.sleep(0.01)
    assert line.did == [PlayResult(interrupted=True)]
    assert [digit.key for digit in line.channel.leg.digits] == ["5"]
    await desk.ended()


async def test_a_key_by_sip_info_stops_the_prompt_when_no_events_were_negotiated(desk: Switchboard) -> None:
    line = Line(desk, lambda c: c.play([text("a")], language="vi", barge_in=True))
    line.phone = await desk.phone("100")
    line.session = line.phone.call("1900", sdp=line.phone.sdp(codecs="8"))
    await asyncio.sleep(0.1)
    line.phone.info(line.session, "5")
    await asyncio.sleep(0.1)
    assert line.did == [PlayResult(interrupted=True)]
    await desk.ended()


async def test_sip_info_is_ignored_when_events_were_negotiated(desk: Switchboard) -> None:
    line = await Line(desk, lambda c: c.next_digit(3)).call()
    line.phone.info(line.session, "5")
    await desk.ended()
    assert line.did == [None]


async def test_without_barge_in_keys_wait(desk: Switchboard) -> None:
    line = await Line(desk, lambda c: c.play([text("a")], language="vi", barge_in=False)).call()
    desk.media.press(line.media, "5")
    await asyncio.sleep(0.1)
    assert line.did == []
    await desk.ended()
    assert line.did == [PlayResult()]


async def test_a_waiting_key_skips_the_prompt(desk: Switchboard) -> None:
    async def do(channel: Channel) -> PlayResult:
        await asyncio.sleep(1)
        return await channel.play([text("a")], language="vi", barge_in=True)

    line = await Line(desk, do).call()
    desk.media.press(line.media, "1")
    media = desk.media.legs[line.media]
    await desk.ended()
    assert media.heard == []
    assert line.did == [PlayResult(interrupted=True)]


async def test_a_missing_prompt_is_named_and_the_rest_is_played(desk: Switchboard) -> None:
    desk.prompts.missing.add("a")
    line = await Line(desk, lambda c: c.play([text("a"), text("b")], language="vi", barge_in=True)).call()
    assert desk.media.legs[line.media].heard == ["b.al"]
    await desk.ended()
    assert line.did == [PlayResult(failed=("a is missing",))]


async def test_next_digit_waits_takes_and_gives_up(desk: Switchboard) -> None:
    async def do(channel: Channel) -> list[str | None]:
        return [digit.key if digit else None for digit in [await channel.next_digit(2) for _ in range(3)]]

    line = await Line(desk, do).call()
    desk.media.press(line.media, "12")
    await desk.ended()
    assert line.did == [["1", "2", None]]


async def test_the_oldest_of_too_many_keys_go(desk: Switchboard) -> None:
    async def do(channel: Channel) -> str:
        await asyncio.sleep(1)
        return "".join(digit.key for digit in channel.take_digits())

    line = await Line(desk, do).call()
    desk.media.press(line.media, "9" + "1" * 31 + "2")
    await desk.ended()
    assert line.did == ["1" * 31 + "2"]


async def test_a_caller_who_is_gone_ends_what_was_asked(desk: Switchboard) -> None:
    line = await Line(desk, lambda c: c.next_digit(30)).call()
    line.phone.hang_up(line.session)
    await desk.ended()
    assert line.did == []
    with pytest.raises(CallEnded):
        await line.channel.next_digit(1)


@pytest.mark.parametrize(
    ("cause", "q850"), [("normal", 16), ("busy", 17), ("rejected", 21), ("unavailable", 20), ("error", 41)]
)
async def test_how_a_flow_hangs_up(desk: Switchboard, cause: str, q850: int) -> None:
    await Line(desk, lambda c: c.hangup(cause)).call()
    record = (await desk.ended()).record
    assert (record.hangup_side, record.q850, record.sip_status) == (HangupSide.SYSTEM, q850, 200)


# Voicemail


def voicemail(**parts: Any) -> Callable[[Channel], Awaitable[VoicemailResult]]:
    return lambda channel: channel.record_voicemail(VoicemailRequest("box", beep=False, **parts))


async def test_a_message_is_kept(desk: Switchboard) -> None:
    line = await Line(desk, voicemail(max_seconds=10)).call()
    await asyncio.sleep(3)
    desk.media.press(line.media, "#")
    finished = await desk.ended()
    (result,) = line.did
    assert (result.outcome, result.duration_ms) == (VoicemailOutcome.RECORDED, pytest.approx(3050, abs=20))
    (kept,) = finished.recordings
    assert (kept.id, kept.channels) == (result.recording_id, 1)
    assert finished.record.outcome is Outcome.VOICEMAIL
    assert ("voicemail", None) in [(kind, None) for kind, _ in shape(finished)]


async def test_the_end_key_works_by_sip_info_too(desk: Switchboard) -> None:
    line = Line(desk, voicemail(max_seconds=60))
    line.phone = await desk.phone("100")
    line.session = line.phone.call("1900", sdp=line.phone.sdp(codecs="8"))
    await asyncio.sleep(3)
    line.phone.info(line.session, "#")
    await asyncio.sleep(0.1)
    assert line.did[0].outcome is VoicemailOutcome.RECORDED
    await desk.ended()


async def test_an_empty_message_is_thrown_away(open_desk: Opener) -> None:
    desk = open_desk()
    line = await Line(desk, voicemail()).call()
    desk.media.press(line.media, "#")
    finished = await desk.ended()
    assert line.did[0].outcome is VoicemailOutcome.EMPTY
    assert finished.recordings == ()
    assert list(desk.exchange.settings.recordings.rglob("*.wav")) == []


async def test_a_caller_who_hangs_up_leaves_the_message(desk: Switchboard) -> None:
    line = await Line(desk, voicemail()).call()
    await asyncio.sleep(4)
    line.phone.hang_up(line.session)
    finished = await desk.ended()
    assert len(finished.recordings) == 1
    assert (finished.record.outcome, finished.record.hangup_side) == (Outcome.VOICEMAIL, HangupSide.CALLER)


async def test_no_file_can_be_made(desk: Switchboard) -> None:
    (desk.exchange.settings.recordings / "2026").write_text("in the way")
    line = await Line(desk, voicemail()).call()
    finished = await desk.ended()
    assert line.did == [VoicemailResult(VoicemailOutcome.FAILED)]
    assert "recording_failed" in desk.log.kinds(finished.record.id)


async def test_a_recording_the_engine_never_closes_is_given_up(desk: Switchboard) -> None:
    line = await Line(desk, voicemail()).call()
    await asyncio.sleep(2)
    desk.media.recordings.clear()
    line.phone.hang_up(line.session)
    finished = await desk.ended()
    assert [recording.truncated for recording in finished.recordings] in ([], [True])


async def test_the_ivr_is_recorded_when_asked_for(open_desk: Opener) -> None:
    desk = open_desk(record_ivr=True)
    line = await Line(desk, lambda c: c.next_digit(3)).call()
    assert len(desk.media.recordings) == 1
    finished = await desk.ended()
    assert line.did == [None]
    assert [recording.channels for recording in finished.recordings] == [2]
