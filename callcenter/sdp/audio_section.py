"""Read the attributes of one audio media section in a single pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callcenter.sdp.audio import Direction
from callcenter.sdp.description import Connection, MediaDescription, SdpError, SessionDescription, is_number

STATIC_PAYLOAD_TYPES: Mapping[str, int] = {"PCMU": 0, "PCMA": 8}
"RFC 3551 §6, the codecs that we have."
DYNAMIC_TELEPHONE_EVENT = 101
"The number that we offer for telephone-event: the one every device knows."

_STATIC_CODECS = {0: "PCMU", 3: "GSM", 4: "G723", 8: "PCMA", 9: "G722", 13: "CN", 15: "G728", 18: "G729"}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_SECURITY = frozenset({"crypto", "fingerprint", "setup", "ice-ufrag", "ice-pwd", "candidate", "ice-lite", "tls-id"})
_EVENT_LIST = frozenset("0123456789-,")


class AudioSection:
    """An audio section with the session-level values that it inherits (RFC 8866 §5.7, §6.7)."""

    __slots__ = (
        "_events",
        "_maps",
        "connection",
        "direction",
        "maxptime",
        "media",
        "mid",
        "ptime",
        "rtcp",
        "rtcp_mux",
        "security",
    )

    def __init__(self, session: SessionDescription, media: MediaDescription) -> None:
        """Raise :class:`SdpError` when an attribute that matters is malformed."""
        connection = media.connection or session.connection
        if connection is None:
            raise SdpError("An active media line has no c= line")
        self.media = media
        self.connection: Connection = connection
        self.direction = Direction.SENDRECV
        self.ptime: int | None = None
        self.maxptime: int | None = None
        self.rtcp: tuple[int, Connection | None] | None = None
        "Port and address of a=rtcp (RFC 3605)."
        self.rtcp_mux = False
        self.mid: str | None = None
        self.security: tuple[str, ...] = ()
        self._maps: dict[int, tuple[str, str, str]] = {}
        self._events: set[int] = set()
        "Numbers whose fmtp looks like a list of events."
        for attribute in session.attributes:
            if attribute in _DIRECTIONS:
                self.direction = _DIRECTIONS[attribute]
            elif attribute.partition(":")[0] in _SECURITY:
                self.security += (attribute,)
        for attribute in media.attributes:
            self._read(attribute)

    def codecs(self, default: Mapping[int, str] | None = None) -> Iterator[tuple[int, str]]:
        """Yield payload type and codec of the 8000 Hz mono formats, in order of preference, without telephone-event.

        A number without rtpmap means what RFC 3551 says or, above the static range, what ``default`` says.
        """
        seen = set()
        for text in self.media.formats:
            number = int(text)
            if number in seen:
                continue
            seen.add(number)
            if (mapped := self._maps.get(number)) is not None:
                name, clock, channels = mapped
                if clock == "8000" and channels in ("", "1") and name != "TELEPHONE-EVENT":
                    yield number, name
            elif (codec := (default or {}).get(number) or _STATIC_CODECS.get(number)) is not None:
                yield number, codec

    def telephone_event(self, default: int | None = None) -> int | None:
        """Return the number of telephone-event/8000 (RFC 4733 §2.4), whatever the peer chose, or None.

        Other clock rates belong to wide-band codecs that we do not have. ``default`` is the number that means
        telephone-event without a mapping; 101 with a list of events means it too: some gateways leave the rtpmap out.
        """
        for text in self.media.formats:
            number = int(text)
            mapped = self._maps.get(number)
            if mapped is None:
                if number == default or (number == DYNAMIC_TELEPHONE_EVENT and number in self._events):
                    return number
            elif mapped[0] == "TELEPHONE-EVENT" and mapped[1] == "8000":
                return number
        return None

    def send_ptime(self, default: int) -> int:
        """Return milliseconds per packet that the peer wants, from 10 to 60 in steps of 10."""
        wanted = self.ptime if self.ptime is not None and 10 <= self.ptime <= 60 else default
        if self.maxptime is not None and self.maxptime < wanted:
            wanted = max(self.maxptime, 10)
        return wanted // 10 * 10

    def _read(self, attribute: str) -> None:
        name, _, value = attribute.partition(":")
        if name == "rtpmap":
            self._read_rtpmap(value)
        elif name in _DIRECTIONS:
            self.direction = _DIRECTIONS[name]
        elif name == "fmtp":
            number, _, events = value.partition(" ")
            if is_number(number, 3) and events and _EVENT_LIST.issuperset(events.strip()):
                self._events.add(int(number))
        elif name == "ptime":
            self.ptime = _milliseconds(value)
        elif name == "maxptime":
            self.maxptime = _milliseconds(value)
        elif name == "rtcp":
            self.rtcp = _rtcp(value)
        elif name == "rtcp-mux":
            self.rtcp_mux = True
        elif name == "mid" and (text := value.strip()) and " " not in text:
            self.mid = text
        elif name in _SECURITY:
            self.security += (attribute,)

    def _read_rtpmap(self, value: str) -> None:
        number, _, encoding = value.strip().partition(" ")
        name, slash, clock = encoding.strip().partition("/")
        clock, _, channels = clock.partition("/")
        if not is_number(number, 3) or int(number) > 127 or not name or not slash or not is_number(clock, 9):
            raise SdpError("An rtpmap attribute is malformed")
        self._maps.setdefault(int(number), (name.upper(), clock, channels.strip()))


def _milliseconds(value: str) -> int | None:
    """Read a ptime; a broken one is as good as none, since the default always works."""
    whole = value.strip().partition(".")[0]
    return int(whole) if is_number(whole, 5) else None


def _rtcp(value: str) -> tuple[int, Connection | None]:
    fields = value.split()
    if len(fields) not in (1, 4) or not is_number(fields[0], 5) or not 0 < int(fields[0]) <= 65_535:
        raise SdpError("The rtcp attribute is malformed")
    return int(fields[0]), Connection(*fields[1:]) if len(fields) == 4 else None
