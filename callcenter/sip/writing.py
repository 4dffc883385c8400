"""Write our own messages straight to bytes.

Messages we make are never read back by us, so they skip the lazy message objects: a response copies the lines of its
request once (RFC 3261 §8.2.6), a request is one join. Every value from outside is checked for line breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from callcenter.base.errors import LocalError
from callcenter.sip.flow import Flow
from callcenter.sip.headers import NameAddr
from callcenter.sip.message import REASON_PHRASES, Request

HeaderList = Iterable[tuple[str, str]]


class UnsafeHeader(LocalError):
    """A header value or start line would break out of its line."""

    error_id = "unsafe-header"


def _safe(text: str) -> str:
    if "\r" in text or "\n" in text or "\0" in text:
        raise UnsafeHeader(f"A line break or NUL stands in {text[:40]!r}")
    return text


def reason_phrase(status: int) -> str:
    """Return the usual phrase of a status code."""
    return REASON_PHRASES.get(status) or REASON_PHRASES.get(status // 100 * 100, "Unknown")


def writable_address(value: str) -> str:
    """Return a From or To value of the peer as our own requests may carry it.

    A quoted name may hide a NUL (RFC 4475 §3.1.1.5). Our responses copy it, our requests do without the name, which
    takes no part in telling dialogs apart (RFC 3261 §12).
    """
    return value if "\0" not in value else str(replace(NameAddr.parse(value), display_name=""))


def copied_lines(request: Request, to_tag: str | None) -> str:
    """Return what each response to ``request`` starts with: Via, From, tagged To, Call-ID, CSeq (RFC 3261 §8.2.6.2)."""
    fields = request.headers.fields
    to = fields["To"][0] if to_tag is None else f"{fields['To'][0]};tag={to_tag}"
    via = "\r\nVia: ".join(fields["Via"])
    return (
        f"Via: {via}\r\nFrom: {fields['From'][0]}\r\nTo: {to}\r\n"
        f"Call-ID: {fields['Call-ID'][0]}\r\nCSeq: {fields['CSeq'][0]}\r\n"
    )


def write_response(
    status: int, reason: str, copied: str, headers: HeaderList = (), body: bytes = b"", content_type: str | None = None
) -> bytes:
    """Return a whole response; ``copied`` comes from :func:`copied_lines`."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    extra = "".join(lines)
    if extra:
        _check_lines(extra, len(lines))
    return _finish(f"SIP/2.0 {status} {_safe(reason)}\r\n{copied}{extra}", body, content_type)


def _check_lines(text: str, expected: int) -> None:
    """Refuse text with other line breaks than the expected CRLFs."""
    if text.count("\r\n") != expected or text.count("\n") != expected or text.count("\r") != expected or "\0" in text:
        raise UnsafeHeader("A line break or NUL stands in a header value")


def _finish(head: str, body: bytes, content_type: str | None) -> bytes:
    if body:
        type_line = f"Content-Type: {_safe(content_type)}\r\n" if content_type else ""
        text = f"{head}{type_line}Content-Length: {len(body)}\r\n\r\n"
        return text.encode("utf-8", "surrogateescape") + body
    return f"{head}Content-Length: 0\r\n\r\n".encode("utf-8", "surrogateescape")


class RequestDraft:
    """A request of ours before it has a Via: its transaction adds one, and makes ACK and CANCEL of the same parts."""

    __slots__ = (
        "body",
        "call_id",
        "content_type",
        "cseq",
        "follow",
        "from_",
        "headers",
        "method",
        "routes",
        "to",
        "uri",
    )

    def __init__(  # noqa: PLR0913 - these are the parts of a request
        self,
        method: str,
        uri: str,
        *,
        from_: str,
        to: str,
        call_id: str,
        cseq: int,
        routes: list[str],
        headers: list[tuple[str, str]],
        body: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        self.method = method
        self.uri = uri
        self.from_ = from_
        "Whole From value with our tag."
        self.to = to
        "Whole To value, tagged inside dialogs."
        self.call_id = call_id
        self.cseq = cseq
        self.routes = routes
        self.headers = headers
        self.body = body
        self.content_type = content_type
        self.follow: Callable[[Flow], bool] | None = None
        "Puts the Contact right for a flow and tells whether that changed it; None when it was right from the start."

    def encode(self, via: str) -> bytes:
        """Return the whole message with ``via`` as its only Via."""
        fixed = (
            f"{self.method} {self.uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {self.from_}\r\n"
            f"To: {self.to}\r\nCall-ID: {self.call_id}\r\nCSeq: {self.cseq} {self.method}\r\n"
        )
        lines = [f"Route: {route}\r\n" for route in self.routes]
        lines += [f"{name}: {value}\r\n" for name, value in self.headers]
        head = fixed + "".join(lines)
        _check_lines(head, len(lines) + 7)
        return _finish(head, self.body, self.content_type)

    def derive(self, method: str, *, to: str | None = None) -> RequestDraft:
        """Return the ACK (RFC 3261 §17.1.1.3) or CANCEL (§9.1) that belongs to this request."""
        return RequestDraft(
            method,
            self.uri,
            from_=self.from_,
            to=self.to if to is None else to,
            call_id=self.call_id,
            cseq=self.cseq,
            routes=self.routes,
            headers=[],
        )
