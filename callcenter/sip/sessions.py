"""What all sessions of an endpoint share: the transaction layer, the dialog table, the events."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from callcenter.sip.dialog import Dialog, DialogKey
from callcenter.sip.events import SipEvent
from callcenter.sip.flow import Flow, Target
from callcenter.sip.settings import EndpointSettings
from callcenter.sip.transaction import TransactionLayer

if TYPE_CHECKING:
    from callcenter.sip.invite import InviteSession


class SessionTable:
    """Every session that is not over, and every dialog that requests may come in."""

    def __init__(self, layer: TransactionLayer) -> None:
        self.layer = layer
        self.settings: EndpointSettings = layer.settings
        self.dialogs: dict[DialogKey, tuple[InviteSession, Dialog]] = {}
        self.sessions: dict[str, InviteSession] = {}
        self.events: list[SipEvent] = []
        self._ids = count(1)
        self._contacts: dict[tuple[str, str, bool], str] = {}
        self.capability_lines: list[tuple[str, str]] = [
            ("Allow", ", ".join(self.settings.allow)),
            ("Supported", ", ".join(self.settings.supported)),
            ("Server", self.settings.user_agent),
        ]
        self.request_lines: list[tuple[str, str]] = [
            ("Allow", ", ".join(self.settings.allow)),
            ("Supported", ", ".join(self._offered_extensions(late=False))),
            ("User-Agent", self.settings.user_agent),
        ]
        self.late_offer_lines: list[tuple[str, str]] = [
            ("Allow", ", ".join(self.settings.allow)),
            ("Supported", ", ".join(self._offered_extensions(late=True))),
            ("User-Agent", self.settings.user_agent),
        ]

    def _offered_extensions(self, *, late: bool) -> list[str]:
        """Name our extensions; no 100rel without an offer, so that no reliable 18x asks us for an answer early."""
        with_100rel = self.settings.reliable_provisional and not late
        return [name for name in self.settings.supported if name != "100rel" or with_100rel]

    @property
    def full(self) -> bool:
        """Tell whether no new session may start."""
        return len(self.sessions) >= self.settings.max_sessions

    def new_id(self) -> str:
        """Return an id for a session, unique in this endpoint."""
        return f"s{next(self._ids)}"

    def contact(self, user: str, flow: Flow | None, target: Target | None, *, secure: bool) -> str:
        """Return our Contact value for one peer."""
        sent_by = self.layer.sent_by(flow, target)
        key = (user, sent_by.hostport + sent_by.transport, secure)
        found = self._contacts.get(key)
        if found is None:
            if len(self._contacts) > 4096:
                self._contacts.clear()
            at = f"{user}@" if user else ""
            transport = "" if sent_by.transport == "udp" else f";transport={sent_by.transport.replace('wss', 'ws')}"
            if sent_by.transport == "tls":
                transport = ";transport=tcp" if secure else ";transport=tls"
            found = self._contacts[key] = f"<{'sips' if secure else 'sip'}:{at}{sent_by.hostport}{transport}>"
        return found

    def connection_lost(self, flow: Flow) -> None:
        """Stop sending requests over a connection that closed."""
        for _, dialog in self.dialogs.values():
            if dialog.flow is not None and dialog.flow.id == flow.id:
                dialog.forget_flow()
