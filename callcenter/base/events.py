"""Facts that crossed a package border: frozen, past-tense dataclasses carried by the bus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses are named in the past tense and never change."""

    at: datetime
    "When it happened, UTC."
