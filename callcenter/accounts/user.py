"""People who sign in: their role and the part of the chain they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from callcenter.base.errors import CallcenterError


class LoginTaken(CallcenterError):
    """Another user has this login."""

    error_id = "login-taken"


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
    must_change_password: bool = False
    "Somebody else knows the password (it was reset, or made at the first start): another must be chosen at sign-in."
    created_at: datetime
    last_sign_in_at: datetime | None = None

    def may_see(self, store_id: str, region: str | None = None) -> bool:
        """Tell whether the data of a store is open to this user."""
        return self.active and (self.role is Role.ADMIN or self.scope.covers(store_id, region))


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users; everything given must hold."""

    text: str | None = None
    "Part of the login or the name."
    role: Role | None = None
    active: bool | None = None


class UserRepository(Protocol):
    """Where users are kept."""

    async def by_login(self, login: str) -> tuple[User, str] | None:
        """Return an active user and the password hash."""
        ...

    async def get(self, user_id: str) -> User | None:
        """Return one user, active or not."""
        ...

    async def all(self) -> tuple[User, ...]:
        """Return every user, by login."""
        ...

    async def any(self) -> bool:
        """Tell whether there is a user at all."""
        ...

    async def page(
        self, which: UserFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[User, ...], str | None]:
        """Return users by login, and the cursor of the following page.

        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        ...

    async def save(self, user: User, password_hash: str | None = None) -> None:
        """Insert or replace a user; without ``password_hash`` the one there is stays.

        :raises LoginTaken: when another user has the login.
        """
        ...

    async def set_password(self, user_id: str, password_hash: str, *, must_change: bool) -> None:
        """Replace a user's password."""
        ...

    async def note_sign_in(self, user_id: str, at: datetime, password_hash: str | None = None) -> None:
        """Note that a user signed in, and the hash made anew with today's parameters, if it was."""
        ...
