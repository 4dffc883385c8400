"""Everything about the SIP core that a deployment may change."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.sip.digest import Credentials
from callcenter.sip.flow import SentBy

__all__ = ["Credentials", "EndpointSettings"]


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Timer values are seconds."""

    t1: float = 0.5
    "Round-trip estimate (RFC 3261 §17.1.1.1)."
    t2: float = 4.0
    "Longest retransmission interval of non-INVITE requests and INVITE responses."
    t4: float = 5.0
    "Longest time a message stays in the network."
    timer_c: float = 180.0
    "How long an INVITE of ours may ring without another provisional response before we cancel it."
    provisional_refresh: float = 60.0
    "A ringing INVITE's last provisional response is repeated this often (RFC 3261 §13.3.1.1)."
    trying_delay: float = 0.0
    "How long something better is waited for before an INVITE gets 100 Trying; at most 200 ms (RFC 3261 §17.2.1)."
    user_agent: str = "callcenter"
    "Value of User-Agent and Server."
    sent_by: tuple[SentBy, ...] = ()
    "Our reachable addresses; the first of a flow's transport and IP family is used, else the flow's own."
    session_expires: int = 1800
    "Session interval we propose (RFC 4028); 0: propose none, but honour the peer's."
    min_se: int = 90
    "Shortest session interval we accept; RFC 4028 forbids less than 90."
    reliable_provisional: bool = True
    "Announce 100rel (RFC 3262) on our INVITEs."
    allow: tuple[str, ...] = (
        "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PRACK",
        "UPDATE", "INFO", "REFER", "NOTIFY", "REGISTER",
    )  # fmt: skip
    "Methods named in Allow."
    supported: tuple[str, ...] = ("100rel", "timer", "replaces", "norefersub")
    "Extensions of the INVITE usage named in Supported and accepted in Require."
    supported_outside: tuple[str, ...] = ("path",)
    "Extensions that requests outside dialogs may require besides; the application has them. Not ``outbound``: the "
    "registrar tells devices apart by +sip.instance and reg-id, but keeps no flow tokens and never answers with "
    "Require (RFC 5626 §6), so a phone that insists must hear that it gets less."
    max_transactions: int = 20_000
    "Above this many transactions a new request gets a stateless 503."
    max_sessions: int = 5_000
    "Above this many sessions a new INVITE gets a stateless 503."
    max_early_dialogs: int = 16
    "Forked provisional responses beyond this many branches are ignored."
    max_redirects: int = 10
    "Contacts of a 3xx that are reported."
    auth_attempts: int = 2
    "How often one request is sent again with credentials."
    received_408_ends_dialog: bool = False
    "End the dialog on a 408 that the peer itself sent to a request inside it (RFC 3261 §12.2.1.2 says SHOULD). A peer "
    "that says 408 is alive, so the session goes on by default; 481 and our own timeouts always end it."
