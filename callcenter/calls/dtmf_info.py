"""Keys sent as SIP INFO, in the two body types that phones use."""

from __future__ import annotations

DTMF_KEYS = frozenset("0123456789*#ABCD")
_EVENT_KEYS = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
"Some phones send the RFC 4733 event number instead of the key."


def digits_of_info(content_type: str | None, body: bytes) -> str:
    """Return the key that an INFO carries, empty when it carries none.

    Understands ``application/dtmf-relay`` (``Signal=5``) and ``application/dtmf`` (the bare key).
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    text = body.decode("ascii", "replace")
    if kind == "application/dtmf-relay":
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.strip().lower() == "signal":
                return _key(value)
        return ""
    return _key(text) if kind == "application/dtmf" else ""


def _key(text: str) -> str:
    value = text.strip().upper()
    value = _EVENT_KEYS.get(value, value)
    return value if value in DTMF_KEYS else ""
