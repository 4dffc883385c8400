"""Sub-flow: go through another flow and come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import StringConstraints

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import FlowRef, NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.problems import Finding
from callcenter.ivr.registry import Category, DynamicPorts, EnterFlow, Label, NodeResult, NodeType, Port, Scope

OutcomeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_RETURNED = Port("returned", Label("Quay về", "Returned"))


class SubFlowData(NodeData):
    """Settings of a sub-flow node."""

    flow: FlowRef = setting(vi="Luồng con", en="Flow")
    outcomes: list[OutcomeName] = setting(
        default_factory=list,
        vi="Kết quả có lối ra riêng",
        en="Outcomes with an exit of their own",
        help_en="Every other outcome leaves by “Returned”.",
        max_length=30,
    )


class SubFlowNode(NodeType[SubFlowData]):
    """Enters a flow; leaves by the outcome it returns."""

    name = "sub_flow"
    label = Label("Luồng con", "Sub-flow")
    help = Label(
        "Chạy luồng khác rồi quay về theo kết quả.",
        "Runs another flow and comes back with its outcome.",
    )
    category = Category.FLOW
    icon = "subtask"
    data_model = SubFlowData
    static_ports = (_RETURNED,)
    enters_flow = True
    dynamic_ports = DynamicPorts("outcomes", None)

    def ports(self, data: SubFlowData) -> tuple[Port, ...]:
        """One per outcome, and the rest."""
        return (*(Port(outcome, Label(outcome, outcome)) for outcome in data.outcomes), _RETURNED)

    def check(self, data: SubFlowData, scope: Scope) -> Iterator[Finding]:
        """Find outcomes named twice."""
        for outcome in sorted({outcome for outcome in data.outcomes if data.outcomes.count(outcome) > 1}):
            yield Finding("duplicate-rule", values={"id": outcome})
        if "returned" in data.outcomes:
            yield Finding("reserved-port", values={"id": "returned"})

    def run(self, data: SubFlowData, call: FlowCall) -> Steps[NodeResult]:
        """Enter."""
        yield from ()
        return EnterFlow(data.flow)
