"""The order in which each strategy offers a caller to free agents."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.acd.strategies import STRATEGIES, Candidate, Situation, Strategy, UnknownStrategy, strategy

AN = Candidate(agent_id="an", idle_since=30.0, answered_today=2, order=1, weight=3)
BINH = Candidate(agent_id="binh", idle_since=10.0, answered_today=9, order=2)
CHI = Candidate(agent_id="chi", idle_since=20.0, answered_today=2, order=3)


def ordered(name: str, *, last: tuple[int, str] | None = None, seed: int = 1) -> list[str]:
    situation = Situation(100.0, last, Random(seed))
    return [candidate.agent_id for candidate in strategy(name).order([CHI, AN, BINH], situation)]


def test_longest_idle() -> None:
    assert ordered("longest_idle") == ["binh", "chi", "an"]


def test_fewest_calls_then_longest_idle() -> None:
    assert ordered("fewest_calls") == ["chi", "an", "binh"]


def test_linear_and_ring_all_go_by_the_list() -> None:
    assert ordered("linear") == ordered("ring_all") == ["an", "binh", "chi"]
    assert [name for name, found in STRATEGIES.items() if found.rings_all] == ["ring_all"]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, ["an", "binh", "chi"]),
        ((1, "an"), ["binh", "chi", "an"]),
        ((3, "chi"), ["an", "binh", "chi"]),
        ((2, "gone"), ["chi", "an", "binh"]),
    ],
)
def test_round_robin_goes_on_after_the_last(last: tuple[int, str] | None, expected: list[str]) -> None:
    assert ordered("round_robin", last=last) == expected


def test_random_gives_everybody_the_same_chance() -> None:
    first = Counter(ordered("random", seed=seed)[0] for seed in range(3000))
    assert all(900 < first[name] < 1100 for name in ("an", "binh", "chi"))


def test_weighted_shares_by_weight() -> None:
    first = Counter(ordered("weighted", seed=seed)[0] for seed in range(5000))
    assert 2850 < first["an"] < 3150
    assert 900 < first["binh"] < 1100


@given(
    name=st.sampled_from(sorted(STRATEGIES)),
    seed=st.integers(0, 99),
    idle=st.lists(st.floats(0, 1000), min_size=1, max_size=8),
)
def test_every_strategy_keeps_everybody(name: str, seed: int, idle: list[float]) -> None:
    candidates = [Candidate(agent_id=f"a{n}", idle_since=since, order=n % 3) for n, since in enumerate(idle)]
    found = strategy(name).order(candidates, Situation(1000.0, None, Random(seed)))
    assert sorted(candidate.agent_id for candidate in found) == sorted(candidate.agent_id for candidate in candidates)


def test_the_usual_strategies_are_there_and_nothing_else_is_accepted() -> None:
    usual = {"longest_idle", "round_robin", "fewest_calls", "ring_all", "random", "linear", "weighted"}
    assert usual <= set(STRATEGIES)
    with pytest.raises(UnknownStrategy):
        strategy("alphabetical")


def test_the_example_of_the_manual_is_a_strategy() -> None:
    manual = Path(__file__).parents[3] / "docs" / "how-to" / "add-a-queue-strategy.md"
    blocks = re.findall(r"```python\n(.*?)```", manual.read_text(encoding="utf-8"), re.DOTALL)
    example: dict[str, Any] = {}
    exec(textwrap.dedent(blocks[0]), example)
    found = example["STRATEGY"]
    assert isinstance(found, Strategy)
    names = [candidate.agent_id for candidate in found.order([CHI, AN, BINH], Situation(0.0, None, Random(1)))]
    assert f"== {json.dumps(names)}" in blocks[1], "what the manual promises is what the example does"
