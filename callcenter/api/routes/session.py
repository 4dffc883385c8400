"""Sign in, stay signed in, sign out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from callcenter.accounts.permissions import permissions_of
from callcenter.accounts.principal import Principal
from callcenter.accounts.sign_in import OpenedSession, SignIn, Visitor
from callcenter.accounts.user import Role
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import (
    ChangingPassword,
    SignedIn,
    WebSecurity,
    is_same_origin,
    public,
    session_secret,
    source_of,
)
from callcenter.api.errors import ApiProblem, not_found

ExtensionOf = Callable[[str], str | None]
"Returns the number of a user's extension, from memory."


class Credentials(BaseModel):
    """What a person signs in with."""

    login: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SessionUser(BaseModel):
    """Who is signed in."""

    id: str
    login: str
    name: str
    role: Role
    store_ids: Annotated[list[str], Field(description="The stores the user belongs to.")]


class SessionView(BaseModel):
    """What a page needs to know about its session."""

    user: SessionUser
    permissions: Annotated[list[str], Field(description="What to show; the routes decide.")]
    csrf_token: Annotated[
        str | None, Field(description="For the header `X-CSRF-Token` of requests that change something.")
    ]
    extension: Annotated[str | None, Field(description="Number the user takes calls at.")]
    agent: Annotated[bool, Field(description="The user takes calls.")]
    timezone: Annotated[str, Field(description="Zone in which times are shown, e.g. `Asia/Ho_Chi_Minh`.")]
    must_change_password: Annotated[
        bool, Field(description="Nothing but `PUT /api/me/password` is allowed until then.")
    ]


class OwnSession(BaseModel):
    """One browser the user is signed in with."""

    id: str
    current: Annotated[bool, Field(description="The one that asks.")]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    source: str
    user_agent: str


def visitor_of(request: Request) -> Visitor:
    """Return where a request comes from."""
    return Visitor(source_of(request), request.headers.get("user-agent", ""))


def session_view(principal: Principal, csrf_token: str | None, extension: str | None, timezone: str) -> SessionView:
    """Return what a page is told about its session."""
    return SessionView(
        user=SessionUser(
            id=principal.user_id,
            login=principal.login,
            name=principal.name,
            role=principal.role,
            store_ids=sorted(principal.store_ids),
        ),
        permissions=list(permissions_of(principal.role)),
        csrf_token=csrf_token,
        extension=extension,
        agent=extension is not None,
        timezone=timezone,
        must_change_password=principal.must_change_password,
    )


def set_session_cookie(request: Request, response: Response, sign_in: SignIn, opened: OpenedSession) -> None:
    """Give the browser its new session."""
    security: WebSecurity = request.app.state.security
    response.set_cookie(
        security.cookie_name(request),
        opened.secret,
        max_age=int(sign_in.rules.absolute.total_seconds()),
        path="/",
        secure=security.is_secure(request),
        httponly=True,
        samesite="lax",
    )


def router(sign_in: SignIn, extension_of: ExtensionOf, timezone: str) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["session"])

    @routes.post(
        "/api/session",
        summary="Sign in",
        dependencies=[Depends(public)],
        responses={401: {"description": "Login or password are wrong."}, 429: {"description": "Too many attempts."}},
    )
    async def open_session(credentials: Credentials, request: Request, response: Response) -> SessionView:
        """Opens a session, whose cookie replaces the one the browser had."""
        if "origin" in request.headers and not is_same_origin(request):
            raise ApiProblem(403, "foreign-origin", "The Origin header must name this server.")
        opened = await sign_in.sign_in(
            credentials.login, credentials.password, visitor_of(request), session_secret(request)
        )
        set_session_cookie(request, response, sign_in, opened)
        principal = opened.principal
        return session_view(principal, sign_in.csrf_token(opened.secret), extension_of(principal.user_id), timezone)

    @routes.get("/api/session", summary="Who am I?")
    async def get_session(principal: ChangingPassword, request: Request) -> SessionView:
        """401 when nobody is signed in."""
        secret = session_secret(request) if principal.session_id is not None else None
        token = None if secret is None else sign_in.csrf_token(secret)
        return session_view(principal, token, extension_of(principal.user_id), timezone)

    @routes.delete("/api/session", summary="Sign out", status_code=204)
    async def close_session(principal: ChangingPassword, request: Request, response: Response, audit: Audited) -> None:
        """Ends this browser's session."""
        audit.replaced = True
        await sign_in.sign_out(principal, visitor_of(request))
        security: WebSecurity = request.app.state.security
        response.delete_cookie(
            security.cookie_name(request), path="/", secure=security.is_secure(request), httponly=True, samesite="lax"
        )

    @routes.get("/api/me/sessions", summary="Where am I signed in?")
    async def list_sessions(principal: SignedIn) -> list[OwnSession]:
        """Last used first."""
        return [
            OwnSession(
                id=session.id,
                current=session.id == principal.session_id,
                created_at=session.created_at,
                seen_at=session.seen_at,
                expires_at=session.expires_at,
                source=session.source,
                user_agent=session.user_agent,
            )
            for session in await sign_in.sessions_of(principal.user_id)
        ]

    @routes.delete("/api/me/sessions/{session_id}", summary="Sign out elsewhere", status_code=204)
    async def end_session(session_id: str, principal: SignedIn) -> None:
        """Ends one of my own sessions."""
        if not await sign_in.end_one(principal, session_id):
            raise not_found("session")

    return routes
