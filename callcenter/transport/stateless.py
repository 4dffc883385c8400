"""Reading and answering a message by its raw lines, for the moments when parsing it would already be too much.

Everything works on bytes as received and keeps nothing: has it a To tag, which branch is it, what would a response to
it look like (RFC 3261 §8.2.6 and §8.2.7), and where does the answer go when its connection is gone (§18.2.2).
"""

from __future__ import annotations

import re
from hashlib import blake2b

from callcenter.sip.message import REASON_PHRASES

_FOLD = re.compile(rb"\r\n[ \t]+")
_TO_NAME = re.compile(rb"\n(?:to|t)[ \t]*:", re.IGNORECASE)
_VIA_NAME = re.compile(rb"\n(?:via|v)[ \t]*:", re.IGNORECASE)
_BRANCH = re.compile(rb";[ \t]*branch[ \t]*=[ \t]*([^;,\s]+)", re.IGNORECASE)
_TAG = re.compile(rb";[ \t]*tag[ \t]*=", re.IGNORECASE)
_UNSAFE = re.compile(rb"[\x00\r\n]")
_LONG_NAMES = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
_COPIED = {b"from": b"From", b"call-id": b"Call-ID", b"cseq": b"CSeq"}
MAX_VIAS = 70
MAX_PORT = 65_535


def head_of(data: bytes) -> bytes:
    """Return start line and header lines of ``data``, without the empty line and the body."""
    return data[: _head_end(data)]


def has_to_tag(data: bytes) -> bool:
    """Tell whether the raw message belongs to a dialog: its To header carries a tag."""
    start = data.find(b"\r\nTo:", 0, _head_end(data))
    if start >= 0:
        start += 5
    else:
        match = _TO_NAME.search(head_of(data))
        if match is None:
            return False
        start = match.end()
    value = _line_from(data, start)
    return _TAG.search(value, value.rfind(b">") + 1) is not None


def top_branch(data: bytes) -> bytes | None:
    """Return the branch parameter of the topmost Via, or None."""
    start = data.find(b"\r\nVia:", 0, _head_end(data))
    if start >= 0:
        start += 6
    else:
        match = _VIA_NAME.search(head_of(data))
        if match is None:
            return None
        start = match.end()
    match = _BRANCH.search(_line_from(data, start).partition(b",")[0])
    return None if match is None else match.group(1)


def call_id(data: bytes) -> str:
    """Return the Call-ID for a log line; empty when there is none."""
    for line in head_of(data).split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"call-id", b"i"):
            return value.strip().decode("utf-8", "replace")[:128]
    return ""


def response(
    data: bytes,
    status: int,
    source: tuple[str, int],
    *,
    reason: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes | None:
    """Build a response to the raw request ``data`` from ``source``, or None when it must be left unanswered.

    Unanswered are responses, ACKs and whatever lacks one of Via, From, To, Call-ID and CSeq or hides control
    characters in them. The To tag is a hash of the Call-ID, so a retransmitted request gets the same one (RFC 3261
    §8.2.7).
    """
    lines = _FOLD.sub(b" ", head_of(data.lstrip(b"\r\n"))).split(b"\r\n")
    start_line = lines[0]
    if start_line.startswith((b"SIP/", b"ACK ")) or not start_line.strip():
        return None
    copied: dict[bytes, bytes] = {}
    vias: list[bytes] = []
    to = b""
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        name = _LONG_NAMES.get(name, name)
        if name == b"via":
            vias.append(value.strip(b" \t"))
        elif name == b"to":
            to = to or value.strip(b" \t")
        elif name in _COPIED:
            copied.setdefault(name, value.strip(b" \t"))
    if not _answerable(vias, to, copied):
        return None
    vias[0] = stamp_via(vias[0].decode("latin-1"), *source).encode("latin-1")
    if _TAG.search(to, to.rfind(b">") + 1) is None:
        to += b";tag=" + blake2b(copied[b"call-id"], digest_size=8).hexdigest().encode()
    phrase = reason or REASON_PHRASES.get(status, "Rejected")
    out = [f"SIP/2.0 {status} {phrase}".encode()]
    out += [b"Via: " + via for via in vias]
    out.append(b"To: " + to)
    out += [label + b": " + copied[name] for name, label in _COPIED.items()]
    out += [f"{name}: {value}".encode() for name, value in headers]
    out.append(b"Content-Length: 0\r\n\r\n")
    return b"\r\n".join(out)


def stamp_via(value: str, host: str, port: int) -> str:
    """Return the Via header ``value`` with where it really came from written into its first element.

    ``received`` is set when the sent-by host is another (RFC 3261 §18.2.1) and always together with a requested
    ``rport`` (RFC 3581 §4). Either parameter, when the peer filled it in itself, is overwritten.
    """
    first, rest = _split_first(value)
    if ";" not in first:
        return value if _sent_by_host(first) == host else f"{first};received={host}{rest}"
    sent, *params = first.split(";")
    kept = [sent]
    symmetric = False
    for param in params:
        name = param.partition("=")[0].strip().lower()
        if name == "rport":
            symmetric = True
            kept.append(f"rport={port}")
        elif name != "received":
            kept.append(param)
    if symmetric or _sent_by_host(sent) != host:
        kept.append(f"received={host}")
    return ";".join(kept) + rest


def reply_address(data: bytes) -> tuple[str, int | None] | None:
    """Return host and port (None: the default) to which the response ``data`` goes when its connection is gone.

    The host is the ``received`` parameter, else the sent-by host; the port is the sent-by port (RFC 3261 §18.2.2).
    """
    match = _VIA_NAME.search(head_of(data))
    if match is None:
        return None
    first, _ = _split_first(_line_from(data, match.end()).decode("latin-1").strip())
    sent, *params = first.split(";")
    host = _sent_by_host(sent)
    hostport = sent.rpartition(" ")[2]
    _, _, port = hostport.rpartition("]")[2].partition(":")
    for param in params:
        name, _, text = param.partition("=")
        if name.strip().lower() == "received":
            host = text.strip().strip("[]")
    if not host:
        return None
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= MAX_PORT):
        return host, None
    return host, int(port)


def top_sent_by(data: bytes) -> bytes:
    """Return ``host:port`` of the topmost Via of a request of ours; empty when there is none."""
    start = data.find(b"\r\nVia: ")
    return b"" if start < 0 else _line_from(data, start + 7).partition(b";")[0].rpartition(b" ")[2]


def with_contact_moved(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return the request ``data`` with the address ``old`` in its Contact replaced by ``new`` (both ``host:port``).

    A request to a name is written before anybody knows which of our addresses leads there; once its Via is right, a
    Contact that named the same address must follow.
    """
    start = data.find(b"\r\nContact: ", 0, _head_end(data))
    if start < 0 or old == new or not old or not new:
        return data
    end = len(data) if (end := data.find(b"\r\n", start + 2)) < 0 else end
    value = data[start:end].replace(b"@" + old, b"@" + new).replace(b":" + old, b":" + new)
    return data[:start] + value + data[end:]


def _head_end(data: bytes) -> int:
    end = data.find(b"\r\n\r\n")
    return len(data) if end < 0 else end


def _answerable(vias: list[bytes], to: bytes, copied: dict[bytes, bytes]) -> bool:
    if not vias or not to or len(copied) != len(_COPIED) or len(vias) > MAX_VIAS:
        return False
    if not vias[0].replace(b" ", b"").upper().startswith(b"SIP/2.0/"):
        return False
    return not any(_UNSAFE.search(value) for value in (*vias, to, *copied.values()))


def _line_from(data: bytes, start: int) -> bytes:
    """Return the header value that begins at ``start``, unfolded."""
    end = data.find(b"\r\n", start)
    while end >= 0 and data[end + 2 : end + 3] in (b" ", b"\t"):
        end = data.find(b"\r\n", end + 2)
    return data[start:] if end < 0 else data[start:end]


def _split_first(value: str) -> tuple[str, str]:
    """Split a Via header value after its first element; the comma stays with the rest."""
    if "," not in value:
        return value, ""
    quoted = False
    for index, char in enumerate(value):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            return value[:index].rstrip(), value[index:]
    return value, ""


def _sent_by_host(sent: str) -> str:
    """Return the host of ``SIP/2.0/UDP host:port``, lower-case, without brackets; white space may be anywhere."""
    parts = sent.split("/", 2)[-1].split(None, 1)
    if len(parts) < 2:
        return ""
    hostport = parts[1].strip()
    if hostport.startswith("["):
        return hostport[1:].partition("]")[0].lower()
    return hostport.partition(":")[0].strip().lower()
