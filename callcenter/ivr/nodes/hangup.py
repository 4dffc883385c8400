"""Hang up: say goodbye and end the call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, EndCall, Label, NodeResult, NodeType


class HangupData(NodeData):
    """Settings of a hang-up."""

    prompts: Prompts = setting(default_factory=no_prompts, vi="Lời tạm biệt", en="Goodbye")
    cause: Literal["normal", "busy", "rejected", "unavailable"] = setting("normal", vi="Lý do", en="Cause")


class HangupNode(NodeType[HangupData]):
    """Ends the call."""

    name = "hangup"
    label = Label("Gác máy", "Hang up")
    help = Label(
        "Chào tạm biệt và kết thúc cuộc gọi.",
        "Says goodbye and ends the call.",
    )
    category = Category.END
    icon = "phone-off"
    data_model = HangupData

    def required_prompts(self, data: HangupData) -> Iterable[tuple[str, Prompts]]:
        """The goodbye, when there is one."""
        if data.prompts:
            yield "prompts", data.prompts

    def worst_case_s(self, data: HangupData) -> float:
        """The goodbye."""
        return data.prompts.estimate_s()

    def run(self, data: HangupData, call: FlowCall) -> Steps[NodeResult]:
        """Say goodbye and end."""
        yield from call.play(call.render(data.prompts), barge_in=False)
        return EndCall(data.cause)
