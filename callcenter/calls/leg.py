"""A leg: one participant of a call, made of a SIP session and its media. This module owns its state.

A leg tells whoever holds it (the caller's flow, a ringing attempt, a conversation) what happens by calling ``listener``
with one of the events below. Listeners run inside the signalling's event handler: they note and wake, they never wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

import structlog

from callcenter.base.fsm import TransitionTable
from callcenter.calls.causes import NETWORK_ENDS, cause_of_end, cause_of_status, q850_of, reason_header
from callcenter.calls.cdr import Direction, HangupCause, HangupSide, LegRecord
from callcenter.calls.channel_results import Digit
from callcenter.calls.dtmf_info import digits_of_info
from callcenter.calls.leg_events import (
    LegAnswered,
    LegDigit,
    LegEnded,
    LegEvent,
    LegHeld,
    LegListener,
    LegRang,
    LegRefers,
    LegResumed,
)
from callcenter.calls.media_leg import MediaLeg, keying_to_answer, new_sdp_session, quality_of
from callcenter.media.plane import LegStatistics, PlayFinished
from callcenter.sdp.audio import AnswerRejected, OfferRejected
from callcenter.sdp.description import SdpError
from callcenter.sdp.session import SdpSession
from callcenter.sip.events import (
    AnswerReceived,
    EndCause,
    InfoReceived,
    ReferReceived,
    ReofferCompleted,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionOffer,
    SessionProgress,
    SipEvent,
)
from callcenter.sip.flow import Flow
from callcenter.sip.invite import InviteSession

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.exchange import Exchange

log = structlog.get_logger(__name__)

MAX_WAITING_DIGITS = 32
"Keys kept until somebody takes them; the oldest go first."


class LegState(Enum):
    """Where a participant is."""

    TRYING = auto()
    RINGING = auto()
    ANSWERED = auto()
    HELD = auto()
    "The participant put us on hold."
    ENDED = auto()


class LegInput(Enum):
    """What moves a leg on."""

    RING = auto()
    ANSWER = auto()
    HOLD = auto()
    RESUME = auto()
    END = auto()


LEG_TABLE = TransitionTable(
    "leg",
    LegState.TRYING,
    {
        (LegState.TRYING, LegInput.RING): LegState.RINGING,
        (LegState.TRYING, LegInput.ANSWER): LegState.ANSWERED,
        (LegState.TRYING, LegInput.END): LegState.ENDED,
        (LegState.RINGING, LegInput.RING): LegState.RINGING,
        (LegState.RINGING, LegInput.ANSWER): LegState.ANSWERED,
        (LegState.RINGING, LegInput.END): LegState.ENDED,
        (LegState.ANSWERED, LegInput.HOLD): LegState.HELD,
        (LegState.ANSWERED, LegInput.END): LegState.ENDED,
        (LegState.HELD, LegInput.RESUME): LegState.ANSWERED,
        (LegState.HELD, LegInput.END): LegState.ENDED,
    },
)


class Leg:
    """One participant.

    :param direction: INBOUND when the participant called us.
    :param peer: the participant for people to read: extension, number or trunk.
    """

    def __init__(
        self,
        exchange: Exchange,
        call: Call,
        session: InviteSession,
        *,
        direction: Direction,
        peer: str,
        extension: str | None = None,
        store_id: str | None = None,
        agent_id: str | None = None,
    ) -> None:
        self.id = call.new_part_id()
        self.call = call
        self.session = session
        self.direction = direction
        self.peer = peer
        self.extension = extension
        self.store_id = store_id
        self.agent_id = agent_id
        self.media: MediaLeg | None = None
        self.sdp: SdpSession | None = None
        self.takes_early_media = False
        "Connect the media of a 183: the leg leads out of the house and rings alone."
        self.digits: deque[Digit] = deque(maxlen=MAX_WAITING_DIGITS)
        self.listener: LegListener = _nobody
        self.on_play_finished: Callable[[PlayFinished], None] | None = None
        "Told of the end of every play on this leg."
        self.on_closed: Callable[[], None] | None = None
        "Called once when the leg's record is made."
        self.side = HangupSide.CALLER if direction is Direction.INBOUND else HangupSide.CALLEE
        "Whose hanging up it is when this participant hangs up."
        self.flow: Flow | None = None
        "The way to the device, as of its answer."
        self.flow_lost = False
        "That connection has ended."
        self.silent = False
        "A browser that sends no media at the moment."
        self._exchange = exchange
        self._state = LEG_TABLE.initial
        self._ended: LegEnded | None = None
        self.moving = False
        "Another call is about to take it over: neither call may hang it up meanwhile."
        self._our_cause: HangupCause | None = None
        self._our_side: HangupSide | None = None
        self._reoffered: asyncio.Future[bool] | None = None
        self._started_ms = call.at_ms
        self._ringing_ms: int | None = None
        self._answered_ms: int | None = None
        self._ended_ms: int | None = None
        session.data = self
        call.legs[self.id] = self

    @property
    def state(self) -> LegState:
        """Return where the participant is."""
        return self._state

    @property
    def remote_name(self) -> str:
        """Return the display name that a participant who called us goes by."""
        request = self.session.request
        return request.from_.display_name if request is not None else ""

    @property
    def is_up(self) -> bool:
        """Tell whether the participant has answered and is still there."""
        return self._state in (LegState.ANSWERED, LegState.HELD)

    @property
    def ended(self) -> LegEnded | None:
        """Return the leg's end, None while it lives."""
        return self._ended

    @property
    def since_ms(self) -> int:
        """Return when, in its call, it came to be as it is now: called, rung, answered."""
        if self._answered_ms is not None:
            return self._answered_ms
        return self._ringing_ms if self._ringing_ms is not None else self._started_ms

    @property
    def ring_ms(self) -> int:
        """Return how long the device has rung or rang."""
        if self._ringing_ms is None:
            return 0
        until = self._answered_ms if self._answered_ms is not None else self._ended_ms
        return (until if until is not None else self.call.at_ms) - self._ringing_ms

    def _advance(self, event: LegInput) -> None:
        self._state = LEG_TABLE.next(self._state, event)

    # Media

    def use_media(self, media: MediaLeg, sdp: SdpSession) -> None:
        """Take ``media`` for one's own, negotiated by ``sdp``."""
        self.media = media
        self.sdp = sdp
        self._exchange.media_legs[media.id] = self

    async def open_media(self) -> None:
        """Open the media of a participant who called us.

        :raises callcenter.media.plane.MediaCapacityExceeded: when no port is left.
        """
        assert self.session.flow is not None
        offer, transport = self.session.remote_sdp, self.session.flow.transport
        keying = keying_to_answer(offer, transport, self._exchange.settings.srtp)
        bind, advertised = self._exchange.media_hosts(self.session.flow.local[0], keying)
        media = await MediaLeg.open(self._exchange, self.call, bind, advertised, keying)
        self.use_media(media, new_sdp_session(self._exchange, media))

    async def move_media(self, call: Call) -> bool:
        """Move the media to the worker of ``call``, telling the participant by a re-INVITE (RFC 3264 §8.3.1).

        :returns: False when the participant would not have it, or is changing the session itself; everything is as
            before then.
        :raises callcenter.media.plane.MediaCapacityExceeded: when no port is left.
        """
        assert self.session.flow is not None and self.media is not None and self.sdp is not None
        if self._reoffered is not None or self.sdp.offer_is_open:
            return False
        bind, advertised = self._exchange.media_hosts(self.session.flow.local[0], self.media.keying)
        before = self.media
        after = await MediaLeg.open(self._exchange, call, bind, advertised, before.keying)
        if self._ended is not None:
            await after.close()
            return False
        local_before = self.sdp.local  # not its leg's any more when ICE was restarted meanwhile
        self.media, self.sdp.local = after, after.local
        self._exchange.media_legs[after.id] = self
        accepted = False
        try:
            accepted = await self._reoffer(self.sdp.offer())
        except asyncio.CancelledError:
            # Nobody knows now which of the two addresses the participant sends to.
            self.hang_up(HangupCause.NORMAL_TEMPORARY_FAILURE)
            raise
        finally:
            kept, given_up = (after, before) if accepted else (before, after)
            self.media, self.sdp.local = kept, after.local if accepted else local_before
            self._exchange.media_legs.pop(given_up.id, None)
            await given_up.close()
        return accepted

    async def _reoffer(self, sdp: str) -> bool:
        self._reoffered = asyncio.get_running_loop().create_future()
        try:
            self.session.reoffer(sdp, self._exchange.now())
            self._exchange.flush()
            return await self._reoffered
        finally:
            self._reoffered = None

    # Commands

    def ring(self) -> None:
        """Send 180 to a participant who called us."""
        if self._state is LegState.TRYING:
            self._rang()
            self.session.progress(180, now=self._exchange.now())
            self._exchange.flush()

    def answer(self) -> bool:
        """Accept a participant who called us; its media leg must be open.

        :returns: False when its offer cannot be accepted: it is refused with the right status, and the leg ends.
        """
        assert self.media is not None and self.sdp is not None
        now = self._exchange.now()
        offer = self.session.remote_sdp
        try:
            if offer is None:
                sdp = self.sdp.offer()
            else:
                negotiated = self.sdp.answer(offer)
                self.media.connect(negotiated.remote)
                sdp = negotiated.answer_sdp
        except (OfferRejected, SdpError) as error:
            status, headers = self._refusal(error)
            self.reject(status, headers)
            return False
        self._answered()
        self.session.accept(sdp, now)
        self._exchange.flush()
        return True

    def early_media(self) -> bool:
        """Answer the offer of a participant who called us by a 183, so that it hears what comes (RFC 3960).

        :returns: False when there was nothing to answer or it cannot be accepted; the leg rings on.
        """
        assert self.media is not None and self.sdp is not None
        offer = self.session.remote_sdp
        if offer is None or self._state not in (LegState.TRYING, LegState.RINGING):
            return False
        try:
            negotiated = self.sdp.answer(offer)
        except (OfferRejected, SdpError):
            return False
        self.media.connect(negotiated.remote)
        self._rang()
        self.session.progress(183, negotiated.answer_sdp, now=self._exchange.now())
        self._exchange.flush()
        return True

    def reject(self, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Refuse a participant who called us."""
        self._our_cause = cause_of_status(status)
        self.session.reject(status, headers=headers, now=self._exchange.now())
        self._exchange.flush()

    def hang_up(
        self, cause: HangupCause, *, status: int = 480, reason: str | None = None, side: HangupSide | None = None
    ) -> None:
        """End the leg whatever state it is in; its listener hears of it as of any other end.

        :param side: who wants it; by default the system.
        :param status: final status when the participant called us and was not answered yet.
        :param reason: value of the Reason header; made from ``cause`` when missing.
        """
        if self._ended is not None:
            return
        if self._our_cause is None:
            self._our_cause, self._our_side = cause, side
        end = EndCause.LOCAL_BYE if self.is_up else EndCause.CANCELLED
        self.session.end(end, self._exchange.now(), status=status, reason_header=reason or reason_header(cause))
        self._exchange.flush()

    def take_digit(self, digit: str) -> None:
        """Note a key that the participant pressed."""
        self.digits.append(Digit(digit, self._exchange.now()))
        self.listener(LegDigit(self))

    def join(self, call: Call) -> None:
        """Leave one call for another, keeping session and media; each call's record tells its own part."""
        self.call.legs.pop(self.id, None)
        self.call.leg_closed(self._record(None, self.call.at_ms))
        self.call = call
        call.legs[self.id] = self
        self._started_ms = call.at_ms
        self._ringing_ms = None
        self._answered_ms = call.at_ms
        self.listener = _nobody

    def retire(self, cause: HangupCause, reason: str | None = None) -> None:
        """End a ringing device that did not win its attempt, and hand its record to the call."""
        self.listener = _nobody
        self.media = None
        self.hang_up(cause, reason=reason)
        self._finish(None)

    async def close(self) -> None:
        """End the leg if it lives, free its media and hand its record to the call."""
        self.listener = _nobody
        self.hang_up(HangupCause.NORMAL_CLEARING)
        media, self.media = self.media, None
        statistics = None
        if media is not None and self._exchange.media_legs.pop(media.id, None) is not None:
            statistics = await media.close()
        self._finish(statistics)

    def _finish(self, statistics: LegStatistics | None) -> None:
        if self.call.legs.pop(self.id, None) is None:
            return
        if self.on_closed is not None:
            self.on_closed()
        ended_ms = self._ended_ms if self._ended_ms is not None else self.call.at_ms
        self.call.leg_closed(self._record(statistics, ended_ms))

    def _record(self, statistics: LegStatistics | None, ended_ms: int) -> LegRecord:
        return LegRecord(
            id=self.id,
            direction=self.direction,
            peer=self.peer,
            sip_call_id=self.session.call_id,
            started_ms=self._started_ms,
            agent_id=self.agent_id,
            store_id=self.store_id,
            codec=statistics.codec if statistics else None,
            ringing_ms=self._ringing_ms,
            answered_ms=self._answered_ms,
            ended_ms=ended_ms,
            cause=self._ended.cause if self._ended else self._our_cause,
            sip_status=self._ended.status if self._ended else None,
            quality=quality_of(statistics) if statistics else None,
        )

    # Signalling events

    def on_sip(self, event: SipEvent) -> None:
        """Take an event of this leg's session."""
        match event:
            case SessionProgress():
                self._on_progress(event)
            case SessionAnswered():
                self._on_answered(event)
            case SessionConfirmed(sdp=sdp) | AnswerReceived(sdp=sdp):
                self._on_late_answer(sdp, ends_without=isinstance(event, SessionConfirmed))
            case SessionOffer():
                self._on_offer(event)
            case ReofferCompleted():
                self._on_reoffer_completed(event)
            case InfoReceived():
                self._on_info(event)
            case ReferReceived(refer=refer):
                self.listener(LegRefers(self, refer))
            case SessionEnded():
                self._on_ended(event)

    def _on_late_answer(self, sdp: str | None, *, ends_without: bool) -> None:
        """Take the answer to an offer of ours that went out in a response."""
        if self.sdp is None or not self.sdp.offer_is_open:
            return
        if sdp is None and not ends_without:
            self.sdp.withdraw()
        else:
            self._apply_answer(sdp)

    def _on_info(self, event: InfoReceived) -> None:
        # Keys come one way only: INFO counts when RFC 4733 was not negotiated.
        remote = self.sdp.remote if self.sdp is not None else None
        if remote is not None and remote.telephone_event_pt is not None:
            return
        if digit := digits_of_info(event.content_type, event.body):
            self.take_digit(digit)

    def _on_progress(self, event: SessionProgress) -> None:
        if self._state not in (LegState.TRYING, LegState.RINGING):
            return
        has_media = False
        if event.sdp is not None and self.takes_early_media:
            has_media = self._apply_answer(event.sdp, end_on_failure=False)
        self._rang()
        self.listener(LegRang(self, event.status, has_media))

    def _rang(self) -> None:
        self._advance(LegInput.RING)
        if self._ringing_ms is None:
            self._ringing_ms = self.call.at_ms
            self._exchange.observer.leg_ringing(self)

    def _answered(self) -> None:
        self._advance(LegInput.ANSWER)
        self._answered_ms = self.call.at_ms
        self.flow = self.session.flow
        self._exchange.observer.leg_answered(self)

    def _on_answered(self, event: SessionAnswered) -> None:
        if self._ended is not None:
            return
        self._answered()
        # An answer that came in a reliable provisional response is not repeated in the 2xx (RFC 3262 §5).
        self.listener(LegAnswered(self, event.sdp if event.sdp is not None else event.session.remote_sdp))

    def connect(self, sdp: str | None) -> bool:
        """Connect the media by the answer in ``LegAnswered``; an answer that does not fit ends the leg.

        :returns: whether the media is connected.
        """
        return self._apply_answer(sdp)

    def _apply_answer(self, sdp: str | None, *, end_on_failure: bool = True) -> bool:
        assert self.media is not None and self.sdp is not None
        try:
            if sdp is None:
                raise AnswerRejected("The answer is missing")
            negotiated = self.sdp.apply_answer(sdp)
        except (AnswerRejected, SdpError) as error:
            log.info("unusable SDP answer", call_id=self.call.id, leg_id=self.id, error=str(error))
            if end_on_failure:
                self.hang_up(HangupCause.INCOMPATIBLE_DESTINATION)
            return False
        self.media.connect(negotiated.remote)
        self._follow_hold(negotiated.remote.hold)
        return True

    def _follow_hold(self, hold: bool) -> None:
        """Tell of a hold or its end, whichever message brought it."""
        if hold and self._state is LegState.ANSWERED:
            self._advance(LegInput.HOLD)
            self.listener(LegHeld(self))
        elif not hold and self._state is LegState.HELD:
            self._advance(LegInput.RESUME)
            self.listener(LegResumed(self))

    def _on_offer(self, event: SessionOffer) -> None:
        now = self._exchange.now()
        if self.sdp is None or self.media is None:
            self.session.refuse(event.offer_id, 500, now=now)  # The leg is being taken down, or has no media yet.
            return
        if event.sdp is None:
            self.session.answer(event.offer_id, self.sdp.offer(), now)
            return
        try:
            negotiated = self.sdp.answer(event.sdp)
        except (OfferRejected, SdpError) as error:
            status, headers = self._refusal(error)
            self.session.refuse(event.offer_id, status, headers=headers, now=now)
            return
        self.session.answer(event.offer_id, negotiated.answer_sdp, now)
        if negotiated.changed:
            self.media.connect(negotiated.remote)
        self._follow_hold(negotiated.remote.hold)

    def _on_reoffer_completed(self, event: ReofferCompleted) -> None:
        # A participant who took the new address sends to it whatever else its answer says (RFC 3264 §8.3.1): when we
        # cannot send back there is no way to the media as it was before, and half a conversation is none.
        ok = event.ok and self._apply_answer(event.sdp, end_on_failure=self._reoffered is not None)
        if not ok and self.sdp is not None:
            self.sdp.withdraw()
        if self._reoffered is not None and not self._reoffered.done():
            self._reoffered.set_result(ok)

    def _on_ended(self, event: SessionEnded) -> None:
        ours = self._our_cause
        if ours is not None:
            cause = ours
            network = ours is HangupCause.MEDIA_TIMEOUT
            side = self._our_side or (HangupSide.NETWORK if network else HangupSide.SYSTEM)
        else:
            cause = cause_of_end(event)
            side = HangupSide.NETWORK if event.cause in NETWORK_ENDS else self.side
        if self._reoffered is not None and not self._reoffered.done():
            self._reoffered.set_result(False)
        self._ended_ms = self.call.at_ms
        self._advance(LegInput.END)
        status = event.status
        if status is None and self._answered_ms is not None:
            status = 200
        self._ended = LegEnded(self, cause, side, status, tuple(event.contacts), q850_of(event), event.retry_after)
        self.listener(self._ended)
        self._exchange.observer.leg_ended(self)

    def _refusal(self, error: OfferRejected | SdpError) -> tuple[int, tuple[tuple[str, str], ...]]:
        if isinstance(error, OfferRejected):
            return error.status, (("Warning", error.warning_header(self._exchange.settings.realm)),)
        return 400, ()


def _nobody(_event: LegEvent) -> None:
    """Listen to nothing."""
