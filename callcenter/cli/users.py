"""Users from the console: for the first start, for scripts, and for when nobody can sign in any more."""

from __future__ import annotations

import asyncio
import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from callcenter.accounts.audit import AuditEntry
from callcenter.accounts.passwords import Passwords
from callcenter.accounts.people import Member, People, UserDetails
from callcenter.accounts.session import SessionRepository
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.base.errors import CallcenterError
from callcenter.base.ids import new_id
from callcenter.cli.parts import DEFAULT_CONFIG, ConfigOption, OpenedStorage, console
from callcenter.config import load_config
from callcenter.runtime.clock import SystemClock
from callcenter.runtime.log import configure_logging
from callcenter.storage.assembly import Storage

T = TypeVar("T")

users_app = typer.Typer(help="People who sign in.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Login name.")]


@users_app.command("add")
def users_add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.AGENT,
    name: Annotated[str, typer.Option(help="For display.")] = "",
    store: Annotated[list[str] | None, typer.Option(help="Code of a store the user belongs to; repeatable.")] = None,
    extension: Annotated[str | None, typer.Option(help="Number the user takes calls at.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add somebody who may sign in; the password is asked for, or read from standard input."""
    login = login.strip().lower()
    password = _asked_password()

    async def run(storage: Storage, people: People) -> None:
        if await storage.users.by_login(login) is not None:
            raise CallcenterError(f"there is already a user {login!r}")
        details = UserDetails(
            login=login,
            name=name or login,
            role=role,
            scope=StoreScope(store_ids=_stores(storage, store or ())),
            extension=extension,
        )
        member, _ = await people.add(details, password)
        _note(storage, "user.added", member.user)

    _work(config, run)
    console.print(f"user {login} added as {role.value}", highlight=False)


@users_app.command("list")
def users_list(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List everybody, by login."""

    async def run(storage: Storage, _people: People) -> list[Member]:
        seated = await storage.extensions.of_users()
        return [Member(user, seated.get(user.id)) for user in await storage.users.all()]

    table = Table("login", "name", "role", "extension", "last sign-in (UTC)", "active", box=None)
    for member in _work(config, run):
        user = member.user
        seen = f"{user.last_sign_in_at:%Y-%m-%d %H:%M}" if user.last_sign_in_at is not None else ""
        table.add_row(
            user.login, user.name, user.role.value, member.extension or "", seen, "yes" if user.active else "no"
        )
    console.print(table)


@users_app.command("set-password")
def users_set_password(
    login: Login,
    generate: Annotated[
        bool, typer.Option("--generate", help="Make one up and show it; it must be changed at the next sign-in.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Give a user a new password and sign them out everywhere; it is asked for, or read from standard input."""
    password = None if generate else _asked_password()

    async def run(storage: Storage, people: People) -> str | None:
        user = await _user(storage, login)
        new = await people.reset_password(user.id, password)
        _note(storage, "password.reset", user)
        return new

    new = _work(config, run)
    shown = f", password {new}" if generate else ""
    console.print(f"user {login.strip().lower()} has a new password{shown}", highlight=False)


@users_app.command("deactivate")
def users_deactivate(login: Login, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Lock a user out and sign them out everywhere; what they did is kept."""

    async def run(storage: Storage, people: People) -> None:
        user = await _user(storage, login)
        await people.deactivate(user.id)
        _note(storage, "user.deactivated", user)

    _work(config, run)
    console.print(f"user {login.strip().lower()} is deactivated", highlight=False)


class _Sessions:
    """Ends sessions in the database; a running server notices at the next request."""

    def __init__(self, sessions: SessionRepository) -> None:
        self._sessions = sessions

    async def end_all(self, user_id: str) -> None:
        """Sign a user out everywhere."""
        await self._sessions.remove_of_user(user_id)


def _work(config: Path, run: Callable[[Storage, People], Awaitable[T]]) -> T:
    settings = load_config(config)
    configure_logging("warning")

    async def opened() -> T:
        async with OpenedStorage(settings) as storage:
            people = People(
                storage.users,
                storage.extensions,
                _Sessions(storage.sessions),
                Passwords(),
                SystemClock(),
                secrets.token_bytes,
            )
            return await run(storage, people)

    return asyncio.run(opened())


async def _user(storage: Storage, login: str) -> User:
    wanted = login.strip().lower()
    found = next((user for user in await storage.users.all() if user.login == wanted), None)
    if found is None:
        raise CallcenterError(f"there is no user {wanted!r}")
    return found


def _stores(storage: Storage, codes: Sequence[str]) -> frozenset[str]:
    known = storage.directory.snapshot.stores_by_code
    for code in codes:
        if code not in known:
            raise CallcenterError(f"there is no store with code {code!r}")
    return frozenset(known[code].id for code in codes)


def _asked_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _note(storage: Storage, action: str, user: User) -> None:
    now = SystemClock().utcnow()
    storage.audit.append(
        AuditEntry(
            id=new_id(now),
            at=now,
            action=action,
            login=getpass.getuser(),
            source="console",
            target=f"user:{user.id}",
            after={"login": user.login, "name": user.name, "role": user.role.value},
        )
    )
