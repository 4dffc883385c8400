"""Keep users: who may sign in, as what, and at which extension."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callcenter.accounts.people import EXTENSION_PATTERN, LOGIN_PATTERN, Member, People, UserDetails
from callcenter.accounts.user import Role, StoreScope, User, UserFilter
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import Admin
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.fields import Id, Name, SearchText
from callcenter.api.pagination import Page, Paging
from callcenter.api.references import AllStores


class UserDirectory(Protocol):
    """Lists users."""

    async def page(
        self, which: UserFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[User, ...], str | None]:
        """Return users by login, and the cursor of the following page."""
        ...


class Seats(Protocol):
    """Knows who sits where."""

    async def of_users(self) -> Mapping[str, str]:
        """Return the extension's number of every user who has one."""
        ...


class UserWrite(BaseModel):
    """What an administrator decides about a user."""

    login: Annotated[
        str, Field(pattern=LOGIN_PATTERN, description="Lower case; letters, digits and `. _ @ -`.", examples=["lan"])
    ]
    name: Name
    role: Role = Role.AGENT
    store_ids: Annotated[list[Id], Field(max_length=1000, description="Stores the user belongs to.")] = []
    regions: Annotated[list[Name], Field(max_length=100, description="Regions whose stores the user belongs to.")] = []
    active: bool = True
    extension: Annotated[
        str | None,
        Field(
            pattern=EXTENSION_PATTERN,
            description="Number the user takes calls at; made when there is none with this number. Null: takes none.",
        ),
    ] = None


class UserView(UserWrite):
    """A user."""

    id: str
    must_change_password: bool
    created_at: datetime
    last_sign_in_at: datetime | None


class NewUser(BaseModel):
    """A user just made."""

    user: UserView
    password: Annotated[str, Field(description="Shown now and never again; must be changed at the first sign-in.")]


class NewPassword(BaseModel):
    """A password just made."""

    password: Annotated[str, Field(description="Shown now and never again; must be changed at the next sign-in.")]


def user_view(user: User, extension: str | None) -> UserView:
    """Return what an administrator sees of a user."""
    return UserView.model_construct(
        id=user.id,
        login=user.login,
        name=user.name,
        role=user.role,
        store_ids=sorted(user.scope.store_ids),
        regions=sorted(user.scope.regions),
        active=user.active,
        extension=extension,
        must_change_password=user.must_change_password,
        created_at=user.created_at,
        last_sign_in_at=user.last_sign_in_at,
    )


def router(people: People, users: UserDirectory, seats: Seats, stores: AllStores) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["users"])

    @routes.get("/api/users", summary="List users")
    async def list_users(
        _admin: Admin,
        paging: Paging,
        q: Annotated[SearchText | None, Query()] = None,
        role: Role | None = None,
        active: bool | None = None,
    ) -> Page[UserView]:
        """By login. `q` is a part of the login or the name."""
        found, cursor = await users.page(
            UserFilter(text=q or None, role=role, active=active), cursor=paging.cursor, limit=paging.limit
        )
        seated = await seats.of_users()
        return Page(items=[user_view(user, seated.get(user.id)) for user in found], next_cursor=cursor)

    @routes.post("/api/users", summary="Make a user", status_code=201)
    async def add_user(wanted: UserWrite, _admin: Admin, audit: Audited) -> NewUser:
        """409 `login-taken`, `extension-taken`; 422 `unknown-store`."""
        member, password = await people.add(_details(wanted, stores()))
        view = _view(member)
        audit.action, audit.target, audit.after = "user.added", f"user:{view.id}", _plain(view)
        return NewUser(user=view, password=password or "")

    @routes.get("/api/users/{user_id}", summary="One user")
    async def get_user(user_id: str, _admin: Admin) -> UserView:
        """Active or not."""
        return _view(await _existing(user_id))

    @routes.put("/api/users/{user_id}", summary="Change a user")
    async def change_user(user_id: str, wanted: UserWrite, _admin: Admin, audit: Audited) -> UserView:
        """A user who loses rank or is deactivated is signed out everywhere. 409 `last-admin`."""
        before = _view(await _existing(user_id))
        audit.action, audit.target, audit.before = "user.changed", f"user:{user_id}", _plain(before)
        member = await people.change(user_id, _details(wanted, stores()))
        if member is None:
            raise not_found("user")
        after = _view(member)
        audit.after = _plain(after)
        return after

    @routes.delete("/api/users/{user_id}", summary="Deactivate a user", status_code=204)
    async def deactivate_user(user_id: str, _admin: Admin, audit: Audited) -> None:
        """Locks the user out and keeps what they did. 409 `last-admin`."""
        audit.action, audit.target = "user.deactivated", f"user:{user_id}"
        if await people.deactivate(user_id) is None:
            raise not_found("user")

    @routes.post("/api/users/{user_id}/password-reset", summary="Give a user a new password")
    async def reset_password(user_id: str, _admin: Admin, audit: Audited) -> NewPassword:
        """Signs the user out everywhere."""
        audit.action, audit.target = "password.reset", f"user:{user_id}"
        password = await people.reset_password(user_id)
        if password is None:
            raise not_found("user")
        return NewPassword(password=password)

    async def _existing(user_id: str) -> Member:
        member = await people.get(user_id)
        if member is None:
            raise not_found("user")
        return member

    return routes


def _view(member: Member) -> UserView:
    return user_view(member.user, member.extension)


def _plain(view: UserView) -> dict[str, Any]:
    return view.model_dump(
        mode="json", include={"login", "name", "role", "store_ids", "regions", "active", "extension"}
    )


def _details(wanted: UserWrite, known: Collection[str]) -> UserDetails:
    unknown = sorted(set(wanted.store_ids) - set(known))
    if unknown:
        raise ApiProblem(422, "unknown-store", f"There is no store {unknown[0]}.")
    return UserDetails(
        login=wanted.login,
        name=wanted.name,
        role=wanted.role,
        scope=StoreScope(store_ids=frozenset(wanted.store_ids), regions=frozenset(wanted.regions)),
        active=wanted.active,
        extension=wanted.extension,
    )
