"""Condition: leave by the first rule that holds."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from pydantic import StringConstraints, model_validator

from callcenter.ivr.effects import Steps
from callcenter.ivr.expressions import MissingVariable, TemplateFault, compile_expression
from callcenter.ivr.fields import Expression, NodeData, Settings, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.problems import Finding
from callcenter.ivr.registry import Category, DynamicPorts, Exit, Label, NodeResult, NodeType, Port, Scope
from callcenter.ivr.variables import Secret

_ELSE = Port("else", Label("Còn lại", "Else"))


class Operator(StrEnum):
    """How a value is compared."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"


class Rule(Settings):
    """One rule: either a free expression, or a value, an operator and what it is compared with."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = setting(vi="Mã lối ra", en="Exit")
    label: str = setting("", vi="Tên", en="Label", max_length=120)
    expression: Expression | None = setting(None, vi="Biểu thức", en="Expression")
    value: Expression | None = setting(None, vi="Giá trị", en="Value")
    operator: Operator = setting(Operator.EQUALS, vi="Phép so sánh", en="Operator")
    operand: str | int | float | bool | list[str | int | float] | None = setting(None, vi="So với", en="Compared with")

    @model_validator(mode="after")
    def _one_form(self) -> Rule:
        if (self.expression is None) == (self.value is None):
            raise ValueError("a rule has either an expression or a value")
        return self


class ConditionData(NodeData):
    """Settings of a condition."""

    rules: list[Rule] = setting(default_factory=list, vi="Quy tắc", en="Rules", max_length=50)


def holds(rule: Rule, call: FlowCall) -> bool:
    """Tell whether ``rule`` holds; a variable that is not set is empty and equal to nothing."""
    try:
        value = call.value(rule.expression or rule.value or "none")
    except MissingVariable as error:
        if rule.operator not in (Operator.EMPTY, Operator.NOT_EMPTY) or rule.expression is not None:
            call.warn(f"rule {rule.id}: {error}")
        return rule.expression is None and rule.operator in (Operator.EMPTY, Operator.NOT_EQUALS)
    except TemplateFault as error:
        call.warn(f"rule {rule.id}: {error}")
        return False
    return bool(value) if rule.expression is not None else compare(value, rule.operator, rule.operand)


def compare(value: Any, operator: Operator, operand: Any) -> bool:
    """Compare; numbers as numbers even when one side is text, everything else as text."""
    match operator:
        case Operator.EMPTY:
            return value in (None, "", [], {})
        case Operator.NOT_EMPTY:
            return value not in (None, "", [], {})
        case Operator.EQUALS:
            return _same(value, operand)
        case Operator.NOT_EQUALS:
            return not _same(value, operand)
        case Operator.IN:
            items = operand if isinstance(operand, list) else [part.strip() for part in str(operand).split(",")]
            return any(_same(value, item) for item in items)
        case Operator.CONTAINS:
            if isinstance(value, list):
                return any(_same(item, operand) for item in value)
            return isinstance(value, str) and str(operand) in value
        case Operator.STARTS_WITH:
            return isinstance(value, str) and value.startswith(str(operand))
        case _:
            return _ordered(value, operator, operand)


def _ordered(value: Any, operator: Operator, operand: Any) -> bool:
    left, right = _as_number(value), _as_number(operand)
    if left is None or right is None:
        return False
    match operator:
        case Operator.LESS:
            return left < right
        case Operator.LESS_OR_EQUAL:
            return left <= right
        case Operator.GREATER:
            return left > right
        case _:
            return left >= right


def _same(value: Any, operand: Any) -> bool:
    if isinstance(value, Secret):
        return value.__eq__(str(operand))
    if isinstance(value, bool) or isinstance(operand, bool):
        return str(value).lower() == str(operand).lower()
    if isinstance(value, int | float) or isinstance(operand, int | float):
        left, right = _as_number(value), _as_number(operand)
        return left is not None and left == right
    return bool(value == operand)


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


class ConditionNode(NodeType[ConditionData]):
    """Checks rules in order."""

    name = "condition"
    label = Label("Rẽ nhánh", "Condition")
    help = Label(
        "Đi theo quy tắc đúng đầu tiên, nếu không thì «Còn lại».",
        "Leaves by the first rule that holds, or by “Else”.",
    )
    category = Category.DECIDE
    icon = "arrows-split"
    data_model = ConditionData
    static_ports = (_ELSE,)
    dynamic_ports = DynamicPorts("rules", "id", "label")

    def ports(self, data: ConditionData) -> tuple[Port, ...]:
        """One per rule, and else."""
        rules = [Port(rule.id, Label(rule.label or rule.id, rule.label or rule.id)) for rule in data.rules]
        return (*rules, _ELSE)

    def check(self, data: ConditionData, scope: Scope) -> Iterator[Finding]:
        """Find rules that share an exit's name."""
        ids = [rule.id for rule in data.rules]
        if not ids:
            yield Finding("no-options")
        for rule_id in sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1}):
            yield Finding("duplicate-rule", values={"id": rule_id})
        if "else" in ids:
            yield Finding("reserved-port", values={"id": "else"})

    def guards(self, data: ConditionData) -> frozenset[str]:
        """Every variable a rule looks at."""
        names: frozenset[str] = frozenset()
        for rule in data.rules:
            try:
                names |= compile_expression(rule.expression or rule.value or "none").names
            except TemplateFault:
                continue  # Reported as a bad expression.
        return names

    def run(self, data: ConditionData, call: FlowCall) -> Steps[NodeResult]:
        """Find the first rule that holds."""
        yield from ()
        for rule in data.rules:
            if holds(rule, call):
                return Exit(rule.id)
        return Exit("else")
