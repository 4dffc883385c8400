"""The lexical rules of RFC 3261 §25 that every other module of this package shares, and the limits on what we read.

Everything works with ``str`` methods on text that was decoded as UTF-8 with ``surrogateescape``; a regular expression
is used only where the input is unusual. ``text.strip(CHARS) == ""`` is the idiom for "only these characters".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from callcenter.base.errors import LocalError, RemoteProtocolError

if TYPE_CHECKING:
    from callcenter.sip.message import Request

MAX_MESSAGE_BYTES = 65_536
"Longest message read or accepted from a stream, start line, headers and body together."
MAX_HEADERS = 256
"Most header lines in one message."
MAX_HEADER_BYTES = 8_192
"Longest header line, unfolded."
MAX_VALUES = 256
"Most values of one list header."
MAX_VIAS = 70
"Most Via values; the same number that Max-Forwards starts from."
MAX_URI_CHARS = 1_024
"Longest URI."
MAX_CONTACTS = 10
"Most Contact values in one message."

ALPHANUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
TOKEN_CHARS = ALPHANUM + "-.!%*_+`'~"
"token (§25.1)"
WORD_CHARS = TOKEN_CHARS + '()<>:\\"/[]?{}'
"word, the alphabet of Call-ID (§25.1)"
_LWS = " \t"
_FOLD = re.compile(r"\r\n[ \t]+")
_STOPS = {",": re.compile('[,"<]'), ";": re.compile('[;"<]')}
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)

Params = Mapping[str, str | None]
"Parameters by lower-case name; ``None`` is a parameter without a value. Header parameter values keep their quotes."


class SipParseError(RemoteProtocolError):
    """The peer sent something that is not SIP as RFC 3261 defines it."""

    error_id = "sip-parse-error"

    def __init__(self, reason: str, status: int | None = 400, partial: Request | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        "What is wrong, fit for a reason phrase: never contains text of the peer."
        self.status = status
        "The status to answer with; ``None`` means drop the message without an answer."
        self.partial = partial
        "The request as far as it was understood, to build the answer from."


def is_token(text: str) -> bool:
    """Tell whether ``text`` is a non-empty RFC 3261 token."""
    return text != "" and not text.strip(TOKEN_CHARS)


def parse_uint(text: str, limit: int, what: str) -> int:
    """Return the number ``text``; raise SipParseError naming ``what`` unless it is 0..``limit`` in plain digits."""
    if not (text.isascii() and text.isdigit()):
        raise SipParseError(f"{what} is not a number")
    digits = text.lstrip("0") if text[0] == "0" else text
    if len(digits) > 20:
        raise SipParseError(f"{what} is too large")
    number = int(digits or "0")
    if number > limit:
        raise SipParseError(f"{what} is too large")
    return number


def unfold(text: str) -> str:
    """Join continuation lines: CRLF followed by white space is one space (§7.3.1)."""
    *lines, last = _FOLD.split(text)
    return " ".join([line.rstrip(_LWS) for line in lines] + [last])


def unquote(text: str) -> str:
    """Return the meaning of a quoted-string; text that is not quoted is returned as it is."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        text = text[1:-1]
        return _QUOTED_PAIR.sub(r"\1", text) if "\\" in text else text
    return text


def quote(text: str) -> str:
    """Return ``text`` as a quoted-string; raise LocalError for CR, LF and NUL, which no header value may carry out."""
    if "\r" in text or "\n" in text or "\0" in text:
        raise LocalError("a quoted string may not contain CR, LF or NUL")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def end_of_quoted(text: str, start: int) -> int:
    """Return the index after the quoted-string that opens at ``start``; raise SipParseError when it never closes."""
    position = start + 1
    while True:
        closing = text.find('"', position)
        if closing < 0:
            raise SipParseError("Unterminated quoted string")
        escape = text.find("\\", position, closing)
        if escape < 0:
            return closing + 1
        position = escape + 2


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a comma or semicolon outside quoted strings and angle brackets; the pieces are stripped."""
    if separator not in text:
        return [text.strip(_LWS)]
    if '"' not in text and "<" not in text:
        return [piece.strip(_LWS) for piece in text.split(separator)]
    pieces: list[str] = []
    start = position = 0
    find = _STOPS[separator].search
    while (stop := find(text, position)) is not None:
        at = stop.start()
        if text[at] == separator:
            pieces.append(text[start:at].strip(_LWS))
            start = position = at + 1
        elif text[at] == '"':
            position = end_of_quoted(text, at)
        else:
            closing = text.find(">", at)
            if closing < 0:
                raise SipParseError("Unbalanced angle bracket")
            position = closing + 1
    pieces.append(text[start:].strip(_LWS))
    return pieces


def parse_params(text: str) -> dict[str, str | None]:
    """Parse ``;name=value;flag`` (generic-param, §25.1) that follows a header value; empty parameters are an error.

    Values keep their quotes (:func:`unquote` removes them), names are lower-cased, the first of two equal names counts.
    """
    params: dict[str, str | None] = {}
    if not text:
        return params
    pieces = split_outside(text, ";") if '"' in text else text.split(";")
    if pieces[0].strip(_LWS):
        raise SipParseError("Unexpected text before a parameter")
    for piece in pieces[1:]:
        name, equals, value = piece.partition("=")
        if name.strip(TOKEN_CHARS) or not name:
            name = name.strip(_LWS)
            if name.strip(TOKEN_CHARS) or not name:
                raise SipParseError("Malformed parameter")
        if not equals:
            params.setdefault(name.lower(), None)
            continue
        if value.strip(TOKEN_CHARS) or not value:
            value = _param_value(value)
        params.setdefault(name.lower(), value)
    return params


def _param_value(value: str) -> str:
    """Check a gen-value that is not a plain token: a quoted string, a host or an IPv6 reference."""
    value = value.strip(_LWS)
    if value[:1] == '"':
        if end_of_quoted(value, 0) != len(value):
            raise SipParseError("Malformed parameter value")
        return value
    # Colons, brackets and slashes: IPv6 references and the unquoted URIs some clients write.
    if not value or any(char in value for char in ' \t",<>\0'):
        raise SipParseError("Malformed parameter value")
    return value


def format_params(params: Params) -> str:
    """Write parameters back as ``;name=value;flag``."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params.items()])


def has_bare_nul(value: str) -> bool:
    """Tell whether ``value`` has a NUL anywhere but as a quoted-pair of a quoted-string, its only place (§25.1)."""
    if "\0" not in value:
        return False
    position = 0
    while position < len(value):
        if value[position] == "\0":
            return True
        if value[position] == '"':
            try:
                end = end_of_quoted(value, position)
            except SipParseError:
                return True
            if "\0" in _QUOTED_PAIR.sub("", value[position:end]):
                return True
            position = end
        else:
            position += 1
    return False
