"""The transaction layer: every live transaction, found by the rules of RFC 3261 §17.1.3 and §17.2.3.

``client_transaction`` and ``server_transaction`` hold the machines; this module holds what they share: the timers, the
outbox, our addresses and the tables they stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from callcenter.sip.flow import Flow, Outgoing, SentBy, Target
from callcenter.sip.headers import MAGIC_COOKIE, Via
from callcenter.sip.message import Request, Response
from callcenter.sip.settings import EndpointSettings
from callcenter.sip.timers import TimerQueue

if TYPE_CHECKING:
    from callcenter.sip.client_transaction import ClientTransaction
    from callcenter.sip.server_transaction import ServerTransaction

ServerKey = tuple[str, ...]
ClientKey = tuple[str, str]
MergeKey = tuple[str | None, str, str]


class TransactionLayer:
    """What all transactions of one endpoint share."""

    def __init__(self, settings: EndpointSettings, random: Callable[[], str]) -> None:
        self.settings = settings
        self.token = random
        self.timers = TimerQueue()
        self.outbox: list[Outgoing] = []
        self.clients: dict[ClientKey, ClientTransaction] = {}
        self.servers: dict[ServerKey, ServerTransaction] = {}
        self.merged: dict[MergeKey, ServerTransaction] = {}
        "Server transactions that began outside dialogs, to find requests that arrive twice by two ways (§8.2.2.2)."
        self.by_connection: dict[int, set[ClientTransaction | ServerTransaction]] = {}
        "Transactions that depend on a connection, by its flow's id."
        self._sent_by: tuple[SentBy, ...] = settings.sent_by
        self._sent_by_cache: dict[tuple[str, str, int, bool], SentBy] = {}

    @property
    def full(self) -> bool:
        """Tell whether no new request may get state."""
        return len(self.clients) + len(self.servers) >= self.settings.max_transactions

    def fraction(self) -> float:
        """Return a random number in [0, 1)."""
        return int(self.token()[:8], 16) / 0x1_0000_0000

    def send(self, data: bytes, flow: Flow | None, target: Target | None, transaction: object | None = None) -> None:
        """Queue one message."""
        self.outbox.append(Outgoing(data, flow, target, transaction))

    # Our own addresses

    def set_sent_by(self, sent_by: Iterable[SentBy]) -> None:
        """Replace the addresses that stand in Via and Contact."""
        self._sent_by = tuple(sent_by)
        self._sent_by_cache.clear()

    def sent_by(self, flow: Flow | None, target: Target | None) -> SentBy:
        """Return the address a peer at the end of ``flow`` or ``target`` should answer to."""
        if flow is not None:
            transport, (host, port) = flow.transport, flow.local
            ipv6 = ":" in host
        else:
            transport, host, port = transport_of(target), "", 0
            ipv6 = target is not None and ":" in target.host
        key = (transport, host, port, ipv6)
        found = self._sent_by_cache.get(key)
        if found is None:
            if len(self._sent_by_cache) > 256:
                self._sent_by_cache.clear()
            found = self._sent_by_cache[key] = self._choose_sent_by(transport, host, port, ipv6)
        return found

    def _choose_sent_by(self, transport: str, host: str, port: int, ipv6: bool) -> SentBy:
        same_transport = [entry for entry in self._sent_by if entry.transport == transport]
        for entry in same_transport:
            if (":" in entry.host) == ipv6:
                return entry
        if host:
            return SentBy(transport, host, port)
        return same_transport[0] if same_transport else SentBy(transport, "localhost.invalid", 5060)

    def make_via(self, flow: Flow | None, target: Target | None, branch: str) -> str:
        """Return our Via value; UDP asks for the port we are seen at (RFC 3581)."""
        sent_by = self.sent_by(flow, target)
        rport = ";rport" if sent_by.transport == "udp" else ""
        return f"SIP/2.0/{sent_by.transport.upper()} {sent_by.hostport}{rport};branch={branch}"

    # Finding

    def find_client(self, response: Response) -> ClientTransaction | None:
        """Return the transaction that ``response`` answers: same branch, same method (§17.1.3)."""
        branch = response.top_via.params.get("branch")
        return None if branch is None else self.clients.get((branch, response.cseq.method))

    @staticmethod
    def server_key(request: Request, method: str) -> ServerKey:
        """Return what a server transaction is found by (§17.2.3); ACK and CANCEL pass ``INVITE`` as ``method``."""
        via: Via = request.top_via
        branch = via.params.get("branch")
        if branch is not None and branch.startswith(MAGIC_COOKIE) and len(branch) > 7:
            return (branch, via.sent_by.lower(), method)
        # RFC 2543 fallback: no unique branch, so everything that names the request together. The To tag is left out:
        # an ACK carries the tag of our response where the INVITE carried none.
        cseq = request.cseq
        return (
            request.uri,
            request.from_.params.get("tag") or "",
            request.call_id,
            str(cseq.number),
            request.headers.fields["Via"][0],
            method,
        )

    def depend_on(self, flow: Flow | None, transaction: ClientTransaction | ServerTransaction) -> None:
        """Remember that ``transaction`` fails with the connection of ``flow``."""
        if flow is not None and flow.id:
            self.by_connection.setdefault(flow.id, set()).add(transaction)

    def independent(self, flow: Flow | None, transaction: ClientTransaction | ServerTransaction) -> None:
        """Undo :meth:`depend_on`."""
        if flow is not None and flow.id:
            waiting = self.by_connection.get(flow.id)
            if waiting is not None:
                waiting.discard(transaction)
                if not waiting:
                    del self.by_connection[flow.id]


def transport_of(target: Target | None) -> str:
    """Return the transport a target means before it is resolved (RFC 3263 §4.1)."""
    if target is None:
        return "udp"
    if target.secure and target.transport in (None, "tcp"):
        return "tls"
    return target.transport or "udp"
