"""Server transactions: the peer's requests and our responses to them (RFC 3261 §17.2, RFC 6026 §8.7)."""

from __future__ import annotations

from typing import Protocol

from callcenter.base.errors import LocalError
from callcenter.sip.flow import Flow
from callcenter.sip.message import Request
from callcenter.sip.timers import Timer
from callcenter.sip.transaction import MergeKey, ServerKey, TransactionLayer
from callcenter.sip.transaction_tables import (
    INVITE_SERVER,
    NON_INVITE_SERVER,
    InviteServerInput,
    InviteServerState,
    NonInviteServerInput,
    NonInviteServerState,
)
from callcenter.sip.writing import HeaderList, copied_lines, reason_phrase, write_response


class InviteOwner(Protocol):
    """Who answers an INVITE."""

    def on_cancel(self, transaction: InviteServerTransaction, cancel: Request, now: float) -> None:
        """Learn that the caller gave up before our final response; to be answered with 487."""

    def on_path_lost(self, transaction: InviteServerTransaction, now: float) -> None:
        """Learn that the path to the caller is gone before our final response."""


class ServerTransaction:
    """What both kinds share: identity, the request, the path back."""

    __slots__ = ("_last", "_layer", "_merge_key", "_timer", "copied", "flow", "key", "lost", "request", "to_tag")

    def __init__(self, layer: TransactionLayer, key: ServerKey, request: Request, flow: Flow) -> None:
        self._layer = layer
        self.key = key
        self.request = request
        self.flow = flow
        to_tag = request.to.params.get("tag")
        self.to_tag = to_tag or layer.token()
        "Tag in To of every response above 100."
        self.copied = copied_lines(request, None if to_tag else self.to_tag)
        self._last: bytes | None = None
        self._timer: Timer | None = None
        self._merge_key: MergeKey | None = None
        self.lost = False
        "The path back is gone: responses go nowhere, and that is nobody's fault."
        layer.servers[key] = self
        layer.depend_on(flow, self)

    def remember_as_first(self, merge_key: MergeKey) -> None:
        """Be the transaction that copies of this request are compared with (§8.2.2.2)."""
        self._merge_key = merge_key
        self._layer.merged[merge_key] = self

    @property
    def answered(self) -> bool:
        """Tell whether a final response was sent."""
        raise AssertionError("a transaction is of one of two kinds")

    def respond(
        self,
        status: int,
        now: float,
        headers: HeaderList = (),
        *,
        reason: str | None = None,
        body: bytes = b"",
        content_type: str | None = None,
    ) -> bytes:
        """Send a response and return its bytes.

        :raises IllegalTransition: a final response was sent before.
        """
        if not 100 <= status <= 699:
            raise LocalError(f"{status} is no SIP status")
        data = write_response(
            status, reason_phrase(status) if reason is None else reason, self.copied, headers, body, content_type
        )
        self.respond_raw(status, data, now)
        return data

    def respond_raw(self, status: int, data: bytes, now: float) -> None:
        """Send a response that is written already."""
        raise AssertionError("a transaction is of one of two kinds")

    def receive_again(self, now: float) -> None:
        """Take a retransmission of the request."""
        raise AssertionError("a transaction is of one of two kinds")

    def transport_error(self, now: float) -> None:
        """Learn that the path failed."""
        raise AssertionError("a transaction is of one of two kinds")

    def _transmit(self, data: bytes) -> None:
        self._layer.send(data, self.flow, None, self)

    def _drop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._layer.servers.pop(self.key, None)
        if self._merge_key is not None and self._layer.merged.get(self._merge_key) is self:
            del self._layer.merged[self._merge_key]
        self._layer.independent(self.flow, self)


class InviteServerTransaction(ServerTransaction):
    """Figure 7 of RFC 3261 with the Accepted state of RFC 6026: INVITEs go up once, 2xx are the owner's to repeat."""

    __slots__ = ("_interval", "_timer_h", "owner", "state")

    def __init__(self, layer: TransactionLayer, key: ServerKey, request: Request, flow: Flow, now: float) -> None:
        super().__init__(layer, key, request, flow)
        self.state = InviteServerState.PROCEEDING
        self.owner: InviteOwner | None = None
        self._interval = layer.settings.t1
        self._timer_h: Timer | None = None
        if layer.settings.trying_delay > 0:
            self._timer = layer.timers.at(now + layer.settings.trying_delay, self._send_trying)
        else:
            self._send_trying(now)

    def _send_trying(self, _now: float) -> None:
        """Say that the INVITE is here, unless something better was said already (§17.2.1)."""
        self._timer = None
        if self._last is not None or self.lost:
            return
        request, copied = self.request, self.copied
        timestamp = request.headers.fields.get("Timestamp")
        extra = f"Timestamp: {timestamp[0]}\r\n" if timestamp else ""
        if not request.to.params.get("tag"):
            copied = copied.replace(f";tag={self.to_tag}\r\n", "\r\n", 1)
        trying = f"SIP/2.0 100 Trying\r\n{copied}{extra}Content-Length: 0\r\n\r\n"
        self._last = trying.encode("utf-8", "surrogateescape")
        self._transmit(self._last)

    @property
    def answered(self) -> bool:
        """Tell whether a final response was sent."""
        return self.state is not InviteServerState.PROCEEDING

    def respond_raw(self, status: int, data: bytes, now: float) -> None:
        """Send a response that is written already; a 2xx may be sent again while Accepted."""
        if self.lost:
            return
        if status < 200:
            event = InviteServerInput.SEND_PROVISIONAL
        elif status < 300:
            event = InviteServerInput.SEND_SUCCESS
        else:
            event = InviteServerInput.SEND_FAILURE
        before = self.state
        self.state = INVITE_SERVER.next(before, event)
        if before is InviteServerState.PROCEEDING and self._timer is not None:
            self._timer.cancel()  # No 100 after something better.
            self._timer = None
        self._last = data
        self._transmit(data)
        if before is InviteServerState.PROCEEDING and self.state is not before:
            settings = self._layer.settings
            if self.state is InviteServerState.ACCEPTED:
                self._timer = self._layer.timers.at(now + 64 * settings.t1, self._on_timer_l)
            else:
                self._timer_h = self._layer.timers.at(now + 64 * settings.t1, self._on_timer_h)
                if not self.flow.reliable:
                    self._timer = self._layer.timers.at(now + self._interval, self._on_timer_g)

    def receive_again(self, now: float) -> None:
        """Repeat the last response while that is ours to do; absorb the INVITE otherwise."""
        self.state = INVITE_SERVER.next(self.state, InviteServerInput.INVITE)
        if self.state in (InviteServerState.PROCEEDING, InviteServerState.COMPLETED) and self._last is not None:
            self._transmit(self._last)

    def receive_ack(self, now: float) -> bool:
        """Absorb the ACK to a failure; return False when it acknowledges a 2xx and belongs to the session."""
        if not INVITE_SERVER.allows(self.state, InviteServerInput.ACK):
            return True
        before = self.state
        self.state = INVITE_SERVER.next(before, InviteServerInput.ACK)
        if before is InviteServerState.COMPLETED:
            self._stop_retransmitting()
            if self.flow.reliable:
                self._on_timer_i(now)
            else:
                self._timer = self._layer.timers.at(now + self._layer.settings.t4, self._on_timer_i)
        return self.state is not InviteServerState.ACCEPTED

    def _stop_retransmitting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._timer_h is not None:
            self._timer_h.cancel()
            self._timer_h = None

    def _on_timer_g(self, now: float) -> None:
        if self._last is not None:
            self._transmit(self._last)
        self._interval = min(2 * self._interval, self._layer.settings.t2)
        self._timer = self._layer.timers.at(now + self._interval, self._on_timer_g)

    def _on_timer_h(self, now: float) -> None:
        self.state = INVITE_SERVER.next(self.state, InviteServerInput.TIMER_H)
        self._drop()

    def _on_timer_i(self, now: float) -> None:
        self.state = INVITE_SERVER.next(self.state, InviteServerInput.TIMER_I)
        self._drop()

    def _on_timer_l(self, now: float) -> None:
        self.state = INVITE_SERVER.next(self.state, InviteServerInput.TIMER_L)
        self._drop()

    def transport_error(self, now: float) -> None:
        """Fail; the owner hears of it when it has not answered yet."""
        if not INVITE_SERVER.allows(self.state, InviteServerInput.TRANSPORT_ERROR):
            return
        owner = self.owner if self.state is InviteServerState.PROCEEDING else None
        self.state = INVITE_SERVER.next(self.state, InviteServerInput.TRANSPORT_ERROR)
        self.lost = True
        self._drop()
        if owner is not None:
            owner.on_path_lost(self, now)

    def _drop(self) -> None:
        self._stop_retransmitting()
        super()._drop()
        self.owner = None


class NonInviteServerTransaction(ServerTransaction):
    """Figure 8 of RFC 3261."""

    __slots__ = ("state",)

    def __init__(self, layer: TransactionLayer, key: ServerKey, request: Request, flow: Flow) -> None:
        super().__init__(layer, key, request, flow)
        self.state = NonInviteServerState.TRYING

    @property
    def answered(self) -> bool:
        """Tell whether a final response was sent."""
        return self.state in (NonInviteServerState.COMPLETED, NonInviteServerState.TERMINATED)

    def respond_raw(self, status: int, data: bytes, now: float) -> None:
        """Send a response that is written already."""
        if self.lost:
            return
        event = NonInviteServerInput.SEND_PROVISIONAL if status < 200 else NonInviteServerInput.SEND_FINAL
        self.state = NON_INVITE_SERVER.next(self.state, event)
        self._last = data
        self._transmit(data)
        if self.state is NonInviteServerState.COMPLETED:
            if self._timer is not None:
                self._timer.cancel()
            if self.flow.reliable:
                self._on_timer_j(now)
            else:
                self._timer = self._layer.timers.at(now + 64 * self._layer.settings.t1, self._on_timer_j)

    def receive_again(self, now: float) -> None:
        """Repeat the last response; nothing while there is none."""
        self.state = NON_INVITE_SERVER.next(self.state, NonInviteServerInput.REQUEST)
        if self._last is not None:
            self._transmit(self._last)

    def expect_answer(self, now: float) -> None:
        """Forget the request when nobody answers it in the time its sender waits (RFC 4320 §4.2)."""
        if not self.answered:
            self._timer = self._layer.timers.at(now + 64 * self._layer.settings.t1, self._on_unanswered)

    def _on_unanswered(self, now: float) -> None:
        self.state = NON_INVITE_SERVER.next(self.state, NonInviteServerInput.UNANSWERED)
        self.lost = True
        self._drop()

    def _on_timer_j(self, now: float) -> None:
        self.state = NON_INVITE_SERVER.next(self.state, NonInviteServerInput.TIMER_J)
        self._drop()

    def transport_error(self, now: float) -> None:
        """Forget the request: there is no way back to whoever sent it."""
        if NON_INVITE_SERVER.allows(self.state, NonInviteServerInput.TRANSPORT_ERROR):
            self.state = NON_INVITE_SERVER.next(self.state, NonInviteServerInput.TRANSPORT_ERROR)
            self.lost = True
            self._drop()
