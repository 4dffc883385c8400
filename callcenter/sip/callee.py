"""The called side of an INVITE until its final response: ringing, 100rel, answer, refusal, CANCEL (RFC 3261 §13.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.base.errors import LocalError
from callcenter.sip.bodies import SDP, sdp_of
from callcenter.sip.events import AnswerReceived, EndCause
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import RAck
from callcenter.sip.message import Request
from callcenter.sip.reliable import ReliableProvisionals
from callcenter.sip.server_transaction import InviteServerTransaction, ServerTransaction
from callcenter.sip.session_timer import settle, supports_timer
from callcenter.sip.timers import Timer
from callcenter.sip.writing import HeaderList, reason_phrase, write_response

if TYPE_CHECKING:
    from callcenter.sip.invite import InviteSession


class Callee:
    """The INVITE transaction of a call to us, and what we may say in it."""

    __slots__ = (
        "_answered_reliably",
        "_deferred",
        "_last",
        "_offered",
        "_refresh",
        "_reliable",
        "_requires_100rel",
        "_session",
        "_supports_100rel",
        "transaction",
    )

    def __init__(self, session: InviteSession, transaction: InviteServerTransaction) -> None:
        self._session = session
        self.transaction = transaction
        transaction.owner = self
        self._requires_100rel, self._supports_100rel = _reliability(transaction.request)
        self._offered = session.remote_sdp is not None
        self._reliable: ReliableProvisionals | None = None
        self._answered_reliably = False
        self._deferred: tuple[str | None, HeaderList] | None = None
        "An answer that waits for a PRACK (RFC 3262 §3)."
        self._last: tuple[int, bytes] | None = None
        self._refresh: Timer | None = None

    def progress(self, status: int, sdp: str | None, reliable: bool | None, headers: HeaderList, now: float) -> None:
        """Send a provisional response above 100."""
        if not 101 <= status <= 199:
            raise LocalError(f"{status} is no progress")
        session = self._session
        use_100rel = self._requires_100rel if reliable is None else reliable and self._supports_100rel
        lines = [*session.record_route_lines, *session.contact_lines(), *headers]
        body = sdp.encode("utf-8", "surrogateescape") if sdp is not None else b""
        if sdp is not None:
            session.local_sdp = sdp
        session.move_provisional()
        if not use_100rel:
            data = self.transaction.respond(status, now, lines, body=body, content_type=SDP)
            self._last = (status, data)
            self._repeat_later(now)
            return
        if self._reliable is None:
            self._reliable = ReliableProvisionals(
                session.layer, self.transaction.request.cseq.number, self._transmit, self._on_no_prack
            )
        rseq = self._reliable.next_rseq
        lines += [("Require", "100rel"), ("RSeq", str(rseq))]
        data = write_response(status, reason_phrase(status), self.transaction.copied, lines, body, SDP)
        self._reliable.send(
            status, rseq, data, now, carries_sdp=sdp is not None, offered=sdp is not None and not self._offered
        )

    def _transmit(self, status: int, data: bytes, now: float) -> None:
        self.transaction.respond_raw(status, data, now)

    def _repeat_later(self, now: float) -> None:
        if self._refresh is not None:
            self._refresh.cancel()
        self._refresh = self._session.layer.timers.at(
            now + self._session.layer.settings.provisional_refresh, self._on_refresh
        )

    def _on_refresh(self, now: float) -> None:
        """Say again that it still rings, or proxies give up after three minutes (§13.3.1.1)."""
        self._refresh = None
        if self._last is not None and not self.transaction.answered:
            self.transaction.respond_raw(*self._last, now)
            self._repeat_later(now)

    def _on_no_prack(self, now: float) -> None:
        """Refuse the call when a reliable response is never acknowledged (RFC 3262 §3)."""
        if not self.transaction.answered:
            self.transaction.respond(504, now)
            self._session.finish_unanswered(EndCause.NO_PRACK, now, status=504)

    def receive_prack(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Match a PRACK with the response it acknowledges; 481 when there is none."""
        try:
            rack = request.one("RAck", RAck.parse)
        except SipParseError as error:
            transaction.respond(400, now, reason=error.reason)
            return
        offered = None if rack is None or self._reliable is None else self._reliable.acknowledge(rack)
        if offered is None or self._reliable is None:
            transaction.respond(481, now)
            return
        session = self._session
        sdp = sdp_of(request)
        if offered:
            transaction.respond(200, now)
            if sdp is not None:
                session.remote_sdp = sdp
            self._answered_reliably = True
            session.exchange_open = False
            session.emit(AnswerReceived(session, sdp))
        else:
            if session.local_sdp is not None:
                self._answered_reliably = True
                session.exchange_open = False
            if sdp is None:
                transaction.respond(200, now)
            else:
                session.offers.receive(transaction, request, now)
        if self.transaction.answered:
            return
        self._reliable.resume(now)
        deferred = self._deferred
        if deferred is not None and not self._reliable.waiting_with_sdp:
            self._deferred = None
            self.accept(*deferred, now)

    def accept(self, sdp: str | None, headers: HeaderList, now: float) -> None:
        """Send 200; it waits when a description of ours is not acknowledged yet."""
        session = self._session
        if self._reliable is not None and self._reliable.waiting_with_sdp:
            self._deferred = (sdp, list(headers))
            return
        request = self.transaction.request
        agreement = settle(request, session.layer.settings)
        lines = [
            *session.record_route_lines,
            *session.contact_lines(),
            *session.capability_lines(),
            *agreement.headers(supports_timer(request)),
            *headers,
        ]
        settled = self._answered_reliably
        body = sdp.encode("utf-8", "surrogateescape") if sdp is not None and not settled else b""
        session.move_accepted()
        data = self.transaction.respond(200, now, lines, body=body, content_type=SDP)
        if sdp is not None:
            session.local_sdp = sdp
        self.stop()
        session.await_ack(data, self.transaction, now, offered=bool(body) and not self._offered)
        session.timer.restart(agreement, "uas", now)

    def reject(self, status: int, reason: str | None, headers: HeaderList, now: float) -> None:
        """Send a final response of 300 or more."""
        if not 300 <= status <= 699:
            raise LocalError(f"{status} is no refusal")
        self.transaction.respond(status, now, headers, reason=reason)

    def on_cancel(self, transaction: InviteServerTransaction, cancel: Request, now: float) -> None:
        """The caller gave up (§9.2)."""
        transaction.respond(487, now)
        self._session.finish_unanswered(EndCause.CANCELLED, now, status=487, reason_header=cancel.headers.get("Reason"))

    def on_path_lost(self, transaction: InviteServerTransaction, now: float) -> None:
        """Nobody is there to be answered."""
        self._session.finish_unanswered(EndCause.TRANSPORT, now, status=503)

    def stop(self) -> None:
        """The INVITE has its final response."""
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        if self._reliable is not None:
            self._reliable.stop()
        self._deferred = None


def _reliability(request: Request) -> tuple[bool, bool]:
    """Return whether the caller requires and whether it supports 100rel."""
    fields = request.headers.fields
    required = "Require" in fields and any(tag.lower() == "100rel" for tag in request.headers.get_all("Require"))
    if required:
        return True, True
    return False, "Supported" in fields and any(tag.lower() == "100rel" for tag in request.headers.get_all("Supported"))
