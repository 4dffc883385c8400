"""Sessions of signed-in browsers and API tokens of programs: values, rules and where they are kept.

A secret is 256 random bits, shown to its holder only; the database has its SHA-256, which is enough for secrets nobody
can guess and of no use to whoever reads the table.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from callcenter.accounts.user import Role, User

SECRET_BYTES = 32
TOKEN_PREFIX = "cct_"
"Begins every API token, so that scanners of published code find leaked ones."
TOUCH_EVERY = timedelta(minutes=1)
"How far the stored time of last use may lag behind; it spares a write per request."


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long sessions last."""

    idle: timedelta = timedelta(hours=4)
    "Without a request."
    absolute: timedelta = timedelta(hours=24)
    "Whatever happens."


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser somebody signed in with."""

    id: str
    "Public; names the session in lists and the audit log."
    secret_hash: str
    user_id: str
    created_at: datetime
    seen_at: datetime
    "Of the last request, to the minute."
    expires_at: datetime
    "Absolute."
    source: str
    "Address of the last request."
    user_agent: str

    def is_over(self, now: datetime, rules: SessionRules) -> bool:
        """Tell whether it ended by itself."""
        return now >= self.expires_at or now >= self.seen_at + rules.idle


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A program's key to the API."""

    id: str
    secret_hash: str
    user_id: str
    "Who made it; it stops working when that user is deactivated."
    name: str
    role: Role
    "At most the user's own at the time of use."
    store_ids: frozenset[str] | None = None
    "Only these stores; None: those of the user."
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether it ended by itself."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """Sessions ended before their time: signed out, password changed, user deactivated."""

    user_id: str
    session_ids: tuple[str, ...]


class SessionRepository(Protocol):
    """Where sessions are kept."""

    async def add(self, session: Session) -> None:
        """Store a new one."""
        ...

    async def find(self, secret_hash: str) -> tuple[Session, User] | None:
        """Return the session with this hash and its user, active or not."""
        ...

    async def of_user(self, user_id: str) -> tuple[Session, ...]:
        """Return a user's sessions, last used first."""
        ...

    async def touch(self, session_id: str, at: datetime, source: str) -> None:
        """Note that it was used."""
        ...

    async def remove(self, session_id: str) -> None:
        """End one."""
        ...

    async def remove_of_user(self, user_id: str) -> tuple[str, ...]:
        """End every session of a user and return their ids."""
        ...

    async def remove_over(self, now: datetime, rules: SessionRules) -> int:
        """Forget those that ended by themselves and return how many."""
        ...


class ApiTokenRepository(Protocol):
    """Where API tokens are kept."""

    async def add(self, token: ApiToken) -> None:
        """Store a new one."""
        ...

    async def find(self, secret_hash: str) -> tuple[ApiToken, User] | None:
        """Return the token with this hash and its user, active or not."""
        ...

    async def all(self) -> tuple[tuple[ApiToken, User], ...]:
        """Return every token with its user, newest first."""
        ...

    async def touch(self, token_id: str, at: datetime) -> None:
        """Note that it was used."""
        ...

    async def remove(self, token_id: str) -> ApiToken | None:
        """Revoke one and return it."""
        ...


def generate_session_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Return a new secret for a cookie."""
    return base64.urlsafe_b64encode(random_bytes(SECRET_BYTES)).decode().rstrip("=")


def generate_token_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Return a new secret for an API token."""
    return TOKEN_PREFIX + generate_session_secret(random_bytes)


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_token_of(secret: str) -> str:
    """Return the CSRF token of a session: derived from its secret, so that it needs no storage and dies with it."""
    return hmac.new(secret.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).hexdigest()
