"""The messages of RFC 4475 and RFC 5118 as they go over the wire, and what this server makes of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from callcenter.sip.grammar import SipParseError
from callcenter.sip.message import Request, Response, parse_message, response_for
from callcenter.sip.validate import validate

MESSAGES = Path(__file__).parent / "messages"

ACCEPTED = 200
SILENCE = None


@dataclass(frozen=True)
class Outcome:
    """What both layers say about one datagram."""

    status: int | None
    "200 when the message may be acted on, a refusal's status, or None for silence."
    message: Request | Response | None
    headers: dict[str, str]


def load(name: str) -> bytes:
    """Return the octets of one message."""
    return (MESSAGES / f"{name}.dat").read_bytes()


def outcome(data: bytes) -> Outcome:
    """Run parser and validation; a refusal must be answerable: the answer can be written and read back."""
    try:
        message = parse_message(data)
    except SipParseError as error:
        if error.status is not None:
            assert error.partial is not None
            check_answer(error.partial, error.status, error.reason)
        return Outcome(error.status, error.partial, {})
    refusal = validate(message)
    if refusal is None:
        return Outcome(ACCEPTED, message, {})
    if refusal.status is not None:
        assert isinstance(message, Request)
        check_answer(message, refusal.status, refusal.reason)
    return Outcome(refusal.status, message, dict(refusal.headers))


def check_answer(request: Request, status: int, reason: str) -> None:
    """Build the answer to a refused request; it must carry the request's Via and survive its own parser."""
    answer = parse_message(response_for(request, status, reason, to_tag="local").encode())
    assert isinstance(answer, Response)
    assert answer.status == status
    assert answer.headers.fields["Via"] == request.headers.fields["Via"]


def accepted_request(name: str) -> Request:
    """Return a message that must be accepted, and whose encoded form means the same."""
    found = outcome(load(name))
    assert found.status == ACCEPTED
    assert isinstance(found.message, Request)
    return found.message


def accepted_response(name: str) -> Response:
    """Return a response that must be read; a core without its transaction drops it."""
    found = outcome(load(name))
    assert found.status == ACCEPTED
    assert isinstance(found.message, Response)
    return found.message
