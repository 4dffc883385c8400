"""Call-backs: customers who keep a place in a queue without waiting on the line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callcenter.acd.callback import Callback, CallbackState
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.audit_trail import audited_as
from callcenter.api.auth import SignedIn, Supervisor
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.pagination import Page, Paging
from callcenter.routing.queue_book import may_see


class CallbackWrite(BaseModel):
    """Somebody to be called back."""

    queue: Annotated[str, Field(min_length=1, max_length=96, description="Id or code of the queue.")]
    number: Annotated[str, Field(min_length=3, max_length=32, examples=["0912 345 678"])]
    customer_name: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""
    language: Annotated[str, Field(pattern=r"^(vi|en)$")] = "vi"


class CallbackView(BaseModel):
    """A call-back."""

    id: str
    queue_id: str
    queue_name: str
    number: str
    customer_name: str
    note: str
    state: CallbackState
    open: Annotated[bool, Field(description="Still to be done.")]
    priority: int
    waiting_since: Annotated[datetime, Field(description="Decides its place in the queue.")]
    requested_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    attempts: int
    not_before: Annotated[datetime | None, Field(description="No attempt before this moment.")]
    call_id: Annotated[str | None, Field(description="The call in which it was asked for.")]
    last_call_id: Annotated[str | None, Field(description="The last call made for it.")]
    agent_id: Annotated[str | None, Field(description="Who talked to the customer.")]


def router(ports: AcdPorts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["callbacks"])
    desk, book = ports.desk, ports.book

    def view(callback: Callback) -> CallbackView:
        queue = book.queues.get(callback.queue_id)
        return CallbackView(
            id=callback.id,
            queue_id=callback.queue_id,
            queue_name=callback.queue_id if queue is None else queue.name,
            number=callback.number,
            customer_name=callback.customer_name,
            note=callback.note,
            state=callback.state,
            open=callback.is_open,
            priority=callback.priority,
            waiting_since=callback.arrived_at,
            requested_at=callback.requested_at,
            expires_at=callback.expires_at,
            closed_at=callback.closed_at,
            attempts=callback.attempts,
            not_before=callback.not_before,
            call_id=callback.call_id,
            last_call_id=callback.last_call_id,
            agent_id=callback.agent_id,
        )

    @routes.get("/api/callbacks", summary="List call-backs")
    async def list_callbacks(
        principal: SignedIn,
        page: Paging,
        is_open: Annotated[bool | None, Query(alias="open", description="Only open or only closed ones.")] = None,
        queue_id: Annotated[str | None, Query(max_length=96)] = None,
    ) -> Page[CallbackView]:
        """Those of the queues you may see, the newest request first."""
        queues = [
            queue.id
            for queue in book.queues.values()
            if queue_id in (None, queue.id) and may_see(principal.scope, queue, book.agents)
        ]
        found, cursor = await ports.callbacks.page(queues, is_open=is_open, cursor=page.cursor, limit=page.limit)
        return Page(items=[view(callback) for callback in found], next_cursor=cursor)

    @routes.post(
        "/api/callbacks",
        dependencies=[audited_as("callback.requested")],
        summary="Have somebody called back",
        status_code=201,
    )
    async def add_callback(wanted: CallbackWrite, principal: SignedIn) -> CallbackView:
        """An open one of the same number in the queue takes the request in and keeps its place."""
        queue = book.find(wanted.queue)
        if queue is None or not queue.enabled or not may_see(principal.scope, queue, book.agents):
            raise ApiProblem(422, "unknown-queue", f"There is no queue {wanted.queue}.")
        callback = desk.request_callback(
            queue.id,
            wanted.number,
            customer_name=wanted.customer_name,
            note=wanted.note,
            language=wanted.language,
        )
        return view(callback)

    @routes.delete(
        "/api/callbacks/{callback_id}",
        dependencies=[audited_as("callback.cancelled")],
        summary="Call a call-back off",
        status_code=204,
    )
    async def cancel_callback(callback_id: str, supervisor: Supervisor) -> None:
        callback = next((each for each in desk.callbacks() if each.id == callback_id), None)
        queue = None if callback is None else book.queues.get(callback.queue_id)
        if queue is None or not may_see(supervisor.scope, queue, book.agents):
            raise not_found("open call-back")
        desk.cancel_callback(callback_id)

    return routes
