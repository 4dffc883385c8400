"""SIP messages: read a datagram, look into it as far as needed, build the answer, write it (RFC 3261 §7).

Reading splits the header lines once; a typed header is parsed when first asked for and kept. The kept value is tied to
the raw text, so changing ``headers`` is always safe. Copying headers into a response copies the raw text.
"""

from __future__ import annotations

from callcenter.base.errors import LocalError
from callcenter.sip.base_message import SIP_VERSION, Message
from callcenter.sip.grammar import (
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    MAX_MESSAGE_BYTES,
    SipParseError,
    has_bare_nul,
    is_token,
    unfold,
)
from callcenter.sip.header_fields import CANONICAL_NAMES, Headers, canonical_name
from callcenter.sip.headers import Via
from callcenter.sip.reason_phrases import REASON_PHRASES
from callcenter.sip.uri import SipUri

__all__ = [
    "REASON_PHRASES",
    "SIP_VERSION",
    "Headers",
    "Message",
    "Request",
    "Response",
    "parse_message",
    "response_for",
]

_DIALOG_METHODS = frozenset({"INVITE", "SUBSCRIBE", "REFER"})


class Request(Message):
    """A SIP request."""

    __slots__ = ("_uri", "method", "uri")

    def __init__(
        self,
        method: str,
        uri: str,
        headers: Headers | None = None,
        body: bytes = b"",
        version: str = SIP_VERSION,
    ) -> None:
        super().__init__(headers, body, version)
        self.method = method
        self.uri = uri
        "The Request-URI as text; :attr:`request_uri` is its meaning."
        self._uri: tuple[str, SipUri] | None = None

    @property
    def request_uri(self) -> SipUri:
        """The parsed Request-URI; SipParseError when malformed."""
        kept = self._uri
        if kept is None or kept[0] is not self.uri:
            kept = self._uri = (self.uri, SipUri.parse(self.uri))
        return kept[1]

    def stamp_source(self, host: str, port: int) -> None:
        """Write where the request came from into its topmost Via: received (§18.2.1) and a requested rport (RFC 3581
        §4).

        ``host`` is an address without brackets. Must be called before anything answers the request. A Via that cannot
        be read stays as it is: ``validate`` will refuse the request.
        """
        try:
            via = self.top_via
        except SipParseError:
            return
        wants_port = "rport" in via.params
        if not wants_port and "received" not in via.params and via.host.strip("[]") == host:
            return
        params = {
            name: value for name, value in via.params.items() if name != "received"
        }  # Not for a client to fill in.
        if wants_port:
            params["rport"] = str(port)
        if wants_port or via.host.strip("[]") != host:
            params["received"] = host
        stamped = Via(via.transport, via.host, via.port, params, via.version)
        vias = [stamped, *self.via[1:]]
        raw = self.headers.fields["Via"]
        if len(vias) != len(raw):
            raw = self.headers.get_all("Via")
        raw = self.headers.fields["Via"] = [str(stamped), *raw[1:]]
        self._typed["Via"] = (raw.copy(), vias)

    def encode(self) -> bytes:
        """Write the request with the right Content-Length; LocalError when something in it could not be read back."""
        if not is_token(self.method) or not self.uri or not self.uri.isprintable() or " " in self.uri:
            raise LocalError("malformed request line")
        return self._encode(f"{self.method} {self.uri} {self.version}", False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Request)
            and (self.method, self.uri) == (other.method, other.uri)
            and self._comparable() == other._comparable()
        )

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri}>"


class Response(Message):
    """A SIP response."""

    __slots__ = ("reason", "status")

    def __init__(
        self,
        status: int,
        reason: str | None = None,
        headers: Headers | None = None,
        body: bytes = b"",
        version: str = SIP_VERSION,
    ) -> None:
        super().__init__(headers, body, version)
        self.status = status
        self.reason = REASON_PHRASES.get(status, "") if reason is None else reason

    def encode(self) -> bytes:
        """Write the response with the right Content-Length; LocalError when something in it could not be read back."""
        if not 100 <= self.status <= 699:
            raise LocalError("a status is 100 to 699")
        return self._encode(f"{self.version} {self.status} {self.reason}", True)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Response)
            and (self.status, self.reason) == (other.status, other.reason)
            and self._comparable() == other._comparable()
        )

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"


def parse_message(data: bytes) -> Request | Response:
    """Read one message from a datagram or from one frame of a stream.

    Checks framing, the start line and the shape of header lines; what the headers mean is checked when they are read
    or by ``validate``. A body longer than Content-Length is cut, a shorter one is an error (§18.3). Raises
    SipParseError and nothing else; its ``status`` is None for anything that must not be answered (responses, ACK, what
    is no SIP at all).
    """
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    head = data[: end if end >= 0 else MAX_MESSAGE_BYTES].decode("utf-8", "surrogateescape")
    if "\r\n " in head or "\r\n\t" in head:
        head = unfold(head)
    start_line, _, rest = head.partition("\r\n")
    message = _parse_start_line(start_line)
    try:
        if end < 0:
            raise SipParseError("Incomplete header")
        if len(data) > MAX_MESSAGE_BYTES:
            raise SipParseError("Message is too large", 513)
        _parse_header_lines(rest, message.headers.fields)
        _frame_body(message, data, end + 4)
        if isinstance(message, Request) and "" in (message.method, message.uri):
            raise SipParseError("Malformed Request-Line")
        return message
    except SipParseError as error:
        if end < 0 or len(data) > MAX_MESSAGE_BYTES:
            _salvage_header_lines(rest, message.headers.fields)
        raise _refused(error, message) from None


def _parse_start_line(line: str) -> Request | Response:
    """Build the empty message; a Request-Line that is wrong but clearly SIP gives a request with an empty URI."""
    if line[:4].upper() == "SIP/":
        version, _, rest = line.partition(" ")
        status, _, reason = rest.partition(" ")
        if version.upper() != SIP_VERSION or not (len(status) == 3 and status.isascii() and status.isdigit()):
            raise SipParseError("Malformed Status-Line", None)
        if not "100" <= status <= "699" or "\r" in reason or "\n" in reason or "\0" in reason:
            raise SipParseError("Malformed Status-Line", None)
        return Response(int(status), reason)
    pieces = line.split(" ")
    if len(pieces) == 3:
        method, uri, version = pieces
        if version == SIP_VERSION or version[:4].upper() == "SIP/":
            if is_token(method) and uri and uri.isprintable():
                return Request(method, uri, version=version.upper())
            return Request(method if is_token(method) else "", "")
    elif any(piece[:4].upper() == "SIP/" for piece in pieces):
        return Request(pieces[0] if is_token(pieces[0]) else "", "")
    raise SipParseError("Not a SIP message", None)


def _parse_header_lines(text: str, fields: dict[str, list[str]]) -> None:
    """Fill ``fields`` from unfolded header lines."""
    if not text:
        return
    lines = text.split("\r\n")
    breaks = len(lines) - 1
    problem = None
    if breaks >= MAX_HEADERS:
        problem = "Too many headers"
        del lines[MAX_HEADERS:]
    elif text.count("\n") != breaks or text.count("\r") != breaks:
        problem = "CR or LF inside a header"
    long_text = len(text) > MAX_HEADER_BYTES
    for line in lines:
        name, colon, value = line.partition(":")
        canonical = CANONICAL_NAMES.get(name)
        if canonical is None:
            name = name.rstrip(" \t")
            if not colon or not is_token(name):
                problem = problem or "Malformed header line"
                continue
            canonical = canonical_name(name)
        if long_text and len(line) > MAX_HEADER_BYTES:
            problem = problem or "Header is too long"
            continue
        value = value.strip(" \t")
        if canonical in fields:
            fields[canonical].append(value)
        else:
            fields[canonical] = [value]
    if "\0" in text and any(_has_bare_nul(values) for values in fields.values()):
        problem = "NUL inside a header"
    if problem is not None:
        raise SipParseError(problem)


def _has_bare_nul(values: list[str]) -> bool:
    return any(has_bare_nul(value) for value in values)


def _salvage_header_lines(text: str, fields: dict[str, list[str]]) -> None:
    """Read what can be read of a message that is refused anyway, so that the answer finds its Via."""
    fields.clear()
    try:
        _parse_header_lines(text, fields)
    except SipParseError:
        return


def _frame_body(message: Message, data: bytes, start: int) -> None:
    """Cut the body by Content-Length (§18.3); without one it goes to the end of the datagram."""
    values = message.headers.fields.get("Content-Length")
    if values is None:
        message.body = data[start:]
        return
    length = message.content_length or 0
    if length > len(data) - start:
        raise SipParseError("Content-Length is larger than the body")
    message.body = data[start : start + length] if length else b""


def _refused(error: SipParseError, message: Request | Response) -> SipParseError:
    """Say how a malformed message is answered: responses and ACK never are, nor is a request without a usable Via."""
    if isinstance(message, Response) or message.method == "ACK":
        return SipParseError(error.reason, None)
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        values = message.headers.fields.get(name)
        if values is not None:
            # A line that cannot be written back must not be copied into the answer.
            clean = [value for value in values if not any(char in value for char in "\r\n\0")]
            message.headers.fields[name] = clean
    if not message.headers.fields.get("Via"):
        return SipParseError(error.reason, None)
    return SipParseError(error.reason, error.status, message)


def response_for(request: Request, status: int, reason: str | None = None, *, to_tag: str | None = None) -> Response:
    """Build the response to ``request``: Via, From, To, Call-ID and CSeq are copied as they came (§8.2.6.2).

    ``to_tag`` is added when To has none; 100 Trying takes none but copies Timestamp (§8.2.6.1). Record-Route is copied
    into 101..299 of methods that make dialogs (§12.1.1). Works on the partial request of a SipParseError too.
    """
    response = Response(status, reason)
    source = request.headers.fields
    fields = response.headers.fields
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        values = source.get(name)
        if values:
            fields[name] = list(values)
    if to_tag is not None and "To" in fields and not _has_tag(request):
        fields["To"] = [f"{fields['To'][0]};tag={to_tag}", *fields["To"][1:]]
    if status == 100:
        if "Timestamp" in source:
            fields["Timestamp"] = list(source["Timestamp"])
    elif status < 300 and request.method in _DIALOG_METHODS and "Record-Route" in source:
        fields["Record-Route"] = list(source["Record-Route"])
    return response


def _has_tag(request: Request) -> bool:
    try:
        return request.to.tag is not None
    except SipParseError:
        return True  # An unreadable To goes back untouched.
