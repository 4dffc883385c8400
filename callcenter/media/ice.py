"""The answering side of connectivity checks: ICE-lite, always controlled (RFC 8445 §2.5, §7.3), without I/O.

A browser proves with every check that it knows the password from our description. Addresses that it has proved itself
from are *validated*: only they may speak DTLS or SRTP. The one it nominates with USE-CANDIDATE is *selected*: media
goes there. When its network changes, it nominates another and the leg moves; nothing is negotiated anew.
"""

from __future__ import annotations

import struct
from collections import OrderedDict

from callcenter.media.source_lock import Address
from callcenter.media.stun import Attribute, MessageType, StunError, StunMessage, encode, error_code, xor_address
from callcenter.sdp.ice import IceCredentials

_MAX_VALIDATED = 8
"Addresses remembered; a browser has a few network interfaces, each with two families."
_REMEMBERED_CHECKS = 64
"Transaction ids that may not come again from elsewhere: STUN alone does not see a replayed check."


class IceLite:
    """One leg's agent: feed it with :meth:`receive`, read what came of it from the attributes.

    :param credentials: of our first description; after an ICE restart those that follow from them count.
    """

    __slots__ = ("_checks", "_credentials", "_next", "consented_at", "rejected", "selected", "validated")

    def __init__(self, credentials: IceCredentials) -> None:
        self._credentials = credentials
        self._next = credentials.after_restart()
        self._checks: OrderedDict[bytes, Address] = OrderedDict()
        self.selected: Address | None = None
        "Where media goes: nominated by the browser, or before that the first it has proved."
        self.validated: OrderedDict[Address, None] = OrderedDict()
        "Where the browser has proved itself, the latest last."
        self.consented_at: float | None = None
        "When the last valid check came: the browser still wants media (RFC 7675)."
        self.rejected = 0
        "Datagrams that were no valid check."

    def receive(self, data: bytes, source: Address, now: float) -> bytes | None:
        """Take a datagram that looks like STUN; return what to send back to ``source``, if anything.

        Without the fingerprint that every ICE message carries there is no answer, so that we are no use for hitting
        others with more than what was sent to us.
        """
        try:
            message = StunMessage.parse(data)
        except (StunError, struct.error):
            self.rejected += 1
            return None
        if message.message_type == MessageType.INDICATION:
            return None  # Keeps a NAT binding open; proves nothing (RFC 8445 §11).
        if message.message_type != MessageType.REQUEST or not message.has_fingerprint:
            self.rejected += 1
            return None
        refusal = self._refusal(message)
        if refusal is not None:
            self.rejected += 1
            return refusal
        if self._checks.setdefault(message.transaction_id, source) != source:
            self.rejected += 1
            return None
        if len(self._checks) > _REMEMBERED_CHECKS:
            self._checks.popitem(last=False)
        self._accept(message, source, now)
        mapped = xor_address(source, message.transaction_id)
        return encode(
            MessageType.SUCCESS,
            message.transaction_id,
            [(Attribute.XOR_MAPPED_ADDRESS, mapped)],
            self._credentials.pwd,
        )

    def _refusal(self, message: StunMessage) -> bytes | None:
        """Return the error response that ``message`` deserves (RFC 8489 §9.1.3, RFC 8445 §7.3)."""
        attributes = message.attributes
        if Attribute.USERNAME not in attributes or Attribute.MESSAGE_INTEGRITY not in attributes:
            return _error(message, 400, "Bad Request")
        name = attributes[Attribute.USERNAME].partition(b":")[0].decode("latin-1")
        # The old credentials go on working until the browser uses the new ones: checks overtake answers.
        known = next((one for one in (self._credentials, self._next) if one.ufrag == name), None)
        if known is None or not message.is_signed_with(known.pwd):
            return _error(message, 401, "Unauthorized")
        if unknown := message.unknown_attributes():
            listed = struct.pack(f"!{len(unknown)}H", *unknown)
            more = [(int(Attribute.UNKNOWN_ATTRIBUTES), listed)]
            return _error(message, 420, "Unknown Attribute", more, password=known.pwd)
        if Attribute.ICE_CONTROLLED in attributes:
            # A lite agent never controls (RFC 8445 §6.1.1), whoever's tie-breaker is larger.
            return _error(message, 487, "Role Conflict", password=known.pwd)
        if known is self._next:
            self._credentials, self._next = known, known.after_restart()
        return None

    def _accept(self, message: StunMessage, source: Address, now: float) -> None:
        self.consented_at = now
        self.validated[source] = None
        self.validated.move_to_end(source)
        if self.selected is None or Attribute.USE_CANDIDATE in message.attributes:
            self.selected = source
        while len(self.validated) > _MAX_VALIDATED:
            oldest = next(iter(self.validated))
            if oldest == self.selected:
                self.validated.move_to_end(oldest)
                continue
            del self.validated[oldest]


def _error(
    message: StunMessage,
    code: int,
    reason: str,
    more: list[tuple[int, bytes]] | None = None,
    *,
    password: str | None = None,
) -> bytes:
    attributes = [(int(Attribute.ERROR_CODE), error_code(code, reason)), *(more or [])]
    return encode(MessageType.ERROR, message.transaction_id, attributes, password)
