"""Decide whether an address from a peer's description may be sent to.

Nothing is ever resolved: only numeric addresses pass. The peer chooses where our packets go, so everything that is not
one host's unicast address is refused, as are our own signalling sockets (a description must not make us talk to
ourselves).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple


class Reach(Enum):
    """What kind of place a numeric address names."""

    GLOBAL = "global"
    PRIVATE = "private"
    "RFC 1918, shared address space (RFC 6598) and unique local IPv6 (RFC 4193): likely behind a NAT."
    LOOPBACK = "loopback"
    UNSPECIFIED = "unspecified"
    "0.0.0.0 or ``::``: the old way to hold (RFC 3264 §8.4)."
    MULTICAST = "multicast"
    FORBIDDEN = "forbidden"
    "Link-local, broadcast, reserved or this-network addresses."
    INVALID = "invalid"
    "Not a numeric address of its family; host names land here."


class Address(NamedTuple):
    """A classified address."""

    reach: Reach
    host: str
    "The address in its canonical spelling (RFC 5952), ready for a socket."
    node: str
    "Whom it names: the same text for every spelling of one host's address, IPv4-mapped ones included."


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What this node refuses to send media to."""

    own_hosts: AbstractSet[str] = field(default_factory=frozenset)
    "Numeric addresses of this node; loopback always counts as one."
    signalling_ports: AbstractSet[int] = field(default_factory=frozenset)
    "Ports on which this node listens for SIP: never a media target on an own host."
    allow_loopback: bool = True
    "False refuses 127.0.0.0/8 and ``::1``, for a node whose peers are all on other machines."

    def allows(self, address: Address, port: int) -> bool:
        """Tell whether media may be sent to ``port`` of ``address``."""
        if address.reach is Reach.LOOPBACK:
            return self.allow_loopback and port not in self.signalling_ports
        if address.reach is Reach.GLOBAL or address.reach is Reach.PRIVATE:
            return not (port in self.signalling_ports and address.node in self.own_hosts)
        return False


@lru_cache(maxsize=4096)
def classify(text: str, address_type: str) -> Address:
    """Classify the numeric address ``text`` of the SDP family ``address_type`` (``IP4`` or ``IP6``)."""
    if address_type == "IP6":
        return _classify6(text)
    value = _ipv4(text)
    return Address(Reach.INVALID if value is None else _reach4(value), text, text)


def _ipv4(address: str) -> int | None:
    parts = address.split(".")
    if len(parts) != 4:
        return None
    value = 0
    for part in parts:
        # Leading zeros are octal to some resolvers and decimal to others: refused (RFC 6943 §3.1.1).
        if not (part.isdecimal() and part.isascii()) or len(part) > 3 or (len(part) > 1 and part[0] == "0"):
            return None
        if (octet := int(part)) > 255:
            return None
        value = value << 8 | octet
    return value


def _reach4(value: int) -> Reach:
    first = value >> 24
    if value == 0:
        return Reach.UNSPECIFIED
    if first == 127:
        return Reach.LOOPBACK
    if 224 <= first <= 239:
        return Reach.MULTICAST
    if first == 0 or first >= 240 or value >> 16 == 0xA9FE:
        return Reach.FORBIDDEN
    if first == 10 or value >> 20 == 0xAC1 or value >> 16 == 0xC0A8 or value >> 22 == 0x191:
        return Reach.PRIVATE
    return Reach.GLOBAL


_NAT64 = IPv6Network("64:ff9b::/96")
_UNIQUE_LOCAL = IPv6Network("fc00::/7")


def _classify6(text: str) -> Address:
    try:
        parsed = IPv6Address(text)
    except (AddressValueError, ValueError):
        return Address(Reach.INVALID, text, text)
    host = str(parsed)
    if parsed.scope_id is not None:
        return Address(Reach.INVALID, host, host)
    if (mapped := parsed.ipv4_mapped) is not None:
        inner = _reach4(int(mapped))
        # A wrapped 0.0.0.0 is not a hold, it is an attempt to pass this check.
        return Address(Reach.FORBIDDEN if inner is Reach.UNSPECIFIED else inner, host, str(mapped))
    return Address(_reach6(parsed), host, host)


def _reach6(address: IPv6Address) -> Reach:
    if address.is_unspecified:
        return Reach.UNSPECIFIED
    if address.is_loopback:
        return Reach.LOOPBACK
    if address.is_multicast:
        return Reach.MULTICAST
    if address in _UNIQUE_LOCAL:
        return Reach.PRIVATE
    translated = address.sixtofour or (IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None)
    if translated is not None:
        return Reach.GLOBAL if _reach4(int(translated)) is Reach.GLOBAL else Reach.FORBIDDEN
    if address.is_link_local or address.is_site_local or int(address) >> 96 == 0:
        return Reach.FORBIDDEN
    return Reach.GLOBAL
