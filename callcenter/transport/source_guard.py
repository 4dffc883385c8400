"""Who may speak to us: a token bucket per source address, and bans for those who guess, scan or send rubbish.

Asked before anything is parsed, so one decision is a dictionary look-up and a subtraction. Every table is bounded;
time is an argument. Many devices may sit behind one address, so guessing at one user bans that user at that address
first; the address itself is banned only when the guessing goes through many users, and the users known good there
raise that bar.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

MAX_CACHED_KEYS = 4096
DEFAULT_SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sundayddr",
    "vaxsipuseragent",
    "pplsip",
    "sivus",
    "siparmyknife",
)
"Lower-case parts of User-Agent values that only attack tools send by default."


class Offence(Enum):
    """What a source can be reported for, and what speaks for it."""

    AUTH_FAILED = "auth-failed"
    "A digest response was wrong (not: a challenge was needed)."
    UNKNOWN_USER = "unknown-user"
    "A user or number that does not exist was addressed or claimed."
    MALFORMED = "malformed"
    "A message could not be parsed."
    SCANNER = "scanner"
    "An attack tool introduced itself."
    AUTH_SUCCEEDED = "auth-succeeded"
    "No offence: this user proved who they are here."


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Rates per second, windows and ban times in seconds."""

    rate: float = 100.0
    "Messages per second that one source may send on average."
    burst: float = 200.0
    "Messages it may send at once after a pause."
    trusted: tuple[str, ...] = ()
    "Networks (``10.0.0.0/8``, ``2001:db8::/32``, single addresses) that are never limited or banned: our trunks."
    window_s: float = 60.0
    "Offences are counted within this time after the first."
    user_failures: int = 10
    "Failures of one user at one source that ban the pair."
    users_per_source: int = 12
    "Different failing users at one source that ban the source; users known good there are added to the number."
    malformed: int = 100
    "Malformed messages from one source that ban it."
    ban_s: float = 300.0
    "How long a ban lasts; what is banned is dropped in silence."
    scanners: tuple[str, ...] = DEFAULT_SCANNERS
    max_sources: int = 20_000
    "Sources remembered; the longest silent ones are forgotten first."
    max_bans: int = 10_000
    max_users_per_source: int = 256
    "Users remembered per source."


@dataclass(frozen=True, slots=True)
class Ban:
    """One ban in force."""

    source: str
    user: str | None
    "None: everybody at the source."
    reason: Offence
    until: float
    "Monotonic seconds."


class _Source:
    __slots__ = ("allowance", "failures", "good", "malformed", "stamp", "trusted", "window_end")

    def __init__(self, allowance: float, stamp: float, trusted: bool) -> None:
        self.allowance = allowance
        self.stamp = stamp
        self.trusted = trusted
        self.failures: dict[str, int] = {}
        self.good: set[str] = set()
        self.malformed = 0
        self.window_end = 0.0


class SourceGuard:
    """Admission by source address.

    An IPv6 source counts as its /64 network, since one host owns all of that.
    """

    def __init__(self, settings: GuardSettings | None = None) -> None:
        self.settings = settings or GuardSettings()
        self._trusted: tuple[Network, ...] = ()
        self._keys: dict[str, str] = {}
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._bans: OrderedDict[tuple[str, str | None], Ban] = OrderedDict()
        self._users_banned_at: dict[str, int] = {}
        self._scanners = tuple(name.lower() for name in self.settings.scanners)
        self.trust(self.settings.trusted)

    # Public methods for the driver

    def admit(self, source: str, now: float) -> bool:
        """Tell whether a message from the address ``source`` may be looked at, and charge it to the source."""
        if ":" in source:
            source = self._key(source)
        entry = self._sources.get(source)
        if entry is None:
            entry = self._remember(source, now)
        if entry.trusted:
            return True
        self._sources.move_to_end(source)
        if self._bans and self._banned(source, None, now):
            return False
        settings = self.settings
        allowance = entry.allowance + (now - entry.stamp) * settings.rate
        if allowance > settings.burst:
            allowance = settings.burst
        entry.stamp = now
        if allowance < 1.0:
            entry.allowance = allowance
            return False
        entry.allowance = allowance - 1.0
        return True

    def admits_connection(self, source: str, now: float) -> bool:
        """Tell whether ``source`` may open a connection: anybody who is not banned."""
        return not self._bans or not self._banned(self._key(source), None, now)

    def has_banned_users(self, source: str) -> bool:
        """Tell whether :meth:`admit_user` can say no for this source; cheap enough to ask for each message."""
        return bool(self._users_banned_at) and self._key(source) in self._users_banned_at

    def admit_user(self, source: str, user: str, now: float) -> bool:
        """Tell whether ``user`` at ``source`` may be listened to."""
        return not self._banned(self._key(source), user, now)

    def is_scanner(self, user_agent: str) -> bool:
        """Tell whether a User-Agent value is one of the configured attack tools'."""
        lowered = user_agent.lower()
        return any(name in lowered for name in self._scanners)

    def is_trusted(self, source: str) -> bool:
        """Tell whether the address is in a trusted network."""
        if not self._trusted:
            return False
        try:
            address = ip_address(source.partition("%")[0].partition("/")[0])
        except ValueError:
            return False
        return any(address in network for network in self._trusted)

    # Public methods for those who judge what was said

    def report(self, kind: Offence, source: str, user: str | None, now: float) -> None:
        """Count an offence (or a proof of good standing) and ban when it is one too many.

        :param user: the user name that failed or succeeded; None when there is none to blame.
        """
        source = self._key(source)
        entry = self._sources.get(source) or self._remember(source, now)
        if entry.trusted:
            return
        if kind is Offence.SCANNER:
            self._ban(source, None, kind, now)
            return
        if now >= entry.window_end:
            entry.window_end = now + self.settings.window_s
            entry.failures.clear()
            entry.malformed = 0
        if kind is Offence.MALFORMED:
            entry.malformed += 1
            if entry.malformed >= self.settings.malformed:
                self._ban(source, None, kind, now)
        elif kind is Offence.AUTH_SUCCEEDED:
            self._vouch(entry, user or "")
        else:
            self._count_failure(entry, source, user or "", kind, now)

    def trust(self, networks: Iterable[str]) -> None:
        """Replace the trusted networks (when trunks change) and lift the bans of what is in them.

        :raises ValueError: one of them is no network.
        """
        self._trusted = tuple(ip_network(text, strict=False) for text in networks)
        self._keys.clear()
        for source, entry in self._sources.items():
            entry.trusted = self.is_trusted(source)
        for source, user in [key for key in self._bans if self.is_trusted(key[0])]:
            self._lift(source, user)

    # Public methods for operators

    def bans(self, now: float) -> list[Ban]:
        """Return the bans in force, oldest first. IPv6 sources are shown as their /64."""
        self._expire(now)
        return list(self._bans.values())

    def unban(self, source: str, user: str | None = None) -> bool:
        """Lift the ban of a source (an address, or its /64 as :meth:`bans` shows it) or of one user there."""
        source = self._key(source)
        entry = self._sources.get(source)
        if entry is not None:
            entry.window_end = 0.0
        return self._lift(source, user)

    def _remember(self, source: str, now: float) -> _Source:
        while len(self._sources) >= self.settings.max_sources:
            self._sources.popitem(last=False)
        entry = self._sources[source] = _Source(self.settings.burst, now, self.is_trusted(source))
        return entry

    def _key(self, source: str) -> str:
        """Return what ``source`` is counted as: itself, or the /64 of an IPv6 address that is not trusted."""
        if ":" not in source or "/" in source:
            return source
        key = self._keys.get(source)
        if key is None:
            if len(self._keys) >= MAX_CACHED_KEYS:
                self._keys.clear()
            key = self._keys[source] = source if self.is_trusted(source) else _prefix(source)
        return key

    def _vouch(self, entry: _Source, user: str) -> None:
        entry.failures.pop(user, None)
        if len(entry.good) < self.settings.max_users_per_source:
            entry.good.add(user)

    def _count_failure(self, entry: _Source, source: str, user: str, kind: Offence, now: float) -> None:
        failures = entry.failures
        if user in failures or len(failures) < self.settings.max_users_per_source:
            failures[user] = failures.get(user, 0) + 1
        if failures.get(user, 0) >= self.settings.user_failures:
            self._ban(source, user, kind, now)
        if len(failures) >= self.settings.users_per_source + len(entry.good):
            self._ban(source, None, kind, now)

    def _ban(self, source: str, user: str | None, reason: Offence, now: float) -> None:
        self._expire(now)
        self._lift(source, user)
        while len(self._bans) >= self.settings.max_bans:
            self._lift(*next(iter(self._bans)))
        self._bans[source, user] = Ban(source, user, reason, now + self.settings.ban_s)
        if user is not None:
            self._users_banned_at[source] = self._users_banned_at.get(source, 0) + 1

    def _banned(self, source: str, user: str | None, now: float) -> bool:
        ban = self._bans.get((source, user))
        if ban is None:
            return False
        if ban.until > now:
            return True
        self._expire(now)
        return False

    def _expire(self, now: float) -> None:
        """Lift what has run out; bans all last equally long, so the oldest come first."""
        while self._bans:
            key, ban = next(iter(self._bans.items()))
            if ban.until > now:
                return
            self._lift(*key)

    def _lift(self, source: str, user: str | None) -> bool:
        if self._bans.pop((source, user), None) is None:
            return False
        if user is not None:
            left = self._users_banned_at[source] - 1
            if left:
                self._users_banned_at[source] = left
            else:
                del self._users_banned_at[source]
        return True


def _prefix(source: str) -> str:
    """Return the /64 of an IPv6 address as text; what is no address stays as it is."""
    try:
        address = IPv6Address(source.partition("%")[0])
    except ValueError:
        return source
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
