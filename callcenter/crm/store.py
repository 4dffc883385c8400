"""Shops of the chain: where calls are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shift:
    """Open from ``start`` to ``end``, local time; an end not after the start is on the next day (00:00: midnight)."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When a store is open. Evaluated by :mod:`callcenter.routing.hours`."""

    weekdays: Mapping[int, tuple[Shift, ...]] = field(default_factory=dict)
    "Monday is 0. A missing day is closed; several shifts a day are split shifts."
    exceptions: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)
    "Single days with hours of their own; no shifts means closed. They win over holidays and weekdays."
    closed_on_holidays: bool = False
    "Closed on the public holidays of ``country``."
    country: str = "VN"
    timezone: str = "Asia/Ho_Chi_Minh"
    always_open: bool = False


ALWAYS_OPEN = OpeningHours(always_open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One store."""

    id: str
    code: str
    "Short and unique, as in the retailer's own system: ``HN-01``."
    name: str
    hours: OpeningHours = ALWAYS_OPEN
    phones: tuple[str, ...] = ()
    "Normalised public numbers of the store itself."
    extensions: tuple[str, ...] = ()
    "SIP extensions that ring together as the store group."
    region: str | None = None
    sister_store_id: str | None = None
    "The store that takes its calls first."
    closed: bool = False
    "Closed for good."
    merged_into: str | None = None
    "The id of the store that took over after it closed for good."
    address: str = ""
    language: str = "vi"


class StoreRepository(Protocol):
    """Where stores are kept."""

    async def all(self) -> tuple[Store, ...]:
        """Return every store, by code."""
        ...

    async def get(self, store_id: str) -> Store | None:
        """Return one store."""
        ...

    async def save(self, store: Store) -> None:
        """Insert or replace a store."""
        ...
