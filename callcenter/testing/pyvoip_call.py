"""One call of a test phone: what pyVoIP's call object knows, with an end that can be waited for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pyVoIP.VoIP  # noqa: F401 - pyVoIP's modules import each other and load only in this order
from pyVoIP import RTP
from pyVoIP.VoIP import VoIP

from callcenter.testing.audio import Samples, silence
from callcenter.testing.pyvoip_rtp import RtpStream
from callcenter.testing.pyvoip_wire import Dialog, WireMessage, uri_in

if TYPE_CHECKING:
    from callcenter.testing.pyvoip_line import Line


class LineCall(VoIP.VoIPCall):  # type: ignore[misc]  # pyVoIP is untyped
    """One call on a :class:`Line`. Times are monotonic seconds; every method may be called from any thread."""

    phone: Line
    state: Any

    def __init__(self, phone: Line, state: Any, request: Any, session: int, host: str, **more: Any) -> None:
        self.status = 0
        "Final status of the INVITE."
        self.progress: list[int] = []
        "Provisional statuses received."
        self.started_at = time.monotonic()
        "When the INVITE was sent or received."
        self.answered_at: float | None = None
        "When the 2xx was received or sent."
        self.ended_at: float | None = None
        "When the call ended."
        self.ended_by = "nobody"
        "``here``, ``there``, ``rejected``, ``cancelled``, or ``nobody`` while it goes on."
        self.reason: str | None = None
        "The Reason header of the far end's BYE or CANCEL."
        self.tone_hz: float | None = None
        "Tone to send as soon as there is media."
        self.tone_dbfs = -12.0
        "Level of that tone."
        self.dialog = Dialog("", "", "", "")
        self.over = threading.Event()
        "Set when the call has ended."
        self.invite_branch = ""
        "Branch of the INVITE sent last."
        self.cancelling = False
        "Set when a CANCEL was sent; a 2xx that crosses it is answered with ACK and BYE."
        self._wire: WireMessage | None = None
        self._lock = phone.sip.lock
        super().__init__(phone, state, request, session, host, **more)

    def __del__(self) -> None:
        """Do nothing: ports are released when the call ends, not when it is collected."""

    # What tests and phones use

    @property
    def is_answered(self) -> bool:
        """Tell whether there was a 2xx."""
        return self.answered_at is not None

    @property
    def is_over(self) -> bool:
        """Tell whether the call has ended."""
        return self.over.is_set()

    @property
    def caller_number(self) -> str:
        """Return the user part of From of an incoming call."""
        return str(self.request.headers["From"]["number"] or "")

    @property
    def pressing(self) -> bool:
        """Tell whether keys are still being sent."""
        return any(client.talker.pressing for client in self.RTPClients)

    @property
    def digits_received(self) -> str:
        """Return the keys received as telephone events."""
        return "".join("".join(client.listener.digits) for client in self.RTPClients)

    @property
    def packets_received(self) -> int:
        """Return the number of RTP packets received."""
        return sum(len(client.listener.packets) for client in self.RTPClients)

    @property
    def packets_sent(self) -> int:
        """Return the number of RTP packets sent."""
        return sum(client.talker.packets_sent for client in self.RTPClients)

    def heard(self, start: float, end: float) -> Samples:
        """Return what was heard between two monotonic times."""
        clients = self.RTPClients
        return clients[0].listener.render(start, end) if clients else silence(max(0.0, end - start))

    def prompts_ended(self) -> int:
        """Return how many prompts have ended so far."""
        now = self.ended_at or time.monotonic()
        return sum(client.listener.prompts_ended(now) for client in self.RTPClients)

    def press(self, digits: str, *, duration_ms: int = 100, gap_ms: int = 80) -> None:
        """Queue keys; raises :class:`ValueError` without media or telephone-event."""
        if not self.RTPClients:
            raise ValueError("there is no media yet, so no key can be sent")
        self.RTPClients[0].talker.press(digits, duration_ms=duration_ms, gap_ms=gap_ms)

    def set_tone(self, frequency: float | None, level_dbfs: float = -12.0) -> None:
        """Send this tone from now on, silence for ``None``; may be called before there is media."""
        with self._lock:  # The answer may be creating the stream at this moment.
            self.tone_hz, self.tone_dbfs = frequency, level_dbfs
            for client in self.RTPClients:
                client.talker.set_tone(frequency, level_dbfs=level_dbfs)

    def say(self, samples: Samples) -> None:
        """Speak ``samples`` once."""
        for client in self.RTPClients:
            client.talker.say(samples)

    def answer(self) -> None:
        """Answer an incoming call with 200 and start the media; nothing when it is over."""
        with self._lock:
            if self.state != VoIP.CallState.RINGING or self.is_over:
                return
            sip = self.phone.sip
            sip.answer_with_repeats(self, sip.gen_answer(self.request, self.session_id, self.gen_ms(), "sendrecv"))
            self.status, self.answered_at = 200, time.monotonic()
            self.state = VoIP.CallState.ANSWERED

    def refuse(self, status: str = "486 Busy Here") -> None:
        """Refuse an incoming call."""
        with self._lock:
            if self.state == VoIP.CallState.RINGING and self._wire is not None and not self.is_over:
                self.phone.sip.respond(self._wire, status, self.dialog)
                self.finish("here", int(status[:3]))

    def end(self) -> None:
        """End the call as its state asks: CANCEL, refuse or BYE."""
        with self._lock:
            if self.is_over:
                return
            if self.state == VoIP.CallState.ANSWERED:
                self.phone.sip.send_bye(self)
                self.finish("here", self.status)
            elif self.state == VoIP.CallState.RINGING:
                self.refuse("480 Temporarily Unavailable")
            else:
                self.cancelling = True
                self.phone.sip.send_cancel(self)

    # What the line calls

    def finish(self, by: str, status: int, reason: str | None = None) -> None:
        """Record the end, stop the media and forget the call."""
        with self._lock:
            if self.is_over:
                return
            self.ended_at, self.ended_by, self.status, self.reason = time.monotonic(), by, status, reason
            self.state = VoIP.CallState.ENDED
            clients = list(self.RTPClients)
            self.over.set()
        for client in clients:
            client.stop()
        for port in self.assignedPorts:
            self.phone.rtp_ports.release(port)
        self.phone.calls.pop(self.call_id, None)

    def ringing(self, wire: WireMessage) -> None:
        """Remember the INVITE an incoming call came with."""
        tag = self.phone.sip.tagLibrary[self.call_id]
        self._wire = wire
        self.dialog = Dialog(
            self.call_id,
            f"{wire.get('To')};tag={tag}",
            wire.get("From"),
            uri_in(wire.get("Contact")),
            wire.get_all("Record-Route"),
        )

    def cancelled_there(self, wire: WireMessage) -> None:
        """Answer a CANCEL: 200 to it, and 487 to the INVITE when that was not answered yet (RFC 3261 §9.2)."""
        self.phone.sip.respond(wire, "200 OK", self.dialog)
        if self.state == VoIP.CallState.RINGING and self._wire is not None:
            self.phone.sip.respond(self._wire, "487 Request Terminated", self.dialog)
            self.finish("cancelled", 487, wire.get("Reason") or None)

    def provisional(self, wire: WireMessage, message: Any) -> None:
        """Note a 1xx; early media starts with the first one that has SDP."""
        self.progress.append(wire.status)
        if message.body.get("m"):
            self._start_media(message)

    def accepted(self, wire: WireMessage, message: Any) -> None:
        """Take in the first 2xx: fix the dialog, start the media."""
        with self._lock:
            self.dialog.remote = wire.get("To")
            self.dialog.target = uri_in(wire.get("Contact")) or self.dialog.target
            self.dialog.route = wire.get_all("Record-Route")[::-1]
            if message.body.get("m"):
                self._start_media(message)
            self.status, self.answered_at = wire.status, time.monotonic()
            self.state = VoIP.CallState.ANSWERED

    def renegotiate(self, request: Any) -> None:
        """Follow a re-INVITE: move the far address, keep our port, and answer."""
        clients = self.RTPClients
        if clients and request.body.get("m") and request.body.get("c"):
            clients[0].outIP = request.body["c"][0]["address"]
            clients[0].outPort = request.body["m"][0]["port"] or clients[0].outPort
        mode = request.body.get("a", {}).get("transmit_type")
        answer = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}.get(str(mode), "sendrecv")
        self.phone.sip.answer_again(self, request, answer)

    def create_rtp_clients(self, codecs: dict[int, Any], ip: str, port: int, request: Any, baseport: int) -> None:
        """Open one stream; pyVoIP opens one per ``c=`` line, all on one port."""
        address = request.body["c"][-1]["address"]
        self.assignedPorts[port] = codecs
        stream = RtpStream(codecs, (ip, port), (address, baseport), self.phone.rtp_ports)
        if self.tone_hz is not None:
            stream.talker.set_tone(self.tone_hz, level_dbfs=self.tone_dbfs)
        self.RTPClients.append(stream)

    def gen_ms(self) -> dict[int, dict[int, Any]]:
        """Start the media of an answered call and return its description; again after a re-INVITE without harm."""
        for client in self.RTPClients:
            if self.tone_hz is not None:
                client.talker.set_tone(self.tone_hz, level_dbfs=self.tone_dbfs)
            client.start()
        return {client.inPort: client.assoc for client in self.RTPClients}

    def _start_media(self, message: Any) -> None:
        media = message.body["m"][0]
        if self.RTPClients:
            self.RTPClients[0].outIP = message.body["c"][-1]["address"]
            self.RTPClients[0].outPort = media["port"]
            return
        known = {number: kind for number, kind in self.ms[self.port].items() if str(number) in media["methods"]}
        order = {int(number): known[int(number)] for number in media["methods"] if int(number) in known}
        if media["port"] and any(kind != RTP.PayloadType.EVENT for kind in order.values()):
            self.create_rtp_clients(order, self.myIP, self.port, message, media["port"])
            self.RTPClients[0].start()
