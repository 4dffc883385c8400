"""Return: come back from a sub-flow with an outcome."""

from __future__ import annotations

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.nodes.sub_flow import OutcomeName
from callcenter.ivr.registry import Category, Label, NodeResult, NodeType, ReturnFromFlow


class ReturnData(NodeData):
    """Settings of a return node."""

    outcome: OutcomeName = setting("done", vi="Kết quả", en="Outcome")


class ReturnNode(NodeType[ReturnData]):
    """Ends a sub-flow."""

    name = "return"
    label = Label("Quay về", "Return")
    help = Label(
        "Kết thúc luồng con với một kết quả.",
        "Ends the sub-flow with an outcome.",
    )
    category = Category.FLOW
    icon = "arrow-back-up"
    data_model = ReturnData

    def returns(self, data: ReturnData) -> frozenset[str]:
        """Its outcome."""
        return frozenset({data.outcome})

    def run(self, data: ReturnData, call: FlowCall) -> Steps[NodeResult]:
        """Come back."""
        yield from ()
        return ReturnFromFlow(data.outcome)
