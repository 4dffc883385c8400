"""SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966): parse, compare, canonical forms.

The user part is kept in a canonical escaped form: an escape of a character that needs none is undone (``%61`` is
``a``), any other escape stays with upper-case digits. So two users are equal when their texts are equal, as §19.1.4
wants, and the text can go into a header without ever carrying CR, LF, NUL or a delimiter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from types import MappingProxyType

from callcenter.sip.grammar import ALPHANUM, MAX_URI_CHARS, Params, SipParseError, parse_uint

_UNRESERVED = ALPHANUM + "-_.!~*'()"
_USER_CHARS = _UNRESERVED + "&=+$,;?/" + "%"
_PASSWORD_CHARS = _UNRESERVED + "&=+$," + "%"
_PARAM_CHARS = _UNRESERVED + "[]/:&+$" + "%"
_HEADER_CHARS = _UNRESERVED + "[]/?:+$" + "%"
_HOST_CHARS = ALPHANUM + "-._"
_SCHEME_CHARS = ALPHANUM + "+-."
_OPAQUE_CHARS = _UNRESERVED + ";/?:@&=+$,%#[]"
_NUMBER_CHARS = "0123456789abcdefABCDEF*#+-.()"
_SEPARATORS = str.maketrans("", "", "-.() ")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
_NO_PARAMS: Params = MappingProxyType({})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_COMPARED_PARAMS = frozenset({"user", "ttl", "method", "maddr", "transport"})
"URI parameters that make two URIs differ even when only one of them has it (§19.1.4; transport by RFC 5954's errata)."


@dataclass(frozen=True, slots=True, init=False)
class SipUri:
    """A URI as SIP headers carry it (RFC 3261 §19.1).

    For ``tel:`` the number is ``user`` and ``host`` is empty; for any other scheme everything after the colon is
    ``opaque``.
    """

    scheme: str
    "Lower case: sip, sips, tel or whatever the peer wrote."
    user: str = ""
    "User part or telephone number, canonically escaped; empty when there is none."
    password: str | None = None
    host: str = ""
    "Lower-case name, IPv4 address or bracketed IPv6 reference."
    port: int | None = None
    params: Params = field(default_factory=dict, hash=False)
    "By lower-case name; ``None`` for a flag such as ``lr``."
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    "The part after ``?``, still escaped; by lower-case name."
    opaque: str = ""

    def __init__(
        self,
        scheme: str,
        user: str = "",
        password: str | None = None,
        host: str = "",
        port: int | None = None,
        params: Params = _NO_PARAMS,
        headers: Mapping[str, str] = _NO_HEADERS,
        opaque: str = "",
    ) -> None:  # Written out because a generated one takes twice the time, and every message has several URIs.
        _put_scheme(self, scheme)
        _put_user(self, user)
        _put_password(self, password)
        _put_host(self, host)
        _put_port(self, port)
        _put_params(self, params)
        _put_headers(self, headers)
        _put_opaque(self, opaque)

    @classmethod
    def parse(cls, text: str) -> SipUri:
        """Parse ``text`` of any scheme; raise SipParseError when it is no URI."""
        return _parse_uri(text)

    def __str__(self) -> str:
        if self.scheme == "tel":
            return "tel:" + self.user + _format_params(self.params)
        if self.opaque:
            return f"{self.scheme}:{self.opaque}"
        text = self.scheme + ":"
        if self.user:
            text += self.user if self.password is None else f"{self.user}:{self.password}"
            text += "@"
        text += self.host
        if self.port is not None:
            text += f":{self.port}"
        if self.params:
            text += _format_params(self.params)
        if self.headers:
            text += "?" + "&".join([f"{name}={value}" for name, value in self.headers.items()])
        return text

    @property
    def is_sip(self) -> bool:
        """True for sip and sips."""
        return self.scheme == "sip" or self.scheme == "sips"

    @property
    def transport(self) -> str | None:
        """The transport parameter in lower case."""
        value = self.params.get("transport")
        return value.lower() if value else None

    @property
    def address(self) -> str:
        """The host without IPv6 brackets, fit for a socket or a resolver."""
        return self.host[1:-1] if self.host[:1] == "[" else self.host

    @property
    def username(self) -> str:
        """The user part with every escape undone; may hold any character, so never write it into a header."""
        return unescape(self.user)

    @property
    def number(self) -> str | None:
        """The telephone number in the user part without visual separators and parameters; None when it is no number."""
        digits = self.user.partition(";")[0].translate(_SEPARATORS)
        body = digits[1:] if digits[:1] == "+" else digits
        return digits if body and body.isascii() and not body.strip("0123456789*#") else None

    def aor(self) -> str:
        """Return the canonical address of record: scheme, user and host only, port when given (§10.3 step 5)."""
        if not self.is_sip:
            return f"tel:{self.number or self.user}" if self.scheme == "tel" else str(self)
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}:{self.user}@{self.host}{port}" if self.user else f"{self.scheme}:{self.host}{port}"

    def equivalent(self, other: SipUri) -> bool:
        """Compare by the rules of RFC 3261 §19.1.4 (tel: RFC 3966 §5)."""
        if self is other:  # The same text parsed twice, as in every refresh of a registration.
            return True
        if self.scheme != other.scheme:
            return False
        if self.scheme == "tel":
            return self.user.translate(_SEPARATORS).lower() == other.user.translate(_SEPARATORS).lower() and (
                _lowered(self.params) == _lowered(other.params)
            )
        if not self.is_sip:
            return self.opaque == other.opaque
        if (self.user, self.password, _host_key(self.host), self.port) != (
            other.user,
            other.password,
            _host_key(other.host),
            other.port,
        ):
            return False
        mine, theirs = _lowered(self.params), _lowered(other.params)
        for name in mine.keys() | theirs.keys():
            if name in mine and name in theirs:
                if mine[name] != theirs[name]:
                    return False
            elif name in _COMPARED_PARAMS:
                return False
        return {k: unescape(v) for k, v in self.headers.items()} == {k: unescape(v) for k, v in other.headers.items()}


_put_scheme, _put_user, _put_password, _put_host, _put_port, _put_params, _put_headers, _put_opaque = (
    SipUri.__dict__[slot].__set__ for slot in SipUri.__slots__
)


def escape_user(text: str) -> str:
    """Escape arbitrary text so that it can be the user part of a URI."""
    out = [
        chr(octet) if chr(octet) in _USER_CHARS and octet != 37 else f"%{octet:02X}"
        for octet in text.encode("utf-8", "surrogateescape")
    ]
    return "".join(out)


def unescape(text: str) -> str:
    """Undo every %HH escape, reading the octets as UTF-8."""
    if "%" not in text:
        return text
    head, *pieces = text.split("%")
    octets = bytearray(head.encode("utf-8", "surrogateescape"))
    for piece in pieces:
        octets.append(int(piece[:2], 16))
        octets += piece[2:].encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "surrogateescape")


def parse_hostport(text: str) -> tuple[str, int | None]:
    """Parse ``host[:port]``; IPv6 must be bracketed. Return the host in lower case, brackets kept."""
    if text[:1] == "[":
        closing = text.find("]")
        if closing < 0:
            raise SipParseError("Malformed IPv6 reference")
        host, rest = f"[{parse_ipv6(text[1:closing].lower())}]", text[closing + 1 :]
        if not rest:
            return host, None
        if rest[0] != ":":
            raise SipParseError("Malformed port")
        return host, parse_uint(rest[1:], 65_535, "Port")
    host, colon, port = text.partition(":")
    if not host or host.strip(_HOST_CHARS):
        raise SipParseError("Malformed host")
    return host.lower(), parse_uint(port, 65_535, "Port") if colon else None


def parse_ipv6(address: str) -> str:
    """Return ``address``; raise SipParseError unless it is an IPv6 address without a zone.

    RFC 3261's grammar wrongly produced three colons before an embedded IPv4 address; that form alone is tolerated and
    loses its third colon (RFC 5118 §4.10).
    """
    if ":::" in address and "." in address:
        head, _, tail = address.rpartition(":::")
        if ":::" not in head and ":" not in tail:
            address = f"{head}::{tail}"
    if "%" in address:
        raise SipParseError("Malformed IPv6 address")
    try:
        IPv6Address(address)
    except AddressValueError:
        raise SipParseError("Malformed IPv6 address") from None
    return address


def parse_uri_params(text: str) -> dict[str, str | None]:
    """Parse ``name=value;flag`` of a URI: lower-case names, canonical values; a name may not come twice (§19.1.1)."""
    params: dict[str, str | None] = {}
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if not name or name.strip(_PARAM_CHARS) or value.strip(_PARAM_CHARS) or (equals and not value):
            raise SipParseError("Malformed URI parameter")
        name = _canonical(name, _PARAM_CHARS).lower()
        if name in params:
            raise SipParseError("Repeated URI parameter")
        params[name] = _canonical(value, _PARAM_CHARS) if equals else None
    return params


@lru_cache(maxsize=4096)
def _parse_uri(text: str) -> SipUri:
    """Parse a URI. The messages of one call repeat the same few URIs, so the last ones are remembered."""
    if len(text) > MAX_URI_CHARS:
        raise SipParseError("URI is too long", 414)
    scheme, colon, rest = text.partition(":")
    if scheme != "sip":
        scheme = scheme.lower()
        if not colon or not scheme[:1].isalpha() or scheme.strip(_SCHEME_CHARS):
            raise SipParseError("URI has no scheme")
        if scheme == "tel":
            return _parse_tel(rest)
        if scheme not in ("sip", "sips"):
            if not rest or rest.strip(_OPAQUE_CHARS):
                raise SipParseError("Malformed URI")
            return SipUri(scheme, opaque=rest)
    user = ""
    password = None
    headers = _NO_HEADERS
    userinfo, at, rest = rest.rpartition("@")
    if at:
        user, password = _parse_userinfo(userinfo)
    if "?" in rest:
        rest, _, header_text = rest.partition("?")
        headers = _parse_headers(header_text)
    hostport, semicolon, param_text = rest.partition(";")
    host, port = parse_hostport(hostport)
    params = parse_uri_params(param_text) if semicolon else _NO_PARAMS
    return SipUri(scheme, user, password, host, port, params, headers)


def _parse_userinfo(text: str) -> tuple[str, str | None]:
    user, colon, password = text.partition(":")
    if not user or user.strip(_USER_CHARS) or (password and password.strip(_PASSWORD_CHARS)):
        raise SipParseError("Malformed user part")
    if "%" in text:
        return _canonical(user, _USER_CHARS), _canonical(password, _PASSWORD_CHARS) if colon else None
    return user, password if colon else None


def _parse_headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for piece in text.split("&"):
        name, equals, value = piece.partition("=")
        if not name or not equals or name.strip(_HEADER_CHARS) or value.strip(_HEADER_CHARS):
            raise SipParseError("Malformed URI header")
        headers[_canonical(name, _HEADER_CHARS).lower()] = _canonical(value, _HEADER_CHARS)
    return headers


def _parse_tel(text: str) -> SipUri:
    number, semicolon, param_text = text.partition(";")
    if not number or number.strip(_NUMBER_CHARS):
        raise SipParseError("Malformed telephone number")
    return SipUri("tel", user=number, params=parse_uri_params(param_text) if semicolon else _NO_PARAMS)


def _canonical(text: str, allowed: str) -> str:
    """Undo escapes of characters that need none; write the others with upper-case digits."""
    if "%" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        digits = match.group(1)
        if digits is None:
            raise SipParseError("Malformed escape")
        char = chr(int(digits, 16))
        return char if char in _UNRESERVED else f"%{digits.upper()}"

    return _ESCAPE.sub(replace, text)


def _format_params(params: Params) -> str:
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params.items()])


def _lowered(params: Params) -> dict[str, str | None]:
    return {name: value.lower() if value else value for name, value in params.items()}


def _host_key(host: str) -> object:
    """Return what two spellings of one host share: IPv6 addresses compare as numbers."""
    if host[:1] != "[":
        return host
    try:
        return IPv6Address(host[1:-1])
    except AddressValueError:
        return host
