"""What bodies say in calls: session descriptions, alone or inside a multipart, and the sipfrags of transfers."""

from __future__ import annotations

from callcenter.sip.body import SDP, find_part
from callcenter.sip.grammar import SipParseError
from callcenter.sip.message import Message

SIPFRAG = "message/sipfrag;version=2.0"

__all__ = ["SDP", "SIPFRAG", "sdp_of", "status_of_sipfrag"]


def sdp_of(message: Message) -> str | None:
    """Return the session description of a message, None when it has none that can be read.

    Requests with a body that has to be understood and is not are refused before, by ``validate``.
    """
    if not message.body:
        return None
    kinds = message.headers.fields.get("Content-Type")
    if kinds is not None and kinds[0] == SDP:
        return message.body.decode("utf-8", "surrogateescape")
    try:
        part = find_part(message)
    except SipParseError:
        return None
    return None if part is None else part.decode("utf-8", "surrogateescape")


def status_of_sipfrag(body: bytes) -> tuple[int, str] | None:
    """Return status and phrase of the status line a NOTIFY of a transfer carries (RFC 3515 §2.4.5)."""
    line = body.partition(b"\n")[0].strip().decode("utf-8", "replace")
    version, _, rest = line.partition(" ")
    code, _, reason = rest.partition(" ")
    if version.upper() != "SIP/2.0" or len(code) != 3 or not (code.isascii() and code.isdigit()):
        return None
    status = int(code)
    return (status, reason) if 100 <= status <= 699 else None
