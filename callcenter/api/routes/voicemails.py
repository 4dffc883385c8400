"""Messages that callers left."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.audit_trail import Audited, audited_as
from callcenter.api.auth import SignedIn
from callcenter.api.errors import not_found
from callcenter.api.pagination import Page, Paging
from callcenter.recordings.voicemail import Voicemail


class VoicemailView(BaseModel):
    """A message."""

    id: str
    call_id: str
    box: Annotated[str, Field(description="Mailbox name or store code.")]
    store_id: str | None
    number: Annotated[str | None, Field(description="Who left it.")]
    customer_id: str | None
    left_at: datetime
    duration_ms: int
    ready: Annotated[bool, Field(description="It can be listened to; it cannot before the call is over.")]
    heard_by: Annotated[str | None, Field(description="Id of the user who heard it first.")]
    heard_at: datetime | None


class Heard(BaseModel):
    """Whether a message was dealt with."""

    heard: bool


def router(ports: AcdPorts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["voicemails"])
    voicemails = ports.voicemails

    async def found(voicemail_id: str, principal: Principal) -> Voicemail:
        message = await voicemails.get(voicemail_id, principal.scope)
        if message is None:
            raise not_found("message")
        return message

    @routes.get("/api/voicemails", summary="List messages")
    async def list_voicemails(
        principal: SignedIn,
        page: Paging,
        heard: Annotated[bool | None, Query(description="Only heard or only unheard ones.")] = None,
        box: Annotated[str | None, Query(max_length=96)] = None,
    ) -> Page[VoicemailView]:
        """Those in the boxes of your stores, newest first."""
        messages, cursor = await voicemails.page(
            principal.scope, heard=heard, box=box, cursor=page.cursor, limit=page.limit
        )
        return Page(items=[_view(message) for message in messages], next_cursor=cursor)

    @routes.put(
        "/api/voicemails/{voicemail_id}",
        dependencies=[audited_as("voicemail.marked")],
        summary="Mark a message as heard or not",
    )
    async def mark_voicemail(voicemail_id: str, wanted: Heard, principal: SignedIn) -> VoicemailView:
        """Who heard it first stays written until it is marked as not heard."""
        message = await found(voicemail_id, principal)
        if wanted.heard != (message.heard_at is not None):
            at = ports.clock.utcnow() if wanted.heard else None
            await voicemails.mark(voicemail_id, heard_by=principal.user_id if wanted.heard else None, at=at)
        return _view(await found(voicemail_id, principal))

    @routes.get(
        "/api/voicemails/{voicemail_id}/audio",
        summary="Listen to a message",
        response_class=FileResponse,
        responses={200: {"content": {"audio/wav": {}}}},
    )
    async def get_audio(voicemail_id: str, principal: SignedIn, audit: Audited) -> FileResponse:
        """`audio/wav`; ranges are understood."""
        audit.action, audit.target = "voicemail.heard", f"voicemail:{voicemail_id}"
        message = await found(voicemail_id, principal)
        root = ports.recordings.resolve()
        path = None if message.path is None else (root / message.path).resolve()
        if path is None or not path.is_relative_to(root) or not await asyncio.to_thread(path.is_file):
            raise not_found("recording of this message")
        return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private, no-store"})

    return routes


def _view(message: Voicemail) -> VoicemailView:
    return VoicemailView(
        id=message.id,
        call_id=message.call_id,
        box=message.box,
        store_id=message.store_id,
        number=message.number,
        customer_id=message.customer_id,
        left_at=message.left_at,
        duration_ms=message.duration_ms,
        ready=message.path is not None,
        heard_by=message.heard_by,
        heard_at=message.heard_at,
    )
