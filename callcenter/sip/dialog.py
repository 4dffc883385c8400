"""Dialogs: the peer-to-peer relation that a 101-299 response to INVITE makes (RFC 3261 §12)."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum
from ipaddress import ip_address

from callcenter.base.fsm import TransitionTable
from callcenter.sip.flow import Flow, Target
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr
from callcenter.sip.message import Message, Request, Response
from callcenter.sip.transaction import transport_of
from callcenter.sip.uri import SipUri
from callcenter.sip.writing import RequestDraft, writable_address

DialogKey = tuple[str, str, str]
"Call-ID, our tag, the peer's tag."

_DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}


class DialogState(Enum):
    """RFC 3261 §12: early until a 2xx."""

    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class DialogInput(Enum):
    """What moves a dialog."""

    SUCCESS = "2xx"
    FAILURE = "300-699"
    BYE = "BYE"
    GONE = "481, 408 or silence"


_S, _I = DialogState, DialogInput
DIALOG = TransitionTable(
    "Dialog",
    _S.EARLY,
    {
        (_S.EARLY, _I.SUCCESS): _S.CONFIRMED,
        (_S.EARLY, _I.FAILURE): _S.TERMINATED,
        (_S.EARLY, _I.BYE): _S.TERMINATED,
        (_S.EARLY, _I.GONE): _S.TERMINATED,
        (_S.CONFIRMED, _I.SUCCESS): _S.CONFIRMED,
        (_S.CONFIRMED, _I.BYE): _S.TERMINATED,
        (_S.CONFIRMED, _I.GONE): _S.TERMINATED,
    },
)


class Dialog:
    """Tags, sequence numbers, route set and remote target of one dialog, and the requests they make."""

    __slots__ = (
        "_behind_nat",
        "_hop",
        "call_id",
        "flow",
        "local",
        "local_cseq",
        "local_tag",
        "remote",
        "remote_cseq",
        "remote_rseq",
        "remote_tag",
        "remote_target",
        "route_set",
        "state",
    )

    def __init__(
        self, call_id: str, local: str, local_tag: str, remote: str, remote_tag: str, target: str, flow: Flow | None
    ) -> None:
        self.call_id = call_id
        self.local = local
        "Our whole From value, tagged."
        self.local_tag = local_tag
        self.remote = remote
        "The peer's whole To value, tagged."
        self.remote_tag = remote_tag
        self.remote_target = target
        "URI of the peer's Contact."
        self.route_set: list[str] = []
        self.local_cseq = 0
        self.remote_cseq: int | None = None
        self.remote_rseq: int | None = None
        "Last reliable provisional response acknowledged (RFC 3262 §4)."
        self.state = DialogState.EARLY
        self.flow = flow
        self._behind_nat = False
        self._hop: tuple[Flow | None, Target | None] | None = None

    @classmethod
    def for_callee(cls, request: Request, local_tag: str, flow: Flow) -> Dialog:
        """Make the dialog of an INVITE we received (§12.1.1)."""
        fields = request.headers.fields
        remote_tag = request.from_.params.get("tag") or ""
        contacts = request.contacts
        target = _target_text(contacts) if contacts else str(request.from_.uri)
        dialog = cls(
            request.call_id,
            writable_address(f"{fields['To'][0]};tag={local_tag}"),
            local_tag,
            writable_address(fields["From"][0]),
            remote_tag,
            target,
            flow,
        )
        if "Record-Route" in fields:
            _ = request.record_routes  # Malformed ones are refused now, not when we come to use them.
            dialog.route_set = request.headers.get_all("Record-Route")
        dialog.remote_cseq = request.cseq.number
        via = request.top_via
        host = via.host.strip("[]")
        if host != flow.remote[0] and len(request.via) == 1:
            dialog._behind_nat = bool(contacts) and contacts[0].uri.host.strip("[]") == host
        return dialog

    @classmethod
    def for_caller(cls, draft: RequestDraft, local_tag: str, response: Response, flow: Flow | None) -> Dialog:
        """Make the dialog of a response to our INVITE (§12.1.2)."""
        remote_tag = response.to.params.get("tag") or ""
        target = draft.uri
        with suppress(SipParseError):  # A success cannot be refused for its Contact.
            contacts = response.contacts
            target = _target_text(contacts) if contacts else target
        remote = writable_address(response.headers.fields["To"][0])
        dialog = cls(draft.call_id, draft.from_, local_tag, remote, remote_tag, target, flow)
        dialog.set_routes_from(response)
        dialog.local_cseq = draft.cseq
        return dialog

    def set_routes_from(self, response: Response) -> None:
        """Take the route set of a response to our INVITE; a 2xx replaces that of a provisional (§13.2.2.4)."""
        self._hop = None
        self.route_set = []
        if "Record-Route" in response.headers.fields:
            with suppress(SipParseError):
                _ = response.record_routes
                self.route_set = response.headers.get_all("Record-Route")[::-1]

    @property
    def key(self) -> DialogKey:
        """Return what requests inside the dialog are found by."""
        return (self.call_id, self.local_tag, self.remote_tag)

    def move(self, event: DialogInput) -> None:
        """Change the state; an input that no longer matters is ignored."""
        if DIALOG.allows(self.state, event):
            self.state = DIALOG.next(self.state, event)

    def in_order(self, cseq: int) -> bool:
        """Take the CSeq number of a request from the peer; False when it is older than one before (§12.2.2)."""
        if self.remote_cseq is not None and cseq < self.remote_cseq:
            return False
        self.remote_cseq = cseq
        return True

    def refresh_target(self, message: Message) -> None:
        """Follow the Contact of a re-INVITE, an UPDATE or their 2xx (§12.2)."""
        contacts = message.contacts
        if contacts:
            target = _target_text(contacts)
            if target != self.remote_target:
                self.remote_target = target
                self._hop = None

    def forget_flow(self) -> None:
        """Stop using a connection that closed."""
        self.flow = None
        self._hop = None

    def follow_flow(self, flow: Flow) -> None:
        """Use the path on which the peer spoke last."""
        if flow != self.flow:
            self.flow = flow
            self._hop = None

    def hop(self) -> tuple[Flow | None, Target | None]:
        """Return where the next request goes: the path we share with the peer when it leads there, else the target."""
        if self._hop is None:
            self._hop = self._find_hop()
        return self._hop

    def _find_hop(self) -> tuple[Flow | None, Target | None]:
        flow = self.flow
        try:
            first = NameAddr.parse(self.route_set[0]).uri if self.route_set else SipUri.parse(self.remote_target)
        except SipParseError:
            return flow, None
        if not first.is_sip and flow is not None:
            return flow, None
        target = Target.from_uri(first)
        if flow is None:
            return None, target
        host, port = flow.remote
        if self.route_set:
            same = target.host == host and self._port_of(target) == port and transport_of(target) == flow.transport
        elif flow.transport != "udp":
            # The connection leads to the machine that the Contact names, whatever port it listens on.
            same = target.host == host or _unreachable(target.host, host)
        else:
            same = (target.host == host and self._port_of(target) == port) or _unreachable(target.host, host)
        if same or (self._behind_nat and not self.route_set):
            return flow, None
        return None, target

    @staticmethod
    def _port_of(target: Target) -> int:
        return target.port or _DEFAULT_PORTS.get(transport_of(target), 5060)

    def draft(
        self,
        method: str,
        headers: list[tuple[str, str]],
        body: bytes = b"",
        content_type: str | None = None,
        *,
        cseq: int | None = None,
    ) -> RequestDraft:
        """Make the next request inside the dialog (§12.2.1.1); ``cseq`` repeats a number, for ACK."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self.remote_target, self.route_set
        if routes and not _is_loose(routes[0]):
            # A strict router wants to find itself in the Request-URI (§12.2.1.1).
            uri = _without_headers(NameAddr.parse(routes[0]).uri)
            routes = [*routes[1:], f"<{self.remote_target}>"]
        return RequestDraft(
            method,
            uri,
            from_=self.local,
            to=self.remote,
            call_id=self.call_id,
            cseq=cseq,
            routes=routes,
            headers=headers,
            body=body,
            content_type=content_type,
        )


def _target_text(contacts: list[NameAddr]) -> str:
    return _without_headers(contacts[0].uri)


def _without_headers(uri: SipUri) -> str:
    """Return the URI as a Request-URI may have it (§19.1.1)."""
    return str(uri).partition("?")[0] if uri.headers else str(uri)


def _is_loose(route: str) -> bool:
    return "lr" in NameAddr.parse(route).uri.params


def _unreachable(host: str, seen: str) -> bool:
    """Tell whether a Contact's host cannot be reached from here although the peer at ``seen`` can (RFC 7118, NAT)."""
    if host == seen:
        return False
    if host.endswith(".invalid"):
        return True
    try:
        return ip_address(host).is_private and not ip_address(seen).is_private
    except ValueError:
        return False
