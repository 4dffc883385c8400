"""One SIP endpoint without I/O: feed it messages and time, drain what to send and what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from callcenter.sip.events import SipEvent
from callcenter.sip.flow import Flow, Outgoing, SentBy, Target
from callcenter.sip.invite import HeaderList, InviteSession
from callcenter.sip.message import Request, Response
from callcenter.sip.outside import ClientRequest
from callcenter.sip.server_transaction import ServerTransaction
from callcenter.sip.settings import Credentials, EndpointSettings


class Endpoint:
    """Transactions, dialogs and sessions of one node.

    After every call that takes ``now``, send ``outgoing()``, handle ``events()`` and re-arm one timer for ``next_timer()``.

    :param random: returns a fresh token of at least 16 hexadecimal digits at each call; tags, branches and delays come from it.
    """

    def __init__(self, settings: EndpointSettings, random: Callable[[], str]) -> None: ...

    # For the transport driver.

    def set_sent_by(self, sent_by: Iterable[SentBy]) -> None:
        """Replace the addresses that stand in Via and Contact (the real ports are known after binding)."""

    def receive(self, message: Request | Response, flow: Flow, now: float) -> None:
        """Take one parsed message from the network."""

    def connection_lost(self, flow: Flow, now: float) -> None:
        """A connection closed: what waits on it fails; answered sessions go on over a new path."""

    def send_failed(self, outgoing: Outgoing, now: float) -> None:
        """This message could not be sent (no route, refused, unresolvable)."""

    def flow_resolved(self, outgoing: Outgoing, flow: Flow) -> None:
        """A target led to this flow: what follows in the same transaction (retransmissions, CANCEL, ACK) takes it too."""

    def next_timer(self) -> float | None:
        """Return when ``handle_timer`` wants to be called, or None."""

    def handle_timer(self, now: float) -> None:
        """Run every deadline that is due."""

    def outgoing(self) -> list[Outgoing]:
        """Return and forget the messages to send, in order."""
        return []

    def events(self) -> list[SipEvent]:
        """Return and forget what happened, in order."""
        return []

    # For the application.

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
        """Answer an IncomingRequest with a whole Response or with a status."""

    def request(
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

        Give ``call_id`` and ``cseq`` to go on a registration. Without ``flow`` or ``target`` the first route or ``uri`` is the hop.
        """
        raise AssertionError

    def invite(
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

        ``contact`` is a URI; None makes one of the user in ``from_`` and our address.
        """
        raise AssertionError

    def find_session(self, call_id: str, local_tag: str, remote_tag: str) -> InviteSession | None:
        """Return the session that owns a dialog, for Replaces inside a Refer-To."""
        return None

    @property
    def counts(self) -> dict[str, int]:
        """Return how many transactions, dialogs, sessions and timers live."""
        return {}
