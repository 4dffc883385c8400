"""Queue: wait for an agent, and talk to the one who answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from callcenter.calls.channel_results import QueueOutcome, QueueRequest, QueueResult
from callcenter.ivr.effects import Enqueue, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import Expression, NodeData, setting
from callcenter.ivr.flow_call import FlowCall, WaitingSince
from callcenter.ivr.nodes.queue_choice import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    QueueChoice,
    SkillNeed,
    chosen_queue,
    priority_of,
    skills_of,
)
from callcenter.ivr.problems import Finding
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, EndCall, Exit, Label, NodeResult, NodeType, Port, Scope

ASSUMED_WAIT_S = 300.0
"How long a queue is taken to keep a caller when the worst case is estimated: the default of ``max_wait_s``."
MAX_PREFERRED = 20


class QueueData(NodeData):
    """Settings of a queue node."""

    queue: QueueChoice = setting(vi="Hàng đợi", en="Queue")
    announce: Prompts = setting(
        default_factory=no_prompts,
        vi="Lời báo trước khi vào hàng",
        en="Announcement before waiting",
        help_vi="Nhạc và thông báo trong lúc chờ đặt ở hàng đợi.",
        help_en="Music and announcements while waiting are settings of the queue.",
    )
    priority: int = setting(
        0,
        vi="Điểm ưu tiên",
        en="Priority points",
        help_vi="Mỗi điểm tính như một phút đã chờ.",
        help_en="Each counts as one minute of waiting.",
        ge=LOWEST_PRIORITY,
        le=HIGHEST_PRIORITY,
    )
    priority_from: Expression | None = setting(
        None,
        vi="Điểm ưu tiên từ biến",
        en="Priority from variables",
        help_vi="Ví dụ (customer.vip_level | default(0)) * 5; dùng thay điểm ở trên khi tính được.",
        help_en="For example (customer.vip_level | default(0)) * 5; used instead of the points above when a number.",
    )
    skills: Annotated[list[SkillNeed], Field(max_length=20)] = setting(
        default_factory=list, vi="Kỹ năng cần có", en="Skills needed"
    )
    prefer: Expression | None = setting(
        None,
        vi="Ưu tiên nhân viên",
        en="Agents to offer first",
        help_vi="Biểu thức cho mã một nhân viên hoặc một danh sách.",
        help_en="An expression that gives an agent's id or a list of them.",
    )
    count_from: WaitingSince = setting(
        WaitingSince.FIRST_QUEUE,
        vi="Tính chờ từ",
        en="Count waiting from",
        help_vi="first_queue: từ hàng đợi đầu tiên của cuộc gọi, khách tràn sang hàng khác vẫn giữ chỗ.",
        help_en="first_queue: from the first queue of the call, so that overflowing costs no place.",
    )
    exit_keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,12}$")] = setting(
        "", vi="Phím thoát", en="Keys to leave", help_vi="Lưu vào biến queue_key.", help_en="Stored in queue_key."
    )
    after_answer: Literal["continue", "end"] = setting("end", vi="Khi nhân viên gác máy", en="When the agent hangs up")


class QueueNode(NodeType[QueueData]):
    """Puts the caller into a queue; leaves by what came of it."""

    name = "queue"
    label = Label("Hàng đợi", "Queue")
    help = Label(
        "Khách chờ trong hàng đợi cho tới khi gặp nhân viên.",
        "The caller waits in a queue for an agent.",
    )
    category = Category.CONNECT
    icon = "users-group"
    data_model = QueueData
    reaches_human = True
    static_ports = (
        Port("answered", Label("Đã nói chuyện", "Answered")),
        Port("full", Label("Hàng đợi đầy", "Full")),
        Port("join_empty", Label("Không có nhân viên", "Nobody logged in")),
        Port("leave_empty", Label("Nhân viên đã rời hết", "Everybody left")),
        Port("closed", Label("Ngoài giờ", "Closed")),
        Port("max_wait", Label("Chờ quá lâu", "Waited too long")),
        Port("key", Label("Bấm phím thoát", "Left by key")),
        Port("callback", Label("Hẹn gọi lại", "Asked to be called back")),
        Port("failed", Label("Lỗi", "Failed")),
    )

    def ports(self, data: QueueData) -> tuple[Port, ...]:
        """Leave out exits that cannot happen."""
        hidden = set()
        if data.after_answer == "end":
            hidden.add("answered")
        if not data.exit_keys:
            hidden.add("key")
        return tuple(port for port in self.static_ports if port.id not in hidden)

    def required_prompts(self, data: QueueData) -> Iterable[tuple[str, Prompts]]:
        """The announcement, when there is one."""
        if data.announce:
            yield "announce", data.announce

    def assigns(self, data: QueueData) -> Mapping[str, frozenset[str]]:
        """How long was waited; the key or the call-back where there is one."""
        waited = frozenset({"queue_waited_s"})
        return {"*": waited, "key": frozenset({"queue_key"}), "callback": frozenset({"callback_id"})}

    def check(self, data: QueueData, scope: Scope) -> Iterator[Finding]:
        """Find keys that are named twice."""
        doubled = {key for key in data.exit_keys if data.exit_keys.count(key) > 1}
        for key in sorted(doubled):
            yield Finding("duplicate-key", values={"keys": key})

    def worst_case_s(self, data: QueueData) -> float:
        """The announcement and a long wait."""
        return data.announce.estimate_s() + ASSUMED_WAIT_S

    def run(self, data: QueueData, call: FlowCall) -> Steps[NodeResult]:
        """Announce, wait, talk, and see what came of it."""
        call.variables.set("queue_waited_s", 0)
        try:
            queue = chosen_queue(data.queue, call)
        except TemplateFault as error:
            call.warn(f"no queue: {error}")
            return Exit("failed")
        yield from call.play(call.render(data.announce))
        if data.exit_keys and (yield from call.keys_waiting()):
            key = yield from call.next_key(0.0)
            if key is not None and key in data.exit_keys:
                call.note(outcome=QueueOutcome.KEY.value, queue=queue, waited_ms=0)
                call.variables.set("queue_key", key)
                return Exit("key")
        since = call.waiting_since(data.count_from)
        request = QueueRequest(
            queue=queue,
            priority=priority_of(data.priority, data.priority_from, call),
            skills=skills_of(data.skills),
            waiting_since_ms=None if since is None else max(0, round((since - call.started_at) * 1000)),
            exit_keys=data.exit_keys,
            preferred_agents=_preferred(data.prefer, call),
            language=call.language,
        )
        result = yield from call.perform(Enqueue(request), QueueResult)
        call.input_seen()  # A queue has limits of its own; the time spent in it is not the flow's.
        return self._leave(data, call, result)

    def _leave(self, data: QueueData, call: FlowCall, result: QueueResult) -> NodeResult:
        call.note(outcome=result.outcome.value, queue=result.queue, waited_ms=result.waited_ms)
        call.variables.set("queue_waited_s", result.waited_ms // 1000)
        match result.outcome:
            case QueueOutcome.ANSWERED:
                call.note(answered_by=result.answered_by, agent=result.agent_id, talk_ms=result.talk_ms)
                if data.after_answer == "end":
                    return EndCall("normal")
            case QueueOutcome.KEY:
                call.visit.keys.append(result.key or "")
                call.variables.set("queue_key", result.key or "")
            case QueueOutcome.CALLBACK:
                call.note(callback=result.callback_id)
                call.variables.set("callback_id", result.callback_id)
        return Exit(result.outcome.value)


def _preferred(expression: Expression | None, call: FlowCall) -> tuple[str, ...]:
    if expression is None:
        return ()
    try:
        value = call.value(expression)
    except TemplateFault as error:
        call.warn(f"no agent preferred: {error}")
        return ()
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in listed if isinstance(item, str) and item)[:MAX_PREFERRED]
