"""Many browsers in one process of their own: the load of the WebRTC scenario.

The process (``python -m bench.browsers COUNT``) reads one JSON list per line from standard input and answers where
there is something to say; :class:`Browsers` is the other end. All browsers share one certificate and one loop, which
sends a tenth of the packets every 2 ms.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from typing import Any

from bench.native import BenchError
from callcenter.media.dtls import DtlsIdentity
from callcenter.runtime.clock import SystemClock
from callcenter.testing.webrtc_core import BrowserMedia

HOST = "127.0.0.1"
_STEP_S = 0.002
_STEPS = 10
"Of 2 ms: the 20 ms of a packet."
_PAYLOAD = bytes((0x55, 0xD5)) * 80


class Browsers:
    """The process, seen by the bench."""

    def __init__(self, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.browsers", str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Browsers:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def offer(self, browser: int) -> str:
        """Return a fresh browser's offer."""
        answer: str = self._ask("offer", browser)
        return answer

    def connect(self, browser: int, answer: str) -> None:
        """Let it connect to what the server answered, and speak."""
        self._say("connect", browser, answer)

    def stop(self, browser: int) -> None:
        """Close it."""
        self._say("stop", browser)

    def mark(self) -> None:
        """Forget all counts."""
        self._say("mark")

    def report(self) -> dict[str, int]:
        """Return ``sent``, ``received``, ``rejected`` and ``secured`` (browsers that have keys)."""
        answer: dict[str, int] = self._ask("report")
        return answer

    def _say(self, *command: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _ask(self, *command: object) -> Any:
        self._say(*command)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError("the browsers' process ended")
        return json.loads(line)


class _Browser:
    """One browser: its protocols and its socket."""

    def __init__(self, identity: DtlsIdentity, number: int) -> None:
        self.media = BrowserMedia(identity)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.socket.setblocking(False)
        self._ssrc = 0x5000_0000 + number
        self._sequence = 0

    def flush(self) -> None:
        for datagram in self.media.datagrams():
            self._send(datagram)

    def receive(self, now: float) -> int:
        """Take what has arrived; return how much of it was audio."""
        heard = 0
        try:
            while True:
                data = self.socket.recv(2048)
                # What is only counted is not unprotected, or the load would cost more than what is measured.
                if self.media.secured and 127 < data[0] < 192 and self._sequence % 50:
                    heard += not 192 <= data[1] <= 223
                elif (packet := self.media.receive(data, now)) is not None:
                    heard += not 192 <= packet[1] <= 223
        except OSError:
            self.flush()
            return heard

    def speak(self) -> int:
        if not self.media.secured:
            return 0
        self._sequence += 1
        number = self._sequence
        header = struct.pack("!BBHII", 0x80, self.media.payload_type, number & 0xFFFF, 160 * number, self._ssrc)
        self._send(self.media.protect(header + _PAYLOAD))
        return 1

    def _send(self, data: bytes) -> None:
        if self.media.remote is not None:
            try:
                self.socket.sendto(data, self.media.remote)
            except OSError:
                return


class _Load:
    """The loop."""

    def __init__(self, count: int) -> None:
        self._identity = DtlsIdentity(SystemClock().utcnow())
        self._browsers: list[_Browser | None] = [None] * count
        self._by_file: dict[int, _Browser] = {}
        self._poller = select.epoll()
        self._poller.register(sys.stdin.fileno(), select.EPOLLIN)
        self._sent = self._received = 0
        self._pending = b""

    def run(self) -> None:
        due, step = time.monotonic(), 0
        while True:
            # Asleep, not waiting for packets: to wake somebody with every packet would be at the server's cost.
            time.sleep(max(due - time.monotonic(), 0))
            now = time.monotonic()
            for file, _ in self._poller.poll(0):
                if file == sys.stdin.fileno():
                    if not self._read_commands():
                        return
                elif (ready := self._by_file.get(file)) is not None:
                    self._received += ready.receive(now)
            for browser in self._browsers[step % _STEPS :: _STEPS]:
                if browser is not None:
                    browser.media.tick(now)
                    browser.flush()
                    self._sent += browser.speak()
            step += 1
            due = max(due + _STEP_S, now - 0.1)

    def _read_commands(self) -> bool:
        data = os.read(sys.stdin.fileno(), 1 << 20)
        if not data:
            return False
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._execute(*json.loads(line))
        return True

    def _execute(self, command: str, number: int = 0, text: str = "") -> None:
        match command:
            case "offer":
                self._close(number)
                browser = self._browsers[number] = _Browser(self._identity, number)
                self._by_file[browser.socket.fileno()] = browser
                self._poller.register(browser.socket.fileno(), select.EPOLLIN)
                self._reply(browser.media.offer())
            case "connect":
                if (found := self._browsers[number]) is not None:
                    found.media.take_answer(text)
            case "stop":
                self._close(number)
            case "mark":
                self._sent = self._received = 0
            case "report":
                up = [browser for browser in self._browsers if browser is not None]
                self._reply(
                    {
                        "sent": self._sent,
                        "received": self._received,
                        "rejected": sum(browser.media.rejected for browser in up),
                        "secured": sum(browser.media.secured for browser in up),
                    }
                )

    def _close(self, number: int) -> None:
        browser, self._browsers[number] = self._browsers[number], None
        if browser is not None:
            self._poller.unregister(browser.socket.fileno())
            del self._by_file[browser.socket.fileno()]
            browser.socket.close()

    def _reply(self, answer: object) -> None:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _Load(int(sys.argv[1])).run()
