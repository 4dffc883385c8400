"""A small browser's media, without I/O: controlling ICE agent, DTLS client, SRTP, and its session descriptions.

SRTP goes through pylibsrtp's own methods and descriptions are read with regular expressions, apart from the product, so
that a fault of the product does not cancel out. Feed it with :meth:`BrowserMedia.receive` and
:meth:`BrowserMedia.tick`, and send what :meth:`BrowserMedia.datagrams` returns to :attr:`BrowserMedia.remote`.
"""

from __future__ import annotations

import re
import secrets
import struct

from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

from callcenter.media.dtls import DtlsAssociation, DtlsIdentity, DtlsState
from callcenter.media.stun import Attribute, MessageType, StunError, StunMessage, encode
from callcenter.rtp.srtp_keys import SrtpSuite

CHECK_UNTIL_NOMINATED_S = 0.05
CONSENT_EVERY_S = 2.5
"What Chrome does once a pair is stable."
_PROFILES = {
    SrtpSuite.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
_CODECS = {
    0: "PCMU/8000",
    8: "PCMA/8000",
    9: "G722/8000",
    13: "CN/8000",
    111: "opus/48000/2",
    126: "telephone-event/8000",
}
CHROME_FORMATS = (111, 9, 0, 8, 13, 126)


class BrowserMedia:
    """One peer connection.

    :param fingerprint: what the descriptions claim; by default the truth.
    """

    def __init__(self, identity: DtlsIdentity, *, fingerprint: str | None = None) -> None:
        self.ufrag = secrets.token_hex(4)
        self.pwd = secrets.token_hex(12)
        self.fingerprint = fingerprint or identity.fingerprint
        self.remote: tuple[str, int] | None = None
        "The server's candidate."
        self.payload_type = 8
        "What the server wants to be sent."
        self.event_type: int | None = None
        self.nominated = False
        "The server has answered a check that nominates."
        self.errors: list[int] = []
        "Error codes that checks were answered with."
        self.rejected = 0
        "Media packets that could not be unprotected."
        self._identity = identity
        self._server: tuple[str, str] = ("", "")
        self._association: DtlsAssociation | None = None
        self._out: list[bytes] = []
        self._checks: set[bytes] = set()
        self._check_at = 0.0
        self._handshake_at: float | None = None
        self._sender: Session | None = None
        self._receiver: Session | None = None
        self._version = 0
        self._mid = "0"

    # Descriptions.

    def offer(self, direction: str = "sendrecv", formats: tuple[int, ...] = CHROME_FORMATS) -> str:
        """Return an offer like Chrome's."""
        return self._describe(direction, formats, "actpass")

    def take_answer(self, sdp: str) -> None:
        """Connect to where the server's answer says."""
        self._take(sdp)

    def answer(self, offer: str, direction: str = "sendrecv") -> str:
        """Take the server's offer and return the answer to it."""
        offered = self._take(offer)
        formats = tuple(number for number in offered if _name(offer, number) in ("PCMA", "PCMU", "telephone-event"))
        return self._describe(direction, formats, "active")

    def _describe(self, direction: str, formats: tuple[int, ...], setup: str) -> str:
        self._version += 1
        names = dict(_CODECS)
        if self.event_type is not None:
            names[self.event_type] = "telephone-event/8000"
        lines = [
            "v=0",
            f"o=- 4611731400430051336 {self._version} IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            f"a=group:BUNDLE {self._mid}",
            f"m=audio 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, formats))}",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            "a=ice-options:trickle",
            f"a=fingerprint:{self.fingerprint}",
            f"a=setup:{setup}",
            f"a=mid:{self._mid}",
            f"a={direction}",
            "a=rtcp-mux",
            *(f"a=rtpmap:{number} {names[number]}" for number in formats if number in names),
        ]
        return "\r\n".join([*lines, ""])

    def _take(self, sdp: str) -> list[int]:
        media = re.search(r"^m=audio (\d+) \S+ ([\d ]+)\r?$", sdp, re.M)
        candidate = re.search(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host\r?$", sdp, re.M)
        ufrag = re.search(r"^a=ice-ufrag:(\S+)", sdp, re.M)
        pwd = re.search(r"^a=ice-pwd:(\S+)", sdp, re.M)
        fingerprint = re.search(r"^a=fingerprint:(\S+ \S+)", sdp, re.M)
        mid = re.search(r"^a=mid:(\S+)", sdp, re.M)
        if not (media and candidate and ufrag and pwd and fingerprint):
            raise ValueError(f"no WebRTC description:\n{sdp}")
        self.remote = candidate.group(1), int(candidate.group(2))
        if self._server != (ufrag.group(1), pwd.group(1)):
            self._server = ufrag.group(1), pwd.group(1)
            self.check_again()
        if self._association is None or self._association.fingerprints != (fingerprint.group(1),):
            self._association = DtlsAssociation(self._identity, (fingerprint.group(1),), client=True)
            self._sender = self._receiver = None
        if mid:
            self._mid = mid.group(1)
        numbers = [int(number) for number in media.group(2).split()]
        self.payload_type = next(number for number in numbers if number in (0, 8))
        self.event_type = next((number for number in numbers if _name(sdp, number) == "telephone-event"), None)
        return numbers

    # Media.

    @property
    def secured(self) -> bool:
        """Tell whether media can be exchanged."""
        return self._sender is not None

    @property
    def failed(self) -> bool:
        """Tell whether the handshake ended without keys."""
        return self._association is not None and self._association.state is DtlsState.FAILED

    @property
    def server_left(self) -> bool:
        """Tell whether the server has closed the association."""
        return self._association is not None and self._association.state is DtlsState.CLOSED

    def check_again(self) -> None:
        """Nominate afresh, from whatever address the next datagram is sent."""
        self.nominated = False
        self._check_at = 0.0

    def tick(self, now: float) -> None:
        """Do what is due at monotonic ``now``; call it every few milliseconds."""
        if self.remote is None:
            return
        if now >= self._check_at:
            self._check_at = now + (CONSENT_EVERY_S if self.nominated else CHECK_UNTIL_NOMINATED_S)
            self._out.append(self.check())
        if self._association is not None and self._handshake_at is not None and now >= self._handshake_at:
            self._association.handle_timer()
            self._after_handshake(now)

    def check(self, *, username: str | None = None, password: str | None = None, controlled: bool = False) -> bytes:
        """Return a connectivity check, right unless told otherwise."""
        transaction = secrets.token_bytes(12)
        self._checks.add(transaction)
        role = Attribute.ICE_CONTROLLED if controlled else Attribute.ICE_CONTROLLING
        attributes = [
            (int(Attribute.USERNAME), (username or f"{self._server[0]}:{self.ufrag}").encode()),
            (int(role), secrets.token_bytes(8)),
            (int(Attribute.USE_CANDIDATE), b""),
            (int(Attribute.PRIORITY), struct.pack("!I", 1_845_501_695)),
        ]
        return encode(MessageType.REQUEST, transaction, attributes, password or self._server[1])

    def receive(self, data: bytes, now: float) -> bytes | None:
        """Take a datagram; return the RTP packet in it, if it was one."""
        if not data:
            return None
        if data[0] < 4:
            self._take_check_answer(data, now)
        elif 19 < data[0] < 64 and self._association is not None:
            self._association.receive(data)
            self._after_handshake(now)
        elif 127 < data[0] < 192 and self._receiver is not None:
            rtcp = 192 <= data[1] <= 223
            try:
                packet = self._receiver.unprotect_rtcp(data) if rtcp else self._receiver.unprotect(data)
            except SrtpError:
                self.rejected += 1
                return None
            return bytes(packet)
        return None

    def protect(self, packet: bytes) -> bytes:
        """Return an RTP or RTCP packet as it goes over the network."""
        assert self._sender is not None, "not secured yet"
        rtcp = 192 <= packet[1] <= 223
        return bytes(self._sender.protect_rtcp(packet) if rtcp else self._sender.protect(packet))

    def say_goodbye(self) -> None:
        """Close the association, as a page that is left does."""
        if self._association is not None:
            self._association.close()
            self._out += self._association.datagrams_to_send()

    def datagrams(self) -> list[bytes]:
        """Return what is to be sent now."""
        out, self._out = self._out, []
        return out

    def _take_check_answer(self, data: bytes, now: float) -> None:
        try:
            message = StunMessage.parse(data)
        except StunError:
            return
        if message.transaction_id not in self._checks:
            return
        self._checks.discard(message.transaction_id)
        if message.message_type == MessageType.ERROR:
            value = message.attributes[Attribute.ERROR_CODE]
            self.errors.append(100 * value[2] + value[3])
        elif message.message_type == MessageType.SUCCESS and message.is_signed_with(self._server[1]):
            self.nominated = True
            self._check_at = now + CONSENT_EVERY_S
            if self._association is not None and self._sender is None and self._handshake_at is None:
                self._association.start()
                self._after_handshake(now)

    def _after_handshake(self, now: float) -> None:
        association = self._association
        assert association is not None
        self._out += association.datagrams_to_send()
        self._handshake_at = association.deadline(now)
        keys = association.keys
        if keys is not None and self._sender is None:
            profile = _PROFILES[keys.suite]
            self._sender = Session(Policy(keys.local, Policy.SSRC_ANY_OUTBOUND, 0, profile))
            self._receiver = Session(Policy(keys.remote, Policy.SSRC_ANY_INBOUND, 0, profile))


def _name(sdp: str, number: int) -> str | None:
    mapped = re.search(rf"^a=rtpmap:{number} ([^/\s]+)/8000", sdp, re.M)
    return mapped.group(1) if mapped else {0: "PCMU", 8: "PCMA"}.get(number)
