"""API tokens: keys that programs use instead of a person's password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.accounts.session import ApiToken, ApiTokenRepository, generate_token_secret, hash_secret
from callcenter.accounts.user import Role
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import Admin
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.fields import Id, Moment, Name
from callcenter.api.references import AgentRef, AllStores
from callcenter.base.ids import new_id
from callcenter.runtime.clock import Clock


class TokenWrite(BaseModel):
    """A key to be made."""

    name: Annotated[Name, Field(description="What it is for.", examples=["CRM export"])]
    role: Annotated[Role, Field(description="At most your own.")] = Role.AGENT
    store_ids: Annotated[
        list[Id] | None,
        Field(max_length=1000, description="Only these stores; null: those of your own. Not with the role admin."),
    ] = None
    expires_at: Annotated[Moment | None, Field(description="Null: until it is revoked.")] = None


class TokenView(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    role: Role
    store_ids: list[str] | None
    owner: Annotated[AgentRef, Field(description="Who made it; it stops working when that user is deactivated.")]
    created_at: datetime
    expires_at: datetime | None
    used_at: Annotated[datetime | None, Field(description="Last use, to the minute.")]


class NewToken(BaseModel):
    """A key just made."""

    token: TokenView
    secret: Annotated[str, Field(description="For `Authorization: Bearer`; shown now and never again.")]


def router(
    tokens: ApiTokenRepository, stores: AllStores, clock: Clock, random_bytes: Callable[[int], bytes]
) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["tokens"])

    @routes.get("/api/tokens", summary="List API tokens")
    async def list_tokens(_admin: Admin) -> list[TokenView]:
        """Newest first, those of all users."""
        return [_view(token, user.name) for token, user in await tokens.all()]

    @routes.post("/api/tokens", summary="Make an API token", status_code=201)
    async def add_token(wanted: TokenWrite, admin: Admin, audit: Audited) -> NewToken:
        """The secret is shown in this answer only. A token cannot make tokens."""
        if admin.session_id is None:
            raise ApiProblem(403, "session-required", "A token cannot make tokens; sign in.")
        now = clock.utcnow()
        if wanted.store_ids is not None:
            if wanted.role is Role.ADMIN:
                raise ApiProblem(422, "invalid-request", "An administrator's token cannot be limited to stores.")
            if unknown := sorted(set(wanted.store_ids) - set(stores())):
                raise ApiProblem(422, "unknown-store", f"There is no store {unknown[0]}.")
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise ApiProblem(422, "invalid-request", "expires_at must be in the future.")
        secret = generate_token_secret(random_bytes)
        token = ApiToken(
            id=new_id(now),
            secret_hash=hash_secret(secret),
            user_id=admin.user_id,
            name=wanted.name,
            role=wanted.role,
            store_ids=None if wanted.store_ids is None else frozenset(wanted.store_ids),
            created_at=now,
            expires_at=wanted.expires_at,
        )
        await tokens.add(token)
        view = _view(token, admin.name)
        audit.action, audit.target = "token.added", f"token:{token.id}"
        audit.after = view.model_dump(mode="json", include={"name", "role", "store_ids", "expires_at"})
        return NewToken(token=view, secret=secret)

    @routes.delete("/api/tokens/{token_id}", summary="Revoke an API token", status_code=204)
    async def revoke_token(token_id: str, _admin: Admin, audit: Audited) -> None:
        """Works at once."""
        audit.action, audit.target = "token.revoked", f"token:{token_id}"
        removed = await tokens.remove(token_id)
        if removed is None:
            raise not_found("token")
        audit.before = {"name": removed.name, "role": removed.role.value}

    return routes


def _view(token: ApiToken, owner: str) -> TokenView:
    return TokenView(
        id=token.id,
        name=token.name,
        role=token.role,
        store_ids=None if token.store_ids is None else sorted(token.store_ids),
        owner=AgentRef(id=token.user_id, name=owner),
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
    )
