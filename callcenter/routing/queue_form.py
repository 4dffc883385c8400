"""A queue's settings as supervisors write them: JSON with labels in both languages, checked, read into acd's values.

What is left out keeps its default; the defaults are those of :class:`callcenter.acd.queue.QueueSettings`, and a
deployment may set others (``queues.defaults`` in the configuration).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from callcenter.acd.queue import (
    AnnouncementSettings,
    CallbackMode,
    CallbackSettings,
    EstimateMethod,
    EstimateSettings,
    QueueSettings,
    SkillRelaxation,
    StaffRule,
    WrapUpMode,
    WrapUpSettings,
)
from callcenter.acd.strategies import STRATEGIES
from callcenter.base.errors import CallcenterError
from callcenter.calls.channel_results import PromptKind, PromptPart
from callcenter.ivr.fields import AudioFile, DigitKey, Settings, setting
from callcenter.ivr.prompts import FilePrompt, Prompts, TextPrompt, TonePrompt, no_prompts
from callcenter.routing.hours_form import HoursForm

_D = QueueSettings()
_A, _E, _C, _W = _D.announcements, _D.estimate, _D.callback, _D.wrap_up


class InvalidQueueSettings(CallcenterError):
    """Settings of a queue that cannot be understood."""

    error_id = "invalid-queue-settings"


def _known_strategy(name: str) -> str:
    if name not in STRATEGIES:
        raise ValueError(f"must be one of {', '.join(STRATEGIES)}")
    return name


def _fixed(prompts: Prompts) -> Prompts:
    """Refuse what only exists inside a flow: variables."""
    for parts in prompts.root.values():
        for part in parts:
            if not isinstance(part, TextPrompt | FilePrompt | TonePrompt):
                raise ValueError("a queue has no variables to say")
            if isinstance(part, TextPrompt) and "{" in part.text:
                raise ValueError("a queue has no variables to fill in")
    return prompts


StrategyName: TypeAlias = Annotated[
    str, AfterValidator(_known_strategy), Field(json_schema_extra={"enum": list(STRATEGIES)})
]
FixedPrompts: TypeAlias = Annotated[Prompts, AfterValidator(_fixed)]
SkillName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[\w .:-]{1,64}$")]
SkillLevel: TypeAlias = Annotated[int, Field(ge=1, le=10)]
QueueName: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=96)]
WallClock: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class AnnouncementForm(Settings):
    """What waiting callers hear between the music."""

    position: bool = setting(_A.position, vi="Báo thứ tự trong hàng", en="Say the place")
    estimated_wait: bool = setting(
        _A.estimated_wait,
        vi="Báo thời gian chờ dự kiến",
        en="Say the estimated wait",
        help_vi="Không nói gì khi còn ít số liệu.",
        help_en="Says nothing while the data are thin.",
    )
    first_after_s: float = setting(_A.first_after_s, vi="Lần đầu sau (giây)", en="First after (s)", ge=0, le=600)
    min_gap_s: float = setting(_A.min_gap_s, vi="Cách nhau ít nhất (giây)", en="Not within (s)", ge=5, le=600)
    max_gap_s: float = setting(_A.max_gap_s, vi="Cách nhau nhiều nhất (giây)", en="At least every (s)", ge=10, le=3600)
    position_limit: int = setting(
        _A.position_limit,
        vi="Báo chính xác tới thứ tự",
        en="Exact up to the place",
        help_vi="Xa hơn thì nói “hơn” số này.",
        help_en="A place behind it is announced as “more than” it.",
        ge=1,
        le=100,
    )
    only_when_better: bool = setting(_A.only_when_better, vi="Chỉ báo khi tốt hơn", en="Only when it got better")
    periodic: FixedPrompts = setting(default_factory=no_prompts, vi="Thông báo định kỳ", en="Repeated announcement")
    periodic_every_s: float = setting(_A.periodic_every_s, vi="Lặp lại mỗi (giây)", en="Repeated every (s)", ge=10)


class EstimateForm(Settings):
    """How long a caller is told to wait."""

    method: EstimateMethod = setting(
        _E.method,
        vi="Cách tính",
        en="Method",
        help_vi="average: trung bình trượt thời gian chờ; handling_time: thời gian xử lý × thứ tự ÷ số nhân viên.",
        help_en="average: moving average of the waits; handling_time: handling time × place ÷ agents.",
    )
    min_samples: int = setting(_E.min_samples, vi="Số cuộc tối thiểu", en="Calls needed", ge=1, le=1000)
    sample_age_s: float = setting(_E.sample_age_s, vi="Trong vòng (giây)", en="Of the last (s)", ge=60, le=86400)
    default_handling_s: float = setting(
        _E.default_handling_s, vi="Thời gian xử lý giả định (giây)", en="Handling time assumed (s)", ge=1, le=3600
    )
    padding_s: float = setting(_E.padding_s, vi="Cộng thêm (giây)", en="Added (s)", ge=0, le=600)
    round_to_s: float = setting(_E.round_to_s, vi="Làm tròn tới (giây)", en="Rounded to (s)", ge=1, le=300)


class CallbackForm(Settings):
    """Being called back instead of waiting."""

    enabled: bool = setting(_C.enabled, vi="Cho hẹn gọi lại", en="Offered")
    offer_after_s: float = setting(_C.offer_after_s, vi="Mời sau (giây)", en="Offered after (s)", ge=0, le=3600)
    offer_when_wait_over_s: float = setting(
        _C.offer_when_wait_over_s, vi="Mời sớm khi dự kiến chờ hơn (giây)", en="Sooner when the wait is over (s)", ge=0
    )
    again_every_s: float = setting(_C.again_every_s, vi="Mời lại mỗi (giây)", en="Again every (s)", ge=10, le=3600)
    key: DigitKey = setting(_C.key, vi="Phím đồng ý", en="Key to accept")
    mode: CallbackMode = setting(
        _C.mode,
        vi="Gọi ai trước",
        en="Whom to ring first",
        help_vi="agent_first: nhân viên trước; customer_first: khách trước.",
        help_en="agent_first: an agent is on the line before the customer's phone rings; customer_first.",
    )
    max_attempts: int = setting(_C.max_attempts, vi="Số lần gọi", en="Attempts", ge=1, le=10)
    retry_gap_s: float = setting(_C.retry_gap_s, vi="Cách nhau (giây)", en="Between attempts (s)", ge=60, le=86400)
    expire_s: float = setting(_C.expire_s, vi="Hết hạn sau (giây)", en="Given up after (s)", ge=300)
    expire_at_close: bool = setting(_C.expire_at_close, vi="Hết hạn khi hết giờ", en="Given up at closing time")
    quiet_from: WallClock = setting(f"{_C.quiet_from:%H:%M}", vi="Không gọi từ", en="Quiet from")
    quiet_until: WallClock = setting(
        f"{_C.quiet_until:%H:%M}",
        vi="Không gọi tới",
        en="Quiet until",
        help_vi="Theo múi giờ của hàng đợi; hai giờ bằng nhau là không có giờ yên lặng.",
        help_en="In the time zone of the hours; equal times: never quiet.",
    )
    ring_s: float = setting(_C.ring_s, vi="Đổ chuông khách (giây)", en="Ring the customer for (s)", ge=5, le=180)
    caller_id: str | None = setting(
        _C.caller_id,
        vi="Số hiện cho khách",
        en="Number shown to the customer",
        help_vi="Để trống: số của đường trung kế.",
        help_en="Empty: the trunk's own.",
        max_length=32,
    )


class WrapUpForm(Settings):
    """Work after a call."""

    mode: WrapUpMode = setting(
        _W.mode,
        vi="Kiểu kết thúc",
        en="How it ends",
        help_vi=(
            "off: không có; optional: nhân viên hoặc hết giờ; until_coded: khi chọn mã kết quả; "
            "timed: hết giờ hoặc chọn mã; timed_fixed: chỉ khi hết giờ."
        ),
        help_en=(
            "off: there is none; optional: by the agent or its time; until_coded: by a code; "
            "timed: by its time or a code; timed_fixed: only by its time."
        ),
    )
    seconds: float = setting(_W.seconds, vi="Dài nhất (giây)", en="At most (s)", ge=0, le=3600)
    extend_s: float = setting(_W.extend_s, vi="Gia hạn một lần (giây)", en="One extension (s)", ge=0, le=600)
    after_outbound: bool = setting(_W.after_outbound, vi="Cả sau cuộc gọi ra", en="Also after outbound calls")
    require_disposition: bool = setting(
        _W.require_disposition, vi="Bắt buộc chọn mã kết quả", en="A disposition is required"
    )
    timeout_code: str = setting(
        _W.timeout_code, vi="Mã ghi khi hết giờ", en="Code when the time is up", min_length=1, max_length=64
    )


class RelaxationForm(Settings):
    """From some moment of a wait on, ask for less."""

    after_s: float = setting(vi="Sau khi chờ (giây)", en="After waiting (s)", ge=0, le=3600)
    lower_by: int = setting(0, vi="Giảm mức", en="Lower levels by", ge=0, le=10)
    drop: Annotated[list[SkillName], Field(max_length=20)] = setting(
        default_factory=list, vi="Bỏ kỹ năng", en="Skills no longer needed"
    )
    drop_all: bool = setting(False, vi="Bỏ mọi kỹ năng", en="No skill needed any more")


class QueueForm(Settings):
    """Everything about a queue that can be set."""

    strategy: StrategyName = setting(_D.strategy, vi="Cách chia cuộc gọi", en="Strategy")
    priority: int = setting(_D.priority, vi="Điểm ưu tiên", en="Priority points", ge=-100, le=100)
    priority_point_s: float = setting(
        _D.priority_point_s, vi="Một điểm bằng (giây chờ)", en="One point counts as (s of waiting)", ge=0, le=3600
    )
    skills: Annotated[dict[SkillName, SkillLevel], Field(max_length=20)] = setting(
        default_factory=dict,
        vi="Kỹ năng cần có",
        en="Skills needed",
        help_en="Skill to level.",
        help_vi="Kỹ năng: mức.",
    )
    relaxations: Annotated[list[RelaxationForm], Field(max_length=20)] = setting(
        default_factory=list, vi="Nới yêu cầu khi chờ lâu", en="Relaxed while waiting"
    )
    ring_s: float = setting(_D.ring_s, vi="Đổ chuông nhân viên (giây)", en="Ring an agent for (s)", ge=3, le=180)
    retry_s: float = setting(_D.retry_s, vi="Nghỉ giữa hai vòng (giây)", en="Pause between rounds (s)", ge=0, le=300)
    no_answer_delay_s: float = setting(
        _D.no_answer_delay_s, vi="Để yên sau khi không nghe (giây)", en="Rest after no answer (s)", ge=0, le=600
    )
    busy_delay_s: float = setting(
        _D.busy_delay_s, vi="Để yên sau khi báo bận (giây)", en="Rest after busy (s)", ge=0, le=600
    )
    reject_delay_s: float = setting(
        _D.reject_delay_s, vi="Để yên sau khi từ chối (giây)", en="Rest after a refusal (s)", ge=0, le=600
    )
    misses_allowed: int = setting(
        _D.misses_allowed,
        vi="Số lần lỡ liên tiếp",
        en="Misses in a row",
        help_vi="Đủ số này thì nhân viên thành “không trả lời”; 0: không bao giờ.",
        help_en="As many make the agent “not responding”; 0: never.",
        ge=0,
        le=20,
    )
    max_length: int = setting(
        _D.max_length,
        vi="Số khách chờ tối đa",
        en="Longest queue",
        help_vi="0: không giới hạn.",
        help_en="0: no limit.",
        ge=0,
        le=10_000,
    )
    max_wait_s: float = setting(
        _D.max_wait_s,
        vi="Chờ tối đa (giây)",
        en="Longest wait (s)",
        help_vi="0: không giới hạn.",
        help_en="0: no limit.",
        ge=0,
        le=86_400,
    )
    join_when: StaffRule = setting(
        _D.join_when,
        vi="Cho vào khi có nhân viên",
        en="Let in when somebody is",
        help_vi=(
            "nobody: luôn cho vào; logged_in: có người đăng nhập; on_queue: có người nhận cuộc gọi; "
            "available: có người rảnh."
        ),
        help_en="nobody: always; logged_in: signed in; on_queue: taking calls; available: free.",
    )
    stay_when: StaffRule = setting(_D.stay_when, vi="Cho chờ tiếp khi có nhân viên", en="Keep while somebody is")
    leave_after_s: float = setting(
        _D.leave_after_s, vi="Không còn ai thì rời sau (giây)", en="Let go after nobody for (s)", ge=0, le=3600
    )
    hours: HoursForm = setting(
        default_factory=HoursForm,
        vi="Giờ nhận khách",
        en="Hours",
        help_vi="Ngoài giờ không ai vào hàng; khách đang chờ vẫn được phục vụ.",
        help_en="Outside them nobody joins; those who wait already are served.",
    )
    overflow: Annotated[list[QueueName], Field(max_length=10)] = setting(
        default_factory=list,
        vi="Tràn sang hàng đợi",
        en="Overflows into",
        help_vi="Mã các hàng đợi, theo thứ tự; khách giữ nguyên thời gian chờ.",
        help_en="Codes of queues in this order; the arrival time is kept.",
    )
    music: AudioFile = setting(
        _D.music,
        vi="Nhạc chờ",
        en="Music",
        help_vi="music, ringback hoặc tên tệp âm thanh.",
        help_en="music, ringback, or an audio file.",
    )
    greeting: FixedPrompts = setting(default_factory=no_prompts, vi="Lời chào đầu hàng", en="Greeting")
    announcements: AnnouncementForm = setting(
        default_factory=AnnouncementForm, vi="Thông báo khi chờ", en="Announcements"
    )
    estimate: EstimateForm = setting(default_factory=EstimateForm, vi="Thời gian chờ dự kiến", en="Estimated wait")
    callback: CallbackForm = setting(default_factory=CallbackForm, vi="Hẹn gọi lại", en="Call-back")
    wrap_up: WrapUpForm = setting(default_factory=WrapUpForm, vi="Việc sau cuộc gọi", en="Wrap-up")
    resume_within_s: float = setting(
        _D.resume_within_s,
        vi="Gọi lại trong vòng thì giữ chỗ (giây)",
        en="Place kept after hanging up for (s)",
        help_vi="0: không giữ.",
        help_en="0: never.",
        ge=0,
        le=3600,
    )
    target_s: float = setting(_D.target_s, vi="Mục tiêu trả lời trong (giây)", en="Target: answered within (s)", ge=1)
    short_abandon_s: float = setting(
        _D.short_abandon_s,
        vi="Gác máy sớm hơn không tính (giây)",
        en="Hanging up sooner does not count (s)",
        ge=0,
        le=120,
    )
    preferred_only_s: float = setting(
        _D.preferred_only_s, vi="Chỉ đổ chuông người ưu tiên (giây)", en="Only preferred agents for (s)", ge=0, le=600
    )

    def to_settings(self) -> QueueSettings:
        """Return the value that the distribution of calls works with."""
        plain = self.model_dump(
            exclude={"relaxations", "hours", "overflow", "greeting", "announcements", "estimate", "callback", "wrap_up"}
        )
        announcements = self.announcements.model_dump(exclude={"periodic"})
        callback = self.callback.model_dump(exclude={"quiet_from", "quiet_until"})
        return QueueSettings(
            **plain,
            relaxations=tuple(
                SkillRelaxation(**{**step.model_dump(), "drop": tuple(step.drop)}) for step in self.relaxations
            ),
            hours=self.hours.to_hours(),
            overflow=tuple(self.overflow),
            greeting=prompt_parts(self.greeting),
            announcements=AnnouncementSettings(**announcements, periodic=prompt_parts(self.announcements.periodic)),
            estimate=EstimateSettings(**self.estimate.model_dump()),
            callback=CallbackSettings(
                **callback,
                quiet_from=time.fromisoformat(self.callback.quiet_from),
                quiet_until=time.fromisoformat(self.callback.quiet_until),
            ),
            wrap_up=WrapUpSettings(**self.wrap_up.model_dump()),
        )


def prompt_parts(prompts: Prompts) -> tuple[PromptPart, ...]:
    """Return everything to be heard, in all languages, each part with its own."""
    parts = []
    for language, listed in prompts.root.items():
        for prompt in listed:
            match prompt:
                case TextPrompt(text=text):
                    parts.append(PromptPart(PromptKind.TEXT, text, language))
                case FilePrompt(file=file):
                    parts.append(PromptPart(PromptKind.FILE, file, language))
                case TonePrompt(tone=tone):
                    parts.append(PromptPart(PromptKind.TONE, tone.value, language))
                case _:
                    continue
    return tuple(parts)


def read_settings(stored: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> QueueForm:
    """Read settings; what they leave out is as in ``defaults``, and as shipped where those say nothing either.

    :raises InvalidQueueSettings: naming what cannot be understood.
    """
    try:
        return QueueForm.model_validate(_merged(defaults or {}, stored))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise InvalidQueueSettings("; ".join(faults)) from None


_WHOLE = frozenset({"skills", "hours", "greeting", "periodic"})
"Settings that are replaced as a whole: half of one's hours beside half of another's make no sense."


def _merged(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in above.items():
        below = merged.get(name)
        if name not in _WHOLE and isinstance(value, Mapping) and isinstance(below, Mapping):
            value = _merged(below, value)
        merged[name] = value
    return merged
