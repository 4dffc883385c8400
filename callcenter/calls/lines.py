"""How this node reaches people."""

from __future__ import annotations

from dataclasses import dataclass, field

from callcenter.calls.ports import NoQueues, Queues
from callcenter.calls.routes import Routes
from callcenter.calls.trunks import Trunks


@dataclass(frozen=True, slots=True)
class Lines:
    """Phones, trunks and queues."""

    routes: Routes
    trunks: Trunks
    queues: Queues = field(default_factory=NoQueues)
    "Where callers wait for an agent; transfers lead there too."
