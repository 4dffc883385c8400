"""Somebody signed in at a page, without a browser: the cookie, the CSRF token, and requests as a page makes them.

Signing in by password costs an Argon2 hash each time; :func:`seat` writes a person, their extension and their session
straight into the database instead, so that a test can have hundreds of them.
"""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from typing import Any, Self

from cryptography.fernet import Fernet

from callcenter.accounts.extension import Extension, compute_credentials
from callcenter.accounts.secret_box import SecretBox
from callcenter.accounts.session import Session, csrf_token_of, generate_session_secret, hash_secret
from callcenter.accounts.user import Role, StoreScope, User
from callcenter.base.errors import CallcenterError
from callcenter.base.ids import new_id
from callcenter.runtime.clock import SystemClock
from callcenter.storage.assembly import Storage
from callcenter.storage.repositories.accounts import ExtensionTable, UserTable

COOKIE = "callcenter_session"
_NO_PASSWORD = "!"


class WebRefused(CallcenterError):
    """The server refused a request of a page."""

    error_id = "web-refused"

    def __init__(self, request: str, answer: WebAnswer) -> None:
        super().__init__(f"{request}: {answer.status} {answer.body[:500].decode(errors='replace')}")
        self.answer = answer


@dataclass(frozen=True)
class WebAnswer:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """Return the id of the problem it tells of."""
        return str(self.json["id"])


@dataclass(frozen=True)
class Seat:
    """A person in the database, signed in at a page."""

    user_id: str
    login: str
    extension: str | None
    secret: str
    "Of the session: the cookie's value."


async def seat(
    storage: Storage,
    login: str,
    *,
    role: Role = Role.AGENT,
    extension: str | None = None,
    sip_secret: str | None = None,
    realm: str = "callcenter",
    stores: frozenset[str] = frozenset(),
    lifetime: timedelta = timedelta(hours=8),
) -> Seat:
    """Write a person down with a session; ``sip_secret`` lets a desk phone register at the extension.

    Only with ``sip_secret`` does the storage hear of it, which reads everybody anew each time.
    """
    now = SystemClock().utcnow()
    user = User(
        id=new_id(now), login=login, name=login.title(), role=role, scope=StoreScope(store_ids=stores), created_at=now
    )
    await UserTable(storage.database).save(user, _NO_PASSWORD)
    if extension is not None:
        own = Extension(number=extension, name=user.name, agent_id=user.id, store_id=next(iter(sorted(stores)), None))
        if sip_secret is not None:
            await storage.extensions.save(own, compute_credentials(extension, realm, sip_secret))
        else:
            await ExtensionTable(storage.database, SecretBox(Fernet.generate_key())).save(own)
    secret = generate_session_secret(secrets.token_bytes)
    await storage.sessions.add(
        Session(
            id=new_id(now),
            secret_hash=hash_secret(secret),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
            source="127.0.0.1",
            user_agent="tests",
        )
    )
    return Seat(user.id, login, extension, secret)


class WebSession:
    """A page's way to the API; with no ``secret`` a stranger's."""

    def __init__(self, url: str, secret: str = "") -> None:
        self.url = url
        "Of the server."
        self.secret = secret
        "The cookie's value."

    @classmethod
    def sign_in(cls, url: str, login: str, password: str) -> Self:
        """Sign in as people do; raises :class:`WebRefused`."""
        page = cls(url)
        answer = page.ask("POST", "/api/session", {"login": login, "password": password})
        if answer.status != 200:
            raise WebRefused("sign-in", answer)
        cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        return cls(url, cookie.partition("=")[2])

    @property
    def headers(self) -> dict[str, str]:
        """Return what a page sends along with each request."""
        own = {"Origin": self.url}
        if self.secret:
            own |= {"Cookie": f"{COOKIE}={self.secret}", "X-CSRF-Token": csrf_token_of(self.secret)}
        return own

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> WebAnswer:
        """Return the answer, whatever it is.

        :param body: JSON, or bytes as they are.
        :param headers: replace what a page sends; an empty value leaves one out.
        """
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self.headers, **(headers or {})}
        request = urllib.request.Request(
            self.url + path, method=method, data=data, headers={name: value for name, value in sent.items() if value}
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return WebAnswer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return WebAnswer(error.code, error.headers, error.read())

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Return the decoded answer; raises :class:`WebRefused` when it is a refusal."""
        answer = self.ask(method, path, body)
        if answer.status >= 400:
            raise WebRefused(f"{method} {path}", answer)
        return answer.json if answer.body else None

    def act(self, call_id: str, action: str, kind: str | None = None, value: str = "") -> Any:
        """Do something with a running call; raises :class:`WebRefused`."""
        body = {"target": {"kind": kind, "value": value}} if kind is not None else None
        return self.send("POST", f"/api/live-calls/{call_id}/{action}", body)

    def be(self, state: str, reason: str | None = None) -> Any:
        """Choose a state as an agent."""
        return self.send("PUT", "/api/me/agent-state", {"state": state, "reason": reason})
