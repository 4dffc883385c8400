"""A desk to test the SIP core at: one endpoint, a hand-written peer, time that only the test moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeVar

from callcenter.sip.endpoint import Endpoint
from callcenter.sip.events import IncomingInvite, SipEvent
from callcenter.sip.flow import Flow, Outgoing, SentBy
from callcenter.sip.invite import InviteSession
from callcenter.sip.message import Request, Response, parse_message
from callcenter.sip.settings import EndpointSettings

UDP = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5060))
TCP = Flow("tcp", ("192.0.2.1", 5060), ("192.0.2.9", 40000), 7)
SENT_BY = (SentBy("udp", "192.0.2.1", 5060), SentBy("tcp", "192.0.2.1", 5060))
OFFER = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=offer\r\n"
ANSWER = "v=0\r\no=- 2 1 IN IP4 192.0.2.1\r\ns=answer\r\n"
T1 = 0.5

E = TypeVar("E", bound=SipEvent)


def tokens(prefix: str = "") -> Callable[[], str]:
    """Return a source of predictable tokens; their first eight digits say 0, so random delays are the shortest."""
    numbers = count(1)
    return lambda: f"{prefix:0>8}{next(numbers):08x}"


class Desk:
    """One endpoint and the peer at 192.0.2.9 that the test plays."""

    def __init__(
        self, flow: Flow = UDP, settings: EndpointSettings | None = None, random: Callable[[], str] | None = None
    ) -> None:
        self.endpoint = Endpoint(settings or EndpointSettings(sent_by=SENT_BY, session_expires=0), random or tokens())
        self.flow = flow

    # What the peer does

    def peer_sends(self, data: str | bytes, now: float = 0.0, flow: Flow | None = None) -> None:
        """Let a message arrive."""
        if isinstance(data, str):
            data = data.encode()
        self.endpoint.receive(parse_message(data), flow or self.flow, now)

    def invite(self, now: float = 0.0, **parts: Any) -> InviteSession:
        """Let an INVITE arrive and return its session."""
        self.peer_sends(request("INVITE", **parts), now)
        return self.one(IncomingInvite).session

    def answered(self, now: float = 0.0, **parts: Any) -> InviteSession:
        """Let a call arrive, answer it, let the ACK arrive; forget what was sent."""
        session = self.invite(now, **parts)
        session.accept(ANSWER, now)
        self.peer_sends(request("ACK", to_tag=session.local_tag, branch="ack", body=""), now)
        self.sent()
        self.endpoint.events()
        return session

    def reply(self, to: Request, status: int, now: float = 0.0, **parts: Any) -> None:
        """Answer a request of ours."""
        self.peer_sends(response(to, status, **parts), now)

    # What came of it

    def out(self) -> list[Outgoing]:
        """Return what was queued."""
        return self.endpoint.outgoing()

    def sent(self) -> list[Request | Response]:
        """Return the messages that were queued, parsed."""
        return [parse_message(item.data) for item in self.endpoint.outgoing()]

    def lines(self) -> list[str]:
        """Return what was queued in short: ``INVITE 1``, ``200 INVITE``."""
        return [short(message) for message in self.sent()]

    def request(self) -> Request:
        """Return the one request that was queued."""
        (message,) = self.sent()
        assert isinstance(message, Request)
        return message

    def response(self) -> Response:
        """Return the one response that was queued."""
        (message,) = self.sent()
        assert isinstance(message, Response)
        return message

    def one(self, kind: type[E]) -> E:
        """Return the one event that happened; it must be of ``kind``."""
        (event,) = self.endpoint.events()
        assert isinstance(event, kind), event
        return event

    def timeline(self, until: float) -> list[tuple[float, str]]:
        """Run all deadlines up to ``until``; return when what was sent."""
        said: list[tuple[float, str]] = []
        while (deadline := self.endpoint.next_timer()) is not None and deadline <= until:
            self.endpoint.handle_timer(deadline)
            said += [(round(deadline, 6), line) for line in self.lines()]
        return said

    def assert_empty(self) -> None:
        """Check that nothing is remembered."""
        assert self.endpoint.counts == dict.fromkeys(self.endpoint.counts, 0)
        assert self.endpoint.next_timer() is None


def short(message: Request | Response) -> str:
    """Say a message in two words."""
    if isinstance(message, Request):
        return f"{message.method} {message.cseq.number}"
    return f"{message.status} {message.cseq.method}"


def request(
    method: str,
    *,
    uri: str = "sip:1900@192.0.2.1",
    branch: str = "z1",
    cseq: int = 1,
    from_tag: str = "peer",
    to_tag: str | None = None,
    call_id: str = "call1",
    headers: Sequence[str] = (),
    body: str | None = None,
    contact: str = "<sip:peer@192.0.2.9:5060>",
    via: str | None = None,
    cookie: str = "z9hG4bK",
) -> str:
    """Write a request as the peer would; INVITE carries an offer unless ``body`` says otherwise."""
    if body is None:
        body = OFFER if method == "INVITE" else ""
    tag = f";tag={to_tag}" if to_tag else ""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: {via or f'SIP/2.0/UDP 192.0.2.9:5060;rport;branch={cookie}{branch}'}",
        "Max-Forwards: 70",
        f"From: <sip:peer@192.0.2.9>;tag={from_tag}",
        f"To: <sip:1900@192.0.2.1>{tag}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
    ]
    if contact and method not in ("BYE", "CANCEL", "ACK"):
        lines.append(f"Contact: {contact}")
    lines += headers
    if body and not any(line.startswith("Content-Type") for line in headers):
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def response(
    to: Request,
    status: int,
    *,
    to_tag: str | None = "peer",
    headers: Sequence[str] = (),
    body: str = "",
    contact: str = "<sip:peer@192.0.2.9:5060>",
) -> str:
    """Write a response as the peer would."""
    fields = to.headers.fields
    tag = f";tag={to_tag}" if to_tag and to.to.tag is None and status != 100 else ""
    lines = [f"SIP/2.0 {status} Whatever", *[f"Via: {value}" for value in fields["Via"]]]
    lines += [f"From: {fields['From'][0]}", f"To: {fields['To'][0]}{tag}"]
    lines += [f"Call-ID: {fields['Call-ID'][0]}", f"CSeq: {fields['CSeq'][0]}"]
    if contact and 100 < status < 300:
        lines.append(f"Contact: {contact}")
    lines += headers
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines) + "\r\n\r\n" + body
