"""Collect digits: an order number, a telephone number, a PIN."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from callcenter.calls.channel_results import PromptPart
from callcenter.ivr.effects import Steps
from callcenter.ivr.fields import DigitKey, NodeData, Settings, VariableName, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.keypad import Attempts, Heard, NumberRules, Reading, Speech, Timing, ask, read_choice, read_number
from callcenter.ivr.nodes.common_ports import INVALID, NO_INPUT
from callcenter.ivr.problems import Finding
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port, Scope
from callcenter.ivr.variables import Secret

_Parts: TypeAlias = Callable[[], tuple[PromptPart, ...]]


def _read_back() -> Prompts:
    return Prompts.model_validate(
        {
            "vi": [
                {"text": "Quý khách vừa nhập"},
                {"say": "entry", "as": "digits"},
                {"text": "Đúng, bấm 1. Nhập lại, bấm 2."},
            ],
            "en": [
                {"text": "You entered"},
                {"say": "entry", "as": "digits"},
                {"text": "If this is correct, press 1. To enter it again, press 2."},
            ],
        }
    )


class Confirmation(Settings):
    """Reading the entry back."""

    prompts: Prompts = setting(
        default_factory=_read_back,
        vi="Lời xác nhận",
        en="Prompt",
        help_vi="Biến entry là số vừa nhập.",
        help_en="The variable entry holds what was entered.",
    )
    accept_key: DigitKey = setting("1", vi="Phím đồng ý", en="Key to accept")
    reject_key: DigitKey = setting("2", vi="Phím nhập lại", en="Key to enter again")


class CollectDigitsData(NodeData):
    """Settings of a collect-digits node."""

    variable: VariableName = setting(vi="Lưu vào biến", en="Store in variable")
    prompts: Prompts = setting(default_factory=no_prompts, vi="Lời mời nhập", en="Prompt")
    repeat_prompts: Prompts = setting(default_factory=no_prompts, vi="Lời nhắc ngắn", en="Short repeat")
    invalid_prompts: Prompts = setting(default_factory=no_prompts, vi="Lời báo nhập sai", en="“Invalid” prompt")
    no_input_prompts: Prompts = setting(default_factory=no_prompts, vi="Lời báo chưa nhập", en="“Not heard” prompt")
    min_digits: int = setting(1, vi="Ít nhất (số)", en="At least (digits)", ge=1, le=32)
    max_digits: int = setting(20, vi="Nhiều nhất (số)", en="At most (digits)", ge=1, le=32)
    terminator: DigitKey | None = setting("#", vi="Phím kết thúc", en="Key that ends the entry")
    clear_key: DigitKey | None = setting("*", vi="Phím xóa", en="Key that clears the entry")
    confirm: Confirmation | None = setting(None, vi="Đọc lại để xác nhận", en="Read back and confirm")
    secure: bool = setting(
        False,
        vi="Dữ liệu bí mật",
        en="Secret",
        help_vi="Không bao giờ ghi vào nhật ký; chỉ gửi trong nội dung HTTP được đánh dấu.",
        help_en="Never logged; only sent in an HTTP body that is marked to carry it.",
    )
    barge_in: bool = setting(True, vi="Cho phép ngắt lời", en="Keys interrupt")
    flush: bool = setting(False, vi="Bỏ phím bấm trước", en="Forget keys pressed before")
    no_input_s: float = setting(7.0, vi="Chờ bấm phím (giây)", en="Wait for a key (s)", ge=1, le=60)
    inter_digit_s: float = setting(3.0, vi="Chờ giữa hai phím (giây)", en="Wait between keys (s)", ge=1, le=10)
    max_no_input: int = setting(3, vi="Số lần không nhập", en="Times without input", ge=1, le=10)
    max_invalid: int = setting(3, vi="Số lần nhập sai", en="Times invalid", ge=1, le=10)


class CollectDigitsNode(NodeType[CollectDigitsData]):
    """Reads a number into a variable."""

    name = "collect_digits"
    label = Label("Nhập số", "Collect digits")
    help = Label(
        "Người gọi nhập một dãy số vào biến.",
        "The caller enters a number into a variable.",
    )
    category = Category.ASK
    icon = "numbers"
    data_model = CollectDigitsData
    local_names = frozenset({"entry"})
    static_ports = (Port("collected", Label("Đã nhập", "Collected")), NO_INPUT, INVALID)

    def takes_input(self, data: CollectDigitsData) -> bool:
        """Always."""
        return True

    def required_prompts(self, data: CollectDigitsData) -> Iterable[tuple[str, Prompts]]:
        """The prompt; the others when they are used at all."""
        yield "prompts", data.prompts
        for name in ("repeat_prompts", "invalid_prompts", "no_input_prompts"):
            if prompts := getattr(data, name):
                yield name, prompts
        if data.confirm is not None:
            yield "confirm.prompts", data.confirm.prompts

    def assigns(self, data: CollectDigitsData) -> Mapping[str, frozenset[str]]:
        """The variable, when something was collected."""
        return {"collected": frozenset({data.variable})}

    def secrets(self, data: CollectDigitsData) -> frozenset[str]:
        """The variable, when it is secret."""
        return frozenset({data.variable}) if data.secure else frozenset()

    def check(self, data: CollectDigitsData, scope: Scope) -> Iterator[Finding]:
        """Find limits and keys that do not fit together."""
        if data.min_digits > data.max_digits:
            yield Finding("digit-limits")
        special = [key for key in (data.terminator, data.clear_key) if key is not None]
        for key in special:
            if key.isdigit():
                yield Finding("key-misuse", values={"keys": key})
        if len(special) == 2 and special[0] == special[1]:
            yield Finding("duplicate-key", values={"keys": special[0]})
        if data.confirm is not None:
            if data.secure:
                yield Finding("secure-confirm")
            if data.confirm.accept_key == data.confirm.reject_key:
                yield Finding("duplicate-key", values={"keys": data.confirm.accept_key})

    def worst_case_s(self, data: CollectDigitsData) -> float:
        """Every attempt fails at the last moment."""
        rounds = data.max_no_input + data.max_invalid - 1
        wait = data.no_input_s + (data.max_digits - 1) * data.inter_digit_s
        repeat = (data.repeat_prompts or data.prompts).estimate_s()
        apology = max(data.no_input_prompts.estimate_s(), data.invalid_prompts.estimate_s())
        total = data.prompts.estimate_s() + (rounds - 1) * (repeat + apology) + rounds * wait
        if data.confirm is not None:
            total += rounds * (data.confirm.prompts.estimate_s() + data.no_input_s)
        return total

    def run(self, data: CollectDigitsData, call: FlowCall) -> Steps[NodeResult]:
        """Read, confirm when asked to, store."""
        if data.secure or data.flush:
            yield from call.flush()
        call.visit.secret = data.secure
        attempts = Attempts(data.max_no_input, data.max_invalid)
        greeting = data.prompts
        for _ in range(data.max_invalid):
            reading = yield from self._read(data, call, greeting, attempts)
            if reading.heard is Heard.NO_INPUT:
                return Exit("no_input")
            if reading.heard is Heard.INVALID:
                return Exit("invalid")
            if data.confirm is None or data.secure:
                break
            answer = yield from self._confirm(data, data.confirm, call, reading.keys, attempts)
            if answer.heard is Heard.NO_INPUT:
                return Exit("no_input")
            if answer.heard is Heard.INVALID:
                return Exit("invalid")
            if answer.keys == data.confirm.accept_key:
                break
            greeting = data.repeat_prompts or data.prompts
        else:
            return Exit("invalid")
        if data.secure:
            yield from call.flush()  # Digits beyond a secret belong to it and must not show up in the next node.
        call.variables.set(data.variable, Secret(reading.keys) if data.secure else reading.keys)
        call.input_seen()
        return Exit("collected")

    def _read(self, data: CollectDigitsData, call: FlowCall, greeting: Prompts, attempts: Attempts) -> Steps[Reading]:
        speech = self._speech(data, call, lambda: call.render(greeting), data.repeat_prompts or data.prompts)
        rules = NumberRules(data.min_digits, data.max_digits, data.terminator, data.clear_key)
        timing = Timing(data.no_input_s, data.inter_digit_s)
        return ask(call, speech, lambda: read_number(call, rules, timing), attempts, barge_in=data.barge_in)

    def _confirm(
        self, data: CollectDigitsData, confirm: Confirmation, call: FlowCall, entry: str, attempts: Attempts
    ) -> Steps[Reading]:
        yield from call.flush()  # Keys pressed before the read-back cannot be meant for it.
        prompt = call.render(confirm.prompts, {"entry": entry})
        speech = Speech(
            greeting=lambda: prompt,
            repeat=lambda: prompt,
            no_input=lambda: call.render(data.no_input_prompts),
            invalid=lambda: call.render(data.invalid_prompts),
        )
        keys = (confirm.accept_key, confirm.reject_key)
        timing = Timing(data.no_input_s, data.inter_digit_s)
        return (yield from ask(call, speech, lambda: read_choice(call, keys, timing), attempts))

    def _speech(self, data: CollectDigitsData, call: FlowCall, greeting: _Parts, repeat: Prompts) -> Speech:
        return Speech(
            greeting=greeting,
            repeat=lambda: call.render(repeat),
            no_input=lambda: call.render(data.no_input_prompts),
            invalid=lambda: call.render(data.invalid_prompts),
        )
