"""Sets up many calls whose RTP belongs to :class:`~bench.native.RtpLoad`: callers, and callees of bridges.

One socket, one loop, no transactions beyond what loopback needs; SIPp measures signalling, this only brings media
about.
about.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.browsers import Browsers
from bench.native import BenchError, RtpLoad
from callcenter.testing.pyvoip_wire import Dialog, WireMessage, new_branch, response_to, uri_in

HOST = "127.0.0.1"


@dataclass
class BenchCall:
    """One dialog and the RTP leg that belongs to it."""

    call_id: str
    leg: int
    dialog: Dialog
    invite: bytes = b""
    sent_at: float = 0.0
    answered_at: float | None = None
    ended: bool = False
    status: int = 0
    keys: list[tuple[float, str]] = field(default_factory=list)
    "Seconds after the answer, key."


class Caller:
    """Dials, answers and hangs up; call :meth:`pump` to let things happen."""

    def __init__(self, server: tuple[str, int], load: RtpLoad, *, port: int = 0) -> None:
        self.calls: dict[str, BenchCall] = {}
        "Calls that are up or being set up."
        self.answered = 0
        "Calls of ours that were answered."
        self.accepted = 0
        "Calls that came in and were answered."
        self.failed: list[int] = []
        "Final statuses of calls of ours that were refused."
        self.call_seconds = 0.0
        "Sum of the lengths of our answered calls that have ended."
        self._server = server
        self._load = load
        self._free = list(range(load.legs - 1, -1, -1))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((HOST, port))
        self._number = 0
        self.port = int(self._socket.getsockname()[1])
        "The UDP port it listens on: where the server's second legs go."

    def close(self) -> None:
        """Free the port."""
        self._socket.close()

    def dial(self, number: str, *, keys: tuple[tuple[float, str], ...] = ()) -> BenchCall:
        """Start a call; ``keys`` are pressed so many seconds after the answer."""
        self._number += 1
        leg = self._free.pop()
        call_id = f"bench-{secrets.token_hex(8)}"
        uri = f"sip:{number}@{HOST}:{self._server[1]}"
        local = f"<sip:09{self._number % 100_000_000:08d}@{HOST}:{self.port}>;tag={secrets.token_hex(4)}"
        call = BenchCall(call_id, leg, Dialog(call_id, local, f"<{uri}>", uri), keys=list(keys))
        head = call.dialog.request("INVITE", self._via(), cseq=1).replace(b"Content-Length: 0\r\n\r\n", b"")
        call.invite = head + self._offer(leg)
        self.calls[call_id] = call
        call.sent_at = time.monotonic()
        self._send(call.invite)
        return call

    def hang_up(self, call: BenchCall) -> None:
        """Send BYE."""
        if not call.ended:
            self._send(call.dialog.request("BYE", self._via()))
            self._end(call)

    def hang_up_all(self) -> None:
        """End everything and take in the answers."""
        for call in list(self.calls.values()):
            self.hang_up(call)
        self.pump(0.5)

    def pump(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        """Handle messages and due keys for ``seconds``, or until ``until`` says so."""
        deadline = time.monotonic() + seconds
        while (now := time.monotonic()) < deadline and not (until is not None and until()):
            self._socket.settimeout(min(0.01, deadline - now))
            try:
                message = WireMessage.parse(self._socket.recv(65535))
            except TimeoutError:
                message = None
            except ConnectionRefusedError as error:
                raise BenchError("the server under test is gone") from error
            if message is not None:
                self._take(message)
            self._due(time.monotonic())

    def set_up(self, number: str, count: int, *, rate: float = 40.0, timeout: float = 30.0) -> None:
        """Bring ``count`` calls to ``number`` up, evenly; raises :class:`BenchError` when they do not all answer."""
        before = self.answered
        for _ in range(count):
            self.dial(number)
            self.pump(1 / rate)
        self.pump(timeout, lambda: self.answered - before >= count or bool(self.failed))
        if self.answered - before < count:
            raise BenchError(
                f"{self.answered - before} of {count} calls to {number} answered, refused: {self.failed[:3]}"
            )

    def keep_up(
        self, number: str, count: int, seconds: float, *, keys: tuple[tuple[float, str], ...], rate: float = 20.0
    ) -> None:
        """Keep ``count`` calls to ``number`` up for ``seconds``, a new one for each that ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if len(self.calls) < count:
                self.dial(number, keys=keys)
            self.pump(1 / rate)

    def talk_seconds(self, since: float) -> float:
        """Return call-seconds of our answered calls since a moment, of which :attr:`call_seconds` was then reset."""
        now = time.monotonic()
        up = sum(now - max(call.answered_at, since) for call in self.calls.values() if call.answered_at)
        return self.call_seconds + up

    # Inside

    def _take(self, message: WireMessage) -> None:
        call = self.calls.get(message.get("Call-ID"))
        if message.is_response:
            if call is not None and message.method == "INVITE" and message.status >= 200:
                self._final(call, message)
            return
        match message.method:
            case "INVITE" if call is None:
                self._accept(message)
            case "INVITE" if call is not None:
                self._send(self._answer(message, call))
            case "ACK":
                pass
            case "BYE":
                self._send(response_to(message, "200 OK"))
                if call is not None:
                    self._end(call)
            case _:
                self._send(response_to(message, "200 OK", tag="bench"))

    def _final(self, call: BenchCall, message: WireMessage) -> None:
        call.status = message.status
        call.dialog.remote = message.get("To")
        if message.status >= 300:
            branch = re.search(rb"branch=([^;\r]+)", call.invite)
            via = self._via(branch.group(1).decode() if branch else new_branch())
            self._send(call.dialog.request("ACK", via, cseq=1))
            self.failed.append(message.status)
            self._end(call)
            return
        call.dialog.target = uri_in(message.get("Contact")) or call.dialog.target
        if call.answered_at is None:
            call.answered_at = time.monotonic()
            self.answered += 1
            self._start_media(call, message)
        self._send(call.dialog.request("ACK", self._via(), cseq=1))

    def _accept(self, message: WireMessage) -> None:
        if not self._free:
            self._send(response_to(message, "486 Busy Here", tag="bench"))
            return
        call_id = message.get("Call-ID")
        dialog = Dialog(call_id, f"{message.get('To')};tag=bench", message.get("From"), uri_in(message.get("Contact")))
        call = BenchCall(call_id, self._free.pop(), dialog)
        self.calls[call_id] = call
        self.accepted += 1
        self._send(self._answer(message, call))
        self._start_media(call, message)

    def _answer(self, message: WireMessage, call: BenchCall) -> bytes:
        head = response_to(message, "200 OK", tag="bench").replace(b"Content-Length: 0\r\n\r\n", b"")
        return head + self._contact_and_sdp(call.leg)

    def _start_media(self, call: BenchCall, message: WireMessage) -> None:
        address = re.search(rb"c=IN IP4 (\S+)", message.body)
        port = re.search(rb"m=audio (\d+) ", message.body)
        if address and port:
            self._load.start(call.leg, address.group(1).decode(), int(port.group(1)))

    def _due(self, now: float) -> None:
        for call in list(self.calls.values()):
            if call.answered_at is None:
                if call.invite and now - call.sent_at > 1.0:
                    call.sent_at = now
                    self._send(call.invite)
            elif call.keys and now - call.answered_at >= call.keys[0][0]:
                self._load.press(call.leg, call.keys.pop(0)[1])

    def _end(self, call: BenchCall) -> None:
        if not call.ended:
            call.ended = True
            if call.answered_at is not None:
                self.call_seconds += time.monotonic() - call.answered_at
            self._load.stop(call.leg)
            self._free.insert(0, call.leg)
            self.calls.pop(call.call_id, None)

    def _offer(self, leg: int) -> bytes:
        """Return Contact and body of an INVITE."""
        return self._contact_and_sdp(leg)

    def _contact_and_sdp(self, leg: int) -> bytes:
        return self._contact_and_body(self._plain_sdp(leg))

    def _plain_sdp(self, leg: int) -> str:
        return (
            f"v=0\r\no=- {leg} 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
            f"m=audio {self._load.port(leg)} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
        )

    def _contact_and_body(self, sdp: str) -> bytes:
        body = sdp.encode()
        head = f"Contact: <sip:bench@{HOST}:{self.port}>\r\nContent-Type: application/sdp\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _via(self, branch: str = "") -> str:
        return f"SIP/2.0/UDP {HOST}:{self.port};branch={branch or new_branch()};rport"

    def _send(self, data: bytes) -> None:
        self._socket.sendto(data, self._server)


class BrowserCaller(Caller):
    """Dials with the media of browsers; second legs that come in are plain, as a trunk's are."""

    def __init__(self, server: tuple[str, int], load: RtpLoad, browsers: Browsers, *, port: int = 0) -> None:
        super().__init__(server, load, port=port)
        self._browsers = browsers

    def _offer(self, leg: int) -> bytes:
        return self._contact_and_body(self._browsers.offer(leg))

    def _start_media(self, call: BenchCall, message: WireMessage) -> None:
        if call.invite:
            self._browsers.connect(call.leg, message.body.decode())
        else:
            super()._start_media(call, message)

    def _end(self, call: BenchCall) -> None:
        if call.invite and not call.ended:
            self._browsers.stop(call.leg)
        super()._end(call)
