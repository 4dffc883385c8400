"""Typed header values: what the raw text of a header means (RFC 3261 §20 and the extensions this server speaks).

Each type has ``parse`` (raises SipParseError) and ``__str__`` (raises nothing: it writes what was parsed or built).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from callcenter.sip.grammar import (
    TOKEN_CHARS,
    WORD_CHARS,
    Params,
    SipParseError,
    end_of_quoted,
    format_params,
    is_token,
    parse_params,
    parse_uint,
    quote,
    split_outside,
    unquote,
)
from callcenter.sip.uri import SipUri, parse_hostport, parse_ipv6

MAX_CSEQ = 2**31 - 1
"Highest CSeq number (§8.1.1.5)."
MAX_SECONDS = 2**32 - 1
"Highest delta-seconds (§20.19)."
MAGIC_COOKIE = "z9hG4bK"
"Start of every RFC 3261 branch (§8.1.1.7)."
_NO_PARAMS: Params = MappingProxyType({})
_DISPLAY_CHARS = TOKEN_CHARS + " \t"
_REMEMBERED_CHARS = 256
"Longest name-addr that is remembered: nobody fills our memory with long ones."


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A name-addr or addr-spec with header parameters: From, To, Contact, Route, Refer-To, P-Asserted-Identity…"""

    display_name: str
    "Unquoted, empty when absent; control characters are possible, so write it only through ``str()`` or ``quote()``."
    uri: SipUri
    params: Params = field(default_factory=dict, hash=False)
    "Header parameters by lower-case name; values keep their quotes."

    @classmethod
    def parse(cls, value: str) -> NameAddr:
        """Parse one value. Without angle brackets parameters belong to the header, not to the URI (§20)."""
        return _parse_known(value) if len(value) <= _REMEMBERED_CHARS else cls._parse(value)

    @classmethod
    def _parse(cls, value: str) -> NameAddr:
        value = value.strip(" \t")
        display = ""
        if value[:1] == '"':
            end = end_of_quoted(value, 0)
            display, rest = unquote(value[:end]), value[end:].lstrip(" \t")
            if rest[:1] != "<":
                raise SipParseError("No URI after the display name")
        elif "<" in value:
            display, _, rest = value.partition("<")
            rest = "<" + rest
            display = display.strip(" \t")
            if not display.isascii():  # Phones do write UTF-8 without quotes; only ASCII delimiters are refused.
                bad = "".join(char for char in display if char.isascii()).strip(_DISPLAY_CHARS)
            else:
                bad = display.strip(_DISPLAY_CHARS)
            if bad:
                raise SipParseError("Display name needs quotes")
        else:
            spec, semicolon, params = value.partition(";")
            if "?" in spec or "," in spec:
                raise SipParseError("URI needs angle brackets")
            uri = SipUri.parse(spec.rstrip(" \t"))
            return cls("", uri, parse_params(semicolon + params) if semicolon else _NO_PARAMS)
        closing = rest.find(">")
        if closing < 0:
            raise SipParseError("Unbalanced angle bracket")
        uri = SipUri.parse(rest[1:closing])
        tail = rest[closing + 1 :]
        if not tail:
            return cls(display, uri, _NO_PARAMS)
        if tail[:5] == ";tag=" and len(tail) > 5 and not tail[5:].strip(TOKEN_CHARS):  # Nearly every From and To.
            return cls(display, uri, {"tag": tail[5:]})
        return cls(display, uri, parse_params(tail.lstrip(" \t")))

    def __str__(self) -> str:
        name = f"{quote(self.display_name)} " if self.display_name else ""
        return f"{name}<{self.uri}>{format_params(self.params)}"

    @property
    def tag(self) -> str | None:
        """The tag of From and To."""
        return self.params.get("tag")

    @property
    def expires(self) -> int | None:
        """The expires parameter of a Contact in seconds; a malformed one counts as 3600 (§10.2.1.1, §20.10)."""
        text = self.params.get("expires")
        if text is None:
            return None
        try:
            return parse_uint(text, MAX_SECONDS, "expires")
        except SipParseError:
            return 3600

    @property
    def q(self) -> float:
        """The preference 0..1 of a Contact; 1 when absent or malformed."""
        try:
            value = float(self.params.get("q") or "1")
        except ValueError:
            return 1.0
        return value if 0.0 <= value <= 1.0 else 1.0


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value (§20.42)."""

    transport: str
    "Upper case: UDP, TCP, TLS, WS, WSS, SCTP or unknown."
    host: str
    "The sent-by host; an IPv6 reference keeps its brackets."
    port: int | None
    params: Params = field(default_factory=dict, hash=False)
    version: str = "2.0"
    "Another version is read so that the request can be refused by 505."

    @classmethod
    def parse(cls, value: str) -> Via:
        """Parse one value; white space is allowed around the slashes and the colon."""
        version = "2.0"
        if value.startswith("SIP/2.0/") and "\t" not in value:
            transport, space, rest = value[8:].partition(" ")
        else:
            pieces = value.split("/", 2)
            version = pieces[1].strip(" \t") if len(pieces) == 3 else ""
            if pieces[0].strip(" \t").upper() != "SIP" or not is_token(version):
                raise SipParseError("Malformed Via")
            transport, space, rest = pieces[2].replace("\t", " ").lstrip(" ").partition(" ")
        if not space or not is_token(transport):
            raise SipParseError("Malformed Via")
        sent_by, semicolon, params = rest.partition(";")
        if " " in sent_by or "\t" in sent_by:
            sent_by = _join_sent_by(sent_by)
        host, port = parse_hostport(sent_by)
        if not semicolon:
            return cls(transport.upper(), host, port, _NO_PARAMS, version)
        parsed = parse_params(semicolon + params)
        received = parsed.get("received")
        if (
            received is not None and ":" in received
        ):  # Both spellings are seen: with brackets and without (RFC 5118 §4.5).
            parse_ipv6(received.removeprefix("[").removesuffix("]"))
        rport = parsed.get("rport")
        if rport is not None:
            parse_uint(rport, 65_535, "rport")
        return cls(transport.upper(), host, port, parsed, version)

    def __str__(self) -> str:
        return f"SIP/{self.version}/{self.transport} {self.sent_by}{format_params(self.params)}"

    @property
    def sent_by(self) -> str:
        """``host[:port]`` as transactions are matched by it (§17.2.3)."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def branch(self) -> str | None:
        """The branch; see :attr:`has_magic_branch` before matching by it."""
        return self.params.get("branch")

    @property
    def has_magic_branch(self) -> bool:
        """True when the branch is unique by RFC 3261's rules: the magic cookie and something after it."""
        branch = self.params.get("branch")
        return branch is not None and len(branch) > 7 and branch[:7].lower() == "z9hg4bk"

    @property
    def received(self) -> str | None:
        """The address the request came from, without IPv6 brackets."""
        received = self.params.get("received")
        return None if received is None else received.removeprefix("[").removesuffix("]")

    @property
    def rport(self) -> int | None:
        """The filled-in rport (RFC 3581); None when absent or still empty."""
        text = self.params.get("rport")
        return None if text is None else int(text)


class CSeq(NamedTuple):
    """The CSeq value (§20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, value: str) -> CSeq:
        """Parse ``number method``; the number must be below 2**31."""
        number, space, method = value.partition(" ")
        if not space or method.strip(TOKEN_CHARS) or not method:
            pieces = value.split()
            if len(pieces) != 2 or not is_token(pieces[1]):
                raise SipParseError("Malformed CSeq")
            number, method = pieces
        return cls(parse_uint(number, MAX_CSEQ, "CSeq"), method)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


class RAck(NamedTuple):
    """The RAck value of a PRACK (RFC 3262 §7.2)."""

    rseq: int
    cseq: int
    method: str

    @classmethod
    def parse(cls, value: str) -> RAck:
        """Parse ``response-num CSeq-num method``."""
        pieces = value.split()
        if len(pieces) != 3 or not is_token(pieces[2]):
            raise SipParseError("Malformed RAck")
        return cls(parse_uint(pieces[0], MAX_SECONDS, "RAck"), parse_uint(pieces[1], MAX_CSEQ, "RAck"), pieces[2])

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"


class Replaces(NamedTuple):
    """The dialog a Replaces header names, as seen by its sender (RFC 3891 §6.1)."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, value: str) -> Replaces:
        """Parse one value; both tags are mandatory."""
        call_id, _, rest = value.partition(";")
        params = parse_params(";" + rest) if rest else {}
        to_tag, from_tag = params.get("to-tag"), params.get("from-tag")
        if not to_tag or not from_tag:
            raise SipParseError("Malformed Replaces")
        return cls(parse_call_id(call_id.strip(" \t")), to_tag, from_tag, "early-only" in params)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


class SessionExpires(NamedTuple):
    """The Session-Expires value (RFC 4028 §4)."""

    interval: int
    "Seconds."
    refresher: str | None = None
    "``uac``, ``uas`` or None when not settled yet."

    @classmethod
    def parse(cls, value: str) -> SessionExpires:
        """Parse ``delta-seconds[;refresher=uac|uas]``."""
        seconds, params = _value_and_params(value)
        refresher = (params.get("refresher") or "").lower() or None
        if refresher not in (None, "uac", "uas"):
            raise SipParseError("Malformed Session-Expires")
        return cls(parse_uint(seconds, MAX_SECONDS, "Session-Expires"), refresher)

    def __str__(self) -> str:
        return f"{self.interval};refresher={self.refresher}" if self.refresher else str(self.interval)


class Reason(NamedTuple):
    """One Reason value (RFC 3326 §2)."""

    protocol: str
    "``SIP``, ``Q.850`` or another token."
    cause: int | None = None
    text: str = ""

    @classmethod
    def parse(cls, value: str) -> Reason:
        """Parse ``protocol[;cause=n][;text="..."]``."""
        protocol, params = _value_and_params(value)
        if not is_token(protocol):
            raise SipParseError("Malformed Reason")
        cause = params.get("cause")
        return cls(
            protocol, None if cause is None else parse_uint(cause, 999, "cause"), unquote(params.get("text") or "")
        )

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        return f"{self.protocol}{cause};text={quote(self.text)}" if self.text else f"{self.protocol}{cause}"


class MediaType(NamedTuple):
    """A Content-Type or Accept value (§20.15, §20.1)."""

    name: str
    "``type/subtype`` in lower case."
    params: Params = _NO_PARAMS

    @classmethod
    def parse(cls, value: str) -> MediaType:
        """Parse ``type/subtype;params``; white space around the slash is allowed."""
        name, params = _value_and_params(value)
        kind, slash, subtype = name.partition("/")
        kind, subtype = kind.rstrip(" \t"), subtype.lstrip(" \t")
        if not slash or not is_token(kind) or not is_token(subtype):
            raise SipParseError("Malformed media type")
        return cls(f"{kind}/{subtype}".lower(), params)

    def __str__(self) -> str:
        return self.name + format_params(self.params)


@dataclass(frozen=True, slots=True)
class AuthParams:
    """A challenge (WWW-Authenticate, Proxy-Authenticate) or credentials (Authorization, Proxy-Authorization), §25.1."""

    scheme: str
    "Lower case, for example ``digest``."
    params: Params = field(hash=False)
    "By lower-case name, unquoted; empty for a scheme whose content is not a parameter list."

    @classmethod
    def parse(cls, value: str) -> AuthParams:
        """Parse ``Scheme name=value, name="value"``; a parameter that comes twice is an error."""
        scheme, _, rest = value.strip(" \t").partition(" ")
        if not is_token(scheme):
            raise SipParseError("Malformed credentials")
        params: dict[str, str | None] = {}
        for piece in split_outside(rest, ","):
            name, equals, raw = piece.partition("=")
            name, raw = name.rstrip(" \t").lower(), raw.lstrip(" \t")
            if not equals or not is_token(name) or name in params:
                raise SipParseError("Malformed credentials")
            if raw[:1] == '"' and end_of_quoted(raw, 0) != len(raw):
                raise SipParseError("Malformed credentials")
            params[name] = unquote(raw)
        return cls(scheme.lower(), params)

    def get(self, name: str) -> str | None:
        """Return one parameter, unquoted."""
        return self.params.get(name)


@lru_cache(maxsize=4096)
def _parse_known(value: str) -> NameAddr:
    """Parse a name-addr. All messages of a dialog, and all refreshes of a registration, repeat the same ones."""
    return NameAddr._parse(value)


def parse_call_id(value: str) -> str:
    """Check ``word[@word]`` (§20.8) and return it."""
    left, at, right = value.partition("@")
    if not left or left.strip(WORD_CHARS) or right.strip(WORD_CHARS) or (at and not right):
        raise SipParseError("Malformed Call-ID")
    return value


def parse_rseq(value: str) -> int:
    """Parse RSeq: 1..2**32-1 (RFC 3262 §7.1)."""
    number = parse_uint(value, MAX_SECONDS, "RSeq")
    if number == 0:
        raise SipParseError("Malformed RSeq")
    return number


def parse_seconds(value: str) -> int:
    """Parse the seconds of Expires, Min-Expires, Min-SE or Retry-After; comments and parameters are dropped."""
    return parse_uint(value.partition(";")[0].partition("(")[0].strip(" \t"), MAX_SECONDS, "delta-seconds")


def _value_and_params(value: str) -> tuple[str, Params]:
    """Split ``value;param=x`` where the value itself holds no semicolon."""
    head, semicolon, rest = value.partition(";")
    return head.strip(" \t"), parse_params(semicolon + rest) if semicolon else _NO_PARAMS


def _join_sent_by(text: str) -> str:
    """Remove the white space that is allowed around the colon of a sent-by, and only there."""
    host, colon, port = text.rpartition(":") if "]" not in text else text.partition("]")
    pieces = [host.strip(" \t"), colon, port.strip(" \t")]
    if colon == "]" and pieces[2][:1] == ":":
        pieces[2] = ":" + pieces[2][1:].lstrip(" \t")
    return "".join(pieces)
