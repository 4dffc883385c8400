"""Ringing: who answers, who refuses, who is cancelled, and which trunk is tried next."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from callcenter.calls.attempt import CallerId
from callcenter.calls.call import Call
from callcenter.calls.cdr import Direction, HangupCause, HangupSide, Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialOutcome, DialRequest, DialResult, PromptKind, PromptPart, TargetKind
from callcenter.calls.dialling import DialStep, DialTarget, TargetAddress
from callcenter.calls.location import Binding
from callcenter.calls.trunks import OutboundRule, TrunkSettings
from callcenter.sip.events import SessionAnswered, SessionConfirmed, SessionEnded, SessionProgress
from callcenter.sip.flow import Flow, Target
from callcenter.sip.invite import InviteSession
from callcenter.sip.settings import Credentials
from callcenter.testing.memory_sip import MemoryPhone, request_of
from callcenter.testing.switchboard import Switchboard, ringing, shape
from tests.unit.calls.conftest import Opener


class Hotline:
    """A caller whose flow dials the plan ``p`` once, then hangs up."""

    def __init__(self, desk: Switchboard, **request: object) -> None:
        self.desk = desk
        self.results: list[DialResult] = []
        self.request = {"waiting": "ringback", **request}
        self.caller: MemoryPhone
        self.session: InviteSession
        desk.flows.scripts["1900"] = self._flow

    async def _flow(self, _call: Call, channel: Channel) -> None:
        request = DialRequest(TargetKind.PLAN, "p", **self.request)  # type: ignore[arg-type]
        self.results.append(await channel.dial(request))
        await channel.hangup("normal")

    async def call(self) -> None:
        if self.desk.accounts.extension("100") is None:
            self.caller = await self.desk.phone("100")
        self.session = await self.caller.answered_call("1900")

    @property
    def media(self) -> str:
        (leg,) = [leg for leg in self.desk.call.legs.values() if leg.extension == "100"]
        assert leg.media is not None
        return leg.media.id

    @property
    def outcome(self) -> DialOutcome:
        (result,) = self.results
        return result.outcome

    @property
    def attempts(self) -> list[tuple[str, str]]:
        return [(name, outcome.value) for plan in self.desk.planner.made for name, outcome in plan.attempts]


async def test_answered(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102", store_code="HN"),)
    await hotline.call()
    session = await bob.incoming()
    bob.ring(session)
    await asyncio.sleep(1)
    assert desk.media.legs[hotline.media].heard[-1] == "ringback.al"
    bob.answer(session)
    await asyncio.sleep(5)
    bob.hang_up(session)
    finished = await desk.ended()
    (result,) = hotline.results
    assert (result.outcome, result.answered_by, result.store) == (DialOutcome.ANSWERED, "102", "HN")
    assert result.ring_ms == pytest.approx(1000, abs=20)
    assert result.talk_ms == pytest.approx(5000, abs=20)
    assert [kind for kind, _ in shape(finished)][-2:] == ["ring", "talk"]
    assert finished.record.hangup_side is HangupSide.CALLEE


@pytest.mark.parametrize(
    ("status", "outcome", "call_outcome"),
    [
        (486, DialOutcome.BUSY, Outcome.BUSY),
        (600, DialOutcome.BUSY, Outcome.BUSY),
        (603, DialOutcome.BUSY, Outcome.BUSY),
        (480, DialOutcome.UNAVAILABLE, Outcome.NO_ANSWER),
        (404, DialOutcome.UNAVAILABLE, Outcome.NO_ANSWER),
        (488, DialOutcome.FAILED, Outcome.FAILED),
        (500, DialOutcome.FAILED, Outcome.FAILED),
    ],
)
async def test_refused(desk: Switchboard, status: int, outcome: DialOutcome, call_outcome: Outcome) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    bob.reject(await bob.incoming(), status)
    finished = await desk.ended()
    assert hotline.outcome is outcome
    assert finished.record.outcome is call_outcome
    (leg,) = [leg for leg in finished.legs if leg.peer == "102"]
    assert leg.sip_status == status


async def test_nobody_answers_in_time(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102", ring_s=12),)
    await hotline.call()
    session = await bob.incoming()
    bob.ring(session)
    finished = await desk.ended()
    assert hotline.outcome is DialOutcome.NO_ANSWER
    assert hotline.results[0].ring_ms == pytest.approx(12_000, abs=5)
    assert finished.record.outcome is Outcome.NO_ANSWER
    ended = await bob.wait(SessionEnded)
    assert ended.reason_header == 'Q.850;cause=19;text="no answer"'


async def test_nobody_is_registered(desk: Switchboard) -> None:
    hotline = Hotline(desk)
    await desk.phone("102", register=False)
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    await desk.ended()
    assert hotline.outcome is DialOutcome.UNAVAILABLE
    assert hotline.results[0].ring_ms < 50


async def test_the_outcome_of_several_steps_is_the_one_that_says_most(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    await desk.phone("103", register=False)
    desk.plans["p"] = (ringing("102", name="store", ring_s=5), ringing("103", name="central"))
    await hotline.call()
    bob.ring(await bob.incoming())
    await desk.ended()
    assert hotline.outcome is DialOutcome.NO_ANSWER
    assert hotline.attempts == [("store", "no_answer"), ("central", "unavailable")]


async def test_forked_to_all_devices_one_wins(desk: Switchboard) -> None:
    hotline = Hotline(desk)
    bob, carol, second = await desk.phone("102"), await desk.phone("103"), await desk.phone("103")
    desk.plans["p"] = (ringing("102", "103"),)
    await hotline.call()
    sessions = [await phone.incoming() for phone in (bob, carol, second)]
    for phone, session in zip((bob, carol, second), sessions, strict=True):
        phone.ring(session)
    assert desk.exchange.busy_extensions() == {"100", "102", "103"}
    assert len(desk.media.legs) == 2  # One offered to all of them.
    carol.answer(sessions[1])
    await carol.wait(SessionConfirmed)
    await asyncio.sleep(1)
    for phone in (bob, second):
        assert (await phone.wait(SessionEnded)).reason_header == 'SIP;cause=200;text="Call completed elsewhere"'
    assert desk.exchange.busy_extensions() == {"100", "103"}
    carol.hang_up(sessions[1])
    finished = await desk.ended()
    assert sorted((leg.peer, leg.cause.code) for leg in finished.legs if leg.cause and leg.peer != "100") == [
        ("102", "lose_race"),
        ("103", "lose_race"),
        ("103", "normal_clearing"),
    ]


async def test_two_answer_at_once(desk: Switchboard) -> None:
    hotline, bob, carol = Hotline(desk), await desk.phone("102"), await desk.phone("103")
    desk.plans["p"] = (ringing("102", "103"),)
    await hotline.call()
    first, second = await bob.incoming(), await carol.incoming()
    bob.answer(first)
    carol.answer(second)
    await asyncio.sleep(1)
    ends = [phone.end_of(session) is not None for phone, session in ((bob, first), (carol, second))]
    assert sorted(ends) == [False, True]
    hotline.caller.hang_up(hotline.session)
    await desk.ended()


async def test_an_answer_that_crosses_the_cancel_is_ended(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102", ring_s=5),)
    await hotline.call()
    session = await bob.incoming()
    bob.ring(session)
    while not hotline.results:
        if desk.network.seen[-1][2].startswith("CANCEL") and not session.answered:
            bob.answer(session)  # The CANCEL is on its way.
        await asyncio.sleep(0.0002)
    await desk.ended()
    await asyncio.sleep(1)
    assert session.answered or session.over
    assert bob.end_of(session) is not None
    assert hotline.outcome is DialOutcome.NO_ANSWER


async def test_a_device_that_refused_is_free_while_the_others_ring(desk: Switchboard) -> None:
    hotline, bob, carol = Hotline(desk), await desk.phone("102"), await desk.phone("103")
    desk.plans["p"] = (ringing("102", "103"),)
    await hotline.call()
    bob.reject(await bob.incoming(), 486)
    carol.ring(await carol.incoming())
    await asyncio.sleep(1)
    assert desk.exchange.busy_extensions() == {"100", "103"}
    hotline.caller.hang_up(hotline.session)
    assert (await desk.ended()).record.outcome is Outcome.ABANDONED


async def test_the_caller_gives_up_while_it_rings(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    session = await bob.incoming()
    bob.ring(session)
    await asyncio.sleep(2)
    hotline.caller.hang_up(hotline.session)
    finished = await desk.ended()
    assert (finished.record.outcome, finished.record.hangup_side) == (Outcome.ABANDONED, HangupSide.CALLER)
    assert hotline.attempts == [("group", "abandoned")]
    (leg,) = [leg for leg in finished.legs if leg.peer == "102"]
    assert leg.cause is HangupCause.ORIGINATOR_CANCEL
    assert bob.end_of(session) is not None


# The leave key


async def test_the_leave_key_stops_the_ringing_at_once(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    session = await bob.incoming()
    bob.ring(session)
    await asyncio.sleep(1)
    desk.media.press(hotline.media, "50")
    await asyncio.sleep(0.1)
    assert bob.end_of(session) is not None
    await desk.ended()
    assert hotline.outcome is DialOutcome.LEFT


async def test_the_leave_key_works_while_busy_phones_are_waited_for(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102", ring_s=60, wait_when_busy=True),)
    await hotline.call()
    bob.reject(await bob.incoming(), 486)
    await asyncio.sleep(1)
    desk.media.press(hotline.media, "0")
    await asyncio.sleep(0.1)
    assert hotline.outcome is DialOutcome.LEFT
    await desk.ended()


async def test_busy_phones_are_tried_again_until_time_is_up(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102", ring_s=14, wait_when_busy=True),)
    await hotline.call()
    for _ in range(3):
        bob.reject(await bob.incoming(), 486)
    await desk.ended()
    assert hotline.outcome is DialOutcome.BUSY


async def test_no_leave_key_means_no_key_leaves(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk, leave_key=None), await desk.phone("102")
    desk.plans["p"] = (ringing("102", ring_s=5),)
    await hotline.call()
    bob.ring(await bob.incoming())
    desk.media.press(hotline.media, "0")
    await desk.ended()
    assert hotline.outcome is DialOutcome.NO_ANSWER


# Redirections


async def test_a_redirection_to_an_own_extension_is_followed(desk: Switchboard) -> None:
    hotline, bob, carol = Hotline(desk), await desk.phone("102"), await desk.phone("103")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    bob.redirect(await bob.incoming(), "sip:103@elsewhere.example")
    session = await carol.incoming()
    carol.answer(session)
    await asyncio.sleep(1)
    carol.hang_up(session)
    finished = await desk.ended()
    assert hotline.results[0].answered_by == "103"
    assert "redirected" in desk.log.kinds(finished.record.id)


async def test_a_redirection_to_the_outside_is_refused(open_desk: Opener) -> None:
    desk = open_desk(**ONE_TRUNK)
    carrier = desk.peer("carrier", host="198.51.100.1")
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    bob.redirect(await bob.incoming(), "sip:0912345678@198.51.100.1")
    await desk.ended()
    assert hotline.outcome is DialOutcome.FAILED
    assert carrier.events == []


async def test_a_redirection_in_a_circle_ends(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    bob.on_invite = lambda session: bob.redirect(session, "sip:102@192.0.2.1")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    await desk.ended()
    assert hotline.outcome is DialOutcome.FAILED
    assert len([1 for source, _, line in desk.network.seen if source == bob.host and "302" in line]) == 6


# Answers of every kind


async def test_an_answer_in_a_reliable_provisional_counts(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    session = await bob.incoming()
    session.progress(183, bob.sdp(), reliable=True, now=bob.node.now())
    bob.node.flush()
    await asyncio.sleep(1)
    bob.answer(session)
    await asyncio.sleep(2)
    assert len(desk.media.bridges()) == 1
    bob.hang_up(session)
    await desk.ended()
    assert hotline.outcome is DialOutcome.ANSWERED


async def test_a_useless_answer_is_ended_and_the_dial_fails(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    session = await bob.incoming()
    bob.answer(session, bob.sdp(codecs="96"))
    finished = await desk.ended()
    assert hotline.outcome is DialOutcome.FAILED
    (leg,) = [leg for leg in finished.legs if leg.peer == "102"]
    assert leg.cause is HangupCause.INCOMPATIBLE_DESTINATION
    assert bob.end_of(session) is not None


async def test_the_callee_hangs_up_in_the_moment_of_answering(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    await hotline.call()
    session = await bob.incoming()
    bob.answer(session)
    bob.hang_up(session)
    finished = await desk.ended()
    assert hotline.outcome is DialOutcome.ANSWERED
    assert finished.record.hangup_side is HangupSide.CALLEE


async def test_no_media_port_is_left(desk: Switchboard) -> None:
    hotline = Hotline(desk)
    await desk.phone("102")
    desk.plans["p"] = (ringing("102"),)
    desk.media.capacity = 1
    await hotline.call()
    await desk.ended()
    assert hotline.outcome is DialOutcome.UNAVAILABLE


async def test_the_announcement_is_played_once_and_then_the_sound(desk: Switchboard) -> None:
    announce = (PromptPart(PromptKind.TEXT, "connecting", "vi"),)
    hotline = Hotline(desk, announce=announce, waiting="music")
    bob, carol = await desk.phone("102"), await desk.phone("103")
    desk.plans["p"] = (ringing("102", ring_s=5), ringing("103", ring_s=5))
    await hotline.call()
    bob.ring(await bob.incoming())
    await asyncio.sleep(3)
    media = hotline.media
    assert desk.media.legs[media].heard == ["connecting.al", "music.al"]
    carol.ring(await carol.incoming())
    await asyncio.sleep(1)
    assert desk.media.legs[media].heard == ["connecting.al", "music.al"]
    await desk.ended()


# Phones of an earlier run


def restored(desk: Switchboard, number: str, host: str) -> None:
    """Let ``number`` have been registered over TCP when the server stopped."""
    desk.accounts.add(number)
    utcnow = desk.exchange.clock.utcnow()
    contact = f"sip:{number}@{host}:5060;transport=tcp"
    binding = Binding(
        aor=number,
        contact=contact,
        call_id="r",
        cseq=1,
        expires_at=utcnow + timedelta(seconds=300),
        transport="tcp",
        remote_host=host,
        remote_port=40_000,
    )
    desk.location.restore([binding], desk.exchange.now(), utcnow)


async def test_a_phone_of_an_earlier_run_is_connected_to_when_dialled(desk: Switchboard) -> None:
    alice, carol = await desk.phone("101"), desk.peer("103", host="192.0.2.33")
    restored(desk, "103", carol.host)
    assert not desk.location.is_registered("103", desk.exchange.now())
    alices = alice.call("103")
    session = await carol.incoming()
    assert desk.location.is_registered("103", desk.exchange.now())
    carol.answer(session)
    await alice.wait(SessionAnswered)
    alice.hang_up(alices)
    await desk.ended()


async def test_a_phone_of_an_earlier_run_that_is_gone(desk: Switchboard) -> None:
    alice = await desk.phone("101")
    restored(desk, "103", "192.0.2.33")
    alice.call("103")
    assert (await alice.wait(SessionEnded)).status == 480
    assert not desk.location.is_registered("103", desk.exchange.now())
    await desk.ended()


async def test_connecting_to_one_phone_keeps_nobody_else_waiting(desk: Switchboard) -> None:
    hotline, bob = Hotline(desk), await desk.phone("102")
    restored(desk, "103", "192.0.2.33")
    direct = desk.exchange.flow_to

    async def slowly(target: Target) -> Flow:
        await asyncio.sleep(4)
        return await direct(target)

    desk.exchange.flow_to = slowly
    desk.plans["p"] = (ringing("103", "102"),)
    await hotline.call()
    began = desk.exchange.now()
    session = await bob.incoming()
    bob.answer(session)
    await bob.wait(SessionConfirmed)
    assert desk.exchange.now() - began < 0.1
    bob.hang_up(session)
    await desk.ended()


# Over trunks


def trunk(name: str, host: str, **parts: object) -> TrunkSettings:
    return TrunkSettings(name=name, kind="ip", host=host, options_interval=0, **parts)  # type: ignore[arg-type]


ONE_TRUNK = {"trunks": (trunk("one", "198.51.100.1"),), "rules": (OutboundRule("09", ("one",), 2),)}
TWO_TRUNKS = {
    "trunks": (trunk("one", "198.51.100.1", caller_id="+842411112222"), trunk("two", "2001:db8::2")),
    "rules": (OutboundRule("09", ("one", "two")),),
}
MOBILE = "0912345678"


async def outside(desk: Switchboard, number: str = MOBILE) -> tuple[MemoryPhone, InviteSession]:
    alice = await desk.phone("101")
    return alice, alice.call(number)


async def test_a_number_goes_out_over_the_first_trunk(open_desk: Opener) -> None:
    desk = open_desk(**TWO_TRUNKS)
    one = desk.peer("one", host="198.51.100.1")
    alice, alices = await outside(desk)
    session = await one.incoming()
    request = request_of(session)
    assert (request.uri, request.from_.uri.username) == (f"sip:{MOBILE}@198.51.100.1", "+842411112222")
    assert desk.trunks.by_name["one"].calls == 1
    one.ring(session)
    await alice.wait(SessionProgress)
    one.answer(session)
    await alice.wait(SessionAnswered)
    one.hang_up(session)
    record = (await desk.ended()).record
    assert (record.direction.value, record.hangup_side, record.to_number) == ("outbound", HangupSide.CALLEE, MOBILE)
    assert alice.end_of(alices) is not None


@pytest.mark.parametrize("retry_after", [None, "120"])
async def test_503_moves_on_to_the_next_trunk(open_desk: Opener, retry_after: str | None) -> None:
    desk = open_desk(**TWO_TRUNKS)
    one, two = desk.peer("one", host="198.51.100.1"), desk.peer("two", host="2001:db8::2")
    alice, alices = await outside(desk)
    one.reject(await one.incoming(), 503, (("Retry-After", retry_after),) if retry_after else ())
    session = await two.incoming()
    assert request_of(session).uri == f"sip:{MOBILE}@[2001:db8::2]"
    assert desk.trunks.by_name["one"].calls == 0
    two.answer(session)
    await asyncio.sleep(1)
    now = desk.exchange.now()
    assert [one.name for one in desk.trunks.candidates(MOBILE, now)] == (["two"] if retry_after else ["two", "one"])
    assert [one.name for one in desk.trunks.candidates(MOBILE, now + 121)] == ["one", "two"]
    alice.hang_up(alices)
    await desk.ended()


async def test_a_silent_trunk_is_left_long_before_timer_b(open_desk: Opener) -> None:
    desk = open_desk(**TWO_TRUNKS, trunk_silence_s=4)
    one, two = desk.peer("one", host="198.51.100.1"), desk.peer("two", host="2001:db8::2")
    desk.network.lost.add(one.host)
    began = desk.exchange.now()
    alice, alices = await outside(desk)
    session = await two.incoming()
    assert desk.exchange.now() - began == pytest.approx(4, abs=0.1)
    assert desk.trunks.by_name["one"].calls == 0
    two.answer(session)
    await asyncio.sleep(1)
    assert desk.trunks.by_name["one"].doubtful_until > desk.exchange.now()
    alice.hang_up(alices)
    await desk.ended()


async def test_the_only_trunk_is_silent(open_desk: Opener) -> None:
    desk = open_desk(**ONE_TRUNK)
    one = desk.peer("one", host="198.51.100.1")
    desk.network.lost.add(one.host)
    began = desk.exchange.now()
    alice, alices = await outside(desk)
    assert (await alice.wait(SessionEnded)).status == 480
    assert desk.exchange.now() - began == pytest.approx(5, abs=0.1)
    finished = await desk.ended()
    (leg,) = [leg for leg in finished.legs if leg.direction is Direction.OUTBOUND]
    assert leg.cause is HangupCause.NO_USER_RESPONSE
    assert alices.over


async def test_a_trunk_that_says_trying_has_all_the_time_of_the_step(open_desk: Opener) -> None:
    desk = open_desk(**TWO_TRUNKS)
    one, two = desk.peer("one", host="198.51.100.1"), desk.peer("two", host="2001:db8::2")
    alice, alices = await outside(desk)
    session = await one.incoming()
    await asyncio.sleep(0.3)
    assert any(line.startswith("SIP/2.0 100") for source, _, line in desk.network.seen if source == one.host)
    await asyncio.sleep(20)
    assert two.events == []
    one.answer(session)
    await alice.wait(SessionAnswered)
    alice.hang_up(alices)
    await desk.ended()


async def test_a_trunk_that_rings_after_it_was_given_up_is_cancelled(open_desk: Opener) -> None:
    desk = open_desk(**TWO_TRUNKS)
    one, two = desk.peer("one", host="198.51.100.1"), desk.peer("two", host="2001:db8::2")
    desk.network.lost.add(one.host)
    alice, alices = await outside(desk)
    two.ring(await two.incoming())
    desk.network.lost.clear()
    late = await one.incoming()
    one.ring(late)
    await asyncio.sleep(1)
    assert one.end_of(late) is not None
    alice.hang_up(alices)
    await desk.ended()


async def test_an_unreachable_trunk_is_skipped(open_desk: Opener) -> None:
    desk = open_desk(**TWO_TRUNKS)
    two = desk.peer("two", host="2001:db8::2")
    alice, alices = await outside(desk)
    two.reject(await two.incoming(), 486)
    ended = await alice.wait(SessionEnded)
    assert ended.status == 486
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_cause, record.hangup_side) == (
        Outcome.BUSY,
        HangupCause.USER_BUSY,
        HangupSide.CALLEE,
    )
    assert alices.over


@pytest.mark.parametrize(("status", "tried"), [(486, 1), (404, 1), (408, 2), (403, 2), (500, 2)])
async def test_which_refusals_speak_of_the_trunk(open_desk: Opener, status: int, tried: int) -> None:
    desk = open_desk(**TWO_TRUNKS)
    one, two = desk.peer("one", host="198.51.100.1"), desk.peer("two", host="2001:db8::2")
    one.on_invite = lambda session: one.reject(session, status)
    two.on_invite = lambda session: two.reject(session, 486)
    await outside(desk)
    await desk.ended()
    assert len(two.events) > 0 if tried == 2 else two.events == []
    # A 408 from afar speaks of the person who was called, not of the trunk.
    assert desk.trunks.by_name["one"].doubtful_until == 0.0


async def test_early_media_of_a_trunk_is_passed_on(open_desk: Opener) -> None:
    desk = open_desk(**ONE_TRUNK)
    one = desk.peer("one", host="198.51.100.1")
    alice, _ = await outside(desk)
    session = await one.incoming()
    one.ring(session, 183, one.sdp())
    progress = await alice.wait(SessionProgress)
    assert progress.status == 183
    assert progress.sdp is not None
    assert len(desk.media.bridges()) == 1
    one.answer(session)
    await alice.wait(SessionAnswered)
    one.hang_up(session)
    await desk.ended()


async def test_after_early_media_that_came_to_nothing_the_caller_hears_the_sound_again(open_desk: Opener) -> None:
    desk = open_desk(**ONE_TRUNK)
    one = desk.peer("one", host="198.51.100.1")
    hotline, bob = Hotline(desk), await desk.phone("102")
    number = DialStep(name="number", targets=(DialTarget(TargetAddress.NUMBER, MOBILE),), ring_s=20)
    desk.plans["p"] = (number, ringing("102", ring_s=5))
    await hotline.call()
    session = await one.incoming()
    one.ring(session, 183, one.sdp())
    await asyncio.sleep(1)
    assert len(desk.media.bridges()) == 1
    one.reject(session, 486)
    bob.ring(await bob.incoming())
    await asyncio.sleep(1)
    assert desk.media.legs[hotline.media].heard == ["ringback.al"]
    await desk.ended()


async def test_a_rule_allows_so_many_calls_and_no_more(open_desk: Opener) -> None:
    desk = open_desk(**ONE_TRUNK)
    one = desk.peer("one", host="198.51.100.1")
    alice = await desk.phone("101")
    calls = [alice.call(MOBILE) for _ in range(3)]
    await asyncio.sleep(1)
    assert len(one.events) == 2
    ended = [end for end in map(alice.end_of, calls) if end is not None]
    assert [end.status for end in ended] == [480]
    for call in calls:
        alice.hang_up(call)
    await desk.ended(3)


async def test_a_trunk_that_challenges_for_ever_is_tried_twice(open_desk: Opener) -> None:
    desk = open_desk(
        trunks=(trunk("one", "198.51.100.1", credentials=Credentials("us", "pw", "carrier")),),
        rules=(OutboundRule("09", ("one",)),),
    )
    one = desk.peer("one", host="198.51.100.1")
    challenge = (("WWW-Authenticate", 'Digest realm="carrier", nonce="n", algorithm=MD5, qop="auth"'),)
    one.on_invite = lambda session: one.reject(session, 401, challenge)
    alice, alices = await outside(desk)
    await desk.ended()
    assert len([1 for source, _, line in desk.network.seen if source == one.host and "401" in line]) <= 3
    ended = alice.end_of(alices)
    assert ended is not None


def test_a_caller_id_carries_nothing_into_the_header() -> None:
    evil = CallerId("0912;x=<y>\r\nX-Evil: 1", 'Eve" <sip:x@y>\r\nX-Evil: 1')
    header = evil.header("callcenter")
    assert "\r" not in header
    assert "\n" not in header
    assert header.count("<") == 2  # One is inside the quotes.
    assert header.startswith('"Eve <sip:x@y>X-Evil: 1" <sip:0912;x=%3Cy%3E%0D%0AX-Evil%3A')
    assert CallerId(None).header("callcenter") == '"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert CallerId("101", "Bob").header("callcenter", "+8424") == "<sip:+8424@callcenter>"
