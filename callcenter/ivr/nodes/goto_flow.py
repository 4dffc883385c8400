"""Go to flow: continue in another flow for good."""

from __future__ import annotations

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import FlowRef, NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.registry import Category, GoToFlow, Label, NodeResult, NodeType


class GotoFlowData(NodeData):
    """Settings of a go-to-flow node."""

    flow: FlowRef = setting(vi="Luồng", en="Flow")


class GotoFlowNode(NodeType[GotoFlowData]):
    """Leaves this flow for another."""

    name = "goto_flow"
    label = Label("Chuyển luồng", "Go to flow")
    help = Label(
        "Sang luồng khác, không quay lại.",
        "Goes on in another flow and does not come back.",
    )
    category = Category.FLOW
    icon = "arrow-right-circle"
    data_model = GotoFlowData

    def run(self, data: GotoFlowData, call: FlowCall) -> Steps[NodeResult]:
        """Go."""
        yield from ()
        return GoToFlow(data.flow)
