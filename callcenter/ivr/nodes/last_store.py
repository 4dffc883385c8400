"""Last store: which store did this caller last deal with?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from callcenter.ivr.effects import FindLastStore, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import NodeData, Template, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.ports import StoreLookup, StoreOutcome, StoreQuery
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port

LONGEST_BUDGET_MS = 800
"No look-up takes longer, whatever the deployment says."


class Mode(StrEnum):
    """How the store is chosen."""

    LAST = "last"
    SCORE = "score"


class LastStoreData(NodeData):
    """Settings of a last-store node."""

    number: Template = setting("{{ caller_number }}", vi="Số điện thoại", en="Phone number")
    mode: Mode | None = setting(
        None,
        vi="Cách chọn",
        en="Choose by",
        help_vi="last: cửa hàng gần nhất; score: điểm theo các lần liên hệ, giảm dần theo thời gian.",
        help_en="last: the very last store; score: weighted contacts that count less as they age.",
    )
    window_days: int | None = setting(
        None,
        vi="Trong số ngày",
        en="Within days",
        help_vi="Để trống: theo cấu hình hệ thống.",
        help_en="Empty: as the deployment is configured.",
        ge=1,
        le=3650,
    )
    budget_ms: int | None = setting(
        None,
        vi="Thời gian tối đa (ms)",
        en="Time budget (ms)",
        help_vi="Để trống: theo cấu hình hệ thống.",
        help_en="Empty: as the deployment is configured.",
        ge=20,
        le=800,
    )


class LastStoreNode(NodeType[LastStoreData]):
    """Finds the caller's store; sets ``store``, and ``stores`` when there are several."""

    name = "last_store"
    label = Label("Cửa hàng gần nhất", "Last store")
    help = Label(
        "Tìm cửa hàng khách liên hệ gần nhất và gán biến store.",
        "Finds the store the caller last dealt with and sets store.",
    )
    category = Category.DATA
    icon = "building-store"
    data_model = LastStoreData
    static_ports = (
        Port("found", Label("Tìm thấy", "Found")),
        Port("none", Label("Chưa từng liên hệ", "None")),
        Port("multiple", Label("Nhiều cửa hàng", "Several")),
        Port("closed", Label("Cửa hàng đóng cửa", "Closed")),
        Port("error", Label("Lỗi hoặc quá thời gian", "Error or late")),
    )

    def assigns(self, data: LastStoreData) -> Mapping[str, frozenset[str]]:
        """The store, also when it is closed; several with the best first."""
        return {
            "found": frozenset({"store"}),
            "closed": frozenset({"store"}),
            "multiple": frozenset({"store", "stores"}),
        }

    def worst_case_s(self, data: LastStoreData) -> float:
        """The budget."""
        return (data.budget_ms or LONGEST_BUDGET_MS) / 1000

    def run(self, data: LastStoreData, call: FlowCall) -> Steps[NodeResult]:
        """Ask, and keep the explanation with the call."""
        try:
            number = call.text(data.number).strip()
        except TemplateFault as error:
            call.warn(f"no number: {error}")
            number = ""
        if number in ("", "None"):
            call.note(outcome="none", reason="no number")
            return Exit("none")
        customer = call.variables.get("customer")
        customer_id = customer.get("id") if isinstance(customer, dict) else None
        query = StoreQuery(
            number=number,
            customer_id=None if customer_id is None else str(customer_id),
            mode=data.mode.value if data.mode is not None else None,
            window_days=data.window_days,
            budget_ms=data.budget_ms,
        )
        answer = yield from call.perform(FindLastStore(query), StoreLookup)
        call.note(outcome=answer.outcome.value, explanation=dict(answer.explanation))
        call.routing = answer.explanation
        if answer.outcome in (StoreOutcome.NONE, StoreOutcome.ERROR):
            return Exit(answer.outcome.value)
        if not answer.stores:
            call.warn("the look-up found a store but named none")
            return Exit("error")
        call.variables.set("store", answer.stores[0])
        if answer.outcome is StoreOutcome.MULTIPLE:
            call.variables.set("stores", list(answer.stores))
        return Exit(answer.outcome.value)
