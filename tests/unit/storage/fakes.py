"""A database that can be away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from callcenter.storage.sinks import Rejected, Unavailable, Unit


class FakeSink:
    """Keeps what is written; :attr:`away` and :attr:`poison` say what fails."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away = False
        self.poison: set[str] = set()
        self.attempts = 0
        self.attempted = asyncio.Event()

    @property
    def written(self) -> list[str]:
        return [call_id for batch in self.batches for call_id in batch]

    async def write(self, units: Sequence[Unit]) -> None:
        self.attempts += 1
        self.attempted.set()
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        ids = [str(row["call_id"]) for unit in units for _, row in unit]
        if self.poison & set(ids):
            raise Rejected("poison")
        self.batches.append(ids)

    async def close(self) -> None:
        """Nothing to close."""
