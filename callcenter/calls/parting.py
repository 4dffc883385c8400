"""How conversations end."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.calls.leg_events import LegEnded, LegEvent


@dataclass(frozen=True, slots=True)
class ConversationEnd:
    """Why people parted. At most one field is set; none means that the called party went over to another call."""

    caller_gone: LegEnded | None = None
    callee_gone: LegEnded | None = None
    flow: str | None = None
    "The caller was transferred to the flow of this number."


@dataclass(frozen=True, slots=True)
class LegTaken(LegEvent):
    """Another call took this participant over (attended transfer)."""
