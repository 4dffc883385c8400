"""Log tag: mark the call so that it can be found and counted."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from callcenter.ivr.effects import LogTag, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import NodeData, Template, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.nodes.common_ports import NEXT
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType


class LogTagData(NodeData):
    """Settings of a log tag."""

    tag: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")] = setting(vi="Nhãn", en="Tag")
    value: Template = setting("", vi="Giá trị", en="Value")


class LogTagNode(NodeType[LogTagData]):
    """Attaches a tag to the call."""

    name = "log_tag"
    label = Label("Gắn nhãn", "Log tag")
    help = Label(
        "Gắn nhãn cho cuộc gọi để tra cứu và thống kê.",
        "Marks the call so that it can be found and counted.",
    )
    category = Category.DATA
    icon = "tag"
    data_model = LogTagData
    static_ports = (NEXT,)

    def run(self, data: LogTagData, call: FlowCall) -> Steps[NodeResult]:
        """Attach it."""
        try:
            value = call.text(data.value)[:200]
        except TemplateFault as error:
            call.warn(f"tag without value: {error}")
            value = ""
        call.tags[data.tag] = value
        yield LogTag(data.tag, value)
        return Exit("next")
