"""Note: a remark on the canvas. Calls never see it."""

from __future__ import annotations

from callcenter.base.errors import LocalError
from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.registry import Category, Label, NodeResult, NodeType


class NoteData(NodeData):
    """Settings of a note."""

    text: str = setting("", vi="Nội dung", en="Text", max_length=4000)


class NoteNode(NodeType[NoteData]):
    """A remark for whoever reads the flow."""

    name = "note"
    label = Label("Ghi chú", "Note")
    help = Label(
        "Ghi chú trên sơ đồ, không ảnh hưởng cuộc gọi.",
        "A remark on the canvas; calls never see it.",
    )
    category = Category.FLOW
    icon = "note"
    data_model = NoteData
    decoration = True

    def run(self, data: NoteData, call: FlowCall) -> Steps[NodeResult]:
        """Never happens: a program leaves notes out.

        :raises LocalError: always.
        """
        yield from ()
        raise LocalError("a note takes no part in calls")
