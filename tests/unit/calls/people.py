"""A customer, agents and their calls, as tests of call control need them."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

from callcenter.calls.attempt import Attempt, CallerId
from callcenter.calls.call import Call
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialRequest, QueueOutcome, QueueRequest, QueueResult, TargetKind
from callcenter.calls.control import Actor
from callcenter.calls.leg import Leg
from callcenter.calls.trunks import OutboundRule, TrunkSettings
from callcenter.sip.events import IncomingInvite
from callcenter.sip.invite import InviteSession
from callcenter.testing.memory_sip import MemoryPhone, answers
from callcenter.testing.scripted_queues import QueueScript, ScriptedQueues
from callcenter.testing.switchboard import Switchboard, ringing

CARRIER = "192.0.2.200"
TRUNK = TrunkSettings(
    name="carrier", kind="ip", host=CARRIER, allow=(ip_network(f"{CARRIER}/32"),), options_interval=0, caller_id="1900"
)
RULE = OutboundRule("+84", ("carrier",))
ANN, BEN, CY = Actor(user_id="ann"), Actor(user_id="ben"), Actor(user_id="cy")
BOSS = Actor(user_id="boss", supervisor=True)


def extension(number: str) -> CallTarget:
    return CallTarget(CallTargetKind.EXTENSION, number)


def queue(name: str) -> CallTarget:
    return CallTarget(CallTargetKind.QUEUE, name)


class Floor:
    """A hotline 1900 whose flow rings Ann (101); Ben (102) and Cy (103) sit beside her; a carrier outside."""

    def __init__(self, desk: Switchboard) -> None:
        self.desk = desk
        self.queues = ScriptedQueues()
        desk.queues.target = self.queues
        self.ann: MemoryPhone
        self.ben: MemoryPhone
        self.cy: MemoryPhone
        self.carrier: MemoryPhone
        self.customer: InviteSession
        self.anns: InviteSession

    async def open(self, *, auto: bool = True) -> Floor:
        """Register everybody; with ``auto`` Ben and Cy answer after a second."""
        desk = self.desk
        self.ann = await desk.phone("101", agent_id="ann", name="Ann", store_id="s1")
        self.ben = await desk.phone("102", agent_id="ben", name="Ben", store_id="s2")
        self.cy = await desk.phone("103", agent_id="cy", name="Cy")
        self.carrier = desk.peer("+84901234567", host=CARRIER)
        if auto:
            answers(self.ben)
            answers(self.cy)
        return self

    async def connect(self, *, through: str | None = None) -> Floor:
        """Let the customer talk to Ann, ``through`` a queue when named."""

        async def flow(_call: Call, channel: Channel) -> None:
            if through is None:
                await channel.dial(DialRequest(TargetKind.EXTENSION, "101"))
            else:
                await channel.wait_in_queue(QueueRequest(queue=through))
            await channel.hangup("normal")

        self.desk.flows.scripts["1900"] = flow
        if through is not None:
            self.queues.scripts[through] = rings(self.desk, "101")
        self.customer = self.carrier.call("1900")
        self.anns = await self.ann.incoming()
        self.ann.answer(self.anns)
        await asyncio.sleep(3)
        return self

    @property
    def call(self) -> Call:
        return self.desk.call

    def leg(self, extension: str | None) -> Leg:
        """Return the leg of an extension, or of the customer."""
        legs = [leg for leg in self.call.legs.values() if leg.extension == extension and leg.ended is None]
        assert len(legs) == 1, [leg.peer for leg in self.call.legs.values()]
        return legs[0]

    def media(self, extension: str | None) -> str:
        media = self.leg(extension).media
        assert media is not None
        return media.id

    def hears(self, extension: str | None) -> set[str | None] | str:
        """Return whom somebody hears, or the sound that is played."""
        books = self.desk.media.legs
        mine = books[self.media(extension)]
        if mine.play is not None:
            return mine.play.files[0].removesuffix(".al")
        heard = {mine.bridged_to} if mine.bridged_to is not None else set()
        if mine.room is not None:
            heard |= self.desk.media.rooms()[mine.room] - {self.media(extension)}
        owners = {leg.media.id: leg.extension for leg in self.call.legs.values() if leg.media is not None}
        return {owners[name] for name in heard}

    def kinds(self) -> list[str]:
        """Return the kinds of the call's story."""
        return self.desk.log.kinds(self.call.id)

    def session(self, phone: MemoryPhone) -> InviteSession:
        """Return the last call that came to a phone."""
        return phone.of_kind(IncomingInvite)[-1].session

    async def customer_hangs_up(self) -> None:
        self.carrier.hang_up(self.customer)
        await asyncio.sleep(0.2)


def rings(desk: Switchboard, number: str) -> QueueScript:
    """Return a queue that rings one extension until it answers."""

    async def wait(channel: Channel, request: QueueRequest) -> QueueResult:
        while True:
            attempt = Attempt(
                desk.exchange,
                desk.routes,
                desk.trunks,
                channel.call,
                ringing(number, ring_s=15),
                CallerId("+84901234567"),
                on_ringing=lambda _leg, _media: None,
            )
            result = await attempt.run(channel.leg)
            if result.leg is not None:
                talk_ms = await channel.connect(result.leg)
                return QueueResult(outcome=QueueOutcome.ANSWERED, queue=request.queue, talk_ms=talk_ms)
            await asyncio.sleep(1)

    return wait
