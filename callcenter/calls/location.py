"""The location service (RFC 3261 §10): which devices an address of record is reachable at, right now.

Kept in memory by the clock that never jumps; a :class:`BindingStore` lets registrations survive a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from callcenter.sip.flow import Flow, Target
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr
from callcenter.sip.uri import SipUri


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One registered device of an address of record (RFC 3261 §10.3)."""

    aor: str
    "The extension number."
    contact: str
    "The Contact URI as registered."
    call_id: str
    cseq: int
    expires_at: datetime
    "UTC."
    transport: str
    "``udp``, ``tcp``, ``tls``, ``ws`` or ``wss``."
    remote_host: str
    "Where the REGISTER came from: responses and calls to a phone behind NAT go there."
    remote_port: int
    local_host: str = ""
    local_port: int = 0
    user_agent: str = ""
    instance_id: str | None = None
    "``+sip.instance`` (RFC 5626 §4.1)."
    reg_id: int | None = None
    q: float = 1.0
    path: tuple[str, ...] = ()
    "Path header values (RFC 3327)."


class BindingStore(Protocol):
    """Where registrations survive a restart. Neither method blocks."""

    def save(self, binding: Binding) -> None:
        """Insert or refresh one."""
        ...

    def remove(self, aor: str, contact: str) -> None:
        """Forget one."""
        ...


@dataclass(slots=True)
class _Entry:
    binding: Binding
    uri: SipUri
    flow: Flow | None
    expires: float


@dataclass(frozen=True, slots=True)
class Device:
    """A place to send an INVITE for an address of record."""

    binding: Binding
    flow: Flow | None
    "The path the REGISTER came by: the way back through the phone's NAT. None: it ended with an earlier run."
    target: Target | None = None
    "Where a new connection may be opened when that path is gone; None: only the phone can open one."


class Location:
    """Bindings by address of record.

    :param store: told of every change.
    """

    def __init__(self, store: BindingStore) -> None:
        self._store = store
        self._entries: dict[str, list[_Entry]] = {}

    def restore(self, bindings: Iterable[Binding], now: float, utcnow: datetime) -> None:
        """Take back what a previous run had registered.

        Its connections ended with it: a device on one is there again when :meth:`reconnected` says so, or when it
        registers. What nobody can connect to, a WebSocket or a phone behind NAT, is forgotten.
        """
        for binding in bindings:
            left = (binding.expires_at - utcnow).total_seconds()
            if left <= 0:
                continue
            uri = SipUri.parse(binding.contact)
            flow: Flow | None = None
            if binding.transport == "udp":
                flow = Flow(
                    binding.transport,
                    (binding.local_host, binding.local_port),
                    (binding.remote_host, binding.remote_port),
                )
            elif _listener_of(binding, uri) is None:
                self._store.remove(binding.aor, binding.contact)
                continue
            self._entries.setdefault(binding.aor, []).append(_Entry(binding, uri, flow, now + left))

    def disconnected(self) -> list[Device]:
        """Return the devices that were restored and not reached since."""
        return [
            Device(entry.binding, None, _listener_of(entry.binding, entry.uri))
            for entries in self._entries.values()
            for entry in entries
            if entry.flow is None
        ]

    def reconnected(self, aor: str, contact: str, flow: Flow) -> None:
        """Note that a connection to a restored device could be made; one that registered meanwhile knows better."""
        for entry in self._entries.get(aor, ()):
            if entry.binding.contact == contact and entry.flow is None:
                entry.flow = flow

    def devices(self, aor: str, now: float) -> list[Device]:
        """Return where ``aor`` may be reached, preferred (highest q, then newest) first."""
        entries = [entry for entry in self._entries.get(aor, ()) if entry.expires > now]
        entries.sort(key=lambda entry: (-entry.binding.q, -entry.expires))
        return [Device(entry.binding, entry.flow, _listener_of(entry.binding, entry.uri)) for entry in entries]

    def is_registered(self, aor: str, now: float) -> bool:
        """Tell whether any device of ``aor`` is there, as far as can be known without asking it."""
        return any(entry.flow is not None and entry.expires > now for entry in self._entries.get(aor, ()))

    def listing(self, aor: str, now: float) -> list[tuple[Binding, int]]:
        """Return every live binding with the whole seconds it has left, oldest first."""
        return [
            (entry.binding, max(1, round(entry.expires - now)))
            for entry in self._entries.get(aor, ())
            if entry.expires > now
        ]

    def find(
        self, aor: str, contact: SipUri, instance_id: str | None, reg_id: int | None, now: float
    ) -> Binding | None:
        """Return the binding that a REGISTER of ``contact`` would refresh (§10.3 step 7, RFC 5626 §6)."""
        entry = self._find(aor, contact, instance_id, reg_id, now)
        return None if entry is None else entry.binding

    def put(self, binding: Binding, flow: Flow, seconds: int, now: float) -> None:
        """Add a binding or refresh the one with an equivalent contact."""
        uri = SipUri.parse(binding.contact)
        entries = self._entries.setdefault(binding.aor, [])
        old = self._find(binding.aor, uri, binding.instance_id, binding.reg_id, now)
        if old is not None:
            entries.remove(old)
            if old.binding.contact != binding.contact:
                self._store.remove(binding.aor, old.binding.contact)
        entries.append(_Entry(binding, uri, flow, now + seconds))
        self._store.save(binding)

    def drop(self, aor: str, contact: str) -> None:
        """Remove one binding, by its contact as registered."""
        entries = self._entries.get(aor, [])
        for entry in [entry for entry in entries if entry.binding.contact == contact]:
            entries.remove(entry)
            self._store.remove(aor, contact)
        if not entries:
            self._entries.pop(aor, None)

    def flow_lost(self, flow: Flow) -> list[str]:
        """Take note that a connection has ended and return the addresses of record that it leaves without any device.

        A WebSocket's end is the device's end (RFC 7118 §6). A device on TCP or TLS stays known where it can be
        connected to, but does not count as there until it is.
        """
        concerned = set()
        for aor, entries in list(self._entries.items()):
            for entry in [entry for entry in entries if entry.flow == flow]:
                concerned.add(aor)
                if _listener_of(entry.binding, entry.uri) is None:
                    self.drop(aor, entry.binding.contact)
                else:
                    entry.flow = None
        return sorted(aor for aor in concerned if not self._is_there(aor))

    def drop_transports(self, aor: str, transports: frozenset[str]) -> list[Flow]:
        """Forget the devices of ``aor`` on these transports, which may speak for it no longer; return their flows."""
        dropped = [entry for entry in self._entries.get(aor, ()) if entry.binding.transport in transports]
        for entry in dropped:
            self.drop(aor, entry.binding.contact)
        return [entry.flow for entry in dropped if entry.flow is not None]

    def _is_there(self, aor: str) -> bool:
        return any(entry.flow is not None for entry in self._entries.get(aor, ()))

    def expire(self, now: float) -> list[str]:
        """Drop what has run out and return the addresses of record that it leaves without any device."""
        gone = [entry.binding for entries in self._entries.values() for entry in entries if entry.expires <= now]
        for binding in gone:
            self.drop(binding.aor, binding.contact)
        return sorted({binding.aor for binding in gone if not self._is_there(binding.aor)})

    def __len__(self) -> int:
        """Return how many devices are there."""
        return sum(entry.flow is not None for entries in self._entries.values() for entry in entries)

    def __iter__(self) -> Iterator[Binding]:
        return (entry.binding for entries in self._entries.values() for entry in entries)

    def _find(
        self, aor: str, contact: SipUri, instance_id: str | None, reg_id: int | None, now: float
    ) -> _Entry | None:
        for entry in self._entries.get(aor, ()):
            if entry.expires <= now:
                continue
            same_instance = (
                instance_id is not None and entry.binding.instance_id == instance_id and entry.binding.reg_id == reg_id
            )
            if same_instance or entry.uri.equivalent(contact):
                return entry
        return None


def _listener_of(binding: Binding, uri: SipUri) -> Target | None:
    """Return where the device itself, or the proxy before it, takes connections; None when it cannot be told.

    Only at the address it came from: behind NAT the same numbers may belong to a stranger on our own network.
    """
    if binding.transport not in ("tcp", "tls"):
        return None
    if binding.path:
        try:
            uri = NameAddr.parse(binding.path[0]).uri
        except SipParseError:
            return None
    target = Target.from_uri(uri)
    if target.host != binding.remote_host:
        return None
    return replace(target, transport=binding.transport, secure=binding.transport == "tls")


def expiry(utcnow: datetime, seconds: int) -> datetime:
    """Return the wall-clock moment ``seconds`` from now, for what is stored."""
    return utcnow + timedelta(seconds=seconds)
