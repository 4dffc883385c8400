"""Play: say something, once or several times."""

from __future__ import annotations

from collections.abc import Iterable

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import NodeData, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.nodes.common_ports import NEXT
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType


class PlayData(NodeData):
    """Settings of a play node."""

    prompts: Prompts = setting(default_factory=no_prompts, vi="Lời thoại", en="Prompts")
    repeat: int = setting(1, vi="Số lần phát", en="Times to play", ge=1, le=20)
    barge_in: bool = setting(
        True,
        vi="Cho phép ngắt lời",
        en="Keys interrupt",
        help_vi="Phím bấm dừng lời thoại và được giữ cho khối sau.",
        help_en="A key stops the prompt and is kept for the next node.",
    )


class PlayNode(NodeType[PlayData]):
    """Plays texts, files, tones and spoken variables in order."""

    name = "play"
    label = Label("Phát lời thoại", "Play")
    help = Label(
        "Phát lần lượt văn bản, tệp âm thanh, âm hiệu hoặc biến.",
        "Plays texts, files, tones and variables in order.",
    )
    category = Category.TALK
    icon = "volume"
    data_model = PlayData
    static_ports = (NEXT,)

    def required_prompts(self, data: PlayData) -> Iterable[tuple[str, Prompts]]:
        """Its prompts."""
        return (("prompts", data.prompts),)

    def worst_case_s(self, data: PlayData) -> float:
        """All repetitions."""
        return data.prompts.estimate_s() * data.repeat

    def run(self, data: PlayData, call: FlowCall) -> Steps[NodeResult]:
        """Play until done or interrupted."""
        parts = call.render(data.prompts)
        for _ in range(data.repeat):
            result = yield from call.play(parts, barge_in=data.barge_in)
            if result.interrupted:
                break
        return Exit("next")
