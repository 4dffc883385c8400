"""Somebody's place in a queue: a caller who waits, or a call-back that stands in a caller's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False, kw_only=True)
class QueueEntry:
    """One place. Times are monotonic seconds."""

    id: str
    queue_id: str
    "The queue it is in now."
    arrived: float
    "From when the caller counts as waiting; may be long before ``entered``."
    entered: float
    "When it came into this queue."
    call_id: str | None = None
    callback_id: str | None = None
    number: str | None = None
    customer_name: str | None = None
    asked_priority: int = 0
    "Points the caller brings along."
    asked_skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0
    "Points, those of the queue included."
    skills: Mapping[str, int] = field(default_factory=dict)
    "What the caller asks for, what the queue asks for included."
    preferred_agents: tuple[str, ...] = ()
    language: str = "vi"
    exit_keys: str = ""
    held_until: float = 0.0
    "Keeps its place and is not offered before this moment: a call-back between attempts, a caller who is asked."
    customer_first: bool = False
    "A call-back whose customer is rung before an agent is."
    dialling: bool = False
    "A call-back whose customer is being rung first."
    offered_to: set[str] = field(default_factory=set)
    "Agents being rung."
    tried: set[str] = field(default_factory=set)
    "Agents who failed in this round."
    next_round: float | None = None
    "Those who failed are tried again from this moment on, once nobody else is left."
    offers: int = 0
    position_at_entry: int = 1
    first_estimate: float | None = None
    visited: tuple[str, ...] = ()
    "Queues it came through before this one."

    @property
    def visit_id(self) -> str:
        """Return the id of the wait in the present queue: the first has the entry's own."""
        return f"{self.id}-{len(self.visited)}" if self.visited else self.id

    @property
    def is_callback(self) -> bool:
        """Tell whether it is a call-back's."""
        return self.callback_id is not None

    def waited(self, now: float) -> float:
        """Return for how long the caller has waited, earlier queues included."""
        return now - self.arrived

    def score(self, now: float, priority_point_s: float) -> float:
        """Return what the order goes by: the wait, and each point of priority as so many seconds of it."""
        return self.waited(now) + self.priority * priority_point_s

    def is_ready(self, now: float) -> bool:
        """Tell whether an agent may be looked for."""
        return not self.offered_to and not self.dialling and now >= self.held_until
