"""A browser's end of a call with a thread of its own: speaks, presses keys, listens, changes networks and vanishes."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time

from callcenter.media.dtls import DtlsIdentity
from callcenter.runtime.clock import SystemClock
from callcenter.testing.audio import Samples
from callcenter.testing.phone_media import Listener, Talker
from callcenter.testing.webrtc_core import CHROME_FORMATS, BrowserMedia

_PACKET_S = 0.02


class WebRtcPeer:
    """Offers or answers, connects, and from then on sends every 20 ms until :meth:`close`.

    Use: ``peer.take_answer(place_call(peer.offer()))`` or ``reply(peer.answer(offer))``, then :meth:`wait_secured`.

    :param fingerprint: what its descriptions claim; by default the truth.
    """

    def __init__(self, host: str = "127.0.0.1", *, fingerprint: str | None = None) -> None:
        self.media = BrowserMedia(DtlsIdentity(SystemClock().utcnow()), fingerprint=fingerprint)
        "Its protocols."
        self.listener = Listener(None)
        "What it heard."
        self.reports: list[bytes] = []
        "RTCP packets it received."
        self.sending = True
        "Whether it sends media; a browser that lost its network does not."
        self.checking = True
        "Whether it answers for its consent; the same."
        self._host = host
        self._talker: Talker | None = None
        self._tone: float | None = None
        self._socket = self._open()
        self._lock = threading.Lock()
        self._open_still = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _open(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((self._host, 0))
        sock.settimeout(0.005)
        return sock

    def offer(self, direction: str = "sendrecv", formats: tuple[int, ...] = CHROME_FORMATS) -> str:
        """Return an offer like Chrome's; again for a hold."""
        with self._lock:
            return self.media.offer(direction, formats)

    def take_answer(self, sdp: str) -> None:
        """Take the server's answer to the last offer."""
        with self._lock:
            self.media.take_answer(sdp)
            self._listen()

    def answer(self, offer: str, direction: str = "sendrecv") -> str:
        """Take the server's offer and return the answer to it."""
        with self._lock:
            answer = self.media.answer(offer, direction)
            self._listen()
            return answer

    def _listen(self) -> None:
        if self._talker is None or self._talker.payload_type != self.media.payload_type:
            self._talker = Talker(self.media.payload_type, self.media.event_type, ssrc=secrets.randbits(32))
            self._talker.set_tone(self._tone)
            self.listener = Listener(self.media.event_type)

    def wait_secured(self, timeout: float = 5.0) -> None:
        """Wait until media flows.

        :raises TimeoutError: when there are no keys by then.
        """
        deadline = time.monotonic() + timeout
        while not self.media.secured:
            if time.monotonic() > deadline:
                raise TimeoutError("no DTLS keys")
            time.sleep(0.005)

    def speak(self, frequency: float | None) -> None:
        """Send a tone of ``frequency`` hertz from now on, silence for ``None``."""
        self._tone = frequency
        if self._talker is not None:
            self._talker.set_tone(frequency)

    def press(self, digits: str) -> None:
        """Send keys as RFC 4733 events."""
        assert self._talker is not None, "press keys after the answer"
        self._talker.press(digits)

    def heard(self, seconds: float) -> Samples:
        """Return the last ``seconds`` of what was heard; 60 ms old, so that packets under way count."""
        now = time.monotonic() - 0.06
        return self.listener.render(now - seconds, now)

    @property
    def port(self) -> int:
        """Return the UDP port it sends from."""
        return int(self._socket.getsockname()[1])

    def move(self) -> None:
        """Change the network: another socket, from which it nominates itself again."""
        with self._lock:
            self._socket.close()
            self._socket = self._open()
            self.media.check_again()

    def send_raw(self, data: bytes) -> None:
        """Send a datagram as it is from its own socket."""
        assert self.media.remote is not None
        self._socket.sendto(data, self.media.remote)

    def close(self, *, goodbye: bool = True) -> None:
        """Stop; without ``goodbye`` as a browser that was killed."""
        self._open_still = False
        self._thread.join()
        if goodbye:
            self.media.say_goodbye()
            self._flush()
        self._socket.close()

    def _run(self) -> None:
        due = time.monotonic()
        while self._open_still:
            with self._lock:
                self._receive()
                now = time.monotonic()
                if self.checking:
                    self.media.tick(now)
                self._flush()
                if now >= due:
                    due = max(due + _PACKET_S, now - _PACKET_S)
                    self._speak()

    def _receive(self) -> None:
        with contextlib.suppress(OSError):  # a time-out, or the port of a server that is gone
            for _ in range(50):
                data = self._socket.recv(2048)
                packet = self.media.receive(data, time.monotonic())
                if packet is not None and 192 <= packet[1] <= 223:
                    self.reports.append(packet)
                elif packet is not None:
                    self.listener.receive(packet, time.monotonic())

    def _speak(self) -> None:
        if self._talker is None or not self.media.secured:
            return
        for packet in self._talker.next_packets():
            if self.sending:
                self._send(self.media.protect(packet))

    def _flush(self) -> None:
        for datagram in self.media.datagrams():
            self._send(datagram)

    def _send(self, data: bytes) -> None:
        if self.media.remote is not None:
            with contextlib.suppress(OSError):
                self._socket.sendto(data, self.media.remote)
