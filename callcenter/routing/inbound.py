"""Hotline numbers as they are kept in the database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """A hotline number and the flow that answers it."""

    number: str
    "Normalised, or ``*`` for every number that has no row of its own."
    flow_id: str
    name: str = ""
    store_id: str | None = None
    "Set when the number belongs to one store."
