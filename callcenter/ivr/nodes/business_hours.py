"""Business hours: open, closed or holiday, by a schedule of its own or a store's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from callcenter.ivr.effects import CheckStoreHours, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import NodeData, Settings, StoreRef, Template, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.opening_hours import WeeklyHours, hours_state
from callcenter.ivr.ports import HoursState
from callcenter.ivr.problems import Finding
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port, Scope

_OPEN = Port("open", Label("Đang mở cửa", "Open"))
_CLOSED = Port("closed", Label("Ngoài giờ", "Closed"))
_HOLIDAY = Port("holiday", Label("Ngày lễ", "Holiday"), required=False)
_UNKNOWN = Port("unknown", Label("Không rõ giờ", "Unknown"))


class OwnSchedule(Settings):
    """Hours written in the node."""

    kind: Literal["schedule"] = "schedule"
    hours: WeeklyHours = setting(default_factory=WeeklyHours, vi="Lịch", en="Schedule")
    timezone: str | None = setting(None, vi="Múi giờ", en="Time zone", help_en="The flow's when empty.", max_length=60)


class StoreSchedule(Settings):
    """The hours of a fixed store."""

    kind: Literal["store"] = "store"
    store: StoreRef = setting(vi="Cửa hàng", en="Store")


class CallersStoreSchedule(Settings):
    """The hours of the store a variable names."""

    kind: Literal["variable"] = "variable"
    store: Template = setting("{{ store.code }}", vi="Mã cửa hàng", en="Store code")


class BusinessHoursData(NodeData):
    """Settings of a business-hours node."""

    source: Annotated[OwnSchedule | StoreSchedule | CallersStoreSchedule, Field(discriminator="kind")] = setting(
        default_factory=OwnSchedule, vi="Giờ của", en="Whose hours"
    )


class BusinessHoursNode(NodeType[BusinessHoursData]):
    """Asks whether it is open now."""

    name = "business_hours"
    label = Label("Giờ làm việc", "Business hours")
    help = Label(
        "Theo lịch tuần, ca gãy, ngày lễ Việt Nam và ngày ngoại lệ. Nếu lối «Ngày lễ» không nối, ngày lễ là ngoài giờ.",
        "By weekday, split shifts, holidays and exceptions. A holiday is “closed” unless “Holiday” is wired.",
    )
    category = Category.DECIDE
    icon = "clock"
    data_model = BusinessHoursData
    static_ports = (_OPEN, _CLOSED, _HOLIDAY, _UNKNOWN)

    def ports(self, data: BusinessHoursData) -> tuple[Port, ...]:
        """Only a store's hours can be unknown."""
        return (_OPEN, _CLOSED, _HOLIDAY) if isinstance(data.source, OwnSchedule) else self.static_ports

    def check(self, data: BusinessHoursData, scope: Scope) -> Iterator[Finding]:
        """Find hours that are never."""
        if isinstance(data.source, OwnSchedule):
            for reason in data.source.hours.faults():
                yield Finding("bad-hours", values={"reason": reason})

    def run(self, data: BusinessHoursData, call: FlowCall) -> Steps[NodeResult]:
        """Look at the clock."""
        match data.source:
            case OwnSchedule(hours=hours, timezone=timezone):
                state = hours_state(hours, call.local_now(timezone))
            case StoreSchedule(store=store):
                state = yield from self._store_state(store, call)
            case CallersStoreSchedule(store=template):
                try:
                    store = call.text(template)
                except TemplateFault as error:
                    call.warn(f"no store: {error}")
                    return Exit("unknown")
                state = yield from self._store_state(store, call)
        call.note(state=state.value)
        if state is HoursState.HOLIDAY and not call.wired("holiday"):
            return Exit("closed")
        return Exit(state.value)

    def _store_state(self, store: str, call: FlowCall) -> Steps[HoursState]:
        return call.perform(CheckStoreHours(store, call.local_now()), HoursState)
