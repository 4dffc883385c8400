"""Voicemail: record a message for a store or a mailbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import StringConstraints

from callcenter.calls.channel_results import VoicemailRequest, VoicemailResult
from callcenter.ivr.effects import RecordVoicemail, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import MailboxRef, NodeData, Template, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.prompts import Prompts, no_prompts
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port


class VoicemailData(NodeData):
    """Settings of a voicemail node."""

    greeting: Prompts = setting(default_factory=no_prompts, vi="Lời mời để lại lời nhắn", en="Greeting")
    box: MailboxRef = setting("central", vi="Hộp thư hoặc cửa hàng", en="Mailbox or store")
    store: Template | None = setting(
        None, vi="Cửa hàng từ biến", en="Store from a variable", help_en="Used instead of the mailbox when it is set."
    )
    max_seconds: float = setting(120.0, vi="Dài nhất (giây)", en="At most (s)", ge=3, le=900)
    silence_seconds: float = setting(5.0, vi="Im lặng thì dừng (giây)", en="Silence ends it (s)", ge=0, le=60)
    end_keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,12}$")] = setting(
        "#", vi="Phím kết thúc", en="Keys that end it"
    )
    notify: bool = setting(
        True,
        vi="Báo ngay có lời nhắn",
        en="Notify at once",
        help_vi="Hiện thông báo cho những người nghe hộp thư này.",
        help_en="Shows a notice to those who listen to the box.",
    )


class VoicemailNode(NodeType[VoicemailData]):
    """Plays a greeting, beeps and records."""

    name = "voicemail"
    label = Label("Hộp thư thoại", "Voicemail")
    help = Label(
        "Ghi lời nhắn của khách cho cửa hàng hoặc hộp thư.",
        "Records a message for a store or a mailbox.",
    )
    category = Category.CONNECT
    icon = "microphone"
    data_model = VoicemailData
    static_ports = (
        Port("recorded", Label("Đã ghi", "Recorded")),
        Port("empty", Label("Không có lời nhắn", "Empty")),
        Port("failed", Label("Lỗi", "Failed")),
    )

    def required_prompts(self, data: VoicemailData) -> Iterable[tuple[str, Prompts]]:
        """The greeting."""
        return (("greeting", data.greeting),)

    def worst_case_s(self, data: VoicemailData) -> float:
        """A long message."""
        return data.greeting.estimate_s() + data.max_seconds

    def run(self, data: VoicemailData, call: FlowCall) -> Steps[NodeResult]:
        """Greet and record."""
        box = data.box
        if data.store is not None:
            try:
                box = call.text(data.store).strip() or data.box
            except TemplateFault as error:
                call.warn(f"no store, kept in {data.box}: {error}")
        yield from call.play(call.render(data.greeting))
        yield from call.flush()  # A key that skipped the greeting must not end the message.
        request = VoicemailRequest(box, data.max_seconds, data.silence_seconds, data.end_keys, notify=data.notify)
        result = yield from call.perform(RecordVoicemail(request), VoicemailResult)
        call.note(outcome=result.outcome.value, box=box, recording=result.recording_id, duration_ms=result.duration_ms)
        return Exit(result.outcome.value)
