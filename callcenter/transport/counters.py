"""Plain integers the transports count in; metrics read them when asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TransportCounters:
    """Totals since start-up."""

    received: int = 0
    "Messages and datagrams that arrived, whatever became of them."
    sent: int = 0
    dropped_by_guard: int = 0
    "Dropped before any parse: over the rate, or banned."
    dropped_malformed: int = 0
    "Unparsable and not answered."
    answered_malformed: int = 0
    "Unparsable and answered without state."
    refused_malformed: int = 0
    "Parsable, but refused or dropped by the endpoint for what their headers hold."
    refused_overload: int = 0
    "Requests answered 503 without state."
    oversized: int = 0
    keep_alives: int = 0
    send_failures: int = 0
    "Messages that reached no candidate of their target."
    send_queue_drops: int = 0
    handler_failures: int = 0
    connections_accepted: int = 0
    connections_refused: int = 0
    "Incoming connections closed at once: banned source, or a limit reached."
    connections_opened: int = 0
    connections_lost: int = 0
