"""What the SIP core tells the application: plain dataclasses drained from ``Endpoint.events()``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcenter.sip.flow import Flow
    from callcenter.sip.invite import InviteSession
    from callcenter.sip.message import Request, Response
    from callcenter.sip.outside import ClientRequest
    from callcenter.sip.refer import IncomingRefer, OutgoingRefer
    from callcenter.sip.server_transaction import ServerTransaction


class EndCause(Enum):
    """Why a session ended."""

    LOCAL_BYE = "local-bye"
    REMOTE_BYE = "remote-bye"
    CANCELLED = "cancelled"
    "The caller gave up before an answer: their CANCEL, or ours."
    REJECTED = "rejected"
    "A final response of 300 or more: theirs, or ours."
    TIMEOUT = "timeout"
    "Nothing was heard (timer B, timer F, or no final response after a CANCEL)."
    NO_ACK = "no-ack"
    "Our 2xx was never acknowledged."
    NO_PRACK = "no-prack"
    "Our reliable provisional response was never acknowledged."
    SESSION_TIMER = "session-timer"
    "The session expired without a refresh (RFC 4028)."
    DIALOG_GONE = "dialog-gone"
    "The peer answered 481 (or 408, when configured) to a request inside the dialog (RFC 5057)."
    TRANSPORT = "transport"
    "The path to the peer failed."
    REPLACED = "replaced"
    "Another dialog took this one's place (RFC 3891)."


class SipEvent:
    """Base of every event."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class IncomingInvite(SipEvent):
    """A call arrived; 100 Trying is already sent. Answer with the session's progress, accept, reject or redirect."""

    session: InviteSession
    replaces: InviteSession | None = None
    "The session that the caller wants this one to take over (RFC 3891); end it once this one is accepted."


@dataclass(slots=True, eq=False)
class IncomingRequest(SipEvent):
    """A request that no session owns arrived. The application must answer through ``Endpoint.respond``."""

    transaction: ServerTransaction
    request: Request
    flow: Flow
    session: InviteSession | None = None
    "The session whose dialog it was sent in, for methods the core does not know itself (MESSAGE, SUBSCRIBE…)."


@dataclass(slots=True, eq=False)
class SessionProgress(SipEvent):
    """A provisional response above 100 arrived for our INVITE."""

    session: InviteSession
    status: int
    reason: str
    sdp: str | None
    "The answer (or its preview) when the response carried SDP."
    remote_tag: str | None
    "Which forked branch speaks."
    reliable: bool
    response: Response


@dataclass(slots=True, eq=False)
class SessionAnswered(SipEvent):
    """Our INVITE was accepted. ACK is already sent, unless ``needs_ack``: then call ``session.ack(sdp)``."""

    session: InviteSession
    sdp: str | None
    "The answer to our offer, or the peer's offer when ours was left out."
    needs_ack: bool
    response: Response


@dataclass(slots=True, eq=False)
class SessionConfirmed(SipEvent):
    """The ACK to our 2xx arrived."""

    session: InviteSession
    sdp: str | None
    "The answer to our late offer, when the ACK carried one."


@dataclass(slots=True, eq=False)
class SessionOffer(SipEvent):
    """The peer proposes to change the session: ``session.answer(offer_id, sdp)`` or ``session.refuse(offer_id)``."""

    session: InviteSession
    offer_id: int
    sdp: str | None
    "The offer; None asks us to make one (re-INVITE without SDP)."
    method: str
    "``INVITE``, ``UPDATE`` or ``PRACK``."
    request: Request


@dataclass(slots=True, eq=False)
class AnswerReceived(SipEvent):
    """The peer answered an offer we made in a response (to a re-INVITE without SDP, or a reliable provisional)."""

    session: InviteSession
    sdp: str | None
    "None: the peer sent no answer; the session keeps its old parameters."


@dataclass(slots=True, eq=False)
class ReofferCompleted(SipEvent):
    """Our ``session.reoffer`` came to an end. After a failure the session goes on with its old parameters."""

    session: InviteSession
    ok: bool
    status: int
    sdp: str | None
    "The answer, or the peer's offer when we re-invited without one (then ``needs_ack``)."
    needs_ack: bool = False
    "Call ``session.ack(sdp)`` with our answer."
    retry_after: int | None = None
    "Seconds the peer asked us to wait."


@dataclass(slots=True, eq=False)
class InfoReceived(SipEvent):
    """An INFO arrived inside the dialog (RFC 6086); 200 is already sent."""

    session: InviteSession
    content_type: str | None
    body: bytes
    request: Request


@dataclass(slots=True, eq=False)
class ReferReceived(SipEvent):
    """The peer asks us to call somebody else: ``session.accept_refer(refer)`` or ``reject_refer(refer, status)``."""

    session: InviteSession
    refer: IncomingRefer
    "Carries refer_to, replaces and referred_by; pass it to ``notify_refer`` too."


@dataclass(slots=True, eq=False)
class ReferProgress(SipEvent):
    """Our REFER got a response or a NOTIFY."""

    session: InviteSession
    refer: OutgoingRefer
    status: int
    "Of the REFER itself while not ``notified``, else of the call that the peer makes for us."
    reason: str
    notified: bool
    final: bool
    "No further progress will be reported."


@dataclass(slots=True, eq=False)
class RequestAnswered(SipEvent):
    """A request that the session sent for the application (INFO, MESSAGE…) got its final response."""

    session: InviteSession
    method: str
    status: int
    "408 when nothing came, 503 when the path failed."
    response: Response | None


@dataclass(slots=True, eq=False)
class SessionEnded(SipEvent):
    """The session is over; its object takes no more commands. Exactly one per session."""

    session: InviteSession
    cause: EndCause
    status: int | None = None
    "Final status of the INVITE when it failed (408 for our timer B, 503 for a failed path)."
    reason_phrase: str = ""
    reason_header: str | None = None
    "Value of the peer's Reason header (RFC 3326)."
    contacts: Sequence[str] = ()
    "Where a 3xx pointed; following it is the application's decision."
    retry_after: int | None = None
    "Seconds, from a 480, 486, 500, 503 or 600."
    response: Response | None = None


@dataclass(slots=True, eq=False)
class RequestCompleted(SipEvent):
    """A request outside dialogs got its final response, or none."""

    request: ClientRequest
    status: int
    "408 when nothing came, 503 when the path failed."
    response: Response | None
    flow: Flow | None = None
    "The path on which the response came."
