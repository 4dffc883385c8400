"""Where events of the SIP core and of the media engine find the call, registrar or trunk they concern."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from callcenter.calls.authentication import Authenticator, Challenge
from callcenter.calls.cdr import HangupCause
from callcenter.calls.exchange import Exchange
from callcenter.calls.inbound import Inbound
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegHeard, LegSilent
from callcenter.calls.reattach import Reattachment
from callcenter.calls.registrar import Registrar
from callcenter.media.plane import (
    DigitPressed,
    MediaBack,
    MediaEvent,
    MediaRefused,
    MediaSilent,
    MediaTimeout,
    MediaWorkerDied,
    PlayFinished,
    RecordingClosed,
)
from callcenter.sip.events import IncomingInvite, IncomingRequest, RequestCompleted, SipEvent
from callcenter.sip.grammar import SipParseError

log = structlog.get_logger(__name__)

ACCEPT = "application/sdp, application/dtmf-relay, application/dtmf, message/sipfrag"

EVENT_PACKAGES = "refer"
"Only what REFER subscribes to by itself; SUBSCRIBE finds nothing here (RFC 6665 §8.2.2)."


class Signalling:
    """Dispatches events. Handlers are synchronous; what takes time is a task of the call.

    :param registered: told of an address of record and whether a device of it is there, at each REGISTER that says so.
    """

    def __init__(
        self,
        exchange: Exchange,
        inbound: Inbound,
        registrar: Registrar,
        authenticator: Authenticator,
        registered: Callable[[str, bool], None] = lambda _aor, _there: None,
    ) -> None:
        self._exchange = exchange
        self._inbound = inbound
        self._registrar = registrar
        self._authenticator = authenticator
        self._registered = registered
        self.reattachment = Reattachment(exchange, inbound.location)
        "Told of connections that end; see :meth:`~callcenter.calls.reattach.Reattachment.flow_lost`."
        self.draining = False
        "No new calls; OPTIONS says 503."

    def on_sip(self, event: SipEvent) -> None:
        """Take one event of the SIP core."""
        match event:
            case IncomingInvite():
                self._inbound.invite(event)
            case IncomingRequest():
                self._on_request(event)
            case RequestCompleted(request=request):
                if isinstance(request.data, asyncio.Future) and not request.data.done():
                    request.data.set_result(event)
            case _:
                leg = getattr(event, "session").data  # noqa: B009 - every other event has a session
                if isinstance(leg, Leg):
                    leg.on_sip(event)

    def on_media(self, event: MediaEvent) -> None:
        """Take one event of the media engine."""
        match event:
            case DigitPressed(leg=leg_id, digit=digit):
                if leg := self._exchange.media_legs.get(leg_id):
                    leg.take_digit(digit)
            case PlayFinished(leg=leg_id):
                leg = self._exchange.media_legs.get(leg_id)
                if leg is not None and leg.on_play_finished is not None:
                    leg.on_play_finished(event)
            case MediaTimeout(leg=leg_id) | MediaSilent(leg=leg_id) | MediaBack(leg=leg_id) | MediaRefused(leg=leg_id):
                if leg := self._exchange.media_legs.get(leg_id):
                    self._on_audibility(leg, event)
            case RecordingClosed(recording_id=recording_id):
                if recording := self._exchange.recordings.get(recording_id):
                    recording.on_closed(event)
            case MediaWorkerDied(legs=legs):
                self._on_worker_died(legs)
            case _:
                pass

    def _on_audibility(self, leg: Leg, event: MediaTimeout | MediaSilent | MediaBack | MediaRefused) -> None:
        """Take word of whether a participant can be heard."""
        match event:
            case MediaTimeout() if self.reattachment.is_away(leg):
                pass  # Its owner is expected back.
            case MediaTimeout(silent_s=silent_s):
                leg.call.note("media_timeout", leg_id=leg.id, silent_s=silent_s)
                leg.hang_up(HangupCause.MEDIA_TIMEOUT)
            case MediaRefused(reason=reason):
                leg.call.note("media_refused", leg_id=leg.id, reason=reason)
                leg.hang_up(HangupCause.MEDIA_FAILURE)
            case MediaSilent():
                leg.listener(LegSilent(leg))
                self.reattachment.media_silent(leg)
            case MediaBack():
                leg.listener(LegHeard(leg))
                self.reattachment.media_back(leg)

    def _on_worker_died(self, legs: Sequence[str]) -> None:
        log.error("media worker died", legs=len(legs))
        for leg_id in legs:
            if leg := self._exchange.media_legs.get(leg_id):
                leg.hang_up(HangupCause.MEDIA_FAILURE)
            elif offered := self._exchange.offered_media.get(leg_id):
                offered.worker_died()

    def _on_request(self, event: IncomingRequest) -> None:
        """Answer a request outside any call. Everything but OPTIONS must be authenticated before it learns anything."""
        now = self._exchange.now()
        method = event.request.method
        respond = self._exchange.endpoint.respond
        if method == "OPTIONS":
            if self.draining:
                respond(event.transaction, 503, now, headers=(("Retry-After", "30"),))
            else:
                capabilities = self._exchange.endpoint.capabilities
                respond(event.transaction, 200, now, headers=(("Accept", ACCEPT), *capabilities))
            return
        proven = self._authenticator.check(event.request, event.flow, now)
        if isinstance(proven, Challenge):
            respond(event.transaction, proven.status, now, headers=proven.headers)
        elif method == "REGISTER":
            self._register(event, proven.aor, proven.account.max_bindings if proven.account else 1)
        elif method in ("SUBSCRIBE", "PUBLISH"):
            respond(event.transaction, 489, now, headers=(("Allow-Events", EVENT_PACKAGES),))
        else:
            respond(event.transaction, 405, now, headers=self._exchange.endpoint.capabilities)

    def _register(self, event: IncomingRequest, aor: str, max_bindings: int) -> None:
        now = self._exchange.now()
        request = event.request
        try:
            own = request.to.uri.username == aor
        except SipParseError:
            own = False
        if not own:
            # A user may register only the address of record the credentials belong to (RFC 3261 §10.3 step 4).
            self._exchange.endpoint.respond(event.transaction, 403, now)
            return
        reply = self._registrar.register(request, aor, event.flow, max_bindings, now, self._exchange.clock.utcnow())
        self._exchange.endpoint.respond(
            event.transaction, reply.status, now, reason=reply.reason, headers=reply.headers
        )
        if reply.registered is not None:
            self._registered(aor, reply.registered)
        if reply.registered:
            self.reattachment.registered(aor)
