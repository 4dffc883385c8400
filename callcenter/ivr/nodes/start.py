"""Start: where calls come in, and where they go when the flow cannot go on."""

from __future__ import annotations

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import NodeData
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.nodes.common_ports import NEXT
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port


class StartData(NodeData):
    """Settings of a start node: none."""


class StartNode(NodeType[StartData]):
    """The one node every flow begins with."""

    name = "start"
    label = Label("Bắt đầu", "Start")
    help = Label(
        "Cuộc gọi đi vào từ đây. Lối ra «Lỗi» được dùng khi luồng không thể đi tiếp.",
        "Calls come in here. The exit “Error” is taken when the flow cannot go on.",
    )
    category = Category.FLOW
    icon = "player-play"
    data_model = StartData
    static_ports = (NEXT, Port("error", Label("Lỗi", "Error"), required=False))

    def run(self, data: StartData, call: FlowCall) -> Steps[NodeResult]:
        """Go on."""
        yield from ()
        return Exit("next")
