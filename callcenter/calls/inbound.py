"""New INVITEs: who is calling, what did they dial, and the task that lives as long as their call.

A carrier's call to one of our numbers runs that number's flow. An extension proves itself and then reaches extensions,
our own numbers, and outside numbers that a rule lets out. Everybody else is challenged, whatever they dial, so that a
scanner learns nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from callcenter.calls.authentication import Authenticator, Challenge
from callcenter.calls.call import Call, CallInput
from callcenter.calls.call_life import CallLife
from callcenter.calls.cdr import Direction, FinishedCall, HangupCause, SegmentKind
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.calls.dial import Dial, Lines
from callcenter.calls.dialling import DialPlanner
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg, LegState
from callcenter.calls.leg_events import LegReplaced
from callcenter.calls.location import Location
from callcenter.calls.ports import CallHandler
from callcenter.calls.recording import Recording
from callcenter.calls.trunks import Trunk
from callcenter.media.plane import MediaCapacityExceeded
from callcenter.runtime.tasks import create_task
from callcenter.sip.events import IncomingInvite
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr
from callcenter.sip.invite import InviteSession
from callcenter.sip.message import Request

log = structlog.get_logger(__name__)

WEBSOCKETS = frozenset({"ws", "wss"})
"Transports of browsers, which are never a trunk, wherever they run."


class Inbound:
    """Takes INVITEs and runs calls.

    :param planner_for: makes the planner of one call.
    :param on_finished: told of every call's record when it is over.
    """

    def __init__(
        self,
        exchange: Exchange,
        lines: Lines,
        authenticator: Authenticator,
        location: Location,
        flows: CallHandler,
        planner_for: Callable[[Call], DialPlanner],
        on_finished: Callable[[FinishedCall], None],
    ) -> None:
        self._exchange = exchange
        self._lines = lines
        self._authenticator = authenticator
        self.location = location
        self._flows = flows
        self._planner_for = planner_for
        self._life = CallLife(exchange, on_finished)

    # Admission

    def invite(self, event: IncomingInvite) -> None:
        """Take a new INVITE: start its call, or refuse it."""
        session = event.session
        request = session.request
        assert request is not None and session.flow is not None
        try:
            dialled = request.request_uri
        except SipParseError:
            self._refuse(session, 400)
            return
        trunk = self._trunk_of(session, request)
        extension: str | None = None
        if trunk is None:
            proven = self._authenticator.check(request, session.flow, self._exchange.now())
            if isinstance(proven, Challenge):
                self._refuse(session, proven.status, proven.headers)
                return
            trunk = proven.trunk
            if trunk is None:
                extension = proven.aor
                if request.from_.uri.username != extension:
                    self._refuse(session, 403)
                    return
        if event.replaces is not None:
            self._replace(event.replaces, session, extension)
        elif trunk is not None:
            self._from_trunk(session, trunk, dialled.number or dialled.username)
        else:
            assert extension is not None
            self._from_extension(session, extension, dialled.number or dialled.username)

    def _refuse(self, session: InviteSession, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        session.reject(status, headers=headers, now=self._exchange.now())

    def _trunk_of(self, session: InviteSession, request: Request) -> Trunk | None:
        """Return the trunk the INVITE's address belongs to, unless it comes from a phone that is registered there."""
        assert session.flow is not None
        if session.flow.transport in WEBSOCKETS or request.headers.get("Authorization") is not None:
            return None
        user = request.from_.uri.username
        for device in self.location.devices(user, self._exchange.now()):
            flow = device.flow
            if flow is not None and (flow.remote, flow.transport) == (session.flow.remote, session.flow.transport):
                return None
        return self._lines.trunks.identify(session.flow)

    def _from_trunk(self, session: InviteSession, trunk: Trunk, dialled: str) -> None:
        number = self._known_did(dialled, trunk=trunk.name)
        if number is None:
            self._refuse(session, 404)
            return
        if trunk.calls >= trunk.settings.max_calls:
            self._refuse(session, 503, (("Retry-After", "10"),))
            return
        call, leg = self._begin(session, Direction.INBOUND, peer=trunk.name)
        facts = call.facts
        request = session.request
        assert request is not None
        identity = _identity(request, trunk.settings.trust_identity)
        facts.from_raw, facts.from_name = identity.uri.username, identity.display_name
        facts.from_number = None if _is_private(request) else self._exchange.normalise(facts.from_raw)
        facts.to_raw, facts.to_number, facts.did, facts.trunk = dialled, number, number, trunk.name
        self._lines.trunks.call_began(trunk, None)
        leg.on_closed = lambda: self._lines.trunks.call_ended(trunk, None)
        self._run(call, leg, partial(self._flow_call, call, leg, number))

    def _known_did(self, dialled: str, *, exactly: bool = False, trunk: str | None = None) -> str | None:
        """Return the number that was dialled as a flow answers it; carriers differ in how they write it.

        :param exactly: the number itself must be configured; a flow for all other numbers does not count.
        """
        spellings = [number for number in (dialled, self._exchange.normalise(dialled)) if number]
        for number in spellings:
            if self._flows.knows(number, exactly=True, trunk=trunk):
                return number
        return next((number for number in spellings if not exactly and self._flows.knows(number, trunk=trunk)), None)

    def _from_extension(self, session: InviteSession, extension: str, dialled: str) -> None:
        outside = self._exchange.normalise(dialled)
        routes = self._lines.routes
        reachable = routes.is_extension(dialled) or (outside is not None and routes.may_dial(outside))
        did = self._known_did(dialled, exactly=reachable)
        if did is None and not reachable:
            self._refuse(session, 404 if outside is None else 403)
            return
        internal = did is not None or routes.is_extension(dialled)
        direction = Direction.INTERNAL if internal else Direction.OUTBOUND
        call, leg = self._begin(session, direction, peer=extension, extension=extension)
        facts = call.facts
        facts.from_raw = facts.from_number = extension
        facts.from_name = leg.remote_name
        facts.to_raw, facts.to_number = dialled, dialled if internal else outside
        facts.agent_id = leg.agent_id
        if did is not None:
            facts.did = did
            self._run(call, leg, partial(self._flow_call, call, leg, did))
            return
        kind = TargetKind.EXTENSION if internal else TargetKind.NUMBER
        request = DialRequest(kind, facts.to_number or dialled, ring_timeout_s=60, leave_key=None)
        self._run(call, leg, partial(self._extension_call, call, leg, request))

    def _replace(self, replaced: InviteSession, session: InviteSession, extension: str | None) -> None:
        """Let a proven extension take over a participant's place (RFC 3891), for pick-up and phone-driven transfers."""
        leg = replaced.data
        if extension is None or not isinstance(leg, Leg) or not _may_be_replaced(leg):
            self._refuse(session, 481 if not isinstance(leg, Leg) else 403)
            return
        account = self._lines.routes.account(extension)
        successor = Leg(
            self._exchange,
            leg.call,
            session,
            direction=Direction.INBOUND,
            peer=extension,
            extension=extension,
            store_id=account.store_id if account else None,
            agent_id=account.agent_id if account else None,
        )
        create_task(self._take_over(leg, successor), name=f"replaces:{leg.call.id}")

    async def _take_over(self, leg: Leg, successor: Leg) -> None:
        """Answer ``successor`` and put it in the place of ``leg``; whoever hung up meanwhile ends it instead."""
        call = successor.call
        try:
            await successor.open_media()
        except MediaCapacityExceeded:
            successor.hang_up(HangupCause.SWITCH_CONGESTION, status=503)
        # The call may be over by now, and with it the successor; or it is with somebody else.
        if successor.ended is None and leg.call is call and _may_be_replaced(leg) and successor.answer():
            leg.listener(LegReplaced(leg, successor))
        else:
            await successor.close()

    # Calls

    def _begin(
        self, session: InviteSession, direction: Direction, *, peer: str, extension: str | None = None
    ) -> tuple[Call, Leg]:
        call = self._life.new_call(direction)
        call.facts.sip_call_id = session.call_id
        account = self._lines.routes.account(extension) if extension is not None else None
        leg = Leg(
            self._exchange,
            call,
            session,
            direction=Direction.INBOUND,
            peer=peer,
            extension=extension,
            store_id=account.store_id if account else None,
            agent_id=account.agent_id if account else None,
        )
        return call, leg

    def _run(self, call: Call, leg: Leg, body: Callable[[], Awaitable[None]]) -> None:
        self._life.run(call, body, leg)

    async def _flow_call(self, call: Call, leg: Leg, did: str) -> None:
        """Answer the caller and run the flow of ``did``."""
        await leg.open_media()
        if not leg.answer():
            return
        call.advance(CallInput.ANSWER)
        call.segment(SegmentKind.IVR, leg)
        recording = None
        if self._exchange.settings.record and self._exchange.settings.record_ivr:
            recording = Recording.start(self._exchange, call, leg)
        dial = Dial(self._exchange, self._lines, self._planner_for(call), self._flows)
        channel = Channel(self._exchange, call, leg, dial)
        await self._flows.handle(call, channel, did)
        if recording is not None:
            recording.stop()
        if call.last_callee_end is not None:
            call.set_hangup(call.last_callee_end)

    async def _extension_call(self, call: Call, leg: Leg, request: DialRequest) -> None:
        """Ring what an extension dialled."""
        dial = Dial(self._exchange, self._lines, self._planner_for(call), self._flows)
        await dial.run_unanswered(leg, request)
        if call.last_callee_end is not None:
            call.set_hangup(call.last_callee_end)


def _may_be_replaced(leg: Leg) -> bool:
    """Tell whether another may take the place of ``leg`` now: it is in a conversation, or a phone of ours rings."""
    if leg.ended is not None or leg.moving or leg.id not in leg.call.legs:
        return False
    if leg.state is LegState.RINGING:
        return leg.direction is Direction.OUTBOUND and leg.extension is not None
    conversation = leg.call.conversation
    return conversation is not None and leg in conversation.members


def _identity(request: Request, trusted: bool) -> NameAddr:
    """Return who calls: P-Asserted-Identity from a trunk we believe (RFC 3325), else From."""
    if trusted:
        for value in request.headers.get_all("P-Asserted-Identity"):
            try:
                return NameAddr.parse(value)
            except SipParseError:
                continue
    return request.from_


def _is_private(request: Request) -> bool:
    """Tell whether the caller withholds the number (RFC 3323)."""
    privacy = (request.headers.get("Privacy") or "").lower().replace(" ", "").split(";")
    user = request.from_.uri.username.lower()
    return "id" in privacy or user in ("anonymous", "unknown", "restricted", "")
