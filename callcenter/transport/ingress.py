"""What happens to a message between socket and endpoint: guard, overload gate, parser, answers without state."""

from __future__ import annotations

from random import Random
from typing import Protocol

import structlog

from callcenter.sip.flow import Flow
from callcenter.sip.grammar import SipParseError
from callcenter.sip.message import Request, Response, parse_message
from callcenter.transport import stateless
from callcenter.transport.counters import TransportCounters
from callcenter.transport.log_limit import LogLimit
from callcenter.transport.overload import OverloadGate
from callcenter.transport.source_guard import Offence, SourceGuard

log = structlog.get_logger(__name__)

RETRY_AFTER_S = (5, 15)
"Refused callers are spread over this range, so that they do not come back together (RFC 3261 §20.33)."
_SHORTEST_MESSAGE = 16
_LINE_ENDS = b"\r\n"


class Receiver(Protocol):
    """The part of the endpoint that takes messages."""

    def receive(self, message: Request | Response, flow: Flow, now: float) -> str | None:
        """Take one parsed message; return what is malformed about it."""
        ...


class Answerer(Protocol):
    """Who sends what was built without state."""

    def send_on_flow(self, data: bytes, flow: Flow) -> bool:
        """Send raw bytes on a flow; False when that is impossible."""
        ...


class Ingress:
    """The way in. :meth:`take` never raises."""

    def __init__(
        self,
        receiver: Receiver,
        answerer: Answerer,
        guard: SourceGuard,
        gate: OverloadGate | None,
        random: Random,
        counters: TransportCounters,
        log_limit: LogLimit,
    ) -> None:
        self._receiver = receiver
        self._answerer = answerer
        self._guard = guard
        self.gate = gate
        self._random = random
        self._counters = counters
        self._log_limit = log_limit

    def take(self, data: bytes, flow: Flow, now: float) -> None:
        """Bring one message, whose source the guard has admitted, to the endpoint, or answer or drop it."""
        if (
            len(data) < _SHORTEST_MESSAGE or data[0] < 9
        ):  # CRLF or NUL keep-alives, STUN binding requests (RFC 5626 §3.5).
            self._counters.keep_alives += 1
            return
        if data[0] in _LINE_ENDS:  # Empty lines before the message are ignored (RFC 3261 §7.5).
            data = data.lstrip(b"\r\n")
        if self.gate is not None and (reason := self.gate.refusal(data, now)) is not None:
            self._refuse(data, flow, reason)
            return
        try:
            message = parse_message(data)
            if isinstance(message, Request):
                message.stamp_source(flow.remote[0], flow.remote[1])
                if self._unwelcome(message, flow, now):
                    self._counters.dropped_by_guard += 1
                    return
            problem = self._receiver.receive(message, flow, now)
            if problem is not None:
                self._counters.refused_malformed += 1
                self._count_malformed(problem, flow, now)
        except SipParseError as error:
            self._malformed(data, flow, error, now)
        except Exception:  # A supervised edge: one message must not stop the others.
            log.exception("endpoint failed on a message", call_id=stateless.call_id(data), source=flow.remote[0])

    def broken_stream(self, head: bytes, status: int, flow: Flow, now: float) -> None:
        """Answer what can be read of a message whose end cannot be found; the connection closes afterwards."""
        self._malformed(head, flow, SipParseError("Framing lost", status), now)

    def _unwelcome(self, request: Request, flow: Flow, now: float) -> bool:
        """Tell whether the guard objects to who is speaking; requests inside dialogs are the dialog's affair."""
        source = flow.remote[0]
        agents = request.headers.fields.get("User-Agent")
        if agents and self._guard.is_scanner(agents[0]) and not self._guard.is_trusted(source):
            self._guard.report(Offence.SCANNER, source, None, now)
            self._log_limit.warning("scanner banned", source=source)
            return True
        if (
            not self._guard.has_banned_users(source)
            or request.to.tag is not None
            or request.method in ("ACK", "CANCEL")
        ):
            return False
        return not all(self._guard.admit_user(source, user, now) for user in _claimed_users(request))

    def _refuse(self, data: bytes, flow: Flow, reason: str) -> None:
        self._counters.refused_overload += 1
        self._log_limit.warning("new call refused", reason=reason)
        retry_after = str(self._random.randint(*RETRY_AFTER_S))
        answer = stateless.response(data, 503, flow.remote, headers=(("Retry-After", retry_after),))
        if answer is not None:
            self._answerer.send_on_flow(answer, flow)

    def _count_malformed(self, problem: str, flow: Flow, now: float) -> None:
        self._guard.report(Offence.MALFORMED, flow.remote[0], None, now)
        self._log_limit.warning("malformed message", problem=problem, source=flow.remote[0], transport=flow.transport)

    def _malformed(self, data: bytes, flow: Flow, error: SipParseError, now: float) -> None:
        self._count_malformed(error.reason, flow, now)
        answer = None
        if error.status is not None:
            answer = stateless.response(data, error.status, flow.remote)
        if answer is None:
            self._counters.dropped_malformed += 1
        else:
            self._counters.answered_malformed += 1
            self._answerer.send_on_flow(answer, flow)


def _claimed_users(request: Request) -> set[str]:
    """Return every user name the sender says to be or speaks for."""
    users = {request.from_.uri.user}
    if request.method == "REGISTER":
        users.add(request.to.uri.user)
    for name in ("Authorization", "Proxy-Authorization"):
        for value in request.headers.fields.get(name, ()):
            _, found, rest = value.partition('username="')
            if found:
                users.add(rest.partition('"')[0])
    return users
