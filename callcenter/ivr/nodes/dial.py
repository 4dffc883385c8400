"""Dial: ring a store, an extension, a number or a routing plan, and talk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from callcenter.calls.channel_results import DialOutcome, DialRequest, DialResult, TargetKind
from callcenter.ivr.effects import Dial, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import (
    AudioFile,
    DigitKey,
    ExtensionRef,
    NodeData,
    PlanRef,
    Settings,
    StoreRef,
    Template,
    setting,
)
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, EndCall, Exit, Label, NodeResult, NodeType, Port

_ANSWERED = Port("answered", Label("Đã nói chuyện", "Answered"))
_LEFT = Port("left", Label("Bấm phím thoát", "Left by key"))


class StoreTarget(Settings):
    """A fixed store; ``central`` is the central group."""

    kind: Literal["store"] = "store"
    store: StoreRef = setting(vi="Cửa hàng", en="Store")


class StoreVariableTarget(Settings):
    """The store a variable names, usually found by a last-store node."""

    kind: Literal["store_variable"] = "store_variable"
    store: Template = setting("{{ store.code }}", vi="Mã cửa hàng", en="Store code")


class ExtensionTarget(Settings):
    """One extension."""

    kind: Literal["extension"] = "extension"
    extension: ExtensionRef = setting(vi="Máy lẻ", en="Extension")


class NumberTarget(Settings):
    """A telephone number outside."""

    kind: Literal["number"] = "number"
    number: Template = setting(vi="Số điện thoại", en="Phone number")


class PlanTarget(Settings):
    """A routing plan with its own fallbacks."""

    kind: Literal["plan"] = "plan"
    plan: PlanRef = setting(vi="Kế hoạch định tuyến", en="Routing plan")


class DialData(NodeData):
    """Settings of a dial node."""

    target: Annotated[
        StoreTarget | StoreVariableTarget | ExtensionTarget | NumberTarget | PlanTarget, Field(discriminator="kind")
    ] = setting(vi="Gọi tới", en="Dial")
    ring_timeout_s: float = setting(20.0, vi="Đổ chuông (giây)", en="Ring for (s)", ge=3, le=180)
    announce: Prompts = setting(default_factory=no_prompts, vi="Lời báo nối máy", en="Announcement")
    waiting: Literal["ringback", "music", "file"] = setting("ringback", vi="Âm thanh chờ", en="While ringing")
    waiting_file: AudioFile | None = setting(None, vi="Tệp nhạc chờ", en="Waiting file")
    leave_key: DigitKey | None = setting("0", vi="Phím thoát", en="Key to leave")
    after_answer: Literal["continue", "end"] = setting(
        "end", vi="Khi bên kia gác máy", en="When the other side hangs up"
    )


class DialNode(NodeType[DialData]):
    """Rings somebody; leaves by what came of it."""

    name = "dial"
    label = Label("Nối máy", "Dial")
    help = Label(
        "Nối tới cửa hàng, máy lẻ, số ngoài hoặc kế hoạch định tuyến.",
        "Connects to a store, extension, number or routing plan.",
    )
    category = Category.CONNECT
    icon = "phone-outgoing"
    data_model = DialData
    static_ports = (
        _ANSWERED,
        Port("busy", Label("Máy bận", "Busy")),
        Port("no_answer", Label("Không trả lời", "No answer")),
        Port("unavailable", Label("Không liên lạc được", "Unavailable")),
        Port("closed", Label("Đóng cửa", "Closed")),
        Port("failed", Label("Lỗi", "Failed")),
        _LEFT,
    )
    reaches_human = True

    def ports(self, data: DialData) -> tuple[Port, ...]:
        """Leave out exits that cannot happen."""
        hidden = set()
        if data.after_answer == "end":
            hidden.add("answered")
        if data.leave_key is None:
            hidden.add("left")
        return tuple(port for port in self.static_ports if port.id not in hidden)

    def required_prompts(self, data: DialData) -> Iterable[tuple[str, Prompts]]:
        """The announcement, when there is one."""
        if data.announce:
            yield "announce", data.announce

    def worst_case_s(self, data: DialData) -> float:
        """Nobody answers."""
        return data.ring_timeout_s

    def run(self, data: DialData, call: FlowCall) -> Steps[NodeResult]:
        """Ring, talk, and see what came of it."""
        try:
            kind, target = self._target(data, call)
        except TemplateFault as error:
            call.warn(f"no target: {error}")
            return Exit("failed")
        if data.leave_key is not None and (yield from call.keys_waiting()):
            key = yield from call.next_key(0.0)
            if key == data.leave_key:
                call.note(outcome="left", target=target)
                return Exit("left")
        request = DialRequest(
            kind=kind,
            target=target,
            ring_timeout_s=data.ring_timeout_s,
            announce=call.render(data.announce),
            waiting=self._waiting(data),
            leave_key=data.leave_key,
            language=call.language,
            explanation=call.routing,
        )
        result = yield from call.perform(Dial(request), DialResult)
        call.note(outcome=result.outcome.value, target=target, kind=kind.value, ring_ms=result.ring_ms)
        if result.explanation:
            call.note(explanation=dict(result.explanation))
        if result.outcome is DialOutcome.ANSWERED:
            call.note(answered_by=result.answered_by, store=result.store, talk_ms=result.talk_ms)
            call.input_seen()
            if data.after_answer == "end":
                return EndCall("normal")
        if result.outcome is DialOutcome.LEFT:
            call.visit.keys.append(data.leave_key or "")
        return Exit(result.outcome.value)

    def _waiting(self, data: DialData) -> str:
        if data.waiting == "file":
            return data.waiting_file or "ringback"
        return data.waiting

    def _target(self, data: DialData, call: FlowCall) -> tuple[TargetKind, str]:
        match data.target:
            case StoreTarget(store=store):
                kind, target = TargetKind.STORE, store
            case StoreVariableTarget(store=template):
                kind, target = TargetKind.STORE, call.text(template)
            case ExtensionTarget(extension=extension):
                kind, target = TargetKind.EXTENSION, extension
            case NumberTarget(number=template):
                kind, target = TargetKind.NUMBER, call.text(template)
            case PlanTarget(plan=plan):
                kind, target = TargetKind.PLAN, plan
        if not target.strip():
            raise TemplateFault("the target is empty")
        return kind, target.strip()
