"""Try call flows out: simulated calls, and the tests a flow carries."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from callcenter.api.audit_trail import Audited
from callcenter.api.auth import Supervisor
from callcenter.api.flow_run_views import (
    RunView,
    SimulateRequest,
    TestRequest,
    TestResultView,
    TestWrite,
    result_views,
    run_view,
)
from callcenter.api.flow_views import FlowView, flow_view
from callcenter.api.routes.flows import editor_of
from callcenter.ivr.flow_check import checked_document
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.ivr.flow_tests import Scenario
from callcenter.ivr.model import program_from
from callcenter.ivr.simulate import Simulation, run_tests
from callcenter.ivr.step_through import Input, Run, step_through


def router(desk: FlowDesk) -> APIRouter:
    """Return the routes. What a simulation works out, it works out beside the event loop."""
    routes = APIRouter(tags=["flows"])

    def simulated(document: Any, scenario: Scenario, inputs: list[Input]) -> Run:
        return step_through(program_from(checked_document(document)), desk.snapshot(), scenario, inputs)

    def tested(document: Any) -> dict[str, Simulation]:
        return run_tests(program_from(checked_document(document)), desk.snapshot())

    @routes.post("/api/flows/simulate", summary="Simulate a call")
    async def simulate_call(wanted: SimulateRequest, _: Supervisor, audit: Audited) -> RunView:
        """Runs the whole call again with every input so far and says where it waits. Keeps nothing, calls nobody."""
        audit.replaced = True
        return run_view(await asyncio.to_thread(simulated, wanted.document, wanted.scenario, wanted.inputs))

    @routes.post("/api/flows/test", summary="Run a document's tests")
    async def run_flow_tests(wanted: TestRequest, _: Supervisor, audit: Audited) -> list[TestResultView]:
        """In the simulator; `callcenter flow test` runs the same ones, `--real` over the telephone."""
        audit.replaced = True
        return result_views(await asyncio.to_thread(tested, wanted.document))

    @routes.post("/api/flows/{flow_id}/tests", summary="Keep a simulated call as a test")
    async def keep_test(flow_id: str, wanted: TestWrite, supervisor: Supervisor) -> FlowView:
        """Runs it on the draft and adds it to the draft's tests with what came of it; one of that name is replaced."""
        document = (await desk.flow(flow_id)).draft.document
        run = await asyncio.to_thread(simulated, document, wanted.scenario, wanted.inputs)
        test = {**run.test.to_json(), "name": wanted.name}
        others = [each for each in document.get("tests", []) if each.get("name") != wanted.name]
        changed = {**document, "tests": [*others, test]}
        return flow_view(await desk.save(flow_id, changed, wanted.revision, editor_of(supervisor)))

    return routes
