"""Ringing a step: every device of every party at once, until one answers, all have refused, or time is up.

All devices on one network are offered the same media leg, so a step costs two ports however many phones ring; the one
that answers first keeps it. The others are cancelled with "call completed elsewhere" (RFC 3326) so that they show no
missed call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from callcenter.base.errors import CallcenterError
from callcenter.calls.call import Call
from callcenter.calls.caller_id import CallerId as CallerId
from callcenter.calls.causes import (
    COMPLETED_ELSEWHERE,
    NEXT_TRUNK_STATUSES,
    outcome_of_status,
)
from callcenter.calls.cdr import Direction, HangupCause, HangupSide
from callcenter.calls.dial_outcomes import OUTCOME_RANK
from callcenter.calls.dial_outcomes import joint_outcome as joint_outcome
from callcenter.calls.dialling import AttemptOutcome, DialStep, DialTarget, TargetAddress
from callcenter.calls.exchange import Exchange
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegAnswered, LegDigit, LegEnded, LegEvent, LegRang, LegReplaced
from callcenter.calls.offered_media import OfferedMedia
from callcenter.calls.routes import Route, Routes
from callcenter.calls.trunks import Trunks
from callcenter.media.plane import MediaCapacityExceeded
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sip.flow import Flow
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr

log = structlog.get_logger(__name__)

CALL_HEADER = "X-Callcenter-Call"
"Tells a softphone which call of the API its INVITE belongs to."


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What came of a step."""

    outcome: AttemptOutcome
    leg: Leg | None = None
    "Who answered, or picked up for those who rang; its media is connected and nobody listens to it yet."
    ring_ms: int = 0
    outcomes: Mapping[DialTarget, AttemptOutcome] = field(default_factory=dict)
    "What became of each party that was rung."


@dataclass(slots=True, eq=False)
class _Party:
    """One party of the step and the groups of routes that are still untried."""

    target: DialTarget
    remaining: list[list[Route]]
    legs: set[Leg]
    connecting: int = 0
    "Routes that a connection is being made for."
    outcome: AttemptOutcome = AttemptOutcome.UNAVAILABLE

    @property
    def may_answer(self) -> bool:
        """Tell whether one of its devices rings, or is about to."""
        return bool(self.legs) or self.connecting > 0


@dataclass(frozen=True, slots=True)
class _Connected:
    """It is known now how to get to a route, or that there is no way."""

    party: _Party
    route: Route
    flow: Flow | None


@dataclass(frozen=True, slots=True)
class _TrunkSilent(LegEvent):
    """The trunk had its time to say anything about our INVITE."""


class _MediaLost(Exception):
    """The media worker died while devices rang: whoever answers now hears nothing."""


class Attempt:
    """One try of a step for a call.

    :param on_ringing: called with the leg and whether early media is connected, when a device rings.
    """

    def __init__(
        self,
        exchange: Exchange,
        routes: Routes,
        trunks: Trunks,
        call: Call,
        step: DialStep,
        caller_id: CallerId,
        *,
        on_ringing: Callable[[Leg, bool], None],
    ) -> None:
        self._exchange = exchange
        self._routes = routes
        self._trunks = trunks
        self._call = call
        self._step = step
        self._caller_id = caller_id
        self._on_ringing = on_ringing
        self._headers: tuple[tuple[str, str], ...] = ((CALL_HEADER, call.id),)
        if step.auto_answer:
            self._headers += (("Answer-Mode", "Auto"),)
        self.only: Callable[[Route], bool] | None = None
        "Tells which devices are rung; None rings all."
        self._inbox: asyncio.Queue[LegEvent | _Connected | None] = asyncio.Queue()
        "What happens to the legs; None: the offered media is lost."
        self._connecting: list[asyncio.Task[None]] = []
        self._waiting: list[_Party] = []
        "Who may still answer in this round."
        self._round_parties: list[_Party] = []
        self._parties: dict[Leg, _Party] = {}
        self._trunk_of: dict[Leg, Route] = {}
        self._media = OfferedMedia(exchange, call, on_lost=lambda: self._inbox.put_nowait(None))
        self._redirects = 0
        self._began = 0.0

    async def run(self, caller: Leg | None = None, leave_key: str | None = None) -> AttemptResult:
        """Ring and return what came of it.

        :param caller: the leg whose ``leave_key`` stops the ringing at once.
        """
        self._began = self._exchange.now()
        deadline = self._began + self._step.ring_s
        before = caller.listener if caller is not None else None
        if caller is not None:
            caller.listener = self._caller_listener(caller.listener)
        winner: Leg | None = None
        outcome = AttemptOutcome.ABANDONED
        started_over = False
        try:
            while True:
                try:
                    outcome, winner = await self._round(deadline, leave_key)
                except _MediaLost:
                    outcome = AttemptOutcome.FAILED
                    await self._stop_ringing(HangupCause.MEDIA_FAILURE)
                    if started_over:
                        break
                    started_over = True
                    continue
                retry_at = self._exchange.now() + self._exchange.settings.ring_retry_s
                if outcome is not AttemptOutcome.BUSY or not self._step.wait_when_busy or retry_at >= deadline:
                    break
                if await self._left_before(retry_at, leave_key):
                    outcome = AttemptOutcome.LEFT
                    break
            return AttemptResult(outcome, winner, self._ring_ms(), self._outcomes(outcome, winner))
        finally:
            if caller is not None and before is not None:
                caller.listener = before
            try:
                await self._clean_up(winner, outcome)
            except asyncio.CancelledError:
                if winner is not None:
                    await winner.close()  # Whoever wanted it was gone before it could be handed over.
                raise

    def _outcomes(self, outcome: AttemptOutcome, winner: Leg | None) -> dict[DialTarget, AttemptOutcome]:
        """Return what became of each party of the last round."""
        answered = None if winner is None else self._parties.get(winner)
        rest = AttemptOutcome.ELSEWHERE if winner is not None else outcome
        return {
            party.target: AttemptOutcome.ANSWERED if party is answered else rest if party.may_answer else party.outcome
            for party in self._round_parties
        }

    def _caller_listener(self, before: Callable[[LegEvent], None]) -> Callable[[LegEvent], None]:
        def listen(event: LegEvent) -> None:
            if isinstance(event, LegDigit):
                self._inbox.put_nowait(event)
            before(event)

        return listen

    def _ring_ms(self) -> int:
        return int((self._exchange.now() - self._began) * 1000)

    async def _left_before(self, moment: float, leave_key: str | None) -> bool:
        """Wait until ``moment`` while nobody rings; tell whether the caller pressed ``leave_key`` meanwhile."""
        try:
            async with asyncio.timeout(moment - self._exchange.now()):
                while True:
                    event = await self._inbox.get()
                    if isinstance(event, LegDigit) and take_key(event.leg, leave_key):
                        return True
        except TimeoutError:
            return False

    async def _round(self, deadline: float, leave_key: str | None) -> tuple[AttemptOutcome, Leg | None]:
        """Ring everybody once, until the deadline, which holds for look-ups and connecting too.

        :raises _MediaLost: nobody can be answered any more.
        """
        if self._media.lost:
            await self._media.close()
        now = self._exchange.now()
        parties = [_Party(target, self._alternatives(target, now), set()) for target in self._step.targets]
        self._round_parties = parties
        try:
            async with asyncio.timeout(max(deadline - now, 0)):
                return await self._ring(parties, leave_key)
        except TimeoutError:
            return AttemptOutcome.NO_ANSWER if self._parties else AttemptOutcome.UNAVAILABLE, None

    def _alternatives(self, target: DialTarget, now: float) -> list[list[Route]]:
        groups = self._routes.alternatives(target, now)
        if self.only is None:
            return groups
        chosen = [[route for route in group if self.only(route)] for group in groups]
        return [group for group in chosen if group]

    async def _ring(self, parties: list[_Party], leave_key: str | None) -> tuple[AttemptOutcome, Leg | None]:
        self._waiting = waiting = [party for party in parties if await self._ring_next(party)]
        while waiting:
            event = await self._next_event()
            match event:
                case LegDigit(leg=leg):
                    if take_key(leg, leave_key):
                        return AttemptOutcome.LEFT, None
                case LegRang(leg=leg, has_media=has_media):
                    self._on_ringing(leg, has_media)
                case LegAnswered(leg=leg, sdp=sdp):
                    if self._take(leg, sdp):
                        return AttemptOutcome.ANSWERED, leg
                case LegReplaced(leg=leg, successor=successor):
                    self._call.note("picked_up", leg_id=leg.id, peer=leg.peer, by=successor.peer)
                    return AttemptOutcome.ANSWERED, successor
                case _Connected(party=party):
                    if not await self._connected(event):
                        waiting.remove(party)
                case LegEnded(leg=leg) | _TrunkSilent(leg=leg):
                    party = self._parties[leg]
                    if not await self._still_ringing(party, event):
                        waiting.remove(party)
        return joint_outcome(party.outcome for party in parties), None

    def _rings(self, leg: Leg) -> bool:
        """Tell whether ``leg`` may still answer."""
        party = self._parties.get(leg)
        return party is not None and leg in party.legs

    async def _next_event(self) -> LegEvent | _Connected:
        """Return what happens next: a key of the caller, or something of a device that may still answer."""
        while True:
            event = await self._inbox.get()
            if event is None:
                if self._media.lost:
                    raise _MediaLost
            elif isinstance(event, _Connected):
                if event.party in self._waiting:
                    return event
            elif isinstance(event, LegDigit) or self._rings(event.leg):
                return event
            elif isinstance(event, LegReplaced):
                await event.successor.close()  # Picked up too late.

    async def _still_ringing(self, party: _Party, event: LegEnded | _TrunkSilent) -> bool:
        """Take the end of a device, or the silence of a trunk; tell whether its party can still answer."""
        if isinstance(event, _TrunkSilent):
            if event.leg.session.heard:
                return True
            # Long before timer B. Should it wake up, what comes is cancelled then (RFC 3261 §9.1).
            log.info("trunk is silent", call_id=self._call.id, peer=event.leg.peer)
            event = LegEnded(event.leg, HangupCause.NO_USER_RESPONSE, HangupSide.NETWORK, 408)
        self._call.note("ringing_ended", leg_id=event.leg.id, peer=event.leg.peer, status=event.status)
        party.legs.discard(event.leg)
        event.leg.retire(event.cause)  # Its trunk line and its phone are free again.
        status = event.status or 487
        declined = event.cause is HangupCause.CALL_REJECTED and event.side is event.leg.side and status == 487
        outcome = AttemptOutcome.REJECTED if declined else outcome_of_status(status)
        party.outcome = max(party.outcome, outcome, key=OUTCOME_RANK.__getitem__)
        route = self._trunk_of.get(event.leg)
        if event.contacts and await self._follow(party, event.contacts):
            return True
        if party.may_answer:
            return True
        if route is not None and route.trunk is not None:
            if status == 503 or (status == 408 and event.side is HangupSide.NETWORK):
                # The trunk's own trouble; a 408 that came from afar speaks of the person who was called.
                route.trunk.failed(self._exchange.now(), event.retry_after)
            if status not in NEXT_TRUNK_STATUSES:
                return False
        return await self._ring_next(party)

    async def _follow(self, party: _Party, contacts: Sequence[str]) -> bool:
        """Follow a redirection to one of our own extensions; anything else would let a phone dial out at our cost."""
        for contact in contacts:
            self._redirects += 1
            if self._redirects > self._exchange.settings.max_redirects:
                return False
            try:
                user = NameAddr.parse(contact).uri.username
            except SipParseError:
                continue
            if self._routes.is_extension(user):
                target = DialTarget(TargetAddress.EXTENSION, user)
                party.remaining[:0] = self._routes.alternatives(target, self._exchange.now())
                self._call.note("redirected", to=user)
                if await self._ring_next(party):
                    return True
        return False

    async def _ring_next(self, party: _Party) -> bool:
        """Send the INVITEs of the party's next group; False when there is none."""
        while party.remaining:
            group = party.remaining.pop(0)
            for route in group:
                if route.flow is not None:
                    await self._invite(party, route, route.flow)
                else:
                    party.connecting += 1
                    name = f"connect:{self._call.id}"
                    self._connecting.append(create_task(self._connect(party, route), name=name))
            self._exchange.flush()
            if party.may_answer:
                return True
        return False

    async def _connect(self, party: _Party, route: Route) -> None:
        """Find the way to ``route``, while others ring already."""
        flow = None
        try:
            flow = await self._exchange.flow_to(route.reachable_target())
            self._routes.reached(route, flow)
        except CallcenterError as error:
            log.info("route unreachable", call_id=self._call.id, peer=route.peer, error=str(error))
        finally:
            self._inbox.put_nowait(_Connected(party, route, flow))

    async def _connected(self, event: _Connected) -> bool:
        """Ring what could be reached; tell whether its party can still answer."""
        party = event.party
        party.connecting -= 1
        if event.flow is not None:
            await self._invite(party, event.route, event.flow)
            self._exchange.flush()
        return party.may_answer or await self._ring_next(party)

    async def _invite(self, party: _Party, route: Route, flow: Flow) -> None:
        """Send one INVITE, with the media that its peer can reach."""
        try:
            media, sdp = await self._media.towards(
                flow.local[0] or self._exchange.source_host(flow.remote[0]), flow.transport
            )
        except MediaCapacityExceeded:
            log.error("no media port left", call_id=self._call.id)
            return
        if route.trunk is not None and not self._trunks.has_room(route.trunk, route.number or ""):
            return  # Another call was faster.
        override = route.trunk.settings.caller_id if route.trunk is not None and not self._caller_id.chosen else None
        caller = self._caller_id.header(self._exchange.settings.realm, override)
        session = self._exchange.endpoint.invite(
            uri=route.uri,
            from_=caller,
            to=route.to,
            now=self._exchange.now(),
            sdp=sdp.local_sdp,
            headers=self._headers,
            route=route.path,
            flow=flow,
            credentials=route.credentials,
        )
        leg = Leg(
            self._exchange,
            self._call,
            session,
            direction=Direction.OUTBOUND,
            peer=route.peer,
            extension=route.extension,
            store_id=route.store_id if route.store_id is not None else self._step.store_id,
            agent_id=route.agent_id,
        )
        leg.sdp = sdp
        leg.media = media
        leg.takes_early_media = route.trunk is not None and len(self._step.targets) == 1
        leg.listener = self._inbox.put_nowait
        party.legs.add(leg)
        self._parties[leg] = party
        if route.trunk is not None:
            self._trunk_of[leg] = route
            self._trunks.call_began(route.trunk, route.number)
            leg.on_closed = partial(self._trunks.call_ended, route.trunk, route.number)
            silence_s = self._exchange.settings.trunk_silence_s
            asyncio.get_running_loop().call_later(silence_s, self._inbox.put_nowait, _TrunkSilent(leg))
        self._call.note("ringing", leg_id=leg.id, peer=leg.peer, step=self._step.name)

    def _take(self, leg: Leg, sdp: str | None) -> bool:
        """Make ``leg`` the one that answered; False when its answer is useless."""
        media = leg.media
        assert media is not None and leg.sdp is not None
        if self._media.lost:
            return False
        leg.use_media(media, leg.sdp)
        if not leg.connect(sdp):
            self._exchange.media_legs.pop(media.id, None)
            return False
        self._media.release(media)
        self._parties[leg].legs.discard(leg)
        return True

    async def _clean_up(self, winner: Leg | None, outcome: AttemptOutcome) -> None:
        """Stop everything that still rings, keeping only the winner."""
        if winner is not None:
            await self._stop_ringing(HangupCause.LOSE_RACE, COMPLETED_ELSEWHERE)
        elif outcome is AttemptOutcome.NO_ANSWER:
            await self._stop_ringing(HangupCause.NO_ANSWER)
        else:
            await self._stop_ringing(HangupCause.ORIGINATOR_CANCEL)
        while not self._inbox.empty():
            event = self._inbox.get_nowait()
            if isinstance(event, LegReplaced):
                await event.successor.close()
        await self._media.close()

    async def _stop_ringing(self, why: HangupCause, reason: str | None = None) -> None:
        for leg, party in self._parties.items():
            if leg in party.legs:
                party.legs.discard(leg)
                leg.retire(why, reason)
        connecting, self._connecting = self._connecting, []
        await cancel_and_wait(*connecting)


def take_key(caller: Leg, key: str | None) -> bool:
    """Take ``key`` from the keys the caller pressed, if it is among them; the others stay."""
    for digit in caller.digits:
        if digit.key == key:
            caller.digits.remove(digit)
            return True
    return False
