"""Which flow answers a dialled number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callcenter.crm.phone_number import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """A hotline number and the flow that answers it."""

    number: str
    "Normalised, or ``*`` for every number that has no row of its own."
    flow_id: str
    name: str = ""
    store_id: str | None = None
    "Set when the number belongs to one store."


class InboundRoutes:
    """DIDs in memory: one dictionary look-up per call."""

    def __init__(self, dids: Iterable[Did] = ()) -> None:
        self._dids = {did.number: did for did in dids}

    def find(self, dialled: str) -> Did | None:
        """Return the row for a dialled number in any spelling, the ``*`` row, or ``None``: nobody lives here."""
        exact = self._dids.get(dialled)
        if exact is not None:
            return exact
        number = normalise(dialled)
        return (self._dids.get(number) if number is not None else None) or self._dids.get("*")
