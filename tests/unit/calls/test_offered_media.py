"""The media of phones that ring: who is offered which address, and what becomes of it when its worker dies."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from callcenter.calls.call import Call
from callcenter.calls.cdr import HangupCause, Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.calls.location import Binding
from callcenter.media.plane import MediaWorkerDied
from callcenter.sip.events import SessionAnswered, SessionEnded, SipEvent
from callcenter.sip.flow import Flow
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone, request_of
from callcenter.testing.switchboard import Switchboard, ringing

SERVER_IPV6 = "2001:db8::1"
SERVER_ELSEWHERE = "10.0.0.1"


async def phone_towards(desk: Switchboard, number: str, server: str, host: str) -> MemoryPhone:
    """Return a registered phone at ``host`` that reaches us at our address ``server``."""
    desk.network.nodes[server] = desk.node
    desk.accounts.add(number)
    phone = desk.peer(number, host)
    uri = f"sip:{number}@{f'[{host}]' if ':' in host else host}:5060"
    binding = Binding(
        aor=number,
        contact=uri,
        call_id="r",
        cseq=1,
        expires_at=desk.exchange.clock.utcnow() + timedelta(seconds=300),
        transport="udp",
        remote_host=host,
        remote_port=5060,
    )
    desk.location.put(binding, Flow("udp", (server, 5060), (host, 5060)), 300, desk.exchange.now())
    return phone


def offered(session: InviteSession) -> str:
    """Return the address and port that an INVITE wants its audio at."""
    lines = request_of(session).body.decode().split("\r\n")
    address = next(line.removeprefix("c=IN ") for line in lines if line.startswith("c="))
    port = next(line.split(" ")[1] for line in lines if line.startswith("m=audio"))
    return f"{address} {port}"


async def test_everybody_is_offered_an_address_they_can_reach(desk: Switchboard) -> None:
    alice, bob = await desk.phone("101"), await desk.phone("102")
    six = await phone_towards(desk, "103", SERVER_IPV6, "2001:db8::33")
    inside = await phone_towards(desk, "104", SERVER_ELSEWHERE, "10.0.0.44")
    beside = await phone_towards(desk, "105", SERVER_ELSEWHERE, "10.0.0.55")

    async def flow(_call: Call, channel: Channel) -> None:
        await channel.dial(DialRequest(TargetKind.PLAN, "all"))

    desk.flows.scripts["1900"] = flow
    desk.plans["all"] = (ringing("102", "103", "104", "105"),)
    alices = await alice.answered_call("1900")
    sessions = [await phone.incoming() for phone in (bob, six, inside, beside)]
    at = [offered(session) for session in sessions]
    assert [one.rpartition(" ")[0] for one in at] == [
        "IP4 192.0.2.1",
        f"IP6 {SERVER_IPV6}",
        f"IP4 {SERVER_ELSEWHERE}",
        f"IP4 {SERVER_ELSEWHERE}",
    ]
    assert at[2] == at[3]
    assert len(desk.media.legs) == 4  # The caller's, and one for each of our three addresses.
    six.answer(sessions[1])
    await asyncio.sleep(1)
    assert len(desk.media.legs) == 2
    (bridge,) = desk.media.bridges()
    remotes = {leg.remote.host for name, leg in desk.media.legs.items() if name in bridge and leg.remote is not None}
    assert remotes == {alice.host, "2001:db8::33"}
    assert not desk.exchange.offered_media
    alice.hang_up(alices)
    await desk.ended()


async def test_a_worker_that_dies_while_a_phone_rings_is_replaced(desk: Switchboard) -> None:
    alice, bob = await desk.phone("101"), await desk.phone("102")
    alices = alice.call("102")
    first = await bob.incoming()
    bob.ring(first)
    await asyncio.sleep(1)
    desk.media.kill_worker()
    second = await bob.incoming()
    assert bob.end_of(first) is not None
    assert offered(second) != offered(first)
    bob.answer(second)
    await alice.wait(SessionAnswered)
    await asyncio.sleep(1)
    assert len(desk.media.bridges()) == 1
    alice.hang_up(alices)
    finished = await desk.ended()
    assert finished.record.outcome is Outcome.ANSWERED
    assert [leg.cause for leg in finished.legs if leg.peer == "102"] == [
        HangupCause.MEDIA_FAILURE,
        HangupCause.NORMAL_CLEARING,
    ]


async def test_a_worker_that_dies_twice_fails_the_call(desk: Switchboard) -> None:
    alice, bob = await desk.phone("101"), await desk.phone("102")
    alice.call("102")
    for _ in range(2):
        bob.ring(await bob.incoming())
        await asyncio.sleep(1)
        desk.media.kill_worker()
    assert (await alice.wait(SessionEnded)).status == 503
    assert (await desk.ended()).record.outcome is Outcome.FAILED


async def test_an_answer_in_the_moment_the_worker_dies_is_not_a_silent_call(desk: Switchboard) -> None:
    alice, bob = await desk.phone("101"), await desk.phone("102")
    alices = alice.call("102")
    first = await bob.incoming()
    handle = desk.signalling.on_sip

    def answered_and_lost(event: SipEvent) -> None:
        handle(event)
        if isinstance(event, SessionAnswered):  # Before the call's task reads of it.
            desk.signalling.on_sip = handle  # type: ignore[method-assign]
            legs = tuple(desk.media.legs)
            desk.media.legs.clear()
            desk.signalling.on_media(MediaWorkerDied(legs))

    desk.signalling.on_sip = answered_and_lost  # type: ignore[method-assign]
    bob.answer(first)
    bob.answer(await bob.incoming())
    await alice.wait(SessionAnswered)
    await asyncio.sleep(1)
    assert bob.end_of(first) is not None
    assert len(desk.media.bridges()) == 1
    alice.hang_up(alices)
    await desk.ended()


async def test_media_lost_while_busy_phones_are_waited_for_is_opened_anew(desk: Switchboard) -> None:
    alice, bob = await desk.phone("101"), await desk.phone("102")

    async def flow(_call: Call, channel: Channel) -> None:
        await channel.dial(DialRequest(TargetKind.PLAN, "p"))

    desk.flows.scripts["1900"] = flow
    desk.plans["p"] = (ringing("102", ring_s=30, wait_when_busy=True),)
    alices = await alice.answered_call("1900")
    bob.reject(await bob.incoming(), 486)
    await asyncio.sleep(1)
    (media,) = desk.exchange.offered_media
    del desk.media.legs[media]
    desk.exchange.offered_media[media].worker_died()
    session = await bob.incoming()
    bob.answer(session)
    await asyncio.sleep(1)
    assert len(desk.media.bridges()) == 1
    alice.hang_up(alices)
    await desk.ended()
