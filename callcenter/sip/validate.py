"""The second layer after the grammar: is this well-formed message one we can act on, and if not, what is the answer?"""

from __future__ import annotations

from dataclasses import dataclass, field

from callcenter.sip.message import Request, Response


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not acted on."""

    status: int | None
    "The status to answer with; None means drop it silently (responses, ACK)."
    reason: str
    "The reason phrase."
    headers: tuple[tuple[str, str], ...] = ()
    "Headers the answer must carry, for example Unsupported or Accept."


@dataclass(frozen=True, slots=True)
class ValidationRules:
    """What this user agent supports; the defaults are a call-center server's."""

    methods: frozenset[str] = field(default=frozenset())
    extensions: frozenset[str] = field(default=frozenset())


DEFAULT_RULES = ValidationRules()


def validate(message: Request | Response, rules: ValidationRules = DEFAULT_RULES) -> Refusal | None:
    """Return the refusal this message deserves, or None when it may be acted on (§8.2)."""
    return None
