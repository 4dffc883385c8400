"""Simulated calls and test results as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from callcenter.api.flow_views import FlowDocument, Sentences
from callcenter.ivr.flow_tests import Scenario
from callcenter.ivr.simulate import Simulation
from callcenter.ivr.step_through import MAX_INPUTS, Input, Run


class SimulateRequest(BaseModel):
    """A call to simulate from its beginning: send all inputs again with one more."""

    document: FlowDocument
    scenario: Scenario = Field(default_factory=Scenario)
    inputs: Annotated[list[Input], Field(max_length=MAX_INPUTS)] = []


class StepView(BaseModel):
    """One visit of a node."""

    flow_id: str
    node_id: str
    node_name: str
    node_type: str
    at_ms: int
    said: Annotated[list[str], Field(description="Texts, file paths and names of tones.")]
    keys: Annotated[str, Field(description="Masked when secret.")]
    port: Annotated[str | None, Field(description="The exit; null while the call is here or when it ended here.")]
    duration_ms: int | None
    variables: Annotated[dict[str, Any], Field(description="On leaving; secrets masked.")]
    warnings: list[str]
    detail: dict[str, Any]


class RunWaitView(BaseModel):
    """What the call stands still for."""

    kind: Annotated[str, Field(description="keys, dial, queue, http, callback or voicemail.")]
    node_id: str
    detail: dict[str, Any]


class RunView(BaseModel):
    """A simulated call so far. The same request always gives the same answer."""

    steps: list[StepView]
    path: Annotated[list[str], Field(description="Ids of the edges taken in the document, in order.")]
    waiting: RunWaitView | None
    ended: Annotated[str | None, Field(description="Why the flow ended; null while it waits.")]
    hangup: str | None
    variables: dict[str, Any]
    language: str
    tags: dict[str, str]
    duration_ms: int
    test: Annotated[dict[str, Any], Field(description="A test case that does the same; add it to `tests` with a name.")]


class TestRequest(BaseModel):
    """A document whose tests are to run."""

    document: FlowDocument


class TestWrite(BaseModel):
    """A simulated call to keep as a test of the draft."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    revision: Annotated[int, Field(ge=1, description="The revision of the draft.")]
    scenario: Scenario = Field(default_factory=Scenario)
    inputs: Annotated[list[Input], Field(max_length=MAX_INPUTS)] = []


class TestResultView(BaseModel):
    """What came of one test."""

    name: str
    passed: bool
    failures: list[Sentences]
    path: Annotated[list[str], Field(description="Ids of the nodes entered.")]
    ended: str


def run_view(run: Run) -> RunView:
    """Return a simulated call."""
    waiting = run.waiting
    steps = [
        StepView(
            flow_id=step.flow_id,
            node_id=step.node_id,
            node_name=step.node_name,
            node_type=step.node_type,
            at_ms=step.at_ms,
            said=step.said,
            keys=step.keys,
            port=step.port,
            duration_ms=step.duration_ms,
            variables=dict(step.variables),
            warnings=list(step.warnings),
            detail=dict(step.detail),
        )
        for step in run.steps
    ]
    return RunView(
        steps=steps,
        path=run.path,
        waiting=None
        if waiting is None
        else RunWaitView(kind=waiting.kind, node_id=waiting.node_id, detail=dict(waiting.detail)),
        ended=run.ended,
        hangup=run.hangup,
        variables=dict(run.variables),
        language=run.language,
        tags=dict(run.tags),
        duration_ms=run.duration_ms,
        test=run.test.to_json(),
    )


def result_views(results: Mapping[str, Simulation]) -> list[TestResultView]:
    """Return what came of tests."""
    return [
        TestResultView(
            name=name,
            passed=result.passed,
            failures=[Sentences(vi=failure.vi, en=failure.en) for failure in result.failures],
            path=result.path,
            ended=str(result.ended.cause),
        )
        for name, result in results.items()
    ]
