"""Identifiers: ULIDs, sortable by the time they were made and unique without coordination."""

from __future__ import annotations

from datetime import datetime

from ulid import ULID


def new_id(now: datetime) -> str:
    """Return a new ULID for the moment ``now`` (aware, any zone) as its 26 characters."""
    return str(ULID.from_datetime(now))
