"""State machines as tables: one dict says everything a machine may do, and documentation is drawn from it.

A table maps ``(state, input)`` to the next state. Whoever owns the state keeps it in one attribute and moves it only
through :meth:`TransitionTable.next`, so an input the table does not list raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from callcenter.base.errors import IllegalTransition

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class TransitionTable(Generic[S, E]):
    """An immutable transition table with a drawing of itself.

    :param name: what the diagram is called in ``docs/``.
    :param initial: the state a new machine starts in.
    :param transitions: ``{(state, input): next_state}``.
    """

    def __init__(self, name: str, initial: S, transitions: Mapping[tuple[S, E], S]) -> None:
        self.name = name
        self.initial = initial
        self._transitions = dict(transitions)
        self._next = {(id(state), id(event)): target for (state, event), target in self._transitions.items()}
        "By identity: members of an Enum are single, and hash by a Python function, four times as slow as this."

    def next(self, state: S, event: E) -> S:
        """Return the state after ``event``.

        :raises IllegalTransition: when the table has no such row.
        """
        try:
            return self._next[id(state), id(event)]
        except KeyError:
            raise IllegalTransition(f"{self.name}: {event.name} is not allowed in {state.name}") from None

    def allows(self, state: S, event: E) -> bool:
        """Tell whether ``event`` is listed for ``state``."""
        return (id(state), id(event)) in self._next

    def rows(self) -> list[tuple[S, E, S]]:
        """Return every row as ``(state, input, next_state)`` in the order written."""
        return [(state, event, target) for (state, event), target in self._transitions.items()]

    def to_mermaid(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial.name}"]
        lines += [f"    {state.name} --> {target.name}: {event.name}" for state, event, target in self.rows()]
        sources = {state for state, _, _ in self.rows()}
        targets = [target for _, _, target in self.rows()]
        terminal = dict.fromkeys(target for target in targets if target not in sources)
        lines += [f"    {state.name} --> [*]" for state in terminal]
        return "\n".join(lines) + "\n"
