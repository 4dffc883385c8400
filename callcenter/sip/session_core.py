"""What every part of an INVITE session leans on: its state, its dialog, sending inside it, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from callcenter.sip.bodies import SDP
from callcenter.sip.dialog import Dialog, DialogInput
from callcenter.sip.events import EndCause, SessionEnded, SipEvent
from callcenter.sip.flow import Flow, Target
from callcenter.sip.inside import Authorizer, DialogRequest, OnFinal, retry_after
from callcenter.sip.message import Message, Request, Response
from callcenter.sip.offers import OfferExchange
from callcenter.sip.refer import ReferUsage
from callcenter.sip.reliable import UnacknowledgedAnswer
from callcenter.sip.server_transaction import InviteServerTransaction
from callcenter.sip.session_state import SESSION, Role, SessionInput, SessionState
from callcenter.sip.session_timer import SessionTimer
from callcenter.sip.sessions import SessionTable
from callcenter.sip.writing import RequestDraft

if TYPE_CHECKING:
    from callcenter.sip.callee import Callee
    from callcenter.sip.caller import Caller
    from callcenter.sip.invite import InviteSession

HAS_DIALOG = (SessionState.ACCEPTED, SessionState.CONFIRMED)
UNANSWERED = (SessionState.CALLING, SessionState.INCOMING, SessionState.EARLY)
_EXPIRED_REASON = 'SIP ;cause=408 ;text="Session timer expired"'


class SessionCore:
    """State, dialog and end of a session. The only writer of ``state``, together with its subclass."""

    __slots__ = (
        "_bye_lines",
        "_callee",
        "_caller",
        "_dialog",
        "_ended",
        "_peer_allow",
        "_unacked",
        "authorizer",
        "call_id",
        "contact",
        "data",
        "exchange_open",
        "id",
        "layer",
        "local_sdp",
        "local_tag",
        "local_uri",
        "offers",
        "record_route_lines",
        "refers",
        "remote_sdp",
        "remote_uri",
        "request",
        "role",
        "state",
        "table",
        "timer",
    )

    def __init__(self, table: SessionTable, role: Role, call_id: str, local_tag: str, contact: str) -> None:
        self.table = table
        self.layer = table.layer
        self.id = table.new_id()
        self.role = role
        self.state = SessionState.CALLING if role is Role.UAC else SessionState.INCOMING
        self.call_id = call_id
        self.local_tag = local_tag
        self.local_uri = ""
        self.remote_uri = ""
        self.contact = contact
        "Our Contact value in this session."
        self.request: Request | None = None
        self.local_sdp: str | None = None
        self.remote_sdp: str | None = None
        self.data: object = None
        self.authorizer: Authorizer | None = None
        self.record_route_lines: list[tuple[str, str]] = []
        self.exchange_open = True
        "The offer of the INVITE has no reliable answer yet."
        self.offers = OfferExchange(self.whole)
        self.refers = ReferUsage(self.whole)
        self.timer = SessionTimer(table.layer.timers, self._refresh, self._expire, table.settings.min_se)
        self._caller: Caller | None = None
        self._callee: Callee | None = None
        self._dialog: Dialog | None = None
        self._peer_allow: frozenset[str] = frozenset()
        self._unacked: dict[int, UnacknowledgedAnswer] = {}
        self._bye_lines: list[tuple[str, str]] | None = None
        "Headers of a BYE that waits for the ACK which must come first (§15)."
        self._ended = False
        table.sessions[self.id] = self.whole

    @property
    def whole(self) -> InviteSession:
        """Return this object as the session it is a part of."""
        return cast("InviteSession", self)

    # What the parts ask

    @property
    def dialog(self) -> Dialog:
        """Return the dialog requests go into: the last that rang, later the one that answered."""
        assert self._dialog is not None
        return self._dialog

    @property
    def in_dialog(self) -> bool:
        """Tell whether requests may be sent inside the dialog."""
        return self._dialog is not None and not self._ended

    @property
    def is_caller(self) -> bool:
        """Tell whether we sent the INVITE and so own the Call-ID."""
        return self.role is Role.UAC

    @property
    def over(self) -> bool:
        """Tell whether SessionEnded was emitted."""
        return self._ended

    @property
    def giving_up(self) -> bool:
        """Tell whether we wait for the final response to a cancelled INVITE."""
        return self.state is SessionState.CANCELLING

    @property
    def answered(self) -> bool:
        """Tell whether a 2xx has won."""
        return self.state in (*HAS_DIALOG, SessionState.CLOSING)

    @property
    def confirmed(self) -> bool:
        """Tell whether 2xx and ACK have passed."""
        return self.state is SessionState.CONFIRMED

    @property
    def awaits_our_ack(self) -> bool:
        """Tell whether the application owes the ACK of our INVITE."""
        return self.is_caller and self.state is SessionState.ACCEPTED

    @property
    def awaits_answer(self) -> bool:
        """Tell whether an offer of ours in a 2xx waits for the answer in its ACK."""
        return any(answer.offered for answer in self._unacked.values())

    def may_propose(self, method: str) -> bool:
        """Tell whether a re-INVITE or UPDATE may be sent now."""
        if method == "INVITE":
            return self.state is SessionState.CONFIRMED
        if self.state is SessionState.EARLY:
            return not self.exchange_open
        return self.state in HAS_DIALOG and not self.awaits_our_ack

    def peer_allows(self, method: str) -> bool:
        """Tell whether the peer named ``method`` in Allow."""
        return method in self._peer_allow

    def note_capabilities(self, message: Message) -> None:
        """Remember the Allow of the peer's latest message that had one."""
        if "Allow" in message.headers.fields:
            self._peer_allow = frozenset(message.headers.get_all("Allow"))

    def contact_lines(self) -> list[tuple[str, str]]:
        """Return our Contact for requests and responses that refresh the target."""
        return [("Contact", self.contact)]

    def capability_lines(self) -> list[tuple[str, str]]:
        """Return Allow, Supported and Server."""
        return self.table.capability_lines

    def emit(self, event: SipEvent) -> None:
        """Queue an event for the application."""
        self.table.events.append(event)

    # State

    def move_provisional(self) -> None:
        """A provisional response above 100 passed."""
        self.state = SESSION.next(self.state, SessionInput.PROVISIONAL)

    def move_accepted(self) -> None:
        """A 2xx passed."""
        self.state = SESSION.next(self.state, SessionInput.SUCCESS)
        self.exchange_open = False
        self.dialog.move(DialogInput.SUCCESS)

    def move_acknowledged(self) -> None:
        """Our ACK was sent."""
        self.state = SESSION.next(self.state, SessionInput.ACK)

    # Dialogs

    def register(self, dialog: Dialog) -> None:
        """Let requests in ``dialog`` find this session."""
        self.table.dialogs[dialog.key] = (self.whole, dialog)

    def unregister(self, dialog: Dialog) -> None:
        """Answer requests in ``dialog`` with 481 from now on."""
        self.table.dialogs.pop(dialog.key, None)

    def adopt(self, dialog: Dialog) -> None:
        """Make ``dialog`` the one we speak in."""
        self._dialog = dialog
        self.remote_uri = dialog.remote

    # Sending

    def send_inside(
        self,
        method: str,
        headers: list[tuple[str, str]],
        now: float,
        *,
        on_final: OnFinal,
        body: bytes = b"",
        content_type: str | None = None,
    ) -> int:
        """Send a request inside the dialog and return its CSeq number."""
        dialog = self._living_dialog()
        draft = dialog.draft(method, headers, body, content_type)
        cseq = draft.cseq
        DialogRequest(self.layer, dialog, draft, on_final, now, self.authorizer)
        return cseq

    def _living_dialog(self) -> Dialog:
        if self._dialog is None or self._ended:
            SESSION.next(SessionState.TERMINATED, SessionInput.ACK)  # raises: there is nothing to send in
        return self.dialog

    def make_ack(
        self, invite: RequestDraft, sdp: str | None, dialog: Dialog | None = None
    ) -> tuple[bytes, Flow | None, Target | None]:
        """Write the ACK to a 2xx: a request of its own with the INVITE's number and credentials (§13.2.2.4)."""
        dialog = dialog or self.dialog
        headers = [line for line in invite.headers if line[0] in ("Authorization", "Proxy-Authorization")]
        body = sdp.encode("utf-8", "surrogateescape") if sdp is not None else b""
        draft = dialog.draft("ACK", headers, body, SDP, cseq=invite.cseq)
        flow, target = dialog.hop()
        return draft.encode(self.layer.make_via(flow, target, f"z9hG4bK{self.layer.token()}")), flow, target

    def await_ack(self, data: bytes, transaction: InviteServerTransaction, now: float, *, offered: bool) -> None:
        """Repeat a 2xx of ours until its ACK comes."""
        cseq = transaction.request.cseq.number
        initial = transaction.request is self.request
        self._unacked[cseq] = UnacknowledgedAnswer(
            self.layer, data, transaction.flow, cseq, self._on_no_ack, now, offered=offered, initial=initial
        )

    # Ends

    def judge(self, status: int, response: Response | None, now: float) -> None:
        """End the session when the final status of a request inside it says that the dialog is gone (RFC 5057 §5)."""
        if self._ended or self.state not in HAS_DIALOG:
            return
        if self.state is SessionState.ACCEPTED and not self.is_caller:
            return  # Our request overtook the 2xx that tells the peer of the dialog; the ACK, or its lack, will say.
        if status == 481:
            reason = None if response is None else response.headers.get("Reason")
            self.state = SESSION.next(self.state, SessionInput.GONE)
            self._finish(SessionEnded(self.whole, EndCause.DIALOG_GONE, status=481, reason_header=reason), now)
            self._leave(DialogInput.GONE)
        elif status == 408 and (response is None or self.table.settings.received_408_ends_dialog):
            self.close(EndCause.TIMEOUT if response is None else EndCause.DIALOG_GONE, now, [], status=408)

    def finish_unanswered(
        self,
        cause: EndCause,
        now: float,
        *,
        status: int | None = None,
        response: Response | None = None,
        reason_header: str | None = None,
        contacts: list[str] | None = None,
    ) -> None:
        """End a session that was never answered."""
        self.state = SESSION.next(self.state, SessionInput.FAILURE)
        phrase = ""
        if response is not None:
            phrase = response.reason
            reason_header = response.headers.get("Reason")
        event = SessionEnded(
            self.whole, cause, status, phrase, reason_header, contacts or (), retry_after(response), response
        )
        self._finish(event, now)
        self._leave(DialogInput.FAILURE)

    def close(self, cause: EndCause, now: float, lines: list[tuple[str, str]], *, status: int | None = None) -> None:
        """End an answered session: BYE now, or after the ACK that must come first (§15)."""
        if self.awaits_our_ack:
            assert self._caller is not None
            self._caller.acknowledge(None)
        self.state = SESSION.next(self.state, SessionInput.BYE)
        self._finish(SessionEnded(self.whole, cause, status), now)
        self._bye_lines = lines
        if not self._unacked:
            self.send_bye(now)

    def send_bye(self, now: float) -> None:
        """Send the BYE that is due."""
        lines = self._bye_lines
        if lines is None:
            return
        self._bye_lines = None
        dialog = self.dialog
        DialogRequest(self.layer, dialog, dialog.draft("BYE", lines), self._on_bye_done, now, self.authorizer)

    def _on_bye_done(self, status: int, response: Response | None, now: float) -> None:
        """Whatever the answer, the dialog is over (§15.1.1)."""
        if self.state is SessionState.CLOSING:
            self.state = SESSION.next(self.state, SessionInput.CLOSED)
            self._leave(DialogInput.BYE)

    def _on_no_ack(self, cseq: int, now: float) -> None:
        """End the session when a 2xx of ours is never acknowledged (§13.3.1.4)."""
        self._unacked.pop(cseq, None)
        if self._ended:
            if self.state is SessionState.CLOSING and not self._unacked:
                self.send_bye(now)
            return
        self._stop_repeating()
        self.close(EndCause.NO_ACK, now, [])

    def _refresh(self, now: float) -> None:
        if self.state in HAS_DIALOG:
            self.offers.refresh(now)

    def _expire(self, now: float) -> None:
        """End a session nobody refreshed (RFC 4028 §10)."""
        if self.state in HAS_DIALOG:
            self.close(EndCause.SESSION_TIMER, now, [("Reason", _EXPIRED_REASON)])

    def _finish(self, event: SessionEnded, now: float) -> None:
        """Tell the application once, and stop everything but the BYE."""
        self._ended = True
        self.timer.stop()
        self.offers.stop(now)
        self.refers.stop(now)
        if self._callee is not None:
            self._callee.stop()
        if self._caller is not None:
            self._caller.stop()
        self.emit(event)

    def _stop_repeating(self) -> None:
        for answer in self._unacked.values():
            answer.stop()
        self._unacked.clear()

    def _leave(self, event: DialogInput) -> None:
        """Leave every table."""
        self._stop_repeating()
        self._bye_lines = None
        if self._dialog is not None:
            self._dialog.move(event)
            self.unregister(self._dialog)
        if self._caller is not None:
            for dialog in self._caller.early.values():
                dialog.move(event)
                self.unregister(dialog)
            self._caller.early.clear()
        self.table.sessions.pop(self.id, None)
