"""Set variables: work out expressions and keep their values."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.ivr.effects import Steps
from callcenter.ivr.expressions import TemplateFault, steps_variable
from callcenter.ivr.fields import Expression, NodeData, Settings, VariableName, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.nodes.common_ports import NEXT
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType


class Assignment(Settings):
    """One variable and its new value."""

    variable: VariableName = setting(vi="Biến", en="Variable")
    value: Expression = setting(vi="Giá trị", en="Value", help_vi="Ví dụ: tries + 1", help_en="E.g. tries + 1")


class SetVariableData(NodeData):
    """Settings of a set-variable node."""

    assignments: list[Assignment] = setting(default_factory=list, vi="Gán biến", en="Assignments", max_length=50)


class SetVariableNode(NodeType[SetVariableData]):
    """Assigns variables in order."""

    name = "set_variable"
    label = Label("Gán biến", "Set variables")
    help = Label(
        "Tính biểu thức và lưu vào biến.",
        "Works out expressions and stores the results.",
    )
    category = Category.DATA
    icon = "variable"
    data_model = SetVariableData
    static_ports = (NEXT,)
    sequential = True

    def assigns(self, data: SetVariableData) -> Mapping[str, frozenset[str]]:
        """Every assigned variable."""
        return {"next": frozenset(assignment.variable for assignment in data.assignments)}

    def counts(self, data: SetVariableData) -> frozenset[str]:
        """Variables stepped by a constant, such as ``tries + 1``."""
        return frozenset(item.variable for item in data.assignments if steps_variable(item.value, item.variable))

    def run(self, data: SetVariableData, call: FlowCall) -> Steps[NodeResult]:
        """Assign; what cannot be worked out leaves its variable as it was, with a warning."""
        yield from ()
        for assignment in data.assignments:
            try:
                call.variables.set(assignment.variable, call.value(assignment.value))
            except TemplateFault as error:
                call.warn(f"{assignment.variable} not set: {error}")
        return Exit("next")
