"""The calling side of an INVITE: forks, challenges, CANCEL, and the answer that wins (RFC 3261 §13.2)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from callcenter.sip.bodies import sdp_of
from callcenter.sip.client_transaction import ClientTransaction, InviteClientTransaction, NonInviteClientTransaction
from callcenter.sip.dialog import Dialog, DialogInput
from callcenter.sip.events import EndCause, SessionAnswered, SessionProgress
from callcenter.sip.flow import Flow, Target
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import parse_rseq
from callcenter.sip.inside import DialogRequest, ignore_final
from callcenter.sip.message import Response
from callcenter.sip.session_timer import required_interval, settled_by
from callcenter.sip.timers import Timer
from callcenter.sip.writing import RequestDraft

if TYPE_CHECKING:
    from callcenter.sip.invite import InviteSession


class CancelWatcher:
    """The user of a CANCEL transaction: its outcome changes nothing, the INVITE's does."""

    __slots__ = ()

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Be content."""

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """Be content."""

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """Be content."""


_CANCEL_WATCHER = CancelWatcher()


class Caller:
    """The INVITE transactions of a call of ours (one after another when challenged) and the dialogs its forks make."""

    __slots__ = (
        "_acks",
        "_attempt",
        "_cancel_reason",
        "_cancel_sent",
        "_cause",
        "_flow",
        "_session",
        "_target",
        "_timer_c",
        "draft",
        "early",
        "heard",
        "transaction",
    )

    def __init__(
        self, session: InviteSession, draft: RequestDraft, flow: Flow | None, target: Target | None, now: float
    ) -> None:
        self._session = session
        self.draft = draft
        self._flow = flow
        self._target = target
        self.early: dict[str, Dialog] = {}
        "Dialogs of provisional responses by the peer's tag."
        self._acks: dict[str, tuple[bytes, Flow | None, Target | None]] = {}
        "ACKs sent, by the peer's tag: a 2xx that comes again is acknowledged again."
        self._attempt = 0
        self.heard = False
        "A provisional response came, so CANCEL may be sent (§9.1)."
        self._cancel_reason: str | None = None
        self._cancel_sent = False
        self._cause = EndCause.CANCELLED
        self._timer_c: Timer | None = None
        self.transaction = InviteClientTransaction(session.layer, draft, flow, target, self, now)

    # What comes back

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take whatever the INVITE brings."""
        status = response.status
        if status < 200:
            if transaction is self.transaction:
                self._provisional(response, now)
        elif status < 300:
            self._success(transaction, response, now)
        elif transaction is self.transaction:
            self._failure(response, now)

    def _provisional(self, response: Response, now: float) -> None:
        session = self._session
        self.heard = True
        if session.giving_up:
            self._send_cancel(now)
        else:
            self._restart_timer_c(now)
        if response.status == 100:
            return
        tag = response.to.params.get("tag")
        dialog = self._early_dialog(tag, response)
        reliable = False
        if dialog is not None:
            rseq = _reliable_number(response)
            if rseq is not None:
                if dialog.remote_rseq is not None and rseq != dialog.remote_rseq + 1:
                    return  # A repetition, or one that overtook another (RFC 3262 §4).
                dialog.remote_rseq = rseq
                reliable = True
                self._send_prack(dialog, rseq, now)
        if session.giving_up or session.over:
            return
        sdp = sdp_of(response)
        session.note_capabilities(response)
        session.move_provisional()
        if dialog is not None:
            session.adopt(dialog)
        if sdp is not None:
            session.remote_sdp = sdp
            if reliable:
                session.exchange_open = False
        session.emit(SessionProgress(session, response.status, response.reason, sdp, tag, reliable, response))

    def _early_dialog(self, tag: str | None, response: Response) -> Dialog | None:
        if tag is None:
            return None
        dialog = self.early.get(tag)
        if dialog is None and len(self.early) < self._session.layer.settings.max_early_dialogs:
            dialog = self.early[tag] = self._make_dialog(response)
            self._session.register(dialog)
        return dialog

    def _make_dialog(self, response: Response) -> Dialog:
        return Dialog.for_caller(self.draft, self._session.local_tag, response, self.transaction.flow)

    def _send_prack(self, dialog: Dialog, rseq: int, now: float) -> None:
        headers = [("RAck", f"{rseq} {self.draft.cseq} INVITE")]
        draft = dialog.draft("PRACK", headers)
        DialogRequest(self._session.layer, dialog, draft, ignore_final, now, self._session.authorizer)

    def _success(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        session = self._session
        tag = response.to.params.get("tag") or ""
        known = self._acks.get(tag)
        if known is not None:
            session.layer.send(*known)
            return
        if session.awaits_our_ack and session.remote_tag == tag:
            return  # Repeated because the application still owes the ACK.
        dialog = self.early.get(tag)
        if dialog is None:
            dialog = self._make_dialog(response)
        else:
            dialog.set_routes_from(response)
            with suppress(SipParseError):  # Then the provisional's Contact goes on.
                dialog.refresh_target(response)
        if dialog.flow is None:
            dialog.flow = transaction.flow
        if session.answered or session.giving_up or session.over:
            self._dismiss(dialog, tag, now)
            return
        self._win(dialog, tag, response, now)

    def _win(self, dialog: Dialog, tag: str, response: Response, now: float) -> None:
        session = self._session
        self.stop()
        for other in self.early.values():
            if other is not dialog:
                other.move(DialogInput.FAILURE)
                session.unregister(other)
        self.early.clear()
        session.register(dialog)
        session.adopt(dialog)
        session.note_capabilities(response)
        session.move_accepted()
        sdp = sdp_of(response)
        if sdp is not None:
            session.remote_sdp = sdp
        needs_ack = not self.draft.body and sdp is not None
        if not needs_ack:
            self.acknowledge(None)
        session.timer.restart(settled_by(response), "uac", now)
        session.emit(SessionAnswered(session, sdp, needs_ack, response))

    def acknowledge(self, sdp: str | None) -> None:
        """Send the ACK of the 2xx that won, with our answer when it carried the offer."""
        session = self._session
        dialog = session.dialog
        data, flow, target = session.make_ack(self.draft, sdp, dialog)
        self._acks[dialog.remote_tag] = (data, flow, target)
        session.layer.send(data, flow, target)
        session.move_acknowledged()

    def _dismiss(self, dialog: Dialog, tag: str, now: float) -> None:
        """Acknowledge and end an answer that came too late or second (§13.2.2.4)."""
        session = self._session
        data, flow, target = session.make_ack(self.draft, None, dialog)
        self._acks[tag] = (data, flow, target)
        session.layer.send(data, flow, target)
        headers = [("Reason", self._cancel_reason)] if self._cancel_reason else []
        dialog.move(DialogInput.SUCCESS)
        dialog.move(DialogInput.BYE)
        DialogRequest(session.layer, dialog, dialog.draft("BYE", headers), ignore_final, now, session.authorizer)
        if session.giving_up:
            session.finish_unanswered(self._cause, now, status=response_status(self._cause))

    def _failure(self, response: Response, now: float) -> None:
        session, status = self._session, response.status
        if session.over:
            return
        if session.giving_up:
            session.finish_unanswered(self._cause, now, status=status, response=response)
            return
        authorizer = session.authorizer if status in (401, 407) else None
        if authorizer is not None and authorizer.answer(self.draft, response, self._attempt):
            self._try_again(now)
            return
        if status == 422 and self._attempt < session.layer.settings.auth_attempts:
            wanted = required_interval(response, session.layer.settings)
            if wanted is not None and wanted > session.timer.min_se:
                session.timer.min_se = wanted
                self._raise_interval(wanted)
                self._try_again(now)
                return
        contacts: list[str] = []
        if status < 400:
            try:
                contacts = [str(entry.uri) for entry in response.contacts][: session.layer.settings.max_redirects]
            except SipParseError:
                contacts = []
        session.finish_unanswered(EndCause.REJECTED, now, status=status, response=response, contacts=contacts)

    def _raise_interval(self, min_se: int) -> None:
        headers = [line for line in self.draft.headers if line[0] not in ("Session-Expires", "Min-SE")]
        interval = max(min_se, self._session.layer.settings.session_expires)
        self.draft.headers = [*headers, ("Session-Expires", str(interval)), ("Min-SE", str(min_se))]

    def _try_again(self, now: float) -> None:
        """Send the same INVITE with what was missing, as a new transaction (§8.1.3.5)."""
        session = self._session
        self._attempt += 1
        for dialog in self.early.values():
            session.unregister(dialog)
        self.early.clear()
        draft = self.draft.derive("INVITE")
        draft.headers, draft.body, draft.content_type = self.draft.headers, self.draft.body, self.draft.content_type
        draft.cseq = self.draft.cseq + 1
        self.draft = draft
        self.heard = False
        flow = self.transaction.flow or self._flow
        self.transaction = InviteClientTransaction(session.layer, draft, flow, self._target, self, now)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """Nobody answered (timer B), or not even our CANCEL brought a final response."""
        session = self._session
        if transaction is self.transaction and not session.over:
            cause = self._cause if session.giving_up else EndCause.TIMEOUT
            session.finish_unanswered(cause, now, status=408)

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """The INVITE could not be sent."""
        session = self._session
        if transaction is self.transaction and not session.over:
            cause = self._cause if session.giving_up else EndCause.TRANSPORT
            session.finish_unanswered(cause, now, status=503)

    # Giving up

    def cancel(self, reason: str | None, now: float, cause: EndCause) -> None:
        """Cancel now, or as soon as a provisional response allows it (§9.1)."""
        self._cancel_reason = reason
        self._cause = cause
        if self._timer_c is not None:
            self._timer_c.cancel()
            self._timer_c = None
        if self.heard:
            self._send_cancel(now)

    def _send_cancel(self, now: float) -> None:
        if self._cancel_sent:
            return
        self._cancel_sent = True
        transaction = self.transaction
        draft = transaction.draft.derive("CANCEL")
        if self._cancel_reason:
            draft.headers = [("Reason", self._cancel_reason)]
        NonInviteClientTransaction(
            self._session.layer,
            draft,
            transaction.flow,
            transaction.target,
            _CANCEL_WATCHER,
            now,
            branch=transaction.branch,
        )
        transaction.give_up_at(now + 64 * self._session.layer.settings.t1)

    def _restart_timer_c(self, now: float) -> None:
        if self._timer_c is not None:
            self._timer_c.cancel()
        self._timer_c = self._session.layer.timers.at(now + self._session.layer.settings.timer_c, self._on_timer_c)

    def _on_timer_c(self, now: float) -> None:
        self._timer_c = None
        self._session.give_up(EndCause.TIMEOUT, now)

    def stop(self) -> None:
        """The call is decided."""
        if self._timer_c is not None:
            self._timer_c.cancel()
            self._timer_c = None


def response_status(cause: EndCause) -> int:
    """Return the status that stands for giving up."""
    return 408 if cause is EndCause.TIMEOUT else 487


def _reliable_number(response: Response) -> int | None:
    """Return the RSeq of a provisional response that wants a PRACK."""
    if "RSeq" not in response.headers.fields:
        return None
    if not any(tag.lower() == "100rel" for tag in response.headers.get_all("Require")):
        return None
    try:
        return response.one("RSeq", parse_rseq)
    except SipParseError:
        return None
