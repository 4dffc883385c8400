"""Binding sockets, saying in one line why one cannot be bound, and asking the kernel which way packets leave."""

from __future__ import annotations

import errno
import socket

from callcenter.transport.settings import AddressInUse, ListenAddress, ListenFailed


def family_of(host: str) -> socket.AddressFamily:
    """Return the family of a numeric address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_numeric(host: str) -> bool:
    """Tell whether ``host`` is an IPv4 or IPv6 address (the latter with or without a zone)."""
    try:
        socket.inet_pton(family_of(host), host.partition("%")[0])
    except (OSError, ValueError):
        return False
    return True


def bind_socket(address: ListenAddress, kind: socket.SocketKind) -> tuple[socket.socket, str, int]:
    """Return a non-blocking bound socket with the host and port it got.

    :raises AddressInUse: another program has the address.
    :raises ListenFailed: it cannot be bound for another reason.
    """
    host = address.host.strip("[]")
    if not is_numeric(host):
        raise ListenFailed(f"SIP {address.transport.upper()}: {address.host} is not a numeric address")
    bound = socket.socket(family_of(host), kind)
    try:
        bound.setblocking(False)
        if bound.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, address.port))
    except OSError as error:
        bound.close()
        where = f"SIP {address.transport.upper()} port {address.port} on {address.host}"
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(f"{where} is in use") from error
        raise ListenFailed(f"{where} cannot be opened: {error.strerror}") from error
    name = bound.getsockname()
    return bound, name[0], name[1]


def source_host(remote_host: str) -> str | None:
    """Return the local address from which packets to ``remote_host`` would leave, or None when there is no route.

    Connecting a datagram socket sends nothing.
    """
    try:
        with socket.socket(family_of(remote_host), socket.SOCK_DGRAM) as probe:
            probe.connect((remote_host, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None
