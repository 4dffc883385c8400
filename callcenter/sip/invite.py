"""An INVITE session: one dialog-to-be with its INVITE usage, seen from either side (RFC 3261 §13-15).

The session owns its state (``session_state.SESSION``) and everything that lives as long as the call; what ends with the
first final response is ``Caller`` or ``Callee``, changing the session is ``OfferExchange``, transfer ``ReferUsage``.
"""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.base.errors import IllegalTransition
from callcenter.sip.bodies import SDP, sdp_of
from callcenter.sip.callee import Callee
from callcenter.sip.caller import Caller
from callcenter.sip.dialog import Dialog, DialogInput
from callcenter.sip.events import (
    AnswerReceived,
    EndCause,
    IncomingRequest,
    InfoReceived,
    RequestAnswered,
    SessionConfirmed,
    SessionEnded,
)
from callcenter.sip.flow import Flow, Target
from callcenter.sip.inside import Authorizer
from callcenter.sip.message import Request, Response
from callcenter.sip.refer import IncomingRefer, OutgoingRefer
from callcenter.sip.server_transaction import InviteServerTransaction, ServerTransaction
from callcenter.sip.session_core import HAS_DIALOG, UNANSWERED, SessionCore
from callcenter.sip.session_state import SESSION, Role, SessionInput, SessionState
from callcenter.sip.sessions import SessionTable
from callcenter.sip.writing import HeaderList, RequestDraft

__all__ = ["HeaderList", "InviteSession", "Role", "SessionState"]


class InviteSession(SessionCore):
    """Commands never block; what comes of them arrives as events. An illegal command raises IllegalTransition.

    Read-only for the application: ``id``, ``role``, ``state``, ``call_id``, ``local_tag``, ``remote_tag``,
    ``local_uri`` and ``remote_uri`` (our and the peer's From/To value), ``request`` (the INVITE we received, None when
    we called), ``flow``, ``remote_sdp``, ``local_sdp``. ``data`` is free for the application.
    """

    __slots__ = ()

    # Making one

    @classmethod
    def incoming(cls, table: SessionTable, transaction: InviteServerTransaction, flow: Flow) -> InviteSession:
        """Take a call; SipParseError when the request cannot make a dialog, and then nothing is kept."""
        request = transaction.request
        dialog = Dialog.for_callee(request, transaction.to_tag, flow)
        uri = request.request_uri
        contact = table.contact(uri.user if uri.is_sip else "", flow, None, secure=uri.scheme == "sips")
        session = cls(table, Role.UAS, request.call_id, transaction.to_tag, contact)
        fields = request.headers.fields
        session.request = request
        session.local_uri = fields["To"][0]
        session.remote_uri = fields["From"][0]
        session.remote_sdp = sdp_of(request)
        if "Record-Route" in fields:
            session.record_route_lines = [("Record-Route", value) for value in fields["Record-Route"]]
        session.note_capabilities(request)
        session._dialog = dialog
        session.register(dialog)
        session._callee = Callee(session, transaction)
        return session

    def call(
        self,
        draft: RequestDraft,
        flow: Flow | None,
        target: Target | None,
        authorizer: Authorizer | None,
        now: float,
    ) -> None:
        """Send the INVITE of a session that was just made."""
        self.authorizer = authorizer
        self.local_uri = draft.from_
        self.remote_uri = draft.to
        self._caller = Caller(self, draft, flow, target, now)

    # What the application may ask

    @property
    def remote_tag(self) -> str | None:
        """The peer's tag, None before any of its responses named one."""
        return None if self._dialog is None else self._dialog.remote_tag

    @property
    def flow(self) -> Flow | None:
        """The path to the peer, None while it is not known."""
        if self._dialog is not None and self._dialog.flow is not None:
            return self._dialog.flow
        return None if self._caller is None else self._caller.transaction.flow

    @property
    def remote_target(self) -> str | None:
        """The URI of the peer's Contact, None before it named one."""
        return None if self._dialog is None else self._dialog.remote_target

    def use_flow(self, flow: Flow) -> None:
        """Send what follows over ``flow``: the peer has opened a new connection (RFC 5626 §4.3)."""
        if self._dialog is not None:
            self._dialog.follow_flow(flow)

    @property
    def heard(self) -> bool:
        """Tell whether the INVITE we sent brought anything yet, be it 100: the next hop is alive."""
        return self._caller is not None and (self._caller.heard or self.state is not SessionState.CALLING)

    # Commands of the called side

    def progress(
        self, status: int, sdp: str | None = None, reliable: bool | None = None, headers: HeaderList = (), *, now: float
    ) -> None:
        """Send a provisional response. ``reliable`` None: by 100rel exactly when the caller requires it (RFC 3262)."""
        self._called(SessionInput.PROVISIONAL).progress(status, sdp, reliable, headers, now)

    def accept(self, sdp: str | None, now: float, headers: HeaderList = ()) -> None:
        """Send 200 with our answer, or with our offer when the INVITE had none (then ``SessionConfirmed.sdp`` answers).

        It waits by itself for the PRACK of a reliable provisional response with a description.
        """
        self._called(SessionInput.SUCCESS).accept(sdp, headers, now)

    def reject(self, status: int, reason: str | None = None, headers: HeaderList = (), *, now: float) -> None:
        """Send a final response of 300 or more; SessionEnded(REJECTED) follows."""
        self._called(SessionInput.FAILURE).reject(status, reason, headers, now)
        self.finish_unanswered(EndCause.REJECTED, now, status=status)

    def redirect(self, contacts: Sequence[str], now: float, *, status: int = 302) -> None:
        """Reject with the URIs in Contact."""
        self.reject(status, headers=[("Contact", f"<{uri}>") for uri in contacts], now=now)

    def _called(self, event: SessionInput) -> Callee:
        if self._callee is None or not SESSION.allows(self.state, event):
            raise IllegalTransition(f"{event.name} is not allowed for {self.role.name} in {self.state.name}")
        return self._callee

    # Commands of the calling side

    def cancel(self, reason_header: str | None = None, *, now: float) -> None:
        """Give up an unanswered INVITE of ours. A 2xx that crosses is acknowledged and ended by itself."""
        if self._caller is None:
            raise IllegalTransition("only the caller cancels")
        self.give_up(EndCause.CANCELLED, now, reason_header)

    def give_up(self, cause: EndCause, now: float, reason_header: str | None = None) -> None:
        """Cancel for whatever ``cause``."""
        caller = self._caller
        assert caller is not None
        self.state = SESSION.next(self.state, SessionInput.GIVE_UP)
        caller.cancel(reason_header, now, cause)

    def ack(self, sdp: str | None, now: float) -> None:
        """Acknowledge a 2xx that carried an offer (events with ``needs_ack``), with our answer."""
        if self.offers.ack(sdp):
            return
        if self._caller is None or self.state is not SessionState.ACCEPTED:
            raise IllegalTransition("there is nothing to acknowledge")
        if sdp is not None:
            self.local_sdp = sdp
        self._caller.acknowledge(sdp)

    # Commands of both sides

    def bye(self, reason_header: str | None = None, *, now: float, headers: HeaderList = ()) -> None:
        """End an answered session; SessionEnded(LOCAL_BYE) follows at once."""
        lines = list(headers)
        if reason_header is not None:
            lines.append(("Reason", reason_header))
        self.close(EndCause.LOCAL_BYE, now, lines)

    def end(self, cause: EndCause, now: float, *, status: int = 480, reason_header: str | None = None) -> None:
        """Reject, cancel or bye, whichever fits; nothing when already over. ``cause`` is what SessionEnded will say."""
        lines = [("Reason", reason_header)] if reason_header is not None else []
        if self.state in (SessionState.INCOMING, SessionState.EARLY) and self._callee is not None:
            self._callee.reject(status, None, lines, now)
            self.finish_unanswered(cause, now, status=status)
        elif self.state in (SessionState.CALLING, SessionState.EARLY):
            self.give_up(cause, now, reason_header)
        elif self.state in HAS_DIALOG:
            self.close(cause, now, lines)

    def reoffer(self, sdp: str | None, now: float, method: str = "INVITE", headers: HeaderList = ()) -> None:
        """Propose new session parameters; glare (491) is retried inside; ReofferCompleted follows.

        :raises LocalError: a proposal of ours is under way.
        """
        if self._ended or self._dialog is None:
            raise IllegalTransition(f"there is no session to change in {self.state.name}")
        self.offers.propose(sdp, method, headers, now)

    def answer(self, offer_id: int, sdp: str | None, now: float) -> None:
        """Accept a SessionOffer with our answer (or our offer, when it carried none)."""
        self.offers.answer(offer_id, sdp, now)

    def refuse(self, offer_id: int, status: int = 488, *, now: float, headers: HeaderList = ()) -> None:
        """Refuse a SessionOffer; the session keeps its parameters."""
        self.offers.refuse(offer_id, status, now, headers)

    def info(self, content_type: str, body: bytes, now: float, headers: HeaderList = ()) -> None:
        """Send INFO; RequestAnswered follows."""
        self._send_for_application("INFO", content_type, body, now, headers)

    def message(self, content_type: str, body: bytes, now: float, headers: HeaderList = ()) -> None:
        """Send MESSAGE inside the dialog; RequestAnswered follows."""
        self._send_for_application("MESSAGE", content_type, body, now, headers)

    def _send_for_application(
        self, method: str, content_type: str, body: bytes, now: float, headers: HeaderList
    ) -> None:
        def on_final(status: int, response: Response | None, at: float) -> None:
            if not self._ended:
                self.emit(RequestAnswered(self, method, status, response))
                self.judge(status, response, at)

        self.send_inside(method, list(headers), now, on_final=on_final, body=body, content_type=content_type)

    def refer(
        self, refer_to: str, now: float, referred_by: str | None = None, replaces: InviteSession | None = None
    ) -> OutgoingRefer:
        """Ask the peer to call ``refer_to`` (RFC 3515), taking over ``replaces`` when given; ReferProgress follows."""
        return self.refers.send(refer_to, referred_by, replaces, now)

    def accept_refer(self, refer: IncomingRefer, now: float) -> None:
        """Answer 202 and send the first NOTIFY (100 Trying)."""
        self.refers.accept(refer, now)

    def reject_refer(self, refer: IncomingRefer, status: int, now: float) -> None:
        """Refuse a REFER."""
        self.refers.reject(refer, status, now)

    def notify_refer(self, refer: IncomingRefer, status: int, reason: str | None = None, *, now: float) -> None:
        """Tell the transferor how the call it asked for is doing; a final status ends the subscription."""
        self.refers.notify(refer, status, reason, now)

    # What requests inside the dialog do; called by the endpoint

    def receive(self, transaction: ServerTransaction, request: Request, dialog: Dialog, flow: Flow, now: float) -> None:
        """Take a request of the peer other than ACK and CANCEL."""
        if not dialog.in_order(request.cseq.number):
            transaction.respond(500, now)  # §12.2.2
            return
        dialog.follow_flow(flow)
        method = request.method
        if method == "BYE":
            self._receive_bye(transaction, request, now)
        elif self._ended:
            transaction.respond(481, now)
        elif method == "INVITE":
            self._receive_reinvite(transaction, request, now)
        elif method == "UPDATE":
            self.offers.receive(transaction, request, now)
        elif method == "PRACK" and self._callee is not None:
            self._callee.receive_prack(transaction, request, now)
        elif method == "REFER":
            self.refers.receive_refer(transaction, request, now)
        else:
            self._receive_other(transaction, request, flow, now)

    def _receive_other(self, transaction: ServerTransaction, request: Request, flow: Flow, now: float) -> None:
        method = request.method
        if method == "INFO":
            if "Info-Package" in request.headers.fields:
                transaction.respond(469, now, [("Recv-Info", "")])  # RFC 6086 §4.2.2: we know no packages.
                return
            transaction.respond(200, now)
            kind = request.headers.get("Content-Type")
            self.emit(InfoReceived(self, kind, request.body, request))
        elif method == "OPTIONS":
            transaction.respond(200, now, [*self.contact_lines(), ("Accept", SDP), *self.capability_lines()])
        elif method == "PRACK":
            transaction.respond(481, now)
        elif method == "NOTIFY" and self.refers.receive_notify(transaction, request, now):
            return
        else:
            self.emit(IncomingRequest(transaction, request, flow, self))

    def _receive_reinvite(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if self.state in UNANSWERED:
            if self._callee is not None:  # A second INVITE before the first is answered (§14.2).
                transaction.respond(500, now, [("Retry-After", str(int(self.layer.fraction() * 10)))])
            else:
                transaction.respond(491, now)
        elif self.state is SessionState.ACCEPTED and self._caller is not None:
            transaction.respond(491, now)  # We still owe the ACK with our answer.
        elif isinstance(transaction, InviteServerTransaction):
            self.offers.receive(transaction, request, now)

    def _receive_bye(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.respond(200, now)
        if self.state is SessionState.CLOSING:
            # Both hang up at once. Whoever still waits for an ACK need not say BYE any more.
            waiting = bool(self._unacked)
            self._stop_repeating()
            self.state = SESSION.next(self.state, SessionInput.PEER_BYE)
            if waiting:
                self._on_bye_done(200, None, now)
            return
        if not SESSION.allows(self.state, SessionInput.PEER_BYE):
            return
        unanswered = self.state in (*UNANSWERED, SessionState.CANCELLING)
        self.state = SESSION.next(self.state, SessionInput.PEER_BYE)
        if unanswered and self._callee is not None and not self._callee.transaction.answered:
            self._callee.transaction.respond(487, now)
        elif unanswered and self._caller is not None:
            self._caller.cancel(None, now, EndCause.REMOTE_BYE)
        self._finish(SessionEnded(self, EndCause.REMOTE_BYE, reason_header=request.headers.get("Reason")), now)
        self._leave(DialogInput.BYE)

    def receive_ack(self, request: Request, now: float) -> None:
        """Take an ACK that no transaction absorbed; a repeated or foreign one is ignored."""
        answer = self._unacked.pop(request.cseq.number, None)
        if answer is None:
            return
        answer.stop()
        sdp = sdp_of(request) if answer.offered else None
        if self._ended:
            if self.state is SessionState.CLOSING and not self._unacked:
                self.send_bye(now)
            return
        if sdp is not None:
            self.remote_sdp = sdp
        if self.state is SessionState.ACCEPTED and self.request is not None and answer.initial:
            self.state = SESSION.next(self.state, SessionInput.ACK)
            self.emit(SessionConfirmed(self, sdp))
        elif answer.offered:
            self.emit(AnswerReceived(self, sdp))
