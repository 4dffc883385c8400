"""Client transactions: our requests on their way to a final response (RFC 3261 §17.1, RFC 6026 §8.4)."""

from __future__ import annotations

from typing import Protocol

from callcenter.sip.flow import Flow, Outgoing, Target
from callcenter.sip.message import Response
from callcenter.sip.timers import Timer
from callcenter.sip.transaction import TransactionLayer
from callcenter.sip.transaction_tables import (
    INVITE_CLIENT,
    NON_INVITE_CLIENT,
    InviteClientInput,
    InviteClientState,
    NonInviteClientInput,
    NonInviteClientState,
)
from callcenter.sip.writing import RequestDraft, writable_address


class TransactionUser(Protocol):
    """Who wants to know what becomes of a request."""

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response: every provisional, the first final one, and each 2xx to INVITE."""

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """Learn that no final response came in time (timer B or F); to be treated as a 408 (§8.1.3.1)."""

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """Learn that the request could not be sent; to be treated as a 503 (§8.1.3.1)."""


class ClientTransaction:
    """What both kinds share: identity, the message, the path."""

    __slots__ = ("_layer", "_timeout", "_timer", "branch", "data", "draft", "flow", "interval", "target", "user", "via")

    def __init__(
        self,
        layer: TransactionLayer,
        draft: RequestDraft,
        flow: Flow | None,
        target: Target | None,
        user: TransactionUser,
        branch: str | None = None,
    ) -> None:
        self._layer = layer
        self.draft = draft
        self.flow = flow
        self.target = target
        self.user = user
        self.branch = branch or f"z9hG4bK{layer.token()}"
        self.via = layer.make_via(flow, target, self.branch)
        self.data = draft.encode(self.via)
        self.interval = layer.settings.t1
        self._timer: Timer | None = None
        "Retransmission, later the wait in Completed or Accepted."
        self._timeout: Timer | None = None
        layer.clients[self.branch, draft.method] = self
        layer.depend_on(flow, self)

    @property
    def reliable(self) -> bool:
        """Tell whether the path retransmits by itself."""
        if self.flow is not None:
            return self.flow.transport != "udp"
        return self.via[8:11] != "UDP"

    def _transmit(self) -> None:
        self._layer.send(self.data, self.flow, self.target, self)

    def _stop_timers(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def _drop(self) -> None:
        self._stop_timers()
        self._layer.clients.pop((self.branch, self.draft.method), None)
        self._layer.independent(self.flow, self)

    def bind(self, outgoing: Outgoing, flow: Flow) -> None:
        """Stay on ``flow`` from now on; when that changes our Via or Contact, ``outgoing`` gets the right message."""
        self._layer.independent(self.flow, self)
        self.flow = flow
        self._layer.depend_on(flow, self)
        if outgoing.data is self.data:
            via = self._layer.make_via(flow, None, self.branch)
            moved = self.draft.follow is not None and self.draft.follow(flow)
            if moved or via != self.via:
                self.via = via
                self.data = outgoing.data = self.draft.encode(via)
        outgoing.flow = flow

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matched."""
        raise AssertionError("a transaction is of one of two kinds")

    def transport_error(self, now: float) -> None:
        """Learn that the path failed."""
        raise AssertionError("a transaction is of one of two kinds")


class InviteClientTransaction(ClientTransaction):
    """Figure 5 of RFC 3261 with the Accepted state of RFC 6026: each 2xx goes up, a failure is acknowledged here."""

    __slots__ = ("_ack", "state")

    def __init__(
        self,
        layer: TransactionLayer,
        draft: RequestDraft,
        flow: Flow | None,
        target: Target | None,
        user: TransactionUser,
        now: float,
    ) -> None:
        super().__init__(layer, draft, flow, target, user)
        self.state = InviteClientState.CALLING
        self._ack: bytes | None = None
        self._transmit()
        settings = layer.settings
        if not self.reliable:
            self._timer = layer.timers.at(now + settings.t1, self._on_timer_a)
        self._timeout = layer.timers.at(now + 64 * settings.t1, self._on_timer_b)

    def _on_timer_a(self, now: float) -> None:
        """Retransmit and double (§17.1.1.2)."""
        if self.reliable:
            return
        self._transmit()
        self.interval *= 2
        self._timer = self._layer.timers.at(now + self.interval, self._on_timer_a)

    def _on_timer_b(self, now: float) -> None:
        self.state = INVITE_CLIENT.next(self.state, InviteClientInput.TIMER_B)
        self._drop()
        self.user.on_timeout(self, now)

    def give_up_at(self, deadline: float) -> None:
        """Stop waiting for a final response at ``deadline``: a cancelled INVITE waits 64*T1 more (§9.1)."""
        if self.state in (InviteClientState.CALLING, InviteClientState.PROCEEDING):
            if self._timeout is not None:
                self._timeout.cancel()
            self._timeout = self._layer.timers.at(deadline, self._on_timer_b)

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matched by branch and method."""
        status = response.status
        if status < 200:
            event = InviteClientInput.PROVISIONAL
        elif status < 300:
            event = InviteClientInput.SUCCESS
        else:
            event = InviteClientInput.FAILURE
        before = self.state
        if not INVITE_CLIENT.allows(before, event):
            return
        self.state = INVITE_CLIENT.next(before, event)
        if self.state is InviteClientState.PROCEEDING:
            if before is InviteClientState.CALLING:
                self._stop_timers()
            self.user.on_response(self, response, now)
        elif self.state is InviteClientState.ACCEPTED:
            if before is not InviteClientState.ACCEPTED:
                self._stop_timers()
                self._timer = self._layer.timers.at(now + 64 * self._layer.settings.t1, self._on_timer_m)
            self.user.on_response(self, response, now)
        elif before is InviteClientState.COMPLETED:
            if self._ack is not None:
                self._layer.send(self._ack, self.flow, self.target, self)
        else:
            self._complete(response, now)

    def _complete(self, response: Response, now: float) -> None:
        """Acknowledge a failure on the path of the INVITE (§17.1.1.3) and absorb its retransmissions for timer D."""
        self._stop_timers()
        self._ack = self.draft.derive("ACK", to=writable_address(response.headers.fields["To"][0])).encode(self.via)
        self._layer.send(self._ack, self.flow, self.target, self)
        if self.reliable:
            self._on_timer_d(now)
        else:
            self._timer = self._layer.timers.at(now + 64 * self._layer.settings.t1, self._on_timer_d)
        self.user.on_response(self, response, now)

    def _on_timer_d(self, now: float) -> None:
        self.state = INVITE_CLIENT.next(self.state, InviteClientInput.TIMER_D)
        self._drop()

    def _on_timer_m(self, now: float) -> None:
        self.state = INVITE_CLIENT.next(self.state, InviteClientInput.TIMER_M)
        self._drop()

    def transport_error(self, now: float) -> None:
        """Fail, unless a final response is here already (§17.1.4)."""
        if not INVITE_CLIENT.allows(self.state, InviteClientInput.TRANSPORT_ERROR):
            return
        waiting = self.state is not InviteClientState.COMPLETED
        self.state = INVITE_CLIENT.next(self.state, InviteClientInput.TRANSPORT_ERROR)
        self._drop()
        if waiting:
            self.user.on_transport_error(self, now)


class NonInviteClientTransaction(ClientTransaction):
    """Figure 6 of RFC 3261."""

    __slots__ = ("state",)

    def __init__(
        self,
        layer: TransactionLayer,
        draft: RequestDraft,
        flow: Flow | None,
        target: Target | None,
        user: TransactionUser,
        now: float,
        *,
        branch: str | None = None,
    ) -> None:
        super().__init__(layer, draft, flow, target, user, branch)
        self.state = NonInviteClientState.TRYING
        self._transmit()
        settings = layer.settings
        if not self.reliable:
            self._timer = layer.timers.at(now + settings.t1, self._on_timer_e)
        self._timeout = layer.timers.at(now + 64 * settings.t1, self._on_timer_f)

    def _on_timer_e(self, now: float) -> None:
        """Retransmit: doubling up to T2 while Trying, every T2 once Proceeding (§17.1.2.2)."""
        if self.reliable:
            return
        self._transmit()
        t2 = self._layer.settings.t2
        self.interval = t2 if self.state is NonInviteClientState.PROCEEDING else min(2 * self.interval, t2)
        self._timer = self._layer.timers.at(now + self.interval, self._on_timer_e)

    def _on_timer_f(self, now: float) -> None:
        self.state = NON_INVITE_CLIENT.next(self.state, NonInviteClientInput.TIMER_F)
        self._drop()
        self.user.on_timeout(self, now)

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matched by branch and method."""
        event = NonInviteClientInput.PROVISIONAL if response.status < 200 else NonInviteClientInput.FINAL
        if not NON_INVITE_CLIENT.allows(self.state, event):
            return
        self.state = NON_INVITE_CLIENT.next(self.state, event)
        if self.state is NonInviteClientState.COMPLETED:
            self._stop_timers()
            if self.reliable:
                self._on_timer_k(now)
            else:
                self._timer = self._layer.timers.at(now + self._layer.settings.t4, self._on_timer_k)
        self.user.on_response(self, response, now)

    def _on_timer_k(self, now: float) -> None:
        self.state = NON_INVITE_CLIENT.next(self.state, NonInviteClientInput.TIMER_K)
        self._drop()

    def transport_error(self, now: float) -> None:
        """Fail, unless a final response is here already (§17.1.4)."""
        if not NON_INVITE_CLIENT.allows(self.state, NonInviteClientInput.TRANSPORT_ERROR):
            return
        self.state = NON_INVITE_CLIENT.next(self.state, NonInviteClientInput.TRANSPORT_ERROR)
        self._drop()
        self.user.on_transport_error(self, now)
