"""People who sign in: their role and the part of the chain they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class Role(Enum):
    """What a user may do; each role includes the ones before it."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Tell whether this role may do what ``other`` may."""
        return _RANK[self] >= _RANK[other]


_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreScope:
    """The stores a user may see: listed ones and whole regions."""

    store_ids: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def covers(self, store_id: str, region: str | None) -> bool:
        """Tell whether a store is within it."""
        return store_id in self.store_ids or (region is not None and region in self.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person."""

    id: str
    login: str
    "Lower case, unique."
    name: str
    role: Role
    scope: StoreScope = StoreScope()
    "Ignored for administrators, who see every store."
    active: bool = True
    created_at: datetime

    def may_see(self, store_id: str, region: str | None = None) -> bool:
        """Tell whether the data of a store is open to this user."""
        return self.active and (self.role is Role.ADMIN or self.scope.covers(store_id, region))


class UserRepository(Protocol):
    """Where users are kept."""

    async def by_login(self, login: str) -> tuple[User, str] | None:
        """Return an active user and the password hash."""
        ...

    async def save(self, user: User, password_hash: str) -> None:
        """Insert or replace a user."""
        ...
