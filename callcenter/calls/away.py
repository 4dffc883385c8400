"""A member of a conversation whose device is gone: the others wait, and the device that comes back is rung."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from callcenter.base.fsm import TransitionTable
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.cdr import HangupSide
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded, LegEvent
from callcenter.calls.ringing import Ringing, RingingEvent, RingingStyle, TargetAnswered, TargetMissed
from callcenter.sip.grammar import SipParseError
from callcenter.sip.uri import SipUri

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation
    from callcenter.calls.exchange import Exchange
    from callcenter.calls.participant import Participant
    from callcenter.calls.routes import Route

BROWSER_TRANSPORTS = frozenset({"ws", "wss"})


class AwayState(Enum):
    """How far an absence has come."""

    WAITING = auto()
    "For a device to register."
    RINGING = auto()
    "A device registered and is asked to take the call over."
    BACK = auto()
    GIVEN_UP = auto()


class AwayInput(Enum):
    """What moves an absence on."""

    REGISTERED = auto()
    ANSWER = auto()
    NO_ANSWER = auto()
    MEDIA = auto()
    "The old device sends again."
    GIVE_UP = auto()


AWAY_TABLE = TransitionTable(
    "absence",
    AwayState.WAITING,
    {
        (AwayState.WAITING, AwayInput.REGISTERED): AwayState.RINGING,
        (AwayState.WAITING, AwayInput.MEDIA): AwayState.BACK,
        (AwayState.WAITING, AwayInput.GIVE_UP): AwayState.GIVEN_UP,
        (AwayState.RINGING, AwayInput.ANSWER): AwayState.BACK,
        (AwayState.RINGING, AwayInput.NO_ANSWER): AwayState.WAITING,
        (AwayState.RINGING, AwayInput.MEDIA): AwayState.BACK,
        (AwayState.RINGING, AwayInput.GIVE_UP): AwayState.GIVEN_UP,
    },
)


@dataclass(frozen=True, slots=True)
class AwayEvent(LegEvent):
    """Something concerns a member's device."""


@dataclass(frozen=True, slots=True)
class DeviceLost(AwayEvent):
    """It sends nothing any more, and its connection is gone."""


@dataclass(frozen=True, slots=True)
class DeviceBack(AwayEvent):
    """It sends again."""


@dataclass(frozen=True, slots=True)
class BringBack(AwayEvent):
    """A device of the same extension is there: move the member to it."""


@dataclass(frozen=True, slots=True)
class GiveUp(AwayEvent):
    """Nobody came back in time."""


class Away:
    """One absence."""

    def __init__(self, conversation: Conversation, member: Participant) -> None:
        self.ringing: Ringing | None = None
        self._conversation = conversation
        self._leg = member.leg
        self._timer: asyncio.TimerHandle | None = None
        self._state = AWAY_TABLE.initial

    def _advance(self, event: AwayInput) -> None:
        self._state = AWAY_TABLE.next(self._state, event)

    def start(self) -> None:
        """Begin to wait, and ring at once whatever else is registered."""
        conversation = self._conversation
        self._timer = asyncio.get_running_loop().call_later(
            conversation.exchange.settings.reattach_s, conversation.inbox.put_nowait, GiveUp(self._leg)
        )
        self.ring()

    def ring(self) -> None:
        """Ask every browser of the extension but the lost one to take the call over."""
        conversation, leg = self._conversation, self._leg
        if self._state is not AwayState.WAITING or leg.extension is None:
            return
        target = CallTarget(CallTargetKind.EXTENSION, leg.extension)
        destination = conversation.dial.destinations.find(target, conversation.exchange.settings.reattach_s)
        if destination is None or not has_another_browser(conversation, leg):
            return
        self._advance(AwayInput.REGISTERED)
        others = conversation.others(leg)
        caller_id = conversation.caller_id(others[0] if others else leg)
        style = RingingStyle(caller_id=caller_id, auto_answer=True, only=partial(_is_another_browser, leg))
        self.ringing = Ringing(conversation, destination, style)
        self.ringing.start()

    async def on_ringing(self, event: RingingEvent) -> None:
        """Take what comes of the ringing."""
        match event:
            case TargetAnswered(leg=leg):
                event.ringing.taken = True
                self._advance(AwayInput.ANSWER)
                self._conversation.call.note("reattached", leg_id=leg.id, peer=leg.peer)
                await self._conversation.replace(self._leg, leg)
            case TargetMissed():
                self.ringing = None
                self._advance(AwayInput.NO_ANSWER)
                if not (self._leg.silent or self._leg.flow_lost):
                    # It was to be moved while it worked, so it simply goes on.
                    self._conversation.inbox.put_nowait(DeviceBack(self._leg))

    async def back(self) -> None:
        """Take note that the old device sends again."""
        self._advance(AwayInput.MEDIA)
        await self.stop()

    def given_up(self) -> None:
        """Take note that nobody waits any more."""
        self._advance(AwayInput.GIVE_UP)

    async def stop(self) -> None:
        """Stop waiting and ringing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        ringing, self.ringing = self.ringing, None
        if ringing is not None:
            await ringing.stop()


def is_browser(leg: Leg) -> bool:
    """Tell whether a participant is in a browser of one of our own people."""
    return leg.extension is not None and leg.flow is not None and leg.flow.transport in BROWSER_TRANSPORTS


def is_at(leg: Leg, contact: str) -> bool:
    """Tell whether ``leg`` is at the device that registered ``contact``."""
    target = leg.session.remote_target
    if target is None:
        return False
    try:
        here, there = SipUri.parse(target), SipUri.parse(contact)
    except SipParseError:
        return False
    return (here.username, here.host, here.port) == (there.username, there.host, there.port)


def _is_another_browser(leg: Leg, route: Route) -> bool:
    return route.flow is not None and route.flow.transport in BROWSER_TRANSPORTS and not is_at(leg, route.uri)


def has_another_browser(conversation: Conversation, leg: Leg) -> bool:
    """Tell whether a browser of the same extension is registered that could take over from ``leg``."""
    if leg.extension is None:
        return False
    routes = conversation.lines.routes.devices(leg.extension, conversation.exchange.now())
    return any(_is_another_browser(leg, route) for route in routes)


def may_come_back(exchange: Exchange, member: Participant, event: LegEnded) -> bool:
    """Tell whether the end of a member's leg was nobody's wish, so that its owner is expected back."""
    if not is_browser(member.leg) or exchange.settings.reattach_s <= 0:
        return False
    return member.away is not None or (event.side is HangupSide.NETWORK and member.leg.flow_lost)
