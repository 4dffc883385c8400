"""Picking up a phone that rings, by an INVITE that replaces its early dialog (RFC 3891 §3)."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.calls.cdr import HangupCause, Outcome
from callcenter.calls.trunks import OutboundRule, TrunkSettings
from callcenter.sip.events import SessionAnswered, SessionEnded
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone, request_of
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener


def replaces(session: InviteSession, flag: str = "") -> tuple[tuple[str, str], ...]:
    """Name the dialog of a ringing phone as its other side, the server, sees it."""
    remote_tag = request_of(session).from_.params["tag"]
    return (("Replaces", f"{session.call_id};to-tag={remote_tag};from-tag={session.local_tag}{flag}"),)


class Ringing:
    """Alice calls Bob, whose phone rings; Carol sits beside it."""

    def __init__(self, desk: Switchboard) -> None:
        self.desk = desk

    async def begin(self) -> None:
        self.alice = await self.desk.phone("101")
        self.bob = await self.desk.phone("102")
        self.carol = await self.desk.phone("103")
        self.alices = self.alice.call("102")
        self.bobs = await self.bob.incoming()
        self.bob.ring(self.bobs)
        await asyncio.sleep(1)


@pytest.mark.parametrize("flag", ["", ";early-only"])
async def test_a_ringing_phone_is_picked_up_elsewhere(desk: Switchboard, flag: str) -> None:
    scene = Ringing(desk)
    await scene.begin()
    carols = scene.carol.call("102", headers=replaces(scene.bobs, flag))
    await scene.carol.wait(SessionAnswered)
    await scene.alice.wait(SessionAnswered)
    await asyncio.sleep(1)
    ended = scene.bob.end_of(scene.bobs)
    assert ended is not None
    assert ended.reason_header == 'SIP;cause=200;text="Call completed elsewhere"'
    (bridge,) = desk.media.bridges()
    assert {leg.remote.host for name, leg in desk.media.legs.items() if name in bridge and leg.remote} == {
        scene.alice.host,
        scene.carol.host,
    }
    assert desk.exchange.busy_extensions() == {"101", "103"}
    call_id = desk.call.id
    scene.carol.hang_up(carols)
    finished = await desk.ended()
    assert finished.record.outcome is Outcome.ANSWERED
    assert shape(finished)[-1] == ("talk", "103")
    assert "picked_up" in desk.log.kinds(call_id)
    (bobs,) = [leg for leg in finished.legs if leg.peer == "102"]
    assert bobs.cause is HangupCause.LOSE_RACE


async def test_only_the_first_of_two_picks_up(desk: Switchboard) -> None:
    scene = Ringing(desk)
    await scene.begin()
    dave = await desk.phone("104")
    calls = [(phone, phone.call("102", headers=replaces(scene.bobs))) for phone in (scene.carol, dave)]
    await asyncio.sleep(2)
    assert sorted(phone.end_of(session) is None for phone, session in calls) == [False, True]
    assert len(desk.media.bridges()) == 1
    scene.alice.hang_up(scene.alices)
    await desk.ended()


async def test_a_phone_answered_in_the_same_moment_keeps_its_call(desk: Switchboard) -> None:
    scene = Ringing(desk)
    await scene.begin()
    carols = scene.carol.call("102", headers=replaces(scene.bobs))
    scene.bob.answer(scene.bobs)
    await asyncio.sleep(2)
    assert [phone.end_of(session) is None for phone, session in ((scene.bob, scene.bobs), (scene.carol, carols))].count(
        True
    ) == 1
    assert len(desk.media.bridges()) == 1
    scene.alice.hang_up(scene.alices)
    await desk.ended()


async def test_the_caller_hangs_up_while_the_picker_is_answered(desk: Switchboard) -> None:
    scene = Ringing(desk)
    await scene.begin()
    carols = scene.carol.call("102", headers=replaces(scene.bobs))
    scene.alice.hang_up(scene.alices)
    await desk.ended()
    await asyncio.sleep(1)
    assert scene.carol.end_of(carols) is not None


async def test_a_stranger_picks_up_nothing(desk: Switchboard) -> None:
    scene = Ringing(desk)
    await scene.begin()
    stranger = desk.peer("stranger")
    stranger.call("102", headers=replaces(scene.bobs))
    assert (await stranger.wait(SessionEnded)).status == 401
    assert scene.bob.end_of(scene.bobs) is None
    scene.alice.hang_up(scene.alices)
    await desk.ended()


async def test_the_callers_own_early_dialog_cannot_be_taken(desk: Switchboard) -> None:
    scene = Ringing(desk)
    await scene.begin()
    mine = scene.alices
    scene.carol.call("x", headers=(("Replaces", f"{mine.call_id};to-tag={mine.remote_tag};from-tag={mine.local_tag}"),))
    assert (await scene.carol.wait(SessionEnded)).status == 481
    scene.alice.hang_up(mine)
    await desk.ended()


async def test_a_trunk_that_rings_is_not_ours_to_pick_up(open_desk: Opener) -> None:
    host = "198.51.100.1"
    desk = open_desk(
        trunks=(TrunkSettings(name="one", kind="ip", host=host, options_interval=0),),
        rules=(OutboundRule("09", ("one",)),),
    )
    one: MemoryPhone = desk.peer("one", host=host)
    alice, carol = await desk.phone("101"), await desk.phone("103")
    alices = alice.call("0912345678")
    session = await one.incoming()
    one.ring(session)
    await asyncio.sleep(1)
    carol.call("102", headers=replaces(session))
    assert (await carol.wait(SessionEnded)).status == 403
    alice.hang_up(alices)
    await desk.ended()
