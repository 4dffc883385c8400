"""Whatever agents ask for, whoever hangs up or loses a browser, in whatever order: the books balance, everybody hears
exactly whom the rule says, and nothing of the call is left when it is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from callcenter.base.errors import CallcenterError
from callcenter.calls.arrangement import arrange
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import Outcome, SegmentKind
from callcenter.calls.control import Actor
from callcenter.calls.conversation import Conversation
from callcenter.calls.leg import LegState
from callcenter.media.plane import MediaBack, MediaSilent
from callcenter.sip.events import SessionAnswered
from callcenter.sip.invite import InviteSession, SessionState
from callcenter.testing.clock import FakeClock
from callcenter.testing.memory_sip import MemoryPhone, answers
from callcenter.testing.switchboard import Switchboard
from callcenter.testing.virtual_time import run_in_virtual_time
from tests.unit.calls.people import RULE, TRUNK, Floor, rings

AGENTS = ("101", "102", "103", "104")
ASKED = (
    "consult",
    "transfer",
    "next",
    "next",
    "hold",
    "resume",
    "transfer",
    "consult",
    "complete",
    "cancel",
    "swap",
    "join",
    "invite",
    "drop",
    "hangup",
    "pause",
    "unpause",
)
DONE = ("phone holds", "phone resumes", "refer", "bye", "customer bye", "lose", "reload", "media back")
TARGETS = (*AGENTS, "queue", "flow", "nowhere")
PAUSES = (0.0, 0.0015, 1.5, 12.0, 40.0)
script = st.lists(
    st.tuples(
        st.sampled_from((*AGENTS, *3 * ("busy",))),
        st.one_of(st.sampled_from(ASKED), st.sampled_from(ASKED), st.sampled_from(DONE)),
        st.sampled_from(TARGETS),
        st.sampled_from(PAUSES),
    ),
    min_size=2,
    max_size=16,
)


class Crew:
    """Agents at phones, the first two of them in browsers, and a customer."""

    def __init__(self, desk: Switchboard) -> None:
        self.desk = desk
        self.floor = Floor(desk)
        self.phones: dict[str, list[MemoryPhone]] = {}

    async def arrive(self, answering: set[str]) -> None:
        desk, floor = self.desk, self.floor
        floor.carrier = desk.peer("+84901234567", host=str(TRUNK.host))
        for number in AGENTS:
            transport = "ws" if number in ("101", "102") else "udp"
            phone = await desk.phone(number, agent_id=number, transport=transport)
            if number in answering:
                answers(phone)
            self.phones[number] = [phone]
        floor.ann = self.phones["101"][0]
        floor.queues.scripts["service"] = rings(desk, "104")
        floor.ann.on_invite = None
        await floor.connect(through="sales")
        answers(floor.ann)

    def sessions(self, who: str) -> list[tuple[MemoryPhone, InviteSession]]:
        return [
            (phone, session)
            for phone in self.phones[who]
            for session in phone.endpoint._table.sessions.values()
            if not session.over
        ]

    def target(self, name: str) -> CallTarget:
        if name == "queue":
            return CallTarget(CallTargetKind.QUEUE, "service")
        if name == "flow":
            return CallTarget(CallTargetKind.FLOW, "1900")
        return CallTarget(CallTargetKind.EXTENSION, name)

    def somebody(self, who: str) -> str:
        """Return an agent; ``busy`` is whoever consults, or is first in the conversation."""
        if who != "busy":
            return who
        conversations = [call.conversation for call in self.desk.exchange.calls.values() if call.conversation]
        for conversation in conversations:
            if conversation.undertaking is not None:
                return conversation.undertaking.by.extension or AGENTS[0]
            for leg in conversation.members:
                if leg.extension is not None:
                    return leg.extension
        return AGENTS[0]

    async def act(self, who: str, action: str, target: str) -> None:
        who = self.somebody(who)
        if action == "next":  # Whatever goes on with a consultation.
            action = {"101": "swap", "queue": "swap", "102": "join", "flow": "join", "103": "cancel"}.get(
                target, "complete"
            )
        if action in ASKED:
            await self._ask(who, action, target)
        elif action == "customer bye":
            self.floor.carrier.hang_up(self.floor.customer)
        elif action == "reload":
            await self._reload(who)
        elif action in ("lose", "media back"):
            self._media(who, action)
        else:
            self._phone(who, action, target)

    async def _ask(self, who: str, action: str, target: str) -> None:
        calls = list(self.desk.exchange.calls.values())
        if not calls:
            return
        control, actor, call_id = self.desk.control, Actor(user_id=who), calls[0].id
        simple = {
            "hold": control.hold,
            "resume": control.resume,
            "complete": control.complete_consult,
            "cancel": control.cancel_consult,
            "swap": control.swap,
            "join": control.join,
            "hangup": control.hangup,
            "pause": control.pause_recording,
            "unpause": control.resume_recording,
        }
        towards = {"transfer": control.transfer, "consult": control.consult, "invite": control.add_participant}
        try:
            if action in simple:
                await simple[action](actor, call_id)
            elif action in towards:
                await towards[action](actor, call_id, self.target(target))
            else:
                legs = [leg for leg in calls[0].legs.values() if leg.extension == target]
                await control.drop_participant(actor, call_id, legs[0].id if legs else "none")
            event(action)
        except CallcenterError:
            pass

    async def _reload(self, who: str) -> None:
        if self.phones[who][0].node.transport != "ws":
            return
        tab = await self.desk.phone(who, transport="ws", register=False)
        answers(tab, after_s=0.2)
        await tab.register()
        self.phones[who].append(tab)

    def _media(self, who: str, action: str) -> None:
        for call in list(self.desk.exchange.calls.values()):
            for leg in list(call.legs.values()):
                if leg.extension != who or leg.media is None or not leg.is_up:
                    continue
                if action == "media back":
                    self.desk.signalling.on_media(MediaBack(leg.media.id))
                elif leg.flow is not None and leg.flow.transport == "ws":
                    self.desk.location.flow_lost(leg.flow)
                    self.desk.signalling.reattachment.flow_lost(leg.flow)
                    self.desk.signalling.on_media(MediaSilent(leg.media.id, 1.0))

    def _phone(self, who: str, action: str, target: str) -> None:
        for phone, session in self.sessions(who)[:1]:
            if action == "bye":
                phone.hang_up(session)
            elif session.state is SessionState.CONFIRMED:
                if action == "refer":
                    phone.refer(session, target)
                elif not session.offers.busy:
                    phone.reoffer(session, "sendonly" if action == "phone holds" else "sendrecv")

    async def leave(self) -> None:
        """Everybody hangs up until nobody talks or rings."""
        for phones in self.phones.values():
            for phone in phones:
                phone.on_invite = None
        for _ in range(40):
            self.floor.carrier.hang_up(self.floor.customer)
            for who in AGENTS:
                for phone, session in self.sessions(who):
                    phone.hang_up(session)
            await asyncio.sleep(5)
            if not self.desk.exchange.calls:
                return


def check_audio(desk: Switchboard) -> None:
    """Compare what the media plane was told with what the rule says about the conversation as it is."""
    for call in desk.exchange.calls.values():
        conversation = call.conversation
        if conversation is not None and conversation.inbox.empty():
            _check_conversation(desk, conversation)


def _check_conversation(desk: Switchboard, conversation: Conversation) -> None:
    undertaking = conversation.undertaking
    arrangement = arrange(
        list(conversation.members.values()),
        undertaking.aside() if undertaking is not None else None,
        parting=undertaking.parting if undertaking is not None else None,
        rings=undertaking is not None and undertaking.rings,
    )
    books, heard = desk.media.legs, Counter[str]()
    for group in arrangement.groups:
        names = [one.leg.media.id for one in group if one.leg.media is not None]
        heard.update(names)
        if len(names) == 2:
            assert books[names[0]].bridged_to == names[1], (arrangement, books)
        else:
            assert {books[name].room for name in names} == {conversation.call.id}
    for one, sound in arrangement.sounds:
        play = books[one.leg.media.id].play if one.leg.media is not None else None
        if one.leg.state is LegState.ANSWERED and one.leg.media is not None:
            assert play is not None, (sound, one.leg.peer)
            assert play.files == (f"{sound}.al",)
            heard.update([one.leg.media.id])
    for one in conversation.members.values():
        if one.leg.media is not None and not heard[one.leg.media.id] and one.leg not in arrangement.untouched:
            assert books[one.leg.media.id].bridged_to is None or arrangement.early is not None
            assert books[one.leg.media.id].room is None
    assert max(heard.values(), default=1) == 1


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(script, st.one_of(st.just(set(AGENTS)), st.sets(st.sampled_from(AGENTS[1:]))))
def test_any_script(steps: list[tuple[str, str, str, float]], answering: set[str]) -> None:
    clock = FakeClock(monotonic=1000.0)

    async def scene(directory: str) -> None:
        desk = Switchboard(clock, Path(directory), trunks=(TRUNK,), rules=(RULE,))
        crew = Crew(desk)
        await crew.arrive(answering)
        assert crew.floor.carrier.of_kind(SessionAnswered)
        for who, action, target, pause in steps:
            await crew.act(who, action, target)
            await asyncio.sleep(pause)
            if pause > 1:
                check_audio(desk)
                for call in desk.exchange.calls.values():
                    desk.views.view(call, who)
        await crew.leave()
        await desk.assert_quiet()
        assert all(finished.record.outcome is not Outcome.SYSTEM_FAILURE for finished in desk.finished)
        talked = any(segment.kind is SegmentKind.TALK for segment in desk.finished[0].segments)
        assert talked
        for phones in crew.phones.values():
            for phone in phones:
                assert phone.endpoint.counts == dict.fromkeys(phone.endpoint.counts, 0)

    with TemporaryDirectory() as directory:
        run_in_virtual_time(scene(directory), clock)
