"""STUN messages as far as connectivity checks need them (RFC 8489, RFC 8445 §16): read, verify, write."""

from __future__ import annotations

import binascii
import hmac
import socket
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from callcenter.base.errors import RemoteProtocolError
from callcenter.media.source_lock import Address

COOKIE: Final = 0x2112A442
HEADER_SIZE: Final = 20
MAX_SIZE: Final = 1280
"Checks are far shorter; what is longer is not read."
_COOKIE = struct.pack("!I", COOKIE)
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_FINGERPRINT_XOR: Final = 0x5354554E
_INTEGRITY_SIZE: Final = 24
_FINGERPRINT_SIZE: Final = 8


class StunError(RemoteProtocolError):
    """This datagram is not a STUN message."""

    error_id = "stun-error"


class Attribute(IntEnum):
    """Attribute types in use."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    SOFTWARE = 0x8022
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


class MessageType(IntEnum):
    """Message types in use: the Binding method's."""

    REQUEST = 0x0001
    INDICATION = 0x0011
    SUCCESS = 0x0101
    ERROR = 0x0111


_UNDERSTOOD: Final = frozenset(Attribute)


@dataclass(frozen=True, slots=True)
class StunMessage:
    """A message that was read."""

    message_type: int
    transaction_id: bytes
    "12 octets."
    attributes: dict[int, bytes]
    "The first of each type, in order. What follows MESSAGE-INTEGRITY is left out but for FINGERPRINT (RFC 8489 §14.5)."
    has_fingerprint: bool = False
    "FINGERPRINT is there, last, and right."
    _signed: bytes = field(default=b"", repr=False)
    "What MESSAGE-INTEGRITY was made of: the message before it, with the length that counts it in."

    @classmethod
    def parse(cls, data: bytes) -> StunMessage:
        """Read one datagram.

        :raises StunError: when it is none, its lengths do not add up, or its fingerprint is wrong.
        """
        if not HEADER_SIZE <= len(data) <= MAX_SIZE:
            raise StunError("not as long as a connectivity check")
        message_type, length, cookie, transaction_id = _HEADER.unpack_from(data)
        if message_type >> 14 or cookie != COOKIE or length % 4 or length != len(data) - HEADER_SIZE:
            raise StunError("the header does not fit")
        attributes: dict[int, bytes] = {}
        signed = b""
        fingerprint = False
        at = HEADER_SIZE
        while at < len(data):
            if fingerprint:
                raise StunError("something follows the fingerprint")
            kind, size = _ATTRIBUTE.unpack_from(data, at)
            value = data[at + 4 : at + 4 + size]
            if len(value) < size:
                raise StunError("an attribute is cut off")
            if kind == Attribute.FINGERPRINT:
                _check_fingerprint(data, at, value)
                fingerprint = True
            elif not signed:
                attributes.setdefault(kind, value)
                if kind == Attribute.MESSAGE_INTEGRITY:
                    signed = _with_length(data[:at], _INTEGRITY_SIZE)
            at += 4 + size + -size % 4
        return cls(message_type, transaction_id, attributes, fingerprint, signed)

    def is_signed_with(self, password: str) -> bool:
        """Tell whether MESSAGE-INTEGRITY was made with ``password`` (RFC 8489 §14.5), taking equal time either way."""
        found = self.attributes.get(Attribute.MESSAGE_INTEGRITY, b"")
        return hmac.compare_digest(hmac.digest(password.encode(), self._signed, "sha1"), found)

    def unknown_attributes(self) -> list[int]:
        """Return the types that we would have to understand and do not (§6.3.1)."""
        return [kind for kind in self.attributes if kind < 0x8000 and kind not in _UNDERSTOOD]


def _check_fingerprint(data: bytes, at: int, value: bytes) -> None:
    expected = (binascii.crc32(_with_length(data[:at], _FINGERPRINT_SIZE)) ^ _FINGERPRINT_XOR) & 0xFFFFFFFF
    if len(value) != 4 or int.from_bytes(value, "big") != expected:
        raise StunError("the fingerprint is wrong")


def _with_length(before: bytes, more: int) -> bytes:
    """Return the message ``before`` an attribute with the header's length counting ``more`` octets of it."""
    return before[:2] + struct.pack("!H", len(before) + more - HEADER_SIZE) + before[4:]


def encode(
    message_type: int, transaction_id: bytes, attributes: list[tuple[int, bytes]], password: str | None = None
) -> bytes:
    """Return a message with FINGERPRINT, signed when there is a ``password``."""
    parts = [_ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4) for kind, value in attributes]
    message = struct.pack("!HH", message_type, 0) + _COOKIE + transaction_id + b"".join(parts)
    if password is not None:
        signature = hmac.digest(password.encode(), _with_length(message, _INTEGRITY_SIZE), "sha1")
        message += _ATTRIBUTE.pack(Attribute.MESSAGE_INTEGRITY, 20) + signature
    message = _with_length(message, _FINGERPRINT_SIZE)
    checksum = (binascii.crc32(message) ^ _FINGERPRINT_XOR) & 0xFFFFFFFF
    return message + _ATTRIBUTE.pack(Attribute.FINGERPRINT, 4) + struct.pack("!I", checksum)


def xor_address(address: Address, transaction_id: bytes) -> bytes:
    """Return the value of XOR-MAPPED-ADDRESS (§14.2)."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host)
    mask = (_COOKIE + transaction_id)[: len(packed)]
    hidden = bytes(one ^ other for one, other in zip(packed, mask, strict=True))
    return struct.pack("!xBH", 2 if family == socket.AF_INET6 else 1, port ^ (COOKIE >> 16)) + hidden


def error_code(code: int, reason: str) -> bytes:
    """Return the value of ERROR-CODE (§14.8)."""
    return struct.pack("!xxBB", code // 100, code % 100) + reason.encode()
