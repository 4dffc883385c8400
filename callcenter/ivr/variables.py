"""A call's variables: plain JSON-like values, bounded in size, with secrets that do not leak.

A secret is wrapped in :class:`Secret`: printing, logging, templating and dumping it show bullets. Only
:meth:`Variables.revealed` unwraps, and only the names asked for: the HTTP node asks for those its body is marked to
carry.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

MAX_TEXT = 4096
"Longest text a variable keeps."
_MAX_ITEMS = 500
_MAX_DEPTH = 8
_MAX_INTEGER_BITS = 256
MASK = "•"

SYSTEM_NAMES = frozenset({"caller_number", "caller_name", "called_number", "call_id", "language", "now", "flow_id"})
"Names the call sets by itself; flows may read but not assign them."


class Secret:
    """A value that must never be seen: a PIN, a card number."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the one place that may send it."""
        return self._value

    def __str__(self) -> str:
        return MASK * 4

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return str(self)

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Secret):
            other = other._value
        return isinstance(other, str) and hmac.compare_digest(self._value.encode(), other.encode())

    def __hash__(self) -> int:
        return hash(Secret)

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (Secret, ("",))


def bounded(value: Any, *, depth: int = _MAX_DEPTH) -> Any:
    """Return ``value`` as something a variable may hold: JSON-like, short texts, few items, little depth.

    Longer texts and lists are cut; values of other types become text.
    """
    match value:
        case None | bool() | float() | Secret() | datetime() | date() | time():
            return value
        case int():
            return value if value.bit_length() <= _MAX_INTEGER_BITS else 0
        case str():
            return str(value)[:MAX_TEXT]
        case Mapping() if depth > 0:
            pairs = list(value.items())[:_MAX_ITEMS]
            return {str(key)[:MAX_TEXT]: bounded(item, depth=depth - 1) for key, item in pairs}
        case list() | tuple() if depth > 0:
            return [bounded(item, depth=depth - 1) for item in value[:_MAX_ITEMS]]
        case _:
            return str(value)[:MAX_TEXT] if depth > 0 else None


class Variables:
    """The variables of one call, shared by every flow it passes through."""

    def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {}
        for name, value in (initial or {}).items():
            self.set(name, value)

    def set(self, name: str, value: Any) -> None:
        """Assign ``value``, cut to what :func:`bounded` allows."""
        self._values[name] = bounded(value)

    def declare(self, initial: Mapping[str, Any]) -> None:
        """Give names that are not set yet their initial values. ``None`` declares without setting."""
        for name, value in initial.items():
            if value is not None and name not in self._values:
                self.set(name, value)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of ``name``; secrets stay wrapped."""
        return self._values.get(name, default)

    def discard(self, name: str) -> None:
        """Unset ``name``."""
        self._values.pop(name, None)

    def context(self) -> Mapping[str, Any]:
        """Return what templates and expressions may read; secrets stay wrapped."""
        return self._values

    def revealed(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the context with the secrets ``names`` unwrapped."""
        context = dict(self._values)
        for name in names:
            if isinstance(value := context.get(name), Secret):
                context[name] = value.reveal()
        return context

    def public(self) -> dict[str, Any]:
        """Return a JSON-like copy for logs and results, secrets as bullets, times in ISO form."""
        return {name: _public(value) for name, value in self._values.items()}


def _public(value: Any) -> Any:
    match value:
        case Secret():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return {key: _public(item) for key, item in value.items()}
        case list():
            return [_public(item) for item in value]
        case _:
            return value


_PATH_STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,4})\]|\[\"([^\"\]]{1,100})\"\]")


def parse_path(path: str) -> list[str | int]:
    """Split ``$.order.items[0]["tên hàng"]`` into its steps; ``$`` alone is the whole document.

    :raises ValueError: when it is not such a path.
    """
    rest = path.removeprefix("$")
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        match = _PATH_STEP.match(rest, position)
        if match is None:
            raise ValueError(f"not a path: {path}")
        name, index, quoted = match.groups()
        steps.append(int(index) if index is not None else name or quoted)
        position = match.end()
    return steps


def extract(document: Any, path: str) -> tuple[bool, Any]:
    """Return ``(found, value)`` for ``path`` in a decoded JSON ``document``."""
    for step in parse_path(path):
        match document:
            case list() if isinstance(step, int) and step < len(document):
                document = document[step]
            case dict() if step in document:
                document = document[step]
            case _:
                return False, None
    return True, document
