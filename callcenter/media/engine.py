"""What every part of a media worker shares: clock, ticker, packet buffers, prompts, and the way out for events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from callcenter.media.dtls import DtlsIdentity
from callcenter.media.plane import MediaEvent
from callcenter.media.prompt_cache import PromptCache
from callcenter.media.settings import MediaSettings
from callcenter.media.ticker import MediaClock, Ticker

PACKET_SIZE: Final = 2048
"No G.711 packet comes near; what is longer is cut and dropped."

Send = Callable[[memoryview], object]
Tap = Callable[[int, memoryview], None]
"Take the payload that belongs at an RTP timestamp; it must be copied at once."
Emit = Callable[[MediaEvent], None]
Watch = Callable[[int, Callable[[], None] | None], None]
"Have a file descriptor's readability handled, by someone else, or no longer (``None``)."


class Engine:
    """Shared by all legs of a worker. One packet is handled at a time, so one buffer each way serves all of them.

    ``in_views[n]`` is the first ``n`` octets of the receive buffer and ``in_payloads[n]`` the same without the 12 of
    the header; making them once saves two allocations per packet.
    """

    __slots__ = (
        "_identity",
        "clock",
        "emit",
        "in_data",
        "in_payloads",
        "in_views",
        "ntp_offset",
        "out_data",
        "out_payloads",
        "out_views",
        "passing",
        "prompts",
        "sealed_data",
        "sealed_views",
        "settings",
        "ticker",
        "watch",
    )

    def __init__(self, settings: MediaSettings, *, now: float, unix_now: float, emit: Emit, watch: Watch) -> None:
        self.settings = settings
        self.clock = MediaClock(now)
        self.ticker = Ticker(now)
        self.emit = emit
        self.watch = watch
        self.prompts = PromptCache()
        self.ntp_offset = unix_now - now
        "Seconds since 1970 at monotonic zero; fixed, so that stepping the wall clock does not disturb RTCP."
        self.passing: set[object] = set()
        "The legs whose audio somebody hears now; while there are any, what arrives must not wait long."
        self.in_data, self.in_views, self.in_payloads = _buffer()
        self.out_data, self.out_views, self.out_payloads = _buffer()
        self.sealed_data, self.sealed_views, _ = _buffer()
        "Where packets are protected (SRTP), so that what was sent can still be recorded in the clear."
        self._identity: DtlsIdentity | None = None

    @property
    def identity(self) -> DtlsIdentity:
        """Return the certificate that this worker's WebRTC legs show, made at first use."""
        if self._identity is None:
            self._identity = DtlsIdentity(datetime.fromtimestamp(self.clock.now + self.ntp_offset, UTC))
        return self._identity


def _buffer() -> tuple[bytearray, list[memoryview], list[memoryview]]:
    data = bytearray(PACKET_SIZE)
    view = memoryview(data)
    return data, [view[:size] for size in range(PACKET_SIZE + 1)], [view[12:size] for size in range(PACKET_SIZE + 1)]
