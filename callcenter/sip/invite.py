"""An INVITE session: one dialog-to-be with its INVITE usage, seen from either side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from callcenter.sip.events import EndCause
from callcenter.sip.flow import Flow
from callcenter.sip.message import Request
from callcenter.sip.refer import IncomingRefer, OutgoingRefer

HeaderList = Iterable[tuple[str, str]]


class Role(Enum):
    """Who sent the INVITE."""

    UAC = "uac"
    UAS = "uas"


class SessionState(Enum):
    """Where a session is in its life."""

    CALLING = "calling"
    "UAC: INVITE sent, nothing heard."
    INCOMING = "incoming"
    "UAS: INVITE received, only 100 Trying sent."
    EARLY = "early"
    "A provisional response above 100 passed."
    CANCELLING = "cancelling"
    "UAC: we gave up and wait for the final response."
    ACCEPTED = "accepted"
    "A 2xx passed, its ACK did not yet."
    CONFIRMED = "confirmed"
    "2xx and ACK passed."
    CLOSING = "closing"
    "Our BYE is sent, or waits for the ACK that must come first."
    TERMINATED = "terminated"
    "Over."


class InviteSession:
    """Commands never block; what comes of them arrives as events. An illegal command raises IllegalTransition.

    Read-only attributes: ``id``, ``role``, ``state``, ``call_id``, ``local_tag``, ``remote_tag``, ``local_uri`` and
    ``remote_uri`` (From/To header values without tags), ``request`` (the INVITE), ``flow``, ``remote_sdp``, ``local_sdp``.
    ``data`` is free for the application.
    """

    id: str
    role: Role
    state: SessionState
    call_id: str
    local_tag: str
    remote_tag: str | None
    local_uri: str
    remote_uri: str
    request: Request
    flow: Flow | None
    remote_sdp: str | None
    local_sdp: str | None
    data: object

    # Commands of the called side.

    def progress(
        self, status: int, sdp: str | None = None, reliable: bool | None = None, headers: HeaderList = (), *, now: float
    ) -> None:
        """Send a provisional response. ``reliable`` None: by 100rel exactly when the caller requires it (RFC 3262)."""

    def accept(self, sdp: str | None, now: float, headers: HeaderList = ()) -> None:
        """Send 200 with our answer, or with our offer when the INVITE had none (then ``SessionConfirmed.sdp`` answers)."""

    def reject(self, status: int, reason: str | None = None, headers: HeaderList = (), *, now: float) -> None:
        """Send a final response of 300 or more; SessionEnded(REJECTED) follows."""

    def redirect(self, contacts: Sequence[str], now: float, *, status: int = 302) -> None:
        """Reject with the URIs in Contact."""

    # Commands of the calling side.

    def cancel(self, reason_header: str | None = None, *, now: float) -> None:
        """Give up an unanswered INVITE of ours. A 2xx that crosses is acknowledged and ended by itself."""

    def ack(self, sdp: str | None, now: float) -> None:
        """Acknowledge a 2xx that carried an offer (events with ``needs_ack``), with our answer."""

    # Commands of both sides.

    def bye(self, reason_header: str | None = None, *, now: float, headers: HeaderList = ()) -> None:
        """End an answered session; SessionEnded(LOCAL_BYE) follows at once."""

    def end(self, cause: EndCause, now: float, *, status: int = 480, reason_header: str | None = None) -> None:
        """Reject, cancel or bye, whichever fits; nothing when already over."""

    def reoffer(self, sdp: str | None, now: float, method: str = "INVITE", headers: HeaderList = ()) -> None:
        """Propose new session parameters; glare (491) is retried inside; ReofferCompleted follows."""

    def answer(self, offer_id: int, sdp: str | None, now: float) -> None:
        """Accept a SessionOffer with our answer (or our offer, when it carried none)."""

    def refuse(self, offer_id: int, status: int = 488, *, now: float, headers: HeaderList = ()) -> None:
        """Refuse a SessionOffer; the session keeps its parameters."""

    def info(self, content_type: str, body: bytes, now: float, headers: HeaderList = ()) -> None:
        """Send INFO; RequestAnswered follows."""

    def message(self, content_type: str, body: bytes, now: float, headers: HeaderList = ()) -> None:
        """Send MESSAGE inside the dialog; RequestAnswered follows."""

    def refer(
        self, refer_to: str, now: float, referred_by: str | None = None, replaces: InviteSession | None = None
    ) -> OutgoingRefer:
        """Ask the peer to call ``refer_to`` (RFC 3515), taking over ``replaces`` when given; ReferProgress follows."""
        raise AssertionError

    def accept_refer(self, refer: IncomingRefer, now: float) -> None:
        """Answer 202 and send the first NOTIFY (100 Trying)."""

    def reject_refer(self, refer: IncomingRefer, status: int, now: float) -> None:
        """Refuse a REFER."""

    def notify_refer(self, refer: IncomingRefer, status: int, reason: str | None = None, *, now: float) -> None:
        """Tell the transferor how the call it asked for is doing; a final status ends the subscription."""
