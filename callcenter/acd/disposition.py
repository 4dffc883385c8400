"""What agents write down: how a call ended for the business, remarks, and why they take a break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """A code an agent may choose for a call."""

    id: str
    code: str
    "Stable, for reports."
    label: str
    "Vietnamese."
    label_en: str
    queue_ids: tuple[str, ...] = ()
    "Queues it is offered in; empty: in all."
    position: int = 0
    "Place in the list, smallest first."
    active: bool = True
    "Offered to agents; an inactive one stays in old calls."
    system: bool = False
    "The product relies on it: it can be renamed but not removed, nor its code changed."

    def fits(self, queue_id: str | None) -> bool:
        """Tell whether agents may choose it for a call of this queue."""
        return self.active and (not self.queue_ids or queue_id in self.queue_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakReason:
    """Why an agent is on a break."""

    id: str
    code: str
    label: str
    "Vietnamese."
    label_en: str
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDisposition:
    """The code an agent chose for a call."""

    call_id: str
    agent_id: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNote:
    """A remark of an agent about a call."""

    id: str
    call_id: str
    agent_id: str
    text: str
    at: datetime
