"""A UDP proxy that loses, repeats, delays and reorders, in a way a seed repeats.

A peer sends to :attr:`UdpFaultProxy.address` what is meant for the server; every peer gets its own socket towards the
server, so answers find their way back through the same faults. For RTP put one proxy in front of the port in the SDP.
"""

from __future__ import annotations

import heapq
import random
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

_BUFFER = 65535


@dataclass(frozen=True)
class Faults:
    """What happens to datagrams of one direction; everything off by default. Shares are 0..1."""

    loss: float = 0.0
    "Share lost, each by itself."
    burst_loss: float = 0.0
    "Chance that a burst of loss starts at a datagram."
    burst_length: int = 5
    "Datagrams lost in a burst."
    duplicate: float = 0.0
    "Share delivered twice."
    delay: float = 0.0
    "Seconds added to every datagram."
    jitter: float = 0.0
    "Up to so many seconds more, evenly spread; may reorder."
    reorder: float = 0.0
    "Share that is overtaken: held back for ``reorder_delay``."
    reorder_delay: float = 0.03
    "Seconds an overtaken datagram is held back."
    drop: Callable[[bytes], bool] | None = None
    "Lose exactly the datagrams this says, e.g. every ``SIP/2.0 200``."


class FaultModel:
    """Decides the fate of one datagram after the other: the times at which to deliver it, none when it is lost."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        "May be replaced while in use."
        self._random = random.Random(seed)
        self._burst = 0

    def deliveries(self, data: bytes, now: float) -> list[float]:
        """Return when to deliver ``data`` that arrived ``now`` (monotonic seconds)."""
        faults, chance = self.faults, self._random.random
        if faults.drop is not None and faults.drop(data):
            return []
        if self._burst:
            self._burst -= 1
            return []
        if faults.burst_loss and chance() < faults.burst_loss:
            self._burst = faults.burst_length - 1
            return []
        if faults.loss and chance() < faults.loss:
            return []
        copies = 2 if faults.duplicate and chance() < faults.duplicate else 1
        held = faults.reorder_delay if faults.reorder and chance() < faults.reorder else 0.0
        return [now + faults.delay + held + (chance() * faults.jitter if faults.jitter else 0.0) for _ in range(copies)]


class UdpFaultProxy:
    """Runs in a thread between any number of peers and one server."""

    def __init__(
        self,
        server: tuple[str, int],
        *,
        to_server: Faults | None = None,
        to_peer: Faults | None = None,
        seed: int = 1,
        host: str = "127.0.0.1",
    ) -> None:
        self.to_server = FaultModel(to_server or Faults(), seed)
        "Faults from the peers to the server."
        self.to_peer = FaultModel(to_peer or Faults(), seed + 1)
        "Faults from the server to the peers."
        self.delivered = 0
        "Datagrams passed on, both directions."
        self.lost = 0
        "Datagrams lost, both directions."
        self._server = server
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind((host, 0))
        self._front.setblocking(False)
        self.address: tuple[str, int] = self._front.getsockname()
        "Where peers send."
        self._backs: dict[tuple[str, int], socket.socket] = {}
        self._queue: list[tuple[float, int, socket.socket, tuple[str, int], bytes]] = []
        self._count = 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._front, selectors.EVENT_READ, None)
        self._running = False
        self._thread = threading.Thread(target=self._run, name=f"faults:{self.address[1]}", daemon=True)

    def __enter__(self) -> Self:
        self._running = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop and free the ports; what is still delayed is dropped."""
        if self._running:
            self._running = False
            self._thread.join()
        for one in (self._front, *self._backs.values()):
            one.close()
        self._selector.close()

    def change(self, **faults: object) -> None:
        """Change some faults of both directions from now on, e.g. ``change(loss=0.2)``."""
        for model in (self.to_server, self.to_peer):
            model.faults = replace(model.faults, **faults)  # type: ignore[arg-type]  # names are the fields of Faults

    def _run(self) -> None:
        while self._running:
            wait = 0.05
            if self._queue:
                wait = max(0.0, min(wait, self._queue[0][0] - time.monotonic()))
            for key, _ in self._selector.select(wait):
                self._receive(key.fileobj, key.data)  # type: ignore[arg-type]  # only sockets are registered
            now = time.monotonic()
            while self._queue and self._queue[0][0] <= now:
                _, _, out, address, data = heapq.heappop(self._queue)
                try:
                    out.sendto(data, address)
                    self.delivered += 1
                except OSError:  # The far port is closed: lost, as on any network.
                    self.lost += 1

    def _receive(self, source: socket.socket, peer: tuple[str, int] | None) -> None:
        try:
            data, sender = source.recvfrom(_BUFFER)
        except OSError:
            return
        if peer is None:
            self._enqueue(self.to_server, self._back(sender), self._server, data)
        else:
            self._enqueue(self.to_peer, self._front, peer, data)

    def _enqueue(self, model: FaultModel, out: socket.socket, address: tuple[str, int], data: bytes) -> None:
        times = model.deliveries(data, time.monotonic())
        if not times:
            self.lost += 1
        for when in times:
            self._count += 1
            heapq.heappush(self._queue, (when, self._count, out, address, data))

    def _back(self, peer: tuple[str, int]) -> socket.socket:
        back = self._backs.get(peer)
        if back is None:
            back = self._backs[peer] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            back.bind((self.address[0], 0))
            back.setblocking(False)
            self._selector.register(back, selectors.EVENT_READ, peer)
        return back
