"""What requests and responses share: header fields, body and typed access to both (RFC 3261 §7.3).

A typed header is parsed when first asked for and kept. The kept value is tied to the raw text, so changing ``headers``
is always safe.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from callcenter.base.errors import LocalError
from callcenter.sip.grammar import MAX_VALUES, SipParseError, has_bare_nul, parse_uint
from callcenter.sip.header_fields import Headers
from callcenter.sip.headers import CSeq, MediaType, NameAddr, Via, parse_call_id, parse_seconds

_T = TypeVar("_T")

SIP_VERSION = "SIP/2.0"


class Message:
    """What requests and responses share: headers, body and typed access to both.

    Every typed property raises SipParseError when the header is malformed; the mandatory ones also when it is missing
    or repeated.
    """

    __slots__ = ("_typed", "body", "headers", "version")

    def __init__(self, headers: Headers | None = None, body: bytes = b"", version: str = SIP_VERSION) -> None:
        self.headers = headers if headers is not None else Headers()
        self.body = body
        self.version = version
        self._typed: dict[str, tuple[str | list[str], Any]] = {}

    def _one(self, name: str, parse: Callable[[str], _T]) -> _T:
        """Return the parsed value of a header that must be there once."""
        values = self.headers.fields.get(name)
        if values is None:
            raise SipParseError(f"Missing {name}")
        raw = values[0]
        kept = self._typed.get(name)
        if kept is not None and kept[0] is raw and len(values) == 1:
            return kept[1]  # type: ignore[no-any-return]
        if len(values) != 1:
            raise SipParseError(f"Repeated {name}")
        value = parse(raw)
        self._typed[name] = (raw, value)
        return value

    def one(self, name: str, parse: Callable[[str], _T]) -> _T | None:
        """Return the header ``name`` (canonical spelling) parsed by ``parse`` and kept, None when absent.

        ``parse`` must be the same for every call with one name. SipParseError when malformed or repeated.
        """
        return self._one(name, parse) if name in self.headers.fields else None

    def many(self, name: str, parse: Callable[[str], _T]) -> list[_T]:
        """Return all values of the list header ``name`` (canonical spelling), parsed and kept; leave the list alone."""
        values = self.headers.fields.get(name)
        if values is None:
            return []
        kept = self._typed.get(name)
        if kept is not None and kept[0] == values:
            return kept[1]  # type: ignore[no-any-return]
        if len(values) == 1 and "," not in values[0]:
            parsed = [parse(values[0])] if values[0] else []
        else:
            pieces = self.headers.get_all(name)
            if len(pieces) > MAX_VALUES:
                raise SipParseError(f"Too many values in {name}")
            parsed = [parse(value) for value in pieces]
        self._typed[name] = (list(values), parsed)
        return parsed

    def tokens(self, name: str) -> list[str]:
        """Return the option tags, methods or other tokens of a list header as written (compare tags in lower case)."""
        return self.headers.get_all(name)

    @property
    def call_id(self) -> str:
        """Call-ID (§20.8), compared byte by byte."""
        return self._one("Call-ID", parse_call_id)

    @property
    def cseq(self) -> CSeq:
        """CSeq (§20.16)."""
        return self._one("CSeq", CSeq.parse)

    @property
    def from_(self) -> NameAddr:
        """From (§20.20)."""
        return self._one("From", NameAddr.parse)

    @property
    def to(self) -> NameAddr:
        """To (§20.39)."""
        return self._one("To", NameAddr.parse)

    @property
    def via(self) -> list[Via]:
        """All Via values, topmost first."""
        return self.many("Via", Via.parse)

    @property
    def top_via(self) -> Via:
        """The topmost Via; SipParseError when there is none."""
        vias = self.many("Via", Via.parse)
        if not vias:
            raise SipParseError("Missing Via")
        return vias[0]

    @property
    def contacts(self) -> list[NameAddr]:
        """All Contact values; empty for ``*`` (:attr:`has_wildcard_contact`)."""
        return [] if self.has_wildcard_contact else self.many("Contact", NameAddr.parse)

    @property
    def has_wildcard_contact(self) -> bool:
        """True when the only Contact is ``*`` (§10.2.2)."""
        return self.headers.fields.get("Contact") == ["*"]

    @property
    def routes(self) -> list[NameAddr]:
        """All Route values, next hop first."""
        return self.many("Route", NameAddr.parse)

    @property
    def record_routes(self) -> list[NameAddr]:
        """All Record-Route values, topmost first."""
        return self.many("Record-Route", NameAddr.parse)

    @property
    def max_forwards(self) -> int | None:
        """Max-Forwards 0..255 (§20.22)."""
        return self.one("Max-Forwards", _parse_max_forwards)

    @property
    def content_type(self) -> MediaType | None:
        """Content-Type (§20.15)."""
        return self.one("Content-Type", MediaType.parse)

    @property
    def content_length(self) -> int | None:
        """Content-Length as received; the body was already cut to it."""
        return self.one("Content-Length", _parse_content_length)

    @property
    def expires(self) -> int | None:
        """Expires in seconds (§20.19); a malformed value counts as 3600, as in a Contact."""
        return self.one("Expires", _parse_expires)

    def _encode(self, start_line: str, allow_quoted_nul: bool) -> bytes:
        lines = [start_line]
        for name, values in self.headers.fields.items():
            if name != "Content-Length":
                for value in values:
                    lines.append(f"{name}: {value}")
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        text = "\r\n".join(lines)
        breaks = len(lines) + 1
        if text.count("\n") != breaks or text.count("\r") != breaks:
            raise LocalError("a header value may not contain CR or LF")
        if "\0" in text and not (allow_quoted_nul and self._has_only_quoted_nul(start_line)):
            raise LocalError("a header value may not contain NUL")
        return text.encode("utf-8", "surrogateescape") + self.body

    def _has_only_quoted_nul(self, start_line: str) -> bool:
        """Tell whether every NUL is a quoted-pair, as it may be in a From or To that a response has to copy."""
        return "\0" not in start_line and not any(has_bare_nul(value) for _, value in self.headers.items())

    def _comparable(self) -> tuple[object, ...]:
        fields = {name: values for name, values in self.headers.fields.items() if name != "Content-Length"}
        return (fields, self.body, self.version)


def _parse_max_forwards(value: str) -> int:
    return parse_uint(value, 255, "Max-Forwards")


def _parse_expires(value: str) -> int:
    try:
        return parse_seconds(value)
    except SipParseError:
        return 3600


def _parse_content_length(value: str) -> int:
    return parse_uint(value, 2**32 - 1, "Content-Length")
