"""Who may call a route. Each route declares its requirement by the type of a parameter; a test fails without one.

``principal: SignedIn`` any signed-in person or API token · ``principal: Supervisor`` · ``principal: Admin`` ·
``principal: ChangingPassword`` also someone who must change the password first ·
``dependencies=[Depends(public)]`` everybody.

A browser proves itself by the session cookie, and for every request that changes something by an ``Origin`` of our own
and the header ``X-CSRF-Token`` with the value from ``GET /api/session``. A program sends ``Authorization: Bearer`` and
an API token. No session is 401, a role that does not suffice 403, an id outside one's scope 404.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from callcenter.accounts.principal import Principal
from callcenter.accounts.user import Role
from callcenter.api.errors import ApiProblem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"


class Identity(Protocol):
    """Says who stands behind a proof. Both look-ups note that it was used."""

    async def by_session(self, secret: str, source: str) -> Principal | None:
        """Return whose session this is; None when there is no such session or it is over."""
        ...

    async def by_token(self, secret: str, source: str) -> Principal | None:
        """Return whose API token this is; None when there is no such token or it is over."""
        ...

    def csrf_token(self, secret: str) -> str:
        """Return the CSRF token that belongs to a session."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSecurity:
    """What the web server knows about itself."""

    public_url: str | None = None
    "Where browsers reach us when it differs from the Host header, e.g. ``https://calls.example.com``."

    metrics_for_admins_only: bool = False
    "Else programs on this machine may read ``/metrics`` too."

    @property
    def public_origin(self) -> str | None:
        """Return its scheme and host."""
        if self.public_url is None:
            return None
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    def is_secure(self, connection: HTTPConnection) -> bool:
        """Tell whether browsers reach us over TLS."""
        origin = self.public_origin
        return connection.url.scheme in ("https", "wss") or (origin is not None and origin.startswith("https:"))

    def cookie_name(self, connection: HTTPConnection) -> str:
        """Return the session cookie's name; over TLS one that browsers only accept from this very host."""
        return "__Host-callcenter" if self.is_secure(connection) else "callcenter_session"


class Requirement(Enum):
    """What a route asks of whoever calls it."""

    PUBLIC = "public"
    CHANGING_PASSWORD = "changing_password"
    "Signed in, even if the password must be changed first."
    SIGNED_IN = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    OPERATOR = "operator"
    "An administrator, or a program on this machine."


def source_of(connection: HTTPConnection) -> str:
    """Return the address a request came from; behind a trusted proxy, the one it names."""
    return connection.client.host if connection.client is not None else "local"


def is_same_origin(connection: HTTPConnection) -> bool:
    """Tell whether the page that makes this request is one of ours."""
    origin = connection.headers.get("origin", "").lower()
    if not origin:
        return False
    security: WebSecurity = connection.app.state.security
    host = connection.headers.get("host", "").lower()
    if not host:
        return origin == security.public_origin
    # Over TLS a page that came without it may be anybody's on the way. The reverse is a proxy that we know nothing of.
    ours = {security.public_origin, f"https://{host}"}
    return origin in (ours if security.is_secure(connection) else ours | {f"http://{host}"})


def session_secret(connection: HTTPConnection) -> str | None:
    """Return the session cookie."""
    security: WebSecurity = connection.app.state.security
    return connection.cookies.get(security.cookie_name(connection))


async def principal_of(connection: HTTPConnection) -> Principal | None:
    """Return who opens a WebSocket: by session cookie, from a page of ours; None refuses it."""
    secret = session_secret(connection)
    if secret is None or not is_same_origin(connection):
        return None
    identity: Identity = connection.app.state.identity
    principal = await identity.by_session(secret, source_of(connection))
    return None if principal is None or principal.must_change_password else principal


async def changing_password(request: Request) -> Principal:
    """Return who makes the request, also when the password must be changed first.

    :raises ApiProblem: 401 without a proof, 403 when a browser's request may come from a foreign page.
    """
    identity: Identity = request.app.state.identity
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        principal = await identity.by_token(token.strip(), source_of(request))
    else:
        secret = session_secret(request)
        principal = None if secret is None else await identity.by_session(secret, source_of(request))
        if principal is not None and secret is not None and request.method not in SAFE_METHODS:
            _check_csrf(request, identity.csrf_token(secret))
    if principal is None:
        raise ApiProblem(401, "not-signed-in", "Sign in first.")
    request.state.principal = principal
    return principal


def _check_csrf(request: Request, expected: str) -> None:
    if not is_same_origin(request):
        raise ApiProblem(403, "foreign-origin", "The Origin header must name this server.")
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ApiProblem(
            403, "csrf-token-wrong", f"The header {CSRF_HEADER} must hold the value from GET /api/session."
        )


async def signed_in(principal: Annotated[Principal, Depends(changing_password)]) -> Principal:
    """Return who makes the request.

    :raises ApiProblem: 403 while the password must be changed.
    """
    if principal.must_change_password:
        raise ApiProblem(403, "password-change-required", "Change the password first: PUT /api/me/password.")
    return principal


def _require(principal: Principal, role: Role) -> Principal:
    if not principal.role.includes(role):
        raise ApiProblem(403, "role-not-sufficient", f"This needs the role {role.value}.")
    return principal


async def supervisor(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """Return who makes the request, a supervisor or more."""
    return _require(principal, Role.SUPERVISOR)


async def admin(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """Return who makes the request, an administrator."""
    return _require(principal, Role.ADMIN)


async def operator(request: Request) -> None:
    """Let an administrator pass, and a program on this machine unless the configuration says otherwise."""
    security: WebSecurity = request.app.state.security
    # A proxy on this machine that is not trusted passes on requests from anywhere.
    passed_on = not {"x-forwarded-for", "forwarded"}.isdisjoint(request.headers.keys())
    if security.metrics_for_admins_only or passed_on or not _is_loopback(source_of(request)):
        _require(await signed_in(await changing_password(request)), Role.ADMIN)


def _is_loopback(source: str) -> bool:
    try:
        return ip_address(source).is_loopback
    except ValueError:
        return False


async def public() -> None:
    """Declare that a route is open to everybody."""


ChangingPassword = Annotated[Principal, Depends(changing_password)]
SignedIn = Annotated[Principal, Depends(signed_in)]
Supervisor = Annotated[Principal, Depends(supervisor)]
Admin = Annotated[Principal, Depends(admin)]

_REQUIREMENTS = (
    (operator, Requirement.OPERATOR),
    (admin, Requirement.ADMIN),
    (supervisor, Requirement.SUPERVISOR),
    (signed_in, Requirement.SIGNED_IN),
    (changing_password, Requirement.CHANGING_PASSWORD),
    (public, Requirement.PUBLIC),
)
"Strictest first."


def requirement_of(route: APIRoute) -> Requirement | None:
    """Return what a route declares; None when it forgot to."""
    calls = set(_calls(route.dependant))
    return next((requirement for call, requirement in _REQUIREMENTS if call in calls), None)


def _calls(dependant: Dependant) -> Iterable[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def visible(principal: Principal, store_ids: Collection[str | None], agent_ids: Collection[str | None] = ()) -> bool:
    """Tell whether something live (a call, an agent, a queue) that concerns these stores and agents may be seen."""
    return principal.scope.covers_any(store_ids, agent_ids)
