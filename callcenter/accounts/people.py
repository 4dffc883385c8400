"""Users as an administrator keeps them: made, changed, given an extension, locked out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from callcenter.accounts.passwords import Passwords, check_password, generate_password
from callcenter.accounts.user import LoginTaken, Role, StoreScope, User, UserRepository
from callcenter.base.errors import CallcenterError
from callcenter.base.ids import new_id
from callcenter.runtime.clock import Clock

FIRST_LOGIN = "admin"
EXTENSION_PATTERN = r"^[0-9]{2,10}$"
LOGIN_PATTERN = r"^[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?$"


class LastAdmin(CallcenterError):
    """There must stay at least one active administrator."""

    error_id = "last-admin"


class ExtensionTaken(CallcenterError):
    """Another user sits at this extension."""

    error_id = "extension-taken"


@dataclass(frozen=True, slots=True)
class UserChanged:
    """A user was made or changed: name, role, stores, extension, active or not."""

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDetails:
    """What an administrator decides about a user."""

    login: str
    name: str
    role: Role = Role.AGENT
    scope: StoreScope = field(default_factory=StoreScope)
    active: bool = True
    extension: str | None = None
    "Number of the SIP account the user takes calls with; made when there is none with this number."


@dataclass(frozen=True, slots=True)
class Member:
    """A user and the extension they sit at."""

    user: User
    extension: str | None


class Extensions(Protocol):
    """The SIP accounts of users."""

    async def of_users(self) -> dict[str, str]:
        """Return the extension's number of every user who has one."""
        ...

    async def assign(self, user: User, number: str | None) -> None:
        """Seat a user at an extension, made when missing, and at no other; ``None`` takes it away.

        :raises ExtensionTaken: when another user sits there.
        """
        ...


class Sessions(Protocol):
    """Ends what a user is signed in with."""

    async def end_all(self, user_id: str) -> None:
        """Sign a user out everywhere."""
        ...


class People:
    """Keeps users. Every method that changes one publishes :class:`UserChanged`."""

    def __init__(
        self,
        users: UserRepository,
        extensions: Extensions,
        sessions: Sessions,
        passwords: Passwords,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        publish: Callable[[UserChanged], None] = lambda _event: None,
    ) -> None:
        self._users = users
        self._extensions = extensions
        self._sessions = sessions
        self._passwords = passwords
        self._clock = clock
        self._random_bytes = random_bytes
        self._publish = publish
        self._changing = asyncio.Lock()

    async def get(self, user_id: str) -> Member | None:
        """Return one user."""
        user = await self._users.get(user_id)
        return None if user is None else await self._member(user)

    async def add(self, details: UserDetails, password: str | None = None) -> tuple[Member, str | None]:
        """Make a user.

        :param password: when given, it is used as it is; else one is made up, which must be changed at sign-in.
        :returns: the user, and the password that was made up.
        :raises LoginTaken: when the login is in use.
        :raises ExtensionTaken: when another user sits there.
        :raises WeakPassword: when ``password`` is refused.
        """
        generated = None if password is not None else generate_password(self._random_bytes)
        if password is not None:
            check_password(password, details.login)
        now = self._clock.utcnow()
        user = User(
            id=new_id(now),
            login=details.login,
            name=details.name,
            role=details.role,
            scope=details.scope,
            active=details.active,
            must_change_password=generated is not None,
            created_at=now,
        )
        hashed = await asyncio.to_thread(self._passwords.hash, password or generated or "")
        async with self._changing:
            await self._check_seat(user.id, details.extension)
            await self._users.save(user, hashed)
            await self._seat(user, details.extension)
        return await self._member(user), generated

    async def change(self, user_id: str, details: UserDetails) -> Member | None:
        """Replace what an administrator decides; a user who loses rank or is deactivated is signed out everywhere.

        :returns: the user, None when there is none.
        :raises LastAdmin: when no active administrator would be left.
        :raises LoginTaken: when the login is in use.
        :raises ExtensionTaken: when another user sits there.
        """
        async with self._changing:
            before = await self._users.get(user_id)
            if before is None:
                return None
            after = replace(
                before,
                login=details.login,
                name=details.name,
                role=details.role,
                scope=details.scope,
                active=details.active,
            )
            await self._check_admins(before, after)
            await self._check_seat(user_id, details.extension)
            await self._users.save(after)
            await self._seat(after, details.extension if after.active else None)
        if before.active and (not after.active or not after.role.includes(before.role)):
            await self._sessions.end_all(user_id)
        return await self._member(after)

    async def deactivate(self, user_id: str) -> Member | None:
        """Lock a user out, keep what they did: sessions and API tokens stop working, the extension is free.

        :raises LastAdmin: when no active administrator would be left.
        """
        member = await self.get(user_id)
        if member is None:
            return None
        user = member.user
        return await self.change(
            user_id,
            UserDetails(login=user.login, name=user.name, role=user.role, scope=user.scope, active=False),
        )

    async def reset_password(self, user_id: str, password: str | None = None) -> str | None:
        """Give a user a new password and sign them out everywhere.

        :param password: when given, it is used as it is; else one is made up, which must be changed at sign-in.
        :returns: the new password, None when there is no such user.
        """
        user = await self._users.get(user_id)
        if user is None:
            return None
        if password is not None:
            check_password(password, user.login)
        new = password or generate_password(self._random_bytes)
        hashed = await asyncio.to_thread(self._passwords.hash, new)
        await self._users.set_password(user_id, hashed, must_change=password is None)
        await self._sessions.end_all(user_id)
        return new

    async def _seat(self, user: User, number: str | None) -> None:
        await self._extensions.assign(user, number)
        self._publish(UserChanged(user.id))

    async def _check_seat(self, user_id: str, number: str | None) -> None:
        if number is None:
            return
        seated = await self._extensions.of_users()
        if any(taken == number and other != user_id for other, taken in seated.items()):
            raise ExtensionTaken(str(ExtensionTaken.__doc__))

    async def _check_admins(self, before: User, after: User) -> None:
        if not _leads(before) or _leads(after):
            return
        if not any(_leads(other) for other in await self._users.all() if other.id != before.id):
            raise LastAdmin(str(LastAdmin.__doc__))

    async def _member(self, user: User) -> Member:
        return Member(user, (await self._extensions.of_users()).get(user.id))


def _leads(user: User) -> bool:
    return user.active and user.role is Role.ADMIN


async def ensure_first_admin(
    users: UserRepository, passwords: Passwords, clock: Clock, random_bytes: Callable[[int], bytes]
) -> str | None:
    """Make the administrator ``admin`` when there is no user at all.

    Call it at start, after the database is open, and print the result once: it is stored nowhere. The password must be
    changed at the first sign-in.

    :returns: the password; None when there are users already.
    """
    if await users.any():
        return None
    password = generate_password(random_bytes)
    now = clock.utcnow()
    admin = User(
        id=new_id(now),
        login=FIRST_LOGIN,
        name="Administrator",
        role=Role.ADMIN,
        must_change_password=True,
        created_at=now,
    )
    try:
        await users.save(admin, await asyncio.to_thread(passwords.hash, password))
    except LoginTaken:  # Another node that started at the same time was first.
        return None
    return password
