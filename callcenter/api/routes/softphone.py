"""The credentials a page's softphone registers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.accounts.softphone import SoftphoneCredentials
from callcenter.api.audit_trail import audited_as
from callcenter.api.auth import SignedIn

WEBSOCKET_PATH = "/sip"


class Softphones(Protocol):
    """Gives out credentials."""

    @property
    def realm(self) -> str:
        """The domain of the addresses of record."""
        ...

    def open(self, user_id: str, device_id: str, session_id: str | None) -> SoftphoneCredentials:
        """Return credentials for the user's own extension on one device, which takes over from any other.

        :param session_id: they end with this session.

        :raises callcenter.accounts.softphone.NoExtension: when the user has none.
        """
        ...


class SoftphoneRequest(BaseModel):
    """Which page asks."""

    device_id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Softphone(BaseModel):
    """What a page needs to be a phone."""

    uri: Annotated[str, Field(description="Address of record, e.g. `sip:2001@callcenter`.")]
    authorization_user: Annotated[str, Field(description="Digest user name.")]
    password: Annotated[str, Field(description="Digest password; ask for the next one before it ends.")]
    websocket_path: Annotated[str, Field(description="On the same host as the page, subprotocol `sip`.")]
    expires_at: datetime
    display_name: str


def router(softphones: Softphones) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["softphone"])

    @routes.post(
        "/api/me/softphone",
        dependencies=[audited_as("softphone.opened")],
        summary="Get short-lived SIP credentials for this page",
    )
    async def open_softphone(request: SoftphoneRequest, principal: SignedIn) -> Softphone:
        """Any other device that is the same person's phone stops being it and is told so."""
        issued = softphones.open(principal.user_id, request.device_id, principal.session_id)
        return Softphone(
            uri=f"sip:{issued.extension}@{softphones.realm}",
            authorization_user=issued.username,
            password=issued.password,
            websocket_path=WEBSOCKET_PATH,
            expires_at=issued.expires_at,
            display_name=principal.name,
        )

    return routes
