"""pyVoIP 1.6.8 made dependable: one telephone line, in one place.

pyVoIP parses messages, writes INVITE, 180, 200 and REGISTER, and keeps the call's state. These of its habits
are changed, each where it is overridden, in :mod:`~callcenter.testing.pyvoip_sip`,
:mod:`~callcenter.testing.pyvoip_call` and :mod:`~callcenter.testing.pyvoip_rtp`:

* ``SIPClient.start`` always registers, and reads the first packet a second later (a ``Timer``); here registration is
  optional and reading starts at once.
* ``invite`` reads the socket itself under a lock and waits for ever unless the first answer is 100, 180 or 401; here it
  sends and returns, and every answer takes one way through one reader thread.
* Call-IDs are a hash of a counter, so two runs on one port repeat them; here they are random.
* No request is ever repeated; here INVITE, BYE, REGISTER and our 200 are, by RFC 3261's timers A, E and G.
* Final answers other than 200, 404 and 503 are printed and forgotten; here all are acknowledged and end the call.
* ACK carries a new To tag and the To URI, BYE the branch of the INVITE; here both follow RFC 3261 §12.2 and §13.2.2.4.
* CANCEL is neither sent nor acted on, and methods it does not know are dropped; here both are answered.
* A re-INVITE binds the RTP port again and fails; here it moves the far address and is answered.
* Digest: see :func:`callcenter.testing.pyvoip_wire.authorize`.
* RTP: PCMA is sent as µ-law, keys cannot be sent, silence is ``0x80`` of unsigned 8-bit audio and a gap is full
  deflection, the sender sleeps relatively and drifts, ports are random, unchecked and odd; here
  :mod:`callcenter.testing.phone_media` speaks and listens on ports bound when chosen.
* ``pyVoIP.SIP`` can only be imported after ``pyVoIP.VoIP``: each module here imports that first.
* Threads are not daemons, ``__del__`` frees ports twice, ``warnings`` filters are reset; here none of that.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pyVoIP.VoIP  # noqa: F401 - pyVoIP's modules import each other and load only in this order
from pyVoIP import RTP, SIP
from pyVoIP.VoIP import VoIP

from callcenter.testing.pyvoip_call import LineCall
from callcenter.testing.pyvoip_rtp import RtpPorts
from callcenter.testing.pyvoip_sip import Account, LineSip
from callcenter.testing.pyvoip_wire import WireMessage

__all__ = ["Account", "Line", "LineCall"]

_CODECS = {"PCMA": (8, RTP.PayloadType.PCMA), "PCMU": (0, RTP.PayloadType.PCMU)}
_EVENT_TYPE = 101
_REMEMBERED_CALLS = 20


class Line(VoIP.VoIPPhone):  # type: ignore[misc]  # pyVoIP is untyped
    """One telephone line: registers or not, dials, and hands incoming calls to ``on_incoming`` in their own thread."""

    def __init__(
        self,
        *,
        server: tuple[str, int],
        user: str,
        account: Account | None = None,
        local_host: str = "127.0.0.1",
        codecs: tuple[str, ...] = ("PCMA", "PCMU"),
        on_incoming: Callable[[LineCall], None] | None = None,
    ) -> None:
        super().__init__(*server, user, account.password if account else "", myIP=local_host)
        self.rtp_ports = RtpPorts(local_host)
        self.past_calls: dict[str, LineCall] = {}
        "The last calls, by Call-ID: repeated answers and late BYEs still need their reply."
        self._codecs = codecs
        self._account = account
        self._on_incoming = on_incoming
        self.sip = LineSip(self, server, user, account, local_host)

    @property
    def sip_port(self) -> int:
        """Return the UDP port the line listens on."""
        return int(self.sip.myPort)

    def start(self) -> int:
        """Bind, and register when there is an account; return the registration's status, 200 without one."""
        self.sip.start()
        self.NSD = True
        return self.sip.register() if self._account is not None else 200

    def stop(self, failed: bool = False) -> None:
        """End all calls, unregister and close."""
        for call in list(self.calls.values()):
            call.end()
        if self._account is not None and self.sip.NSD and self.sip._register_status == 200:
            self.sip._refresh_at = None
            self.sip.register(expires=0)
        self.sip.stop()
        for call in list(self.calls.values()):
            call.finish("here", call.status)
        self.rtp_ports.release_all()

    def dial(self, number: str) -> LineCall:
        """Send an INVITE for ``number`` and return at once."""
        port = self.request_port()
        media = {port: {number: kind for number, kind in (_CODECS[name] for name in self._codecs)}}
        media[port][_EVENT_TYPE] = RTP.PayloadType.EVENT
        request, _, session = self.sip.invite(number, media, RTP.TransmitType.SENDRECV)
        call = LineCall(self, VoIP.CallState.DIALING, request, session, self.myIP, ms=media, sendmode="sendrecv")
        self._remember(call)
        self.sip.send_invite(call)
        return call

    def incoming(self, wire: WireMessage) -> None:
        """Ring for an INVITE, or refuse it: busy without anybody to answer, 488 without audio we speak."""
        request = SIP.SIPMessage(wire.for_pyvoip())
        media = request.body.get("m", [])
        if self._on_incoming is None:
            self.sip.respond(wire, "486 Busy Here", None)
        elif not media or not {"0", "8"} & set(media[0]["methods"]):
            self.sip.respond(wire, "488 Not Acceptable Here", None)
        else:
            self.sip.out.sendto(self.sip.gen_ringing(request).encode(), (self.server, self.port))
            call = LineCall(
                self, VoIP.CallState.RINGING, request, random.randint(1, 100_000), self.myIP, sendmode="sendrecv"
            )
            call.ringing(wire)
            self._remember(call)
            threading.Thread(
                target=self._on_incoming, args=(call,), name=f"incoming:{self.sip_port}", daemon=True
            ).start()

    def _remember(self, call: LineCall) -> None:
        self.calls[call.call_id] = self.past_calls[call.call_id] = call
        while len(self.past_calls) > _REMEMBERED_CALLS:
            self.past_calls.pop(next(iter(self.past_calls)))

    def request_port(self, blocking: bool = True) -> int:
        """Return a free, bound, even RTP port."""
        return self.rtp_ports.take()

    def release_ports(self, call: Any = None) -> None:
        """Do nothing: ports are released when a call ends."""
