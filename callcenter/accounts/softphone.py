"""Short-lived SIP credentials for browsers: what a signed-in agent's page registers its softphone with.

The password of the person never reaches SIP, and the secret of the extension never reaches a browser. A credential
belongs to one device (a browser tab that said so); when another device of the same person asks for one, it takes the
extension over and the earlier device's credentials are void at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from callcenter.accounts.extension import Extension, SipCredentials, compute_credentials, generate_secret
from callcenter.base.errors import CallcenterError

LIFETIME = timedelta(minutes=15)
"How long a credential opens new registrations; a page asks for the next one well before."
USER_PREFIX = "browser-"
"What tells these user names from extension numbers, which are digits."


class NoExtension(CallcenterError):
    """The user has no extension, so there is nothing to take calls with."""

    error_id = "no-extension"


@dataclass(frozen=True, slots=True)
class SoftphoneCredentials:
    """What a page needs to register (RFC 3261 §22)."""

    extension: str
    "The address of record's user part."
    username: str
    "For the digest; not the extension."
    password: str
    expires_at: datetime
    taken_over_from: str | None = None
    "The device that had the extension until now, when it was another one."


class ExtensionLookup(Protocol):
    """The extensions' own accounts, from memory."""

    def extension(self, number: str) -> Extension | None:
        """Return the enabled account with this number."""
        ...

    def extension_of_agent(self, agent_id: str) -> Extension | None:
        """Return the enabled account a user sits at."""
        ...

    def credentials(self, number: str) -> SipCredentials | None:
        """Return what checks its digest."""
        ...


@dataclass(frozen=True, slots=True)
class _Issued:
    extension: str
    agent_id: str | None
    "Who sat at the extension; a successor is not to be spoken for."
    device_id: str
    session_id: str | None
    secret: SipCredentials
    expires_at: datetime


class SoftphoneAccounts:
    """The extensions' accounts, and beside them the credentials issued to browsers; an account directory for SIP.

    :param random_bytes: source of secrets, e.g. :func:`secrets.token_bytes`.
    :param registration: how long a registration that a credential opened may last; so long it is known whose it is.
    """

    def __init__(
        self,
        accounts: ExtensionLookup,
        realm: str,
        *,
        utcnow: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        registration: timedelta = timedelta(hours=1),
    ) -> None:
        self._registration = registration
        self._accounts = accounts
        self._realm = realm
        self._utcnow = utcnow
        self._random_bytes = random_bytes
        self._issued: dict[str, _Issued] = {}

    def issue(self, extension: str, device_id: str, session_id: str | None = None) -> SoftphoneCredentials:
        """Return new credentials for ``extension`` on one device; any other device loses its own.

        :param session_id: they end with this session, if not before.
        :raises NoExtension: when the extension does not exist or is disabled.
        """
        account = self._accounts.extension(extension)
        if account is None:
            raise NoExtension
        now = self._utcnow()
        before = self.device_of(extension)
        for username, issued in list(self._issued.items()):
            ended = issued.expires_at + self._registration <= now
            if ended or (issued.extension == extension and issued.device_id != device_id):
                del self._issued[username]
        username = USER_PREFIX + self._random_bytes(9).hex()
        password = generate_secret(self._random_bytes)
        expires_at = now + LIFETIME
        secret = compute_credentials(username, self._realm, password)
        self._issued[username] = _Issued(extension, account.agent_id, device_id, session_id, secret, expires_at)
        return SoftphoneCredentials(
            extension, username, password, expires_at, before if before not in (None, device_id) else None
        )

    def revoke_sessions(self, session_ids: Collection[str]) -> frozenset[str]:
        """Void the credentials of sessions that are over and return the extensions they were for."""
        return self._revoke(lambda issued: issued.session_id in session_ids)

    def revoke_unseated(self) -> frozenset[str]:
        """Void the credentials of people who sit elsewhere, or nowhere, by now; return the extensions they left."""
        return self._revoke(lambda issued: not self._is_seated(issued))

    def _revoke(self, concerned: Callable[[_Issued], bool]) -> frozenset[str]:
        ended = {username: issued.extension for username, issued in self._issued.items() if concerned(issued)}
        for username in ended:
            del self._issued[username]
        return frozenset(ended.values())

    def _is_seated(self, issued: _Issued) -> bool:
        account = self._accounts.extension(issued.extension)
        return account is not None and account.agent_id == issued.agent_id

    def device_of(self, extension: str) -> str | None:
        """Return the device that has ``extension``; None when no credential is valid."""
        now = self._utcnow()
        return next(
            (
                issued.device_id
                for issued in reversed(self._issued.values())
                if issued.extension == extension and issued.expires_at > now
            ),
            None,
        )

    # An account directory

    def extension(self, number: str) -> Extension | None:
        """Return the enabled account that this user name, of a phone or of a browser, speaks for."""
        issued = self._valid(number)
        return self._accounts.extension(issued.extension if issued is not None else number)

    def extension_of_agent(self, agent_id: str) -> Extension | None:
        """Return the enabled account a user sits at."""
        return self._accounts.extension_of_agent(agent_id)

    def credentials(self, number: str) -> SipCredentials | None:
        """Return what checks the digest of this user name."""
        if not number.startswith(USER_PREFIX):
            return self._accounts.credentials(number)
        issued = self._valid(number)
        return None if issued is None else issued.secret

    def _valid(self, username: str) -> _Issued | None:
        issued = self._issued.get(username)
        usable = issued is not None and issued.expires_at > self._utcnow() and self._is_seated(issued)
        return issued if usable else None
