"""The phones in agents' browsers: who may register as what, and who is there."""

from __future__ import annotations

from collections.abc import Callable

from callcenter.accounts.softphone import NoExtension, SoftphoneAccounts, SoftphoneCredentials
from callcenter.api.live_feed import LiveFeed
from callcenter.calls.location import Location

WEBSOCKETS = frozenset({"ws", "wss"})


class BrowserPhones:
    """Gives pages their SIP credentials.

    :param extension_of: returns the extension a user sits at.
    :param gone: told of an extension whose last device has just been turned away.
    """

    def __init__(
        self,
        accounts: SoftphoneAccounts,
        location: Location,
        feed: LiveFeed,
        realm: str,
        *,
        extension_of: Callable[[str], str | None],
        gone: Callable[[str], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.realm = realm
        self._accounts = accounts
        self._location = location
        self._feed = feed
        self._extension_of = extension_of
        self._gone = gone
        self._monotonic = monotonic

    def open(self, user_id: str, device_id: str) -> SoftphoneCredentials:
        """Return credentials for one device; the latest wins, and the one before is told.

        :raises NoExtension: when the user has no extension.
        """
        extension = self._extension_of(user_id)
        if extension is None:
            raise NoExtension
        issued = self._accounts.issue(extension, device_id)
        if issued.taken_over_from is not None:
            self._turn_away(extension)
            self._feed.publish_to(user_id, "softphone.taken_over", {"device_id": issued.taken_over_from})
        return issued

    def close(self, user_id: str) -> None:
        """Take the phone out of every browser of a user who signed out or may not take calls any more."""
        extension = self._extension_of(user_id)
        if extension is not None:
            self._accounts.revoke(extension)
            self._turn_away(extension)

    def _turn_away(self, extension: str) -> None:
        was_there = self._location.is_registered(extension, self._monotonic())
        self._location.drop_transports(extension, WEBSOCKETS)
        if was_there and not self._location.is_registered(extension, self._monotonic()):
            self._gone(extension)
