"""What people change about themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from callcenter.accounts.sign_in import SignIn
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import ChangingPassword
from callcenter.api.routes.session import ExtensionOf, SessionView, session_view, set_session_cookie, visitor_of


class PasswordChange(BaseModel):
    """A password of one's own choice."""

    current_password: Annotated[str, Field(min_length=1, max_length=200)]
    new_password: Annotated[
        str, Field(max_length=200, description="10 to 200 characters, not made of the login or a common word.")
    ]


def router(sign_in: SignIn, extension_of: ExtensionOf, timezone: str) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["me"])

    @routes.put(
        "/api/me/password",
        summary="Change my password",
        responses={422: {"description": "`weak-password`"}, 429: {"description": "Too many attempts."}},
    )
    async def change_password(
        change: PasswordChange, principal: ChangingPassword, request: Request, response: Response, audit: Audited
    ) -> SessionView:
        """Signs me out everywhere else; this browser goes on with a new session and CSRF token."""
        audit.replaced = True
        opened = await sign_in.change_password(
            principal, change.current_password, change.new_password, visitor_of(request)
        )
        if opened is None:
            return session_view(principal, None, extension_of(principal.user_id), timezone)
        set_session_cookie(request, response, sign_in, opened)
        token = sign_in.csrf_token(opened.secret)
        return session_view(opened.principal, token, extension_of(principal.user_id), timezone)

    return routes
