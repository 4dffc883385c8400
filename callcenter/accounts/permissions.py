"""What each role may do, as words the interface shows and hides things by. The routes decide; these only tell."""

from __future__ import annotations

from callcenter.accounts.user import Role

_AGENT = ("calls.handle", "calls.read", "customers.read", "directory.read", "recordings.listen")
_SUPERVISOR = (
    *_AGENT,
    "agents.read",
    "agents.manage",
    "queues.read",
    "queues.manage",
    "reports.read",
    "callbacks.manage",
    "status.read",
)
_ADMIN = (
    *_SUPERVISOR,
    "users.manage",
    "tokens.manage",
    "audit.read",
    "dispositions.manage",
)
_BY_ROLE = {Role.AGENT: _AGENT, Role.SUPERVISOR: _SUPERVISOR, Role.ADMIN: _ADMIN}


def permissions_of(role: Role) -> tuple[str, ...]:
    """Return the permissions of a role."""
    return _BY_ROLE[role]
