"""The protection suites of SRTP, by every name they go by, and the keys of one leg (RFC 3711, RFC 5764, RFC 7714)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class SrtpSuite(StrEnum):
    """What a session is protected with, by its name in ``a=crypto`` (RFC 4568 §6.2, RFC 7714 §14.2)."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"

    @property
    def key_length(self) -> int:
        """Return the octets of its master key."""
        return _LENGTHS[self].key

    @property
    def salt_length(self) -> int:
        """Return the octets of its master salt."""
        return _LENGTHS[self].salt

    @property
    def dtls_name(self) -> bytes:
        """Return what OpenSSL calls it in the ``use_srtp`` extension."""
        return _DTLS_NAMES[self]


class _Lengths(NamedTuple):
    key: int
    salt: int


_LENGTHS = {
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: _Lengths(16, 14),
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: _Lengths(16, 14),
    SrtpSuite.AEAD_AES_128_GCM: _Lengths(16, 12),
    SrtpSuite.AEAD_AES_256_GCM: _Lengths(32, 12),
}
_DTLS_NAMES = {
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: b"SRTP_AES128_CM_SHA1_80",
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: b"SRTP_AES128_CM_SHA1_32",
    SrtpSuite.AEAD_AES_128_GCM: b"SRTP_AEAD_AES_128_GCM",
    SrtpSuite.AEAD_AES_256_GCM: b"SRTP_AEAD_AES_256_GCM",
}
DTLS_SUITES = (SrtpSuite.AEAD_AES_128_GCM, SrtpSuite.AES_CM_128_HMAC_SHA1_80)
"What DTLS may agree on, best first: RFC 8827 §6.5 asks for the second, and the first costs less."


def suite_of_dtls(name: bytes) -> SrtpSuite | None:
    """Return the suite that OpenSSL calls ``name``."""
    return next((suite for suite in SrtpSuite if suite.dtls_name == name), None)


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Master key and salt of each direction."""

    suite: SrtpSuite
    local: bytes = field(repr=False)
    "Key and salt, one after the other, of what we send."
    remote: bytes = field(repr=False)
    "The same of what the peer sends."
