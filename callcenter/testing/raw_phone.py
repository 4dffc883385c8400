"""A telephone made of a raw SIP peer and a raw RTP end, for what ready-made phones cannot do on command.

It holds, transfers blindly and with consultation, takes calls over by Replaces, sends keys by INFO, offers no
telephone-event, loses its own RTP, and speaks UDP, TCP, TLS and IPv6. It repeats no request: use it on loopback.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from callcenter.base.errors import CallcenterError
from callcenter.testing.audio import Samples, dominant_tone
from callcenter.testing.phone_media import PCMA
from callcenter.testing.pyvoip_wire import Dialog, WireMessage, authorize, new_branch, response_to, tag_of, uri_in
from callcenter.testing.rtp_end import Mangle, RtpEnd
from callcenter.testing.sip_peer import SipPeer, Transport

_EVENT_TYPE = 101


class RawPhoneError(CallcenterError):
    """The raw phone did not get where it should in time."""

    error_id = "raw-phone"


@dataclass(frozen=True)
class RawMedia:
    """What the phone's media is like."""

    payload_type: int = PCMA
    "0 or 8: the only codec it knows."
    telephone_event: bool = True
    "Whether RFC 4733 is offered."
    tone_hz: float | None = None
    "The tone it sends."
    mangle: Mangle | None = None
    "What happens to the RTP it sends."
    late_offer: bool = False
    "Send INVITE without SDP and the answer in the ACK."


class RawCall:
    """One dialog of a :class:`RawPhone`."""

    def __init__(self, phone: RawPhone, invite: WireMessage | None = None) -> None:
        self.phone = phone
        "Whose it is."
        self.invite = invite
        "The INVITE of an incoming call."
        self.call_id = invite.get("Call-ID") if invite is not None else f"{secrets.token_hex(10)}@raw"
        "Call-ID."
        self.status = 0
        "Final status of our INVITE."
        self.refused_with: WireMessage | None = None
        "The final refusal of our INVITE."
        self.progress: list[int] = []
        "Provisional statuses received."
        self.over = threading.Event()
        "Set when the call has ended."
        self.ended_there = False
        "Whether the far end ended it."
        self.reason = ""
        "Reason header of the far end's BYE or CANCEL."
        self.notified: list[int] = []
        "Statuses that NOTIFYs about our REFER reported."
        self.reinvited = 0
        "How many offers the far end made inside the dialog."
        self.media = self._open_media()
        "Its RTP."
        self.dialog = Dialog(self.call_id, "", "", "")
        self.answered = False
        "Whether there was a 2xx."
        self._sdp_version = 0
        self._direction = "sendrecv"
        if invite is not None:
            self.dialog = Dialog(
                self.call_id,
                f"{invite.get('To')};tag={secrets.token_hex(4)}",
                invite.get("From"),
                uri_in(invite.get("Contact")),
                invite.get_all("Record-Route"),
            )

    def _open_media(self) -> RtpEnd:
        wanted = self.phone.media
        media = RtpEnd(
            self.phone.host, wanted.payload_type, _EVENT_TYPE if wanted.telephone_event else None, mangle=wanted.mangle
        )
        media.talker.set_tone(wanted.tone_hz)
        return media

    # What it tells

    @property
    def local_tag(self) -> str:
        """Return our tag of the dialog."""
        return tag_of(self.dialog.local)

    @property
    def remote_tag(self) -> str:
        """Return their tag of the dialog."""
        return tag_of(self.dialog.remote)

    def wait_tone(self, frequency: float, *, timeout: float = 4.0, width: float = 0.3) -> None:
        """Return when the last ``width`` seconds heard were the tone at ``frequency`` (±15 Hz)."""

        def heard() -> bool:
            tone = dominant_tone(self.media.heard(width))
            return tone is not None and abs(tone.frequency - frequency) < 15

        self.phone.wait(heard, timeout, f"a tone at {frequency:g} Hz")

    def heard(self, seconds: float) -> Samples:
        """Return the last ``seconds`` of what was heard."""
        return self.media.heard(seconds)

    # What it does

    def ring(self) -> None:
        """Send 180 for an incoming call."""
        self._respond("180 Ringing")

    def answer(self) -> None:
        """Send 200 with SDP for an incoming call."""
        assert self.invite is not None
        self.answered = True
        self._take_sdp(self.invite)
        self._respond("200 OK", self._sdp())

    def refuse(self, status: str = "486 Busy Here") -> None:
        """Refuse an incoming call."""
        self._respond(status)
        self.finish()

    def hang_up(self) -> None:
        """Send BYE, or CANCEL before the answer, and return when it was answered."""
        if self.over.is_set():
            return
        if self.answered:
            self.request("BYE")
            self.finish()
        elif self.invite is not None:
            self.refuse("480 Temporarily Unavailable")
        else:
            self.phone.cancel(self)
            self.over.wait(3)

    def hold(self, direction: str = "sendonly") -> int:
        """Send a re-INVITE with ``direction`` and return its final status."""
        self._direction = direction
        answer = self.request("INVITE", "application/sdp", self._sdp())
        return answer.status

    def resume(self) -> int:
        """Take the far end off hold."""
        return self.hold("sendrecv")

    def refer(self, target: str, *, replaces: RawCall | None = None) -> int:
        """Ask for a transfer (RFC 3515), attended with ``replaces`` (RFC 5589 §7); return the REFER's status."""
        refer_to = f"<{target}>"
        if replaces is not None:
            value = f"{replaces.call_id};to-tag={replaces.remote_tag};from-tag={replaces.local_tag}"
            escaped = value.replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
            refer_to = f"<{target}?Replaces={escaped}>"
        extra = (f"Refer-To: {refer_to}", f"Referred-By: <{uri_in(self.dialog.local)}>")
        return self.request("REFER", extra=extra).status

    def info(self, digit: str) -> int:
        """Press a key by INFO with ``application/dtmf-relay``; return its status."""
        return self.request("INFO", "application/dtmf-relay", f"Signal={digit}\r\nDuration=100\r\n".encode()).status

    def request(
        self, method: str, content_type: str = "", body: bytes = b"", *, extra: tuple[str, ...] = ()
    ) -> WireMessage:
        """Send a request inside the dialog, acknowledge when it is an INVITE, and return the final response."""
        with self.phone.lock:
            self.dialog.cseq += 1
            cseq = self.dialog.cseq
            self.phone.send(self._message(method, cseq, content_type, body, extra))
        answer = self.phone.wait_response(self.call_id, cseq, method)
        if method == "INVITE":
            if answer.status < 300:
                self._take_sdp(answer)
                self.phone.send(self._message("ACK", cseq))
            else:
                via = answer.get("Via")
                self.phone.send(self.dialog.request("ACK", via, cseq=cseq))
        return answer

    # What the phone calls

    def take_response(self, answer: WireMessage) -> None:
        """Take a response to our first INVITE."""
        if answer.status < 200:
            self.progress.append(answer.status)
            if answer.to_tag:
                self.dialog.remote = answer.get("To")
            if answer.body:
                self._take_sdp(answer)
            return
        if answer.status < 300:
            self.dialog.remote = answer.get("To")
            self.dialog.target = uri_in(answer.get("Contact"))
            self.dialog.route = answer.get_all("Record-Route")[::-1]
            self._take_sdp(answer)
            late = self.phone.media.late_offer
            sdp = self._sdp() if late else b""
            self.phone.send(self._message("ACK", answer.cseq, "application/sdp" if late else "", sdp))
            self.answered = True
            self.status = answer.status
        else:
            self.refused_with = answer
            self.status = answer.status
            self.finish()

    def take_request(self, request: WireMessage) -> None:
        """Answer a request inside the dialog."""
        match request.method:
            case "INVITE" | "UPDATE":
                self.reinvited += 1
                self._take_sdp(request)
                self.phone.send(self._with_body(request, "200 OK", self._sdp()))
            case "NOTIFY":
                if found := re.match(rb"SIP/2\.0 (\d+)", request.body):
                    self.notified.append(int(found.group(1)))
                self.phone.send(response_to(request, "200 OK", tag=self.local_tag))
            case "BYE":
                self.reason = request.get("Reason")
                self.phone.send(response_to(request, "200 OK", tag=self.local_tag))
                self.ended_there = True
                self.finish()
            case "CANCEL":
                self.reason = request.get("Reason")
                self.phone.send(response_to(request, "200 OK", tag=self.local_tag))
                if not self.answered:
                    self._respond("487 Request Terminated")
                    self.ended_there = True
                    self.finish()
            case "ACK":
                if request.body:
                    self._take_sdp(request)
            case _:
                self.phone.send(response_to(request, "200 OK", tag=self.local_tag))

    def finish(self) -> None:
        """Close the media and remember that it is over."""
        self.over.set()
        self.media.close()

    def invitation(self, number: str, headers: tuple[str, ...]) -> bytes:
        """Return the INVITE that begins a call to ``number``."""
        self.dialog.remote = tagless(self.dialog.remote)
        phone = self.phone
        uri = f"sip:{number}@{phone.server_name}"
        if not self.dialog.local:
            self.dialog.local = f"<sip:{phone.user}@{phone.server_name}>;tag={secrets.token_hex(4)}"
            self.dialog.remote = f"<{uri}>"
        self.dialog.target = uri
        sdp = b"" if phone.media.late_offer else self._sdp()
        return self._message("INVITE", self.dialog.cseq, "application/sdp" if sdp else "", sdp, headers)

    def _message(
        self, method: str, cseq: int, content_type: str = "", body: bytes = b"", extra: tuple[str, ...] = ()
    ) -> bytes:
        phone = self.phone
        plain = self.dialog.request(method, phone.via(), cseq=cseq).decode()
        lines = [f"Contact: {phone.contact}", *extra, *([f"Content-Type: {content_type}"] if body else [])]
        head = plain.replace("Content-Length: 0\r\n\r\n", "")
        return (
            head + "".join(f"{line}\r\n" for line in lines) + f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _respond(self, status: str, body: bytes = b"") -> None:
        assert self.invite is not None
        self.phone.send(self._with_body(self.invite, status, body))

    def _with_body(self, request: WireMessage, status: str, body: bytes) -> bytes:
        routes = tuple(f"Record-Route: {hop}" for hop in request.get_all("Record-Route"))
        extra = (f"Contact: {self.phone.contact}", *routes)
        if body:
            extra = (*extra, "Content-Type: application/sdp")
        plain = response_to(request, status, tag=self.local_tag, extra=extra)
        return plain.replace(b"Content-Length: 0\r\n\r\n", b"Content-Length: %d\r\n\r\n" % len(body)) + body

    def _sdp(self) -> bytes:
        self._sdp_version += 1
        host, media = self.phone.host, self.phone.media
        kind = "IP6" if ":" in host else "IP4"
        name = "PCMA" if media.payload_type == PCMA else "PCMU"
        event = f" {_EVENT_TYPE}" if media.telephone_event else ""
        lines = [
            "v=0",
            f"o=raw 1 {self._sdp_version} IN {kind} {host}",
            "s=-",
            f"c=IN {kind} {host}",
            "t=0 0",
            f"m=audio {self.media.port} RTP/AVP {media.payload_type}{event}",
            f"a=rtpmap:{media.payload_type} {name}/8000",
            *([f"a=rtpmap:{_EVENT_TYPE} telephone-event/8000", f"a=fmtp:{_EVENT_TYPE} 0-15"] if event else []),
            "a=ptime:20",
            f"a={self._direction}",
        ]
        return ("\r\n".join(lines) + "\r\n").encode()

    def _take_sdp(self, message: WireMessage) -> None:
        text = message.body.decode("utf-8", "replace")
        address, port = re.search(r"^c=IN IP[46] (\S+)", text, re.M), re.search(r"^m=audio (\d+)", text, re.M)
        if address is not None and port is not None:
            self.media.connect(address.group(1), int(port.group(1)))


class Wire(Protocol):
    """What messages go over: a :class:`~callcenter.testing.sip_peer.SipPeer`, or something like it."""

    @property
    def transport(self) -> str:
        """As in Via, in lower case."""
        ...

    @property
    def local(self) -> tuple[str, int]:
        """The address it is bound to."""
        ...

    def send(self, data: bytes | str) -> None:
        """Send one message."""
        ...

    def receive(self, timeout: float) -> WireMessage | None:
        """Return the next message, None when none came in time."""
        ...

    def close(self) -> None:
        """Free the port."""
        ...


class RawPhone:
    """A phone with any number of calls. A context manager; every wait has a timeout in seconds.

    :param transport: its name, or a wire that is open already.
    :param answers: answers every call at once; ``asked`` those that ask for it (RFC 5373).
    """

    call_class: type[RawCall] = RawCall

    def __init__(
        self,
        server: tuple[str, int],
        user: str,
        password: str = "",
        *,
        transport: Transport | Wire = "udp",
        local_host: str | None = None,
        media: RawMedia | None = None,
        answers: bool | Literal["asked"] = False,
    ) -> None:
        self.user = user
        "User part of its address of record, or the caller's number."
        self.media = media or RawMedia()
        "Its media."
        self.calls: list[RawCall] = []
        "Every call, oldest first."
        self.lock = threading.RLock()
        self.registered_contacts = ""
        "The Contact headers of the last answer to REGISTER."
        self._password = password
        self._answers = answers
        self._peer: Wire = (
            SipPeer(transport, server, local_host=local_host) if isinstance(transport, str) else transport
        )
        self.host = self._peer.local[0]
        "Its address."
        self.server_name = f"[{server[0]}]:{server[1]}" if ":" in server[0] else f"{server[0]}:{server[1]}"
        "Host part of the URIs it calls."
        self._responses: list[WireMessage] = []
        self._invite_via: dict[str, str] = {}
        self._number = ""
        self._headers: tuple[str, ...] = ()
        self._wire = threading.Lock()
        self._register_id = f"{secrets.token_hex(8)}@raw"
        self._cseq = 0
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, unregister when registered, and free the ports."""
        for call in self.calls:
            if not call.over.is_set():
                try:
                    call.hang_up()
                except RawPhoneError:
                    call.finish()
        if self.registered_contacts:
            self.register(0)
        self.vanish()

    def vanish(self) -> None:
        """Go away without a word, as a phone whose cable is pulled."""
        self._running = False
        if self._thread.is_alive():
            self._thread.join()
        self._peer.close()
        for call in self.calls:
            if not call.over.is_set():
                call.finish()

    # What it does

    def register(self, expires: int = 300, *, contact: str | None = None) -> int:
        """Register (0 unregisters; ``contact`` ``*`` all devices), answering one challenge; return the status."""
        uri = f"sip:{self.server_name}"
        authorization: tuple[str, ...] = ()
        answer = None
        for _ in range(2):
            self._cseq += 1
            address = f"<sip:{self.user}@{self.server_name}>"
            dialog = Dialog(self._register_id, f"{address};tag={secrets.token_hex(4)}", address, uri)
            extra = (f"Contact: {contact or self.contact}", f"Expires: {expires}", *authorization)
            plain = dialog.request("REGISTER", self.via(), cseq=self._cseq)
            head = plain.replace(b"Content-Length: 0\r\n\r\n", "".join(f"{line}\r\n" for line in extra).encode())
            self.send(head + b"Content-Length: 0\r\n\r\n")
            answer = self.wait_response(self._register_id, self._cseq, "REGISTER")
            challenges = answer.get_all("WWW-Authenticate")
            if answer.status != 401 or not self._password:
                break
            authorization = (f"Authorization: {authorize(challenges, 'REGISTER', uri, self.user, self._password)}",)
        assert answer is not None
        self.registered_contacts = ", ".join(answer.get_all("Contact")) if answer.status == 200 and expires else ""
        return answer.status

    def dial(self, number: str, *, headers: tuple[str, ...] = (), wait: float | None = 5.0) -> RawCall:
        """Send an INVITE, answering one challenge; return at once without ``wait``, else when it is answered.

        With ``wait`` a refusal raises :class:`RawPhoneError`.
        """
        call = self.call_class(self)
        with self.lock:
            self.calls.append(call)
            self._number, self._headers = number, headers
            self.send(call.invitation(number, headers))
        if wait is not None:
            self.wait(lambda: call.answered or call.over.is_set(), wait, f"an answer from {number}")
            if not call.answered:
                raise RawPhoneError(f"{number} refused with {call.status}")
        return call

    def cancel(self, call: RawCall) -> None:
        """Send CANCEL for our INVITE."""
        dialog = call.dialog
        plain = Dialog(call.call_id, dialog.local, tagless(dialog.remote), dialog.target)
        self.send(plain.request("CANCEL", self._invite_via[call.call_id], cseq=dialog.cseq))

    def wait_call(self, count: int = 1, timeout: float = 8.0) -> RawCall:
        """Return the ``count``-th incoming call once it rings."""

        def incoming() -> list[RawCall]:
            return [call for call in self.calls if call.invite is not None]

        self.wait(lambda: len(incoming()) >= count, timeout, f"incoming call {count}")
        return incoming()[count - 1]

    def wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Return when ``condition`` holds; raises :class:`RawPhoneError` naming ``what`` otherwise."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() >= deadline:
                raise RawPhoneError(f"{self.user}: no {what} within {timeout:g} s")
            time.sleep(0.02)

    def wait_response(self, call_id: str, cseq: int, method: str, timeout: float = 4.0) -> WireMessage:
        """Return the final response to a request of ours."""

        def final() -> list[WireMessage]:
            return [
                one
                for one in self._responses
                if one.get("Call-ID") == call_id and one.cseq == cseq and one.method == method and one.status >= 200
            ]

        self.wait(lambda: bool(final()), timeout, f"answer to {method}")
        return final()[0]

    # Wire

    @property
    def contact(self) -> str:
        """Return its Contact header value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"<sip:{self.user}@{host}:{self._peer.local[1]};transport={self._peer.transport}>"

    def via(self) -> str:
        """Return a Via header value with a fresh branch."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        transport = self._peer.transport.upper()
        return f"SIP/2.0/{transport} {host}:{self._peer.local[1]};branch={new_branch()};rport"

    def send(self, data: bytes) -> None:
        """Send a message."""
        message = WireMessage.parse(data)
        if message is not None and message.start.startswith("INVITE "):
            self._invite_via[message.get("Call-ID")] = message.get("Via")
        with self._wire:
            self._peer.send(data)

    def _run(self) -> None:
        while self._running:
            with self._wire:
                message = self._peer.receive(0.01)
            if message is None:
                time.sleep(0.005)
                continue
            with self.lock:
                self._take(message)

    def _take(self, message: WireMessage) -> None:
        call = next((call for call in self.calls if call.call_id == message.get("Call-ID")), None)
        if message.is_response:
            self._responses.append(message)
            if call is not None and call.invite is None and message.method == "INVITE":
                self._invite_answered(call, message)
        elif message.method == "INVITE" and not message.to_tag:
            if call is None:
                call = self.call_class(self, message)
                self.calls.append(call)
                call.ring()
                asked = message.get("Answer-Mode").lower() == "auto"
                if self._answers is True or (self._answers == "asked" and asked):
                    call.answer()
        elif call is not None:
            call.take_request(message)
        elif message.method != "ACK":
            self.send(response_to(message, "200 OK" if message.method == "OPTIONS" else "481 Gone", tag="raw"))

    def _invite_answered(self, call: RawCall, answer: WireMessage) -> None:
        if call.answered:
            return
        if answer.status >= 300:
            via = self._invite_via[call.call_id]
            dialog = Dialog(call.call_id, call.dialog.local, answer.get("To"), call.dialog.target)
            self.send(dialog.request("ACK", via, cseq=answer.cseq))
            challenges = answer.get_all("WWW-Authenticate") + answer.get_all("Proxy-Authenticate")
            if answer.status == 401 and self._password and call.dialog.cseq == 1:
                call.dialog.cseq = 2
                value = authorize(challenges, "INVITE", call.dialog.target, self.user, self._password)
                self.send(call.invitation(self._number, (*self._headers, f"Authorization: {value}")))
                return
            if answer.cseq != call.dialog.cseq:
                return
        call.take_response(answer)


def tagless(value: str) -> str:
    """Return a From or To value without its tag."""
    return re.sub(r";tag=[^;>\s]+", "", value)
