"""Changing a session that exists: re-INVITE and UPDATE in both directions (RFC 3261 §14, RFC 3311, RFC 6141).

One proposal may be open at a time. When both sides propose at once, each refuses the other's with 491 and tries again
after a random time that differs by side (§14.1), so that somebody wins.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from callcenter.base.errors import LocalError
from callcenter.sip.bodies import SDP, sdp_of
from callcenter.sip.client_transaction import ClientTransaction, InviteClientTransaction, NonInviteClientTransaction
from callcenter.sip.events import ReofferCompleted, SessionOffer
from callcenter.sip.flow import Flow, Target
from callcenter.sip.grammar import SipParseError
from callcenter.sip.inside import retry_after
from callcenter.sip.message import Request, Response
from callcenter.sip.server_transaction import InviteServerTransaction, ServerTransaction
from callcenter.sip.session_timer import (
    proposal,
    required_interval,
    settle,
    settled_by,
    supports_timer,
    too_small,
)
from callcenter.sip.timers import Timer
from callcenter.sip.writing import HeaderList, RequestDraft

if TYPE_CHECKING:
    from callcenter.sip.invite import InviteSession

MAX_GLARE_RETRIES = 10
"491 answers in a row after which a proposal of ours is given up."


class _Proposal:
    """A re-INVITE or UPDATE of ours on its way."""

    __slots__ = ("attempt", "draft", "headers", "method", "moved", "refresh", "retries", "sdp", "timer", "transaction")

    def __init__(self, sdp: str | None, method: str, headers: HeaderList, *, refresh: bool) -> None:
        self.sdp = sdp
        self.method = method
        self.headers = list(headers)
        self.refresh = refresh
        "Only the session timer wants it; the application hears nothing."
        self.retries = 0
        self.attempt = 0
        self.moved = False
        "It left a lost connection for the dialog's target once."
        self.timer: Timer | None = None
        self.draft: RequestDraft | None = None
        self.transaction: ClientTransaction | None = None


class OfferExchange:
    """The open proposals of one session."""

    __slots__ = ("_ack", "_id", "_ids", "_mine", "_offer", "_pending", "_session", "_unacked")

    def __init__(self, session: InviteSession) -> None:
        self._session = session
        self._ids = count(1)
        self._id = 0
        self._pending: ServerTransaction | None = None
        "The peer's proposal that the application has not answered."
        self._offer: str | None = None
        self._mine: _Proposal | None = None
        self._unacked: tuple[ClientTransaction, RequestDraft] | None = None
        "A 2xx with an offer to our re-INVITE without one: the application owes the ACK."
        self._ack: tuple[ClientTransaction, bytes, Flow | None, Target | None] | None = None
        "The last ACK, for retransmitted 2xx."

    @property
    def peer_waits(self) -> bool:
        """Tell whether a proposal of the peer is unanswered, and not yet given up by it."""
        if self._pending is not None and self._pending.lost:
            self._pending = None
        return self._pending is not None

    @property
    def busy(self) -> bool:
        """Tell whether a proposal of ours is under way."""
        return self._mine is not None or self._unacked is not None

    # The peer proposes

    def receive(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Take a re-INVITE, UPDATE or the offer in a PRACK: refuse what collides, hand the rest to the application."""
        session = self._session
        sdp = sdp_of(request)
        if request.method == "UPDATE" and sdp is None:
            self._refresh_by_peer(transaction, request, now)
            return
        if self.peer_waits:
            # A second proposal before the first is answered (§14.2, RFC 3311 §5.2).
            transaction.respond(500, now, [("Retry-After", str(int(session.layer.fraction() * 10)))])
            return
        if self._sent_proposal() or session.awaits_answer:
            transaction.respond(491, now)
            return
        if request.method == "UPDATE" and session.exchange_open:
            # The INVITE's own offer comes first: theirs waits for us (500), ours waits for them (491), RFC 3311 §5.2.
            if session.is_caller:
                transaction.respond(491, now)
            else:
                transaction.respond(500, now, [("Retry-After", str(int(session.layer.fraction() * 10)))])
            return
        small = too_small(request, session.layer.settings)
        if small is not None and request.method != "PRACK":
            transaction.respond(422, now, small)
            return
        self._pending = transaction
        self._offer = sdp
        self._id = next(self._ids)
        if isinstance(transaction, InviteServerTransaction):
            transaction.owner = self
        session.emit(SessionOffer(session, self._id, sdp, request.method, request))

    def _sent_proposal(self) -> bool:
        if self._unacked is not None:
            return True
        mine = self._mine
        return mine is not None and mine.transaction is not None and (mine.method == "INVITE" or mine.sdp is not None)

    def _refresh_by_peer(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        small = too_small(request, self._session.layer.settings)
        if small is not None:
            transaction.respond(422, now, small)
            return
        transaction.respond(200, now, self._success_lines(request, now))

    def _success_lines(self, request: Request, now: float) -> list[tuple[str, str]]:
        """Follow the peer's Contact, restart the session timer, return the lines of our 2xx."""
        session = self._session
        session.dialog.refresh_target(request)
        session.note_capabilities(request)
        lines = session.contact_lines()
        agreement = settle(request, session.layer.settings)
        if agreement.interval or session.timer.running:
            session.timer.restart(agreement, "uas", now)
        return lines + session.capability_lines() + agreement.headers(supports_timer(request))

    def answer(self, offer_id: int, sdp: str | None, now: float) -> None:
        """Accept the open proposal; one that was withdrawn meanwhile is passed over."""
        transaction = self._pending
        if transaction is None or offer_id != self._id:
            return
        session = self._session
        self._pending = None
        request = transaction.request
        body = sdp.encode("utf-8", "surrogateescape") if sdp is not None else b""
        if request.method == "PRACK":
            transaction.respond(200, now, body=body, content_type=SDP)
        else:
            data = transaction.respond(200, now, self._success_lines(request, now), body=body, content_type=SDP)
            if isinstance(transaction, InviteServerTransaction):
                session.await_ack(data, transaction, now, offered=self._offer is None and sdp is not None)
        if sdp is not None:
            session.local_sdp = sdp
        if self._offer is not None:
            session.remote_sdp = self._offer

    def refuse(self, offer_id: int, status: int, now: float, headers: HeaderList) -> None:
        """Refuse the open proposal."""
        transaction = self._pending
        if transaction is not None and offer_id == self._id:
            self._pending = None
            transaction.respond(status, now, headers)

    def on_cancel(self, transaction: InviteServerTransaction, cancel: Request, now: float) -> None:
        """The peer withdrew its re-INVITE."""
        if self._pending is transaction:
            self._pending = None
        transaction.respond(487, now)

    # We propose

    def propose(self, sdp: str | None, method: str, headers: HeaderList, now: float, *, refresh: bool = False) -> None:
        """Send a re-INVITE or UPDATE, as soon as nothing is in its way."""
        if method not in ("INVITE", "UPDATE"):
            raise LocalError(f"{method} proposes nothing")
        if self.busy:
            raise LocalError("a proposal is under way: wait for ReofferCompleted")
        self._mine = _Proposal(sdp, method, headers, refresh=refresh)
        self._send_mine(now)

    def refresh(self, now: float) -> None:
        """Prove that we live (RFC 4028 §7.4): UPDATE when the peer knows it, else the same description again."""
        session = self._session
        if self.busy or self.peer_waits:
            session.timer.try_again_at(now + 5.0)
        elif session.peer_allows("UPDATE"):
            self.propose(None, "UPDATE", (), now, refresh=True)
        else:
            self.propose(session.local_sdp, "INVITE", (), now, refresh=True)

    def _send_mine(self, now: float) -> None:
        mine, session = self._mine, self._session
        if mine is None:
            return
        mine.timer = None
        if self.peer_waits or not session.may_propose(mine.method) or (mine.sdp and session.awaits_answer):
            # Neither before the first exchange is over nor into the peer's open proposal (§14.1): look again soon.
            mine.timer = session.layer.timers.at(now + session.layer.settings.t1, self._send_mine)
            return
        if mine.method == "UPDATE" and session.confirmed and not session.peer_allows("UPDATE"):
            mine.method = "INVITE"
        timer = session.timer
        interval = timer.interval or session.layer.settings.session_expires
        refresher = None
        if timer.running:
            refresher = "uac" if timer.ours else "uas"
        headers = [
            *mine.headers,
            *session.contact_lines(),
            *session.capability_lines(),
            *(proposal(max(interval, timer.min_se), timer.min_se, refresher) if interval else ()),
        ]
        body = mine.sdp.encode("utf-8", "surrogateescape") if mine.sdp is not None else b""
        mine.draft = session.dialog.draft(mine.method, headers, body, SDP)
        self._transmit(mine, now)

    def _transmit(self, mine: _Proposal, now: float) -> None:
        session = self._session
        flow, target = session.dialog.hop()
        assert mine.draft is not None
        kind = InviteClientTransaction if mine.method == "INVITE" else NonInviteClientTransaction
        mine.transaction = kind(session.layer, mine.draft, flow, target, self, now)

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take what the peer says to our proposal."""
        status = response.status
        mine = self._mine
        if status < 200:
            if isinstance(transaction, InviteClientTransaction):
                transaction.give_up_at(now + self._session.layer.settings.timer_c)
        elif mine is None or mine.transaction is not transaction:
            self._late(transaction, response)
        elif status < 300:
            self._accepted(mine, transaction, response, now)
        else:
            self._refused(mine, response, now)

    def _late(self, transaction: ClientTransaction, response: Response) -> None:
        """Acknowledge a 2xx that was repeated, or came after the session's end; none goes without ACK (§13.2.2.4)."""
        if not 200 <= response.status < 300 or not isinstance(transaction, InviteClientTransaction):
            return
        if self._unacked is not None and self._unacked[0] is transaction:
            return
        if self._ack is not None and self._ack[0] is transaction:
            self._session.layer.send(*self._ack[1:])
        else:
            self._acknowledge(transaction, transaction.draft, None)

    def _acknowledge(self, transaction: ClientTransaction, draft: RequestDraft, sdp: str | None) -> None:
        data, flow, target = self._session.make_ack(draft, sdp)
        self._ack = (transaction, data, flow, target)
        self._session.layer.send(data, flow, target)

    def _accepted(self, mine: _Proposal, transaction: ClientTransaction, response: Response, now: float) -> None:
        session = self._session
        self._mine = None
        with suppress(SipParseError):  # Then the old target goes on.
            session.dialog.refresh_target(response)
        session.note_capabilities(response)
        agreement = settled_by(response)
        if agreement.interval or session.timer.running:
            session.timer.restart(agreement, "uac", now)
        sdp = sdp_of(response)
        needs_ack = False
        if mine.method == "INVITE":
            needs_ack = mine.sdp is None and sdp is not None
            if needs_ack:
                self._unacked = (transaction, transaction.draft)
            else:
                self._acknowledge(transaction, transaction.draft, None)
        if mine.sdp is not None:
            session.local_sdp = mine.sdp
        if sdp is not None:
            session.remote_sdp = sdp
        if not mine.refresh:
            session.emit(ReofferCompleted(session, True, response.status, sdp, needs_ack))

    def ack(self, sdp: str | None) -> bool:
        """Send the ACK the application owes; False when it owes none here."""
        if self._unacked is None:
            return False
        transaction, draft = self._unacked
        self._unacked = None
        self._acknowledge(transaction, draft, sdp)
        if sdp is not None:
            self._session.local_sdp = sdp
        return True

    def _refused(self, mine: _Proposal, response: Response, now: float) -> None:
        session, status = self._session, response.status
        draft = mine.draft
        assert draft is not None
        if status == 491 and mine.retries < MAX_GLARE_RETRIES:
            mine.retries += 1
            mine.transaction = None
            fraction = session.layer.fraction()
            # In units of 10 ms: the owner of the Call-ID waits longer, so that the other side wins (§14.1).
            wait = (210 + int(fraction * 191)) / 100 if session.is_caller else int(fraction * 201) / 100
            mine.timer = session.layer.timers.at(now + wait, self._send_mine)
            return
        authorizer = session.authorizer if status in (401, 407) else None
        if authorizer is not None and authorizer.answer(draft, response, mine.attempt):
            mine.attempt += 1
            self._repeat(mine, now)
            return
        if status == 422 and mine.attempt < session.layer.settings.auth_attempts:
            wanted = required_interval(response, session.layer.settings)
            if wanted is not None and wanted > session.timer.min_se:
                mine.attempt += 1
                session.timer.min_se = wanted
                session.timer.interval = max(session.timer.interval, wanted)
                mine.transaction = None
                self._send_mine(now)
                return
        self._failed(mine, status, response, now)

    def _repeat(self, mine: _Proposal, now: float) -> None:
        dialog = self._session.dialog
        dialog.local_cseq += 1
        assert mine.draft is not None
        mine.draft.cseq = dialog.local_cseq
        self._transmit(mine, now)

    def _failed(self, mine: _Proposal, status: int, response: Response | None, now: float) -> None:
        """The session goes on as it was (§14.1), unless the answer says that there is none any more."""
        session = self._session
        self._mine = None
        wait = retry_after(response)
        if mine.refresh:
            session.timer.try_again_at(now + (wait or 5))
        else:
            session.emit(ReofferCompleted(session, False, status, None, retry_after=wait))
        session.judge(status, response, now)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """Nobody answers inside the dialog."""
        if self._mine is not None and self._mine.transaction is transaction:
            self._failed(self._mine, 408, None, now)

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """Try the dialog's target once when the connection we shared is gone, then report."""
        mine = self._mine
        if mine is not None and mine.transaction is transaction:
            dialog = self._session.dialog
            if transaction.flow is not None and not mine.moved:
                mine.moved = True
                if dialog.flow == transaction.flow:
                    dialog.forget_flow()
                if dialog.hop()[1] is not None:
                    self._repeat(mine, now)
                    return
            self._failed(mine, 503, None, now)

    def on_path_lost(self, transaction: InviteServerTransaction, now: float) -> None:
        """The connection closed before the peer's re-INVITE was answered."""
        if self._pending is transaction:
            self._pending = None

    def stop(self, now: float) -> None:
        """The session is over: refuse what is open (487 to a re-INVITE, RFC 3261 §15.1.2), forget what is ours."""
        transaction = self._pending
        if transaction is not None:
            self._pending = None
            if not transaction.answered:
                transaction.respond(487 if transaction.request.method == "INVITE" else 481, now)
        if self._unacked is not None:
            self.ack(None)
        mine = self._mine
        if mine is not None:
            self._mine = None
            if mine.timer is not None:
                mine.timer.cancel()
            if isinstance(mine.transaction, InviteClientTransaction):
                mine.transaction.give_up_at(now + 64 * self._session.layer.settings.t1)
