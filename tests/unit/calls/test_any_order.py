"""Whatever people do in whatever order: the books balance, and nothing of the call is left when it is over."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.calls.call import Call
from callcenter.calls.cdr import Outcome
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.sip.invite import InviteSession, SessionState
from callcenter.testing.clock import FakeClock
from callcenter.testing.memory_sip import MemoryPhone
from callcenter.testing.switchboard import Switchboard
from callcenter.testing.virtual_time import run_in_virtual_time

PEOPLE = ("101", "102", "103", "104")
ACTIONS = ("hold", "resume", "resume without sdp", "refer", "attended", "hang up", "call", "answer", "reject", "key")
PAUSES = (0, 0.0015, 1, 7)
script = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACTIONS), st.sampled_from(PEOPLE), st.sampled_from(PAUSES)),
    min_size=3,
    max_size=14,
)


class Actors:
    """Four phones that do what the script says whenever their calls are in a state for it."""

    def __init__(self, desk: Switchboard) -> None:
        self.desk = desk
        self.phones: dict[str, MemoryPhone] = {}

    async def arrive(self) -> None:
        async def flow(_call: Call, channel: Channel) -> None:
            await channel.dial(DialRequest(TargetKind.EXTENSION, "102", ring_timeout_s=10))
            await channel.next_digit(3)
            await channel.hangup("normal")

        self.desk.flows.scripts["1900"] = flow
        for number in PEOPLE:
            self.phones[number] = await self.desk.phone(number)

    def sessions(self, who: str) -> list[InviteSession]:
        return [session for session in self.phones[who].endpoint._table.sessions.values() if not session.over]

    def act(self, who: str, action: str, other: str) -> None:
        phone, sessions = self.phones[who], self.sessions(who)
        if action == "call":
            if len(sessions) < 2:
                phone.call("1900" if other == who else other)
            return
        ringing = [one for one in sessions if one.request is not None and not one.answered]
        talking = [one for one in sessions if one.state is SessionState.CONFIRMED]
        if action == "answer" and ringing:
            phone.answer(ringing[0])
        elif action == "reject" and ringing:
            phone.reject(ringing[0], 486)
        elif action == "hang up" and sessions:
            phone.hang_up(sessions[0])
        elif talking:
            self._change(phone, action, other, talking)

    def _change(self, phone: MemoryPhone, action: str, other: str, talking: list[InviteSession]) -> None:
        directions = {"hold": "sendonly", "resume": "sendrecv", "resume without sdp": None}
        if action in directions and not talking[0].offers.busy:
            phone.reoffer(talking[0], directions[action])
        elif action == "refer":
            phone.refer(talking[0], other)
        elif action == "attended" and len(talking) > 1:
            phone.refer(talking[0], other, replaces=talking[1])
        elif action == "key":
            phone.info(talking[0], "0")

    async def leave(self) -> None:
        """Everybody hangs up everything until nobody talks or rings."""
        for _ in range(30):
            for who in PEOPLE:
                for session in self.sessions(who):
                    self.phones[who].hang_up(session)
            await asyncio.sleep(5)
            if not self.desk.exchange.calls:
                return


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script, st.sampled_from(("", "103", "104")))
def test_any_script(steps: list[tuple[str, str, str, float]], consulted: str) -> None:
    """Alice talks to Bob, who may have called somebody besides; then anything happens."""
    clock = FakeClock(monotonic=1000.0)

    async def scene(directory: str) -> None:
        desk = Switchboard(clock, Path(directory))
        actors = Actors(desk)
        await actors.arrive()
        actors.phones["101"].call("102")
        await asyncio.sleep(0.1)
        actors.act("102", "answer", "")
        await asyncio.sleep(1)
        if consulted:
            actors.act("102", "call", consulted)
            await asyncio.sleep(0.1)
            actors.act(consulted, "answer", "")
            await asyncio.sleep(1)
        for who, action, other, pause in steps:
            actors.act(who, action, other)
            await asyncio.sleep(pause)
        await actors.leave()
        await desk.assert_quiet()
        assert all(finished.record.outcome is not Outcome.SYSTEM_FAILURE for finished in desk.finished)
        for phone in actors.phones.values():
            assert phone.endpoint.counts == dict.fromkeys(phone.endpoint.counts, 0)

    with TemporaryDirectory() as directory:
        run_in_virtual_time(scene(directory), clock)
