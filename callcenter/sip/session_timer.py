"""Session timers (RFC 4028): how long a session lives without a refresh, and whose duty the refresh is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import SessionExpires, parse_seconds
from callcenter.sip.message import Message, Request
from callcenter.sip.settings import EndpointSettings
from callcenter.sip.timers import Timer, TimerQueue

ABSOLUTE_MIN_SE = 90
"No session interval may be shorter (RFC 4028 §4)."

HeaderLines = list[tuple[str, str]]


class Agreement(NamedTuple):
    """What one refresh settled."""

    interval: int
    "Seconds; 0: the session does not expire."
    refresher: str
    "``uac`` or ``uas`` of the request that settled it."

    def headers(self, peer_supports: bool) -> HeaderLines:
        """Return the lines for a 2xx (§9): Require only when the caller itself has to refresh."""
        if not self.interval:
            return []
        lines = [("Session-Expires", f"{self.interval};refresher={self.refresher}")]
        if self.refresher == "uac" and peer_supports:
            lines.append(("Require", "timer"))
        return lines


NO_TIMER = Agreement(0, "uas")


def supports_timer(message: Message) -> bool:
    """Tell whether the peer named ``timer`` in Supported or Require."""
    fields = message.headers.fields
    for name in ("Supported", "Require"):
        if name in fields and any(tag.lower() == "timer" for tag in message.headers.get_all(name)):
            return True
    return False


def proposal(interval: int, min_se: int, refresher: str | None = None) -> HeaderLines:
    """Return the lines for an INVITE or UPDATE of ours; ``refresher`` None leaves the choice to the peer (§7.1)."""
    if not interval:
        return []
    suffix = f";refresher={refresher}" if refresher else ""
    return [("Session-Expires", f"{interval}{suffix}"), ("Min-SE", str(min_se))]


def too_small(request: Request, settings: EndpointSettings) -> HeaderLines | None:
    """Return the headers of a 422 when the caller wants a shorter interval than we accept (§9), else None."""
    wanted = request.one("Session-Expires", SessionExpires.parse)
    min_se = max(settings.min_se, ABSOLUTE_MIN_SE)
    if wanted is None or wanted.interval >= min_se:
        return None
    return [("Min-SE", str(min_se))]


def settle(request: Request, settings: EndpointSettings) -> Agreement:
    """Choose interval and refresher as the called side (§9, table 2); the caller of this has refused too small ones."""
    supported = supports_timer(request)
    wanted = request.one("Session-Expires", SessionExpires.parse)
    if not supported:
        # Nobody but us would refresh and nobody but us would notice; without a proxy's wish there is no timer.
        return NO_TIMER if wanted is None else Agreement(wanted.interval, "uas")
    lowest = max(request.one("Min-SE", parse_seconds) or 0, settings.min_se, ABSOLUTE_MIN_SE)
    if wanted is None:
        return Agreement(max(settings.session_expires, lowest), "uas") if settings.session_expires else NO_TIMER
    interval = wanted.interval
    if settings.session_expires:
        interval = max(min(interval, settings.session_expires), lowest)
    return Agreement(interval, wanted.refresher or "uac")


def settled_by(response: Message) -> Agreement:
    """Read what a 2xx to our request settled (§7.2); no header, no timer."""
    try:
        value = response.one("Session-Expires", SessionExpires.parse)
    except SipParseError:
        return NO_TIMER
    if value is None:
        return NO_TIMER
    return Agreement(max(value.interval, ABSOLUTE_MIN_SE), value.refresher or "uac")


def required_interval(response: Message, settings: EndpointSettings) -> int | None:
    """Return the Min-SE of a 422 (§6), None when there is no sane one."""
    try:
        value = response.one("Min-SE", parse_seconds)
    except SipParseError:
        return None
    return value if value is not None and ABSOLUTE_MIN_SE <= value <= 7 * 24 * 3600 else None


class SessionTimer:
    """The running timer of one session.

    :param refresh: called at half time when the refresh is ours.
    :param expire: called shortly before the end when no refresh came (§10).
    """

    __slots__ = ("_expire", "_expiry", "_half", "_refresh", "_timers", "interval", "min_se", "ours")

    def __init__(
        self, timers: TimerQueue, refresh: Callable[[float], None], expire: Callable[[float], None], min_se: int
    ) -> None:
        self._timers = timers
        self._refresh = refresh
        self._expire = expire
        self._half: Timer | None = None
        self._expiry: Timer | None = None
        self.interval = 0
        self.min_se = min_se
        "Highest Min-SE met in this session (§7.4)."
        self.ours = False
        "We are the refresher."

    @property
    def running(self) -> bool:
        """Tell whether the session may expire."""
        return self._expiry is not None

    def restart(self, agreement: Agreement, role: str, now: float) -> None:
        """Start anew after a refresh in which we were ``role`` (``uac`` or ``uas``)."""
        self.stop()
        if not agreement.interval:
            return
        self.interval = agreement.interval
        self.ours = agreement.refresher == role
        margin = min(32.0, self.interval / 3)
        self._expiry = self._timers.at(now + self.interval - margin, self._expire)
        if self.ours:
            self._half = self._timers.at(now + self.interval / 2, self._refresh)

    def try_again_at(self, deadline: float) -> None:
        """Refresh once more at ``deadline``, because the last attempt was refused for the moment."""
        if self.running:
            if self._half is not None:
                self._half.cancel()
            self._half = self._timers.at(deadline, self._refresh)

    def stop(self) -> None:
        """Forget both deadlines."""
        if self._half is not None:
            self._half.cancel()
            self._half = None
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
