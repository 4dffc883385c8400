"""Two people talking: hold, resume, hang-up from either side, and what may befall them."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome, SegmentKind
from callcenter.calls.leg import Leg
from callcenter.sip.events import EndCause, SessionConfirmed, SessionEnded
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener


class Pair:
    """Extensions 101 and 102 in a conversation, each with its phone's session."""

    def __init__(self, desk: Switchboard) -> None:
        self.desk = desk
        self.alice: MemoryPhone
        self.bob: MemoryPhone
        self.alices: InviteSession
        self.bobs: InviteSession

    async def connect(self) -> Pair:
        self.alice, self.bob = await self.desk.phone("101"), await self.desk.phone("102", store_id="s1", agent_id="b")
        self.alices = self.alice.call("102")
        self.bobs = await self.bob.incoming()
        self.bob.ring(self.bobs)
        await asyncio.sleep(2)
        self.bob.answer(self.bobs)
        await self.bob.wait(SessionConfirmed)
        await asyncio.sleep(3)
        return self

    def leg(self, extension: str) -> Leg:
        (leg,) = [leg for leg in self.desk.call.legs.values() if leg.extension == extension]
        return leg

    def media(self, extension: str) -> str:
        media = self.leg(extension).media
        assert media is not None
        return media.id

    @property
    def bridged(self) -> bool:
        return self.desk.media.bridges() == {frozenset((self.media("101"), self.media("102")))}

    def playing(self, extension: str) -> tuple[str, ...]:
        play = self.desk.media.legs[self.media(extension)].play
        return play.files if play is not None else ()


async def test_two_extensions_talk_and_the_caller_hangs_up(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    assert pair.bridged
    assert desk.exchange.busy_extensions() == {"101", "102"}
    pair.alice.hang_up(pair.alices)
    finished = await desk.ended()
    record = finished.record
    assert (record.outcome, record.hangup_cause, record.hangup_side, record.sip_status) == (
        Outcome.ANSWERED,
        HangupCause.NORMAL_CLEARING,
        HangupSide.CALLER,
        200,
    )
    assert shape(finished)[-2:] == [("ring", None), ("talk", "102")]
    assert (record.agent_id, record.answered_store_id, record.first_answered_store_id) == ("b", "s1", "s1")
    ended = await pair.bob.wait(SessionEnded)
    assert (ended.cause, ended.reason_header) == (
        EndCause.REMOTE_BYE,
        'Q.850;cause=16;text="normal clearing"',
    )


async def test_the_callee_hangs_up(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    pair.bob.hang_up(pair.bobs)
    record = (await desk.ended()).record
    assert (record.hangup_cause, record.hangup_side) == (HangupCause.NORMAL_CLEARING, HangupSide.CALLEE)


async def test_hold_gives_music_and_resume_takes_it_away(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    pair.bob.reoffer(pair.bobs, "sendonly")
    await asyncio.sleep(4)
    assert desk.media.bridges() == set()
    assert pair.playing("101") == ("music.al",)
    assert pair.playing("102") == ()
    pair.bob.reoffer(pair.bobs, "sendrecv")
    await asyncio.sleep(1)
    assert pair.bridged
    assert pair.playing("101") == ()
    pair.alice.hang_up(pair.alices)
    kinds = [segment.kind for segment in (await desk.ended()).segments]
    assert kinds[-3:] == [SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.TALK]


async def test_resume_by_a_reinvite_without_sdp(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    pair.bob.reoffer(pair.bobs, "sendonly")
    await asyncio.sleep(4)
    pair.bob.reoffer(pair.bobs, None)
    await asyncio.sleep(1)
    assert pair.bridged
    pair.alice.hang_up(pair.alices)
    await desk.ended()


async def test_both_hold_and_resume_one_after_the_other(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    pair.bob.reoffer(pair.bobs, "sendonly")
    pair.alice.reoffer(pair.alices, "inactive")
    await asyncio.sleep(1)
    assert not pair.bridged
    pair.bob.reoffer(pair.bobs, "sendrecv")
    await asyncio.sleep(1)
    assert pair.playing("102") == ("music.al",)
    pair.alice.reoffer(pair.alices, "sendrecv")
    await asyncio.sleep(1)
    assert pair.bridged
    pair.alice.hang_up(pair.alices)
    await desk.ended()


@pytest.mark.parametrize("who", ["101", "102"])
async def test_media_that_dies_ends_the_call_and_says_so(desk: Switchboard, who: str) -> None:
    pair = await Pair(desk).connect()
    desk.media.fall_silent(pair.media(who))
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_cause, record.hangup_side) == (
        Outcome.MEDIA_FAILURE,
        HangupCause.MEDIA_TIMEOUT,
        HangupSide.NETWORK,
    )
    assert "media_timeout" in desk.log.kinds(record.id)


async def test_a_worker_that_dies_ends_its_calls(desk: Switchboard) -> None:
    await Pair(desk).connect()
    desk.media.kill_worker()
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_cause, record.hangup_side) == (
        Outcome.MEDIA_FAILURE,
        HangupCause.MEDIA_FAILURE,
        HangupSide.SYSTEM,
    )


async def test_both_hang_up_at_once(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    pair.alice.hang_up(pair.alices)
    pair.bob.hang_up(pair.bobs)
    record = (await desk.ended()).record
    assert record.outcome is Outcome.ANSWERED
    assert record.hangup_side in (HangupSide.CALLER, HangupSide.CALLEE)


async def test_the_call_is_recorded_once_per_conversation(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    (recording,) = desk.media.recordings.values()
    assert recording.leg == pair.media("101")
    pair.alice.hang_up(pair.alices)
    (kept,) = (await desk.ended()).recordings
    assert (kept.channels, kept.truncated) == (2, False)
    assert kept.duration_ms == pytest.approx(3000, abs=50)


async def test_a_call_that_lasts_too_long_is_ended(open_desk: Opener) -> None:
    desk = open_desk(max_call_s=60)
    pair = await Pair(desk).connect()
    await asyncio.sleep(70)
    record = desk.finished[-1].record
    assert (record.hangup_cause, record.hangup_side) == (HangupCause.RECOVERY_ON_TIMER_EXPIRE, HangupSide.SYSTEM)
    assert pair.alice.end_of(pair.alices) is not None
    assert pair.bob.end_of(pair.bobs) is not None


# Replaces (RFC 3891)


def replaces(session: InviteSession) -> tuple[tuple[str, str], ...]:
    """Name a phone's dialog from the server's side."""
    return (("Replaces", f"{session.call_id};to-tag={session.remote_tag};from-tag={session.local_tag}"),)


async def test_another_device_takes_the_callees_place(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    carol = await desk.phone("103", store_id="s2", agent_id="c")
    carols = carol.call("102", headers=replaces(pair.bobs))
    await asyncio.sleep(1)
    assert pair.bob.end_of(pair.bobs) is not None
    assert desk.media.bridges() == {frozenset((pair.media("101"), pair.media("103")))}
    carol.hang_up(carols)
    finished = await desk.ended()
    assert shape(finished)[-2:] == [("talk", "102"), ("talk", "103")]
    assert finished.record.hangup_side is HangupSide.CALLEE
    assert (finished.record.agent_id, finished.record.answered_store_id) == ("c", "s2")
    assert finished.record.first_answered_store_id == "s1"


async def test_a_replacement_without_media_ports_is_refused_and_the_call_goes_on(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    carol = await desk.phone("103")
    desk.media.capacity = 2
    carols = carol.call("102", headers=replaces(pair.bobs))
    await asyncio.sleep(1)
    ended = carol.end_of(carols)
    assert ended is not None
    assert ended.status == 503
    assert pair.bridged
    pair.alice.hang_up(pair.alices)
    await desk.ended()


async def test_the_call_ends_while_a_replacement_opens_its_media(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    carol = await desk.phone("103")
    carols = carol.call("102", headers=replaces(pair.bobs))
    pair.alice.hang_up(pair.alices)
    await asyncio.sleep(1)
    assert carol.end_of(carols) is not None
    await desk.ended()


async def test_strangers_and_trunks_replace_nobody(desk: Switchboard) -> None:
    pair = await Pair(desk).connect()
    stranger = desk.peer("evil")
    session = stranger.call("102", headers=replaces(pair.bobs))
    await asyncio.sleep(1)
    ended = stranger.end_of(session)
    assert ended is not None
    assert ended.status == 401
    assert pair.bridged
    pair.alice.hang_up(pair.alices)
    await desk.ended()
