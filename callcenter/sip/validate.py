"""The second layer after the grammar: is this message one we can act on, and if not, what is the answer? (RFC 3261
§8.2)

``parse_message`` has found lines; this module reads what the headers mean and names the status code. Whatever it reads
stays cached in the message, so nothing is parsed twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callcenter.sip.body import SDP, find_part
from callcenter.sip.grammar import MAX_CONTACTS, MAX_URI_CHARS, MAX_VIAS, SipParseError, unquote
from callcenter.sip.headers import MediaType
from callcenter.sip.message import REASON_PHRASES, SIP_VERSION, Request, Response


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not acted on."""

    status: int | None
    "The status to answer with; None means drop it silently (responses and ACK are never answered)."
    reason: str
    "The reason phrase; never contains text of the peer."
    headers: tuple[tuple[str, str], ...] = ()
    "Headers the answer must carry, for example Unsupported or Accept."


@dataclass(frozen=True, slots=True)
class ValidationRules:
    """What this user agent understands."""

    methods: tuple[str, ...] = (
        "INVITE",
        "ACK",
        "CANCEL",
        "BYE",
        "OPTIONS",
        "REGISTER",
        "PRACK",
        "UPDATE",
        "INFO",
        "REFER",
        "NOTIFY",
        "SUBSCRIBE",
        "MESSAGE",
        "PUBLISH",
    )
    "Methods known at all, in the order Allow lists them; any other one is 501."
    extensions: frozenset[str] = frozenset({"100rel", "timer", "replaces", "norefersub", "path"})
    "Option tags, lower case, that a Require may name."
    schemes: frozenset[str] = frozenset({"sip", "sips", "tel"})
    "Schemes a Request-URI may have."


DEFAULT_RULES = ValidationRules()
_DIALOG_METHODS = frozenset({"INVITE", "SUBSCRIBE", "REFER", "UPDATE", "NOTIFY"})
_SESSION_METHODS = frozenset({"INVITE", "UPDATE", "PRACK"})
"Methods whose body must be a session description."


class _Refused(Exception):
    def __init__(self, status: int, *headers: tuple[str, str], reason: str | None = None) -> None:
        super().__init__()
        self.refusal = Refusal(status, reason or REASON_PHRASES[status], headers)


def validate(message: Request | Response, rules: ValidationRules = DEFAULT_RULES) -> Refusal | None:
    """Return the refusal this message deserves, or None when it may be acted on.

    Requests: 505, 400, 414, 416, 501, 403 (too many Contacts of a REGISTER), 420, 415, 406, found in this order.
    Whether a known method is allowed here (405), Max-Forwards, authentication and dialogs are for the layers above.
    """
    if isinstance(message, Response):
        return _check_response(message)
    refusal = None
    try:
        _check_request(message, rules)
    except SipParseError as error:
        refusal = Refusal(error.status, error.reason)
    except _Refused as refused:
        refusal = refused.refusal
    if refusal is not None and message.method == "ACK":
        return Refusal(None, refusal.reason)
    return refusal


def _check_response(response: Response) -> Refusal | None:
    """Discard responses that cannot be ours: unreadable, or with more than our own Via (§8.1.3.3)."""
    try:
        vias = response.via
        _ = (response.from_, response.to, response.call_id, response.cseq)
    except SipParseError as error:
        return Refusal(None, error.reason)
    return None if len(vias) == 1 else Refusal(None, "Response is not for us")


def _check_request(request: Request, rules: ValidationRules) -> None:
    if request.version != SIP_VERSION:
        raise _Refused(505)
    vias = request.via
    if not vias:
        raise SipParseError("Missing Via")
    if len(vias) > MAX_VIAS:
        raise SipParseError("Too many Vias")
    _ = (request.from_, request.to, request.call_id)
    cseq = request.cseq
    _check_request_uri(request, rules)
    if request.method not in rules.methods:
        raise _Refused(501, ("Allow", ", ".join(rules.methods)))
    if cseq.method != request.method:  # After 501: a new method may define its own rules (RFC 4475 §3.1.2.18).
        raise SipParseError("CSeq method does not match")
    _ = request.max_forwards
    _check_addresses(request)
    if request.method not in ("ACK", "CANCEL"):  # Neither can be refused for an extension (§8.2.2.3).
        _check_require(request, rules)
    if request.method in _SESSION_METHODS:
        _check_body(request)
    if request.method == "INVITE" and "Accept" in request.headers.fields and not _accepts_sdp(request):
        raise _Refused(406)


def _check_request_uri(request: Request, rules: ValidationRules) -> None:
    """Tell a scheme that we do not speak (416) from an URI that nobody could (400)."""
    if len(request.uri) > MAX_URI_CHARS:
        raise _Refused(414)
    scheme, colon, _ = request.uri.partition(":")
    if colon and scheme not in rules.schemes and scheme.lower() not in rules.schemes:
        if scheme[:1].isalpha() and scheme.replace("+", "").replace("-", "").replace(".", "").isalnum():
            raise _Refused(416)
        raise SipParseError("Malformed Request-URI")
    if request.request_uri.headers:
        raise SipParseError("Request-URI has headers")


def _check_addresses(request: Request) -> None:
    """Read the addresses that routing and registration will need."""
    fields = request.headers.fields
    if "Route" in fields:
        _ = request.routes
    if "Record-Route" in fields:
        _ = request.record_routes
    if "Contact" in fields:
        contacts = request.contacts
        if len(contacts) > MAX_CONTACTS:
            if request.method == "REGISTER":
                raise _Refused(403, reason="Too Many Contacts")
            raise SipParseError("Too many Contacts")
        if request.method in _DIALOG_METHODS and not all(contact.uri.is_sip for contact in contacts):
            raise SipParseError("Contact must be a SIP URI")
    if request.method == "REGISTER" and not (request.to.uri.is_sip and request.from_.uri.is_sip):
        raise SipParseError("An address of record is a SIP URI")  # §10.3 step 3


def _check_require(request: Request, rules: ValidationRules) -> None:
    if "Require" in request.headers.fields:
        unknown = [tag for tag in request.tokens("Require") if tag.lower() not in rules.extensions]
        if unknown:
            raise _Refused(420, ("Unsupported", ", ".join(unknown)))


def _check_body(request: Request) -> None:
    """Refuse a body that would have to be understood and is not (§8.2.3)."""
    if not request.body or _is_optional(request):
        return
    encodings = request.tokens("Content-Encoding")
    if any(encoding.lower() != "identity" for encoding in encodings):
        raise _Refused(415, ("Accept-Encoding", "identity"))
    if request.content_type is None:
        raise SipParseError("Missing Content-Type")
    if find_part(request) is None:
        raise _Refused(415, ("Accept", SDP))


def _is_optional(request: Request) -> bool:
    disposition = request.headers.get("Content-Disposition")
    return disposition is not None and "handling=optional" in disposition.lower().replace(" ", "")


def _accepts_sdp(request: Request) -> bool:
    """Tell whether an answer may be SDP: an INVITE that excludes it cannot be accepted (RFC 4475 §3.3.15)."""
    return any(name in (SDP, "application/*", "*/*") for name in _accepted(request))


def _accepted(request: Request) -> Iterator[str]:
    for media_range in request.many("Accept", MediaType.parse):
        quality = unquote(media_range.params.get("q") or "1")
        if quality.strip("0.") or not quality:
            yield media_range.name
