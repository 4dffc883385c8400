"""The SIP text that pyVoIP 1.6.8 reads wrongly or writes wrongly, put right on its way in and out.

Its parser (``SIPMessage``) stays in use; it gets a message it can read. Each rule says which limit it serves.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

_FULL_NAMES = {
    name.lower(): name
    for name in (
        *("Via", "From", "To", "CSeq", "Call-ID", "Contact", "Record-Route", "Allow", "Supported", "Reason", "Expires"),
        *("Content-Type", "Content-Length", "WWW-Authenticate", "Proxy-Authenticate"),
    )
}
_COMPACT = {
    "v": "Via",
    "f": "From",
    "t": "To",
    "i": "Call-ID",
    "m": "Contact",
    "c": "Content-Type",
    "l": "Content-Length",
    "k": "Supported",
}
_KNOWN_BY_CLASS = {1: 180, 2: 200, 3: 302, 4: 400, 5: 500, 6: 603}


@dataclass(frozen=True)
class WireMessage:
    """A SIP message split into what the phone's own rules need."""

    start: str
    "The request or status line."
    headers: list[tuple[str, str]]
    "Unfolded headers with full names, in order."
    body: bytes
    "The body, cut at Content-Length."

    @classmethod
    def parse(cls, raw: bytes) -> WireMessage | None:
        """Return the message in ``raw``, or ``None`` for keep-alives and what is no SIP message."""
        head, _, body = raw.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace").replace("\r\n ", " ").replace("\r\n\t", " ")
        start, *lines = text.split("\r\n")
        if " " not in start:
            return None
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            name = name.strip().lower()
            if colon:
                headers.append((_COMPACT.get(name) or _FULL_NAMES.get(name) or name.title(), value.strip()))
        message = cls(start, headers, body)
        length = message.get("Content-Length")
        return cls(start, headers, body[: int(length)]) if length.isdigit() else message

    def get(self, name: str) -> str:
        """Return the first value of ``name``, or the empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def get_all(self, name: str) -> list[str]:
        """Return every value of ``name``."""
        return [value for key, value in self.headers if key == name]

    @property
    def is_response(self) -> bool:
        """Tell whether this is a response."""
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        """Return the status code of a response, 0 for a request."""
        code = self.start.split(" ")[1]
        return int(code) if self.is_response and code.isdigit() else 0

    @property
    def method(self) -> str:
        """Return the method of the request or of the request answered."""
        return self.get("CSeq").split(" ")[-1] if self.is_response else self.start.split(" ")[0]

    @property
    def cseq(self) -> int:
        """Return the sequence number, 0 when unreadable."""
        number = self.get("CSeq").split(" ")[0]
        return int(number) if number.isdigit() else 0

    @property
    def to_tag(self) -> str:
        """Return the tag of To, or the empty string."""
        return tag_of(self.get("To"))

    def for_pyvoip(self) -> bytes:
        """Return this message as pyVoIP's parser can read it.

        It splits lines at ``": "``, so every header gets exactly one; it takes all after ``;tag=`` as the tag; it
        refuses a status it has no name for (RFC 3261 §8.1.3.2 asks for x00 instead); it dies of body lines without
        ``=``, of a second ``c=`` line (one RTP client per line, on one port), of media other than audio over RTP/AVP
        and of codecs it has no name for (it then resets Python's warning filters).
        """
        start = self.start
        if self.is_response and self.status not in (100, 180, 183, 200):
            start = f"SIP/2.0 {_KNOWN_BY_CLASS.get(self.status // 100, 400)} Response"
        lines = [start]
        is_sdp = self.get("Content-Type").lower().startswith("application/sdp")
        for name, value in self.headers:
            if name in ("Content-Type", "Content-Length", "Www-Authenticate", "WWW-Authenticate"):
                continue
            if name in ("From", "To") and (tag := tag_of(value)):
                value = f"{value.split(';tag=')[0]};tag={tag}"
            lines.append(f"{name}: {value.replace(': ', ':')}")
        body = _first_audio(self.body) if is_sdp else ""
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def tag_of(value: str) -> str:
    """Return the tag parameter of a From or To value."""
    match = re.search(r";\s*tag=([^;>\s]+)", value.rpartition(">")[2] or value)
    return match.group(1) if match else ""


def uri_in(value: str) -> str:
    """Return the URI of a Contact, From or To value, without display name and header parameters."""
    match = re.search(r"<([^>]+)>", value)
    return match.group(1) if match else value.split(";")[0].strip()


def new_branch() -> str:
    """Return a fresh RFC 3261 branch."""
    return "z9hG4bK" + secrets.token_hex(10)


@dataclass
class Dialog:
    """What in-dialog requests of the phone are made of (RFC 3261 §12)."""

    call_id: str
    "Call-ID."
    local: str
    "Our From value, with tag."
    remote: str
    "Their To value, with tag once known."
    target: str
    "Where requests go: the other side's Contact URI."
    route: list[str] = field(default_factory=list)
    "Route values, nearest first."
    cseq: int = 1
    "The last sequence number we used."

    def request(self, method: str, via: str, *, cseq: int | None = None) -> bytes:
        """Return an in-dialog request without a body; ``via`` is the Via value."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: {via}",
            "Max-Forwards: 70",
            *(f"Route: {hop}" for hop in self.route),
            f"From: {self.local}",
            f"To: {self.remote}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def response_to(request: WireMessage, status: str, *, tag: str = "", extra: tuple[str, ...] = ()) -> bytes:
    """Return a response without a body; To gets ``tag`` unless it has one."""
    to = request.get("To")
    if tag and not tag_of(to):
        to = f"{to};tag={tag}"
    lines = [
        f"SIP/2.0 {status}",
        *(f"Via: {via}" for via in request.get_all("Via")),
        f"From: {request.get('From')}",
        f"To: {to}",
        f"Call-ID: {request.get('Call-ID')}",
        f"CSeq: {request.get('CSeq')}",
        *extra,
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def authorize(challenges: list[str], method: str, uri: str, username: str, password: str) -> str | None:
    """Return digest credentials for the best of ``challenges`` (RFC 7616: SHA-256 before MD5), or ``None``.

    pyVoIP computes MD5 without qop over a URI it did not send, and sees only the first challenge.
    """
    parsed = [dict(re.findall(r'(\w+)="?([^",]*)"?', challenge)) for challenge in challenges]
    usable = [item for item in parsed if item.get("algorithm", "MD5").upper() in ("MD5", "SHA-256")]
    if not usable:
        return None
    best = max(usable, key=lambda item: item.get("algorithm", "MD5").upper() == "SHA-256")
    algorithm = best.get("algorithm", "MD5").upper()

    def digest(text: str) -> str:
        return (hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5)(text.encode()).hexdigest()

    realm, nonce = best.get("realm", ""), best.get("nonce", "")
    first, second = digest(f"{username}:{realm}:{password}"), digest(f"{method}:{uri}")
    values = {"username": username, "realm": realm, "nonce": nonce, "uri": uri}
    text = "Digest " + ", ".join(f'{key}="{value}"' for key, value in values.items()) + f", algorithm={algorithm}"
    if opaque := best.get("opaque"):
        text += f', opaque="{opaque}"'
    if "auth" in [part.strip() for part in best.get("qop", "").split(",")]:
        cnonce = secrets.token_hex(8)
        return (
            f'{text}, qop=auth, nc=00000001, cnonce="{cnonce}", '
            f'response="{digest(f"{first}:{nonce}:00000001:{cnonce}:auth:{second}")}"'
        )
    return f'{text}, response="{digest(f"{first}:{nonce}:{second}")}"'


def _first_audio(body: bytes) -> str:
    lines = [line for line in body.decode("utf-8", "replace").splitlines() if re.match(r"[a-z]=.", line)]
    sections: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    audio = next((section for section in sections[1:] if re.match(r"m=audio \d+ RTP/AVP ", section[0])), None)
    if audio is None:
        return ""
    _, port, _, *formats = audio[0][2:].split(" ")
    events = {match.group(1) for line in audio if (match := re.match(r"a=rtpmap:(\d+) telephone-event/8000$", line))}
    kept = [number for number in formats if number in {"0", "8"} | events]
    media = [f"m=audio {port} RTP/AVP {' '.join(kept)}".rstrip()]
    session = [line for line in sections[0] if line[:2] != "c=" or not any(one.startswith("c=") for one in audio)]
    for line in audio[1:]:
        described = re.match(r"a=(?:rtpmap|fmtp):(\S+)", line)
        if described is None or described.group(1) in kept:
            media.append(line)
    return "\r\n".join([*session, *media]) + "\r\n"
