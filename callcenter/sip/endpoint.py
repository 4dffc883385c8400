"""One SIP endpoint without I/O: feed it messages and time, drain what to send and what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from callcenter.base.errors import LocalError
from callcenter.sip.client_transaction import ClientTransaction
from callcenter.sip.digest import Credentials
from callcenter.sip.events import IncomingInvite, IncomingRequest, SipEvent
from callcenter.sip.flow import Flow, Outgoing, SentBy, Target
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr, Replaces
from callcenter.sip.inside import Authorizer
from callcenter.sip.invite import HeaderList, InviteSession, Role, SessionState
from callcenter.sip.message import Request, Response, response_for
from callcenter.sip.outside import ClientRequest
from callcenter.sip.server_transaction import InviteServerTransaction, NonInviteServerTransaction, ServerTransaction
from callcenter.sip.session_timer import proposal, too_small
from callcenter.sip.sessions import SessionTable
from callcenter.sip.settings import EndpointSettings
from callcenter.sip.transaction import ServerKey, TransactionLayer
from callcenter.sip.uri import SipUri
from callcenter.sip.validate import ValidationRules, validate
from callcenter.sip.writing import RequestDraft, copied_lines, reason_phrase, write_response

__all__ = ["Endpoint", "Flow", "Outgoing", "SentBy", "Target"]

_COPIED_HEADERS = ("Via", "From", "To", "Call-ID", "CSeq")
"What every response repeats of its request (§8.2.6.2)."
_OWN_HEADERS = frozenset({"via", "from", "to", "call-id", "cseq", "content-length", "max-forwards", "route"})


class Endpoint:
    """Transactions, dialogs and sessions of one node.

    After every call that takes ``now``, send ``outgoing()``, handle ``events()``, re-arm a timer for ``next_timer()``.

    :param random: returns a fresh token of 16 or more hexadecimal digits at each call; tags, branches and delays are
        made of it.
    """

    def __init__(self, settings: EndpointSettings, random: Callable[[], str]) -> None:
        self.settings = settings
        self._layer = TransactionLayer(settings, random)
        self._table = SessionTable(self._layer)
        self._rules = ValidationRules(extensions=frozenset((*settings.supported, *settings.supported_outside)))
        self._stateless_tag = random()

    # For the transport driver

    def set_sent_by(self, sent_by: Iterable[SentBy]) -> None:
        """Replace the addresses that stand in Via and Contact (the real ports are known after binding)."""
        self._layer.set_sent_by(sent_by)

    def receive(self, message: Request | Response, flow: Flow, now: float) -> str | None:
        """Take one parsed message from the network. What is wrong with it is answered or dropped, never raised.

        :returns: what is malformed about it, for whoever keeps count of bad senders; None for a sound message, even
            one that is refused for another reason.
        """
        try:
            if isinstance(message, Request):
                return self._receive_request(message, flow, now)
            return self._receive_response(message, flow, now)
        except SipParseError as error:
            if isinstance(message, Request):
                self._refuse(message, flow, error.status or 400, reason=error.reason)
            return error.reason

    def connection_lost(self, flow: Flow, now: float) -> None:
        """A connection closed: what waits on it fails; answered sessions go on over a new path."""
        self._table.connection_lost(flow)
        for transaction in list(self._layer.by_connection.get(flow.id, ())):
            transaction.transport_error(now)

    def send_failed(self, outgoing: Outgoing, now: float) -> None:
        """This message could not be sent (no route, refused, unresolvable)."""
        transaction = outgoing.transaction
        if isinstance(transaction, ClientTransaction | ServerTransaction):
            transaction.transport_error(now)

    def flow_resolved(self, outgoing: Outgoing, flow: Flow) -> None:
        """A target led to this flow; call it before sending, because it may put the right Via into ``outgoing.data``.

        What follows in the same transaction (retransmissions, CANCEL, ACK) takes the flow too.
        """
        if isinstance(outgoing.transaction, ClientTransaction):
            outgoing.transaction.bind(outgoing, flow)
        else:
            outgoing.flow = flow

    def next_timer(self) -> float | None:
        """Return when ``handle_timer`` wants to be called, or None."""
        return self._layer.timers.next()

    def handle_timer(self, now: float) -> None:
        """Run every deadline that is due."""
        self._layer.timers.run(now)

    def outgoing(self) -> list[Outgoing]:
        """Return and forget the messages to send, in order."""
        outbox = self._layer.outbox
        if outbox:
            self._layer.outbox = []
        return outbox

    def events(self) -> list[SipEvent]:
        """Return and forget what happened, in order."""
        events = self._table.events
        if events:
            self._table.events = []
        return events

    # Messages from the network

    def _receive_response(self, response: Response, flow: Flow, now: float) -> str | None:
        transaction = self._layer.find_client(response)
        if transaction is None:
            return None  # Stray: nobody asked (§18.1.2).
        refusal = validate(response)
        if refusal is not None:
            return refusal.reason
        if transaction.flow is None:
            transaction.flow = flow
        transaction.receive(response, now)
        return None

    def _receive_request(self, request: Request, flow: Flow, now: float) -> str | None:
        method = request.method
        layer = self._layer
        if method == "ACK":
            return self._receive_ack(request, now)
        key = layer.server_key(request, method)
        known = layer.servers.get(key)
        if known is not None:
            known.receive_again(now)
            return None
        refusal = validate(request, self._rules)
        if refusal is not None:
            if refusal.status is not None:
                self._refuse(request, flow, refusal.status, refusal.headers, reason=refusal.reason)
            return refusal.reason if refusal.status in (None, 400) else None
        if method == "CANCEL":
            self._receive_cancel(request, flow, now)
        else:
            self._receive_new(request, key, flow, now)
        return None

    def _receive_new(self, request: Request, key: ServerKey, flow: Flow, now: float) -> None:
        """Take a valid request that is no retransmission."""
        method = request.method
        layer = self._layer
        to_tag = request.to.params.get("tag")
        if to_tag and method != "REGISTER":
            self._receive_inside(request, key, to_tag, flow, now)
            return
        merge_key = (request.from_.params.get("tag"), request.call_id, request.headers.fields["CSeq"][0])
        if merge_key in layer.merged:
            self._refuse(request, flow, 482)  # The same request came by two ways (§8.2.2.2).
        elif layer.full:
            self._refuse_for_load(request, flow)
        elif method == "INVITE":
            self._receive_invite(request, key, merge_key, flow, now)
        elif method in ("BYE", "PRACK", "UPDATE", "INFO"):
            self._refuse(request, flow, 481)  # These live in dialogs only.
        else:
            transaction = NonInviteServerTransaction(layer, key, request, flow)
            transaction.remember_as_first(merge_key)
            transaction.expect_answer(now)
            self._table.events.append(IncomingRequest(transaction, request, flow))

    def _receive_ack(self, request: Request, now: float) -> str | None:
        """Take an ACK, which is never answered."""
        transaction = self._layer.servers.get(self._layer.server_key(request, "INVITE"))
        if isinstance(transaction, InviteServerTransaction) and transaction.receive_ack(now):
            return None
        tags = (request.to.params.get("tag") or "", request.from_.params.get("tag") or "")
        found = self._table.dialogs.get((request.call_id, *tags))
        if found is not None:
            found[0].receive_ack(request, now)
        return None

    def _receive_cancel(self, request: Request, flow: Flow, now: float) -> None:
        """Answer a CANCEL at once and without state: its answer does not depend on when it comes again (§9.2)."""
        transaction = self._layer.servers.get(self._layer.server_key(request, "INVITE"))
        if not isinstance(transaction, InviteServerTransaction):
            self._refuse(request, flow, 481)
            return
        tag = None if request.to.params.get("tag") else transaction.to_tag
        self._layer.send(write_response(200, "OK", copied_lines(request, tag)), flow, None)
        if not transaction.answered and transaction.owner is not None:
            transaction.owner.on_cancel(transaction, request, now)

    def _receive_inside(self, request: Request, key: ServerKey, to_tag: str, flow: Flow, now: float) -> None:
        tags = (to_tag, request.from_.params.get("tag") or "")
        found = self._table.dialogs.get((request.call_id, *tags))
        if found is None:
            self._refuse(request, flow, 481)
            return
        layer = self._layer
        if len(layer.servers) >= 2 * self.settings.max_transactions:
            self._refuse_for_load(request, flow)
            return
        session, dialog = found
        transaction: ServerTransaction
        if request.method == "INVITE":
            transaction = InviteServerTransaction(layer, key, request, flow, now)
        else:
            transaction = NonInviteServerTransaction(layer, key, request, flow)
        try:
            session.receive(transaction, request, dialog, flow, now)
        except SipParseError as error:
            if not transaction.answered:
                transaction.respond(error.status or 400, now, reason=error.reason)
        if isinstance(transaction, NonInviteServerTransaction):
            transaction.expect_answer(now)

    def _receive_invite(
        self, request: Request, key: ServerKey, merge_key: tuple[str | None, str, str], flow: Flow, now: float
    ) -> None:
        if self._table.full:
            self._refuse_for_load(request, flow)
            return
        small = too_small(request, self.settings)
        if small is not None:
            self._refuse(request, flow, 422, small)
            return
        replaced = None
        if "Replaces" in request.headers.fields:
            status, replaced = self._find_replaced(request)
            if status:
                self._refuse(request, flow, status)
                return
        transaction = InviteServerTransaction(self._layer, key, request, flow, now)
        transaction.remember_as_first(merge_key)
        session = InviteSession.incoming(self._table, transaction, flow)
        self._table.events.append(IncomingInvite(session, replaced))

    def _find_replaced(self, request: Request) -> tuple[int, InviteSession | None]:
        """Return the session a Replaces header means, or the status that refuses it (RFC 3891 §3)."""
        values = request.headers.fields["Replaces"]
        if len(values) != 1:
            return 400, None
        wanted = Replaces.parse(values[0])
        found = self._table.dialogs.get((wanted.call_id, wanted.to_tag, wanted.from_tag))
        if found is None:
            return 481, None
        session = found[0]
        if session.over:
            return 603, None
        if session.state in (SessionState.ACCEPTED, SessionState.CONFIRMED):
            return (486, None) if wanted.early_only else (0, session)
        # An early dialog can be taken over only from the side that called.
        return (0, session) if session.role is Role.UAC and session.state is SessionState.EARLY else (481, None)

    def _refuse(
        self, request: Request, flow: Flow, status: int, headers: HeaderList = (), *, reason: str | None = None
    ) -> None:
        """Answer without state; the same request gets the same answer each time."""
        if request.method == "ACK":
            return
        try:
            tag = None if request.to.params.get("tag") else self._stateless_tag
        except SipParseError:
            tag = None  # An unreadable To goes back as it came.
        fields = request.headers.fields
        if all(fields.get(name) for name in _COPIED_HEADERS):
            answer = write_response(status, reason or reason_phrase(status), copied_lines(request, tag), headers)
        elif fields.get("Via"):  # Not much to answer with (RFC 4475 §3.3.1), but enough to find the way back.
            response = response_for(request, status, reason or reason_phrase(status), to_tag=tag)
            for name, value in headers:
                response.headers.add(name, value)
            answer = response.encode()
        else:
            return
        self._layer.send(answer, flow, None)

    def _refuse_for_load(self, request: Request, flow: Flow) -> None:
        self._refuse(request, flow, 503, [("Retry-After", str(5 + int(self._layer.fraction() * 25)))])

    # For the application

    def respond(
        self,
        transaction: ServerTransaction,
        response: Response | int,
        now: float,
        *,
        reason: str | None = None,
        headers: HeaderList = (),
        body: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        """Answer an IncomingRequest with a whole Response or with a status.

        :raises IllegalTransition: it has its final response already.
        """
        if isinstance(response, int):
            transaction.respond(response, now, headers, reason=reason, body=body, content_type=content_type)
            return
        transaction.respond(
            response.status,
            now,
            [line for line in response.headers.items() if line[0].lower() not in _OWN_HEADERS | {"content-type"}],
            reason=response.reason,
            body=response.body,
            content_type=response.headers.get("Content-Type"),
        )

    def request(  # noqa: PLR0913 - these are the parts of a request
        self,
        method: str,
        uri: str,
        *,
        from_: str,
        to: str,
        now: float,
        headers: HeaderList = (),
        body: bytes = b"",
        content_type: str | None = None,
        contact: str | None = None,
        call_id: str | None = None,
        cseq: int | None = None,
        route: Sequence[str] = (),
        flow: Flow | None = None,
        target: Target | None = None,
        credentials: Credentials | None = None,
    ) -> ClientRequest:
        """Send a request outside dialogs (REGISTER, OPTIONS, MESSAGE…); RequestCompleted follows.

        Give ``call_id`` and ``cseq`` to go on a registration. Without ``flow`` or ``target`` the first route or ``uri``
        is the hop. ``contact`` is a URI; None sends no Contact.
        """
        if method in ("INVITE", "ACK", "CANCEL"):
            raise LocalError(f"{method} is not sent this way")
        flow, target = _first_hop(uri, route, flow, target)
        lines = [("Contact", f"<{contact}>")] if contact is not None else []
        lines += [("User-Agent", self.settings.user_agent), *headers]
        draft = RequestDraft(
            method,
            uri,
            from_=f"{from_};tag={self._layer.token()}",
            to=to,
            call_id=call_id or self._layer.token(),
            cseq=cseq or 1,
            routes=list(route),
            headers=lines,
            body=body,
            content_type=content_type,
        )
        authorizer = Authorizer(credentials, self._layer) if credentials is not None else None
        return ClientRequest(self._table, draft, flow, target, authorizer, now)

    def invite(  # noqa: PLR0913 - these are the parts of a call
        self,
        *,
        uri: str,
        from_: str,
        to: str,
        now: float,
        sdp: str | None = None,
        contact: str | None = None,
        headers: HeaderList = (),
        route: Sequence[str] = (),
        flow: Flow | None = None,
        target: Target | None = None,
        credentials: Credentials | None = None,
        reliable: bool | None = None,
        session_expires: int | None = None,
        call_id: str | None = None,
    ) -> InviteSession:
        """Call ``uri``. ``from_`` and ``to`` are header values without tags (``"Name" <sip:a@b>``).

        ``contact`` is a URI; None makes one of the user in ``from_`` and our address. ``reliable``: True requires
        100rel, False does not offer it. ``session_expires`` overrides the settings (0: no session timer).
        ``headers`` may hold Replaces, P-Asserted-Identity, Diversion and the like.
        """
        flow, target = _first_hop(uri, route, flow, target)
        given = contact is not None
        user, secure = NameAddr.parse(from_).uri.user, uri[:5].lower() == "sips:"
        contact = f"<{contact}>" if given else self._table.contact(user, flow, target, secure=secure)
        tag = self._layer.token()
        session = InviteSession(self._table, Role.UAC, call_id or self._layer.token(), tag, contact)
        offered = self._table.request_lines if sdp is not None else self._table.late_offer_lines
        if reliable is False:
            offered = self._table.late_offer_lines
        lines = [("Contact", contact), *offered]
        if reliable:
            lines.append(("Require", "100rel"))
        interval = self.settings.session_expires if session_expires is None else session_expires
        lines += proposal(interval, self.settings.min_se)
        lines += headers
        draft = RequestDraft(
            "INVITE",
            uri,
            from_=f"{from_};tag={tag}",
            to=to,
            call_id=session.call_id,
            cseq=1,
            routes=list(route),
            headers=lines,
            body=sdp.encode("utf-8", "surrogateescape") if sdp is not None else b"",
            content_type="application/sdp",
        )
        session.local_sdp = sdp
        if flow is None and not given:
            draft.follow = self._contact_follower(session, draft, user, secure=secure)
        authorizer = Authorizer(credentials, self._layer) if credentials is not None else None
        session.call(draft, flow, target, authorizer, now)
        return session

    def _contact_follower(
        self, session: InviteSession, draft: RequestDraft, user: str, *, secure: bool
    ) -> Callable[[Flow], bool]:
        """Return what rewrites the Contact of a call once it is known which of our addresses its path begins at."""

        def follow(flow: Flow) -> bool:
            contact = self._table.contact(user, flow, None, secure=secure)
            if contact == session.contact:
                return False
            session.contact = contact
            draft.headers = [(name, contact if name == "Contact" else value) for name, value in draft.headers]
            return True

        return follow

    def find_session(self, call_id: str, local_tag: str, remote_tag: str) -> InviteSession | None:
        """Return the session that owns a dialog, for Replaces inside a Refer-To."""
        found = self._table.dialogs.get((call_id, local_tag, remote_tag))
        return None if found is None else found[0]

    @property
    def capabilities(self) -> list[tuple[str, str]]:
        """Return the header lines that say what this endpoint can do: for answers to OPTIONS (§11.2)."""
        return list(self._table.capability_lines)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many transactions, dialogs, sessions and timers live."""
        return {
            "client_transactions": len(self._layer.clients),
            "server_transactions": len(self._layer.servers),
            "merge_keys": len(self._layer.merged),
            "connections": len(self._layer.by_connection),
            "dialogs": len(self._table.dialogs),
            "sessions": len(self._table.sessions),
            "timers": len(self._layer.timers),
        }


def _first_hop(
    uri: str, route: Sequence[str], flow: Flow | None, target: Target | None
) -> tuple[Flow | None, Target | None]:
    """Choose where a request outside dialogs goes (§8.1.2)."""
    if flow is not None or target is not None:
        return flow, target
    return None, Target.from_uri(NameAddr.parse(route[0]).uri if route else SipUri.parse(uri))
