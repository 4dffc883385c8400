"""Which flow answers."""

from __future__ import annotations

from callcenter.routing.inbound import Did, InboundRoutes


def test_spellings_and_the_catch_all() -> None:
    hotline, landline = Did(number="19001234", flow_id="hotline"), Did(number="+842438221234", flow_id="hanoi")
    routes = InboundRoutes([hotline, landline])
    assert routes.find("19001234") is hotline
    assert routes.find("1900 1234") is hotline
    assert routes.find("02438221234") is landline
    assert routes.find("842438221234") is landline
    assert routes.find("19009999") is None
    rest = Did(number="*", flow_id="main")
    assert InboundRoutes([hotline, rest]).find("anonymous") is rest
