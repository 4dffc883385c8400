"""Customers: search, one with their history, and who a number belongs to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.api.auth import SignedIn
from callcenter.api.errors import not_found
from callcenter.api.fields import SearchText
from callcenter.api.pagination import Page, Paging
from callcenter.api.references import AgentRef, AllStores, Names, References, StoreRef, resolve
from callcenter.api.routes.call_log import Normalise
from callcenter.crm.customer import Customer
from callcenter.crm.timeline import CustomerHistory, TimelineEntry


@dataclass(frozen=True, slots=True)
class AtHand:
    """Whom somebody has on the line right now, ringing included."""

    customer_ids: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    "Normalised."


class LiveContacts(Protocol):
    """Knows the running calls."""

    def at_hand(self, principal: Principal) -> AtHand:
        """Return the customers and numbers of the running calls that are open to somebody."""
        ...


class Customers(Protocol):
    """Finds customers for somebody who may see a part of them."""

    async def search(
        self, text: str | None, *, scope: Scope, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[Customer, ...], str | None]:
        """Return customers by name, and the cursor of the following page."""
        ...

    async def history(self, customer_id: str, *, scope: Scope, at_hand: Collection[str] = ()) -> CustomerHistory | None:
        """Return a customer with everything that happened; ``None`` when it is not open."""
        ...

    async def by_number(
        self, number: str, *, scope: Scope, at_hand: Collection[str] = (), numbers_at_hand: Collection[str] = ()
    ) -> CustomerHistory | None:
        """Return the customers of a normalised number with what happened; ``None`` when nothing is open."""
        ...


class OpenCustomer(Protocol):
    """Finds a customer by id for somebody who says to have to do with them."""

    async def __call__(self, customer_id: str, principal: Principal) -> str | None:
        """Return the id, of the customer they were merged into if they were; None when they are not open."""
        ...


def open_customer(customers: Customers, live: LiveContacts) -> OpenCustomer:
    """Return how to tell whether a customer is open to somebody."""

    async def find(customer_id: str, principal: Principal) -> str | None:
        at_hand = live.at_hand(principal).customer_ids
        history = await customers.history(customer_id, scope=principal.scope, at_hand=at_hand)
        return None if history is None else history.customers[0].id

    return find


class CustomerItem(BaseModel):
    """One customer in a list."""

    id: str
    code: str | None
    name: str
    phones: Annotated[list[str], Field(description="E.164, the preferred one first.")]
    language: str
    vip_level: Annotated[int, Field(description="0: none; higher is more important.")]
    owner_store: StoreRef | None


class TimelineItem(BaseModel):
    """One thing that happened between a customer and the chain."""

    id: str
    kind: Annotated[
        str,
        Field(
            description="`call_in_answered`, `call_out_answered`, `call_out_unanswered`, `purchase`, `service_order`, "
            "`ticket`, or `call` for one that reached no store."
        ),
    ]
    at: datetime
    store: StoreRef | None
    agent: AgentRef | None
    number: str | None
    direction: str | None
    outcome: str | None
    talk_s: float | None
    disposition: str | None
    reference: Annotated[str | None, Field(description="Order, ticket or receipt number.")]
    call_id: str | None


class LastContact(BaseModel):
    """The store that had to do with the customer last."""

    kind: str
    at: datetime
    store: StoreRef | None
    agent: AgentRef | None


class CustomerDetail(CustomerItem):
    """One customer with everything that happened."""

    email: str | None
    address: str | None
    notes: str
    created_at: datetime | None
    last_contact: LastContact | None
    timeline: Annotated[list[TimelineItem], Field(description="Newest first, at most 100.")]


class NumberView(BaseModel):
    """Who a number belongs to."""

    number: str
    customers: Annotated[list[CustomerItem], Field(description="The last in contact first; none: not known.")]
    last_contact: LastContact | None
    timeline: Annotated[list[TimelineItem], Field(description="Newest first, at most 100.")]


def router(
    customers: Customers, names: Names, stores: AllStores, live: LiveContacts, normalise: Normalise
) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["customers"])

    @routes.get("/api/customers", summary="Find customers")
    async def find_customers(
        principal: SignedIn,
        paging: Paging,
        q: Annotated[SearchText | None, Query(description="Part of a name, code, e-mail address or number.")] = None,
    ) -> Page[CustomerItem]:
        """By name: those of my stores, and those I had calls with."""
        found, cursor = await customers.search(
            q or None, scope=principal.scope, cursor=paging.cursor, limit=paging.limit
        )
        named = await resolve(names, stores)
        return Page(items=[_item(customer, named) for customer in found], next_cursor=cursor)

    @routes.get("/api/customers/by-number/{number}", summary="Who is calling?")
    async def by_number(number: str, principal: SignedIn) -> NumberView:
        """Whoever has a call with the number sees all its customers, before it is answered."""
        normalised = normalise(number)
        if normalised is None:
            raise not_found("number")
        at_hand = live.at_hand(principal)
        history = await customers.by_number(
            normalised,
            scope=principal.scope,
            at_hand=at_hand.customer_ids,
            numbers_at_hand=at_hand.numbers,
        )
        if history is None:
            raise not_found("number")
        named = await _named(history)
        return NumberView(
            number=normalised,
            customers=[_item(customer, named) for customer in history.customers],
            last_contact=_last(history, named),
            timeline=_timeline(history, named),
        )

    @routes.get("/api/customers/{customer_id}", summary="One customer with everything that happened")
    async def get_customer(customer_id: str, principal: SignedIn) -> CustomerDetail:
        """A customer that was merged into another answers with that one."""
        at_hand = live.at_hand(principal)
        history = await customers.history(customer_id, scope=principal.scope, at_hand=at_hand.customer_ids)
        if history is None:
            raise not_found("customer")
        named = await _named(history)
        customer = history.customers[0]
        return CustomerDetail(
            **dict(_item(customer, named)),
            email=customer.email,
            address=customer.address,
            notes=customer.notes,
            created_at=customer.created_at,
            last_contact=_last(history, named),
            timeline=_timeline(history, named),
        )

    async def _named(history: CustomerHistory) -> References:
        return await resolve(names, stores, agents=(entry.agent_id for entry in history.timeline))

    return routes


def _item(customer: Customer, named: References) -> CustomerItem:
    return CustomerItem(
        id=customer.id,
        code=customer.code,
        name=customer.name,
        phones=list(customer.phones),
        language=customer.language,
        vip_level=customer.vip_level,
        owner_store=named.store(customer.owner_store_id),
    )


def _last(history: CustomerHistory, named: References) -> LastContact | None:
    entry = history.last_contact
    if entry is None:
        return None
    return LastContact(
        kind=entry.kind, at=entry.at, store=named.store(entry.store_id), agent=named.agent(entry.agent_id)
    )


def _timeline(history: CustomerHistory, named: References) -> list[TimelineItem]:
    return [_entry(entry, named) for entry in history.timeline]


def _entry(entry: TimelineEntry, named: References) -> TimelineItem:
    return TimelineItem(
        id=entry.id,
        kind=entry.kind,
        at=entry.at,
        store=named.store(entry.store_id),
        agent=named.agent(entry.agent_id),
        number=entry.number,
        direction=entry.direction,
        outcome=entry.outcome,
        talk_s=entry.talk_s,
        disposition=entry.disposition,
        reference=entry.reference,
        call_id=entry.call_id,
    )
