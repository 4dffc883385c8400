"""Skills: what a caller asks for, what an agent has, and how the former gives way while the caller waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcenter.acd.queue import SkillRelaxation


def combined(*asked: Mapping[str, int]) -> dict[str, int]:
    """Return every skill asked for, with the highest of its levels."""
    skills: dict[str, int] = {}
    for mapping in asked:
        for skill, level in mapping.items():
            skills[skill] = max(level, skills.get(skill, level))
    return skills


def required_after(
    asked: Mapping[str, int], relaxations: Sequence[SkillRelaxation], waited_s: float
) -> Mapping[str, int]:
    """Return what is still asked for after ``waited_s``.

    Every step whose time has come counts; of the levels they lower to, the lowest stands. A skill whose level falls to
    zero or below is not asked for any more.
    """
    required = dict(asked)
    for step in relaxations:
        if waited_s < step.after_s:
            continue
        if step.drop_all:
            return {}
        for skill in step.drop:
            required.pop(skill, None)
        for skill, level in asked.items():
            if skill in required:
                required[skill] = min(required[skill], level - step.lower_by)
    return {skill: level for skill, level in required.items() if level > 0}


def meets(has: Mapping[str, int], required: Mapping[str, int]) -> bool:
    """Tell whether an agent with the skills ``has`` may take a caller who asks for ``required``."""
    return all(has.get(skill, 0) >= level for skill, level in required.items())


def next_relaxation(relaxations: Sequence[SkillRelaxation], waited_s: float) -> float | None:
    """Return the wait at which something is given up next, None when nothing is."""
    return min((step.after_s for step in relaxations if step.after_s > waited_s), default=None)
