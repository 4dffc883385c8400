"""Say: read a variable out as a number, digits, money, a date or a time."""

from __future__ import annotations

from collections.abc import Iterable

from callcenter.calls.channel_results import PromptKind, PromptPart
from callcenter.ivr.effects import Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import Expression, NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.nodes.common_ports import NEXT
from callcenter.ivr.prompts import Prompts, SayKind, no_prompts
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType
from callcenter.ivr.say import CannotSay, say_value


class SayData(NodeData):
    """Settings of a say node."""

    value: Expression = setting(vi="Giá trị", en="Value", help_vi="Ví dụ: order_total", help_en="E.g. order_total")
    as_: SayKind = setting(SayKind.NUMBER, vi="Cách đọc", en="Say as", alias="as")
    before: Prompts = setting(default_factory=no_prompts, vi="Lời trước", en="Before it")
    after: Prompts = setting(default_factory=no_prompts, vi="Lời sau", en="After it")
    barge_in: bool = setting(True, vi="Cho phép ngắt lời", en="Keys interrupt")


class SayNode(NodeType[SayData]):
    """Reads a value out in the caller's language."""

    name = "say"
    label = Label("Đọc giá trị", "Say")
    help = Label(
        "Đọc số, dãy số, số tiền, ngày hoặc giờ bằng tiếng Việt hay tiếng Anh.",
        "Reads a number, digits, money, a date or a time in Vietnamese or English.",
    )
    category = Category.TALK
    icon = "speakerphone"
    data_model = SayData
    static_ports = (NEXT,)

    def required_prompts(self, data: SayData) -> Iterable[tuple[str, Prompts]]:
        """What stands around the value, when anything does."""
        if data.before:
            yield "before", data.before
        if data.after:
            yield "after", data.after

    def worst_case_s(self, data: SayData) -> float:
        """Everything is played."""
        return data.before.estimate_s() + 4.0 + data.after.estimate_s()

    def run(self, data: SayData, call: FlowCall) -> Steps[NodeResult]:
        """Say it; a value that cannot be said is left out with a warning."""
        parts = list(call.render(data.before))
        try:
            words = say_value(data.as_, call.value(data.value), call.language)
        except (TemplateFault, CannotSay) as error:
            call.warn(f"value skipped: {error}")
        else:
            parts.append(PromptPart(PromptKind.TEXT, words, call.language))
        parts += call.render(data.after)
        yield from call.play(tuple(parts), barge_in=data.barge_in)
        return Exit("next")
