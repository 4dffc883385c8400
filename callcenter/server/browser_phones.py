"""The phones in agents' browsers: who may register as what, and who is there."""

from __future__ import annotations

from collections.abc import Callable, Collection

from callcenter.accounts.softphone import NoExtension, SoftphoneAccounts, SoftphoneCredentials
from callcenter.api.live_feed import LiveFeed
from callcenter.calls.location import Location
from callcenter.sip.flow import Flow

WEBSOCKETS = frozenset({"ws", "wss"})


class BrowserPhones:
    """Gives pages their SIP credentials.

    :param extension_of: returns the extension a user sits at.
    :param gone: told of an extension whose last device has just been turned away.
    :param hang_up: closes a browser's connection.
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
        hang_up: Callable[[Flow], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.realm = realm
        self._accounts = accounts
        self._location = location
        self._feed = feed
        self._extension_of = extension_of
        self._gone = gone
        self._hang_up = hang_up
        self._monotonic = monotonic

    def open(self, user_id: str, device_id: str, session_id: str | None) -> SoftphoneCredentials:
        """Return credentials for one device and session; the latest device wins, and the one before is told.

        :raises NoExtension: when the user has no extension.
        """
        extension = self._extension_of(user_id)
        if extension is None:
            raise NoExtension
        issued = self._accounts.issue(extension, device_id, session_id)
        if issued.taken_over_from is not None:
            self._turn_away(extension)
            self._feed.publish_to(user_id, "softphone.taken_over", {"device_id": issued.taken_over_from})
        return issued

    def sessions_ended(self, session_ids: Collection[str]) -> None:
        """Take the phones out of the browsers whose sessions are over."""
        for extension in self._accounts.revoke_sessions(session_ids):
            self._disconnect(extension)

    def seats_changed(self) -> None:
        """Take the phones from those who were moved to another extension or locked out."""
        for extension in self._accounts.revoke_unseated():
            self._disconnect(extension)

    def _disconnect(self, extension: str) -> None:
        """Turn a browser away for good; one that is still welcome comes back by itself with new credentials."""
        for flow in self._turn_away(extension):
            self._hang_up(flow)

    def _turn_away(self, extension: str) -> list[Flow]:
        """Forget the browsers registered as ``extension`` and return their connections."""
        was_there = self._location.is_registered(extension, self._monotonic())
        flows = self._location.drop_transports(extension, WEBSOCKETS)
        if was_there and not self._location.is_registered(extension, self._monotonic()):
            self._gone(extension)
        return flows
