"""People who call: who they are, which numbers they use, and what to do when a number belongs to several of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. A number may belong to several customers and a customer may have several numbers."""

    id: str
    name: str
    code: str | None = None
    "The customer number of the retailer's own system; unique when given."
    phones: tuple[str, ...] = ()
    "Normalised, the preferred one first."
    language: str = "vi"
    email: str | None = None
    address: str | None = None
    notes: str = ""
    owner_store_id: str | None = None
    vip_level: int = 0
    created_at: datetime | None = None
    merged_into: str | None = None
    "Set when this record turned out to be a double of another."


class MatchOutcome(Enum):
    """What looking a number up gave."""

    FOUND = "found"
    NONE = "none"
    MULTIPLE = "multiple"


@dataclass(frozen=True, slots=True)
class CustomerMatch:
    """The customers behind a number and the one to greet."""

    outcome: MatchOutcome
    customer: Customer | None = None
    "The only one, or the one last in contact when there are several."
    candidates: tuple[Customer, ...] = ()
    "All of them, last in contact first."


def match_customers(candidates: Sequence[Customer], last_contact: Mapping[str, datetime]) -> CustomerMatch:
    """Decide whom a number belongs to.

    :param candidates: the customers with that number, without merged doubles.
    :param last_contact: when each customer id was last in contact; missing means never.
    """
    if not candidates:
        return CustomerMatch(MatchOutcome.NONE)
    contacted = [customer for customer in candidates if customer.id in last_contact]
    silent = [customer for customer in candidates if customer.id not in last_contact]
    contacted.sort(key=lambda customer: (last_contact[customer.id], customer.id), reverse=True)
    silent.sort(key=lambda customer: customer.id, reverse=True)
    ordered = (*contacted, *silent)
    outcome = MatchOutcome.FOUND if len(ordered) == 1 else MatchOutcome.MULTIPLE
    return CustomerMatch(outcome, ordered[0], ordered)


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What merging doubles changes, to be shown before and applied after."""

    survivor: Customer
    "The record that stays, completed from the others."
    absorbed: tuple[str, ...]
    "Ids whose history moves to the survivor."
    conflicts: tuple[tuple[str, str, str], ...]
    "``(field, kept value, other value)`` where the records disagree."


_MERGED_FIELDS = ("name", "code", "email", "address", "owner_store_id", "language")


def plan_merge(survivor: Customer, doubles: Sequence[Customer]) -> MergePlan:
    """Fill the survivor's gaps from its doubles, in order; what disagrees is kept as it is and listed."""
    merged, conflicts = survivor, []
    for other in doubles:
        for name in _MERGED_FIELDS:
            mine, theirs = getattr(merged, name), getattr(other, name)
            if not mine and theirs:
                merged = replace(merged, **{name: theirs})
            elif mine and theirs and mine != theirs:
                conflicts.append((name, mine, theirs))
        notes = "\n".join(part for part in (merged.notes, other.notes) if part)
        phones = tuple(dict.fromkeys((*merged.phones, *other.phones)))
        merged = replace(merged, phones=phones, notes=notes, vip_level=max(merged.vip_level, other.vip_level))
    return MergePlan(merged, tuple(other.id for other in doubles), tuple(conflicts))


class CustomerRepository(Protocol):
    """Where customers are kept. Numbers are normalised by the caller."""

    async def get(self, customer_id: str) -> Customer | None:
        """Return the customer, following merges."""
        ...

    async def match(self, number: str) -> CustomerMatch:
        """Return whom ``number`` belongs to."""
        ...

    async def save(self, customer: Customer) -> None:
        """Insert or replace the customer and its numbers."""
        ...

    async def merge(self, plan: MergePlan) -> None:
        """Apply a merge in one transaction; the absorbed records stay as pointers to the survivor."""
        ...
