"""A raw SIP peer for protocol tests: send bytes, expect an answer.

It knows no transactions and repeats nothing, so a test decides every datagram. Synchronous, every wait has a timeout::

    with SipPeer("udp", ("127.0.0.1", 5060)) as peer:
        peer.send(peer.request("OPTIONS", "sip:127.0.0.1"))
        answer = peer.expect(status=200)
"""

from __future__ import annotations

import random
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from typing import Literal, Self

from callcenter.base.errors import CallcenterError
from callcenter.testing.pyvoip_wire import WireMessage, authorize, new_branch, response_to

Transport = Literal["udp", "tcp", "tls"]


class Unexpected(CallcenterError):
    """The peer did not receive what it expected."""

    error_id = "sip-peer-unexpected"


class SipPeer:
    """A socket with SIP manners optional. ``loss`` drops that share of what is sent, by a seeded random."""

    def __init__(
        self,
        transport: Transport,
        remote: tuple[str, int],
        *,
        local_host: str | None = None,
        local_port: int = 0,
        loss: float = 0.0,
        seed: int = 1,
    ) -> None:
        family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
        self.transport: Transport = transport
        "``udp``, ``tcp`` or ``tls`` (any certificate will do)."
        self.remote = remote
        "The address it talks to."
        self.received: list[WireMessage] = []
        "Every message received, oldest first, also those that were not expected."
        self.sender = remote
        "Where the last datagram came from."
        self._loss = loss
        self._random = random.Random(seed)
        self._buffer = b""
        self._pending: list[WireMessage] = []
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(family, kind)
        self._socket.bind((local_host or ("::1" if family == socket.AF_INET6 else "127.0.0.1"), local_port))
        if transport != "udp":
            self._socket.settimeout(5.0)
            self._socket.connect(remote)
        if transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket)
        host, port = self._socket.getsockname()[:2]
        self.local: tuple[str, int] = (str(host), int(port))
        "The address it is bound to."

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    # Sending

    def send(self, data: bytes | str) -> None:
        """Send ``data`` as it is (one datagram, or one write), unless the loss takes it."""
        raw = data.encode() if isinstance(data, str) else data
        if self._loss and self._random.random() < self._loss:
            return
        if self.transport == "udp":
            self._socket.sendto(raw, self.remote)
        else:
            self._socket.settimeout(5.0)
            self._socket.sendall(raw)

    def send_in_pieces(self, data: bytes, size: int = 1, pause: float = 0.0) -> None:
        """Send ``data`` over TCP in writes of ``size`` bytes."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            self._socket.sendall(data[start : start + size])
            if pause:
                time.sleep(pause)

    def respond(self, request: WireMessage, status: str, *, tag: str = "", extra: tuple[str, ...] = ()) -> None:
        """Answer ``request`` without a body."""
        self.send(response_to(request, status, tag=tag, extra=extra))

    def request(
        self,
        method: str,
        uri: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        cseq: int = 1,
    ) -> bytes:
        """Return a complete, valid request of this peer; ``headers`` replaces or adds, an empty value leaves out.

        Call-ID, branch and From tag are fresh unless given.
        """
        host = f"[{self.local[0]}]" if ":" in self.local[0] else self.local[0]
        here = f"{host}:{self.local[1]}"
        values = {
            "Via": f"SIP/2.0/{self.transport.upper()} {here};branch={new_branch()};rport",
            "Max-Forwards": "70",
            "From": f"<sip:peer@{here}>;tag={secrets.token_hex(4)}",
            "To": f"<{uri}>",
            "Call-ID": f"{secrets.token_hex(10)}@{host}",
            "CSeq": f"{cseq} {method}",
            "Contact": f"<sip:peer@{here};transport={self.transport}>",
            "Content-Length": str(len(body)),
        }
        values.update(headers or {})
        lines = [f"{method} {uri} SIP/2.0", *(f"{name}: {value}" for name, value in values.items() if value)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def transact(
        self,
        method: str,
        uri: str,
        *,
        username: str = "",
        password: str = "",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        timeout: float = 2.0,
    ) -> WireMessage:
        """Send a request, answer one challenge with ``username`` and ``password``, and return the final response.

        SIPp 3.6.1 takes the first challenge only and knows MD5 only, so digest with SHA-256 on offer is tested here.
        """
        fixed = {"Call-ID": f"{secrets.token_hex(10)}@peer", **(headers or {})}
        for cseq in (1, 2):
            self.send(self.request(method, uri, headers=fixed, body=body, cseq=cseq))
            answer = self.expect(
                method=None,
                where=lambda one, cseq=cseq: (  # type: ignore[misc]  # the default binds the loop's value
                    one.is_response
                    and one.status >= 200
                    and one.cseq == cseq
                    and one.get("Call-ID") == fixed["Call-ID"]
                ),
                timeout=timeout,
            )
            challenges = answer.get_all("WWW-Authenticate") + answer.get_all("Proxy-Authenticate")
            if not (username and challenges and answer.status in (401, 407)):
                return answer
            name = "Authorization" if answer.status == 401 else "Proxy-Authorization"
            fixed[name] = authorize(challenges, method, uri, username, password) or ""
        return answer

    # Receiving

    def receive(self, timeout: float = 2.0) -> WireMessage | None:
        """Return the next message, or ``None`` when none came in time (or the connection was closed)."""
        deadline = time.monotonic() + timeout
        while not self._pending:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not self._read(remaining):
                return None
        message = self._pending.pop(0)
        self.received.append(message)
        return message

    def expect(
        self,
        *,
        status: int | None = None,
        method: str | None = None,
        where: Callable[[WireMessage], bool] | None = None,
        timeout: float = 2.0,
    ) -> WireMessage:
        """Return the first message that fits, skipping others; raises :class:`Unexpected` with what came instead.

        ``status`` asks for a response, ``method`` alone for a request; both together for a response to that method.
        """
        deadline = time.monotonic() + timeout
        seen: list[str] = []
        while True:
            message = self.receive(max(0.0, deadline - time.monotonic()))
            if message is None:
                wanted = " ".join(str(part) for part in (status, method) if part is not None) or "a message"
                raise Unexpected(f"expected {wanted} within {timeout:g} s, received: {', '.join(seen) or 'nothing'}")
            if _fits(message, status, method) and (where is None or where(message)):
                return message
            seen.append(message.start)

    def expect_silence(self, seconds: float = 0.5) -> None:
        """Return after ``seconds`` without a message; raises :class:`Unexpected` at the first one."""
        message = self.receive(seconds)
        if message is not None:
            raise Unexpected(f"expected silence, received {message.start}")

    def expect_bytes(self, expected: bytes, timeout: float = 2.0) -> None:
        """Return when exactly ``expected`` arrives next on the stream, e.g. the CRLF of a pong (RFC 5626 §3.5)."""
        deadline = time.monotonic() + timeout
        while len(self._buffer) < len(expected) and (remaining := deadline - time.monotonic()) > 0:
            self._socket.settimeout(remaining)
            try:
                data = self._socket.recv(65535)
            except TimeoutError:
                break
            if not data:
                break
            self._buffer += data
        if not self._buffer.startswith(expected):
            raise Unexpected(f"expected {expected!r}, received {self._buffer[:200]!r}")
        self._buffer = self._buffer[len(expected) :]

    def is_closed(self, timeout: float = 2.0) -> bool:
        """Tell whether the far end closes the TCP connection within ``timeout`` s; what it sends before is kept."""
        deadline = time.monotonic() + timeout
        while (remaining := deadline - time.monotonic()) > 0:
            self._socket.settimeout(remaining)
            try:
                data = self._socket.recv(65535)
            except TimeoutError:
                return False
            except ConnectionError:
                return True
            if not data:
                return True
            self._buffer += data
        return False

    def _read(self, timeout: float) -> bool:
        self._socket.settimeout(timeout)
        try:
            if self.transport == "udp":
                data, address = self._socket.recvfrom(65535)
                self.sender = (address[0], address[1])
            else:
                data = self._socket.recv(65535)
        except (TimeoutError, ConnectionRefusedError):
            return self.transport == "udp"
        except ConnectionError:
            return False
        if self.transport == "udp":
            if (message := WireMessage.parse(data)) is not None:
                self._pending.append(message)
            return True
        self._buffer += data
        self._split()
        return bool(data)

    def _split(self) -> None:
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            message = WireMessage.parse(head + end) if end else None
            if message is None:
                return
            length = int(message.get("Content-Length") or 0)
            if len(rest) < length:
                return
            complete = WireMessage.parse(head + end + rest[:length])
            self._buffer = rest[length:]
            if complete is not None:
                self._pending.append(complete)


def _fits(message: WireMessage, status: int | None, method: str | None) -> bool:
    if status is not None:
        return message.is_response and message.status == status and method in (None, message.method)
    return method is None or (not message.is_response and message.method == method)
