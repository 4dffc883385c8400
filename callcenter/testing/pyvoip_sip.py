"""pyVoIP's SIP client with one reader thread, repeats and a complete set of answers."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyVoIP.VoIP  # noqa: F401 - pyVoIP's modules import each other and load only in this order
from pyVoIP import SIP

from callcenter.testing.pyvoip_wire import Dialog, WireMessage, authorize, new_branch, response_to, tag_of

if TYPE_CHECKING:
    from callcenter.testing.pyvoip_call import LineCall
    from callcenter.testing.pyvoip_line import Line

_T1 = 0.5
_T2 = 4.0
_GIVE_UP = 64 * _T1
_ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, NOTIFY"


@dataclass(frozen=True)
class Account:
    """SIP credentials of a phone."""

    username: str
    "User part of the address of record, also the digest user name."
    password: str
    "Digest password."
    expires: int = 120
    "Seconds to register for; refreshed at half of that."


@dataclass
class _Repeat:
    """A message to send again until it is answered (RFC 3261 timers A, E, G)."""

    data: bytes
    due: float
    interval: float
    until: float
    on_timeout: Callable[[], None]


class LineSip(SIP.SIPClient):  # type: ignore[misc]  # pyVoIP is untyped
    """pyVoIP's SIP client with one reader thread through which everything goes."""

    phone: Line

    def __init__(self, phone: Line, server: tuple[str, int], user: str, account: Account | None, host: str) -> None:
        password = account.password if account else ""
        super().__init__(*server, user, password, phone, myIP=host, callCallback=phone.callback)
        self.account = account
        self.lock = threading.RLock()
        "Guards the line and its calls."
        self._repeats: dict[tuple[str, str], _Repeat] = {}
        self._challenged: set[str] = set()
        self._registered = threading.Event()
        self._register_status = 0
        self._register_id = self.gen_call_id()
        self._refresh_at: float | None = None
        self._thread: threading.Thread | None = None

    # Life

    def start(self) -> None:
        """Bind a free port and start reading, without registering."""
        self.s = self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((self.myIP, 0))
        self.myPort = self.s.getsockname()[1]
        self.s.settimeout(0.05)
        self.NSD = True
        self._thread = threading.Thread(target=self.recv_loop, name=f"sip:{self.myPort}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let requests under way finish for up to a second, then close."""
        deadline = time.monotonic() + 1.0
        while self._repeats and time.monotonic() < deadline:
            time.sleep(0.01)
        self.NSD = False
        if self._thread is not None:
            self._thread.join()
            self.s.close()

    def recv_loop(self) -> None:
        """Read, dispatch and repeat until stopped."""
        while self.NSD:
            self._repeat_due(time.monotonic())
            try:
                raw = self.s.recv(65535)
            except TimeoutError:
                continue
            except ConnectionRefusedError:  # Nobody listens there (yet): the repeats decide.
                continue
            except OSError:
                return
            wire = WireMessage.parse(raw)
            if wire is not None:
                with self.lock:
                    self._dispatch(wire)

    # Registration

    def register(self, expires: int | None = None) -> int:
        """Register, wait, and return the final status (408 when nobody answered)."""
        assert self.account is not None
        self._registered.clear()
        self._send_register(self.account.expires if expires is None else expires)
        self._registered.wait(_GIVE_UP + 1)
        return self._register_status

    def _send_register(self, expires: int, challenges: list[str] | None = None) -> None:
        self._challenged.discard("REGISTER") if challenges is None else self._challenged.add("REGISTER")
        wire = WireMessage.parse(self.gen_first_response().encode())
        assert wire is not None
        fixed = {"Call-ID": self._register_id, "Expires": str(expires)}
        lines = [wire.start, *(f"{name}: {fixed.get(name, value)}" for name, value in wire.headers)]
        if challenges is not None:
            value = authorize(challenges, "REGISTER", wire.start.split(" ")[1], self.username, self.password)
            lines.insert(-1, f"Authorization: {value}")
        self._send_repeatedly("REGISTER", self._register_id, lines, lambda: self._register_done(408))

    def _register_answered(self, wire: WireMessage) -> None:
        if wire.cseq != self.registerCounter.x - 1:
            return
        challenges = wire.get_all("WWW-Authenticate") + wire.get_all("Proxy-Authenticate")
        if wire.status in (401, 407) and challenges and "REGISTER" not in self._challenged:
            sent = self._repeats.get(("REGISTER", self._register_id))
            expires = 0 if sent and b"\r\nExpires: 0\r\n" in sent.data else self.account.expires if self.account else 0
            self._send_register(expires, challenges)
        elif wire.status >= 200:
            self._repeats.pop(("REGISTER", self._register_id), None)
            self._register_done(wire.status)

    def _register_done(self, status: int) -> None:
        self._register_status = status
        self._refresh_at = time.monotonic() + self.account.expires / 2 if self.account and status == 200 else None
        self._registered.set()

    # Requests of ours

    def gen_call_id(self) -> str:
        """Return a Call-ID nobody used before."""
        return f"{secrets.token_hex(12)}@{self.myIP}"

    def _via(self, branch: str) -> str:
        return f"SIP/2.0/UDP {self.myIP}:{self.myPort};branch={branch};rport"

    def invite(self, number: str, ms: dict[int, dict[int, Any]], sendtype: Any) -> tuple[Any, str, int]:
        """Build the INVITE with pyVoIP; :meth:`send_invite` sends it once the call is in the table."""
        call_id, session = self.gen_call_id(), self.sessID.next()
        text = self.gen_invite(number, str(session), ms, sendtype, new_branch(), call_id)
        return SIP.SIPMessage(text.encode()), call_id, session

    def send_invite(self, call: LineCall, authorization: str | None = None) -> None:
        """Send the call's INVITE, a second time with credentials after a challenge."""
        wire = WireMessage.parse(call.request.raw)
        assert wire is not None
        if authorization is not None:
            call.dialog.cseq += 1
        else:
            uri = wire.start.split(" ")[1]
            call.dialog = Dialog(call.call_id, wire.get("From"), wire.get("To"), uri, [], wire.cseq)
        branch = new_branch()
        fixed = {"Via": self._via(branch), "CSeq": f"{call.dialog.cseq} INVITE"}
        lines = [wire.start, *(f"{name}: {fixed.get(name, value)}" for name, value in wire.headers)]
        if authorization is not None:
            lines.insert(-1, f"Authorization: {authorization}")
        call.invite_branch = branch
        body = wire.body.decode()
        self._send_repeatedly("INVITE", call.call_id, lines, lambda: call.finish("rejected", 408), body)

    def send_cancel(self, call: LineCall) -> None:
        """Cancel an INVITE (RFC 3261 §9.1); the call ends with the 487."""
        self._repeats.pop(("INVITE", call.call_id), None)
        data = Dialog(call.call_id, call.dialog.local, call.dialog.remote, call.dialog.target).request(
            "CANCEL", self._via(call.invite_branch), cseq=call.dialog.cseq
        )
        self._repeat("CANCEL", call.call_id, data, lambda: call.finish("cancelled", 487))

    def send_bye(self, call: LineCall) -> None:
        """End an answered call (RFC 3261 §15)."""
        self._repeats.pop(("200", call.call_id), None)
        self._repeat("BYE", call.call_id, call.dialog.request("BYE", self._via(new_branch())), lambda: None)

    def _acknowledge(self, call: LineCall, wire: WireMessage) -> None:
        if wire.status < 300:  # A transaction of its own, to the remote target (RFC 3261 §13.2.2.4).
            data = call.dialog.request("ACK", self._via(new_branch()), cseq=wire.cseq)
        else:  # Part of the INVITE transaction (RFC 3261 §17.1.1.3).
            start = call.request.raw.decode().split(" ")[1]
            shape = Dialog(call.call_id, call.dialog.local, wire.get("To"), start)
            data = shape.request("ACK", self._via(call.invite_branch), cseq=wire.cseq)
        self.out.sendto(data, (self.server, self.port))

    # What arrives

    def _dispatch(self, wire: WireMessage) -> None:
        call = self.phone.calls.get(wire.get("Call-ID")) or self.phone.past_calls.get(wire.get("Call-ID"))
        if wire.is_response:
            if wire.method == "REGISTER":
                self._register_answered(wire)
            elif call is not None:
                self._response(wire, call)
            return
        match wire.method:
            case "ACK":
                self._repeats.pop(("200", wire.get("Call-ID")), None)
            case "INVITE":
                self._invited(wire, call)
            case "BYE" if call is not None:
                self.respond(wire, "200 OK", call.dialog)
                self._repeats.pop(("200", call.call_id), None)
                call.finish("there", call.status, wire.get("Reason") or None)
            case "CANCEL" if call is not None:
                call.cancelled_there(wire)
            case "BYE" | "CANCEL":
                self.respond(wire, "481 Call/Transaction Does Not Exist", None)
            case "OPTIONS" | "INFO" | "NOTIFY" | "UPDATE":
                self.respond(wire, "200 OK", call.dialog if call else None, (_ALLOW,))
            case _:
                self.respond(wire, "405 Method Not Allowed", call.dialog if call else None, (_ALLOW,))

    def _response(self, wire: WireMessage, call: LineCall) -> None:
        if wire.method != "INVITE":
            if wire.status >= 200:
                self._repeats.pop((wire.method, call.call_id), None)
            return
        self._repeats.pop(("INVITE", call.call_id), None)
        if wire.status < 200:
            call.provisional(wire, SIP.SIPMessage(wire.for_pyvoip()))
        elif wire.status < 300:
            if not call.is_answered and not call.is_over:
                call.accepted(wire, SIP.SIPMessage(wire.for_pyvoip()))
            self._acknowledge(call, wire)
            if call.cancelling and not call.is_over:
                self.send_bye(call)
                call.finish("cancelled", wire.status)
        elif wire.cseq == call.dialog.cseq or call.is_over:
            self._acknowledge(call, wire)
            self._refused(wire, call)

    def _refused(self, wire: WireMessage, call: LineCall) -> None:
        challenges = wire.get_all("WWW-Authenticate") + wire.get_all("Proxy-Authenticate")
        if wire.status in (401, 407) and self.account and challenges and call.call_id not in self._challenged:
            self._challenged.add(call.call_id)
            uri = call.request.raw.decode().split(" ")[1]
            self.send_invite(call, authorize(challenges, "INVITE", uri, self.username, self.password))
            return
        call.finish("cancelled" if wire.status == 487 else "rejected", wire.status)

    def _invited(self, wire: WireMessage, call: LineCall | None) -> None:
        if call is not None and not call.is_over and (call.is_answered and wire.to_tag):
            call.renegotiate(SIP.SIPMessage(wire.for_pyvoip()))
        elif call is not None and not wire.to_tag:
            return  # A repeated INVITE; the 200 repeats itself, the 180 did its work.
        elif wire.to_tag:
            self.respond(wire, "481 Call/Transaction Does Not Exist", None)
        else:
            self.phone.incoming(wire)

    # Answers of ours

    def respond(self, wire: WireMessage, status: str, dialog: Dialog | None, extra: tuple[str, ...] = ()) -> None:
        """Answer ``wire``; To gets the dialog's tag, a fresh one outside of dialogs."""
        tag = tag_of(dialog.local) if dialog is not None and dialog.local else secrets.token_hex(4)
        self.out.sendto(response_to(wire, status, tag=tag, extra=extra), (self.server, self.port))

    def answer_again(self, call: LineCall, request: Any, direction: str) -> None:
        """Answer a re-INVITE and repeat the 200 until its ACK."""
        self.answer_with_repeats(call, self.gen_answer(request, call.session_id, call.gen_ms(), direction))

    def answer_with_repeats(self, call: LineCall, text: str) -> None:
        """Send a 200 with SDP until the ACK comes (RFC 3261 §13.3.1.4)."""
        self._repeat("200", call.call_id, text.encode(), call.end)

    def gen_answer(self, request: Any, session: Any, ms: Any, sendtype: Any) -> str:
        """Return pyVoIP's 200, in a re-INVITE without its second To tag."""
        text = str(super().gen_answer(request, str(session), ms, sendtype))
        if tag := request.headers["To"]["tag"]:
            text = text.replace(f";tag={self.tagLibrary[request.headers['Call-ID']]}\r\n", f";tag={tag}\r\n", 1)
        return text

    def _gen_response_via_header(self, request: Any) -> str:
        """Return the Via and Record-Route lines of ``request`` unchanged; pyVoIP rebuilds Via and drops parameters."""
        wire = WireMessage.parse(request.raw)
        assert wire is not None
        return "".join(f"{name}: {value}\r\n" for name, value in wire.headers if name in ("Via", "Record-Route"))

    # Repeats

    def _send_repeatedly(
        self, kind: str, call_id: str, lines: list[str], on_timeout: Callable[[], None], body: str = ""
    ) -> None:
        self._repeat(kind, call_id, ("\r\n".join(lines) + "\r\n\r\n" + body).encode(), on_timeout)

    def _repeat(self, kind: str, call_id: str, data: bytes, on_timeout: Callable[[], None]) -> None:
        now = time.monotonic()
        with self.lock:
            self._repeats[kind, call_id] = _Repeat(data, now + _T1, _T1, now + _GIVE_UP, on_timeout)
        with contextlib.suppress(ConnectionRefusedError):
            self.out.sendto(data, (self.server, self.port))

    def _repeat_due(self, now: float) -> None:
        with self.lock:
            for key, repeat in list(self._repeats.items()):
                if now >= repeat.until:
                    self._repeats.pop(key, None)
                    repeat.on_timeout()
                elif now >= repeat.due:
                    # An INVITE's interval doubles without bound, the others' up to T2.
                    repeat.interval = repeat.interval * 2 if key[0] == "INVITE" else min(repeat.interval * 2, _T2)
                    repeat.due = now + repeat.interval
                    with contextlib.suppress(OSError):
                        self.out.sendto(repeat.data, (self.server, self.port))
            if self._refresh_at is not None and now >= self._refresh_at and self.account is not None:
                self._refresh_at = None
                self._send_register(self.account.expires)
