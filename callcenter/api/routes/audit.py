"""Read the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callcenter.accounts.audit import AuditEntry, AuditFilter, AuditOutcome, AuditReader
from callcenter.api.auth import Admin
from callcenter.api.fields import Period
from callcenter.api.pagination import Page, Paging


class AuditView(BaseModel):
    """One line: who did what, when, from where, and what changed."""

    id: str
    at: datetime
    action: Annotated[str, Field(description="`user.changed`, `session.opened` …, else method and path.")]
    outcome: AuditOutcome
    user_id: str | None
    login: Annotated[str | None, Field(description="As typed, for a refused sign-in.")]
    session_id: str | None
    token_id: str | None
    source: Annotated[str, Field(description="Network address, or `console`.")]
    target: Annotated[str | None, Field(description="`user:01J…`, `recording:01J…`")]
    before: Annotated[dict[str, Any] | None, Field(description="Without secrets.")]
    after: Annotated[dict[str, Any] | None, Field(description="Without secrets.")]


def router(audit: AuditReader) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["audit"])

    @routes.get("/api/audit", summary="Read the audit log")
    async def list_entries(
        _admin: Admin,
        paging: Paging,
        period: Period,
        user_id: Annotated[str | None, Query(max_length=64)] = None,
        action: Annotated[
            str | None, Query(max_length=96, description="Exact, or a beginning that ends in a dot: `session.`")
        ] = None,
        target: Annotated[str | None, Query(max_length=200)] = None,
        outcome: AuditOutcome | None = None,
    ) -> Page[AuditView]:
        """Newest first."""
        which = AuditFilter(
            user_id=user_id, action=action, target=target, outcome=outcome, since=period.since, until=period.until
        )
        entries, cursor = await audit.page(which, cursor=paging.cursor, limit=paging.limit)
        return Page(items=[_view(entry) for entry in entries], next_cursor=cursor)

    return routes


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(
        id=entry.id,
        at=entry.at,
        action=entry.action,
        outcome=entry.outcome,
        user_id=entry.user_id,
        login=entry.login,
        session_id=entry.session_id,
        token_id=entry.token_id,
        source=entry.source,
        target=entry.target,
        before=None if entry.before is None else dict(entry.before),
        after=None if entry.after is None else dict(entry.after),
    )
