"""Call-back: the caller hangs up and keeps the place in a queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from callcenter.crm.phone_number import normalise
from callcenter.ivr.effects import RequestCallback, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import DigitKey, Expression, NodeData, Template, setting
from callcenter.ivr.flow_call import FlowCall, WaitingSince
from callcenter.ivr.keypad import Attempts, Heard, NumberRules, Reading, Speech, Timing, ask, read_choice, read_number
from callcenter.ivr.nodes.queue_choice import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    QueueChoice,
    SkillNeed,
    chosen_queue,
    priority_of,
    skills_of,
)
from callcenter.ivr.ports import CallbackRequest, CallbackResult
from callcenter.ivr.problems import Finding
from callcenter.ivr.prompts import Prompts
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port, Scope

SHORTEST_NUMBER, LONGEST_NUMBER = 8, 15
_INTER_DIGIT_S = 3.0


def _texts(vi: list[str], en: list[str], *, say: str | None = None) -> Prompts:
    """Return a prompt of texts in both languages, with the variable ``say`` read as digits after the first."""

    def parts(texts: list[str]) -> list[dict[str, str]]:
        first, *rest = [{"text": text} for text in texts]
        return [first, *([{"say": say, "as": "digits"}] if say is not None else []), *rest]

    return Prompts.model_validate({"vi": parts(vi), "en": parts(en)})


def _offer() -> Prompts:
    return _texts(
        ["Để chúng tôi gọi lại khi tới lượt mà quý khách không phải chờ máy, bấm 1. Để tiếp tục chờ, bấm 2."],
        ["To be called back when it is your turn, without holding the line, press 1. To keep waiting, press 2."],
    )


def _confirm() -> Prompts:
    return _texts(
        ["Chúng tôi sẽ gọi tới số", "Đúng, bấm 1. Để nhập số khác, bấm 2."],
        ["We will call", "If this is right, press 1. To enter another number, press 2."],
        say="number",
    )


def _ask_number() -> Prompts:
    return _texts(
        ["Vui lòng nhập số điện thoại nhận cuộc gọi, kết thúc bằng phím thăng."],
        ["Please enter the number to call, followed by the hash key."],
    )


def _bad_number() -> Prompts:
    return _texts(["Số vừa nhập không đúng."], ["This is not a number we can call."])


class CallbackData(NodeData):
    """Settings of a call-back node."""

    queue: QueueChoice = setting(vi="Hàng đợi", en="Queue")
    offer: Prompts = setting(
        default_factory=_offer,
        vi="Lời đề nghị gọi lại",
        en="Offer",
        help_vi="Để trống: không hỏi, coi như đồng ý.",
        help_en="Empty: the caller is not asked.",
    )
    accept_key: DigitKey = setting("1", vi="Phím đồng ý", en="Key to accept")
    decline_key: DigitKey = setting("2", vi="Phím từ chối", en="Key to decline")
    number: Template = setting("{{ caller_number }}", vi="Số gọi lại", en="Number to call")
    confirm: Prompts = setting(
        default_factory=_confirm,
        vi="Lời xác nhận số",
        en="Prompt that reads the number back",
        help_vi="Biến number là số sẽ gọi. Để trống: không hỏi lại. Dùng hai phím ở trên.",
        help_en="The variable number is the number to call. Empty: not read back. Uses the two keys above.",
    )
    ask_number: Prompts = setting(
        default_factory=_ask_number,
        vi="Lời mời nhập số",
        en="Prompt that asks for a number",
        help_vi="Khi số của khách bị ẩn, không gọi được hoặc khách muốn số khác.",
        help_en="When the caller's number is withheld or cannot be called, or another one is wanted.",
    )
    bad_number: Prompts = setting(default_factory=_bad_number, vi="Lời báo số sai", en="“Wrong number” prompt")
    priority: int = setting(0, vi="Điểm ưu tiên", en="Priority points", ge=LOWEST_PRIORITY, le=HIGHEST_PRIORITY)
    priority_from: Expression | None = setting(None, vi="Điểm ưu tiên từ biến", en="Priority from variables")
    skills: Annotated[list[SkillNeed], Field(max_length=20)] = setting(
        default_factory=list, vi="Kỹ năng cần có", en="Skills needed"
    )
    count_from: WaitingSince = setting(
        WaitingSince.FIRST_QUEUE,
        vi="Tính chờ từ",
        en="Count waiting from",
        help_vi="Chỗ trong hàng của cuộc gọi lại.",
        help_en="Decides the place of the call-back in the queue.",
    )
    no_input_s: float = setting(7.0, vi="Chờ bấm phím (giây)", en="Wait for a key (s)", ge=1, le=60)
    attempts: int = setting(3, vi="Số lần hỏi", en="Times asked", ge=1, le=10)


class CallbackNode(NodeType[CallbackData]):
    """Offers a call-back, agrees on the number and has it kept."""

    name = "callback"
    label = Label("Hẹn gọi lại", "Call-back")
    help = Label(
        "Khách gác máy mà vẫn giữ chỗ; tới lượt thì được gọi lại.",
        "The caller hangs up, keeps the place and is called back.",
    )
    category = Category.CONNECT
    icon = "phone-calling"
    data_model = CallbackData
    local_names = frozenset({"number"})
    static_ports = (
        Port("requested", Label("Đã hẹn", "Requested")),
        Port("declined", Label("Không muốn", "Declined")),
        Port("exists", Label("Đã hẹn từ trước", "Already requested")),
        Port("failed", Label("Lỗi", "Failed")),
    )

    def takes_input(self, data: CallbackData) -> bool:
        """When there is something to ask; a withheld number alone is not enough to rely on."""
        return bool(data.offer) or bool(data.confirm)

    def required_prompts(self, data: CallbackData) -> Iterable[tuple[str, Prompts]]:
        """The question for a number; the others when they are used at all."""
        yield "ask_number", data.ask_number
        for name in ("offer", "confirm", "bad_number"):
            if prompts := getattr(data, name):
                yield name, prompts

    def assigns(self, data: CallbackData) -> Mapping[str, frozenset[str]]:
        """The call-back and its number."""
        names = frozenset({"callback_id", "callback_number"})
        return {"requested": names, "exists": names}

    def check(self, data: CallbackData, scope: Scope) -> Iterator[Finding]:
        """Find keys that clash."""
        if data.accept_key == data.decline_key:
            yield Finding("duplicate-key", values={"keys": data.accept_key})

    def worst_case_s(self, data: CallbackData) -> float:
        """Every question is asked to its limit."""
        choice_s = data.no_input_s
        number_s = data.no_input_s + (LONGEST_NUMBER - 1) * _INTER_DIGIT_S
        asked = data.offer.estimate_s() + choice_s if data.offer else 0.0
        entered = data.ask_number.estimate_s() + data.bad_number.estimate_s() + number_s
        confirmed = data.confirm.estimate_s() + choice_s if data.confirm else 0.0
        return data.attempts * (2 * asked + entered + 2 * confirmed)

    def run(self, data: CallbackData, call: FlowCall) -> Steps[NodeResult]:
        """Offer, agree on a number, keep."""
        try:
            queue = chosen_queue(data.queue, call)
        except TemplateFault as error:
            call.warn(f"no queue: {error}")
            return Exit("failed")
        if data.offer:
            answer = yield from self._choose(data, call, data.offer)
            if answer.keys != data.accept_key:
                call.note(outcome="declined", queue=queue)
                return Exit("declined")
        number = yield from self._agree(data, call)
        if number is None:
            call.note(outcome="failed", queue=queue, reason="no number")
            return Exit("failed")
        since = call.waiting_since(data.count_from)
        waited_s = 0.0 if since is None else call.now() - since
        customer = call.variables.get("customer")
        customer_id = customer.get("id") if isinstance(customer, dict) else None
        name = customer.get("name") if isinstance(customer, dict) else None
        request = CallbackRequest(
            queue=queue,
            number=number,
            call_id=str(call.variables.get("call_id") or ""),
            customer_id=None if customer_id is None else str(customer_id),
            customer_name=str(name or ""),
            waiting_since=call.utcnow() - timedelta(seconds=waited_s),
            priority=priority_of(data.priority, data.priority_from, call),
            skills=skills_of(data.skills),
            language=call.language,
        )
        result = yield from call.perform(RequestCallback(request), CallbackResult)
        call.note(outcome=result.outcome.value, queue=queue, callback=result.callback_id)
        if result.callback_id is not None:
            call.variables.set("callback_id", result.callback_id)
            call.variables.set("callback_number", number)
        return Exit(result.outcome.value)

    def _agree(self, data: CallbackData, call: FlowCall) -> Steps[str | None]:
        """Return the number to call, ``None`` when the caller does not settle on one."""
        number = self._known_number(data, call)
        for _ in range(data.attempts):
            if number is None:
                number = yield from self._enter_number(data, call)
                if number is None:
                    return None
            if not data.confirm:
                return number
            answer = yield from self._choose(data, call, data.confirm, {"number": _as_spoken(number)})
            if answer.keys == data.accept_key:
                return number
            if answer.heard is not Heard.KEYS:
                return None
            number = None
        return None

    def _known_number(self, data: CallbackData, call: FlowCall) -> str | None:
        try:
            return normalise(call.text(data.number).strip())
        except TemplateFault as error:
            call.warn(f"no number: {error}")
            return None

    def _choose(
        self, data: CallbackData, call: FlowCall, prompts: Prompts, extra: Mapping[str, str] | None = None
    ) -> Steps[Reading]:
        yield from call.flush()  # Keys pressed before the question cannot be meant for it.
        parts = call.render(prompts, extra)
        speech = Speech(lambda: parts, lambda: parts, tuple, tuple)
        keys = (data.accept_key, data.decline_key)
        timing = Timing(data.no_input_s, _INTER_DIGIT_S)
        attempts = Attempts(data.attempts, data.attempts)
        answer = yield from ask(call, speech, lambda: read_choice(call, keys, timing), attempts)
        if answer.heard is Heard.KEYS:
            call.input_seen()
        return answer

    def _enter_number(self, data: CallbackData, call: FlowCall) -> Steps[str | None]:
        yield from call.flush()
        prompt = call.render(data.ask_number)
        rules = NumberRules(SHORTEST_NUMBER, LONGEST_NUMBER)
        timing = Timing(data.no_input_s, _INTER_DIGIT_S)

        def read() -> Steps[Reading]:
            reading = yield from read_number(call, rules, timing)
            if reading.heard is Heard.KEYS and normalise(reading.keys) is None:
                return Reading(Heard.INVALID, reading.keys)
            return reading

        speech = Speech(lambda: prompt, lambda: prompt, tuple, lambda: call.render(data.bad_number))
        reading = yield from ask(call, speech, read, Attempts(data.attempts, data.attempts))
        if reading.heard is not Heard.KEYS:
            return None
        call.input_seen()
        return normalise(reading.keys)


def _as_spoken(number: str) -> str:
    """Return a Vietnamese number as people dial it, any other with its country code."""
    return f"0{number[3:]}" if number.startswith("+84") else number.removeprefix("+")
