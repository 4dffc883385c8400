"""What the nodes that lead into a queue share: which queue, which skills, how urgent."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import Expression, QueueRef, Settings, Template, setting
from callcenter.ivr.flow_call import FlowCall

LOWEST_PRIORITY, HIGHEST_PRIORITY = -100, 100


class FixedQueue(Settings):
    """One queue."""

    kind: Literal["queue"] = "queue"
    queue: QueueRef = setting(vi="Hàng đợi", en="Queue", min_length=1)


class VariableQueue(Settings):
    """The queue a template names; a store's own queue is ``store:`` and the store's code."""

    kind: Literal["variable"] = "variable"
    queue: Template = setting(
        vi="Mã hàng đợi từ biến",
        en="Queue code from variables",
        help_vi="Hàng đợi của cửa hàng: store:{{ store.code }}",
        help_en="A store's own queue: store:{{ store.code }}",
        min_length=1,
    )


QueueChoice: TypeAlias = Annotated[FixedQueue | VariableQueue, Field(discriminator="kind")]


class SkillNeed(Settings):
    """A skill the agent must have."""

    skill: Annotated[str, StringConstraints(pattern=r"^[\w .:-]{1,64}$")] = setting(vi="Kỹ năng", en="Skill")
    level: int = setting(1, vi="Mức ít nhất", en="Least level", ge=1, le=10)


def chosen_queue(choice: QueueChoice, call: FlowCall) -> str:
    """Return the code of the queue.

    :raises TemplateFault: when there is none.
    """
    code = choice.queue if isinstance(choice, FixedQueue) else call.text(choice.queue)
    if not code.strip():
        raise TemplateFault("no queue is named")
    return code.strip()


def skills_of(needs: list[SkillNeed]) -> dict[str, int]:
    """Return the level asked for by skill; the higher one where a skill is named twice."""
    levels: dict[str, int] = {}
    for need in needs:
        levels[need.skill] = max(need.level, levels.get(need.skill, 0))
    return levels


def priority_of(fixed: int, expression: Expression | None, call: FlowCall) -> int:
    """Return the points of the caller: the expression's number when it is one, else ``fixed``."""
    if expression is None:
        return fixed
    try:
        value = call.value(expression)
        points = round(float(value))
    except (TemplateFault, TypeError, ValueError, OverflowError) as error:
        call.warn(f"priority {fixed} instead of {expression}: {error}")
        return fixed
    return max(LOWEST_PRIORITY, min(HIGHEST_PRIORITY, points))
