"""Requests of ours and their answers to challenges: what outside and inside dialogs have in common."""

from __future__ import annotations

from collections.abc import Callable

from callcenter.sip.client_transaction import ClientTransaction, NonInviteClientTransaction
from callcenter.sip.dialog import Dialog
from callcenter.sip.digest import Credentials, DigestClient
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import parse_seconds
from callcenter.sip.message import Response
from callcenter.sip.transaction import TransactionLayer
from callcenter.sip.writing import RequestDraft

OnFinal = Callable[[int, Response | None, float], None]
"Called with the final status (408 for silence, 503 for a failed path), the response and the time."


class Authorizer:
    """Answers the challenges of one peer with one set of credentials, for its own realm only and not for ever."""

    __slots__ = ("_attempts", "_client")

    def __init__(self, credentials: Credentials, layer: TransactionLayer) -> None:
        def random_bytes(count: int) -> bytes:
            text = ""
            while len(text) < 2 * count:
                text += layer.token()
            return bytes.fromhex(text[: 2 * count])

        self._client = DigestClient(credentials, random=random_bytes)
        self._attempts = layer.settings.auth_attempts

    def answer(self, draft: RequestDraft, response: Response, attempt: int) -> bool:
        """Put our answer to a 401 or 407 into ``draft``; False to give up. ``attempt`` counts from 0."""
        if attempt >= self._attempts:
            return False
        asked, given = (
            ("WWW-Authenticate", "Authorization")
            if response.status == 401
            else ("Proxy-Authenticate", "Proxy-Authorization")
        )
        value = self._client.authorize(response.headers.get_all(asked), draft.method, draft.uri)
        if value is None:
            return False
        draft.headers = [(name, old) for name, old in draft.headers if name != given]
        draft.headers.append((given, value))
        return True


class DialogRequest:
    """One non-INVITE request inside a dialog, through challenges and a lost connection, to its final response."""

    __slots__ = ("_attempt", "_authorizer", "_dialog", "_draft", "_layer", "_moved", "_on_final")

    def __init__(
        self,
        layer: TransactionLayer,
        dialog: Dialog,
        draft: RequestDraft,
        on_final: OnFinal,
        now: float,
        authorizer: Authorizer | None = None,
    ) -> None:
        self._layer = layer
        self._dialog = dialog
        self._draft = draft
        self._on_final = on_final
        self._authorizer = authorizer
        self._attempt = 0
        self._moved = False
        self._send(now)

    def _send(self, now: float) -> None:
        flow, target = self._dialog.hop()
        NonInviteClientTransaction(self._layer, self._draft, flow, target, self, now)

    def _send_again(self, now: float) -> None:
        self._dialog.local_cseq += 1
        self._draft.cseq = self._dialog.local_cseq
        self._send(now)

    def on_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Answer a challenge, or report."""
        if response.status < 200:
            return
        authorizer = self._authorizer if response.status in (401, 407) else None
        if authorizer is not None and authorizer.answer(self._draft, response, self._attempt):
            self._attempt += 1
            self._send_again(now)
            return
        self._on_final(response.status, response, now)

    def on_timeout(self, transaction: ClientTransaction, now: float) -> None:
        """Report silence."""
        self._on_final(408, None, now)

    def on_transport_error(self, transaction: ClientTransaction, now: float) -> None:
        """Try the dialog's target once when the connection we shared is gone (RFC 5923 §8), then report."""
        if transaction.flow is not None and not self._moved:
            self._moved = True
            if self._dialog.flow == transaction.flow:
                self._dialog.forget_flow()
            flow, target = self._dialog.hop()
            if flow is None and target is not None:
                self._send_again(now)
                return
        self._on_final(503, None, now)


def ignore_final(status: int, response: Response | None, now: float) -> None:
    """Be content with whatever came."""


def retry_after(response: Response | None) -> int | None:
    """Return the Retry-After of a response in seconds."""
    if response is None:
        return None
    try:
        return response.one("Retry-After", parse_seconds)
    except SipParseError:
        return None
