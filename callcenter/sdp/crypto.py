"""Keys in the session description (RFC 4568, SDES): fit for signalling that nobody else can read, and for no other."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

KEY_LENGTHS: Mapping[str, int] = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"Suites that we have, best known first, and the octets of master key and salt together (RFC 4568 §6.2, RFC 7714 §14.2)."


@dataclass(frozen=True, slots=True)
class SdesKeys:
    """What an SDES negotiation comes to."""

    suite: str
    local: bytes = field(repr=False)
    "Master key and salt of what we send."
    remote: bytes = field(repr=False)
    "The same of what the peer sends."


@dataclass(frozen=True, slots=True)
class CryptoLine:
    """A usable ``a=crypto`` attribute (RFC 4568 §9.2)."""

    tag: int
    suite: str
    key: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"crypto:{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


def read_lines(attributes: tuple[str, ...]) -> list[CryptoLine]:
    """Return the usable crypto attributes in order.

    Left out are unknown suites, keys of the wrong length, several keys, an MKI, a key derivation rate and session
    parameters that must be understood (§6.3): the peer offers something simpler beside them or is refused.
    """
    lines = []
    for attribute in attributes:
        name, _, value = attribute.partition(":")
        if name == "crypto" and (line := _read(value)) is not None:
            lines.append(line)
    return lines


def _read(value: str) -> CryptoLine | None:
    fields = value.split()
    if len(fields) < 3 or not (fields[0].isdecimal() and fields[0].isascii() and len(fields[0]) <= 9):
        return None
    tag, suite, parameters = int(fields[0]), fields[1].upper(), fields[2]
    method, _, rest = parameters.partition(":")
    key_text, *extras = rest.split("|")
    if suite not in KEY_LENGTHS or method.lower() != "inline" or ";" in parameters:
        return None
    if any(":" in extra for extra in extras):
        return None  # An MKI; what remains is a lifetime, which no call outlives.
    if not all(parameter.startswith("-") or parameter.upper().startswith("WSH=") for parameter in fields[3:]):
        return None
    try:
        key = base64.b64decode(key_text + "=" * (-len(key_text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return CryptoLine(tag, suite, key) if len(key) == KEY_LENGTHS[suite] else None


def offer_lines(keys: Mapping[str, bytes]) -> list[CryptoLine]:
    """Return what to offer with one key per suite, in their order."""
    return [CryptoLine(tag, suite, key) for tag, (suite, key) in enumerate(keys.items(), 1)]
