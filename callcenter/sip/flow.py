"""Where a message came from and where one goes: the core never touches a socket, it names a flow or a target."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.sip.uri import SipUri

RELIABLE_TRANSPORTS = frozenset({"tcp", "tls", "ws", "wss"})
"Transports that retransmit by themselves, so that timers A, E and G rest (RFC 3261 §17)."


@dataclass(frozen=True, slots=True)
class Flow:
    """One path to one peer: a connection, or a pair of UDP addresses."""

    transport: str
    "``udp``, ``tcp``, ``tls``, ``ws`` or ``wss``."
    local: tuple[str, int]
    "Our address: numeric host and port, never the wildcard."
    remote: tuple[str, int]
    "The peer's address as seen by us: numeric host and port."
    id: int = 0
    "Number of the connection; 0 for UDP."

    @property
    def reliable(self) -> bool:
        """Tell whether the transport retransmits by itself."""
        return self.transport != "udp"


@dataclass(frozen=True, slots=True)
class Target:
    """A next hop that still has to be resolved (RFC 3263) and perhaps connected to."""

    host: str
    "Host name or numeric address; IPv6 without brackets."
    port: int | None = None
    "None: by SRV or the transport's default."
    transport: str | None = None
    "None: by NAPTR, or the default for the scheme."
    secure: bool = False
    "The URI was ``sips:``: nothing but TLS will do."
    flow: Flow | None = None
    "A connection known to lead there; preferred while it is open."

    @classmethod
    def from_uri(cls, uri: SipUri) -> Target:
        """Return the next hop that ``uri`` names; ``maddr`` wins over the host (RFC 3263 §4)."""
        params = uri.params
        host = params.get("maddr") or uri.host
        transport = params.get("transport")
        secure = uri.scheme == "sips"
        if transport is not None:
            transport = transport.lower()
        return cls(host.strip("[]"), uri.port, transport, secure)


@dataclass(slots=True, eq=False)
class Outgoing:
    """One message to send. ``flow`` is set when the path is known, else ``target``."""

    data: bytes
    "The whole message."
    flow: Flow | None = None
    "Send here as is."
    target: Target | None = None
    "Resolve and connect first, then say so with ``Endpoint.flow_resolved``."
    transaction: object | None = None
    "Whose message this is; opaque to the driver, read by ``Endpoint.send_failed``."


@dataclass(frozen=True, slots=True)
class SentBy:
    """An address of ours that peers can reach: what stands in Via and Contact."""

    transport: str
    host: str
    "Numeric address or name; IPv6 without brackets."
    port: int

    @property
    def hostport(self) -> str:
        """Return ``host:port`` as it stands in a header."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
