"""The audit log: who did what, when, from where, and what changed. Rows are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

Json = Mapping[str, Any]

SIGNED_IN = "session.opened"
SIGN_IN_REFUSED = "session.refused"
SIGNED_OUT = "session.closed"
PASSWORD_CHANGED = "password.changed"


class AuditOutcome(Enum):
    """What became of it."""

    DONE = "done"
    REFUSED = "refused"
    "Not allowed, or the request could not be used."
    FAILED = "failed"
    "The server failed."


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log."""

    id: str
    "ULID."
    at: datetime
    action: str
    "``noun.verb`` for what has a name of its own, else method and path of the request: ``PUT /api/queues/{id}``."
    outcome: AuditOutcome = AuditOutcome.DONE
    user_id: str | None = None
    login: str | None = None
    "As typed, for a refused sign-in."
    session_id: str | None = None
    token_id: str | None = None
    source: str = ""
    "Network address, or ``console``."
    target: str | None = None
    "What it was done to: ``user:01J…``, ``recording:01J…``."
    before: Json | None = None
    after: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines; everything given must hold."""

    user_id: str | None = None
    action: str | None = None
    "Exact, or a beginning that ends in a dot: ``session.``."
    target: str | None = None
    outcome: AuditOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    "Exclusive."


class AuditLog(Protocol):
    """Where the lines go."""

    def append(self, entry: AuditEntry) -> None:
        """Write one line; never blocks, and survives a database that is away."""
        ...


class AuditReader(Protocol):
    """Reads the lines."""

    async def page(
        self, which: AuditFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[tuple[AuditEntry, ...], str | None]:
        """Return lines, newest first, and the cursor of the following page.

        :raises InvalidCursor: when ``cursor`` is not from an earlier page.
        """
        ...


_SECRET_WORDS = ("password", "secret", "token", "digits", "keys", "note", "authorization", "credential")
HIDDEN = "…"
_MAX_TEXT = 500
_MAX_ITEMS = 50


@dataclass(slots=True)
class AuditNote:
    """What a route adds to the line its request gets."""

    action: str | None = None
    target: str | None = None
    before: Json | None = None
    after: Json | None = None
    replaced: bool = field(default=False)
    "The route wrote its own line; the request needs none."


def redact(value: Any, depth: int = 6) -> Any:
    """Return JSON without secrets and personal words, and of bounded size."""
    if isinstance(value, Mapping):
        if depth == 0:
            return HIDDEN
        return {
            str(key)[:_MAX_TEXT]: HIDDEN if _is_secret(str(key)) else redact(item, depth - 1)
            for key, item in list(value.items())[:_MAX_ITEMS]
        }
    if isinstance(value, (list, tuple)):
        return HIDDEN if depth == 0 else [redact(item, depth - 1) for item in value[:_MAX_ITEMS]]
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + HIDDEN
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    return str(value)[:_MAX_TEXT]


def _is_secret(name: str) -> bool:
    plain = name.lower()
    return any(word in plain for word in _SECRET_WORDS) and plain != "must_change_password"
