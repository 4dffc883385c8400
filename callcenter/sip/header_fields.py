"""The header fields of one message: names canonical, values raw until somebody asks for their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callcenter.base.errors import LocalError
from callcenter.sip.grammar import is_token, split_outside

_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"The compact forms of the IANA registry."

_LISTS = (
    "Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Call-Info Contact "
    "Content-Encoding Content-Language Diversion Error-Info Geolocation History-Info In-Reply-To "
    "P-Asserted-Identity P-Associated-URI P-Preferred-Identity Path Proxy-Require Reason Record-Route "
    "Reject-Contact Request-Disposition Require Route Security-Client Security-Server Security-Verify Service-Route "
    "Supported Unsupported Via Warning"
)
_SINGLES = (
    "Answer-Mode Authentication-Info Authorization Call-ID Content-Disposition Content-ID Content-Length Content- "
    "Transfer-Encoding Content-Type CSeq Date Event Expires Flow-Timer From Identity Identity-Info Info-Package "
    "Join Max-Forwards MIME-Version Min-Expires Min-SE Organization P-Early-Media Priority Privacy Proxy- "
    "Authenticate Proxy-Authorization RAck Recv-Info Refer-Sub Refer-To Referred-By Remote-Party-ID Replaces Reply- "
    "To Retry-After RSeq Server Session-Expires SIP-ETag SIP-If-Match Subject Subscription-State Target-Dialog "
    "Timestamp To User-Agent User-to-User WWW-Authenticate"
)
_LIST_NAMES = _LISTS.split(" ")
_KNOWN_NAMES = [*_LIST_NAMES, *_SINGLES.split(" ")]

LIST_HEADERS = frozenset(_LIST_NAMES)
"Headers whose values may be joined by commas in one line (§7.3.1)."

_LOWER_NAMES = {name.lower(): name for name in _KNOWN_NAMES} | _COMPACT
CANONICAL_NAMES = {name: name for name in _KNOWN_NAMES} | _LOWER_NAMES
"Spellings met most, without any conversion: the registered one, all lower case, compact."


def canonical_name(name: str) -> str:
    """Return the registered spelling of a header name, or capitalised words for an unknown one."""
    return CANONICAL_NAMES.get(name) or _LOWER_NAMES.get(name.lower()) or name.title()


class Headers:
    """An ordered, case-insensitive multi-map of raw header values.

    Values of one name keep their order; names come in the order they were first seen. Values are text as received
    (folding undone, UTF-8 with ``surrogateescape``), so an unread header goes out as it came in.
    """

    __slots__ = ("fields",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self.fields: dict[str, list[str]] = {}
        "Raw values by canonical name. Read it freely; change it only through the methods."
        for name, value in items:
            self.add(name, value)

    def get(self, name: str) -> str | None:
        """Return the first raw value of ``name``, or None."""
        values = self.fields.get(name) or self.fields.get(canonical_name(name))
        return values[0] if values else None

    def get_all(self, name: str) -> list[str]:
        """Return every value of ``name``, split at commas where RFC 3261 allows a list; empty elements are dropped."""
        name = canonical_name(name)
        values = self.fields.get(name)
        if not values:
            return []
        if name not in LIST_HEADERS:
            return list(values)
        if len(values) == 1 and "," not in values[0]:
            return [values[0]] if values[0] else []
        return [piece for value in values for piece in split_outside(value, ",") if piece]

    def add(self, name: str, value: str) -> None:
        """Append a value; LocalError when ``name`` is no token."""
        canonical = CANONICAL_NAMES.get(name)
        if canonical is None:
            if not is_token(name):
                raise LocalError("a header name must be a token")
            canonical = canonical_name(name)
        self.fields.setdefault(canonical, []).append(value.strip(" \t"))

    def set(self, name: str, value: str) -> None:
        """Replace all values of ``name`` by one."""
        self.remove(name)
        self.add(name, value)

    def remove(self, name: str) -> None:
        """Drop all values of ``name``; nothing happens when there are none."""
        self.fields.pop(canonical_name(name), None)

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield every (canonical name, raw value)."""
        for name, values in self.fields.items():
            for value in values:
                yield name, value

    def copy(self) -> Headers:
        """Return an independent copy."""
        other = Headers()
        other.fields = {name: list(values) for name, values in self.fields.items()}
        return other

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and canonical_name(name) in self.fields

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.fields == other.fields

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"
