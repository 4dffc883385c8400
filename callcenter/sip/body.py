"""Find the part of a message body that a user agent understands, binary safe (RFC 2046 §5.1, RFC 5621)."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.sip.grammar import SipParseError, unfold, unquote
from callcenter.sip.headers import MediaType
from callcenter.sip.message import Message

SDP = "application/sdp"
MAX_PARTS = 16
"Most parts of one multipart body."
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part of a multipart body."""

    content_type: MediaType
    content: bytes
    disposition: str = ""
    "The Content-Disposition as written; empty when there was none."


def find_part(message: Message, wanted: str = SDP) -> bytes | None:
    """Return the body of type ``wanted`` (lower case), looking into multipart bodies; None when there is none.

    Raises SipParseError for a malformed Content-Type or multipart body.
    """
    if not message.body:
        return None
    content_type = message.content_type
    return None if content_type is None else _find(content_type, message.body, wanted, _MAX_DEPTH)


def parse_multipart(body: bytes, boundary: str) -> list[BodyPart]:
    """Split a multipart body; preamble and epilogue are dropped, a missing final delimiter is an error."""
    if not 0 < len(boundary) <= 70:
        raise SipParseError("Malformed multipart body")
    delimiter = b"\r\n--" + boundary.encode("utf-8", "surrogateescape")
    sections = (b"\r\n" + body).split(delimiter)
    parts: list[BodyPart] = []
    for section in sections[1:]:
        if section.startswith(b"--"):
            return parts
        padding, line_break, rest = section.partition(b"\r\n")
        if padding.strip(b" \t") or not line_break or len(parts) == MAX_PARTS:
            break
        parts.append(_parse_part(rest))
    raise SipParseError("Malformed multipart body")


def _find(content_type: MediaType, body: bytes, wanted: str, depth: int) -> bytes | None:
    if content_type.name == wanted:
        return body
    if depth and content_type.name.startswith("multipart/"):
        for part in parse_multipart(body, unquote(content_type.params.get("boundary") or "")):
            found = _find(part.content_type, part.content, wanted, depth - 1)
            if found is not None:
                return found
    return None


def _parse_part(section: bytes) -> BodyPart:
    """Read the MIME headers of one part; without a Content-Type it is text/plain."""
    if section.startswith(b"\r\n"):
        head, content = b"", section[2:]
    else:
        head, blank, content = section.partition(b"\r\n\r\n")
        if not blank:
            raise SipParseError("Malformed multipart body")
    content_type = MediaType("text/plain")
    disposition = ""
    for line in unfold(head.decode("utf-8", "surrogateescape")).split("\r\n"):
        name, _, value = line.partition(":")
        name = name.rstrip(" \t").lower()
        if name in ("content-type", "c"):
            content_type = MediaType.parse(value.strip(" \t"))
        elif name == "content-disposition":
            disposition = value.strip(" \t")
    return BodyPart(content_type, content, disposition)
