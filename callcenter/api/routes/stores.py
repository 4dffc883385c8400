"""The stores somebody works with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.api.auth import SignedIn
from callcenter.api.errors import not_found
from callcenter.api.references import AllStores
from callcenter.crm.store import Store


class StoreView(BaseModel):
    """One store."""

    id: str
    code: str
    name: str
    region: str | None
    address: str
    phones: Annotated[list[str], Field(description="E.164; the store's own public numbers.")]
    extensions: Annotated[list[str], Field(description="What rings together as the store.")]
    language: str
    sister_store_id: Annotated[str | None, Field(description="Takes its calls first.")]
    closed: Annotated[bool, Field(description="For good.")]


def router(stores: AllStores) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["stores"])

    @routes.get("/api/stores", summary="My stores")
    async def list_stores(principal: SignedIn) -> list[StoreView]:
        """By code: those of the scope, and those the user belongs to; administrators see all."""
        seen = [store for store in stores().values() if _is_open(principal, store)]
        return [_view(store) for store in sorted(seen, key=lambda store: store.code)]

    @routes.get("/api/stores/{store_id}", summary="One store")
    async def get_store(store_id: str, principal: SignedIn) -> StoreView:
        """One of mine."""
        store = stores().get(store_id)
        if store is None or not _is_open(principal, store):
            raise not_found("store")
        return _view(store)

    return routes


def _is_open(principal: Principal, store: Store) -> bool:
    return principal.scope.covers(store.id) or store.id in principal.store_ids


def _view(store: Store) -> StoreView:
    return StoreView(
        id=store.id,
        code=store.code,
        name=store.name,
        region=store.region,
        address=store.address,
        phones=list(store.phones),
        extensions=list(store.extensions),
        language=store.language,
        sister_store_id=store.sister_store_id,
        closed=store.closed,
    )
