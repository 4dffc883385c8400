"""What a strategy is: it puts the free agents of a queue in the order in which a caller is offered to them.

Before a strategy is asked, those who cannot take the caller are gone: busy, without the skills, tried in this round.
A strategy decides nothing but the order, and sees nothing but the values below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A free agent who may take the caller."""

    agent_id: str
    idle_since: float
    "Since when the agent waits for a call, monotonic seconds."
    answered_today: int = 0
    "Queue calls the agent answered today, over all queues."
    order: int = 0
    "Place in the queue's list of members; equal places are told apart by id."
    weight: int = 1
    "Share of the calls the agent should get, at least 1."


@dataclass(frozen=True, slots=True)
class Situation:
    """What a strategy may know besides the candidates."""

    now: float
    last_offered: tuple[int, str] | None
    "Order and id of the member of this queue who was offered a caller last."
    random: Random
    "The only source of chance."


Order = Callable[[Sequence[Candidate], Situation], list[Candidate]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One way to share out callers."""

    name: str
    "As it is set in a queue: the name of its file."
    label_en: str
    label_vi: str
    order: Order
    "Returns every candidate, the one to be rung first at the front."
    rings_all: bool = False
    "Ring all candidates together instead of the first."
