"""Menu: the caller chooses by keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import MenuKeys, NodeData, Settings, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.keypad import Attempts, Heard, Reading, Speech, Timing, ask, read_choice
from callcenter.ivr.nodes.common_ports import INVALID, NO_INPUT
from callcenter.ivr.problems import Finding, Severity
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, DynamicPorts, Exit, Label, NodeResult, NodeType, Port, Scope


class MenuOption(Settings):
    """One choice."""

    keys: MenuKeys = setting(vi="Phím", en="Keys")
    label: str = setting("", vi="Tên lựa chọn", en="Label", max_length=120)


class MenuData(NodeData):
    """Settings of a menu."""

    prompts: Prompts = setting(default_factory=no_prompts, vi="Lời chào đầy đủ", en="Greeting")
    repeat_prompts: Prompts = setting(
        default_factory=no_prompts,
        vi="Lời nhắc ngắn",
        en="Short repeat",
        help_vi="Dùng cho các lần lặp; bỏ trống thì phát lại lời chào.",
        help_en="Used from the second time on; the greeting is repeated when empty.",
    )
    invalid_prompts: Prompts = setting(default_factory=no_prompts, vi="Lời báo bấm sai", en="“Invalid” prompt")
    no_input_prompts: Prompts = setting(default_factory=no_prompts, vi="Lời báo chưa bấm phím", en="“Not heard” prompt")
    options: list[MenuOption] = setting(default_factory=list, vi="Lựa chọn", en="Options", max_length=100)
    strict: bool = setting(
        False,
        vi="Nhận phím ngay",
        en="Take keys at once",
        help_vi="Không chờ thêm phím khi đã khớp một lựa chọn.",
        help_en="Do not wait for more keys once an option is complete.",
    )
    barge_in: bool = setting(True, vi="Cho phép ngắt lời", en="Keys interrupt")
    flush: bool = setting(False, vi="Bỏ phím bấm trước", en="Forget keys pressed before")
    no_input_s: float = setting(7.0, vi="Chờ bấm phím (giây)", en="Wait for a key (s)", ge=1, le=60)
    inter_digit_s: float = setting(3.0, vi="Chờ giữa hai phím (giây)", en="Wait between keys (s)", ge=1, le=10)
    max_no_input: int = setting(3, vi="Số lần không bấm", en="Times without input", ge=1, le=10)
    max_invalid: int = setting(3, vi="Số lần bấm sai", en="Times invalid", ge=1, le=10)


class MenuNode(NodeType[MenuData]):
    """Plays a menu and leaves by the option pressed."""

    name = "menu"
    label = Label("Menu phím bấm", "Menu")
    help = Label(
        "Người gọi chọn bằng phím.",
        "The caller chooses by keys.",
    )
    category = Category.ASK
    icon = "dialpad"
    data_model = MenuData
    static_ports = (NO_INPUT, INVALID)
    dynamic_ports = DynamicPorts("options", "keys", "label")

    def ports(self, data: MenuData) -> tuple[Port, ...]:
        """One per option, and the two failures."""
        options = [
            Port(option.keys, Label(option.label or option.keys, option.label or option.keys))
            for option in data.options
        ]
        return (*options, *self.static_ports)

    def takes_input(self, data: MenuData) -> bool:
        """Always."""
        return True

    def required_prompts(self, data: MenuData) -> Iterable[tuple[str, Prompts]]:
        """The greeting; the others when they are used at all."""
        yield "prompts", data.prompts
        for name in ("repeat_prompts", "invalid_prompts", "no_input_prompts"):
            if prompts := getattr(data, name):
                yield name, prompts

    def check(self, data: MenuData, scope: Scope) -> Iterator[Finding]:
        """Find keys that clash."""
        keys = [option.keys for option in data.options]
        if not keys:
            yield Finding("no-options")
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield Finding("duplicate-key", values={"keys": key})
        for key in sorted(set(keys)):
            if len(key) > 1 and ("#" in key or "*" in key):
                yield Finding("key-misuse", values={"keys": key})
        for short in sorted(set(keys)):
            for long in sorted(set(keys)):
                if long != short and long.startswith(short):
                    if data.strict:
                        yield Finding("option-unreachable", values={"short": short, "long": long})
                    else:
                        yield Finding("key-prefix-conflict", Severity.WARNING, {"short": short, "long": long})

    def worst_case_s(self, data: MenuData) -> float:
        """Every attempt fails at the last moment."""
        rounds = data.max_no_input + data.max_invalid - 1
        longest = max((len(option.keys) for option in data.options), default=1)
        wait = data.no_input_s + (longest - 1) * data.inter_digit_s
        repeat = (data.repeat_prompts or data.prompts).estimate_s()
        apology = max(data.no_input_prompts.estimate_s(), data.invalid_prompts.estimate_s())
        return data.prompts.estimate_s() + (rounds - 1) * (repeat + apology) + rounds * wait

    def run(self, data: MenuData, call: FlowCall) -> Steps[NodeResult]:
        """Prompt, read, repeat."""
        if data.flush:
            yield from call.flush()
        speech = Speech(
            greeting=lambda: call.render(data.prompts),
            repeat=lambda: call.render(data.repeat_prompts or data.prompts),
            no_input=lambda: call.render(data.no_input_prompts),
            invalid=lambda: call.render(data.invalid_prompts),
        )
        options = [option.keys for option in data.options]
        timing = Timing(data.no_input_s, data.inter_digit_s)

        def read() -> Steps[Reading]:
            return read_choice(call, options, timing, strict=data.strict)

        reading = yield from ask(
            call, speech, read, Attempts(data.max_no_input, data.max_invalid), barge_in=data.barge_in
        )
        if reading.heard is Heard.NO_INPUT:
            return Exit("no_input")
        if reading.heard is Heard.INVALID:
            return Exit("invalid")
        call.input_seen()
        return Exit(reading.keys)
