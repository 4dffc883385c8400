"""Requests of ours outside dialogs: REGISTER, OPTIONS, MESSAGE (RFC 3261 §8.1)."""

from __future__ import annotations

from callcenter.sip.client_transaction import ClientTransaction, NonInviteClientTransaction
from callcenter.sip.events import RequestCompleted
from callcenter.sip.flow import Flow, Target
from callcenter.sip.inside import Authorizer
from callcenter.sip.message import Response
from callcenter.sip.sessions import SessionTable
from callcenter.sip.writing import RequestDraft


class ClientRequest:
    """A request of ours outside dialogs; ``data`` is free for the application."""

    __slots__ = ("_attempt", "_authorizer", "_draft", "_flow", "_table", "_target", "data", "done")

    def __init__(
        self,
        table: SessionTable,
        draft: RequestDraft,
        flow: Flow | None,
        target: Target | None,
        authorizer: Authorizer | None,
        now: float,
    ) -> None:
        self._table = table
        self._draft = draft
        self._flow = flow
        self._target = target
        self._authorizer = authorizer
        self._attempt = 0
        self.data: object = None
        self.done = False
        NonInviteClientTransaction(table.layer, draft, flow, target, self, now)

    @property
    def method(self) -> str:
        """The method."""
        return self._draft.method

    @property
    def uri(self) -> str:
        """The Request-URI."""
        return self._draft.uri

    @property
    def call_id(self) -> str:
        """The Call-ID; give it to the next request of the same registration."""
        return self._draft.call_id

    @property
    def cseq(self) -> int:
        """The highest CSeq number used; the next request of the same registration takes one more."""
        return self._draft.cseq

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Answer a challenge, or report the final response."""
        status = response.status
        if status < 200:
            return
        authorizer = self._authorizer if status in (401, 407) else None
        if authorizer is not None and authorizer.answer(self._draft, response, self._attempt):
            self._attempt += 1
            self._draft.cseq += 1
            flow = transaction.flow or self._flow
            NonInviteClientTransaction(self._table.layer, self._draft, flow, self._target, self, now)
            return
        self._complete(status, response, transaction.flow)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """Report silence as 408 (§8.1.3.1)."""
        self._complete(408, None, transaction.flow)

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """Report a failed path as 503 (§8.1.3.1)."""
        self._complete(503, None, transaction.flow)

    def _complete(self, status: int, response: Response | None, flow: Flow | None) -> None:
        self.done = True
        self._table.events.append(RequestCompleted(self, status, response, flow))
