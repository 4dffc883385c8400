"""One end of an RTP stream with a thread of its own: speaks, presses keys, listens, and misbehaves when asked to."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from callcenter.testing.audio import Samples
from callcenter.testing.phone_media import Listener, Talker
from callcenter.testing.processes import free_ports

Mangle: TypeAlias = Callable[[bytes], Sequence[bytes]]
"Given a packet about to be sent, returns what is sent instead: nothing, the packet, copies of it."


class RtpEnd:
    """Sends from construction of :meth:`connect` on, every 20 ms, until :meth:`close`."""

    def __init__(self, host: str, payload_type: int, event_type: int | None, *, mangle: Mangle | None = None) -> None:
        self.talker = Talker(payload_type, event_type, ssrc=secrets.randbits(32))
        "What it says."
        self.listener = Listener(event_type)
        "What it heard."
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.port = free_ports(1, host=host)[0] if family == socket.AF_INET else 0
        "Where it listens."
        self.sending = True
        "Whether it sends; a phone that lost its network does not."
        self._mangle = mangle
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((host, self.port))
        self.port = int(self._socket.getsockname()[1])
        self._socket.settimeout(0.1)
        self._remote: tuple[str, int] | None = None
        self._open = True
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._receive, self._send)]
        for thread in self._threads:
            thread.start()

    def connect(self, host: str, port: int) -> None:
        """Send there from now on."""
        self._remote = (host, port)

    def heard(self, seconds: float) -> Samples:
        """Return the last ``seconds`` of what was heard; 60 ms old, so that packets under way count."""
        now = time.monotonic() - 0.06
        return self.listener.render(now - seconds, now)

    def close(self) -> None:
        """Stop and free the port."""
        self._open = False
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while self._open:
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                self.listener.receive(self._socket.recv(2048), time.monotonic())

    def _send(self) -> None:
        due = time.monotonic()
        while self._open:
            if self._remote is not None and self.sending:
                for packet in self.talker.next_packets():
                    for one in [packet] if self._mangle is None else self._mangle(packet):
                        with contextlib.suppress(OSError):  # The far end may have closed its port first.
                            self._socket.sendto(one, self._remote)
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
