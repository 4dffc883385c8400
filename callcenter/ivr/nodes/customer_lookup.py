"""Customer look-up: who is calling?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callcenter.ivr.effects import LookUpCustomer, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.fields import NodeData, Template, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.ports import CustomerLookup, CustomerOutcome
from callcenter.ivr.problems import Finding
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port, Scope


class CustomerLookupData(NodeData):
    """Settings of a customer look-up."""

    number: Template = setting("{{ caller_number }}", vi="Số điện thoại", en="Phone number")


class CustomerLookupNode(NodeType[CustomerLookupData]):
    """Finds the customer by number; sets ``customer``, and ``customers`` when there are several."""

    name = "customer_lookup"
    label = Label("Tra khách hàng", "Customer look-up")
    help = Label(
        "Tìm khách hàng theo số điện thoại và gán biến customer.",
        "Finds the customer by number and sets customer.",
    )
    category = Category.DATA
    icon = "user-search"
    data_model = CustomerLookupData
    static_ports = (
        Port("found", Label("Tìm thấy", "Found")),
        Port("none", Label("Khách mới", "None")),
        Port("multiple", Label("Nhiều khách", "Several")),
        Port("error", Label("Lỗi", "Error")),
    )

    def assigns(self, data: CustomerLookupData) -> Mapping[str, frozenset[str]]:
        """The customer, or several with the most recent first."""
        return {"found": frozenset({"customer"}), "multiple": frozenset({"customer", "customers"})}

    def check(self, data: CustomerLookupData, scope: Scope) -> Iterator[Finding]:
        """An empty number finds nobody."""
        if not data.number.strip():
            yield Finding("bad-setting", values={"reason": "number"})

    def worst_case_s(self, data: CustomerLookupData) -> float:
        """A look-up is quick or given up."""
        return 1.0

    def run(self, data: CustomerLookupData, call: FlowCall) -> Steps[NodeResult]:
        """Look up."""
        try:
            number = call.text(data.number).strip()
        except TemplateFault as error:
            call.warn(f"no number: {error}")
            number = ""
        if number in ("", "None"):
            call.note(outcome="none", reason="no number")
            return Exit("none")
        answer = yield from call.perform(LookUpCustomer(number), CustomerLookup)
        call.note(outcome=answer.outcome.value, customers=[customer.get("id") for customer in answer.customers[:10]])
        if answer.outcome in (CustomerOutcome.FOUND, CustomerOutcome.MULTIPLE):
            if not answer.customers:
                call.warn("the look-up found a customer but named none")
                return Exit("error")
            call.variables.set("customer", answer.customers[0])
            if answer.outcome is CustomerOutcome.MULTIPLE:
                call.variables.set("customers", list(answer.customers))
        return Exit(answer.outcome.value)
