"""Read and write session descriptions (RFC 8866) without losing a byte of what was not understood.

A description is kept as its lines. The few values that offer/answer needs are read out beside them, with numbers
checked and every size bounded, so that a hostile body costs little and can only end in :class:`SdpError`. Bytes that
are not UTF-8 survive as surrogate escapes, and :meth:`SessionDescription.encode` writes each line back as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from callcenter.base.errors import RemoteProtocolError

MAX_BYTES = 65_536
"Longest description read, in bytes (characters for text)."
MAX_LINES = 2_048
MAX_LINE_LENGTH = 8_192
MAX_MEDIA = 64
MAX_ATTRIBUTES = 512
"Most ``a=`` lines in one section."
MAX_FORMATS = 128


class SdpError(RemoteProtocolError):
    """The session description is not valid (RFC 8866)."""

    error_id = "sdp-error"


@dataclass(frozen=True, slots=True)
class Connection:
    """A ``c=`` line (RFC 8866 §5.7), its values as written: whether they are usable is the negotiator's question."""

    net_type: str
    address_type: str
    address: str


@dataclass(frozen=True, slots=True)
class Origin:
    """An ``o=`` line (RFC 8866 §5.2)."""

    username: str
    session_id: str
    "Decimal digits; kept as text because peers send numbers of any size."
    version: str
    net_type: str
    address_type: str
    address: str


@dataclass(slots=True)
class MediaDescription:
    """One ``m=`` line and the lines that belong to it (RFC 8866 §5.14)."""

    kind: str
    "``audio``, ``video``, ``application``, ``image``… in lower case."
    port: int
    "0 means that the stream is refused or disabled (RFC 3264 §5.1)."
    profile: str
    "Transport protocol, for example ``RTP/AVP``, as written."
    formats: list[str]
    "For RTP profiles, payload types: decimal numbers from 0 to 127."
    lines: list[str]
    "Every line of the section as received, the ``m=`` line first, without line ends."
    connection: Connection | None = None
    attributes: list[str] = field(default_factory=list)
    "The values of the ``a=`` lines, for example ``rtpmap:0 PCMU/8000``."

    def attribute(self, name: str) -> str | None:
        """Return the value of the first attribute called ``name`` ("" for a flag), or None."""
        return _attribute(self.attributes, name)


@dataclass(slots=True)
class SessionDescription:
    """A whole description: the session section and its media sections in order."""

    lines: list[str]
    "The lines before the first ``m=`` line, as received, without line ends."
    origin: Origin
    connection: Connection | None
    attributes: list[str]
    media: list[MediaDescription]

    def attribute(self, name: str) -> str | None:
        """Return the value of the first session-level attribute called ``name`` ("" for a flag), or None."""
        return _attribute(self.attributes, name)

    def encode(self) -> bytes:
        """Write the description with CRLF line ends; everything else is byte for byte what was parsed."""
        lines = list(self.lines)
        for media in self.media:
            lines += media.lines
        lines.append("")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def parse(data: bytes | str) -> SessionDescription:
    """Read a description; LF is tolerated for CRLF and, after ``v=0``, any order of session lines (RFC 8866 §5, §9).

    Raises :class:`SdpError`, and nothing else, when it is malformed or beyond the limits of this module.
    """
    lines = _split(data)
    session_lines: list[str] = []
    session_attributes: list[str] = []
    media: list[MediaDescription] = []
    origin: Origin | None = None
    connection: Connection | None = None
    section, attributes = session_lines, session_attributes
    for line in lines:
        kind = line[:2]
        if kind == "a=":
            attributes.append(line[2:])
        elif kind == "m=":
            current = _parse_media(line)
            media.append(current)
            section, attributes = current.lines, current.attributes
            continue
        elif kind == "c=":
            if media:
                if media[-1].connection is None:
                    media[-1].connection = _parse_connection(line)
            elif connection is None:
                connection = _parse_connection(line)
        elif kind == "o=":
            if media or origin is not None:
                raise SdpError("More than one o= line")
            origin = _parse_origin(line)
        elif len(kind) != 2 or kind[1] != "=" or not "a" <= kind[0] <= "z":
            raise SdpError(f"Not an SDP line: {line[:40]!r}")
        section.append(line)
    if origin is None:
        raise SdpError("The o= line is missing")
    _check_bounds(session_attributes, media)
    return SessionDescription(session_lines, origin, connection, session_attributes, media)


def _split(data: bytes | str) -> list[str]:
    if len(data) > MAX_BYTES:
        raise SdpError("The session description is too long")
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    if "\0" in text:
        raise SdpError("NUL in the session description")
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[0].rstrip(" ") != "v=0":
        raise SdpError("The description does not begin with v=0")
    if len(lines) > MAX_LINES:
        raise SdpError("The session description has too many lines")
    if "\r" in text and any("\r" in line for line in lines):
        raise SdpError("Carriage return inside a line")
    if len(text) > MAX_LINE_LENGTH and any(len(line) > MAX_LINE_LENGTH for line in lines):
        raise SdpError("A line is too long")
    return lines


def _check_bounds(session_attributes: list[str], media: list[MediaDescription]) -> None:
    if len(media) > MAX_MEDIA:
        raise SdpError("Too many media descriptions")
    if len(session_attributes) > MAX_ATTRIBUTES or any(len(one.attributes) > MAX_ATTRIBUTES for one in media):
        raise SdpError("Too many attributes")


def _parse_origin(line: str) -> Origin:
    fields = line[2:].rstrip(" ").rsplit(" ", 5)  # From the right: some phones put blanks into the user name.
    if len(fields) != 6 or not all(fields):
        raise SdpError("The o= line does not have six fields")
    if not (is_number(fields[1], 40) and is_number(fields[2], 40)):
        raise SdpError("The o= line's id or version is not a number")
    return Origin(*fields)


def _parse_connection(line: str) -> Connection:
    fields = line[2:].split()
    if len(fields) != 3:
        raise SdpError("The c= line does not have three fields")
    return Connection(*fields)


def _parse_media(line: str) -> MediaDescription:
    fields = line[2:].split()
    if len(fields) < 4:
        raise SdpError("An m= line has fewer than four fields")
    kind, port_text, profile = fields[:3]
    formats = fields[3:]
    if len(formats) > MAX_FORMATS:
        raise SdpError("An m= line has too many formats")
    port_text, slash, count = port_text.partition("/")
    if not is_number(port_text, 5) or (port := int(port_text)) > 65_535:
        raise SdpError("An m= line's port is not a number from 0 to 65535")
    if slash and not (is_number(count, 5) and int(count) > 0):
        raise SdpError("An m= line's number of ports is not a positive number")
    if "RTP/" in profile.upper():
        for payload_type in formats:
            if not is_number(payload_type, 3) or int(payload_type) > 127:
                raise SdpError("A payload type is not a number from 0 to 127")
    return MediaDescription(kind.lower(), port, profile, formats, [line])


def is_number(text: str, max_digits: int) -> bool:
    """Tell whether ``text`` is 1 to ``max_digits`` ASCII digits and nothing else, so that ``int`` cannot surprise."""
    return text.isdecimal() and text.isascii() and len(text) <= max_digits


def _attribute(attributes: list[str], name: str) -> str | None:
    prefix = name + ":"
    for attribute in attributes:
        if attribute == name:
            return ""
        if attribute.startswith(prefix):
            return attribute[len(prefix) :]
    return None
