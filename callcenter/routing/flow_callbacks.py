"""Call-backs that callers ask for in a flow, outside a queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from callcenter.acd.callback import Callback, CallbackPlace
from callcenter.acd.errors import InvalidCallbackNumber, UnknownQueue
from callcenter.ivr.ports import CallbackOutcome, CallbackRequest, CallbackResult


class CallbackBook(Protocol):
    """The part of the :class:`~callcenter.acd.dispatcher.Dispatcher` that keeps call-backs."""

    def callbacks(self) -> Sequence[Callback]:
        """Return the open ones."""
        ...

    def request_callback(
        self,
        queue: str,
        number: str,
        *,
        customer_name: str = "",
        note: str = "",
        language: str = "vi",
        call_id: str | None = None,
        place: CallbackPlace | None = None,
    ) -> Callback:
        """Put one into a queue; an open one of the same number there takes the request in."""
        ...


class FlowCallbacks:
    """A :class:`~callcenter.ivr.ports.CallbackDesk` on the desk that distributes calls."""

    def __init__(self, book: CallbackBook) -> None:
        self._book = book

    async def request(self, request: CallbackRequest) -> CallbackResult:
        """Keep a call-back with the place the caller has, or find the open one of that number and queue."""
        known = {callback.id for callback in self._book.callbacks()}
        place = CallbackPlace(arrived_at=request.waiting_since, priority=request.priority, skills=dict(request.skills))
        try:
            callback = self._book.request_callback(
                request.queue,
                request.number,
                customer_name=request.customer_name,
                language=request.language,
                call_id=request.call_id or None,
                place=place,
            )
        except (UnknownQueue, InvalidCallbackNumber):
            return CallbackResult(CallbackOutcome.FAILED)
        outcome = CallbackOutcome.EXISTS if callback.id in known else CallbackOutcome.REQUESTED
        return CallbackResult(outcome, callback.id)
