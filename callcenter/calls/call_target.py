"""Where a call can be sent by whoever handles it: a person, a phone, a group, a number or a flow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallTargetKind(StrEnum):
    """What the value of a :class:`CallTarget` names."""

    AGENT = "agent"
    "A user's id; the extension the user sits at is rung."
    EXTENSION = "extension"
    QUEUE = "queue"
    "Id or code of a queue."
    STORE = "store"
    "A store's code."
    NUMBER = "number"
    "A telephone number that a rule lets out."
    FLOW = "flow"
    "A number that a flow answers."


@dataclass(frozen=True, slots=True)
class CallTarget:
    """Where to."""

    kind: CallTargetKind
    value: str

    def __str__(self) -> str:
        """Return it as the story of a call shows it."""
        return f"{self.kind.value}:{self.value}"
