"""What every part of a call works with: SIP endpoint, media plane, clock, and the tables of what is going on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callcenter.base.ids import new_id
from callcenter.calls.cdr import CallLog
from callcenter.calls.events import CallFact
from callcenter.calls.ports import CallObserver, NumberNormaliser, PromptSource, TokenSource, Unobserved
from callcenter.calls.settings import CallSettings
from callcenter.media.plane import MediaPlane
from callcenter.runtime.clock import Clock
from callcenter.sdp.keying import Keying
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.flow import Flow, Target

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.leg import Leg
    from callcenter.calls.offered_media import OfferedMedia
    from callcenter.calls.recording import Recording

EVERY_IPV6_ADDRESS = "::"


def _nobody_listens(_fact: CallFact) -> None:
    """Drop a fact."""


@dataclass(slots=True, eq=False, kw_only=True)
class Exchange:
    """The working surroundings of every call on this node."""

    endpoint: Endpoint
    flush: Callable[[], None]
    "Sends what the endpoint has queued; called after each batch of SIP commands."
    source_host: Callable[[str], str]
    "Returns our numeric address towards a peer's host."
    flow_to: Callable[[Target], Awaitable[Flow]]
    "Looks a next hop up and connects to it; raises CallcenterError when that is impossible."
    media: MediaPlane
    prompts: PromptSource
    log: CallLog
    clock: Clock
    token: TokenSource
    settings: CallSettings
    normalise: NumberNormaliser
    observer: CallObserver = field(default_factory=Unobserved)
    "Told of every change a viewer of calls can see."
    publish: Callable[[CallFact], None] = _nobody_listens
    "Takes facts for the bus; see :mod:`callcenter.calls.events`."
    calls: dict[str, Call] = field(default_factory=dict)
    media_legs: dict[str, Leg] = field(default_factory=dict)
    "Who owns each media leg, for events of the media plane."
    offered_media: dict[str, OfferedMedia] = field(default_factory=dict)
    "Who offers each media leg that nobody has answered on yet."
    recordings: dict[str, Recording] = field(default_factory=dict)
    "Running recordings by id."

    def now(self) -> float:
        """Return monotonic seconds, as the endpoint wants them."""
        return self.clock.monotonic()

    def new_id(self) -> str:
        """Return a fresh ULID."""
        return new_id(self.clock.utcnow())

    def media_hosts(self, signalling_host: str, keying: Keying = Keying.PLAIN) -> tuple[str | None, str]:
        """Return the address to bind RTP to and the one to advertise, for signalling at our ``signalling_host``.

        A browser's connectivity checks must be answered from the address they were sent to (RFC 8445 §7.3.1.1). From a
        socket bound to every address the kernel may choose another, so a browser's is bound to the one it is told.
        """
        bind = self.settings.media_host
        if bind is None and keying is Keying.DTLS and self.settings.media_public_host is None:
            return signalling_host, signalling_host
        if bind is None and ":" in signalling_host:
            bind = EVERY_IPV6_ADDRESS  # The media engine's own choice is every IPv4 address.
            return bind, signalling_host
        return bind, self.settings.media_public_host or (bind if bind is not None else signalling_host)

    def busy_extensions(self) -> set[str]:
        """Return the extensions that are in a call or being rung."""
        return {
            leg.extension
            for call in self.calls.values()
            for leg in call.legs.values()
            if leg.extension is not None and leg.ended is None
        }

    def is_recorded(self, leg: Leg) -> bool:
        """Tell whether a recording of ``leg`` is running."""
        return leg.media is not None and any(entry.media_id == leg.media.id for entry in self.recordings.values())

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls.values())
