"""Blind and attended transfers, their ends, and what crosses them."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.base.errors import IllegalTransition
from callcenter.calls.call import Call
from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.calls.transfer import TRANSFER_TABLE, TransferInput, TransferState
from callcenter.sip.events import IncomingInvite, SessionEnded
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone, answers
from callcenter.testing.switchboard import Switchboard, ringing, shape
from tests.unit.calls.conftest import Opener


async def connect(desk: Switchboard, caller: MemoryPhone, callee: MemoryPhone) -> tuple[InviteSession, InviteSession]:
    """Let ``caller`` talk to ``callee``; return their sessions."""
    theirs = caller.call(callee.user)
    ours = await callee.incoming()
    callee.answer(ours)
    await asyncio.sleep(1)
    return theirs, ours


def media_of(desk: Switchboard, *extensions: str) -> frozenset[str]:
    """Return the media legs of these extensions, whichever call they are in."""
    return frozenset(
        leg.media.id
        for call in desk.exchange.calls.values()
        for leg in call.legs.values()
        if leg.media is not None and leg.extension in extensions and leg.ended is None
    )


async def three(desk: Switchboard) -> tuple[MemoryPhone, MemoryPhone, MemoryPhone]:
    return await desk.phone("101"), await desk.phone("102"), await desk.phone("103")


# Blind


async def test_blind_transfer_by_the_callee(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carols = await carol.incoming()
    assert bob.transfer_statuses() == [202, 100]
    carol.ring(carols)
    await asyncio.sleep(1)
    (leg,) = media_of(desk, "101")
    play = desk.media.legs[leg].play
    assert play is not None
    assert play.files == ("ringback.al",)
    carol.answer(carols)
    await asyncio.sleep(1)
    assert bob.transfer_statuses() == [202, 100, 180, 200]
    ended = bob.end_of(bobs)
    assert ended is not None
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    carol.hang_up(carols)
    finished = await desk.ended()
    assert shape(finished)[-3:] == [("talk", "102"), ("ring", "102"), ("talk", "103")]
    assert (finished.record.hangup_side, finished.record.outcome) == (HangupSide.CALLEE, Outcome.ANSWERED)
    assert sorted(leg.peer for leg in finished.legs) == ["101", "102", "103"]
    assert alice.end_of(alices) is not None


async def test_blind_transfer_by_the_caller(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    answers(carol)
    alice.refer(alices, "103")
    await asyncio.sleep(3)
    assert desk.media.bridges() == {media_of(desk, "102", "103")}
    assert desk.exchange.busy_extensions() == {"102", "103"}
    carol.hang_up(carol.of_kind(IncomingInvite)[0].session)
    record = (await desk.ended()).record
    assert record.hangup_side is HangupSide.CALLER  # Carol sits in the caller's place.
    assert bob.end_of(bobs) is not None


async def test_a_target_that_does_not_answer_gives_the_caller_back(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carol.ring(await carol.incoming())
    await asyncio.sleep(31)
    assert bob.transfer_statuses() == [202, 100, 180, 480]
    assert desk.media.bridges() == {media_of(desk, "101", "102")}
    alice.hang_up(alices)
    assert [kind for kind, _ in shape(await desk.ended())][-3:] == ["talk", "ring", "talk"]


async def test_a_busy_target_is_reported_as_busy(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carol.reject(await carol.incoming(), 486)
    await asyncio.sleep(1)
    assert bob.transfer_statuses() == [202, 100, 486]
    alice.hang_up(alices)
    await desk.ended()


async def test_a_transferor_who_is_gone_is_rung_back(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carol.ring(await carol.incoming())
    bob.hang_up(bobs)
    bob.answer(await bob.incoming())
    await asyncio.sleep(1)
    assert desk.media.bridges() == {media_of(desk, "101", "102")}
    alice.hang_up(alices)
    finished = await desk.ended()
    assert finished.record.hangup_side is HangupSide.CALLER
    assert [leg.peer for leg in finished.legs].count("102") == 2


async def test_how_long_target_and_transferor_are_rung_is_set(open_desk: Opener) -> None:
    desk = open_desk(transfer_ring_s=8, transferor_ring_s=4)
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carol.ring(await carol.incoming())
    began = desk.exchange.now()
    bob.hang_up(bobs)
    bob.ring(await bob.incoming())
    assert desk.exchange.now() - began == pytest.approx(8, abs=0.1)
    bob.ring(await bob.incoming())
    assert desk.exchange.now() - began == pytest.approx(22, abs=0.2)
    await desk.ended()
    assert desk.exchange.now() - began == pytest.approx(26, abs=0.2)
    assert alice.end_of(alices) is not None


async def test_nobody_comes_back(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carol.ring(await carol.incoming())
    bob.hang_up(bobs)
    bob.ring(await bob.incoming())
    finished = await desk.ended(within_s=90)
    assert finished.record.hangup_side is HangupSide.CALLEE
    assert alice.end_of(alices) is not None


async def test_the_remaining_one_hangs_up_while_the_target_rings(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carols = await carol.incoming()
    carol.ring(carols)
    alice.hang_up(alices)
    record = (await desk.ended()).record
    assert record.hangup_side is HangupSide.CALLER
    ended = carol.end_of(carols)
    assert ended is not None
    assert bob.transfer_statuses()[-1] == 487
    assert bob.end_of(bobs) is not None


async def test_refer_and_bye_in_one_breath(desk: Switchboard) -> None:
    alice, bob, _ = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    bob.hang_up(bobs)
    finished = await desk.ended(within_s=120)
    assert finished.record.outcome is Outcome.ANSWERED
    assert finished.record.hangup_cause is not HangupCause.SYSTEM_FAILURE
    assert alice.end_of(alices) is not None


async def test_a_second_transfer_waits_for_nobody(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carols = await carol.incoming()
    alice.refer(alices, "103")
    await asyncio.sleep(1)
    assert alice.transfer_statuses() == [491]
    carol.answer(carols)
    await asyncio.sleep(1)
    alice.hang_up(alices)
    await desk.ended()


async def test_what_is_refused(desk: Switchboard) -> None:
    alice, bob, _ = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    for target in ("102", "101", "999", "0909123456"):
        bob.refer(bobs, target)
        await asyncio.sleep(0.1)
    assert bob.transfer_statuses() == [403, 403, 404, 404]
    alice.hang_up(alices)
    await desk.ended()


async def test_five_transfers_are_enough(open_desk: Opener) -> None:
    desk = open_desk(max_transfers=1)
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carols = await carol.incoming()
    carol.answer(carols)
    await asyncio.sleep(1)
    carol.refer(carols, "102")
    await asyncio.sleep(1)
    assert carol.transfer_statuses() == [403]
    alice.hang_up(alices)
    await desk.ended()


async def test_transfer_to_a_store_tells_the_plan(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    desk.plans["HN-01"] = (ringing("103", name="store", store_id="s1"),)
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "HN-01")
    carol.answer(await carol.incoming())
    await asyncio.sleep(1)
    alice.hang_up(alices)
    record = (await desk.ended()).record
    assert record.explanation == {"attempts": [["store", "answered"]]}
    assert record.answered_store_id == "s1"


async def test_transfer_to_a_flow_of_a_caller_who_was_not_in_one(desk: Switchboard) -> None:
    heard: list[str] = []

    async def flow(_call: Call, channel: Channel) -> None:
        digit = await channel.next_digit(5)
        heard.append(digit.key if digit else "")
        await channel.hangup("normal")

    alice, bob, _ = await three(desk)
    desk.flows.scripts["1900"] = flow
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "1900")
    await asyncio.sleep(1)
    assert bob.transfer_statuses() == [202, 100, 200]
    (leg,) = media_of(desk, "101")
    desk.media.press(leg, "7")
    finished = await desk.ended()
    assert heard == ["7"]
    assert [kind for kind, _ in shape(finished)][-2:] == ["talk", "ivr"]
    assert finished.record.hangup_side is HangupSide.SYSTEM
    assert alice.end_of(alices) is not None


async def test_a_flow_for_all_numbers_leaves_extensions_theirs(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    desk.flows.scripts["*"] = desk.flows.handle  # type: ignore[assignment]  # never run
    alices, bobs = await connect(desk, alice, bob)
    bob.refer(bobs, "103")
    carol.answer(await carol.incoming())
    await asyncio.sleep(1)
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    alice.hang_up(alices)
    await desk.ended()


# Attended


async def consult(desk: Switchboard) -> tuple[dict[str, MemoryPhone], dict[str, InviteSession]]:
    """Alice talks to Bob, who holds her and calls Carol."""
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    bob.reoffer(bobs, "sendonly")
    await asyncio.sleep(1)
    second, carols = await connect(desk, bob, carol)
    return (
        {"alice": alice, "bob": bob, "carol": carol},
        {"alice": alices, "bob": bobs, "second": second, "carol": carols},
    )


async def test_attended_transfer(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(2)
    assert people["bob"].transfer_statuses() == [202, 100, 200]
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    assert people["bob"].end_of(sessions["bob"]) is not None
    assert people["bob"].end_of(sessions["second"]) is not None
    assert people["carol"].end_of(sessions["carol"]) is None
    (consultation,) = desk.finished
    assert consultation.record.outcome is Outcome.ANSWERED
    assert desk.exchange.busy_extensions() == {"101", "103"}
    people["carol"].hang_up(sessions["carol"])
    first = await desk.ended(2)
    assert first.record.hangup_side is HangupSide.CALLEE
    assert shape(first)[-3:] == [("talk", "102"), ("hold", "102"), ("talk", "103")]


async def test_a_target_whose_answer_to_the_move_is_useless_is_hung_up(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    carol, useless = people["carol"], people["carol"].sdp(codecs="96")
    carol.sdp = lambda *_, **__: useless  # type: ignore[method-assign]
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(2)
    assert people["bob"].transfer_statuses() == [202, 100, 503]
    ended = carol.end_of(sessions["carol"])
    assert ended is not None
    assert ended.reason_header == 'Q.850;cause=88;text="incompatible destination"'
    consultation = await desk.ended()
    (leg,) = [leg for leg in consultation.legs if leg.peer == "103"]
    assert leg.cause is HangupCause.INCOMPATIBLE_DESTINATION
    assert people["alice"].end_of(sessions["alice"]) is None
    people["alice"].hang_up(sessions["alice"])
    await desk.ended(2)


async def test_attended_transfer_of_two_who_both_called_the_transferor(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    carols, second = await connect(desk, carol, bob)
    bob.refer(bobs, "103", replaces=second)
    await asyncio.sleep(2)
    assert bob.transfer_statuses() == [202, 100, 200]
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    assert carol.end_of(carols) is None
    carol.hang_up(carols)
    last = await desk.ended(2)
    assert (last.record.hangup_side, last.record.from_number) == (HangupSide.CALLEE, "101")
    assert alice.end_of(alices) is not None


async def test_two_callers_of_flows_are_joined(desk: Switchboard) -> None:
    async def to_bob(call: Call, channel: Channel) -> None:
        await channel.dial(DialRequest(TargetKind.EXTENSION, "102"))
        await channel.play_files([], barge_in=False)

    alice, bob, carol = await three(desk)
    desk.flows.scripts["1900"] = to_bob
    alices = alice.call("1900")
    bobs = await bob.incoming()
    bob.answer(bobs)
    await asyncio.sleep(1)
    carols = carol.call("1900")
    second = await bob.incoming()
    bob.answer(second)
    await asyncio.sleep(1)
    bob.refer(bobs, "103", replaces=second)
    await asyncio.sleep(2)
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    assert len(desk.finished) == 1
    assert carol.end_of(carols) is None
    alice.hang_up(alices)
    await desk.ended(2)


async def test_attended_with_an_unknown_dialog_is_481_and_the_call_goes_on(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    bob = people["bob"]
    uri = "sip:103@192.0.2.1?Replaces=nowhere%3Bto-tag%3Da%3Bfrom-tag%3Db"
    sessions["bob"].refer(uri, bob.node.now())
    bob.node.flush()
    await asyncio.sleep(1)
    assert bob.transfer_statuses() == [202, 100, 481]
    assert bob.end_of(sessions["bob"]) is None
    bob.hang_up(sessions["second"])
    bob.hang_up(sessions["bob"])
    await desk.ended(2)


async def test_attended_with_somebody_elses_dialog_is_403(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    dave, erin = await desk.phone("104"), await desk.phone("105")
    alices, bobs = await connect(desk, alice, bob)
    daves, erins = await connect(desk, dave, erin)
    foreign = f"{daves.call_id}%3Bto-tag%3D{daves.remote_tag}%3Bfrom-tag%3D{daves.local_tag}"
    bobs.refer(f"sip:105@192.0.2.1?Replaces={foreign}", bob.node.now())
    bob.node.flush()
    await asyncio.sleep(1)
    assert bob.transfer_statuses() == [403]
    alice.hang_up(alices)
    erin.hang_up(erins)
    await desk.ended(2)
    assert carol.events == [event for event in carol.events if not isinstance(event, SessionEnded)]


async def test_a_target_that_refuses_the_move_stays_where_it_was(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["carol"].refuses_offers = 488
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(2)
    assert people["bob"].transfer_statuses() == [202, 100, 503]
    assert len(desk.media.legs) == 4
    assert media_of(desk, "103") < next(pair for pair in desk.media.bridges() if media_of(desk, "103") <= pair)
    people["bob"].hang_up(sessions["second"])
    people["alice"].hang_up(sessions["alice"])
    await desk.ended(2)


async def test_no_media_port_for_the_move(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    desk.media.capacity = 4
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(2)
    assert people["bob"].transfer_statuses() == [202, 100, 503]
    people["bob"].hang_up(sessions["second"])
    people["alice"].hang_up(sessions["alice"])
    finished = await desk.ended(2)
    assert finished.record.hangup_cause is HangupCause.NORMAL_CLEARING


async def test_the_transferor_ends_the_consultation_before_the_target_has_moved(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(0.0015)  # The target's re-INVITE is under way.
    people["bob"].hang_up(sessions["second"])
    await asyncio.sleep(2)
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    people["carol"].hang_up(sessions["carol"])
    await desk.ended(2)


async def test_the_consultation_ends_and_the_target_refuses_the_move(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["carol"].refuses_offers = 488
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(0.0015)  # The target's re-INVITE is under way.
    people["bob"].hang_up(sessions["second"])
    await asyncio.sleep(2)
    assert people["carol"].end_of(sessions["carol"]) is not None
    assert people["bob"].transfer_statuses()[-1] == 503
    people["alice"].hang_up(sessions["alice"])
    await desk.ended(2)


async def test_the_target_hangs_up_while_it_is_moved(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(0.0015)
    people["carol"].hang_up(sessions["carol"])
    await asyncio.sleep(2)
    assert people["bob"].transfer_statuses() == [202, 100, 503]
    people["alice"].hang_up(sessions["alice"])
    await desk.ended(2)


async def test_the_caller_hangs_up_while_the_target_is_moved(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(0.0015)
    people["alice"].hang_up(sessions["alice"])
    await desk.ended(2)
    assert people["carol"].end_of(sessions["carol"]) is not None


async def test_the_server_stops_while_the_target_is_moved(desk: Switchboard) -> None:
    people, sessions = await consult(desk)
    people["bob"].refer(sessions["bob"], "103", replaces=sessions["second"])
    await asyncio.sleep(0.0025)
    for call in list(desk.exchange.calls.values()):
        assert call.task is not None
        call.task.cancel()
    await desk.ended(2)


async def test_attended_to_a_phone_that_still_rings_goes_on_as_blind(desk: Switchboard) -> None:
    alice, bob, carol = await three(desk)
    alices, bobs = await connect(desk, alice, bob)
    second = bob.call("103")
    first_ring = await carol.incoming()
    carol.ring(first_ring)
    await asyncio.sleep(1)
    bob.refer(bobs, "103", replaces=second)
    carol.answer(await carol.incoming())
    await asyncio.sleep(1)
    assert carol.end_of(first_ring) is not None
    assert desk.media.bridges() == {media_of(desk, "101", "103")}
    alice.hang_up(alices)
    await desk.ended(2)


def test_the_table_refuses_what_it_does_not_list() -> None:
    assert TRANSFER_TABLE.next(TransferState.RINGING, TransferInput.ANSWER) is TransferState.COMPLETED
    listed = {(state, event) for state, event, _ in TRANSFER_TABLE.rows()}
    for state in TransferState:
        for event in TransferInput:
            if (state, event) not in listed:
                try:
                    TRANSFER_TABLE.next(state, event)
                except IllegalTransition:
                    continue
                raise AssertionError((state, event))
