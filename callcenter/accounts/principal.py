"""Who makes a request: a signed-in person or a program with an API token."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.accounts.scope import Scope
from callcenter.accounts.user import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """The one a request is made for, proven."""

    user_id: str
    "For an API token: the user who made it."
    login: str
    name: str
    role: Role
    "For an API token: the token's role, never more than its user's."
    scope: Scope
    session_id: str | None = None
    "Public id of the session; None for an API token."
    token_id: str | None = None
    "Public id of the API token; None for a session."
    store_ids: frozenset[str] = frozenset()
    "The stores the user belongs to, whatever the role."
    must_change_password: bool = False
    "Nothing but changing the password is allowed."
