"""A browser's phone without a browser: SIP over WebSocket (RFC 7118) with the page's credentials, and WebRTC media.

It is the raw phone with another wire and another kind of media, so it can do whatever that one can::

    with WebPhone(WebSession(server.url, secret)) as phone:
        assert phone.register() == 200
        call = phone.wait_call()
        call.answer()
"""

from __future__ import annotations

import secrets
import time
from typing import Any, Literal

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from callcenter.testing.pyvoip_wire import Dialog, WireMessage, authorize, new_branch
from callcenter.testing.raw_phone import RawCall, RawMedia, RawPhone
from callcenter.testing.web_session import COOKIE, WebSession
from callcenter.testing.webrtc_peer import WebRtcPeer

REALM = "callcenter"


def open_websocket(
    session: WebSession,
    path: str,
    *,
    origin: str | None = None,
    subprotocols: tuple[str, ...] = (),
    headers: dict[str, str] | None = None,
) -> ClientConnection:
    """Open a WebSocket as a page of this session does; raises :class:`websockets.exceptions.InvalidStatus`.

    :param origin: the page's, by default the server's own; empty sends none.
    """
    cookie = {"Cookie": f"{COOKIE}={session.secret}"} if session.secret else {}
    own = session.url if origin is None else origin
    opening = connect(
        session.url.replace("http", "ws", 1) + path,
        origin=Origin(own) if own else None,
        subprotocols=[Subprotocol(name) for name in subprotocols] or None,
        additional_headers=headers if headers is not None else cookie,
        compression=None,
        proxy=None,
        open_timeout=5,
        close_timeout=1,
    )
    return opening.__enter__()  # Whoever asked for it closes it.


def refusal(session: WebSession, path: str, **how: Any) -> int:
    """Return the HTTP status an upgrade is refused with, 101 when it is accepted."""
    try:
        open_websocket(session, path, **how).close()
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


class WebSocketPeer:
    """A SIP WebSocket with the manners of :class:`~callcenter.testing.sip_peer.SipPeer`."""

    transport = "ws"

    def __init__(self, session: WebSession) -> None:
        self.connection = open_websocket(session, "/sip", subprotocols=("sip",))
        "The WebSocket."
        self.local = (f"{secrets.token_hex(6)}.invalid", 0)
        "What a browser says instead of its address (RFC 7118 §5)."

    def send(self, data: bytes | str) -> None:
        """Send one message."""
        self.connection.send(data.decode() if isinstance(data, bytes) else data)

    def receive(self, timeout: float) -> WireMessage | None:
        """Return the next message; None when none came in time, or the server has closed."""
        try:
            data = self.connection.recv(timeout)
        except TimeoutError:
            return None
        except ConnectionClosed:
            time.sleep(timeout)
            return None
        return WireMessage.parse(data.encode() if isinstance(data, str) else data)

    def close(self) -> None:
        """Close the WebSocket."""
        self.connection.close()

    def cut(self) -> None:
        """Lose the connection without a word."""
        self.connection.socket.close()


def register_request(
    user: str,
    host: str,
    *,
    call_id: str,
    cseq: int,
    expires: int = 120,
    authorization: str | None = None,
    aor: str | None = None,
) -> bytes:
    """Return a REGISTER as JsSIP sends it.

    :param host: what the browser calls itself.
    :param aor: another address of record than that of ``user``.
    """
    address = f"<sip:{aor or user}@{REALM}>"
    dialog = Dialog(call_id, f"{address};tag={secrets.token_hex(4)}", address, f"sip:{REALM}")
    via = f"SIP/2.0/WS {host};branch={new_branch()}"
    head = dialog.request("REGISTER", via, cseq=cseq).replace(b"Content-Length: 0\r\n\r\n", b"")
    lines = [
        f'Contact: <sip:{user}@{host};transport=ws>;+sip.instance="<urn:uuid:{host}>";reg-id=1;expires={expires}',
        "Supported: path,gruu,outbound",
        "Content-Length: 0",
    ]
    if authorization is not None:
        lines.insert(0, f"Authorization: {authorization}")
    return head + ("\r\n".join(lines) + "\r\n\r\n").encode()


class WebMedia(WebRtcPeer):
    """A browser's media as :class:`RawCall` handles the RTP of a telephone."""

    def close(self, *, goodbye: bool = True) -> None:
        """Stop; a second time nothing happens."""
        if self._open_still:
            super().close(goodbye=goodbye)


class WebCall(RawCall):
    """One call of a :class:`WebPhone`. ``media`` is a :class:`WebMedia`."""

    peer: WebMedia

    def _open_media(self) -> Any:
        self.peer = WebMedia()
        self.peer.speak(self.phone.media.tone_hz)
        self._answer: str | None = None
        return self.peer

    def _sdp(self) -> bytes:
        """Return the answer to the offer taken last, else an offer."""
        answer, self._answer = self._answer, None
        return (answer if answer is not None else self.peer.offer(self._direction)).encode()

    def _take_sdp(self, message: WireMessage) -> None:
        text = message.body.decode()
        if not text:
            return
        if message.is_response or message.method == "ACK":
            self.peer.take_answer(text)
        else:
            self._answer = self.peer.answer(text, self._direction)

    @property
    def call_header(self) -> str:
        """Return the live call's id, which the server puts into its INVITEs."""
        assert self.invite is not None
        return self.invite.get("X-Callcenter-Call")

    def is_automatic(self) -> bool:
        """Tell whether the phone is asked to answer by itself (RFC 5373)."""
        return self.invite is not None and self.invite.get("Answer-Mode").lower() == "auto"


class WebPhone(RawPhone):
    """The phone in one tab of a signed-in agent.

    :param device_id: names the tab; by default a new one.
    """

    call_class = WebCall

    def __init__(
        self,
        session: WebSession,
        *,
        device_id: str | None = None,
        tone_hz: float | None = None,
        answers: bool | Literal["asked"] = "asked",
    ) -> None:
        self.session = session
        "The page's."
        self.device_id = device_id or f"device-{secrets.token_hex(8)}"
        "Of the tab."
        issued = session.send("POST", "/api/me/softphone", {"device_id": self.device_id})
        self.authorization_user = str(issued["authorization_user"])
        "Digest user name."
        self.password = str(issued["password"])
        "Digest password."
        self.wire = WebSocketPeer(session)
        "Its connection."
        user = str(issued["uri"]).removeprefix("sip:").partition("@")[0]
        super().__init__((REALM, 0), user, transport=self.wire, media=RawMedia(tone_hz=tone_hz), answers=answers)
        self.server_name = REALM

    def register(self, expires: int = 120, *, contact: str | None = None, aor: str | None = None) -> int:
        """Register with the page's credentials, answering one challenge; return the status."""
        authorization = None
        for _ in range(2):
            self._cseq += 1
            request = register_request(
                self.user,
                self.host,
                call_id=self._register_id,
                cseq=self._cseq,
                expires=expires,
                authorization=authorization,
                aor=aor,
            )
            self.send(request)
            answer = self.wait_response(self._register_id, self._cseq, "REGISTER")
            if answer.status != 401:
                break
            challenges = answer.get_all("WWW-Authenticate")
            authorization = authorize(challenges, "REGISTER", f"sip:{REALM}", self.authorization_user, self.password)
        self.registered_contacts = contact or self.contact if answer.status == 200 and expires else ""
        return answer.status

    @property
    def contact(self) -> str:
        """Return its Contact header value."""
        return f"<sip:{self.user}@{self.host};transport=ws>"

    def via(self) -> str:
        """Return a Via header value with a fresh branch."""
        return f"SIP/2.0/WS {self.host};branch={new_branch()}"

    def crash(self) -> None:
        """Vanish as a tab whose process dies: no BYE, no close frame, no media."""
        self._running = False
        self._thread.join()
        for call in self.calls:
            if not call.over.is_set() and isinstance(call, WebCall):
                call.peer.close(goodbye=False)
                call.over.set()
        self.wire.cut()
