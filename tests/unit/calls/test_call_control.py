"""What agents may do with a running call, each rule with its timeline."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.calls.asking import Action
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import HangupSide, Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import QueueOutcome, QueueRequest, QueueResult
from callcenter.calls.control import ActionNotPossible, NoSuchCall, TargetUnknown
from callcenter.calls.events import AnswerRequested, CallActionTaken
from callcenter.sip.events import IncomingInvite
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener
from tests.unit.calls.people import ANN, BEN, BOSS, CY, RULE, TRUNK, Floor, extension, queue, rings


@pytest.fixture
def desk(open_desk: Opener) -> Switchboard:
    return open_desk(trunks=(TRUNK,), rules=(RULE,))


async def talk(desk: Switchboard, *, through: str | None = None, auto: bool = True) -> Floor:
    return await (await Floor(desk).open(auto=auto)).connect(through=through)


def tail(desk: Switchboard, count: int) -> list[tuple[str, str | None]]:
    return shape(desk.finished[-1])[-count:]


# Hold


async def test_hold_gives_music_to_the_customer_and_resume_ends_it(desk: Switchboard) -> None:
    floor = await talk(desk)
    assert floor.hears(None) == {"101"}
    await desk.control.hold(ANN, floor.call.id)
    assert (floor.hears(None), floor.hears("101")) == ("music", set())
    await desk.control.hold(ANN, floor.call.id)
    await asyncio.sleep(2)
    await desk.control.resume(ANN, floor.call.id)
    assert floor.hears(None) == {"101"}
    await asyncio.sleep(2)
    await floor.customer_hangs_up()
    assert tail(desk, 3) == [("talk", "101"), ("hold", "101"), ("talk", "101")]
    (sent,) = [line for line in desk.log.events[desk.finished[0].record.id] if line.kind == "held"]
    assert sent.data["peer"] == "101"


async def test_a_double_click_is_one_click(desk: Switchboard) -> None:
    floor = await talk(desk)
    await asyncio.gather(*(desk.control.hold(ANN, floor.call.id) for _ in range(3)))
    assert [fact for fact in desk.facts if isinstance(fact, CallActionTaken)] == [
        CallActionTaken(call_id=floor.call.id, action="hold", user_id="ann", detail={})
    ]
    await desk.control.resume(ANN, floor.call.id)
    await desk.control.hold(ANN, floor.call.id)
    assert floor.hears(None) == "music"
    await floor.customer_hangs_up()


async def test_strangers_may_do_nothing(desk: Switchboard) -> None:
    floor = await talk(desk)
    for action in (desk.control.hold, desk.control.hangup, desk.control.answer, desk.control.pause_recording):
        with pytest.raises(ActionNotPossible):
            await action(BEN, floor.call.id)
    with pytest.raises(NoSuchCall):
        await desk.control.hold(ANN, "nowhere")
    assert floor.hears(None) == {"101"}
    await floor.customer_hangs_up()


# Blind transfer


async def test_blind_transfer_frees_the_agent_at_once(desk: Switchboard) -> None:
    floor = await talk(desk)
    await desk.control.transfer(ANN, floor.call.id, extension("102"))
    await asyncio.sleep(0.5)
    assert floor.ann.end_of(floor.anns) is not None
    assert floor.hears(None) == "ringback"
    await asyncio.sleep(2)
    assert floor.hears(None) == {"102"}
    await floor.customer_hangs_up()
    assert tail(desk, 3) == [("talk", "101"), ("ring", "101"), ("talk", "102")]
    record = desk.finished[0].record
    assert (record.agent_id, record.first_answered_store_id, record.answered_store_id) == ("ben", "s1", "s2")
    assert record.hangup_side is HangupSide.CALLER
    assert len(desk.finished[0].recordings) == 1  # It goes on over the transfer.


async def test_nobody_answers_and_the_transferor_is_rung_back_twice(desk: Switchboard) -> None:
    floor = await talk(desk, auto=False)
    await desk.control.transfer(ANN, floor.call.id, extension("102"))
    began = desk.exchange.now()
    floor.ben.ring(await floor.ben.incoming())
    floor.ann.ring(await floor.ann.incoming())
    assert desk.exchange.now() - began == pytest.approx(30, abs=0.2)
    second = await floor.ann.incoming()
    assert desk.exchange.now() - began == pytest.approx(60, abs=0.2)
    floor.ann.answer(second)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"101"}
    await floor.customer_hangs_up()
    assert [kind for kind in desk.log.kinds(desk.finished[0].record.id) if kind == "transferor_rung"] == [
        "transferor_rung"
    ] * 2


async def test_a_customer_nobody_wants_back_returns_to_the_queue_in_the_old_place(desk: Switchboard) -> None:
    floor = await talk(desk, through="sales", auto=False)
    place = floor.call.facts.queue
    assert place is not None
    floor.queues.scripts["sales"] = None
    await desk.control.transfer(ANN, floor.call.id, extension("102"))
    floor.ben.reject(await floor.ben.incoming(), 486)
    for _ in range(2):
        floor.ann.reject(await floor.ann.incoming(), 486)
    await asyncio.sleep(1)
    back = floor.queues.requests[-1]
    assert (back.queue, back.waiting_since_ms) == ("sales", place.since_ms)
    assert back.priority >= 1000
    assert floor.call.segment_kind is not None
    assert floor.call.segment_kind.value == "queue"
    await floor.customer_hangs_up()
    assert shape(desk.finished[0])[-1] == ("queue", None)


async def test_transfer_to_a_queue(desk: Switchboard) -> None:
    floor = await talk(desk)
    floor.queues.scripts["service"] = rings(desk, "102")
    await desk.control.transfer(ANN, floor.call.id, queue("service"))
    await asyncio.sleep(3)
    assert floor.hears(None) == {"102"}
    floor.ben.hang_up(floor.session(floor.ben))
    finished = await desk.ended()
    assert [kind for kind, _ in shape(finished)][-3:] == ["talk", "queue", "talk"]
    assert finished.record.hangup_side is HangupSide.CALLEE


async def test_a_full_queue_gives_the_customer_back_to_the_transferor(desk: Switchboard) -> None:
    async def full(_channel: Channel, request: QueueRequest) -> QueueResult:
        return QueueResult(outcome=QueueOutcome.FULL, queue=request.queue)

    floor = await talk(desk)
    floor.queues.scripts["service"] = full
    await desk.control.transfer(ANN, floor.call.id, queue("service"))
    floor.ann.answer(await floor.ann.incoming())
    await asyncio.sleep(1)
    assert floor.hears(None) == {"101"}
    await floor.customer_hangs_up()


async def test_transfer_to_a_flow_and_to_nowhere(desk: Switchboard) -> None:
    heard: list[str] = []

    async def flow(_call: object, channel: Channel) -> None:
        heard.append((await channel.next_digit(5)).key)  # type: ignore[union-attr]  # the test presses one
        await channel.hangup("normal")

    floor = await talk(desk)
    desk.flows.scripts["1800"] = flow
    for target in (extension("999"), CallTarget(CallTargetKind.NUMBER, "12"), queue("none")):
        with pytest.raises(TargetUnknown):
            await desk.control.transfer(ANN, floor.call.id, target)
    for own in ("101",):
        with pytest.raises(ActionNotPossible):
            await desk.control.transfer(ANN, floor.call.id, extension(own))
    await desk.control.transfer(ANN, floor.call.id, CallTarget(CallTargetKind.FLOW, "1800"))
    await asyncio.sleep(1)
    desk.media.press(floor.media(None), "4")
    await desk.ended()
    assert heard == ["4"]
    assert tail(desk, 2)[-1][0] == "ivr"


async def test_an_agents_own_call_is_handed_to_a_queue_and_its_callee_goes_on(desk: Switchboard) -> None:
    floor = await Floor(desk).open()
    floor.queues.scripts["service"] = rings(desk, "102")
    answers_at = floor.ann.call("+84901234567")
    outside = await floor.carrier.incoming()
    floor.carrier.answer(outside)
    await asyncio.sleep(2)
    await desk.control.transfer(ANN, floor.call.id, queue("service"))
    await asyncio.sleep(3)
    assert floor.ann.end_of(answers_at) is not None
    assert floor.hears(None) == {"102"}
    floor.carrier.hang_up(outside)
    finished = await desk.ended()
    assert finished.record.outcome is Outcome.ANSWERED
    assert [kind for kind, _ in shape(finished)][-3:] == ["talk", "queue", "talk"]


# Consultation


async def consult(desk: Switchboard) -> Floor:
    floor = await talk(desk)
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    await asyncio.sleep(2)
    assert floor.hears(None) == "music"
    assert (floor.hears("101"), floor.hears("102")) == ({"102"}, {"101"})
    return floor


async def test_complete(desk: Switchboard) -> None:
    floor = await consult(desk)
    await desk.control.complete_consult(ANN, floor.call.id)
    assert floor.hears(None) == {"102"}
    assert floor.ann.end_of(floor.anns) is not None
    await asyncio.sleep(1)
    await floor.customer_hangs_up()
    assert tail(desk, 3) == [("talk", "101"), ("consult", "101"), ("talk", "102")]


async def test_cancel(desk: Switchboard) -> None:
    floor = await consult(desk)
    await desk.control.cancel_consult(ANN, floor.call.id)
    assert floor.hears(None) == {"101"}
    assert floor.ben.end_of(floor.session(floor.ben)) is not None
    await floor.customer_hangs_up()


async def test_swap_and_swap_back(desk: Switchboard) -> None:
    floor = await consult(desk)
    await desk.control.swap(ANN, floor.call.id)
    assert (floor.hears(None), floor.hears("102")) == ({"101"}, "music")
    await asyncio.sleep(2)
    await desk.control.swap(ANN, floor.call.id)
    assert (floor.hears(None), floor.hears("102")) == ("music", {"101"})
    await asyncio.sleep(2)
    await desk.control.complete_consult(ANN, floor.call.id)
    await asyncio.sleep(1)
    await floor.customer_hangs_up()
    assert [kind for kind, _ in tail(desk, 5)] == ["talk", "consult", "talk", "consult", "talk"]


async def test_three_way_and_the_agent_leaves(desk: Switchboard) -> None:
    floor = await consult(desk)
    await desk.control.join(ANN, floor.call.id)
    assert floor.hears(None) == {"101", "102"}
    assert floor.hears("102") == {"101", None}
    await asyncio.sleep(2)
    await desk.control.hangup(ANN, floor.call.id)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"102"}
    assert desk.media.rooms() == {}
    await floor.customer_hangs_up()
    assert [kind for kind, _ in tail(desk, 4)] == ["talk", "consult", "conference", "talk"]
    assert tail(desk, 1) == [("talk", "102")]


async def test_an_agent_who_hangs_up_after_the_answer_completes(desk: Switchboard) -> None:
    floor = await consult(desk)
    floor.ann.hang_up(floor.anns)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"102"}
    assert floor.call.transfers == 1
    await floor.customer_hangs_up()


async def test_an_agent_who_hangs_up_before_leaves_the_target_ringing(desk: Switchboard) -> None:
    floor = await talk(desk, auto=False)
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    bens = await floor.ben.incoming()
    floor.ben.ring(bens)
    await asyncio.sleep(1)
    assert floor.hears("101") == "ringback"
    floor.ann.hang_up(floor.anns)
    await asyncio.sleep(1)
    assert floor.hears(None) == "ringback"
    floor.ben.answer(bens)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"102"}
    await floor.customer_hangs_up()


async def test_an_agent_who_hung_up_too_early_is_rung_back(desk: Switchboard) -> None:
    floor = await talk(desk, auto=False)
    began = desk.exchange.now()
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    floor.ben.ring(await floor.ben.incoming())
    floor.ann.hang_up(floor.anns)
    back = await floor.ann.incoming()
    assert desk.exchange.now() - began == pytest.approx(15, abs=0.2)
    floor.ann.answer(back)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"101"}
    await floor.customer_hangs_up()


async def test_a_target_that_does_not_answer_brings_the_agent_back(desk: Switchboard) -> None:
    floor = await talk(desk, auto=False)
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    floor.ben.ring(await floor.ben.incoming())
    await asyncio.sleep(16)
    assert floor.hears(None) == {"101"}
    assert "consult_failed" in floor.kinds()
    await floor.customer_hangs_up()


async def test_a_target_that_hangs_up_brings_the_agent_back(desk: Switchboard) -> None:
    floor = await consult(desk)
    floor.ben.hang_up(floor.session(floor.ben))
    await asyncio.sleep(1)
    assert floor.hears(None) == {"101"}
    await floor.customer_hangs_up()


@pytest.mark.parametrize("answered", [True, False])
async def test_a_customer_who_leaves_does_not_end_the_consultation(desk: Switchboard, answered: bool) -> None:
    floor = await talk(desk, auto=answered)
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    await asyncio.sleep(2)
    floor.carrier.hang_up(floor.customer)
    await asyncio.sleep(1)
    assert "customer_left" in floor.kinds()
    if not answered:
        floor.ben.answer(floor.session(floor.ben))
        await asyncio.sleep(1)
    assert floor.hears("101") == {"102"}
    with pytest.raises(ActionNotPossible):
        await desk.control.complete_consult(ANN, floor.call.id)
    with pytest.raises(ActionNotPossible):
        await desk.control.swap(ANN, floor.call.id)
    floor.ben.hang_up(floor.session(floor.ben))
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_side) == (Outcome.ANSWERED, HangupSide.CALLER)
    assert floor.ann.end_of(floor.anns) is not None


async def test_consulting_a_queue_and_completing(desk: Switchboard) -> None:
    floor = await talk(desk)
    floor.queues.scripts["service"] = rings(desk, "102")
    await desk.control.consult(ANN, floor.call.id, queue("service"))
    await asyncio.sleep(3)
    assert (floor.hears(None), floor.hears("101")) == ("music", {"102"})
    assert floor.call.facts.queue is None  # The customer has no place there.
    await desk.control.complete_consult(ANN, floor.call.id)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"102"}
    await floor.customer_hangs_up()
    assert [kind for kind, _ in tail(desk, 3)] == ["talk", "consult", "talk"]


async def test_completing_while_the_queue_still_waits_sends_the_customer_there(desk: Switchboard) -> None:
    floor = await talk(desk)
    floor.queues.scripts["service"] = None
    await desk.control.consult(ANN, floor.call.id, queue("service"))
    await asyncio.sleep(3)
    await desk.control.complete_consult(ANN, floor.call.id)
    await asyncio.sleep(1)
    assert floor.ann.end_of(floor.anns) is not None
    assert [request.queue for request in floor.queues.requests] == ["service", "service"]
    await floor.customer_hangs_up()
    assert [kind for kind, _ in tail(desk, 3)] == ["talk", "consult", "queue"]


async def test_consulting_a_flow(desk: Switchboard) -> None:
    heard: list[str] = []

    async def flow(_call: object, channel: Channel) -> None:
        heard.append((await channel.next_digit(5)).key)  # type: ignore[union-attr]  # the test presses one

    floor = await talk(desk)
    desk.flows.scripts["1800"] = flow
    await desk.control.consult(ANN, floor.call.id, CallTarget(CallTargetKind.FLOW, "1800"))
    await asyncio.sleep(1)
    desk.media.press(floor.media("101"), "7")
    await asyncio.sleep(1)
    assert heard == ["7"]
    assert floor.hears(None) == {"101"}  # The flow is over.
    await floor.customer_hangs_up()


async def test_one_undertaking_at_a_time(desk: Switchboard) -> None:
    floor = await consult(desk)
    for again in (desk.control.transfer, desk.control.add_participant, desk.control.consult):
        with pytest.raises(ActionNotPossible):
            await again(ANN, floor.call.id, extension("103"))
    floor.ann.refer(floor.anns, "103")
    await asyncio.sleep(1)
    assert floor.ann.transfer_statuses() == [491]
    assert floor.hears("101") == {"102"}
    await floor.customer_hangs_up()
    await desk.control.hangup(ANN, floor.call.id)
    await desk.ended()


async def test_five_transfers_are_enough(open_desk: Opener) -> None:
    desk = open_desk(trunks=(TRUNK,), rules=(RULE,), max_transfers=1)
    floor = await talk(desk)
    await desk.control.transfer(ANN, floor.call.id, extension("102"))
    await asyncio.sleep(2)
    with pytest.raises(ActionNotPossible):
        await desk.control.transfer(BEN, floor.call.id, extension("103"))
    assert Action.TRANSFER.value not in desk.views.view(floor.call, "ben").actions
    await floor.customer_hangs_up()


# Conference


async def test_inviting_and_dropping(desk: Switchboard) -> None:
    floor = await talk(desk)
    await desk.control.add_participant(ANN, floor.call.id, extension("102"))
    assert floor.hears(None) == {"101"}
    await asyncio.sleep(2)
    await desk.control.add_participant(ANN, floor.call.id, extension("103"))
    await asyncio.sleep(2)
    assert floor.hears(None) == {"101", "102", "103"}
    await desk.control.drop_participant(ANN, floor.call.id, floor.leg("102").id)
    await asyncio.sleep(1)
    assert floor.hears(None) == {"101", "103"}
    await desk.control.hold(CY, floor.call.id)
    assert (floor.hears(None), floor.hears("103")) == ({"101"}, set())
    await floor.customer_hangs_up()
    await desk.control.resume(CY, floor.call.id)
    assert floor.hears("101") == {"103"}
    await desk.control.hangup(ANN, floor.call.id)
    record = (await desk.ended()).record
    assert record.hangup_side is HangupSide.CALLER


async def test_an_invitation_is_withdrawn(desk: Switchboard) -> None:
    floor = await talk(desk, auto=False)
    await desk.control.add_participant(ANN, floor.call.id, extension("102"))
    bens = await floor.ben.incoming()
    floor.ben.ring(bens)
    await asyncio.sleep(1)
    await desk.control.drop_participant(ANN, floor.call.id, floor.leg("102").id)
    await asyncio.sleep(1)
    assert floor.ben.end_of(bens) is not None
    assert "invitation_withdrawn" in floor.kinds()
    await floor.customer_hangs_up()


# Recording, keys, hanging up


async def test_the_recording_pauses_and_resumes_when_the_agent_leaves(desk: Switchboard) -> None:
    floor = await talk(desk)
    (recording,) = desk.media.recordings.values()
    assert recording.leg == floor.media(None)
    await desk.control.pause_recording(ANN, floor.call.id)
    assert recording.paused
    assert desk.views.view(floor.call).recording.paused
    await desk.control.transfer(ANN, floor.call.id, extension("102"))
    assert not recording.paused
    await asyncio.sleep(2)
    await desk.control.pause_recording(BEN, floor.call.id)
    await desk.control.resume_recording(BEN, floor.call.id)
    assert not recording.paused
    await floor.customer_hangs_up()


async def test_keys_go_to_the_customer_or_to_the_one_consulted(desk: Switchboard) -> None:
    floor = await talk(desk)
    await desk.control.send_digits(ANN, floor.call.id, "12#")
    await desk.control.send_digits(ANN, floor.call.id, "12#")
    assert desk.media.legs[floor.media(None)].sent_digits == "12#12#"
    await desk.control.consult(ANN, floor.call.id, extension("102"))
    await asyncio.sleep(2)
    await desk.control.send_digits(ANN, floor.call.id, "9")
    assert desk.media.legs[floor.media("102")].sent_digits == "9"
    with pytest.raises(ActionNotPossible):
        await desk.control.send_digits(ANN, floor.call.id, "x")
    story = [line.data for line in desk.log.events[floor.call.id] if line.kind == "action"]
    assert {"action": "digits", "by": "ann", "count": "3"} in story
    await desk.control.cancel_consult(ANN, floor.call.id)
    await floor.customer_hangs_up()


async def test_answering_and_rejecting_from_elsewhere(desk: Switchboard) -> None:
    floor = await Floor(desk).open(auto=False)
    dave = await desk.phone("104")
    daves = dave.call("101")
    floor.ann.ring(await floor.ann.incoming())
    await asyncio.sleep(1)
    view = desk.views.view(floor.call, "ann")
    assert view.actions == ("answer", "hangup")
    await desk.control.answer(ANN, floor.call.id)
    assert AnswerRequested(call_id=floor.call.id, user_id="ann") in desk.facts
    await desk.control.hangup(ANN, floor.call.id)
    record = (await desk.ended()).record
    ended = dave.end_of(daves)
    assert ended is not None
    assert (ended.status, record.outcome) == (486, Outcome.BUSY)


async def test_a_supervisor_ends_a_call_of_others(desk: Switchboard) -> None:
    floor = await talk(desk)
    assert desk.views.view(floor.call, "boss", supervisor=True).actions == ("hangup",)
    await desk.control.hangup(BOSS, floor.call.id)
    record = (await desk.ended()).record
    assert record.hangup_side is HangupSide.SYSTEM
    assert floor.ann.end_of(floor.anns) is not None


async def test_hanging_up_is_the_agents_doing(desk: Switchboard) -> None:
    floor = await talk(desk)
    await desk.control.hangup(ANN, floor.call.id)
    assert (await desk.ended()).record.hangup_side is HangupSide.CALLEE


# What is shown


async def test_the_view_of_a_consultation(desk: Switchboard) -> None:
    floor = await consult(desk)
    view = desk.views.view(floor.call, "ann")
    assert {(one.role.value, one.extension, one.state.value) for one in view.participants} == {
        ("customer", None, "held"),
        ("agent", "101", "consulting"),
        ("agent", "102", "consulting"),
    }
    assert view.consult is not None
    assert (view.consult.state, view.consult.target_label) == ("talking", "102")
    assert view.segment is not None
    assert view.segment.kind == "consult"
    assert {"consult_complete", "consult_swap", "consult_join", "consult_cancel"} <= set(view.actions)
    assert desk.views.view(floor.call, "ben").actions == ("hangup",)
    assert desk.views.view(floor.call).actions == ()
    await desk.control.cancel_consult(ANN, floor.call.id)
    await floor.customer_hangs_up()
    assert [event.session.call_id for event in floor.ben.of_kind(IncomingInvite)]
