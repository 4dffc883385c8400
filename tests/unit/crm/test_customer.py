"""Whose number is it, and what merging does."""

from __future__ import annotations

from datetime import UTC, datetime

from callcenter.crm.customer import Customer, MatchOutcome, match_customers, plan_merge

_AN = Customer(id="1", name="An", phones=("+84912345678",), notes="likes tea", vip_level=1)
_BINH = Customer(id="2", name="Bình", code="KH-2", phones=("+84912345678", "+84987654321"), notes="tall", vip_level=3)


def test_match() -> None:
    seen = {"1": datetime(2026, 1, 1, tzinfo=UTC)}
    assert match_customers((), {}).outcome is MatchOutcome.NONE
    assert match_customers((_AN,), {}).customer is _AN
    both = match_customers((_AN, _BINH), seen)
    assert (both.outcome, both.candidates) == (MatchOutcome.MULTIPLE, (_AN, _BINH))
    later = match_customers((_AN, _BINH), seen | {"2": datetime(2026, 2, 1, tzinfo=UTC)})
    assert later.customer is _BINH


def test_merge_fills_gaps_and_lists_what_disagrees() -> None:
    plan = plan_merge(_AN, [_BINH])
    assert plan.survivor == Customer(
        id="1",
        name="An",
        code="KH-2",
        phones=("+84912345678", "+84987654321"),
        notes="likes tea\ntall",
        vip_level=3,
    )
    assert plan.absorbed == ("2",)
    assert plan.conflicts == (("name", "An", "Bình"),)
