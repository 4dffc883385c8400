"""Two endpoints over a network that loses, repeats and reorders: both always come to an end, and forget everything."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.base.errors import LocalError
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import (
    AnswerReceived,
    EndCause,
    IncomingInvite,
    IncomingRequest,
    ReferReceived,
    ReofferCompleted,
    SessionAnswered,
    SessionEnded,
    SessionOffer,
    SipEvent,
)
from callcenter.sip.flow import Flow, SentBy
from callcenter.sip.invite import InviteSession
from callcenter.sip.message import parse_message
from callcenter.sip.settings import EndpointSettings

SDP = "v=0\r\no=- {} 1 IN IP4 192.0.2.1\r\ns=-\r\n"


class World:
    """Two endpoints, a network between them, and agents that do things at random moments."""

    def __init__(self, seed: int, *, loss: float, duplicates: float, transport: str = "udp") -> None:
        self.random = Random(seed)
        self.loss = loss
        self.duplicates = duplicates
        self.now = 0.0
        self.order = count()
        self.agenda: list[tuple[float, int, Callable[[], None]]] = []
        self.transport = transport
        self.endpoints: list[Endpoint] = []
        self.ended: dict[InviteSession, EndCause] = {}
        self.known: dict[InviteSession, int] = {}
        for side in (0, 1):
            sent_by = (SentBy(transport, f"192.0.2.{side + 1}", 5060),)
            options = EndpointSettings(sent_by=sent_by, session_expires=120, min_se=90)
            self.endpoints.append(Endpoint(options, lambda: f"{self.random.getrandbits(64):016x}"))

    def flow(self, side: int) -> Flow:
        local, remote = (f"192.0.2.{side + 1}", 5060), (f"192.0.2.{2 - side}", 5060)
        return Flow(self.transport, local, remote, 0 if self.transport == "udp" else 1)

    def at(self, delay: float, action: Callable[[], None]) -> None:
        heappush(self.agenda, (self.now + delay, next(self.order), action))

    def do(self, action: Callable[[], object]) -> None:
        """Carry out a command that may have become impossible meanwhile."""
        try:
            action()
        except LocalError:
            return

    def settle(self) -> None:
        """Carry messages and events until nobody has anything to say at this moment."""
        for side, endpoint in enumerate(self.endpoints):
            for outgoing in endpoint.outgoing():
                self.carry(side, outgoing.data)
            for event in endpoint.events():
                self.react(side, event)
            for outgoing in endpoint.outgoing():
                self.carry(side, outgoing.data)

    def carry(self, side: int, data: bytes) -> None:
        random = self.random
        if self.transport != "udp":
            self.at(0.01, lambda: self.arrive(1 - side, data))
            return
        copies = 2 if random.random() < self.duplicates else 1
        for _ in range(copies):
            if random.random() >= self.loss:
                self.at(random.choice((0.001, 0.01, 0.2, 0.7)), lambda: self.arrive(1 - side, data))

    def arrive(self, side: int, data: bytes) -> None:
        self.endpoints[side].receive(parse_message(data), self.flow(side), self.now)

    def react(self, side: int, event: SipEvent) -> None:
        random = self.random
        if isinstance(event, SessionEnded):
            assert event.session not in self.ended, "SessionEnded comes once"
            self.ended[event.session] = event.cause
        elif isinstance(event, IncomingInvite):
            self.known[event.session] = side
            self.called(event.session)
        elif isinstance(event, SessionOffer):
            offer, session = event, event.session
            answer = SDP.format(side)
            choice = random.random()
            if choice < 0.2:
                self.at(random.random(), lambda: self.do(lambda: session.refuse(offer.offer_id, now=self.now)))
            else:
                self.at(random.random(), lambda: self.do(lambda: session.answer(offer.offer_id, answer, self.now)))
        elif isinstance(event, SessionAnswered | ReofferCompleted) and event.needs_ack:
            session = event.session
            self.at(random.random(), lambda: self.do(lambda: session.ack(SDP.format(side), self.now)))
        elif isinstance(event, IncomingRequest):
            self.endpoints[side].respond(event.transaction, 405, self.now)
        elif isinstance(event, ReferReceived):
            session, refer = event.session, event.refer
            self.do(lambda: session.accept_refer(refer, self.now))
            self.at(1.0, lambda: self.do(lambda: session.notify_refer(refer, 200, now=self.now)))
        elif isinstance(event, AnswerReceived):
            assert event.session not in self.ended

    def called(self, session: InviteSession) -> None:
        random = self.random
        sdp = SDP.format(1)
        if random.random() < 0.7:
            reliable = random.random() < 0.5
            with_sdp = sdp if random.random() < 0.5 and session.remote_sdp else None
            self.at(random.random(), lambda: self.do(lambda: session.progress(183, with_sdp, reliable, now=self.now)))
        if random.random() < 0.75:
            self.at(random.random() * 4, lambda: self.do(lambda: session.accept(sdp, self.now)))
        else:
            self.at(random.random() * 4, lambda: self.do(lambda: session.reject(486, now=self.now)))

    def place_call(self, side: int) -> None:
        random = self.random
        session = self.endpoints[side].invite(
            uri=f"sip:bob@192.0.2.{2 - side}:5060",
            from_=f"<sip:alice@192.0.2.{side + 1}>",
            to=f"<sip:bob@192.0.2.{2 - side}>",
            sdp=SDP.format(0) if random.random() < 0.8 else None,
            flow=self.flow(side),
            now=self.now,
        )
        self.known[session] = side
        if random.random() < 0.3:
            self.at(random.choice((0.0, 0.01, 0.3, 1.0, 3.0)), lambda: self.do(lambda: session.cancel(now=self.now)))

    def fiddle(self) -> None:
        """Do something to some session."""
        random = self.random
        living = [session for session in self.known if session not in self.ended]
        if not living:
            return
        session = random.choice(living)
        choice = random.randrange(8)
        sdp = SDP.format(9)
        if choice < 3:
            self.do(lambda: session.reoffer(sdp, self.now))
        elif choice == 3:
            self.do(lambda: session.reoffer(None, self.now))
        elif choice == 4:
            self.do(lambda: session.reoffer(sdp, self.now, "UPDATE"))
        elif choice == 5:
            self.do(lambda: session.info("application/dtmf-relay", b"Signal=1\r\n", self.now))
        elif choice == 6:
            self.do(lambda: session.refer("sip:carol@192.0.2.3", self.now))
        elif random.random() < 0.3:
            self.do(lambda: session.bye(now=self.now))

    def run(self, until: float) -> None:
        """Let time pass to ``until``, or until nothing is left to happen."""
        while True:
            self.settle()
            moments = [moment for endpoint in self.endpoints if (moment := endpoint.next_timer()) is not None]
            if self.agenda:
                moments.append(self.agenda[0][0])
            if not moments or min(moments) > until:
                return
            self.now = max(self.now, min(moments))
            while self.agenda and self.agenda[0][0] <= self.now:
                heappop(self.agenda)[2]()
                self.settle()
            for endpoint in self.endpoints:
                endpoint.handle_timer(self.now)

    def everybody_hangs_up(self, side: int) -> None:
        for session, where in list(self.known.items()):
            if where == side and session not in self.ended:
                session.end(EndCause.LOCAL_BYE, self.now)

    def assert_all_over(self) -> None:
        for endpoint in self.endpoints:
            assert endpoint.counts == dict.fromkeys(endpoint.counts, 0)
            assert endpoint.next_timer() is None
        assert set(self.ended) == set(self.known)


def play(seed: int, *, loss: float, duplicates: float, transport: str = "udp", hang_up: bool = True) -> World:
    world = World(seed, loss=loss, duplicates=duplicates, transport=transport)
    for _ in range(4):
        side = world.random.randrange(2)
        world.at(world.random.random() * 3, lambda side=side: world.place_call(side))  # type: ignore[misc]
    for _ in range(30):
        world.at(1 + world.random.random() * 25, world.fiddle)
    world.run(60.0)
    if hang_up:
        world.everybody_hangs_up(seed % 2)
        world.run(300.0)
    return world


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), loss=st.sampled_from((0.0, 0.1, 0.3)), duplicates=st.sampled_from((0.0, 0.3)))
def test_both_sides_end_and_forget(seed: int, loss: float, duplicates: float) -> None:
    world = play(seed, loss=loss, duplicates=duplicates)
    # A side whose BYEs were all lost ends by its session timer.
    world.run(100_000.0)
    world.assert_all_over()


@pytest.mark.parametrize("seed", range(10))
def test_over_a_connection_too(seed: int) -> None:
    world = play(seed, loss=0.0, duplicates=0.0, transport="tcp")
    world.assert_all_over()


@pytest.mark.parametrize("seed", range(5))
def test_a_cut_line_ends_every_session_by_itself(seed: int) -> None:
    world = play(seed, loss=0.0, duplicates=0.0, hang_up=False)
    world.loss = 1.0
    world.run(100_000.0)
    world.assert_all_over()


@pytest.mark.parametrize("seed", range(40))
def test_both_sides_agree_whether_there_is_a_session(seed: int) -> None:
    world = play(seed, loss=0.2, duplicates=0.2, hang_up=False)
    opinions: dict[str, set[bool]] = {}
    for session in world.known:
        opinions.setdefault(session.call_id, set()).add(session in world.ended)
    assert [opinion for opinion in opinions.values() if len(opinion) != 1] == []


def test_sessions_live_on_while_both_sides_refresh_them() -> None:
    world = play(1, loss=0.0, duplicates=0.0, hang_up=False)
    living = [session for session in world.known if session not in world.ended]
    assert living
    world.run(5000.0)
    assert [session for session in living if session in world.ended] == []
