"""New calls: who may call whom, the flow call from INVITE to record, and the tables of calls and legs."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from callcenter.base.errors import IllegalTransition
from callcenter.base.fsm import TransitionTable
from callcenter.calls.call import CALL_TABLE, Call, CallInput, CallState, Hangup
from callcenter.calls.cdr import Direction, HangupCause, HangupSide, Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.leg import LEG_TABLE, LegInput, LegState
from callcenter.calls.trunks import OutboundRule, TrunkSettings
from callcenter.sip.events import EndCause, SessionAnswered, SessionEnded
from callcenter.sip.settings import Credentials
from callcenter.testing.memory_sip import MemoryPhone
from callcenter.testing.switchboard import Switchboard, shape
from tests.unit.calls.conftest import Opener

CARRIER = "198.51.100.1"
TRUNK = TrunkSettings(
    name="carrier", kind="ip", host=CARRIER, allow=(ip_network("198.51.100.0/24"),), options_interval=0, max_calls=2
)


def carrier_desk(open_desk: Opener, **settings: object) -> tuple[Switchboard, MemoryPhone]:
    desk = open_desk(trunks=(TRUNK,), rules=(OutboundRule("09", ("carrier",)),), **settings)

    async def flow(_call: Call, channel: Channel) -> None:
        await channel.next_digit(30)
        await channel.hangup("normal")

    desk.flows.scripts["1900"] = flow
    return desk, desk.peer("carrier", host=CARRIER)


async def refusal(phone: MemoryPhone, number: str, **parts: object) -> int | None:
    """Call and return the status that refuses it."""
    session = phone.call(number, **parts)  # type: ignore[arg-type]  # passed through
    await asyncio.sleep(0.5)
    ended = phone.end_of(session)
    return None if ended is None else ended.status


async def test_a_carriers_call_runs_the_numbers_flow(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    session = carrier.call("1900", from_='"Nguyễn Văn A" <sip:0912345678@198.51.100.1>')
    await carrier.wait(SessionAnswered)
    assert desk.trunks.by_name["carrier"].calls == 1
    await asyncio.sleep(4)
    carrier.hang_up(session)
    finished = await desk.ended()
    record = finished.record
    assert (record.direction, record.from_number, record.from_raw, record.did, record.trunk) == (
        Direction.INBOUND,
        "0912345678",
        "0912345678",
        "1900",
        "carrier",
    )
    assert (record.outcome, record.hangup_side, record.hangup_cause, record.sip_status) == (
        Outcome.ABANDONED,
        HangupSide.CALLER,
        HangupCause.NORMAL_CLEARING,
        200,
    )
    assert record.sip_call_id == session.call_id
    assert shape(finished)[-1] == ("ivr", None)
    (leg,) = finished.legs
    assert (leg.direction, leg.peer, leg.codec) == (Direction.INBOUND, "carrier", "PCMA")


async def test_a_flow_that_ends_hangs_up(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    carrier.call("1900")
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_side) == (Outcome.IVR_COMPLETED, HangupSide.SYSTEM)
    assert (await carrier.wait(SessionEnded)).reason_header == 'Q.850;cause=16;text="normal clearing"'


async def test_a_flow_that_breaks_ends_its_call_only(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)

    async def broken(_call: Call, _channel: Channel) -> None:
        raise RuntimeError("a fault in a flow")

    desk.flows.scripts["1901"] = broken
    carrier.call("1900")
    carrier.call("1901")
    first = await desk.ended()
    assert (first.record.outcome, first.record.hangup_cause) == (Outcome.SYSTEM_FAILURE, HangupCause.SYSTEM_FAILURE)
    assert (await desk.ended(2)).record.outcome is Outcome.IVR_COMPLETED


async def test_cancelled_before_the_answer(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    session = carrier.call("1900")
    carrier.hang_up(session)
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_side) == (Outcome.ABANDONED, HangupSide.CALLER)
    assert record.hangup_cause in (HangupCause.ORIGINATOR_CANCEL, HangupCause.NORMAL_CLEARING)


async def test_invite_and_cancel_in_one_read(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    session = carrier.call("1900")
    await asyncio.sleep(0.0011)
    ((call),) = desk.exchange.calls.values()
    (leg,) = call.legs.values()
    leg.session.end(EndCause.CANCELLED, desk.exchange.now())  # As a CANCEL does, before the call's task has begun.
    desk.node.flush()
    assert (await desk.ended()).record.answered_at is None
    assert not session.answered


async def test_no_ack_ends_the_call(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)

    async def long(_call: Call, channel: Channel) -> None:
        await channel.next_digit(300)

    desk.flows.scripts["1900"] = long
    carrier.call("1900")
    await asyncio.sleep(0.0015)
    desk.network.lost.add(CARRIER)
    record = (await desk.ended()).record
    assert (record.hangup_cause, record.hangup_side) == (HangupCause.RECOVERY_ON_TIMER_EXPIRE, HangupSide.NETWORK)
    assert record.outcome is Outcome.ABANDONED


async def test_an_offer_without_a_common_codec_is_refused(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    session = carrier.call("1900", sdp=carrier.sdp(codecs="96"))
    ended = await carrier.wait(SessionEnded)
    assert ended.status == 488
    record = (await desk.ended()).record
    assert (record.outcome, record.hangup_cause, record.sip_status) == (
        Outcome.FAILED,
        HangupCause.INCOMPATIBLE_DESTINATION,
        488,
    )
    assert session.over


async def test_a_late_offer_is_answered_in_the_ack(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    session = carrier.call("1900", sdp="")
    await carrier.wait(SessionAnswered)
    await asyncio.sleep(1)
    (leg,) = desk.media.legs.values()
    assert leg.remote is not None
    assert leg.remote.port == 40_000
    carrier.hang_up(session)
    await desk.ended()


async def test_no_media_port_is_503(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    desk.media.capacity = 0
    assert await refusal(carrier, "1900") == 503
    record = (await desk.ended()).record
    assert (record.hangup_cause, record.outcome) == (HangupCause.SWITCH_CONGESTION, Outcome.FAILED)


async def test_a_full_trunk_and_an_unknown_number(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    assert await refusal(carrier, "1999") == 404
    calls = [carrier.call("1900") for _ in range(2)]
    await asyncio.sleep(1)
    assert await refusal(carrier, "1900") == 503
    for call in calls:
        carrier.hang_up(call)
    await desk.ended(2)


async def test_a_carrier_reaches_neither_extensions_nor_the_outside(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    await desk.phone("101")
    assert await refusal(carrier, "101") == 404
    assert await refusal(carrier, "0912345678") == 404


async def test_strangers_are_challenged_whatever_they_dial(open_desk: Opener) -> None:
    desk, _ = carrier_desk(open_desk)
    await desk.phone("101")
    stranger = desk.peer("stranger")
    for number in ("1900", "101", "102", "0912345678", "nobody"):
        assert await refusal(stranger, number) == 401
    liar = desk.peer("101", credentials=Credentials("101", "guess"))
    assert await refusal(liar, "1900") == 401
    assert desk.finished == []


async def test_an_extension_speaks_for_itself_only(open_desk: Opener) -> None:
    desk, _ = carrier_desk(open_desk)
    bob = await desk.phone("102")
    assert await refusal(bob, "1900", from_="<sip:101@callcenter>") == 403


async def test_what_an_extension_may_dial(open_desk: Opener) -> None:
    desk, _ = carrier_desk(open_desk)
    bob = await desk.phone("102")
    assert await refusal(bob, "999") == 404
    assert await refusal(bob, "0084123456789") == 403
    await desk.phone("103", register=False)
    assert await refusal(bob, "103") == 480
    record = (await desk.ended()).record
    assert (record.direction, record.outcome, record.hangup_cause, record.hangup_side, record.sip_status) == (
        Direction.INTERNAL,
        Outcome.NO_ANSWER,
        HangupCause.SUBSCRIBER_ABSENT,
        HangupSide.SYSTEM,
        480,
    )


async def test_a_flow_for_all_other_numbers_is_for_other_numbers(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    desk.flows.scripts["*"] = desk.flows.scripts["1900"]
    bob, carol = await desk.phone("102"), await desk.phone("103")
    session = bob.call("103")
    carols = await carol.incoming()
    bob.hang_up(session)
    outside = bob.call("0912345678")
    assert (await carrier.incoming()).request is not None
    bob.hang_up(outside)
    other = await bob.answered_call("555")
    bob.hang_up(other)
    await desk.ended(3)
    assert carol.end_of(carols) is not None


@pytest.mark.parametrize(("trusted", "number"), [(True, "0987654321"), (False, "0912345678")])
async def test_an_asserted_identity_counts_from_a_trusted_trunk(open_desk: Opener, trusted: bool, number: str) -> None:
    desk = open_desk(trunks=(TrunkSettings(name="t", kind="ip", allow=TRUNK.allow, trust_identity=trusted),))
    desk.flows.scripts["1900"] = desk.flows.scripts.get("x", _hang_up)
    carrier = desk.peer("0912345678", host=CARRIER)
    carrier.call("1900", headers=(("P-Asserted-Identity", "<sip:0987654321@carrier>"),))
    assert (await desk.ended()).record.from_number == number


async def test_a_withheld_number_stays_withheld(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    desk.flows.scripts["1900"] = _hang_up
    carrier.call("1900", from_="<sip:0912345678@x>", headers=(("Privacy", "id"),))
    assert (await desk.ended()).record.from_number is None
    carrier.call("1900", from_='"Anonymous" <sip:anonymous@anonymous.invalid>')
    assert (await desk.ended(2)).record.from_number is None


async def _hang_up(_call: Call, channel: Channel) -> None:
    await channel.hangup("normal")


async def test_the_server_stops_in_the_middle(open_desk: Opener) -> None:
    desk, carrier = carrier_desk(open_desk)
    carrier.call("1900")
    await carrier.wait(SessionAnswered)
    call = desk.call
    call.set_hangup(Hangup(HangupCause.SYSTEM_SHUTDOWN, HangupSide.SYSTEM))
    assert call.task is not None
    call.task.cancel()
    record = (await desk.ended()).record
    assert record.hangup_cause is HangupCause.SYSTEM_SHUTDOWN
    assert (await carrier.wait(SessionEnded)).reason_header == 'Q.850;cause=41;text="system shutdown"'


@pytest.mark.parametrize(
    ("table", "states", "inputs"),
    [(CALL_TABLE, CallState, CallInput), (LEG_TABLE, LegState, LegInput)],
    ids=["call", "leg"],
)
def test_every_row_of_the_tables(
    table: TransitionTable[CallState, CallInput], states: type[CallState], inputs: type[CallInput]
) -> None:
    rows = {(state, event): target for state, event, target in table.rows()}
    assert {state for state, _ in rows} | set(rows.values()) == set(states)
    for state in states:
        for event in inputs:
            if (state, event) in rows:
                assert table.next(state, event) is rows[state, event]
            else:
                with pytest.raises(IllegalTransition):
                    table.next(state, event)
    assert not [row for row in rows if row[0].name == "ENDED"]
