"""How conversations end."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.calls.channel_results import QueueRequest
from callcenter.calls.leg import Leg
from callcenter.calls.leg_events import LegEnded, LegEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEnd:
    """Why people parted, and where whoever is left goes on. Empty: the called party went over to another call."""

    caller_gone: LegEnded | None = None
    callee_gone: LegEnded | None = None
    remaining: Leg | None = None
    "Who goes on in ``flow`` or ``queue``: the caller, or whom an agent had called."
    flow: str | None = None
    "The remaining one was transferred to the flow of this number."
    queue: QueueRequest | None = None
    "The remaining one was transferred to, or goes back to, this queue."
    transferor: str | None = None
    "The extension that is rung when the queue does not take, or does not serve, the remaining one."


@dataclass(frozen=True, slots=True)
class LegTaken(LegEvent):
    """Another call took this participant over (attended transfer)."""
