"""Who sent a request: digest authentication of extensions and peer trunks, alike for known and unknown users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from callcenter.calls.accounts_port import AccountDirectory, SipAccount
from callcenter.calls.trunks import Trunk, Trunks
from callcenter.sip.digest import Denial, Denied, DigestAuthenticator, Ha1
from callcenter.sip.flow import Flow
from callcenter.sip.message import Request
from callcenter.transport.source_guard import Offence

OffenceReport = Callable[[Offence, str, str | None], None]
"Tells the source guard: kind, source address, user name."


@dataclass(frozen=True, slots=True)
class Proven:
    """The sender proved to be this account or this peer trunk: exactly one is set."""

    username: str
    account: SipAccount | None = None
    trunk: Trunk | None = None

    @property
    def aor(self) -> str:
        """Return the user part of the one address of record it may speak for."""
        return self.username if self.account is None else self.account.number


class Challenge(NamedTuple):
    """How to answer a request that proves nothing."""

    status: int
    headers: tuple[tuple[str, str], ...]


class Authenticator:
    """Checks Authorization headers against accounts and peer trunks.

    :param report: told of every wrong password and of every success.
    """

    def __init__(
        self, digest: DigestAuthenticator, accounts: AccountDirectory, trunks: Trunks, report: OffenceReport
    ) -> None:
        self._digest = digest
        self._accounts = accounts
        self._trunks = trunks
        self._report = report

    def check(self, request: Request, flow: Flow, now: float) -> Proven | Challenge:
        """Return who sent ``request``, or the 401 to answer with.

        An unknown user, a disabled one and a wrong password look the same from outside.
        """
        source = flow.remote[0]
        result = self._digest.verify(
            request.method, request.headers.get_all("Authorization"), request.uri, self._lookup, now, source
        )
        if isinstance(result, Denied):
            if result.reason is Denial.WRONG_CREDENTIALS:
                self._report(Offence.AUTH_FAILED, source, result.username)
            challenges = self._digest.challenge(now, source, result.stale)
            return Challenge(401, tuple(("WWW-Authenticate", value) for value in challenges))
        self._report(Offence.AUTH_SUCCEEDED, source, result.username)
        trunk = self._trunks.peer(result.username)
        account = None if trunk is not None else self._accounts.extension(result.username)
        return Proven(result.username, account, trunk)

    def _lookup(self, username: str) -> Ha1 | None:
        trunk = self._trunks.peer(username)
        if trunk is not None and (credentials := trunk.settings.credentials) is not None:
            return Ha1.of(username, self._digest.realm, credentials.password)
        stored = self._accounts.credentials(username)
        return None if stored is None else Ha1(stored.ha1_md5, stored.ha1_sha256)
