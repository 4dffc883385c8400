"""Messages that callers left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """One message."""

    id: str
    "That of its recording."
    call_id: str
    box: str
    "Mailbox name or store code."
    left_at: datetime
    duration_ms: int
    number: str | None
    "Who left it, normalised."
    customer_id: str | None
    store_id: str | None
    "The store whose box it is."
    path: str | None
    "Of the recording, below the directory of recordings; None until the call is over."
    heard_by: str | None = None
    heard_at: datetime | None = None
