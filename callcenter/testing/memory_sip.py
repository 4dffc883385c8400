"""SIP between endpoints in one process: real messages and real transactions, an in-memory network, scripted phones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from callcenter.base.errors import CallcenterError
from callcenter.runtime.tasks import create_task
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import (
    EndCause,
    IncomingInvite,
    IncomingRequest,
    ReferProgress,
    ReferReceived,
    ReofferCompleted,
    RequestCompleted,
    SessionAnswered,
    SessionEnded,
    SessionOffer,
    SipEvent,
)
from callcenter.sip.flow import Flow, SentBy, Target
from callcenter.sip.invite import InviteSession
from callcenter.sip.message import Request, parse_message
from callcenter.sip.settings import Credentials, EndpointSettings

E = TypeVar("E", bound=SipEvent)
Address = tuple[str, int]

LATENCY_S = 0.001
"How long a message travels."


class Unreachable(CallcenterError):
    """Nobody is at this address."""

    error_id = "unreachable"


class MemoryNetwork:
    """Carries messages between the nodes attached to it; what goes to nobody is lost in silence."""

    def __init__(self) -> None:
        self.nodes: dict[str, MemoryNode] = {}
        self.lost: set[str] = set()
        "Hosts to which everything is lost."
        self.seen: list[tuple[str, str, str]] = []
        "Everything sent, in order: ``(from host, to host, first line)``."

    def send(self, data: bytes, flow: Flow) -> None:
        """Deliver ``data`` after :data:`LATENCY_S`."""
        self.seen.append((flow.local[0], flow.remote[0], data.split(b"\r\n", 1)[0].decode()))
        node = self.nodes.get(flow.remote[0])
        if node is not None and flow.remote[0] not in self.lost:
            back = Flow(flow.transport, flow.remote, flow.local, flow.id)
            asyncio.get_running_loop().call_later(LATENCY_S, node.receive, data, back)


class MemoryNode:
    """An endpoint on a :class:`MemoryNetwork`: the driver's work without sockets.

    :param handler: gets every event.
    """

    def __init__(
        self,
        network: MemoryNetwork,
        host: str,
        handler: Callable[[SipEvent], None],
        settings: EndpointSettings | None = None,
    ) -> None:
        numbers = count(1)
        self.network = network
        self.transport = "udp"
        "What it opens connections with: ``ws`` makes a phone a browser to the server."
        self.address: Address = (host, 5060)
        settings = settings or EndpointSettings(sent_by=(SentBy("udp", host, 5060),), session_expires=0)
        self.endpoint = Endpoint(settings, lambda: f"{host.replace('.', '').replace(':', ''):0>8}{next(numbers):08x}")
        self._handler = handler
        self._flushing = False
        self._timer: asyncio.TimerHandle | None = None
        network.nodes[host] = self

    def now(self) -> float:
        """Return the loop's time."""
        return asyncio.get_running_loop().time()

    def flow_to(self, target: Target) -> Flow:
        """Return the flow to a numeric address.

        :raises Unreachable: when nobody is there.
        """
        if target.host not in self.network.nodes:
            raise Unreachable(f"{target.host} cannot be reached")
        return Flow(self.transport, self.address, (target.host, target.port or 5060))

    def receive(self, data: bytes, flow: Flow) -> None:
        """Take a message from the network."""
        self.endpoint.receive(parse_message(data), flow, self.now())
        self.flush()

    def flush(self) -> None:
        """Send what is queued, hand out what happened, arm the timer."""
        if self._flushing:
            return
        self._flushing = True
        try:
            while True:
                outgoing, events = self.endpoint.outgoing(), self.endpoint.events()
                if not outgoing and not events:
                    break
                for message in outgoing:
                    if message.flow is None:
                        assert message.target is not None
                        self.endpoint.flow_resolved(message, self.flow_to(message.target))
                    assert message.flow is not None
                    self.network.send(message.data, message.flow)
                for event in events:
                    self._handler(event)
        finally:
            self._flushing = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.endpoint.next_timer()
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.endpoint.handle_timer(self.now())
        self.flush()


BROWSER_LINES = (
    "a=mid:0",
    "a=rtcp-mux",
    "a=setup:active",
    "a=ice-ufrag:user",
    "a=ice-pwd:passwordpasswordpassword",
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
)
"What the description of a WebRTC answer has besides (RFC 8829)."


class MemoryPhone:
    """A phone, or a carrier's gateway, on a :class:`MemoryNetwork`. It does what it is told and answers re-INVITEs.

    :param server: where it sends its requests.
    :param credentials: with which it answers challenges.
    """

    def __init__(
        self, network: MemoryNetwork, host: str, server: str, user: str, credentials: Credentials | None = None
    ) -> None:
        self.node = MemoryNode(network, host, self._on_event)
        self.user = user
        self.host = host
        self.events: list[SipEvent] = []
        self.on_invite: Callable[[InviteSession], None] | None = None
        "Called with every incoming call; by default it rings on."
        self.refuses_offers: int | None = None
        "Status with which re-INVITEs are refused; None answers them."
        self.rtp_port = 40_000
        self._server = server
        self._credentials = credentials
        self._versions = count(1)
        self._changed = asyncio.Event()
        self._seen = 0

    @property
    def endpoint(self) -> Endpoint:
        """Return its endpoint."""
        return self.node.endpoint

    def sdp(self, direction: str = "sendrecv", codecs: str = "8 0 101") -> str:
        """Return a description of its audio."""
        address = f"IN {'IP6' if ':' in self.host else 'IP4'} {self.host}"
        lines = [
            "v=0",
            f"o=- 1 {next(self._versions)} {address}",
            "s=-",
            f"c={address}",
            "t=0 0",
            f"m=audio {self.rtp_port} {'RTP/AVP' if self.node.transport == 'udp' else 'UDP/TLS/RTP/SAVPF'} {codecs}",
            "a=rtpmap:101 telephone-event/8000",
            f"a={direction}",
        ]
        if self.node.transport != "udp":
            lines += BROWSER_LINES
        return "\r\n".join(lines) + "\r\n"

    # What it does

    def call(self, number: str, *, sdp: str | None = None, from_: str | None = None, **parts: object) -> InviteSession:
        """Send an INVITE to ``number`` at the server."""
        session = self.endpoint.invite(
            uri=f"sip:{number}@{self._server}",
            from_=from_ or f"<sip:{self.user}@{self._server}>",
            to=f"<sip:{number}@{self._server}>",
            now=self.node.now(),
            sdp=self.sdp() if sdp is None else sdp or None,
            flow=self.node.flow_to(Target(self._server)),
            credentials=self._credentials,
            **parts,  # type: ignore[arg-type]  # passed through to the endpoint
        )
        self.node.flush()
        return session

    async def answered_call(self, number: str) -> InviteSession:
        """Call ``number`` and return when somebody has answered."""
        session = self.call(number)
        await self.wait(SessionAnswered)
        return session

    async def request(self, method: str, **parts: object) -> RequestCompleted:
        """Send a request outside dialogs and return what came of it."""
        address = f"<sip:{self.user}@{self._server}>"
        settings: dict[str, object] = {"from_": address, "to": address, "credentials": self._credentials, **parts}
        self.endpoint.request(
            method,
            f"sip:{self._server}",
            now=self.node.now(),
            flow=self.node.flow_to(Target(self._server)),
            **settings,  # type: ignore[arg-type]  # passed through to the endpoint
        )
        self.node.flush()
        return await self.wait(RequestCompleted)

    async def register(self, expires: int = 300) -> RequestCompleted:
        """Register this phone."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        transport = "" if self.node.transport == "udp" else f";transport={self.node.transport}"
        return await self.request(
            "REGISTER", contact=f"sip:{self.user}@{host}:5060{transport}", headers=(("Expires", str(expires)),)
        )

    def ring(self, session: InviteSession, status: int = 180, sdp: str | None = None) -> None:
        """Say that it rings."""
        session.progress(status, sdp, now=self.node.now())
        self.node.flush()

    def answer(self, session: InviteSession, sdp: str | None = None) -> None:
        """Pick up."""
        session.accept(sdp or self.sdp(), self.node.now())
        self.node.flush()

    def reject(self, session: InviteSession, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Refuse a call."""
        session.reject(status, headers=headers, now=self.node.now())
        self.node.flush()

    def redirect(self, session: InviteSession, *contacts: str) -> None:
        """Send the caller elsewhere."""
        session.redirect(contacts, self.node.now())
        self.node.flush()

    def hang_up(self, session: InviteSession) -> None:
        """Cancel, refuse or end a call; nothing when it is over."""
        session.end(session_end(session), self.node.now())
        self.node.flush()

    def reoffer(self, session: InviteSession, direction: str | None) -> None:
        """Hold (``sendonly``, ``inactive``), resume (``sendrecv``), or re-INVITE without SDP (None)."""
        session.reoffer(None if direction is None else self.sdp(direction), self.node.now())
        self.node.flush()

    def info(self, session: InviteSession, key: str) -> None:
        """Press a key by SIP INFO."""
        session.info("application/dtmf-relay", f"Signal={key}\r\nDuration=160\r\n".encode(), self.node.now())
        self.node.flush()

    def refer(self, session: InviteSession, number: str, replaces: InviteSession | None = None) -> None:
        """Ask for a transfer to ``number``, attended when ``replaces`` is given."""
        session.refer(f"sip:{number}@{self._server}", self.node.now(), replaces=replaces)
        self.node.flush()

    # What it notices

    async def wait(self, kind: type[E], within_s: float = 60.0) -> E:
        """Return the next event of ``kind`` that was not waited for before; those it passes over are skipped."""
        async with asyncio.timeout(within_s):
            while True:
                while self._seen < len(self.events):
                    event = self.events[self._seen]
                    self._seen += 1
                    if isinstance(event, kind):
                        return event
                self._changed.clear()
                await self._changed.wait()

    async def incoming(self, within_s: float = 60.0) -> InviteSession:
        """Return the next call that comes in."""
        return (await self.wait(IncomingInvite, within_s)).session

    def of_kind(self, kind: type[E]) -> list[E]:
        """Return every event of ``kind`` so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def end_of(self, session: InviteSession) -> SessionEnded | None:
        """Return how ``session`` ended, None while it lives."""
        return next((event for event in self.of_kind(SessionEnded) if event.session is session), None)

    def transfer_statuses(self) -> list[int]:
        """Return what it was told of the transfers it asked for."""
        return [event.status for event in self.of_kind(ReferProgress)]

    def _on_event(self, event: SipEvent) -> None:
        self.events.append(event)
        self._changed.set()
        match event:
            case IncomingInvite(session=session):
                if self.on_invite is not None:
                    self.on_invite(session)
            case SessionOffer(session=session, offer_id=offer_id):
                if self.refuses_offers is not None:
                    session.refuse(offer_id, self.refuses_offers, now=self.node.now())
                else:
                    session.answer(offer_id, self.sdp(), self.node.now())
            case SessionAnswered(session=session, needs_ack=True) | ReofferCompleted(session=session, needs_ack=True):
                session.ack(self.sdp(), self.node.now())
            case IncomingRequest(transaction=transaction):
                self.endpoint.respond(transaction, 200, self.node.now())
            case ReferReceived(session=session, refer=refer):
                session.reject_refer(refer, 603, self.node.now())


def session_end(session: InviteSession) -> EndCause:
    """Return what ending ``session`` by hand is called."""
    return EndCause.LOCAL_BYE if session.answered else EndCause.CANCELLED


def answers(phone: MemoryPhone, after_s: float = 1.0) -> None:
    """Let ``phone`` ring and pick up every call by itself."""

    async def pick_up(session: InviteSession) -> None:
        await asyncio.sleep(after_s)
        if not session.over:
            phone.answer(session)

    def take(session: InviteSession) -> None:
        phone.ring(session)
        create_task(pick_up(session), name=f"pick-up:{phone.user}")

    phone.on_invite = take


def request_of(session: InviteSession) -> Request:
    """Return the INVITE that a phone received."""
    assert session.request is not None
    return session.request
