"""Names beside ids: what lists show of stores, agents and customers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import BaseModel, Field

from callcenter.crm.customer import Customer
from callcenter.crm.store import Store


class StoreRef(BaseModel):
    """A store, named."""

    id: str
    code: str
    name: str


class AgentRef(BaseModel):
    """A user, named."""

    id: str
    name: str


class CustomerRef(BaseModel):
    """A customer, named."""

    id: str
    code: str | None
    name: str
    vip_level: Annotated[int, Field(description="0: none; higher is more important.")]


class Names(Protocol):
    """Names for ids, a page at a time."""

    async def customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        """Return customers by id."""
        ...

    async def agents(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return the names of users by id."""
        ...


AllStores = Callable[[], Mapping[str, Store]]
"Every store by id, from memory."


@dataclass(frozen=True, slots=True)
class References:
    """What the ids of one answer name. An id that names nothing any more is shown with itself as the name."""

    _stores: Mapping[str, Store]
    _agents: Mapping[str, str]
    _customers: Mapping[str, Customer]

    def store(self, store_id: str | None) -> StoreRef | None:
        """Return a store."""
        if store_id is None:
            return None
        store = self._stores.get(store_id)
        return StoreRef(id=store_id, code=store.code if store else "", name=store.name if store else store_id)

    def agent(self, agent_id: str | None) -> AgentRef | None:
        """Return a user."""
        return None if agent_id is None else AgentRef(id=agent_id, name=self._agents.get(agent_id, agent_id))

    def customer(self, customer_id: str | None) -> CustomerRef | None:
        """Return a customer; None for one that is gone."""
        found = None if customer_id is None else self._customers.get(customer_id)
        if found is None:
            return None
        return CustomerRef(id=found.id, code=found.code, name=found.name, vip_level=found.vip_level)


async def resolve(
    names: Names, stores: AllStores, *, agents: Iterable[str | None] = (), customers: Iterable[str | None] = ()
) -> References:
    """Look up the names an answer needs, each kind at once."""
    agent_ids = {agent_id for agent_id in agents if agent_id is not None}
    customer_ids = {customer_id for customer_id in customers if customer_id is not None}
    return References(
        stores(),
        await names.agents(agent_ids) if agent_ids else {},
        await names.customers(customer_ids) if customer_ids else {},
    )
