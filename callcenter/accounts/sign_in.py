"""Signing in and staying signed in: passwords to sessions, sessions and API tokens to principals.

Whether a login exists cannot be told from outside: the answer, the time it takes and the throttle are the same for a
wrong password, an unknown login and a deactivated user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address

from callcenter.accounts.audit import (
    PASSWORD_CHANGED,
    SIGN_IN_REFUSED,
    SIGNED_IN,
    SIGNED_OUT,
    AuditEntry,
    AuditLog,
    AuditOutcome,
)
from callcenter.accounts.passwords import Passwords, check_password
from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import RegionedStore, scope_of, stores_of
from callcenter.accounts.session import (
    TOUCH_EVERY,
    ApiTokenRepository,
    Session,
    SessionRepository,
    SessionRules,
    SessionsEnded,
    csrf_token_of,
    generate_session_secret,
    hash_secret,
)
from callcenter.accounts.throttle import BackOff, Throttle, TooManyAttempts
from callcenter.accounts.user import Role, User, UserRepository
from callcenter.base.errors import CallcenterError
from callcenter.base.ids import new_id
from callcenter.runtime.clock import Clock

HASHING_AT_ONCE = 2
"Each costs 64 MiB and a processor core for a moment."
MAX_WAITING = 40
"Sign-ins waiting for their turn to be hashed; beyond, they are asked to come back."
MAX_LOGIN_LENGTH = 64
MAX_SECRET_LENGTH = 200
USER_AGENT_LENGTH = 200

_BY_BOTH = BackOff()
_BY_LOGIN = BackOff(free=20, first_s=1.0, longest_s=30.0)
_BY_SOURCE = BackOff(free=40, first_s=2.0, longest_s=300.0)


class SignInRefused(CallcenterError):
    """Login or password are wrong."""

    error_id = "sign-in-refused"


class WrongPassword(CallcenterError):
    """The current password is wrong."""

    error_id = "wrong-password"


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session just made."""

    principal: Principal
    secret: str
    "Goes into the cookie and nowhere else."
    session: Session


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from."""

    source: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPorts:
    """What signing in works with."""

    users: UserRepository
    sessions: SessionRepository
    tokens: ApiTokenRepository
    audit: AuditLog
    stores: Callable[[], Collection[RegionedStore]]
    "Every store, from memory."
    clock: Clock
    random_bytes: Callable[[int], bytes]
    publish: Callable[[SessionsEnded], None] = lambda _event: None


class SignIn:
    """Opens, checks and ends sessions; checks API tokens."""

    def __init__(self, ports: SignInPorts, passwords: Passwords, rules: SessionRules | None = None) -> None:
        self._ports = ports
        self._passwords = passwords
        self._rules = rules or SessionRules()
        self._both, self._by_login, self._by_source = Throttle(_BY_BOTH), Throttle(_BY_LOGIN), Throttle(_BY_SOURCE)
        self._hashing = asyncio.Semaphore(HASHING_AT_ONCE)
        self._waiting = 0

    @property
    def rules(self) -> SessionRules:
        """Return how long sessions last."""
        return self._rules

    # Sessions

    async def sign_in(
        self, login: str, password: str, visitor: Visitor, replaced_secret: str | None = None
    ) -> OpenedSession:
        """Open a session.

        :param replaced_secret: the cookie the browser had; that session ends, so that no id lives through a sign-in.
        :raises SignInRefused: when login or password are wrong.
        :raises TooManyAttempts: after too many of those.
        """
        login = login.strip().lower()[:MAX_LOGIN_LENGTH]
        try:
            user, stored = await self._prove(login, password, visitor.source)
        except (SignInRefused, TooManyAttempts) as error:
            self._note(SIGN_IN_REFUSED, visitor, login=login, after={"reason": error.error_id}, refused=True)
            raise
        if replaced_secret is not None and (found := await self._find(replaced_secret)) is not None:
            await self._end(found[0])
        now = self._ports.clock.utcnow()
        outdated = self._passwords.is_outdated(stored)
        await self._ports.users.note_sign_in(user.id, now, await self._hash(password) if outdated else None)
        await self._ports.sessions.remove_over(now, self._rules)
        opened = await self._open(user, visitor)
        self._note(SIGNED_IN, visitor, user=user, session_id=opened.session.id)
        return opened

    async def by_session(self, secret: str, source: str) -> Principal | None:
        """Return whose session this is; None when there is no such session or it is over."""
        found = await self._find(secret)
        if found is None:
            return None
        session, user = found
        now = self._ports.clock.utcnow()
        if now >= session.seen_at + TOUCH_EVERY:
            await self._ports.sessions.touch(session.id, now, source)
        return self._principal(user, session_id=session.id)

    async def sign_out(self, principal: Principal, visitor: Visitor) -> None:
        """End the session a request was made with."""
        if principal.session_id is None:
            return
        await self._ports.sessions.remove(principal.session_id)
        self._ports.publish(SessionsEnded(principal.user_id, (principal.session_id,)))
        self._note(SIGNED_OUT, visitor, principal=principal)

    async def end_all(self, user_id: str) -> None:
        """Sign a user out everywhere."""
        ended = await self._ports.sessions.remove_of_user(user_id)
        if ended:
            self._ports.publish(SessionsEnded(user_id, ended))

    async def end_one(self, principal: Principal, session_id: str) -> bool:
        """End one of the principal's own sessions; False when it is not theirs."""
        mine = {session.id for session in await self._ports.sessions.of_user(principal.user_id)}
        if session_id not in mine:
            return False
        await self._ports.sessions.remove(session_id)
        self._ports.publish(SessionsEnded(principal.user_id, (session_id,)))
        return True

    async def sessions_of(self, user_id: str) -> tuple[Session, ...]:
        """Return a user's sessions that are not over, last used first."""
        now = self._ports.clock.utcnow()
        found = await self._ports.sessions.of_user(user_id)
        return tuple(session for session in found if not session.is_over(now, self._rules))

    async def change_password(
        self, principal: Principal, current: str, new: str, visitor: Visitor
    ) -> OpenedSession | None:
        """Set a password of one's own choice: signs out everywhere and opens a new session for this browser.

        :returns: the new session; None when the request was made with an API token.
        :raises WrongPassword: when ``current`` is not the password.
        :raises WeakPassword: when ``new`` is refused.
        :raises TooManyAttempts: after too many wrong ones.
        """
        try:
            user, _ = await self._prove(principal.login, current, visitor.source)
        except SignInRefused:
            self._note(PASSWORD_CHANGED, visitor, principal=principal, refused=True)
            raise WrongPassword(str(WrongPassword.__doc__)) from None
        check_password(new, user.login)
        await self._ports.users.set_password(user.id, await self._hash(new), must_change=False)
        user = replace(user, must_change_password=False)
        await self.end_all(user.id)
        self._note(PASSWORD_CHANGED, visitor, principal=principal)
        return None if principal.session_id is None else await self._open(user, visitor)

    def csrf_token(self, secret: str) -> str:
        """Return the CSRF token that belongs to a session."""
        return csrf_token_of(secret)

    # API tokens

    async def by_token(self, secret: str, source: str) -> Principal | None:
        """Return whose API token this is; None when there is no such token or it is over."""
        if not secret or len(secret) > MAX_SECRET_LENGTH:
            return None
        found = await self._ports.tokens.find(hash_secret(secret))
        if found is None:
            return None
        token, user = found
        now = self._ports.clock.utcnow()
        if token.is_over(now) or not user.active:
            return None
        if token.used_at is None or now >= token.used_at + TOUCH_EVERY:
            await self._ports.tokens.touch(token.id, now)
        role = token.role if user.role.includes(token.role) else user.role
        return self._principal(user, token_id=token.id, role=role, only=token.store_ids)

    # Parts

    async def _prove(self, login: str, password: str, source: str) -> tuple[User, str]:
        """Return the user whose password this is, and its hash."""
        source = throttled_source(source)
        keys = ((self._both, f"{login}|{source}"), (self._by_login, login), (self._by_source, source))
        if self._waiting >= MAX_WAITING:
            raise TooManyAttempts(2.0)
        self._waiting += 1
        try:
            async with self._hashing:
                now = self._ports.clock.monotonic()
                for throttle, key in keys:
                    throttle.check(key, now)
                found = await self._ports.users.by_login(login)
                stored = None if found is None else found[1]
                right = await asyncio.to_thread(self._passwords.verify, password, stored)
                if found is None or not right:
                    for throttle, key in keys:
                        throttle.note_failure(key, now)
                    raise SignInRefused(str(SignInRefused.__doc__))
        finally:
            self._waiting -= 1
        self._both.forget(f"{login}|{source}")
        return found

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._passwords.hash, password)

    async def _find(self, secret: str) -> tuple[Session, User] | None:
        if len(secret) > MAX_SECRET_LENGTH:
            return None
        found = await self._ports.sessions.find(hash_secret(secret))
        if found is None or not found[1].active or found[0].is_over(self._ports.clock.utcnow(), self._rules):
            return None
        return found

    async def _open(self, user: User, visitor: Visitor) -> OpenedSession:
        now = self._ports.clock.utcnow()
        secret = generate_session_secret(self._ports.random_bytes)
        session = Session(
            id=new_id(now),
            secret_hash=hash_secret(secret),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + self._rules.absolute,
            source=visitor.source,
            user_agent=visitor.user_agent[:USER_AGENT_LENGTH],
        )
        await self._ports.sessions.add(session)
        return OpenedSession(self._principal(user, session_id=session.id), secret, session)

    async def _end(self, session: Session) -> None:
        await self._ports.sessions.remove(session.id)
        self._ports.publish(SessionsEnded(session.user_id, (session.id,)))

    def _principal(
        self,
        user: User,
        *,
        session_id: str | None = None,
        token_id: str | None = None,
        role: Role | None = None,
        only: Collection[str] | None = None,
    ) -> Principal:
        stores = self._ports.stores()
        return Principal(
            user_id=user.id,
            login=user.login,
            name=user.name,
            role=role or user.role,
            scope=scope_of(user, stores, role=role, only=only),
            session_id=session_id,
            token_id=token_id,
            store_ids=stores_of(user, stores),
            must_change_password=user.must_change_password and token_id is None,
        )

    def _note(
        self,
        action: str,
        visitor: Visitor,
        *,
        user: User | None = None,
        principal: Principal | None = None,
        login: str | None = None,
        session_id: str | None = None,
        after: dict[str, str] | None = None,
        refused: bool = False,
    ) -> None:
        now = self._ports.clock.utcnow()
        who = user.id if user is not None else principal.user_id if principal is not None else None
        self._ports.audit.append(
            AuditEntry(
                id=new_id(now),
                at=now,
                action=action,
                outcome=AuditOutcome.REFUSED if refused else AuditOutcome.DONE,
                user_id=who,
                login=login or (user.login if user is not None else principal.login if principal is not None else None),
                session_id=session_id or (principal.session_id if principal is not None else None),
                token_id=principal.token_id if principal is not None else None,
                source=visitor.source,
                target=None if who is None else f"user:{who}",
                after=after,
            )
        )


def throttled_source(source: str) -> str:
    """Return what stands for an address in the throttle: an IPv6 host has a whole /64 to itself."""
    try:
        address = ip_address(source.partition("%")[0])
    except ValueError:
        return source
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(getattr(address, "ipv4_mapped", None) or address)
