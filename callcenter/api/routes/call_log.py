"""The call log: lists, one call's story, and its recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse

from callcenter.accounts.scope import Scope
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import SignedIn
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.fields import Period, SearchText
from callcenter.api.pagination import Page, Paging
from callcenter.api.references import AllStores, Names, resolve
from callcenter.api.routes.call_views import CallDetail, CallItem, agents_of, call_detail, call_fields
from callcenter.calls.call_search import CallFilter, CallPage, CallStory
from callcenter.calls.cdr import Direction, Outcome

Normalise = Callable[[str], str | None]
"Returns the one spelling of a number as people write it."


class CallReader(Protocol):
    """Reads the call log for somebody who may see a part of it."""

    async def page(
        self, which: CallFilter | None = None, *, scope: Scope, cursor: str | None = None, limit: int = 50
    ) -> CallPage:
        """Return calls, newest first."""
        ...

    async def story(self, call_id: str, *, scope: Scope) -> CallStory | None:
        """Return one call with everything; ``None`` when there is none or it is not open to the asker."""
        ...


def call_filter(
    number: Annotated[str | None, Query(max_length=64, description="Either side, as people write it.")] = None,
    agent_id: Annotated[str | None, Query(max_length=64, description="Rung or talking.")] = None,
    store_id: Annotated[str | None, Query(max_length=64, description="Chosen or answering.")] = None,
    queue_id: Annotated[str | None, Query(max_length=80, description="Waited in.")] = None,
    customer_id: Annotated[str | None, Query(max_length=64)] = None,
    outcome: Outcome | None = None,
    direction: Direction | None = None,
    q: Annotated[
        SearchText | None, Query(description="Part of a number or of the customer's name, or a call's id.")
    ] = None,
) -> CallFilter:
    """Return the filter that the query asks for; the number is still as people wrote it."""
    return CallFilter(
        number=number or None,
        store_id=store_id,
        agent_id=agent_id,
        queue_id=queue_id,
        customer_id=customer_id,
        outcome=outcome,
        direction=direction,
        text=q or None,
    )


Filter = Annotated[CallFilter, Depends(call_filter)]


class WavResponse(FileResponse):
    """A recording."""

    media_type = "audio/wav"


def router(calls: CallReader, names: Names, stores: AllStores, recordings: Path, normalise: Normalise) -> APIRouter:
    """Return the routes.

    :param recordings: directory that the paths of recordings are relative to.
    """
    routes = APIRouter(tags=["call log"])

    @routes.get("/api/calls", summary="List calls")
    async def list_calls(principal: SignedIn, paging: Paging, period: Period, which: Filter) -> Page[CallItem]:
        """Newest first: those of my stores, and those I took part in."""
        number = None if which.number is None else normalise(which.number) or which.number
        which = replace(which, number=number, since=period.since, until=period.until)
        page = await calls.page(which, scope=principal.scope, cursor=paging.cursor, limit=paging.limit)
        named = await resolve(
            names,
            stores,
            agents=(record.agent_id for record in page.calls),
            customers=(record.customer_id for record in page.calls),
        )
        items = [
            CallItem(**call_fields(record, named, page.time_ms.get(record.id, {}), record.id in page.recorded))
            for record in page.calls
        ]
        return Page(items=items, next_cursor=page.next_cursor)

    @routes.get("/api/calls/{call_id}", summary="One call's story")
    async def get_call(call_id: str, principal: SignedIn) -> CallDetail:
        """Segments, events, legs, recordings, notes and dispositions."""
        story = await _story(call_id, principal.scope)
        named = await resolve(names, stores, agents=agents_of(story), customers=(story.record.customer_id,))
        return call_detail(story, named)

    @routes.get(
        "/api/calls/{call_id}/recordings/{recording_id}",
        summary="Listen to a recording",
        response_class=WavResponse,
        responses={206: {"description": "The part asked for by Range.", "content": {"audio/wav": {}}}},
    )
    async def get_recording(call_id: str, recording_id: str, principal: SignedIn, audit: Audited) -> Response:
        """WAV, two channels: the caller left, the agent right. Each access is in the audit log."""
        story = await _story(call_id, principal.scope)
        found = next((item for item in story.recordings if item.id == recording_id), None)
        if found is None:
            raise not_found("recording")
        path = _file(recordings, found.path)
        if path is None:
            raise ApiProblem(404, "recording-missing", "The file of this recording is not there any more.")
        audit.action, audit.target = "recording.listened", f"recording:{recording_id}"
        audit.after = {"call_id": call_id}
        name = f"{story.record.started_at:%Y%m%d-%H%M%S}-{recording_id}.wav"
        return WavResponse(
            path,
            media_type=WavResponse.media_type,
            filename=name,
            content_disposition_type="inline",
            headers={"Cache-Control": "private, no-store"},
        )

    async def _story(call_id: str, scope: Scope) -> CallStory:
        story = await calls.story(call_id, scope=scope)
        if story is None:
            raise not_found("call")
        return story

    return routes


def _file(directory: Path, name: str) -> Path | None:
    """Return the file of a recording, ``None`` when it is not there or not in the directory of recordings."""
    path = (directory / name).resolve()
    return path if path.is_relative_to(directory.resolve()) and path.is_file() else None
