"""The strategies by which a queue shares out callers: one file each, found by itself.

A file beside this one that defines ``STRATEGY`` is a strategy; its name can be set in a queue at once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from callcenter.acd.strategies.base import Candidate, Situation, Strategy
from callcenter.base.errors import CallcenterError

__all__ = ["STRATEGIES", "Candidate", "Situation", "Strategy", "UnknownStrategy", "strategy"]


class UnknownStrategy(CallcenterError):
    """There is no strategy of this name."""

    error_id = "unknown-strategy"


def _found() -> dict[str, Strategy]:
    found = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if module.name != "base":
            loaded: Strategy = importlib.import_module(f"{__name__}.{module.name}").STRATEGY
            if loaded.name != module.name:
                raise UnknownStrategy(f"{module.name}.py defines the strategy {loaded.name}")
            found[loaded.name] = loaded
    return found


STRATEGIES: Mapping[str, Strategy] = _found()
"Every strategy by name."


def strategy(name: str) -> Strategy:
    """Return a strategy.

    :raises UnknownStrategy: when there is none of this name.
    """
    try:
        return STRATEGIES[name]
    except KeyError:
        raise UnknownStrategy(name) from None
