"""Transfers: the REFER requests of a session and the subscriptions they make (RFC 3515, RFC 4488)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.base.errors import LocalError
from callcenter.sip.bodies import SIPFRAG, status_of_sipfrag
from callcenter.sip.events import ReferProgress, ReferReceived
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr, Replaces
from callcenter.sip.message import Request, Response
from callcenter.sip.server_transaction import ServerTransaction
from callcenter.sip.uri import unescape
from callcenter.sip.writing import reason_phrase

if TYPE_CHECKING:
    from callcenter.sip.invite import InviteSession

MAX_REFERS = 8
"Transfers of one session that may be under way in each direction."
SUBSCRIPTION_SECONDS = 180
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()")


class IncomingRefer:
    """A REFER from the peer; its transaction waits for ``accept_refer`` or ``reject_refer``."""

    __slots__ = (
        "accepted",
        "cseq",
        "finished",
        "notifies",
        "refer_to",
        "referred_by",
        "replaces",
        "request",
        "transaction",
    )

    def __init__(self, transaction: ServerTransaction, request: Request) -> None:
        """Read the headers; SipParseError when there is not exactly one sound Refer-To (RFC 3515 §2.4.2)."""
        self.transaction = transaction
        self.request = request
        self.cseq = request.cseq.number
        target = request.one("Refer-To", NameAddr.parse)
        if target is None:
            raise SipParseError("Missing Refer-To")
        self.refer_to = str(target.uri).partition("?")[0]
        "URI to call, without header parameters."
        replaces = target.uri.headers.get("replaces")
        self.replaces: Replaces | None = None if replaces is None else Replaces.parse(unescape(replaces))
        "The dialog to take over, when this is an attended transfer."
        self.referred_by = request.headers.get("Referred-By")
        self.notifies = (request.headers.get("Refer-Sub") or "").strip().lower() != "false"
        "The peer wants to hear how it goes (RFC 4488)."
        self.accepted = False
        self.finished = False


class OutgoingRefer:
    """A REFER of ours; ``data`` is free for the application."""

    __slots__ = ("cseq", "data", "finished", "refer_to")

    def __init__(self, refer_to: str) -> None:
        self.refer_to = refer_to
        self.cseq = 0
        self.finished = False
        self.data: object = None


class ReferUsage:
    """All transfers of one session."""

    __slots__ = ("_incoming", "_outgoing", "_session")

    def __init__(self, session: InviteSession) -> None:
        self._session = session
        self._incoming: list[IncomingRefer] = []
        self._outgoing: list[OutgoingRefer] = []

    # The peer asks us

    def receive_refer(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Hand a sound REFER to the application."""
        try:
            refer = IncomingRefer(transaction, request)
        except SipParseError as error:
            transaction.respond(400, now, reason=error.reason)
            return
        if len(self._incoming) >= MAX_REFERS:
            transaction.respond(486, now)
            return
        self._incoming.append(refer)
        self._session.emit(ReferReceived(self._session, refer))

    def accept(self, refer: IncomingRefer, now: float) -> None:
        """Answer 202 and notify ``100 Trying`` at once (RFC 3515 §2.4.4)."""
        if refer.accepted or refer.finished:
            raise LocalError("this REFER was answered before")
        refer.accepted = True
        lines = self._session.contact_lines()
        if not refer.notifies:
            refer.transaction.respond(202, now, [*lines, ("Refer-Sub", "false")])
            return
        refer.transaction.respond(202, now, lines)
        self.notify(refer, 100, None, now)

    def reject(self, refer: IncomingRefer, status: int, now: float) -> None:
        """Refuse."""
        if refer.accepted or refer.finished:
            raise LocalError("this REFER was answered before")
        refer.finished = True
        self._incoming.remove(refer)
        refer.transaction.respond(status, now)

    def notify(self, refer: IncomingRefer, status: int, reason: str | None, now: float) -> None:
        """Tell how the call goes; a final status ends the subscription. Nothing happens once nobody listens."""
        if not refer.accepted or refer.finished:
            return
        final = status >= 200
        if final:
            refer.finished = True
            self._incoming.remove(refer)
        if not refer.notifies or not self._session.in_dialog:
            return
        state = "terminated;reason=noresource" if final else f"active;expires={SUBSCRIPTION_SECONDS}"
        headers = [
            ("Event", f"refer;id={refer.cseq}"),
            ("Subscription-State", state),
            *self._session.contact_lines(),
        ]
        body = f"SIP/2.0 {status} {reason or reason_phrase(status)}\r\n".encode("utf-8", "surrogateescape")

        def on_final(answer: int, response: Response | None, at: float) -> None:
            if answer >= 300 and not refer.finished:
                # Whoever does not take our NOTIFY does not want another one (RFC 6665 §4.2.2).
                refer.finished = True
                self._incoming.remove(refer)

        self._session.send_inside("NOTIFY", headers, now, on_final=on_final, body=body, content_type=SIPFRAG)

    # We ask the peer

    def send(self, refer_to: str, referred_by: str | None, replaces: InviteSession | None, now: float) -> OutgoingRefer:
        """Send a REFER; attended when ``replaces`` is our call with the target."""
        if len(self._outgoing) >= MAX_REFERS:
            raise LocalError("too many transfers are under way in this session")
        uri = refer_to
        if replaces is not None:
            # The target looks the dialog up from its own side: what is remote to us is local to it.
            named = Replaces(replaces.call_id, replaces.remote_tag or "", replaces.local_tag)
            joint = "&" if "?" in uri else "?"
            uri = f"{uri}{joint}Replaces={_escape(str(named))}"
        refer = OutgoingRefer(uri)
        headers = [("Refer-To", f"<{uri}>"), *self._session.contact_lines()]
        if referred_by is not None:
            headers.append(("Referred-By", referred_by))
        headers.append(("Supported", "norefersub"))
        self._outgoing.append(refer)

        def on_final(status: int, response: Response | None, at: float) -> None:
            accepted = 200 <= status < 300
            silent = (
                accepted
                and response is not None
                and (response.headers.get("Refer-Sub") or "").strip().lower() == "false"
            )
            final = not accepted or silent
            if refer.finished:
                return
            phrase = reason_phrase(status) if response is None else response.reason
            if final:
                self._close(refer)
            self._session.emit(ReferProgress(self._session, refer, status, phrase, notified=False, final=final))
            self._session.judge(status, response, at)

        refer.cseq = self._session.send_inside("REFER", headers, now, on_final=on_final)
        return refer

    def receive_notify(self, transaction: ServerTransaction, request: Request, now: float) -> bool:
        """Take a NOTIFY of event package refer; False when the event is another one."""
        package, _, params = (request.headers.get("Event") or "").partition(";")
        if package.strip().lower() != "refer":
            return False
        refer = self._find(params)
        if refer is None:
            transaction.respond(481, now)
            return True
        transaction.respond(200, now)
        progress = status_of_sipfrag(request.body)
        state = (request.headers.get("Subscription-State") or "").partition(";")[0].strip().lower()
        final = state == "terminated" or (progress is not None and progress[0] >= 200)
        if final:
            self._close(refer)
        if progress is not None or final:
            status, reason = progress or (487, reason_phrase(487))
            self._session.emit(ReferProgress(self._session, refer, status, reason, notified=True, final=final))
        return True

    def _find(self, params: str) -> OutgoingRefer | None:
        wanted = None
        for param in params.split(";"):
            name, _, value = param.partition("=")
            if name.strip().lower() == "id":
                wanted = value.strip()
        for refer in self._outgoing:
            if wanted is None or str(refer.cseq) == wanted:
                return refer
        return None

    def _close(self, refer: OutgoingRefer) -> None:
        refer.finished = True
        if refer in self._outgoing:
            self._outgoing.remove(refer)

    def stop(self, now: float) -> None:
        """The session is over: nobody is waited for any more."""
        for refer in self._incoming:
            refer.finished = True
            if not refer.accepted and not refer.transaction.answered:
                refer.transaction.respond(481, now)
        for outgoing in self._outgoing:
            outgoing.finished = True
        self._incoming.clear()
        self._outgoing.clear()


def _escape(text: str) -> str:
    """Percent-encode for a URI header parameter (RFC 3261 §19.1.1)."""
    return "".join([char if char in _UNRESERVED else f"%{byte:02X}" for char in text for byte in char.encode()])
