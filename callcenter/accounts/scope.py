"""What part of the chain's data a signed-in person may see. Repositories take a :class:`Scope`, so none forgets it.

Administrators see everything. Supervisors see what concerns their stores: those listed for them and those of their
regions, resolved when the request comes in, so that a store that moves to another region moves with its data. Agents
have no stores in their scope: they see what they took part in themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from callcenter.accounts.user import Role, User


@dataclass(frozen=True, slots=True)
class Scope:
    """The data that is open to one person."""

    everything: bool
    store_ids: frozenset[str]
    "Stores whose calls, agents, queues and recordings are open."
    user_id: str
    "What this person took part in is open too."

    def covers(self, store_id: str | None) -> bool:
        """Tell whether the data of a store is open; what belongs to no store is open to those who see everything."""
        return self.everything or (store_id is not None and store_id in self.store_ids)

    def covers_any(self, store_ids: Iterable[str | None], agent_ids: Iterable[str | None] = ()) -> bool:
        """Tell whether something that concerns these stores and agents is open."""
        return self.everything or self.user_id in agent_ids or any(self.covers(store_id) for store_id in store_ids)


EVERYTHING = Scope(True, frozenset(), "")
"The scope of whoever works on the machine itself: the console and the server's own work."


class RegionedStore(Protocol):
    """What resolving a scope needs to know of a store."""

    @property
    def id(self) -> str:
        """Return its id."""
        ...

    @property
    def region(self) -> str | None:
        """Return the region it is in."""
        ...


def stores_of(user: User, stores: Collection[RegionedStore]) -> frozenset[str]:
    """Return the ids of the stores a user belongs to: listed ones and those of listed regions."""
    listed = user.scope.store_ids
    regions = user.scope.regions
    return frozenset(store.id for store in stores if store.id in listed or (store.region in regions))


def scope_of(
    user: User,
    stores: Collection[RegionedStore],
    *,
    role: Role | None = None,
    only: Collection[str] | None = None,
) -> Scope:
    """Return what is open to ``user``; nothing but his own to one who is not active.

    :param role: an API token's, when it is less than the user's.
    :param only: the stores an API token is limited to.
    """
    role = user.role if role is None or role.includes(user.role) else role
    if not user.active or role is Role.AGENT:
        return Scope(False, frozenset(), user.id)
    if role is Role.ADMIN and only is None:
        return Scope(True, frozenset(), user.id)
    sees = frozenset(store.id for store in stores) if user.role is Role.ADMIN else stores_of(user, stores)
    return Scope(False, sees if only is None else sees & frozenset(only), user.id)
