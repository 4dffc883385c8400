"""What the SIP transports are told by configuration: where to listen, and every limit that keeps strangers bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from callcenter.base.errors import CallcenterError

SocketTransport = Literal["udp", "tcp", "tls"]

MAX_MESSAGE_BYTES = 65_535
"The largest SIP message taken from any transport."


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """One socket to listen on. A ``host`` of ``0.0.0.0`` or ``::`` means every address of that family."""

    transport: SocketTransport
    host: str
    port: int
    "0 lets the kernel choose; :attr:`SipDriver.listening` tells what it chose."
    advertised_host: str | None = None
    "What peers are told in Via instead of the local address, for a server behind a static NAT."
    advertised_port: int | None = None
    "Likewise for the port; none means the port listened on."


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificate of this server and how far peers are trusted (TLS 1.2 and newer only)."""

    certificate: Path
    "PEM chain. When neither file exists, a self-signed pair is made and kept here."
    private_key: Path
    ca_file: Path | None = None
    "More certificate authorities for outgoing connections, besides the system's."
    unverified_hosts: frozenset[str] = frozenset()
    "Lower-case host names or addresses whose certificate is not checked."
    self_signed_names: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    "Names and addresses a self-made certificate is valid for."


@dataclass(frozen=True, slots=True)
class UdpSettings:
    """Limits of the datagram transport."""

    receive_buffer_bytes: int = 4 * 1024 * 1024
    drain_per_wake: int = 64
    "Datagrams read before the loop gets its turn back."
    max_datagram_bytes: int = MAX_MESSAGE_BYTES
    send_queue_datagrams: int = 512
    "Datagrams kept per socket while the kernel's send buffer is full; later ones are dropped and retransmitted by SIP."
    stream_switch_bytes: int = 1300
    "Requests above this size prefer a stream transport (RFC 3261 §18.1.1)."
    stream_switch_timeout_s: float = 1.0
    "How long the stream may take to connect before the request goes over UDP after all."
    stream_switch_memory_s: float = 600.0
    "How long a peer that refused the stream is remembered."


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Limits of TCP and TLS connections."""

    max_connections: int = 4096
    max_connections_per_source: int = 64
    "Incoming connections from one address; trusted networks are exempt."
    connect_timeout_s: float = 4.0
    handshake_timeout_s: float = 5.0
    idle_timeout_s: float = 900.0
    "A connection with no traffic at all for this long is closed."
    first_message_timeout_s: float = 10.0
    "An incoming connection must complete one message (or keep-alive) within this time."
    message_timeout_s: float = 5.0
    "A message that has begun must be complete within this time."
    keep_alive_s: float | None = 30.0
    "Silence on an outgoing connection after which CRLFCRLF is sent (RFC 5626 §3.5.1); none turns it off."
    max_write_buffer_bytes: int = 1024 * 1024
    "A peer that reads so slowly that more than this waits is disconnected."
    backlog: int = 512
    max_pending_messages: int = 256
    "Messages waiting for one target's name look-up or connection."


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Everything :class:`~callcenter.transport.driver.SipDriver` may be configured with."""

    udp: UdpSettings = field(default_factory=UdpSettings)
    stream: StreamSettings = field(default_factory=StreamSettings)


class AddressInUse(CallcenterError):
    """A SIP address cannot be listened on because another program has it."""

    error_id = "address-in-use"


class ListenFailed(CallcenterError):
    """A SIP address cannot be listened on."""

    error_id = "listen-failed"
